"""The list of appliances: filters with their counts, saved views, the map, and orders to many.

Law of the room: a filter is the query string; the same filter shows list, map, CSV and what an order would reach. An
order to many is shown with its count before it is given.
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response, StreamingResponse

from central.console.orders import read_order
from central.console.render import Flash, fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.bulk import Sending, action_words
from central.domain.care import LINK_WORDS, RULES
from central.domain.care_outline import MOST_BYTES
from central.domain.care_sought import (
    ORDER_WORDS,
    WARRANTY_WORDS,
    Sought,
    query_of,
    read_sought,
    sought_words,
)
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import Right
from central.services import House
from central.services.bulk import (
    bulk_named,
    bulk_targets,
    count_targets,
    list_bulk,
    order_bulk,
    stop_bulk,
)
from central.services.care_list import (
    area_choices,
    count_fleet,
    export_fleet,
    list_fleet,
    map_points,
    visible_areas,
)
from central.services.care_map import drop_outline, outline_for, set_outline
from central.services.care_views import delete_view, list_views, save_view
from central.services.log_alarms import list_log_alarms

router = APIRouter(prefix="/fleet")
ROWS: Final = 50
TONES: Final[Mapping[str, str]] = {
    "ok": "ready",
    "air": "air",
    "warn": "alert",
    "bad": "lost",
    "off": "cross",
}
SAID: Final[Mapping[str, str]] = {
    "saved": "Đã lưu bộ lọc.",
    "dropped": "Đã xóa bộ lọc.",
    "outline": "Đã nhận đường viền bản đồ.",
    "no-outline": "Đã bỏ đường viền bản đồ.",
    "stopped": "Đã dừng lệnh. Cụm loa nào đã nhận thì vẫn làm.",
}
PACES: Final = (5, 20, 50, 200)


@router.get("")
def fleet(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show a page of the list that the filter seeks."""
    given = dict(request.query_params)
    sought = _read(given)
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        found = list_fleet(
            unit, sought, who=who, now=now, cursor=given.get("cursor", ""), limit=ROWS
        )
        log_alarms = [
            alarm
            for area in who.areas(Right.VIEW)
            for alarm in list_log_alarms(unit, area=area, standing=True, limit=100)
        ]
    context = {
        **_frame(house, visitor, sought),
        "found": found,
        "log_alarms": log_alarms,
        "paged": bool(given.get("cursor")),
        "here": "list",
        "now": now,
    }
    return page(request, visitor, "fleet.html", context, flash=_flash(request, visitor))


