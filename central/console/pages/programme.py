"""The programme of an area: the planner's week, its slots, and publishing.

Law of the room: edits are drafts; nothing reaches an appliance before somebody has seen which ones change.
"""

import threading
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console.render import ZONE, Flash, page
from central.console.slot_changes import change_lines
from central.console.slot_writing import after_break_words, live_line, recurrence_words
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.console.week_grid import grid
from central.domain.errors import Forbidden, NotFound
from central.domain.people import Right
from central.domain.planning import hours_of, monday_of
from central.services import Unit, publish
from central.services import publishing_orders as orders
from central.services.console_views import AreaNode, area_tree
from central.services.planning_history import last_edit
from central.services.planning_pending import devices_at, drafts_at, pending_diff
from central.services.planning_views import planned_week
from central.services.publishing import start_publication

router = APIRouter(prefix="/programme")
AT_ONCE: Final = 300  # appliances written while the person waits; more are written while a page tells how far it is
DEVICES_LISTED: Final = 200
CHANGES_LISTED: Final = 300


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
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        if not nodes:
            return page(request, visitor, "programme_empty.html", {})
        node = chosen(nodes, area)
        devices = devices_at(unit, node.path, limit=DEVICES_LISTED)
        listed = next((found for found, _ in devices if found == device), "")
        context = planner_context(unit, visitor, node.path, week, listed, now)
    context |= {
        "areas": nodes,
        "area": node,
        "devices": devices,
        "device": listed,
        "area_names": {n.path: n.name for n in nodes},
    }
    return page(request, visitor, "programme.html", context, flash=_flash(request, visitor))


def planner_context(
    unit: Unit, visitor: Visitor, area: str, week: str, device: str, now: datetime
) -> dict[str, object]:
    """Return what the planner's part of the page shows: it is asked for again after each gesture."""
    first = first_day(week, now.astimezone(ZONE).date())
    words = visitor.words
    planned = planned_week(unit, area, first, device=device or None, who=visitor.person, now=now)
    slots = planned.slots
    may_edit = visitor.person.may(Right.EDIT, area)
    return {
        "first": first,
        "before": first - timedelta(days=7),
        "after": first + timedelta(days=7),
        "grid": grid(planned, area, now),
        "findings": planned.findings,
        "slots": slots,
        "owner_names": {n.path: n.name for n in area_tree(unit)},
        "when": {s.slot.id: recurrence_words(s.slot.recurrence, words) for s in slots},
        "hours": {s.slot.id: hours_of(s.slot) for s in slots},
        "lives": {s.slot.id: live_line(s.slot.live, words) for s in slots if s.slot.live},
        "breaks": {s.slot.id: after_break_words(s.slot.after_break, words).lower() for s in slots},
        "drafts": drafts_at(unit, area),
        "last_edit": last_edit(unit, area, who=visitor.person, now=now) if may_edit else None,
        "may_edit": may_edit,
        "may_publish": visitor.person.may(Right.PUBLISH, area),
    }


@router.get("/publish")
def confirm(request: Request, house: HouseHere, visitor: Guest, area: str) -> Response:
    """Show what would change: slots, appliances, contents to fetch."""
    _require_publish(visitor, area)
    now = house.clock()
    with house.reading() as unit:
        node = chosen(seen_areas(unit, visitor), area)
        diff, work = pending_diff(unit, node.path, who=visitor.person, now=now)
        chosen_tasks = work.tasks[:CHANGES_LISTED]
        names = dict(devices_at(unit, node.path, only=[t.device for t in chosen_tasks]))
        owner_names = {n.path: n.name for n in area_tree(unit)}
    context: dict[str, object] = {
        "area": node,
        "diff": diff,
        "seen": orders.fingerprint(diff),
        "tasks": chosen_tasks,
        "device_names": names,
        "owner_names": owner_names,
        "changes": change_lines(diff.slots, visitor.words),
    }
    return page(request, visitor, "publish.html", context)


@router.post("/publish")
def carry_out(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Publish: a few appliances at once, many while a page tells how far it is."""
    area, seen = str(posted.get("area", "")), str(posted.get("seen", "")) or None
    now = house.clock()
    with house.reading() as unit:
        _require_publish(visitor, area)
        many = len(devices_at(unit, area, limit=AT_ONCE + 1)) > AT_ONCE
    if not many and seen is None:
        done = publish(house, area, who=visitor.person, now=now)
        changed = done.changed
    else:
        ordered, work = start_publication(house, area, who=visitor.person, now=now, seen=seen)
        if len(ordered.work.tasks) > AT_ONCE:
            threading.Thread(target=work, daemon=True, name=f"publication-{ordered.id}").start()
            return RedirectResponse(f"/console/week-plan/publications/{ordered.id}", 303)
        work()
        changed = len(ordered.work.tasks)
    query = urlencode({"area": area, "done": "published", "n": changed})
    return RedirectResponse(f"/console/programme?{query}", 303)


def first_day(week: str, today: date) -> date:
    """Return the Monday of the week that the address names, or of this week."""
    try:
        day = date.fromisoformat(week)
    except ValueError:
        day = today
    return monday_of(day)


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
        case "applied":
            text = words("Đã đổi {n} khung giờ. Loa chưa đổi gì cho đến khi bạn gửi lịch.", n=count)
            return Flash("ok", text)
        case "undone":
            return Flash("ok", words("Đã hoàn tác thay đổi cuối của bạn."))
        case _:
            return None
