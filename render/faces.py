"""The fonts of a board, pinned byte for byte: Noto Sans, then Noto Sans Symbols, then Noto Emoji in one colour.

Law of the room: a font that is missing or another one is an error that says what to install, never boxes on a
board. Shaping is HarfBuzz's (raqm), so that marks stand where the font's makers put them. One thread uses one
`Fonts`.
"""

import hashlib
import importlib.util
import json
import unicodedata
from bisect import bisect_right
from collections import OrderedDict
from importlib import resources
from itertools import groupby
from math import ceil
from pathlib import Path
from typing import Final, NamedTuple

from PIL import ImageFont, features

from render.measures import Extent

REGULAR: Final = (
    500  # a step heavier than print: light letters on a dark ground look thinner than they are
)
BOLD: Final = 700
_PACKAGE: Final = "manimgx_fonts"
_TALLEST: Final = "ẴẦỖỨẪ🚨"
_DEEPEST: Final = "gjpqyỵợự|ç@()Ợ🚨"
_KEPT_FACES: Final = 24
_KEPT_LENGTHS: Final = 20_000
_LEAST_SPACE: Final = (
    0.28  # of the size, per run of spaces: below it words of 12 pixels run together
)
_MEASURED_UP_TO_PX: Final = 40  # above it a width grows in proportion, to the pixel
_MEASURED_AT_PX: Final = 200


class FontsMissing(Exception):
    """A font or the shaper is not as it must be; the sentence says what to install."""


class Run(NamedTuple):
    """Characters of one font in a row; `face` counts the fonts from 0."""

    face: int
    text: str


class _Font(NamedTuple):
    path: Path
    firsts: tuple[int, ...]
    lasts: tuple[int, ...]

    def knows(self, point: int) -> bool:
        at = bisect_right(self.firsts, point) - 1
        return at >= 0 and point <= self.lasts[at]


class Fonts:
    """The fonts, opened and measured: implements `Measures`, and hands the painter its faces."""

    def __init__(self, folder: Path | None = None) -> None:
        """Open the fonts of a folder, or those installed.

        Raises:
            FontsMissing: a font is not there or not the one that every board uses, or there is no shaper.
        """
        if not features.check("raqm"):
            raise FontsMissing(
                "the text shaper is not at hand (Pillow finds no FriBiDi); install it: apt-get install libfribidi0"
            )
        self._fonts = _fonts(folder or _installed())
        self._faces: OrderedDict[tuple[int, int, bool], ImageFont.FreeTypeFont] = OrderedDict()
        self._lengths: OrderedDict[tuple[str, int, bool], float] = OrderedDict()
        self._extents: dict[int, Extent] = {}
        self._known: dict[str, bool] = {}

    def knows(self, character: str) -> bool:
        """Return whether one of the fonts has a glyph for a character."""
        found = self._known.get(character)
        if found is None:
            found = self._known[character] = any(f.knows(ord(character)) for f in self._fonts)
        return found

    def runs(self, text: str) -> list[Run]:
        """Return the text in runs of one font each, spaces apart; a mark stays with the letter it stands on."""
        found: list[tuple[int, bool, str]] = []
        for letter in text:
            space = letter.isspace()
            before = found[-1][0] if found else 0
            if space:
                face = 0  # a space as wide as an emoji would look like a hole
            elif unicodedata.combining(letter) and self._fonts[before].knows(ord(letter)):
                face = before
            else:
                face = self._face_of(letter)
            found.append((face, space, letter))
        return [
            Run(face, "".join(letter for _, _, letter in group))
            for (face, _), group in groupby(found, key=lambda one: one[:2])
        ]

    def width_px(self, text: str, size_px: int, *, bold: bool) -> int:
        """Return how wide a line of text is, overhanging ink included."""
        runs = self.runs(text)
        if size_px <= _MEASURED_UP_TO_PX:
            return sum(self.advance(run, size_px, bold=bold) for run in runs) + 1
        wide = sum(
            ceil(self._length(run, _MEASURED_AT_PX, bold=bold) * size_px / _MEASURED_AT_PX)
            for run in runs
        )
        return wide + 1 + size_px // 40

    def extent(self, size_px: int) -> Extent:
        """Return how far the ink of a size reaches from the baseline, in both weights, with stacked marks."""
        found = self._extents.get(size_px)
        if found is None:
            boxes = [
                self.face(run.face, size_px, bold=bold).getbbox(run.text, anchor="ls")
                for bold in (False, True)
                for run in (*self.runs(_TALLEST), *self.runs(_DEEPEST))
            ]
            found = Extent(ceil(-min(b[1] for b in boxes)), ceil(max(b[3] for b in boxes)))
            self._extents[size_px] = found
        return found

    def face(self, number: int, size_px: int, *, bold: bool) -> ImageFont.FreeTypeFont:
        """Return one font at a size; the least used ones are let go."""
        key = (number, size_px, bold)
        found = self._faces.get(key)
        if found is None:
            path = str(self._fonts[number].path)
            found = ImageFont.truetype(path, size_px, layout_engine=ImageFont.Layout.RAQM)
            found.set_variation_by_axes([BOLD if bold else REGULAR])
            self._faces[key] = found
            if len(self._faces) > _KEPT_FACES:
                self._faces.popitem(last=False)
        self._faces.move_to_end(key)
        return found

    def advance(self, run: Run, size_px: int, *, bold: bool) -> int:
        """Return how far a run moves the pen: whole pixels, so that every word begins on one and every gap is clear."""
        moved = ceil(self._length(run, size_px, bold=bold))
        return max(moved, ceil(size_px * _LEAST_SPACE)) if run.text.isspace() else moved

    def _length(self, run: Run, size_px: int, *, bold: bool) -> float:
        key = (run.text, size_px, bold)
        found = self._lengths.get(key)
        if found is None:
            found = self.face(run.face, size_px, bold=bold).getlength(run.text)
            self._lengths[key] = found
            if len(self._lengths) > _KEPT_LENGTHS:
                self._lengths.popitem(last=False)
        return found

    def _face_of(self, letter: str) -> int:
        return next((n for n, font in enumerate(self._fonts) if font.knows(ord(letter))), 0)


def _installed() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise FontsMissing("the boards' fonts are not installed; install the package manimgx-fonts")
    return Path(found.origin).parent


def _fonts(folder: Path) -> tuple[_Font, ...]:
    table = json.loads(resources.files("render").joinpath("assets/coverage.json").read_bytes())
    return tuple(_checked(folder / one["file"], one["sha256"], one["known"]) for one in table)


def _checked(path: Path, sha256: str, known: list[list[int]]) -> _Font:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise FontsMissing(
            f"the font {path.name} cannot be read ({fault.strerror}); install the package manimgx-fonts again"
        ) from fault
    if hashlib.sha256(data).hexdigest() != sha256:
        raise FontsMissing(
            f"the font {path.name} is not the one that boards are drawn with; install manimgx-fonts as locked"
        )
    return _Font(path, tuple(first for first, _ in known), tuple(last for _, last in known))
