"""People: who works where, inviting, roles, locking, a new password, a lost phone.

Law of the room: an administrator sees and touches only what lies at their areas. A one-time password is shown in the
answer that makes it, and never again.
"""

from collections import defaultdict
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import GIVES, ROLE_NAMES, PersonRole, Profile, Right
from central.domain.people_states import Invited
from central.services import House
from central.services.console_views import AreaNode, area_tree
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

router = APIRouter(prefix="/people")
PEOPLE: Final = 50
DONE: Final = {
    "saved": "Đã lưu.",
    "granted": "Đã cấp quyền.",
    "revoked": "Đã rút quyền.",
    "disabled": "Đã khóa tài khoản; các phiên đã kết thúc.",
    "enabled": "Đã mở tài khoản.",
    "factor": "Đã gỡ xác thực hai lớp; các phiên đã kết thúc.",
}
MAY: Final = {
    PersonRole.VIEWER: "xem, nghe, không sửa gì",
    PersonRole.CONTRIBUTOR: "của một đơn vị: soạn tin, tải tệp, gửi chờ duyệt",
    PersonRole.EDITOR: "soạn, lập lịch, gửi lịch, điều khiển loa",
    PersonRole.APPROVER: "ký duyệt nội dung bằng khóa của mình, gửi lịch",
    PersonRole.EMERGENCY: "ký phát khẩn cấp bằng khóa của mình, im lặng toàn bộ",
    PersonRole.TECHNICIAN: "lắp đặt, nhận máy, thu hồi máy",
    PersonRole.ADMINISTRATOR: "quản người dùng và địa bàn, cùng việc của biên tập viên và kỹ thuật viên",
}


@router.get("")
def people(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    q: str = "",
    area: str = "",
    role: str = "",
    after: str = "",
) -> Response:
    """List the people of the areas that the visitor administers."""
    wanted = next((r for r in PersonRole if r.value == role), None)
    with house.reading() as unit:
        found = list_people(
            unit,
            who=visitor.person,
            now=house.clock(),
            text=q[:100],
            area=area or None,
            role=wanted,
            after=after[:200],
            limit=PEOPLE + 1,
        )
        nodes = area_tree(unit, visitor.person.areas(Right.ADMINISTER))
    asked = {"q": q[:100], "area": area, "role": wanted.value if wanted else ""}
    more = len(found) > PEOPLE
    onward = urlencode({**asked, "after": found[PEOPLE - 1].name}) if more else ""
    context: dict[str, object] = {
        "people": found[:PEOPLE],
        "nodes": nodes,
        "roles": ROLE_NAMES,
        "onward": onward,
        "paged": bool(after),
        "now": house.clock(),
        **asked,
    }
    return page(request, visitor, "people.html", context)


