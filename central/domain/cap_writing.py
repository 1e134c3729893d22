"""Our announcements as CAP 1.2, and CAP 1.2 as XML; a list of them as Atom.

Law of the room: pure. What is written here is read back by `cap_reading` without loss; an exercise and a test say so in
`status` and in `note`, for a reader who looks at one of them only.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring
from zoneinfo import ZoneInfo

import msgspec

from central.domain.cap import (
    AREA_CODE_NAME,
    CATEGORIES,
    NAMESPACE,
    OFFICIAL_CODE_NAME,
    SHA256_NAME,
    CapAlert,
    CapArea,
    CapInfo,
    CapMessage,
    CapPair,
    CapReference,
    CapResource,
    CapStatus,
    Point,
)
from contract.documents import Announcement, AnnouncementInfo, MessageType, Status

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
ATOM: Final = "http://www.w3.org/2005/Atom"
NOTES: Final = {
    Status.ACTUAL: "",
    Status.EXERCISE: "DIỄN TẬP, không phải cảnh báo thật. EXERCISE, not a real warning.",
    Status.TEST: "KIỂM TRA đường truyền, không phải cảnh báo thật. TEST, not a real warning.",
}
MARKS: Final = {Status.ACTUAL: "", Status.EXERCISE: "[DIỄN TẬP] ", Status.TEST: "[KIỂM TRA] "}
_NOT_IN_XML: Final = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Place(msgspec.Struct, frozen=True):
    """An area as others know it: its name and official number."""

    name: str
    code: str = ""


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What an announcement itself does not say: who sends, where it is found, and what it refers to.

    `earlier` holds when each announcement that is referred to was sent.
    """

    sender: str
    sender_name: str
    base_url: str
    places: Mapping[str, Place]
    earlier: Mapping[str, datetime]


def cap_of(announcement: Announcement, around: Surroundings) -> CapAlert:
    """Return an announcement of ours as CAP; a cancel without words gets one block that says all clear."""
    infos = tuple(_info(announcement, info, around) for info in announcement.infos)
    return CapAlert(
        identifier=announcement.id,
        sender=around.sender,
        sent=announcement.sent.astimezone(ZONE),
        status=CapStatus(announcement.status.value),
        message=CapMessage(announcement.message.value),
        note=NOTES[announcement.status],
        references=tuple(
            CapReference(around.sender, earlier, around.earlier[earlier].astimezone(ZONE))
            for earlier in announcement.references
            if earlier in around.earlier
        ),
        infos=infos or (_all_clear(announcement, around),),
    )


def _info(announcement: Announcement, said: AnnouncementInfo, around: Surroundings) -> CapInfo:
    resources: tuple[CapResource, ...] = ()
    parameters: tuple[CapPair, ...] = ()
    content = said.content
    if content is not None:
        resources = (
            CapResource(
                description=_clean(content.title) or "audio",
                mime=content.mime,
                size_bytes=content.size_bytes,
                uri=f"{around.base_url}/cap/v1/contents/{content.sha256}",
            ),
        )
        parameters = (CapPair(SHA256_NAME, content.sha256),)
    bare = _bare(announcement, around)
    ends = announcement.message is MessageType.CANCEL
    return msgspec.structs.replace(
        bare,
        language=said.language,
        responses=("AllClear",) if ends else (),
        headline=_clean(said.headline),
        description=_clean(said.text),
        parameters=parameters,
        resources=resources,
    )


def _all_clear(announcement: Announcement, around: Surroundings) -> CapInfo:
    words = f"Kết thúc: {announcement.event}"
    bare = _bare(announcement, around)
    return msgspec.structs.replace(bare, responses=("AllClear",), headline=_clean(words))


def _bare(announcement: Announcement, around: Surroundings) -> CapInfo:
    ends = announcement.message is MessageType.CANCEL
    category = announcement.category if announcement.category in CATEGORIES else "Other"
    return CapInfo(
        language="vi",
        categories=(category,),
        event=_clean(announcement.event) or "–",
        urgency="Past" if ends else announcement.urgency,
        severity=announcement.severity,
        certainty=announcement.certainty,
        expires=announcement.expires.astimezone(ZONE),
        sender_name=_clean(around.sender_name),
        areas=tuple(_area(path, around.places.get(path)) for path in announcement.areas),
    )


def _area(path: str, place: Place | None) -> CapArea:
    codes = [CapPair(AREA_CODE_NAME, path)]
    if place is not None and place.code:
        codes.append(CapPair(OFFICIAL_CODE_NAME, place.code))
    return CapArea(description=_clean(place.name) if place else path, geocodes=tuple(codes))


def _clean(text: str) -> str:
    """Return text that XML can hold and that reads back the same."""
    return _NOT_IN_XML.sub("", text.replace("\r\n", "\n")).strip()


