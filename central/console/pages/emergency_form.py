"""The form of an alarm: what, where, how long and in which languages; looked at ahead, then signed in the browser.

Law of the room: the server prepares bytes and signs nothing. What the form shows is what is signed; a template's blank
that nobody filled in is refused, a drill says that it is one in every language.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from central.console.alarm_filling import LANGUAGES, OTHERS, Filled, corrected, opening_of
from central.console.alarm_templates import TEMPLATES
from central.console.pages.contents import read_json, small_body, to_sign
from central.console.render import fragment, page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.services import AlarmDraft, House, prepare_announcement
from central.services.alarms_ahead import ahead, zone_titles
from central.services.alarms_drawn import Drawn, ShapeAsked, drawn
from central.services.alarms_sight import sighted
from central.services.area_groups import list_groups
from central.services.cap_inbox import tie_cap
from central.services.console_views import (
    AreaNode,
    announcement_document,
    area_names,
    area_tree,
)
from contract.documents import AnnouncementInfo, Kind, Repeat, Status, Tone

router = APIRouter(prefix="/emergency")


@router.get("/new")
def form(
    request: Request, house: HouseHere, visitor: Guest, template: str = "", status: str = ""
) -> Response:
    """Show the form to raise an alarm; a tile of the desk names a template and Actual, Exercise or Test."""
    known = {t.name for t in TEMPLATES}
    chosen = next((s.value for s in Status if s.value == status), "")
    filled = Filled(status=chosen, template=template if template in known else "")
    return form_page(request, house, visitor, filled)


@router.get("/{announcement}/update")
def update(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Show the form that corrects an announcement in force."""
    with house.reading() as unit:
        sighted(unit, announcement, who=visitor.person, now=house.clock())
        document = announcement_document(unit, announcement)
    return form_page(request, house, visitor, corrected(document))


def form_page(request: Request, house: House, visitor: Visitor, filled: Filled) -> Response:
    """Return the form of an alarm with a proposal in it."""
    areas = visitor.person.areas(Right.ALARM)
    with house.reading() as unit:
        nodes = area_tree(unit, areas)
        zones = zone_titles(unit, areas)
        groups = list_groups(unit, who=visitor.person)
    if not filled.areas and len(areas) == 1 and "/" in areas[0]:
        filled = msgspec.structs.replace(filled, areas=areas)
    context: dict[str, object] = {
        "tree": branches(nodes),
        "nodes": nodes,
        "templates": TEMPLATES,
        "languages": LANGUAGES,
        "others": OTHERS,
        "zones": zones,
        "groups": groups,
        "filled": filled,
    }
    return page(request, visitor, "alarm_form.html", context)


