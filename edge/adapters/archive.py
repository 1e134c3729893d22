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
    Announcement,
    Approval,
    Sha256,
)
from contract.errors import ContractError, RefusalCode, Refused, Stale
from contract.memory import latest
from contract.trust import TrustedNow, TrustState
from edge.adapters.ledger import Ledger
from edge.adapters.papers import Papers, Sealed

FACT = "trust"


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
        state = msgspec.structs.replace(self._with_keyring(fact.state, fresh), time_floor=floor)
        ours = {n for n in self._ledger.papers() if n.startswith(("programme-", "approval-"))}
        files = {name: self._ledger.paper(name) for name in sorted(ours)}
        whole = {name: received for name, received in files.items() if received is not None}
        papers = self._judged(state, fact, whole, now)
        self._ledger.drop_papers(frozenset(ours - _files(papers).keys()))
        return papers

    def rejudged(self, papers: Papers, state: TrustState, now: TrustedNow) -> Papers:
        """Return of these papers what a start under `state`, whose keyring is another, would find."""
        return self._judged(state, _fact(papers), _files(papers), now)

    def _judged(
        self, state: TrustState, fact: _Fact, files: Mapping[str, bytes], now: TrustedNow
    ) -> Papers:
        """Return the papers behind which the keyring of `state` stands; `files` are the large ones by name."""
        assignment = self._assignment(state, fact.assignment)
        if assignment is None:
            state = msgspec.structs.replace(state, assignment=None, assignment_sha256=None)
        if state.assignment is not None and state.assignment.retired:
            return Papers(state=state, sealed_assignment=assignment)
        at = latest(state, now)
        return Papers(
            state=state,
            sealed_assignment=assignment,
            sealed_programme=self._programme(state, files),
            sealed_approvals=self._approvals(state, files, at),
            sealed_announcements=self._announcements(state, fact.announcements, at),
        )

    def _with_keyring(self, state: TrustState, fresh: TrustState) -> TrustState:
        try:
            return trust.renew_keyring(state, fresh.keyring)
        except Stale:
            return state
        except Refused as refusal:
            if (
                refusal.code is not RefusalCode.OLD_VERSION
            ):  # an image may well be older than what we hold
                self.notes += (f"the keyring of the chain is not taken: {refusal.why}",)
            return state

    def _assignment(self, state: TrustState, received: bytes | None) -> Sealed | None:
        if received is None:
            return None
        sealed = self._verified(state, received, state.assignment_sha256)
        return sealed if sealed and sealed.document == state.assignment else None

    def _programme(self, state: TrustState, files: Mapping[str, bytes]) -> Sealed | None:
        floor = state.programme_floor
        if floor is None or state.assignment is None:
            return None
        received = files.get(f"programme-{floor.payload_sha256}")
        if received is None:
            if floor.assignment_epoch == state.assignment.epoch:
                self.notes += ("the stored programme is lost; it is fetched again",)
            return None
        return self._verified(state, received, floor.payload_sha256)

    def _approvals(
        self, state: TrustState, files: Mapping[str, bytes], at: datetime
    ) -> dict[Sha256, Sealed]:
        papers = Papers(state=state)
        own = None if state.assignment is None else state.assignment.area
        for name, received in sorted(files.items()):
            if not name.startswith("approval-"):
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
            trust.verify_for_central(state.keyring, received, trust.issued(document), area=own)
        except ContractError as error:
            self.notes += (f"a stored paper is no longer valid and is left out: {error}",)
            return None
        return Sealed(document, received, envelope.payload_sha256)


def kept_floor(ledger: Ledger) -> datetime | None:
    """Return the time that is known to have passed, before anything else is brought back; None at the first start."""
    fact = ledger.load(FACT, _Fact)
    return None if fact is None else fact.state.time_floor


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
