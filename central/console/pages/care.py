"""The care of appliances: alerts and who has them in hand, rules, who is told, suppliers, spare parts, papers.

Law of the room: an address is typed in and never shown again; a rule is a sentence with a number in it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.alerting import SCHEMES
from central.domain.areas import root_of
from central.domain.care import LEVEL_WORDS, Level, Trouble
from central.domain.care_sought import Sought
from central.domain.errors import Unacceptable
from central.domain.people import Right
from central.services import care_papers as papers
from central.services.alert_rules import RuleDraft, drop_rule, rules_at, set_rule
from central.services.alert_targets import (
    TargetDraft,
    delete_target,
    list_targets,
    set_target,
    try_target,
)
from central.services.alerts import acknowledge_alerts, count_alerts, list_alerts, may_handle
from central.services.care_list import area_choices, count_fleet

router = APIRouter(prefix="/care")
ROWS: Final = 50
SAID: Final[Mapping[str, str]] = {
    "taken": "Đã nhận xử lý. Không ai bị báo thêm về việc này.",
    "rule": "Đã lưu quy tắc.",
    "target": "Đã lưu nơi nhận.",
    "untold": "Đã bỏ nơi nhận.",
    "tried": "Thư thử đã tới nơi.",
    "supplier": "Đã lưu nhà cung cấp.",
    "unsupplied": "Đã xóa nhà cung cấp.",
    "part": "Đã lưu linh kiện.",
}


@router.get("/alerts")
def alerts(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show what stands, gravest first, or what is over."""
    given = request.query_params
    level = _level(given.get("level", ""))
    over = given.get("over") == "yes"
    area = given.get("area", "")[:200]
    ends = _ends(given.get("after", ""))
    with house.reading() as unit:
        found = list_alerts(
            unit,
            who=visitor.person,
            area=area,
            standing=not over,
            level=level,
            after=ends,
            limit=ROWS + 1,
        )
        counts = count_alerts(unit, who=visitor.person, area=area)
        areas = area_choices(unit, visitor.person, area)
    shown = found[:ROWS]
    context = {
        "alerts": shown,
        "next": f"{shown[-1].level.value}-{shown[-1].id}" if len(found) > ROWS else "",
        "paged": ends is not None,
        "counts": counts,
        "levels": LEVEL_WORDS,
        "level": level,
        "over": over,
        "area": area,
        "areas": areas,
        "mine": {a.id for a in shown if may_handle(visitor.person, a.area)},
        "here": "alerts",
        "now": house.clock(),
        **_may(visitor),
    }
    return page(request, visitor, "care_alerts.html", context, flash=_flash(request, visitor))


