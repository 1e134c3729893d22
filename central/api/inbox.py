"""What is asked of the person who is signed in, and what they were told.

Law of the room: one's own entries only; another system has no inbox.
"""

from datetime import datetime
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.errors import Unacceptable
from central.domain.states import State
from central.domain.workflow_inbox import Ask
from central.services.inbox import (
    InboxCounts,
    InboxPage,
    Shown,
    count_inbox,
    list_inbox,
    mark_done,
    mark_seen,
    snooze,
)

MOST: Final = 2**53
Ids = Annotated[
    tuple[Annotated[int, msgspec.Meta(ge=1, le=MOST)], ...],
    msgspec.Meta(min_length=1, max_length=100),
]


class Picked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries by their ids."""

    ids: Ids


class Snoozed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries by their ids, and until when they are out of the way (with its zone)."""

    ids: Ids
    until: datetime


class Moved(State, frozen=True, kw_only=True):
    """How many entries were moved."""

    moved: int


def add_inbox(router: APIRouter, desk: Desk) -> None:
    """Add the inbox."""
    house = desk.house

    @router.get("/inbox", tags=["inbox"], **told(InboxPage))
    def entries(
        token: Token,
        ask: Ask | None = None,
        show: Shown = "open",
        limit: Annotated[int, Query(ge=1, le=100)] = 25,
        before: Annotated[int | None, Query(ge=1, le=MOST)] = None,
    ) -> Response:
        """List what is asked of you or was told you, newest first; go on with `before` the last id."""
        with desk.reading(token) as (unit, who):
            return shown(
                list_inbox(
                    unit, who, ask=ask, show=show, limit=limit, before=before, now=house.clock()
                )
            )

    @router.get("/inbox/counts", tags=["inbox"], **told(InboxCounts))
    def counts(token: Token) -> Response:
        """Tell how much is open, by what is asked, and how much of it you have not seen."""
        with desk.reading(token) as (unit, who):
            return shown(count_inbox(unit, who, now=house.clock()))

    @router.post("/inbox/seen", tags=["inbox"], **told(Moved, takes=Picked))
    def seen(body: RawBody, token: Token) -> Response:
        """Mark entries as seen."""
        asked = read_as(body, Picked)
        with desk.writing(token) as (unit, who):
            return shown(Moved(moved=mark_seen(unit, who, asked.ids, now=house.clock())))

    @router.post("/inbox/done", tags=["inbox"], **told(Moved, takes=Picked))
    def done(body: RawBody, token: Token) -> Response:
        """Put entries away."""
        asked = read_as(body, Picked)
        with desk.writing(token) as (unit, who):
            return shown(Moved(moved=mark_done(unit, who, asked.ids, now=house.clock())))

    @router.post("/inbox/snooze", tags=["inbox"], **told(Moved, takes=Snoozed))
    def later(body: RawBody, token: Token) -> Response:
        """Have entries come back later, at most 30 days on."""
        asked = read_as(body, Snoozed)
        if asked.until.tzinfo is None:
            raise Unacceptable("Giờ nhắc lại cần ghi múi giờ, ví dụ +07:00.", "bad-time")
        with desk.writing(token) as (unit, who):
            moved = snooze(unit, who, asked.ids, asked.until, now=house.clock())
            return shown(Moved(moved=moved))
