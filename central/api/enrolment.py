"""Enrolment: the appliance's one question, and what people do with places, codes and papers.

Law of the room: parse, ask a verb, answer. The appliance's request is proved by the key that it introduces itself
with; everything else is the verbs' affair. A claim code leaves this house once, to the person who asked for it.
"""

from datetime import timedelta

import msgspec
from fastapi import APIRouter, Request, Response

from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.api.signed import SignedRequest
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.domain.sites import (
    ClaimIssued,
    CloneSign,
    EnrolmentState,
    Planned,
    SiteDraft,
    SiteState,
)
from central.domain.states import DeviceState, Prepared, State
from central.services import clones, enrolment, enrolment_papers, site_import, sites
from central.services.signatures import Signatures
from central.services.unit import House
from contract.documents import DeviceId, PublicKey
from contract.enrolment import EnrolmentAnswered, EnrolmentAsked
from contract.errors import Refused
from contract.seal import check_public_key, device_id


class Scanned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What names an appliance: the text of its QR code, or its 16-character id with the fingerprint of its key."""

    machine: str
    fingerprint: str = ""


class ClaimAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how long a claim code shall be good, in hours."""

    hours: int = 48


class ClaimsAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which places claim codes are wanted, and for how long they shall be good, in hours."""

    sites: tuple[str, ...]
    hours: int = 48


class CodeCompared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits that stood on both screens."""

    code: str


class Confirmed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The six digits that stood on both screens, and the assignment that the installer's key has sealed."""

    code: str
    envelope: str


class Placed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an appliance belongs."""

    site: str


class Declined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an appliance is not wanted."""

    why: str


class SiteTold(State, frozen=True, kw_only=True):
    """One place, and the appliance that waits for it."""

    site: SiteState
    enrolment: EnrolmentState | None


def enrolment_routes(house: House) -> APIRouter:
    """Return the appliance's side: `POST /device/v1/enrolment`, without a token, signed by the key in its body."""
    router = APIRouter(prefix="/device/v1", tags=["device"])
    signatures = Signatures(house)

    @router.post("/enrolment", **told(EnrolmentAnswered, takes=EnrolmentAsked))
    def ask(request: Request, asked: SignedRequest) -> Response:
        """Answer an appliance that has no assignment yet: how far central is with it, and when to ask again."""
        wanted = read_as(asked.body, EnrolmentAsked)
        try:
            check_public_key(wanted.device_key)
        except Refused as refused:
            msg = "Khóa của máy không dùng được: ai cũng ký thay được. Máy phải tạo khóa mới."
            raise Unacceptable(msg, "weak-key") from refused

        def key_of(device: DeviceId) -> PublicKey | None:
            return wanted.device_key if device_id(wanted.device_key) == device else None

        signatures.prove_once(asked, key_of)
        source = request.client.host if request.client else ""
        return shown(enrolment.ask(house, wanted, source=source, now=house.clock()))

    return router


