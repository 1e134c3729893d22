"""The archive: the trust state and the papers in force, as received, in the ledger.

Law of the room: state and short-lived papers are one fact, so that they reach the disk together; what is
large or many lies in files of its own, written before the fact that counts on it and deleted after.
What is read back is verified again before it is believed: a card is a door like any other.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from contract import codec, seal, trust
from contract.area import is_at_or_below
from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Command,
    Document,
    Kind,
    MessageType,
    Programme,
    Report,
    Sha256,
)
from contract.errors import ContractError, Refused, Stale
from contract.memory import latest
from contract.trust import TrustedNow, TrustState
from edge.adapters.ledger import Ledger

FACT = "trust"


class Sealed(msgspec.Struct, frozen=True):
    """A document with the bytes it came in and the hash of what was signed."""

    document: Document
    received: bytes
    payload_sha256: Sha256


class Papers(msgspec.Struct, frozen=True, kw_only=True):
    """The trust state with the documents in force; a value, replaced whole."""

    state: TrustState
    sealed_assignment: Sealed | None = None
    sealed_programme: Sealed | None = None
    sealed_approvals: Mapping[Sha256, Sealed] = {}
    sealed_announcements: tuple[Sealed, ...] = ()

    @property
    def assignment(self) -> Assignment | None:
        """Return the assignment in force."""
        held = self.sealed_assignment
        return held.document if held and isinstance(held.document, Assignment) else None

    @property
    def programme(self) -> Programme | None:
        """Return the programme in force."""
        held = self.sealed_programme
        return held.document if held and isinstance(held.document, Programme) else None

    @property
    def approvals(self) -> Mapping[Sha256, Approval]:
        """Return the approvals held, by content."""
        held = self.sealed_approvals.items()
        return {name: s.document for name, s in held if isinstance(s.document, Approval)}

    def approval(self, content: Sha256) -> Approval | None:
        """Return the approval held for one content."""
        held = self.sealed_approvals.get(content)
        return held.document if held and isinstance(held.document, Approval) else None

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """Return the alerts and updates not known to be over, oldest first."""
        held = (s.document for s in self.sealed_announcements)
        return tuple(a for a in held if isinstance(a, Announcement))

    def envelope_sha256(self, kind: Kind) -> Sha256 | None:
        """Return the hash of the received assignment or programme."""
        held = {Kind.ASSIGNMENT: self.sealed_assignment, Kind.PROGRAMME: self.sealed_programme}
        found = held.get(kind)
        return None if found is None else seal.sha256(found.received)

    def is_news(self, approval: Approval) -> bool:
        """Return whether this approval says something that the one held does not."""
        held = self.approval(approval.sha256)
        return held is None or (approval != held and approval.issued >= held.issued)

    def with_state(self, state: TrustState) -> "Papers":
        """Return the papers under another state, without announcements that are past."""
        stand = tuple(
            s
            for s in self.sealed_announcements
            if isinstance(s.document, Announcement) and s.document.expires > state.time_floor
        )
        return msgspec.structs.replace(self, state=state, sealed_announcements=stand)

    def after(self, sealed: Sealed) -> "Papers":
        """Return the papers after an admitted document; a move to another area ends the programme."""
        replace, document = msgspec.structs.replace, sealed.document
        match document:
            case Assignment():
                moved = self.assignment is not None and self.assignment.area != document.area
                programme = None if moved else self.sealed_programme
                return replace(self, sealed_assignment=sealed, sealed_programme=programme)
            case Programme():
                return replace(self, sealed_programme=sealed)
            case Approval():
                held = {**self.sealed_approvals, document.sha256: sealed}
                return replace(self, sealed_approvals=held)
            case Announcement():
                stand = self._without(document.references)
                said = () if document.message is MessageType.CANCEL else (sealed,)
                return replace(self, sealed_announcements=(*stand, *said))
            case ActiveSet():
                gone = [a.id for a in self.announcements if _is_over(a, document)]
                return replace(self, sealed_announcements=self._without(gone))
            case Command() | Report():
                return self

    def _without(self, ids: tuple[str, ...] | list[str]) -> tuple[Sealed, ...]:
        return tuple(
            s
            for s in self.sealed_announcements
            if not (isinstance(s.document, Announcement) and s.document.id in ids)
        )


class _Fact(msgspec.Struct, frozen=True, kw_only=True):
    """What lies in the ledger under `trust`: the state and the small papers."""

    state: TrustState
    assignment: bytes | None = None
    announcements: tuple[bytes, ...] = ()


class Archive:
    """Keeps `Papers` in the ledger and brings them back."""

    def __init__(self, ledger: Ledger) -> None:
        """Nothing is read yet; `notes` gathers what `recall` finds amiss."""
        self._ledger = ledger
        self._on_disk: _Fact | None = None
        self.notes: tuple[str, ...] = ()

    def keep(self, before: Papers, after: Papers) -> None:
        """Put `after` on disk in place of `before`. Raises `StorageFailed`; then `before` is still there."""
        old, new = _files(before), _files(after)
        for name in new.keys() - old.keys():
            self._ledger.keep_paper(name, new[name])
        fact = _fact(after)
        if fact != self._on_disk:
            self._ledger.save(FACT, fact)
            self._on_disk = fact
        self._ledger.drop_papers(frozenset(old.keys() - new.keys()))

    def recall(self, fresh: TrustState, now: TrustedNow) -> Papers:
        """Return what was kept for the device of `fresh`, each paper verified again; else `fresh` alone."""
        fact = self._ledger.load(FACT, _Fact)
        if fact is None:
            return Papers(state=fresh)
        if fact.state.device_key != fresh.device_key:
            self.notes += ("the stored papers are for another device key and are left out",)
            return Papers(state=fresh)
        self._on_disk = fact
        floor = max(fact.state.time_floor, fresh.time_floor)
        state = msgspec.structs.replace(
            self._with_keyring(fact.state, fresh), exercises=fresh.exercises, time_floor=floor
        )
        assignment = self._assignment(state, fact.assignment)
        if assignment is None:
            state = msgspec.structs.replace(state, assignment=None, assignment_sha256=None)
        at = latest(state, now)
        papers = Papers(
            state=state,
            sealed_assignment=assignment,
            sealed_programme=self._programme(state),
            sealed_approvals=self._approvals(state, at),
            sealed_announcements=self._announcements(state, fact.announcements, at),
        )
        ours = {n for n in self._ledger.papers() if n.startswith(("programme-", "approval-"))}
        self._ledger.drop_papers(frozenset(ours - _files(papers).keys()))
        return papers

    def _with_keyring(self, state: TrustState, fresh: TrustState) -> TrustState:
        try:
            return trust.renew_keyring(state, fresh.keyring)
        except Stale:
            return state
        except Refused as refusal:
            self.notes += (f"the keyring of the image is not taken: {refusal.why}",)
            return state

    def _assignment(self, state: TrustState, received: bytes | None) -> Sealed | None:
        if received is None or state.assignment is None:
            return None
        sealed = self._verified(state, received, state.assignment_sha256)
        return sealed if sealed and sealed.document == state.assignment else None

    def _programme(self, state: TrustState) -> Sealed | None:
        floor = state.programme_floor
        if floor is None or state.assignment is None:
            return None
        received = self._ledger.paper(f"programme-{floor.payload_sha256}")
        if received is None:
            if floor.assignment_epoch == state.assignment.epoch:
                self.notes += ("the stored programme is lost; it is fetched again",)
            return None
        return self._verified(state, received, floor.payload_sha256)

    def _approvals(self, state: TrustState, at: datetime) -> dict[Sha256, Sealed]:
        papers = Papers(state=state)
        own = None if state.assignment is None else state.assignment.area
        for name in sorted(self._ledger.papers()):
            received = self._ledger.paper(name) if name.startswith("approval-") else None
            if received is None:
                continue
            sealed = self._verified(state, received, Sha256(name.removeprefix("approval-")))
            approval = None if sealed is None else sealed.document
            if sealed is None or not isinstance(approval, Approval) or own is None:
                continue
            covers = is_at_or_below(own, approval.area) and approval.not_after > at
            if covers and papers.is_news(approval):
                papers = papers.after(sealed)
        return dict(papers.sealed_approvals)

    def _announcements(
        self, state: TrustState, received: tuple[bytes, ...], at: datetime
    ) -> tuple[Sealed, ...]:
        told = {seen.payload_sha256 for seen in state.seen.values()}
        stand = []
        for one in received:
            sealed = self._verified(state, one, None)
            if sealed is None or not isinstance(sealed.document, Announcement):
                continue
            own = None if state.assignment is None else state.assignment.area
            ours = own is not None and any(is_at_or_below(own, a) for a in sealed.document.areas)
            known = sealed.payload_sha256 in told
            if known and ours and sealed.document.expires > at:
                stand.append(sealed)
        return tuple(stand)

    def _verified(
        self, state: TrustState, received: bytes, expected: Sha256 | None
    ) -> Sealed | None:
        """Return the stored paper if the keyring still stands behind it, judged at the time it was issued.

        A key that has merely run out since does not silence a village after a power cut; a revoked one does.
        """
        try:
            envelope = seal.read_envelope(received)
            if expected is not None and envelope.payload_sha256 != expected:
                self.notes += (
                    f"the stored {envelope.kind.value} is not the one in force; left out",
                )
                return None
            own = None if state.assignment is None else state.assignment.area
            document = codec.decode(envelope.kind, envelope.payload)
            issued = document.sent if isinstance(document, Announcement) else document.issued
            trust.verify_for_central(state.keyring, received, issued, area=own)
        except ContractError as error:
            self.notes += (f"a stored paper is no longer valid and is left out: {error}",)
            return None
        return Sealed(document, received, envelope.payload_sha256)


def _is_over(announcement: Announcement, active_set: ActiveSet) -> bool:
    """Return whether a newer active set lacks what it would name if it still stood."""
    covered = any(is_at_or_below(area, active_set.area) for area in announcement.areas)
    named = {entry.id for entry in active_set.active}
    return covered and announcement.id not in named and announcement.sent <= active_set.issued


def _files(papers: Papers) -> dict[str, bytes]:
    """Return the papers that lie in files of their own, by name."""
    held = [("approval", sealed) for sealed in papers.sealed_approvals.values()]
    if papers.sealed_programme is not None:
        held.append(("programme", papers.sealed_programme))
    return {f"{word}-{sealed.payload_sha256}": sealed.received for word, sealed in held}


def _fact(papers: Papers) -> _Fact:
    assignment = papers.sealed_assignment
    return _Fact(
        state=papers.state,
        assignment=None if assignment is None else assignment.received,
        announcements=tuple(s.received for s in papers.sealed_announcements),
    )
