"""The updater: learns whose turn it is, fetches what is missing of a release, and passes wishes to the card's unit.

Law of the room: what may be fetched follows from the signed chain alone; central says only when. Ranges are fetched
in the appliance's own hours and budget, each chunk is hashed before it is kept, and a cut costs no more than the chunk
it fell into. Nothing scheduled makes room for a release. Nothing here writes a slot: the unit does, by its own rules.
"""

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, assert_never

import msgspec

from contract.errors import Refused
from contract.release import Chunk, Range, ReleaseIndex, bytes_to_fetch, plan_fetch, read_chunks
from edge.adapters.ledger import Ledger
from edge.adapters.link import Link, LinkDenied, LinkError
from edge.adapters.shelf import ShelfFull
from edge.adapters.slot_status import Status, Wish, read_status, read_wish, write_wish
from edge.adapters.slot_writing import known_chunks
from edge.adapters.thrift import Need, Thrift
from edge.adapters.update_doors import Door, DoorShut, FromCentral, FromStick
from edge.adapters.update_store import NoRoom, UpdateStore, holds
from edge.core.events import (
    HandRecovered,
    Happening,
    ReleaseFetched,
    ReleaseOffered,
    ReleaseStuck,
    SlotsSeen,
)
from edge.core.orders import AskRelease, FetchRelease, HoldRelease, KeepUpdate, WishSlot
from edge.core.update_facts import Offer, SlotFacts, UpdateKept, UpdateRules, UpdateStart

log = logging.getLogger(__name__)

KEPT: Final = "update"
ANSWER_MOST_BYTES: Final = 2_000
TELL_EVERY_BYTES: Final = 1_000_000
OVER_BYTES: Final = 8_000_000  # what must be free besides what is fetched and the shelf's reserve
AGAIN_S: Final = 120.0
NO_ROOM_S: Final = 6 * 3_600.0
ASK_SOON_S: Final = 60.0


class Turn(msgspec.Struct, frozen=True):
    """Central's answer: which release, and whether a person asked for it here again."""

    counter: int
    manual: bool = False


class _Held(Exception):
    """Fetching is to stop for now."""


class _Stuck(Exception):
    """It cannot go on just now."""

    def __init__(self, code: str, why: str, again_s: float) -> None:
        super().__init__(f"{code}: {why}")
        self.code, self.why, self.again_s = code, why, again_s


class _Going:
    """One fetching: whether it may go on, what it costs, and how far it is."""

    def __init__(
        self, updater: "Updater", offer: Offer, ticket: int, need: Need, door: Door
    ) -> None:
        self._updater, self._offer, self._ticket, self._need = updater, offer, ticket, need
        self._door = door
        self.have_bytes = self.total_bytes = self._told_bytes = 0

    def pieces(self, sha256: str, begin: int, end: int, whole_bytes: int) -> Iterator[bytes]:
        """Yield a span, piece by piece, as long as it may go on."""
        up = self._updater
        up.check(self._ticket, self._need, end - begin if self._door.bought else None)
        for piece in self._door.span(sha256, begin, end, whole_bytes):
            if self._door.bought:
                up.spend(len(piece))
            yield piece
            up.check(self._ticket, self._need, 0 if self._door.bought else None)

    def tell_now_and_then(self) -> None:
        """Tell how far it is, not at every chunk."""
        if self.have_bytes - self._told_bytes >= TELL_EVERY_BYTES:
            self.tell()

    def tell(self, *, whole: bool = False) -> None:
        """Tell how far it is."""
        self._told_bytes = self.have_bytes
        self._updater.tell(
            ReleaseFetched(
                counter=self._offer.counter,
                have_bytes=self.have_bytes,
                total_bytes=self.total_bytes,
                fetched_bytes=self._updater.fetched_bytes,
                whole=whole,
            )
        )


