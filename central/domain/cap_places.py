"""Where a CAP message is meant, in our own tree: codes to areas, shapes to the appliances inside them.

Law of the room: pure. A code counts only by a name that we know it under, for the same digits mean another place in
another country's table; what could not be understood is said, never dropped.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import asin, cos, radians, sin, sqrt
from typing import Final

import msgspec

from central.domain.areas import Area, lineage
from central.domain.cap import AREA_CODE_NAME, CapArea, CapCircle, CapPair, Point
from central.domain.drawn import Corner, is_inside
from central.domain.states import State
from contract.area import parent

# names under which others write the official number of a Vietnamese unit; compared without case and signs
OFFICIAL_NAMES: Final = frozenset(
    {"vnmdvhc", "mdvhc", "madvhc", "vngso", "gso", "gsocode", "tcvn", "iso31662", "iso3166"}
)
EARTH_RADIUS_KM: Final = 6_371.0
MOST_AREAS: Final = 200  # that an announcement can name


class CapCode(State, frozen=True, kw_only=True):
    """A code of another system and the area of ours that it stands for."""

    number: int
    root: str
    name: str
    value: str
    area: str


class Placed(msgspec.Struct, frozen=True):
    """An appliance: where it stands in the tree, and on the map where that is known."""

    area: str
    point: Point | None


class Found(State, frozen=True, kw_only=True):
    """The areas that are meant, and what there is to say about them.

    `inside` appliances lie within the shapes; `beside` stand in the same areas outside of them, `unplaced` there
    without coordinates: both will sound as well. `unknown` are codes that lead nowhere.
    """

    areas: tuple[str, ...]
    unknown: tuple[str, ...]
    by_code: int
    inside: int
    beside: int
    unplaced: int
    has_shapes: bool


def key_of(name: str, value: str) -> tuple[str, str]:
    """Return a code as it is compared: names without case and signs, values without case and leading noise."""
    return "".join(c for c in name.casefold() if c.isalnum()), value.strip().casefold()


def find_places(
    blocks: Sequence[CapArea],
    areas: Sequence[Area],
    codes: Iterable[CapCode],
    appliances: Sequence[Placed],
) -> Found:
    """Return which of `areas` the blocks of a message mean; a block's shapes count where its codes lead nowhere."""
    tree = {area.path: area for area in areas}
    table = {key_of(code.name, code.value): code.area for code in codes}
    official = {area.code.casefold(): area.path for area in areas if area.code and not area.closed}
    meant: list[str] = []
    unknown: list[str] = []
    by_code = 0
    shaped: list[CapArea] = []
    for block in blocks:
        coded = [_area_of(pair, tree, table, official) for pair in block.geocodes]
        hits = [path for path in coded if path is not None]
        by_code += len(hits)
        meant += hits
        if not hits:
            unknown += [f"{pair.name}={pair.value}" for pair in block.geocodes]
            if block.polygons or block.circles:
                shaped.append(block)
    inside: list[Placed] = []
    outside: list[Placed] = []
    for one in appliances:
        held = one.point is not None and any(_holds(block, one.point) for block in shaped)
        (inside if held else outside).append(one)
    drawn = _gathered(inside, appliances, tree)
    named = {*meant, *drawn}
    around = [one for one in outside if any(path in drawn for path in lineage(one.area))]
    return Found(
        areas=tuple(sorted(a for a in named if not named & set(lineage(a)[:-1]))),
        unknown=tuple(dict.fromkeys(unknown)),
        by_code=by_code,
        inside=len(inside),
        beside=sum(one.point is not None for one in around),
        unplaced=sum(one.point is None for one in around),
        has_shapes=bool(shaped),
    )


def _area_of(
    pair: CapPair,
    tree: Mapping[str, Area],
    table: Mapping[tuple[str, str], str],
    official: Mapping[str, str],
) -> str | None:
    """Return the area of one code: ours by its path, the operator's table, then the official number."""
    name, value = key_of(pair.name, pair.value)
    if pair.name.strip() == AREA_CODE_NAME:
        return _open(pair.value.strip(), tree)
    mapped = table.get((name, value))
    if mapped is not None:
        return _open(mapped, tree)
    if name in OFFICIAL_NAMES:
        return official.get(value)
    return None


def _open(path: str, tree: Mapping[str, Area]) -> str | None:
    """Return an area that still stands, or what it went into."""
    for _ in range(10):
        found = tree.get(path)
        if found is None or not found.closed:
            return found.path if found else None
        path = found.successor or ""
    return None


def _holds(block: CapArea, point: Point) -> bool:
    return any(is_within(point, polygon) for polygon in block.polygons) or any(
        is_near(point, circle) for circle in block.circles
    )


def is_within(point: Point, polygon: Sequence[Point]) -> bool:
    """Return whether a point lies in a closed polygon, as in a shape that an officer draws."""
    return is_inside(_corner(point), [_corner(corner) for corner in polygon])


def _corner(point: Point) -> Corner:
    return Corner(latitude_deg=point[0], longitude_deg=point[1])


def is_near(point: Point, circle: CapCircle) -> bool:
    """Return whether a point lies within a circle on the sphere."""
    (lat_a, lon_a), (lat_b, lon_b) = point, circle.centre
    half = (
        sin(radians(lat_b - lat_a) / 2) ** 2
        + cos(radians(lat_a)) * cos(radians(lat_b)) * sin(radians(lon_b - lon_a) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half))) <= circle.radius_km


def _gathered(
    inside: Sequence[Placed], appliances: Sequence[Placed], tree: Mapping[str, Area]
) -> frozenset[str]:
    """Return the areas to name for the appliances inside; what holds several only where all of them lie inside.

    Too many for one announcement are gathered further: first where nothing lies outside, then from the deepest up.
    """
    chosen = {one.area for one in inside}
    within = Counter(path for one in inside for path in lineage(one.area))
    whole = Counter(path for one in appliances for path in lineage(one.area))
    children: dict[str, set[str]] = {}
    for path, area in tree.items():
        above = parent(path)
        if above is not None and not area.closed:
            children.setdefault(above, set()).add(path)
    for path in sorted(children, key=lambda p: -p.count("/")):
        if "/" in path and children[path] <= chosen and within[path] == whole[path]:
            chosen = {one for one in chosen if path not in lineage(one)} | {path}
    for wholly in (True, False):
        while len(chosen) > MOST_AREAS:
            deepest = max(path.count("/") for path in chosen)
            ups = {
                above
                for one in chosen
                if one.count("/") == deepest and (above := parent(one)) is not None
                if not wholly or within[above] == whole[above]
            }
            if not ups:
                break
            chosen = {one for one in chosen if not ups & set(lineage(one))} | ups
    return frozenset(chosen)
