"""Reads CAP 1.2: strict by the OASIS schema (order, counts, words, times), and by what the standard says beyond it.

Law of the room: pure. A message that breaks the standard is refused as a whole, naming the element; what was meant is
never guessed, for somebody will be woken by it.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Final, NoReturn, TypeVar
from xml.etree.ElementTree import Element

from central.domain.cap import (
    CATEGORIES,
    CERTAINTIES,
    MOST_BYTES,
    NAMESPACE,
    RESPONSES,
    SCOPES,
    SEVERITIES,
    URGENCIES,
    CapAlert,
    CapArea,
    CapCircle,
    CapInfo,
    CapMessage,
    CapPair,
    CapReference,
    CapRefused,
    CapResource,
    CapStatus,
    Point,
)
from central.domain.cap_xml import split_tag, xml_root

T = TypeVar("T")
MOST_INFOS: Final = 60
MOST_POINTS: Final = 20_000
MOST_RADIUS_KM: Final = 20_100.0  # half-way round the Earth
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d")
_NUMBER: Final = re.compile(r"[-+]?(?:\d{1,6}(?:\.\d{0,20})?|\.\d{1,20})")
_NAME: Final = re.compile(r"[^,\s<&]{1,500}")
_LANGUAGE: Final = re.compile(r"[a-zA-Z]{1,8}(?:-[a-zA-Z0-9]{1,8})*")
_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"
_INSTANCE: Final = "http://www.w3.org/2001/XMLSchema-instance"
_EDXL: Final = "urn:oasis:names:tc:emergency:EDXL:"


def read_cap(data: bytes) -> CapAlert:
    """Return the message in a file; raises `CapRefused` naming the element that is wrong."""
    return read_alert(xml_root(data, MOST_BYTES))


def read_alert(root: Element) -> CapAlert:
    """Return the message of an `alert` element; raises `CapRefused` naming the element that is wrong."""
    _check_root(root)
    part = _Part(root, "alert")
    identifier = part.named("identifier")
    sender = part.named("sender")
    sent = part.needed("sent", _instant)
    status = CapStatus(part.chosen("status", tuple(CapStatus)))
    message = CapMessage(part.chosen("msgType", tuple(CapMessage)))
    source = part.text("source")
    scope = part.chosen("scope", SCOPES)
    restriction, addresses = part.text("restriction"), part.text("addresses")
    codes = tuple(_plain(e, p) for e, p in part.many("code"))
    note = part.text("note")
    references = part.maybe("references", _references) or ()
    incidents = part.text("incidents")
    infos = tuple(_info(e, p) for e, p in part.many("info"))
    signed = part.end_before(_SIGNATURE)
    if len(infos) > MOST_INFOS:
        _no("cap-too-many", "alert/info", f"có quá {MOST_INFOS} khối")
    if message is not CapMessage.ALERT and not references:
        _no("cap-missing", "alert/references", f"bắt buộc với tin {message.value}")
    if scope == "Restricted" and not restriction:
        _no("cap-missing", "alert/restriction", "bắt buộc khi scope là Restricted")
    if scope == "Private" and not addresses:
        _no("cap-missing", "alert/addresses", "bắt buộc khi scope là Private")
    for number, info in enumerate(infos, start=1):
        if info.expires is not None and info.expires <= sent:
            _no("cap-time", f"alert/info[{number}]/expires", "không muộn hơn giờ gửi (sent)")
    return CapAlert(
        identifier=identifier,
        sender=sender,
        sent=sent,
        status=status,
        message=message,
        source=source,
        scope=scope,
        restriction=restriction,
        addresses=addresses,
        codes=codes,
        note=note,
        references=references,
        incidents=incidents,
        infos=infos,
        signed=signed,
    )


def _check_root(root: Element) -> None:
    """Refuse, each by its name, what is not an alert of CAP 1.2."""
    namespace, name = split_tag(root.tag)
    if namespace.startswith(_EDXL) or name == "EDXLDistribution":
        why = "Đây là phong bì EDXL-DE, không phải tin CAP. Hãy lấy tin CAP bên trong ra rồi gửi riêng."
        raise CapRefused(why, "cap-edxl", name)
    if name in {"feed", "rss", "RDF"}:
        why = "Đây là danh sách tin (Atom hoặc RSS). Hãy thêm địa chỉ của nó ở trang Nguồn tin CAP."
        raise CapRefused(why, "cap-is-feed", name)
    if name != "alert":
        why = f"Tệp XML bắt đầu bằng <{name[:60]}>; tin CAP bắt đầu bằng <alert>."
        raise CapRefused(why, "cap-no-alert", name[:60])
    if namespace != NAMESPACE:
        told = namespace[:80] or "không có"
        why = f"Không phải CAP 1.2: không gian tên của <alert> là “{told}”, cần “{NAMESPACE}”."
        raise CapRefused(why, "cap-version", "alert")


def _no(code: str, element: str, what: str) -> NoReturn:
    raise CapRefused(f"CAP không đúng: <{element}> {what}.", code, element)


class _Part:
    """The children of an element, taken in the order of the schema; what is left over is refused by name."""

    def __init__(self, element: Element, path: str) -> None:
        _bare_attributes(element, path)
        if (element.text or "").strip() or any((child.tail or "").strip() for child in element):
            _no("cap-text", path, "có chữ lạc giữa các phần tử")
        self._path = path
        self._children = list(element)
        self._at = 0

    def _next(self, name: str) -> Element | None:
        if self._at < len(self._children):
            child = self._children[self._at]
            if child.tag == f"{{{NAMESPACE}}}{name}":
                self._at += 1
                return child
        return None

    def many(self, name: str) -> Iterator[tuple[Element, str]]:
        """Yield each child of this name with its path."""
        number = 0
        while (child := self._next(name)) is not None:
            number += 1
            yield child, f"{self._path}/{name}[{number}]"

    def maybe(self, name: str, read: Callable[[str, str], T]) -> T | None:
        """Return what a child says, None when it is not there."""
        child = self._next(name)
        path = f"{self._path}/{name}"
        return None if child is None else read(_plain(child, path), path)

    def needed(self, name: str, read: Callable[[str, str], T]) -> T:
        """Return what a child says that must be there."""
        found = self.maybe(name, read)
        if found is None:
            self._missing(name)
        return found

    def text(self, name: str) -> str:
        """Return the words of a child, nothing when it is not there."""
        return self.maybe(name, lambda text, _: text) or ""

    def said(self, name: str) -> str:
        """Return the words of a child that must be there and say something."""
        found = self.maybe(name, lambda text, _: text)
        if found is None:
            self._missing(name)
        if not found:
            _no("cap-empty", f"{self._path}/{name}", "để trống")
        return found

    def named(self, name: str) -> str:
        """Return an identifier: no spaces, commas, < or &."""
        found = self.said(name)
        if not _NAME.fullmatch(found):
            what = "dài quá hoặc có dấu cách, dấu phẩy, < hay &"
            _no("cap-name", f"{self._path}/{name}", what)
        return found

    def chosen(self, name: str, allowed: Sequence[str]) -> str:
        """Return a child that must be one of the standard's words."""
        child = self._next(name)
        if child is None:
            self._missing(name)
        return _one_of(child, f"{self._path}/{name}", allowed)

    def end(self) -> None:
        """Refuse what the schema does not know here."""
        if self._at < len(self._children):
            _, name = split_tag(self._children[self._at].tag)
            what = "không có trong CAP 1.2 ở chỗ này (sai tên, thừa, hoặc sai thứ tự)"
            _no("cap-unknown", f"{self._path}/{name[:60]}", what)

    def end_before(self, namespace: str) -> bool:
        """Return whether only elements of `namespace` follow, and at least one; refuse all others."""
        rest = self._children[self._at :]
        while self._at < len(self._children):
            if split_tag(self._children[self._at].tag)[0] != namespace:
                self.end()
            self._at += 1
        return bool(rest)

    def _missing(self, name: str) -> NoReturn:
        if self._at < len(self._children):
            found = split_tag(self._children[self._at].tag)[1][:60]
            _no("cap-missing", f"{self._path}/{name}", f"thiếu; ở chỗ của nó là <{found}>")
        _no("cap-missing", f"{self._path}/{name}", "thiếu")


