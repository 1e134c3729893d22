"""The programme of an area: its slots, the week as it will sound, and publishing.

Law of the room: edits are drafts; nothing reaches an appliance before somebody has seen which ones change.
"""

from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console.render import ZONE, Flash, page
from central.console.slot_writing import after_break_words, live_line, recurrence_words
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.console.week import picture
from central.domain.errors import Forbidden, NotFound
from central.domain.people import Right
from central.domain.states import SlotState
from central.services import Unit, fleet, list_slots, publish
from central.services.console_views import AreaNode, area_tree, pending, week_view

router = APIRouter(prefix="/programme")


@router.get("")
def programme(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    area: str = "",
    week: str = "",
    device: str = "",
) -> Response:
    """Show the week and the slots of an area."""
    now = house.clock()
    first = first_day(week, now.astimezone(ZONE).date())
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        if not nodes:
            return page(request, visitor, "programme_empty.html", {})
        node = chosen(nodes, area)
        devices = fleet(unit, area=node.path, now=now)
        listed = next((d.id for d in devices if d.id == device), None)
        view = week_view(unit, node.path, first, device=listed, now=now)
        slots = list_slots(unit, node.path)
        waiting = pending(unit, node.path, now=now)
    context: dict[str, object] = {
        "areas": nodes,
        "area": node,
        "area_names": {n.path: n.name for n in nodes},
        "devices": devices[:200],
        "device": listed or "",
        "first": first,
        "before": first - timedelta(days=7),
        "after": first + timedelta(days=7),
        "picture": picture(view, now),
        "week_warnings": view.warnings,
        "slots": slots,
        "when": {s.slot.id: recurrence_words(s.slot.recurrence, visitor.words) for s in slots},
        "lives": {s.slot.id: live_line(s.slot.live, visitor.words) for s in slots if s.slot.live},
        "breaks": {
            s.slot.id: after_break_words(s.slot.after_break, visitor.words).lower() for s in slots
        },
        "ends": {s.slot.id: _end(s) for s in slots},
        "pending": waiting,
        "may_edit": visitor.person.may(Right.EDIT, node.path),
        "may_publish": visitor.person.may(Right.PUBLISH, node.path),
    }
    return page(request, visitor, "programme.html", context, flash=_flash(request, visitor))


@router.get("/publish")
def confirm(request: Request, house: HouseHere, visitor: Guest, area: str) -> Response:
    """Show which appliances would change."""
    _require_publish(visitor, area)
    with house.reading() as unit:
        node = chosen(seen_areas(unit, visitor), area)
        waiting = pending(unit, node.path, now=house.clock())
        names = {n.path: n.name for n in area_tree(unit)}
    context: dict[str, object] = {"area": node, "pending": waiting, "area_names": names}
    return page(request, visitor, "publish.html", context)


@router.post("/publish")
def carry_out(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Publish, and tell how many appliances changed."""
    area = str(posted.get("area", ""))
    done = publish(house, area, who=visitor.person, now=house.clock())
    query = urlencode({"area": area, "done": "published", "n": done.changed})
    return RedirectResponse(f"/console/programme?{query}", 303)


def first_day(week: str, today: date) -> date:
    """Return the Monday of the week that the address names, or of this week."""
    try:
        day = date.fromisoformat(week)
    except ValueError:
        day = today
    return day - timedelta(days=day.weekday())


def seen_areas(unit: Unit, visitor: Visitor) -> tuple[AreaNode, ...]:
    """Return the areas that the visitor may view."""
    return area_tree(unit, visitor.person.areas(Right.VIEW))


def chosen(nodes: tuple[AreaNode, ...], area: str) -> AreaNode:
    """Return the area asked for, the first when none is; raises `NotFound` for one not in the list."""
    if not area:
        return nodes[0]
    node = next((n for n in nodes if n.path == area), None)
    if node is None:
        raise NotFound(f"Không có địa bàn {area[:60]} trong phạm vi của bạn.", "no-area")
    return node


def slot_end(start_s: int, window_s: int) -> str:
    """Return the wall time at which a window ends."""
    end_s = start_s + window_s
    return f"{end_s // 3600 % 24:02}:{end_s // 60 % 60:02}"


def _end(state: SlotState) -> str:
    start = state.slot.start
    return slot_end(start.hour * 3600 + start.minute * 60 + start.second, state.slot.window_s)


def _require_publish(visitor: Visitor, area: str) -> None:
    if not visitor.person.may(Right.PUBLISH, area):
        raise Forbidden(visitor.words("Bạn không có quyền gửi lịch của địa bàn này."))


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    words = visitor.words
    number = request.query_params.get("n", "0")
    count = int(number) if number.isdecimal() and len(number) < 7 else 0
    match request.query_params.get("done"):
        case "published":
            text = words(
                "Đã gửi lịch tới {n} cụm loa. Trang Toàn cảnh cho biết cụm nào đã nhận.", n=count
            )
            return Flash("ok", text)
        case "saved":
            return Flash("ok", words("Đã lưu khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch."))
        case "deleted":
            return Flash("ok", words("Đã xóa khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch."))
        case _:
            return None
