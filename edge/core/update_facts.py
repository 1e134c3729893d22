"""What is known about releases and the two root slots, as plain values that events, orders and the desk share.

Law of the room: values only. Counters are those of signed releases; 0 is a slot that was written before there were any.
"""

from datetime import datetime
from typing import Literal

import msgspec

SlotName = Literal["a", "b"]
Verb = Literal["write", "try", "commit", "back"]
Giver = Literal["central", "usb"]


class UpdateRules(msgspec.Struct, frozen=True, kw_only=True):
    """When a restart may be made, by minutes of the local day, and how long a trial lasts, in seconds.

    `trial_s` of readiness without a gap keep a release; one that has not come to it after `patience_s` is left.
    """

    from_min: int = 60
    until_min: int = 240
    trial_s: float = 900.0
    patience_s: float = 1_800.0


class SlotFacts(msgspec.Struct, frozen=True, kw_only=True):
    """How the slots stand, as the unit that may touch them says.

    `slot` runs, `good` is what a plain restart takes; `written` lies whole in the slot that does not run. `answered`
    is the wish last answered ("write 5"), refused for `code` and `why` where these are not empty.
    """

    slot: SlotName
    good: SlotName
    running_counter: int = 0
    running_version: str = ""
    floor: int = 0
    written: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    answered: str = ""
    code: str = ""
    why: str = ""

    @property
    def trial(self) -> bool:
        """Return whether what runs now is being tried."""
        return self.slot != self.good


class GaveUp(msgspec.Struct, frozen=True, kw_only=True):
    """A release that did not run here: it is not tried again by itself.

    `spent` says that it was a person's asking that failed: that same asking counts no more.
    """

    counter: int
    version: str
    why: str
    spent: bool = False


class Trying(msgspec.Struct, frozen=True, kw_only=True):
    """A trial that was begun, as it is kept over the restart: what was well before must be well again.

    `why` is the reason for which it was given up, empty while it was not.
    """

    counter: int
    version: str
    since: datetime
    manual: bool = False
    central_before: bool = False
    faults_before: tuple[str, ...] = ()
    why: str = ""


class UpdateKept(msgspec.Struct, frozen=True, kw_only=True):
    """What must outlive the restart of a trial, whichever slot comes up."""

    trying: Trying | None = None
    failed: tuple[GaveUp, ...] = ()


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A signed release that this appliance is to take: from central, when its turn has come, or from a stick."""

    counter: int
    version: str
    by: Giver = "central"
    manual: bool = False


class UpdateStart(msgspec.Struct, frozen=True, kw_only=True):
    """What a start finds: the rules, the slots, what was kept, and the monotonic second at which the machine began."""

    rules: UpdateRules
    slots: SlotFacts
    kept: UpdateKept = UpdateKept()
    began_mono_s: float = 0.0
