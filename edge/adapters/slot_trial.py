"""The unit's whole work: how the slots stand, and one wish obeyed: write, try, commit, back.

Law of the room: which slot is good changes by one byte, written in its place and flushed; the floor rises after it and
is mended at the next start. A trial is left by a plain restart, which needs nothing from the system that failed.
"""

import contextlib
import fcntl
import time
from collections.abc import Iterator
from typing import Final, TypeVar, assert_never

import msgspec

from contract.errors import Refused
from contract.release import ReleaseIndex, decode_release
from edge.adapters.slot_boot import CONFIG, TRYBOOT, good_slot, place_of_good
from edge.adapters.slot_disk import Disk, read_at, told
from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_papers import signed_release
from edge.adapters.slot_status import (
    Slot,
    Status,
    Step,
    Wish,
    read_plain,
    read_status,
    read_wish,
    write_status,
)
from edge.adapters.slot_writing import INDEX, WRITTEN, Places, Written, write

T = TypeVar("T")
FLOOR: Final = "floor.json"
RESTART: Final = (
    "restart"  # in the unit's folder: the words for the restart that its last step makes
)
KEPT: Final = "kept"  # the same: what runs is good, and the first program's patience may end
TRY_WORDS, PLAIN_WORDS = "0 tryboot", ""
TELL_EVERY_BYTES: Final = 4 << 20


class Floor(msgspec.Struct, frozen=True):
    """The highest counter that was ever kept here."""

    counter: int


