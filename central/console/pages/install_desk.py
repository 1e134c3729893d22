"""The administrator's desk of installing: appliances that wait for a place, and tables of places with a preview.

Law of the room: a table is first shown as it would be, with every fault; only then is it taken, and whole.
"""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from central.console.pages.install import flash_of, require_somewhere
from central.console.render import fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.site_csv import COLUMNS
from central.services import House
from central.services.console_views import area_tree, place_of
from central.services.enrolment import match_by_hand, pending, refuse
from central.services.site_import import import_sites, outline, table_text
from central.services.sites import list_sites

router = APIRouter(prefix="/install")
MOST_TABLE_BYTES = 900_000


@router.get("/waiting")
def waiting(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the appliances that called and wait for a place or a comparison."""
    flash = flash_of(request, visitor)
    return page(request, visitor, "waiting.html", _waiting(house, visitor), flash=flash)


@router.get("/waiting/list")
def waiting_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of that page."""
    return fragment(visitor, "waiting_part.html", _waiting(house, visitor))


@router.post("/waiting/{device}/match")
def match(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Say where an appliance belongs."""
    site = str(posted.get("site", ""))
    with house.writing() as unit:
        match_by_hand(unit, device, site, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/install/sites/{site}?done=placed", 303)


@router.post("/waiting/{device}/refuse")
def decline(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Say no to an appliance."""
    with house.writing() as unit:
        why = str(posted.get("why", ""))
        refuse(unit, device, why, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/install/waiting?done=refused", 303)


@router.get("/table")
def table(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show where a table of places is pasted or chosen."""
    return _table(request, house, visitor, "", shown=False)


@router.post("/table")
async def table_shown(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest
) -> Response:
    """Show what the table would do, with every fault; take it when it was shown before and is taken now."""
    text = await _text(posted)
    if posted.get("take") != "yes":
        return _table(request, house, visitor, text, shown=True)
    with house.writing() as unit:
        import_sites(unit, text, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/install?done=planned", 303)


async def _text(posted: FormData) -> str:
    chosen = posted.get("file")
    if isinstance(chosen, UploadFile) and chosen.filename:
        data = await chosen.read(MOST_TABLE_BYTES + 1)
        if len(data) > MOST_TABLE_BYTES:
            raise Unacceptable("Bảng quá lớn: hãy chia nhỏ.", "bad-csv")
        return table_text(data)
    return str(posted.get("text", ""))


def _table(request: Request, house: House, visitor: Visitor, text: str, *, shown: bool) -> Response:
    require_somewhere(visitor, Right.ADMINISTER)
    with house.reading() as unit:
        found = outline(unit, text, who=visitor.person) if shown else None
        names = {node.path: node.name for node in area_tree(unit)}
    context = {
        "text": text,
        "found": found,
        "places": {d.id: place_of(d.area, names) for d in found.drafts} if found else {},
        "columns": COLUMNS,
    }
    bad = found is not None and bool(found.faults)
    return page(request, visitor, "table.html", context, status=422 if bad else 200)


def _waiting(house: House, visitor: Visitor) -> dict[str, object]:
    require_somewhere(visitor, Right.INSTALL)
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        asking = pending(unit, who)
        sites = list_sites(unit, who.areas(Right.INSTALL), now=now)
        names = {node.path: node.name for node in area_tree(unit)}
    free = [
        s
        for s in sites
        if s.device is None and s.matched is None and who.may(Right.ADMINISTER, s.area)
    ]
    return {
        "asking": asking,
        "titles": {s.id: s.title for s in sites},
        "free": [(s, place_of(s.area, names)) for s in free],
        "may_refuse": bool(who.areas(Right.ADMINISTER)),
        "now": now,
    }
