"""Reconcile: what must be done, so that what is becomes what ought to be.

Law of the room: pure; compares the air with the rig and gives out the difference. One order in flight: an
order is not given again until it was seen done or `PATIENCE_S` has passed. Sound waits for a warm
amplifier; an amplifier is warmed before the sound that is to come.
"""

from typing import Final

import msgspec

from contract.documents import Rank
from edge.core.air import Air
from edge.core.desk import Desk, OpenPlay, Rig, Sounding
from edge.core.moment import Moment
from edge.core.orders import Ask, FitZones, SetPlayVolume, StartPlay, StopPlay, SwitchZones
from edge.core.proof import SETTLE_S

PATIENCE_S: Final = 3.0
WARM_MARGIN_S: Final = 0.12  # relays are asked this much earlier than their warm-up needs
HOLD_S: Final = 8.0  # an amplifier stays on over a pause shorter than this
LEAST_REST_MS: Final = 1_000  # less than this left of an item is not worth starting
FADE_MS: Final = 250
EMERGENCY_FADE_MS: Final = 80

replace = msgspec.structs.replace


class Ahead(msgspec.Struct, frozen=True):
    """The next air that sounds something else, and in how many seconds."""

    air: Air
    in_s: float


def reconcile(
    desk: Desk, air: Air, ahead: Ahead | None, now: Moment
) -> tuple[Desk, tuple[Ask, ...], float]:
    """Return the desk with what is now in flight, the orders, and in how many seconds to look again."""
    desk, fitting = _fit(desk)
    desk, switching = _switch(desk, air, ahead, now)
    desk, playing = _play(desk, air, now)
    return desk, (*fitting, *switching, *playing), _wake_in_s(desk, air, ahead, now)


def _fit(desk: Desk) -> tuple[Desk, tuple[Ask, ...]]:
    zones = desk.word.zones
    if desk.word.assignment is None or desk.rig.fitted == zones:
        return desk, ()
    rig = replace(desk.rig, fitted=zones, zones_on=None, warm_since={}, switching=None)
    return replace(desk, rig=rig), (FitZones(zones=zones),)


def _warm_up_s(desk: Desk, zones: frozenset[str]) -> float:
    return max((z.warm_up_ms / 1000 for z in desk.word.zones if z.name in zones), default=0.0)


def _tail_s(desk: Desk, zone: str) -> float:
    return next((z.tail_ms / 1000 for z in desk.word.zones if z.name == zone), 0.0)


