"""iCalendar on a page: the file, links that calendar programs subscribe to, and a calendar taken in after a dry run.

Law of the room: a link's address is shown once; nothing is taken in that was not looked at.
"""

import base64
from collections.abc import Iterable
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from central.console.pages.programme import chosen, seen_areas
from central.console.render import page
from central.console.slot_changes import change_lines
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import Right
from central.services import House
from central.services.choices import content_choices
from central.services.planning_calendar import (
    CalendarLink,
    TakenEvent,
    calendar_file,
    drop_link,
    list_links,
    make_link,
    read_calendar,
    take_calendar,
)
from central.services.planning_edits import fingerprint
from central.services.planning_ical import MAX_BYTES

router = APIRouter()


@router.get("/calendar")
def calendar(request: Request, house: HouseHere, visitor: Guest, area: str) -> Response:
    """Show what a calendar program can do with this area's plan."""
    return _page(request, house, visitor, area)


@router.get("/calendar.ics")
def whole(house: HouseHere, visitor: Guest, area: str) -> Response:
    """Give the plan that was sent as a file."""
    with house.reading() as unit:
        data = calendar_file(unit, area, who=visitor.person, now=house.clock())
    name = area.replace("/", "-")
    headers = {"content-disposition": f'attachment; filename="lich-{name}.ics"'}
    return Response(data, media_type="text/calendar", headers=headers)


@router.post("/links")
def make(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Make a link and show its address, this once."""
    area = str(posted.get("area", ""))
    with house.writing() as unit:
        link = make_link(
            unit, area, str(posted.get("name", "")), who=visitor.person, now=house.clock()
        )
    return _page(request, house, visitor, area, made=link)


@router.post("/links/{link}/drop")
def drop(link: int, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Make a link lead nowhere."""
    with house.writing() as unit:
        drop_link(unit, link, who=visitor.person, now=house.clock())
    query = urlencode({"area": str(posted.get("area", ""))})
    return RedirectResponse(f"/console/week-plan/calendar?{query}", 303)


@router.post("/import")
def take_in(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show what taking in a file would change; take it in when that was seen."""
    area = str(posted.get("area", ""))
    data = _data(posted.get("file"), str(posted.get("held", "")))
    return _taken(request, house, visitor, area, data, posted_values(posted.multi_items()))


class Tried(msgspec.Struct, frozen=True):
    """A file that was tried: its events, its bytes, and what was chosen for them."""

    events: tuple[TakenEvent, ...]
    data: bytes
    fills: dict[int, str]


def posted_values(items: Iterable[tuple[str, object]]) -> dict[str, str]:
    """Return the text fields of a form."""
    return {name: value for name, value in items if isinstance(value, str)}


def _taken(
    request: Request,
    house: House,
    visitor: Visitor,
    area: str,
    data: bytes,
    values: dict[str, str],
) -> Response:
    fills = {
        int(name.removeprefix("content-")): value
        for name, value in values.items()
        if name.startswith("content-") and name[8:].isdecimal() and value
    }
    try:
        if values.get("take") and values.get("seen"):
            with house.writing() as unit:
                count = take_calendar(
                    unit,
                    area,
                    data,
                    fills,
                    seen=values["seen"],
                    who=visitor.person,
                    now=house.clock(),
                )
            query = urlencode({"area": area, "done": "applied", "n": count})
            return RedirectResponse(f"/console/programme?{query}", 303)
        with house.reading() as unit:
            events = read_calendar(unit, area, data, fills, who=visitor.person)
    except CentralError as fault:
        return _page(request, house, visitor, area, fault=fault.why)
    return _page(request, house, visitor, area, tried=Tried(events, data, fills))


def _data(file: object, held: str) -> bytes:
    if isinstance(file, UploadFile) and file.filename:
        return file.file.read(MAX_BYTES + 1)
    try:
        return base64.b64decode(held, validate=True)
    except ValueError:
        raise Unacceptable("Tệp giữ lại không đọc được; hãy chọn lại tệp.", "bad-file") from None


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    area: str,
    *,
    made: CalendarLink | None = None,
    tried: Tried | None = None,
    fault: str = "",
) -> Response:
    events = None if tried is None else tried.events
    with house.reading() as unit:
        node = chosen(seen_areas(unit, visitor), area)
        may_edit = visitor.person.may(Right.EDIT, area)
        links = list_links(unit, area, who=visitor.person) if may_edit else ()
        contents = content_choices(unit, area, now=house.clock()) if events is not None else ()
    changes = [event.change for event in events or () if event.change is not None]
    lines = {
        event.number: change_lines([event.change], visitor.words)[0]
        for event in events or ()
        if event.change is not None
    }
    base = house.settings.public_url.rstrip("/")
    context: dict[str, object] = {
        "area": node,
        "may_edit": may_edit,
        "links": links,
        "made": made,
        "address": f"{base}/api/v1/calendars/{made.token}.ics" if made is not None else "",
        "events": events,
        "lines": lines,
        "counts": {
            "ready": len(changes),
            "lack": sum(event.lacks for event in events or ()),
            "not": sum(event.change is None and not event.lacks for event in events or ()),
        },
        "contents": contents,
        "fills": {} if tried is None else tried.fills,
        "held": "" if tried is None else base64.b64encode(tried.data).decode("ascii"),
        "seen": fingerprint(changes),
        "fault": fault,
    }
    return page(request, visitor, "week_calendar.html", context, status=422 if fault else 200)
