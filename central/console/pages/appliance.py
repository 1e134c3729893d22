"""One appliance: how it is, whether it is ready, what it played, what it refused, and orders to it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console import vitals
from central.console.charts import Bar, Spark, bars, spark
from central.console.orders import read_order
from central.console.pages.appliance_logs import LOGS_SHOWN
from central.console.render import Flash, fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.care_states import (
    NOTE_KINDS,
    AlertState,
    AssetState,
    History,
    NoteState,
    OrderState,
    PartState,
    SupplierState,
    SwapState,
)
from central.domain.fleet import HOT_C
from central.domain.people import Right
from central.domain.states import DeviceState, ReadinessState
from central.services import (
    House,
    Unit,
    device_named,
    list_plays,
    list_readiness,
    list_refusals,
    newest_readiness,
    send_command,
)
from central.services import care_papers as papers
from central.services.alerts import alerts_of
from central.services.care_history import history, orders_of
from central.services.clones import REPORTS, SESSIONS, dismiss_signs, standing_signs
from central.services.console_views import appliance_paper, unit_view
from central.services.device_logs import list_logs
from central.services.log_alarms import list_log_alarms
from contract.documents import Hours, InputKind
from contract.documents import Right as LocalRight

router = APIRouter(prefix="/appliances")
INPUT_KINDS: Final[Mapping[InputKind, str]] = {
    InputKind.READ_BACK: "đọc lại rơ-le",
    InputKind.AMPLIFIER_FAULT: "tăng âm báo lỗi",
    InputKind.SENSE: "dò tiếng ra loa",
    InputKind.MAINS: "báo có điện lưới",
    InputKind.BATTERY_LOW: "báo ắc quy yếu",
    InputKind.DOOR: "báo mở cửa tủ",
    InputKind.TALK: "nút bấm để nói",
    InputKind.HUSH: "nút im lặng",
    InputKind.ADDRESS: "nút đọc địa chỉ",
}
RIGHTS: Final[Mapping[LocalRight, str]] = {
    LocalRight.OPERATE: "phát và điều khiển",
    LocalRight.WARN: "phát cảnh báo tại chỗ",
    LocalRight.INSTALL: "kiểm tra, lắp đặt",
}

COPY_WORDS: Final[Mapping[str, str]] = {
    REPORTS: "hai chuỗi báo cáo khác nhau từ một khóa",
    SESSIONS: "hai phiên cùng sống từ một khóa",
}


@router.get("/{device}")
def appliance(request: Request, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Show one appliance."""
    context = _context(house, visitor, device)
    now = house.clock()
    with house.reading() as unit:
        state = device_named(unit, device, now=now)
        context["care"] = _care(unit, visitor, state, now)
        if context["may_logs"]:
            context["logs"] = list_logs(unit, device, who=visitor.person, now=now, limit=LOGS_SHOWN)
    words, flash = visitor.words, None
    if request.query_params.get("done") == "sent":
        flash = Flash(
            "ok", words("Đã gửi lệnh. Cụm loa thực hiện trong vòng 5 phút, nếu đang kết nối.")
        )
    elif request.query_params.get("done") == "papers":
        flash = Flash("ok", words("Đã ghi vào hồ sơ."))
    return page(request, visitor, "appliance.html", context, flash=flash)


