"""The relays: which zones ought to be on, how long before the sound, and the relays that follow the clock.

Law of the room: pure. An amplifier is warmed before the sound that is to come and kept over a short pause;
it is not switched faster than its zone allows, but an emergency waits for no such rest. A zone that does
not follow its relay (`stuck`) holds nobody else up.
"""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract.documents import Hours, Input, Rank, Switch
from edge.core import greeting, trials
from edge.core.air import Air
from edge.core.desk import Desk, Rig
from edge.core.moment import Moment
from edge.core.orders import Ask, FitInputs, FitZones, SwitchOthers, SwitchZones

WARM_MARGIN_S: Final = 0.12  # relays are asked this much earlier than their warm-up needs
HORIZON_S: Final = 12.0  # so long before a sound the hands are prepared; nothing needs longer
HOLD_S: Final = 8.0  # an amplifier stays on over a pause shorter than this
PATIENCE_S: Final = 3.0
STUCK_PATIENCE_S: Final = 30.0  # a stuck relay is tried again no sooner

replace = msgspec.structs.replace


class Ahead(msgspec.Struct, frozen=True):
    """The next air that sounds something else, and in how many seconds."""

    air: Air
    in_s: float


def fit(desk: Desk) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk and the orders that tell the hands what the assignment says is wired."""
    assignment, rig = desk.word.assignment, desk.rig
    service = greeting.wiring(desk)
    if assignment is None and rig.fitted is None and not service:
        return desk, ()
    orders: list[Ask] = []
    zones = (
        () if assignment is None else assignment.zones
    )  # who lost its place has no relays to hold
    wiring: tuple[tuple[Input, ...], tuple[Switch, ...]] = (service, ())
    if assignment is not None:
        # retired: its zones go off as after any sound
        wiring = ((), ()) if assignment.retired else (assignment.inputs, assignment.switches)
    if rig.fitted != zones and (assignment is not None or rig.fitted is not None):
        rig = replace(rig, fitted=zones, zones_on=None, warm_since={}, switching=None)
        rig = replace(rig, moved={}, stuck=frozenset())
        orders.append(FitZones(zones=zones))
    if rig.wired != wiring and (rig.wired is not None or any(wiring)):
        rig = replace(rig, wired=wiring, others=None, inputs={})
        orders.append(FitInputs(inputs=wiring[0], switches=wiring[1]))
    return (replace(desk, rig=rig), tuple(orders)) if orders else (desk, ())


def lead_s(desk: Desk, zones: frozenset[str]) -> float:
    """Return how long it takes from asking until all of `zones` are on and warm: one after the other, then warm-up."""
    on = desk.rig.zones_on or frozenset()
    turn_s, longest_s = 0.0, 0.0
    for zone in desk.word.zones:
        if zone.name in zones and zone.name not in on | desk.rig.stuck:
            longest_s = max(longest_s, turn_s + zone.warm_up_ms / 1000)
            turn_s += zone.stagger_ms / 1000
    return longest_s


def wanted(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> frozenset[str]:
    """Return the zones that ought to be on: those of the sound, its tail, and the sound to come."""
    emergency = air.claim.rank >= Rank.EMERGENCY_COMMUNE
    zones = _wanted(desk, air, ahead, now)
    return zones if emergency else _rested(desk, zones, now)


def _heading(rig: Rig) -> frozenset[str]:
    """Return the zones that are on once the order in flight is done; what is seen on the way there decides nothing."""
    return rig.switching if rig.switching is not None else rig.zones_on or frozenset()


def _wanted(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> frozenset[str]:
    rig = desk.rig
    on = _heading(rig)
    emergency = air.claim.rank >= Rank.EMERGENCY_COMMUNE
    if rig.playing is not None and rig.playing.key != air.claim.key and not emergency:
        return on  # what still sounds must not leak into other zones while it fades
    if air.sounding:
        return air.claim.zones
    if rig.playing is not None:
        return on
    quiet_s = now.mono_s - rig.quiet_since_mono_s
    zones = {zone for zone in on if quiet_s < _tail_s(desk, zone)}
    if ahead is not None:
        coming = ahead.air.claim.zones
        begun = rig.switching is not None and coming <= rig.switching
        if begun or ahead.in_s <= lead_s(desk, coming) + WARM_MARGIN_S:
            zones |= coming
        elif ahead.in_s <= HOLD_S:
            zones |= coming & on
    if emergency:  # waiting for words between tone and speech
        zones |= air.claim.zones
    elif ahead is None:  # a relay that has just clicked must rest, and the slot waits for nobody
        zones |= trials.clicking(desk)
    return frozenset(zones)


def _rested(desk: Desk, zones: frozenset[str], now: Moment) -> frozenset[str]:
    """Return `zones` with those added or left out that have not been on or off for their least time."""
    rig = desk.rig
    seen, on = rig.zones_on or frozenset(), _heading(rig)
    rested = set(zones)
    for zone in desk.word.zones:
        if zone.name in rig.stuck:
            continue  # it follows nobody: no rest is waited for, and its coil is not left powered
        there = (zone.name in seen) == (zone.name in on)
        for_s = now.mono_s - rig.moved.get(zone.name, -1e9) if there else 0.0
        if zone.name in on - zones and for_s < zone.min_on_ms / 1000:
            rested.add(zone.name)
        if zone.name in zones - on and for_s < zone.min_off_ms / 1000:
            rested.discard(zone.name)
    return frozenset(rested)


def _tail_s(desk: Desk, zone: str) -> float:
    return next((z.tail_ms / 1000 for z in desk.word.zones if z.name == zone), 0.0)


def switch(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk with a switching in flight where one is needed, and the order for it."""
    rig = desk.rig
    if not desk.word.zones:
        return desk, ()
    zones = wanted(desk, air, ahead, now)
    waited_s = now.mono_s - rig.switching_since_mono_s
    if rig.zones_on == zones and rig.switching is None:
        return desk, ()
    only_stuck = rig.zones_on is not None and (rig.zones_on ^ zones) <= rig.stuck
    patience_s = STUCK_PATIENCE_S if only_stuck else PATIENCE_S
    if rig.switching == zones and waited_s < patience_s:
        return desk, ()
    rig = replace(rig, switching=zones, switching_since_mono_s=now.mono_s)
    urgent = air.claim.rank >= Rank.EMERGENCY_COMMUNE
    return replace(desk, rig=rig), (SwitchZones(on=zones, urgent=urgent),)


