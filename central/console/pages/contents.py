"""The content library: upload, what the checks found, listen, approve with the approver's own key; live sources too.

Law of the room: an approval is prepared here and signed in the browser; the envelope that comes back is
verified by the services. The bytes are only given to people who are signed in.
"""

import base64
from datetime import timedelta
from pathlib import PurePath
from typing import TypeVar

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse, Response

from central.console import waveform
from central.console.render import fragment, page
from central.console.visitor import Checked, Guest, HouseHere, Visitor
from central.console.words import Words
from central.domain.errors import TooLarge, Unacceptable
from central.domain.people import Right
from central.domain.states import ContentState, Prepared
from central.services import (
    House,
    Intake,
    Upload,
    begin_upload,
    content_named,
    content_path,
    finish_upload,
    list_contents,
    list_lives,
    live_named,
    prepare_approval,
    take_approval,
)
from central.services.console_views import AreaNode, area_tree, slots_relaying
from contract.codec import payload_type
from contract.documents import Kind

router = APIRouter(prefix="/contents")
T = TypeVar("T")
MOST_JSON_BYTES = 200_000  # an announcement of 64 kB in base64, twice over


class ApprovalAsked(msgspec.Struct, frozen=True):
    """For which area and how many days an approver wants to approve."""

    area: str
    days: int = 365


class Handed(msgspec.Struct, frozen=True):
    """A sealed envelope as the browser hands it in."""

    envelope: str


