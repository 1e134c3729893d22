"""Whether a place lies within a shape that was drawn on the map.

Law of the room: pure, on the plane of degrees: a province is small enough, and a border is drawn by hand anyway.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import cos, hypot, radians
from typing import Annotated, Final

import msgspec
from msgspec import Meta

METRES_PER_DEG: Final = 111_195.0  # of latitude, on a sphere of the earth's mean radius


class Corner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place by its coordinates (WGS 84, degrees)."""

    latitude_deg: Annotated[float, Meta(ge=-90, le=90)]
    longitude_deg: Annotated[float, Meta(ge=-180, le=180)]


def is_inside(place: Corner, corners: Sequence[Corner]) -> bool:
    """Return whether `place` lies in the closed shape of `corners`, by the even-odd rule; fewer than 3 hold none."""
    if len(corners) < 3:
        return False
    inside = False
    for one, two in pairwise((*corners, corners[0])):
        north, south = one.latitude_deg > place.latitude_deg, two.latitude_deg > place.latitude_deg
        if north == south:
            continue
        share = (place.latitude_deg - one.latitude_deg) / (two.latitude_deg - one.latitude_deg)
        crossing = one.longitude_deg + share * (two.longitude_deg - one.longitude_deg)
        inside ^= place.longitude_deg < crossing
    return inside


def distance_m(one: Corner, two: Corner) -> float:
    """Return how many metres two places are apart, true to a percent within a province."""
    middle = radians((one.latitude_deg + two.latitude_deg) / 2)
    east = (two.longitude_deg - one.longitude_deg) * cos(middle)
    return METRES_PER_DEG * hypot(two.latitude_deg - one.latitude_deg, east)
