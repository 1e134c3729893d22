"""Emergencies: announcements, their updates and cancels, and the papers that people sign for them.

Law of the room: what is in force was signed by people; here it is prepared to be signed, taken sealed, and
given back byte for byte for the next signature.
"""

import msgspec
from fastapi import APIRouter, Response

from central import services
from central.api.answers import SEALED_TYPE, RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.states import AnnouncementState, Prepared
from central.services.alarms_board import Board, BoardAsked, board
from central.services.alarms_sight import sighted


class CancelAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The announcement that is to end."""

    id: str


def add_announcements(router: APIRouter, desk: Desk) -> None:
    """Add announcements, what is to be signed for them, and how far they got."""
    house = desk.house

    @router.get("/announcements", tags=["announcements"], **told(tuple[AnnouncementState, ...]))
    def announcements(token: Token, area: str | None = None) -> Response:
        """List announcements, newest first, with how far they got."""
        with desk.reading(token) as (unit, who):
            return shown(services.list_announcements(unit, area=area, who=who, now=house.clock()))

    @router.post(
        "/announcements",
        tags=["announcements"],
        **told(AnnouncementState, takes=Sent(SEALED_TYPE), status=201),
    )
    def announce(body: RawBody, token: Token) -> Response:
        """Take a signed announcement, update or cancel; in force at once when enough people signed."""
        with desk.writing(token) as (unit, who):
            entered = services.enter_announcement(unit, body, who=who, now=house.clock())
        with house.reading() as unit:
            return shown(services.announcement_named(unit, entered, now=house.clock()), 201)

    @router.post(
        "/announcements/prepare",
        tags=["announcements"],
        **told(Prepared, takes=services.AlarmDraft),
    )
    def prepare(body: RawBody, token: Token) -> Response:
        """Give the exact payload of an announcement for a person to sign."""
        draft = read_as(body, services.AlarmDraft)
        with desk.reading(token) as (unit, who):
            return shown(services.prepare_announcement(unit, draft, who=who, now=house.clock()))

    @router.post(
        "/announcements/prepare-cancel", tags=["announcements"], **told(Prepared, takes=CancelAsked)
    )
    def prepare_cancel(body: RawBody, token: Token) -> Response:
        """Give the exact payload that ends an announcement, for a person to sign."""
        asked = read_as(body, CancelAsked)
        with desk.reading(token) as (unit, who):
            return shown(services.prepare_cancel(unit, asked.id, who=who, now=house.clock()))

    @router.get("/announcements/{announcement}", tags=["announcements"], **told(AnnouncementState))
    def announcement(announcement: str, token: Token) -> Response:
        """Tell one announcement."""
        with desk.reading(token) as (unit, who):
            return shown(sighted(unit, announcement, who=who, now=house.clock()))

    @router.get("/announcements/{announcement}/board", tags=["announcements"], **told(Board))
    def reached(
        announcement: str, token: Token, stage: str = "", area: str = "", skipped: int = 0
    ) -> Response:
        """Tell how far an announcement got: in all, by area, and on 50 appliances from `skipped` on."""
        asked = BoardAsked(stage=stage, area=area, skipped=skipped)
        with desk.reading(token) as (unit, who):
            now = house.clock()
            state = sighted(unit, announcement, who=who, now=now)
            return shown(board(unit, state, asked, who=who, now=now))

    @router.get(
        "/announcements/{announcement}/envelope", tags=["announcements"], **told(Sent(SEALED_TYPE))
    )
    def envelope(announcement: str, token: Token) -> Response:
        """Give the sealed bytes, to which a second person adds a signature."""
        with desk.reading(token) as (unit, who):
            sighted(unit, announcement, who=who, now=house.clock())
            sealed = services.waiting_envelope(unit, announcement)
        return Response(sealed, media_type=SEALED_TYPE)
