"""The wall of the duty officer: one look from across the room tells what is on air and what is wrong.

Law of the room: nobody touches it; it asks again by itself, says so when it cannot, and moves a little so that no
screen burns in.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import fragment, page
from central.console.visitor import Guest, HouseHere, Visitor
from central.services import House
from central.services.wall import wall_view

router = APIRouter(prefix="/wall")


@router.get("")
def wall(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the wall for the areas this person sees."""
    return page(request, visitor, "wall.html", _context(house, visitor))


@router.get("/part")
def part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the wall."""
    return fragment(visitor, "wall_part.html", _context(house, visitor))


def _context(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        view = wall_view(unit, who=visitor.person, now=now)
    return {"wall": view, "now": now, "places": visitor.areas}
