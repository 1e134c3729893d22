"""The commissioning on paper: A4, drawn from the sealed envelope alone, which goes with it as an attached file.

Law of the room: the same envelope gives the same bytes, so whoever reads a paper draws it again and compares; what the
pages show can then say nothing that was not sealed. No clock is asked, and no file is read but the fonts named.
"""

import re
import zlib
from collections.abc import Sequence
from datetime import timedelta, timezone
from typing import Final

from fpdf import FPDF
from fpdf.fonts import FontFace

from contract import codec, commissioning, seal
from contract.documents import Commissioning, Kind, StepRecord, StepResult
from contract.errors import RefusalCode, Refused

ATTACHED: Final = "nghiem-thu.dsse.json"
FACES: Final = {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
_HERE: Final = timezone(timedelta(hours=7))  # Vietnam keeps no summer time
_MARGIN_MM, _QR_MM = 15, 34
_INNER_MM: Final = 210 - 2 * _MARGIN_MM
_GREEN, _RED, _AMBER = (11, 92, 51), (168, 20, 15), (111, 68, 0)
_WORDS: Final = {
    StepResult.PASSED: ("Đạt", _GREEN),
    StepResult.FAILED: ("Không đạt", _RED),
    StepResult.SKIPPED: ("Bỏ qua", _AMBER),
}
_MEASURED: Final = {
    "round-trip-ms": "đi về {} ms",
    "signal-pct": "sóng {} %",
    "offset-ms": "lệch giờ tỉnh {} ms",
    "error-ms": "sai số giờ mạng {} ms",
    "temperature-c": "bo mạch {} °C",
    "free-mb": "trống {} MB",
    "worn-pct": "thẻ mòn {} %",
    "level-dbfs": "{} dBFS",
    "heard-pct": "micrô nghe {} %",
    "volume-pct": "âm lượng {} %",
}
_STREAM: Final = re.compile(rb"stream\r?\n")
_LARGEST_BYTES: Final = 2_000_000


def drawn(envelope: bytes, fonts: str, qr: Sequence[Sequence[int]]) -> bytes:
    """Return the paper of a sealed commissioning as a PDF.

    `fonts` is the folder of the DejaVu fonts, `qr` the rows of the code that says `qr_text(envelope)`, 1 for dark.
    Raises `Refused` for what is no commissioning, `FileNotFoundError` without the fonts.
    """
    read = seal.read_envelope(envelope)
    report = codec.decode(read.kind, read.payload)
    if not isinstance(report, Commissioning):
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, no commissioning")
    pdf = FPDF(orientation="portrait", unit="mm", format="A4")
    pdf.set_creation_date(report.ended)
    pdf.set_title(f"Phiếu nghiệm thu lắp đặt – {report.name}")
    pdf.set_lang("vi")
    pdf.set_margin(_MARGIN_MM)
    pdf.set_auto_page_break(auto=True, margin=16)
    for style, name in FACES.items():
        pdf.add_font("DejaVu", style, f"{fonts}/{name}")
    pdf.add_page()
    _head(pdf, report, qr)
    _facts(pdf, report)
    _steps(pdf, report)
    keyids = ", ".join(signature.keyid for signature in read.signatures)
    _foot(pdf, report, read.payload_sha256, keyids)
    pdf.embed_file(
        bytes=envelope,
        basename=ATTACHED,
        desc="DSSE",
        compress=True,
        modification_date=report.ended,
    )
    return bytes(pdf.output())


def qr_text(envelope: bytes) -> str:
    """Return what the code on the paper says: whose it is, and the hash of what was sealed."""
    read = seal.read_envelope(envelope)
    report = codec.decode(Kind.COMMISSIONING, read.payload)
    device = report.device if isinstance(report, Commissioning) else ""
    return f"tienglang:nghiem-thu:{device}:sha256:{read.payload_sha256}"


def attached(paper: bytes) -> bytes:
    """Return the envelope that goes with a paper; raises `Refused` (MALFORMED) where there is none.

    Nothing of the paper is believed by this: draw the envelope again and compare.
    """
    for begin in _STREAM.finditer(paper):
        try:
            inside = zlib.decompressobj().decompress(paper[begin.end() :], _LARGEST_BYTES)
        except zlib.error:
            continue
        if inside.startswith(b'{"payloadType":"' + codec.payload_type(Kind.COMMISSIONING).encode()):
            return inside
    raise Refused(RefusalCode.MALFORMED, "no sealed commissioning goes with this paper")


def measured_words(record: StepRecord) -> str:
    """Return what was measured in a step, as people read it."""
    return ", ".join(
        _MEASURED.get(name, name + " {}").format(f"{value:g}".replace("-", "−").replace(".", ","))
        for name, value in sorted(record.measured.items())
    )


def _head(pdf: FPDF, report: Commissioning, qr: Sequence[Sequence[int]]) -> None:
    side = _QR_MM / len(qr)
    left, top = 210 - _MARGIN_MM - _QR_MM, _MARGIN_MM - 4
    for y, row in enumerate(qr):
        for x, dark in enumerate(row):
            if dark:
                pdf.rect(left + x * side, top + y * side, side, side, style="F")
    width = _INNER_MM - _QR_MM - 4
    _text(pdf, "PHIẾU NGHIỆM THU LẮP ĐẶT", 15, width, "B", 8)
    size = 13 if len(report.name) <= 60 else 10
    _text(pdf, report.name, size, width, "", 6)
    pdf.ln(1.5)
    good = commissioning.passed(report)
    pdf.set_text_color(*(_GREEN if good else _RED))
    _text(pdf, "ĐẠT" if good else "KHÔNG ĐẠT", 22, width, "B", 11)
    pdf.set_text_color(0, 0, 0)
    pdf.set_y(max(pdf.get_y(), top + _QR_MM) + 2)


def _facts(pdf: FPDF, report: Commissioning) -> None:
    begun, ended = report.started.astimezone(_HERE), report.ended.astimezone(_HERE)
    place = "không ghi"
    if report.latitude_deg is not None and report.longitude_deg is not None:
        place = f"{report.latitude_deg:.5f}; {report.longitude_deg:.5f}".replace(".", ",")
    rows = (
        ("Địa bàn", report.area),
        ("Mã thiết bị", report.device),
        ("Giấy giao, phần mềm", f"số {report.epoch}, {report.software}"),
        ("Thời gian", f"{begun:%H:%M %d/%m/%Y} đến {ended:%H:%M %d/%m/%Y}"),
        ("Người nghiệm thu", f"{report.by} (mã PIN của {report.pin})"),
        ("Tọa độ", place),
        *((("Ghi chú", report.note),) if report.note else ()),
    )
    pdf.set_font("DejaVu", "", 9.5)
    with pdf.table(
        col_widths=(42, _INNER_MM - 42),
        first_row_as_headings=False,
        borders_layout="HORIZONTAL_LINES",
        line_height=5.2,
        padding=(0.8, 1),
    ) as table:
        for name, value in rows:
            row = table.row()
            row.cell(name, style=FontFace(emphasis="BOLD"))
            row.cell(value)
    pdf.ln(4)


def _steps(pdf: FPDF, report: Commissioning) -> None:
    pdf.set_font("DejaVu", "", 9)
    with pdf.table(
        col_widths=(8, 58, 24, 90),
        borders_layout="HORIZONTAL_LINES",
        line_height=4.8,
        padding=(0.9, 1),
        text_align=("RIGHT", "LEFT", "LEFT", "LEFT"),
        headings_style=FontFace(emphasis="BOLD", fill_color=(238, 240, 236)),
    ) as table:
        table.row(("", "Bước", "Kết quả", "Đo được, nhận xét"))
        for number, record in enumerate(report.steps, 1):
            word, color = _WORDS[record.result]
            row = table.row()
            row.cell(str(number))
            row.cell(record.title)
            row.cell(word, style=FontFace(emphasis="BOLD", color=color))
            row.cell(_found(record))


def _found(record: StepRecord) -> str:
    who = "người nghe, nhìn" if record.by_person else "máy tự đo"
    again = f"; lần thử thứ {record.tries}" if record.tries > 1 else ""
    parts = (measured_words(record), record.why, f"({who}{again})")
    return " ".join(part for part in parts if part)


def _foot(pdf: FPDF, report: Commissioning, digest: str, keyids: str) -> None:
    if pdf.get_y() > 297 - 70:
        pdf.add_page()
    pdf.ln(5)
    _text(pdf, f"SHA-256 nội dung đã ký: {digest}", 7.5, _INNER_MM, "", 4)
    _text(pdf, f"Khóa đã ký: {keyids}", 7.5, _INNER_MM, "", 4)
    tells = (
        "Thiết bị tự đo và ký phiếu này bằng khóa riêng của nó; bản đã ký đi kèm tệp PDF. "
        "Kiểm tra: tienglang-provision commission verify TỆP.pdf"
    )
    _text(pdf, tells, 7.5, _INNER_MM, "", 4)
    pdf.ln(6)
    top = pdf.get_y()
    for column, role in enumerate(("Người nghiệm thu", "Đại diện đơn vị sử dụng")):
        pdf.set_xy(_MARGIN_MM + column * _INNER_MM / 2, top)
        pdf.set_font("DejaVu", "B", 9.5)
        pdf.cell(_INNER_MM / 2, 5, role, align="C")
    pdf.set_xy(_MARGIN_MM, top + 22)
    pdf.set_font("DejaVu", "", 9.5)
    pdf.cell(_INNER_MM / 2, 5, report.by, align="C")


def _text(
    pdf: FPDF, text: str, size_pt: float, width_mm: float, style: str, line_mm: float
) -> None:
    pdf.set_font("DejaVu", style, size_pt)
    pdf.multi_cell(width_mm, line_mm, text, align="L", new_x="LMARGIN", new_y="NEXT")
