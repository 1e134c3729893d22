"""Where notices are, for lists and for one: the same eight questions however many are asked for.

Law of the room: reads only. What people decided comes from the notice's row, the rest from slots, programmes, fetched
versions and plays; the judgement is `central.domain.workflow_facts`'.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import and_, case, func, or_, select

from central.db.broadcast import (
    ApprovalRow,
    ContentRow,
    ProgrammeContentRow,
    ProgrammeRow,
    SlotRow,
)
from central.db.fleet import DeviceRow, PlayRow
from central.db.workflow import NoticeRow, SlotContentRow
from central.domain.states import State
from central.domain.workflow import STATE_WORDS, NoticeState
from central.domain.workflow_facts import (
    HOUSE_ZONE,
    LOOKED_BACK_DAYS,
    Facts,
    Plays,
    Windows,
    counted,
    windows_of,
)
from central.services.unit import Unit
from central.services.workflow_links import named_by
from contract.documents import Outcome, Slot

MOST_NOTICES: Final = 100
MOST_SLOTS: Final = 40  # of one content: a jingle is in thousands, and the newest say enough
_DAY: Final = timedelta(days=1)
_EARLY: Final = timedelta(minutes=1)


class NoticeView(State, frozen=True, kw_only=True):
    """Where a notice is: its state with n/m appliances, since when by whose deed, and when it sounds.

    `version` is what a deed must name; 0 before the first. `area` is the content's own.
    """

    sha256: str
    title: str
    area: str
    maker: str
    uploaded: datetime
    state: NoticeState
    stored: NoticeState
    done: int | None
    of: int | None
    version: int
    at: datetime
    who: str
    words: str
    submitted_by: str
    assigned_to: str
    approved_until: datetime | None
    drafted: int
    published: int
    planned_at: datetime | None
    planned_by: str
    opens: datetime | None
    closes: datetime | None
    next_at: datetime | None
    targets: int
    received: int
    plays: Plays | None

    @property
    def word(self) -> str:
        """Return the state as people say it, with n/m where appliances are counted."""
        word = STATE_WORDS[self.state]
        return f"{word} {self.done}/{self.of}" if self.counts else word

    @property
    def counts(self) -> bool:
        """Return whether the state is told with n/m appliances."""
        return self.done is not None and self.state in COUNTING


COUNTING: Final = frozenset(
    {NoticeState.RECEIVED, NoticeState.PLAYED, NoticeState.PARTLY, NoticeState.NOT_PLAYED}
)


class _Planned(msgspec.Struct):
    """What slots say of one content."""

    drafted: int = 0
    slots: list[Slot] = []
    at: datetime | None = None
    by: str = ""
    windows: Windows = Windows()


def states_of(unit: Unit, sha256s: Collection[str], *, now: datetime) -> dict[str, NoticeView]:
    """Return where these contents are, by hash; at most 100 at once, unknown ones are left out."""
    wanted = list(dict.fromkeys(sha256s))[:MOST_NOTICES]
    if not wanted:
        return {}
    contents = unit.session.execute(
        select(
            ContentRow.sha256,
            ContentRow.title,
            ContentRow.area,
            ContentRow.uploaded,
            ContentRow.uploaded_by,
        ).where(ContentRow.sha256.in_(wanted))
    ).all()
    rows = unit.session.scalars(select(NoticeRow).where(NoticeRow.sha256.in_(wanted)))
    notices = {row.sha256: row for row in rows}
    approved = _approved(unit, wanted, now)
    planned = _planned(unit, wanted, now)
    targets = _targets(unit, wanted)
    plays = _plays(unit, wanted, planned)
    found: dict[str, NoticeView] = {}
    for sha256, title, area, uploaded, maker in contents:
        row, plan = notices.get(sha256), planned.get(sha256, _Planned())
        until = approved.get(sha256)
        stored = NoticeState.APPROVED if until is not None else NoticeState.DRAFT
        if row is not None:
            stored = NoticeState(row.state)
        m, n = targets.get(sha256, (0, 0))
        facts = Facts(
            stored=stored,
            approved=until is not None,
            drafted=plan.drafted,
            published=len(plan.slots),
            planned_at=plan.at,
            targets=m,
            received=n,
            windows=plan.windows,
            plays=plays.get(sha256),
        )
        where = counted(facts, now)
        span = plan.windows.open or plan.windows.next
        found[sha256] = NoticeView(
            sha256=sha256,
            title=title,
            area=area,
            maker=maker,
            uploaded=uploaded,
            state=where.state,
            stored=stored,
            done=where.done,
            of=where.of,
            version=0 if row is None else row.version,
            at=uploaded if row is None else row.at,
            who=maker if row is None else row.who,
            words="" if row is None else row.words,
            submitted_by="" if row is None else row.submitted_by,
            assigned_to="" if row is None else row.assigned_to,
            approved_until=until,
            drafted=plan.drafted,
            published=len(plan.slots),
            planned_at=plan.at,
            planned_by=plan.by,
            opens=None if span is None else span[0],
            closes=None if span is None else span[1],
            next_at=None if plan.windows.next is None else plan.windows.next[0],
            targets=m,
            received=n,
            plays=plays.get(sha256),
        )
    return found


def _approved(unit: Unit, wanted: Sequence[str], now: datetime) -> dict[str, datetime]:
    """Return until when each is approved somewhere."""
    rows = unit.session.execute(
        select(ApprovalRow.sha256, func.max(ApprovalRow.not_after))
        .where(ApprovalRow.sha256.in_(wanted), ApprovalRow.not_after > now)
        .group_by(ApprovalRow.sha256)
    )
    return {sha256: until for sha256, until in rows}  # noqa: C416 a row is not a pair to dict()


def _planned(unit: Unit, wanted: Sequence[str], now: datetime) -> Mapping[str, _Planned]:
    """Return what drafts and published slots say of each; what ended over a month ago says nothing."""
    since = now.astimezone(HOUSE_ZONE).date() - timedelta(days=LOOKED_BACK_DAYS)
    newest = func.row_number().over(
        partition_by=SlotContentRow.sha256, order_by=SlotRow.changed.desc()
    )
    ranked = (
        select(SlotContentRow, SlotRow.changed, SlotRow.changed_by, newest.label("rank"))
        .join(SlotRow, SlotRow.id == SlotContentRow.slot)
        .where(SlotContentRow.sha256.in_(wanted))
        .where(or_(SlotContentRow.last_day.is_(None), SlotContentRow.last_day >= since))
        .subquery()
    )
    link = ranked.c
    rows = unit.session.execute(
        select(
            link.sha256,
            link.drafted,
            link.published,
            SlotRow.published,
            link.changed,
            link.changed_by,
        )
        .join(SlotRow, SlotRow.id == link.slot)
        .where(link.rank <= MOST_SLOTS)
    )
    found: dict[str, _Planned] = {}
    for sha256, drafted, published, body, changed, changed_by in rows:
        plan = found.setdefault(sha256, _Planned(slots=[]))
        plan.drafted += drafted
        if plan.at is None or changed > plan.at:
            plan.at, plan.by = changed, changed_by
        slot = named_by(body)[0] if published else None
        if slot is not None:
            plan.slots.append(slot)
    for plan in found.values():
        plan.windows = windows_of(tuple(plan.slots), now)
    return found


def _targets(unit: Unit, wanted: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return by content how many appliances are to have it, and how many fetched the programme that says so.

    A retired appliance has no programme, so it is not counted.
    """
    behind = (
        select(ProgrammeRow.device)
        .join(DeviceRow, DeviceRow.id == ProgrammeRow.device)
        .where(DeviceRow.fetched_version < ProgrammeRow.version)
        .subquery()
    )
    rows = unit.session.execute(
        select(ProgrammeContentRow.sha256, func.count(), func.count(behind.c.device))
        .outerjoin(behind, behind.c.device == ProgrammeContentRow.device)
        .where(ProgrammeContentRow.sha256.in_(wanted))
        .group_by(ProgrammeContentRow.sha256)
    )
    return {sha256: (m, m - late) for sha256, m, late in rows}


