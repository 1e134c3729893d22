"""The planner's gestures: move, resize, skip a date, undo, and the part of the page that is drawn anew after each.

Law of the room: a gesture is a small JSON post with what the person had seen; what it led to is drawn from the tables.
"""

from datetime import date
from typing import Annotated, TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Depends
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from central.console.pages import publications, week_calendar, week_day, week_tools
from central.console.pages.programme import chosen, planner_context, seen_areas
from central.console.render import fragment
from central.console.visitor import Checked, Guest, HouseHere, Posted
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.planning import wall_time
from central.domain.planning_moves import Where, date_moved, series_moved
from central.domain.planning_warnings import Tone
from central.services import slot_named
from central.services.planning_edits import move_slot, restore_date, skip_date, undo_last
from central.services.planning_pending import devices_at
from central.services.planning_views import planned_week

router = APIRouter(prefix="/week-plan")
for part in (week_tools, week_calendar, week_day, publications):
    router.include_router(part.router)


T = TypeVar("T")


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frame let go: its slot and day, and where it lies now."""

    slot: Annotated[str, Meta(max_length=40)]
    seen: Annotated[str, Meta(max_length=40)]
    day: date
    to_day: date
    start_min: Annotated[int, Meta(ge=0, le=1_439)]
    length_min: Annotated[int, Meta(ge=1, le=1_440)]
    only: bool = False


class OneDate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One date of a slot."""

    slot: Annotated[str, Meta(max_length=40)]
    seen: Annotated[str, Meta(max_length=40)]
    day: date


async def raw_body(request: Request) -> bytes:
    """Return the body of a gesture."""
    return await request.body()


Body = Annotated[bytes, Depends(raw_body)]


@router.get("/part")
def part_of_page(
    house: HouseHere, visitor: Guest, area: str, week: str = "", device: str = ""
) -> Response:
    """Return the planner's part of the page, drawn anew."""
    now = house.clock()
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        node = chosen(nodes, area)
        listed = device if device and devices_at(unit, area, only=[device]) else ""
        context = planner_context(unit, visitor, node.path, week, listed, now)
    names = {n.path: n.name for n in nodes}
    return fragment(
        visitor,
        "planner_part.html",
        {**context, "area": node, "area_names": names, "device": listed},
    )


@router.post("/move")
def move(body: Body, house: HouseHere, visitor: Guest, _: Checked) -> Response:
    """Move or resize one date of a slot, or the whole series."""
    asked = _read(body, Move)
    with house.writing() as unit:
        found = move_slot(
            unit,
            asked.slot,
            asked.day,
            _where(asked),
            only_this_date=asked.only,
            who=visitor.person,
            now=house.clock(),
            seen=asked.seen,
        )
    return JSONResponse({"slot": found[-1].slot.id})


@router.post("/try")
def try_it(body: Body, house: HouseHere, visitor: Guest, _: Checked) -> Response:
    """Tell what a move would lead to, before it is made: the warnings about this slot."""
    asked, now = _read(body, Move), house.clock()
    with house.reading() as unit:
        state = slot_named(unit, asked.slot)
        visitor.person.require(Right.EDIT, state.area)
        if asked.only:
            trial = date_moved(state.slot, asked.day, _where(asked), state.slot.id, now.date())[1]
        else:
            trial = series_moved(state.slot, asked.day, _where(asked))
        seen = planned_week(
            unit, state.area, asked.to_day, trial=trial, who=visitor.person, now=now
        )
    told = [
        {"why": finding.why, "step": finding.step, "tone": finding.tone.value}
        for finding in seen.findings
        if trial.id in {finding.slot, finding.other} and finding.tone is not Tone.INFO
    ]
    return JSONResponse({"findings": told})


@router.post("/skip")
def skip(body: Body, house: HouseHere, visitor: Guest, _: Checked) -> Response:
    """Leave one date of a slot out."""
    asked = _read(body, OneDate)
    with house.writing() as unit:
        skip_date(
            unit, asked.slot, asked.day, who=visitor.person, now=house.clock(), seen=asked.seen
        )
    return JSONResponse({"slot": asked.slot})


@router.post("/restore")
def restore(body: Body, house: HouseHere, visitor: Guest, _: Checked) -> Response:
    """Have a date that was left out sound again."""
    asked = _read(body, OneDate)
    with house.writing() as unit:
        restore_date(
            unit, asked.slot, asked.day, who=visitor.person, now=house.clock(), seen=asked.seen
        )
    return JSONResponse({"slot": asked.slot})


@router.post("/undo")
def undo(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Undo the person's own last edit of the area."""
    area, week = str(posted.get("area", "")), str(posted.get("week", ""))
    with house.writing() as unit:
        edit = undo_last(
            unit,
            area,
            who=visitor.person,
            now=house.clock(),
            batch=str(posted.get("batch", "")) or None,
        )
    if "application/json" in request.headers.get("accept", ""):
        return JSONResponse({"what": edit.word, "titles": list(edit.titles)})
    query = urlencode({"area": area, "week": week, "done": "undone"})
    return RedirectResponse(f"/console/programme?{query}", 303)


def _where(asked: Move) -> Where:
    return Where(
        day=asked.to_day, start=wall_time(asked.start_min * 60), window_s=asked.length_min * 60
    )


def _read(body: bytes, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=wanted)
    except (msgspec.DecodeError, ValueError) as fault:
        raise Unacceptable(f"Yêu cầu không đúng: {fault}.", "bad-request") from fault
