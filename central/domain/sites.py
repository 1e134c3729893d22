"""Planned places: what is decided about an appliance before it is there, and the states of its enrolment.

Law of the room: pure values. A template is an assignment that lacks its appliance; a place has its Vietnamese
word for every phase, so that page and API agree.
"""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from central.domain.states import State
from contract.documents import (
    AreaPath,
    Assignment,
    DeviceId,
    Input,
    Output,
    Policy,
    PublicKey,
    Slug,
    StaffPin,
    Switch,
    Title,
    Zone,
)
from contract.documents.values import ZoneInfoName

_NOBODY: Final = DeviceId("a" * 16)
_NO_KEY: Final = "A" * 43 + "="
_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Template(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An assignment without its appliance: wiring, rules, staff, place. Its bounds are the assignment's own."""

    time_zone: ZoneInfoName = "Asia/Ho_Chi_Minh"
    outputs: tuple[Output, ...] = (Output.AUDIO,)
    zones: Annotated[tuple[Zone, ...], Meta(max_length=8)] = ()
    inputs: Annotated[tuple[Input, ...], Meta(max_length=24)] = ()
    switches: Annotated[tuple[Switch, ...], Meta(max_length=4)] = ()
    policy: Policy = Policy()
    staff: Annotated[tuple[StaffPin, ...], Meta(max_length=50)] = ()
    latitude_deg: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        """Refuse what no assignment could say: two on one pin, an input of no zone, an unknown time zone."""
        self.paper(_NOBODY, _NO_KEY, 0, _NEVER, "a", "a")

    def paper(
        self,
        device: DeviceId,
        device_key: PublicKey,
        epoch: int,
        issued: datetime,
        name: str,
        area: AreaPath,
    ) -> Assignment:
        """Return the assignment of this appliance to this place; raises `ValueError` as `Assignment` does."""
        return Assignment(
            device=device,
            device_key=device_key,
            epoch=epoch,
            issued=issued,
            name=name,
            area=area,
            time_zone=self.time_zone,
            outputs=self.outputs,
            zones=self.zones,
            inputs=self.inputs,
            switches=self.switches,
            policy=self.policy,
            staff=self.staff,
            latitude_deg=self.latitude_deg,
            longitude_deg=self.longitude_deg,
        )


class SiteDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place to plan: its short name (slug), its title, where it lies, what its appliance is told."""

    id: Slug
    title: Title
    area: AreaPath
    template: Template = Template()


class SitePhase(StrEnum):
    """How far a place is."""

    PLANNED = "planned"  # nobody is expected yet
    AWAITING = "awaiting"  # a code is out, or a key was scanned: an appliance is expected to call
    MATCHED = "matched"  # the appliance has called: compare the codes and sign
    STANDING = "standing"  # an appliance is assigned here


SITE_WORDS: Final = {
    SitePhase.PLANNED: "chưa lắp",
    SitePhase.AWAITING: "chờ máy gọi về",
    SitePhase.MATCHED: "chờ so mã",
    SitePhase.STANDING: "đã có máy",
}


class Match(StrEnum):
    """How an appliance came to its place."""

    SCAN = "scan"
    CLAIM = "claim"
    HAND = "hand"


MATCH_WORDS: Final = {
    Match.SCAN: "quét mã máy",
    Match.CLAIM: "mã nhận máy",
    Match.HAND: "quản trị ghép bằng tay",
}


class ClaimPhase(StrEnum):
    """How a claim code stands."""

    NONE = "none"
    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    DEAD = "dead"  # guessed wrong too often


class SiteState(State, frozen=True, kw_only=True):
    """A planned place and how far it is; `matched` is expected or waits for its paper, `device` stands there."""

    id: str
    title: str
    area: str
    template: Template
    planned: datetime
    planned_by: str
    phase: SitePhase
    claim: ClaimPhase
    claim_expires: datetime | None
    claim_issued_by: str
    matched: str | None
    matched_how: Match | None
    matched_by: str
    matched_key: str | None
    device: str | None

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return SITE_WORDS[self.phase]


class EnrolmentState(State, frozen=True, kw_only=True):
    """An appliance that asks to be enrolled; `code` are the six digits to compare, None until it shows its nonce.

    It is `foreign` when its key is not the one that was scanned for its place.
    """

    device: str
    device_key: str
    fingerprint: str
    site: str | None
    code: str | None
    device_nonce: str | None
    central_nonce: str
    first_seen: datetime
    last_seen: datetime
    software: str
    model: str
    source: str
    refused: datetime | None
    refused_by: str
    refused_why: str
    was_retired: bool
    foreign: bool
    confirmed: datetime | None
    confirmed_by: str

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        if self.refused is not None:
            return "đã từ chối"
        if self.foreign:
            return "khác khóa đã quét"
        if self.site is not None:
            return "chờ so mã" if self.code is not None else "đang bắt tay"
        return "máy đã thu hồi" if self.was_retired else "chưa rõ vị trí"


class ClaimIssued(State, frozen=True, kw_only=True):
    """A new claim code, shown this once: central keeps only its keyed hash."""

    site: str
    title: str
    area: str
    code: str
    expires: datetime


class CloneSign(State, frozen=True, kw_only=True):
    """A sign that two machines hold one key: `kind` is `reports` (counters diverge) or `sessions` (two at once)."""

    device: str
    kind: str
    first: datetime
    last: datetime
    times: int

    @property
    def word(self) -> str:
        """Return the alarm as people say it."""
        return "nghi khóa thiết bị bị sao chép"


class Planned(State, frozen=True, kw_only=True):
    """What importing places did."""

    added: int
    changed: int
    unchanged: int
