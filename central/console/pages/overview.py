"""The fleet at a glance: every appliance, its state in a word, and why when it is not well."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import fragment, page
from central.console.visitor import Guest, HouseHere, Visitor
from central.console.vitals import item_words
from central.services import House
from central.services.console_views import fleet_view

router = APIRouter()


@router.get("/")
def overview(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the fleet of the areas this person sees."""
    return page(request, visitor, "overview.html", _context(house, visitor))


@router.get("/fleet")
def fleet_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the page."""
    return fragment(visitor, "fleet_part.html", _context(house, visitor))


def _context(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        fleet = fleet_view(unit, visitor.person, now=now)
    return {"fleet": fleet, "now": now, "item_words": item_words}
