"""Reports as CSV, row by row: what a sheet program opens runs no formula of ours or anybody's.

Law of the room: rows come one by one and leave one by one; nothing is held but what is under way.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from central.services.report_tables import Cell, Table

BOM: Final = "\ufeff"  # without it Excel takes Vietnamese for something else
CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHEET_ROWS: Final = 200_000
_STARTS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
PIECE_BYTES: Final = 64_000


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
        if held.tell() > PIECE_BYTES:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()
