"""Orders to publish: who carries one out until when, how far it is, and what it changed.

Law of the room: the table is the truth. Whoever writes appliances holds the order's lease and renews it with every
write; who finds another's name in it stops.
"""

import hashlib
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update

from central.db.broadcast import PublicationRow
from central.db.planning import PublicationProgressRow
from central.domain import planning_diff
from central.domain.errors import Conflict, NotFound
from central.domain.people import Person, Right
from central.domain.planning_diff import PublicationDiff
from central.domain.states import State
from central.services.areas import at_or_below
from central.services.unit import Unit

LEASE = timedelta(seconds=6)
PUT_OFF = timedelta(minutes=1)
MOST_LISTED = 200


class TakenOver(Exception):
    """Another process goes on with this order; whoever hears this stops writing."""


class PublicationPhase(StrEnum):
    """How a publication stands."""

    RUNNING = "running"
    WAITING = "waiting"
    DONE = "done"


PUBLICATION_WORDS = {
    PublicationPhase.RUNNING: "đang gửi",
    PublicationPhase.WAITING: "chờ chạy tiếp",
    PublicationPhase.DONE: "đã gửi",
}


class PublicationState(State, frozen=True, kw_only=True):
    """A publication: who asked for what when, and how many appliances have been written of how many."""

    id: int
    area: str
    asked: datetime
    asked_by: str
    done: datetime | None
    total: int
    written: int
    unchanged: int
    phase: PublicationPhase
    why: str

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return PUBLICATION_WORDS[self.phase]


def begin(unit: Unit, order: int, diff: PublicationDiff, *, now: datetime) -> str:
    """Write down what the order changes and that we carry it out; return our name in the lease."""
    holder = _fresh_name()
    unit.session.add(
        PublicationProgressRow(
            publication=order,
            total=diff.changed,
            written=0,
            unchanged=diff.unchanged,
            holder=holder,
            leased_until=now + LEASE,
            fault="",
            diff=planning_diff.kept(diff),
        )
    )
    return holder


def proceed(unit: Unit, order: int, holder: str, written: int, *, now: datetime) -> None:
    """Count what was written in this transaction and renew the lease; raises `TakenOver` when it is another's."""
    table = PublicationProgressRow
    change = (
        update(table)
        .where(table.publication == order, table.holder == holder)
        .values(written=table.written + written, leased_until=now + LEASE)
    )
    found: int = unit.session.connection().execute(change).rowcount
    if found != 1:
        raise TakenOver


def finish(unit: Unit, order: int, *, now: datetime) -> None:
    """Give the lease back."""
    row = unit.session.get(PublicationProgressRow, order)
    if row is not None:
        row.leased_until, row.fault = now, ""


def put_off(unit: Unit, order: int, why: str, *, now: datetime) -> None:
    """Write down why the order cannot be carried out now, and try again later."""
    row = unit.session.get(PublicationProgressRow, order)
    if row is not None:
        row.leased_until, row.fault = now + PUT_OFF, why[:500]


def abandoned(unit: Unit, *, now: datetime) -> Sequence[tuple[int, str]]:
    """Return (id, area) of the orders without an end that nobody carries out, oldest first."""
    progress = PublicationProgressRow
    query = (
        select(PublicationRow.id, PublicationRow.area)
        .outerjoin(progress, progress.publication == PublicationRow.id)
        .where(PublicationRow.done.is_(None))
        .where(or_(progress.leased_until.is_(None), progress.leased_until <= now))
        .order_by(PublicationRow.id)
    )
    return [(order, area) for order, area in unit.session.execute(query)]


def take_over(unit: Unit, order: int, *, now: datetime) -> str | None:
    """Put our name into the lease of an abandoned order and return it; None when somebody was faster."""
    unit.take_turn()
    row = unit.session.get(PublicationRow, order)
    if row is None or row.done is not None:
        return None
    progress = unit.session.get(PublicationProgressRow, order)
    if progress is None:  # ordered before progress was kept
        return begin(unit, order, PublicationDiff(), now=now)
    if progress.leased_until > now:
        return None
    progress.holder, progress.leased_until = _fresh_name(), now + LEASE
    return progress.holder


def publication_named(
    unit: Unit, order: int, *, who: Person | None, now: datetime
) -> PublicationState:
    """Return one publication; raises `NotFound`, also for an area that the person may not see."""
    row = unit.session.get(PublicationRow, order)
    if row is None or (who is not None and not who.may(Right.VIEW, row.area)):
        raise NotFound("Không có lần gửi lịch này.", "no-publication")
    return _state(row, unit.session.get(PublicationProgressRow, order), now)


def diff_named(unit: Unit, order: int, *, who: Person | None) -> PublicationDiff:
    """Return what a publication changed, as it was kept; raises `NotFound`."""
    row = unit.session.get(PublicationRow, order)
    if row is None or (who is not None and not who.may(Right.VIEW, row.area)):
        raise NotFound("Không có lần gửi lịch này.", "no-publication")
    kept = unit.session.get(PublicationProgressRow, order)
    return planning_diff.read(kept.diff if kept is not None else b"")


def list_publications(
    unit: Unit,
    *,
    who: Person | None,
    area: str | None = None,
    before: int | None = None,
    limit: int = 50,
    now: datetime,
) -> tuple[PublicationState, ...]:
    """Return publications newest first, those before the id `before`; `limit` from 1 to 200.

    Covers `area` and below, or all that the person may see.
    """
    if area is not None and who is not None:
        who.require(Right.VIEW, area)
    places = (area,) if area is not None else who.areas(Right.VIEW) if who is not None else None
    progress = PublicationProgressRow
    query = (
        select(PublicationRow, progress)
        .outerjoin(progress, progress.publication == PublicationRow.id)
        .order_by(PublicationRow.id.desc())
        .limit(min(max(limit, 1), MOST_LISTED))
    )
    if before is not None:
        query = query.where(PublicationRow.id < before)
    if places is not None:
        query = query.where(or_(*(at_or_below(PublicationRow.area, place) for place in places)))
        if not places:
            return ()
    return tuple(_state(row, found, now) for row, found in unit.session.execute(query))


def fingerprint(diff: PublicationDiff) -> str:
    """Return what names this diff, so that what is published is what was looked at."""
    return hashlib.sha256(planning_diff.kept(diff)).hexdigest()[:16]


def check_seen(diff: PublicationDiff, seen: str | None) -> None:
    """Raise `Conflict` when `seen` names another diff than this one."""
    if seen is not None and seen != fingerprint(diff):
        why = (
            "Lịch đã thay đổi sau khi bạn mở trang này (có người vừa sửa hoặc vừa gửi). "
            "Hãy xem lại những gì sẽ đổi rồi gửi."
        )
        raise Conflict(why, "diff-changed")


def _state(
    row: PublicationRow, progress: PublicationProgressRow | None, now: datetime
) -> PublicationState:
    if row.done is not None:
        phase = PublicationPhase.DONE
    elif progress is not None and progress.leased_until > now and not progress.fault:
        phase = PublicationPhase.RUNNING
    else:
        phase = PublicationPhase.WAITING
    return PublicationState(
        id=row.id,
        area=row.area,
        asked=row.asked,
        asked_by=row.asked_by,
        done=row.done,
        total=progress.total if progress is not None else 0,
        written=progress.written if progress is not None else 0,
        unchanged=progress.unchanged if progress is not None else 0,
        phase=phase,
        why=progress.fault if progress is not None else "",
    )


def _fresh_name() -> str:
    return os.urandom(12).hex()
