"""The gate: every sealed document passes here, by whatever door it came.

Law of the room: verify, then put on disk, then post; in that order. Floors, seen announcements and the
received bytes are written together. Nothing raised here reaches a door: a bad document is a
`DocumentRefused`, a bad disk a `HandFailed`. Many lanes come here, so one lock makes them queue.

When the disk takes no more writes, announcements, active sets and commands (all short-lived) are obeyed
from memory, because a flood warning must sound with a full card; so is retirement, which only silences. What
else lives long is then not accepted.
"""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Final, assert_never

import msgspec

from contract import codec, seal, trust, voice
from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Command,
    Commissioning,
    Content,
    Keyring,
    Kind,
    Programme,
    PublicKey,
    Report,
    Sha256,
    SignedTime,
)
from contract.errors import Misuse, RefusalCode, Refused, Stale
from contract.trust import Admitted, TrustedNow, TrustState
from edge.adapters.archive import Archive
from edge.adapters.ledger import Ledger
from edge.adapters.papers import Papers, Sealed
from edge.adapters.restraint import Restraint
from edge.adapters.storage import StorageFailed
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    CommandAccepted,
    DocumentRefused,
    Door,
    HandFailed,
    HandRecovered,
    Happening,
    KeyringRenewed,
    ProgrammeAccepted,
)

log = logging.getLogger(__name__)

NOT_KEPT: Final = "không ghi được lên thẻ nhớ: thẻ đầy hoặc hỏng, báo thợ thay thẻ"

# A newer keyring may name the signer, or one more of them; or the active set says that there is a newer one.
CURABLE: Final = frozenset(
    {
        RefusalCode.UNKNOWN_KEY,
        RefusalCode.THRESHOLD,
        RefusalCode.OUT_OF_SCOPE,
        RefusalCode.WRONG_EPOCH,
    }
)
WAITING_MOST: Final = 8
WAITING_MOST_BYTES: Final = 200_000

FLOOR_STEP: Final = timedelta(
    hours=2
)  # twice what an hour brings; documents make up for a long sleep


