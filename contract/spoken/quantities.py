"""Numbers of every other kind: telephones, papers, amounts with their units.

Law of the room: a reader answers for its place alone, or says None and leaves it to the next. The comma is
the decimal mark and the point parts thousands; what breaks that is read as the writer most likely meant it.
"""

import re
from typing import Final

from contract.spoken.letters import spelt as spelt_letters
from contract.spoken.numerals import cardinal, decimal, month, ordinal, spelt
from contract.spoken.pieces import Kind, Piece, Read
from contract.spoken.spot import Spot, ends
from contract.spoken.terms import ACRONYMS, MIXED, PAPERS
from contract.spoken.units import MONEY, PER, UNIT, unit_words
from contract.spoken.words import acronym, word

_PAPER: Final = re.compile(
    r"(\d{1,5})(?: ?/ ?([12]\d{3}))?"
    r"( ?/ ?[A-ZĐƯ]{2}[A-Za-zĐƯ]{0,9}\d{0,2}(?:[-/.&][A-ZĐƯ][A-Za-zĐƯ]{0,9}\d{0,2}){0,4}"
    r"|-[A-ZĐƯ]{2,4}/[A-ZĐƯ]{1,9})(?![^\W_])"
)
_CODE: Final = re.compile(r"([A-ZĐƯ][A-Za-zĐƯ]{0,9})(\d{0,2})")

_PHONE: Final = re.compile(r"(?:\+84|0)(?:[ .\-)]{0,2}\d){8,10}(?!\d)")
_SERVICE: Final = re.compile(r"1[89]00(?:[ .-]?[\dxX]){3,6}(?![^\W_])")
_RESCUE: Final = re.compile(r"11\d(?: ?(?:,|/|-|hoặc|và) ?11\d){0,8}(?![\d.,]\d|\d)")
_CALLED: Final = ends(
    r"(?:gọi|tổng đài|hotline|đường dây nóng|điện thoại|đt|sđt|số máy|cấp cứu|cứu nạn|cứu hộ|cứu hỏa|cứu hoả|chữa cháy"
    r"|công an|cảnh sát|pccc)(?: theo| qua| đến| tới)?(?: số)?|(?:theo|qua|đến) số"
)
_IDENTITY: Final = ends(
    r"(?:cccd|cmnd|căn cước|căn cước công dân|định danh|tài khoản|stk|mst|mã số|mã số thuế|mã|số thẻ)"
    r"(?: số)?"
)

_NUMBER: Final = re.compile(
    r"(?P<thousands>\d{1,3}(?:\.\d{3}){1,9}|\d{1,3}(?:,\d{3}){2,9})(?:,(?P<part>\d{1,9}))?(?![\d]|[.,]\d)"
    r"|(?P<section>\d{1,4}(?:\.\d{1,4}){2,9})(?![\d])"
    r"|(?P<list>\d{1,3}(?:,\d{1,3}){2,40})(?!\d)"
    r"|(?P<whole>\d{1,15})[.,](?P<fraction>\d{1,9})(?![\d]|[.,]\d)"
    r"|(?P<plain>\d{1,400})"
)
_METRES: Final = re.compile(r"(\d{1,2})m(\d{2})(?![^\W_])")
_PLATE: Final = re.compile(r"(\d{2})([A-ZĐ]{1,2})(\d?) ?- ?(\d{3})\.?(\d{1,2})(?!\d)")
_SCALE: Final = re.compile(r" ?(nghìn|ngàn|triệu|tỷ|tỉ)(?![^\W_])")
_STROKE: Final = re.compile(r" ?/ ?([^\W\d_]{1,12}[23]?)(?![^\W_])")
_FRACTION: Final = re.compile(r"([123])/([234])(?![\d/]|[.,]\d)")

_LISTED: Final = ends(
    "ấp|khu phố|tổ|thôn|phường|quận|lớp|điều|khoản|ngày|tháng|số|ấp số|tuyến|khu|các ấp"
)
_SECTIONED: Final = ends("mục|điểm|khoản|tiết|phần|bước|chương|phiên bản")
_ORDERED: Final = ends("thứ")
_MONTH: Final = ends("tháng")
_DAY: Final = ends("ngày")
_MONTH_NEXT: Final = re.compile(r" tháng\b")
_PAPER_NAMED: Final = {
    words: ends(rf"(?:{words}|{code.lower()})(?: số)?(?: ?:)?") for code, words in PAPERS.items()
}
_NEVER: Final = re.compile(r"(?!)")


def read_paper(spot: Spot) -> Read | None:
    """Read the number of a document: 12/2025/NĐ-CP, 39/QĐ-UBND, 05-CT/TU."""
    found = _PAPER.match(spot.line, spot.at)
    if not found:
        return None
    number, year, codes = found.groups()
    spoken = [paper_code(code, digits) for code, digits in _CODE.findall(codes)]
    if len(spoken) > 1 and spot.follows(_PAPER_NAMED.get(spoken[0], _NEVER)):
        del spoken[0]  # `Thông tư 39/2020/TT-BTTTT` is not said to be a circular twice
    dated = f" năm {cardinal(year)}" if year else ""
    return Read(found.end(), Piece(f"{cardinal(number)}{dated}, {' '.join(spoken)}"))


