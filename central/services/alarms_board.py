"""The board of an announcement: how far it got in all, area by area, and on one page of appliances.

Law of the room: reads only, and only what the person may view; the database counts, so that ten thousand appliances
cost what ten cost. An emergency's plays and refusals are looked for from a minute before it was sent until an hour
after it expires.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, false, func, or_, select

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.domain.areas import lineage
from central.domain.care import LINK_WORDS
from central.domain.care_states import FleetLine
from central.domain.fleet import LOST_AFTER
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase, AnnouncementState, State
from central.services.areas import at_or_below
from central.services.care_lines import place_names
from central.services.care_list import whole_lines
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import Kind, Rank

# those with trouble first
STAGES: Final = ("refused", "unreachable", "sent", "verified", "sounding", "sounded")
NOT_REACHED: Final = ("refused", "unreachable", "sent")
PAGE: Final = 50
MOST_SKIPPED: Final = 20_000
_BEFORE: Final = timedelta(minutes=1)
_AFTER: Final = timedelta(hours=1)


class BoardLine(State, frozen=True, kw_only=True):
    """How far an announcement is on one appliance; `stage` is one of `STAGES`."""

    device: FleetLine
    stage: str
    rounds: int
    last_round: datetime | None
    sounded_ms: int
    level_dbfs: float | None
    why: str


class BoardArea(State, frozen=True, kw_only=True):
    """How far it is in one area right below those that it speaks to, or in one of these itself."""

    path: str
    name: str
    total: int
    of: dict[str, int]


class Board(State, frozen=True, kw_only=True):
    """Everything of one announcement; `lines` are those sought, from `skipped` on, `more` that others follow."""

    total: int
    of: dict[str, int]
    areas: tuple[BoardArea, ...]
    lines: tuple[BoardLine, ...]
    skipped: int
    more: bool


class BoardAsked(NamedTuple):
    """Which appliances are wanted: of one stage, at or below one area, after so many others."""

    stage: str = ""
    area: str = ""
    skipped: int = 0


def board(
    unit: Unit, state: AnnouncementState, asked: BoardAsked, *, who: Person, now: datetime
) -> Board:
    """Return how far an announcement got on the appliances that it is for and that `who` may view."""
    stage, joined = staged(state, now)
    audience = audience_of(state.areas, who)
    areas, counted = _areas(
        unit, state.areas, joined(DeviceRow.area, stage, func.count()), audience
    )
    query = joined(DeviceRow.id, stage).where(*audience)
    if asked.stage in STAGES:
        query = query.where(stage == STAGES.index(asked.stage))
    if asked.area:
        query = query.where(at_or_below(DeviceRow.area, asked.area))
    skipped = min(max(asked.skipped, 0), MOST_SKIPPED)
    ordered = query.order_by(stage, DeviceRow.name, DeviceRow.id)
    found = unit.session.execute(ordered.offset(skipped).limit(PAGE + 1)).all()
    shown = {device: STAGES[place] for device, place in found[:PAGE]}
    return Board(
        total=sum(counted.values()),
        of=counted,
        areas=areas,
        lines=_lines(unit, state, shown, now),
        skipped=skipped,
        more=len(found) > PAGE,
    )


def audience_of(areas: Sequence[str], who: Person) -> list[ColumnElement[bool]]:
    """Return the conditions that an appliance is spoken to, in service, and for `who` to view."""
    spoken_to = [at_or_below(DeviceRow.area, area) for area in areas]
    seen = [at_or_below(DeviceRow.area, area) for area in who.areas(Right.VIEW)]
    return [DeviceRow.retired.is_(False), or_(false(), *spoken_to), or_(false(), *seen)]


class Joined(NamedTuple):
    """Appliances with what they told of one announcement."""

    received: Subquery
    heard: Subquery
    refused: Subquery

    def __call__(self, *columns: Any) -> Select[Any]:  # noqa: ANN401  whatever is asked of the join
        """Return a question about appliances and what they told."""
        return (
            select(*columns)
            .select_from(DeviceRow)
            .outerjoin(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
            .outerjoin(self.received, self.received.c.device == DeviceRow.id)
            .outerjoin(self.heard, self.heard.c.device == DeviceRow.id)
            .outerjoin(self.refused, self.refused.c.device == DeviceRow.id)
        )


def staged(state: AnnouncementState, now: datetime) -> tuple[ColumnElement[int], Joined]:
    """Return the stage of an appliance as its place in `STAGES`, and the join that it is a column of.

    What told nothing of it and has been silent for more than 5 minutes is unreachable.
    """
    received = (
        select(
            ReceiptRow.device,
            func.max(case((ReceiptRow.state.in_(("sounding", "over")), 1), else_=0)).label("begun"),
        )
        .where(ReceiptRow.kind == Kind.ANNOUNCEMENT.value, ReceiptRow.document == state.id)
        .group_by(ReceiptRow.device)
        .subquery()
    )
    heard = (
        select(PlayRow.device, func.sum(PlayRow.sounded_ms).label("sounded_ms"))
        .where(*_plays_of(state))
        .group_by(PlayRow.device)
        .subquery()
    )
    refused = (
        select(RefusalRow.device, func.max(RefusalRow.id).label("last"))
        .where(*_refusals_of(state))
        .group_by(RefusalRow.device)
        .subquery()
    )
    silent = func.coalesce(heard.c.sounded_ms, 0) == 0
    on_air = func.coalesce(DeviceHealthRow.on_air, 0) >= Rank.EMERGENCY_COMMUNE.value
    sounds = and_(received.c.begun == 1, or_(on_air, silent))
    if state.phase is AnnouncementPhase.OVER:
        sounds = false()
    stage = case(
        (and_(refused.c.last.is_not(None), received.c.begun.is_(None)), STAGES.index("refused")),
        (sounds, STAGES.index("sounding")),
        (~silent, STAGES.index("sounded")),
        (received.c.begun.is_not(None), STAGES.index("verified")),
        (
            or_(DeviceRow.last_seen.is_(None), DeviceRow.last_seen < now - LOST_AFTER),
            STAGES.index("unreachable"),
        ),
        else_=STAGES.index("sent"),
    )
    return stage, Joined(received, heard, refused)


def _plays_of(state: AnnouncementState) -> tuple[ColumnElement[bool], ...]:
    return (
        PlayRow.started.between(state.sent - _BEFORE, state.expires + _AFTER),
        PlayRow.rank >= 6,  # as the index of emergencies says it
        PlayRow.key.startswith(f"alert/{state.id}/", autoescape=True),  # alert/<id>/<round>/<step>
    )


def _refusals_of(state: AnnouncementState) -> tuple[ColumnElement[bool], ...]:
    return (
        RefusalRow.at.between(state.sent - _BEFORE, state.expires + _AFTER),
        or_(
            RefusalRow.what.contains(state.id, autoescape=True),
            RefusalRow.what.startswith(f"{Kind.ANNOUNCEMENT.value} (", autoescape=True),
        ),
    )


def _areas(
    unit: Unit,
    spoken_to: Sequence[str],
    counting: Select[Any],
    audience: Sequence[ColumnElement[bool]],
) -> tuple[tuple[BoardArea, ...], dict[str, int]]:
    """Return the counts by area, those with the largest part not reached first, and of all."""
    _, stage, _ = counting.selected_columns
    grouped = counting.where(*audience).group_by(DeviceRow.area, stage)
    of: dict[str, dict[str, int]] = {}
    counted = dict.fromkeys(STAGES, 0)
    for area, place, number in unit.session.execute(grouped):
        below = _right_below(area, spoken_to)
        counts = of.setdefault(below, dict.fromkeys(STAGES, 0))
        counts[STAGES[place]] += number
        counted[STAGES[place]] += number
    names = place_names(unit, set(of))
    areas = (
        BoardArea(path=path, name=names[path], total=sum(counts.values()), of=counts)
        for path, counts in of.items()
    )
    return tuple(sorted(areas, key=lambda a: (-_unreached(a) / a.total, a.name))), counted


def _unreached(area: BoardArea) -> int:
    return sum(area.of[stage] for stage in NOT_REACHED)


def _right_below(area: str, spoken_to: Sequence[str]) -> str:
    """Return the area on the way from one that is spoken to down to `area`, one step below; itself if it is one."""
    above = lineage(area)
    depth = max((len(lineage(to)) for to in spoken_to if is_at_or_below(area, to)), default=0)
    return above[min(depth, len(above) - 1)]


def _lines(
    unit: Unit, state: AnnouncementState, stages: dict[str, str], now: datetime
) -> tuple[BoardLine, ...]:
    plays: dict[str, list[PlayRow]] = {}
    of_these = select(PlayRow).where(*_plays_of(state), PlayRow.device.in_(stages))
    for play in unit.session.scalars(of_these.order_by(PlayRow.started)):
        plays.setdefault(play.device, []).append(play)
    said_no = select(RefusalRow.device, RefusalRow.why).where(
        *_refusals_of(state), RefusalRow.device.in_(stages)
    )
    refused = dict(unit.session.execute(said_no.order_by(RefusalRow.id)).all())
    return tuple(
        _line(device, stages[device.id], plays.get(device.id, []), refused.get(device.id, ""))
        for device in whole_lines(unit, tuple(stages), now=now)
    )


def _line(device: FleetLine, stage: str, plays: Sequence[PlayRow], refused: str) -> BoardLine:
    sounded = [p for p in plays if p.sounded_ms > 0]
    silent = next((p.why for p in reversed(plays) if p.sounded_ms == 0), "")
    unheard = device.why or LINK_WORDS[device.link]
    why = {"refused": refused, "unreachable": unheard, "sent": unheard}.get(stage, silent)
    return BoardLine(
        device=device,
        stage=stage,
        rounds=len({p.key.rsplit("/", 1)[0] for p in sounded}),
        last_round=sounded[-1].started if sounded else None,
        sounded_ms=sum(p.sounded_ms for p in sounded),
        level_dbfs=sounded[-1].level_dbfs if sounded else None,
        why=why,
    )
