"""Drills for programs: what is to be signed ahead, the calendar of nights, and the report of each drill.

Law of the room: nothing is signed here; parse, ask a verb, answer.
"""

from datetime import date
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Response
from starlette.responses import StreamingResponse

from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.drills import MONTH_NIGHTS, ExerciseDraft
from central.domain.people import Right
from central.domain.states import Prepared
from central.services.drills import (
    Drill,
    leave_out,
    prepare_exercise,
    prepare_nights,
    take_drill,
)
from central.services.drills_exports import export_drill
from central.services.drills_views import (
    DrillReport,
    Night,
    calendar_of,
    list_drills,
    report_of,
)
from central.services.report_cells import CSV_TYPE, XLSX_TYPE

_TYPES: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": "application/pdf"}
_Named = Annotated[str, Path(pattern=r"^[a-z0-9:-]{1,70}$")]


class NightsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which nights are to be signed: so many days from `first` on, for all of these areas together."""

    areas: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=200)]
    first: date
    count: Annotated[int, msgspec.Meta(ge=1, le=MONTH_NIGHTS)] = MONTH_NIGHTS


def add_drills(router: APIRouter, desk: Desk) -> None:
    """Add drills: to read, to prepare and to take."""
    _add_reading(router, desk)
    _add_signing(router, desk)


def _add_reading(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/drills", tags=["announcements"], **told(tuple[Drill, ...]))
    def drills(
        token: Token,
        *,
        audible: bool | None = None,
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> Response:
        """List drills, the latest hour first; `audible` only those that sound, or only nights."""
        with desk.reading(token) as (unit, who):
            return shown(list_drills(unit, who=who, audible=audible, limit=limit))

    @router.get("/drills/calendar", tags=["announcements"], **told(tuple[Night, ...]))
    def calendar(token: Token, area: Annotated[str, Query(max_length=200)]) -> Response:
        """Tell of each day whether its night was held or is signed, for one area."""
        with desk.reading(token) as (unit, who):
            who.require(Right.VIEW, area)
            return shown(calendar_of(unit, [area], now=house.clock()))

    @router.get("/drills/{drill}", tags=["announcements"], **told(DrillReport))
    def report(drill: _Named, token: Token) -> Response:
        """Tell what came of a drill: every appliance that would not have been heard, and why."""
        with desk.reading(token) as (unit, who):
            return shown(report_of(unit, drill, who=who, now=house.clock()))

    @router.get(
        "/drills/{drill}/file/{form}",
        tags=["announcements"],
        **told(Sent((CSV_TYPE, XLSX_TYPE, _TYPES["pdf"]))),
    )
    def file(
        drill: _Named, form: Annotated[str, Path(pattern="^(csv|xlsx|pdf)$")], token: Token
    ) -> Response:
        """Hand out the report of a drill as `csv`, `xlsx` or `pdf`."""
        who = desk.person(token)
        stream = export_drill(house, drill, form=form, who=who, now=house.clock())
        named = {"Content-Disposition": f'attachment; filename="dien-tap.{form}"'}
        return StreamingResponse(stream, media_type=_TYPES[form], headers=named)


def _add_signing(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post(
        "/drills/prepare-nights",
        tags=["announcements"],
        **told(tuple[Prepared, ...], takes=NightsAsked),
    )
    def nights(body: RawBody, token: Token) -> Response:
        """Give the payloads of the nights that nobody has signed, for a person to sign each."""
        asked = read_as(body, NightsAsked)
        with desk.reading(token) as (unit, who):
            return shown(
                prepare_nights(
                    unit, asked.areas, asked.first, asked.count, who=who, now=house.clock()
                )
            )

    @router.post(
        "/drills/prepare-exercise",
        tags=["announcements"],
        **told(Prepared, takes=ExerciseDraft),
    )
    def exercise(body: RawBody, token: Token) -> Response:
        """Give the payload of an exercise that sounds, for a person to sign."""
        draft = read_as(body, ExerciseDraft)
        with desk.reading(token) as (unit, who):
            return shown(prepare_exercise(unit, draft, who=who, now=house.clock()))

    @router.post(
        "/drills", tags=["announcements"], **told(Drill, takes=Sent(SEALED_TYPE), status=201)
    )
    def take(body: RawBody, token: Token) -> Response:
        """Take a drill that was signed ahead; it is handed out in its hour."""
        with desk.writing(token) as (unit, who):
            made = take_drill(unit, body, who=who, now=house.clock())
        return shown(made, 201)

    @router.delete("/drills/{drill}", tags=["announcements"], **told(Drill))
    def drop(drill: _Named, token: Token) -> Response:
        """Leave out a drill that is still to come."""
        with desk.writing(token) as (unit, who):
            return shown(leave_out(unit, drill, who=who, now=house.clock()))
