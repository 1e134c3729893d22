"""A shop whose appliance nobody has assigned, or that was retired; what central would say is posted as events."""

import dataclasses
from typing import Final

import msgspec

from contract import enrolment
from contract.documents import Assignment, PublicKey, Right, StaffPin
from contract.enrolment import Standing
from contract.seal import device_id
from contract.testing import device_key
from edge.core.events import AssignmentAccepted, EnrolmentSeen, Started
from edge.core.moment import Clock
from edge.web.counter import Counter
from tests.edge.web.shop import LAN, PIN, QUICK, Shop, assignment

KEY: Final[PublicKey] = device_key("newcomer").public
DEVICE: Final = device_id(KEY)
WHY_AWAY: Final = "mất liên lạc với máy chủ của tỉnh: kiểm tra cáp mạng và SIM (No route to host)"
FITTER: Final = StaffPin(
    name="Lê Minh Tuấn", verifier=QUICK.hash(PIN), rights=(Right.INSTALL, Right.OPERATE)
)
WAITING: Final = EnrolmentSeen(standing=Standing.WAITING)
MATCHED: Final = EnrolmentSeen(
    standing=Standing.MATCHED, site="ap-1-my-phong", title="Cụm loa ấp 1, Mỹ Phong", code="482 913"
)


@dataclasses.dataclass
class Newcomer(Shop):
    """An appliance fresh from the workshop; `claims` is what survives a restart of the codes typed."""

    paper: Assignment | None = None
    claims: bytes | None = None

    def keep_claims(self, kept: bytes) -> None:
        """Keep the lock-out of claim codes."""
        self.claims = kept

    def counter(self) -> Counter:
        """Return the counter before this appliance."""
        return dataclasses.replace(
            super().counter(),
            fingerprint=enrolment.fingerprint(KEY),
            qr=enrolment.qr_text(KEY),
            remember_claims=self.keep_claims,
            recall_claims=lambda: self.claims,
        )

    def started(self) -> Started:
        """Return the event that begins this appliance."""
        return Started(device=DEVICE, software="0.1.0", clock=Clock.TRUSTED, assignment=self.paper)


def retirement(epoch: int = 2, staff: tuple[StaffPin, ...] = (LAN, FITTER)) -> AssignmentAccepted:
    """Return the paper that retires the appliance."""
    paper = msgspec.structs.replace(assignment(epoch, staff), retired=True)
    return AssignmentAccepted(assignment=paper)


def return_to_work(epoch: int = 3) -> AssignmentAccepted:
    """Return a paper that puts it to work."""
    return AssignmentAccepted(assignment=assignment(epoch, (LAN, FITTER)))
