"""The care of appliances: the list with its filters, the map, papers and notes, orders to many.

Law of the room: a list covers the areas that the person may see; filters are those of the console's page, word for
word. Alerts stand in `central.api.care_alerts`.
"""

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from central.api.answers import RawBody, Token, read_as, shown
from central.api.care_alerts import add_alerts
from central.api.desk import Desk
from central.api.device_logs import add_device_logs
from central.api.schema import Sent, told
from central.domain.bulk import BulkState, Sending, TargetState
from central.domain.care import Need
from central.domain.care_outline import Outline
from central.domain.care_sought import MOST_ROWS, Sought, read_sought
from central.domain.care_states import (
    AssetState,
    CommuneLine,
    FleetCounts,
    FleetPage,
    History,
    MapPoint,
    NoteState,
    OrderState,
    PartState,
    SupplierState,
    SwapState,
    ViewState,
)
from central.domain.people import Person, Right
from central.services import care_papers as papers
from central.services.areas import area_named
from central.services.bulk import (
    BulkDraft,
    bulk_named,
    bulk_targets,
    count_targets,
    list_bulk,
    order_bulk,
    stop_bulk,
)
from central.services.care_attention import communes, needs
from central.services.care_history import history, orders_of
from central.services.care_list import (
    count_fleet,
    export_fleet,
    list_fleet,
    map_points,
    visible_areas,
)
from central.services.care_map import drop_outline, outline_for, set_outline
from central.services.care_views import delete_view, list_views, save_view
from central.services.devices import device_row
from central.services.unit import Unit

CSV_TYPE = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Filter:
    """What a list of appliances is narrowed by."""

    area: Annotated[str, Query(max_length=200)] = ""
    q: Annotated[str, Query(max_length=80)] = ""
    link: Annotated[str, Query(max_length=20)] = ""
    trouble: Annotated[str, Query(max_length=20)] = ""
    software: Annotated[str, Query(max_length=200)] = ""
    warranty: Annotated[str, Query(max_length=20)] = ""
    supplier: Annotated[str, Query(max_length=15)] = ""
    retired: Annotated[str, Query(max_length=3)] = ""
    order: Annotated[str, Query(max_length=20)] = ""

    def sought(self) -> Sought:
        """Return it as a filter; raises `Unacceptable` for a word that is none of ours."""
        return read_sought(vars(self))


Narrowed = Annotated[Filter, Depends()]
Rows = Annotated[int, Query(ge=1, le=MOST_ROWS)]
Cursor = Annotated[str, Query(max_length=2_000)]
Number = Annotated[int | None, Query(ge=0, le=2**53)]


class ViewDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A filter to keep, shared with `area` where that is given."""

    name: str
    query: str
    area: str | None = None


class NoteDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was seen or done: look, repair, clean, complaint or other."""

    kind: str
    text: str


class TargetLine(TargetState, frozen=True, kw_only=True):
    """An appliance of an order, with its place in it."""

    place: int


def add_care(router: APIRouter, desk: Desk) -> None:
    """Add the list, the map, papers, orders to many, logs, and alerts."""
    _add_list(router, desk)
    _add_views(router, desk)
    _add_map(router, desk)
    _add_papers(router, desk)
    _add_store(router, desk)
    _add_bulk(router, desk)
    add_device_logs(router, desk)
    add_alerts(router, desk)


