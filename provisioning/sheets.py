"""Claim sheets: one A5 page for each place to be equipped, for the installer's pocket.

Law of the room: a sheet holds a secret until it is used, so its file is readable by its owner alone and an
existing one is never replaced. The table is the one that central imports (`id`, `title`, `area`; other columns
are left alone); it may bring the codes itself in the columns `code` and `expires`, else central is asked for them.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Final

import msgspec
import segno
from fpdf import FPDF

from contract.enrolment import CLAIM_CHARS, read_claim
from provisioning.trust import write_private

HERE: Final = timezone(timedelta(hours=7))  # Vietnam keeps no summer time
FONTS: Final = Path("/usr/share/fonts/truetype/dejavu")
_FACES: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_WIDTH_MM, _HEIGHT_MM = 148, 210  # A5
_MARGIN_MM, _QR_MM = 12, 44
_INNER_MM: Final = _WIDTH_MM - 2 * _MARGIN_MM
STEPS: Final = (
    "Cắm nguồn và mạng cho máy, đợi đèn sáng.",
    "Mở trang của máy trên điện thoại (cùng mạng) và gõ mã ở trên.",
    "Quét mã QR của phiếu này để mở trang của vị trí, đăng nhập.",
    "So sáu số trên hai màn hình; giống hệt thì bấm “Khớp – ký và giao máy”.",
    "Đợi máy báo sẵn sàng, thử từng vùng loa, ký vào sổ.",
)
_KEEP_CLOSE: Final = (
    "Giữ kín phiếu đến khi lắp xong. Mã dùng một lần; nhập sai 5 lần là hỏng, xin mã mới."
)


class Place(msgspec.Struct, frozen=True):
    """A place of the table; `code` and `expires` are None where the table has none."""

    site: str
    title: str
    area: str
    code: str | None = None
    expires: datetime | None = None


class Issued(msgspec.Struct, frozen=True):
    """A claim code as it is printed, and when it ends."""

    code: str
    expires: datetime


class Sheet(msgspec.Struct, frozen=True):
    """What one sheet says."""

    place: Place
    issued: Issued


def read_places(text: str) -> tuple[Place, ...]:
    """Return the places of a table; raises `ValueError` with every fault at once."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    reader = csv.DictReader(io.StringIO(text), delimiter=separator)
    names = {(name or "").strip().lower() for name in reader.fieldnames or ()}
    if missing := [name for name in ("id", "title", "area") if name not in names]:
        msg = f"the table lacks the columns {', '.join(missing)}"
        raise ValueError(msg)
    faults: list[str] = []
    places: list[Place] = []
    for row in reader:
        cells = {(key or "").strip().lower(): (cell or "").strip() for key, cell in _plain(row)}
        try:
            places.append(_place(cells))
        except ValueError as fault:
            faults.append(f"line {reader.line_num}: {fault}")
    if not places and not faults:
        faults.append("the table names no place")
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(places)


def sheets_of(places: Sequence[Place], issued: Mapping[str, Issued]) -> tuple[Sheet, ...]:
    """Return a sheet for each place, with the code of the table or the one just issued.

    Raises `ValueError` naming every place that has neither.
    """
    found, bare = [], []
    for place in places:
        if place.code is not None and place.expires is not None:
            found.append(Sheet(place, Issued(place.code, place.expires)))
        elif place.site in issued:
            found.append(Sheet(place, issued[place.site]))
        else:
            bare.append(place.site)
    if bare:
        msg = f"no claim code for {', '.join(bare)}: name --central, which issues them"
        raise ValueError(msg)
    return tuple(found)


def write_sheets(sheets: Sequence[Sheet], central: str, out: Path) -> None:
    """Write the sheets as a PDF to a new file; `central` is the address whose pages the QR codes open.

    Raises `FileNotFoundError` without the font, `FileExistsError` when the file is there.
    """
    write_private(out, drawn(sheets, central))


def drawn(sheets: Sequence[Sheet], central: str) -> bytes:
    """Return the sheets as a PDF."""
    paper = FPDF(orientation="portrait", unit="mm", format=(_WIDTH_MM, _HEIGHT_MM))
    paper.set_title("Phiếu nhận máy")
    paper.set_margin(_MARGIN_MM)
    paper.set_auto_page_break(auto=False)
    for style, name in _FACES.items():
        if not (FONTS / name).is_file():
            msg = f"there is no font {FONTS / name}; install the package fonts-dejavu-core"
            raise FileNotFoundError(msg)
        paper.add_font("DejaVu", style, FONTS / name)
    for sheet in sheets:
        _draw(paper, sheet, f"{central.rstrip('/')}/console/install/sites/{sheet.place.site}")
    return bytes(paper.output())


