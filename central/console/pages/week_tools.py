"""Copying a week, and templates: both are looked at before anything is changed.

Law of the room: a page of changes carries their fingerprint; what is applied is what was seen.
"""

from datetime import date, timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.pages.programme import chosen, first_day, seen_areas
from central.console.render import ZONE, page
from central.console.slot_changes import change_lines
from central.console.slot_writing import recurrence_words
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import Right
from central.domain.planning import hours_of, overlap
from central.domain.planning_diff import SlotChange
from central.domain.planning_templates import Fill, Part, Template
from central.services import House, Unit
from central.services.choices import content_choices, stream_choices
from central.services.planning_edits import apply_changes, fingerprint, own_slots, week_copy
from central.services.planning_templates import (
    drop_template,
    keep_template,
    list_templates,
    template_changes,
    template_named,
)
from contract.calendar import slot_occurs_on
from contract.documents import Sha256, Slot

router = APIRouter()


@router.get("/copy")
def copy(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    area: str,
    source: str = "",
    target: str = "",
) -> Response:
    """Choose two weeks, and see what copying one to the other would change."""
    now = house.clock()
    first = first_day(source, now.astimezone(ZONE).date())
    into = first_day(target, first + timedelta(days=7))
    fault = ""
    changes: tuple[SlotChange, ...] = ()
    with house.reading() as unit:
        node = chosen(seen_areas(unit, visitor), area)
        visitor.person.require(Right.EDIT, area)
        try:
            changes = week_copy(unit, area, first, into, who=visitor.person, now=now)
        except Unacceptable as refused:
            fault = refused.why
    context: dict[str, object] = {
        "area": node,
        "first": first,
        "into": into,
        "fault": fault,
        "chosen": bool(source),
        "changes": change_lines(changes, visitor.words),
        "seen": fingerprint(changes),
    }
    return page(request, visitor, "week_copy.html", context)


