"""Reads lists of warnings (Atom and RSS 2.0): which messages they point at, and which they carry inside.

Law of the room: pure. An entry that cannot be used is passed over by name; the others are read on.
"""

from typing import Final
from xml.etree.ElementTree import Element, tostring

import msgspec

from central.domain.cap import MOST_BYTES, NAMESPACE
from central.domain.cap_xml import split_tag, xml_root

MOST_ENTRIES: Final = 200
_ALERT: Final = f"{{{NAMESPACE}}}alert"
_CAP_TYPES: Final = frozenset({"application/cap+xml", "application/common-alerting-protocol+xml"})


class FeedEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry: what makes it itself and new, and either the message (`body`) or where it lies (`href`)."""

    key: str
    href: str = ""
    body: bytes = b""


def read_feed(data: bytes) -> tuple[FeedEntry, ...] | None:
    """Return the entries of a feed, newest first as it stands; None for what is no feed but perhaps an alert.

    Raises `CapRefused` as `xml_root` does.
    """
    root = xml_root(data, MOST_BYTES)
    name = split_tag(root.tag)[1]
    if name not in {"feed", "rss"}:
        return None
    wanted = "entry" if name == "feed" else "item"
    entries = (element for element in root.iter() if split_tag(element.tag)[1] == wanted)
    found = (_entry(element) for element in entries)
    return tuple(entry for entry in found if entry.href or entry.body)[:MOST_ENTRIES]


def _entry(element: Element) -> FeedEntry:
    parts = {"id": "", "guid": "", "updated": "", "pubDate": ""}
    links: list[tuple[int, str]] = []
    for child in element:
        name = split_tag(child.tag)[1]
        text = (child.text or "").strip()
        if name in parts:
            parts[name] = text
        if name == "link":
            links.append(_link(child, text))
    inner = next(element.iter(_ALERT), None)
    href = min(links, default=(9, ""))[1]
    key = "|".join((parts["id"] or parts["guid"] or href, parts["updated"] or parts["pubDate"]))
    if inner is not None:
        inner.tail = None
        return FeedEntry(key=key[:300], body=tostring(inner, "utf-8"))
    return FeedEntry(key=key[:300], href=href)


def _link(child: Element, text: str) -> tuple[int, str]:
    """Return a link and how well it fits: one said to be CAP first, then an alternate or plain one."""
    href = child.get("href", text).strip()
    kind, rel = child.get("type", "").partition(";")[0].strip(), child.get("rel", "alternate")
    if not href.startswith(("https://", "http://")):
        return 9, ""
    if kind in _CAP_TYPES:
        return 0, href
    if rel != "alternate" or kind.startswith(("text/html", "image/")):
        return 9, ""
    return (1 if "xml" in kind or href.endswith((".cap", ".xml")) else 2), href
