"""What passes between the appliance, which may not touch the card's slots, and the unit that may.

Law of the room: two small files. The appliance writes its wish into its own state directory; the unit answers in a
folder that it alone writes. Both are read as a stranger's: sizes are capped, links are not followed, and what is not
understood is no wish and no answer.
"""

import os
import stat
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from edge.adapters.storage import write_atomically

T = TypeVar("T")
Slot = Literal["a", "b"]
Verb = Literal["write", "try", "commit", "back"]
Step = Literal["idle", "copying", "reading-back", "written", "restarting", "kept", "refused"]
Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]

UPDATE: Final = "update"  # of the state directory: what the appliance fetched, and its wish
WISH: Final = "wish.json"
CHUNKS, BLOBS = "chunks", "blobs"
STATUS: Final = "status.json"
MOST_BYTES: Final = 1_000_000
LACKING_MOST: Final = 8_000


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What the appliance wants done with the release of this counter; `id` names this asking."""

    id: Annotated[str, Meta(pattern=r"^[0-9a-f]{1,32}\Z")]
    verb: Verb
    counter: Annotated[int, Meta(ge=1, le=2**53)]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the two slots stand, and what became of the last wish.

    `slot` runs now, `good` is the one that a plain restart takes; where they differ this is a trial. Counters are 0
    where a slot was not written by an update (a card as it was flashed). `floor` is the highest counter that was ever
    kept here. `written` lies whole in the slot that does not run. `wish` is the wish that is answered; for
    "refused", `code` and `why` (a sentence for staff) tell why, and `lacking` names the chunks that are not here.
    `began_mono_s` is when the unit first answered since the power came.
    """

    slot: Slot
    good: Slot
    running_counter: int = 0
    running_version: str = ""
    floor: int = 0
    written: int = 0
    wish: str = ""
    step: Step = "idle"
    done_bytes: int = 0
    total_bytes: int = 0
    code: str = ""
    why: str = ""
    began_mono_s: float = 0.0
    lacking: Annotated[tuple[Sha, ...], Meta(max_length=LACKING_MOST)] = ()

    @property
    def trial(self) -> bool:
        """Return whether what runs now is being tried."""
        return self.slot != self.good


def read_wish(state: Path) -> Wish | None:
    """Return the appliance's wish, None where there is none that can be understood."""
    return _read(state / UPDATE / WISH, Wish)


def write_wish(state: Path, wish: Wish) -> None:
    """Put a wish on disk; raises `StorageFailed`."""
    write_atomically(state / UPDATE / WISH, (msgspec.json.encode(wish),))


def read_status(run: Path) -> Status | None:
    """Return the unit's answer, None where this machine has no slots (or its unit has not run yet)."""
    return _read(run / STATUS, Status)


def write_status(run: Path, status: Status) -> None:
    """Answer; readable for everybody. Raises `StorageFailed`."""
    write_atomically(run / STATUS, (msgspec.json.encode(status),), 0o644)


def _read(file: Path, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(read_plain(file, MOST_BYTES), type=kind)
    except (OSError, msgspec.MsgspecError, RecursionError):
        return None


def read_plain(file: Path, most_bytes: int) -> bytes:
    """Return a plain file's bytes, no link followed and no pipe waited for; raises `OSError`, also past the cap."""
    handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as opened:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(0, "no plain file", str(file))
        data = opened.read(most_bytes + 1)
    if len(data) > most_bytes:
        raise OSError(0, "longer than it may be", str(file))
    return data
