"""How pages are made: the templates, and how instants, lengths and sizes are written.

Law of the room: instants are shown on the province's clock, numbers the Vietnamese way; templates escape
all they are given.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from fastapi import Request
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from central.console.visitor import Visitor
from central.console.words import Words, script_words

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_HERE = Path(__file__).parent


class Link(msgspec.Struct, frozen=True):
    """One entry of the navigation."""

    href: str
    icon: str
    name: str
    current: bool
    count: int = 0


class Flash(msgspec.Struct, frozen=True):
    """A sentence at the head of the page: what the last deed led to."""

    tone: str
    text: str


_PAGES: Final = (
    ("/console/", "fleet", "Toàn cảnh"),
    ("/console/contents", "content", "Nội dung"),
    ("/console/programme", "calendar", "Lịch phát"),
    ("/console/emergency", "siren", "Khẩn cấp"),
    ("/console/key", "key", "Khóa ký"),
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
    frame = {
        "csrf": visitor.csrf,
        "person": {
            "name": name,
            "login": name,
            "initials": _initials(name),
            "area_name": ", ".join(visitor.areas[:2]),
        },
        "navigation": [
            Link(href, icon, title, _is_current(path, href), visitor.alarms * (icon == "siren"))
            for href, icon, title in _PAGES
        ],
        "path": path,
        "flash": flash,
        **context,
    }
    return HTMLResponse(_rendered(visitor.words, template, frame), status)


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


class Looks:
    """How values are written for people, in one language."""

    def __init__(self, words: Words) -> None:
        self._t = words

    def clock(self, at: datetime) -> str:
        """Return hours and minutes on the province's clock."""
        return f"{at.astimezone(ZONE):%H:%M}"

    def seconds_clock(self, at: datetime) -> str:
        """Return hours, minutes and seconds on the province's clock."""
        return f"{at.astimezone(ZONE):%H:%M:%S}"

    def moment(self, at: datetime) -> str:
        """Return clock and date: 05:30, 22/11/2026."""
        return f"{at.astimezone(ZONE):%H:%M, %d/%m/%Y}"

    def day(self, day: date) -> str:
        """Return a date: 22/11/2026."""
        return f"{day:%d/%m/%Y}"

    def wall(self, at: time) -> str:
        """Return a wall time: 05:30."""
        return f"{at:%H:%M}"

    def ago(self, at: datetime, now: datetime) -> str:
        """Return how long ago an instant was, in rough words."""
        seconds = max(0, round((now - at).total_seconds()))
        for unit_s, name in (
            (86_400, "{n} ngày trước"),
            (3_600, "{n} giờ trước"),
            (60, "{n} phút trước"),
        ):
            if seconds >= unit_s:
                return self._t(name, n=seconds // unit_s)
        return self._t("vừa xong") if seconds < 10 else self._t("{n} giây trước", n=seconds)

    def length(self, ms: float) -> str:
        """Return a length as m:ss or h:mm:ss, from milliseconds."""
        seconds = round(ms / 1000)
        hours, rest = divmod(seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    def span(self, span: timedelta) -> str:
        """Return a span in words: 2 giờ 30 phút."""
        minutes = round(span.total_seconds() / 60)
        hours, minutes = divmod(minutes, 60)
        parts = [self._t("{n} giờ", n=hours)] if hours else []
        if minutes or not hours:
            parts.append(self._t("{n} phút", n=minutes))
        return " ".join(parts)

    def size(self, count: int) -> str:
        """Return a size in kB, MB or GB."""
        for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
            if count >= unit:
                return f"{self.number(count / unit)} {name}"
        return f"{max(1, round(count / 1000))} kB"

    def number(self, value: float, digits: int = 1) -> str:
        """Return a number with a decimal comma in Vietnamese."""
        text = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return text.replace(".", ",") if self._t.language == "vi" else text


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
