"""The announcement, an emergency in CAP 1.2 vocabulary, and the active set of those in force.

Law of the room: values and the bounds inside one value.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, assert_never

from msgspec import UNSET, Meta, UnsetType

from contract.documents.programme import Content
from contract.documents.values import (
    DAY_S,
    AnnouncementId,
    AreaPath,
    Counter,
    Digest,
    Instant,
    Language,
    Percent,
    PublicKey,
    Slug,
    Text,
    Title,
    Value,
)


class MessageType(StrEnum):
    """CAP 1.2 msgType, the part we use."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"


class Status(StrEnum):
    """CAP 1.2 status: only `Actual` interrupts; `Exercise` waits for its turn, `Test` is told of and never sounds."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    TEST = "Test"


class Tone(StrEnum):
    """A tone every appliance keeps ready; `none` for text alone.

    An announcement uses the first three; a chime goes before what staff say, an end tone after it, and the
    check tone is the self-test's.
    """

    NONE = "none"
    ATTENTION = "attention"
    ALL_CLEAR = "all-clear"
    CHIME = "chime"
    END = "end"
    CHECK = "check"


class Repeat(Value, frozen=True, kw_only=True):
    """How often an announcement sounds: `quick_rounds` with `quick_gap_s` between, then every `slow_gap_s` until over.

    The default is the legal pattern: at once, twice more at 5-minute gaps, then every 25 minutes.
    Gaps run from the end of a round to the start of the next, on the appliance's own monotonic clock.
    """

    quick_rounds: Annotated[int, Meta(ge=1, le=100)] = 3
    quick_gap_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 300
    slow_gap_s: Annotated[int, Meta(ge=30, le=DAY_S)] | None = 1_500


class AnnouncementInfo(Value, frozen=True, kw_only=True):
    """What is said in one language: tone, then recorded `content` if it has arrived, else the text is spoken.

    `voice`, where it is set, is the key of the operator who speaks it himself (`contract.voice`); the text is then
    for boards, and for appliances that his voice does not reach.
    """

    language: Language
    headline: Title
    text: Text
    tone: Tone = Tone.ATTENTION
    content: Content | None = None
    voice: PublicKey | UnsetType = UNSET


class Announcement(Value, frozen=True, kw_only=True):
    """An emergency, its update or its cancel, in CAP 1.2 vocabulary; `id` is issuer:epoch:seq.

    Sounds on appliances at or below one of `areas`, until `expires` (at most 24 h after `sent`).
    """

    id: AnnouncementId
    message: MessageType
    status: Status
    sent: Instant
    expires: Instant
    areas: Annotated[tuple[AreaPath, ...], Meta(min_length=1, max_length=200)]
    references: Annotated[tuple[AnnouncementId, ...], Meta(max_length=50)] = ()
    category: Annotated[str, Meta(pattern=r"^[A-Z][A-Za-z]{1,15}\Z")] = "Safety"
    event: Title
    urgency: Annotated[str, Meta(pattern=r"^(Immediate|Expected|Future|Past|Unknown)\Z")] = (
        "Immediate"
    )
    severity: Annotated[str, Meta(pattern=r"^(Extreme|Severe|Moderate|Minor|Unknown)\Z")] = "Severe"
    certainty: Annotated[str, Meta(pattern=r"^(Observed|Likely|Possible|Unlikely|Unknown)\Z")] = (
        "Observed"
    )
    zones: Annotated[tuple[Slug, ...], Meta(max_length=8)] = ()
    volume_pct: Percent = 100
    repeat: Repeat = Repeat()
    infos: Annotated[tuple[AnnouncementInfo, ...], Meta(max_length=8)] = ()

    def __post_init__(self) -> None:
        """Refuse lives over 24 h, a cancel or update of nothing, an alert that says nothing."""
        if not timedelta(0) < self.expires - self.sent <= timedelta(hours=24):
            msg = "an announcement expires after it is sent and at most 24 hours later; prolong it by an update"
            raise ValueError(msg)
        match self.message:
            case MessageType.ALERT | MessageType.UPDATE:
                if not self.infos:
                    msg = "an alert or update must say something in at least one language"
                    raise ValueError(msg)
            case MessageType.CANCEL:
                pass
            case _:
                assert_never(self.message)
        if (self.message is MessageType.ALERT) == bool(self.references):
            msg = "an update or cancel names what it refers to, an alert refers to nothing"
            raise ValueError(msg)
        spoken = [info for info in self.infos if info.voice is not UNSET]
        if len(spoken) > 1 or any(info.content is not None or not info.text for info in spoken):
            msg = "one language at most is spoken by the operator, with a text for whom his voice does not reach"
            raise ValueError(msg)


class ActiveEntry(Value, frozen=True, kw_only=True):
    """One announcement now in force: its id and the SHA-256 of its payload bytes."""

    id: AnnouncementId
    payload_sha256: Digest


class ActiveSet(Value, frozen=True, kw_only=True):
    """Every announcement of `area` now in force; what a newer set lacks is over, even if its cancel was withheld."""

    area: AreaPath
    version: Counter
    issued: Instant
    expires: Instant
    min_keyring_epoch: Counter
    active: Annotated[tuple[ActiveEntry, ...], Meta(max_length=500)] = ()
