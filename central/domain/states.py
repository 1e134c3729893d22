"""What the verbs answer: frozen values fit for a page or for JSON, never rows of a table.

Law of the room: pure values; every state has its Vietnamese word beside it, so that page and API agree.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from contract.documents import Check, Health, Slot
from contract.planner import Planned

SELF_TEST = "test"
"""What a `Readiness` of a self-test is `of`; others name a slot's window."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The parent of what verbs answer."""


class ApprovalState(State, frozen=True, kw_only=True):
    """An approval that was taken: for which area and until when it holds."""

    sha256: str
    area: str
    title: str
    issued: datetime
    not_after: datetime
    taken_by: str


class ContentState(State, frozen=True, kw_only=True):
    """Content of the library; `approvals` are those that still hold, `gain_db` is applied when it sounds."""

    sha256: str
    title: str
    file_name: str
    area: str
    size_bytes: int
    duration_ms: int
    mime: str
    codec: str
    loudness_lufs: float
    peak_dbfs: float
    gain_db: float
    uploaded: datetime
    uploaded_by: str
    approvals: tuple[ApprovalState, ...] = ()

    @property
    def word(self) -> str:
        """Return the state as people say it: đã duyệt or chờ duyệt."""
        return "đã duyệt" if self.approvals else "chờ duyệt"


class SlotPhase(StrEnum):
    """How a slot stands towards what the appliances have."""

    DRAFT = "draft"
    CHANGED = "changed"
    PUBLISHED = "published"
    DELETED = "deleted"


SLOT_WORDS = {
    SlotPhase.DRAFT: "chưa gửi",
    SlotPhase.CHANGED: "đã sửa, chưa gửi",
    SlotPhase.PUBLISHED: "đã gửi",
    SlotPhase.DELETED: "đã xóa, chưa gửi",
}


class SlotState(State, frozen=True, kw_only=True):
    """A slot of `area`, which holds for every appliance at or below it."""

    slot: Slot
    area: str
    phase: SlotPhase
    changed: datetime
    changed_by: str

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return SLOT_WORDS[self.phase]


class Preview(State, frozen=True, kw_only=True):
    """One local day as it will sound, by the very function the appliance obeys, and what to be told about it."""

    day: date
    time_zone: str
    planned: tuple[Planned, ...]
    warnings: tuple[str, ...]


class Published(State, frozen=True, kw_only=True):
    """What publishing did: appliances that got a new programme, those that had it already, and warnings."""

    area: str
    changed: int
    unchanged: int
    warnings: tuple[str, ...]


class Step(StrEnum):
    """How far the newest programme got on an appliance, and what it does."""

    NO_PROGRAMME = "no-programme"
    SENT = "sent"
    RECEIVED = "received"
    VERIFIED = "verified"
    READY = "ready"
    SOUNDING = "sounding"
    LOST = "lost"
    RETIRED = "retired"


STEP_WORDS = {
    Step.NO_PROGRAMME: "chưa có lịch",
    Step.SENT: "đã gửi, chưa nhận",
    Step.RECEIVED: "đã nhận",
    Step.VERIFIED: "đã kiểm chữ ký",
    Step.READY: "sẵn sàng",
    Step.SOUNDING: "đang phát",
    Step.LOST: "mất liên lạc",
    Step.RETIRED: "đã thu hồi",
}


class DeviceState(State, frozen=True, kw_only=True):
    """An appliance as central knows it; `why` says why it is not ready, empty when it is."""

    id: str
    name: str
    area: str
    epoch: int
    version: int
    step: Step
    why: str
    last_seen: datetime | None
    health: Health | None

    @property
    def word(self) -> str:
        """Return the step as people say it."""
        return STEP_WORDS[self.step]


class PlayState(State, frozen=True, kw_only=True):
    """One item on air as the appliance observed it; `outcome` is sounded, partly or silent."""

    device: str
    key: str
    source: str
    title: str
    rank: int
    zones: tuple[str, ...]
    started: datetime
    asked_ms: int
    sounded_ms: int
    outcome: str
    onset_error_ms: float | None
    level_dbfs: float | None
    heard_pct: int | None
    why: str

    @property
    def word(self) -> str:
        """Return the outcome as people say it."""
        return {"sounded": "đã phát", "partly": "phát thiếu"}.get(self.outcome, "không phát")


