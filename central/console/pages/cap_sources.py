"""Where others' warnings are fetched, and what their codes of places mean here.

Law of the room: an area's administrators come here; whom we may call is judged each time we call.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Forbidden, Unacceptable
from central.domain.people import Right
from central.services import House
from central.services.cap_codes import CapCodeAsked, drop_code, list_codes, set_code
from central.services.cap_sources import (
    CapSourceAsked,
    create_source,
    delete_source,
    list_sources,
    source_named,
    switch_source,
)
from central.services.console_views import area_names, area_tree

router = APIRouter(prefix="/cap-sources")
DONE: Final = {
    "added": "Đã thêm nguồn tin; vài giây nữa hệ thống hỏi lần đầu.",
    "on": "Đã bật nguồn tin.",
    "off": "Đã tắt nguồn tin.",
    "deleted": "Đã bỏ nguồn tin; tin đã nhận vẫn còn trong hộp thư.",
    "code": "Đã ghi mã địa bàn.",
    "dropped": "Đã bỏ mã địa bàn.",
}
EVERY: Final = {30: "30 giây", 60: "1 phút", 300: "5 phút", 900: "15 phút", 3_600: "1 giờ"}


@router.get("")
def sources(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show sources and codes."""
    return _page(request, house, visitor, flash=_flash(request, visitor))


@router.post("")
def add(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Add a source."""
    every = _text(posted, "every_s")
    asked = CapSourceAsked(
        name=_text(posted, "name"),
        area=_text(posted, "area"),
        url=_text(posted, "url"),
        every_s=int(every) if every.isdecimal() and len(every) < 7 else 0,
    )
    try:
        with house.writing() as unit:
            create_source(unit, asked, who=visitor.person, now=house.clock())
    except Forbidden:
        raise
    except CentralError as fault:
        return _page(request, house, visitor, flash=Flash("bad", fault.why), asked=asked)
    return RedirectResponse("/console/cap-sources?done=added", 303)


@router.post("/codes")
def code(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Say which area a code means."""
    asked = CapCodeAsked(
        name=_text(posted, "name"), value=_text(posted, "value"), area=_text(posted, "area")
    )
    try:
        with house.writing() as unit:
            set_code(unit, asked, who=visitor.person, now=house.clock())
    except Forbidden:
        raise
    except CentralError as fault:
        return _page(request, house, visitor, flash=Flash("bad", fault.why), code=asked)
    return RedirectResponse("/console/cap-sources?done=code", 303)


@router.post("/codes/{number}/drop")
def drop(number: int, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Forget a code."""
    with house.writing() as unit:
        drop_code(unit, number, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/cap-sources?done=dropped", 303)


@router.post("/{source}/{deed}")
def handle(source: str, deed: str, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Turn a source on or off, or forget it."""
    who, now = visitor.person, house.clock()
    with house.writing() as unit:
        match deed:
            case "on" | "off":
                switch_source(unit, source, enabled=deed == "on", who=who, now=now)
                done = str(deed)
            case "delete":
                delete_source(unit, source, who=who, now=now)
                done = "deleted"
            case _:
                source_named(unit, source, who=who)
                raise Unacceptable(visitor.words("Không có thao tác này."), "no-deed")
    return RedirectResponse(f"/console/cap-sources?done={done}", 303)


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    *,
    flash: Flash | None,
    asked: CapSourceAsked | None = None,
    code: CapCodeAsked | None = None,
) -> Response:
    areas = visitor.person.areas(Right.ADMINISTER)
    if not areas:
        raise Forbidden(visitor.words("Trang này dành cho quản trị địa bàn."))
    with house.reading() as unit:
        found = list_sources(unit, areas)
        codes = list_codes(unit, who=visitor.person)
        nodes = area_tree(unit, areas)
        named = (*(one.area for one in found), *(one.area for one in codes))
        names = dict(zip(named, area_names(unit, named), strict=True))
    context: dict[str, object] = {
        "sources": found,
        "codes": codes,
        "nodes": nodes,
        "area_names": names,
        "every": EVERY,
        "asked": asked,
        "code": code,
        "public_url": house.settings.public_url,
        "now": house.clock(),
    }
    status = 422 if asked or code else 200
    return page(request, visitor, "cap_sources.html", context, flash=flash, status=status)


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip()[:500] if isinstance(value, str) else ""


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    done = DONE.get(request.query_params.get("done", ""))
    return None if done is None else Flash("ok", visitor.words(done))
