"""The Common Alerting Protocol 1.2 (OASIS, 2010) as values: what a warning says before anybody made it ours.

Law of the room: pure. Every bound of the standard is held where the value is read (`cap_reading`); here stand only the
words. Nothing of this is ever on air: a person reads it, and signs an announcement of ours.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.errors import Unacceptable

NAMESPACE: Final = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE: Final = "application/cap+xml"
MOST_BYTES: Final = 4_000_000  # of one alert: recorded speech may stand inside it
AREA_CODE_NAME: Final = "tienglang:area"  # a geocode of ours: the path in the area tree
OFFICIAL_CODE_NAME: Final = "VN-MDVHC"  # mã đơn vị hành chính: the official number of a unit
SHA256_NAME: Final = "tienglang:sha256"  # a parameter of ours: CAP's own digest is SHA-1
Point = tuple[float, float]  # latitude and longitude in degrees (WGS 84)


class CapRefused(Unacceptable):
    """A file that is no valid CAP 1.2; `element` is the path of what is wrong, as `alert/info[2]/urgency`."""

    code = "cap-invalid"

    def __init__(self, why: str, code: str, element: str = "") -> None:
        """Keep the sentence, the code for programs, and where in the file it is."""
        super().__init__(why, code)
        self.element = element


class CapStatus(StrEnum):
    """Whether it is meant: only the first three are for people."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class CapMessage(StrEnum):
    """What it does to what was said before; the last two are between machines."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


SCOPES: Final = ("Public", "Restricted", "Private")
CATEGORIES: Final = (
    "Geo",
    "Met",
    "Safety",
    "Security",
    "Rescue",
    "Fire",
    "Health",
    "Env",
    "Transport",
    "Infra",
    "CBRNE",
    "Other",
)
RESPONSES: Final = (
    "Shelter",
    "Evacuate",
    "Prepare",
    "Execute",
    "Avoid",
    "Monitor",
    "Assess",
    "AllClear",
    "None",
)
URGENCIES: Final = ("Immediate", "Expected", "Future", "Past", "Unknown")
SEVERITIES: Final = ("Extreme", "Severe", "Moderate", "Minor", "Unknown")
CERTAINTIES: Final = ("Observed", "Likely", "Possible", "Unlikely", "Unknown")


class CapReference(msgspec.Struct, frozen=True):
    """An earlier message, by the three that make it one of its kind."""

    sender: str
    identifier: str
    sent: datetime


class CapPair(msgspec.Struct, frozen=True):
    """A name and its value: a geocode, an event code or a parameter."""

    name: str
    value: str


class CapCircle(msgspec.Struct, frozen=True):
    """Everywhere within so many kilometres of a point."""

    centre: Point
    radius_km: float


class CapArea(msgspec.Struct, frozen=True, kw_only=True):
    """A place in words, in shapes and in codes; together they name one place."""

    description: str
    polygons: tuple[tuple[Point, ...], ...] = ()
    circles: tuple[CapCircle, ...] = ()
    geocodes: tuple[CapPair, ...] = ()


class CapResource(msgspec.Struct, frozen=True, kw_only=True):
    """A file beside the words: where it lies, or its bytes where they came along; `digest` in hex."""

    description: str
    mime: str
    size_bytes: int | None = None
    uri: str = ""
    inline: bytes = b""
    digest: str = ""


class CapInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What is said in one language."""

    language: str = "en-US"  # the standard's own default
    categories: tuple[str, ...]
    event: str
    responses: tuple[str, ...] = ()
    urgency: str
    severity: str
    certainty: str
    audience: str = ""
    event_codes: tuple[CapPair, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    parameters: tuple[CapPair, ...] = ()
    resources: tuple[CapResource, ...] = ()
    areas: tuple[CapArea, ...] = ()


class CapAlert(msgspec.Struct, frozen=True, kw_only=True):
    """One message; `signed` tells that it carries an XML signature, which nobody here checks."""

    identifier: str
    sender: str
    sent: datetime
    status: CapStatus
    message: CapMessage
    source: str = ""
    scope: str = "Public"
    restriction: str = ""
    addresses: str = ""
    codes: tuple[str, ...] = ()
    note: str = ""
    references: tuple[CapReference, ...] = ()
    incidents: str = ""
    infos: tuple[CapInfo, ...] = ()
    signed: bool = False
