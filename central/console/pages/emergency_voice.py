"""The page on which a person speaks a warning himself: live, recorded before, or from a file.

Law of the room: the voice's key is made in the browser and named in what is signed; what comes here are signed pieces,
passed on as they are. An exercise says that it is one, a test makes no sound and so is not spoken.
"""

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import JSONResponse, Response

from central.console.alarm_filling import opening_of
from central.console.pages.contents import to_sign
from central.console.pages.emergency_form import branches
from central.console.render import page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.states import VoiceState
from central.services import AlarmDraft, House, prepare_announcement
from central.services.console_views import area_tree
from central.services.voices import take_pieces, voice_state
from contract import voice
from contract.documents import Kind, Status

router = APIRouter(prefix="/emergency/voice")
LIFE_H = 6


@router.get("")
def form(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the page."""
    areas = visitor.person.areas(Right.ALARM)
    with house.reading() as unit:
        nodes = area_tree(unit, areas)
    context: dict[str, object] = {
        "nodes": nodes,
        "tree": branches(nodes),
        "chosen": areas if len(areas) == 1 and "/" in areas[0] else (),
        "longest_s": voice.MAX_VOICE_MS // 1_000,
    }
    return page(request, visitor, "voice.html", context)


@router.post("/prepare")
def prepare(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Return the payload of an alert that names the voice's key, to be shown and signed in the browser."""
    draft = _draft(posted, visitor)
    with house.reading() as unit:
        prepared = prepare_announcement(unit, draft, who=visitor.person, now=house.clock())
    return to_sign(Kind.ANNOUNCEMENT, prepared)


@router.post("/{announcement}")
async def pieces(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, announcement: str
) -> Response:
    """Take the next signed pieces."""
    parcel = await request.body()
    state = await run_in_threadpool(_taken, house, visitor, announcement, parcel)
    return JSONResponse(msgspec.to_builtins(state))


def _taken(house: House, visitor: Visitor, announcement: str, parcel: bytes) -> VoiceState:
    with house.writing() as unit:
        return take_pieces(unit, announcement, parcel, who=visitor.person, now=house.clock())


@router.get("/{announcement}/state")
def state(house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Return whether it is in force, how much is here, and on how many appliances it is heard."""
    with house.reading() as unit:
        found = voice_state(unit, announcement, who=visitor.person, now=house.clock())
    return JSONResponse(msgspec.to_builtins(found))


def _draft(posted: FormData, visitor: Visitor) -> AlarmDraft:
    """Return what the form says; raises `Unacceptable` with what to change."""
    words = visitor.words
    status = {"Actual": Status.ACTUAL, "Exercise": Status.EXERCISE}.get(_text(posted, "status"))
    if status is None:
        raise Unacceptable(words("Hãy chọn Thật hoặc Diễn tập."), "no-status")
    headline, text = _text(posted, "headline"), _text(posted, "text")
    if not headline or not text:
        why = words("Cần tiêu đề và lời thay: bảng tin hiện, loa đọc khi không nghe được giọng.")
        raise Unacceptable(why, "no-words")
    if not headline.startswith(opening_of("vi", status)):
        raise Unacceptable(words("Diễn tập phải nói rõ điều đó trong tiêu đề."), "drill-unsaid")
    return AlarmDraft(
        areas=tuple(str(area) for area in posted.getlist("areas")),
        event=_text(posted, "event") or headline,
        headline=headline[:200],
        text=text[:4_000],
        status=status,
        life=timedelta(hours=LIFE_H),
        voice=_text(posted, "voice"),
    )


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip().replace("\r\n", "\n") if isinstance(value, str) else ""
