"""Who is at the page: the session cookie, the person behind it, and the dependencies of every route.

Law of the room: the cookie holds only the random token of `sign_in`; a route that changes something takes
`Form` or `Checked`, which refuse a post without the session's token.
"""

import os
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from fastapi import Depends, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from central.console.guard import csrf_token, same_token
from central.console.words import LanguageCode, Words, language_of
from central.domain.errors import Forbidden, NotSignedIn
from central.domain.people import Person, Right
from central.services import House, person_of
from central.services.cap_inbox import count_waiting
from central.services.console_views import area_names, standing_alarms, warning_views
from central.services.inbox import unread
from central.services.sessions import is_stale, touch_session

SESSION_COOKIE = "tienglang"
DOOR_COOKIE = "tienglang-door"
LANGUAGE_COOKIE = "tienglang-language"
SESSION_S = 12 * 3600


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """The person at the page, the language, the token that posts carry, and how much waits for them."""

    person: Person
    token: str
    csrf: str
    words: Words
    alarms: int
    unread: int
    areas: tuple[str, ...]


def house_of(request: Request) -> House:
    """Return the house that this console belongs to."""
    house = request.app.state.house
    if not isinstance(house, House):
        msg = "the console was made without a house; use make_console(house)"
        raise TypeError(msg)
    return house


HouseHere = Annotated[House, Depends(house_of)]


def is_secure(house: House) -> bool:
    """Return whether people reach us by https, so that cookies may insist on it."""
    return urlsplit(house.settings.public_url).scheme == "https"


def cookie_name(house: House, name: str) -> str:
    """Return the cookie's name; under https the `__Host-` prefix binds it to this host alone."""
    return f"__Host-{name}" if is_secure(house) else name


def set_cookie(response: Response, house: House, name: str, value: str, max_age_s: int) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    secure = is_secure(house)
    response.set_cookie(
        cookie_name(house, name),
        value,
        max_age=max_age_s,
        path="/" if secure else "/console",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def words_of(request: Request, house: HouseHere) -> Words:
    """Return the words in the language this browser chose."""
    return Words(language(request, house))


def language(request: Request, house: House) -> LanguageCode:
    """Return the chosen language; Vietnamese at first."""
    return language_of(request.cookies.get(cookie_name(house, LANGUAGE_COOKIE)))


WordsHere = Annotated[Words, Depends(words_of)]


def visitor_of(request: Request, house: HouseHere, words: WordsHere) -> Visitor:
    """Return who is signed in; raises `NotSignedIn`."""
    token = request.cookies.get(cookie_name(house, SESSION_COOKIE), "")
    if not token:
        raise NotSignedIn(words("Hãy đăng nhập để tiếp tục."))
    now = house.clock()
    with house.reading() as unit:
        person = person_of(unit, token, now=now)
        alarms = len(standing_alarms(unit, person, now=now))
        alarms += sum(view.stands for view in warning_views(unit, person, now=now))
        alarms += count_waiting(unit, who=person)
        areas = area_names(unit, person.areas(Right.VIEW))
        asked = unread(unit, person, now=now)
        stale = is_stale(unit, token, now=now)
    if stale:
        touch_session(house, token, now=now)
    csrf = csrf_token(house.settings.session_secret, token)
    return Visitor(
        person=person,
        token=token,
        csrf=csrf,
        words=words,
        alarms=alarms,
        unread=asked,
        areas=areas,
    )


Guest = Annotated[Visitor, Depends(visitor_of)]


def new_door() -> str:
    """Return a random name for a visitor who is not signed in yet."""
    return os.urandom(18).hex()


async def checked_form(request: Request, visitor: Guest, house: HouseHere) -> FormData:
    """Return the posted form after checking its token; raises `Forbidden`."""
    form = await request.form()
    _check(_field(form, "csrf") or request.headers.get("x-csrf-token", ""), visitor)
    return form


def checked_header(request: Request, visitor: Guest) -> None:
    """Check the token in the header, for posts that are no form; raises `Forbidden`."""
    _check(request.headers.get("x-csrf-token", ""), visitor)


Posted = Annotated[FormData, Depends(checked_form)]
Checked = Annotated[None, Depends(checked_header)]


def _check(given: str, visitor: Visitor) -> None:
    if not same_token(given, visitor.csrf):
        why = visitor.words("Trang đã cũ hoặc phiên đã đổi. Tải lại trang rồi thử lại.")
        raise Forbidden(why, "stale-page")


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""
