"""The report on broadcasting as an office hands it in: A4, with its head, its tables, and where people sign.

Law of the room: the form is that of decree 30/2020 for administrative papers, as far as a machine can fill it in;
number, addressees and names are for people, so there are dotted lines where nobody has given them. Loaded when somebody
asks for a paper, for its maker is heavy.
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, XPos, YPos
from fpdf.fonts import FontFace

from central.domain.evaluation import Evaluation
from central.domain.tally import ZONE
from central.services.report_tables import Cell, Paper, Table, tables_of

FONTS: Final = Path("/usr/share/fonts/truetype/dejavu")
_FACES: Final = {"": "DejaVuSerif.ttf", "B": "DejaVuSerif-Bold.ttf"}
_MARGIN_MM, _LEFT_MM = 15, 25
_INNER_MM: Final = 210 - _LEFT_MM - _MARGIN_MM
_SHADE: Final = (238, 240, 236)
_TELLS: Final = (
    "Số liệu do cụm loa tự đo và ký gửi về. “Đã phát”: âm thanh đo được đủ thời lượng yêu cầu. “Phát thiếu”: đo được "
    "một phần. “Không phát”: không đo được. “Không có báo cáo”: khung giờ có trong lịch nhưng đến lúc lập báo cáo chưa "
    "cụm loa nào báo về; chưa thể kết luận là đã phát hay không."
)


class Subject(NamedTuple):
    """What a report is about: its title, the area, the time it speaks of, and how its words are meant."""

    title: str
    area: str
    period: str
    tells: str


def paper_of(found: Evaluation, paper: Paper, *, now: datetime) -> bytes:
    """Return the report as a PDF; raises `FileNotFoundError` without the fonts of the package fonts-dejavu-core."""
    title = "Tình hình phát sóng của hệ thống truyền thanh cơ sở"
    subject = Subject(title, found.name, f"{found.period}", _TELLS)
    return paper_of_tables(subject, tables_of(found), paper, now=now)


def paper_of_tables(
    subject: Subject, tables: Iterable[Table], paper: Paper, *, now: datetime
) -> bytes:
    """Return any report of ours as a PDF; raises as `paper_of` does."""
    pdf = _Pages()
    pdf.set_title(f"Báo cáo {subject.title.lower()} – {subject.area} – {subject.period}")
    pdf.add_page()
    _head(pdf, subject, paper, now)
    for number, table in enumerate(tables, start=1):
        _table(pdf, number, table)
    pdf.set_font("Serif", "", 8.5)
    pdf.ln(2)
    _line(pdf, subject.tells, 4.2)
    _signatures(pdf, paper)
    return bytes(pdf.output())


class _Pages(FPDF):
    """A4 with our fonts, and the number of each page from the second."""

    def __init__(self) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.set_margins(_LEFT_MM, _MARGIN_MM, _MARGIN_MM)
        self.set_auto_page_break(auto=True, margin=18)
        for style, name in _FACES.items():
            if not (FONTS / name).is_file():
                msg = f"there is no font {FONTS / name}; install the package fonts-dejavu-core"
                raise FileNotFoundError(msg)
            self.add_font("Serif", style, FONTS / name)

    def header(self) -> None:
        """Write the page's number."""
        if self.page_no() > 1:
            self.set_font("Serif", "", 9)
            self.cell(0, 5, str(self.page_no()), align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.ln(3)


def _head(pdf: FPDF, subject: Subject, paper: Paper, now: datetime) -> None:
    left, top = _INNER_MM * 0.42, pdf.get_y()
    day = now.astimezone(ZONE)
    pdf.set_font("Serif", "B", 9.5)
    pdf.multi_cell(left, 5, (paper.issuer or subject.area).upper(), align=Align.C)
    below = pdf.get_y()
    pdf.set_xy(_LEFT_MM, below + 1)
    pdf.set_font("Serif", "", 9.5)
    pdf.multi_cell(left, 5, f"Số: {paper.number or '……'}/BC", align=Align.C)
    bottom = pdf.get_y()
    right = _INNER_MM - left
    for text, style, size in (
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "B", 9.5),
        ("Độc lập - Tự do - Hạnh phúc", "B", 10),
        (f"………, ngày {day:%d} tháng {day:%m} năm {day:%Y}", "", 9.5),
    ):
        pdf.set_xy(_LEFT_MM + left, top)
        pdf.set_font("Serif", style, size)
        pdf.multi_cell(right, 5, text, align=Align.C)
        top = pdf.get_y() + (1.5 if style and size == 10 else 0)
        if style and size == 10:
            width = pdf.get_string_width(text)
            x = _LEFT_MM + left + (right - width) / 2
            pdf.line(x, top - 0.8, x + width, top - 0.8)
    pdf.set_xy(_LEFT_MM, max(bottom, top) + 8)
    pdf.set_font("Serif", "B", 14)
    _line(pdf, "BÁO CÁO", 7, Align.C)
    pdf.set_font("Serif", "B", 11.5)
    _line(pdf, subject.title, 6, Align.C)
    pdf.set_font("Serif", "", 10.5)
    _line(pdf, f"Địa bàn: {subject.area}", 6, Align.C)
    _line(pdf, f"Kỳ báo cáo: {subject.period}", 6, Align.C)
    pdf.ln(3)


