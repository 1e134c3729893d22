"""One appliance: how it is, whether it is ready, what it played, what it refused, and orders to it."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console import vitals
from central.console.render import Flash, fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.services import (
    House,
    device_named,
    list_plays,
    list_refusals,
    newest_readiness,
    send_command,
)
from central.services.clones import REPORTS, SESSIONS, dismiss_signs, standing_signs
from central.services.console_views import appliance_paper, unit_view
from central.services.log_alarms import list_log_alarms
from contract.documents import (
    Action,
    Hours,
    InputKind,
    Reload,
    SetVolume,
    Silence,
    StopSound,
    TestYourself,
)
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
    flash = None
    if request.query_params.get("done") == "sent":
        flash = Flash(
            "ok",
            visitor.words("Đã gửi lệnh. Cụm loa thực hiện trong vòng 5 phút, nếu đang kết nối."),
        )
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
    action = _action(str(posted.get("do", "")), str(posted.get("value", "")), visitor)
    with house.writing() as unit:
        send_command(unit, device, action, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}?done=sent", 303)


def _action(do: str, value: str, visitor: Visitor) -> Action:
    number = int(value) if value.isdecimal() and len(value) < 6 else -1
    match do:
        case "volume" if 0 <= number <= 100:
            return SetVolume(volume_pct=number)
        case "stop" if 1 <= number <= 1_440:
            return StopSound(for_s=number * 60)
        case "silence-on":
            return Silence(on=True)
        case "silence-off":
            return Silence(on=False)
        case "reload":
            return Reload()
        case "self-test":
            return TestYourself()
        case _:
            raise Unacceptable(visitor.words("Lệnh này chưa đúng, hãy chọn lại."), "bad-command")


def _hours(span: Hours) -> str:
    return f"{span.start:%H:%M}–{span.end:%H:%M}"


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
        "paper": paper,
        "plays": plays,
        "refusals": refusals,
        "copies": copies,
        "copy_words": COPY_WORDS,
        "may_dismiss": visitor.person.may(Right.ADMINISTER, state.area),
        "may_command": visitor.person.may(Right.COMMAND, state.area),
        "may_silence": visitor.person.may(Right.SILENCE, state.area),
        "log_alarms": log_alarms,
        "now": now,
    }
