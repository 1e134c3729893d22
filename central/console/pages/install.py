"""Installing: the places of the person's areas, and one place as the installer at the pole needs it.

Law of the room: phone first. What the installer does is one of few large buttons; what is waited for shows by
itself. The paper that makes an appliance ours is signed in the browser (`pages.install_papers`).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from central.console.qr import picture
from central.console.render import Flash, fragment, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Forbidden
from central.domain.people import Right
from central.domain.sites import SitePhase, SiteState
from central.domain.tally import ZONE
from central.services import House, device_named
from central.services.commissionings import commissioning_envelope, commissionings_at
from central.services.console_views import area_tree, place_of, unit_view
from central.services.enrolment import enrolment_at, pending
from central.services.sites import (
    issue_claim,
    list_sites,
    preauthorise,
    site_named,
    unmatch,
    unplan,
)

router = APIRouter(prefix="/install")
TONES: Mapping[SitePhase, tuple[str, str]] = {
    SitePhase.MATCHED: ("warn", "shield"),
    SitePhase.AWAITING: ("air", "clock"),
    SitePhase.PLANNED: ("off", "plus"),
    SitePhase.STANDING: ("ok", "ready"),
}
DONE: Mapping[str, str] = {
    "scanned": "Đã ghi mã máy cho vị trí này.",
    "unmatched": "Đã gỡ ghép. Vị trí lại trống.",
    "assigned": "Đã ký và giao máy. Máy tự lấy giấy giao trong vài giây.",
    "retired": "Đã ký thu hồi máy cũ. Vị trí đã trống, có thể lắp máy mới.",
    "planned": "Đã lập các vị trí trong bảng.",
    "unplanned": "Đã bỏ vị trí khỏi kế hoạch.",
    "refused": "Đã từ chối máy. Máy hiện lý do trên trang của nó.",
    "placed": "Đã ghép máy với vị trí. Hãy so mã trên hai màn hình rồi ký.",
}
CAMERA = {"permissions-policy": "camera=(self), geolocation=(), microphone=()"}


class Group(msgspec.Struct, frozen=True):
    """The places of one commune, those to be worked at first, each with where in it."""

    name: str
    sites: tuple[tuple[SiteState, str], ...]


@router.get("")
def listed(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the places of the areas where this person installs."""
    flash = flash_of(request, visitor)
    return page(request, visitor, "install.html", _listed(house, visitor), flash=flash)


@router.get("/list")
def listed_part(house: HouseHere, visitor: Guest) -> Response:
    """Return the living part of the list."""
    return fragment(visitor, "install_part.html", _listed(house, visitor))


@router.get("/sites/{site}")
def place(request: Request, house: HouseHere, visitor: Guest, site: str) -> Response:
    """Show one place."""
    return _place(request, house, visitor, site)


@router.get("/sites/{site}/state")
def place_part(house: HouseHere, visitor: Guest, site: str) -> Response:
    """Return the living part of one place."""
    return fragment(visitor, "site_part.html", _context(house, visitor, site))


@router.get("/commissionings/{number}")
def handed_over(house: HouseHere, visitor: Guest, number: int) -> Response:
    """Give one sealed commissioning as a PDF."""
    with house.reading() as unit:
        device, envelope = commissioning_envelope(unit, number, who=visitor.person)
    from central.services.commissioning_pdf import pdf_of  # noqa: PLC0415  heavy, asked for seldom

    held = {"content-disposition": f'attachment; filename="nghiem-thu-{device}.pdf"'}
    return Response(pdf_of(envelope), media_type="application/pdf", headers=held)


@router.post("/sites/{site}/scan")
def scan(request: Request, posted: Posted, house: HouseHere, visitor: Guest, site: str) -> Response:
    """Say which appliance shall stand here; a fault is shown beside the field that has it."""
    machine, printed = str(posted.get("machine", "")), str(posted.get("fingerprint", ""))
    try:
        with house.writing() as unit:
            preauthorise(unit, site, machine, printed, who=visitor.person, now=house.clock())
    except Forbidden:
        raise
    except CentralError as fault:
        return _place(request, house, visitor, site, why=fault.why, typed=machine)
    return RedirectResponse(f"/console/install/sites/{site}?done=scanned", 303)


