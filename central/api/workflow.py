"""The way of a notice: submit, return, recall, send down, comment. Approving is `POST /approvals`, with one's own key.

Law of the room: a deed may name the `version` that was looked at; whoever comes second gets 409 with the one that
stands, and nothing of theirs is done.
"""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Path, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.inbox import add_inbox
from central.api.schema import told
from central.domain.workflow_inbox import OfferState, SubjectKind
from central.services.comments import Commented, CommentsPage, comment, list_comments
from central.services.workflow import NoticeDone, reassign, send_back, submit, withdraw
from central.services.workflow_offer_rows import OfferView, list_offers
from central.services.workflow_offers import (
    Choice,
    accept_offer,
    decline_offer,
    offer,
    withdraw_offer,
)
from central.services.workflow_recall import Recalled, recall
from central.services.workflow_track import Track, track
from contract.documents import Level

MOST: Final = 2**53
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=1, le=MOST)]
Before = Annotated[int | None, Query(ge=1, le=MOST)]
Seen = Annotated[int, msgspec.Meta(ge=0, le=MOST)]
Reason = Annotated[str, msgspec.Meta(max_length=2_000)]
Name = Annotated[str, msgspec.Meta(max_length=200)]


class Submitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To whom it is submitted (empty: the nearest approvers) and what is to be said with it."""

    to: Name = ""
    words: Reason = ""
    version: Seen | None = None


class Looked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The version that was looked at."""

    version: Seen | None = None


class Returned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is given back."""

    why: Reason
    version: Seen | None = None


class TakenBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why its use ends, and whether slots' drafts are to lose it."""

    why: Reason
    from_drafts: bool = False
    version: Seen | None = None


class Reassigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The approver who is to look at it."""

    to: Name
    version: Seen | None = None


class Offered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where it is sent down to; without a level that of its sheet."""

    areas: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=300)]
    level: Level | None = None
    words: Reason = ""


class Accepted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the area plays it."""

    choice: Choice
    version: Seen | None = None


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A comment; `@name` tells that person."""

    text: Annotated[str, msgspec.Meta(max_length=4_000)]


def add_workflow(router: APIRouter, desk: Desk) -> None:
    """Add the way of a notice, offers, comments, and the inbox."""
    _add_deeds(router, desk)
    _add_offers(router, desk)
    _add_comments(router, desk)
    add_inbox(router, desk)


def _add_deeds(router: APIRouter, desk: Desk) -> None:
    house = desk.house
    base = "/contents/{sha256}/workflow"

    @router.get(base, tags=["workflow"], **told(Track))
    def way(sha256: Hash, token: Token) -> Response:
        """Tell where a content is on its way, what you may do, where it is used and was sent to."""
        with desk.reading(token) as (unit, who):
            return shown(track(unit, who, sha256, now=house.clock()))

    @router.post(f"{base}/submit", tags=["workflow"], **told(NoticeDone, takes=Submitted))
    def submitted(sha256: Hash, body: RawBody, token: Token) -> Response:
        """Ask for approval."""
        asked = read_as(body, Submitted)
        with desk.writing(token) as (unit, who):
            done = submit(
                unit,
                sha256,
                who=who,
                now=house.clock(),
                to=asked.to,
                words=asked.words,
                version=asked.version,
            )
        return shown(done)

    @router.post(f"{base}/withdraw", tags=["workflow"], **told(NoticeDone, takes=Looked))
    def withdrawn(sha256: Hash, body: RawBody, token: Token) -> Response:
        """Take the asking back."""
        asked = read_as(body, Looked)
        with desk.writing(token) as (unit, who):
            done = withdraw(unit, sha256, who=who, now=house.clock(), version=asked.version)
        return shown(done)

    @router.post(f"{base}/return", tags=["workflow"], **told(NoticeDone, takes=Returned))
    def returned(sha256: Hash, body: RawBody, token: Token) -> Response:
        """Give it back with a reason."""
        asked = read_as(body, Returned)
        with desk.writing(token) as (unit, who):
            done = send_back(
                unit, sha256, asked.why, who=who, now=house.clock(), version=asked.version
            )
        return shown(done)

    @router.post(f"{base}/reassign", tags=["workflow"], **told(NoticeDone, takes=Reassigned))
    def reassigned(sha256: Hash, body: RawBody, token: Token) -> Response:
        """Have another approver look at it."""
        asked = read_as(body, Reassigned)
        with desk.writing(token) as (unit, who):
            done = reassign(
                unit, sha256, asked.to, who=who, now=house.clock(), version=asked.version
            )
        return shown(done)

    @router.post(f"{base}/take-back", tags=["workflow"], **told(Recalled, takes=TakenBack))
    def taken_back(sha256: Hash, body: RawBody, token: Token) -> Response:
        """End its use; publishes nothing: the answer says which areas are still to be published."""
        asked = read_as(body, TakenBack)
        with desk.writing(token) as (unit, who):
            done = recall(
                unit,
                sha256,
                asked.why,
                who=who,
                now=house.clock(),
                from_drafts=asked.from_drafts,
                version=asked.version,
            )
        return shown(done)


