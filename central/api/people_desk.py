"""People and the audit log, for administrators.

Law of the room: parse, ask a verb, answer. A one-time password stands in the answer that makes it and nowhere else.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from starlette.responses import StreamingResponse

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.people import PersonRole, Profile
from central.domain.people_states import AccountState, AuditLine, Invited
from central.domain.states import State
from central.services.audit import Asked, check_may_read, export_audit, search_audit
from central.services.people_accounts import (
    change_person,
    disable,
    enable,
    grant_to,
    invite,
    remove_factor,
    reset_password,
    revoke,
)
from central.services.people_reading import list_people, person_named


class PersonAsked(Profile, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person to invite: the name to sign in with, the profile, and roles where they belong."""

    name: str
    roles: tuple[PersonRole, ...] = ()


class GrantAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role for an area and below."""

    role: PersonRole
    area: str


class AuditFound(State, frozen=True, kw_only=True):
    """Lines of the audit log, newest first; `next_before` goes on below them, null at the end."""

    lines: tuple[AuditLine, ...]
    next_before: int | None


def _asked(
    q: Annotated[str, Query(max_length=100)] = "",
    person: Annotated[str, Query(max_length=200)] = "",
    verb: Annotated[str, Query(max_length=40)] = "",
    area: Annotated[str | None, Query(max_length=200)] = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Asked:
    """Read what is looked for; an instant without a zone is taken as UTC."""
    return Asked(
        text=q,
        person=person,
        verb=verb,
        area=area,
        since=since if since is None or since.tzinfo else since.replace(tzinfo=UTC),
        until=until if until is None or until.tzinfo else until.replace(tzinfo=UTC),
    )


AskedHere = Annotated[Asked, Depends(_asked)]


def add_people(router: APIRouter, desk: Desk) -> None:
    """Add people and the audit log."""
    house = desk.house

    def deed(person: int, token: str, do: Callable[..., object]) -> Response:
        with desk.writing(token) as (unit, who):
            do(unit, person, who=who, now=house.clock())
            return shown(person_named(unit, person, who=who, now=house.clock()))

    @router.get("/people", tags=["people"], **told(tuple[AccountState, ...]))
    def people(
        token: Token,
        q: Annotated[str, Query(max_length=100)] = "",
        area: Annotated[str | None, Query(max_length=200)] = None,
        role: PersonRole | None = None,
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """List the people of the areas that you administer, by name; go on with `after` the last name."""
        with desk.reading(token) as (unit, who):
            found = list_people(
                unit,
                who=who,
                now=house.clock(),
                text=q,
                area=area,
                role=role,
                after=after,
                limit=limit,
            )
        return shown(found)

    @router.post("/people", tags=["people"], **told(Invited, takes=PersonAsked, status=201))
    def add(body: RawBody, token: Token) -> Response:
        """Invite a person; the one-time password is shown this once."""
        asked = read_as(body, PersonAsked)
        profile = Profile(
            full_name=asked.full_name,
            email=asked.email,
            department=asked.department,
            area=asked.area,
        )
        with desk.writing(token) as (unit, who):
            made = invite(
                unit, asked.name, profile=profile, roles=asked.roles, who=who, now=house.clock()
            )
        return shown(made, 201)

    @router.get("/people/{person}", tags=["people"], **told(AccountState))
    def one(person: int, token: Token) -> Response:
        """Tell one person."""
        with desk.reading(token) as (unit, who):
            return shown(person_named(unit, person, who=who, now=house.clock()))

    @router.patch("/people/{person}", tags=["people"], **told(AccountState, takes=Profile))
    def change(person: int, body: RawBody, token: Token) -> Response:
        """Change what is known of a person, and where they belong."""
        asked = read_as(body, Profile)
        with desk.writing(token) as (unit, who):
            change_person(unit, person, asked, who=who, now=house.clock())
            return shown(person_named(unit, person, who=who, now=house.clock()))

    @router.post("/people/{person}/grants", tags=["people"], **told(AccountState, takes=GrantAsked))
    def give(person: int, body: RawBody, token: Token) -> Response:
        """Give a role at an area that you administer."""
        asked = read_as(body, GrantAsked)
        with desk.writing(token) as (unit, who):
            grant_to(unit, person, asked.role, asked.area, who=who, now=house.clock())
            return shown(person_named(unit, person, who=who, now=house.clock()))

    @router.post("/people/{person}/grants/revoke", tags=["people"], **told(None, takes=GrantAsked))
    def take(person: int, body: RawBody, token: Token) -> Response:
        """Take a role; the last administrator of a root keeps theirs."""
        asked = read_as(body, GrantAsked)
        with desk.writing(token) as (unit, who):
            person_named(unit, person, who=who, now=house.clock())
            revoke(unit, person, asked.role, asked.area, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post("/people/{person}/disable", tags=["people"], **told(AccountState))
    def lock(person: int, token: Token) -> Response:
        """Lock an account and end its sessions."""
        return deed(person, token, disable)

    @router.post("/people/{person}/enable", tags=["people"], **told(AccountState))
    def unlock(person: int, token: Token) -> Response:
        """Open an account again."""
        return deed(person, token, enable)

    @router.post("/people/{person}/password", tags=["people"], **told(Invited))
    def reset(person: int, token: Token) -> Response:
        """Give a one-time password, shown this once."""
        with desk.writing(token) as (unit, who):
            return shown(reset_password(unit, person, who=who, now=house.clock()))

    @router.delete("/people/{person}/second-factor", tags=["people"], **told(AccountState))
    def lost(person: int, token: Token) -> Response:
        """Take a lost second factor off and end the person's sessions."""
        return deed(person, token, remove_factor)

    _add_audit(router, desk)


def _add_audit(router: APIRouter, desk: Desk) -> None:
    """Add the audit log."""
    house = desk.house

    @router.get("/audit", tags=["audit"], **told(AuditFound))
    def audit(
        token: Token,
        asked: AskedHere,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Look through the audit log of the areas that you administer."""
        with desk.reading(token) as (unit, who):
            page = search_audit(unit, asked, who=who, before=before, limit=limit)
        return shown(AuditFound(lines=page.lines, next_before=page.next_before))

    @router.get("/audit.csv", tags=["audit"], **told(Sent("text/csv", text=True)))
    def audit_table(token: Token, asked: AskedHere) -> Response:
        """Take the audit log away as a table."""
        who = desk.person(token)
        check_may_read(who)
        if asked.area is not None:
            with house.reading() as unit:
                search_audit(unit, asked, who=who, limit=1)  # refuses before the first byte
        return StreamingResponse(
            export_audit(house, asked, who=who), media_type="text/csv; charset=utf-8"
        )
