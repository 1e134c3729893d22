"""One's own account: profile, password, second factor, sessions.

Law of the room: only a person's session opens these, no system's token; whoever must still change a password or set
up a second factor comes this far and no further.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from central import services
from central.api.answers import RawBody, Token, read_as, refusal, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.people import Person
from central.domain.people_states import FactorBegun, ProfileState, RecoveryCodes, SessionState
from central.domain.states import Declined
from central.services.people_factor import (
    begin_factor,
    confirm_factor,
    end_factor,
    new_recovery_codes,
)
from central.services.people_own import change_own_password, change_own_profile, profile_of
from central.services.sessions import end_other_sessions, end_session, list_sessions
from central.services.unit import House, Unit


class OwnProfile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one says of oneself."""

    full_name: str
    email: str = ""


class NewPassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The old password and the new one."""

    old: str
    new: str


class Shown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The password once more, for what touches the account itself."""

    password: str


class Code(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the phone."""

    code: str


@contextmanager
def _own(house: House, token: str) -> Iterator[tuple[Unit, Person]]:
    """Give a writing unit and the person, who may still have to settle something."""
    now = house.clock()
    with house.reading() as unit:
        who = services.person_of(unit, token, now=now, settling=True)
    with house.writing() as unit:
        yield unit, who


def add_account(router: APIRouter, desk: Desk) -> None:
    """Add one's own account."""
    house = desk.house

    @router.get("/me/profile", tags=["account"], **told(ProfileState))
    def profile(token: Token) -> Response:
        """Tell one's own profile, roles and how the account is secured."""
        with house.reading() as unit:
            who = services.person_of(unit, token, now=house.clock(), settling=True)
            return shown(profile_of(unit, who=who))

    @router.patch("/me/profile", tags=["account"], **told(ProfileState, takes=OwnProfile))
    def change_profile(body: RawBody, token: Token) -> Response:
        """Change one's own name and address."""
        asked = read_as(body, OwnProfile)
        with _own(house, token) as (unit, who):
            change_own_profile(
                unit, full_name=asked.full_name, email=asked.email, who=who, now=house.clock()
            )
            return shown(profile_of(unit, who=who))

    @router.post("/me/password", tags=["account"], **told(None, takes=NewPassword))
    def change_password(body: RawBody, token: Token) -> Response:
        """Change one's own password; all other sessions end."""
        asked = read_as(body, NewPassword)
        with _own(house, token) as (unit, who):
            fault = change_own_password(
                unit, token, asked.old, asked.new, who=who, now=house.clock()
            )
        return _done(fault)

    @router.get("/me/sessions", tags=["account"], **told(tuple[SessionState, ...]))
    def sessions(token: Token, limit: Annotated[int, Query(ge=1, le=100)] = 100) -> Response:
        """List where one is signed in."""
        with house.reading() as unit:
            who = services.person_of(unit, token, now=house.clock(), settling=True)
            return shown(list_sessions(unit, token, who=who, now=house.clock())[:limit])

    @router.delete("/me/sessions", tags=["account"], **told(None))
    def end_others(token: Token) -> Response:
        """Sign out everywhere else."""
        with _own(house, token) as (unit, who):
            end_other_sessions(unit, token, who=who, now=house.clock())
        return Response(status_code=204)

    @router.delete("/me/sessions/{session}", tags=["account"], **told(None))
    def end_one(session: str, token: Token) -> Response:
        """End one of one's own sessions."""
        with _own(house, token) as (unit, who):
            end_session(unit, session, who=who, now=house.clock())
        return Response(status_code=204)

    _add_factor(router, house)


def _add_factor(router: APIRouter, house: House) -> None:
    """Add the second factor."""

    @router.post(
        "/me/second-factor", tags=["account"], **told(FactorBegun, takes=Shown, status=201)
    )
    def begin(body: RawBody, token: Token) -> Response:
        """Begin a second factor: a secret for the phone, in force after `/me/second-factor/confirm`."""
        asked = read_as(body, Shown)
        with _own(house, token) as (unit, who):
            answer = begin_factor(unit, asked.password, who=who, now=house.clock())
        return _done(answer) if isinstance(answer, Declined) else shown(answer, 201)

    @router.post("/me/second-factor/confirm", tags=["account"], **told(RecoveryCodes, takes=Code))
    def confirm(body: RawBody, token: Token) -> Response:
        """Put the second factor in force by a code of it; the recovery codes are shown this once."""
        asked = read_as(body, Code)
        with _own(house, token) as (unit, who):
            answer = confirm_factor(unit, asked.code, who=who, now=house.clock())
        return _done(answer) if isinstance(answer, Declined) else shown(answer)

    @router.post(
        "/me/second-factor/recovery-codes",
        tags=["account"],
        **told(RecoveryCodes, takes=Shown),
    )
    def codes(body: RawBody, token: Token) -> Response:
        """Make new recovery codes; the old ones open nothing any more."""
        asked = read_as(body, Shown)
        with _own(house, token) as (unit, who):
            answer = new_recovery_codes(unit, asked.password, who=who, now=house.clock())
        return _done(answer) if isinstance(answer, Declined) else shown(answer)

    @router.post("/me/second-factor/off", tags=["account"], **told(None, takes=Shown))
    def take_off(body: RawBody, token: Token) -> Response:
        """Take one's own second factor off."""
        asked = read_as(body, Shown)
        with _own(house, token) as (unit, who):
            fault = end_factor(unit, asked.password, who=who, now=house.clock())
        return _done(fault)


def _done(fault: Declined | None) -> Response:
    """Answer a deed that has no other answer; outside the unit, so that a failure stays counted."""
    if fault is None:
        return Response(status_code=204)
    return refusal(403, "locked" if fault.locked else "declined", fault.why)
