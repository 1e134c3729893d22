"""The tables of a report on broadcasting: the same rows for CSV, spreadsheet and paper.

Law of the room: a cell is text or a number, and every number is one of the evaluation's own: nothing is counted here.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from central.domain.evaluation import Evaluation, Ranked, ReasonShare, Totals
from central.domain.tally import ZONE

Cell = str | int | float | None
_COUNTED: Final = (
    "Lượt phát",
    "Đã phát",
    "Phát thiếu",
    "Không phát",
    "Tỷ lệ phát thành công (%)",
    "Phút yêu cầu",
    "Phút đã phát",
)


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """A table with its title, its head, and rows as wide as the head; `widths` are shares of the paper's width."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    widths: tuple[int, ...]


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """What people fill in: who issues the paper, its number, whom it goes to (lines), who made and who signs it."""

    issuer: str = ""
    number: str = ""
    recipients: tuple[str, ...] = ()
    maker: str = ""
    signer: str = ""
    signer_title: str = ""


def tables_of(found: Evaluation) -> tuple[Table, ...]:
    """Return the tables of an evaluation, in the order in which an office reads them; empty ones are left out."""
    made = (
        _whole(found),
        _counted("Theo mức độ ưu tiên", "Mức độ", ((s.word, s.totals) for s in found.priorities)),
        _counted("Theo lĩnh vực", "Lĩnh vực", ((s.word, s.totals) for s in found.fields)),
        _areas(found),
        _reasons("Nguyên nhân phát thiếu, không phát", "Lượt phát", "Phút mất", found.reasons),
        _reasons("Khung giờ không có báo cáo", "Khung giờ", "Phút theo lịch", found.missing),
        _ranked("Nội dung phát nhiều nhất", "Nội dung", found.contents, lambda r: r.name),
        _ranked(
            "Cụm loa cần kiểm tra",
            "Cụm loa",
            found.devices,
            lambda r: f"{r.name} ({r.area})",
        ),
    )
    return tuple(table for table in made if table.rows)


def minutes(ms: int) -> float:
    """Return milliseconds as minutes with one decimal."""
    return round(ms / 60_000, 1)


def share(value: float | None) -> float | None:
    """Return a share in percent with one decimal, None where there is none."""
    return None if value is None else round(value, 1)


def _whole(found: Evaluation) -> Table:
    now, was = found.totals, found.before
    rows: list[tuple[Cell, ...]] = [
        ("Cụm loa đang hoạt động trên địa bàn", found.appliances, None, None),
        ("Bản tin khác nhau đã phát", found.bulletins or None, None, None),
    ]
    lines: tuple[tuple[str, Cell, Cell], ...] = (
        ("Lượt phát", now.plays, was.plays),
        ("Đã phát trọn vẹn", now.sounded, was.sounded),
        ("Phát thiếu", now.partly, was.partly),
        ("Không phát", now.silent, was.silent),
        ("Tỷ lệ phát thành công (%)", share(now.success_pct), share(was.success_pct)),
        ("Thời lượng yêu cầu (phút)", minutes(now.asked_ms), minutes(was.asked_ms)),
        ("Thời lượng đã phát (phút)", minutes(now.sounded_ms), minutes(was.sounded_ms)),
        ("Nghe được tại chỗ (%)", share(now.heard_pct), share(was.heard_pct)),
        ("Khung giờ theo lịch", now.planned, was.planned),
        ("Khung giờ không có báo cáo", now.missed, was.missed),
    )
    rows += [(name, a, b, _change(a, b)) for name, a, b in lines]
    head = ("Chỉ tiêu", "Kỳ này", "Kỳ trước", "Tăng, giảm")
    return Table(title="Tổng hợp", head=head, rows=tuple(rows), widths=(46, 18, 18, 18))


def _change(now: Cell, was: Cell) -> Cell:
    if isinstance(now, str) or isinstance(was, str) or now is None or was is None:
        return None
    return round(now - was, 1)


def _counted(title: str, first: str, parts: Iterable[tuple[str, Totals]]) -> Table:
    rows = tuple((name, *_sums(totals)) for name, totals in parts if totals.plays)
    return Table(title=title, head=(first, *_COUNTED), rows=rows, widths=(30,) + (10,) * 7)


def _areas(found: Evaluation) -> Table:
    rows = tuple(
        (
            row.name or f"{found.name} (trực tiếp)",
            *_sums(row.totals),
            row.totals.missed,
        )
        for row in found.heat
    )
    head = ("Địa bàn", *_COUNTED, "Không có báo cáo")
    return Table(title="Theo địa bàn", head=head, rows=rows, widths=(28,) + (9,) * 8)


def _sums(totals: Totals) -> tuple[Cell, ...]:
    return (
        totals.plays,
        totals.sounded,
        totals.partly,
        totals.silent,
        share(totals.success_pct),
        minutes(totals.asked_ms),
        minutes(totals.sounded_ms),
    )


def _reasons(title: str, counted: str, lost: str, shares: Sequence[ReasonShare]) -> Table:
    rows = tuple((s.word, s.plays, minutes(s.lost_ms)) for s in shares)
    return Table(title=title, head=("Nguyên nhân", counted, lost), rows=rows, widths=(60, 20, 20))


def _ranked(
    title: str, first: str, found: Sequence[Ranked], name: Callable[[Ranked], str]
) -> Table:
    rows = tuple(
        (name(r), r.plays, r.whole, r.short, share(r.success_pct), minutes(r.sounded_ms))
        for r in found
    )
    head = (first, "Lượt phát", "Đã phát", "Không trọn", "Tỷ lệ (%)", "Phút đã phát")
    return Table(title=title, head=head, rows=rows, widths=(45, 11, 11, 11, 11, 11))


LINE_HEAD: Final = (
    "Ngày",
    "Giờ",
    "Cụm loa",
    "Mã thiết bị",
    "Địa bàn",
    "Mã địa bàn",
    "Tiêu đề",
    "Lĩnh vực",
    "Mức độ ưu tiên",
    "Kết quả",
    "Giây yêu cầu",
    "Giây đã phát",
    "Nghe được (%)",
    "Mức âm (dBFS)",
    "Nguyên nhân",
    "Cụm loa báo",
    "Nguồn",
    "Số lượt phát",
)
LOCAL: Final = ZONE
