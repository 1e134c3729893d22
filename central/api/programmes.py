"""What is planned: the slots of an area, their publication, and the day as it would sound.

Law of the room: a change is a draft until it is published, and a preview shows the drafts as if they were. Who says by
`If-Match` or `seen` what they had seen never overwrites what somebody did since; who says nothing overwrites, as ever.
"""

from datetime import date, datetime
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response

from central import services
from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.people import Right
from central.domain.planning import seen_of
from central.domain.states import SLOT_WORDS, Preview, Published, SlotPhase, SlotState, State
from central.services.publishing import carry_out, order_publication
from contract.documents import Slot

MOST = 2_000
Limit = Annotated[int, Query(ge=1, le=MOST)]
After = Annotated[str, Query(max_length=40)]
Seen = Annotated[str, Query(max_length=40)]
IfMatch = Annotated[str, Header(max_length=80)]


class SlotTold(State, frozen=True, kw_only=True):
    """A slot of `area`; `seen` names it as it stands: give it back as `If-Match` when you change it."""

    slot: Slot
    area: str
    phase: SlotPhase
    changed: datetime
    changed_by: str
    seen: str

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return SLOT_WORDS[self.phase]


class SlotAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slot for an area; without an id it gets one."""

    area: str
    slot: dict[str, object]


class PublishAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The area whose drafts are to be sent; `seen` is the fingerprint of the diff that was looked at."""

    area: str
    seen: str | None = None


def add_slots(router: APIRouter, desk: Desk) -> None:
    """Add slots, publication and preview."""
    house = desk.house

    @router.get("/slots", tags=["slots"], **told(tuple[SlotTold, ...]))
    def slots(
        token: Token, area: str, *, inherited: bool = True, limit: Limit = MOST, after: After = ""
    ) -> Response:
        """List the slots of an area by start, with those it inherits; those that come `after` an id."""
        with desk.reading(token) as (unit, who):
            who.require(Right.VIEW, area)
            found = services.list_slots(unit, area, inherited=inherited)
        first = next((n + 1 for n, s in enumerate(found) if after and s.slot.id == after), 0)
        return shown([told_of(state) for state in found[first : first + limit]])

    @router.get("/slots/{slot_id}", tags=["slots"], **told(SlotTold))
    def one(slot_id: str, token: Token) -> Response:
        """Tell one slot; its ETag is what `If-Match` wants."""
        with desk.reading(token) as (unit, who):
            state = services.slot_named(unit, slot_id)
            who.require(Right.VIEW, state.area)
        return _tagged(state)

    @router.post("/slots", tags=["slots"], **told(SlotTold, takes=SlotAsked, status=201))
    def create(body: RawBody, token: Token) -> Response:
        """Add a slot as a draft."""
        asked = read_as(body, SlotAsked)
        slot = _slot({"id": services.new_slot_id(), **asked.slot})
        with desk.writing(token) as (unit, who):
            state = services.create_slot(unit, asked.area, slot, who=who, now=house.clock())
        return _tagged(state, 201)

    @router.put("/slots/{slot_id}", tags=["slots"], **told(SlotTold, takes=Slot))
    def change(
        slot_id: str, body: RawBody, token: Token, seen: Seen = "", if_match: IfMatch = ""
    ) -> Response:
        """Replace a slot, as a draft; 409 when it was changed since it was seen."""
        fields = read_as(body, dict[str, object])
        seen = str(fields.pop("seen", "")) or seen or _untagged(if_match)
        slot = _slot({**fields, "id": slot_id})
        with desk.writing(token) as (unit, who):
            state = services.change_slot(unit, slot, who=who, now=house.clock(), seen=seen or None)
        return _tagged(state)

    @router.delete("/slots/{slot_id}", tags=["slots"], **told(None))
    def delete(slot_id: str, token: Token, seen: Seen = "", if_match: IfMatch = "") -> Response:
        """Take a slot away; appliances lose it at the next publication."""
        seen = seen or _untagged(if_match)
        with desk.writing(token) as (unit, who):
            services.delete_slot(unit, slot_id, who=who, now=house.clock(), seen=seen or None)
        return Response(status_code=204)

    @router.post("/publish", tags=["slots"], **told(Published, takes=PublishAsked))
    def publish(body: RawBody, token: Token) -> Response:
        """Send the drafts of an area and below to their appliances, and answer when all are written."""
        asked, who, now = read_as(body, PublishAsked), desk.person(token), house.clock()
        with house.publishing:
            ordered = order_publication(house, asked.area, who=who, now=now, seen=asked.seen)
            return shown(carry_out(house, ordered, now=now))

    @router.get("/preview", tags=["slots"], **told(Preview))
    def preview(
        token: Token, day: date, area: str | None = None, device: str | None = None
    ) -> Response:
        """Show a local day as it would sound if the drafts were sent now."""
        with desk.reading(token) as (unit, who):
            where = area or services.device_named(unit, device or "", now=house.clock()).area
            who.require(Right.VIEW, where)
            return shown(services.preview(unit, day, area=area, device=device, now=house.clock()))


def told_of(state: SlotState) -> SlotTold:
    """Return a slot with what names it as it stands."""
    return SlotTold(
        slot=state.slot,
        area=state.area,
        phase=state.phase,
        changed=state.changed,
        changed_by=state.changed_by,
        seen=seen_of(state),
    )


def _tagged(state: SlotState, status: int = 200) -> Response:
    answer = shown(told_of(state), status)
    answer.headers["etag"] = f'"{seen_of(state)}"'
    return answer


def _untagged(if_match: str) -> str:
    """Return the word of an `If-Match` header; `*` asks for nothing."""
    found = if_match.strip().removeprefix("W/").strip('"')
    return "" if found == "*" else found


def _slot(fields: dict[str, object]) -> Slot:
    return read_as(msgspec.json.encode(fields), Slot)
