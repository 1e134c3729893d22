"""How areas were served: the evaluation, the list of plays, one play and what stands behind it, and files of both.

Law of the room: the pages show and ask; every number is one of `services.evaluation` or `services.play_lists`.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from central.console.plays_asked import PlaysAsked, read_asked, read_paper
from central.console.plays_drawing import bars, heat_tone
from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import Forbidden, NotFound
from central.domain.evaluation import OUTCOME_WORDS, UNCLASSIFIED
from central.domain.library import FIELDS
from central.domain.people import Right
from central.domain.periods import PERIOD_WORDS, PeriodKind
from central.domain.tally import PRIORITY_WORDS, REASON_WORDS
from central.services import Unit
from central.services.evaluation import evaluate
from central.services.evaluation_exports import export_evaluation, export_plays
from central.services.evaluation_tree import above, choices
from central.services.missed_lists import page_of_missed
from central.services.play_evidence import play_evidence
from central.services.play_lists import (
    asked,
    page_of_plays,
    read_cursor,
    sums_of_plays,
)
from central.services.public_pages import public_settings, set_public_page
from central.services.report_cells import CSV_TYPE, XLSX_TYPE

router = APIRouter(prefix="/plays")
LINES: Final = 50
TYPES: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": "application/pdf"}
_HOME: Final = "/console/plays"


@router.get("")
def evaluation(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show how an area was served in a period, beside the period before."""
    now = house.clock()
    what = read_asked(request.query_params, now=now, usual=PeriodKind.MONTH)
    area = what.area or _first_area(visitor)
    with house.reading() as unit:
        found = evaluate(unit, area, what.period, wanted=what.wanted, who=visitor.person, now=now)
        context = _frame(unit, visitor, what, area)
    context |= {
        "found": found,
        "bars": bars(found.trend),
        "heat_tone": heat_tone,
        "forms": ("pdf", "xlsx", "csv"),
    }
    return page(request, visitor, "plays.html", context)


@router.get("/list")
def plays(request: Request, house: HouseHere, visitor: Guest, after: str = "") -> Response:
    """Show plays, or planned windows nobody told of, newest first."""
    now = house.clock()
    what = read_asked(request.query_params, now=now, usual=PeriodKind.WEEK)
    cursor = read_cursor(after)
    with house.reading() as unit:
        question = asked(unit, visitor.person, what.area, what.period, what.wanted)
        context = _frame(unit, visitor, what, what.area or "")
        if what.missed:
            missed, further = page_of_missed(unit, question, after=cursor, limit=LINES)
            context |= {"missed": missed, "lines": (), "sums": None}
        else:
            lines, further = page_of_plays(unit, question, after=cursor, limit=LINES)
            context |= {"missed": None, "lines": lines, "sums": sums_of_plays(unit, question)}
    context |= {
        "outcomes": OUTCOME_WORDS,
        "reasons": REASON_WORDS,
        "paged": cursor is not None,
        "further": None if further is None else what.address(f"{_HOME}/list", after=further.text),
    }
    return page(request, visitor, "plays_list.html", context)


@router.get("/line/{number}")
def line(request: Request, house: HouseHere, visitor: Guest, number: str) -> Response:
    """Show one play and what stands behind it."""
    if not (number.isascii() and number.isdecimal() and len(number) < 16):
        raise NotFound(visitor.words("Không có lượt phát này."), "no-play")
    with house.reading() as unit:
        found = play_evidence(unit, int(number), who=visitor.person)
    return page(request, visitor, "play.html", {"found": found})


@router.get("/report.{form}")
def report(request: Request, house: HouseHere, visitor: Guest, form: str) -> Response:
    """Hand out the evaluation as a file; the words of the paper are what its makers want to see there."""
    _check_form(form, visitor)
    now = house.clock()
    what = read_asked(request.query_params, now=now, usual=PeriodKind.MONTH)
    paper = read_paper(request.query_params)
    stream = export_evaluation(
        house,
        what.area or _first_area(visitor),
        what.period,
        form=form,
        wanted=what.wanted,
        paper=paper,
        who=visitor.person,
        now=now,
    )
    return StreamingResponse(stream, media_type=TYPES[form], headers=as_file("bao-cao", what, form))


@router.get("/list.{form}")
def list_file(request: Request, house: HouseHere, visitor: Guest, form: str) -> Response:
    """Hand out every play of the list as a file."""
    _check_form(form, visitor, "csv", "xlsx")
    now = house.clock()
    what = read_asked(request.query_params, now=now, usual=PeriodKind.WEEK)
    stream = export_plays(
        house,
        what.area,
        what.period,
        form=form,
        wanted=what.wanted,
        who=visitor.person,
        now=now,
    )
    name = as_file("luot-phat", what, form)
    return StreamingResponse(stream, media_type=TYPES[form], headers=name)


@router.get("/public")
def public(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show which communes have a page for everybody."""
    flash = None
    if request.query_params.get("done") == "set":
        flash = Flash("ok", visitor.words("Đã lưu trang công khai."))
    with house.reading() as unit:
        settings = public_settings(unit, who=visitor.person)
    return page(request, visitor, "plays_public.html", {"settings": settings}, flash=flash)


@router.post("/public")
def set_public(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show or hide one commune's page."""
    with house.writing() as unit:
        set_public_page(
            unit,
            str(posted.get("area", "")),
            shown=posted.get("shown") == "yes",
            contact=str(posted.get("contact", "")),
            who=visitor.person,
            now=house.clock(),
        )
    return RedirectResponse(f"{_HOME}/public?done=set", 303)


def as_file(kind: str, what: PlaysAsked, form: str) -> dict[str, str]:
    """Return the header that names a file by its period."""
    name = f"{kind}-{what.period.first:%Y%m%d}-{what.period.last:%Y%m%d}.{form}"
    return {"content-disposition": f'attachment; filename="{name}"'}


def _check_form(form: str, visitor: Visitor, *known: str) -> None:
    if form not in (known or tuple(TYPES)):
        raise NotFound(visitor.words("Không có dạng tệp này."), "no-form")


def _first_area(visitor: Visitor) -> str:
    areas = visitor.person.areas(Right.VIEW)
    if not areas:
        raise Forbidden(visitor.words("Bạn chưa được giao địa bàn nào để xem."), "no-area")
    return areas[0]


def _frame(unit: Unit, visitor: Visitor, what: PlaysAsked, area: str) -> dict[str, object]:
    """Return what both pages have in common: the choices, and addresses like this one."""
    mine = visitor.person.areas(Right.VIEW)
    return {
        "what": what,
        "area": area,
        "areas": choices(unit, mine, area),
        "above": above(unit, mine, area),
        "periods": PERIOD_WORDS,
        "fields": {"0": UNCLASSIFIED, **{str(code): name for code, name in FIELDS.items()}},
        "priorities": PRIORITY_WORDS,
        "home": _HOME,
    }