@router.post("/alerts")
def take(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Take the ticked alerts in hand."""
    ticked = [str(value) for value in posted.getlist("alert")]
    numbers = [int(value) for value in ticked if value.isdecimal() and len(value) < 16]
    with house.writing() as unit:
        acknowledge_alerts(
            unit, numbers, _text(posted, "words"), who=visitor.person, now=house.clock()
        )
    return RedirectResponse("/console/care/alerts?done=taken", 303)


@router.get("/rules")
def rules(request: Request, house: HouseHere, visitor: Guest, area: str = "") -> Response:
    """Show the rules that are heard at an area, and who is told."""
    who = visitor.person
    place = area or next(iter(who.areas(Right.VIEW)), "")
    with house.reading() as unit:
        if place:
            who.require(Right.VIEW, place)
        found = rules_at(unit, place) if place else ()
        areas = area_choices(unit, who, place)
        targets = list_targets(unit, who)
    context = {
        "rules": found,
        "place": place,
        "areas": areas,
        "levels": LEVEL_WORDS,
        "may_rule": bool(place) and who.may(Right.ADMINISTER, place),
        "may_target": bool(place) and who.may(Right.ADMINISTER, root_of(place)),
        "targets": targets,
        "schemes": SCHEMES,
        "here": "rules",
        **_may(visitor),
    }
    return page(request, visitor, "care_rules.html", context, flash=_flash(request, visitor))


@router.post("/rules")
def write_rule(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Say a rule for an area, or heed again what is said above it."""
    kind, area = _trouble(posted, visitor), _text(posted, "area")
    now, who = house.clock(), visitor.person
    with house.writing() as unit:
        if _text(posted, "do") == "drop":
            drop_rule(unit, area, kind, who=who, now=now)
        else:
            draft = RuleDraft(
                area=area,
                kind=kind,
                level=_level(_text(posted, "level")) or Level.INFO,
                threshold=_number(_text(posted, "threshold") or "0", visitor),
                on=_text(posted, "on") == "yes",
            )
            set_rule(unit, draft, who=who, now=now)
    return RedirectResponse(f"/console/care/rules?area={area}&done=rule", 303)


@router.post("/targets")
def write_target(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Write down, change, try or forget somebody who is told."""
    number = _whole(_text(posted, "number"))
    area, do = _text(posted, "area"), _text(posted, "do")
    now, who = house.clock(), visitor.person
    back = f"/console/care/rules?area={area}"
    if do == "try" and number is not None:
        shown = try_target(house, number, who=who, now=now)
        if shown.fault:
            msg = visitor.words("Thư thử chưa tới nơi: {why}", why=shown.fault)
            raise Unacceptable(msg, "not-told")
        return RedirectResponse(f"{back}&done=tried", 303)
    with house.writing() as unit:
        if do == "drop" and number is not None:
            delete_target(unit, number, who=who, now=now)
            return RedirectResponse(f"{back}&done=untold", 303)
        draft = TargetDraft(
            area=area,
            name=_text(posted, "name"),
            url=_text(posted, "url"),
            on=number is None or _text(posted, "on") == "yes",
            least_level=_level(_text(posted, "least_level")) or Level.WARNING,
            quiet_from_min=_minute(_text(posted, "quiet_from")),
            quiet_to_min=_minute(_text(posted, "quiet_to")),
            after_min=_whole(_text(posted, "after_min")) or 0,
        )
        set_target(unit, draft, number=number, who=who, now=now)
    return RedirectResponse(f"{back}&done=target", 303)


@router.get("/stock")
def stock(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show suppliers, spare parts, and how many warranties are over or end soon."""
    who, now = visitor.person, house.clock()
    own = who.areas(Right.VIEW)
    with house.reading() as unit:
        context = {
            "suppliers": papers.list_suppliers(unit, own),
            "parts": papers.list_parts(unit, own),
            "counts": count_fleet(unit, Sought(), who=who, now=now),
            "areas": area_choices(unit, who, ""),
            "care_areas": who.areas(Right.INSTALL),
            "admin_areas": who.areas(Right.ADMINISTER),
            "here": "stock",
            **_may(visitor),
        }
    return page(request, visitor, "care_stock.html", context, flash=_flash(request, visitor))


@router.post("/suppliers")
def write_supplier(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Write down, change or forget a supplier."""
    number = _whole(_text(posted, "number"))
    with house.writing() as unit:
        if _text(posted, "do") == "drop" and number is not None:
            papers.delete_supplier(unit, number, who=visitor.person, now=house.clock())
            return RedirectResponse("/console/care/stock?done=unsupplied", 303)
        draft = papers.SupplierDraft(
            **{n: _text(posted, n) for n in ("area", "name", "code", "phone", "email", "note")}
        )
        papers.set_supplier(unit, draft, number=number, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/care/stock?done=supplier", 303)


@router.post("/parts")
def write_part(posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Write down or change a spare part."""
    draft = papers.PartDraft(
        area=_text(posted, "area"),
        name=_text(posted, "name"),
        stock=int(_number(_text(posted, "stock"), visitor)),
        fewest=_whole(_text(posted, "fewest")) or 0,
        supplier=_whole(_text(posted, "supplier")),
        note=_text(posted, "note"),
    )
    number = _whole(_text(posted, "number"))
    with house.writing() as unit:
        papers.set_part(unit, draft, number=number, who=visitor.person, now=house.clock())
    return RedirectResponse("/console/care/stock?done=part", 303)


@router.post("/appliances/{device}/asset")
def write_asset(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Write down the papers of an appliance."""
    draft = papers.AssetDraft(
        serial=_text(posted, "serial"),
        model=_text(posted, "model"),
        supplier=_whole(_text(posted, "supplier")),
        bought=_day(_text(posted, "bought"), visitor),
        warranty_until=_day(_text(posted, "warranty_until"), visitor),
    )
    with house.writing() as unit:
        papers.set_asset(unit, device, draft, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}?done=papers#papers", 303)


@router.post("/appliances/{device}/notes")
def write_note(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Add a note to an appliance."""
    kind, text = _text(posted, "kind"), _text(posted, "text")
    with house.writing() as unit:
        papers.add_note(unit, device, kind, text, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}?done=papers#notes", 303)


@router.post("/appliances/{device}/swaps")
def write_swap(posted: Posted, house: HouseHere, visitor: Guest, device: str) -> Response:
    """Write down that a part was put into an appliance."""
    draft = papers.SwapDraft(
        part=_whole(_text(posted, "part")),
        **{n: _text(posted, n) for n in ("name", "out_serial", "in_serial", "note")},
    )
    with house.writing() as unit:
        papers.swap_part(unit, device, draft, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/appliances/{device}?done=papers#papers", 303)


def _may(visitor: Visitor) -> dict[str, object]:
    return {"may_administer": bool(visitor.person.areas(Right.ADMINISTER))}


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    said = SAID.get(request.query_params.get("done", ""))
    return Flash("ok", visitor.words(said)) if said else None


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value if isinstance(value, str) else ""


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 16 else None


def _level(text: str) -> Level | None:
    return Level(int(text)) if text in {"1", "2", "3"} else None


def _minute(text: str) -> int:
    """Return a wall time as minutes of the day; nothing is midnight."""
    hours, _, minutes = text.partition(":")
    whole = (_whole(hours) or 0) * 60 + (_whole(minutes) or 0)
    return whole if whole < 24 * 60 else 0


def _ends(text: str) -> tuple[int, int] | None:
    level, _, number = text.partition("-")
    found = _level(level), _whole(number)
    return None if found[0] is None or found[1] is None else (int(found[0]), found[1])


def _number(text: str, visitor: Visitor) -> float:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError as fault:
        raise Unacceptable(visitor.words("Hãy ghi một con số."), "bad-number") from fault


def _day(text: str, visitor: Visitor) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise Unacceptable(visitor.words("Ngày chưa đúng."), "bad-date") from fault


def _trouble(posted: FormData, visitor: Visitor) -> Trouble:
    try:
        return Trouble(_text(posted, "kind"))
    except ValueError as fault:
        raise Unacceptable(visitor.words("Hãy chọn lại quy tắc."), "bad-rule") from fault
