"""Reconcile: what must be done, so that what is becomes what ought to be.

Law of the room: pure; compares the air with the rig and gives out the difference. One order in flight: an
order is not given again until it was seen done or `PATIENCE_S` has passed. Sound waits for a warm
amplifier (`relays`).
"""

from typing import Final

import msgspec

from contract.documents import Rank
from edge.core import alarms, enrolling, lives, progress, readiness, relays, self_test, trials
from edge.core.air import Air, Claim
from edge.core.desk import Desk, OpenPlay, Rig, Sounding
from edge.core.moment import Moment
from edge.core.orders import Ask, SetPlayVolume, StartPlay, StopPlay
from edge.core.proof import SETTLE_S
from edge.core.relays import Ahead
from edge.core.sound import is_live

PATIENCE_S: Final = 3.0
PLAY_PATIENCE_S: Final = (
    7.0  # the player itself waits 5 s for a new engine; asked twice, it would play twice
)
LIVE_PATIENCE_S: Final = (
    12.0  # a stream fills its buffer first; the player knows by itself when it is dead
)
LEAST_REST_MS: Final = 1_000  # less than this left of an item is not worth starting
FADE_MS: Final = 250
EMERGENCY_FADE_MS: Final = 80

replace = msgspec.structs.replace


def reconcile(
    desk: Desk, air: Air, ahead: Ahead | None, now: Moment
) -> tuple[Desk, tuple[Ask, ...], float]:
    """Return the desk with what is now in flight, the orders, and in how many seconds to look again."""
    desk, fitting = relays.fit(desk)
    desk, switching = relays.switch(desk, air, ahead, now)
    desk, following = relays.others(desk, now)
    desk, playing = _play(desk, air, now)
    orders = (*fitting, *switching, *following, *playing)
    return desk, orders, _wake_in_s(desk, air, ahead, now)


def _play(desk: Desk, air: Air, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    playing = desk.rig.playing
    if playing is not None and playing.key == air.claim.key and air.sounding:
        return _keep(desk, air, playing, now)
    if not air.sounding:
        return _stop(desk, air, now) if playing is not None else (desk, ())
    claim = air.claim
    if claim.length_ms and claim.length_ms - claim.from_ms < LEAST_REST_MS < claim.length_ms:
        return _stop(desk, air, now) if playing is not None else (desk, ())
    if not relays.are_warm(desk, claim.zones, now):
        return _stop(desk, air, now) if playing is not None else (desk, ())
    return _start(desk, air, now)


def _keep(desk: Desk, air: Air, playing: Sounding, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    patience_s = (
        LIVE_PATIENCE_S if air.claim.source and is_live(air.claim.source) else PLAY_PATIENCE_S
    )
    if not playing.seen and now.mono_s - playing.asked_mono_s > patience_s:
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
    windows = desk.progress
    if claim.cue is not None:
        windows = progress.begun(windows, claim.cue, claim.from_ms, now)
    others = tuple(p for p in desk.open_plays if p.key != claim.key or p.ended_mono_s is not None)
    plays = (*others, _open(air, now, rig))
    return replace(desk, rig=rig, progress=windows, open_plays=plays), (order,)


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
        asked_ms=_asked_ms(claim, left_ms, max(0, round(rest_s * 1000))),
        from_ms=claim.from_ms,
        length_ms=claim.length_ms,
        cue=claim.cue,
        started_mono_s=now.mono_s,
    )


def _asked_ms(claim: Claim, left_ms: int, rest_ms: int) -> int:
    """Return how long the play is meant to sound; 0 where only its end will tell."""
    if claim.source is not None and is_live(claim.source):
        return rest_ms if claim.cue is not None else 0  # a talk lasts as long as it lasts
    return min(left_ms, rest_ms)


def _wake_in_s(desk: Desk, air: Air, ahead: Ahead | None, now: Moment) -> float:
    """Return in how many seconds something may be due without an event; never less than 1 ms."""
    rig = desk.rig
    until_s = (air.until - now.wall).total_seconds()
    waits = [30.0, until_s, until_s - relays.HORIZON_S]
    if ahead is not None:
        waits.append(ahead.in_s)
    waits += relays.waits_s(desk, ahead, now)
    waits += lives.waits_s(desk, now) + alarms.waits_s(desk, now) + enrolling.waits_s(desk, now)
    waits += readiness.waits_s(desk, now) + self_test.waits_s(desk, now) + trials.waits_s(desk, now)
    if rig.playing is not None and not rig.playing.seen:
        waits.append(rig.playing.asked_mono_s + PLAY_PATIENCE_S - now.mono_s)
    if rig.stopping_since_mono_s is not None:
        waits.append(rig.stopping_since_mono_s + PATIENCE_S - now.mono_s)
    waits += [p.ended_mono_s + SETTLE_S - now.mono_s for p in desk.open_plays if p.ended_mono_s]
    if air.claim.rank >= Rank.EMERGENCY_COMMUNE and air.claim.source is None:
        waits.append(0.2)
    return min((w for w in waits if w > 0), default=30.0) + 0.0005