def zones_wanted(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> frozenset[str]:
    """Return the zones that ought to be on: those of the sound, its tail, and the sound to come."""
    rig = desk.rig
    on = rig.zones_on or frozenset()
    emergency = air.claim.rank >= Rank.EMERGENCY_COMMUNE
    if rig.playing is not None and rig.playing.key != air.claim.key and not emergency:
        return on  # what still sounds must not leak into other zones while it fades
    if air.sounding:
        return air.claim.zones
    if rig.playing is not None:
        return on
    quiet_s = now.mono_s - rig.quiet_since_mono_s
    wanted = {zone for zone in on if quiet_s < _tail_s(desk, zone)}
    if ahead is not None:
        zones = ahead.air.claim.zones
        if ahead.in_s <= _warm_up_s(desk, zones) + WARM_MARGIN_S:
            wanted |= zones
        elif ahead.in_s <= HOLD_S:
            wanted |= zones & on
    if emergency:  # waiting for words between tone and speech
        wanted |= air.claim.zones
    return frozenset(wanted)


def _switch(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    rig = desk.rig
    if not desk.word.zones:
        return desk, ()
    wanted = zones_wanted(desk, air, ahead, now)
    patient = now.mono_s - rig.switching_since_mono_s < PATIENCE_S
    if rig.zones_on == wanted and rig.switching is None:
        return desk, ()
    if rig.switching == wanted and patient:
        return desk, ()
    rig = replace(rig, switching=wanted, switching_since_mono_s=now.mono_s)
    return replace(desk, rig=rig), (SwitchZones(on=wanted),)


def _warm(desk: Desk, zones: frozenset[str], now: Moment) -> bool:
    """Return whether exactly these zones are on and warm; with a failed amplifier, whether one of them is."""
    rig = desk.rig
    ready = {
        z.name
        for z in desk.word.zones
        if z.name in rig.warm_since
        and now.mono_s - rig.warm_since[z.name] >= z.warm_up_ms / 1000 - 1e-4
    }
    leaking = (rig.zones_on or frozenset()) - zones
    if zones <= ready and not leaking:
        return True
    stuck = rig.switching is not None and "amplifier" in rig.failed
    return stuck and bool(zones & ready)


def _play(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    playing = desk.rig.playing
    if playing is not None and playing.key == air.claim.key and air.sounding:
        return _keep(desk, air, playing, now)
    if not air.sounding:
        return _stop(desk, air, now) if playing is not None else (desk, ())
    claim = air.claim
    if claim.length_ms and claim.length_ms - claim.from_ms < LEAST_REST_MS < claim.length_ms:
        return _stop(desk, air, now) if playing is not None else (desk, ())
    if not _warm(desk, claim.zones, now):
        return _stop(desk, air, now) if playing is not None else (desk, ())
    return _start(desk, air, now)


def _keep(desk: Desk, air: Air, playing: Sounding, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    if not playing.seen and now.mono_s - playing.asked_mono_s > PATIENCE_S:
        return _start(desk, air, now)
    if playing.volume_pct != air.claim.volume_pct:
        heard = replace(playing, volume_pct=air.claim.volume_pct)
        order = SetPlayVolume(key=playing.key, volume_pct=air.claim.volume_pct)
        return replace(desk, rig=replace(desk.rig, playing=heard)), (order,)
    return desk, ()


def _stop(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    playing, since = desk.rig.playing, desk.rig.stopping_since_mono_s
    if playing is None or (since is not None and now.mono_s - since < PATIENCE_S):
        return desk, ()
    fade_ms = EMERGENCY_FADE_MS if air.claim.rank >= Rank.EMERGENCY_COMMUNE else FADE_MS
    desk = _yielded(desk, playing.key, air)
    rig = replace(desk.rig, stopping_since_mono_s=now.mono_s)
    return replace(desk, rig=rig), (StopPlay(key=playing.key, fade_ms=fade_ms),)


def _yielded(desk: Desk, key: str, air: Air) -> Desk:
    plays = tuple(
        replace(p, why=f"Nhường: {air.claim.why}") if p.key == key and not p.why else p
        for p in desk.open_plays
    )
    return replace(desk, open_plays=plays)


def _start(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    claim = air.claim
    if claim.source is None:
        return desk, ()
    if desk.rig.playing is not None:
        desk = _yielded(desk, desk.rig.playing.key, air)
    order = StartPlay(
        key=claim.key, source=claim.source, from_ms=claim.from_ms, volume_pct=claim.volume_pct
    )
    sounding = Sounding(key=claim.key, volume_pct=claim.volume_pct, asked_mono_s=now.mono_s)
    rig = replace(desk.rig, playing=sounding, stopping_since_mono_s=None)
    others = tuple(p for p in desk.open_plays if p.key != claim.key or p.ended_mono_s is not None)
    return replace(desk, rig=rig, open_plays=(*others, _open(air, now, rig))), (order,)


def _open(air: Air, now: Moment, rig: Rig) -> OpenPlay:
    claim = air.claim
    late_s = (now.wall - claim.since).total_seconds()
    joined = claim.from_ms > 0 or late_s > 1.0  # then the asked instant is that of the order
    rest_s = (claim.until - now.wall).total_seconds()
    left_ms = max(0, claim.length_ms - claim.from_ms)
    if claim.source is None:
        msg = "a claim without a source is not played"
        raise AssertionError(msg)
    return OpenPlay(
        key=claim.key,
        source=claim.source,
        title=claim.title,
        rank=claim.rank,
        zones=tuple(sorted(claim.zones if rig.zones_on is None else claim.zones & rig.zones_on)),
        session=claim.session,
        asked_wall_s=(now.wall if joined else claim.since).timestamp(),
        asked_mono_s=now.mono_s if joined else now.mono_s - late_s,
        asked_ms=min(left_ms, max(0, round(rest_s * 1000))),
        started_mono_s=now.mono_s,
    )


def _wake_in_s(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> float:
    """Return in how many seconds something may be due without an event; never less than 1 ms."""
    rig = desk.rig
    waits = [30.0, (air.until - now.wall).total_seconds()]
    if ahead is not None:
        waits.append(ahead.in_s)
        waits.append(ahead.in_s - _warm_up_s(desk, ahead.air.claim.zones) - WARM_MARGIN_S)
        waits.append(ahead.in_s - HOLD_S)
    for zone in desk.word.zones:
        since = rig.warm_since.get(zone.name)
        if since is not None:
            waits.append(since + zone.warm_up_ms / 1000 - now.mono_s)
        waits.append(rig.quiet_since_mono_s + zone.tail_ms / 1000 - now.mono_s)
    if rig.switching is not None:
        waits.append(rig.switching_since_mono_s + PATIENCE_S - now.mono_s)
    if rig.playing is not None and not rig.playing.seen:
        waits.append(rig.playing.asked_mono_s + PATIENCE_S - now.mono_s)
    if rig.stopping_since_mono_s is not None:
        waits.append(rig.stopping_since_mono_s + PATIENCE_S - now.mono_s)
    waits += [p.ended_mono_s + SETTLE_S - now.mono_s for p in desk.open_plays if p.ended_mono_s]
    if air.claim.rank >= Rank.EMERGENCY_COMMUNE and air.claim.source is None:
        waits.append(0.2)
    return min((w for w in waits if w > 0), default=30.0) + 0.0005
