"""Who is signed in, and the tree of areas in which they hold their rights.

Law of the room: parse, ask a verb, answer. A token is given at signing in and ends at signing out.
"""

import msgspec
from fastapi import APIRouter, Response

from central import services
from central.api.answers import RawBody, Token, read_as, refusal, shown
from central.api.desk import Desk
from central.domain.areas import Area
from central.domain.states import Declined


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: str
    password: str


class AreaAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area to add."""

    path: str
    name: str


def add_session(router: APIRouter, desk: Desk) -> None:
    """Add signing in and out."""
    house = desk.house

    @router.post("/session", tags=["session"])
    def open_session(body: RawBody) -> Response:
        """Sign in; the token goes into `Authorization: Bearer`."""
        asked = read_as(body, Credentials)
        with house.writing() as unit:
            answer = services.sign_in(unit, asked.name, asked.password, now=house.clock())
        if isinstance(answer, Declined):
            # alike for every cause: nobody learns which names exist
            return refusal(401, "declined", answer.why)
        return shown(answer)

    @router.delete("/session", tags=["session"])
    def end_session(token: Token) -> Response:
        """Sign out."""
        with house.writing() as unit:
            services.sign_out(unit, token)
        return Response(status_code=204)

    @router.get("/me", tags=["session"])
    def me(token: Token) -> Response:
        """Tell who is signed in and what they hold."""
        return shown(desk.person(token))


def add_areas(router: APIRouter, desk: Desk) -> None:
    """Add the area tree."""

    @router.get("/areas", tags=["areas"])
    def areas(token: Token, under: str | None = None) -> Response:
        """List the area tree."""
        with desk.reading(token) as (unit, _):
            return shown(services.list_areas(unit, under))

    @router.post("/areas", tags=["areas"])
    def add_area(body: RawBody, token: Token) -> Response:
        """Add one area below an existing one."""
        asked = read_as(body, AreaAsked)
        with desk.writing(token) as (unit, who):
            area: Area = services.add_area(
                unit, asked.path, asked.name, who=who, now=desk.house.clock()
            )
        return shown(area, 201)
