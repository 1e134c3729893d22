"""Verbs of live sources: those that slots name, and who approved them.

Law of the room: a source enters when the first slot names it and stays, as approvals of it do.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from central.db.broadcast import ApprovalRow, LiveSourceRow
from central.db.workflow import SlotContentRow
from central.domain.areas import lineage
from central.domain.errors import NotFound
from central.domain.lives import check_live, url_of
from central.domain.states import ApprovalState, LiveState
from central.services.approvals import approvals_of
from central.services.areas import at_or_below
from central.services.unit import Unit
from contract.documents import Live


def keep_live(unit: Unit, live: Live, *, by: str, now: datetime) -> None:
    """Enter a live source that a slot names, unless it is known; raises `Unacceptable` for a useless address."""
    check_live(live)
    if unit.session.get(LiveSourceRow, live.approved_as) is None:
        row = LiveSourceRow(sha256=live.approved_as, url=url_of(live), added=now, added_by=by)
        unit.session.add(row)
        unit.session.flush()


def list_lives(
    unit: Unit, *, areas: Collection[str] | None = None, now: datetime
) -> tuple[LiveState, ...]:
    """Return live sources with the approvals that hold, those that nobody has approved first, then by address.

    With `areas` only what a slot or an approval at, above or below one of them names.
    """
    query = select(LiveSourceRow)
    if areas is not None:
        planned = select(SlotContentRow.sha256).where(_near(SlotContentRow.area, areas))
        approved = select(ApprovalRow.sha256).where(_near(ApprovalRow.area, areas))
        named = LiveSourceRow.sha256
        query = query.where(or_(named.in_(planned), named.in_(approved)))
    rows = unit.session.scalars(query).all()
    approvals = approvals_of(unit, {row.sha256 for row in rows}, now=now)
    found = [_state(row, approvals.get(row.sha256, ())) for row in rows]
    return tuple(sorted(found, key=lambda live: (bool(live.approvals), live.url or "")))


def live_named(unit: Unit, sha256: str, *, now: datetime) -> LiveState:
    """Return one live source by the name under which it is approved; raises `NotFound`."""
    row = unit.session.get(LiveSourceRow, sha256)
    if row is None:
        raise NotFound("Chưa có khung giờ nào dùng nguồn trực tiếp này.", "no-live")
    return _state(row, approvals_of(unit, {sha256}, now=now).get(sha256, ()))


def _near(column: InstrumentedAttribute[str], areas: Collection[str]) -> ColumnElement[bool]:
    above = sorted({path for area in areas for path in lineage(area)})
    return or_(column.in_(above), *(at_or_below(column, area) for area in areas))


def _state(row: LiveSourceRow, approvals: Sequence[ApprovalState]) -> LiveState:
    return LiveState(
        sha256=row.sha256,
        url=row.url,
        added=row.added,
        added_by=row.added_by,
        approvals=tuple(approvals),
    )
