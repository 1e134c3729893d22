"""The recordings: made with the phone's own recorder, sent up, listened to, then played.

Law of the room: right and form token are judged before a byte of the file is taken; the box judges the rest
and says why not. What sounds has an end. Only who may play may listen.
"""

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from msgspec import Meta
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from edge.core.events import StaffRecorded, Ticked
from edge.web import describe, forms, phrases
from edge.web.actions import PLAY_MARGIN_S, Desire, put_on_air, zones_named
from edge.web.box import Box, Kept, Taking
from edge.web.door import Wider
from edge.web.guard import OPERATE, Guard, see
from edge.web.routes import Room
from edge.web.session import Note
from edge.web.upload import FileBegins, Upload

MULTIPART: Final = "multipart/form-data"
MOST_BYTES: Final = 25_000_000
FORM_BYTES: Final = 20_000  # what a form adds to its file
STUCK_S: Final = 20.0
LONGEST_S: Final = 20 * 60  # of an upload, and of what sounds
MOST_AT_ONCE: Final = 2
WRITE_BYTES: Final = 262_144
CHIMES_S: Final = 15
SHOWN: Final = 12
MEDIA: Final = {
    "3gp": "audio/3gpp",
    "aac": "audio/aac",
    "amr": "audio/amr",
    "flac": "audio/flac",
    "m4a": "audio/mp4",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "wav": "audio/wav",
    "webm": "audio/webm",
}


class PlayRecording(forms.Form, frozen=True, kw_only=True):
    """A recording to put on air: its title, its length as the phone measured it (0: unknown), the zones."""

    ref: Annotated[str, Meta(pattern=r"^[0-9a-z][0-9a-z._-]{0,79}\Z")]
    title: Annotated[str, Meta(max_length=120, pattern=forms.SPEAKABLE)] = ""
    length_ms: Annotated[int, Meta(ge=0, le=LONGEST_S * 1000)] = 0
    zone: forms.ZoneNames = ()


class SendRecording(forms.Form, frozen=True, kw_only=True):
    """The fields of an upload in their order, the file last."""

    title: Annotated[str, Meta(max_length=120)] = ""
    sound: bytes


class NotTaken(Exception):
    """The recording was not taken; the text is a sentence for staff."""


def room(box: Box, refusal: type[Exception], *, stuck_s: float = STUCK_S) -> Room:
    """Return the routes of the recordings in `box`, whose `refusal` reads as a sentence for staff."""

    def add(app: FastAPI, guard: Guard) -> None:
        recordings = Recordings(guard, box, refusal, stuck_s)
        ref = {"parameters": [{"in": "query", "name": "ref", "schema": {"type": "string"}}]}
        listening = describe.looking("audio/*", 206, 401, 404, 416)
        for path, route, method, answers, asked in (
            ("/record", recordings.choose, "GET", describe.looking("text/html", 401), ref),
            ("/record/{ref}", recordings.listen, "GET", listening, describe.path("ref")),
            ("/record", recordings.take, "POST", describe.acting(200, 401, 422), SENDING),
            ("/record/play", recordings.play, "POST", describe.acting(401), PLAYING),
        ):
            app.add_api_route(
                path,
                route,
                methods=[method],
                status_code=303 if method == "POST" else 200,
                response_model=None,
                response_class=Response,
                responses=answers,
                openapi_extra=asked,
            )

    sending = Wider(path="/record", media=(MULTIPART,), max_bytes=MOST_BYTES + FORM_BYTES)
    return Room(add=add, wider=(sending,), part="record")


SENDING: Final = describe.form_of(SendRecording, MULTIPART)
PLAYING: Final = describe.form_of(PlayRecording)


