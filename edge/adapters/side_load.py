"""The side-load: a sealed set on a USB stick, `tienglang/papers/*.json` and `tienglang/contents/<sha256>`.

A newer keyring may lie with them, as a repository of the chain in `tienglang/tuf/`; it is looked at first.

Law of the room: a stick is a door like any other: papers go to the gate as they came, and of the contents
only what our papers name is copied, hashed on the way. The stick is read, never written. While it stays in,
its papers are offered once, and now and then again, because clock and keyring may be better by then.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.codec import MAX_BYTES
from contract.documents import Content, Kind, Sha256
from contract.errors import Refused
from contract.seal import read_envelope
from edge.adapters.chain_fetch import Reads
from edge.adapters.download import CannotKeep, TooSlow, take
from edge.adapters.gate import Gate
from edge.adapters.shelf import Shelf, Wanted, WrongBytes
from edge.adapters.stick import Stick, StickGone, Unfit, sticks
from edge.core.events import ContentArrived, HandFailed, HandRecovered, Happening

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 3.0
PAPERS_MOST: Final = 500
PAPERS_MOST_BYTES: Final = 32_000_000
PAPER_MOST_BYTES: Final = max(MAX_BYTES.values()) * 4 // 3 + 8_000
LOGGED_MOST: Final = 5
LOOK_MOST_S: Final = 300.0  # after so long no further content is begun in this look
CONTENT_MOST_S: Final = 60.0  # for one content, and besides what its size takes at the pace below
PACE_BYTES_PER_S: Final = 200_000
OFFER_AGAIN_S: Final = 600.0
REST_S: Final = 15.0  # until a stick that failed is tried again without being plugged in anew
ORDER: Final = (  # an assignment first: without it nothing else is for us
    Kind.ASSIGNMENT,
    Kind.PROGRAMME,
    Kind.APPROVAL,
    Kind.ANNOUNCEMENT,
    Kind.ACTIVE_SET,
    Kind.COMMAND,
    Kind.TIME,
)


class SideLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at a stick brought.

    `papers` are those that were news to us, `contents` those copied, `refused` the files that are not what
    they should be; a paper that the gate refuses is told by the gate. `why` says what went wrong, if anything.
    """

    place: str
    papers: int = 0
    contents: int = 0
    refused: int = 0
    why: str = ""


class _Stopped(Exception):
    """The appliance is stopping, or this content takes too long."""


class _Known:
    """What is remembered of a stick while it is plugged in."""

    def __init__(self, index: str) -> None:
        self.index = index
        self.offer_again_s = 0.0
        self.rest_until_s = 0.0
        self.bad: set[Sha256] = set()


