"""The chain of trust as it stands at central: its links, their ends, and who may do what."""

from datetime import datetime

from central.domain.states import State


class ChainState(State, frozen=True, kw_only=True):
    """The links that are served, until when each lives, and whether they were changed just now."""

    root_version: int
    root_expires: datetime
    targets_version: int
    targets_expires: datetime
    keyring_epoch: int
    keyring_expires: datetime
    snapshot_expires: datetime
    timestamp_signed: datetime
    changed: bool = False
