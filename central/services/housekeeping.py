"""What the house does by itself: active sets every minute, and forgetting what has had its time."""

import contextlib
import time
from datetime import datetime, timedelta

from sqlalchemy import delete

from central.db.broadcast import OutboxRow
from central.db.fleet import CommandRow, DeviceSessionRow, ReportRow
from central.db.people import PersonSessionRow
from central.services.active_sets import sign_active_sets
from central.services.unit import House

OUTBOX_KEPT = timedelta(hours=24)
BARE_REPORTS_KEPT = timedelta(hours=1)
COMMANDS_KEPT = timedelta(days=90)
PART_KEPT_S = 86_400

__all__ = ["sign_active_sets", "sweep"]


def sweep(house: House, *, now: datetime) -> None:
    """Forget old outbox messages, ended sessions, counted reports that hold no evidence, and broken-off uploads."""
    with house.writing() as unit:
        for old in (
            delete(OutboxRow).where(OutboxRow.created < now - OUTBOX_KEPT),
            delete(DeviceSessionRow).where(DeviceSessionRow.expires < now),
            delete(PersonSessionRow).where(PersonSessionRow.expires < now),
            delete(CommandRow).where(CommandRow.expires < now - COMMANDS_KEPT),
            delete(ReportRow).where(
                ReportRow.envelope.is_(None), ReportRow.taken < now - BARE_REPORTS_KEPT
            ),
        ):
            unit.session.execute(old)
    for part in house.incoming.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > PART_KEPT_S:
                part.unlink()
