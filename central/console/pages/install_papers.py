"""The papers of installing, prepared here and signed in the installer's browser: assignment and retirement.

Law of the room: the server never sees the key; what comes back is verified by the services.
"""

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from central.console.pages.contents import Handed, read_json, small_body, to_sign
from central.console.visitor import Checked, Guest, HouseHere, Visitor
from central.domain.states import Prepared
from central.services import House
from central.services.enrolment_papers import (
    confirm,
    prepare_assignment,
    prepare_retirement,
    retire,
)
from contract.documents import Kind

router = APIRouter(prefix="/install")


class Compared(msgspec.Struct, frozen=True):
    """The six digits that the installer has seen on both screens."""

    code: str


class Signed(msgspec.Struct, frozen=True):
    """Those digits, and the assignment as the browser has sealed it."""

    code: str
    envelope: str


@router.post("/sites/{site}/assignment/prepare")
async def prepare(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, site: str
) -> Response:
    """Return the assignment that the installer's key is to sign."""
    asked = read_json(await small_body(request, visitor.words), Compared, visitor.words)
    prepared = await run_in_threadpool(_prepared, house, visitor, site, asked.code)
    return to_sign(Kind.ASSIGNMENT, prepared)


@router.post("/sites/{site}/assignment")
async def assign(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, site: str
) -> Response:
    """Take the sealed assignment: the appliance is ours."""
    signed = read_json(await small_body(request, visitor.words), Signed, visitor.words)
    await run_in_threadpool(_assigned, house, visitor, site, signed)
    return JSONResponse({"href": f"/console/install/sites/{site}?done=assigned"})


@router.post("/appliances/{device}/retirement/prepare")
async def prepare_end(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, device: str
) -> Response:
    """Return the paper that silences an appliance for good."""
    prepared = await run_in_threadpool(_prepared_end, house, visitor, device)
    return to_sign(Kind.ASSIGNMENT, prepared)


@router.post("/appliances/{device}/retirement")
async def end(
    request: Request, house: HouseHere, visitor: Guest, checked: Checked, device: str
) -> Response:
    """Take the sealed retirement: its place is vacant."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    await run_in_threadpool(_retired, house, visitor, device, handed)
    return JSONResponse({"href": f"/console/appliances/{device}"})


def _prepared(house: House, visitor: Visitor, site: str, code: str) -> Prepared:
    with house.reading() as unit:
        return prepare_assignment(unit, site, code, who=visitor.person, now=house.clock())


def _assigned(house: House, visitor: Visitor, site: str, signed: Signed) -> None:
    sealed = signed.envelope.encode()
    with house.writing() as unit:
        confirm(unit, site, signed.code, sealed, who=visitor.person, now=house.clock())


def _prepared_end(house: House, visitor: Visitor, device: str) -> Prepared:
    with house.reading() as unit:
        return prepare_retirement(unit, device, who=visitor.person, now=house.clock())


def _retired(house: House, visitor: Visitor, device: str, handed: Handed) -> None:
    with house.writing() as unit:
        retire(unit, device, handed.envelope.encode(), who=visitor.person, now=house.clock())
