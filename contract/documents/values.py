"""The words that every document is made of: names, bounds, ranks, kinds and roles.

Law of the room: types and their bounds; no document stands here.
"""

from datetime import datetime, time
from enum import IntEnum, StrEnum
from typing import Annotated, Final, NewType
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

Sha256 = NewType("Sha256", str)
DeviceId = NewType("DeviceId", str)

MAX_COUNTER: Final = 2**53  # integers above are not exact in every JSON reader
DAY_S: Final = 86_400

Instant = Annotated[datetime, Meta(tz=True)]
WallTime = Annotated[time, Meta(tz=False)]
Counter = Annotated[int, Meta(ge=0, le=MAX_COUNTER)]
Percent = Annotated[int, Meta(ge=0, le=100)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")]
AreaPath = Annotated[
    str, Meta(pattern=r"^[a-z0-9][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*){0,15}\Z", max_length=200)
]
DeviceName = Annotated[DeviceId, Meta(pattern=r"^[a-z2-7]{16}\Z")]
Digest = Annotated[Sha256, Meta(pattern=r"^[0-9a-f]{64}\Z")]
PublicKey = Annotated[str, Meta(pattern=r"^[A-Za-z0-9+/]{43}=\Z")]
Title = Annotated[str, Meta(min_length=1, max_length=200)]
Text = Annotated[str, Meta(max_length=8_000)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}\Z")]
ZoneInfoName = Annotated[str, Meta(pattern=r"^[A-Za-z]+(?:/[A-Za-z_+-]+){0,2}\Z")]
AnnouncementId = Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,40}:[0-9]{1,9}:[0-9]{1,15}\Z")]


def check_time_zone(name: str) -> None:
    """Refuse a zone that this machine's calendar does not know: no wall time could be told from it."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError) as fault:
        msg = f"the time zone {name!r} is not known; use one like Asia/Ho_Chi_Minh"
        raise ValueError(msg) from fault


class Value(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A frozen value of the contract; unknown fields are refused."""


class Rank(IntEnum):
    """The whole order of precedence, lowest first (DESIGN §4.3)."""

    SILENCE = 0
    FILLER = 1
    NORMAL = 2
    PRIORITY = 3
    OVERRIDE = 4
    LIVE = 5
    EMERGENCY_COMMUNE = 6
    EMERGENCY_PROVINCE = 7


class Kind(StrEnum):
    """The kinds of sealed documents; the payload type on the wire is made from it."""

    ASSIGNMENT = "assignment"
    PROGRAMME = "programme"
    APPROVAL = "approval"
    ANNOUNCEMENT = "announcement"
    ACTIVE_SET = "activeset"
    COMMAND = "command"
    REPORT = "report"
    TIME = "time"
    COMMISSIONING = "commissioning"


class Role(StrEnum):
    """What a key in the keyring may sign."""

    ASSIGN = "assign"
    SCHEDULE = "schedule"
    APPROVE = "approve"
    EMERGENCY = "emergency"
    ACTIVE_SET = "activeset"
    COMMAND = "command"
    TIME = "time"
