"""What came of a drill: from what appliances told, which of them would not have been heard, and who is told of it.

Law of the room: judged once, in the morning, and kept; before that the same question is answered from what has come in.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, or_, select

from central.db.drills import DrillLackRow, DrillRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.db.workflow import InboxRow
from central.domain.drill_lacks import Facts, Heard, Lack, lack_of
from central.domain.drills import (
    WARNED_NIGHTS,
    DrillState,
    judged_from,
    night_of,
    uncovered,
)
from central.domain.people import Right
from central.domain.tally import ZONE
from central.domain.workflow_inbox import About, Ask, SubjectKind
from central.services import inbox
from central.services.areas import at_or_below
from central.services.drills import HELD
from central.services.inbox import Entry
from central.services.unit import House, Unit
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
        _tell_lost(unit, now)
    with house.writing() as unit:
        _tell_unsigned(unit, now)


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
        words = f"{len(lacking)} trong {len(found)} cụm loa"
        _tell(unit, row, About.DRILL_LACKS, words, now)


def _tell_lost(unit: Unit, now: datetime) -> None:
    """Tell once of each drill that could not be held in these days."""
    rows = unit.session.scalars(
        select(DrillRow).where(
            DrillRow.state == DrillState.LOST.value, DrillRow.sent > now - timedelta(days=2)
        )
    ).all()
    for row in rows:
        if not _is_told(unit, row.id, About.DRILL_LOST, ""):
            _tell(unit, row, About.DRILL_LOST, row.why, now)


def _tell_unsigned(unit: Unit, now: datetime) -> None:
    """Tell, once for each first night lacking, those who may sign where nights have been signed before."""
    today = now.astimezone(ZONE).date()
    rows = unit.session.scalars(
        select(DrillRow).where(
            DrillRow.status == Status.TEST.value,
            DrillRow.day > (now - _REMEMBERED).date(),
            DrillRow.state != DrillState.WITHDRAWN.value,
        )
    ).all()
    days = [today + timedelta(days=n) for n in range(WARNED_NIGHTS)]
    coming = [day for day in days if night_of(day) > now]
    for areas in {tuple(row.areas) for row in rows}:
        held = {
            row.day
            for row in rows
            if tuple(row.areas) == areas
            and row.state in HELD
            and row.state != DrillState.WAITING.value
        }
        missing = uncovered(coming, held)
        if not missing or _is_told(unit, areas[0], About.NIGHTS_END, f"{missing[0]}"):
            continue
        listed = ", ".join(f"{day:%d/%m}" for day in missing)
        entry = Entry(
            ask=Ask.KNOW,
            about=About.NIGHTS_END,
            kind=SubjectKind.ANNOUNCEMENT,
            subject=areas[0],
            mark=f"{missing[0]}",
            area=areas[0],
            title="Ký trước các đêm kiểm tra",
            who="",
            words=f"Chưa có bản ký cho các đêm {listed}.",
            due=night_of(missing[0]),
        )
        people = inbox.holders(unit, Right.ALARM, areas[0])
        inbox.tell(unit, people, entry, now=now)


def _tell(unit: Unit, row: DrillRow, about: About, words: str, now: datetime) -> None:
    entry = Entry(
        ask=Ask.KNOW,
        about=about,
        kind=SubjectKind.ANNOUNCEMENT,
        subject=row.id,
        area=row.area,
        title=row.headline,
        who="",
        words=words,
    )
    inbox.tell(unit, inbox.holders(unit, Right.ALARM, row.area), entry, now=now)


def _is_told(unit: Unit, subject: str, about: About, mark: str) -> bool:
    known = select(InboxRow.id).where(
        InboxRow.subject == subject, InboxRow.about == about.value, InboxRow.mark == mark
    )
    return unit.session.scalar(known.limit(1)) is not None


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
