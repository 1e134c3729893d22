"""The log of everything signed: its head to be noted, its lines, exports, and alarms about what is not in it.

Law of the room: the page shows and asks; an alarm goes away by words only, and stays in the list.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.people import Right
from central.services import House
from central.services.log_alarms import acknowledge_log_alarms, list_log_alarms
from central.services.log_reading import (
    check_may_export,
    export_log,
    export_reports,
    log_head,
    search_log,
)
from contract import signed_log
from contract.documents import Kind

router = APIRouter(prefix="/log")
LINES: Final = 50
KINDS: Final[Mapping[str, str]] = {
    Kind.PROGRAMME.value: "lịch phát",
    Kind.ANNOUNCEMENT.value: "thông báo khẩn",
    Kind.APPROVAL.value: "phê duyệt",
    Kind.COMMAND.value: "lệnh",
    Kind.ASSIGNMENT.value: "giấy giao",
    Kind.ACTIVE_SET.value: "danh sách hiệu lực",
    signed_log.KEYRING: "vòng khóa",
    signed_log.TIMES: "giờ đã ký",
    signed_log.BEGINNING: "mở sổ",
}


@router.get("")
def log(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    q: str = "",
    kind: str = "",
    before: str = "",
) -> Response:
    """Show head, alarms and lines; `q` is what somebody looks for."""
    flash = None
    if request.query_params.get("done") == "acknowledged":
        flash = Flash("ok", visitor.words("Đã ghi nhận. Cảnh báo vẫn còn trong danh sách."))
    kind = kind if kind in KINDS else ""
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    with house.reading() as unit:
        lines = search_log(unit, text=q[:200], kind=kind, before=number, limit=LINES + 1)
        alarms = [
            alarm
            for area in visitor.person.areas(Right.VIEW)
            for alarm in list_log_alarms(unit, area=area, limit=100)
        ]
        head = log_head(unit)
    administers = visitor.person.areas(Right.ADMINISTER)
    context: dict[str, object] = {
        "head": head,
        "lines": lines[:LINES],
        "more": len(lines) > LINES,
        "alarms": alarms,
        "standing": sum(alarm.acknowledged is None for alarm in alarms),
        "kinds": KINDS,
        "q": q[:200],
        "kind": kind,
        "paged": number is not None,
        "may_export": any("/" not in area for area in administers),
        "may_acknowledge": bool(administers),
        "now": house.clock(),
    }
    return page(request, visitor, "log.html", context, flash=flash)


@router.post("/alarms")
def acknowledge(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Write down who looked at the ticked alarms and what they found."""
    ticked = [str(value) for value in posted.getlist("alarm")]
    numbers = [int(value) for value in ticked if value.isdecimal() and len(value) < 16]
    with house.writing() as unit:
        acknowledge_log_alarms(
            unit, numbers, str(posted.get("words", "")), who=visitor.person, now=house.clock()
        )
    return RedirectResponse("/console/log?done=acknowledged", 303)


@router.get("/log.jsonl.gz")
def whole(house: HouseHere, visitor: Guest) -> Response:
    """Stream the whole log."""
    _check(house, visitor)
    return StreamingResponse(
        export_log(house, now=house.clock()), media_type="application/gzip", headers=_AS_FILE
    )


@router.get("/reports.jsonl.gz")
def reports(house: HouseHere, visitor: Guest) -> Response:
    """Stream all reports that are kept."""
    _check(house, visitor)
    return StreamingResponse(
        export_reports(house, now=house.clock()), media_type="application/gzip", headers=_AS_FILE
    )


_AS_FILE: Final = {"content-disposition": "attachment"}


def _check(house: House, visitor: Visitor) -> None:
    with house.reading() as unit:
        check_may_export(unit, visitor.person)
