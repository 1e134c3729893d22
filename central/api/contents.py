"""What may sound: the content library, the live sources, and their approvals.

Law of the room: the right to upload is judged before the first byte is taken; the body goes to disk in pieces,
off the event loop, and never as a whole into memory. An approval comes sealed, and is only handed on.
"""

from typing import Annotated
from urllib.parse import unquote

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse

from central import services
from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.library import ContentKind
from central.domain.people import Right
from central.domain.states import ApprovalState, ContentState, LiveState, Prepared
from central.services.contents import Intake, Upload, contents_named, require_upload
from central.services.library import rows_of
from central.services.library_search import Wanted, search

CHUNK_BYTES = 1_000_000


class ApprovalAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be approved for which area."""

    sha256: str
    area: str


def add_contents(router: APIRouter, desk: Desk) -> None:
    """Add the content library and the live sources."""
    house = desk.house

    @router.post("/contents", tags=["contents"], **told(ContentState, takes=Sent(), status=201))
    @router.put("/contents", tags=["contents"], **told(ContentState, takes=Sent(), status=201))
    async def upload(
        request: Request,
        token: Token,
        area: str,
        title: str = "",
        x_file_name: Annotated[str, Header()] = "",
    ) -> Response:
        """Take a sound file as the raw body; `X-File-Name` is percent-encoded UTF-8."""
        who = await anyio.to_thread.run_sync(desk.person, token)
        said = request.headers.get("content-length", "")
        declared = int(said) if said.isdigit() else None
        wanted = Upload(
            name=unquote(x_file_name),
            mime=request.headers.get("content-type", ""),
            title=title,
            area=area,
        )
        require_upload(who, area)
        intake = await anyio.to_thread.run_sync(services.begin_upload, house, declared)
        try:
            await _receive(request, intake)
        except BaseException:
            intake.discard()
            raise
        state = await anyio.to_thread.run_sync(
            lambda: services.finish_upload(house, intake, wanted, who=who, now=house.clock())
        )
        return shown(state, 201)

    @router.get("/contents", tags=["contents"], **told(tuple[ContentState, ...]))
    def contents(
        token: Token,
        area: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
    ) -> Response:
        """List what can sound, newest first; the header `Next` leads on as `after`. GET /library finds everything."""
        kinds = (ContentKind.AUDIO,)
        wanted = Wanted(kinds=kinds, area=area, after=after, limit=limit)
        now = house.clock()
        with desk.reading(token) as (unit, who):
            found = search(unit, wanted, who=who, now=now)
            names = [item.sha256 for item in found.items]
            answer = shown(contents_named(unit, names, now=now))
        if found.next is not None:
            answer.headers["next"] = found.next
        return answer

    @router.get("/contents/{sha256}", tags=["contents"], **told(ContentState))
    def content(sha256: str, token: Token) -> Response:
        """Tell one content."""
        with desk.reading(token) as (unit, who):
            rows_of(unit, sha256, who)
            return shown(services.content_named(unit, sha256, now=house.clock()))

    @router.get("/contents/{sha256}/bytes", tags=["contents"], **told(Sent("*/*")))
    def content_bytes(sha256: str, token: Token) -> Response:
        """Give the sound itself, for listening before approval."""
        with desk.reading(token) as (unit, who):
            rows_of(unit, sha256, who)
            found = services.content_named(unit, sha256, now=house.clock())
        return FileResponse(services.content_path(house, found.sha256), media_type=found.mime)

    @router.get("/live-sources", tags=["contents"], **told(tuple[LiveState, ...]))
    def live_sources(token: Token) -> Response:
        """List the live sources that slots name; each is approved by its `sha256`, as content is."""
        with desk.reading(token) as (unit, who):
            seen = who.areas(Right.VIEW)
            return shown(services.list_lives(unit, areas=seen, now=house.clock()))


async def _receive(request: Request, intake: Intake) -> None:
    """Write the body to disk in large pieces, off the event loop."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) >= CHUNK_BYTES:
            await anyio.to_thread.run_sync(intake.write, bytes(held))
            held.clear()
    await anyio.to_thread.run_sync(intake.write, bytes(held))


def add_approvals(router: APIRouter, desk: Desk) -> None:
    """Add the approvals of content and live sources."""
    house = desk.house

    @router.post("/approvals/prepare", tags=["approvals"], **told(Prepared, takes=ApprovalAsked))
    def prepare_approval(body: RawBody, token: Token) -> Response:
        """Give the exact payload that approves a content or live source; sign it with your own key."""
        asked = read_as(body, ApprovalAsked)
        with desk.reading(token) as (unit, who):
            return shown(
                services.prepare_approval(
                    unit, asked.sha256, asked.area, who=who, now=house.clock()
                )
            )

    @router.post(
        "/approvals", tags=["approvals"], **told(ApprovalState, takes=Sent(SEALED_TYPE), status=201)
    )
    def approve(body: RawBody, token: Token) -> Response:
        """Take a sealed approval."""
        with desk.writing(token) as (unit, who):
            state = services.take_approval(unit, body, who=who, now=house.clock())
        return shown(state, 201)