@router.get("/new")
def new(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the form of an invitation."""
    return _invitation(request, house, visitor, {})


@router.post("/new")
def add(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Invite, and show the one-time password."""
    given = {name: str(value) for name, value in posted.items()}
    try:
        with house.writing() as unit:
            made = invite(
                unit,
                given.get("name", ""),
                profile=_profile(posted),
                roles=_roles(posted),
                who=visitor.person,
                now=house.clock(),
            )
    except CentralError as fault:
        return _invitation(request, house, visitor, given, fault=fault.why)
    return _handed_out(request, visitor, made, fresh=True)


@router.get("/{person}")
def person(person: int, request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show one person."""
    done = DONE.get(request.query_params.get("done", ""))
    flash = Flash("ok", visitor.words(done)) if done else None
    return _person(request, house, visitor, person, flash=flash)


@router.post("/{person}")
def change(
    person: int, request: Request, posted: Posted, house: HouseHere, visitor: Guest
) -> Response:
    """Do one deed to an account: `deed` says which."""
    deed, who, now = str(posted.get("deed", "")), visitor.person, house.clock()
    try:
        with house.writing() as unit:
            match deed:
                case "save":
                    change_person(unit, person, _profile(posted), who=who, now=now)
                    done = "saved"
                case "grant":
                    role = _role(str(posted.get("role", "")))
                    grant_to(unit, person, role, str(posted.get("area", "")), who=who, now=now)
                    done = "granted"
                case "revoke":
                    name, _, area = str(posted.get("grant", "")).partition(" ")
                    person_named(unit, person, who=who, now=now)
                    revoke(unit, person, _role(name), area, who=who, now=now)
                    done = "revoked"
                case "disable":
                    disable(unit, person, who=who, now=now)
                    done = "disabled"
                case "enable":
                    enable(unit, person, who=who, now=now)
                    done = "enabled"
                case "factor":
                    remove_factor(unit, person, who=who, now=now)
                    done = "factor"
                case "password":
                    return _handed_out(
                        request,
                        visitor,
                        reset_password(unit, person, who=who, now=now),
                        fresh=False,
                    )
                case _:
                    raise Unacceptable("Yêu cầu không đúng.", "bad-request")
    except CentralError as fault:
        return _person(request, house, visitor, person, flash=Flash("bad", fault.why), status=422)
    left = done == "revoked" and not _still_seen(house, visitor, person)
    where = "/console/people" if left else f"/console/people/{person}"
    return RedirectResponse(f"{where}?done={done}", 303)


def _still_seen(house: House, visitor: Visitor, person: int) -> bool:
    try:
        with house.reading() as unit:
            person_named(unit, person, who=visitor.person, now=house.clock())
    except CentralError:
        return False
    return True


def _person(
    request: Request,
    house: House,
    visitor: Visitor,
    person: int,
    *,
    flash: Flash | None = None,
    status: int = 200,
) -> Response:
    now = house.clock()
    with house.reading() as unit:
        state = person_named(unit, person, who=visitor.person, now=now)
        nodes = area_tree(unit, visitor.person.areas(Right.ADMINISTER))
    context: dict[str, object] = {
        "one": state,
        "own": state.id == visitor.person.id,
        "nodes": nodes,
        "places": _names(nodes),
        "roles": ROLE_NAMES,
        "may": MAY,
        "now": now,
    }
    return page(request, visitor, "person.html", context, flash=flash, status=status)


def _invitation(
    request: Request, house: House, visitor: Visitor, given: dict[str, str], *, fault: str = ""
) -> Response:
    visitor.person.require(
        Right.ADMINISTER, next(iter(visitor.person.areas(Right.ADMINISTER)), "–")
    )
    with house.reading() as unit:
        nodes = area_tree(unit, visitor.person.areas(Right.ADMINISTER))
    context: dict[str, object] = {
        "nodes": nodes,
        "roles": ROLE_NAMES,
        "may": MAY,
        "given": defaultdict(str, given),
        "fault": fault,
        "gives": GIVES,
    }
    return page(request, visitor, "person_new.html", context, status=422 if fault else 200)


def _handed_out(request: Request, visitor: Visitor, made: Invited, *, fresh: bool) -> Response:
    return page(request, visitor, "person_password.html", {"made": made, "fresh": fresh})


def _profile(posted: FormData) -> Profile:
    return Profile(
        full_name=str(posted.get("full_name", "")),
        email=str(posted.get("email", "")),
        department=str(posted.get("department", "")),
        area=str(posted.get("area", "")),
    )


def _roles(posted: FormData) -> tuple[PersonRole, ...]:
    return tuple(_role(str(value)) for value in posted.getlist("role"))


def _role(text: str) -> PersonRole:
    role = next((r for r in PersonRole if r.value == text), None)
    if role is None:
        raise Unacceptable("Không có vai trò này.", "no-role")
    return role


def _names(nodes: tuple[AreaNode, ...]) -> dict[str, str]:
    return {node.path: node.name for node in nodes}
