"""The heeds: what staff should know and do about it.

Law of the room: pure; derived from the view alone, the gravest first, each with its next step.
"""

from typing import Final

import msgspec

from contract.documents import InputKind
from edge.core.moment import Clock
from edge.core.page import PageView
from edge.web.words import Words

NETWORK: Final = frozenset({"courier", "ear", "herald", "neighbours"})
STORE: Final = frozenset({"shelf", "ledger"})
MILD: Final = NETWORK | {"vitals", "microphone", "tuner"}


class Heed(msgspec.Struct, frozen=True):
    """Something staff should know: how grave, what it is, what to do, and the part's own words."""

    grave: bool
    what: str
    do: str
    detail: str = ""


def heed_of(view: PageView, words: Words) -> tuple[Heed, ...]:
    """Return what needs attention, the gravest first, each with what to do."""
    found: list[Heed] = []

    def add(key: str, *, grave: bool, **values: object) -> None:
        found.append(Heed(grave, words(f"heed.{key}", **values), words(f"heed.{key}.do")))

    if view.silenced:
        add("silenced", grave=True)
    if view.retired or not view.assigned:
        add("retired" if view.retired else "unassigned", grave=True)
    found += [_hand_fault(fault, words) for fault in view.faults]
    for zone in view.zones:
        if zone.stuck:
            add("stuck", grave=True, zone=zone.title)
    if view.mains is False:
        add("mains", grave=True)
    for wired in view.inputs:
        if wired.alarm and wired.kind is not InputKind.MAINS:
            add("input", grave=True, input=wired.title)
    if view.vitals.under_voltage:
        add("voltage", grave=True)
    if view.clock is Clock.UNKNOWN:
        add("clock", grave=True)
    if not view.central:
        add("central", grave=False)
    if view.programme_stale:
        add("stale", grave=False)
    if view.contents_missing:
        add("missing", grave=False, n=view.contents_missing)
    return tuple(sorted(found, key=lambda heed: not heed.grave))


def _hand_fault(fault: str, words: Words) -> Heed:
    hand, _, detail = fault.partition(": ")
    name = hand if words.has(f"hand.{hand}") else "other"
    advice = "network" if hand in NETWORK else "store" if hand in STORE else name
    if not words.has(f"hand.{advice}.do"):
        advice = "other"
    what = words("heed.hand", hand=words(f"hand.{name}"))
    return Heed(hand not in MILD, what, words(f"hand.{advice}.do"), detail or fault)
