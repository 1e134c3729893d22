"""Drills: the calendar of nights and the signing of a month of them, exercises that sound, and what came of each.

Law of the room: the server prepares bytes and takes signed envelopes, it signs nothing here; every number is one of
`services.drills_views`.
"""

import base64
from datetime import date, time, timedelta
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from central.console.pages.contents import Handed, read_json, small_body, to_sign
from central.console.pages.emergency_form import branches
from central.console.render import page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.console.words import Words
from central.domain.drill_lacks import CAUSE_WORDS
from central.domain.drills import FIRST, LAST, MONTH_NIGHTS, MOST_WORDS, DrillState, ExerciseDraft
from central.domain.errors import Forbidden, NotFound, Unacceptable
from central.domain.people import Right
from central.domain.tally import ZONE
from central.services import House
from central.services.console_views import area_names, area_tree, signatures_wanted
from central.services.drills import (
    Drill,
    leave_out,
    prepare_exercise,
    prepare_nights,
    take_drill,
)
from central.services.drills_exports import export_drill
from central.services.drills_views import (
    Night,
    calendar_of,
    list_drills,
    report_of,
    trend_of,
)
from central.services.evaluation_tree import choices
from central.services.report_cells import CSV_TYPE, XLSX_TYPE
from contract.codec import payload_type
from contract.documents import Kind

router = APIRouter(prefix="/drills")
TYPES: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": "application/pdf"}
EXERCISES: Final = 12
MOST_LINES: Final = 200
EXAMPLE: Final = "Giả định nước sông lên nhanh trong đêm. Bà con nghe, nhớ đường lên nơi cao, và tiếp tục công việc."
WEEKDAYS: Final = ("T2", "T3", "T4", "T5", "T6", "T7", "CN")
_TONES: Final = {
    DrillState.WAITING: ("warn", "clock"),
    DrillState.READY: ("air", "sign"),
    DrillState.HANDED: ("warn", "send"),
    DrillState.DONE: ("ok", "check"),
    DrillState.LOST: ("bad", "cross"),
    DrillState.WITHDRAWN: ("off", "bin"),
}


class Cell(msgspec.Struct, frozen=True):
    """One day of the calendar as it is drawn; `word` is said aloud, `mark` stands in the square."""

    day: date
    tone: str
    icon: str
    word: str
    mark: str
    href: str


@router.get("")
def nights(request: Request, house: HouseHere, visitor: Guest, area: str = "") -> Response:
    """Show the nights of an area, what is signed ahead, and the exercises that sound."""
    now = house.clock()
    chosen = area or _first_area(visitor)
    visitor.person.require(Right.VIEW, chosen)
    with house.reading() as unit:
        held = calendar_of(unit, [chosen], now=now)
        exercises = list_drills(unit, who=visitor.person, audible=True, limit=EXERCISES)
        named = sorted({chosen, *(path for one in exercises for path in one.areas)})
        names = dict(zip(named, area_names(unit, named), strict=True))
        areas = choices(unit, visitor.person.areas(Right.VIEW), chosen)
        wanted = signatures_wanted(unit, [chosen])
        trend = trend_of(unit, [chosen], audible=False, now=now)
    lacking = [n for n in held if n.ahead and not _is_signed(n)]
    ahead = [n for n in held if n.ahead]
    signed = sum(1 for n in ahead if _is_signed(n))
    context: dict[str, object] = {
        "area": chosen,
        "areas": areas,
        "names": names,
        "weeks": _weeks(held, visitor.words),
        "weekdays": WEEKDAYS,
        "today": now.astimezone(ZONE).date(),
        "first": lacking[0].day if lacking else None,
        "signed": signed,
        "coming": len(ahead),
        "waiting": sum(1 for n in ahead if n.drill and n.drill.state is DrillState.WAITING),
        "month": MONTH_NIGHTS,
        "wanted": wanted,
        "trend": trend,
        "exercises": exercises,
        "tones": _TONES,
        "may_sign": visitor.person.may(Right.ALARM, chosen),
        "may_plan": bool(visitor.person.areas(Right.ALARM)),
        "now": now,
    }
    return page(request, visitor, "drills.html", context)


