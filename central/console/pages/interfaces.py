"""Other systems: their tokens, the addresses that are told of events, and how the server is watched.

Law of the room: a secret is shown in the answer that makes it, and never again. An administrator sees and touches
what lies at their areas.
"""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Forbidden, Unacceptable
from central.domain.people import Right
from central.domain.tokens import SCOPE_WORDS, Scope
from central.domain.webhooks import CHOICES, EVENT_WORDS, Event
from central.services import House
from central.services.console_views import area_tree
from central.services.tokens import TokenAsked, create_token, list_tokens, revoke_token
from central.services.webhooks import (
    WebhookAsked,
    create_webhook,
    delete_webhook,
    list_deliveries,
    list_webhooks,
    renew_secret,
    switch_webhook,
    try_webhook,
)

router = APIRouter(prefix="/interfaces")
TOKENS: Final = 30
DELIVERIES: Final = 30
DONE: Final = {
    "revoked": "Đã thu hồi mã truy cập; từ lúc này mã không dùng được nữa.",
    "on": "Đã bật địa chỉ nhận.",
    "off": "Đã tắt địa chỉ nhận; không có tin mới nào được gửi tới đó.",
    "deleted": "Đã bỏ địa chỉ nhận.",
    "tested": "Đã xếp một tin thử; vài giây nữa sẽ gửi, hãy tải lại trang để xem.",
}
LIVES: Final = {30: "30 ngày", 90: "90 ngày", 365: "một năm", 730: "hai năm"}


@router.get("")
def interfaces(request: Request, house: HouseHere, visitor: Guest, before: str = "") -> Response:
    """Show tokens, addresses, and how the server is watched."""
    return _page(request, house, visitor, {}, before=before[:40])


@router.post("/tokens")
def create(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Make a token and show it this once."""
    chosen = {str(word) for word in posted.getlist("scope")}
    days = _text(posted, "days")
    try:
        asked = TokenAsked(
            name=_text(posted, "name"),
            area=_text(posted, "area"),
            scopes=tuple(scope for scope in Scope if scope.value in chosen),
            days=int(days) if days.isdecimal() and len(days) < 5 else 0,
        )
        with house.writing() as unit:
            made = create_token(unit, asked, who=visitor.person, now=house.clock())
    except CentralError as fault:
        return _refused(
            request, house, visitor, fault, {"token_form": dict(_kept(posted)), "chosen": chosen}
        )
    return _page(request, house, visitor, {"new_token": made}, status=201)


@router.post("/tokens/{token_id}/revoke")
def revoke(token_id: str, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Revoke a token at once."""
    with house.writing() as unit:
        revoke_token(unit, token_id, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/interfaces?done=revoked", 303)


@router.post("/webhooks")
def add(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Add an address and show its secret this once."""
    chosen = {str(word) for word in posted.getlist("event")}
    try:
        asked = WebhookAsked(
            name=_text(posted, "name"),
            area=_text(posted, "area"),
            url=_text(posted, "url"),
            events=tuple(event for event in Event if event.value in chosen),
        )
        with house.writing() as unit:
            made = create_webhook(unit, asked, who=visitor.person, now=house.clock())
    except CentralError as fault:
        return _refused(
            request, house, visitor, fault, {"hook_form": dict(_kept(posted)), "chosen": chosen}
        )
    return _page(request, house, visitor, {"new_hook": made}, status=201)


@router.post("/webhooks/{webhook}/secret")
def renew(
    request: Request, webhook: str, posted: Posted, house: HouseHere, visitor: Guest
) -> Response:
    """Give an address a new secret and show it this once."""
    with house.writing() as unit:
        made = renew_secret(unit, webhook, who=visitor.person, now=house.clock())
    return _page(request, house, visitor, {"new_hook": made})


@router.post("/webhooks/{webhook}/{deed}")
def handle(webhook: str, deed: str, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Turn an address on or off, try it, or forget it."""
    who, now = visitor.person, house.clock()
    with house.writing() as unit:
        match deed:
            case "on" | "off":
                switch_webhook(unit, webhook, enabled=deed == "on", who=who, now=now)
                done = str(deed)
            case "test":
                try_webhook(unit, webhook, who=who, now=now)
                return RedirectResponse(f"/console/interfaces/webhooks/{webhook}?done=tested", 303)
            case "delete":
                delete_webhook(unit, webhook, who=who, now=now)
                done = "deleted"
            case _:
                raise Unacceptable(visitor.words("Không có thao tác này."), "no-deed")
    return RedirectResponse(f"/console/interfaces?done={done}", 303)


@router.get("/webhooks/{webhook}")
def deliveries(
    request: Request, webhook: str, house: HouseHere, visitor: Guest, before: str = ""
) -> Response:
    """Show what was sent to an address and what it answered."""
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    with house.reading() as unit:
        found = list_deliveries(
            unit, webhook, who=visitor.person, before=number, limit=DELIVERIES + 1
        )
        mine = list_webhooks(unit, visitor.person.areas(Right.ADMINISTER))
    context: dict[str, object] = {
        "hook": next(one for one in mine if one.id == webhook),
        "deliveries": found[:DELIVERIES],
        "more": len(found) > DELIVERIES,
        "paged": number is not None,
        "event_words": EVENT_WORDS,
        "now": house.clock(),
    }
    return page(
        request, visitor, "interfaces_deliveries.html", context, flash=_flash(request, visitor)
    )


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    more: Mapping[str, object],
    *,
    before: str = "",
    status: int = 200,
    flash: Flash | None = None,
) -> Response:
    areas = visitor.person.areas(Right.ADMINISTER)
    if not areas:
        raise Forbidden(visitor.words("Trang này dành cho quản trị địa bàn."))
    now = house.clock()
    with house.reading() as unit:
        tokens = list_tokens(unit, areas, now=now, before=before, limit=TOKENS + 1)
        hooks = list_webhooks(unit, areas)
        nodes = area_tree(unit, areas)
    context: dict[str, object] = {
        "tokens": tokens[:TOKENS],
        "more_tokens": len(tokens) > TOKENS,
        "paged": bool(before),
        "hooks": hooks,
        "nodes": nodes,
        "scope_words": SCOPE_WORDS,
        "event_words": EVENT_WORDS,
        "choices": CHOICES,
        "lives": LIVES,
        "public_url": house.settings.public_url,
        "guarded": bool(house.settings.metrics_token),
        "new_token": None,
        "new_hook": None,
        "token_form": None,
        "hook_form": None,
        "chosen": set(),
        "why": "",
        "now": now,
        **more,
    }
    return page(
        request,
        visitor,
        "interfaces.html",
        context,
        flash=flash or _flash(request, visitor),
        status=status,
    )


def _refused(
    request: Request,
    house: House,
    visitor: Visitor,
    fault: CentralError,
    more: Mapping[str, object],
) -> Response:
    """Return the page with what was typed still there, and why it was not taken."""
    if isinstance(fault, Forbidden):
        raise fault
    return _page(
        request,
        house,
        visitor,
        {**more, "why": fault.why},
        status=422,
        flash=Flash("bad", fault.why),
    )


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    done = DONE.get(request.query_params.get("done", ""))
    return None if done is None else Flash("ok", visitor.words(done))


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value if isinstance(value, str) else ""


def _kept(posted: FormData) -> Mapping[str, str]:
    return {name: _text(posted, name)[:500] for name in ("name", "area", "url", "days")}
