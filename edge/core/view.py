"""The view: what the local page says about a desk.

Law of the room: pure, no HTML. It tells what was observed and why, and never what was merely asked.
"""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from contract import planner
from contract.documents import Rank
from edge.core import alarms, claims, findings, inputs, self_test, trials
from edge.core.air import Air
from edge.core.desk import Alarm, Desk
from edge.core.moment import Moment
from edge.core.page import (
    AlarmView,
    EnrolmentView,
    InputView,
    NextView,
    NoteView,
    PageView,
    Playable,
    TestView,
    UndoView,
    ZoneView,
)
from edge.core.stock import missing
from edge.core.today import today

HEARD_WITHIN_S: Final = 2.5  # a measurement older than this says nothing about now
ECHO_S: Final = 0.6  # a measurement up to this long after a play's end still belongs to it
AHEAD: Final = timedelta(hours=6)


def view_of(desk: Desk, air: Air, now: Moment) -> PageView:
    """Return what the local page says at `now`."""
    zone = ZoneInfo(desk.word.time_zone)
    rig, local, machine = desk.rig, desk.local, desk.machine
    assignment, programme = desk.word.assignment, desk.word.programme
    fresh = now.mono_s - rig.level_mono_s <= HEARD_WITHIN_S and rig.level_dbfs is not None
    ended = rig.playing is None and rig.level_mono_s <= rig.quiet_since_mono_s + ECHO_S
    heard = fresh and not ended
    decision = local.live or local.hush or local.override
    played_s, length_s = _progress(desk, now)
    on = rig.zones_on or frozenset()
    can_skip = rig.playing is not None and air.claim.rank < Rank.EMERGENCY_COMMUNE
    return PageView(
        name=assignment.name if assignment else desk.device,
        area=assignment.area if assignment else "",
        device=desk.device,
        now=now.wall.astimezone(zone),
        rank=air.claim.rank,
        title=air.claim.title,
        why=air.claim.why,
        key=rig.playing.key if rig.playing is not None and can_skip else "",
        live=local.live is not None,
        done=air.done,
        sounding=heard,
        level_dbfs=rig.level_dbfs if heard else None,
        played_s=played_s,
        length_s=length_s,
        volume_pct=claims.volume_of(desk, now, 100, Rank.NORMAL),
        volume_by=local.volume.by if local.volume else "",
        volume_until=local.volume.until.astimezone(zone) if local.volume else None,
        until=decision.until.astimezone(zone) if decision else None,
        staff=decision.by if decision else "",
        hushed=local.hush is not None,
        talking=local.live.by if local.live else "",
        undo=_undo(desk, now),
        zones=tuple(
            ZoneView(z.name, z.title, z.name in on, z.name in rig.stuck) for z in desk.word.zones
        ),
        coming=_coming(desk, now, zone),
        today=today(desk, air, now),
        alarms=_alarms(desk, now, zone),
        playable=tuple(
            Playable(c.sha256, c.title, c.duration_ms // 1000)
            for c in (programme.contents if programme else ())
            if claims.lack(desk, c.sha256, now) is None
        ),
        waiting=tuple(f"{claim.title}: {claim.why}" for claim in air.waiting),
        clock=desk.clock,
        central=machine.central,
        central_heard=machine.central_heard.astimezone(zone) if machine.central_heard else None,
        neighbours=machine.neighbours,
        silenced=local.silenced,
        assigned=assignment is not None,
        retired=desk.word.retired,
        enrolment=_enrolment(desk),
        programme_version=programme.version if programme else 0,
        programme_stale=programme is not None and now.wall >= programme.soft_expires,
        contents_missing=len(missing(desk)),
        minutes_today=desk.accounts.day_sounded_s / 60,
        minutes_allowed=desk.word.policy.max_minutes_per_day,
        inputs=_inputs(desk),
        mains=findings.mains(desk),
        vitals=machine.vitals,
        storage_free_bytes=machine.storage_free_bytes,
        readiness=desk.checks.readiness,
        test=_test(desk, zone),
        trial=trials.trial_view(desk, now),
        faults=tuple(f"{hand}: {why}" for hand, why in sorted(rig.failed.items())),
        plays=desk.recent_plays[::-1],
        refusals=desk.recent_refusals[::-1],
        log=tuple(NoteView(n.at.astimezone(zone), n.kind, n.text) for n in reversed(desk.log)),
    )


def _enrolment(desk: Desk) -> EnrolmentView:
    known = desk.enrolment
    return EnrolmentView(
        standing=known.standing,
        site=known.site,
        title=known.title,
        code=known.code,
        why=known.why,
        claim=known.claim,
        claim_error=known.claim_error,
        refused=known.refused,
    )


def _progress(desk: Desk, now: Moment) -> tuple[float, float]:
    """Return how far into what length the play on air is, in seconds; (0, 0) when nothing plays."""
    playing = desk.rig.playing
    play = next((p for p in desk.open_plays if playing and p.key == playing.key), None)
    if play is None or play.ended_mono_s is not None:
        return 0.0, 0.0
    played_s = play.from_ms / 1000 + max(0.0, now.mono_s - play.started_mono_s)
    length_s = play.length_ms / 1000
    return (min(played_s, length_s) if length_s else played_s), length_s


def _undo(desk: Desk, now: Moment) -> UndoView | None:
    undo = desk.local.undo
    if undo is None or now.mono_s >= undo.until_mono_s:
        return None
    return UndoView(undo.text, undo.until_mono_s - now.mono_s)


def _alarms(desk: Desk, now: Moment, zone: ZoneInfo) -> tuple[AlarmView, ...]:
    return tuple(
        AlarmView(
            a.announcement.id,
            a.announcement.infos[0].headline if a.announcement.infos else a.announcement.event,
            a.round,
            a.announcement.expires.astimezone(zone),
            alarms.is_local(a),
            a.hushed_by if alarms.is_hushed(a, now) else "",
            _hushed_until(a, now, zone),
        )
        for a in desk.alarms
        if not alarms.is_exercise(a)
    )


def _hushed_until(alarm: Alarm, now: Moment, zone: ZoneInfo) -> datetime | None:
    if alarm.hushed_until_mono_s is None or not alarms.is_hushed(alarm, now):
        return None
    left = timedelta(seconds=alarm.hushed_until_mono_s - now.mono_s)
    return (now.wall + left).astimezone(zone)


def _inputs(desk: Desk) -> tuple[InputView, ...]:
    wired = desk.word.assignment.inputs if desk.word.assignment else ()
    states = ((i, desk.rig.inputs.get(i.name)) for i in wired)
    return tuple(
        InputView(
            i.title,
            i.kind,
            active,
            active is not None and inputs.is_complaint(i.kind, active=active),
        )
        for i, active in states
    )


def _test(desk: Desk, zone: ZoneInfo) -> TestView | None:
    test = desk.checks.test
    if test is None:
        return None
    sounding = test.running and test.step < len(test.zones)
    return TestView(
        at=test.at.astimezone(zone),
        by=test.by,
        running=test.running,
        zone=self_test.title_of(desk, test.zones[test.step]) if sounding else "",
        checks=test.checks,
    )


def _coming(desk: Desk, now: Moment, zone: ZoneInfo) -> tuple[NextView, ...]:
    programme = desk.word.programme
    if programme is None:
        return ()
    day = now.wall.astimezone(zone).date()
    planned = planner.plan(programme, desk.word.policy, day)
    until: datetime = now.wall + AHEAD
    if until.astimezone(zone).date() != day:
        planned += planner.plan(programme, desk.word.policy, day + timedelta(days=1))
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
