"""What the house does by itself: active sets every minute, and forgetting what has had its time."""

import contextlib
import time
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete, func, select

from central.db.broadcast import OutboxRow
from central.db.fleet import (
    CommandRow,
    DeviceLogRow,
    DeviceSessionRow,
    LocalWarningRow,
    ReadinessRow,
    ReportRow,
)
from central.db.people import PersonSessionRow
from central.db.voices import VoicePieceRow, VoiceRow
from central.services.active_sets import sign_active_sets
from central.services.unit import House

OUTBOX_KEPT = timedelta(hours=24)
BARE_REPORTS_KEPT = timedelta(hours=1)
COMMANDS_KEPT = timedelta(days=90)
LOGS_KEPT = timedelta(days=90)
READINESS_KEPT = timedelta(days=30)
WARNINGS_KEPT = timedelta(days=400)
VOICES_KEPT = timedelta(days=400)
MOST_PER_DEVICE = 500  # of readiness, and of warnings: a mad appliance must not fill the disk
PART_KEPT_S = 86_400

__all__ = ["sign_active_sets", "sweep"]


def sweep(house: House, *, now: datetime) -> None:
    """Forget what has had its time: messages, sessions, bare reports, old findings and logs, broken-off uploads."""
    with house.writing() as unit:
        for old in (
            delete(OutboxRow).where(OutboxRow.created < now - OUTBOX_KEPT),
            delete(DeviceSessionRow).where(DeviceSessionRow.expires < now),
            delete(PersonSessionRow).where(PersonSessionRow.expires < now),
            delete(CommandRow).where(CommandRow.expires < now - COMMANDS_KEPT),
            delete(DeviceLogRow).where(DeviceLogRow.taken < now - LOGS_KEPT),
            delete(ReportRow).where(
                ReportRow.envelope.is_(None), ReportRow.taken < now - BARE_REPORTS_KEPT
            ),
            delete(ReadinessRow).where(ReadinessRow.taken < now - READINESS_KEPT),
            delete(LocalWarningRow).where(LocalWarningRow.taken < now - WARNINGS_KEPT),
            delete(VoicePieceRow).where(
                VoicePieceRow.announcement.in_(
                    select(VoiceRow.announcement).where(VoiceRow.began < now - VOICES_KEPT)
                )
            ),
            _beyond(ReadinessRow),
            _beyond(LocalWarningRow),
        ):
            unit.session.execute(old)
    for part in house.incoming.glob("*.part"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - part.stat().st_mtime > PART_KEPT_S:
                part.unlink()


def _beyond(table: type[ReadinessRow | LocalWarningRow]) -> Delete:
    """Return what forgets all but the newest `MOST_PER_DEVICE` rows of each appliance."""
    place = func.row_number().over(partition_by=table.device, order_by=table.id.desc())
    ranked = select(table.id, place.label("place")).subquery()
    return delete(table).where(
        table.id.in_(select(ranked.c.id).where(ranked.c.place > MOST_PER_DEVICE))
    )
