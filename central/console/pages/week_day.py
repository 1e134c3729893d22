"""What will play at a place on a day, and why: the answer for whoever asks about one loudspeaker.

Law of the room: the pieces are those the appliance obeys; what does not play is named with its rule.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.pages.programme import chosen, seen_areas
from central.console.render import ZONE, page
from central.console.slot_writing import recurrence_words
from central.console.visitor import Guest, HouseHere
from central.domain.errors import Unacceptable
from central.domain.planning import hours_of
from central.domain.planning_story import DayStory, Piece
from central.services.planning_pending import devices_at
from central.services.planning_views import day_story
from contract.calendar import FIRST_LUNAR_DAY, LAST_LUNAR_DAY, lunar_of

router = APIRouter()
JOIN_S = 90


@router.get("/day")
def day_page(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    area: str = "",
    device: str = "",
    day: str = "",
    view: str = "",
) -> Response:
    """Show the day."""
    now, words = house.clock(), visitor.words
    chosen_day = _day(day, now.astimezone(ZONE).date())
    fault, story = "", None
    sent = view == "sent"
    with house.reading() as unit:
        nodes = seen_areas(unit, visitor)
        node = chosen(nodes, area)
        devices = devices_at(unit, node.path, limit=200)
        listed = device if device and devices_at(unit, node.path, only=[device]) else ""
        try:
            story = day_story(
                unit,
                chosen_day,
                area=None if listed else node.path,
                device=listed or None,
                sent=sent,
                who=visitor.person,
                now=now,
            )
        except Unacceptable as refused:
            fault = refused.why
    context: dict[str, object] = {
        "areas": nodes,
        "area": node,
        "area_names": {n.path: n.name for n in nodes},
        "devices": devices,
        "device": listed,
        "day": chosen_day,
        "before": chosen_day - timedelta(days=1),
        "after": chosen_day + timedelta(days=1),
        "lunar": lunar_of(chosen_day),
        "view": "sent" if sent else "draft",
        "story": story,
        "fault": fault,
        "rows": rows_of(story) if story is not None else (),
        "zone": ZoneInfo(story.time_zone) if story is not None else ZONE,
        "when": {
            slot.id: f"{hours_of(slot)}, {recurrence_words(slot.recurrence, words)}"
            for slot in (
                *(p.planned.slot for p in (story.pieces if story else ())),
                *(left.slot for left in (story.left_out if story else ())),
            )
        },
    }
    return page(request, visitor, "week_day.html", context, status=422 if fault else 200)


class Row(msgspec.Struct, frozen=True):
    """Pieces of one slot that follow each other with the same fate, as one line."""

    first: Piece
    end: datetime
    contents: tuple[str, ...]
    count: int


def rows_of(story: DayStory) -> tuple[Row, ...]:
    """Return the pieces of a day, those that belong together joined."""
    found: list[Row] = []
    newest: dict[tuple[str, str, str], int] = {}
    for piece in story.pieces:
        planned = piece.planned
        fate = (planned.slot.id, planned.verdict.code, piece.beaten_by)
        at = newest.get(fate)
        gap = timedelta(seconds=planned.slot.gap_s + JOIN_S)
        if at is not None and planned.start - found[at].end <= gap:
            row = found[at]
            names = tuple(dict.fromkeys([*row.contents, piece.content]))
            found[at] = Row(row.first, max(row.end, planned.end), names, row.count + 1)
        else:
            newest[fate] = len(found)
            found.append(Row(piece, planned.end, (piece.content,), 1))
    return tuple(found)


def _day(text: str, today: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return today
    return found if FIRST_LUNAR_DAY <= found <= LAST_LUNAR_DAY - timedelta(days=30) else today