class SideLoad:
    """Looks for sticks on a thread of its own, between `start` and `stop`; or when told by `look`."""

    def __init__(  # noqa: PLR0913  each of the last is a seam with a default
        self,
        roots: tuple[Path, ...],
        gate: Gate,
        shelf: Shelf,
        post: Callable[[Happening], None],
        *,
        told: Callable[[SideLoaded], None] = lambda _loaded: None,
        chain: Callable[[Reads], object] = lambda _reads: None,
        release: Callable[[Path], None] = lambda _place: None,
        mono: Callable[[], float] = time.monotonic,
        every_s: float = LOOK_EVERY_S,
    ) -> None:
        """Nothing is read yet; sticks are looked for under `roots`, `told` hears what each brought.

        `told`, `chain`, which reads a stick's repository of the chain, and `release`, which is told of a stick with a
        release after its chain was read, are called on the looking thread.
        """
        self._every_s = every_s
        self._roots = roots
        self._gate = gate
        self._shelf = shelf
        self._post = post
        self._told = told
        self._chain = chain
        self._release = release
        self._mono = mono
        self._known: dict[Path, _Known] = {}
        self._full = False
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look every few seconds from now on."""
        self._thread = threading.Thread(target=self._run, name="side-load", daemon=True)
        self._thread.start()

    def stop(self, patience_s: float = 2.0) -> None:
        """End soon, also within a copy; from any thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(patience_s)

    def look(self) -> tuple[SideLoaded, ...]:
        """Load what newly appeared and return what it brought; empty when nothing is new. Never raises."""
        found = sticks(self._roots)
        self._known = {place: known for place, known in self._known.items() if place in found}
        if not found:
            self._say_room()  # what could not be copied is not at hand any more
        loaded = []
        for place in found:
            known = self._known.setdefault(place, _Known(""))
            if self._stopping.is_set() or self._mono() < known.rest_until_s:
                continue
            brought = self._load(place, known)
            if brought != SideLoaded(place=place.name):
                log.info("side-load %s", brought)
                loaded.append(brought)
                self._told(brought)
        return tuple(loaded)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self.look()
            except Exception:  # a stick must never end the looking
                log.exception("side-load failed")

    def _load(self, place: Path, known: _Known) -> SideLoaded:
        brought = SideLoaded(place=place.name)
        try:
            with Stick(place, PAPERS_MOST) as stick:
                if known.index != stick.index:
                    known.index, known.offer_again_s, known.bad = stick.index, 0.0, set()
                if self._mono() >= known.offer_again_s:
                    if stick.has_chain:
                        self._read_chain(stick)
                    if stick.has_release:
                        self._release(place)
                    offered = self._offer(stick, brought)
                    if known.offer_again_s == 0.0 or offered.papers:  # the same again is no news
                        brought = offered
                    known.offer_again_s = self._mono() + OFFER_AGAIN_S
                return self._copy_all(stick, known, brought)
        except StickGone as error:
            known.rest_until_s = self._mono() + REST_S
            log.warning("stick gone place=%s why=%s", place, error)
            why = "USB bị rút hoặc không đọc được: hãy cắm lại."
            return msgspec.structs.replace(brought, why=why)

    def _read_chain(self, stick: Stick) -> None:
        try:
            self._chain(stick.chain_file)
        except Unfit as error:
            log.warning("chain of the stick not read why=%s", error)

    # --- papers ---------------------------------------------------------------------------------

    def _offer(self, stick: Stick, brought: SideLoaded) -> SideLoaded:
        """Hand every paper to the gate, those first on which others stand."""
        papers: list[tuple[int, bytes]] = []
        refused, total_bytes = 0, 0
        for name in stick.papers:
            try:
                received = stick.paper(name, PAPER_MOST_BYTES)
                kind = read_envelope(received).kind
            except (Unfit, Refused) as error:
                refused += 1
                if refused <= LOGGED_MOST:
                    log.warning("not taken from the stick file=%s why=%s", name, error)
                continue
            if kind not in ORDER or total_bytes + len(received) > PAPERS_MOST_BYTES:
                refused += 1
                continue
            total_bytes += len(received)
            papers.append((ORDER.index(kind), received))
        why = ""
        if stick.more_papers:
            why = f"USB có hơn {PAPERS_MOST} giấy tờ: phần còn lại không được đọc."
        news = 0
        for _, received in sorted(papers, key=lambda paper: paper[0]):
            if self._stopping.is_set():
                break
            before = self._gate.restore()
            self._gate.admit(received, "usb")
            news += self._gate.restore() is not before
        return msgspec.structs.replace(brought, papers=news, refused=refused, why=why)

    # --- contents -------------------------------------------------------------------------------

    def _copy_all(self, stick: Stick, known: _Known, brought: SideLoaded) -> SideLoaded:
        """Copy what our papers name, the shelf lacks and the stick has."""
        until_s = self._mono() + LOOK_MOST_S
        replace = msgspec.structs.replace
        for content in self._lacking():
            if self._stopping.is_set() or self._mono() > until_s:
                break
            if content.sha256 in known.bad or not stick.has_content(content.sha256):
                continue
            try:
                self._copy(stick, content)
            except (Unfit, WrongBytes) as error:
                log.warning("content of the stick not taken title=%s why=%s", content.title, error)
                known.bad.add(content.sha256)
                brought = replace(brought, refused=brought.refused + 1)
            except CannotKeep as error:
                known.rest_until_s = self._mono() + OFFER_AGAIN_S
                self._say_full(str(error))
                return replace(brought, why=f"{content.title}: {error}")
            except (TooSlow, _Stopped) as error:
                known.bad.add(content.sha256)
                return replace(brought, why=f"{content.title}: {error}")
            else:
                brought = replace(brought, contents=brought.contents + 1)
                self._post(ContentArrived(sha256=content.sha256))
                self._say_room()
        return brought

    def _copy(self, stick: Stick, content: Content) -> None:
        until_s = self._mono() + CONTENT_MOST_S + content.size_bytes / PACE_BYTES_PER_S

        def between() -> None:
            if self._stopping.is_set():
                raise _Stopped("the appliance is stopping")
            if self._mono() > until_s:
                raise _Stopped("USB đọc quá chậm")

        pieces = stick.content(content.sha256, content.size_bytes)
        try:
            take(self._shelf, content, "usb", pieces, self._wanted(), between)
        finally:
            pieces.close()

    def _lacking(self) -> tuple[Content, ...]:
        """Return what our papers name and the shelf lacks, emergencies first."""
        programme = self._gate.programme()
        listed = programme.contents if programme is not None else ()
        named = {c.sha256: c for c in (*self._gate.urgent(), *listed)}
        return tuple(c for c in named.values() if not self._shelf.has(c.sha256))

    def _wanted(self) -> Wanted:
        return Wanted(self._gate.wanted(), frozenset(c.sha256 for c in self._gate.urgent()))

    def _say_full(self, why: str) -> None:
        if not self._full:
            self._full = True
            self._post(HandFailed(hand="shelf", why=why))

    def _say_room(self) -> None:
        if self._full:
            self._full = False
            self._post(HandRecovered(hand="shelf"))
