"""The view: what the local page says about a desk.

Law of the room: pure, no HTML. It tells what was observed and why, and never what was merely asked.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract import planner
from contract.documents import Play, Rank, Refusal
from edge.core import claims
from edge.core.air import Air
from edge.core.desk import Desk
from edge.core.errands import missing
from edge.core.moment import Clock, Moment

HEARD_WITHIN_S: Final = 2.5  # a measurement older than this says nothing about now
ECHO_S: Final = 0.6  # a measurement up to this long after a play's end still belongs to it
AHEAD: Final = timedelta(hours=6)


class ZoneView(msgspec.Struct, frozen=True):
    """One zone: its title and whether its relay was read back as on."""

    title: str
    on: bool


class NextView(msgspec.Struct, frozen=True):
    """One coming item: when, its title, and why it will not sound (empty when it will)."""

    start: datetime
    end: datetime
    title: str
    refused: str


class AlarmView(msgspec.Struct, frozen=True):
    """One announcement in force: its headline, rounds sounded and when it ends."""

    id: str
    headline: str
    rounds: int
    expires: datetime


class Playable(msgspec.Struct, frozen=True):
    """A content that staff may put on air: here, whole and approved."""

    sha256: str
    title: str
    duration_s: int


class PageView(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the local page shows."""

    name: str
    area: str
    device: str
    now: datetime
    rank: Rank
    title: str
    why: str
    sounding: bool
    level_dbfs: float | None
    volume_pct: int
    until: datetime | None
    zones: tuple[ZoneView, ...]
    coming: tuple[NextView, ...]
    alarms: tuple[AlarmView, ...]
    playable: tuple[Playable, ...]
    waiting: tuple[str, ...]
    staff: str
    clock: Clock
    central: bool
    silenced: bool
    assigned: bool
    programme_version: int
    programme_stale: bool
    contents_missing: int
    faults: tuple[str, ...]
    plays: tuple[Play, ...]
    refusals: tuple[Refusal, ...]


def view_of(desk: Desk, air: Air, now: Moment) -> PageView:
    """Return what the local page says at `now`."""
    zone = ZoneInfo(desk.word.time_zone)
    rig, assignment, programme = desk.rig, desk.word.assignment, desk.word.programme
    fresh = now.mono_s - rig.level_mono_s <= HEARD_WITHIN_S and rig.level_dbfs is not None
    ended = rig.playing is None and rig.level_mono_s <= rig.quiet_since_mono_s + ECHO_S
    heard = fresh and not ended
    decision = desk.local.hush or desk.local.override
    on = rig.zones_on or frozenset()
    return PageView(
        name=assignment.name if assignment else desk.device,
        area=assignment.area if assignment else "",
        device=desk.device,
        now=now.wall.astimezone(zone),
        rank=air.claim.rank,
        title=air.claim.title,
        why=air.claim.why,
        sounding=heard,
        level_dbfs=rig.level_dbfs if heard else None,
        volume_pct=claims.volume_of(desk, now, 100, Rank.NORMAL),
        until=decision.until.astimezone(zone) if decision else None,
        zones=tuple(ZoneView(z.title, z.name in on) for z in desk.word.zones),
        coming=_coming(desk, now, zone),
        alarms=tuple(
            AlarmView(
                a.announcement.id,
                a.announcement.infos[0].headline if a.announcement.infos else a.announcement.event,
                a.round,
                a.announcement.expires.astimezone(zone),
            )
            for a in desk.alarms
        ),
        playable=tuple(
            Playable(c.sha256, c.title, c.duration_ms // 1000)
            for c in (programme.contents if programme else ())
            if claims.lack(desk, c.sha256, now) is None
        ),
        waiting=tuple(f"{claim.title}: {claim.why}" for claim in air.waiting),
        staff=decision.by if decision else "",
        clock=desk.clock,
        central=desk.central,
        silenced=desk.local.silenced,
        assigned=assignment is not None,
        programme_version=programme.version if programme else 0,
        programme_stale=programme is not None and now.wall >= programme.soft_expires,
        contents_missing=len(missing(desk)),
        faults=tuple(f"{hand}: {why}" for hand, why in sorted(rig.failed.items())),
        plays=desk.recent_plays[::-1],
        refusals=desk.recent_refusals[::-1],
    )


def _coming(desk: Desk, now: Moment, zone: ZoneInfo) -> tuple[NextView, ...]:
    programme = desk.word.programme
    if programme is None:
        return ()
    today = now.wall.astimezone(zone).date()
    planned = planner.plan(programme, desk.word.policy, today)
    until = now.wall + AHEAD
    if until.astimezone(zone).date() != today:
        planned += planner.plan(programme, desk.word.policy, today + timedelta(days=1))
    return tuple(
        NextView(
            p.start.astimezone(zone),
            p.end.astimezone(zone),
            p.slot.title,
            "" if p.verdict.allowed else p.verdict.why,
        )
        for p in planned
        if p.end > now.wall and p.start < until and p.displaced_by is None
    )[:12]
