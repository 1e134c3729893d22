"""`/api/v1`: what people and their systems ask, in JSON.

Law of the room: parse, ask a verb, answer; rights are the verbs' affair, except what a list may show. Sealed
papers come as the bytes of their envelope.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from typing import Annotated
from urllib.parse import unquote

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import FileResponse

from central import services
from central.api.answers import RawBody, Token, read_as, refusal, shown
from central.domain.areas import Area
from central.domain.people import Person, Right
from central.domain.states import Declined, State
from central.services.contents import Intake, Upload
from central.services.unit import House, Unit
from contract.documents import Action, Slot

CHUNK_BYTES = 1_000_000


class Credentials(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signs in."""

    name: str
    password: str


class AreaAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area to add."""

    path: str
    name: str


class SlotAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A slot for an area; without an id it gets one."""

    area: str
    slot: dict[str, object]


class ApprovalAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be approved for which area."""

    sha256: str
    area: str


class PublishAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The area whose drafts are to be sent."""

    area: str


class CancelAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The announcement that is to end."""

    id: str


class Desk:
    """The house and the signed-in person behind a request."""

    def __init__(self, house: House) -> None:
        self.house = house

    @contextmanager
    def reading(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a reading unit and who asks."""
        with self.house.reading() as unit:
            yield unit, services.person_of(unit, token, now=self.house.clock())

    @contextmanager
    def writing(self, token: str) -> Iterator[tuple[Unit, Person]]:
        """Give a writing unit and who asks."""
        who = self.person(token)
        with self.house.writing() as unit:
            yield unit, who

    def person(self, token: str) -> Person:
        """Return who asks; raises `NotSignedIn`."""
        with self.reading(token) as (_, who):
            return who


def people_routes(house: House) -> APIRouter:
    """Return the routes of `/api/v1`."""
    router = APIRouter(prefix="/api/v1")
    desk = Desk(house)
    _add_session(router, desk)
    _add_areas(router, desk)
    _add_contents(router, desk)
    _add_slots(router, desk)
    _add_fleet(router, desk)
    _add_alarms(router, desk)
    return router


