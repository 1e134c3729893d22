"""The content library: find, upload, listen, say what it is, approve with the approver's own key; live sources too.

Law of the room: an approval is prepared here and signed in the browser; the envelope that comes back is
verified by the services. Bytes are given only to people who may see the content, and never as anything a
browser would run.
"""

import base64
from datetime import timedelta
from pathlib import PurePath
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from central.console.pages import contents_compose, contents_sheet
from central.console.pages.contents_sheet import areas_with, verdict_of, visible_areas
from central.console.render import fragment, page
from central.console.visitor import Checked, Guest, HouseHere, Visitor
from central.console.words import Words
from central.domain.areas import Area
from central.domain.errors import TooLarge, Unacceptable
from central.domain.library import (
    FIELDS,
    KIND_WORDS,
    PRIORITY_WORDS,
    TOPICS,
)
from central.domain.library_states import LibraryPage
from central.domain.people import Right
from central.domain.states import Prepared
from central.services import (
    House,
    Intake,
    Upload,
    begin_upload,
    finish_upload,
    list_areas,
    list_lives,
    live_named,
    prepare_approval,
    take_approval,
)
from central.services.console_views import area_tree, slots_relaying
from central.services.library_search import Wanted, search
from contract.codec import payload_type
from contract.documents import Kind

router = APIRouter(prefix="/contents")
router.include_router(contents_compose.router)  # before what takes any name for a hash
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
    """Show the library, filtered as the address says."""
    context = _listed(request.query_params, house, visitor)
    context["upload_areas"] = upload_areas(house, visitor)
    with house.reading() as unit:
        seen = visitor.person.areas(Right.VIEW)
        context["lives"] = (
            list_lives(unit, areas=seen, now=house.clock()) if context["first"] else ()
        )
        context["filter_areas"] = visible_areas(unit, visitor)
    return page(request, visitor, "contents.html", context)


@router.get("/list")
def library_part(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Return the list alone."""
    return fragment(visitor, "contents_part.html", _listed(request.query_params, house, visitor))


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
        "approve_areas": areas_with(house, visitor, Right.APPROVE),
        "now": now,
    }
    return page(request, visitor, "live.html", context)


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


def _wanted(asked: QueryParams, words: Words) -> Wanted:
    """Return what the address asks for; raises `Unacceptable` for what no filter has."""
    kind = asked.get("kind", "")
    raw = {
        "words": asked.get("q", "")[:500],
        "kinds": [kind] if kind else [],
        "field": asked.get("field") or None,
        "topic": asked.get("topic", ""),
        "priority": asked.get("priority") or None,
        "state": asked.get("state", ""),
        "area": asked.get("area", ""),
        "valid_on": asked.get("valid_on") or None,
        "archived": asked.get("archived") == "yes",
        "mine": asked.get("mine") == "yes",
        "after": asked.get("after", ""),
    }
    try:
        return msgspec.convert(raw, type=Wanted, strict=False)
    except msgspec.ValidationError as fault:
        raise Unacceptable(words("Thiếu hoặc sai dữ liệu trong yêu cầu."), "bad-request") from fault


def _listed(asked: QueryParams, house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    wanted = _wanted(asked, visitor.words)
    with house.reading() as unit:
        found = search(unit, wanted, who=visitor.person, now=now)
        names = {area.path: area.name for area in list_areas(unit)}
    filters = {
        name: value for name, value in asked.items() if name not in {"after", "view"} and value
    }
    view = "grid" if asked.get("view") == "grid" else "list"
    return {
        "found": found,
        "area_names": names,
        "wanted": wanted,
        "filters": filters,
        "view": view,
        "first": not filters and not wanted.after,
        "next_href": _next(found, filters, view),
        "this_query": urlencode(filters | ({"view": view} if view == "grid" else {})),
        "other_query": urlencode(filters | ({"view": "grid"} if view == "list" else {})),
        "kinds": KIND_WORDS,
        "fields": FIELDS,
        "topics": TOPICS,
        "priorities": PRIORITY_WORDS,
        "now": now,
    }


def _next(found: LibraryPage, filters: dict[str, str], view: str) -> str:
    if found.next is None:
        return ""
    return "/console/contents?" + urlencode(
        filters | ({"view": view} if view == "grid" else {}) | {"after": found.next}
    )


def upload_areas(house: House, visitor: Visitor) -> tuple[Area, ...]:
    """Return the areas into which this visitor may put content, parents before children."""
    who = visitor.person
    with house.reading() as unit:
        return tuple(
            area
            for area in list_areas(unit)
            if who.may(Right.EDIT, area.path) or who.may(Right.CONTRIBUTE, area.path)
        )


router.include_router(contents_sheet.router)  # last: it takes any name for a hash
