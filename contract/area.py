"""The area tree, as far as paths tell: who is above whom.

Law of the room: pure text. A path is segments joined by "/"; depth is data and no level has a
meaning here. Comparison is by whole segments, so `dt/ap-1` is not above `dt/ap-10`. A path with an
empty segment lies in no tree: it is at or below nothing and above nothing.
"""

from contract.documents import AreaPath


def segments(area: AreaPath) -> tuple[str, ...]:
    """Return the names from the root down to `area`."""
    return tuple(area.split("/"))


def parent(area: AreaPath) -> AreaPath | None:
    """Return the area directly above, or None for a root."""
    above, slash, _ = area.rpartition("/")
    return above if slash else None


def is_at_or_below(area: AreaPath, ancestor: AreaPath) -> bool:
    """Return whether `area` is `ancestor` or lies under it."""
    inner, outer = segments(area), segments(ancestor)
    return all(inner) and inner[: len(outer)] == outer


def is_strictly_below(area: AreaPath, ancestor: AreaPath) -> bool:
    """Return whether `area` lies under `ancestor` and is not the same."""
    return area != ancestor and is_at_or_below(area, ancestor)
