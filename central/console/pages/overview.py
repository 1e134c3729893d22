"""The fleet at a glance: who needs somebody first, and each appliance (of a large fleet: each commune) in a word."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.pages.appliance import COPY_WORDS
from central.console.render import fragment, page
from central.console.visitor import Guest, HouseHere, Visitor
from central.console.vitals import item_words
from central.domain.care import RULES
from central.domain.people import Right
from central.services import House
from central.services.alerts import count_alerts
from central.services.clones import standing_signs
from central.services.console_views import fleet_view
from central.services.devices import device_row
from central.services.log_alarms import list_log_alarms

router = APIRouter()


@router.get("/")
def overview(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the fleet of the areas this person sees."""
    return page(request, visitor, "overview.html", _context(house, visitor))


@router.get("/overview")
def overview_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the page."""
    return fragment(visitor, "fleet_part.html", _context(house, visitor))


def _context(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        fleet = fleet_view(unit, visitor.person, now=now)
        log_alarms = [
            alarm
            for area in visitor.person.areas(Right.VIEW)
            for alarm in list_log_alarms(unit, area=area, standing=True, limit=100)
        ]
        signs = standing_signs(unit, visitor.person.areas(Right.VIEW))
        copies = [(device_row(unit, device).name, found) for device, found in signs.items()]
        alerts = count_alerts(unit, who=visitor.person)
    return {
        "fleet": fleet,
        "log_alarms": log_alarms,
        "copies": copies,
        "copy_words": COPY_WORDS,
        "alerts": alerts,
        "rules": RULES,
        "now": now,
        "item_words": item_words,
    }