@router.get("/map")
def the_map(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the map of what the filter seeks."""
    sought = _read(dict(request.query_params))
    who = visitor.person
    place = sought.area or next(iter(who.areas(Right.VIEW)), "")
    context = {
        **_frame(house, visitor, sought),
        "place": place,
        "may_draw": bool(place) and who.may(Right.ADMINISTER, place),
        "here": "map",
        "now": house.clock(),
    }
    return page(request, visitor, "fleet_map.html", context, flash=_flash(request, visitor))


@router.get("/points")
def points(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Return the points and lines of the map, each point as [id, name, latitude, longitude, tone]."""
    sought = _read(dict(request.query_params))
    who = visitor.person
    with house.reading() as unit:
        found = map_points(unit, sought, who=who, now=house.clock())
        place = sought.area or next(iter(who.areas(Right.VIEW)), "")
        lines = outline_for(unit, place) if place else ()
    drawn = [[p.id, p.name, p.latitude_deg, p.longitude_deg, p.tone] for p in found]
    body = msgspec.json.encode({"points": drawn, "lines": lines})
    return Response(body, media_type="application/json")


@router.get("/export.csv")
def export(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Stream what the filter seeks as CSV."""
    sought = _read(dict(request.query_params))
    visible_areas(visitor.person, sought.area)
    pieces = export_fleet(house, sought, who=visitor.person, now=house.clock())
    held = {"content-disposition": 'attachment; filename="cum-loa.csv"'}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=held)


@router.post("/outline")
def outline(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Take or forget the outline of an area."""
    area = _text(posted, "area")
    file = posted.get("file")
    data = b""
    if isinstance(file, UploadFile):
        data = file.file.read(MOST_BYTES + 1)
        file.file.close()
    return _outline(house, visitor, area, data, drop=_text(posted, "do") == "drop")


@router.post("/views")
def keep_view(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Keep the filter under a name."""
    query = _text(posted, "query")
    area = _text(posted, "share") or None
    with house.writing() as unit:
        view = save_view(
            unit, _text(posted, "name"), query, area=area, who=visitor.person, now=house.clock()
        )
    return RedirectResponse(f"/console/fleet?{_joined(view.query, 'done=saved')}", 303)


@router.post("/views/{number}/drop")
def drop_view(posted: Posted, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Forget a kept filter."""
    with house.writing() as unit:
        delete_view(unit, number, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/fleet?done=dropped", 303)


@router.post("/bulk")
def ask_bulk(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show what an order would reach, and ask; with `sure` the count that was shown, give it."""
    action = read_order(_text(posted, "do"), _text(posted, "value"), visitor.words)
    whole = _text(posted, "all") == "yes"
    query = _text(posted, "query")
    sought = read_sought(dict(parse_qsl(query))) if whole else None
    chosen = tuple(str(value) for value in posted.getlist("device"))
    sure, pace = _text(posted, "sure"), _text(posted, "per_s") or "20"
    per_s = int(pace) if pace.isdecimal() and len(pace) < 5 else 0
    now, who = house.clock(), visitor.person
    with house.writing() as unit:
        counted = count_targets(unit, action, devices=chosen, sought=sought, who=who, now=now)
        if sure == str(len(counted.targets)) and counted.targets:
            state = order_bulk(unit, action, counted.targets, per_s=per_s, who=who, now=now)
            return RedirectResponse(f"/console/fleet/bulk/{state.id}", 303)
    context = {
        "words": action_words(action),
        "do": _text(posted, "do"),
        "value": _text(posted, "value"),
        "whole": whole,
        "query": query,
        "chosen": () if whole else counted.targets,
        "counted": counted,
        "narrow": sought_words(sought) if sought is not None else (),
        "changed": bool(sure),
        "paces": PACES,
    }
    return page(request, visitor, "fleet_confirm.html", context)


@router.get("/bulk")
def bulk_list(
    request: Request, house: HouseHere, visitor: Guest, before: int | None = None
) -> Response:
    """Show the orders to many."""
    with house.reading() as unit:
        found = list_bulk(unit, who=visitor.person, before=before, limit=21)
    context = {"orders": found[:20], "more": len(found) > 20, "paged": before is not None}
    return page(request, visitor, "fleet_orders.html", context)


@router.get("/bulk/{number}")
def bulk(request: Request, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Show one order to many."""
    context = _bulk(request, house, visitor, number)
    return page(request, visitor, "fleet_order.html", context, flash=_flash(request, visitor))


@router.get("/bulk/{number}/state")
def bulk_part(request: Request, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Return the living part of the page."""
    return fragment(visitor, "fleet_order_part.html", _bulk(request, house, visitor, number))


@router.post("/bulk/{number}/stop")
def stop(posted: Posted, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Send no more of an order."""
    with house.writing() as unit:
        stop_bulk(unit, number, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/fleet/bulk/{number}?done=stopped", 303)


def _frame(house: House, visitor: Visitor, sought: Sought) -> dict[str, object]:
    """Return what list and map share: the filter, its counts, the saved views."""
    who, now = visitor.person, house.clock()
    with house.reading() as unit:
        counts = count_fleet(unit, sought, who=who, now=now)
        views = list_views(unit, who)
        areas = area_choices(unit, who, sought.area)
    commands, logs = who.areas(Right.COMMAND), who.areas(Right.LOGS)
    return {
        "sought": sought,
        "query": query_of(sought),
        "link_to": lambda **changes: query_of(sought, **changes),
        "counts": counts,
        "views": views,
        "areas": areas,
        "links": LINK_WORDS,
        "rules": RULES,
        "orders": ORDER_WORDS,
        "warranties": WARRANTY_WORDS,
        "narrow": sought_words(sought),
        "icons": TONES,
        "may_order": bool(commands or logs),
        "may_command": bool(commands),
        "may_logs": bool(logs),
        "may_silence": bool(who.areas(Right.SILENCE)),
        "share_areas": who.areas(Right.EDIT),
    }


def _bulk(request: Request, house: House, visitor: Visitor, number: int) -> dict[str, object]:
    given = request.query_params
    state = Sending(given["state"]) if given.get("state", "") in set(Sending) else None
    after = int(given["after"]) if given.get("after", "").isdecimal() else -1
    with house.reading() as unit:
        order = bulk_named(unit, number, who=visitor.person)
        targets = bulk_targets(
            unit, number, who=visitor.person, state=state, after=min(after, 2**31), limit=101
        )
    last = targets[99][0] if len(targets) > 100 else None
    return {
        "order": order,
        "targets": [target for _, target in targets[:100]],
        "last": last,
        "state": state,
        "states": Sending,
        "icons": SENDING_ICONS,
        "may_read": lambda area: visitor.person.may(Right.LOGS, area),
        "running": order.phase.value in {"sending", "waiting"},
        "now": house.clock(),
    }


SENDING_ICONS: Final[Mapping[Sending, tuple[str, str]]] = {
    Sending.WAITING: ("off", "clock"),
    Sending.SENT: ("air", "upload"),
    Sending.OBEYED: ("ok", "ready"),
    Sending.REFUSED: ("bad", "cross"),
    Sending.UNANSWERED: ("warn", "lost"),
    Sending.DROPPED: ("off", "stop"),
}


def _outline(
    house: House, visitor: Visitor, area: str, data: bytes, *, drop: bool
) -> RedirectResponse:
    now, who = house.clock(), visitor.person
    with house.writing() as unit:
        if drop:
            drop_outline(unit, area, who=who, now=now)
        elif data:
            set_outline(unit, area, data, who=who, now=now)
        else:
            raise Unacceptable(visitor.words("Hãy chọn tệp GeoJSON."), "no-file")
    done = "no-outline" if drop else "outline"
    return RedirectResponse(f"/console/fleet/map?{query_of(Sought(area=area))}&done={done}", 303)


def _read(given: Mapping[str, str]) -> Sought:
    """Return the filter of an address; an old or mistyped one shows everything rather than an error."""
    try:
        return read_sought(given)
    except CentralError:
        return Sought()


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    said = SAID.get(request.query_params.get("done", ""))
    return Flash("ok", visitor.words(said)) if said else None


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value if isinstance(value, str) else ""


def _joined(*parts: str) -> str:
    return "&".join(part for part in parts if part)
