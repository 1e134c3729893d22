"""Verbs of copied keys: signs that two machines hold one appliance's key, and who has looked at them.

Law of the room: a sign is a suspicion for a person, never a sentence; a card that was restored from an old image
shows the same. Reports diverge when the chain has another link where ours continues; two sessions live at once
when an older one still reports minutes after the appliance opened a newer: one machine has one session only.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import aliased

from central.db.fleet import DeviceRow, DeviceSessionRow
from central.db.sites import CloneSignRow
from central.domain.people import Person, Right
from central.domain.sites import CloneSign
from central.services.areas import at_or_below
from central.services.devices import device_row
from central.services.doors import SESSION_LIFE
from central.services.unit import Unit

REPORTS: Final = "reports"
SESSIONS: Final = "sessions"
GRACE: Final = timedelta(minutes=2)  # what was on its way when the newer session was opened


def note_signs(unit: Unit, devices: Iterable[str], kind: str, *, now: datetime) -> None:
    """Keep that each of these appliances showed a sign of a second machine."""
    for device in sorted(set(devices)):
        row = unit.session.get(CloneSignRow, (device, kind))
        if row is None:
            row = CloneSignRow(device=device, kind=kind, first=now, last=now, times=0)
            unit.session.add(row)
            unit.note(
                None,
                "clone-sign",
                f"{device} {kind}",
                now=now,
                area=device_row(unit, device).area,
                subject=device,
            )
        row.last, row.times = now, row.times + 1


def outlived(unit: Unit, sessions: Collection[str], *, now: datetime) -> set[str]:
    """Return the appliances that used one of these sessions (by hash) though they opened a newer one a while ago."""
    older, newer = aliased(DeviceSessionRow), aliased(DeviceSessionRow)
    query = (
        select(older.device)
        .join(newer, newer.device == older.device)
        .where(older.token_hash.in_(sessions), newer.expires > older.expires)
        .where(newer.expires < now + SESSION_LIFE - GRACE)
    )
    return set(unit.session.scalars(query))


def standing_signs(unit: Unit, areas: Iterable[str]) -> dict[str, tuple[CloneSign, ...]]:
    """Return the signs that nobody has looked at since they last showed, by appliance at or below these areas."""
    found: dict[str, dict[str, CloneSign]] = {}
    for area in areas:
        query = (
            select(CloneSignRow)
            .join(DeviceRow, DeviceRow.id == CloneSignRow.device)
            .where(at_or_below(DeviceRow.area, area))
            .order_by(CloneSignRow.device, CloneSignRow.kind)
        )
        for row in unit.session.scalars(query):
            if row.seen is None or row.seen < row.last:
                found.setdefault(row.device, {})[row.kind] = _sign(row)
    return {device: tuple(signs.values()) for device, signs in found.items()}


def dismiss_signs(unit: Unit, device: str, *, who: Person, now: datetime) -> None:
    """Say that a person has looked into it; the next sign raises the alarm again."""
    area = device_row(unit, device).area
    who.require(Right.ADMINISTER, area)
    for row in unit.session.scalars(select(CloneSignRow).where(CloneSignRow.device == device)):
        row.seen, row.seen_by = now, who.name
    unit.note(who, "dismiss-clone-signs", device, now=now, area=area, subject=device)


def _sign(row: CloneSignRow) -> CloneSign:
    return CloneSign(
        device=row.device, kind=row.kind, first=row.first, last=row.last, times=row.times
    )
