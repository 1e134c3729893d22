"""A table of places to plan, as an office writes it; comma or semicolon, UTF-8, one place a line.

Law of the room: pure; every fault is told at once, with its line, and what is at fault is never half read.

    id         short name, lower case without marks: my-phong-cho                   required
    title      what people call the place: Cụm loa Chợ Mỹ Phong                     required
    area       path of its area: dt/my-phong/kp-1                                   required
    zones      amplifier lines, name:pin or name:pin:title, with | between them:    san:17:Sân chợ|duong:27
    latitude, longitude            degrees with a decimal point: 10.36
    max_minutes_per_session, max_minutes_per_day                                    0 or empty: no quota
    like       another place, of this table or planned already: what this line leaves empty is as there
               (zones, inputs, switches, rules, staff; never the coordinates)
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

import msgspec

from central.domain.areas import PATH
from central.domain.sites import Template
from contract.documents import Zone

T = TypeVar("T")
REQUIRED: Final = ("id", "title", "area")
COLUMNS: Final = (
    *REQUIRED,
    "zones",
    "latitude",
    "longitude",
    "max_minutes_per_session",
    "max_minutes_per_day",
    "like",
)
MOST_ROWS: Final = 5_000
MOST_FAULTS: Final = 100
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")


class SiteLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line that can be read; `own` are the template's fields that it gives itself."""

    line: int
    id: str
    title: str
    area: str
    like: str
    own: Mapping[str, object]


class Table(msgspec.Struct, frozen=True):
    """What a table says, and every fault in it; with a fault nothing of it may be used."""

    lines: tuple[SiteLine, ...]
    faults: tuple[str, ...]


