"""One's own account: profile, password, second factor, sessions, language, and what one may do where.

Law of the room: whatever touches the account asks for the password once more; secrets are shown in the answer that
makes them and never again.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console.qr import picture
from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Unacceptable
from central.domain.people_states import RecoveryCodes
from central.domain.states import Declined
from central.services import House
from central.services.people_factor import (
    begin_factor,
    begun,
    confirm_factor,
    end_factor,
    new_recovery_codes,
)
from central.services.people_own import change_own_password, change_own_profile, profile_of
from central.services.sessions import end_other_sessions, end_session, list_sessions

router = APIRouter(prefix="/account")
DONE: Final = {
    "profile": "Đã lưu hồ sơ.",
    "password": "Đã đổi mật khẩu. Các nơi khác đã được đăng xuất.",
    "factor-off": "Đã tắt xác thực hai lớp.",
    "session": "Đã kết thúc phiên.",
    "others": "Đã đăng xuất ở mọi nơi khác.",
}


@router.get("")
def account(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the account."""
    done = DONE.get(request.query_params.get("done", ""))
    flash = Flash("ok", visitor.words(done)) if done else None
    return _page(request, house, visitor, flash=flash)


@router.post("/profile")
def save_profile(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Save name and address."""
    try:
        with house.writing() as unit:
            change_own_profile(
                unit,
                full_name=str(posted.get("full_name", "")),
                email=str(posted.get("email", "")),
                who=visitor.person,
                now=house.clock(),
            )
    except Unacceptable as fault:
        return _page(request, house, visitor, fault=("profile", fault.why))
    return _done("profile")


@router.post("/password")
def save_password(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Change the password."""
    new = str(posted.get("new", ""))
    if new != str(posted.get("again", "")):
        why = visitor.words("Hai lần nhập mật khẩu mới không giống nhau.")
        return _page(request, house, visitor, fault=("password", why))
    try:
        with house.writing() as unit:
            fault = change_own_password(
                unit,
                visitor.token,
                str(posted.get("old", "")),
                new,
                who=visitor.person,
                now=house.clock(),
            )
    except Unacceptable as refused:
        return _page(request, house, visitor, fault=("password", refused.why))
    if fault is not None:
        return _page(request, house, visitor, fault=("password", fault.why))
    return _done("password")


@router.post("/factor")
def factor(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Begin, confirm or end the second factor, or make new recovery codes: `deed` says which."""
    deed, now, who = str(posted.get("deed", "")), house.clock(), visitor.person
    password, code = str(posted.get("password", "")), str(posted.get("code", ""))
    try:
        with house.writing() as unit:
            if code:
                answer: object = confirm_factor(unit, code, who=who, now=now)
            elif deed == "end":
                answer = end_factor(unit, password, who=who, now=now)
            elif deed == "codes":
                answer = new_recovery_codes(unit, password, who=who, now=now)
            else:
                answer = begin_factor(unit, password, who=who, now=now)
    except CentralError as fault:
        return _page(request, house, visitor, fault=("factor", fault.why))
    if isinstance(answer, Declined):
        return _page(request, house, visitor, fault=("factor", answer.why))
    if isinstance(answer, RecoveryCodes):
        return _page(request, house, visitor, codes=answer)
    return _done("factor-off") if deed == "end" else RedirectResponse(f"{_HERE}#factor", 303)


@router.post("/sessions")
def end_sessions(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """End one session, or all others."""
    session = str(posted.get("session", ""))
    with house.writing() as unit:
        if session:
            end_session(unit, session, who=visitor.person, now=house.clock())
        else:
            end_other_sessions(unit, visitor.token, who=visitor.person, now=house.clock())
    return _done("session" if session else "others")


_HERE: Final = "/console/account"


def _done(what: str) -> Response:
    return RedirectResponse(f"{_HERE}?done={what}", 303)


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    *,
    flash: Flash | None = None,
    fault: tuple[str, str] = ("", ""),
    codes: RecoveryCodes | None = None,
) -> Response:
    now = house.clock()
    with house.reading() as unit:
        profile = profile_of(unit, who=visitor.person)
        sessions = list_sessions(unit, visitor.token, who=visitor.person, now=now)
        waiting = begun(unit, visitor.person)
    context: dict[str, object] = {
        "profile": profile,
        "sessions": sessions,
        "begun": waiting,
        "qr": picture(waiting.address) if waiting else None,
        "codes": codes,
        "fault_at": fault[0],
        "fault": fault[1],
        "now": now,
    }
    status = 422 if fault[0] else 200
    return page(request, visitor, "account.html", context, flash=flash, status=status)
