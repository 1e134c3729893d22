"""The emergency desk for programs: saved groups, the look ahead, shapes on the map, whom to telephone.

Law of the room: telephone numbers are shown to those who raise alarms or administer, as on the console.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.alarms import AlarmDraft
from central.domain.emergency import (
    AreaGroup,
    Call,
    CallDraft,
    GroupDraft,
    Phone,
    PhoneDraft,
)
from central.services.alarms_ahead import Ahead, ahead
from central.services.alarms_calls import CallList, call_list, note_call
from central.services.alarms_drawn import Drawn, ShapeAsked, drawn
from central.services.alarms_sight import sighted
from central.services.area_groups import drop_group, list_groups, set_group
from central.services.phones import drop_phone, list_phones, set_phone

Number = Annotated[int, Path(ge=1, le=2**53)]


def add_emergency(router: APIRouter, desk: Desk) -> None:
    """Add what the emergency desk knows besides announcements."""
    _add_announcing(router, desk)
    _add_groups(router, desk)
    _add_phones(router, desk)


def _add_announcing(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post("/announcements/ahead", tags=["announcements"], **told(Ahead, takes=AlarmDraft))
    def look_ahead(body: RawBody, token: Token) -> Response:
        """Tell what an announcement would do: whom it reaches, when it sounds, and over what."""
        draft = read_as(body, AlarmDraft)
        with desk.reading(token) as (unit, who):
            return shown(ahead(unit, draft, who=who, now=house.clock()))

    @router.post("/announcements/drawn", tags=["announcements"], **told(Drawn, takes=ShapeAsked))
    def shape(body: RawBody, token: Token) -> Response:
        """Tell which areas to name so that the appliances within a shape on the map sound."""
        asked = read_as(body, ShapeAsked)
        with desk.reading(token) as (unit, who):
            return shown(drawn(unit, asked.corners, who=who))

    @router.get("/announcements/{announcement}/calls", tags=["announcements"], **told(CallList))
    def calls(announcement: str, token: Token) -> Response:
        """List the communes to telephone about an announcement, worst off first."""
        with desk.reading(token) as (unit, who):
            now = house.clock()
            state = sighted(unit, announcement, who=who, now=now)
            return shown(call_list(unit, state, who=who, now=now))

    @router.post(
        "/announcements/{announcement}/calls",
        tags=["announcements"],
        **told(Call, takes=CallDraft, status=201),
    )
    def called(announcement: str, body: RawBody, token: Token) -> Response:
        """Write down that an area was telephoned about an announcement."""
        draft = read_as(body, CallDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            state = sighted(unit, announcement, who=who, now=now)
            return shown(note_call(unit, state, draft, who=who, now=now), 201)


def _add_groups(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/area-groups", tags=["announcements"], **told(tuple[AreaGroup, ...]))
    def groups(token: Token) -> Response:
        """List the saved groups of areas."""
        with desk.reading(token) as (unit, who):
            return shown(list_groups(unit, who=who))

    @router.post(
        "/area-groups", tags=["announcements"], **told(AreaGroup, takes=GroupDraft, status=201)
    )
    def add_group(body: RawBody, token: Token) -> Response:
        """Keep a group of areas that are often warned together."""
        draft = read_as(body, GroupDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_group(unit, draft, who=who, now=house.clock()), 201)

    @router.put(
        "/area-groups/{number}", tags=["announcements"], **told(AreaGroup, takes=GroupDraft)
    )
    def change_group(number: Number, body: RawBody, token: Token) -> Response:
        """Change a group of areas."""
        draft = read_as(body, GroupDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_group(unit, draft, number=number, who=who, now=house.clock()))

    @router.delete("/area-groups/{number}", tags=["announcements"], **told(None))
    def forget_group(number: Number, token: Token) -> Response:
        """Forget a group of areas."""
        with desk.writing(token) as (unit, who):
            drop_group(unit, number, who=who, now=house.clock())
        return Response(status_code=204)


def _add_phones(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/phones", tags=["announcements"], **told(tuple[Phone, ...]))
    def phones(token: Token, area: Annotated[str | None, Query(max_length=200)] = None) -> Response:
        """List whom to telephone in which area."""
        with desk.reading(token) as (unit, who):
            return shown(list_phones(unit, who=who, area=area))

    @router.post("/phones", tags=["announcements"], **told(Phone, takes=PhoneDraft, status=201))
    def add_phone(body: RawBody, token: Token) -> Response:
        """Write down whom to telephone in an area."""
        draft = read_as(body, PhoneDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_phone(unit, draft, who=who, now=house.clock()), 201)

    @router.put("/phones/{number}", tags=["announcements"], **told(Phone, takes=PhoneDraft))
    def change_phone(number: Number, body: RawBody, token: Token) -> Response:
        """Change whom to telephone."""
        draft = read_as(body, PhoneDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_phone(unit, draft, number=number, who=who, now=house.clock()))

    @router.delete("/phones/{number}", tags=["announcements"], **told(None))
    def forget_phone(number: Number, token: Token) -> Response:
        """Forget whom to telephone."""
        with desk.writing(token) as (unit, who):
            drop_phone(unit, number, who=who, now=house.clock())
        return Response(status_code=204)
