"""What is asked of the person at the page: grouped by what is asked, each with one thing to do.

Law of the room: nothing is decided here. What is refused comes back on the same page with the sentence, and with what
was typed.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.looks import ZONE
from central.console.notices import SESSIONS, TONES, Item, items_of, next_session
from central.console.pages.inbox_notice import router as notice_router
from central.console.render import Flash, page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.workflow import STATE_WORDS
from central.domain.workflow_inbox import ASK_WORDS, Ask
from central.services import House
from central.services.inbox import (
    Shown,
    count_inbox,
    list_inbox,
    mark_all_known,
    mark_done,
    mark_seen,
    snooze,
)
from central.services.workflow_offers import Choice, accept_offer, decline_offer

router = APIRouter(prefix="/inbox")
router.include_router(notice_router)
GROUP: Final = 6
PAGE: Final = 20
SHOWN: Final[Mapping[str, Shown]] = {"open": "open", "later": "later", "done": "done"}
SNOOZES: Final = {
    "hour": timedelta(hours=1),
    "tomorrow": timedelta(hours=16),
    "days": timedelta(days=3),
}
_SAID: Final = {
    "taken": "Đã nhận và đặt lịch (bản nháp). Hãy gửi lịch để cụm loa nhận được.",
    "declined": "Đã trả lời nơi gửi: xã không phát bản tin này.",
    "done": "Đã cất đi.",
    "later": "Sẽ nhắc lại.",
}


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What of the inbox is looked at: one kind of asking or all, open or put away, from which entry on."""

    ask: str = ""
    show: str = "open"
    before: str = ""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One heading of the inbox with what lies under it; `total` is how much there is in all."""

    ask: str
    title: str
    items: tuple[Item, ...]
    total: int


@router.get("")
def inbox(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    ask: str = "",
    show: str = "open",
    before: str = "",
) -> Response:
    """Show what is open, by what is asked; with `ask` one kind of it by pages; with `show` what was put away."""
    said = _SAID.get(request.query_params.get("did", ""))
    flash = None if said is None else Flash("ok", visitor.words(said))
    looked = Looked(ask=ask, show=show, before=before)
    return _page(request, house, visitor, looked, flash=flash)


@router.post("/move")
def move(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Put one entry away, or have it come back later; or put away all that only tells."""
    ids = [int(v) for v in map(str, posted.getlist("entry")) if v.isdecimal() and len(v) < 16]
    what, now = str(posted.get("what", "")), house.clock()
    with house.writing() as unit:
        if what == "all-known":
            mark_all_known(unit, visitor.person, now=now)
        elif what in SNOOZES:
            snooze(unit, visitor.person, ids, _wake(what, now), now=now)
        else:
            mark_done(unit, visitor.person, ids, now=now)
    return _back(posted, "later" if what in SNOOZES else "done")


@router.post("/seen/{number}")
def seen(checked: Checked, house: HouseHere, visitor: Guest, number: int) -> Response:
    """Note that the person opened what an entry leads to."""
    with house.writing() as unit:
        mark_seen(unit, visitor.person, [number], now=house.clock())
    return Response(status_code=204)


@router.post("/offers/{number}/accept")
def accept(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, number: int
) -> Response:
    """Choose the time of what was sent down."""
    try:
        choice = Choice(on=_day(posted), start=_time(posted), repeat_count=_count(posted))
        with house.writing() as unit:
            accept_offer(
                unit,
                number,
                choice,
                who=visitor.person,
                now=house.clock(),
                version=_version(posted),
            )
    except (Conflict, Forbidden, NotFound, Unacceptable) as fault:
        return _refused(request, house, visitor, posted, number, fault.why)
    return _back(posted, "taken")


@router.post("/offers/{number}/decline")
def decline(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, number: int
) -> Response:
    """Leave out what was sent down, with the reason."""
    why = str(posted.get("why", ""))
    try:
        with house.writing() as unit:
            decline_offer(
                unit, number, why, who=visitor.person, now=house.clock(), version=_version(posted)
            )
    except (Conflict, Forbidden, NotFound, Unacceptable) as fault:
        return _refused(request, house, visitor, posted, number, fault.why)
    return _back(posted, "declined")


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    looked: Looked,
    *,
    flash: Flash | None = None,
    kept: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    ask, before = looked.ask, looked.before
    now, who = house.clock(), visitor.person
    shown = SHOWN.get(looked.show, "open")
    one = next((kind for kind in Ask if kind.value == ask), None)
    last = int(before) if before.isdecimal() and len(before) < 16 else None
    whole = one is None and shown == "open"
    with house.reading() as unit:
        counts = count_inbox(unit, who, now=now)
        kinds = [k for k in Ask if counts.by_ask[k.value]] if whole else [one]
        pages = [
            list_inbox(
                unit,
                who,
                ask=kind,
                show=shown,
                limit=GROUP if whole else PAGE,
                before=last,
                now=now,
            )
            for kind in kinds
        ]
        entries = [entry for found in pages for entry in found.entries]
        items = iter(items_of(unit, entries, who=who, now=now))
    groups = tuple(
        Group(
            ask="" if kind is None else kind.value,
            title="" if kind is None else ASK_WORDS[kind],
            items=tuple(next(items) for _ in found.entries),
            total=counts.by_ask[kind.value] if kind and shown == "open" else len(found.entries),
        )
        for kind, found in zip(kinds, pages, strict=True)
    )
    day, start = next_session(now)
    context: dict[str, object] = {
        "groups": groups,
        "counts": counts,
        "asks": ASK_WORDS,
        "ask": ask if one else "",
        "show": shown,
        "whole": whole,
        "older": entries[-1].id if not whole and pages[0].more else None,
        "paged": last is not None,
        "tones": TONES,
        "state_words": STATE_WORDS,
        "next_day": day,
        "next_start": start,
        "sessions": SESSIONS,
        "kept": kept or {},
        "now": now,
    }
    return page(request, visitor, "inbox.html", context, flash=flash, status=status)


def _refused(
    request: Request, house: House, visitor: Visitor, posted: FormData, number: int, why: str
) -> Response:
    """Return the page as it now is, with the sentence and what was typed."""
    kept = {
        f"{number}-{name}": str(posted.get(name, ""))
        for name in ("on", "start", "repeat_count", "why")
    }
    looked = Looked(ask=str(posted.get("ask", "")))
    flash = Flash("bad", why)
    return _page(request, house, visitor, looked, flash=flash, kept=kept, status=409)


def _back(posted: FormData, did: str) -> Response:
    parts = {"did": did}
    for name in ("ask", "show"):
        value = str(posted.get(name, ""))
        if value.isalpha():
            parts[name] = value
    return RedirectResponse(f"/console/inbox?{urlencode(parts)}", 303)


def _wake(what: str, now: datetime) -> datetime:
    """Return when an entry comes back; `tomorrow` is six o'clock of the next morning."""
    if what != "tomorrow":
        return now + SNOOZES[what]
    local = now.astimezone(ZONE)
    return datetime.combine(local.date() + timedelta(days=1), time(6), ZONE)


def _version(posted: FormData) -> int | None:
    text = str(posted.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _day(posted: FormData) -> date | None:
    try:
        return date.fromisoformat(str(posted.get("on", "")))
    except ValueError:
        return None


def _time(posted: FormData) -> time | None:
    try:
        return time.fromisoformat(str(posted.get("start", ""))).replace(tzinfo=None)
    except ValueError:
        return None


def _count(posted: FormData) -> int:
    text = str(posted.get("repeat_count", "1"))
    return int(text) if text.isdecimal() and len(text) < 4 else 0
