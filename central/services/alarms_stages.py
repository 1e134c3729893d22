"""How far an announcement is on each appliance, as a column that the database counts.

Law of the room: reads only. An emergency's plays and refusals are looked for from a minute before it was sent until an
hour after it expires. A hush on site is told as a refusal of its own (ADR 0017) and lasts a quarter of an hour, or
until the appliance tells that it sounds again.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, false, func, or_, select

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.domain.fleet import LOST_AFTER
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase, AnnouncementState
from central.services.areas import at_or_below
from contract.documents import Kind, Rank

# those with trouble first
STAGES: Final = ("refused", "unreachable", "hushed", "sent", "verified", "sounding", "sounded")
NOT_REACHED: Final = ("refused", "unreachable", "sent")
HUSHED: Final = "warning-hushed"
HUSH: Final = timedelta(minutes=15)
_BEFORE: Final = timedelta(minutes=1)
_AFTER: Final = timedelta(hours=1)


def audience_of(areas: Sequence[str], who: Person) -> list[ColumnElement[bool]]:
    """Return the conditions that an appliance is spoken to, in service, and for `who` to view."""
    spoken_to = [at_or_below(DeviceRow.area, area) for area in areas]
    seen = [at_or_below(DeviceRow.area, area) for area in who.areas(Right.VIEW)]
    return [DeviceRow.retired.is_(False), or_(false(), *spoken_to), or_(false(), *seen)]


class Joined(NamedTuple):
    """Appliances with what they told of one announcement."""

    received: Subquery
    heard: Subquery
    refused: Subquery
    hushed: Subquery

    def __call__(self, *columns: Any) -> Select[Any]:  # noqa: ANN401  whatever is asked of the join
        """Return a question about appliances and what they told."""
        return (
            select(*columns)
            .select_from(DeviceRow)
            .outerjoin(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
            .outerjoin(self.received, self.received.c.device == DeviceRow.id)
            .outerjoin(self.heard, self.heard.c.device == DeviceRow.id)
            .outerjoin(self.refused, self.refused.c.device == DeviceRow.id)
            .outerjoin(self.hushed, self.hushed.c.device == DeviceRow.id)
        )


def staged(state: AnnouncementState, now: datetime) -> tuple[ColumnElement[int], Joined]:
    """Return the stage of an appliance as its place in `STAGES`, and the join that it is a column of.

    What told nothing of it and has been silent for more than 5 minutes is unreachable.
    """
    sounding_at = case((ReceiptRow.state == "sounding", ReceiptRow.at))
    received = (
        select(
            ReceiptRow.device,
            func.max(sounding_at).label("sounding_at"),
            func.max(case((ReceiptRow.state.in_(("sounding", "over")), 1), else_=0)).label("begun"),
        )
        .where(ReceiptRow.kind == Kind.ANNOUNCEMENT.value, ReceiptRow.document == state.id)
        .group_by(ReceiptRow.device)
        .subquery()
    )
    heard = (
        select(PlayRow.device, func.sum(PlayRow.sounded_ms).label("sounded_ms"))
        .where(*plays_of(state))
        .group_by(PlayRow.device)
        .subquery()
    )
    refused = (
        select(RefusalRow.device, func.max(RefusalRow.id).label("last"))
        .where(*refusals_of(state), RefusalRow.code != HUSHED)
        .group_by(RefusalRow.device)
        .subquery()
    )
    hushed = (
        select(RefusalRow.device, func.max(RefusalRow.at).label("at"))
        .where(RefusalRow.code == HUSHED, RefusalRow.what == state.id, RefusalRow.at > now - HUSH)
        .group_by(RefusalRow.device)
        .subquery()
    )
    silenced = and_(
        hushed.c.at.is_not(None),
        or_(received.c.sounding_at.is_(None), received.c.sounding_at <= hushed.c.at),
    )
    silent = func.coalesce(heard.c.sounded_ms, 0) == 0
    on_air = func.coalesce(DeviceHealthRow.on_air, 0) >= Rank.EMERGENCY_COMMUNE.value
    sounds = and_(received.c.begun == 1, or_(on_air, silent))
    if state.phase is AnnouncementPhase.OVER:
        sounds = silenced = false()
    stage = case(
        (and_(refused.c.last.is_not(None), received.c.begun.is_(None)), STAGES.index("refused")),
        (silenced, STAGES.index("hushed")),
        (sounds, STAGES.index("sounding")),
        (~silent, STAGES.index("sounded")),
        (received.c.begun.is_not(None), STAGES.index("verified")),
        (
            or_(DeviceRow.last_seen.is_(None), DeviceRow.last_seen < now - LOST_AFTER),
            STAGES.index("unreachable"),
        ),
        else_=STAGES.index("sent"),
    )
    return stage, Joined(received, heard, refused, hushed)


def plays_of(state: AnnouncementState) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a play is a round of this announcement."""
    return (
        PlayRow.started.between(state.sent - _BEFORE, state.expires + _AFTER),
        PlayRow.rank >= 6,  # as the index of emergencies says it
        PlayRow.key.startswith(f"alert/{state.id}/", autoescape=True),  # alert/<id>/<round>/<step>
    )


def refusals_of(state: AnnouncementState) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that a refusal is of this announcement, or of one that could not be read."""
    return (
        RefusalRow.at.between(state.sent - _BEFORE, state.expires + _AFTER),
        or_(
            RefusalRow.what.contains(state.id, autoescape=True),
            RefusalRow.what.startswith(f"{Kind.ANNOUNCEMENT.value} (", autoescape=True),
        ),
    )