def check_font() -> None:
    """Raise `FileNotFoundError` without the font: better before codes are issued than after."""
    drawn((), "")


def _draw(paper: FPDF, sheet: Sheet, address: str) -> None:
    place, issued = sheet.place, sheet.issued
    paper.add_page()
    _qr(paper, address, _WIDTH_MM - _MARGIN_MM - _QR_MM, _MARGIN_MM)
    left = _INNER_MM - _QR_MM - 4
    _text(paper, "PHIẾU NHẬN MÁY", 10, left, "B", 6)
    paper.ln(2)
    size = 20 if len(place.title) <= 40 else 15 if len(place.title) <= 90 else 9
    _text(paper, place.title, size, left, "B", size * 0.45)
    paper.ln(1)
    small = 10 if len(place.area) <= 60 else 7
    _text(paper, f"Địa bàn: {place.area}", small, left, "", small / 2)
    _text(paper, f"Mã vị trí: {place.site}", small, left, "", small / 2)
    paper.set_y(max(paper.get_y(), _MARGIN_MM + _QR_MM) + 6)
    _text(paper, "Mã nhận máy", 11, _INNER_MM, "", 7)
    top = paper.get_y()
    paper.set_line_width(0.7)
    paper.rect(_MARGIN_MM, top, _INNER_MM, 24)
    paper.set_xy(_MARGIN_MM, top + 3)
    paper.set_font("DejaVu", "B", 40)
    wide_mm = paper.get_string_width(issued.code)
    _text(paper, issued.code, 40 * min(1, (_INNER_MM - 6) / wide_mm), _INNER_MM, "B", 18, align="C")
    paper.set_y(top + 27)
    ends = issued.expires.astimezone(HERE)
    _text(paper, f"Hết hạn lúc {ends:%H:%M ngày %d/%m/%Y}", 12, _INNER_MM, "B", 8)
    paper.ln(2)
    for number, step in enumerate(STEPS, 1):
        _text(paper, f"{number}.  {step}", 11, _INNER_MM, "", 6)
        paper.ln(1.2)
    paper.ln(1)
    _text(paper, _KEEP_CLOSE, 9, _INNER_MM, "", 5)
    paper.set_y(_HEIGHT_MM - _MARGIN_MM - 4)
    _text(paper, address, 7, _INNER_MM, "", 4)


def _text(
    paper: FPDF,
    text: str,
    size_pt: float,
    width_mm: float,
    style: str,
    line_mm: float,
    *,
    align: str = "L",
) -> None:
    paper.set_font("DejaVu", style, size_pt)
    paper.multi_cell(width_mm, line_mm, text, align=align, new_x="LMARGIN", new_y="NEXT")


def _qr(paper: FPDF, text: str, left_mm: float, top_mm: float) -> None:
    """Draw a QR code from squares, with the quiet border that cameras need."""
    rows = list(segno.make(text, error="m", micro=False).matrix_iter(scale=1, border=4))
    side = _QR_MM / len(rows)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                paper.rect(left_mm + x * side, top_mm + y * side, side, side, style="F")


def _plain(row: Mapping[str, object]) -> list[tuple[str, str]]:
    return [(key, cell) for key, cell in row.items() if isinstance(cell, str)]


def _place(cells: Mapping[str, str]) -> Place:
    site, title, area = cells.get("id", ""), cells.get("title", ""), cells.get("area", "")
    if not (site and title and area) or not (site + title + area).isprintable():
        msg = "id, title and area must be filled in"
        raise ValueError(msg)
    code, ends = cells.get("code", ""), cells.get("expires", "")
    if not code and not ends:
        return Place(site, title, area)
    if not (code and ends):
        msg = "code and expires belong together"
        raise ValueError(msg)
    try:
        plain = read_claim(code)
    except ValueError as fault:
        msg = f"{code[:20]!r} is no claim code"
        raise ValueError(msg) from fault
    expires = datetime.fromisoformat(ends)
    if expires.tzinfo is None:
        msg = f"expires {ends!r} has no offset; write 2026-12-05T14:30:00+07:00"
        raise ValueError(msg)
    half = CLAIM_CHARS // 2
    return Place(site, title, area, f"{plain[:half]}-{plain[half:]}", expires)
