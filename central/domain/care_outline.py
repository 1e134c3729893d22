"""The outline that a map is drawn on, read from GeoJSON that an operator has.

Law of the room: pure. Only lines are taken, never names or styles; coordinates are degrees, longitude first.
"""

from typing import Final

import msgspec

from central.domain.errors import TooLarge, Unacceptable

MOST_BYTES: Final = 4_000_000
MOST_POINTS: Final = 60_000
FEWEST: Final = 2
_DEEP: Final = 6

Line = tuple[tuple[float, float], ...]
Outline = tuple[Line, ...]
_DECODER: Final = msgspec.json.Decoder(Outline)


def read_outline(data: bytes) -> Outline:
    """Return the lines of a GeoJSON file, rounded to a metre; raises `Unacceptable` saying what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise TooLarge("Tệp đường viền lớn quá 4 MB; hãy đơn giản hóa bằng công cụ bản đồ.")
    try:
        found = msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as fault:
        raise _bad("không phải JSON") from fault
    lines: list[Line] = []
    _gather(found, lines, _DEEP)
    if not lines:
        raise _bad("không thấy đường nào (cần Polygon, MultiPolygon hoặc LineString)")
    if sum(len(line) for line in lines) > MOST_POINTS:
        raise TooLarge(f"Đường viền quá {MOST_POINTS} điểm; hãy đơn giản hóa.")
    return tuple(lines)


def pack_outline(outline: Outline) -> str:
    """Return an outline as it is kept."""
    return msgspec.json.encode(outline).decode()


def unpack_outline(text: str) -> Outline:
    """Return an outline that was kept."""
    return _DECODER.decode(text)


def _gather(found: object, lines: list[Line], deep: int) -> None:
    if not isinstance(found, dict) or deep == 0:
        raise _bad("cấu trúc lạ")
    match found.get("type"):
        case "FeatureCollection":
            for feature in _list(found.get("features")):
                _gather(feature, lines, deep - 1)
        case "GeometryCollection":
            for geometry in _list(found.get("geometries")):
                _gather(geometry, lines, deep - 1)
        case "Feature":
            if found.get("geometry") is not None:
                _gather(found["geometry"], lines, deep - 1)
        case "LineString":
            lines.append(_line(found.get("coordinates")))
        case "Polygon" | "MultiLineString":
            lines.extend(_line(ring) for ring in _list(found.get("coordinates")))
        case "MultiPolygon":
            for polygon in _list(found.get("coordinates")):
                lines.extend(_line(ring) for ring in _list(polygon))
        case "Point" | "MultiPoint":
            pass
        case other:
            raise _bad(f"loại “{str(other)[:30]}” lạ")


def _list(found: object) -> list[object]:
    if not isinstance(found, list):
        raise _bad("thiếu danh sách tọa độ")
    return found


def _line(found: object) -> Line:
    points = tuple(_point(point) for point in _list(found))
    if len(points) < FEWEST:
        raise _bad("có đường chỉ một điểm")
    return points


def _point(found: object) -> tuple[float, float]:
    if not isinstance(found, list) or len(found) < 2:
        raise _bad("có điểm thiếu tọa độ")
    longitude, latitude = found[0], found[1]
    for value, most in ((longitude, 180.0), (latitude, 90.0)):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not -most <= value <= most
        ):
            raise _bad("có điểm ngoài khoảng kinh độ ±180, vĩ độ ±90 (hệ tọa độ WGS 84)")
    return round(float(longitude), 5), round(float(latitude), 5)


def _bad(why: str) -> Unacceptable:
    return Unacceptable(f"Tệp GeoJSON chưa đúng: {why}.", "bad-outline")
