"""The library over HTTP: uploads that go on after a break, jobs, sheets, search, speech, playlists.

Law of the room: an upload is opened (POST), continued from the offset that HEAD tells (PATCH with `Upload-Offset`,
and `Upload-Checksum: sha256 <base64>` where wanted), and worked at from its last byte on; GET shows how far it is.
Bytes go to disk in pieces, off the event loop.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import FileResponse
from starlette.requests import ClientDisconnect

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.library_lists import add_playlists, add_speech
from central.api.schema import Sent, told
from central.domain.library import FIELDS, PRIORITY_CODES, TOPICS, ContentKind, Priority, Sheet
from central.domain.library_states import JobState, LibraryPage, SheetState, UsageState
from central.services import content_named, content_path
from central.services.library import archive, change_sheet, share, sheet_of, unarchive, unshare
from central.services.library_entering import TextAsked, original_path, write_text
from central.services.library_search import Wanted, search
from central.services.library_usages import usages_of
from central.services.library_waves import peaks_of
from central.services.transcode import nudge
from central.services.transcode_jobs import job_named, list_jobs
from central.services.upload import Announced, Door, announce, cancel, sending

CHUNK_BYTES = 1_000_000


class SheetChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new sheet, and the version of the one that it replaces."""

    sheet: Sheet
    version: int


