"""The emergency desk: raise, co-sign, follow and cancel an alarm.

Law of the room: the server prepares bytes and takes signed envelopes, it signs nothing here. An exercise
and a test never look like the real thing.
"""

import json
import logging
from collections.abc import Sequence
from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from central.console.alarm_templates import TEMPLATES
from central.console.pages.contents import Handed, read_json, small_body, to_sign
from central.console.render import fragment, page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.domain.alarms import DRILL_OPENINGS
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.states import AnnouncementPhase, AnnouncementState, Prepared
from central.services import (
    AlarmDraft,
    House,
    announcement_named,
    list_announcements,
    prepare_announcement,
    take_announcement,
    waiting_envelope,
)
from central.services.alarms_board import BoardAsked, board
from central.services.alarms_sight import sighted
from central.services.console_views import (
    AreaNode,
    announcement_document,
    area_names,
    area_tree,
    prepare_all_clear,
    signatures_wanted,
    waiting_cancel,
    warning_views,
)
from contract.documents import Announcement, AnnouncementInfo, Kind, Repeat, Status, Tone

router = APIRouter(prefix="/emergency")
_LOG = logging.getLogger(__name__)
LANGUAGES = (("vi", "Tiếng Việt"), ("en", "Tiếng Anh"))
SHOWN = 15


@router.get("")
def desk(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show what stands and the last alarms."""
    return page(request, visitor, "emergency.html", _listed(house, visitor))


@router.get("/list")
def desk_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the desk."""
    return fragment(visitor, "emergency_part.html", _listed(house, visitor))


@router.get("/new")
def form(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the form to raise an alarm."""
    areas = visitor.person.areas(Right.ALARM)
    with house.reading() as unit:
        nodes = area_tree(unit, areas)
    context: dict[str, object] = {
        "nodes": nodes,
        "tree": branches(nodes),
        "templates": TEMPLATES,
        "languages": LANGUAGES,
        "usual": Repeat(),
    }
    return page(request, visitor, "alarm_form.html", context)


@router.post("/prepare")
def prepare(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return the payload of an alert, to be shown and signed in the browser."""
    draft = _draft(posted, visitor)
    with house.reading() as unit:
        prepared = prepare_announcement(unit, draft, who=visitor.person, now=house.clock())
    return to_sign(Kind.ANNOUNCEMENT, prepared)


@router.post("/send")
async def send(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Take a signed announcement: in force at once, or waiting for the next person."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    state = await run_in_threadpool(_taken, house, visitor, handed)
    shown = state.id if state.message != "Cancel" else await run_in_threadpool(_ended, house, state)
    return JSONResponse({"href": f"/console/emergency/{shown}", "phase": state.phase.value})


def _taken(house: House, visitor: Visitor, handed: Handed) -> AnnouncementState:
    with house.writing() as unit:
        state = take_announcement(
            unit, handed.envelope.encode(), who=visitor.person, now=house.clock()
        )
    _LOG.info("announcement id=%s phase=%s by=%s", state.id, state.phase.value, visitor.person.id)
    return state


def _ended(house: House, cancel: AnnouncementState) -> str:
    with house.reading() as unit:
        return announcement_document(unit, cancel.id).references[0]


@router.get("/{announcement}")
def follow(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Show one alarm: what it says, and how far it got on every appliance."""
    return page(request, visitor, "alarm.html", _followed(request, house, visitor, announcement))


@router.get("/{announcement}/board")
def board_part(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Return the living part of the board."""
    return fragment(visitor, "board_part.html", _followed(request, house, visitor, announcement))


@router.post("/{announcement}/envelope")
def envelope(house: HouseHere, visitor: Guest, checked: Checked, announcement: str) -> Response:
    """Return the sealed bytes that the second person adds a signature to."""
    with house.reading() as unit:
        sighted(unit, announcement, who=visitor.person, now=house.clock())
        sealed = waiting_envelope(unit, announcement)
    return JSONResponse({"envelope": sealed.decode()})


@router.post("/{announcement}/cancel/prepare")
def prepare_cancelling(
    house: HouseHere, visitor: Guest, checked: Checked, announcement: str
) -> Response:
    """Return the payload that ends an alarm with the all-clear tone."""
    with house.reading() as unit:
        sighted(unit, announcement, who=visitor.person, now=house.clock())
        prepared: Prepared = prepare_all_clear(
            unit, announcement, "", who=visitor.person, now=house.clock()
        )
    return to_sign(Kind.ANNOUNCEMENT, prepared)


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


def _draft(posted: FormData, visitor: Visitor) -> AlarmDraft:
    """Return what the form says; raises `Unacceptable` with what to change."""
    words = visitor.words
    infos = [
        AnnouncementInfo(language=code, headline=headline, text=text, tone=Tone.ATTENTION)
        for code, _ in LANGUAGES
        if (headline := _text(posted, f"headline_{code}"))
        and (text := _text(posted, f"text_{code}"))
    ]
    if not infos:
        raise Unacceptable(words("Cần tiêu đề và lời đọc ít nhất bằng một thứ tiếng."), "no-words")
    status = next((s for s in Status if s.value == posted.get("status")), None)
    if status is None:
        raise Unacceptable(words("Hãy chọn Thật, Diễn tập hoặc Kiểm tra."), "no-status")
    if any(not info.headline.startswith(DRILL_OPENINGS[info.language][status]) for info in infos):
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
        severity=template.severity if template else "Severe",
        more=tuple(infos[1:]),
    )


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


def _listed(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        states = list_announcements(unit, who=visitor.person, now=now, limit=60)
        named = tuple({area for state in states for area in state.areas})
        names = dict(zip(named, area_names(unit, named), strict=True))
        warnings = warning_views(unit, visitor.person, now=now)
    alerts = [state for state in states if state.message != "Cancel"]
    return {
        "standing": [s for s in alerts if s.phase is not AnnouncementPhase.OVER],
        "over": [s for s in alerts if s.phase is AnnouncementPhase.OVER][:SHOWN],
        "warnings": warnings,
        "area_names": names,
        "may_alarm": bool(visitor.person.areas(Right.ALARM)),
        "now": now,
    }


def _followed(
    request: Request, house: House, visitor: Visitor, announcement: str
) -> dict[str, object]:
    now = house.clock()
    said = request.query_params
    skipped = said.get("skipped", "")
    asked = BoardAsked(
        stage=said.get("stage", ""),
        area=said.get("area", ""),
        skipped=int(skipped) if skipped.isdecimal() and len(skipped) < 6 else 0,
    )
    with house.reading() as unit:
        state = sighted(unit, announcement, who=visitor.person, now=now)
        document: Announcement = announcement_document(unit, announcement)
        reached = board(unit, state, asked, who=visitor.person, now=now)
        named = (*state.areas, asked.area) if asked.area else state.areas
        names = dict(zip(named, area_names(unit, named), strict=True))
        cancel = waiting_cancel(unit, announcement, now=now)
        cancel_state = announcement_named(unit, cancel, now=now) if cancel else None
        wanted = signatures_wanted(unit, state.areas)
    return {
        "alarm": state,
        "document": document,
        "board": reached,
        "asked": asked,
        "area_names": names,
        "names": json.dumps({area: names.get(area, area) for area in state.areas}),
        "cancel": cancel_state,
        "wanted": wanted,
        "may_alarm": all(visitor.person.may(Right.ALARM, area) for area in state.areas),
        "now": now,
    }
