"""Publications: who sent what when, what it changed, and how far one is that is under way.

Law of the room: what is shown comes from the table, so that any process may answer.
"""

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.pages.programme import seen_areas
from central.console.render import fragment, page
from central.console.slot_changes import change_lines
from central.console.visitor import Guest, HouseHere
from central.services.publishing_orders import diff_named, list_publications, publication_named

router = APIRouter(prefix="/publications")
LINES = 50


@router.get("")
def history(
    request: Request, house: HouseHere, visitor: Guest, area: str = "", before: str = ""
) -> Response:
    """List publications, newest first."""
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        names = {n.path: n.name for n in nodes}
        found = list_publications(
            unit,
            who=visitor.person,
            area=area if area in names else None,
            before=number,
            limit=LINES + 1,
            now=house.clock(),
        )
    context: dict[str, object] = {
        "publications": found[:LINES],
        "more": len(found) > LINES,
        "paged": number is not None,
        "areas": nodes,
        "area": area if area in names else "",
        "area_names": names,
    }
    return page(request, visitor, "publications.html", context)


@router.get("/{number}")
def one(request: Request, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Show one publication: how far it is, and what it changed."""
    with house.reading() as unit:
        state = publication_named(unit, number, who=visitor.person, now=house.clock())
        diff = diff_named(unit, number, who=visitor.person)
        names = {n.path: n.name for n in seen_areas(unit, visitor)}
    context: dict[str, object] = {
        "publication": state,
        "diff": diff,
        "changes": change_lines(diff.slots, visitor.words),
        "area_names": names,
        "owner_names": names,
    }
    return page(request, visitor, "publication.html", context)


@router.get("/{number}/progress")
def progress(house: HouseHere, visitor: Guest, number: int) -> Response:
    """Return how far a publication is, for the page to show."""
    with house.reading() as unit:
        state = publication_named(unit, number, who=visitor.person, now=house.clock())
    return fragment(visitor, "publication_part.html", {"publication": state})
