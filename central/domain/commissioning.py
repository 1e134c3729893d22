"""A commissioning as central tells it: when, by whom, passed or not, and at which place."""

from datetime import datetime

from central.domain.states import State


class CommissioningState(State, frozen=True, kw_only=True):
    """One sealed commissioning; `faults` are the titles of the steps that kept it from passing.

    `brought_by` is the person who handed it in, empty where the appliance sent it itself. `signers` counts the keys.
    """

    id: int
    device: str
    site: str
    area: str
    epoch: int
    by: str
    passed: bool
    ended: datetime
    received: datetime
    brought_by: str
    payload_sha256: str
    signers: int
    faults: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """Return the verdict as people say it."""
        return "đạt" if self.passed else "không đạt"