class Gate:
    """Admits documents against the trust state, which it owns from here on."""

    def __init__(
        self,
        ledger: Ledger,
        state: TrustState,
        post: Callable[[Happening], None],
        now: Callable[[], TrustedNow],
        restraint: Restraint | None = None,
    ) -> None:
        """Take up what the ledger remembers for this device key; `state` is where nothing is remembered.

        A newer keyring in `state` (from a newer image) replaces the remembered one.
        """
        self._post = post
        self._now = now
        self._restraint = restraint or Restraint()
        self._lock = threading.RLock()
        self._archive = Archive(ledger)
        self._papers = self._archive.recall(state, now())
        self._active_set: ActiveSet | None = None
        self._active_set_envelope: Sha256 | None = None
        self._disk_failed = False
        self._tell: Callable[[Sealed], None] = lambda _sealed: None
        self._ask_for_keys: Callable[[], bool] = lambda: False
        self._waiting: list[tuple[bytes, Door]] = []

    def tell(self, hear: Callable[[Sealed], None]) -> None:
        """Have `hear` called with each paper admitted from now on, on the door's own thread."""
        self._tell = hear

    @property
    def state(self) -> TrustState:
        """Return the trust state now in force."""
        return self._papers.state

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what was found amiss in the stored papers at start, in plain sentences."""
        return self._archive.notes

    def restore(self) -> Papers:
        """Return the stored documents, each verified anew, for the `Started` event."""
        with self._lock:
            return self._papers

    def admit(self, received: bytes, door: Door) -> None:
        """Judge a sealed document and post what came of it; the same document again posts nothing."""
        with self._lock:
            now = msgspec.structs.replace(self._now(), door=door)
            try:
                self._accept(trust.admit(self.state, received, now), received, door)
            except Stale:
                self._mend(received, door)
            except Refused as refusal:
                if not self._waits(received, door, refusal):
                    self._refuse(received, door, refusal)

    def ask_for_keys(self, ask: Callable[[], bool]) -> None:
        """Have `ask` called when a paper was refused that a newer keyring may let in; on the door's own thread.

        It returns whether the chain is being asked; the paper then waits, and `try_again` ends the waiting.
        """
        self._ask_for_keys = ask

    def try_again(self) -> None:
        """Judge the papers that waited while the chain was asked; what is refused now is refused."""
        with self._lock:
            waiting, self._waiting = self._waiting, []
            ask, self._ask_for_keys = self._ask_for_keys, lambda: False
            try:
                for received, door in waiting:
                    self.admit(received, door)
            finally:
                self._ask_for_keys = ask

    def held_sha256(self, kind: Kind) -> Sha256 | None:
        """Return the SHA-256 of the envelope of this kind in force, which is its ETag at central."""
        with self._lock:
            if kind is Kind.ACTIVE_SET:
                return self._active_set_envelope
            return self._papers.envelope_sha256(kind)

    def lacking(self) -> tuple[Sha256, ...]:
        """Return the payload hashes that the active set names and that never came here."""
        with self._lock:
            named = self._active_set.active if self._active_set is not None else ()
            seen = {told.payload_sha256 for told in self.state.seen.values()}
            return tuple(e.payload_sha256 for e in named if e.payload_sha256 not in seen)

    def approval(self, content: Sha256) -> Approval | None:
        """Return the approval held for a content."""
        with self._lock:
            return self._papers.approval(content)

    def programme(self) -> Programme | None:
        """Return the programme in force."""
        with self._lock:
            return self._papers.programme

    def operator_key(self, announcement: str) -> PublicKey | None:
        """Return the key of the voice that an announcement in force names, None where it names none."""
        with self._lock:
            held = (a for a in self._papers.announcements if a.id == announcement)
            return next(map(voice.key_of, held), None)

    def urgent(self) -> tuple[Content, ...]:
        """Return the contents that announcements in force would sound."""
        with self._lock:
            infos = (info for a in self._papers.announcements for info in a.infos)
            return tuple(info.content for info in infos if info.content is not None)

    def wanted(self) -> frozenset[Sha256]:
        """Return the contents that may not be evicted: those of the programme and of announcements."""
        with self._lock:
            programme = self._papers.programme
            listed = programme.contents if programme is not None else ()
            return frozenset(c.sha256 for c in (*listed, *self.urgent()))

    def raise_floor(self) -> None:
        """Put the present time on disk as the floor, if the clock is trusted; meant for once an hour.

        At most `FLOOR_STEP` at once: floors never fall, and a wrong time service must not lock us out.
        """
        with self._lock:
            now = self._now()
            if now.clock == "trusted":
                wall = min(now.wall, self.state.time_floor + FLOOR_STEP)
                self._keep(self._papers.with_state(trust.raise_floor(self.state, wall)))

    def take_time(self, received: bytes, nonce: str) -> SignedTime | None:
        """Return the time that central signed for this nonce; None when it is refused, which is posted."""
        with self._lock:
            try:
                return trust.verify_time(self.state, received, nonce)
            except Refused as refusal:
                self._refuse(received, "poll", refusal)
                return None

    def renew_keyring(self, keyring: Keyring) -> bool:
        """Go over to a newer keyring whose own signatures the caller verified; False for the one held.

        What keys have signed that are not in it loses its force, as after a restart; that is posted. With a full
        card it is obeyed from memory: a thief's key must not go on for want of room. Raises `Refused`.
        """
        with self._lock:
            try:
                state = trust.renew_keyring(self.state, keyring)
            except Stale:
                return False
            before, noted = self._papers, len(self._archive.notes)
            after = self._archive.rejudged(before, state, self._now())
            self._keep(after)
            self._papers = after
            self._active_set, self._active_set_envelope = None, None
            for note in self._archive.notes[noted:]:
                log.warning("store: %s", note)
            log.info("keyring epoch=%s", keyring.epoch)
            self._post(
                KeyringRenewed(
                    epoch=keyring.epoch,
                    assignment=after.assignment,
                    programme=after.programme,
                    approvals=tuple(after.approvals.values()),
                    announcements=after.announcements,
                    dropped=before.count - after.count,
                )
            )
        return True

    def _waits(self, received: bytes, door: Door, refusal: Refused) -> bool:
        """Return whether this paper is put aside until the chain was asked for a newer keyring."""
        if refusal.code not in CURABLE or len(received) > WAITING_MOST_BYTES:
            return False
        other_epoch = refusal.code is RefusalCode.WRONG_EPOCH
        if other_epoch and seal.read_envelope(received).kind is not Kind.ACTIVE_SET:
            return False  # it names an assignment's epoch
        if len(self._waiting) >= WAITING_MOST or not self._ask_for_keys():
            return False
        if (received, door) not in self._waiting:
            self._waiting.append((received, door))
        return True

    def _accept(self, admitted: Admitted, received: bytes, door: Door) -> None:
        document = admitted.document
        if isinstance(document, Approval) and not self._papers.is_news(document):
            return
        sealed = Sealed(document, received, admitted.payload_sha256)
        after = self._papers.with_state(admitted.state).after(sealed)
        kept = self._keep(after)
        retired = isinstance(document, Assignment) and document.retired
        if not kept and isinstance(document, Assignment | Programme | Approval) and not retired:
            return
        self._papers = after
        if retired:
            self._active_set, self._active_set_envelope = None, None
        if isinstance(document, ActiveSet):
            self._active_set = document
            self._active_set_envelope = seal.sha256(received)
        event = _event_of(sealed, door)
        log.info("admitted kind=%s door=%s sha256=%s", admitted.kind, door, admitted.payload_sha256)
        self._tell(sealed)
        self._post(event)

    def _keep(self, after: Papers) -> bool:
        """Put the papers on disk; False when the disk failed, which is posted once."""
        try:
            self._archive.keep(self._papers, after)
        except StorageFailed as error:
            log.exception("trust state not kept")
            if not self._disk_failed:
                self._disk_failed = True
                self._post(HandFailed(hand="ledger", why=f"{NOT_KEPT} ({error.strerror})"))
            return False
        self._papers = after
        if self._disk_failed:
            self._disk_failed = False
            self._post(HandRecovered(hand="ledger"))
        return True

    def _mend(self, received: bytes, door: Door) -> None:
        """Take back a paper that is in force but was lost here: its hash proves that it is the same.

        An assignment that is lost is in force no more (`Archive.recall`), and so is simply admitted again.
        """
        envelope = seal.read_envelope(received)
        kind = envelope.kind
        lost = (kind is Kind.PROGRAMME and self._papers.programme is None) or (
            kind is Kind.ACTIVE_SET and self._active_set is None
        )
        if not lost:
            return
        document = codec.decode(envelope.kind, envelope.payload)
        same = Admitted(
            state=self.state,
            document=document,
            kind=envelope.kind,
            payload_sha256=envelope.payload_sha256,
        )
        self._accept(same, received, door)

    def _refuse(self, received: bytes, door: Door, refusal: Refused) -> None:
        if (
            refusal.code is RefusalCode.UNASSIGNED
        ):  # it came before our own paper: asked for again after it
            log.info("not yet for us door=%s why=%s", door, refusal.why)
            return
        try:
            kind = seal.read_envelope(received).kind
        except Refused:
            kind = None
        # by kind: a flood of false warnings must not hide a false assignment among them
        name = f"{kind.value if kind else 'document'} {refusal.code.value}"
        suppressed = self._restraint.ask(name, seal.sha256(received))
        if suppressed is None:
            return
        why = refusal.why if not suppressed else f"{refusal.why} (and {suppressed} more like it)"
        log.warning("refused door=%s code=%s why=%s", door, refusal.code, why)
        self._post(DocumentRefused(door=door, kind=kind, code=refusal.code, why=why))


def _event_of(sealed: Sealed, door: Door) -> Happening:
    document, sha256 = sealed.document, sealed.payload_sha256
    match document:
        case Assignment():
            return AssignmentAccepted(assignment=document, sha256=sha256)
        case Programme():
            return ProgrammeAccepted(programme=document, sha256=sha256)
        case Approval():
            return ApprovalAccepted(approval=document, sha256=sha256)
        case Announcement():
            return AnnouncementAccepted(announcement=document, door=door, sha256=sha256)
        case ActiveSet():
            return ActiveSetAccepted(active_set=document)
        case Command():
            return CommandAccepted(command=document, sha256=sha256)
        case Report() | SignedTime() | Commissioning():
            raise Misuse("what appliances tell and times are never admitted")
        case _:
            assert_never(document)
