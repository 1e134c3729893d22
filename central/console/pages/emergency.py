"""The emergency desk: raise, co-sign, follow and cancel an alarm.

Law of the room: the server prepares bytes and takes signed envelopes, it signs nothing here. An exercise
and a test never look like the real thing.
"""

import json
import logging
from datetime import datetime

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from central.console.alarm_templates import TEMPLATES
from central.console.pages.contents import Handed, read_json, small_body, to_sign
from central.console.render import fragment, page
from central.console.visitor import Checked, Guest, HouseHere, Visitor
from central.domain.errors import Forbidden
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase, AnnouncementState, Prepared
from central.services import (
    House,
    announcement_named,
    enter_announcement,
    list_announcements,
    waiting_envelope,
)
from central.services.alarms_board import BoardAsked, board
from central.services.alarms_calls import CallList, call_list
from central.services.alarms_sight import sighted
from central.services.cap_inbox import count_waiting
from central.services.console_views import (
    all_clear_of,
    announcement_document,
    area_names,
    prepare_all_clear,
    signatures_wanted,
    waiting_cancel,
    warning_views,
)
from central.services.drills_views import nights_among
from central.services.unit import Unit
from contract.documents import Announcement, Kind

router = APIRouter(prefix="/emergency")
_LOG = logging.getLogger(__name__)
SHOWN = 15


@router.get("")
def desk(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show what stands and the last alarms."""
    return page(request, visitor, "emergency.html", _listed(house, visitor))


@router.get("/list")
def desk_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the desk."""
    return fragment(visitor, "emergency_part.html", _listed(house, visitor))


@router.post("/send")
async def send(request: Request, house: HouseHere, visitor: Guest, checked: Checked) -> Response:
    """Take a signed announcement: in force at once, or waiting for the next person."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    state = await run_in_threadpool(_taken, house, visitor, handed)
    shown = state.id if state.message != "Cancel" else await run_in_threadpool(_ended, house, state)
    return JSONResponse({"href": f"/console/emergency/{shown}", "phase": state.phase.value})


def _taken(house: House, visitor: Visitor, handed: Handed) -> AnnouncementState:
    with house.writing() as unit:
        entered = enter_announcement(
            unit, handed.envelope.encode(), who=visitor.person, now=house.clock()
        )
    with house.reading() as unit:
        state = announcement_named(unit, entered, now=house.clock())
    _LOG.info("announcement id=%s phase=%s by=%s", state.id, state.phase.value, visitor.person.id)
    return state


def _ended(house: House, cancel: AnnouncementState) -> str:
    with house.reading() as unit:
        return announcement_document(unit, cancel.id).references[0]


@router.get("/{announcement}")
def follow(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Show one alarm: what it says, and how far it got on every appliance."""
    return page(request, visitor, "alarm.html", _followed(request, house, visitor, announcement))


@router.get("/{announcement}/board")
def board_part(request: Request, house: HouseHere, visitor: Guest, announcement: str) -> Response:
    """Return the living part of the board."""
    return fragment(visitor, "board_part.html", _followed(request, house, visitor, announcement))


@router.post("/{announcement}/envelope")
def envelope(house: HouseHere, visitor: Guest, checked: Checked, announcement: str) -> Response:
    """Return the sealed bytes that the second person adds a signature to."""
    with house.reading() as unit:
        sighted(unit, announcement, who=visitor.person, now=house.clock())
        sealed = waiting_envelope(unit, announcement)
    return JSONResponse({"envelope": sealed.decode()})


class ClearAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Vietnamese words of an all-clear; empty for the ready ones."""

    text: str = ""


@router.post("/{announcement}/cancel/prepare")
async def prepare_cancelling(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, announcement: str
) -> Response:
    """Return the payload that ends an alarm with the all-clear tone."""
    asked = read_json(await small_body(request, visitor.words), ClearAsked, visitor.words)
    prepared = await run_in_threadpool(_clearing, house, visitor, announcement, asked.text.strip())
    return to_sign(Kind.ANNOUNCEMENT, prepared)


def _clearing(house: House, visitor: Visitor, announcement: str, text: str) -> Prepared:
    with house.reading() as unit:
        now = house.clock()
        sighted(unit, announcement, who=visitor.person, now=now)
        return prepare_all_clear(unit, announcement, text, who=visitor.person, now=now)


def _listed(house: House, visitor: Visitor) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        states = list_announcements(unit, who=visitor.person, now=now, limit=60)
        named = tuple({area for state in states for area in state.areas})
        names = dict(zip(named, area_names(unit, named), strict=True))
        warnings = warning_views(unit, visitor.person, now=now)
        cap_waiting = count_waiting(unit, who=visitor.person)
        nights = nights_among(unit, [state.id for state in states])
    alerts = [s for s in states if s.message != "Cancel" and s.id not in nights]
    return {
        "standing": [s for s in alerts if s.phase is not AnnouncementPhase.OVER],
        "over": [s for s in alerts if s.phase is AnnouncementPhase.OVER][:SHOWN],
        "warnings": warnings,
        "cap_waiting": cap_waiting,
        "area_names": names,
        "may_alarm": bool(visitor.person.areas(Right.ALARM)),
        "may_call": may_call(visitor.person),
        "templates": TEMPLATES,
        "now": now,
    }


def _followed(
    request: Request, house: House, visitor: Visitor, announcement: str
) -> dict[str, object]:
    now = house.clock()
    said = request.query_params
    skipped = said.get("skipped", "")
    asked = BoardAsked(
        stage=said.get("stage", ""),
        area=said.get("area", ""),
        skipped=int(skipped) if skipped.isdecimal() and len(skipped) < 6 else 0,
    )
    with house.reading() as unit:
        state = sighted(unit, announcement, who=visitor.person, now=now)
        document: Announcement = announcement_document(unit, announcement)
        reached = board(unit, state, asked, who=visitor.person, now=now)
        named = (*state.areas, asked.area) if asked.area else state.areas
        names = dict(zip(named, area_names(unit, named), strict=True))
        cancel = waiting_cancel(unit, announcement, now=now)
        cancel_state = announcement_named(unit, cancel, now=now) if cancel else None
        wanted = signatures_wanted(unit, state.areas)
        clear = all_clear_of(unit, announcement)
        calls = _calls(unit, state, visitor, now)
    return {
        "alarm": state,
        "document": document,
        "board": reached,
        "asked": asked,
        "area_names": names,
        "names": json.dumps({area: names.get(area, area) for area in state.areas}),
        "cancel": cancel_state,
        "wanted": wanted,
        "clear": clear[0].text,
        "calls": calls,
        "may_alarm": all(visitor.person.may(Right.ALARM, area) for area in state.areas),
        "now": now,
    }


def may_call(who: Person) -> bool:
    """Return whether somebody raises alarms or administers anywhere: then telephone numbers are theirs to see."""
    return bool(who.areas(Right.ALARM) or who.areas(Right.ADMINISTER))


def _calls(
    unit: Unit, state: AnnouncementState, visitor: Visitor, now: datetime
) -> CallList | None:
    if state.phase is AnnouncementPhase.WAITING or not may_call(visitor.person):
        return None
    try:
        return call_list(unit, state, who=visitor.person, now=now)
    except Forbidden:
        return None  # a technician of another area sees the board, not the telephone list
