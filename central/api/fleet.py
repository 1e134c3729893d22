"""The appliances: their assignments, what they told, and the orders they get.

Law of the room: a list covers the areas that the person may see and no other; an appliance is judged by the
area it stands in now.
"""

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Response

from central import services
from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.domain.people import Person, Right
from central.domain.states import State
from contract.documents import Action


def add_fleet(router: APIRouter, desk: Desk) -> None:
    """Add the appliances, what they told, and commands."""
    house = desk.house

    @router.post("/assignments", tags=["devices"])
    def assign(body: RawBody, token: Token) -> Response:
        """Take a sealed assignment: makes an appliance ours, or moves it."""
        with desk.writing(token) as (unit, who):
            state = services.take_assignment(unit, body, who=who, now=house.clock())
        return shown(state, 201)

    @router.get("/devices", tags=["devices"])
    def devices(token: Token, area: str | None = None) -> Response:
        """List the appliances with what they last told; without `area` all that the person may see."""
        now = house.clock()
        with desk.reading(token) as (unit, who):
            found = [
                device
                for where in _visible(who, area)
                for device in services.fleet(unit, area=where, now=now)
            ]
        return shown(found)

    @router.get("/devices/{device}", tags=["devices"])
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

    @router.get("/plays", tags=["devices"])
    def plays(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List what was on air, newest first."""
        return _told(desk, token, services.list_plays, device, area)

    @router.get("/refusals", tags=["devices"])
    def refusals(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List what appliances did not obey, newest first."""
        return _told(desk, token, services.list_refusals, device, area)

    @router.get("/readiness", tags=["devices"])
    def readiness(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List whether appliances were ready for their slots, and their self-tests, newest first."""
        return _told(desk, token, services.list_readiness, device, area)

    @router.get("/warnings", tags=["devices"])
    def warnings(token: Token, device: str | None = None, area: str | None = None) -> Response:
        """List the emergencies that staff sounded at their appliances: those that stand, then the newest."""
        ask = partial(services.list_warnings, now=house.clock())
        return _told(desk, token, ask, device, area)

    @router.post("/devices/{device}/commands", tags=["devices"])
    def command(device: str, body: RawBody, token: Token) -> Response:
        """Send one order: {"do": "volume" | "stop" | "reload" | "silence" | "self-test", ...}."""
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
