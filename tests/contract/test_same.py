"""Sameness: the very same values make the same key, equal ones do not."""

from contract.same import Same
from tests.contract.drawn import programme


def test_the_very_same_values_are_one_key() -> None:
    """Two keys of the same values are alike, as long as order and number are."""
    one, two = programme(()), programme((), zone="Asia/Bangkok")
    assert Same(one, two) == Same(one, two)
    assert hash(Same(one, two)) == hash(Same(one, two))
    assert Same(one, two) != Same(two, one)
    assert Same(one) != Same(one, two)
    assert Same(one) != one


def test_an_equal_value_is_another_key() -> None:
    """What is only equal is not the same: it may be compared by whoever has the time."""
    one, equal = programme(()), programme(())
    assert one == equal
    assert Same(one) != Same(equal)
    assert len({Same(one), Same(equal), Same(one)}) == 2
