"""Announcements in force: their steps, rounds, turns and ends.

Law of the room: pure; waits are measured on the monotonic clock, so that no step of the wall clock delays
a warning. A round is, for each language, the tone and then the words. The wall clock counts once: at a
start, to go on where a power cut broke off, and never to wait longer than one gap.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from msgspec import UNSET

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    Rank,
    Repeat,
    Status,
    Tone,
)
from edge.core import drills, operators
from edge.core.desk import Alarm, Desk
from edge.core.events import AlarmKept
from edge.core.moment import Clock, Moment
from edge.core.sound import FromContent, FromOperator, FromTone, FromVoice, Source

WORDS_PATIENCE_S: Final = (
    3.0  # how long a round waits for words that are neither here nor spoken yet
)
LOCAL: Final = "local-"  # ids of the emergencies that staff here sounded begin so
HUSH: Final = timedelta(minutes=15)  # no hush of a warning lasts longer (ADR 0017)
ONE_ROUND: Final = Repeat(quick_rounds=1, quick_gap_s=1, slow_gap_s=None)

replace = msgspec.structs.replace

Step = tuple[AnnouncementInfo, bool]  # the language's info, and whether this step is its words


def steps_of(announcement: Announcement) -> tuple[Step, ...]:
    """Return the steps of one round in order; a cancel without words has none."""
    steps: list[Step] = []
    for info in announcement.infos:
        if info.tone is not Tone.NONE:
            steps.append((info, False))
        if info.text or info.content:
            steps.append((info, True))
    return tuple(steps)


def voice_ref(announcement: Announcement, info: AnnouncementInfo) -> str:
    """Return the name of the spoken file for one language of an announcement."""
    return f"{announcement.id.replace(':', '-')}-{info.language}"


def source_of(desk: Desk, alarm: Alarm, now: Moment) -> Source | None:
    """Return what the current step sounds, or None while its words are still on their way."""
    info, words = steps_of(alarm.announcement)[alarm.step]
    if not words:
        return FromTone(tone=info.tone)
    if info.content is not None and info.content.sha256 in desk.shelf:
        return FromContent(sha256=info.content.sha256, gain_db=info.content.gain_db)
    if info.voice is not UNSET:
        name = alarm.announcement.id
        spoken = operators.source_of(operators.voice_of(desk, name), name)
        if spoken is not None or operators.waits(alarm, waited_s(alarm, now)):
            return spoken
    ref = voice_ref(alarm.announcement, info)
    return FromVoice(ref=ref) if ref in desk.rig.voices_ms else None


def waited_s(alarm: Alarm, now: Moment) -> float:
    """Return for how long the current step has been due."""
    return now.mono_s - max(alarm.step_since_mono_s, alarm.due_mono_s or 0.0)


def key_of(alarm: Alarm, source: Source | None = None) -> str:
    """Return the key of the play that the current step is; the operator's own voice is a play of its own."""
    own = operators.SUFFIX if isinstance(source, FromOperator) else ""
    return f"alert/{alarm.announcement.id}/{alarm.round}/{alarm.step}{own}"


def accept(desk: Desk, announcement: Announcement, now: Moment) -> Desk:
    """Return the desk after an accepted alert, update or cancel; an update or all-clear sounds at once.

    One that is in force already changes nothing, whatever brought it again.
    """
    if any(a.announcement.id == announcement.id for a in desk.alarms):
        return desk
    over = set(announcement.references)
    if announcement.status is Status.EXERCISE:  # one at a time: a flood of them is one
        if announcement.message is not MessageType.CANCEL:
            over |= {a.announcement.id for a in desk.alarms if is_exercise(a)}
        announcement = drills.as_exercise(announcement)
    alarms = tuple(a for a in desk.alarms if a.announcement.id not in over)
    if announcement.message is MessageType.CANCEL:
        announcement = replace(announcement, repeat=ONE_ROUND)
    if steps_of(announcement):
        alarm = Alarm(
            announcement=announcement,
            rank=_rank_of(announcement),
            accepted_mono_s=now.mono_s,
            due_mono_s=now.mono_s,
            step_since_mono_s=now.mono_s,
        )
        alarms = (alarm, *alarms)
    newest_first = tuple(sorted(alarms, key=_newest_first))
    return replace(desk, alarms=newest_first)


