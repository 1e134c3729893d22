"""What can be chosen when somebody plans an area: contents and live sources, the newest first and not all there is.

Law of the room: nothing is offered that a slot of the area could not play; what a slot plays already is named too.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.library import SheetRow
from central.domain.states import ContentState, LiveState
from central.services.contents import contents_named
from central.services.library import usable_at
from central.services.lives import list_lives
from central.services.unit import Unit

MOST: int = (
    300  # more than a list on a page can be read through; the library's search leads to the rest
)


def content_choices(
    unit: Unit, area: str, *, also: Collection[str] = (), now: datetime
) -> tuple[ContentState, ...]:
    """Return the newest sounds that `area` may use, after those of `also` that are not among them."""
    query = (
        select(ContentRow.sha256)
        .outerjoin(SheetRow, SheetRow.sha256 == ContentRow.sha256)
        .where(usable_at(area), SheetRow.archived.is_(None), ContentRow.mime.startswith("audio/"))
        .order_by(ContentRow.uploaded.desc(), ContentRow.sha256)
        .limit(MOST)
    )
    newest = unit.session.scalars(query).all()
    return contents_named(unit, list(dict.fromkeys((*also, *newest))), now=now)


def stream_choices(unit: Unit, area: str, *, now: datetime) -> tuple[LiveState, ...]:
    """Return the streams that are planned or approved near `area`."""
    return tuple(live for live in list_lives(unit, areas=(area,), now=now) if live.url)
