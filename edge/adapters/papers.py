"""The papers in force on an appliance, beside the trust state: a value, replaced whole.

Law of the room: pure; what a document does to the papers before it, and nothing of disks or doors.
"""

from collections.abc import Mapping

import msgspec

from contract import seal
from contract.documents import (
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Command,
    Commissioning,
    Document,
    Kind,
    MessageType,
    Programme,
    Report,
    Sha256,
    SignedTime,
    Status,
)
from contract.trust import TrustState


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
    def programme_sha256(self) -> Sha256 | None:
        """Return the hash of that programme's payload, as it was signed."""
        return self.sealed_programme.payload_sha256 if self.sealed_programme is not None else None

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

    @property
    def count(self) -> int:
        """Return how many papers are in force."""
        single = (self.sealed_assignment, self.sealed_programme)
        many = len(self.sealed_approvals) + len(self.sealed_announcements)
        return many + sum(1 for sealed in single if sealed is not None)

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
        """Return the papers after an admitted document; a move to another area ends the programme.

        Retirement ends every other paper.
        """
        replace, document = msgspec.structs.replace, sealed.document
        match document:
            case Assignment(retired=True):
                return Papers(state=self.state, sealed_assignment=sealed)
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
                silent = document.message is MessageType.CANCEL or document.status is Status.TEST
                said = () if silent else (sealed,)
                return replace(self, sealed_announcements=(*stand, *said))
            case ActiveSet() | Command() | Report() | SignedTime() | Commissioning():
                return self

    def _without(self, ids: tuple[str, ...] | list[str]) -> tuple[Sealed, ...]:
        return tuple(
            s
            for s in self.sealed_announcements
            if not (isinstance(s.document, Announcement) and s.document.id in ids)
        )