@router.post("/prepare")
def prepare(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return the payload of an alert or update, to be shown and signed in the browser."""
    draft = _draft(posted, visitor)
    with house.reading() as unit:
        prepared = prepare_announcement(unit, draft, who=visitor.person, now=house.clock())
    cap = _text(posted, "cap")
    if cap.isdecimal() and len(cap) < 16:
        with house.writing() as unit:
            tie_cap(unit, int(cap), prepared.id, who=visitor.person, now=house.clock())
    return to_sign(Kind.ANNOUNCEMENT, prepared)


@router.post("/ahead")
def look_ahead(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return what the form's alarm would do: whom it reaches, when it sounds and over what."""
    draft = _draft(posted, visitor, unready=True)
    with house.reading() as unit:
        found = ahead(unit, draft, who=visitor.person, now=house.clock())
    return fragment(visitor, "ahead_part.html", {"ahead": found, "status": draft.status.value})


class DrawnNamed(msgspec.Struct, frozen=True):
    """What a shape holds, with the names of its areas."""

    drawn: Drawn
    names: tuple[str, ...]


@router.post("/drawn")
async def shape(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Return which areas a shape on the map means, and who else would sound."""
    asked = read_json(await small_body(request, visitor.words), ShapeAsked, visitor.words)
    found = await run_in_threadpool(_drawn, house, visitor, asked)
    return JSONResponse(msgspec.to_builtins(found))


def _drawn(house: House, visitor: Visitor, asked: ShapeAsked) -> DrawnNamed:
    with house.reading() as unit:
        found = drawn(unit, asked.corners, who=visitor.person)
        return DrawnNamed(found, area_names(unit, found.areas))


class Branch(msgspec.Struct):
    """One area with the areas below it, as the form draws them."""

    node: AreaNode
    below: list["Branch"]


def branches(nodes: Sequence[AreaNode]) -> list[Branch]:
    """Return the nodes (parents before children) as trees."""
    roots: list[Branch] = []
    path: list[Branch] = []
    for node in nodes:
        while path and not node.path.startswith(f"{path[-1].node.path}/"):
            path.pop()
        branch = Branch(node, [])
        (path[-1].below if path else roots).append(branch)
        path.append(branch)
    return roots


def _draft(posted: FormData, visitor: Visitor, *, unready: bool = False) -> AlarmDraft:
    """Return what the form says; raises `Unacceptable` with what to change, of an `unready` form only what it must."""
    words = visitor.words
    status = next((s for s in Status if s.value == posted.get("status")), None)
    infos = _infos(posted)
    if unready:
        infos = infos or [AnnouncementInfo(language="vi", headline="–", text="–")]
        status = status or Status.ACTUAL
    if not infos:
        raise Unacceptable(words("Cần tiêu đề và lời đọc ít nhất bằng một thứ tiếng."), "no-words")
    if status is None:
        raise Unacceptable(words("Hãy chọn Thật, Diễn tập hoặc Kiểm tra."), "no-status")
    said = all(info.headline.startswith(opening_of(info.language, status)) for info in infos)
    if not said and not unready:
        why = words("Diễn tập và kiểm tra phải nói rõ điều đó trong tiêu đề, bằng mọi thứ tiếng.")
        raise Unacceptable(why, "drill-unsaid")
    template = next((t for t in TEMPLATES if t.name == posted.get("template")), None)
    slow_min = _number(posted, "slow_gap_min", 0, 720, words("Khoảng cách lặp lại"), visitor)
    repeat = Repeat(
        quick_rounds=_number(posted, "quick_rounds", 1, 20, words("Số lần phát đầu"), visitor),
        quick_gap_s=60 * _number(posted, "quick_gap_min", 1, 60, words("Khoảng cách đầu"), visitor),
        slow_gap_s=slow_min * 60 or None,
    )
    first = infos[0]
    severity = _text(posted, "severity") or (template.severity if template else "Severe")
    return AlarmDraft(
        areas=tuple(str(area) for area in posted.getlist("areas")),
        event=_text(posted, "event") or first.headline,
        headline=first.headline,
        text=first.text,
        language=first.language,
        status=status,
        life=timedelta(hours=_number(posted, "life_h", 1, 24, words("Hiệu lực"), visitor)),
        tone=first.tone,
        repeat=repeat,
        zones=tuple(str(zone) for zone in posted.getlist("zones")),
        severity=severity,
        update_of=_text(posted, "update_of") or None,
        more=tuple(infos[1:]),
    )


def _infos(posted: FormData) -> list[AnnouncementInfo]:
    """Return the words in each language that has a title and a text; the tone sounds once, before the first."""
    other = _text(posted, "language_other")
    fields = [(code, code) for code, _ in LANGUAGES]
    fields += [(code, "other") for code, _ in OTHERS if code == other]
    infos = [
        AnnouncementInfo(language=code, headline=headline[:200], text=text[:4_000])
        for code, field in fields
        if (headline := _text(posted, f"headline_{field}"))
        and (text := _text(posted, f"text_{field}"))
    ]
    return [
        info if place == 0 else msgspec.structs.replace(info, tone=Tone.NONE)
        for place, info in enumerate(infos)
    ]


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""


def _number(posted: FormData, name: str, low: int, high: int, title: str, visitor: Visitor) -> int:
    text = _text(posted, name)
    if not text.isdecimal() or len(text) > 4 or not low <= int(text) <= high:
        why = visitor.words(
            "{name}: hãy ghi một số từ {low} đến {high}.", name=title, low=low, high=high
        )
        raise Unacceptable(why, "bad-number")
    return int(text)