def read_table(text: str) -> Table:
    """Return the lines of a table and all its faults."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    separator = ";" if head.count(";") > head.count(",") else ","
    try:
        reader = csv.reader(io.StringIO(text), delimiter=separator)
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as fault:
        return Table((), (f"Bảng không đọc được như CSV: {fault}.",))
    if not rows:
        return Table((), ("Bảng trống: dòng đầu phải là tên cột, ví dụ id,title,area.",))
    names = [cell.strip().lower() for cell in rows[0][1]]
    if faults := _faults_of_head(names):
        return Table((), faults)
    if len(rows) - 1 > MOST_ROWS:
        return Table((), (f"Bảng quá {MOST_ROWS} vị trí: hãy chia nhỏ.",))
    lines: list[SiteLine] = []
    told: list[str] = []
    for number, row in rows[1:]:
        cells = {name: cell.strip() for name, cell in zip(names, row, strict=False)}
        faults_here = [*_extra_cells(names, row), *_faults_of(cells)]
        told += [f"Dòng {number}: {fault}" for fault in faults_here]
        if not faults_here:
            lines.append(_line(number, cells))
    told += _twice(lines)
    if not lines and not told:
        told.append("Bảng chỉ có tên cột, chưa có vị trí nào.")
    return Table(tuple(lines), tuple(told[:MOST_FAULTS]))


def template_of(line: SiteLine, like: Template) -> Template:
    """Return what the appliance of this line is told, the rest `like`; raises `ValueError` when it makes no sense."""
    own = dict(line.own)
    quotas = {name: own.pop(name) for name in list(own) if name.startswith("max_minutes")}
    if quotas:
        own["policy"] = msgspec.structs.replace(like.policy, **quotas)
    own.setdefault("latitude_deg", None)
    own.setdefault("longitude_deg", None)
    return msgspec.structs.replace(like, **own)


def _faults_of_head(names: list[str]) -> tuple[str, ...]:
    faults = [f"Thiếu cột {name}." for name in REQUIRED if name not in names]
    known = ", ".join(COLUMNS)
    faults += [
        f"Không có cột “{name[:40]}”; các cột là {known}." for name in names if name not in COLUMNS
    ]
    faults += [f"Cột {name} lặp lại." for name in dict.fromkeys(names) if names.count(name) > 1]
    return tuple(faults)


def _extra_cells(names: list[str], row: list[str]) -> list[str]:
    if any(cell.strip() for cell in row[len(names) :]):
        return ["nhiều ô hơn số cột; ô có dấu phẩy phải đặt trong ngoặc kép."]
    return []


def _faults_of(cells: Mapping[str, str]) -> Iterable[str]:
    name, area = cells.get("id", ""), cells.get("area", "")
    if not _SLUG.fullmatch(name):
        yield (
            f"mã vị trí “{name[:40]}” không đúng: 1–40 chữ thường không dấu, số, gạch nối, "
            "ví dụ my-phong-cho."
        )
    title = cells.get("title", "")
    if not 1 <= len(title) <= 200 or not title.isprintable():
        yield "tên vị trí cần từ 1 đến 200 chữ."
    if len(area) > 200 or not PATH.fullmatch(area):
        yield f"mã địa bàn “{area[:60]}” không đúng, ví dụ dt/my-phong/kp-1."
    like = cells.get("like", "")
    if like and not _SLUG.fullmatch(like):
        yield f"cột like “{like[:40]}” không phải mã vị trí."
    for column, reads in _READERS.items():
        if cells.get(column):
            try:
                reads(cells[column])
            except ValueError as fault:
                yield f"cột {column}: {fault}"
    if bool(cells.get("latitude")) != bool(cells.get("longitude")):
        yield "cần đủ cả latitude và longitude, hoặc để trống cả hai."


def _line(number: int, cells: Mapping[str, str]) -> SiteLine:
    own = {
        _FIELDS.get(column, column): reads(cells[column])
        for column, reads in _READERS.items()
        if cells.get(column)
    }
    return SiteLine(
        line=number,
        id=cells["id"],
        title=cells["title"],
        area=cells["area"],
        like=cells.get("like", ""),
        own=own,
    )


def _twice(lines: Iterable[SiteLine]) -> Iterable[str]:
    first: dict[str, int] = {}
    for line in lines:
        seen = first.setdefault(line.id, line.line)
        if seen != line.line:
            yield f"Dòng {line.line}: mã vị trí {line.id} đã có ở dòng {seen}."


def _zones(text: str) -> tuple[Zone, ...]:
    zones = [_zone(part.strip()) for part in text.split("|")]
    if len(zones) > 8:
        msg = "một cụm loa có nhiều nhất 8 vùng."
        raise ValueError(msg)
    if len({z.name for z in zones}) < len(zones) or len({z.relay_pin for z in zones}) < len(zones):
        msg = "hai vùng trùng tên hoặc trùng chân rơ-le."
        raise ValueError(msg)
    return tuple(zones)


def _zone(text: str) -> Zone:
    name, _, rest = text.partition(":")
    pin, _, title = rest.partition(":")
    if not _SLUG.fullmatch(name) or not pin.strip().isdecimal() or int(pin) > 53:
        msg = f"“{text[:60]}” phải có dạng tên:chân hoặc tên:chân:tiêu đề, chân BCM từ 0 đến 53."
        raise ValueError(msg)
    return Zone(name=name, title=title.strip()[:200] or name, relay_pin=int(pin))


def _degrees(most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = most + 1
        if not -most <= value <= most:
            msg = f"“{text[:20]}” phải là số độ từ -{most:g} đến {most:g}, dấu chấm thập phân."
            raise ValueError(msg)
        return value

    return read


def _minutes(text: str) -> int:
    if not text.isdecimal() or len(text) > 4 or int(text) > 1_440:
        msg = f"“{text[:20]}” phải là số phút từ 0 đến 1440."
        raise ValueError(msg)
    return int(text)


_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "zones": _zones,
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "max_minutes_per_session": _minutes,
    "max_minutes_per_day": _minutes,
}
_FIELDS: Final = {"latitude": "latitude_deg", "longitude": "longitude_deg"}