def _bare_attributes(element: Element, path: str) -> None:
    for name in element.attrib:
        if split_tag(name)[0] != _INSTANCE:
            _no("cap-attribute", path, f"có thuộc tính lạ “{split_tag(name)[1][:40]}”")


def _plain(element: Element, path: str) -> str:
    """Return the words of an element that holds nothing else, without the white space around them."""
    _bare_attributes(element, path)
    if len(element):
        _no("cap-unknown", f"{path}/{split_tag(element[0].tag)[1][:60]}", "không có trong CAP 1.2")
    return (element.text or "").strip()


def _one_of(element: Element, path: str, allowed: Sequence[str]) -> str:
    text = _plain(element, path)
    if text not in allowed:
        _no("cap-word", path, f"là “{text[:40]}”; chỉ được là {', '.join(allowed)}")
    return text


def _instant(text: str, path: str) -> datetime:
    if not _TIME.fullmatch(text):
        what = f"là “{text[:40]}”; cần dạng 2026-07-01T02:00:00+07:00 (không dùng Z)"
        _no("cap-time", path, what)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        _no("cap-time", path, f"là “{text}”, không có ngày giờ nào như vậy")


def _references(text: str, path: str) -> tuple[CapReference, ...]:
    found = []
    for triple in text.split():
        parts = triple.split(",")
        if len(parts) != 3 or not parts[0] or not parts[1]:
            _no("cap-reference", path, f"có “{triple[:60]}”; cần dạng sender,identifier,sent")
        found.append(CapReference(parts[0], parts[1], _instant(parts[2], path)))
    return tuple(found)


