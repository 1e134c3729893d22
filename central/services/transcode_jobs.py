"""The table of jobs: files coming in and texts to be spoken, leased by whoever works at them.

Law of the room: the row is the truth in every process. Who works holds a lease and renews it; when the lease runs
out, because the process was killed, another takes the job up from its beginning, and whoever lost it writes nothing.
"""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import and_, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from central.db.library import JobRow
from central.domain.errors import Conflict, NotFound
from central.domain.library import Made, Sheet
from central.domain.library_speech import Region
from central.domain.library_states import JobPhase, JobState
from central.domain.people import Person
from central.services.unit import House, Unit

LEASE: Final = timedelta(seconds=20)
RENEW_EVERY: Final = timedelta(seconds=4)
MOST_ATTEMPTS: Final = 3
MOST_OPEN: Final = 30
UPLOAD, SPEECH = "upload", "speech"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be made of a job's bytes or text: the first sheet, whether to cut silent ends, how to speak."""

    made: Made = Made.UPLOAD
    trim: bool = False
    sheet: Sheet = msgspec.field(default_factory=Sheet)
    text: str = ""
    region: Region = Region.SOUTH
    speed_pct: int = 100


class Lost(Exception):
    """The lease went to somebody else, or the job was cancelled: stop and write nothing."""


class Lease:
    """The right to work at one job; `tell` renews it and shows the progress, `finish` ends it.

    `who` asked for it: for the records only, without rights.
    """

    def __init__(self, house: House, row: JobRow, token: str) -> None:
        self.house = house
        self.job = job_state(row)
        self.wish = msgspec.json.decode(row.wish, type=Wish)
        self.who = Person(id=row.person_id or 0, name=row.person, grants=())
        self.announced_sha256 = row.sha256
        self._token = token
        self._told_at = house.clock()
        self._told_pct = -1

    def tell(self, part: float) -> None:
        """Show how far the work is, 0 to 1, and renew the lease now and then; raises `Lost`."""
        now = self.house.clock()
        pct = max(0, min(99, int(part * 100)))
        late = now - self._told_at >= RENEW_EVERY
        if not late and (pct == self._told_pct or now - self._told_at < timedelta(seconds=1)):
            return
        self._told_at, self._told_pct = now, pct
        with self.house.writing() as unit:
            self._write(unit, progress_pct=pct, leased_until=now + LEASE, changed=now)

    def span(self, start: float, end: float) -> Callable[[float], None]:
        """Return a `tell` for a part of the whole work."""
        return lambda part: self.tell(start + (end - start) * part)

    def finish(self, unit: Unit, result: str, *, known: bool = False) -> None:
        """End the job well, in the transaction that enters its content; raises `Lost`."""
        now = self.house.clock()
        self._write(
            unit, state=JobPhase.DONE.value, progress_pct=100, result=result,
            code="known" if known else "",
            lease=None, leased_until=None, changed=now,
        )  # fmt: skip

    def fail(self, code: str, why: str) -> None:
        """End the job with a reason; raises `Lost`."""
        now = self.house.clock()
        with self.house.writing() as unit:
            self._write(
                unit, state=JobPhase.FAILED.value, code=code[:40], why=why[:500],
                lease=None, leased_until=None, changed=now,
            )  # fmt: skip

    def give_back(self) -> None:
        """Have somebody try again; raises `Lost`."""
        now = self.house.clock()
        with self.house.writing() as unit:
            self._write(
                unit, state=JobPhase.QUEUED.value, lease=None, leased_until=None, changed=now
            )

    def _write(self, unit: Unit, **values: object) -> None:
        mine = and_(JobRow.id == self.job.id, JobRow.lease == self._token)
        done = unit.session.execute(update(JobRow).where(mine).values(values).returning(JobRow.id))
        if done.first() is None:
            raise Lost(self.job.id)


def part_path(house: House, job_id: str) -> Path:
    """Return where the bytes of a job lie until they are content."""
    return house.incoming / f"{job_id}.upload"


def take_next(house: House, *, now: datetime) -> Lease | None:
    """Lease the oldest job that waits, or whose worker is gone; None when there is none."""
    token = secrets.token_hex(16)
    with house.writing() as unit:
        row = unit.session.scalar(
            select(JobRow)
            .where(_waits(now))
            .order_by(JobRow.created)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return None
        row.state, row.lease, row.leased_until = JobPhase.WORKING.value, token, now + LEASE
        row.attempts += 1
        row.progress_pct, row.changed = 0, now
        lease, attempts = Lease(house, row, token), row.attempts
    if attempts > MOST_ATTEMPTS:
        lease.fail(
            "gave-up",
            f"Máy chủ đã thử {MOST_ATTEMPTS} lần mà không xong. Hãy xuất lại tệp rồi tải lên lần nữa.",
        )
        return take_next(house, now=now)
    return lease


def any_waits(unit: Unit, *, now: datetime) -> bool:
    """Return whether some job waits for somebody to work at it."""
    return unit.session.scalar(select(JobRow.id).where(_waits(now)).limit(1)) is not None


def job_named(unit: Unit, job_id: str, *, who: Person | None) -> JobState:
    """Return a job of `who`'s own; raises `NotFound`."""
    return job_state(row_named(unit, job_id, who=who))


def list_jobs(
    unit: Unit, *, who: Person, since: datetime | None = None, limit: int = 20
) -> tuple[JobState, ...]:
    """Return the jobs of `who`, newest first."""
    query = select(JobRow).where(JobRow.person_id == who.id)
    if since is not None:
        query = query.where(JobRow.created >= since)
    rows = unit.session.scalars(query.order_by(JobRow.created.desc(), JobRow.id).limit(limit))
    return tuple(map(job_state, rows))


def check_room(unit: Unit, who: Person | None) -> None:
    """Raise `Conflict` when somebody has too many jobs that are not done."""
    if who is None:
        return
    open_states = [JobPhase.RECEIVING.value, JobPhase.QUEUED.value, JobPhase.WORKING.value]
    rows = unit.session.scalars(
        select(JobRow.id)
        .where(JobRow.person_id == who.id, JobRow.state.in_(open_states))
        .limit(MOST_OPEN)
    ).all()
    if len(rows) >= MOST_OPEN:
        raise Conflict(
            f"Bạn đang có {MOST_OPEN} tệp chưa xong. Hãy đợi hoặc hủy bớt rồi tải tiếp.", "too-many"
        )


def row_named(unit: Unit, job_id: str, *, who: Person | None) -> JobRow:
    """Return the row of a job of `who`'s own; raises `NotFound`."""
    row = unit.session.get(JobRow, job_id)
    if row is None or (who is not None and row.person_id != who.id):
        raise NotFound("Không có tệp đang tải này, hoặc nó đã bị hủy.", "no-upload")
    return row


def job_state(row: JobRow) -> JobState:
    """Return the row as a value."""
    return JobState(
        id=row.id,
        kind=row.kind,
        phase=JobPhase(row.state),
        title=row.title,
        file_name=row.file_name,
        area=row.area,
        size_bytes=row.size_bytes,
        offset_bytes=row.received_bytes,
        progress_pct=row.progress_pct,
        code=row.code,
        why=row.why,
        result=row.result,
        created=row.created,
        changed=row.changed,
    )


def _waits(now: datetime) -> ColumnElement[bool]:
    return or_(
        JobRow.state == JobPhase.QUEUED.value,
        and_(JobRow.state == JobPhase.WORKING.value, JobRow.leased_until < now),
    )