def _add_offers(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/offers", tags=["workflow"], **told(tuple[OfferView, ...]))
    def offers(
        token: Token,
        area: Annotated[str | None, Query(max_length=200, pattern=r"^[a-z0-9/-]+$")] = None,
        state: OfferState | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        before: Before = None,
    ) -> Response:
        """List what was sent down to your areas, newest first; go on with `before` the last id."""
        with desk.reading(token) as (unit, who):
            return shown(
                list_offers(
                    unit,
                    who=who,
                    now=house.clock(),
                    area=area,
                    state=state,
                    limit=limit,
                    before=before,
                )
            )

    @router.post(
        "/contents/{sha256}/offers",
        tags=["workflow"],
        **told(tuple[OfferView, ...], takes=Offered, status=201),
    )
    def send_down(sha256: Hash, body: RawBody, token: Token) -> Response:
        """Send an approved content down to areas, each of which chooses its time."""
        asked = read_as(body, Offered)
        with desk.writing(token) as (unit, who):
            sent = offer(
                unit,
                sha256,
                asked.areas,
                who=who,
                now=house.clock(),
                level=asked.level,
                words=asked.words,
            )
        return shown(sent, 201)

    @router.post("/offers/{number}/accept", tags=["workflow"], **told(OfferView, takes=Accepted))
    def accept(number: Number, body: RawBody, token: Token) -> Response:
        """Choose the time: a slot's draft is made, to be published like any other."""
        asked = read_as(body, Accepted)
        with desk.writing(token) as (unit, who):
            done = accept_offer(
                unit, number, asked.choice, who=who, now=house.clock(), version=asked.version
            )
        return shown(done)

    @router.post("/offers/{number}/decline", tags=["workflow"], **told(OfferView, takes=Returned))
    def decline(number: Number, body: RawBody, token: Token) -> Response:
        """Leave a normal notice out, with the reason."""
        asked = read_as(body, Returned)
        with desk.writing(token) as (unit, who):
            done = decline_offer(
                unit, number, asked.why, who=who, now=house.clock(), version=asked.version
            )
        return shown(done)

    @router.post("/offers/{number}/withdraw", tags=["workflow"], **told(OfferView, takes=Looked))
    def withdraw_sent(number: Number, body: RawBody, token: Token) -> Response:
        """Take back what was sent down and not decided yet."""
        asked = read_as(body, Looked)
        with desk.writing(token) as (unit, who):
            done = withdraw_offer(unit, number, who=who, now=house.clock(), version=asked.version)
        return shown(done)


def _add_comments(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    def add(kind: SubjectKind, path: str, pattern: str) -> None:
        subject_type = Annotated[str, Path(pattern=pattern)]

        @router.get(path, tags=["workflow"], name=f"{kind}_comments", **told(CommentsPage))
        def comments(
            subject: subject_type,
            token: Token,
            limit: Annotated[int, Query(ge=1, le=100)] = 50,
            before: Before = None,
        ) -> Response:
            """List what was said about it, newest first; go on with `before` the last id."""
            with desk.reading(token) as (unit, who):
                return shown(
                    list_comments(unit, kind, subject, who=who, limit=limit, before=before)
                )

        @router.post(
            path,
            tags=["workflow"],
            name=f"add_{kind}_comment",
            **told(Commented, takes=Said, status=201),
        )
        def say(
            subject: subject_type,
            body: RawBody,
            token: Token,
        ) -> Response:
            """Say something about it; `not_told` names whom nobody could tell."""
            asked = read_as(body, Said)
            with desk.writing(token) as (unit, who):
                done = comment(unit, kind, subject, asked.text, who=who, now=house.clock())
            return shown(done, 201)

    add(SubjectKind.CONTENT, "/contents/{subject}/comments", r"^[0-9a-f]{64}$")
    add(SubjectKind.SLOT, "/slots/{subject}/comments", r"^[a-z0-9-]{1,40}$")
    add(SubjectKind.ANNOUNCEMENT, "/announcements/{subject}/comments", r"^[a-z0-9:-]{1,70}$")
