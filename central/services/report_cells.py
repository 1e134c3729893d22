"""Reports as CSV and as spreadsheets, row by row: what a sheet program opens runs no formula of ours or anybody's.

Law of the room: rows come one by one and leave one by one; nothing is held but what is under way.
"""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from central.services.report_tables import Cell, Table

BOM: Final = "\ufeff"  # without it Excel takes Vietnamese for something else
CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHEET_ROWS: Final = 200_000
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_PIECE_BYTES: Final = 64_000
_WIDEST: Final = 60


def harmless(cell: Cell) -> Cell:
    """Return a cell that no sheet program takes for a formula when it reads it from text."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(_STARTS_A_FORMULA):
        return f"'{cell}"
    return cell


def csv_of(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield a CSV of one table, some lines at a time."""
    yield from _csv_rows([tuple(head)], rows)


def csv_of_tables(tables: Iterable[Table]) -> Iterator[bytes]:
    """Yield a CSV of several tables, one under the other, each with its title."""

    def rows() -> Iterator[Sequence[Cell]]:
        for table in tables:
            yield (table.title,)
            yield table.head
            yield from table.rows
            yield ()

    yield from _csv_rows([], rows())


def _csv_rows(first: list[Sequence[Cell]], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    held = io.StringIO(newline="")
    held.write(BOM)
    writer = csv.writer(held)
    writer.writerows(first)
    for row in rows:
        writer.writerow([harmless(cell) for cell in row])
        if held.tell() > _PIECE_BYTES:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


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
    while piece := file.read(_PIECE_BYTES):
        yield piece
