"""What came of a drill: from what appliances told, which of them would not have been heard.

Law of the room: judged once, in the morning, and kept; before that the same question is answered from what has come in.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, or_, select

from central.db.drills import DrillLackRow, DrillRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.domain.areas import lineage
from central.domain.drill_lacks import Facts, Heard, Lack, lack_of
from central.domain.drills import (
    DrillState,
    judged_from,
)
from central.services.areas import at_or_below
from central.services.drills_notes import Share, tell_due, tell_lacks, tell_lost, tell_unsigned
from central.services.unit import House, Unit
from contract.area import is_at_or_below
from contract.documents import Kind, Outcome, Status

_BEFORE: Final = timedelta(minutes=1)
_AFTER: Final = timedelta(hours=1)
_REMEMBERED: Final = timedelta(days=60)  # areas whose nights were signed so lately go on


class Found(NamedTuple):
    """One appliance of a drill's audience, and why it would not have been heard."""

    device: str
    name: str
    area: str
    lack: Lack | None


def examined(unit: Unit, row: DrillRow) -> tuple[Found, ...]:
    """Return every appliance that a drill was for, by area and name, with what is known so far."""
    facts = _facts(unit, row)
    audible = row.status == Status.EXERCISE.value
    devices = unit.session.execute(
        select(DeviceRow.id, DeviceRow.name, DeviceRow.area)
        .where(*_audience(row))
        .order_by(DeviceRow.area, DeviceRow.name, DeviceRow.id)
    )
    return tuple(
        Found(device, name, area, lack_of(facts[device], audible=audible, sent=row.sent))
        for device, name, area in devices
    )


def tend_drills(house: House, *, now: datetime) -> None:
    """Judge what is due, and tell of what was lost and of nights that nobody has signed."""
    with house.reading() as unit:
        handed = unit.session.scalars(
            select(DrillRow).where(
                DrillRow.state == DrillState.HANDED.value, DrillRow.expires <= now
            )
        )
        due = [row.id for row in handed if judged_from(row.status, row.day, row.expires) <= now]
    for drill in due:
        with house.writing() as unit:
            _judge(unit, drill, now)
    with house.writing() as unit:
        tell_lost(unit, now=now)
    with house.writing() as unit:
        tell_unsigned(unit, now=now)
    with house.writing() as unit:
        tell_due(unit, now=now)


def _judge(unit: Unit, drill: str, now: datetime) -> None:
    row = unit.session.get(DrillRow, drill, with_for_update=True)
    if row is None or row.state != DrillState.HANDED.value:
        return
    found = examined(unit, row)
    lacking = [(one, one.lack) for one in found if one.lack is not None]
    unit.session.add_all(
        DrillLackRow(
            drill=drill,
            device=one.device,
            name=one.name,
            area=one.area,
            cause=lack.cause.value,
            why=lack.why[:500],
        )
        for one, lack in lacking
    )
    row.state, row.judged = DrillState.DONE.value, now
    row.appliances, row.well = len(found), len(found) - len(lacking)
    if lacking:
        tell_lacks(unit, row, shares_of(found, row.areas), now=now)


def shares_of(found: Sequence[Found], spoken_to: Sequence[str]) -> tuple[Share, ...]:
    """Return for each area right below those spoken to how many appliances lack there, and of how many."""
    total: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    for one in found:
        below = _right_below(one.area, spoken_to)
        total[below] += 1
        lacking[below] += one.lack is not None
    return tuple((area, lacking[area], count) for area, count in sorted(total.items()))


def _right_below(area: str, spoken_to: Sequence[str]) -> str:
    """Return the area one step below what was spoken to, on the way down to `area`; itself if it is one of them."""
    above = lineage(area)
    depth = max((len(lineage(to)) for to in spoken_to if is_at_or_below(area, to)), default=0)
    return above[min(depth, len(above) - 1)]


def _audience(row: DrillRow) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of an appliance that was there to be asked: in service, and assigned before."""
    inside: Sequence[ColumnElement[bool]] = [
        at_or_below(DeviceRow.area, area) for area in row.areas
    ]
    return or_(*inside), DeviceRow.retired.is_(False), DeviceRow.assigned <= row.sent


def _facts(unit: Unit, row: DrillRow) -> dict[str, Facts]:
    """Return what each appliance told of a drill, in four questions."""
    ask, whom = unit.session, _audience(row)
    span = (row.sent - _BEFORE, row.expires + _AFTER)
    seen: dict[str, datetime | None] = dict(
        ask.execute(select(DeviceRow.id, DeviceRow.last_seen).where(*whom)).all()
    )
    receipts: dict[str, set[str]] = {device: set() for device in seen}
    told = select(ReceiptRow.device, ReceiptRow.state).join(
        DeviceRow, DeviceRow.id == ReceiptRow.device
    )
    told = told.where(
        *whom, ReceiptRow.kind == Kind.ANNOUNCEMENT.value, ReceiptRow.document == row.id
    )
    for device, state in ask.execute(told):
        receipts[device].add(state)
    refusals: dict[str, list[tuple[str, str]]] = {device: [] for device in seen}
    papers: dict[str, list[tuple[str, str]]] = {device: [] for device in seen}
    paper = f"{Kind.ANNOUNCEMENT.value} ("
    refused = (
        select(RefusalRow.device, RefusalRow.what, RefusalRow.code, RefusalRow.why)
        .join(DeviceRow, DeviceRow.id == RefusalRow.device)
        .where(*whom, RefusalRow.at.between(*span))
        .where(
            or_(
                RefusalRow.what.contains(row.id, autoescape=True),
                RefusalRow.what.startswith(paper, autoescape=True),
            )
        )
        .order_by(RefusalRow.id)
    )
    for device, what, code, why in ask.execute(refused):
        (papers if what.startswith(paper) else refusals)[device].append((code, why))
    plays: dict[str, list[Heard]] = {device: [] for device in seen}
    if row.status == Status.EXERCISE.value:
        played = (
            select(PlayRow)
            .join(DeviceRow, DeviceRow.id == PlayRow.device)
            .where(*whom, PlayRow.started.between(*span))
            .where(PlayRow.key.startswith(f"alert/{row.id}/", autoescape=True))
            .order_by(PlayRow.started)
        )
        for play in ask.scalars(played):
            plays[play.device].append(_heard(play))
    return {
        device: Facts(
            last_seen=at,
            receipts=frozenset(receipts[device]),
            refusals=tuple(refusals[device]),
            papers=tuple(papers[device]),
            plays=tuple(plays[device]),
        )
        for device, at in seen.items()
    }


def _heard(play: PlayRow) -> Heard:
    return Heard(
        asked_ms=play.asked_ms,
        sounded_ms=play.sounded_ms,
        whole=play.outcome == Outcome.SOUNDED.value,
        level_dbfs=play.level_dbfs,
        why=play.why,
    )