@router.post("/{device}/copies")
def copies_seen(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Say that somebody has looked into the suspicion of a copied key."""
    with house.writing() as unit:
        dismiss_signs(unit, device, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}", 303)


@router.get("/{device}/state")
def state_part(house: HouseHere, visitor: Guest, device: str) -> Response:
    """Return the living part of the page."""
    return fragment(visitor, "appliance_part.html", _context(house, visitor, device))


@router.post("/{device}/command")
def command(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Send one order."""
    action = read_order(str(posted.get("do", "")), str(posted.get("value", "")), visitor.words)
    with house.writing() as unit:
        send_command(unit, device, action, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}?done=sent", 303)


def _hours(span: Hours) -> str:
    return f"{span.start:%H:%M}–{span.end:%H:%M}"


class Care(msgspec.Struct, frozen=True, kw_only=True):
    """How an appliance was, and its papers, as the page shows them."""

    past: History
    bars: tuple[Bar, ...]
    sparks: tuple[tuple[str, Spark | None, str, int], ...]
    known: bool
    days_known: int
    days_low: int
    up_pct: int
    silent: int
    unready: int
    refusals: int
    findings: tuple[ReadinessState, ...]
    alerts: tuple[AlertState, ...]
    orders: tuple[OrderState, ...]
    asset: AssetState
    notes: tuple[NoteState, ...]
    swaps: tuple[SwapState, ...]
    suppliers: tuple[SupplierState, ...]
    parts: tuple[PartState, ...]


def _care(unit: Unit, visitor: Visitor, state: DeviceState, now: datetime) -> Care:
    device, words, area = state.id, visitor.words, [state.area]
    past = history(unit, device, now=now)
    known = [day.up for day in past.days if day.up is not None]
    week = timedelta(days=7)
    return Care(
        past=past,
        bars=bars(past.days),
        sparks=(
            (words("Mức tiếng ra loa"), spark(past.levels, now, week), "dBFS", 0),
            (words("Nhiệt độ"), spark(past.heat, now, week, bound=HOT_C), "°C", 0),
            (words("Chỗ trống"), spark(past.free_mb, now, week), "MB", 0),
        ),
        known=bool(known),
        days_known=len(known),
        days_low=sum(share < LOW for share in known),
        up_pct=round(100 * sum(known) / len(known)) if known else 0,
        silent=sum(day.silent for day in past.days),
        unready=sum(day.unready for day in past.days),
        refusals=sum(day.refusals for day in past.days),
        findings=tuple(
            found for found in list_readiness(unit, device=device, limit=12) if not found.is_test
        ),
        alerts=alerts_of(unit, device, limit=8),
        orders=orders_of(unit, device, now=now, limit=10),
        asset=papers.asset_of(unit, device),
        notes=papers.list_notes(unit, device),
        swaps=papers.list_swaps(unit, device, limit=20),
        suppliers=papers.list_suppliers(unit, area),
        parts=papers.list_parts(unit, area),
    )


LOW: Final = 0.8


def _context(house: House, visitor: Visitor, device: str) -> dict[str, object]:
    now = house.clock()
    with house.reading() as unit:
        state = device_named(unit, device, now=now)
        visitor.person.require(Right.VIEW, state.area)
        view = unit_view(unit, state, now=now)
        paper = appliance_paper(unit, device)
        plays = list_plays(unit, device=device, limit=50)
        refusals = list_refusals(unit, device=device, limit=30)
        log_alarms = list_log_alarms(unit, device=device, standing=True, limit=100)
        slot = newest_readiness(unit, device, test=False)
        test = newest_readiness(unit, device, test=True)
        copies = standing_signs(unit, [state.area]).get(device, ())
    zones = {zone.name: zone.title for zone in paper.zones}
    words, health = visitor.words, state.health
    return {
        "facts": vitals.facts_of(health, words) if health else (),
        "unmeasured": vitals.unmeasured(health, words) if health else (),
        "complaints": vitals.complaints_of(health, words) if health else (),
        "readiness": slot,
        "readiness_rows": vitals.findings_of(slot.checks, zones, words) if slot else (),
        "test": test,
        "test_rows": vitals.findings_of(test.checks, zones, words) if test else (),
        "zone_titles": zones,
        "input_kinds": INPUT_KINDS,
        "rights": RIGHTS,
        "hours": {s.name: ", ".join(map(_hours, s.on)) for s in paper.switches},
        "unit": view,
        "device": device,
        "paper": paper,
        "plays": plays,
        "refusals": refusals,
        "copies": copies,
        "copy_words": COPY_WORDS,
        "may_dismiss": visitor.person.may(Right.ADMINISTER, state.area),
        "may_command": visitor.person.may(Right.COMMAND, state.area),
        "may_logs": visitor.person.may(Right.LOGS, state.area),
        "may_care": papers.may_care(visitor.person, state.area),
        "note_kinds": NOTE_KINDS,
        "may_silence": visitor.person.may(Right.SILENCE, state.area),
        "log_alarms": log_alarms,
        "now": now,
    }
