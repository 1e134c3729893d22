"""A working microphone without a room: it hears what a listener measured, or a dead amplifier.

Law of the room: the same events as the real hand's, in the time that the listener's events carry.
"""

from collections.abc import Callable
from typing import Final

from edge.core.events import Happening, SoundHeard, SoundMeasured

LIKE: Final = 0.9
UNLIKE: Final = 0.1
ROOM_DB: Final = -30.0
NOISE_DBFS: Final = -70.0


class FakeMicrophone:
    """Stands between a listener and `post`: passes everything on, and says of each sound whether it was heard."""

    def __init__(self, post: Callable[[Happening], None]) -> None:
        self.deaf = False  # the amplifier is dead: the sink sounds and the room does not
        self._post = post

    def post(self, event: Happening) -> None:
        """Pass an event on; after a measurement of sound comes what the microphone heard of it."""
        self._post(event)
        if isinstance(event, SoundMeasured) and event.level_dbfs is not None and event.sounded_ms:
            self._post(
                SoundHeard(
                    span_ms=event.span_ms,
                    likeness=UNLIKE if self.deaf else LIKE,
                    level_dbfs=NOISE_DBFS if self.deaf else event.level_dbfs + ROOM_DB,
                    until_mono_s=event.until_mono_s,
                )
            )
