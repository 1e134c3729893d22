"""Warnings of others (CAP 1.2): handed in, read, put aside; the sources that are asked, and codes of places.

Law of the room: what comes in is proposed to a person and never sounds by itself; our own announcements as CAP are at
`/cap/v1`, open to everybody.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.cap import MEDIA_TYPE
from central.domain.cap_places import CapCode
from central.domain.cap_states import (
    CapMessageState,
    CapOrigin,
    CapPhase,
    CapProposed,
    CapSourceState,
    CapTaken,
)
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.states import ContentState
from central.services.cap_codes import CapCodeAsked, drop_code, list_codes, set_code
from central.services.cap_files import FileAsked, keep_file
from central.services.cap_inbox import CapOffer, cap_named, cap_row, dismiss_cap, list_cap, take_cap
from central.services.cap_proposals import proposal_of
from central.services.cap_sources import (
    CapSourceAsked,
    create_source,
    delete_source,
    list_sources,
    switch_source,
)


class Dismissed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a message is put aside."""

    why: str


class SourceSwitched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a source is to be asked."""

    enabled: bool


def add_cap(router: APIRouter, desk: Desk) -> None:
    """Add the inbox of others' warnings."""
    house = desk.house

    @router.post(
        "/cap",
        tags=["cap"],
        **told(CapTaken, takes=Sent("application/xml"), status=201, also=(200,)),
    )
    def hand_in(body: RawBody, token: Token, area: str = "") -> Response:
        """Hand in one CAP 1.2 alert (XML, at most 4 MB) for the people of `area` to judge.

        Without `area` it goes to the only area that the token holds. 200 instead of 201: these bytes were here already.
        """
        with desk.writing(token) as (unit, who):
            mine = who.areas(Right.CONTRIBUTE) or who.areas(Right.ALARM)
            if not area and len(mine) != 1:
                raise Unacceptable("Hãy ghi địa bàn nhận tin: ?area=…", "no-area")
            offer = CapOffer(area=area or mine[0], origin=CapOrigin.API, origin_name=who.name)
            taken = take_cap(unit, body, offer, who=who, now=house.clock())
        return shown(taken, 201 if taken.new else 200)

    @router.get("/cap", tags=["cap"], **told(tuple[CapMessageState, ...]))
    def listed(
        token: Token,
        phase: CapPhase | None = None,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """List what came, newest first; go on with `before` the last number."""
        with desk.reading(token) as (unit, who):
            return shown(list_cap(unit, who=who, phase=phase, before=before, limit=limit))

    @router.get("/cap/{number}", tags=["cap"], **told(CapMessageState))
    def one(number: int, token: Token) -> Response:
        """Tell one message."""
        with desk.reading(token) as (unit, who):
            return shown(cap_named(unit, number, who=who))

    @router.get("/cap/{number}/proposal", tags=["cap"], **told(CapProposed))
    def proposed(number: int, token: Token) -> Response:
        """Tell what a message would be as an announcement: words, areas, and what to know before signing."""
        with desk.reading(token) as (unit, who):
            return shown(proposal_of(unit, number, who=who, now=house.clock()))

    @router.get("/cap/{number}/original", tags=["cap"], **told(Sent(MEDIA_TYPE)))
    def original(number: int, token: Token) -> Response:
        """Give a message byte for byte as it came."""
        with desk.reading(token) as (unit, who):
            body = cap_row(unit, number, who=who).body
        return Response(body, media_type=MEDIA_TYPE)

    @router.post("/cap/{number}/dismiss", tags=["cap"], **told(CapMessageState, takes=Dismissed))
    def dismiss(number: int, body: RawBody, token: Token) -> Response:
        """Put a message aside, with the reason."""
        asked = read_as(body, Dismissed)
        with desk.writing(token) as (unit, who):
            return shown(dismiss_cap(unit, number, asked.why, who=who, now=house.clock()))

    @router.post(
        "/cap/{number}/files", tags=["cap"], **told(ContentState, takes=FileAsked, status=201)
    )
    def keep(number: int, body: RawBody, token: Token) -> Response:
        """Fetch a sound that came with a message into the library, as a draft, after checking its hash."""
        asked = read_as(body, FileAsked)
        with desk.reading(token) as (_, who):
            person = who
        return shown(keep_file(house, number, asked.at, who=person, now=house.clock()), 201)


def add_cap_sources(router: APIRouter, desk: Desk) -> None:
    """Add the sources that are asked, and the codes of places."""
    house = desk.house

    @router.get("/cap-sources", tags=["cap"], **told(tuple[CapSourceState, ...]))
    def sources(token: Token) -> Response:
        """List the sources of the areas that you administer."""
        with desk.reading(token) as (unit, who):
            return shown(list_sources(unit, who.areas(Right.ADMINISTER)))

    @router.post(
        "/cap-sources", tags=["cap"], **told(CapSourceState, takes=CapSourceAsked, status=201)
    )
    def create(body: RawBody, token: Token) -> Response:
        """Add an address of an alert or of a feed (Atom, RSS) that is asked every so many seconds."""
        asked = read_as(body, CapSourceAsked)
        with desk.writing(token) as (unit, who):
            return shown(create_source(unit, asked, who=who, now=house.clock()), 201)

    @router.put("/cap-sources/{source}", tags=["cap"], **told(CapSourceState, takes=SourceSwitched))
    def switch(source: str, body: RawBody, token: Token) -> Response:
        """Turn a source on or off."""
        asked = read_as(body, SourceSwitched)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(switch_source(unit, source, enabled=asked.enabled, who=who, now=now))

    @router.delete("/cap-sources/{source}", tags=["cap"], **told(None))
    def forget(source: str, token: Token) -> Response:
        """Forget a source; what came from it stays."""
        with desk.writing(token) as (unit, who):
            delete_source(unit, source, who=who, now=house.clock())
        return Response(status_code=204)

    @router.get("/cap-codes", tags=["cap"], **told(tuple[CapCode, ...]))
    def codes(token: Token) -> Response:
        """List which code of another system means which area."""
        with desk.reading(token) as (unit, who):
            return shown(list_codes(unit, who=who))

    @router.put("/cap-codes", tags=["cap"], **told(CapCode, takes=CapCodeAsked))
    def set_one(body: RawBody, token: Token) -> Response:
        """Say which area a code means."""
        asked = read_as(body, CapCodeAsked)
        with desk.writing(token) as (unit, who):
            return shown(set_code(unit, asked, who=who, now=house.clock()))

    @router.delete("/cap-codes/{number}", tags=["cap"], **told(None))
    def drop(number: int, token: Token) -> Response:
        """Forget a code."""
        with desk.writing(token) as (unit, who):
            drop_code(unit, number, who=who, now=house.clock())
        return Response(status_code=204)
