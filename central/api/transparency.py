"""The log of everything signed, exports of it, and alarms about what is not in it.

Law of the room: lines are for everybody who is signed in; exports for administrators of the whole province, streamed
a piece at a time; alarms cover the areas that the person may see.
"""

from collections.abc import Iterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse
from msgspec import Meta

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.errors import NotFound
from central.domain.people import Right
from central.domain.signed_log import LogAlarmState, LogHead, LogLineState
from central.services.log_alarms import acknowledge_log_alarms, list_log_alarms
from central.services.log_reading import (
    check_may_export,
    export_log,
    export_reports,
    log_head,
    search_log,
)

GZIP_TYPE = "application/gzip"


class Acknowledgement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which alarms somebody looked at, and what they found."""

    alarms: Annotated[tuple[int, ...], Meta(min_length=1, max_length=200)]
    words: Annotated[str, Meta(max_length=500)]


class Acknowledged(msgspec.Struct, frozen=True):
    """How many alarms were put aside by this."""

    acknowledged: int


def add_log(router: APIRouter, desk: Desk) -> None:
    """Add the log and its alarms."""
    house = desk.house

    @router.get("/log", tags=["log"], **told(tuple[LogLineState, ...]))
    def lines(
        token: Token,
        text: Annotated[str, Query(max_length=200)] = "",
        kind: Annotated[str, Query(max_length=40)] = "",
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    ) -> Response:
        """List lines of the log, newest first, 50 at a time; go on with `before` the last number."""
        with desk.reading(token) as (unit, _):
            return shown(search_log(unit, text=text, kind=kind, before=before))

    @router.get("/log/head", tags=["log"], **told(LogHead))
    def head(token: Token) -> Response:
        """Tell the newest line's number and hash: note them, and an audit can tell whether the log was changed."""
        with desk.reading(token) as (unit, _):
            found = log_head(unit)
        if found is None:
            raise NotFound("Sổ ký chưa có dòng nào.", "empty-log")
        return shown(found)

    @router.get("/log/export", tags=["log"], **told(Sent(GZIP_TYPE)))
    def whole(token: Token) -> Response:
        """Stream the whole log for `tienglang-provision audit`."""
        _check(desk, token)
        return _attached(export_log(house, now=house.clock()), "log.jsonl.gz")

    @router.get("/log/reports", tags=["log"], **told(Sent(GZIP_TYPE)))
    def reports(token: Token) -> Response:
        """Stream all reports that are kept for `tienglang-provision audit`."""
        _check(desk, token)
        return _attached(export_reports(house, now=house.clock()), "reports.jsonl.gz")

    @router.get("/log/alarms", tags=["log"], **told(tuple[LogAlarmState, ...]))
    def alarms(token: Token, device: str | None = None) -> Response:
        """List what appliances did that nothing in the log covers: what nobody has looked at first."""
        with desk.reading(token) as (unit, who):
            found = [
                alarm
                for area in who.areas(Right.VIEW)
                for alarm in list_log_alarms(unit, area=area, device=device)
            ]
        return shown(found)

    @router.post(
        "/log/alarms/acknowledge", tags=["log"], **told(Acknowledged, takes=Acknowledgement)
    )
    def acknowledge(body: RawBody, token: Token) -> Response:
        """Write down who looked at alarms and what they found; the alarms stay."""
        asked = read_as(body, Acknowledgement)
        with desk.writing(token) as (unit, who):
            count = acknowledge_log_alarms(
                unit, asked.alarms, asked.words, who=who, now=house.clock()
            )
        return shown(Acknowledged(count))


def _check(desk: Desk, token: str) -> None:
    with desk.reading(token) as (unit, who):
        check_may_export(unit, who)


def _attached(pieces: Iterator[bytes], name: str) -> Response:
    held = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(pieces, media_type=GZIP_TYPE, headers=held)