def _info(element: Element, path: str) -> CapInfo:
    part = _Part(element, path)
    language = part.maybe("language", _language) or "en-US"
    categories = tuple(_one_of(e, p, CATEGORIES) for e, p in part.many("category"))
    if not categories:
        _no("cap-missing", f"{path}/category", "thiếu")
    event = part.said("event")
    responses = tuple(_one_of(e, p, RESPONSES) for e, p in part.many("responseType"))
    info = CapInfo(
        language=language,
        categories=categories,
        event=event,
        responses=responses,
        urgency=part.chosen("urgency", URGENCIES),
        severity=part.chosen("severity", SEVERITIES),
        certainty=part.chosen("certainty", CERTAINTIES),
        audience=part.text("audience"),
        event_codes=tuple(_pair(e, p) for e, p in part.many("eventCode")),
        effective=part.maybe("effective", _instant),
        onset=part.maybe("onset", _instant),
        expires=part.maybe("expires", _instant),
        sender_name=part.text("senderName"),
        headline=part.text("headline"),
        description=part.text("description"),
        instruction=part.text("instruction"),
        web=part.text("web"),
        contact=part.text("contact"),
        parameters=tuple(_pair(e, p) for e, p in part.many("parameter")),
        resources=tuple(_resource(e, p) for e, p in part.many("resource")),
        areas=tuple(_area(e, p) for e, p in part.many("area")),
    )
    part.end()
    return info


def _language(text: str, path: str) -> str:
    if not _LANGUAGE.fullmatch(text):
        _no("cap-word", path, f"là “{text[:40]}”, không phải mã ngôn ngữ như vi-VN")
    return text


def _pair(element: Element, path: str) -> CapPair:
    part = _Part(element, path)
    name = part.needed("valueName", lambda text, _: text)
    value = part.needed("value", lambda text, _: text)
    part.end()
    return CapPair(name, value)


def _resource(element: Element, path: str) -> CapResource:
    part = _Part(element, path)
    found = CapResource(
        description=part.needed("resourceDesc", lambda text, _: text),
        mime=part.needed("mimeType", lambda text, _: text),
        size_bytes=part.maybe("size", _whole),
        uri=part.text("uri"),
        inline=part.maybe("derefUri", _decoded) or b"",
        digest=part.text("digest").lower(),
    )
    part.end()
    return found


def _whole(text: str, path: str) -> int:
    if not re.fullmatch(r"\+?\d{1,12}", text):
        _no("cap-number", path, f"là “{text[:40]}”; cần một số nguyên")
    return int(text)


def _decoded(text: str, path: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        _no("cap-base64", path, "không phải base64 đúng")


def _area(element: Element, path: str) -> CapArea:
    part = _Part(element, path)
    description = part.needed("areaDesc", lambda text, _: text)
    polygons = tuple(line for e, p in part.many("polygon") if (line := _polygon(_plain(e, p), p)))
    circles = tuple(disc for e, p in part.many("circle") if (disc := _circle(_plain(e, p), p)))
    geocodes = tuple(_pair(e, p) for e, p in part.many("geocode"))
    altitude = part.maybe("altitude", _decimal)
    if part.maybe("ceiling", _decimal) is not None and altitude is None:
        _no("cap-missing", f"{path}/altitude", "bắt buộc khi có ceiling")
    part.end()
    if sum(len(polygon) for polygon in polygons) > MOST_POINTS:
        _no("cap-too-many", f"{path}/polygon", f"có quá {MOST_POINTS} điểm")
    return CapArea(description=description, polygons=polygons, circles=circles, geocodes=geocodes)


def _decimal(text: str, path: str) -> float:
    if not _NUMBER.fullmatch(text):
        _no("cap-number", path, f"có “{text[:40]}”; cần một số như 10.25")
    return float(text)


def _point(text: str, path: str) -> Point:
    parts = text.split(",")
    if len(parts) != 2:
        _no("cap-shape", path, f"có “{text[:40]}”; mỗi điểm cần dạng vĩ độ,kinh độ")
    latitude_deg, longitude_deg = _decimal(parts[0], path), _decimal(parts[1], path)
    if not (-90 <= latitude_deg <= 90 and -180 <= longitude_deg <= 180):
        _no("cap-shape", path, f"có điểm {text[:40]} ngoài mặt đất")
    return latitude_deg, longitude_deg


def _polygon(text: str, path: str) -> tuple[Point, ...]:
    points = tuple(_point(pair, path) for pair in text.split())
    if points and (len(points) < 4 or points[0] != points[-1]):
        _no("cap-shape", path, "cần ít nhất 4 điểm, điểm cuối trùng điểm đầu")
    return points


def _circle(text: str, path: str) -> CapCircle | None:
    parts = text.split()
    if not parts:
        return None
    if len(parts) != 2:
        _no("cap-shape", path, "cần dạng vĩ độ,kinh độ bán-kính-km")
    radius_km = _decimal(parts[1], path)
    if not 0 <= radius_km <= MOST_RADIUS_KM:
        _no("cap-shape", path, f"có bán kính {parts[1][:20]} km")
    return CapCircle(_point(parts[0], path), radius_km)