@router.post("/nights/prepare")
def prepare_month(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return the payloads of the nights to come, to be shown and signed in the browser."""
    area = _text(posted, "area")
    now = house.clock()
    today = now.astimezone(ZONE).date()
    with house.reading() as unit:
        prepared = prepare_nights(
            unit, [area], today, MONTH_NIGHTS + 1, who=visitor.person, now=now
        )
    kind = payload_type(Kind.ANNOUNCEMENT)
    papers = [
        {"payloadType": kind, "payload": base64.b64encode(one.payload).decode(), "id": one.id}
        for one in prepared
    ]
    return JSONResponse({"papers": papers})


@router.get("/new")
def form(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the form that plans an exercise."""
    areas = visitor.person.areas(Right.ALARM)
    if not areas:
        why = visitor.words("Bạn chưa có quyền phát khẩn cấp nên chưa lập được diễn tập.")
        raise Forbidden(why, "no-right")
    with house.reading() as unit:
        tree = branches(area_tree(unit, areas))
    tomorrow = house.clock().astimezone(ZONE).date() + timedelta(days=1)
    context: dict[str, object] = {
        "tree": tree,
        "tomorrow": tomorrow,
        "example": EXAMPLE,
        "opening": FIRST,
        "closing": LAST,
        "most": MOST_WORDS,
    }
    return page(request, visitor, "drill_form.html", context)


@router.post("/prepare")
def prepare(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return the payload of an exercise, to be shown and signed in the browser."""
    draft = _draft(posted, visitor.words)
    with house.reading() as unit:
        prepared = prepare_exercise(unit, draft, who=visitor.person, now=house.clock())
    return to_sign(Kind.ANNOUNCEMENT, prepared)


@router.post("/take")
async def take(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Take one signed drill."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    drill = await run_in_threadpool(_taken, house, visitor, handed)
    return JSONResponse({"href": f"/console/drills/{drill.id}", "state": drill.state.value})


def _taken(house: House, visitor: Visitor, handed: Handed) -> Drill:
    with house.writing() as unit:
        return take_drill(unit, handed.envelope.encode(), who=visitor.person, now=house.clock())


@router.get("/{drill}")
def report(request: Request, house: HouseHere, visitor: Guest, drill: str) -> Response:
    """Show what came of one drill."""
    now = house.clock()
    with house.reading() as unit:
        found = report_of(unit, drill, who=visitor.person, now=now)
        areas = area_names(unit, found.drill.areas)
    state = found.drill.state
    context: dict[str, object] = {
        "found": found,
        "drill": found.drill,
        "area_list": areas,
        "tones": _TONES,
        "cause_words": CAUSE_WORDS,
        "most": MOST_LINES,
        "judged": state in (DrillState.HANDED, DrillState.DONE),
        "may_leave_out": state in (DrillState.WAITING, DrillState.READY)
        and all(visitor.person.may(Right.ALARM, area) for area in found.drill.areas),
        "forms": ("pdf", "xlsx", "csv"),
        "now": now,
    }
    return page(request, visitor, "drill.html", context)


@router.get("/{drill}/report.{form}")
def file(house: HouseHere, visitor: Guest, drill: str, form: str) -> Response:
    """Hand out the report of a drill as a file."""
    if form not in TYPES:
        raise NotFound(visitor.words("Không có tệp loại này."), "no-form")
    stream = export_drill(house, drill, form=form, who=visitor.person, now=house.clock())
    named = {"Content-Disposition": f'attachment; filename="dien-tap.{form}"'}
    return StreamingResponse(stream, media_type=TYPES[form], headers=named)


@router.post("/{drill}/drop")
def drop(posted: Posted, house: HouseHere, visitor: Guest, drill: str) -> Response:
    """Leave out a drill that is still to come."""
    with house.writing() as unit:
        leave_out(unit, drill, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/drills/{drill}", 303)


def _first_area(visitor: Visitor) -> str:
    areas = visitor.person.areas(Right.ALARM) or visitor.person.areas(Right.VIEW)
    if not areas:
        raise Forbidden(visitor.words("Bạn chưa được giao địa bàn nào."), "no-right")
    return areas[0]


def _is_signed(night: Night) -> bool:
    return night.drill is not None and night.drill.state is DrillState.READY


def _weeks(held: tuple[Night, ...], words: Words) -> list[tuple[Cell | None, ...]]:
    """Return the days in rows from Monday to Sunday, with gaps before the first and after the last."""
    cells: list[Cell | None] = [None] * held[0].day.weekday()
    cells += [_cell(night, words) for night in held]
    cells += [None] * (-len(cells) % 7)
    return [tuple(cells[n : n + 7]) for n in range(0, len(cells), 7)]


def _cell(night: Night, words: Words) -> Cell:
    drill = night.drill
    if drill is None:
        word = words("chưa ký") if night.ahead else words("không kiểm tra")
        return Cell(night.day, "open" if night.ahead else "off", "", word, "", "")
    tone, icon = _TONES[drill.state]
    word, mark = words(drill.word), ""
    if drill.state is DrillState.DONE:
        lacking = (drill.appliances or 0) - (drill.well or 0)
        mark = str(lacking) if lacking else ""
        tone, icon = ("bad", "alert") if lacking else (tone, icon)
        word = (
            words("{n} cụm không phát được", n=lacking)
            if lacking
            else words("mọi cụm đều phát được")
        )
    return Cell(night.day, tone, icon, word, mark, f"/console/drills/{drill.id}")


def _draft(posted: FormData, words: Words) -> ExerciseDraft:
    try:
        day = date.fromisoformat(_text(posted, "day"))
        hour = time.fromisoformat(_text(posted, "hour"))
    except ValueError as fault:
        raise Unacceptable(words("Hãy chọn ngày và giờ diễn tập."), "bad-time") from fault
    areas = tuple(str(area) for area in posted.getlist("areas"))
    return ExerciseDraft(areas=areas, day=day, hour=hour, text=_text(posted, "text"))


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip() if isinstance(value, str) else ""
