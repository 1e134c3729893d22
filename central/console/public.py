"""The pages for everybody: `/public/<area>` as a page and as JSON, without signing in.

Law of the room: only what `services.public_pages` shows; answers are made at most twice a minute for each area, and at
once when an emergency begins or ends; they may be kept for seconds by whoever carries them. Who asks too often waits.
"""

import time
from typing import Final, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import bare_page
from central.console.words import Words, language_of
from central.domain.errors import NotFound
from central.services import House
from central.services.public_pages import public_page
from central.services.public_shelf import Bucket, Shelf, Stamp

Form = Literal["html", "json"]
_HEADERS: Final = {
    "cache-control": "public, max-age=5",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "vary": "accept-language",
}


def public_routes(house: House) -> APIRouter:
    """Return the routes of `/public`; they ask nobody who they are."""
    router = APIRouter(prefix="/public")
    bucket, shelf, standing = Bucket(), Shelf(), Stamp(house)

    @router.get("/{path:path}", include_in_schema=False)
    def shown(request: Request, path: str) -> Response:
        """Show an area's page, or the same as JSON where the address ends so."""
        source = request.client.host if request.client is not None else ""
        now_s = time.monotonic()
        words = Words(language_of(_language(request)))
        if not bucket.takes(source, now_s):
            return _no(words, 429, "Bạn hỏi quá nhiều lần trong một phút. Hãy đợi một lát.")
        form: Form = "json" if path.endswith(".json") else "html"
        area = path.removesuffix(".json").strip("/")
        key = (area, form, words.language, standing.now())
        kept = shelf.get(key, now_s)
        if kept is None:
            try:
                kept = shelf.put(key, _made(house, area, form, words), now_s)
            except NotFound:
                return _no(words, 404, "Không có trang công khai cho địa bàn này.")
        headers = {**_HEADERS, "etag": kept.etag}
        if request.headers.get("if-none-match") == kept.etag:
            return Response(status_code=304, headers=headers)
        kind = "application/json" if form == "json" else "text/html; charset=utf-8"
        return Response(kept.body, media_type=kind, headers=headers)

    return router


def _made(house: House, area: str, form: Form, words: Words) -> bytes:
    now = house.clock()
    with house.reading() as unit:
        found = public_page(unit, area, now=now)
    if form == "json":
        return msgspec.json.encode(found)
    return bytes(bare_page(words, "public.html", {"page": found, "now": now}).body)


def _no(words: Words, status: int, why: str) -> Response:
    answer = bare_page(words, "public_no.html", {"why": why}, status=status)
    answer.headers.update({**_HEADERS, "cache-control": "no-store"})
    if status == 429:
        answer.headers["retry-after"] = "60"
    return answer


def _language(request: Request) -> str:
    """Return the language a browser would rather read: English only where it does not ask for Vietnamese first."""
    first = request.headers.get("accept-language", "vi").split(",", 1)[0].strip().lower()
    return "en" if first.startswith("en") else "vi"
