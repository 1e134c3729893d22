"""How pages are made: the frame, and the templates.

Law of the room: templates escape all they are given.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from central.console.looks import ZONE, Looks
from central.console.visitor import Visitor
from central.console.words import Words, script_words
from central.domain.people import Right

__all__ = ["ZONE", "Flash", "Link", "bare_page", "fragment", "page"]
_HERE = Path(__file__).parent


class Link(msgspec.Struct, frozen=True):
    """One entry of the navigation."""

    href: str
    icon: str
    name: str
    current: bool
    count: int = 0
    urgent: bool = False


class Flash(msgspec.Struct, frozen=True):
    """A sentence at the head of the page: what the last deed led to."""

    tone: str
    text: str


_PAGES: Final = (
    ("/console/", "fleet", "Toàn cảnh"),
    ("/console/inbox", "inbox", "Việc của tôi"),
    ("/console/contents", "content", "Nội dung"),
    ("/console/programme", "calendar", "Lịch phát"),
    ("/console/emergency", "siren", "Khẩn cấp"),
    ("/console/fleet", "speaker", "Cụm loa"),
    ("/console/plays", "chart", "Thống kê"),
)
_INSTALLING: Final = ("/console/install", "install", "Lắp đặt")
# in the sheet of one's own account: what is needed seldom, so that the phone's bar stays a hand wide
_ADMINISTERING: Final = (
    ("/console/people", "people", "Người dùng"),
    ("/console/areas", "tree", "Địa bàn"),
    ("/console/audit", "list", "Nhật ký thao tác"),
    ("/console/interfaces", "share", "Hệ thống khác"),
)


def page(
    request: Request,
    visitor: Visitor,
    template: str,
    context: Mapping[str, object],
    *,
    flash: Flash | None = None,
    status: int = 200,
) -> HTMLResponse:
    """Return a whole page for the person signed in."""
    path = request.url.path
    name = visitor.person.name
    counts = {"siren": visitor.alarms, "inbox": visitor.unread}
    frame = {
        "csrf": visitor.csrf,
        "person": {
            "name": name,
            "login": name,
            "initials": _initials(name),
            "area_name": ", ".join(visitor.areas[:2]),
        },
        "navigation": [
            Link(href, icon, title, _is_current(path, href), counts.get(icon, 0), icon == "siren")
            for href, icon, title in _pages_of(visitor)
        ],
        "administration": [
            Link(href, icon, title, _is_current(path, href))
            for href, icon, title in _ADMINISTERING * bool(visitor.person.areas(Right.ADMINISTER))
        ],
        "path": path,
        "flash": flash,
        **context,
    }
    return HTMLResponse(_rendered(visitor.words, template, frame), status)


def _pages_of(visitor: Visitor) -> tuple[tuple[str, str, str], ...]:
    """Return the pages in the navigation; installing is shown to those who install."""
    installs = bool(visitor.person.areas(Right.INSTALL))
    return (*_PAGES, _INSTALLING) if installs else _PAGES


def fragment(visitor: Visitor, template: str, context: Mapping[str, object]) -> HTMLResponse:
    """Return a part of a page, to be put in place by a script."""
    return HTMLResponse(_rendered(visitor.words, template, {"csrf": visitor.csrf, **context}))


def bare_page(
    words: Words, template: str, context: Mapping[str, object], *, status: int = 200
) -> HTMLResponse:
    """Return a page for somebody who is not signed in."""
    return HTMLResponse(_rendered(words, template, {"flash": None, **context}), status)


def _rendered(words: Words, template: str, context: Mapping[str, object]) -> str:
    csrf = str(context.get("csrf", ""))
    filters = Looks(words)
    return _ENVIRONMENT.get_template(template).render(
        t=words,
        looks=filters,
        language=words.language,
        other_language="en" if words.language == "vi" else "vi",
        script_words=json.dumps(script_words(words.language), ensure_ascii=False),
        hidden_csrf=lambda: Markup('<input type="hidden" name="csrf" value="{}">').format(csrf),
        **context,
    )


def _is_current(path: str, href: str) -> bool:
    if href == "/console/":
        return path in {"/console", "/console/"} or path.startswith("/console/appliances")
    return path.startswith(href)


def _initials(name: str) -> str:
    parts = name.replace(".", " ").replace("-", " ").split()
    return "".join(part[0] for part in parts[-2:]).upper()


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