class Updater:
    """The hand; its methods run on its own lane but for `hold`, `allow`, `stick` and `stop`."""

    def __init__(  # noqa: PLR0913  each is a seam to another hand
        self,
        state: Path,
        boot: Path,
        run: Path,
        link: Link,
        release: Callable[[], ReleaseIndex | None],
        ledger: Ledger,
        post: Callable[[Happening], None],
        wall: Callable[[], datetime],
        *,
        thrift: Thrift | None = None,
        refresh: Callable[[], None] = lambda: None,
        check_reserve: Callable[[], None] = lambda: None,
        free_bytes: Callable[[], int] = lambda: 1 << 40,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked yet. `refresh` has the chain asked; `check_reserve` raises `ShelfFull`."""
        self._state, self._boot, self._run = state, boot, run
        self._link, self._release, self._ledger = link, release, ledger
        self._post, self._wall, self._mono = post, wall, mono
        self._thrift, self._refresh = thrift, refresh
        self._check_reserve, self._free_bytes = check_reserve, free_bytes
        self._status = read_status(run)
        self._told: SlotFacts | None = None
        self._stick: Path | None = None
        self._asked = 0  # the ticket of the fetching that may go on
        self._lock = threading.Lock()
        self.fetched_bytes = 0
        self._fetched_of = 0
        self._ask_soon_s: float | None = None
        self._failed = False
        self._store: UpdateStore | None = None

    @property
    def has_slots(self) -> bool:
        """Return whether this machine runs from a card with two slots."""
        return self._status is not None

    def started(self, rules: UpdateRules) -> UpdateStart | None:
        """Return what a start of the appliance finds, None without slots."""
        if self._status is None:
            return None
        self._told = self._facts(self._status)
        kept = self._ledger.load(KEPT, UpdateKept) or UpdateKept()
        return UpdateStart(
            rules=rules, slots=self._told, kept=kept, began_mono_s=self._status.began_mono_s
        )

    # --- from any thread -----------------------------------------------------------------------------

    def allow(self) -> int:
        """Return the ticket of a fetching that is to begin; the one before ends."""
        with self._lock:
            self._asked += 1
            return self._asked

    def hold(self) -> None:
        """End the fetching that is under way, soon."""
        self.allow()

    stop = hold

    # --- on the lane -----------------------------------------------------------------------------------

    def obey(
        self,
        order: AskRelease | FetchRelease | HoldRelease | WishSlot | KeepUpdate,
        ticket: int = 0,
    ) -> None:
        """Do it; what cannot be had is posted. Raises `StorageFailed` where the wish cannot be put on disk."""
        match order:
            case AskRelease():
                self.ask()
            case FetchRelease(offer=offer):
                self._fetch_told(offer, ticket)
            case HoldRelease():
                self.hold()
            case WishSlot(kept=kept):
                self._ledger.save(KEPT, kept)
                write_wish(
                    self._state,
                    Wish(id=secrets.token_hex(8), verb=order.verb, counter=order.counter),
                )
            case KeepUpdate(kept=kept):
                self._ledger.save(KEPT, kept)
            case _:
                assert_never(order)
        if self._failed:
            self._failed = False
            self._post(HandRecovered(hand="updater"))

    def look(self) -> None:
        """Tell how the slots stand where that changed, and ask again soon where the chain was behind."""
        status = read_status(self._run)
        if status is None or self._status is None:
            return
        self._status = status
        facts = self._facts(status)
        if facts != self._told:
            self._told = facts
            self._post(SlotsSeen(slots=facts))
            if status.step == "kept":
                self._files().clear()
        if self._ask_soon_s is not None and self._mono() >= self._ask_soon_s:
            self._ask_soon_s = None
            self.ask()

    def ask(self) -> None:
        """Ask central whether our turn has come; what it cannot say now is asked again at the next time."""
        try:
            turn = self._turn()
        except LinkError as error:
            log.info("release not asked why=%s", error)
            return
        if turn is None:
            self._post(ReleaseOffered(offer=None))
            return
        index = self._release()
        if index is None or index.counter != turn.counter:
            log.info("release counter=%d is not in our chain yet", turn.counter)
            self._refresh()
            self._ask_soon_s = self._mono() + ASK_SOON_S
            return
        self._post(
            ReleaseOffered(
                offer=Offer(counter=index.counter, version=index.version, manual=turn.manual)
            )
        )

    def stick(self, place: Path) -> None:
        """Take note that a stick with a release is plugged in, its chain read before."""
        index = self._release()
        if index is None or self._status is None:
            return
        self._stick = place
        self._post(
            ReleaseOffered(offer=Offer(counter=index.counter, version=index.version, by="usb"))
        )

    def _turn(self) -> Turn | None:
        with self._link.open("/release") as stream:
            if stream.status in {204, 404}:  # not our turn, or a central that has no releases
                return None
            body = stream.whole(ANSWER_MOST_BYTES, self._mono)
            if stream.status != 200:
                stream.refuse("/release", body)
        try:
            return msgspec.json.decode(body, type=Turn)
        except msgspec.MsgspecError as error:
            log.warning("central's answer about releases is not understood why=%s", error)
            return None

    def _facts(self, status: Status) -> SlotFacts:
        """Return the unit's answer as the core takes it, with the wish that it answers."""
        wish = read_wish(self._state)
        answers = wish is not None and wish.id == status.wish
        return SlotFacts(
            slot=status.slot,
            good=status.good,
            running_counter=status.running_counter,
            running_version=status.running_version,
            floor=status.floor,
            written=status.written,
            done_bytes=status.done_bytes,
            total_bytes=status.total_bytes,
            answered=f"{wish.verb} {wish.counter}" if wish is not None and answers else "",
            code=status.code if answers else "",
            why=status.why if answers else "",
        )

    # --- fetching ------------------------------------------------------------------------------------

    def _fetch_told(self, offer: Offer, ticket: int) -> None:
        """Fetch, and post how it went."""
        try:
            self._fetch(offer, ticket)
        except _Held:
            return
        except _Stuck as stuck:
            self._stuck(offer, stuck.code, stuck.why, stuck.again_s)
        except DoorShut as shut:
            self._stuck(offer, shut.code, shut.why, AGAIN_S)
        except LinkDenied as error:
            self._stuck(offer, "denied", error.why, NO_ROOM_S)
        except LinkError as error:
            self._stuck(offer, "link", error.why, AGAIN_S)
        except (NoRoom, ShelfFull):
            self._no_room(offer)
        except OSError as fault:
            why = f"thẻ nhớ hỏng hoặc không ghi được: báo thợ thay thẻ ({fault.strerror})"
            self._stuck(offer, "card-fault", why, NO_ROOM_S)
        finally:
            if self._thrift is not None:
                self._thrift.settle()

    def _no_room(self, offer: Offer) -> None:
        why = "thẻ nhớ không đủ chỗ để tải bản mới: dùng thẻ lớn hơn hoặc bớt nội dung"
        self._stuck(offer, "no-room", why, NO_ROOM_S)

    def _stuck(self, offer: Offer, code: str, why: str, again_s: float) -> None:
        log.info("release stuck counter=%d code=%s why=%s", offer.counter, code, why)
        self._post(ReleaseStuck(counter=offer.counter, code=code, why=why[:250], again_s=again_s))

    def _fetch(self, offer: Offer, ticket: int) -> None:
        index = self._release()
        if index is None or index.counter != offer.counter:
            self._refresh()
            raise _Stuck("not-yet", "chuỗi tin cậy chưa có bản này", AGAIN_S)
        if self._fetched_of != offer.counter:
            self._fetched_of, self.fetched_bytes = offer.counter, 0
        door = self._door(offer)
        need = Need.SOON if offer.manual else Need.PLANNED
        goes = _Going(self, offer, ticket, need, door)
        chunks = self._small_things(index, goes)
        store, wanted = self._files(), {c.sha256.hex(): c.bytes for c in chunks}
        lacking = set(self._status.lacking) if self._status is not None else set()
        slot = self._status.slot if self._status is not None else "a"
        known = {sha for sha in known_chunks(self._boot, slot) if sha.hex() not in lacking}
        here = {bytes.fromhex(name) for name in store.here(wanted)}
        plan = plan_fetch(chunks, known | here)
        to_fetch = bytes_to_fetch(plan)
        had = sum(wanted[sha.hex()] for sha in here - known)
        goes.total_bytes, goes.have_bytes = had + to_fetch, had
        self._check_reserve()
        if self._free_bytes() < to_fetch + OVER_BYTES:
            raise NoRoom
        goes.tell()
        for span in plan:
            self._take(index, span, goes)
        if plan_fetch(chunks, known | {bytes.fromhex(name) for name in store.here(wanted)}):
            raise _Stuck("damaged", "một phần vừa tải bị hỏng trên thẻ nhớ: máy tải lại", AGAIN_S)
        goes.tell(whole=True)

    def check(self, ticket: int, need: Need, coming_bytes: int | None) -> None:
        """See that fetching may go on; `coming_bytes` are to be paid for, None where nothing is."""
        with self._lock:
            if ticket != self._asked:
                raise _Held
        if self._thrift is None or coming_bytes is None:
            return
        verdict = self._thrift.may_fetch(self._wall(), coming_bytes, need)
        if not verdict.ok:
            again_s = AGAIN_S
            if verdict.again_at is not None:
                again_s = max(AGAIN_S, (verdict.again_at - self._wall()).total_seconds())
            raise _Stuck("thrift", verdict.why, again_s)

    def spend(self, count_bytes: int) -> None:
        """Count what was paid for."""
        self.fetched_bytes += count_bytes
        if self._thrift is not None:
            self._thrift.spend(self._wall(), count_bytes)

    def tell(self, event: Happening) -> None:
        """Post what was seen."""
        self._post(event)

    def _door(self, offer: Offer) -> Door:
        if offer.by == "usb" and self._stick is not None:
            return FromStick(self._stick)
        return FromCentral(self._link)

    def _small_things(self, index: ReleaseIndex, goes: "_Going") -> tuple[Chunk, ...]:
        """Bring the chunk list and the starters whole; return the chunks."""
        store = self._files()
        wanted: dict[str, int] = {index.chunks.sha256: index.chunks.bytes}
        slot = self._status.slot if self._status is not None else "a"
        for starter in index.starters:
            if not holds(self._boot / slot / starter.name, starter.sha256, starter.bytes):
                wanted[starter.sha256] = starter.bytes
        have = store.has_blobs(wanted)
        missing = {name: length for name, length in wanted.items() if name not in have}
        goes.have_bytes = sum(store.part_bytes(name, length) for name, length in missing.items())
        goes.total_bytes = sum(missing.values())
        for name, length in missing.items():
            begin = store.part_bytes(name, length)
            if begin < length:
                for piece in goes.pieces(name, begin, length, length):
                    store.add(name, piece)
                    goes.have_bytes += len(piece)
                    goes.tell_now_and_then()
            if not store.adopt(name, length):
                raise _Stuck("damaged", "một tệp tải về không phải tệp đã ký: máy tải lại", AGAIN_S)
        listed = store.blob(index.chunks.sha256, index.chunks.bytes) or b""
        try:
            return read_chunks(listed, index)
        except Refused as refused:
            raise _Stuck(
                "bad-list", f"danh sách các phần không đúng: {refused.why}", NO_ROOM_S
            ) from refused

    def _take(self, index: ReleaseIndex, span: Range, goes: "_Going") -> None:
        """Bring the chunks of one span; each is kept as soon as it is whole and fits its hash."""
        pieces = goes.pieces(index.system.sha256, span.begin, span.end, index.system.bytes)
        waiting = bytearray()
        chunks = iter(span.chunks)
        chunk = next(chunks, None)
        for piece in pieces:
            waiting += piece
            while chunk is not None and len(waiting) >= chunk.bytes:
                data = bytes(waiting[: chunk.bytes])
                del waiting[: chunk.bytes]
                if hashlib.sha256(data).digest() != chunk.sha256:
                    raise _Stuck(
                        "damaged", "một phần tải về bị hỏng trên đường: máy tải lại", AGAIN_S
                    )
                self._files().keep_chunk(chunk.sha256.hex(), data)
                goes.have_bytes += chunk.bytes
                goes.tell_now_and_then()
                chunk = next(chunks, None)

    def _files(self) -> UpdateStore:
        if self._store is None:
            self._store = UpdateStore(self._state)
        return self._store
