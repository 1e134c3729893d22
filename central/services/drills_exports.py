"""The report of a drill as a file: CSV, spreadsheet or paper, with the rows that the page shows.

Law of the room: nothing is counted here; who took which is in the audit log.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec

from central.domain.drill_lacks import CAUSE_WORDS
from central.domain.people import Person
from central.domain.tally import ZONE
from central.services.areas import area_named
from central.services.drills_views import DrillReport, report_of
from central.services.report_cells import csv_of_tables
from central.services.report_tables import Paper, Table, share
from central.services.unit import House

MOST_ON_PAPER: Final = 300
_TELLS: Final = (
    "Kiểm tra đêm: cụm loa nhận bản kiểm tra có chữ ký như nhận cảnh báo thật, tự xét trong im lặng xem có phát được "
    "không rồi báo về. "
    "Diễn tập: xét theo âm thanh đo được ở đầu ra. Cụm loa không trả lời được tính là không phát."
)


def export_drill(
    house: House, drill: str, *, form: str, who: Person, now: datetime
) -> Iterator[bytes]:
    """Return the report as `csv`, `xlsx` or `pdf`, to be streamed; raises as `report_of` does."""
    with house.reading() as unit:
        found = report_of(unit, drill, who=who, now=now)
        named = ", ".join(area_named(unit, area).name for area in found.drill.areas[:5])
    with house.writing() as unit:
        what = f"{form} {drill}"
        unit.note(who, "export-drill", what, now=now, area=found.drill.areas[0], subject=drill)
    tables = tables_of(found)
    if form == "pdf":
        from central.services.report_paper import Subject, paper_of_tables

        kind = "Diễn tập cảnh báo có âm thanh" if found.drill.audible else "Kiểm tra đêm"
        sent = found.drill.sent.astimezone(ZONE)
        subject = Subject(kind, named, f"{sent:%H:%M} ngày {sent:%d/%m/%Y}", _TELLS)
        short = [shortened(table) for table in tables]
        return iter([paper_of_tables(subject, short, Paper(), now=now)])
    if form == "xlsx":
        from central.services.report_sheet import xlsx_of

        return xlsx_of((table.title, table.head, table.rows) for table in tables)
    return csv_of_tables(tables)


def shortened(table: Table) -> Table:
    """Return a table no longer than a paper may be; its last row says how much is left out."""
    left = len(table.rows) - MOST_ON_PAPER
    if left <= 0:
        return table
    words = f"… và {left} dòng nữa, xem tệp Excel hoặc CSV"
    last = (words, *(None,) * (len(table.head) - 1))
    return msgspec.structs.replace(table, rows=(*table.rows[:MOST_ON_PAPER], last))


def tables_of(found: DrillReport) -> tuple[Table, ...]:
    """Return the tables of a report in the order in which an office reads them; empty ones are left out."""
    lacking = found.appliances - found.well
    pct = share(100 * found.well / found.appliances) if found.appliances else None
    made = (
        Table(
            title="Tổng hợp",
            head=("Chỉ tiêu", "Kết quả"),
            rows=(
                ("Cụm loa được hỏi", found.appliances),
                ("Phát được nếu là báo động thật", found.well),
                ("Không phát được", lacking),
                ("Tỷ lệ phát được (%)", pct),
            ),
            widths=(70, 30),
        ),
        Table(
            title="Nguyên nhân",
            head=("Nguyên nhân", "Cụm loa"),
            rows=tuple((CAUSE_WORDS[cause], count) for cause, count in found.causes),
            widths=(70, 30),
        ),
        Table(
            title="Theo địa bàn",
            head=("Địa bàn", "Cụm loa", "Phát được", "Không phát được"),
            rows=tuple((a.name, a.appliances, a.well, a.appliances - a.well) for a in found.areas),
            widths=(52, 16, 16, 16),
        ),
        Table(
            title="Cụm loa không phát được",
            head=("Cụm loa", "Mã thiết bị", "Địa bàn", "Nguyên nhân", "Chi tiết", "Việc cần làm"),
            rows=tuple((x.name, x.device, x.place, x.word, x.why, x.action) for x in found.lacks),
            widths=(16, 16, 18, 14, 18, 18),
        ),
        Table(
            title="Những lần trước",
            head=("Ngày", "Cụm loa", "Phát được", "Tỷ lệ (%)"),
            rows=tuple(
                (f"{p.day:%d/%m/%Y}", p.appliances, p.well, share(p.well_pct)) for p in found.trend
            ),
            widths=(40, 20, 20, 20),
        ),
    )
    return tuple(table for table in made if table.rows)
