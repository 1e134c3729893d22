"""The board of an announcement: how far it got in all, area by area, and on one page of appliances.

Law of the room: reads only, and only what the person may view; the database counts, so that ten thousand appliances
cost what ten cost. An emergency's plays and refusals are looked for from a minute before it was sent until an hour
after it expires.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from central.db.fleet import DeviceRow, PlayRow, RefusalRow
from central.domain.areas import lineage
from central.domain.care import LINK_WORDS
from central.domain.care_states import FleetLine
from central.domain.people import Person
from central.domain.states import AnnouncementState, State
from central.services.alarms_stages import (
    NOT_REACHED,
    STAGES,
    audience_of,
    plays_of,
    refusals_of,
    staged,
)
from central.services.areas import at_or_below
from central.services.care_lines import place_names
from central.services.care_list import whole_lines
from central.services.unit import Unit
from contract.area import is_at_or_below

PAGE: Final = 50
MOST_SKIPPED: Final = 20_000


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
    of_these = select(PlayRow).where(*plays_of(state), PlayRow.device.in_(stages))
    for play in unit.session.scalars(of_these.order_by(PlayRow.started)):
        plays.setdefault(play.device, []).append(play)
    said_no = select(RefusalRow.device, RefusalRow.why).where(
        *refusals_of(state), RefusalRow.device.in_(stages)
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
    why = {"refused": refused, "hushed": refused, "unreachable": unheard, "sent": unheard}.get(
        stage, silent
    )
    return BoardLine(
        device=device,
        stage=stage,
        rounds=len({p.key.rsplit("/", 1)[0] for p in sounded}),
        last_round=sounded[-1].started if sounded else None,
        sounded_ms=sum(p.sounded_ms for p in sounded),
        level_dbfs=sounded[-1].level_dbfs if sounded else None,
        why=why,
    )