@router.get("")
def library(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the library."""
    context = _listed(house, visitor)
    context["upload_areas"] = _areas(house, visitor, Right.EDIT)
    with house.reading() as unit:
        context["lives"] = list_lives(unit, now=house.clock())
    return page(request, visitor, "contents.html", context)


@router.get("/list")
def library_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the list alone."""
    return fragment(visitor, "contents_part.html", _listed(house, visitor))


@router.post("/upload")
async def upload(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    checked: Checked,
    area: str,
    name: str,
    title: str = "",
) -> Response:
    """Take the bytes of one file as they come; answer what the checks found, in words."""
    declared = request.headers.get("content-length", "")
    size_bytes = int(declared) if declared.isdecimal() else None
    intake = await run_in_threadpool(begin_upload, house, size_bytes)
    try:
        async for chunk in request.stream():
            await run_in_threadpool(intake.write, chunk)
    except BaseException:
        intake.discard()
        raise
    meta = Upload(name=name, mime="", title=title.strip() or PurePath(name).stem, area=area)
    found = await run_in_threadpool(_finished, house, visitor, intake, meta)
    return JSONResponse(found)


def _finished(house: House, visitor: Visitor, intake: Intake, meta: Upload) -> dict[str, str]:
    state = finish_upload(house, intake, meta, who=visitor.person, now=house.clock())
    said = verdict_of(visitor.words, state)
    return {"href": f"/console/contents/{state.sha256}", "said": said}


def verdict_of(words: Words, state: ContentState) -> str:
    """Return what the checks found, in one sentence."""
    minutes, seconds = divmod(round(state.duration_ms / 1000), 60)
    parts = [words("Tệp tốt, dài {m} phút {s} giây.", m=minutes, s=seconds)]
    if state.gain_db >= 1:
        parts.append(words("Thu hơi nhỏ, loa sẽ phát to lên {n} dB.", n=round(state.gain_db)))
    elif state.gain_db <= -1:
        parts.append(words("Thu hơi to, loa sẽ phát nhỏ đi {n} dB.", n=round(-state.gain_db)))
    else:
        parts.append(words("Độ to vừa đúng mức."))
    return " ".join(parts)


@router.get("/live/{sha256}")
def live_source(request: Request, house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Show one live source: its whole address, where it is planned, approvals."""
    now = house.clock()
    with house.reading() as unit:
        state = live_named(unit, sha256, now=now)
        nodes = area_tree(unit)
        slots = slots_relaying(unit, sha256, visitor.person)
    context: dict[str, object] = {
        "live": state,
        "slots": slots,
        "area_names": {node.path: node.name for node in nodes},
        "approve_areas": _areas(house, visitor, Right.APPROVE),
        "now": now,
    }
    return page(request, visitor, "live.html", context)


@router.get("/{sha256}")
def content(request: Request, house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Show one content: picture, sound, facts, approvals."""
    now = house.clock()
    with house.reading() as unit:
        state = content_named(unit, sha256, now=now)
        names = {node.path: node.name for node in area_tree(unit)}
    context: dict[str, object] = {
        "content": state,
        "verdict": verdict_of(visitor.words, state),
        "area_names": names,
        "approve_areas": _areas(house, visitor, Right.APPROVE),
        "now": now,
    }
    return page(request, visitor, "content.html", context)


@router.get("/{sha256}/sound")
def sound(house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Return the bytes, in ranges where asked."""
    with house.reading() as unit:
        state = content_named(unit, sha256, now=house.clock())
    return FileResponse(content_path(house, state.sha256), media_type=state.mime)


@router.get("/{sha256}/waveform.svg")
def waveform_picture(house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Return the picture of the sound."""
    with house.reading() as unit:
        state = content_named(unit, sha256, now=house.clock())
    drawn = waveform.picture(waveform.peaks(house, state.sha256, state.duration_ms))
    headers = {"cache-control": "private, max-age=86400, immutable"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


@router.post("/{sha256}/approval/prepare")
async def prepare(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, sha256: str
) -> Response:
    """Return the payload that the approver's key is to sign."""
    asked = read_json(await small_body(request, visitor.words), ApprovalAsked, visitor.words)
    prepared = await run_in_threadpool(_prepared, house, visitor, sha256, asked)
    return to_sign(Kind.APPROVAL, prepared)


def _prepared(house: House, visitor: Visitor, sha256: str, asked: ApprovalAsked) -> Prepared:
    if not 1 <= asked.days <= 730:
        raise Unacceptable(visitor.words("Thời hạn duyệt từ 1 đến 730 ngày."), "bad-life")
    life = timedelta(days=asked.days)
    with house.reading() as unit:
        return prepare_approval(
            unit, sha256, asked.area, who=visitor.person, now=house.clock(), life=life
        )


@router.post("/{sha256}/approval")
async def approve(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, sha256: str
) -> Response:
    """Take the sealed approval."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    await run_in_threadpool(_taken, house, visitor, handed)
    return JSONResponse({"href": f"/console/contents/{sha256}"})


def _taken(house: House, visitor: Visitor, handed: Handed) -> None:
    with house.writing() as unit:
        take_approval(unit, handed.envelope.encode(), who=visitor.person, now=house.clock())


async def small_body(request: Request, words: Words) -> bytes:
    """Return the body of a post of JSON; raises `TooLarge` beyond what any envelope needs."""
    found = b""
    async for chunk in request.stream():
        found += chunk
        if len(found) > MOST_JSON_BYTES:
            raise TooLarge(words("Thiếu hoặc sai dữ liệu trong yêu cầu."))
    return found


def read_json(body: bytes, wanted: type[T], words: Words) -> T:
    """Return the posted value; raises `Unacceptable` when it is something else."""
    try:
        return msgspec.json.decode(body, type=wanted)
    except msgspec.DecodeError as error:
        raise Unacceptable(words("Thiếu hoặc sai dữ liệu trong yêu cầu."), "bad-request") from error


def to_sign(kind: Kind, prepared: Prepared) -> Response:
    """Return what the browser needs to show and sign a payload."""
    return JSONResponse(
        {
            "payloadType": payload_type(kind),
            "payload": base64.b64encode(prepared.payload).decode(),
            "id": prepared.id,
        }
    )


def _listed(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        contents = list_contents(unit, now=now)
        names = {node.path: node.name for node in area_tree(unit)}
    return {"contents": contents, "area_names": names, "now": now}


def _areas(house: House, visitor: Visitor, right: Right) -> tuple[AreaNode, ...]:
    with house.reading() as unit:
        return tuple(node for node in area_tree(unit) if visitor.person.may(right, node.path))