def are_warm(desk: Desk, zones: frozenset[str], now: Moment) -> bool:
    """Return whether exactly these zones are on and warm; with a failed amplifier, whether one of them is."""
    rig = desk.rig
    ready = {
        z.name
        for z in desk.word.zones
        if z.name in rig.warm_since
        and now.mono_s - rig.warm_since[z.name] >= z.warm_up_ms / 1000 - 1e-4
    }
    leaking = (rig.zones_on or frozenset()) - zones - rig.stuck
    able = zones - rig.stuck if zones & ready else zones
    if able <= ready and not leaking:
        return True
    failed = rig.switching is not None and "amplifier" in rig.failed
    return failed and bool(zones & ready)


def switched(rig: Rig, on: frozenset[str], stuck: frozenset[str], now: Moment) -> Rig:
    """Return the rig after the relays were read back."""
    before = rig.zones_on or frozenset()
    warm = {zone: rig.warm_since.get(zone, now.mono_s) for zone in on}
    moved = {**rig.moved, **dict.fromkeys(before ^ on, now.mono_s)}
    settled = rig.switching is not None and rig.switching == on
    return replace(
        rig,
        zones_on=on,
        warm_since=warm,
        moved=moved,
        stuck=stuck,
        switching=None if settled else rig.switching,
    )


def waits_s(desk: Desk, ahead: Ahead | None, now: Moment) -> list[float]:
    """Return in how many seconds a relay may be due."""
    rig = desk.rig
    waits: list[float] = []
    if ahead is not None:
        waits.append(ahead.in_s - lead_s(desk, ahead.air.claim.zones) - WARM_MARGIN_S)
        waits.append(ahead.in_s - HOLD_S)
    for zone in desk.word.zones:
        since = rig.warm_since.get(zone.name)
        if since is not None:
            waits.append(since + zone.warm_up_ms / 1000 - now.mono_s)
        waits.append(rig.quiet_since_mono_s + zone.tail_ms / 1000 - now.mono_s)
        moved = rig.moved.get(zone.name, -1e9)
        waits.append(moved + zone.min_on_ms / 1000 - now.mono_s)
        waits.append(moved + zone.min_off_ms / 1000 - now.mono_s)
    if rig.switching is not None:
        waits.append(rig.switching_since_mono_s + PATIENCE_S - now.mono_s)
        waits.append(rig.switching_since_mono_s + STUCK_PATIENCE_S - now.mono_s)
    return waits


# --- relays that follow the clock -----------------------------------------------------------------


def others(desk: Desk, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk and the order for the clock-driven relays, where they ought to change."""
    if desk.rig.wired is None or not desk.rig.wired[1]:
        return desk, ()
    local = now.wall.astimezone(ZoneInfo(desk.word.time_zone))
    on = frozenset(s.name for s in desk.rig.wired[1] if any(_holds(hours, local) for hours in s.on))
    if on == desk.rig.others:
        return desk, ()
    return replace(desk, rig=replace(desk.rig, others=on)), (SwitchOthers(on=on),)


def _holds(hours: Hours, local: datetime) -> bool:
    at = local.time()
    if hours.start == hours.end:
        return True
    if hours.start < hours.end:
        return hours.start <= at < hours.end
    return at >= hours.start or at < hours.end
