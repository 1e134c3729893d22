"""Sameness: a key for what is computed once for the very same values.

Law of the room: pure; identity counts, never equality, because to compare two programmes costs more than
most answers about them.
"""

from operator import is_
from typing import Generic, TypeVarTuple

Values = TypeVarTuple("Values")


class Same(Generic[*Values]):
    """A key that means these very values; it holds them, so that no other can take their identity meanwhile."""

    __slots__ = ("values",)

    def __init__(self, *values: *Values) -> None:
        """Mean `values`, which must not change."""
        self.values = values

    def __hash__(self) -> int:
        return hash(tuple(map(id, self.values)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Same) or len(other.values) != len(self.values):
            return False
        return all(map(is_, self.values, other.values))
