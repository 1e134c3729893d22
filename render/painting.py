"""Pages as pixels: the painter's hand.

Law of the room: it paints what a page says and decides nothing. The same page gives the same bytes: no clock,
no thread, no setting of the machine. A frame is named by its pixels, not by its PNG: compressors differ from
machine to machine.
"""

import hashlib
import io
from collections.abc import Iterable
from typing import NamedTuple, assert_never

from PIL import Image, ImageDraw

from contract.documents import Panel
from render.faces import Fonts
from render.pages import Box, Fill, Film, Ink, Item, Page, Photo
from render.pictures import Pictures
from render.stage import Regions
from render.ticker import Strip, offset_px

_TURNS = {
    90: Image.Transpose.ROTATE_270,  # Pillow turns against the clock
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class Frame(NamedTuple):
    """One picture of the signal: rows of red, green and blue bytes from the top left."""

    width: int
    height: int
    rgb: bytes

    @property
    def sha256(self) -> str:
        """The name of these very pixels."""
        head = f"{self.width}x{self.height}:".encode()
        return hashlib.sha256(head + self.rgb).hexdigest()

    def png(self) -> bytes:
        """Return the frame as a PNG; its pixels are the frame's, its bytes may differ between machines."""
        written = io.BytesIO()
        picture = Image.frombytes("RGB", (self.width, self.height), self.rgb)
        picture.save(written, "PNG", compress_level=1)
        return written.getvalue()


class Painter:
    """Paints for one panel; one thread uses it."""

    def __init__(self, panel: Panel, fonts: Fonts, pictures: Pictures) -> None:
        self._panel = panel
        self._fonts = fonts
        self._pictures = pictures

    def page(self, page: Page) -> Image.Image:
        """Return a page on the canvas as a passer-by sees it."""
        canvas = Image.new("RGB", self._panel.canvas_px, page.ground)
        self.draw(canvas, page.items, page.ground)
        return canvas

    def strip(self, line: Strip) -> Image.Image:
        """Return the whole running line as one picture."""
        canvas = Image.new("RGB", (line.length_px, line.height_px))
        self.draw(canvas, line.items, "#000000")
        return canvas

    def draw(self, canvas: Image.Image, items: Iterable[Item], ground: str) -> None:
        """Draw items upon a canvas, in order."""
        pen = ImageDraw.Draw(canvas)
        for item in items:
            match item:
                case Fill(box, colour):
                    pen.rectangle((box.left, box.top, box.right - 1, box.bottom - 1), fill=colour)
                case Ink():
                    self._write(pen, item)
                case Photo(box, sha256):
                    if (placed := self._pictures.scaled(sha256, box, ground)) is not None:
                        picture, left, top = placed
                        canvas.paste(picture, (left, top))
                case Film(box, _, _):
                    pen.rectangle(
                        (box.left, box.top, box.right - 1, box.bottom - 1), fill="#000000"
                    )
                case _:
                    assert_never(item)

    def ink_box(self, ink: Ink) -> Box:
        """Return where the ink of a line really is."""
        boxes = []
        left = ink.left
        for run in self._fonts.runs(ink.text):
            face = self._fonts.face(run.face, ink.size_px, bold=ink.bold)
            boxes.append(face.getbbox(run.text, anchor="ls"))
            boxes[-1] = (boxes[-1][0] + left, boxes[-1][1], boxes[-1][2] + left, boxes[-1][3])
            left += self._fonts.advance(run, ink.size_px, bold=ink.bold)
        x0, y0 = min(b[0] for b in boxes), min(b[1] for b in boxes)
        x1, y1 = max(b[2] for b in boxes), max(b[3] for b in boxes)
        return Box(int(x0), int(y0) + ink.baseline, int(x1 - x0), int(y1 - y0))

    def signal(self, canvas: Image.Image) -> Frame:
        """Return the whole signal of the panel: the canvas turned and put where the crop is, the rest dark."""
        panel, shown = self._panel, self._panel.shown
        turned = canvas.transpose(_TURNS[panel.rotation_deg]) if panel.rotation_deg else canvas
        if turned.size != (panel.width_px, panel.height_px):
            whole = Image.new("RGB", (panel.width_px, panel.height_px))
            whole.paste(turned, (shown.left_px, shown.top_px))
            turned = whole
        return Frame(panel.width_px, panel.height_px, turned.tobytes())

    def _write(self, pen: ImageDraw.ImageDraw, ink: Ink) -> None:
        left = ink.left
        for run in self._fonts.runs(ink.text):
            face = self._fonts.face(run.face, ink.size_px, bold=ink.bold)
            pen.text((left, ink.baseline), run.text, font=face, fill=ink.colour, anchor="ls")
            left += self._fonts.advance(run, ink.size_px, bold=ink.bold)


def with_ticker(
    canvas: Image.Image, strip: Image.Image, line: Strip, parts: Regions, elapsed_s: float
) -> None:
    """Put the part of the strip that stands there after `elapsed_s` into the canvas."""
    box = parts.ticker
    if box is None:
        return
    begin = offset_px(line, elapsed_s)
    first = min(box.width, line.length_px - begin)
    canvas.paste(strip.crop((begin, 0, begin + first, box.height)), (box.left, box.top))
    if first < box.width:
        rest = strip.crop((0, 0, box.width - first, box.height))
        canvas.paste(rest, (box.left + first, box.top))
