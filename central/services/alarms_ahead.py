"""What an alarm would do before anybody signs it: whom it reaches, when it sounds, and over what on each appliance.

Law of the room: reads only; the database groups, so that ten thousand appliances cost what a hundred kinds cost. What
an appliance plays in a later round is what its signed programme says; what it plays now is what it last told.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, String, case, cast, false, func, or_, select

from central.db.broadcast import ProgrammeRow
from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.alarms import AlarmDraft
from central.domain.areas import commune_of
from central.domain.emergency import TONE_S, spoken_s
from central.domain.errors import Unacceptable
from central.domain.fleet import LOST_AFTER
from central.domain.people import Person, Right
from central.domain.states import State
from central.services.alarms_over import SILENCE, Holder, planned_at
from central.services.alarms_reach import areas_to_name
from central.services.areas import area_named, at_or_below, communes_of
from central.services.devices import assignment_of, device_row
from central.services.unit import Unit
from contract import keyring
from contract.documents import Rank, Role, Status, Tone

LOOKED_AT: Final = 3  # rounds for which it is said what they interrupt
LISTED: Final = 6  # rounds that are listed
SPOKEN: Final = ("vi", "en")  # languages that every appliance can read aloud
_ON_AIR: Final = {
    Rank.FILLER: "nhạc nền",
    Rank.OVERRIDE: "việc cán bộ tại chỗ đang phát",
    Rank.LIVE: "cán bộ tại chỗ đang nói trực tiếp",
    Rank.EMERGENCY_COMMUNE: "một cảnh báo khác (hai cảnh báo luân phiên, mới trước)",
    Rank.EMERGENCY_PROVINCE: "một cảnh báo khác (hai cảnh báo luân phiên, mới trước)",
}
_LINKS: Final = ("online", "lost", "never")


class Reach(State, frozen=True, kw_only=True):
    """Whom an alarm speaks to: `silent` told nothing for more than 5 minutes; `signatures` is how many must sign.

    In `bare` communes nothing stands that could sound: they have to be telephoned.
    """

    communes: int
    bare: int
    areas: int
    appliances: int
    boards: int
    silent: int
    signatures: int


class AheadSaid(State, frozen=True, kw_only=True):
    """What is said in one language, and for how many seconds about; `aloud` where appliances have a voice for it."""

    language: str
    text: str
    seconds: int
    aloud: bool


class AheadGroup(State, frozen=True, kw_only=True):
    """Appliances with one and the same outcome: `link` online, lost or never; `over` what each first round interrupts.

    `zones` that sound (empty: all there are); `names` are some of them.
    """

    count: int
    boards: int
    names: tuple[str, ...]
    link: str
    zones: tuple[str, ...]
    over: tuple[str, ...]


class Ahead(State, frozen=True, kw_only=True):
    """An alarm looked at before it is signed: the first `rounds` of `rounds_in_all`, each of some `round_s` seconds."""

    reach: Reach
    said: tuple[AheadSaid, ...]
    rounds: tuple[datetime, ...]
    rounds_in_all: int
    round_s: int
    expires: datetime
    groups: tuple[AheadGroup, ...]


def ahead(unit: Unit, draft: AlarmDraft, *, who: Person, now: datetime) -> Ahead:
    """Return what the draft would do if it were in force now; raises what preparing it would raise of its areas."""
    if not draft.areas:
        raise Unacceptable("Hãy chọn ít nhất một địa bàn nhận.", "no-area")
    for area in draft.areas:
        who.require(Right.ALARM, area)
        area_named(unit, area)
    areas = areas_to_name(unit, draft.areas, who=who)
    said = _said(draft)
    round_s = max(1, round(sum(one.seconds for one in said if one.aloud)))
    rounds = _rounds(draft, now, round_s)
    spoken_to = or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))
    kinds = _kinds(unit, spoken_to, now)
    groups = _groups(unit, kinds, draft, rounds[:LOOKED_AT])
    return Ahead(
        reach=_reach(unit, areas, spoken_to, kinds),
        said=said,
        rounds=rounds[:LISTED],
        rounds_in_all=len(rounds),
        round_s=round_s,
        expires=now + draft.life,
        groups=groups,
    )


def zone_titles(unit: Unit, areas: Iterable[str]) -> dict[str, str]:
    """Return the amplifier zones of the appliances at or below `areas`: name to title, as first met."""
    inside = or_(false(), *(at_or_below(DeviceRow.area, area) for area in areas))
    zones = cast(DeviceRow.zones, String)
    alike = (
        select(zones, func.min(DeviceRow.id))
        .where(inside, DeviceRow.retired.is_(False))
        .group_by(zones)
        .order_by(zones)
    )
    found: dict[str, str] = {}
    for named, device in unit.session.execute(alike):
        if set(json.loads(named)) - found.keys():  # only then is a sealed paper opened
            paper = assignment_of(device_row(unit, device))
            found |= {zone.name: zone.title for zone in paper.zones if zone.name not in found}
    return found


class _Kind(NamedTuple):
    """Appliances that are alike in all that matters, counted by the database."""

    zones: str
    screen: bool
    link: int
    on_air: int
    body: str
    number: int
    first: str
    last: str
    device: str
    area: str


def _kinds(unit: Unit, spoken_to: ColumnElement[bool], now: datetime) -> list[_Kind]:
    zones = cast(DeviceRow.zones, String)
    link = case(
        (DeviceRow.last_seen.is_(None), 2), (DeviceRow.last_seen < now - LOST_AFTER, 1), else_=0
    )
    on_air = func.coalesce(DeviceHealthRow.on_air, 0)
    body = func.coalesce(ProgrammeRow.body_sha256, "")
    alike = (zones, DeviceRow.screen, link, on_air, body)
    query = (
        select(*alike, func.count(), func.min(DeviceRow.name), func.max(DeviceRow.name),
               func.min(DeviceRow.id), func.min(DeviceRow.area))
        .select_from(DeviceRow)
        .outerjoin(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
        .outerjoin(ProgrammeRow, ProgrammeRow.device == DeviceRow.id)
        .where(spoken_to, DeviceRow.retired.is_(False))
        .group_by(*alike)
    )  # fmt: skip
    return [_Kind(*row) for row in unit.session.execute(query)]


def _reach(
    unit: Unit, areas: Sequence[str], spoken_to: ColumnElement[bool], kinds: Iterable[_Kind]
) -> Reach:
    standing = unit.session.scalars(
        select(DeviceRow.area).where(spoken_to, DeviceRow.retired.is_(False)).distinct()
    )
    found = tuple(kinds)
    held = {commune_of(area) for area in standing}
    return Reach(
        communes=len(held),
        bare=len(communes_of(unit, areas).keys() - held),
        areas=len(areas),
        appliances=sum(kind.number for kind in found),
        boards=sum(kind.number for kind in found if kind.screen),
        silent=sum(kind.number for kind in found if kind.link),
        signatures=keyring.threshold(unit.house.keyring.current(), Role.EMERGENCY, areas),
    )


def _said(draft: AlarmDraft) -> tuple[AheadSaid, ...]:
    recorded = draft.content_sha256 is not None
    infos = [(draft.language, draft.headline, draft.text, draft.tone, recorded)]
    infos += [(i.language, i.headline, i.text, i.tone, i.content is not None) for i in draft.more]
    return tuple(
        AheadSaid(
            language=language,
            text=f"{headline}. {text}",
            seconds=round((tone is not Tone.NONE) * TONE_S + spoken_s(f"{headline} {text}")),
            aloud=has_sound or language.partition("-")[0] in SPOKEN,
        )
        for language, headline, text, tone, has_sound in infos
    )


def _rounds(draft: AlarmDraft, now: datetime, round_s: int) -> tuple[datetime, ...]:
    """Return when each round begins, from now until it expires: gaps run from the end of one to the next."""
    repeat, ends = draft.repeat, now + draft.life
    found = [now]
    while len(found) < 5_000:
        gap_s = repeat.quick_gap_s if len(found) < repeat.quick_rounds else repeat.slow_gap_s
        if gap_s is None:
            break
        begins = found[-1] + timedelta(seconds=round_s + gap_s)
        if begins >= ends:
            break
        found.append(begins)
    return tuple(found)


def _groups(
    unit: Unit, kinds: Sequence[_Kind], draft: AlarmDraft, rounds: Sequence[datetime]
) -> tuple[AheadGroup, ...]:
    holders = {kind.body: Holder(kind.device, kind.area, kind.zones) for kind in kinds}
    planned = planned_at(unit, holders, rounds)
    gathered: dict[tuple[int, tuple[str, ...], tuple[str, ...]], list[_Kind]] = {}
    for kind in kinds:
        here = json.loads(kind.zones)
        zones = tuple(zone for zone in draft.zones if zone in here)
        over = _over(kind, planned[kind.body])
        if draft.status is not Status.ACTUAL:
            over = ()  # a drill interrupts nothing
        gathered.setdefault((kind.link, zones, over), []).append(kind)
    groups = (
        AheadGroup(
            count=sum(kind.number for kind in alike),
            boards=sum(kind.number for kind in alike if kind.screen),
            names=tuple(dict.fromkeys(name for k in alike[:4] for name in (k.first, k.last)))[:4],
            link=_LINKS[link],
            zones=zones,
            over=over,
        )
        for (link, zones, over), alike in gathered.items()
    )
    return tuple(sorted(groups, key=lambda group: -group.count))


def _over(kind: _Kind, planned: tuple[str, ...]) -> tuple[str, ...]:
    """Return what each round interrupts: now what the appliance told, later what its programme says."""
    if kind.link or not planned:
        return planned
    told = _ON_AIR.get(Rank(kind.on_air))
    if told is None and kind.on_air == Rank.SILENCE:
        told = SILENCE
    elif told is None:
        told = planned[0] if planned[0] != SILENCE else "một chương trình theo lịch"
    return (told, *planned[1:])