class SlotUnit:
    """Obeys wishes; for one process at a time."""

    def __init__(self, places: Places, disk: Disk | None = None) -> None:
        """Nothing is touched yet."""
        self._places = places
        self._disk = Disk() if disk is None else disk
        self._told_bytes = 0

    def status(self) -> Status:
        """Return how the slots stand; raises `SlotRefused` where the card cannot say."""
        places = self._places
        before = read_status(places.run)
        running = self._release_in(places.running)
        counter = running.counter if running is not None else 0
        written = self._kept(WRITTEN, Written)
        floor = self._kept(FLOOR, Floor)
        good = good_slot(self._config())
        lies = written is not None and written.slot != places.running
        return Status(
            slot=places.running,
            good=good,
            running_counter=counter,
            running_version=running.version if running is not None else "",
            floor=max(
                floor.counter if floor is not None else 0, counter if good == places.running else 0
            ),
            written=written.counter if written is not None and lies else 0,
            wish=before.wish if before is not None else "",
            step=before.step if before is not None else "idle",
            code=before.code if before is not None else "",
            why=before.why if before is not None else "",
            began_mono_s=before.began_mono_s if before is not None else time.monotonic(),
            lacking=before.lacking if before is not None else (),
        )

    def settle(self) -> Status:
        """Mend what a cut left between a good slot and its floor, and say how all stands; raises `SlotRefused`."""
        status = self.status()
        floor = self._kept(FLOOR, Floor)
        if status.floor > (floor.counter if floor is not None else 0):
            self._disk.put(self._places.kept / FLOOR, msgspec.json.encode(Floor(status.floor)))
        if not status.trial:
            self._mark_kept()
        with told("trạng thái"):
            write_status(self._places.run, status)
        return status

    def obey(self) -> Status:
        """Do what the appliance wishes, until it wishes nothing new; raises `SlotRefused` where nothing can be told."""
        with self._alone():
            status = self.settle()
            while (wish := read_wish(self._places.state)) is not None and wish.id != status.wish:
                status = self.grant(wish)
            return status

    def once(self, wish: Wish) -> Status:
        """Do one wish of whoever stands at the machine; raises `SlotRefused` only where nothing can be told."""
        with self._alone():
            self.settle()
            return self.grant(wish)

    def grant(self, wish: Wish) -> Status:
        """Do one wish and answer it; what cannot be done is an answer too."""
        try:
            step = self._do(wish)
        except SlotRefused as refused:
            return self._answer(
                wish, "refused", code=refused.code, why=refused.why, lacking=refused.lacking
            )
        return self._answer(wish, step)

    def _do(self, wish: Wish) -> Step:
        match wish.verb:
            case "write":
                return self._write(wish)
            case "try":
                return self._try(wish)
            case "commit":
                return self._commit(wish)
            case "back":
                return self._back()
            case _:
                assert_never(wish.verb)

    def _write(self, wish: Wish) -> Step:
        places, status = self._places, self.status()
        if status.trial:
            raise SlotRefused("same-release", "đang thử một bản: chờ thử xong rồi mới ghi bản khác")
        paper = signed_release(places.state, places.root)
        if paper.index.counter != wish.counter:
            raise SlotRefused(
                "other-release",
                f"tỉnh đã ký bản số {paper.index.counter}, không phải bản số {wish.counter}",
            )

        def tell(step: Step, done: int, total: int) -> None:
            if step != "copying" or done - self._told_bytes >= TELL_EVERY_BYTES or done == total:
                self._told_bytes = done
                told_status = msgspec.structs.replace(
                    status,
                    step=step,
                    done_bytes=done,
                    total_bytes=total,
                    written=0,
                    code="",
                    why="",
                )
                with told("trạng thái"):
                    write_status(places.run, told_status)

        self._told_bytes = 0
        write(places, paper, status.floor, status.running_counter, self._disk, tell)
        return "written"

    def _try(self, wish: Wish) -> Step:
        status = self.status()
        if status.trial:
            raise SlotRefused("same-release", "đang thử một bản rồi")
        if status.written != wish.counter or not (self._places.boot / TRYBOOT).is_file():
            raise SlotRefused("not-written", f"bản số {wish.counter} chưa được ghi xong vào thẻ")
        self._restart(TRY_WORDS)
        return "restarting"

    def _commit(self, wish: Wish) -> Step:
        places, status = self._places, self.status()
        if status.running_counter != wish.counter:
            raise SlotRefused(
                "no-trial",
                f"đang chạy bản số {status.running_counter}, không phải bản số {wish.counter}",
            )
        if status.trial:
            config = places.boot / CONFIG
            at = place_of_good(self._config())
            self._disk.write_at(config, at, places.running.encode())
            self._disk.flush(config)
            if read_at(config, at, 1) != places.running.encode():
                raise SlotRefused("card-fault", f"thẻ nhớ không giữ đúng {CONFIG}: thay thẻ")
        self._disk.drop(places.boot / TRYBOOT)
        self._disk.drop(places.kept / WRITTEN)
        self.settle()
        return "kept"

    def _back(self) -> Step:
        status = self.status()
        if not status.trial:
            raise SlotRefused("no-trial", "không có bản nào đang thử")
        self._restart(PLAIN_WORDS)
        return "restarting"

    # --- small things --------------------------------------------------------------------------------

    def _answer(
        self,
        wish: Wish,
        step: Step,
        *,
        code: str = "",
        why: str = "",
        lacking: tuple[str, ...] = (),
    ) -> Status:
        status = msgspec.structs.replace(
            self.status(), wish=wish.id, step=step, code=code, why=why[:500], lacking=lacking
        )
        with told("trạng thái"):
            write_status(self._places.run, status)
        return status

    def _restart(self, words: str) -> None:
        with told(RESTART):
            (self._places.run / RESTART).write_text(f"{words}\n")

    def _mark_kept(self) -> None:
        with told(KEPT):
            (self._places.run / KEPT).touch()

    def _release_in(self, slot: Slot) -> ReleaseIndex | None:
        """Return the release that a slot was written from, None for a card as it was flashed."""
        try:
            return decode_release(read_plain(self._places.boot / slot / INDEX, 64_000))
        except (OSError, Refused):
            return None

    def _config(self) -> bytes:
        with told(CONFIG):
            return (self._places.boot / CONFIG).read_bytes()

    def _kept(self, name: str, kind: type[T]) -> T | None:
        try:
            return msgspec.json.decode(read_plain(self._places.kept / name, 4_000), type=kind)
        except (OSError, msgspec.MsgspecError):
            return None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with told("khóa"):
            self._places.run.mkdir(parents=True, exist_ok=True)
            self._places.kept.mkdir(parents=True, exist_ok=True)
            with (self._places.run / "lock").open("w") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
