"""The sensors: mains, door, battery, faults, sound on a line, and the buttons.

Law of the room: what is posted has stood for its debounce; the present state comes first, then each change.
The read-back of a relay belongs to the amplifier and is not posted here.
"""

from collections.abc import Callable

from contract.documents import InputKind
from edge.adapters.contacts import Level, Watch
from edge.adapters.pins import Board
from edge.adapters.troubles import Troubles
from edge.core.events import Happening, InputChanged
from edge.core.orders import FitInputs


class Sensors:
    """The hand that reads wired inputs, on the board that it shares with the amplifier."""

    def __init__(self, post: Callable[[Happening], None], board: Board) -> None:
        self._post = post
        self._troubles = Troubles(post, "sensors")
        self._told: dict[str, Level] = {}
        self._watch = Watch(board, "sensors", self._stood, self._judge)

    def obey(self, order: FitInputs) -> None:
        """Read exactly these inputs from now on; one as before is not touched, one that fails is named."""
        ours = tuple(i for i in order.inputs if i.kind is not InputKind.READ_BACK)
        self._told = {name: told for name, told in self._told.items() if told.wired in ours}
        self._watch.fit(ours)
        self._judge()

    def close(self) -> None:
        """Let go of all inputs; nothing is posted any more."""
        self._watch.close()

    def _stood(self, level: Level) -> None:
        wired = level.wired
        if self._told.get(wired.name) == level:
            return
        self._told[wired.name] = level
        self._post(InputChanged(name=wired.name, kind=wired.kind, active=level.active))

    def _judge(self) -> None:
        self._troubles.judge(self._watch.faults.values())