def is_local(alarm: Alarm) -> bool:
    """Return whether staff here sounded this alarm."""
    return alarm.announcement.id.startswith(LOCAL)


def is_exercise(alarm: Alarm) -> bool:
    """Return whether this is a drill: it waits for its turn, and staff and policy go before it."""
    return alarm.announcement.status is Status.EXERCISE


def is_warned(desk: Desk) -> bool:
    """Return whether a real warning that people have signed stands here."""
    return any(
        alarm.announcement.message is not MessageType.CANCEL
        and not is_local(alarm)
        and not is_exercise(alarm)
        for alarm in desk.alarms
    )


def _newest_first(alarm: Alarm) -> tuple[float, str]:
    return -alarm.announcement.sent.timestamp(), alarm.announcement.id


def _rank_of(announcement: Announcement) -> Rank:
    if announcement.status is Status.EXERCISE:
        return Rank.NORMAL
    to_province = any("/" not in area for area in announcement.areas)
    return Rank.EMERGENCY_PROVINCE if to_province else Rank.EMERGENCY_COMMUNE


def is_over(alarm: Alarm, now: Moment, clock: Clock) -> bool:
    """Return whether the announcement has expired, by the wall clock or, at the latest, by its own length."""
    announcement = alarm.announcement
    life = announcement.expires - announcement.sent
    by_length = now.mono_s - alarm.accepted_mono_s >= life / timedelta(seconds=1)
    by_wall = clock is not Clock.UNKNOWN and now.wall >= announcement.expires
    all_clear_done = alarm.due_mono_s is None and announcement.message is MessageType.CANCEL
    return by_length or by_wall or all_clear_done


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds an alarm runs out."""
    waits: list[float] = []
    for alarm in desk.alarms:
        announcement = alarm.announcement
        life_s = (announcement.expires - announcement.sent).total_seconds()
        waits.append(alarm.accepted_mono_s + life_s - now.mono_s)
        if desk.clock is not Clock.UNKNOWN:
            waits.append((announcement.expires - now.wall).total_seconds())
    return waits


def _gap_s(repeat: Repeat, done: int) -> float | None:
    """Return the pause after so many rounds; None when that was all."""
    return repeat.quick_gap_s if done < repeat.quick_rounds else repeat.slow_gap_s


def advanced(alarm: Alarm, now: Moment) -> Alarm:
    """Return the alarm one step further: the next step at once, or the next round after its gap."""
    if alarm.step + 1 < len(steps_of(alarm.announcement)):
        return replace(alarm, step=alarm.step + 1, step_since_mono_s=now.mono_s)
    done = alarm.round + 1
    gap_s = _gap_s(alarm.announcement.repeat, done)
    due = None if gap_s is None else now.mono_s + gap_s
    return replace(alarm, round=done, step=0, due_mono_s=due, step_since_mono_s=due or now.mono_s)


def is_hushed(alarm: Alarm, now: Moment) -> bool:
    """Return whether staff have silenced this alarm here for now."""
    return alarm.hushed_until_mono_s is not None and now.mono_s < alarm.hushed_until_mono_s


def _due(desk: Desk, now: Moment) -> list[Alarm]:
    due = (a for a in desk.alarms if a.due_mono_s is not None and a.due_mono_s <= now.mono_s)
    return [a for a in due if not is_hushed(a, now)]


def in_turn(desk: Desk, now: Moment) -> tuple[Alarm, ...]:
    """Return the warnings whose round is due, in the order in which they have the air; an exercise is none.

    First what nobody has heard to its end yet, the highest and newest first; it cuts in everywhere. Then the
    repeats: the one under way ends its round, and then comes who has waited longest, so that each gets its turn.
    """
    playing = desk.rig.playing.key if desk.rig.playing is not None else ""
    playing = playing.removesuffix(operators.SUFFIX)

    def order(alarm: Alarm) -> tuple[bool, bool, float, float, str]:
        repeats = alarm.round > 0
        under_way = alarm.step > 0 or key_of(alarm) == playing
        weight = alarm.due_mono_s or 0.0 if repeats else -float(alarm.rank)
        return repeats, repeats and not under_way, weight, *_newest_first(alarm)

    return tuple(sorted((a for a in _due(desk, now) if not is_exercise(a)), key=order))


def _patience_s(alarm: Alarm) -> float:
    info, _ = steps_of(alarm.announcement)[alarm.step]
    spoken = info.voice is not UNSET and operators.waits(alarm, 0.0)
    return operators.PATIENCE_S if spoken else WORDS_PATIENCE_S


def without_waiting(desk: Desk, now: Moment) -> Desk:
    """Return the desk with expired alarms gone and the step skipped whose words did not come in time.

    Only who has the air waits for words; who waits for the air loses nothing by it.
    """
    stand = tuple(a for a in desk.alarms if not is_over(a, now, desk.clock))
    if stand != desk.alarms:
        desk = replace(desk, alarms=stand)
    firsts = (*in_turn(desk, now)[:1], *(a for a in _due(desk, now) if is_exercise(a)))
    lost = [
        a for a in firsts if source_of(desk, a, now) is None and waited_s(a, now) >= _patience_s(a)
    ]
    if not lost:
        return desk
    moved = tuple(advanced(a, now) if a in lost else a for a in stand)
    return replace(desk, alarms=moved)


# --- over a restart -------------------------------------------------------------------------------


def kept(desk: Desk, now: Moment) -> tuple[AlarmKept, ...]:
    """Return how far each announcement in force has come, as it is written down."""

    def instant(mono_s: float | None) -> datetime | None:
        return None if mono_s is None else now.wall + timedelta(seconds=mono_s - now.mono_s)

    return tuple(
        AlarmKept(
            id=a.announcement.id,
            round=a.round,
            due=instant(a.due_mono_s),
            lived_s=max(0.0, now.mono_s - a.accepted_mono_s),
            hushed_until=instant(a.hushed_until_mono_s),
            hushed_by=a.hushed_by,
        )
        for a in desk.alarms
    )


def taken_up(desk: Desk, written: tuple[AlarmKept, ...], now: Moment) -> Desk:
    """Return the desk with its alarms where they were before a restart; a round that was cut sounds again, whole.

    Without a clock nobody knows how long we were away: then what is to be repeated is repeated at once.
    """
    by_id = {k.id: k for k in written}
    alarms = tuple(_taken_up(a, by_id.get(a.announcement.id), desk.clock, now) for a in desk.alarms)
    return replace(desk, alarms=alarms)


def _taken_up(alarm: Alarm, was: AlarmKept | None, clock: Clock, now: Moment) -> Alarm:
    if was is None:
        return alarm
    due_mono_s: float | None = None
    if was.due is not None:
        left_s = 0.0 if clock is Clock.UNKNOWN else (was.due - now.wall).total_seconds()
        gap_s = _gap_s(alarm.announcement.repeat, was.round) if was.round else 0.0
        due_mono_s = now.mono_s + min(max(0.0, left_s), gap_s or 0.0)
    hushed_s = 0.0
    if was.hushed_until is not None:
        hushed_s = min((was.hushed_until - now.wall).total_seconds(), HUSH.total_seconds())
    return replace(
        alarm,
        round=was.round,
        due_mono_s=due_mono_s,
        step_since_mono_s=due_mono_s or now.mono_s,
        accepted_mono_s=now.mono_s - was.lived_s,
        hushed_until_mono_s=now.mono_s + hushed_s if hushed_s > 0 else None,
        hushed_by=was.hushed_by if hushed_s > 0 else "",
    )
