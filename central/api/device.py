"""`/device/v1`: what appliances ask, exactly as docs/wire.md has it (the stream is `central.push`).

Law of the room: parse, ask a verb, answer. Routes that touch the database are plain `def`, so they run in worker
threads and never hold up the push; a report waits for its lane without holding a thread. What an appliance posts
is signed by it (`central.services.signatures`); only the question for a challenge is not.
"""

import re
from collections.abc import Callable
from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import FileResponse

from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.report_lane import answer_report
from central.api.schema import Sent, told
from central.api.signed import SignedRequest
from central.domain.errors import NotFound, NotSignedIn
from central.services import doors, voices
from central.services.commissionings import take_commissioning
from central.services.contents import content_path
from central.services.device_logs import take_log
from central.services.doors import Paper, Visitor
from central.services.nonces import Challenges
from central.services.report_desk import ReportDesk
from central.services.reports import Acknowledged
from central.services.signatures import Asked, Signatures, key_of
from central.services.timekeeping import TimeDesk
from central.services.unit import House, Unit
from contract.documents import DeviceName, PublicKey
from contract.seal import sha256

DIGEST = re.compile(r"[0-9a-f]{64}")
IfNoneMatch = Annotated[str, Header()]


class ChallengeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An appliance asks for a challenge."""

    device: DeviceName


class TimeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An appliance asks for the time, with 32 fresh random bytes in base64."""

    nonce: str


class ChallengeGiven(msgspec.Struct, frozen=True):
    """32 bytes in base64, to be signed within a minute."""

    challenge: str


class SessionOpened(msgspec.Struct, frozen=True):
    """A token for this appliance, and for how many seconds it holds."""

    token: str
    expires_in_s: int


class CommissioningTaken(msgspec.Struct, frozen=True):
    """The sealed commissioning with this SHA-256 is on disk here."""

    acknowledged: str


class LogTaken(msgspec.Struct, frozen=True):
    """The log that the command of this counter asked for is on disk here."""

    acknowledged: int


def device_routes(house: House, desk: ReportDesk) -> APIRouter:
    """Return the routes of `/device/v1`."""
    router = APIRouter(prefix="/device/v1", tags=["device"])
    _add_session(router, house)
    _add_own_papers(router, house)
    _add_shared_papers(router, house)
    _add_voices(router, house)
    _add_reports(router, desk)
    _add_logs(router, house)
    _add_commissioning(router, house)
    _add_time(router, house)
    return router


def _add_session(router: APIRouter, house: House) -> None:
    challenges, signatures = Challenges(house), Signatures(house)

    @router.post("/challenge", **told(ChallengeGiven, takes=ChallengeAsked))
    def challenge(body: RawBody) -> Response:
        """Give a challenge, also to an appliance that is not known: nothing is told by it."""
        asked = read_as(body, ChallengeAsked)
        return shown({"challenge": challenges.give(asked.device, house.clock())})

    @router.post("/session", **told(SessionOpened))
    def session(asked: SignedRequest) -> Response:
        """Open a session for an appliance that signs the request, with its challenge as the nonce."""
        now = house.clock()

        def key_of(device: str) -> PublicKey | None:
            with house.reading() as unit:
                return doors.key_of(unit, device)

        proven = signatures.prove(asked, key_of)
        if not challenges.redeem(proven.keyid, proven.nonce, now):
            raise NotSignedIn("Thử thách đã hết hạn hoặc đã dùng; hãy xin lại.", "bad-challenge")
        with house.writing() as unit:
            token = doors.open_session(unit, proven.keyid, now=now)
        return shown({"token": token, "expires_in_s": int(doors.SESSION_LIFE.total_seconds())})


def _add_own_papers(router: APIRouter, house: House) -> None:
    @router.get("/assignment", **told(Sent(SEALED_TYPE)))
    def assignment(token: Token, if_none_match: IfNoneMatch = "") -> Response:
        """Give the appliance its sealed assignment."""
        return _paper(house, token, doors.assignment_paper, if_none_match)

    @router.get("/programme", **told(Sent(SEALED_TYPE)))
    def programme(token: Token, if_none_match: IfNoneMatch = "") -> Response:
        """Give the appliance its sealed programme, and remember that it took the newest."""
        answer = _paper(house, token, doors.programme_paper, if_none_match)
        if answer.status_code == 200:
            with house.writing() as unit:
                doors.note_fetched(unit, doors.visitor_of(unit, token, now=house.clock()))
        return answer

    @router.get("/activeset", **told(Sent(SEALED_TYPE)))
    def active_set(token: Token, if_none_match: IfNoneMatch = "") -> Response:
        """Give the sealed list of announcements in force."""
        return _paper(house, token, doors.active_set_paper, if_none_match)


