"""The picture of who may do what as one HTML page with one drawing in it, to be printed and compared on paper.

Law of the room: pure; one file that asks for nothing else. All that people typed is escaped.
"""

from html import escape
from typing import Final

from provisioning.ceremony_tree import END_WORDS, release_lines
from provisioning.ceremony_view import Office, Picture, Tone, Voice

WIDTH: Final = 1_040
LINE: Final = 22
STEP: Final = 24
FINGERPRINT_X: Final = 440
ENDS_X: Final = 830
_COLOURS: Final[dict[Tone, str]] = {"ok": "#14613a", "soon": "#8a5300", "over": "#a3161a"}
_NOTES: Final[dict[Tone, str]] = {"ok": "", "soon": " sắp hết hạn", "over": " đã hết hạn"}
_HEAD: Final = """<!doctype html>
<html lang="vi"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ai được làm gì · Tiếng Làng</title>
<style>
body{margin:24px;font:16px/1.5 "Be Vietnam Pro","Noto Sans",sans-serif;color:#15211e;background:#fff}
h1{font-size:22px;margin:0 0 4px}p{margin:0 0 12px;color:#4b5854}.warn{color:#a3161a;font-weight:600}
svg{display:block;width:100%;max-width:1040px;height:auto;font:14px "Be Vietnam Pro","Noto Sans",sans-serif}
.mono{font:12.5px "DejaVu Sans Mono",monospace}.strong{font-weight:650}.soft{fill:#4b5854}
.line{stroke:#b6bfba;stroke-width:1.5;fill:none}.box{fill:#f0f4f1;stroke:#848f8a}.area{fill:#0d5f57}
.gone{text-decoration:line-through;fill:#a3161a}
@media print{body{margin:0}.scroll{overflow:visible}}.scroll{overflow-x:auto}svg{min-width:760px}
</style></head><body>
"""


class _Drawing:
    """An SVG drawing that grows downwards."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 0

    def text(self, x: float, words: str, kind: str = "", colour: str = "") -> None:
        """Write words on the present line."""
        paint = f' fill="{colour}"' if colour else ""
        self.parts.append(
            f'<text x="{x}" y="{self.y}" class="{kind}"{paint}>{escape(words)}</text>'
        )

    def line(self, path: str) -> None:
        """Draw a path."""
        self.parts.append(f'<path class="line" d="{path}"/>')

    def down(self, by: float = LINE) -> None:
        """Go to the next line."""
        self.y += int(by)


def sheet(shown: Picture) -> str:
    """Return the page."""
    drawing = _Drawing()
    _ends(drawing, shown)
    _tree(drawing, 0, "Chuỗi tin cậy (chain)", shown.chain)
    for branch in shown.branches:
        _tree(drawing, branch.depth * STEP, branch.area, branch.offices)
    head = "<p><strong>Chưa đủ chữ ký</strong> (still to be signed)</p>" if shown.missing else ""
    missing = head + "".join(f'<p class="warn">{escape(why)}</p>' for why in shown.missing)
    height = drawing.y + LINE
    return (
        f"{_HEAD}<h1>Ai được làm gì</h1><p>Who may do what. Lập lúc {shown.at:%Y-%m-%d %H:%M} UTC. Đối chiếu từng "
        "nhóm bốn chữ của dấu vân khóa với người giữ khóa.</p>"
        f'{missing}{_release(shown)}<div class="scroll"><svg viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="Sơ đồ người giữ khóa">{"".join(drawing.parts)}</svg></div></body></html>\n'
    )


def _release(shown: Picture) -> str:
    if shown.release is None:
        return ""
    told = "<br>".join(escape(line) for line in release_lines(shown.release))
    return f"<p><strong>Bản phát hành</strong> (release): {told}</p>"


def _ends(drawing: _Drawing, shown: Picture) -> None:
    """Draw the links as three boxes in a row, each with its end."""
    for number, end in enumerate(shown.ends):
        x = number * 250
        drawing.parts.append(
            f'<rect class="box" x="{x + 1}" y="1" width="210" height="58" rx="9"/>'
        )
        if number:
            drawing.line(f"M{x - 39} 30h38m-8-5l8 5l-8 5")
        drawing.y = 25
        drawing.text(x + 14, f"{END_WORDS[end.name]} {end.number}", "strong")
        drawing.y = 46
        until = f"đến {end.ends:%Y-%m-%d}{_NOTES[end.tone]}"
        drawing.text(x + 14, until, "", _COLOURS[end.tone])
    drawing.y = 96


def _tree(drawing: _Drawing, x: int, title: str, offices: tuple[Office, ...]) -> None:
    drawing.parts.append(f'<circle class="area" cx="{x + 6}" cy="{drawing.y - 5}" r="6"/>')
    drawing.text(x + 20, title, "strong")
    top = drawing.y + 3
    for office in offices:
        drawing.down()
        drawing.line(f"M{x + 6} {top}V{drawing.y - 5}h14")
        drawing.text(x + STEP, f"{office.word} ({office.name})")
        drawing.text(FINGERPRINT_X, office.count, "strong")
        for voice in office.voices:
            drawing.down()
            _voice(drawing, x + 2 * STEP, voice)
    drawing.down(LINE * 1.6)


def _voice(drawing: _Drawing, x: int, voice: Voice) -> None:
    colour = _COLOURS[voice.tone]
    drawing.parts.append(f'<circle cx="{x + 4}" cy="{drawing.y - 5}" r="4" fill="{colour}"/>')
    note = {"new": " (mới)", "gone": " (bỏ)", "": ""}[voice.mark]
    drawing.text(x + 16, voice.name + note, "gone" if voice.mark == "gone" else "")
    drawing.text(FINGERPRINT_X, voice.print_, "mono")
    if voice.ends is not None:
        drawing.text(ENDS_X, f"đến {voice.ends:%Y-%m-%d}{_NOTES[voice.tone]}", "", colour)