class Shared(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area that may use the content."""

    area: str


class Codes(msgspec.Struct, frozen=True, kw_only=True):
    """The code lists of a sheet: LoaiLinhVuc, topics of decree 49/2024, MucDoUuTien."""

    fields: dict[int, str]
    topics: dict[str, str]
    priorities: dict[str, int]


class Peaks(msgspec.Struct, frozen=True, kw_only=True):
    """The loudest of each of up to 320 spans of a sound, 0 to 255."""

    peaks: list[int]


def add_library(router: APIRouter, desk: Desk) -> None:
    """Add the library."""
    _add_uploads(router, desk)
    _add_search(router, desk)
    _add_sheets(router, desk)
    _add_files(router, desk)
    add_speech(router, desk)
    add_playlists(router, desk)


def _add_uploads(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post("/uploads", tags=["library"], **told(JobState, takes=Announced, status=201))
    def open_upload(body: RawBody, token: Token) -> Response:
        """Open an upload; its bytes follow by PATCH."""
        said = read_as(body, Announced)
        job = announce(house, said, who=desk.person(token), now=house.clock())
        answer = shown(job, 201)
        answer.headers["location"] = f"/api/v1/uploads/{job.id}"
        return _with_offset(answer, job)

    @router.head("/uploads/{job_id}", tags=["library"], **told(None, status=200))
    def offset_of_upload(job_id: str, token: Token) -> Response:
        """Tell by headers from which byte on to send: Upload-Offset, Upload-Length."""
        with desk.reading(token) as (unit, who):
            return _with_offset(Response(), job_named(unit, job_id, who=who))

    @router.get("/uploads/{job_id}", tags=["library"], **told(JobState))
    def upload_state(job_id: str, token: Token) -> Response:
        """Tell how far an upload and the work after it are."""
        with desk.reading(token) as (unit, who):
            job = job_named(unit, job_id, who=who)
        return _with_offset(shown(job), job)

    @router.patch("/uploads/{job_id}", tags=["library"], **told(JobState, takes=Sent()))
    async def continue_upload(
        job_id: str,
        request: Request,
        token: Token,
        upload_offset: Annotated[int, Header(ge=0, le=2_000_000_000)],
        upload_checksum: Annotated[str | None, Header(max_length=100)] = None,
    ) -> Response:
        """Send the bytes from `Upload-Offset` on; the last byte starts the work."""
        who = await anyio.to_thread.run_sync(desk.person, token)
        opened = sending(house, job_id, upload_offset, upload_checksum, who=who)
        door = await anyio.to_thread.run_sync(opened.__enter__)
        try:
            job = await _taken(request, door, house.clock)
        finally:
            await anyio.to_thread.run_sync(lambda: opened.__exit__(None, None, None))
        if job.offset_bytes == job.size_bytes:
            nudge(house)
        return _with_offset(shown(job), job)

    @router.delete("/uploads/{job_id}", tags=["library"], **told(JobState))
    def cancel_upload(job_id: str, token: Token) -> Response:
        """Forget an upload, or the work after it, that is not done."""
        with desk.writing(token) as (unit, who):
            return shown(cancel(unit, job_id, who=who, now=house.clock()))

    @router.get("/library/jobs", tags=["library"], **told(tuple[JobState, ...]))
    def own_jobs(token: Token, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Response:
        """List one's own uploads and texts on their way, newest first."""
        with desk.reading(token) as (unit, who):
            return shown(list_jobs(unit, who=who, limit=limit))


def _add_search(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/library", tags=["library"], **told(LibraryPage))
    def find(  # noqa: PLR0913, PLR0917  each filter is one parameter of the address
        token: Token,
        q: Annotated[str, Query(max_length=500)] = "",
        kind: ContentKind | None = None,
        field: Annotated[int | None, Query(ge=1, le=6)] = None,
        topic: Annotated[str, Query(max_length=40)] = "",
        priority: Priority | None = None,
        state: Annotated[str, Query(pattern="^(approved|waiting)?$")] = "",
        area: Annotated[str, Query(max_length=200)] = "",
        usable_at: Annotated[str, Query(max_length=200)] = "",
        valid_on: date | None = None,
        archived: bool = False,  # noqa: FBT001, FBT002  a parameter of the address
        mine: bool = False,  # noqa: FBT001, FBT002  the same
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Find content by words (diacritics do not matter) and filters, newest first, page by page."""
        wanted = Wanted(
            words=q,
            kinds=(kind,) if kind is not None else (),
            field=field,
            topic=topic,
            priority=priority,
            state=state,
            area=area,
            usable_at=usable_at,
            valid_on=valid_on,
            archived=archived,
            mine=mine,
            after=after,
            limit=limit,
        )
        with desk.reading(token) as (unit, who):
            return shown(search(unit, wanted, who=who, now=house.clock()))

    @router.get("/library/codes", tags=["library"], **told(Codes))
    def codes(token: Token) -> Response:
        """List fields, topics and priorities with their official names and codes."""
        desk.person(token)
        priorities = {priority.value: code for priority, code in PRIORITY_CODES.items()}
        return shown({"fields": FIELDS, "topics": TOPICS, "priorities": priorities})


def _add_sheets(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/library/{sha256}", tags=["library"], **told(SheetState))
    def sheet(sha256: str, token: Token) -> Response:
        """Tell all that is said and known of one content."""
        with desk.reading(token) as (unit, who):
            return shown(sheet_of(unit, sha256, who=who, now=house.clock()))

    @router.put("/library/{sha256}/sheet", tags=["library"], **told(SheetState, takes=SheetChange))
    def put_sheet(sha256: str, body: RawBody, token: Token) -> Response:
        """Replace what is said of a content; an old `version` is answered with 409 and the one that stands."""
        said = read_as(body, SheetChange)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(change_sheet(unit, sha256, said.sheet, said.version, who=who, now=now))

    @router.post("/library/{sha256}/archive", tags=["library"], **told(SheetState))
    def put_away(sha256: str, token: Token) -> Response:
        """Archive a content: nobody plans it anew."""
        with desk.writing(token) as (unit, who):
            archive(unit, sha256, who=who, now=house.clock())
            unit.session.flush()
            return shown(sheet_of(unit, sha256, who=who, now=house.clock()))

    @router.delete("/library/{sha256}/archive", tags=["library"], **told(SheetState))
    def bring_back(sha256: str, token: Token) -> Response:
        """Bring a content back from the archive."""
        with desk.writing(token) as (unit, who):
            unarchive(unit, sha256, who=who, now=house.clock())
            unit.session.flush()
            return shown(sheet_of(unit, sha256, who=who, now=house.clock()))

    @router.post("/library/{sha256}/shares", tags=["library"], **told(SheetState, takes=Shared))
    def add_share(sha256: str, body: RawBody, token: Token) -> Response:
        """Let another area use a content, at and below it."""
        said = read_as(body, Shared)
        with desk.writing(token) as (unit, who):
            share(unit, sha256, said.area, who=who, now=house.clock())
            return shown(sheet_of(unit, sha256, who=who, now=house.clock()))

    @router.delete("/library/{sha256}/shares", tags=["library"], **told(SheetState))
    def take_share(sha256: str, area: str, token: Token) -> Response:
        """Take a share back."""
        with desk.writing(token) as (unit, who):
            unshare(unit, sha256, area, who=who, now=house.clock())
            unit.session.flush()
            return shown(sheet_of(unit, sha256, who=who, now=house.clock()))

    @router.get("/library/{sha256}/usages", tags=["library"], **told(tuple[UsageState, ...]))
    def usages(sha256: str, token: Token) -> Response:
        """List the slots and playlists that name a content."""
        with desk.reading(token) as (unit, who):
            sheet_of(unit, sha256, who=who, now=house.clock())
            return shown(usages_of(unit, sha256, who=who))


def _add_files(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/library/{sha256}/peaks", tags=["library"], **told(Peaks))
    def peaks(sha256: str, token: Token) -> Response:
        """Give the picture of a sound as numbers."""
        with desk.reading(token) as (unit, who):
            found = sheet_of(unit, sha256, who=who, now=house.clock()).content
        return shown({"peaks": list(peaks_of(house, found.sha256, found.duration_ms))})

    @router.get("/library/{sha256}/original", tags=["library"], **told(Sent("*/*")))
    def original(sha256: str, token: Token) -> Response:
        """Give the file as it was uploaded, where it was kept; else the content itself."""
        with desk.reading(token) as (unit, who):
            found = sheet_of(unit, sha256, who=who, now=house.clock())
            content = content_named(unit, sha256, now=house.clock())
        kept = found.original_sha256
        path = content_path(house, sha256) if kept is None else original_path(house, kept)
        return FileResponse(path, media_type="application/octet-stream", filename=content.file_name)

    @router.post("/texts", tags=["library"], **told(SheetState, takes=TextAsked, status=201))
    def add_text(body: RawBody, token: Token) -> Response:
        """Keep a bulletin of text; emoji and control characters are dropped."""
        asked = read_as(body, TextAsked)
        return shown(write_text(house, asked, who=desk.person(token), now=house.clock()), 201)


async def _taken(request: Request, door: Door, clock: Callable[[], datetime]) -> JobState:
    """Write the body to disk in large pieces; what came before a line broke counts."""
    held = bytearray()
    whole = False
    try:
        async for chunk in request.stream():
            held += chunk
            if len(held) >= CHUNK_BYTES:
                await anyio.to_thread.run_sync(door.sending.write, bytes(held))
                held.clear()
        whole = True
    except ClientDisconnect:
        pass
    await anyio.to_thread.run_sync(door.sending.write, bytes(held))
    return await anyio.to_thread.run_sync(lambda: door.settle(whole=whole, now=clock()))


def _with_offset(answer: Response, job: JobState) -> Response:
    answer.headers["upload-offset"] = str(job.offset_bytes)
    answer.headers["upload-length"] = str(job.size_bytes)
    return answer