def _add_shared_papers(router: APIRouter, house: House) -> None:
    @router.get("/announcements/{payload_sha256}", **told(Sent(SEALED_TYPE)))
    def announcement(
        payload_sha256: str, token: Token, if_none_match: IfNoneMatch = ""
    ) -> Response:
        """Give a sealed announcement that speaks to the appliance."""

        def ask(unit: Unit, visitor: Visitor) -> Paper:
            return doors.announcement_paper(unit, visitor, payload_sha256)

        return _paper(house, token, ask, if_none_match)

    @router.get("/approvals/{sha256}", **told(Sent(SEALED_TYPE)))
    def approval(sha256: str, token: Token, if_none_match: IfNoneMatch = "") -> Response:
        """Give the sealed approval of a content."""

        def ask(unit: Unit, visitor: Visitor) -> Paper:
            return doors.approval_paper(unit, visitor, sha256, now=house.clock())

        return _paper(house, token, ask, if_none_match)

    @router.get("/content/{sha256}", **told(Sent("*/*"), also=(206,)))
    def content(sha256: str, token: Token, if_none_match: IfNoneMatch = "") -> Response:
        """Give the bytes of a content that the appliance plays; ranges are supported."""
        now = house.clock()
        if not DIGEST.fullmatch(sha256):
            raise NotFound("Mã nội dung không đúng.", "none")
        with house.reading() as unit:
            visitor = doors.visitor_of(unit, token, now=now)
            mime = doors.fetchable_mime(unit, visitor, sha256, now=now)
        etag = f'"{sha256}"'
        if _matches(if_none_match, etag):
            return Response(status_code=304, headers={"etag": etag})
        path = content_path(house, sha256)
        if not path.is_file():
            raise NotFound("Tệp nội dung không còn trên máy chủ.", "lost")
        headers = {"etag": etag, "cache-control": "private, immutable, max-age=31536000"}
        return FileResponse(path, media_type=mime, headers=headers)


def _add_voices(router: APIRouter, house: House) -> None:
    @router.get("/voices/{announcement}", **told(Sent()))
    def voice(
        announcement: str, token: Token, after: Annotated[int, Query(alias="from", ge=0)] = 0
    ) -> Response:
        """Give the pieces of an operator's voice from a number on: each with its length in 2 bytes before it."""
        now = house.clock()
        with house.reading() as unit:
            visitor = doors.visitor_of(unit, token, now=now)
            parcel = voices.pieces_for(unit, visitor, announcement, after, now=now)
        return Response(parcel, media_type="application/octet-stream")


def _add_reports(router: APIRouter, desk: ReportDesk) -> None:
    @router.post("/reports", **told(Acknowledged, takes=Sent(SEALED_TYPE)))
    async def reports(asked: SignedRequest, token: Token) -> Response:
        """Take a sealed report: acknowledged only when it is on disk."""
        return await answer_report(desk, token, asked)


def _add_logs(router: APIRouter, house: House) -> None:
    signatures = Signatures(house)

    @router.post("/logs/{counter}", **told(LogTaken, takes=Sent()))
    def logs(counter: int, asked: SignedRequest, token: Token) -> Response:
        """Take what an appliance's program last said, as the command of this counter asked."""
        visitor = _sender(house, signatures, token, asked)
        take_log(house, visitor.device, counter, asked.body, now=house.clock())
        return shown({"acknowledged": counter})


def _add_commissioning(router: APIRouter, house: House) -> None:
    signatures = Signatures(house)

    @router.post("/commissioning", **told(CommissioningTaken, takes=Sent(SEALED_TYPE)))
    def commissioning(asked: SignedRequest, token: Token) -> Response:
        """Take how this appliance was handed over, sealed by its own key."""
        visitor = _sender(house, signatures, token, asked)
        with house.writing() as unit:
            take_commissioning(unit, asked.body, device=visitor.device, who=None, now=house.clock())
        return shown({"acknowledged": sha256(asked.body)})


def _add_time(router: APIRouter, house: House) -> None:
    clocks, signatures = TimeDesk(), Signatures(house)

    @router.post("/time", **told(Sent(SEALED_TYPE), takes=TimeAsked))
    def time(asked: SignedRequest, token: Token) -> Response:
        """Tell the appliance the time, sealed for its own question."""
        visitor = _sender(house, signatures, token, asked)
        told = clocks.tell(house, visitor, read_as(asked.body, TimeAsked).nonce)
        return Response(told.envelope, media_type=SEALED_TYPE)


def _sender(house: House, signatures: Signatures, token: str, asked: Asked) -> Visitor:
    """Return the appliance that holds the token and signed this request; raises `NotSignedIn`."""
    with house.reading() as unit:
        visitor = doors.visitor_of(unit, token, now=house.clock())
    signatures.prove_once(asked, key_of(visitor))
    return visitor


def _paper(
    house: House, token: str, ask: Callable[[Unit, Visitor], Paper], if_none_match: str
) -> Response:
    """Answer with a sealed paper, or 304 when the appliance has these bytes already."""
    with house.reading() as unit:
        paper = ask(unit, doors.visitor_of(unit, token, now=house.clock()))
    etag = f'"{paper.etag}"'
    if _matches(if_none_match, etag):
        return Response(status_code=304, headers={"etag": etag})
    return Response(paper.envelope, media_type=SEALED_TYPE, headers={"etag": etag})


def _matches(if_none_match: str, etag: str) -> bool:
    return etag in {part.strip() for part in if_none_match.split(",")}
