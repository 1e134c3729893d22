"""The form of one slot, and its live picture.

Law of the room: a form with faults comes back as it was filled in, with a sentence at each faulty field.
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.pages.programme import first_day
from central.console.render import ZONE, fragment, page
from central.console.slot_reading import Values, read_slot
from central.console.slot_writing import after_break_words, values_of
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.console.week import picture
from central.services import (
    House,
    area_named,
    change_slot,
    create_slot,
    delete_slot,
    list_contents,
    list_lives,
    new_slot_id,
    slot_named,
)
from central.services.console_views import week_view, zones_of
from contract.documents import AfterBreak

router = APIRouter(prefix="/programme")
_FRESH: Mapping[str, list[str]] = {
    "recurrence": ["daily"],
    "start": ["05:30"],
    "end": ["06:00"],
    "level": ["normal"],
    "late": ["join"],
    "after_break": ["join"],
    "source": ["contents"],
    "volume_pct": ["80"],
    "repeat_count": ["1"],
    "gap_s": ["0"],
    "order": ["500"],
}


@router.get("/slots/new")
def new(request: Request, house: HouseHere, visitor: Guest, area: str) -> Response:
    """Show an empty form."""
    return _form(request, house, visitor, area, "", _FRESH, {})


@router.get("/slots/{slot_id}")
def edit(request: Request, house: HouseHere, visitor: Guest, slot_id: str) -> Response:
    """Show the form of a slot."""
    with house.reading() as unit:
        state = slot_named(unit, slot_id)
    return _form(request, house, visitor, state.area, slot_id, values_of(state.slot), {})


@router.post("/slots/new")
def create(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, area: str
) -> Response:
    """Keep a new slot as a draft."""
    values = _values(posted)
    read = read_slot(values, new_slot_id(), visitor.words)
    if read.slot is None:
        return _form(request, house, visitor, area, "", values, read.faults)
    with house.writing() as unit:
        create_slot(unit, area, read.slot, who=visitor.person, now=house.clock())
    return _done(area, "saved")


@router.post("/slots/{slot_id}")
def change(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, slot_id: str
) -> Response:
    """Keep a changed slot as a draft."""
    values = _values(posted)
    read = read_slot(values, slot_id, visitor.words)
    with house.reading() as unit:
        area = slot_named(unit, slot_id).area
    if read.slot is None:
        return _form(request, house, visitor, area, slot_id, values, read.faults)
    with house.writing() as unit:
        change_slot(unit, read.slot, who=visitor.person, now=house.clock())
    return _done(area, "saved")


@router.post("/slots/{slot_id}/delete")
def delete(posted: Posted, house: HouseHere, visitor: Guest, slot_id: str) -> Response:
    """Take a slot away at the next publication."""
    with house.writing() as unit:
        area = slot_named(unit, slot_id).area
        delete_slot(unit, slot_id, who=visitor.person, now=house.clock())
    return _done(area, "deleted")


@router.post("/preview")
def preview(
    posted: Posted, house: HouseHere, visitor: Guest, area: str, slot: str = "", week: str = ""
) -> Response:
    """Return the picture of the week with the form's slot in it; without it while the form has faults."""
    now = house.clock()
    values = _values(posted)
    read = read_slot(values, slot or "s-trial", visitor.words)
    chosen = week or next(iter(values.get("on", [""])), "")
    first = first_day(chosen, now.astimezone(ZONE).date())
    with house.reading() as unit:
        view = week_view(unit, area, first, trial=read.slot, now=now)
    context = {"picture": picture(view, now), "week_warnings": view.warnings}
    return fragment(visitor, "week_part.html", context)


def _values(posted: FormData) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def _done(area: str, what: str) -> Response:
    return RedirectResponse(f"/console/programme?{urlencode({'area': area, 'done': what})}", 303)


def _form(
    request: Request,
    house: House,
    visitor: Visitor,
    area: str,
    slot_id: str,
    values: Values,
    faults: Mapping[str, str],
) -> Response:
    with house.reading() as unit:
        place = area_named(unit, area)
        contents = list_contents(unit, now=house.clock())
        zones = zones_of(unit, area)
        lives = list_lives(unit, now=house.clock())
    context: dict[str, object] = {
        "area": place,
        "slot_id": slot_id,
        "values": {name: list(found) for name, found in values.items()},
        "faults": faults,
        "contents": contents,
        "titles": {content.sha256: content for content in contents},
        "zones": zones,
        "streams": [live for live in lives if live.url],
        "after_break": {r.value: after_break_words(r, visitor.words) for r in AfterBreak},
    }
    status = 422 if faults else 200
    return page(request, visitor, "slot_form.html", context, status=status)
