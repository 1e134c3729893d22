"""What somebody looks for in the list of appliances: filters, an order, and where to go on.

Law of the room: pure. A filter is one line of a query string, the same on the page, in a saved view and in the API;
what it does not know it leaves out, what is wrong in it it refuses.
"""

import base64
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, TypeVar

import msgspec

from central.domain.care import LINK_WORDS, RULES, Link, Trouble
from central.domain.errors import Unacceptable

T = TypeVar("T", bound=StrEnum)
MOST_TEXT: Final = 80
MOST_ROWS: Final = 500
USUAL_ROWS: Final = 50


class Order(StrEnum):
    """By what the list is sorted."""

    AREA = "area"
    NAME = "name"
    SEEN = "seen"
    HOT = "hot"
    SOFTWARE = "software"
    WARRANTY = "warranty"


ORDER_WORDS: Final[Mapping[Order, str]] = {
    Order.AREA: "địa bàn",
    Order.NAME: "tên",
    Order.SEEN: "lâu không báo trước",
    Order.HOT: "nóng nhất trước",
    Order.SOFTWARE: "phần mềm",
    Order.WARRANTY: "hết bảo hành trước",
}


class Warranty(StrEnum):
    """How the warranty of an appliance stands."""

    OVER = "over"
    SOON = "soon"
    UNKNOWN = "unknown"


WARRANTY_WORDS: Final[Mapping[Warranty, str]] = {
    Warranty.OVER: "đã hết bảo hành",
    Warranty.SOON: "sắp hết bảo hành",
    Warranty.UNKNOWN: "chưa ghi bảo hành",
}


class Sought(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filter; everything empty seeks all appliances in service.

    `any_trouble` seeks those with any trouble at all, `away` those that are late or offline.
    """

    area: str = ""
    text: str = ""
    link: Link | None = None
    away: bool = False
    trouble: Trouble | None = None
    any_trouble: bool = False
    software: str = ""
    warranty: Warranty | None = None
    supplier: int = 0
    retired: bool = False
    order: Order = Order.AREA

    @property
    def is_narrow(self) -> bool:
        """Return whether it seeks less than everything."""
        return msgspec.structs.replace(self, order=Order.AREA) != Sought()


def read_sought(given: Mapping[str, str]) -> Sought:
    """Return the filter that a query string says; raises `Unacceptable` for a word that is none of ours."""
    trouble, link = given.get("trouble", ""), given.get("link", "")
    supplier = given.get("supplier", "")
    if supplier and not re.fullmatch(r"[0-9]{1,15}", supplier):
        raise _bad("supplier", supplier)
    return Sought(
        area=given.get("area", "")[:200],
        text=" ".join(given.get("q", "").split())[:MOST_TEXT],
        link=None if link == "away" else _one(Link, given, "link"),
        away=link == "away",
        trouble=None if trouble == "any" else _one(Trouble, given, "trouble"),
        any_trouble=trouble == "any",
        software=given.get("software", "")[:200],
        warranty=_one(Warranty, given, "warranty"),
        supplier=int(supplier or 0),
        retired=given.get("retired", "") == "yes",
        order=_one(Order, given, "order") or Order.AREA,
    )


def query_of(sought: Sought, **changes: str) -> str:
    """Return a filter as the query string that `read_sought` reads, with some parts changed ("" leaves one out)."""
    parts = {
        "area": sought.area,
        "q": sought.text,
        "link": "away" if sought.away else sought.link.value if sought.link else "",
        "trouble": "any" if sought.any_trouble else sought.trouble.value if sought.trouble else "",
        "software": sought.software,
        "warranty": sought.warranty.value if sought.warranty else "",
        "supplier": str(sought.supplier) if sought.supplier else "",
        "retired": "yes" if sought.retired else "",
        "order": sought.order.value if sought.order is not Order.AREA else "",
        **changes,
    }
    return "&".join(f"{name}={_quoted(value)}" for name, value in parts.items() if value)


def sought_words(sought: Sought) -> tuple[str, ...]:
    """Return what a filter narrows, a few words each, in Vietnamese."""
    found = []
    if sought.text:
        found.append(f"“{sought.text}”")
    if sought.link:
        found.append(LINK_WORDS[sought.link])
    if sought.away:
        found.append("chậm báo, mất kết nối")
    if sought.trouble:
        found.append(RULES[sought.trouble].name)
    if sought.any_trouble:
        found.append("cần kiểm tra")
    if sought.software:
        found.append(sought.software)
    if sought.warranty:
        found.append(WARRANTY_WORDS[sought.warranty])
    if sought.retired:
        found.append("đã thu hồi")
    return tuple(found)


def cursor_of(values: tuple[str | float, ...]) -> str:
    """Return where a page ended, to go on from there."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def read_cursor(text: str, count: int) -> tuple[str | float, ...] | None:
    """Return where a page ended, None for no cursor; raises `Unacceptable` for one that is not ours."""
    if not text:
        return None
    try:
        data = base64.urlsafe_b64decode(text[:2_000] + "=" * (-len(text) % 4))
        values: tuple[str | float, ...] = msgspec.json.decode(data, type=tuple[str | float, ...])
    except ValueError as fault:
        raise _bad("cursor", text) from fault
    if len(values) != count:
        raise _bad("cursor", text)
    return values


def _one(kind: type[T], given: Mapping[str, str], name: str) -> T | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        return kind(text)
    except ValueError as fault:
        raise _bad(name, text) from fault


def _quoted(text: str) -> str:
    """Return a text as a query string carries it."""
    return "".join(
        chr(byte) if byte in _PLAIN else "+" if byte == 32 else f"%{byte:02X}"
        for byte in text.encode()
    )


_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~/")


def _bad(name: str, text: str) -> Unacceptable:
    return Unacceptable(f"Bộ lọc chưa đúng: {name} “{text[:40]}”. Hãy chọn lại.", "bad-filter")
