"""Verbs of live sources: those that slots name, and who approved them.

Law of the room: a source enters when the first slot names it and stays, as approvals of it do.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from central.db.broadcast import LiveSourceRow
from central.domain.errors import NotFound
from central.domain.lives import check_live, url_of
from central.domain.states import ApprovalState, LiveState
from central.services.approvals import approvals_of
from central.services.unit import Unit
from contract.documents import Live


def keep_live(unit: Unit, live: Live, *, by: str, now: datetime) -> None:
    """Enter a live source that a slot names, unless it is known; raises `Unacceptable` for a useless address."""
    check_live(live)
    if unit.session.get(LiveSourceRow, live.approved_as) is None:
        row = LiveSourceRow(sha256=live.approved_as, url=url_of(live), added=now, added_by=by)
        unit.session.add(row)
        unit.session.flush()


def list_lives(unit: Unit, *, now: datetime) -> tuple[LiveState, ...]:
    """Return every live source with the approvals that hold, those that nobody has approved first, then by address."""
    approvals = approvals_of(unit, now=now)
    rows = unit.session.scalars(select(LiveSourceRow))
    found = [_state(row, approvals.get(row.sha256, ())) for row in rows]
    return tuple(sorted(found, key=lambda live: (bool(live.approvals), live.url or "")))


def live_named(unit: Unit, sha256: str, *, now: datetime) -> LiveState:
    """Return one live source by the name under which it is approved; raises `NotFound`."""
    row = unit.session.get(LiveSourceRow, sha256)
    if row is None:
        raise NotFound("Chưa có khung giờ nào dùng nguồn trực tiếp này.", "no-live")
    return _state(row, approvals_of(unit, now=now).get(sha256, ()))


def _state(row: LiveSourceRow, approvals: Sequence[ApprovalState]) -> LiveState:
    return LiveState(
        sha256=row.sha256,
        url=row.url,
        added=row.added,
        added_by=row.added_by,
        approvals=tuple(approvals),
    )
