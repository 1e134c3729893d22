"""The checks: the appliance in rows of green and red, for somebody on a ladder.

Law of the room: pure; a gauge that is not there is neither good nor bad, and says so.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from contract.documents import Check, InputKind, Vitals
from edge.core.moment import Clock
from edge.core.page import PageView
from edge.web.phrases import clock_words, size_words
from edge.web.words import Words

HOT_C, WARM_C = 80.0, 70.0
WORN_PCT, WEARY_PCT = 100, 80
LOW_MEMORY_BYTES: Final = 50_000_000
LOW_STORAGE_BYTES: Final = 200_000_000
WEAK_SIGNAL_PCT: Final = 20


class Lamp(StrEnum):
    """How one thing is; shown as a shape and a word, never by colour alone."""

    GOOD = "good"
    MIND = "mind"
    BAD = "bad"
    NONE = "none"


ORDER: Final = (Lamp.BAD, Lamp.MIND, Lamp.NONE, Lamp.GOOD)


class Row(msgspec.Struct, frozen=True):
    """One row: its lamp, what was looked at, and the finding."""

    lamp: Lamp
    what: str
    fact: str = ""
    tongue: str = ""


class Verdict(msgspec.Struct, frozen=True):
    """The one line that is read first."""

    lamp: Lamp
    text: str
    do: str


def rows_of(checks: Iterable[Check], view: PageView, words: Words) -> tuple[Row, ...]:
    """Return what a readiness or a self-test found, the faults first."""
    rows = (
        Row(_lamp_of(check), item_words(check.name, view, words), check.why, "vi")
        for check in checks
    )
    return tuple(sorted(rows, key=lambda row: ORDER.index(row.lamp)))


def _lamp_of(check: Check) -> Lamp:
    if not check.ok:
        return Lamp.BAD
    return Lamp.MIND if check.why else Lamp.GOOD


def item_words(name: str, view: PageView, words: Words) -> str:
    """Return what a check looked at as people call it: a zone by its title, a part by its word."""
    if words.has(f"item.{name}") and name != "zone":
        return words(f"item.{name}")
    titles = {zone.name: zone.title for zone in view.zones}
    part, _, zone = name.partition("-")
    title = titles.get(zone) or titles.get(name)
    if title is None:
        return name.replace("-", " ")
    if title == titles.get(name) or part == "zone" or not words.has(f"item.{part}"):
        return words("item.zone", name=title)
    return f"{words(f'item.{part}')}: {title}"


def verdict_of(view: PageView, words: Words) -> Verdict:
    """Return whether the appliance is fit to sound, from all that was looked at and is measured."""
    looked = (view.readiness.checks if view.readiness else ()) + (
        view.test.checks if view.test else ()
    )
    everything = (*rows_of(looked, view, words), *wiring_of(view, words), *machine_of(view, words))
    bad = {row.what for row in everything if row.lamp is Lamp.BAD}
    if bad:
        return Verdict(Lamp.BAD, words("check.faults", n=len(bad)), words("check.faults.do"))
    if not looked:
        return Verdict(Lamp.NONE, words("check.never"), words("check.never.do"))
    return Verdict(Lamp.GOOD, words("check.ready"), words("check.ready.do"))


def wiring_of(view: PageView, words: Words) -> tuple[Row, ...]:
    """Return the zones and the wired inputs as they are now."""
    zones = tuple(
        Row(Lamp.BAD, words("item.zone", name=zone.title), words("zone.stuck"))
        if zone.stuck
        else Row(
            Lamp.GOOD,
            words("item.zone", name=zone.title),
            words("zone.on" if zone.on else "zone.off"),
        )
        for zone in view.zones
    )
    inputs = []
    for wired in view.inputs:
        if wired.active is None:
            inputs.append(Row(Lamp.NONE, wired.title, words("fact.unread")))
            continue
        fact = "fact.active" if wired.active else "fact.idle"
        if wired.kind is InputKind.MAINS:
            fact = "fact.mains.on" if wired.active else "fact.mains.off"
        inputs.append(Row(Lamp.BAD if wired.alarm else Lamp.GOOD, wired.title, words(fact)))
    return zones + tuple(inputs)


def machine_of(view: PageView, words: Words) -> tuple[Row, ...]:
    """Return clock, province, network, storage and what the machine says of itself."""
    return (
        _clock(view, words),
        _central(view, words),
        _network(view.vitals, words),
        *_signal(view.vitals, words),
        Row(
            Lamp.GOOD if view.neighbours else Lamp.NONE,
            words("item.neighbours"),
            ", ".join(view.neighbours) or words("fact.neighbours.none"),
        ),
        _storage(view, words),
        _card(view.vitals, words),
        _gauge("memory", view.vitals.memory_free_bytes, LOW_MEMORY_BYTES, words),
        _temperature(view.vitals, words),
        _voltage(view.vitals, words),
    )


def _clock(view: PageView, words: Words) -> Row:
    lamp = {Clock.TRUSTED: Lamp.GOOD, Clock.FLOOR_ONLY: Lamp.MIND, Clock.UNKNOWN: Lamp.BAD}
    fact = f"{view.now:%H:%M:%S %d/%m/%Y}, {words(f'clock.{view.clock.value}')}"
    if view.vitals.clock_error_ms is not None:
        fact += "; " + words("fact.clock.error", n=round(view.vitals.clock_error_ms))
    return Row(lamp[view.clock], words("item.clock"), fact)


def _central(view: PageView, words: Words) -> Row:
    fact = words("central.up" if view.central else "central.down")
    if view.central_heard is not None:
        fact += "; " + words("central.heard", time=clock_words(view.central_heard, view.now, words))
    elif not view.central:
        fact += "; " + words("central.never")
    return Row(Lamp.GOOD if view.central else Lamp.MIND, words("item.central"), fact)


def _network(vitals: Vitals, words: Words) -> Row:
    if vitals.link is None:
        return Row(Lamp.NONE, words("item.link"), words("check.none"))
    lamp = Lamp.BAD if vitals.link == "none" else Lamp.GOOD
    return Row(lamp, words("item.link"), words(f"fact.link.{vitals.link}"))


def _signal(vitals: Vitals, words: Words) -> tuple[Row, ...]:
    if vitals.signal_pct is None:
        return ()
    lamp = Lamp.MIND if vitals.signal_pct < WEAK_SIGNAL_PCT else Lamp.GOOD
    return (Row(lamp, words("item.signal"), f"{vitals.signal_pct} %"),)


def _storage(view: PageView, words: Words) -> Row:
    free = view.storage_free_bytes or None  # never measured yet is not the same as full
    return _gauge("storage", free, LOW_STORAGE_BYTES, words)


def _gauge(name: str, free_bytes: int | None, least_bytes: int, words: Words) -> Row:
    if free_bytes is None:
        return Row(Lamp.NONE, words(f"item.{name}"), words("check.none"))
    lamp = Lamp.BAD if free_bytes < least_bytes else Lamp.GOOD
    return Row(lamp, words(f"item.{name}"), words("fact.free", size=size_words(free_bytes)))


def _card(vitals: Vitals, words: Words) -> Row:
    what, errors, worn = words("item.card"), vitals.file_system_errors, vitals.card_worn_pct
    if errors:
        return Row(Lamp.BAD, what, words("fact.card.errors", n=errors))
    if worn is not None:
        lamp = Lamp.BAD if worn >= WORN_PCT else Lamp.MIND if worn >= WEARY_PCT else Lamp.GOOD
        return Row(lamp, what, words("fact.card.worn", n=worn))
    if errors is None:
        return Row(Lamp.NONE, what, words("check.none"))
    return Row(Lamp.GOOD, what, words("fact.card.good"))


def _temperature(vitals: Vitals, words: Words) -> Row:
    what, celsius = words("item.temperature"), vitals.temperature_c
    if celsius is None:
        return Row(Lamp.NONE, what, words("check.none"))
    lamp = Lamp.BAD if celsius >= HOT_C else Lamp.MIND if celsius >= WARM_C else Lamp.GOOD
    return Row(lamp, what, f"{celsius:.0f} °C")


def _voltage(vitals: Vitals, words: Words) -> Row:
    what = words("item.voltage")
    if vitals.under_voltage is None:
        return Row(Lamp.NONE, what, words("check.none"))
    if vitals.under_voltage:
        return Row(Lamp.BAD, what, words("fact.voltage.low"))
    if vitals.under_voltage_since_start:
        return Row(Lamp.MIND, what, words("fact.voltage.was"))
    return Row(Lamp.GOOD, what, words("fact.voltage.good"))
