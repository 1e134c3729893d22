"""Signing in and out, and the language of the pages.

Law of the room: the answer to a failed sign-in is one and the same sentence, whoever was named and whatever
was wrong, so that nobody can find out who has an account. The door has up to four steps (password, code, a password
of one's own, a second factor); the cookie holds the session from the first one on, and opens nothing before the last.
"""

import re
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from central.console.guard import csrf_token, same_token
from central.console.qr import picture
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
from central.domain.errors import CentralError
from central.domain.people_states import CodeAsked, FactorBegun, RecoveryCodes, Step
from central.domain.states import Declined, SignedIn
from central.services import House, person_of, sign_in, sign_out
from central.services.people import standing_of
from central.services.people_factor import begin_factor, begun, confirm_factor, give_code
from central.services.people_own import change_own_password

router = APIRouter()
_OWN_PATH = re.compile(r"/console/[A-Za-z0-9/_:%.-]*")
_YEAR_S = 365 * 86_400
_STALE = "Trang đã cũ hoặc phiên đã đổi. Tải lại trang rồi thử lại."
STEPS: Final = {Step.CODE: "code", Step.NEW_PASSWORD: "password", Step.SECOND_FACTOR: "factor"}


@router.get("/sign-in")
def show(request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Show the form, or the step that comes next."""
    target = request.query_params.get("next", "")
    step = _step(request, house)
    if step in STEPS:
        return _on(step, target)
    return _form(request, house, words, target=target)


@router.post("/sign-in")
async def enter(request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Try name and password; on success go where the person wanted to go, or to the next step."""
    form = await _fields(request)
    door = request.cookies.get(cookie_name(house, DOOR_COOKIE), "")
    wanted = csrf_token(house.settings.session_secret, door)
    target = form.get("next", "")
    if not door or not same_token(form.get("csrf", ""), wanted):
        return _form(request, house, words, target=target, fault=words(_STALE), status=403)
    name = form.get("name", "")
    answer = await run_in_threadpool(_tried, request, house, name, form.get("password", ""))
    if isinstance(answer, Declined):
        fault = words(
            "Không đăng nhập được: tên hoặc mật khẩu không đúng, hoặc đang tạm khóa. "
            "Nhập sai 5 lần thì khóa 15 phút."
        )
        return _form(request, house, words, target=target, fault=fault, name=name, status=401)
    if isinstance(answer, CodeAsked):
        response = _on(Step.CODE, target)
        set_cookie(response, house, SESSION_COOKIE, answer.ticket, SESSION_S)
        return response
    return _entered(house, answer, target)


@router.get("/sign-in/{step}")
def show_step(step: str, request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Show a step, when it is the one that comes next."""
    target = request.query_params.get("next", "")
    found = _step(request, house)
    if STEPS.get(found) != step:
        return _on(found, target)
    return _step_page(request, house, words, found, target=target)


@router.post("/sign-in/{step}")
async def take_step(step: str, request: Request, house: HouseHere, words: WordsHere) -> Response:
    """Take what a step asks for."""
    form = await _fields(request)
    target = form.get("next", "")
    return await run_in_threadpool(_stepped, step, request, house, words, form, target)


def _stepped(
    step: str,
    request: Request,
    house: House,
    words: Words,
    form: dict[str, str],
    target: str,
) -> Response:
    token = _token(request, house)
    found = _step(request, house)
    if STEPS.get(found) != step:
        return _on(found, target)
    wanted = csrf_token(house.settings.session_secret, token)
    if not same_token(form.get("csrf", ""), wanted):
        return _step_page(
            request, house, words, found, target=target, fault=words(_STALE), status=403
        )
    answer = _answer(request, house, found, form)
    if isinstance(answer, SignedIn):
        return _entered(house, answer, target)
    if isinstance(answer, str):
        return _step_page(
            request, house, words, found, target=target, fault=words(answer), status=422
        )
    if isinstance(answer, RecoveryCodes):
        context = {**_frame(house, token, target), "step": "codes", "codes": answer.codes}
        return bare_page(words, "sign_in_step.html", context)
    return _on(_step(request, house), target)


def _answer(
    request: Request, house: House, step: Step, form: dict[str, str]
) -> SignedIn | RecoveryCodes | FactorBegun | str | None:
    """Return what came of a step; a sentence when it went wrong. Failures stay counted: the unit is over by then."""
    token, now = _token(request, house), house.clock()
    try:
        if step is Step.CODE:
            with house.writing() as unit:
                entered = give_code(unit, token, form.get("code", ""), now=now, **seen_by(request))
            return entered.why if isinstance(entered, Declined) else entered
        with house.reading() as unit:
            who = person_of(unit, token, now=now, settling=True)
        if step is Step.NEW_PASSWORD:
            if form.get("new") != form.get("again"):
                return "Hai lần nhập mật khẩu mới không giống nhau."
            with house.writing() as unit:
                fault = change_own_password(
                    unit, token, form.get("old", ""), form.get("new", ""), who=who, now=now
                )
            return fault.why if fault is not None else None
        with house.writing() as unit:
            told = (
                confirm_factor(unit, form["code"], who=who, now=now)
                if "code" in form
                else begin_factor(unit, form.get("password", ""), who=who, now=now)
            )
        return told.why if isinstance(told, Declined) else told
    except CentralError as fault:
        return fault.why


def _tried(
    request: Request, house: House, name: str, password: str
) -> SignedIn | CodeAsked | Declined:
    with house.writing() as unit:
        return sign_in(unit, name, password, now=house.clock(), **seen_by(request))


def seen_by(request: Request) -> dict[str, str]:
    """Return what a session remembers of who opened it: the browser's own words, and the address."""
    address = request.client.host if request.client else ""
    return {"agent": request.headers.get("user-agent", ""), "address": address}


@router.post("/sign-out")
def leave(posted: Posted, visitor: Guest, house: HouseHere) -> Response:
    """End the session."""
    return _left(house, visitor.token)


@router.post("/sign-in-again")
async def start_over(request: Request, house: HouseHere) -> Response:
    """Give up a sign-in that was not finished; whoever is in has `/sign-out`."""
    token = _token(request, house)
    wanted = csrf_token(house.settings.session_secret, token)
    if not same_token((await _fields(request)).get("csrf", ""), wanted):
        return RedirectResponse("/console/sign-in", 303)
    return await run_in_threadpool(_left, house, token)


def _left(house: House, token: str) -> Response:
    with house.writing() as unit:
        sign_out(unit, token)
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


def _on(step: Step, target: str) -> Response:
    """Return the way to a step; to the form, or into the house, when there is none."""
    if step is Step.IN:
        return RedirectResponse(_own(target), 303)
    path = f"/{STEPS[step]}" if step in STEPS else ""
    query = f"?next={_own(target)}" if _own(target) != "/console/" else ""
    return RedirectResponse(f"/console/sign-in{path}{query}", 303)


def _entered(house: House, answer: SignedIn, target: str) -> Response:
    response = RedirectResponse(_own(target), 303)
    set_cookie(response, house, SESSION_COOKIE, answer.token, SESSION_S)
    return response


def _token(request: Request, house: House) -> str:
    return request.cookies.get(cookie_name(house, SESSION_COOKIE), "")


def _step(request: Request, house: House) -> Step:
    with house.reading() as unit:
        return standing_of(unit, _token(request, house), now=house.clock())


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _frame(house: House, token: str, target: str) -> dict[str, object]:
    return {
        "csrf": csrf_token(house.settings.session_secret, token),
        "next": _own(target),
        "path": "/console/sign-in",
        "fault": "",
    }


def _step_page(
    request: Request,
    house: House,
    words: Words,
    step: Step,
    *,
    target: str,
    fault: str = "",
    status: int = 200,
) -> Response:
    token = _token(request, house)
    context = {**_frame(house, token, target), "fault": fault, "step": STEPS[step]}
    if step is Step.SECOND_FACTOR:
        with house.reading() as unit:
            who = person_of(unit, token, now=house.clock(), settling=True)
            waiting = begun(unit, who)
        context["begun"] = waiting
        context["qr"] = picture(waiting.address) if waiting else None
    return bare_page(words, "sign_in_step.html", context, status=status)


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
