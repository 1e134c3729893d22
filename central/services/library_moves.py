"""What becomes of the library where an area goes into another.

Law of the room: content keeps the area that its approvals and plays name; its successor may use what the old area
could. Playlists, which nobody has signed, move.
"""

from datetime import datetime

from sqlalchemy import exists, insert, literal, select, union, update

from central.db.base import UtcInstant
from central.db.broadcast import ContentRow
from central.db.library import PlaylistRow, ShareRow
from central.services.unit import Unit


def succeed(unit: Unit, area: str, successor: str, *, by: str, now: datetime) -> None:
    """Let `successor` use what `area` could by its own or by a share, and have its playlists."""
    usable = union(
        select(ContentRow.sha256).where(ContentRow.area == area),
        select(ShareRow.sha256).where(ShareRow.area == area),
    ).subquery()
    held = exists().where(ShareRow.sha256 == usable.c.sha256, ShareRow.area == successor)
    fresh = select(usable.c.sha256, literal(successor), literal(now, UtcInstant), literal(by))
    columns = ["sha256", "area", "shared", "shared_by"]
    unit.session.execute(insert(ShareRow).from_select(columns, fresh.where(~held)))
    moving = update(PlaylistRow).where(PlaylistRow.area == area)
    unit.session.execute(moving.values(area=successor))
