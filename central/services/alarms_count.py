"""How many appliances an announcement was for, and how many received and sounded it.

Law of the room: counted from the receipts while they still come in; a week after the end the counts are kept with the
announcement, so that years of emergencies cost a list nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import case, distinct, func, select

from central.db.broadcast import AnnouncementRow
from central.db.fleet import ReceiptRow
from central.services.devices import count_at_or_below
from central.services.unit import House, Unit
from contract.documents import Kind

SETTLED_AFTER: Final = timedelta(
    days=7
)  # an appliance that was cut off tells within days what it did
AT_ONCE: Final = 50


class Counts(NamedTuple):
    """Appliances in service in the areas of an announcement, and of all those that told of it."""

    appliances: int
    verified: int
    sounding: int


def counts_of(unit: Unit, rows: Sequence[AnnouncementRow]) -> dict[str, Counts]:
    """Return the counts of these announcements by their id, in two questions and one for each audience."""
    kept = {
        row.id: Counts(row.appliances, row.verified, row.sounding)
        for row in rows
        if row.appliances is not None and row.verified is not None and row.sounding is not None
    }
    told = _told(unit, [row.id for row in rows if row.id not in kept])
    audiences: dict[tuple[str, ...], int] = {}
    for row in rows:
        areas = tuple(row.areas)
        if row.id not in kept and areas not in audiences:
            audiences[areas] = count_at_or_below(unit, areas)
    return kept | {
        row.id: Counts(audiences[tuple(row.areas)], *told.get(row.id, (0, 0)))
        for row in rows
        if row.id not in kept
    }


def settle(house: House, *, now: datetime) -> None:
    """Keep the counts of what was over a week ago with it; what is counted once is not counted again."""
    while _settled(house, now):
        pass


def _settled(house: House, now: datetime) -> bool:
    """Settle some; return whether there were any."""
    with house.writing() as unit:
        rows = unit.session.scalars(
            select(AnnouncementRow)
            .where(AnnouncementRow.appliances.is_(None))
            .where(AnnouncementRow.expires < now - SETTLED_AFTER)
            .order_by(AnnouncementRow.expires)
            .limit(AT_ONCE)
        ).all()
        counts = counts_of(unit, rows)
        for row in rows:
            row.appliances, row.verified, row.sounding = counts[row.id]
    return bool(rows)


def _told(unit: Unit, announcements: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return how many appliances sent a receipt, and how many one that says it sounds or sounded."""
    if not announcements:
        return {}
    sounding = case((ReceiptRow.state.in_(("sounding", "over")), ReceiptRow.device))
    found = unit.session.execute(
        select(
            ReceiptRow.document,
            func.count(distinct(ReceiptRow.device)),
            func.count(distinct(sounding)),
        )
        .where(ReceiptRow.kind == Kind.ANNOUNCEMENT.value, ReceiptRow.document.in_(announcements))
        .group_by(ReceiptRow.document)
    )
    return {document: (verified, sounded) for document, verified, sounded in found}
