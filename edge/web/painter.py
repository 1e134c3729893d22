"""The painter: a view as HTML, whole or by the regions that live pages replace.

Law of the room: templates hold no decisions beyond "is it there"; a region is the same for everybody, so
it may be painted once for all who look.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from contract.documents import Right
from edge.core.moment import Clock
from edge.core.page import PageView
from edge.web import checks, faces, heeds, phrases, stages, today
from edge.web.session import Note, Session
from edge.web.words import Language, Words

PageName = Literal[
    "home",
    "check",
    "log",
    "about",
    "sign_in",
    "sure",
    "record",
    "enrol",
    "wipe",
    "commission",
    "network",
]
Watched = Literal["home", "check", "enrol", "commission"]

HERE: Final = Path(__file__).parent
REGIONS: Final[Mapping[Watched, tuple[str, ...]]] = {
    "home": ("time", "undo", "air", "meter", "alarms", "volume", "heed", "today", "rig"),
    "enrol": ("time", "enrolment"),
    "commission": ("time", "trial"),
    "check": ("time", "verdict", "test", "readiness", "wiring"),
}
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True):
    """A static file in memory: its bytes, media type and the tag that its address carries."""

    body: bytes
    media_type: str
    tag: str


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to this visitor alone: session, form token, who may sign in, what is to be said once."""

    session: Session | None
    csrf: str
    people: tuple[str, ...]
    note: Note | None = None

    @property
    def rights(self) -> frozenset[Right]:
        """Return what this visitor may do."""
        return frozenset(self.session.pin.rights) if self.session else frozenset()


@cache
def assets() -> Mapping[str, Asset]:
    """Return the static files by name."""
    found: dict[str, Asset] = {}
    for file in sorted((HERE / "static").iterdir()):
        body = file.read_bytes()
        found[file.name] = Asset(body, TYPES[file.suffix], sha256(body).hexdigest()[:12])
    return found


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = lambda name: f"/static/{name}?v={assets()[name].tag}"
    environment.globals["length"] = phrases.length_words
    environment.globals["level"] = phrases.level_words
    environment.globals["plain"] = phrases.plain_of
    environment.globals["tongue"] = phrases.tongue
    environment.globals["grouped"] = stages.grouped
    return environment


def _shared(view: PageView, language: Language) -> dict[str, object]:
    words = Words(language)

    def at(instant: datetime) -> str:
        return phrases.clock_words(instant, view.now, words)

    def ends(instant: datetime) -> str:
        return phrases.clock_words(instant, view.now, words, up=True)

    return {"view": view, "t": words, "at": at, "ends": ends, "language": language}


def _home(view: PageView, words: Words) -> dict[str, object]:
    down, up = faces.steps_of(view)
    return {
        "face": faces.face_of(view),
        "emergency": faces.is_emergency(view),
        "why": faces.why_of(view),
        "until": faces.until_of(view),
        "may_release": faces.may_release(view),
        "may_skip": faces.may_skip(view),
        "progress": faces.progress_of(view),
        "bars": faces.bars_of(view),
        "bars_in_all": faces.BARS,
        "down": down,
        "up": up,
        "heeds": heeds.heed_of(view, words),
        "ahead": today.ahead_of(view),
        "behind": today.behind_of(view),
        "later": today.later_of(view),
        "clock_unknown": view.clock is Clock.UNKNOWN,
    }


def _check(view: PageView, words: Words) -> dict[str, object]:
    readiness, test = view.readiness, view.test
    ready = checks.rows_of(readiness.checks if readiness else (), view, words)
    return {
        "verdict": checks.verdict_of(view, words),
        "ready_rows_bad": [row for row in ready if row.lamp is not checks.Lamp.GOOD],
        "ready_rows_good": [row for row in ready if row.lamp is checks.Lamp.GOOD],
        "test_rows": checks.rows_of(test.checks if test else (), view, words),
        "test_zone": checks.item_words(f"zone-{test.zone}", view, words) if test else "",
        "wiring": checks.wiring_of(view, words),
        "machine": checks.machine_of(view, words),
    }


def _about(name: PageName, view: PageView, language: Language) -> dict[str, object]:
    about = _shared(view, language)
    if name == "home":
        about |= _home(view, Words(language))
    elif name == "check":
        about |= _check(view, Words(language))
    elif name == "enrol":
        about |= {"now": stages.staged(view, Words(language)), "at_work": stages.is_at_work(view)}
    return about


def _regions(name: Watched, about: Mapping[str, object]) -> dict[str, str]:
    return {
        region: _templates().get_template(f"parts/{region}.html").render(about).strip()
        for region in REGIONS[name]
    }


def regions(view: PageView, language: Language, name: Watched = "home") -> dict[str, str]:
    """Return each live region's HTML by its name."""
    return _regions(name, _about(name, view, language))


def page(
    name: PageName, view: PageView, language: Language, visitor: Visitor, **more: object
) -> str:
    """Return the whole page `name` for this visitor; `more` is what it shows beside the view."""
    about = _about(name, view, language)
    painted: dict[str, str] = {}
    if name == "home" or name == "check" or name == "enrol" or name == "commission":  # noqa: PLR1714  mypy narrows by it
        painted = _regions(name, about)
    about |= {
        "region": painted,
        "session": visitor.session,
        "rights": frozenset(right.value for right in visitor.rights),
        "csrf": visitor.csrf,
        "people": visitor.people,
        "note": visitor.note,
        "trouble": "",
        "chosen": "",
        "to": "/",
    }
    return _templates().get_template(f"{name}.html").render(about | more)


def error(status: int, key: str, language: Language) -> str:
    """Return a small page that says what went wrong and leads back."""
    words = Words(language)
    about = {"t": words, "language": language, "status": status, "what": words(f"error.{key}")}
    return _templates().get_template("error.html").render(about)


def wiped(language: Language) -> str:
    """Return the last page of an appliance that is being wiped."""
    return _templates().get_template("wiped.html").render(t=Words(language), language=language)