def _add_list(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/fleet", tags=["devices"], **told(FleetPage))
    def fleet(token: Token, narrowed: Narrowed, cursor: Cursor = "", limit: Rows = 50) -> Response:
        """List appliances a page at a time; go on with `cursor` what `next` said."""
        with desk.reading(token) as (unit, who):
            page = list_fleet(
                unit, narrowed.sought(), who=who, now=house.clock(), cursor=cursor, limit=limit
            )
        return shown(page)

    @router.get("/fleet/counts", tags=["devices"], **told(FleetCounts))
    def counts(token: Token, narrowed: Narrowed) -> Response:
        """Count the appliances of an area by each filter."""
        with desk.reading(token) as (unit, who):
            return shown(count_fleet(unit, narrowed.sought(), who=who, now=house.clock()))

    @router.get("/fleet/export", tags=["devices"], **told(Sent("text/csv", text=True)))
    def export(token: Token, narrowed: Narrowed) -> Response:
        """Stream the whole list as CSV."""
        who, sought = desk.person(token), narrowed.sought()
        visible_areas(who, sought.area)
        pieces = export_fleet(house, sought, who=who, now=house.clock())
        held = {"content-disposition": 'attachment; filename="cum-loa.csv"'}
        return StreamingResponse(pieces, media_type=CSV_TYPE, headers=held)

    @router.get("/fleet/needs", tags=["devices"], **told(tuple[Need, ...]))
    def wanting(
        token: Token, area: str = "", limit: Annotated[int, Query(ge=1, le=200)] = 20
    ) -> Response:
        """List who needs somebody first, gravest first."""
        with desk.reading(token) as (unit, who):
            areas = visible_areas(who, area)
            return shown(needs(unit, areas, now=house.clock(), limit=limit))

    @router.get("/fleet/communes", tags=["devices"], **told(tuple[CommuneLine, ...]))
    def by_commune(token: Token) -> Response:
        """List the communes with their counts, those with most trouble first."""
        with desk.reading(token) as (unit, who):
            return shown(communes(unit, who, now=house.clock()))


def _add_views(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/fleet/views", tags=["care"], **told(tuple[ViewState, ...]))
    def views(token: Token) -> Response:
        """List the saved filters of this person and those shared with their areas."""
        with desk.reading(token) as (unit, who):
            return shown(list_views(unit, who))

    @router.post("/fleet/views", tags=["care"], **told(ViewState, takes=ViewDraft, status=201))
    def keep(body: RawBody, token: Token) -> Response:
        """Keep a filter; the same name again replaces it."""
        asked = read_as(body, ViewDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            view = save_view(unit, asked.name, asked.query, area=asked.area, who=who, now=now)
        return shown(view, 201)

    @router.delete("/fleet/views/{number}", tags=["care"], **told(None))
    def forget(number: int, token: Token) -> Response:
        """Forget a saved filter."""
        with desk.writing(token) as (unit, who):
            delete_view(unit, number, who=who, now=house.clock())
        return Response(status_code=204)


def _add_map(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/fleet/map", tags=["devices"], **told(tuple[MapPoint, ...]))
    def points(token: Token, narrowed: Narrowed) -> Response:
        """List where the appliances stand that have coordinates."""
        with desk.reading(token) as (unit, who):
            return shown(map_points(unit, narrowed.sought(), who=who, now=house.clock()))

    @router.get("/fleet/outline", tags=["care"], **told(Outline))
    def outline(token: Token, area: str) -> Response:
        """Tell the lines that the map of an area is drawn on."""
        with desk.reading(token) as (unit, who):
            visible_areas(who, area)
            return shown(outline_for(unit, area))

    @router.put(
        "/fleet/outline", tags=["care"], **told(Outline, takes=Sent("application/geo+json"))
    )
    def draw(body: RawBody, token: Token, area: str) -> Response:
        """Give the outline of an area as GeoJSON."""
        with desk.writing(token) as (unit, who):
            return shown(set_outline(unit, area, body, who=who, now=house.clock()))

    @router.delete("/fleet/outline", tags=["care"], **told(None))
    def wipe(token: Token, area: str) -> Response:
        """Forget the outline of an area."""
        with desk.writing(token) as (unit, who):
            area_named(unit, area)
            drop_outline(unit, area, who=who, now=house.clock())
        return Response(status_code=204)


def _add_papers(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/devices/{device}/history", tags=["devices"], **told(History))
    def past(device: str, token: Token, days: Annotated[int, Query(ge=1, le=366)] = 30) -> Response:
        """Tell how an appliance was: its days, and by hour its sound, heat and free space."""
        with desk.reading(token) as (unit, who):
            _viewed(unit, device, who)
            return shown(history(unit, device, now=house.clock(), days=days))

    @router.get("/devices/{device}/orders", tags=["devices"], **told(tuple[OrderState, ...]))
    def orders(device: str, token: Token) -> Response:
        """List the newest commands to an appliance, and what came of them."""
        with desk.reading(token) as (unit, who):
            _viewed(unit, device, who)
            return shown(orders_of(unit, device, now=house.clock(), limit=50))

    @router.get("/devices/{device}/asset", tags=["care"], **told(AssetState))
    def asset(device: str, token: Token) -> Response:
        """Tell serial, supplier and warranty of an appliance."""
        with desk.reading(token) as (unit, who):
            _viewed(unit, device, who)
            return shown(papers.asset_of(unit, device))

    @router.put(
        "/devices/{device}/asset", tags=["care"], **told(AssetState, takes=papers.AssetDraft)
    )
    def write_asset(device: str, body: RawBody, token: Token) -> Response:
        """Write down serial, supplier and warranty of an appliance."""
        draft = read_as(body, papers.AssetDraft)
        with desk.writing(token) as (unit, who):
            return shown(papers.set_asset(unit, device, draft, who=who, now=house.clock()))

    @router.get("/devices/{device}/notes", tags=["care"], **told(tuple[NoteState, ...]))
    def notes(device: str, token: Token, before: Number = None) -> Response:
        """List the notes of an appliance, newest first, 50 at a time; go on with `before` the last number."""
        with desk.reading(token) as (unit, who):
            _viewed(unit, device, who)
            return shown(papers.list_notes(unit, device, before=before, limit=50))

    @router.post(
        "/devices/{device}/notes", tags=["care"], **told(NoteState, takes=NoteDraft, status=201)
    )
    def note(device: str, body: RawBody, token: Token) -> Response:
        """Add a note to an appliance."""
        asked = read_as(body, NoteDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            state = papers.add_note(unit, device, asked.kind, asked.text, who=who, now=now)
        return shown(state, 201)

    @router.get("/devices/{device}/swaps", tags=["care"], **told(tuple[SwapState, ...]))
    def swaps(device: str, token: Token) -> Response:
        """List the parts that were put into an appliance."""
        with desk.reading(token) as (unit, who):
            _viewed(unit, device, who)
            return shown(papers.list_swaps(unit, device))

    @router.post(
        "/devices/{device}/swaps",
        tags=["care"],
        **told(SwapState, takes=papers.SwapDraft, status=201),
    )
    def swap(device: str, body: RawBody, token: Token) -> Response:
        """Write down that a part was put into an appliance."""
        draft = read_as(body, papers.SwapDraft)
        with desk.writing(token) as (unit, who):
            state = papers.swap_part(unit, device, draft, who=who, now=house.clock())
        return shown(state, 201)


def _add_store(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/suppliers", tags=["care"], **told(tuple[SupplierState, ...]))
    def suppliers(token: Token) -> Response:
        """List the suppliers that people of these areas know."""
        with desk.reading(token) as (unit, who):
            return shown(papers.list_suppliers(unit, who.areas(Right.VIEW)))

    @router.post(
        "/suppliers", tags=["care"], **told(SupplierState, takes=papers.SupplierDraft, status=201)
    )
    def add_supplier(body: RawBody, token: Token) -> Response:
        """Write down a supplier."""
        draft = read_as(body, papers.SupplierDraft)
        with desk.writing(token) as (unit, who):
            state = papers.set_supplier(unit, draft, who=who, now=house.clock())
        return shown(state, 201)

    @router.put(
        "/suppliers/{number}", tags=["care"], **told(SupplierState, takes=papers.SupplierDraft)
    )
    def change_supplier(number: int, body: RawBody, token: Token) -> Response:
        """Change a supplier."""
        draft = read_as(body, papers.SupplierDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(papers.set_supplier(unit, draft, number=number, who=who, now=now))

    @router.delete("/suppliers/{number}", tags=["care"], **told(None))
    def drop_supplier(number: int, token: Token) -> Response:
        """Forget a supplier."""
        with desk.writing(token) as (unit, who):
            papers.delete_supplier(unit, number, who=who, now=house.clock())
        return Response(status_code=204)

    @router.get("/parts", tags=["care"], **told(tuple[PartState, ...]))
    def parts(token: Token) -> Response:
        """List the spare parts in store, what must be bought first."""
        with desk.reading(token) as (unit, who):
            return shown(papers.list_parts(unit, who.areas(Right.VIEW)))

    @router.post("/parts", tags=["care"], **told(PartState, takes=papers.PartDraft, status=201))
    def add_part(body: RawBody, token: Token) -> Response:
        """Write down a spare part of a store."""
        draft = read_as(body, papers.PartDraft)
        with desk.writing(token) as (unit, who):
            return shown(papers.set_part(unit, draft, who=who, now=house.clock()), 201)

    @router.put("/parts/{number}", tags=["care"], **told(PartState, takes=papers.PartDraft))
    def change_part(number: int, body: RawBody, token: Token) -> Response:
        """Change a spare part, its count among it."""
        draft = read_as(body, papers.PartDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            return shown(papers.set_part(unit, draft, number=number, who=who, now=now))


def _add_bulk(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post("/bulk", tags=["devices"], **told(BulkState, takes=BulkDraft, status=202))
    def order(body: RawBody, token: Token) -> Response:
        """Order something of many appliances: by name, or of all that a filter seeks and the person may command."""
        draft = read_as(body, BulkDraft)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            sought = None if draft.query is None else read_sought(dict(parse_qsl(draft.query)))
            counted = count_targets(
                unit, draft.action, devices=draft.devices, sought=sought, who=who, now=now
            )
            targets = counted.targets if draft.query is not None else draft.devices
            state = order_bulk(unit, draft.action, targets, per_s=draft.per_s, who=who, now=now)
        return shown(state, 202)

    @router.get("/bulk", tags=["devices"], **told(tuple[BulkState, ...]))
    def orders(token: Token, before: Number = None) -> Response:
        """List orders to many, newest first, 20 at a time; go on with `before` the last number."""
        with desk.reading(token) as (unit, who):
            return shown(list_bulk(unit, who=who, before=before))

    @router.get("/bulk/{number}", tags=["devices"], **told(BulkState))
    def one(number: int, token: Token) -> Response:
        """Tell how far an order to many is."""
        with desk.reading(token) as (unit, who):
            return shown(bulk_named(unit, number, who=who))

    @router.get("/bulk/{number}/targets", tags=["devices"], **told(tuple[TargetLine, ...]))
    def targets(
        number: int,
        token: Token,
        state: Sending | None = None,
        after: Annotated[int, Query(ge=-1, le=2**31)] = -1,
    ) -> Response:
        """List the appliances of an order, 500 at a time; go on with `after` the last place."""
        with desk.reading(token) as (unit, who):
            bulk_named(unit, number, who=who)
            found = bulk_targets(unit, number, who=who, state=state, after=after, limit=500)
        lines = [TargetLine(place=at, **msgspec.structs.asdict(line)) for at, line in found]
        return shown(lines)

    @router.post("/bulk/{number}/stop", tags=["devices"], **told(BulkState))
    def stop(number: int, token: Token) -> Response:
        """Send no more of an order."""
        with desk.writing(token) as (unit, who):
            return shown(stop_bulk(unit, number, who=who, now=house.clock()))


def _viewed(unit: Unit, device: str, who: Person) -> None:
    who.require(Right.VIEW, device_row(unit, device).area)
