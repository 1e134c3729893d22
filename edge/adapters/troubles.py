"""Troubles: what a hand says of its own failures.

Law of the room: a failure is told once, in words that name the next step; again only when the words
change; and its end is told too.
"""

import threading
from collections.abc import Callable, Iterable

from edge.core.events import HandFailed, HandName, HandRecovered, Happening


class Troubles:
    """The present complaints of one hand, from any of its threads."""

    def __init__(self, post: Callable[[Happening], None], hand: HandName) -> None:
        self._post, self._hand = post, hand
        self._why = ""
        self._lock = threading.Lock()

    def judge(self, complaints: Iterable[str]) -> None:
        """Tell these complaints if they are new, or that there are none any more."""
        with self._lock:
            before, self._why = self._why, "; ".join(dict.fromkeys(complaints))
            if self._why and self._why != before:
                self._post(HandFailed(hand=self._hand, why=self._why))
            elif before and not self._why:
                self._post(HandRecovered(hand=self._hand))