@router.post("/copy")
def copy_now(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Copy the week as it was previewed."""
    area, now = _text(posted, "area"), house.clock()
    first, into = _day(posted, "source"), _day(posted, "target")
    with house.writing() as unit:
        changes = week_copy(unit, area, first, into, who=visitor.person, now=now)
        count = apply_changes(
            unit,
            changes,
            what="copy-week",
            who=visitor.person,
            now=now,
            seen=_text(posted, "seen"),
        )
    return _done(area, count, into)


@router.get("/templates")
def templates(request: Request, house: HouseHere, visitor: Guest, area: str) -> Response:
    """Show the templates that may be applied at an area."""
    return _templates(request, house, visitor, area)


@router.post("/templates")
def keep(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Keep the area's recurring slots as a template."""
    area = _text(posted, "area")
    try:
        with house.writing() as unit:
            keep_template(
                unit,
                area,
                _text(posted, "name"),
                _text(posted, "about"),
                who=visitor.person,
                now=house.clock(),
            )
    except Unacceptable as fault:
        return _templates(request, house, visitor, area, fault=fault.why)
    return RedirectResponse(f"/console/week-plan/templates?{urlencode({'area': area})}", 303)


@router.post("/templates/{template}/drop")
def drop(template: str, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Forget a template."""
    area = _text(posted, "area")
    with house.writing() as unit:
        drop_template(unit, template, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/week-plan/templates?{urlencode({'area': area})}", 303)


@router.get("/templates/{template}")
def fill(request: Request, house: HouseHere, visitor: Guest, template: str, area: str) -> Response:
    """Ask what the parts of a template are to play."""
    with house.reading() as unit:
        found = template_named(unit, template, area, who=visitor.person)
    return _filling(request, house, visitor, area, found, {})


@router.post("/templates/{template}")
def look_or_apply(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, template: str
) -> Response:
    """Show what applying a template would change; apply it when that was seen."""
    area, now = _text(posted, "area"), house.clock()
    values = {name: str(value) for name, value in posted.multi_items() if isinstance(value, str)}
    seen = values.pop("seen", "")
    take = bool(values.pop("take", "")) and bool(seen)
    with house.reading() as unit:
        found = template_named(unit, template, area, who=visitor.person)
    try:
        fills = {n: _fill(values, n, part) for n, part in enumerate(found.parts)}
        first, last = _date(values.get("first", "")), _date(values.get("last", ""))
        with house.writing() as unit:
            changes = template_changes(
                unit, template, area, fills, first=first, last=last, who=visitor.person
            )
            if take:
                count = apply_changes(
                    unit, changes, what="template", who=visitor.person, now=now, seen=seen
                )
    except CentralError as fault:
        return _filling(request, house, visitor, area, found, values, fault=fault.why)
    if take:
        return _done(area, count, None)
    return _filling(request, house, visitor, area, found, values, changes=changes)


def _templates(
    request: Request, house: House, visitor: Visitor, area: str, *, fault: str = ""
) -> Response:
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        node = chosen(nodes, area)
        found = list_templates(unit, area, who=visitor.person)
        own = own_slots(unit, area)
    words = visitor.words
    context: dict[str, object] = {
        "area": node,
        "templates": found,
        "lines": {
            t.id: [
                (_hours(p), words(p.title), recurrence_words(p.recurrence, words)) for p in t.parts
            ]
            for t in found
        },
        "area_names": {n.path: n.name for n in nodes},
        "may_edit": visitor.person.may(Right.EDIT, area),
        "own": len(own),
        "fault": fault,
    }
    return page(request, visitor, "templates.html", context, status=422 if fault else 200)


def _filling(
    request: Request,
    house: House,
    visitor: Visitor,
    area: str,
    template: Template,
    values: dict[str, str],
    *,
    changes: tuple[SlotChange, ...] | None = None,
    fault: str = "",
) -> Response:
    looked, changes = changes is not None, changes or ()
    words, now = visitor.words, house.clock()
    with house.reading() as unit:
        node = chosen(seen_areas(unit, visitor), area)
        visitor.person.require(Right.EDIT, area)
        contents = content_choices(unit, area, now=now)
        streams = stream_choices(unit, area, now=now)
        clashes = _clashes(unit, area, changes)
    context: dict[str, object] = {
        "area": node,
        "template": template,
        "parts": [
            (n, p, _hours(p), recurrence_words(p.recurrence, words))
            for n, p in enumerate(template.parts)
        ],
        "values": values,
        "contents": contents,
        "streams": streams,
        "changes": change_lines(changes, words, {c.sha256: c.title for c in contents}),
        "clashes": clashes,
        "looked": looked,
        "seen": fingerprint(changes),
        "fault": fault,
    }
    return page(request, visitor, "template.html", context, status=422 if fault else 200)


def _clashes(unit: Unit, area: str, changes: tuple[SlotChange, ...]) -> tuple[tuple[str, str], ...]:
    """Return the titles of slots that would share time: (what is applied, what is there already)."""
    if not changes:
        return ()
    changed = {change.before.id for change in changes if change.before is not None}
    held = [slot for slot in own_slots(unit, area) if slot.id not in changed]
    made = [change.after for change in changes if change.after is not None]
    return tuple(
        (new.title, f"{slot.title} {hours_of(slot)}")
        for new in made
        for slot in held
        if overlap(new, slot) and _ever_together(new, slot)
    )


def _ever_together(one: Slot, other: Slot) -> bool:
    start = max(filter(None, (one.from_date, other.from_date)), default=date(2026, 1, 5))
    days = (start + timedelta(days=n) for n in range(62))
    return any(slot_occurs_on(one, day) and slot_occurs_on(other, day) for day in days)


def _fill(values: dict[str, str], number: int, part: Part) -> Fill:
    item = values.get(f"item-{number}", "")
    url = values.get(f"url-{number}", "").strip() if part.source == "stream" else ""
    return Fill(items=(Sha256(item),) if item else (), url=url)


def _hours(part: Part) -> str:
    end = part.start.hour * 60 + part.start.minute + part.window_s // 60
    return f"{part.start:%H:%M}–{end // 60 % 24:02}:{end % 60:02}"


def _text(posted: FormData, name: str) -> str:
    return str(posted.get(name, ""))


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Unacceptable(f"Ngày {text[:20]} không có thật.", "bad-date") from None


def _day(posted: FormData, name: str) -> date:
    found = _date(_text(posted, name))
    if found is None:
        raise Unacceptable("Hãy chọn tuần nguồn và tuần đích.", "bad-date")
    return found


def _done(area: str, count: int, week: date | None) -> Response:
    query = {"area": area, "done": "applied", "n": count}
    return RedirectResponse(
        f"/console/programme?{urlencode(query | ({'week': week} if week else {}))}", 303
    )