def _table(pdf: FPDF, number: int, table: Table) -> None:
    if pdf.get_y() > 240:
        pdf.add_page()
    pdf.ln(2)
    pdf.set_font("Serif", "B", 10.5)
    _line(pdf, f"{number}. {table.title}", 6)
    size = 7.5 if len(table.head) > 6 else 9
    pdf.set_font("Serif", "", size)
    words = {n for row in table.rows for n, cell in enumerate(row) if isinstance(cell, str)}
    aligned = [Align.L if n == 0 or n in words else Align.R for n in range(len(table.head))]
    with pdf.table(
        col_widths=table.widths,
        width=_INNER_MM,
        align=Align.L,
        text_align=aligned,
        borders_layout=TableBordersLayout.ALL,
        headings_style=FontFace(emphasis="BOLD", fill_color=_SHADE),
        line_height=size * 0.55,
        padding=(0.8, 1),
    ) as drawn:
        drawn.row(list(table.head))
        for row in table.rows:
            drawn.row([spoken(cell) for cell in row])


def spoken(cell: Cell) -> str:
    """Return a cell as Vietnamese papers write it: 12.345,6."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    text = f"{cell:,.1f}" if isinstance(cell, float) else f"{cell:,}"
    swapped = text.translate(str.maketrans(",.", ".,"))
    return swapped.replace("-", "\N{MINUS SIGN}")


def _signatures(pdf: FPDF, paper: Paper) -> None:
    if pdf.get_y() > 225:
        pdf.add_page()
    pdf.ln(6)
    top, third = pdf.get_y(), _INNER_MM / 3
    pdf.set_font("Serif", "B", 9)
    pdf.multi_cell(third, 5, "Nơi nhận:", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    pdf.set_font("Serif", "", 8.5)
    for line in (*(paper.recipients or ("……………………",)), "Lưu: VT."):
        pdf.multi_cell(third, 4.5, f"- {line}", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    boxes = (("NGƯỜI LẬP BÁO CÁO", paper.maker), (paper.signer_title, paper.signer))
    for number, (title, name) in enumerate(boxes, start=1):
        x = _LEFT_MM + third * number
        pdf.set_xy(x, top)
        pdf.set_font("Serif", "B", 9)
        pdf.multi_cell(third, 5, (title or "THỦ TRƯỞNG ĐƠN VỊ").upper(), align=Align.C)
        pdf.set_xy(x, pdf.get_y())
        pdf.set_font("Serif", "", 8.5)
        pdf.multi_cell(third, 5, "(Ký, ghi rõ họ tên)", align=Align.C)
        pdf.set_xy(x, top + 32)
        pdf.set_font("Serif", "B", 9.5)
        pdf.multi_cell(third, 5, name or "……………………", align=Align.C)


def _line(pdf: FPDF, text: str, height_mm: float, align: Align = Align.L) -> None:
    pdf.multi_cell(0, height_mm, text, align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
