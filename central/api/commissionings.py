"""How appliances were handed over: sealed reports in, lists and papers out."""

from fastapi import APIRouter, Response

from central.api.answers import SEALED_TYPE, RawBody, Token, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.commissioning import CommissioningState
from central.services.commissionings import (
    commissioning_envelope,
    commissionings_at,
    commissionings_of,
    take_commissioning,
)


def add_commissionings(router: APIRouter, desk: Desk) -> None:
    """Add the list of a place and of an appliance, each report as it was sealed and on paper, and handing one in."""
    house = desk.house

    @router.post(
        "/commissionings",
        tags=["sites"],
        **told(CommissioningState, takes=Sent(SEALED_TYPE), status=201),
    )
    def take(body: RawBody, token: Token) -> Response:
        """Take a sealed commissioning from an installer's laptop; the same again adds its signatures."""
        with desk.writing(token) as (unit, who):
            state = take_commissioning(unit, body, device=None, who=who, now=house.clock())
        return shown(state, 201)

    @router.get(
        "/sites/{site}/commissionings", tags=["sites"], **told(tuple[CommissioningState, ...])
    )
    def at_site(site: str, token: Token) -> Response:
        """List how the appliances of a place were handed over, the newest first."""
        with desk.reading(token) as (unit, who):
            return shown(commissionings_at(unit, site, who=who))

    @router.get(
        "/devices/{device}/commissionings", tags=["devices"], **told(tuple[CommissioningState, ...])
    )
    def of_device(device: str, token: Token) -> Response:
        """List how one appliance was handed over, the newest first."""
        with desk.reading(token) as (unit, who):
            return shown(commissionings_of(unit, device, who=who))

    @router.get("/commissionings/{number}/envelope", tags=["sites"], **told(Sent(SEALED_TYPE)))
    def sealed(number: int, token: Token) -> Response:
        """Give one commissioning as it was sealed."""
        with desk.reading(token) as (unit, who):
            _, envelope = commissioning_envelope(unit, number, who=who)
        return Response(envelope, media_type=SEALED_TYPE)

    @router.get("/commissionings/{number}/paper", tags=["sites"], **told(Sent("application/pdf")))
    def paper(number: int, token: Token) -> Response:
        """Give one commissioning as a PDF with the sealed bytes in it."""
        with desk.reading(token) as (unit, who):
            device, envelope = commissioning_envelope(unit, number, who=who)
        from central.services.commissioning_pdf import pdf_of  # noqa: PLC0415  heavy, asked for seldom

        held = {"content-disposition": f'attachment; filename="nghiem-thu-{device}.pdf"'}
        return Response(pdf_of(envelope), media_type="application/pdf", headers=held)
