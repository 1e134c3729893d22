"""What the library's scripts ask for: uploads that go on after a break, jobs, and speech to listen to.

Law of the room: the same protocol as `/api/v1/uploads`, with the session's token in a header; every answer carries
a sentence in the visitor's language.
"""

from typing import Annotated, TypeVar

import msgspec
from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import FileResponse, JSONResponse, Response

from central.console.pages.contents import read_json, small_body
from central.console.pages.contents_sheet import verdict_of
from central.console.visitor import Checked, Guest, HouseHere, Visitor
from central.console.words import Words
from central.domain.library import ContentKind
from central.domain.library_checks import SENTENCES
from central.domain.library_states import JobPhase, JobState, SheetState
from central.services import House
from central.services.library import sheet_of
from central.services.speaking import (
    SpeechAsked,
    TextSaid,
    ask_speech,
    preview_path,
    preview_speech,
    show_spoken,
)
from central.services.transcode import nudge
from central.services.transcode_jobs import job_named, list_jobs
from central.services.upload import Announced, Door, announce, cancel, sending

router = APIRouter(prefix="/library")
T = TypeVar("T")
CHUNK_BYTES = 1_000_000
MOST_JOBS = 10


@router.post("/uploads")
async def open_upload(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked
) -> Response:
    """Open an upload; its bytes follow by PATCH."""
    said = await _read(request, Announced, visitor.words)
    job = await run_in_threadpool(
        lambda: announce(house, said, who=visitor.person, now=house.clock())
    )
    return await run_in_threadpool(_told, house, visitor, job)


@router.get("/uploads")
def own_jobs(house: HouseHere, visitor: Guest) -> Response:
    """List what this person has on its way."""
    with house.reading() as unit:
        jobs = list_jobs(unit, who=visitor.person, limit=MOST_JOBS)
    return JSONResponse([_line(house, visitor, job) for job in jobs if job.is_open])


@router.get("/uploads/{job_id}")
def upload_state(house: HouseHere, visitor: Guest, job_id: str) -> Response:
    """Tell how far an upload and the work after it are."""
    with house.reading() as unit:
        job = job_named(unit, job_id, who=visitor.person)
    return _told(house, visitor, job)


@router.patch("/uploads/{job_id}")
async def continue_upload(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    checked: Checked,
    job_id: str,
    upload_offset: Annotated[int, Header(ge=0, le=2_000_000_000)],
    upload_checksum: Annotated[str | None, Header(max_length=100)] = None,
) -> Response:
    """Take the bytes from `Upload-Offset` on; the last byte starts the work."""
    opened = sending(house, job_id, upload_offset, upload_checksum, who=visitor.person)
    door = await run_in_threadpool(opened.__enter__)
    try:
        job = await _taken(request, house, door)
    finally:
        await run_in_threadpool(opened.__exit__, None, None, None)
    if job.offset_bytes == job.size_bytes:
        nudge(house)
    return await run_in_threadpool(_told, house, visitor, job)


@router.delete("/uploads/{job_id}")
def cancel_upload(house: HouseHere, visitor: Guest, checked: Checked, job_id: str) -> Response:
    """Forget an upload, or the work after it."""
    with house.writing() as unit:
        job = cancel(unit, job_id, who=visitor.person, now=house.clock())
    return _told(house, visitor, job)


@router.post("/speech/words")
async def words_spoken(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked
) -> Response:
    """Show a text as it will be spoken."""
    said = await _read(request, TextSaid, visitor.words)
    return JSONResponse(msgspec.to_builtins(await run_in_threadpool(show_spoken, said)))


@router.post("/speech/previews")
async def preview(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Speak the beginning of a text to listen to."""
    said = await _read(request, TextSaid, visitor.words)
    found = await run_in_threadpool(lambda: preview_speech(house, said, who=visitor.person))
    answer: dict[str, object] = msgspec.to_builtins(found)
    return JSONResponse(answer | {"href": f"/console/library/speech/previews/{found.name}"})


@router.get("/speech/previews/{name}")
def preview_sound(house: HouseHere, visitor: Guest, name: str) -> Response:
    """Give the sound of a preview."""
    return FileResponse(preview_path(house, name), media_type="audio/wav")


@router.post("/speech")
async def speak(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Have a text spoken into the library."""
    asked = await _read(request, SpeechAsked, visitor.words)
    job = await run_in_threadpool(
        lambda: ask_speech(house, asked, who=visitor.person, now=house.clock())
    )
    nudge(house)
    return await run_in_threadpool(_told, house, visitor, job)


async def _read(request: Request, wanted: type[T], words: Words) -> T:
    return read_json(await small_body(request, words), wanted, words)


async def _taken(request: Request, house: House, door: Door) -> JobState:
    """Write the body to disk in large pieces; what came before a line broke counts."""
    held = bytearray()
    whole = False
    try:
        async for chunk in request.stream():
            held += chunk
            if len(held) >= CHUNK_BYTES:
                await run_in_threadpool(door.sending.write, bytes(held))
                held.clear()
        whole = True
    except ClientDisconnect:
        pass
    await run_in_threadpool(door.sending.write, bytes(held))
    return await run_in_threadpool(lambda: door.settle(whole=whole, now=house.clock()))


def _told(house: House, visitor: Visitor, job: JobState) -> Response:
    answer = JSONResponse(_line(house, visitor, job))
    answer.headers["upload-offset"] = str(job.offset_bytes)
    answer.headers["upload-length"] = str(job.size_bytes)
    return answer


def _line(house: House, visitor: Visitor, job: JobState) -> dict[str, object]:
    """Return a job as its line on the page needs it: how far, and in the end what was found, in words."""
    line: dict[str, object] = {
        "id": job.id,
        "kind": job.kind,
        "phase": job.phase.value,
        "open": job.is_open,
        "name": job.title if job.kind == "speech" else job.file_name,
        "offset": job.offset_bytes,
        "size": job.size_bytes,
        "pct": job.progress_pct,
        "said": "",
        "href": "",
        "why": job.why,
    }
    if job.phase is JobPhase.DONE and job.result is not None:
        with house.reading() as unit:
            sheet = sheet_of(unit, job.result, who=visitor.person, now=house.clock())
        line["href"] = f"/console/contents/{job.result}"
        line["said"] = said_of(visitor.words, sheet, known=job.code == "known")
    return line


def said_of(words: Words, sheet: SheetState, *, known: bool) -> str:
    """Return what was made of a file and what the checks found, in sentences."""
    parts: list[str] = []
    if known:
        parts.append(words("Kho đã có đúng tệp này, nên dùng lại bản đã có."))
    match sheet.kind:
        case ContentKind.AUDIO:
            parts.append(verdict_of(words, sheet.content))
        case ContentKind.VIDEO:
            parts.append(
                words("Video đã vào kho, tiếng của nó thành một mục riêng để phát trên loa.")
            )
        case ContentKind.IMAGE:
            parts.append(words("Hình tốt, {w} × {h} điểm.", w=sheet.width, h=sheet.height))
        case ContentKind.TEXT:
            parts.append(words("Văn bản {n} chữ.", n=len(sheet.text.split())))
    parts += [words(SENTENCES[found.code], **found.parts) for found in sheet.checks]
    return " ".join(parts)
