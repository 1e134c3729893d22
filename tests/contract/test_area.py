"""The area tree: who is above whom, by whole segments."""

import pytest

from contract.area import is_at_or_below, is_strictly_below, parent, segments


@pytest.mark.parametrize(
    ("area", "ancestor", "below"),
    [
        ("dt", "dt", True),
        ("dt/my-phong", "dt", True),
        ("dt/my-phong/ap-1", "dt", True),
        ("dt/my-phong/ap-1", "dt/my-phong", True),
        ("dt", "dt/my-phong", False),
        ("dt/my-phong", "dt/my-phon", False),
        ("dt/ap-10", "dt/ap-1", False),
        ("dt/ap-1", "dt/ap-10", False),
        ("dtx", "dt", False),
        ("dt/a", "dt/b", False),
        ("xx/dt", "dt", False),
    ],
)
def test_below_goes_by_whole_segments(area: str, ancestor: str, *, below: bool) -> None:
    """An area is below another only where all names of the other agree from the root."""
    assert is_at_or_below(area, ancestor) is below
    assert is_strictly_below(area, ancestor) is (below and area != ancestor)


@pytest.mark.parametrize("broken", ["", "dt//ap", "/dt", "dt/", "/"])
def test_a_path_with_a_gap_lies_in_no_tree(broken: str) -> None:
    """A path with an empty name is at or below nothing, not even itself, and above nothing."""
    assert not is_at_or_below(broken, "dt")
    assert not is_at_or_below("dt/x", broken)
    assert not is_at_or_below(broken, broken)


def test_parent_and_segments_walk_the_path() -> None:
    """Segments run from the root down; the parent drops the last, and a root has none."""
    assert segments("dt/my-phong/ap-1") == ("dt", "my-phong", "ap-1")
    assert parent("dt/my-phong/ap-1") == "dt/my-phong"
    assert parent("dt") is None
