"""Who is signed in, their own account, and the tree of areas in which they hold their rights.

Law of the room: parse, ask a verb, answer. A token is given at signing in and ends at signing out. Of areas one sees
those at or below one's own, and the names of those above.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Request, Response

from central import services
from central.api.account import add_account
from central.api.answers import RawBody, Token, read_as, refusal, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.areas import Area
from central.domain.people import Person
from central.domain.people_states import CodeAsked
from central.domain.states import Declined, SignedIn
from central.services.people_factor import give_code
from central.services.tree_reading import seen_areas


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: str
    password: str


class CodeShown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The ticket of the first step, and a code of the phone or a recovery code."""

    ticket: str
    code: str


class AreaAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area to add; `code` is the official one."""

    path: str
    name: str
    code: str = ""


def add_session(router: APIRouter, desk: Desk) -> None:
    """Add signing in and out, and one's own account."""
    house = desk.house

    @router.post("/session", tags=["session"], **told(SignedIn, takes=Credentials))
    def open_session(body: RawBody, request: Request) -> Response:
        """Sign in; the token goes into `Authorization: Bearer`.

        With a second factor the answer is 401 with the error `code-asked` and a `ticket` for `/session/code`.
        """
        asked = read_as(body, Credentials)
        with house.writing() as unit:
            answer = services.sign_in(
                unit, asked.name, asked.password, now=house.clock(), **seen_by(request)
            )
        if isinstance(answer, CodeAsked):
            why = "Hãy gửi mã xác thực cùng ticket này tới /session/code trong 5 phút."
            return refusal(401, "code-asked", why, ticket=answer.ticket)
        if isinstance(answer, Declined):
            # alike for every cause: nobody learns which names exist
            return refusal(401, "declined", answer.why)
        return shown(answer)

    @router.post("/session/code", tags=["session"], **told(SignedIn, takes=CodeShown))
    def show_code(body: RawBody, request: Request) -> Response:
        """Show the code of the phone, or a recovery code, for the ticket of `/session`."""
        asked = read_as(body, CodeShown)
        with house.writing() as unit:
            answer = give_code(
                unit, asked.ticket, asked.code, now=house.clock(), **seen_by(request)
            )
        if isinstance(answer, Declined):
            return refusal(401, "declined", answer.why)
        return shown(answer)

    @router.delete("/session", tags=["session"], **told(None))
    def end_session(token: Token) -> Response:
        """Sign out."""
        with house.writing() as unit:
            services.sign_out(unit, token)
        return Response(status_code=204)

    @router.get("/me", tags=["session"], **told(Person))
    def me(token: Token) -> Response:
        """Tell who is signed in and what they hold."""
        return shown(desk.person(token))

    add_account(router, desk)


def seen_by(request: Request) -> dict[str, str]:
    """Return what a session remembers of who opened it: the browser's own words, and the address."""
    address = request.client.host if request.client else ""
    return {"agent": request.headers.get("user-agent", ""), "address": address}


def add_areas(router: APIRouter, desk: Desk) -> None:
    """Add the area tree."""

    @router.get("/areas", tags=["areas"], **told(tuple[Area, ...]))
    def areas(
        token: Token,
        under: Annotated[str | None, Query(max_length=200)] = None,
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=20_000)] = 20_000,
    ) -> Response:
        """List your part of the area tree, closed areas too; go on with `after` the last path."""
        with desk.reading(token) as (unit, who):
            found = seen_areas(unit, who, under)
        key = after.split("/")
        return shown([a for a in found if not after or a.path.split("/") > key][:limit])

    @router.post("/areas", tags=["areas"], **told(Area, takes=AreaAsked, status=201))
    def add_area(body: RawBody, token: Token) -> Response:
        """Add one area below an existing one."""
        asked = read_as(body, AreaAsked)
        now = desk.house.clock()
        with desk.writing(token) as (unit, who):
            area: Area = services.add_area(
                unit, asked.path, asked.name, who=who, now=now, code=asked.code
            )
        return shown(area, 201)
