"""What is planned: the slots of an area, their publication, and the day as it would sound.

Law of the room: a change is a draft until it is published, and a preview shows the drafts as if they were.
"""

from datetime import date

import msgspec
from fastapi import APIRouter, Response

from central import services
from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.domain.people import Right
from contract.documents import Slot


class SlotAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slot for an area; without an id it gets one."""

    area: str
    slot: dict[str, object]


class PublishAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The area whose drafts are to be sent."""

    area: str


def add_slots(router: APIRouter, desk: Desk) -> None:
    """Add slots, publication and preview."""
    house = desk.house

    @router.get("/slots", tags=["slots"])
    def slots(token: Token, area: str, *, inherited: bool = True) -> Response:
        """List the slots of an area, with those it inherits."""
        with desk.reading(token) as (unit, who):
            who.require(Right.VIEW, area)
            return shown(services.list_slots(unit, area, inherited=inherited))

    @router.post("/slots", tags=["slots"])
    def create(body: RawBody, token: Token) -> Response:
        """Add a slot as a draft."""
        asked = read_as(body, SlotAsked)
        slot = _slot({"id": services.new_slot_id(), **asked.slot})
        with desk.writing(token) as (unit, who):
            state = services.create_slot(unit, asked.area, slot, who=who, now=house.clock())
        return shown(state, 201)

    @router.put("/slots/{slot_id}", tags=["slots"])
    def change(slot_id: str, body: RawBody, token: Token) -> Response:
        """Replace a slot, as a draft."""
        slot = _slot({**read_as(body, dict[str, object]), "id": slot_id})
        with desk.writing(token) as (unit, who):
            return shown(services.change_slot(unit, slot, who=who, now=house.clock()))

    @router.delete("/slots/{slot_id}", tags=["slots"])
    def delete(slot_id: str, token: Token) -> Response:
        """Take a slot away; appliances lose it at the next publication."""
        with desk.writing(token) as (unit, who):
            services.delete_slot(unit, slot_id, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post("/publish", tags=["slots"])
    def publish(body: RawBody, token: Token) -> Response:
        """Send the drafts of an area and below to their appliances."""
        asked, who = read_as(body, PublishAsked), desk.person(token)
        return shown(services.publish(house, asked.area, who=who, now=house.clock()))

    @router.get("/preview", tags=["slots"])
    def preview(
        token: Token, day: date, area: str | None = None, device: str | None = None
    ) -> Response:
        """Show a local day as it would sound if the drafts were sent now."""
        with desk.reading(token) as (unit, who):
            where = area or services.device_named(unit, device or "", now=house.clock()).area
            who.require(Right.VIEW, where)
            return shown(services.preview(unit, day, area=area, device=device, now=house.clock()))


def _slot(fields: dict[str, object]) -> Slot:
    return read_as(msgspec.json.encode(fields), Slot)
