"""Dates and times of day.

Law of the room: a reader answers for its place alone, or says None and leaves it to the next. What can be a
date or a fraction (`12/9`) is a date unless its neighbours count something.
"""

import re
from typing import Final

from contract.spoken.numerals import cardinal, month
from contract.spoken.pieces import Kind, Piece, Read
from contract.spoken.spot import Spot, ends

_LENGTHS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_ISO: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?!\d)")
_FULL: Final = re.compile(r"(\d{1,2})(?P<sep> ?/ ?|-|\.)(\d{1,2})(?P=sep)([12]\d{3})(?!\d)")
_SHORT_YEAR: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})(?![\d/])")
_SPAN: Final = re.compile(r"(\d{1,2}) ?- ?(\d{1,2}) ?/ ?(\d{1,2})(?: ?/ ?([12]\d{3}))?(?![\d/])")
_DAY_MONTH: Final = re.compile(r"(\d{1,2}) ?/ ?(\d{1,2})(?![\d/]|[.,]\d)")
_DASHED: Final = re.compile(r"(\d{1,2})-(\d{1,2})(?![\d/-]|[.,]\d| ?[%°]| ?m\b| tháng)")
_MONTH_YEAR: Final = re.compile(r"(\d{1,4}) ?[/-] ?((?:19|20|21)\d{2})(?![\d/])")

_AFTER_DAY: Final = ends("ngày|mùng|mồng")
_AFTER_MUNG: Final = ends("mùng|mồng")
_AFTER_MONTH: Final = ends("tháng")
_DATED: Final = ends(
    "ngày|hôm|sáng|trưa|chiều|tối|đêm|mùng|mồng|lễ|dịp|mừng|niệm|khánh|tết"
    r"|\d{1,2}[-/]\d{1,2}(?: ?,| và| đến| hoặc)"
)
_ON_A_DAY: Final = ends("ngày|hôm|sáng|chiều|tối|từ|đến|hết|trước|sau|và")
_NUMBERED: Final = ends(
    "nghị định|thông tư|quyết định|nghị quyết|chỉ thị|kế hoạch|công văn|luật|thông báo|quý|kỳ|đợt|lần"
    "|số|tuần|khóa|khoá|vụ"
)
_COUNTED_BEFORE: Final = ends(
    "tỷ lệ|tỉ lệ|đạt|chiếm|hơn|gần|có|được|hẻm|ngõ|ngách|kiệt|nhà|số|thửa|tờ|lớp|trực|phục vụ|hoạt động|liên tục|suốt"
)
_COUNTED_AFTER: Final = re.compile(
    r" ?(?:hộ|xã|ấp|phường|phiếu|đại biểu|người|trẻ|thôn|khu|điểm|số|dân|diện tích|tổng|chỉ tiêu|tiêu chí"
    r"|nhà|trường|lớp|cháu|em|học sinh|đảng viên|chi bộ|tổ|cụm|loa|mũi|ha|tấn|phần|đơn vị)\b"
)
_SCORE: Final = ends("tỷ số|tỉ số|thắng|thua|hòa")

_HOUR: Final = re.compile(
    r"(\d{1,2}) ?(?P<mark>giờ|[hHg])(?![^\W\d_])"
    r"(?:(?:(\d{1,2})| (\d{1,2})(?!-\d{1,2}(?! ?[hHg:]| ?giờ)))(?!\d|[.,/:]\d| ?[%h]| ?giờ)"
    r"(?: ?(?:phút|ph|p|')(?![^\W\d_]))?)?"
)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?!\d)(?: ?(?:giờ|[hH])(?![^\W_]))?")
_TIMED: Final = ends("lúc|từ|đến|tới|vào|khoảng|trước|sau|hồi|-")