class RefusalState(State, frozen=True, kw_only=True):
    """What an appliance did not obey, and why."""

    device: str
    at: datetime
    what: str
    code: str
    why: str


class ReceiptState(State, frozen=True, kw_only=True):
    """How far a document got on an appliance: verified, ready, sounding or over."""

    device: str
    at: datetime
    kind: str
    document: str
    state: str


class ReadinessState(State, frozen=True, kw_only=True):
    """Whether an appliance could sound what was to come at `starts`; `of` is a slot's window, or `test`."""

    device: str
    at: datetime
    of: str
    title: str
    starts: datetime
    ready: bool
    checks: tuple[Check, ...]

    @property
    def word(self) -> str:
        """Return the finding as people say it."""
        return "sẵn sàng" if self.ready else "chưa sẵn sàng"

    @property
    def is_test(self) -> bool:
        """Return whether this is a self-test."""
        return self.of == SELF_TEST


class WarningPhase(StrEnum):
    """How a local warning stands: in force, taken back by staff, or at the end of its longest life."""

    STANDING = "standing"
    ENDED = "ended"
    EXPIRED = "expired"


WARNING_WORDS = {
    WarningPhase.STANDING: "đang cảnh báo",
    WarningPhase.ENDED: "đã kết thúc",
    WarningPhase.EXPIRED: "đã hết hạn",
}


class WarningState(State, frozen=True, kw_only=True):
    """An emergency that staff sounded at an appliance: who, what, where, since when, and how it stands.

    `since` and `ended` are told by the appliance's clock, `told` by ours; `since` is None where only its end was told.
    """

    device: str
    device_name: str
    area: str
    id: str
    by: str
    headline: str
    text: str
    zones: tuple[str, ...]
    since: datetime | None
    told: datetime
    ended: datetime | None
    ended_by: str
    phase: WarningPhase

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return WARNING_WORDS[self.phase]


class LiveState(State, frozen=True, kw_only=True):
    """A live source that slots relay, by the name under which it is approved; `url` is None for the line input."""

    sha256: str
    url: str | None
    added: datetime
    added_by: str
    approvals: tuple[ApprovalState, ...] = ()

    @property
    def word(self) -> str:
        """Return the state as people say it: đã duyệt or chờ duyệt."""
        return "đã duyệt" if self.approvals else "chờ duyệt"


class AnnouncementPhase(StrEnum):
    """How an announcement stands: waiting for more signatures, in force, or over (`why` says by what)."""

    WAITING = "waiting"
    ACTIVE = "active"
    OVER = "over"


class VoiceState(State, frozen=True, kw_only=True):
    """The voice of an announcement's operator: how much of it is here, and how many appliances sound or sounded it.

    `phase` is the announcement's; only in an active one is anything taken. `next_number` is the piece wanted next.
    """

    announcement: str
    phase: AnnouncementPhase
    next_number: int
    duration_ms: int
    over: bool
    appliances: int
    speaking: int


class AnnouncementState(State, frozen=True, kw_only=True):
    """An announcement, its phase, who signed it, and how far it got on the appliances."""

    id: str
    payload_sha256: str
    message: str
    status: str
    event: str
    headline: str
    areas: tuple[str, ...]
    sent: datetime
    expires: datetime
    phase: AnnouncementPhase
    why: str
    signed_by: tuple[str, ...]
    appliances: int = 0
    verified: int = 0
    sounding: int = 0

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        words = {
            AnnouncementPhase.WAITING: "chờ thêm chữ ký",
            AnnouncementPhase.ACTIVE: "đang có hiệu lực",
            AnnouncementPhase.OVER: "đã kết thúc",
        }
        return words[self.phase]


class Prepared(State, frozen=True, kw_only=True):
    """A payload that a person is to sign with a key of their own: `payload` is exactly what is signed."""

    kind: str
    id: str
    payload: bytes
    payload_sha256: str


class SignedIn(State, frozen=True, kw_only=True):
    """A new session: the `token` is shown once and kept by the browser or program only."""

    token: str
    person_id: int
    name: str
    expires: datetime


class Declined(State, frozen=True, kw_only=True):
    """A sign-in that was not granted, and why; a value, because the failure must be kept."""

    why: str
    locked: bool
