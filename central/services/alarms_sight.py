"""Who reads of which announcement: whom it reaches, and who works above or below its areas.

Law of the room: an announcement of another commune is not there for somebody who has nothing to do with it.
"""

from datetime import datetime

from central.domain.errors import NotFound
from central.domain.people import Person
from central.domain.states import AnnouncementState
from central.services.alarms import announcement_named
from central.services.unit import Unit


def sighted(unit: Unit, announcement: str, *, who: Person, now: datetime) -> AnnouncementState:
    """Return one announcement that concerns `who`; raises `NotFound` for any other as for one that is not there."""
    state = announcement_named(unit, announcement, now=now)
    if not who.is_concerned(state.areas):
        raise NotFound(f"Không có thông báo {announcement[:80]}.", "no-announcement")
    return state
