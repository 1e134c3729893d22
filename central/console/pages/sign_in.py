"""Signing in and out, and the language of the pages.

Law of the room: the answer to a failed sign-in is one and the same sentence, whoever was named and whatever
was wrong, so that nobody can find out who has an account.
"""

import re

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from central.console.guard import csrf_token, same_token
from central.console.render import bare_page
from central.console.visitor import (
    DOOR_COOKIE,
    LANGUAGE_COOKIE,
    SESSION_COOKIE,
    SESSION_S,
    Guest,
    HouseHere,
    Posted,
    WordsHere,
    cookie_name,
    new_door,
    set_cookie,
)
from central.console.words import Words, language_of
from central.domain.states import SignedIn
from central.services import House, sign_in, sign_out

router = APIRouter()
_OWN_PATH = re.compile(r"/console/[A-Za-z0-9/_:%.-]*")
_YEAR_S = 365 * 86_400


@router.get("/sign-in")
def show(request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Show the form."""
    return _form(request, house, words, target=request.query_params.get("next", ""))


@router.post("/sign-in")
async def enter(request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Try name and password; on success go where the person wanted to go."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    door = request.cookies.get(cookie_name(house, DOOR_COOKIE), "")
    wanted = csrf_token(house.settings.session_secret, door)
    target = form.get("next", "")
    if not door or not same_token(form.get("csrf", ""), wanted):
        fault = words("Trang đã cũ hoặc phiên đã đổi. Tải lại trang rồi thử lại.")
        return _form(request, house, words, target=target, fault=fault, status=403)
    name = form.get("name", "")
    answer = await run_in_threadpool(_tried, house, name, form.get("password", ""))
    if answer is None:
        fault = words(
            "Không đăng nhập được: tên hoặc mật khẩu không đúng, hoặc đang tạm khóa. "
            "Nhập sai 5 lần thì khóa 15 phút."
        )
        return _form(request, house, words, target=target, fault=fault, name=name, status=401)
    response = RedirectResponse(_own(target), 303)
    set_cookie(response, house, SESSION_COOKIE, answer.token, SESSION_S)
    return response


def _tried(house: House, name: str, password: str) -> SignedIn | None:
    with house.writing() as unit:
        answer = sign_in(unit, name, password, now=house.clock())
    return answer if isinstance(answer, SignedIn) else None


@router.post("/sign-out")
def leave(posted: Posted, visitor: Guest, house: HouseHere) -> Response:
    """End the session."""
    with house.writing() as unit:
        sign_out(unit, visitor.token)
    response = RedirectResponse("/console/sign-in", 303)
    set_cookie(response, house, SESSION_COOKIE, "", 0)
    return response


@router.post("/language")
async def choose_language(request: Request, house: HouseHere) -> Response:
    """Remember the language; it changes nothing but how this browser is spoken to."""
    form = await request.form()
    response = RedirectResponse(_own(str(form.get("back", ""))), 303)
    chosen = language_of(str(form.get("language", "")))
    set_cookie(response, house, LANGUAGE_COOKIE, chosen, _YEAR_S)
    return response


def _own(target: str) -> str:
    """Return the target if it is a path of ours, else the first page: no open redirect."""
    return target if _OWN_PATH.fullmatch(target) and ".." not in target else "/console/"


def _form(
    request: Request,
    house: House,
    words: Words,
    *,
    target: str,
    fault: str = "",
    name: str = "",
    status: int = 200,
) -> Response:
    door = request.cookies.get(cookie_name(house, DOOR_COOKIE)) or new_door()
    context = {
        "csrf": csrf_token(house.settings.session_secret, door),
        "fault": fault,
        "name": name,
        "next": target,
        "path": "/console/sign-in",
    }
    response = bare_page(words, "sign_in.html", context, status=status)
    set_cookie(response, house, DOOR_COOKIE, door, 3600)
    return response
