"""Who is told of drills: of clusters that would have stayed silent, of drills that were lost, of nights nobody signed.

Law of the room: once each, in the transaction of what is told; a person is told of the areas that are theirs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from central.db.drills import DrillRow
from central.db.workflow import InboxRow
from central.domain.drills import (
    EXERCISE_EVERY,
    WARNED_NIGHTS,
    DrillState,
    night_of,
    uncovered,
)
from central.domain.people import Right
from central.domain.tally import ZONE
from central.domain.workflow_inbox import About, Ask, SubjectKind
from central.services import inbox
from central.services.drills import HELD
from central.services.inbox import Entry
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import Status

_REMEMBERED: Final = timedelta(days=60)  # areas whose nights were signed so lately go on

Share = tuple[str, int, int]  # an area right below, how many appliances lack there, and of how many


def tell_lacks(unit: Unit, row: DrillRow, shares: Sequence[Share], *, now: datetime) -> None:
    """Tell who planned it of all that lack, and the people of each commune below of their own."""
    lacking, total = sum(s[1] for s in shares), sum(s[2] for s in shares)
    _tell(unit, row, About.DRILL_LACKS, f"{lacking} trong {total} cụm loa", now)
    for area, count, of in shares:
        if not count or area in row.areas:
            continue
        people = [
            holder
            for holder in inbox.holders(unit, Right.ALARM, area)
            if holder.area not in row.areas and is_at_or_below(holder.area, area)
        ]
        entry = _entry(row, About.DRILL_LACKS, f"{count} trong {of} cụm loa", area=area)
        inbox.tell(unit, people, entry, now=now)


def tell_lost(unit: Unit, *, now: datetime) -> None:
    """Tell once of each drill that could not be held in these days."""
    rows = unit.session.scalars(
        select(DrillRow).where(
            DrillRow.state == DrillState.LOST.value, DrillRow.sent > now - timedelta(days=2)
        )
    ).all()
    for row in rows:
        if not _is_told(unit, row.id, About.DRILL_LOST, ""):
            _tell(unit, row, About.DRILL_LOST, row.why, now)


def tell_unsigned(unit: Unit, *, now: datetime) -> None:
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


def tell_due(unit: Unit, *, now: datetime) -> None:
    """Tell, once a month, where nights have been held for over a month that no exercise was and none is planned."""
    today = now.astimezone(ZONE).date()
    rows = unit.session.scalars(
        select(DrillRow).where(
            DrillRow.day > (now - _REMEMBERED).date(),
            DrillRow.state != DrillState.WITHDRAWN.value,
        )
    ).all()
    exercises = [
        row
        for row in rows
        if row.status == Status.EXERCISE.value
        and row.state in HELD
        and row.day > today - EXERCISE_EVERY
    ]
    nights = [row for row in rows if row.status == Status.TEST.value]
    for area in sorted({row.area for row in nights}):
        first = min(row.day for row in nights if row.area == area)
        held = any(_touches(area, row.areas) for row in exercises)
        mark = f"{today:%Y-%m}"
        if held or first > today - EXERCISE_EVERY:
            continue
        if _is_told(unit, area, About.EXERCISE_DUE, mark):
            continue
        entry = Entry(
            ask=Ask.KNOW,
            about=About.EXERCISE_DUE,
            kind=SubjectKind.ANNOUNCEMENT,
            subject=area,
            mark=mark,
            area=area,
            title="Lập diễn tập có âm thanh",
            who="",
            words="Chọn ngày, giờ, địa bàn; loa chỉ đọc trong giờ cho phép.",
        )
        inbox.tell(unit, inbox.holders(unit, Right.ALARM, area), entry, now=now)


def _touches(area: str, areas: Sequence[str]) -> bool:
    return any(is_at_or_below(area, to) or is_at_or_below(to, area) for to in areas)


def _tell(unit: Unit, row: DrillRow, about: About, words: str, now: datetime) -> None:
    people = inbox.holders(unit, Right.ALARM, row.area)
    inbox.tell(unit, people, _entry(row, about, words, area=row.area), now=now)


def _entry(row: DrillRow, about: About, words: str, *, area: str) -> Entry:
    return Entry(
        ask=Ask.KNOW,
        about=about,
        kind=SubjectKind.ANNOUNCEMENT,
        subject=row.id,
        mark="" if area == row.area else area,
        area=area,
        title=row.headline,
        who="",
        words=words,
    )


def _is_told(unit: Unit, subject: str, about: About, mark: str) -> bool:
    known = select(InboxRow.id).where(
        InboxRow.subject == subject, InboxRow.about == about.value, InboxRow.mark == mark
    )
    return unit.session.scalar(known.limit(1)) is not None