class Recordings:
    """The routes over one box."""

    def __init__(self, guard: Guard, box: Box, refusal: type[Exception], stuck_s: float) -> None:
        """Serve `box` behind `guard`; an upload that stands still for `stuck_s` is given up."""
        self._guard, self._counter = guard, guard.counter
        self._box, self._refusal, self._stuck_s = box, refusal, stuck_s
        self._uploads = 0

    # --- looking and listening -------------------------------------------------------------------

    async def choose(self, request: Request) -> Response:
        """Show what was sent, and the recording `ref` with what can be done with it."""
        session = self._guard.require(request, OPERATE)
        note, session.note = session.note, None
        recent = await asyncio.to_thread(self._box.recent)
        asked = request.query_params.get("ref", "")
        chosen = next((one for one in recent if one.ref == asked), None)
        status = 200
        if asked and chosen is None:
            status, note = 404, Note("refused", self._guard.words(request)("record.gone"))
        now = self._counter.view().now
        words = self._guard.words(request)
        rows = [
            (one, phrases.clock_words(one.at, now, words), phrases.size_words(one.size_bytes))
            for one in recent[:SHOWN]
        ]
        return self._guard.page(
            request,
            "record",
            status=status,
            note=note,
            recording=chosen,
            recent=rows,
            minutes=LONGEST_S // 60,
        )

    async def listen(self, request: Request) -> Response:
        """Give the sound of a recording to whoever may play it; ranges are answered."""
        self._guard.require(request, OPERATE)
        ref = str(request.path_params["ref"])
        path, stat = await asyncio.to_thread(self._found, ref)
        media = MEDIA.get(path.suffix.removeprefix("."), "application/octet-stream")
        return FileResponse(path, media_type=media, stat_result=stat)

    def _found(self, ref: str) -> tuple[Path, os.stat_result]:
        try:
            path = self._box.path(ref)
            return path, path.stat()
        except (self._refusal, OSError) as fault:
            raise HTTPException(404) from fault

    # --- sending ---------------------------------------------------------------------------------

    async def take(self, request: Request) -> Response:
        """Take an upload in; the answer leads to the recording, as JSON where a script asked for that."""
        session = self._guard.require(request, OPERATE)
        script = "json" in request.headers.get("accept", "")
        try:
            kept = await self._taken(request)
        except NotTaken as no:
            if script:
                return JSONResponse({"why": str(no)}, 422)
            session.note = Note("refused", str(no))
            return RedirectResponse("/record", 303)
        except ClientDisconnect:
            return Response(status_code=400)
        to = f"/record?ref={kept.ref}"
        return JSONResponse({"to": to}) if script else RedirectResponse(to, 303)

    async def _taken(self, request: Request) -> Kept:
        words = self._guard.words(request)
        if self._uploads >= MOST_AT_ONCE:
            raise NotTaken(words("record.busy"))
        self._uploads += 1
        try:
            async with asyncio.timeout(LONGEST_S):
                kept = await self._read(request)
        except TimeoutError as fault:
            raise NotTaken(words("record.stuck")) from fault
        except self._refusal as fault:
            raise NotTaken(sentence(str(fault))) from fault
        finally:
            self._uploads -= 1
        if kept is None:
            raise NotTaken(words("record.part"))
        return kept

    async def _read(self, request: Request) -> Kept | None:
        """Return what the box kept, None where the form ended early."""
        upload = Upload(request.headers.get("content-type", ""), "sound")
        taking: Taking | None = None
        title, waiting = "", b""
        try:
            async with contextlib.aclosing(request.stream()) as body:
                while (chunk := await self._next(body)) is not None:
                    for piece in upload.feed(chunk):
                        if isinstance(piece, FileBegins):
                            title = self._proved(request, piece).title
                            taking = await asyncio.to_thread(self._box.begin)
                            continue
                        waiting += piece
                        if taking is not None and len(waiting) >= WRITE_BYTES:
                            await asyncio.to_thread(taking.write, waiting)
                            waiting = b""
            if taking is None or not upload.whole:
                return None
            if waiting:
                await asyncio.to_thread(taking.write, waiting)
            return await asyncio.to_thread(taking.done, title or self._untitled(request))
        finally:
            if taking is not None:
                await asyncio.to_thread(taking.drop)

    async def _next(self, body: AsyncGenerator[bytes, None]) -> bytes | None:
        """Return what comes next, None at the end; raises `TimeoutError` where nothing comes for too long."""
        async with asyncio.timeout(self._stuck_s):
            return await anext(body, None)

    def _proved(self, request: Request, begins: FileBegins) -> SendRecording:
        try:
            form = msgspec.convert({**begins.fields, "sound": b""}, SendRecording)
        except msgspec.ValidationError as fault:
            raise forms.BadForm(str(fault)) from fault
        self._guard.prove(request, form.csrf)
        return form

    def _untitled(self, request: Request) -> str:
        now = self._counter.view().now
        return self._guard.words(request)("record.default", time=f"{now:%H:%M %d/%m}")

    # --- playing ---------------------------------------------------------------------------------

    async def play(self, request: Request) -> Response:
        """Put a recording on air; what policy refuses is taken back and said."""
        session = self._guard.require(request, OPERATE)
        form = await self._guard.form(request, PlayRecording)
        desire = Desire(self._counter, self._guard.words(request), session.pin.name)
        session.note = note = await self._played(desire, form)
        return see() if note.tone == "done" else RedirectResponse(f"/record?ref={form.ref}", 303)

    async def _played(self, desire: Desire, form: PlayRecording) -> Note:
        recent = await asyncio.to_thread(self._box.recent)
        recording = next((one for one in recent if one.ref == form.ref), None)
        if recording is None:
            return desire.refused("record.gone")
        title = " ".join(form.title.split()) or recording.title
        zones = zones_named((await desire.counter.submit(Ticked())).desk, form.zone)
        if zones is None:
            return desire.refused("note.no-zone")
        sounds_s = form.length_ms / 1000 or LONGEST_S
        until = desire.counter.now().wall + timedelta(seconds=sounds_s + PLAY_MARGIN_S + CHIMES_S)
        event = StaffRecorded(
            ref=recording.ref,
            title=title,
            length_ms=form.length_ms,
            zones=zones,
            until=until,
            by=desire.by,
        )
        refused = await put_on_air(desire, event, title)
        return refused or desire.done("note.recorded", title=title, time=desire.ends(until))


def sentence(text: str) -> str:
    """Return what the box says as a sentence of its own."""
    whole = text[:1].upper() + text[1:]
    return whole if whole.endswith((".", "!")) else f"{whole}."
