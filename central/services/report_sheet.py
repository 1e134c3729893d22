"""Reports as spreadsheets: every cell holds what it says, whatever it begins with.

Law of the room: rows come one by one; loaded when somebody asks for a sheet, for its maker is heavy.
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from central.services.report_cells import PIECE_BYTES
from central.services.report_tables import Cell

_WIDEST: Final = 60


def xlsx_of(
    sheets: Iterable[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]],
) -> Iterator[bytes]:
    """Yield a spreadsheet of (title, head, rows); it grows in a file of its own that is gone afterwards."""
    book = Workbook(write_only=True)
    for title, head, rows in sheets:
        _fill(book.create_sheet(_sheet_name(title, book.sheetnames)), head, rows)
    with tempfile.TemporaryFile() as file:
        book.save(file)
        yield from _pieces(file)


def _fill(sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    for number, name in enumerate(head):
        column = sheet.column_dimensions[chr(ord("A") + number)]
        column.width = min(max(12, len(name) + 2), _WIDEST)
    sheet.freeze_panes = "A2"
    sheet.append([_cell(sheet, name, bold=True) for name in head])
    for row in rows:
        sheet.append([_cell(sheet, cell) for cell in row])


def _cell(sheet: Worksheet, value: Cell, *, bold: bool = False) -> SheetCell:
    """Return a cell that holds text as text, whatever it begins with."""
    text = isinstance(value, str)
    clean = ILLEGAL_CHARACTERS_RE.sub("", value) if isinstance(value, str) else value
    cell = WriteOnlyCell(sheet, value=clean)
    if text:
        cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell


def _sheet_name(title: str, taken: Sequence[str]) -> str:
    """Return a name that a spreadsheet allows: 31 characters, none of seven, no other's."""
    name = "".join(" " if c in "[]:*?/\\" else c for c in title)[:31].strip() or "Bảng"
    return name if name not in taken else f"{name[:28]} {len(taken)}"


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE_BYTES):
        yield piece