def _plays(unit: Unit, wanted: Sequence[str], planned: Mapping[str, _Planned]) -> dict[str, Plays]:
    """Return what was measured of each in its newest window; without one, in the day up to its newest play."""
    played = PlayRow.__table__.c
    newest_of = (
        select(played.started)
        .where(played.source == ContentRow.sha256)
        .order_by(played.started.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = unit.session.execute(
        select(ContentRow.sha256, newest_of).where(ContentRow.sha256.in_(wanted))
    )
    newest = {sha256: at for sha256, at in rows if at is not None}
    if not newest:
        return {}
    spans = []
    for sha256, at in newest.items():
        windows = planned[sha256].windows if sha256 in planned else Windows()
        span = windows.open or windows.last
        since = span[0] - _EARLY if span is not None and span[0] - _EARLY <= at else at - _DAY
        spans.append(and_(PlayRow.source == sha256, PlayRow.started >= since))
    best = {Outcome.SOUNDED.value: 2, Outcome.PARTLY.value: 1}
    by_device = (
        select(
            PlayRow.source,
            func.max(case(best, value=PlayRow.outcome, else_=0)).label("best"),
        )
        .where(or_(*spans))
        .group_by(PlayRow.source, PlayRow.device)
        .subquery()
    )
    told: dict[str, dict[int, int]] = {}
    for sha256, rank, count in unit.session.execute(
        select(by_device.c.source, by_device.c.best, func.count()).group_by(
            by_device.c.source, by_device.c.best
        )
    ):
        told.setdefault(sha256, {})[rank] = count
    return {
        sha256: Plays(
            newest=newest[sha256],
            sounded=ranks.get(2, 0),
            partly=ranks.get(1, 0),
            silent=ranks.get(0, 0),
        )
        for sha256, ranks in told.items()
    }
