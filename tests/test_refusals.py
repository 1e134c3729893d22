"""The sixty refusals: each is shown by a test that refuses and by a twin that is taken."""

import pytest

from tests.refusals import NOT_YET, REFUSALS, missing, shown, sources

BARE = "import pytest\n"


def marked(*decorators: str, name: str = "test_x") -> dict[str, str]:
    """Return a test file with one test that carries these decorators."""
    return {"tests/test_made.py": BARE + "\n".join(decorators) + f"\ndef {name}():\n    pass\n"}


def test_each_of_the_sixty_has_its_refusal_and_its_twin() -> None:
    """From 1 to 60 every attack has a named test that refuses it and one that takes its honest twin."""
    assert list(REFUSALS) == list(range(1, 61))
    lacking = missing(shown(sources()))
    assert not lacking, "\n".join(["what no test shows:", *lacking])


def test_what_cannot_be_yet_is_not_shown_already() -> None:
    """An exception stands only as long as there is nothing to test."""
    found = shown(sources())
    for number in NOT_YET:
        assert not found[number].refusals, f"take {number} off the list: it is tested now"


def test_a_number_without_its_twin_is_named() -> None:
    """One mark is half a proof: the number is still named; with both it is not."""
    half = missing(shown(marked("@pytest.mark.refusal(16)")))
    whole = missing(shown(marked("@pytest.mark.refusal(16)", "@pytest.mark.refusal_twin(16)")))
    assert any(line.startswith("16 lacks its twin") for line in half)
    assert not any(line.startswith("16 ") for line in whole)
    assert len(whole) == len(REFUSALS) - len(NOT_YET) - 1


def test_a_test_that_is_skipped_proves_nothing() -> None:
    """What does not always run is not counted; a mark on one parameter set is."""
    pair = ("@pytest.mark.refusal(16)", "@pytest.mark.refusal_twin(16)")
    for excuse in ("@pytest.mark.skip()", "@pytest.mark.skipif(True, reason='')"):
        assert not shown(marked(excuse, *pair))[16].refusals
    one_of_many = "@pytest.mark.parametrize('n', [pytest.param(1, marks=pytest.mark.refusal(16))])"
    assert shown(marked(one_of_many))[16].refusals == ["tests/test_made.py::test_x"]


@pytest.mark.parametrize("mark", ["refusal()", "refusal(0)", "refusal(61)", "refusal(n)"])
def test_a_mark_names_one_of_the_sixty(mark: str) -> None:
    """A mark without a number, with another, or on what is no test is a mistake, told with its place."""
    shown(marked("@pytest.mark.refusal(1)"))
    with pytest.raises(ValueError, match=r"test_made\.py"):
        shown(marked(f"@pytest.mark.{mark}"))
    with pytest.raises(ValueError, match="stands on a test"):
        shown(marked("@pytest.mark.refusal(1)", name="helper"))
