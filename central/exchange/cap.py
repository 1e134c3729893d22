"""`/cap/v1`: what was announced, for everybody, as CAP 1.2 and as an Atom feed; the recordings it plays.

Law of the room: asks nobody who they are and tells only what `services.cap_out` calls public. A message never changes
and may be kept for a day; the feed may be kept for seconds, and is made anew at once when something begins or ends.
"""

import time
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from central.domain.cap import MEDIA_TYPE
from central.domain.errors import NotFound
from central.services import House, content_path
from central.services.cap_out import cap_feed, cap_xml, public_content
from central.services.public_shelf import Bucket, Shelf, Stamp
from contract.documents import Sha256

FEED_TYPE: Final = "application/atom+xml"
_OPEN: Final = {"access-control-allow-origin": "*", "cross-origin-resource-policy": "cross-origin"}


def cap_routes(house: House) -> APIRouter:
    """Return the routes of `/cap/v1`; they ask nobody who they are."""
    router = APIRouter(prefix="/cap/v1")
    bucket, shelf, standing = Bucket(), Shelf(), Stamp(house)

    @router.get("/feed.atom", include_in_schema=False)
    def feed(request: Request, area: str = "") -> Response:
        """Give the feed, of one area where `area` names it."""
        now_s = time.monotonic()
        if not bucket.takes(_source(request), now_s):
            return _too_often()
        key = ("feed", area[:200], standing.now())
        kept = shelf.get(key, now_s)
        if kept is None:
            try:
                with house.reading() as unit:
                    made = cap_feed(unit, area=area or None, now=house.clock())
            except NotFound as fault:
                return _no(fault)
            kept = shelf.put(key, made, now_s)
        headers = {**_OPEN, "cache-control": "public, max-age=5", "etag": kept.etag}
        if request.headers.get("if-none-match") == kept.etag:
            return Response(status_code=304, headers=headers)
        return Response(kept.body, media_type=FEED_TYPE, headers=headers)

    @router.get("/contents/{sha256}", include_in_schema=False)
    def recording(request: Request, sha256: str) -> Response:
        """Give a recording that a public announcement plays."""
        if not bucket.takes(_source(request), time.monotonic()):
            return _too_often()
        try:
            with house.reading() as unit:
                mime = public_content(unit, sha256, now=house.clock())
        except NotFound as fault:
            return _no(fault)
        path: Path = content_path(house, Sha256(sha256))
        headers = {**_OPEN, "cache-control": "public, max-age=86400, immutable"}
        return FileResponse(path, media_type=mime, headers=headers)

    @router.get("/{announcement}.xml", include_in_schema=False)
    def message(request: Request, announcement: str) -> Response:
        """Give one announcement."""
        now_s = time.monotonic()
        if not bucket.takes(_source(request), now_s):
            return _too_often()
        key = ("message", announcement[:100])
        kept = shelf.get(key, now_s)
        if kept is None:
            try:
                with house.reading() as unit:
                    kept = shelf.put(key, cap_xml(unit, announcement), now_s)
            except NotFound as fault:
                return _no(fault)
        headers = {**_OPEN, "cache-control": "public, max-age=86400", "etag": kept.etag}
        if request.headers.get("if-none-match") == kept.etag:
            return Response(status_code=304, headers=headers)
        return Response(kept.body, media_type=MEDIA_TYPE, headers=headers)

    return router


def _source(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _no(fault: NotFound) -> Response:
    body = {"error": fault.code, "why": fault.why}
    return JSONResponse(body, 404, headers={"cache-control": "no-store"})


def _too_often() -> Response:
    body = {"error": "too-often", "why": "Bạn hỏi quá nhiều lần trong một phút. Hãy đợi một lát."}
    return JSONResponse(body, 429, headers={"cache-control": "no-store", "retry-after": "60"})
