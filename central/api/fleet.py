"""The appliances: their assignments, what they told, and the orders they get.

Law of the room: a list covers the areas that the person may see and no other; an appliance is judged by the
area it stands in now.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Query, Response

from central import services
from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.people import Person, Right
from central.domain.states import (
    DeviceState,
    PlayState,
    ReadinessState,
    ReceiptState,
    RefusalState,
    State,
    WarningState,
)
from central.services.devices import fleet_page
from contract.documents import Action


class DeviceTold(State, frozen=True, kw_only=True):
    """One appliance and the last it told."""

    device: DeviceState
    plays: tuple[PlayState, ...]
    refusals: tuple[RefusalState, ...]
    receipts: tuple[ReceiptState, ...]
    readiness: tuple[ReadinessState, ...]
    warnings: tuple[WarningState, ...]


class Sending(State, frozen=True, kw_only=True):
    """A command on its way, by its counter."""

    counter: int


def add_fleet(router: APIRouter, desk: Desk) -> None:
    """Add the appliances, what they told, and commands."""
    house = desk.house

    @router.post(
        "/assignments", tags=["devices"], **told(DeviceState, takes=Sent(SEALED_TYPE), status=201)
    )
    def assign(body: RawBody, token: Token) -> Response:
        """Take a sealed assignment: makes an appliance ours, or moves it."""
        with desk.writing(token) as (unit, who):
            state = services.take_assignment(unit, body, who=who, now=house.clock())
        return shown(state, 201)

    @router.get("/devices", tags=["devices"], **told(tuple[DeviceState, ...]))
    def devices(
        token: Token,
        area: str | None = None,
        after: Annotated[str, Query(max_length=16)] = "",
        limit: Annotated[int, Query(ge=1, le=1_000)] = 500,
    ) -> Response:
        """List the appliances with what they last told, by id; without `area` all that the person may see.

        Go on with `after` the last id for as long as a page is full.
        """
        with desk.reading(token) as (unit, who):
            areas = _visible(who, area)
            found = fleet_page(unit, areas, after=after, limit=limit, now=house.clock())
        return shown(found)

    @router.get("/devices/{device}", tags=["devices"], **told(DeviceTold))
    def device(device: str, token: Token) -> Response:
        """Tell one appliance: its state, last plays, refusals, receipts, readiness and local warnings."""
        with desk.reading(token) as (unit, who):
            state = services.device_named(unit, device, now=house.clock())
            who.require(Right.VIEW, state.area)
            return shown(
                {
                    "device": state,
                    "plays": services.list_plays(unit, device=device, limit=50),
                    "refusals": services.list_refusals(unit, device=device, limit=50),
                    "receipts": services.list_receipts(unit, device=device, limit=50),
                    "readiness": services.list_readiness(unit, device=device, limit=20),
                    "warnings": services.list_warnings(
                        unit, device=device, now=house.clock(), limit=20
                    ),
                }
            )

    @router.get("/plays", tags=["plays"], **told(tuple[PlayState, ...]))
    def plays(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List what was on air, newest first."""
        return _told(desk, token, services.list_plays, device, area)

    @router.get("/refusals", tags=["devices"], **told(tuple[RefusalState, ...]))
    def refusals(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List what appliances did not obey, newest first."""
        return _told(desk, token, services.list_refusals, device, area)

    @router.get("/readiness", tags=["devices"], **told(tuple[ReadinessState, ...]))
    def readiness(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List whether appliances were ready for their slots, and their self-tests, newest first."""
        return _told(desk, token, services.list_readiness, device, area)

    @router.get("/warnings", tags=["devices"], **told(tuple[WarningState, ...]))
    def warnings(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List the emergencies that staff sounded at their appliances: those that stand, then the newest."""
        ask = partial(services.list_warnings, now=house.clock())
        return _told(desk, token, ask, device, area)

    @router.post(
        "/devices/{device}/commands", tags=["devices"], **told(Sending, takes=Action, status=202)
    )
    def command(device: str, body: RawBody, token: Token) -> Response:
        """Send one order: {"do": "volume" | "stop" | "silence" | "reload" | "self-test" | "restart" | "logs", ...}."""
        action: Action = read_as(body, Action)  # type: ignore[arg-type]
        with desk.writing(token) as (unit, who):
            counter = services.send_command(unit, device, action, who=who, now=house.clock())
        return shown({"counter": counter}, 202)


def _visible(who: Person, area: str | None) -> tuple[str, ...]:
    """Return the areas a list may cover; raises `Forbidden` for one that the person may not see."""
    if area is None:
        return who.areas(Right.VIEW)
    who.require(Right.VIEW, area)
    return (area,)


def _told(
    desk: Desk,
    token: str,
    ask: Callable[..., tuple[State, ...]],
    device: str | None,
    area: str | None,
) -> Response:
    with desk.reading(token) as (unit, who):
        if device is not None:
            area = services.device_named(unit, device, now=desk.house.clock()).area
        found = [
            told for where in _visible(who, area) for told in ask(unit, device=device, area=where)
        ]
    return shown(found)