def write_cap(alert: CapAlert) -> bytes:
    """Return a message as XML in UTF-8, its parts in the order of the schema."""
    root = Element("alert", {"xmlns": NAMESPACE})
    _say(root, "identifier", alert.identifier)
    _say(root, "sender", alert.sender)
    _say(root, "sent", _time(alert.sent))
    _say(root, "status", alert.status.value)
    _say(root, "msgType", alert.message.value)
    _maybe(root, "source", alert.source)
    _say(root, "scope", alert.scope)
    _maybe(root, "restriction", alert.restriction)
    _maybe(root, "addresses", alert.addresses)
    for code in alert.codes:
        _say(root, "code", code)
    _maybe(root, "note", alert.note)
    references = (f"{r.sender},{r.identifier},{_time(r.sent)}" for r in alert.references)
    _maybe(root, "references", " ".join(references))
    _maybe(root, "incidents", alert.incidents)
    for info in alert.infos:
        _write_info(SubElement(root, "info"), info)
    return _bytes(root)


def _write_info(at: Element, info: CapInfo) -> None:
    _say(at, "language", info.language)
    for category in info.categories:
        _say(at, "category", category)
    _say(at, "event", info.event)
    for response in info.responses:
        _say(at, "responseType", response)
    _say(at, "urgency", info.urgency)
    _say(at, "severity", info.severity)
    _say(at, "certainty", info.certainty)
    _maybe(at, "audience", info.audience)
    for pair in info.event_codes:
        _pair(at, "eventCode", pair)
    for name, moment in (
        ("effective", info.effective),
        ("onset", info.onset),
        ("expires", info.expires),
    ):
        _maybe(at, name, _time(moment) if moment else "")
    _maybe(at, "senderName", info.sender_name)
    _maybe(at, "headline", info.headline)
    _maybe(at, "description", info.description)
    _maybe(at, "instruction", info.instruction)
    _maybe(at, "web", info.web)
    _maybe(at, "contact", info.contact)
    for pair in info.parameters:
        _pair(at, "parameter", pair)
    for resource in info.resources:
        _write_resource(SubElement(at, "resource"), resource)
    for area in info.areas:
        _write_area(SubElement(at, "area"), area)


def _write_resource(at: Element, resource: CapResource) -> None:
    _say(at, "resourceDesc", resource.description)
    _say(at, "mimeType", resource.mime)
    _maybe(at, "size", "" if resource.size_bytes is None else str(resource.size_bytes))
    _maybe(at, "uri", resource.uri)
    _maybe(at, "derefUri", base64.b64encode(resource.inline).decode())
    _maybe(at, "digest", resource.digest)


def _write_area(at: Element, area: CapArea) -> None:
    _say(at, "areaDesc", area.description)
    for polygon in area.polygons:
        _say(at, "polygon", " ".join(_point(point) for point in polygon))
    for circle in area.circles:
        _say(at, "circle", f"{_point(circle.centre)} {_degrees(circle.radius_km)}")
    for pair in area.geocodes:
        _pair(at, "geocode", pair)


def _pair(at: Element, name: str, pair: CapPair) -> None:
    inner = SubElement(at, name)
    _say(inner, "valueName", pair.name)
    _say(inner, "value", pair.value)


def _point(point: Point) -> str:
    return f"{_degrees(point[0])},{_degrees(point[1])}"


def _degrees(number: float) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".")


def _time(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _say(at: Element, name: str, text: str) -> None:
    SubElement(at, name).text = text


def _maybe(at: Element, name: str, text: str) -> None:
    if text:
        _say(at, name, text)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the feed: an announcement, its headline in its first language, and when it last changed."""

    announcement: Announcement
    headline: str
    summary: str
    places: str
    changed: datetime


def write_feed(
    found: Sequence[Listed], *, title: str, author: str, base_url: str, self_url: str
) -> bytes:
    """Return an Atom feed of announcements; `found` is newest first."""
    root = Element("feed", {"xmlns": ATOM, "xmlns:cap": NAMESPACE})
    _say(root, "id", self_url)
    _say(root, "title", title)
    newest = max((one.changed for one in found), default=datetime(2020, 1, 1, tzinfo=ZONE))
    _say(root, "updated", _time(newest.astimezone(ZONE)))
    _say(SubElement(root, "author"), "name", author)
    SubElement(root, "link", {"rel": "self", "href": self_url, "type": "application/atom+xml"})
    for one in found:
        _write_entry(SubElement(root, "entry"), one, base_url)
    return _bytes(root)


def _bytes(root: Element) -> bytes:
    data: bytes = tostring(root, "utf-8", xml_declaration=True)
    return data


def _write_entry(at: Element, one: Listed, base_url: str) -> None:
    said = one.announcement
    href = f"{base_url}/cap/v1/{said.id}.xml"
    _say(at, "id", href)
    _say(at, "title", MARKS[said.status] + _clean(one.headline))
    _say(at, "updated", _time(one.changed.astimezone(ZONE)))
    _say(at, "published", _time(said.sent.astimezone(ZONE)))
    SubElement(at, "link", {"rel": "alternate", "href": href, "type": "application/cap+xml"})
    _maybe(at, "summary", _clean(one.summary))
    for name, text in (
        ("status", said.status.value),
        ("msgType", said.message.value),
        ("event", _clean(said.event)),
        ("urgency", said.urgency),
        ("severity", said.severity),
        ("certainty", said.certainty),
        ("expires", _time(said.expires.astimezone(ZONE))),
        ("areaDesc", _clean(one.places)),
    ):
        _say(at, f"cap:{name}", text)