def paper_code(code: str, digits: str = "") -> str:
    """Return what one code within a document's number says: NĐ, UBND, QH15."""
    words = PAPERS.get(code) or ACRONYMS.get(code) or MIXED.get(code) or acronym(code)
    return f"{words} {cardinal(digits)}" if digits else words


def read_phone(spot: Spot) -> Read | None:
    """Read a telephone number digit by digit, a short pause between its groups."""
    if found := _PHONE.match(spot.line, spot.at) or _SERVICE.match(spot.line, spot.at):
        groups = re.findall(r"[\dxX]+", found.group())
        if len(groups) == 1:
            whole = groups[0]
            groups = [whole[:4], *(whole[i : i + 3] for i in range(4, len(whole), 3))]
        return Read(found.end(), Piece(", ".join(map(_called, groups)), Kind.QUANTITY))
    if found := _RESCUE.match(spot.line, spot.at):
        numbers = re.findall(r"\d+", found.group())
        if len(numbers) > 1 or spot.follows(_CALLED):
            return Read(found.end(), Piece(", ".join(map(spelt, numbers)), Kind.QUANTITY))
    return None


def _called(group: str) -> str:
    return " ".join("ích" if sign in "xX" else spelt(sign) for sign in group)


def read_number(spot: Spot) -> Read | None:
    """Read a number and the unit behind it."""
    if found := _METRES.match(spot.line, spot.at):
        metres, rest = found.groups()
        words = f"{cardinal(metres)} mét {cardinal(rest)}"
        return Read(found.end(), Piece(words, Kind.QUANTITY))
    if found := _PLATE.match(spot.line, spot.at):
        town, series, digit, first, last = found.groups()
        words = f"{spelt(town)} {spelt_letters(series)} {spelt(digit)}".strip()
        return Read(found.end(), Piece(f"{words}, {spelt(first)} {spelt(last)}", Kind.QUANTITY))
    if found := _FRACTION.match(spot.line, spot.at):
        words = f"{cardinal(found[1])} phần {cardinal(found[2])}"
        return Read(found.end(), Piece(words, Kind.QUANTITY))
    found = _NUMBER.match(spot.line, spot.at)
    if not found:
        return None
    scale = _SCALE.match(spot.line, found.end())
    after = scale.end() if scale else found.end()
    unit = UNIT.match(spot.line, after)
    words = _number(spot, found, money=scale is None and unit is not None and unit[1] in MONEY)
    if scale:
        words += f" {scale[1]}"
    if not unit:
        return Read(after, Piece(words, Kind.QUANTITY))
    end, spoken = _per(spot.line, unit.end(), money=unit[1] in MONEY)
    return Read(end, Piece(f"{words} {unit_words(unit[1])}{spoken}", Kind.QUANTITY))


def _per(line: str, end: int, *, money: bool) -> tuple[int, str]:
    """Return the end and the words of the strokes behind a unit: 25.000 đ/kg, 2 l/người/ngày."""
    spoken = ""
    for _ in range(3):
        found = _STROKE.match(line, end)
        if not found or (len(found[1]) > 1 and found[1].isupper()):
            break
        what = PER.get(found[1]) or word(found[1])
        if not what.replace(" ", "").isalpha():
            break
        spoken += f" {'một' if money or what == found[1] else 'trên'} {what}"
        end = found.end()
    return end, spoken


def _number(spot: Spot, found: re.Match[str], *, money: bool) -> str:
    if thousands := found["thousands"]:
        whole = re.sub(r"\D", "", thousands)
        return decimal(whole, found["part"]) if found["part"] else cardinal(whole)
    if section := found["section"]:
        return " chấm ".join(map(cardinal, section.split(".")))
    if listed := found["list"]:
        return ", ".join(map(cardinal, listed.split(",")))
    if whole := found["whole"]:
        return _parted(spot, whole, found["fraction"], found.group()[len(whole)], money=money)
    return _plain(spot, found["plain"], found.end())


def _parted(spot: Spot, whole: str, fraction: str, mark: str, *, money: bool) -> str:
    if mark == "," and money and len(fraction) == 3:
        return cardinal(whole + fraction)  # 25,000 đồng
    if mark == "," and spot.follows(_LISTED):
        return f"{cardinal(whole)}, {cardinal(fraction)}"
    if mark == "." and spot.follows(_SECTIONED):
        return f"{cardinal(whole)} chấm {cardinal(fraction)}"
    return decimal(whole, fraction)


def _plain(spot: Spot, digits: str, end: int) -> str:
    if spot.follows(_ORDERED):
        return ordinal(digits)
    if spot.follows(_MONTH):
        return month(digits)
    if spot.follows(_DAY) and 1 <= int(digits[:3]) <= 10 and _MONTH_NEXT.match(spot.line, end):
        return f"mùng {cardinal(digits)}"
    if len(digits) >= 10 or (len(digits) >= 5 and spot.follows(_IDENTITY)):
        return ", ".join(spelt(digits[i : i + 3]) for i in range(0, len(digits), 3))
    if len(digits) >= 3 and (digits[0] == "0" or spot.follows(_CALLED)):
        return spelt(digits)
    return cardinal(digits)