def read_date(spot: Spot) -> Read | None:
    """Read a date, a span of days within one month, or a month with its year."""
    if found := _ISO.match(spot.line, spot.at):
        year, mon, day = found.groups()
        return _dated(spot, found.end(), day, mon, year)
    for pattern in (_FULL, _SHORT_YEAR):
        if found := pattern.match(spot.line, spot.at):
            day, mon, year = found.group(1), found.groups()[-2], found.groups()[-1]
            whole = f"20{year}" if len(year) == 2 else year
            if read := _dated(spot, found.end(), day, mon, whole):
                return read
    if found := _SPAN.match(spot.line, spot.at):
        first, last, mon, year = found.groups()
        if _is_day(first, mon) and _is_day(last, mon) and int(first) < int(last):
            words = f"{_day(spot, first)} đến {_day_number(last)} {_month_year(mon, year)}"
            return Read(found.end(), Piece(words, Kind.DATE))
    return _month_of_year(spot) or _day_of_month(spot)


def _month_of_year(spot: Spot) -> Read | None:
    found = _MONTH_YEAR.match(spot.line, spot.at)
    if not found:
        return None
    number, year = found.groups()
    spoken_year = f"năm {cardinal(year)}"
    if "/" in found.group() and spot.follows(_NUMBERED):
        return Read(found.end(), Piece(f"{cardinal(number)} {spoken_year}", Kind.DATE))
    if not 1 <= int(number) <= 12:
        return None
    prefix = "" if spot.follows(_AFTER_MONTH) else "tháng "
    return Read(found.end(), Piece(f"{prefix}{month(number)} {spoken_year}", Kind.DATE))


def _day_of_month(spot: Spot) -> Read | None:
    if found := _DAY_MONTH.match(spot.line, spot.at):
        day, mon = found.groups()
        counted = _COUNTED_AFTER.match(spot.line, found.end()) or spot.follows(_COUNTED_BEFORE)
        counted = counted or (found.group() == "24/7" and not spot.follows(_ON_A_DAY))
        return None if counted else _dated(spot, found.end(), day, mon, None)
    if found := _DASHED.match(spot.line, spot.at):
        day, mon = found.groups()
        counted = _COUNTED_AFTER.match(spot.line, found.end()) or spot.follows(_SCORE)
        if not counted and (int(day) > int(mon) or spot.follows(_DATED)):
            return _dated(spot, found.end(), day, mon, None)
    return None


def _dated(spot: Spot, end: int, day: str, mon: str, year: str | None) -> Read | None:
    if not _is_day(day, mon):
        return None
    return Read(end, Piece(f"{_day(spot, day)} {_month_year(mon, year)}", Kind.DATE))


def _is_day(day: str, mon: str) -> bool:
    return 1 <= int(mon) <= 12 and 1 <= int(day) <= _LENGTHS[int(mon) - 1]


def _day(spot: Spot, day: str) -> str:
    if spot.follows(_AFTER_MUNG):
        return cardinal(day)
    return _day_number(day) if spot.follows(_AFTER_DAY) else f"ngày {_day_number(day)}"


def _day_number(day: str) -> str:
    return f"mùng {cardinal(day)}" if int(day) <= 10 else cardinal(day)


def _month_year(mon: str, year: str | None) -> str:
    return f"tháng {month(mon)}" + (f" năm {cardinal(year)}" if year else "")


def read_time(spot: Spot) -> Read | None:
    """Read a time of day, or a number of hours: 5h30, 17 giờ 15, 05:30."""
    if found := _CLOCK.match(spot.line, spot.at):
        hour, minute, _ = found.groups()
        if int(hour) <= 24 and int(minute) <= 59:
            return Read(found.end(), Piece(_time(hour, minute), Kind.QUANTITY))
    if found := _HOUR.match(spot.line, spot.at):
        hour, mark, minute = found[1], found["mark"], found[3] or found[4]
        if minute and int(minute) > 59:
            return None
        if mark == "g" and not (minute or (int(hour) <= 24 and spot.follows(_TIMED))):
            return None  # as many grams
        if mark == "g" and spot.line[found.end() : found.end() + 1] == "/":
            return None
        return Read(found.end(), Piece(_time(hour, minute), Kind.QUANTITY))
    return None


def _time(hour: str, minute: str | None) -> str:
    spoken = f"{cardinal(hour)} giờ"
    return f"{spoken} {cardinal(minute)} phút" if minute and int(minute) else spoken
