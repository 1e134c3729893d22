"""The painter: a view as HTML, whole or by the regions that live pages replace.

Law of the room: templates hold no decisions beyond "is it there"; a region is the same for everybody, so
it may be painted once for all who look.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from edge.core.moment import Clock
from edge.core.view import PageView
from edge.web import faces
from edge.web.words import Language, Words

HERE: Final = Path(__file__).parent
REGIONS: Final = ("time", "air", "heed", "coming", "rig", "plays", "refusals", "volume")
SHOWN: Final = 10
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
    environment.globals["length"] = faces.length_words
    environment.globals["tongue"] = faces.tongue
    return environment


def _about(view: PageView, language: Language) -> dict[str, object]:
    words = Words(language)

    def at(instant: datetime) -> str:
        return faces.clock_words(instant, view.now, words)

    def ends(instant: datetime) -> str:
        return faces.clock_words(instant, view.now, words, up=True)

    return {
        "view": view,
        "t": words,
        "at": at,
        "ends": ends,
        "why": faces.why_of(view),
        "coming": faces.coming_of(view),
        "clock_unknown": view.clock is Clock.UNKNOWN,
        "may_release": view.until is not None
        and not faces.is_emergency(view)
        and not view.silenced,
        "refusals": [(r, faces.what_of(r, words)) for r in view.refusals[:SHOWN]],
        "language": language,
        "face": faces.face_of(view),
        "emergency": faces.is_emergency(view),
        "until": faces.until_of(view),
        "bars": faces.bars_of(view),
        "bars_in_all": faces.BARS,
        "heeds": faces.heed_of(view, words),
    }


def regions(view: PageView, language: Language) -> dict[str, str]:
    """Return each live region's HTML by its name."""
    about = _about(view, language)
    return {
        name: _templates().get_template(f"parts/{name}.html").render(about).strip()
        for name in REGIONS
    }


def page(view: PageView, language: Language, **more: object) -> str:
    """Return the whole page; `more` is what belongs to this visitor (session, form token, note)."""
    about = _about(view, language) | {"region": regions(view, language)} | more
    return _templates().get_template("page.html").render(about)


def error(status: int, language: Language) -> str:
    """Return a small page that says what went wrong and leads back."""
    words = Words(language)
    about = {"t": words, "language": language, "status": status, "what": words(f"error.{status}")}
    return _templates().get_template("error.html").render(about)