def _add_session(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post("/session", tags=["session"])
    def open_session(body: RawBody) -> Response:
        """Sign in; the token goes into `Authorization: Bearer`."""
        asked = read_as(body, Credentials)
        with house.writing() as unit:
            answer = services.sign_in(unit, asked.name, asked.password, now=house.clock())
        if isinstance(answer, Declined):
            return refusal(
                401, "declined", answer.why
            )  # alike for every cause: nobody learns which names exist
        return shown(answer)

    @router.delete("/session", tags=["session"])
    def end_session(token: Token) -> Response:
        """Sign out."""
        with house.writing() as unit:
            services.sign_out(unit, token)
        return Response(status_code=204)

    @router.get("/me", tags=["session"])
    def me(token: Token) -> Response:
        """Tell who is signed in and what they hold."""
        return shown(desk.person(token))


def _add_areas(router: APIRouter, desk: Desk) -> None:
    @router.get("/areas", tags=["areas"])
    def areas(token: Token, under: str | None = None) -> Response:
        """List the area tree."""
        with desk.reading(token) as (unit, _):
            return shown(services.list_areas(unit, under))

    @router.post("/areas", tags=["areas"])
    def add_area(body: RawBody, token: Token) -> Response:
        """Add one area below an existing one."""
        asked = read_as(body, AreaAsked)
        with desk.writing(token) as (unit, who):
            area: Area = services.add_area(
                unit, asked.path, asked.name, who=who, now=desk.house.clock()
            )
        return shown(area, 201)


def _add_contents(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.api_route("/contents", methods=["POST", "PUT"], tags=["contents"])
    async def upload(
        request: Request,
        token: Token,
        area: str,
        title: str = "",
        x_file_name: Annotated[str, Header()] = "",
    ) -> Response:
        """Take a sound file as the raw body; `X-File-Name` is percent-encoded UTF-8."""
        who = await anyio.to_thread.run_sync(desk.person, token)
        said = request.headers.get("content-length", "")
        declared = int(said) if said.isdigit() else None
        wanted = Upload(
            name=unquote(x_file_name),
            mime=request.headers.get("content-type", ""),
            title=title,
            area=area,
        )
        who.require(Right.EDIT, area)
        intake = await anyio.to_thread.run_sync(services.begin_upload, house, declared)
        try:
            await _receive(request, intake)
        except BaseException:
            intake.discard()
            raise
        state = await anyio.to_thread.run_sync(
            lambda: services.finish_upload(house, intake, wanted, who=who, now=house.clock())
        )
        return shown(state, 201)

    @router.get("/contents", tags=["contents"])
    def contents(token: Token, area: str | None = None) -> Response:
        """List the content library, newest first."""
        with desk.reading(token) as (unit, _):
            return shown(services.list_contents(unit, area=area, now=house.clock()))

    @router.get("/contents/{sha256}", tags=["contents"])
    def content(sha256: str, token: Token) -> Response:
        """Tell one content."""
        with desk.reading(token) as (unit, _):
            return shown(services.content_named(unit, sha256, now=house.clock()))

    @router.get("/contents/{sha256}/bytes", tags=["contents"])
    def content_bytes(sha256: str, token: Token) -> Response:
        """Give the sound itself, for listening before approval."""
        with desk.reading(token) as (unit, _):
            found = services.content_named(unit, sha256, now=house.clock())
        return FileResponse(services.content_path(house, found.sha256), media_type=found.mime)

    @router.get("/live-sources", tags=["contents"])
    def live_sources(token: Token) -> Response:
        """List the live sources that slots name; each is approved by its `sha256`, as content is."""
        with desk.reading(token) as (unit, _):
            return shown(services.list_lives(unit, now=house.clock()))

    @router.post("/approvals/prepare", tags=["approvals"])
    def prepare_approval(body: RawBody, token: Token) -> Response:
        """Give the exact payload that approves a content or live source; sign it with your own key."""
        asked = read_as(body, ApprovalAsked)
        with desk.reading(token) as (unit, who):
            return shown(
                services.prepare_approval(
                    unit, asked.sha256, asked.area, who=who, now=house.clock()
                )
            )

    @router.post("/approvals", tags=["approvals"])
    def approve(body: RawBody, token: Token) -> Response:
        """Take a sealed approval."""
        with desk.writing(token) as (unit, who):
            state = services.take_approval(unit, body, who=who, now=house.clock())
        return shown(state, 201)


async def _receive(request: Request, intake: Intake) -> None:
    """Write the body to disk in large pieces, off the event loop."""
    held = bytearray()
    async for chunk in request.stream():
        held += chunk
        if len(held) >= CHUNK_BYTES:
            await anyio.to_thread.run_sync(intake.write, bytes(held))
            held.clear()
    await anyio.to_thread.run_sync(intake.write, bytes(held))


def _add_slots(router: APIRouter, desk: Desk) -> None:
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


def _add_fleet(router: APIRouter, desk: Desk) -> None:
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


def _add_alarms(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/announcements", tags=["announcements"])
    def announcements(token: Token, area: str | None = None) -> Response:
        """List announcements, newest first, with how far they got."""
        with desk.reading(token) as (unit, _):
            return shown(services.list_announcements(unit, area=area, now=house.clock()))

    @router.post("/announcements", tags=["announcements"])
    def announce(body: RawBody, token: Token) -> Response:
        """Take a signed announcement, update or cancel; in force at once when enough people signed."""
        with desk.writing(token) as (unit, who):
            state = services.take_announcement(unit, body, who=who, now=house.clock())
        return shown(state, 201)

    @router.post("/announcements/prepare", tags=["announcements"])
    def prepare(body: RawBody, token: Token) -> Response:
        """Give the exact payload of an announcement for a person to sign."""
        draft = read_as(body, services.AlarmDraft)
        with desk.reading(token) as (unit, who):
            return shown(services.prepare_announcement(unit, draft, who=who, now=house.clock()))

    @router.post("/announcements/prepare-cancel", tags=["announcements"])
    def prepare_cancel(body: RawBody, token: Token) -> Response:
        """Give the exact payload that ends an announcement, for a person to sign."""
        asked = read_as(body, CancelAsked)
        with desk.reading(token) as (unit, who):
            return shown(services.prepare_cancel(unit, asked.id, who=who, now=house.clock()))

    @router.get("/announcements/{announcement}", tags=["announcements"])
    def announcement(announcement: str, token: Token) -> Response:
        """Tell one announcement."""
        with desk.reading(token) as (unit, _):
            return shown(services.announcement_named(unit, announcement, now=house.clock()))

    @router.get("/announcements/{announcement}/envelope", tags=["announcements"])
    def envelope(announcement: str, token: Token) -> Response:
        """Give the sealed bytes, to which a second person adds a signature."""
        with desk.reading(token) as (unit, _):
            sealed = services.waiting_envelope(unit, announcement)
        return Response(sealed, media_type="application/vnd.dsse+json")
