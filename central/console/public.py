"""The pages for everybody: `/public/<area>` as a page and as JSON, without signing in.

Law of the room: only what `services.public_pages` shows; answers are made at most twice a minute for each area and may
be kept by whoever carries them; whoever asks too often waits. What is kept here only spares work: each process has its
own, and losing it loses nothing.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from typing import Final, Literal

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import bare_page
from central.console.words import Words, language_of
from central.domain.errors import NotFound
from central.services import House
from central.services.public_pages import public_page

FRESH_S: Final = 30.0
MOST_KEPT: Final = 400
ASKS_PER_MINUTE: Final = 60
MOST_SOURCES: Final = 10_000
Form = Literal["html", "json"]
_HEADERS: Final = {
    "cache-control": "public, max-age=60",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "vary": "accept-language",
}


class _Bucket:
    """How often each source may ask: a minute's worth at once, then evenly."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def takes(self, source: str, now_s: float) -> bool:
        """Return whether this source may ask now, and count it."""
        with self._lock:
            left, at = self._left.pop(source, (float(ASKS_PER_MINUTE), now_s))
            left = min(float(ASKS_PER_MINUTE), left + (now_s - at) * ASKS_PER_MINUTE / 60)
            allowed = left >= 1
            self._left[source] = (left - 1 if allowed else left, now_s)
            while len(self._left) > MOST_SOURCES:
                self._left.popitem(last=False)
            return allowed


class _Kept(msgspec.Struct, frozen=True):
    body: bytes
    etag: str
    at_s: float


class _Shelf:
    """Answers made lately."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, str, str], _Kept] = OrderedDict()

    def get(self, key: tuple[str, str, str], now_s: float) -> _Kept | None:
        """Return what is fresh still."""
        with self._lock:
            found = self._kept.get(key)
            return found if found is not None and now_s - found.at_s < FRESH_S else None

    def put(self, key: tuple[str, str, str], body: bytes, now_s: float) -> _Kept:
        """Keep an answer."""
        kept = _Kept(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', now_s)
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept


def public_routes(house: House) -> APIRouter:
    """Return the routes of `/public`; they ask nobody who they are."""
    router = APIRouter(prefix="/public")
    bucket, shelf = _Bucket(), _Shelf()

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
        key = (area, form, words.language)
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
