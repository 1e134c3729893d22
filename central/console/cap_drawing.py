"""The map of a warning of others: its shapes and our appliances near them, as one drawing.

Law of the room: pure numbers; x grows to the east, y to the south, fitted to the shapes with a margin. The words beside
the drawing say the same.
"""

from math import cos, pi, radians, sin
from typing import Final

import msgspec

from central.domain.cap import Point
from central.domain.cap_states import CapDrawing

WIDTH: Final = 600.0
MOST_HEIGHT: Final = 520.0
KM_PER_DEG: Final = 111.2
_MARGIN: Final = 0.12


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """The drawing: its size, each shape as the points of a line, and dots inside and outside of them."""

    width: int
    height: int
    shapes: tuple[str, ...]
    inside: tuple[tuple[float, float], ...]
    outside: tuple[tuple[float, float], ...]


def drawn(found: CapDrawing) -> Drawn | None:
    """Return the drawing of a message's shapes, None when it has none."""
    lines = [*found.polygons, *(_ring(*circle) for circle in found.circles)]
    points = [point for line in lines for point in line]
    if not points:
        return None
    south, north = min(p[0] for p in points), max(p[0] for p in points)
    west, east = min(p[1] for p in points), max(p[1] for p in points)
    stretch = max(cos(radians((south + north) / 2)), 0.05)
    wide, high = max((east - west) * stretch, 0.001), max(north - south, 0.001)
    scale = min(
        WIDTH * (1 - 2 * _MARGIN) / wide,
        MOST_HEIGHT * (1 - 2 * _MARGIN) / high,
    )
    height = high * scale + 2 * _MARGIN * WIDTH
    left = (WIDTH - wide * scale) / 2

    def at(point: Point) -> tuple[float, float]:
        x = left + (point[1] - west) * stretch * scale
        y = _MARGIN * WIDTH + (north - point[0]) * scale
        return round(x, 1), round(y, 1)

    def seen(points: tuple[Point, ...]) -> tuple[tuple[float, float], ...]:
        placed = (at(point) for point in points)
        return tuple((x, y) for x, y in placed if 0 <= x <= WIDTH and 0 <= y <= height)

    shapes = (" ".join("{},{}".format(*at(point)) for point in line) for line in lines)
    return Drawn(
        width=round(WIDTH),
        height=round(height),
        shapes=tuple(shapes),
        inside=seen(found.inside),
        outside=seen(found.outside),
    )


def _ring(latitude_deg: float, longitude_deg: float, radius_km: float) -> tuple[Point, ...]:
    """Return a circle as a line of 48 points; one of no size is drawn as 300 m."""
    up = max(radius_km, 0.3) / KM_PER_DEG
    across = up / max(cos(radians(latitude_deg)), 0.05)
    turns = (2 * pi * n / 48 for n in range(49))
    return tuple((latitude_deg + up * sin(t), longitude_deg + across * cos(t)) for t in turns)