@router.post("/sites/{site}/claim")
def claim(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, site: str
) -> Response:
    """Give a new claim code on a sheet to be printed; the code is shown this once."""
    hours = str(posted.get("hours", "48"))
    life = timedelta(hours=int(hours) if hours in {"24", "48", "72"} else 48)
    with house.writing() as unit:
        issued = issue_claim(unit, site, who=visitor.person, now=house.clock(), life=life)
        names = {node.path: node.name for node in area_tree(unit)}
    address = f"{house.settings.public_url}/console/install/sites/{site}"
    context: dict[str, object] = {
        "issued": issued,
        "place": place_of(issued.area, names),
        "qr": picture(address),
        "address": address,
    }
    return page(request, visitor, "sheet.html", context)


@router.post("/sites/{site}/unmatch")
def undo(posted: Posted, house: HouseHere, visitor: Guest, site: str) -> Response:
    """Stop waiting for the appliance that was matched."""
    with house.writing() as unit:
        unmatch(unit, site, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/install/sites/{site}?done=unmatched", 303)


@router.post("/sites/{site}/unplan")
def forget(posted: Posted, house: HouseHere, visitor: Guest, site: str) -> Response:
    """Forget a place where no appliance stands."""
    with house.writing() as unit:
        unplan(unit, site, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/install?done=unplanned", 303)


def flash_of(request: Request, visitor: Visitor) -> Flash | None:
    """Return the sentence about what was just done, where there is one."""
    said = DONE.get(request.query_params.get("done", ""))
    return None if said is None else Flash("ok", visitor.words(said))


def require_somewhere(visitor: Visitor, right: Right) -> None:
    """Raise `Forbidden` for a person who holds this right nowhere."""
    if not visitor.person.areas(right):
        raise Forbidden(visitor.words("Bạn không có quyền lắp đặt thiết bị ở địa bàn nào."))


def grouped(sites: Iterable[SiteState], names: Mapping[str, str]) -> Sequence[Group]:
    """Return the places by commune, those to be worked at first."""
    found: dict[str, list[tuple[SiteState, str]]] = {}
    for site in sites:
        commune = "/".join(site.area.split("/")[:2])
        within = "" if site.area == commune else names.get(site.area, site.area)
        found.setdefault(names.get(commune, commune), []).append((site, within))
    order = list(TONES)
    return [
        Group(name, tuple(sorted(here, key=lambda s: (order.index(s[0].phase), s[0].title))))
        for name, here in sorted(found.items())
    ]


def _listed(house: House, visitor: Visitor) -> dict[str, object]:
    require_somewhere(visitor, Right.INSTALL)
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        names = {node.path: node.name for node in area_tree(unit)}
        sites = list_sites(unit, who.areas(Right.INSTALL), now=now)
        waiting = pending(unit, who)
    return {
        "groups": grouped(sites, names),
        "counts": {phase.value: sum(s.phase is phase for s in sites) for phase in SitePhase},
        "tones": TONES,
        "strangers": sum(e.site is None and e.refused is None for e in waiting),
        "may_plan": bool(who.areas(Right.ADMINISTER)),
        "now": now,
    }


def _place(
    request: Request, house: House, visitor: Visitor, site: str, *, why: str = "", typed: str = ""
) -> Response:
    context = {**_context(house, visitor, site), "why": why, "typed": typed[:80]}
    flash = flash_of(request, visitor)
    status = 422 if why else 200
    answer = page(request, visitor, "site.html", context, flash=flash, status=status)
    answer.headers.update(CAMERA)
    return answer


def _context(house: House, visitor: Visitor, site: str) -> dict[str, object]:
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        state = site_named(unit, site, now=now)
        who.require(Right.INSTALL, state.area)
        names = {node.path: node.name for node in area_tree(unit)}
        asked = enrolment_at(unit, state)
        handed = commissionings_at(unit, site, who=who)
        view = None
        if state.device is not None:
            view = unit_view(unit, device_named(unit, state.device, now=now), now=now)
    return {
        "site": state,
        "asked": asked,
        "unit": view,
        "handed": [(one, one.ended.astimezone(ZONE).date()) for one in handed],
        "place": place_of(state.area, names),
        "tone": TONES[state.phase],
        "silent_for": _silent(asked.last_seen if asked else None, now),
        "may_plan": who.may(Right.ADMINISTER, state.area),
        "now": now,
    }


def _silent(last_seen: datetime | None, now: datetime) -> bool:
    """Return whether the appliance has not called for so long that the installer should look at its network."""
    return last_seen is not None and now - last_seen > timedelta(seconds=45)