def add_sites(router: APIRouter, desk: Desk) -> None:
    """Add the planned places and their claim codes."""
    house = desk.house

    @router.get("/sites", tags=["sites"], **told(tuple[SiteState, ...]))
    def listed(token: Token, area: str | None = None) -> Response:
        """List the planned places; without `area` all that the person may see."""
        with desk.reading(token) as (unit, who):
            if area is not None:
                who.require(Right.VIEW, area)
            areas = who.areas(Right.VIEW) if area is None else (area,)
            return shown(sites.list_sites(unit, areas, now=house.clock()))

    @router.post("/sites", tags=["sites"], **told(SiteState, takes=SiteDraft, status=201))
    def plan(body: RawBody, token: Token) -> Response:
        """Plan one place: id, title, area and the template of its assignment."""
        draft = read_as(body, SiteDraft)
        with desk.writing(token) as (unit, who):
            return shown(sites.plan_site(unit, draft, who=who, now=house.clock()), 201)

    @router.post(
        "/sites/import", tags=["sites"], **told(Planned, takes=Sent("text/csv", text=True))
    )
    def load(body: RawBody, token: Token) -> Response:
        """Plan a whole table (CSV) of places, or none of it: every fault is told at once."""
        with desk.writing(token) as (unit, who):
            text = site_import.table_text(body)
            return shown(site_import.import_sites(unit, text, who=who, now=house.clock()))

    @router.post(
        "/sites/claims",
        tags=["sites"],
        **told(tuple[ClaimIssued, ...], takes=ClaimsAsked, status=201),
    )
    def many_claims(body: RawBody, token: Token) -> Response:
        """Give a new claim code for each of up to 200 vacant places, or for none: for printing sheets."""
        asked = read_as(body, ClaimsAsked)
        if not 1 <= len(asked.sites) <= 200:
            raise Unacceptable("Mỗi lần xin mã cho từ 1 đến 200 vị trí.", "too-many-sites")
        life, now = _hours(asked.hours), house.clock()
        with desk.writing(token) as (unit, who):
            issued = [
                sites.issue_claim(unit, site, who=who, now=now, life=life) for site in asked.sites
            ]
        return shown(issued, 201)

    @router.get("/sites/{site}", tags=["sites"], **told(SiteTold))
    def one(site: str, token: Token) -> Response:
        """Tell one place, and the appliance that waits for it with the six digits to compare."""
        with desk.reading(token) as (unit, who):
            state = sites.site_named(unit, site, now=house.clock())
            who.require(Right.VIEW, state.area)
            waits = enrolment.enrolment_at(unit, state)
            return shown(SiteTold(site=state, enrolment=waits))

    @router.delete("/sites/{site}", tags=["sites"], **told(None))
    def forget(site: str, token: Token) -> Response:
        """Forget a place where no appliance stands."""
        with desk.writing(token) as (unit, who):
            sites.unplan(unit, site, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post(
        "/sites/{site}/claim", tags=["sites"], **told(ClaimIssued, takes=ClaimAsked, status=201)
    )
    def claim(site: str, body: RawBody, token: Token) -> Response:
        """Give a new claim code, shown this once; an earlier one of the place dies."""
        asked = read_as(body or b"{}", ClaimAsked)
        life = _hours(asked.hours)
        with desk.writing(token) as (unit, who):
            return shown(sites.issue_claim(unit, site, who=who, now=house.clock(), life=life), 201)

    @router.post("/sites/{site}/scan", tags=["sites"], **told(SiteState, takes=Scanned))
    def scan(site: str, body: RawBody, token: Token) -> Response:
        """Say which appliance shall stand here, by its QR text or its typed id."""
        asked = read_as(body, Scanned)
        with desk.writing(token) as (unit, who):
            state = sites.preauthorise(
                unit, site, asked.machine, asked.fingerprint, who=who, now=house.clock()
            )
        return shown(state)

    @router.post("/sites/{site}/unmatch", tags=["sites"], **told(SiteState))
    def unmatch(site: str, token: Token) -> Response:
        """Stop waiting for the appliance that was matched to this place."""
        with desk.writing(token) as (unit, who):
            return shown(sites.unmatch(unit, site, who=who, now=house.clock()))


def add_enrolments(router: APIRouter, desk: Desk) -> None:
    """Add the appliances that wait, and the papers that begin and end their service."""
    house = desk.house

    @router.get("/enrolments", tags=["sites"], **told(tuple[EnrolmentState, ...]))
    def waiting(token: Token) -> Response:
        """List the appliances that wait for a place, a comparison or a word."""
        with desk.reading(token) as (unit, who):
            return shown(enrolment.pending(unit, who))

    @router.post("/enrolments/{device}/match", tags=["sites"], **told(SiteState, takes=Placed))
    def match(device: str, body: RawBody, token: Token) -> Response:
        """Say where an appliance that waits belongs; the codes must still be compared."""
        asked = read_as(body, Placed)
        with desk.writing(token) as (unit, who):
            return shown(
                enrolment.match_by_hand(unit, device, asked.site, who=who, now=house.clock())
            )

    @router.post(
        "/enrolments/{device}/refuse", tags=["sites"], **told(EnrolmentState, takes=Declined)
    )
    def refuse(device: str, body: RawBody, token: Token) -> Response:
        """Say no to an appliance, with a reason that its page shows."""
        asked = read_as(body, Declined)
        with desk.writing(token) as (unit, who):
            return shown(enrolment.refuse(unit, device, asked.why, who=who, now=house.clock()))

    @router.post(
        "/sites/{site}/assignment/prepare", tags=["sites"], **told(Prepared, takes=CodeCompared)
    )
    def prepare(site: str, body: RawBody, token: Token) -> Response:
        """Give the assignment that the installer's own key is to sign; the digits were compared."""
        asked = read_as(body, CodeCompared)
        with desk.reading(token) as (unit, who):
            return shown(
                enrolment_papers.prepare_assignment(
                    unit, site, asked.code, who=who, now=house.clock()
                )
            )

    @router.post(
        "/sites/{site}/assignment", tags=["sites"], **told(DeviceState, takes=Confirmed, status=201)
    )
    def confirm(site: str, body: RawBody, token: Token) -> Response:
        """Take the signed assignment: the appliance is ours."""
        asked = read_as(body, Confirmed)
        with desk.writing(token) as (unit, who):
            state = enrolment_papers.confirm(
                unit, site, asked.code, asked.envelope.encode(), who=who, now=house.clock()
            )
        return shown(state, 201)

    @router.post("/devices/{device}/retirement/prepare", tags=["sites"], **told(Prepared))
    def prepare_retirement(device: str, token: Token) -> Response:
        """Give the paper that silences an appliance for good, to be signed before it is replaced or taken down."""
        with desk.reading(token) as (unit, who):
            return shown(
                enrolment_papers.prepare_retirement(unit, device, who=who, now=house.clock())
            )

    @router.post(
        "/devices/{device}/retirement", tags=["sites"], **told(DeviceState, takes=Sent(SEALED_TYPE))
    )
    def retire(device: str, body: RawBody, token: Token) -> Response:
        """Take the sealed retirement: its sessions end, its place is vacant."""
        with desk.writing(token) as (unit, who):
            return shown(enrolment_papers.retire(unit, device, body, who=who, now=house.clock()))

    @router.get("/clones", tags=["devices"], **told(dict[str, tuple[CloneSign, ...]]))
    def signs(token: Token) -> Response:
        """List the signs that two machines hold one appliance's key."""
        with desk.reading(token) as (unit, who):
            return shown(clones.standing_signs(unit, who.areas(Right.VIEW)))

    @router.post("/devices/{device}/clones/dismiss", tags=["devices"], **told(None))
    def dismiss(device: str, token: Token) -> Response:
        """Say that somebody has looked into it; a new sign raises the alarm again."""
        with desk.writing(token) as (unit, who):
            clones.dismiss_signs(unit, device, who=who, now=house.clock())
        return Response(status_code=204)


def _hours(hours: int) -> timedelta:
    if not 1 <= hours <= 1_000:
        raise Unacceptable("Mã nhận máy có hạn từ 24 đến 72 giờ.", "bad-life")
    return timedelta(hours=hours)
