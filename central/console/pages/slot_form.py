"""The form of one slot, and its live picture.

Law of the room: a form with faults comes back as it was filled in, with a sentence at each faulty field. A form about a
slot that somebody changed meanwhile is never saved over it and never lost: both are shown, and the person chooses.
"""

from collections.abc import Mapping
from datetime import date, datetime
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.pages.programme import first_day
from central.console.render import ZONE, fragment, page
from central.console.slot_changes import all_fields
from central.console.slot_reading import Values, read_slot
from central.console.slot_writing import after_break_words, values_of
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.console.week import picture
from central.domain.people import Right
from central.domain.planning import seen_of
from central.domain.states import SlotPhase
from central.services import (
    House,
    area_named,
    change_slot,
    create_slot,
    delete_slot,
    new_slot_id,
    slot_named,
)
from central.services.choices import content_choices, stream_choices
from central.services.console_views import zones_of
from central.services.contents import contents_named
from central.services.library import sheet_of
from central.services.planning_views import planned_week
from central.services.slots import SlotConflict
from contract.documents import AfterBreak, Slot

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
    """Show an empty form; one for a day and hours that were drawn, or for a content; or one like another slot."""
    asked = request.query_params
    values = dict(_FRESH)
    with house.reading() as unit:
        if like := asked.get("like"):
            state = slot_named(unit, like)
            visitor.person.require(Right.VIEW, state.area)
            values = values_of(state.slot)
        if content := asked.get("content"):
            values["items"] = [
                sheet_of(unit, content, who=visitor.person, now=house.clock()).content.sha256
            ]
    if on := asked.get("on"):
        values |= {"recurrence": ["once"], "on": [on]}
    if (start := asked.get("start")) and (end := asked.get("end")):
        values |= {"start": [start], "end": [end]}
    return _form(request, house, visitor, area, "", values, {})


@router.get("/slots/{slot_id}")
def edit(request: Request, house: HouseHere, visitor: Guest, slot_id: str) -> Response:
    """Show the form of a slot."""
    with house.reading() as unit:
        state = slot_named(unit, slot_id)
    visitor.person.require(Right.VIEW, state.area)
    values = {**values_of(state.slot), "seen": [seen_of(state)]}
    return _form(request, house, visitor, state.area, slot_id, values, {})


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
    return _done(area, "saved", read.slot)


@router.post("/slots/{slot_id}")
def change(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, slot_id: str
) -> Response:
    """Keep a changed slot as a draft; show both where somebody changed it since the form was opened."""
    values = _values(posted)
    seen = next(iter(values.get("seen", [])), "") or None
    read = read_slot(values, slot_id, visitor.words)
    try:
        if read.slot is None or "again" in values:
            with house.reading() as unit:
                area = slot_named(unit, slot_id).area
            visitor.person.require(Right.VIEW, area)
            return _form(request, house, visitor, area, slot_id, values, read.faults)
        with house.writing() as unit:
            state = change_slot(unit, read.slot, who=visitor.person, now=house.clock(), seen=seen)
    except SlotConflict as conflict:
        area = next(iter(values.get("area", [])), "")
        return _conflict(request, house, visitor, slot_id, area, values, read.slot, conflict)
    return _done(state.area, "saved", read.slot)


@router.post("/slots/{slot_id}/delete")
def delete(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, slot_id: str
) -> Response:
    """Take a slot away at the next publication."""
    values = _values(posted)
    seen = next(iter(values.get("seen", [])), "") or None
    try:
        with house.writing() as unit:
            area = slot_named(unit, slot_id).area
            delete_slot(unit, slot_id, who=visitor.person, now=house.clock(), seen=seen)
    except SlotConflict as conflict:
        area = next(iter(values.get("area", [])), "")
        return _conflict(request, house, visitor, slot_id, area, values, None, conflict)
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
        seen = planned_week(unit, area, first, trial=read.slot, who=visitor.person, now=now)
    own = [f for f in seen.findings if read.slot and read.slot.id in {f.slot, f.other}]
    context = {
        "picture": picture(seen.view, now),
        "findings": own,
        "well": read.slot is not None and not own,
    }
    return fragment(visitor, "week_part.html", context)


def _values(posted: FormData) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in posted.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return found


def _done(area: str, what: str, slot: Slot | None = None) -> Response:
    query = {"area": area, "done": what}
    on = getattr(slot.recurrence, "on", None) if slot is not None else None
    if isinstance(on, date):
        query["week"] = on.isoformat()
    return RedirectResponse(f"/console/programme?{urlencode(query)}", 303)


class Side(msgspec.Struct, frozen=True):
    """One field of a slot as two people have it."""

    name: str
    mine: str
    theirs: str

    @property
    def differs(self) -> bool:
        """Return whether they have it differently."""
        return self.mine != self.theirs


def _conflict(
    request: Request,
    house: House,
    visitor: Visitor,
    slot_id: str,
    area: str,
    values: Mapping[str, list[str]],
    mine: Slot | None,
    conflict: SlotConflict,
) -> Response:
    """Show what the person typed beside what stands now; nothing was saved, nothing is lost."""
    words = visitor.words
    theirs = conflict.held
    if theirs is not None:
        visitor.person.require(Right.VIEW, theirs.area)
    gone = theirs is None or theirs.phase is SlotPhase.DELETED
    with house.reading() as unit:
        named = {item for slot in (mine, theirs and theirs.slot) if slot for item in slot.items}
        contents = contents_named(unit, sorted(named), now=house.clock())
    titles = {content.sha256: content.title for content in contents}
    own = dict(all_fields(mine, words, titles)) if mine is not None else {}
    held = dict(all_fields(theirs.slot, words, titles)) if theirs is not None else {}
    context: dict[str, object] = {
        "slot_id": slot_id,
        "area_path": theirs.area if theirs is not None else area,
        "why": conflict.why,
        "gone": gone,
        "deleting": mine is None,
        "theirs": theirs,
        "sides": [
            Side(name, own.get(name, "–"), held.get(name, "–") if not gone else "–")
            for name in own or held
        ],
        "values": {name: found for name, found in values.items() if name not in {"seen", "csrf"}},
        "seen": seen_of(theirs) if theirs is not None else "",
        "when": _moment(theirs.changed) if theirs is not None else "",
    }
    return page(request, visitor, "slot_conflict.html", context, status=409)


def _moment(at: datetime) -> str:
    return f"{at.astimezone(ZONE):%H:%M, %d/%m/%Y}"


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
        visitor.person.require(Right.VIEW, area)
        held = values.get("items", [])
        contents = content_choices(unit, area, also=held, now=house.clock())
        zones = zones_of(unit, area)
        streams = stream_choices(unit, area, now=house.clock())
    context: dict[str, object] = {
        "area": place,
        "slot_id": slot_id,
        "values": {name: list(found) for name, found in values.items()},
        "faults": faults,
        "contents": contents,
        "titles": {content.sha256: content for content in contents},
        "zones": zones,
        "streams": streams,
        "after_break": {r.value: after_break_words(r, visitor.words) for r in AfterBreak},
    }
    status = 422 if faults else 200
    return page(request, visitor, "slot_form.html", context, status=status)
