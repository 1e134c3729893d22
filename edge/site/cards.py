"""Sound cards as the kernel lists them, and the one that an installer means.

Law of the room: pure; `/proc/asound/cards` is passed in as text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_LINE: Final = re.compile(r"\s*(\d+) \[(\S+)\s*\]: (.*)")


@dataclass(frozen=True)
class Card:
    """A sound card: the id by which ALSA opens it, and its names as one line for people."""

    id: str
    title: str


def read_cards(text: str) -> tuple[Card, ...]:
    """Return the cards of `/proc/asound/cards`, in the kernel's order; none when there is no sound at all."""
    cards: list[Card] = []
    for line in text.splitlines():
        if found := _LINE.fullmatch(line):
            cards.append(Card(found[2], found[3].strip()))
        elif cards and line.strip():
            last = cards[-1]
            cards[-1] = Card(last.id, f"{last.title}, {line.strip()}")
    return tuple(cards)


def meant(name: str, cards: Sequence[Card]) -> Card | None:
    """Return the card that `name` names: its very id first, else the first with the name in it, in any case."""
    wanted = name.casefold()
    for card in cards:
        if card.id.casefold() == wanted:
            return card
    for card in cards:
        if wanted in f"{card.id} {card.title}".casefold():
            return card
    return None
