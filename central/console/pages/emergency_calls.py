"""What the emergency desk keeps beside warnings: whom to telephone, the telephone book, groups of areas.

Law of the room: every page of a warning says in shape, word and colour whether it is real. The list to telephone is
made for paper too: on the worst night the screen may go before the telephone does.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.pages.emergency import may_call
from central.console.pages.emergency_form import branches
from central.console.render import Flash, fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.emergency import CallDraft, GroupDraft, PhoneDraft
from central.domain.errors import Forbidden
from central.domain.people import Right, topmost
from central.services import House
from central.services.alarms_calls import call_list, note_call
from central.services.alarms_sight import sighted
from central.services.area_groups import drop_group, list_groups, set_group
from central.services.console_views import area_names, area_tree
from central.services.phones import drop_phone, list_phones, set_phone

router = APIRouter(prefix="/emergency")
SAID: Final = {
    "group": "Đã lưu nhóm địa bàn.",
    "no-group": "Đã xóa nhóm địa bàn.",
    "phone": "Đã lưu số trực.",
    "no-phone": "Đã xóa số trực.",
}


@router.get("/groups")
def groups(request: Request, house: HouseHere, visitor: Guest, areas: str = "") -> Response:
    """Show the saved groups, with a new one ready to be named; `areas` are those chosen in the form of an alarm."""
    own = _desk_areas(visitor)
    with house.reading() as unit:
        found = list_groups(unit, who=visitor.person)
        nodes = area_tree(unit, own)
        paths = tuple({area for group in found for area in group.areas})
        names = dict(zip(paths, area_names(unit, paths), strict=True))
    context: dict[str, object] = {
        "groups": found,
        "tree": branches(nodes),
        "names": names,
        "chosen": frozenset(areas.split(",")),
    }
    return page(request, visitor, "alarm_groups.html", context, flash=_flash(request, visitor))


@router.post("/groups")
def keep_group(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Keep a new group, or forget one."""
    now, who = house.clock(), visitor.person
    number = _whole(_text(posted, "number"))
    with house.writing() as unit:
        if number is not None:
            drop_group(unit, number, who=who, now=now)
            return RedirectResponse("/console/emergency/groups?done=no-group", 303)
        areas = tuple(str(area) for area in posted.getlist("areas"))
        draft = GroupDraft(area=_home(visitor, areas), name=_text(posted, "name"), areas=areas)
        set_group(unit, draft, who=who, now=now)
    return RedirectResponse("/console/emergency/groups?done=group", 303)


@router.get("/phones")
def phones(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the telephone book."""
    own = _desk_areas(visitor)
    with house.reading() as unit:
        found = list_phones(unit, who=visitor.person)
        nodes = area_tree(unit, own)
    names = {node.path: node.name for node in nodes}
    held = {phone.area for phone in found}
    context: dict[str, object] = {
        "phones": found,
        "nodes": nodes,
        "names": names,
        "missing": [n for n in nodes if n.path.count("/") == 1 and n.path not in held],
    }
    return page(request, visitor, "alarm_phones.html", context, flash=_flash(request, visitor))


@router.post("/phones")
def keep_phone(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Write down a number, change one, or forget it."""
    now, who = house.clock(), visitor.person
    number = _whole(_text(posted, "number"))
    with house.writing() as unit:
        if _text(posted, "do") == "drop" and number is not None:
            drop_phone(unit, number, who=who, now=now)
            return RedirectResponse("/console/emergency/phones?done=no-phone", 303)
        draft = PhoneDraft(
            area=_text(posted, "area"),
            name=_text(posted, "name"),
            duty=_text(posted, "duty"),
            phone=_text(posted, "phone"),
            place=min(max(_whole(_text(posted, "place")) or 1, 1), 20),
        )
        set_phone(unit, draft, number=number, who=who, now=now)
    return RedirectResponse("/console/emergency/phones?done=phone", 303)


@router.get("/{announcement}/calls")
def calls(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Show whom to telephone about a warning, worst off first."""
    return page(request, visitor, "alarm_calls.html", _to_call(house, visitor, announcement))


@router.get("/{announcement}/calls/list")
def calls_part(house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Return the living part of the list."""
    return fragment(visitor, "calls_part.html", _to_call(house, visitor, announcement))


@router.post("/{announcement}/calls")
def called(posted: Posted, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Write down that an area was telephoned."""
    draft = CallDraft(
        area=_text(posted, "area"),
        told=_text(posted, "told") == "yes",
        note=_text(posted, "note"),
    )
    with house.writing() as unit:
        now = house.clock()
        state = sighted(unit, announcement, who=visitor.person, now=now)
        note_call(unit, state, draft, who=visitor.person, now=now)
    return RedirectResponse(f"/console/emergency/{announcement}/calls", 303)


def _to_call(house: House, visitor: Visitor, announcement: str) -> dict[str, object]:
    with house.reading() as unit:
        now = house.clock()
        state = sighted(unit, announcement, who=visitor.person, now=now)
        found = call_list(unit, state, who=visitor.person, now=now)
        names = dict(zip(state.areas, area_names(unit, state.areas), strict=True))
    return {"alarm": state, "calls": found, "area_names": names, "now": now}


def _desk_areas(visitor: Visitor) -> tuple[str, ...]:
    """Return where somebody raises alarms or administers; raises `Forbidden` for who does neither."""
    if not may_call(visitor.person):
        raise Forbidden(visitor.words("Trang này dành cho người phát khẩn cấp và quản trị."))
    who = visitor.person
    return topmost((*who.areas(Right.ALARM), *who.areas(Right.ADMINISTER)))


def _home(visitor: Visitor, areas: tuple[str, ...]) -> str:
    """Return the area that keeps a group: the person's own that holds all of it, else the first that was chosen."""
    own = _desk_areas(visitor)
    holding = (top for top in own if all(a == top or a.startswith(f"{top}/") for a in areas))
    return next(holding, areas[0] if areas else own[0])


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    said = SAID.get(request.query_params.get("done", ""))
    return Flash("ok", visitor.words(said)) if said else None


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip() if isinstance(value, str) else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None
