"""Proof of play: what was asked, what sounded at the sink, and why not all of it.

Law of the room: pure; a play's record is made from observations only. It closes a little after the
engine is done, when the listener's last word about it has come.
"""

from datetime import UTC, datetime
from math import log10
from typing import Final, assert_never

import msgspec

from contract.documents import InputKind, Outcome, Play, Rank
from edge.core.desk import Accounts, Desk, OpenPlay
from edge.core.events import Ending, PlayerEnded, SoundHeard, SoundMeasured
from edge.core.moment import Moment
from edge.core.sound import (
    FromContent,
    FromLineIn,
    FromOperator,
    FromPhone,
    FromRecording,
    FromStream,
    FromTone,
    FromVoice,
    Source,
)

SETTLE_S: Final = 1.6  # the listener speaks at least once a second while it hears something
ALIKE: Final = 0.5  # a microphone's likeness from which it counts as having heard the play
LEAST_LISTENED_MS: Final = 500.0
GREETING: Final = "arrival"  # the session of what an unassigned appliance says of itself
ENOUGH: Final = 0.9  # sounded share of what was asked that still counts as "đã phát"


def name_of(source: Source) -> str:
    """Return a source as a short name for records."""
    match source:
        case FromContent(sha256=sha256):
            return sha256
        case FromTone(tone=tone):
            return f"tone:{tone.value}"
        case FromVoice(ref=ref):
            return f"voice:{ref}"
        case FromRecording(ref=ref):
            return f"recording:{ref}"
        case FromStream(url=url):
            return f"stream:{url}"[:200]
        case FromLineIn():
            return "line-in"
        case FromPhone(ref=ref):
            return f"phone:{ref}"
        case FromOperator(announcement=announcement):
            return f"operator:{announcement}"
        case _:
            assert_never(source)


def ended(desk: Desk, event: PlayerEnded, now: Moment) -> Desk:
    """Return the desk with the open play of this key marked as ended."""

    def mark(play: OpenPlay) -> OpenPlay:
        if play.key != event.key or play.ended_mono_s is not None:
            return play
        return msgspec.structs.replace(
            play,
            ended_mono_s=now.mono_s,
            ending=event.ending,
            played_ms=event.played_ms,
            why=play.why or event.why,
        )

    return msgspec.structs.replace(desk, open_plays=tuple(mark(p) for p in desk.open_plays))


def measured(desk: Desk, event: SoundMeasured) -> Desk:
    """Return the desk with what the sink sounded shared out among the plays of that time, and accounted."""
    since = event.until_mono_s - event.span_ms / 1000
    spans = [_overlap_s(p, since, event.until_mono_s) for p in desk.open_plays]
    total = sum(spans)
    if total <= 0:
        return desk
    plays: list[OpenPlay] = []
    accounts = desk.accounts
    for play, span in zip(desk.open_plays, spans, strict=True):
        share_ms = event.sounded_ms * span / total
        if span > 0:
            play = _heard(play, event, share_ms)  # noqa: PLW2901  the same play, knowing more
            sensed = _sensed(desk, play)
            if sensed is not None and share_ms > 0:
                play = _listened(play, share_ms, heard=sensed)  # noqa: PLW2901  as above
        plays.append(play)
        if play.rank < Rank.EMERGENCY_COMMUNE:
            accounts = _accounted(accounts, play.session, share_ms / 1000)
    return msgspec.structs.replace(desk, open_plays=tuple(plays), accounts=accounts)


def listened(desk: Desk, event: SoundHeard) -> Desk:
    """Return the desk with what a microphone heard shared out among the plays of that time."""
    if event.likeness is None:
        return desk
    since = event.until_mono_s - event.span_ms / 1000
    heard = event.likeness >= ALIKE

    def told(play: OpenPlay) -> OpenPlay:
        span_ms = _overlap_s(play, since, event.until_mono_s) * 1000
        return _listened(play, span_ms, heard=heard) if span_ms > 0 else play

    return msgspec.structs.replace(desk, open_plays=tuple(told(p) for p in desk.open_plays))


def _listened(play: OpenPlay, span_ms: float, *, heard: bool) -> OpenPlay:
    return msgspec.structs.replace(
        play,
        listened_ms=play.listened_ms + span_ms,
        heard_ms=play.heard_ms + (span_ms if heard else 0.0),
    )


def _sensed(desk: Desk, play: OpenPlay) -> bool | None:
    """Return whether the amplifier's sense inputs of a play's zones see sound; None where there is none."""
    inputs = desk.word.assignment.inputs if desk.word.assignment else ()
    states = [
        desk.rig.inputs.get(i.name)
        for i in inputs
        if i.kind is InputKind.SENSE and i.zone in play.zones
    ]
    known = [state for state in states if state is not None]
    return any(known) if known else None


def _overlap_s(play: OpenPlay, since: float, until: float) -> float:
    end = until if play.ended_mono_s is None else min(until, play.ended_mono_s)
    return max(0.0, end - max(since, play.started_mono_s))


def _heard(play: OpenPlay, event: SoundMeasured, share_ms: float) -> OpenPlay:
    power = 0.0 if event.level_dbfs is None else 10 ** (event.level_dbfs / 10)
    onset = play.onset_mono_s
    if onset is None and event.onset_mono_s is not None:
        onset = event.onset_mono_s if event.onset_mono_s >= play.started_mono_s - 0.05 else None
    return msgspec.structs.replace(
        play,
        sounded_ms=play.sounded_ms + share_ms,
        energy_ms=play.energy_ms + power * share_ms,
        onset_mono_s=onset,
    )


def _accounted(accounts: Accounts, session: str, seconds: float) -> Accounts:
    sessions = {**accounts.sessions_s, session: accounts.sessions_s.get(session, 0.0) + seconds}
    return msgspec.structs.replace(
        accounts, day_sounded_s=accounts.day_sounded_s + seconds, sessions_s=sessions
    )


def settled(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the plays closed whose last measurement must have come; their records are untold."""
    over = [
        p
        for p in desk.open_plays
        if p.ended_mono_s is not None and now.mono_s >= p.ended_mono_s + SETTLE_S
    ]
    if not over:
        return desk
    untold = msgspec.structs.replace(
        desk.untold,
        plays=desk.untold.plays
        + tuple(record(p) for p in over if p.session != GREETING),  # central planned none of it
    )
    left = tuple(p for p in desk.open_plays if p not in over)
    return msgspec.structs.replace(desk, open_plays=left, untold=untold)


def record(play: OpenPlay) -> Play:
    """Return the record of a play that is over."""
    asked_ms = play.asked_ms or play.played_ms
    sounded_ms = round(play.sounded_ms)
    if sounded_ms <= 0:
        outcome = Outcome.SILENT
    elif sounded_ms >= ENOUGH * asked_ms:
        outcome = Outcome.SOUNDED
    else:
        outcome = Outcome.PARTLY
    onset_ms = None
    if play.onset_mono_s is not None:
        onset_ms = round((play.onset_mono_s - play.asked_mono_s) * 1000, 1)
    level = round(10 * log10(play.energy_ms / play.sounded_ms), 1) if play.energy_ms > 0 else None
    return Play(
        key=play.key,
        source=name_of(play.source),
        title=play.title or play.key,
        rank=play.rank,
        zones=play.zones,
        started=datetime.fromtimestamp(play.asked_wall_s, UTC),
        asked_ms=asked_ms,
        sounded_ms=sounded_ms,
        outcome=outcome,
        onset_error_ms=onset_ms,
        level_dbfs=level,
        heard_pct=_heard_pct(play),
        why="" if outcome is Outcome.SOUNDED else _shortfall(play, outcome),
    )


def _heard_pct(play: OpenPlay) -> int | None:
    if play.listened_ms < LEAST_LISTENED_MS:
        return None
    return min(100, round(100 * play.heard_ms / play.listened_ms))


def _shortfall(play: OpenPlay, outcome: Outcome) -> str:
    if play.why:
        return play.why
    if outcome is Outcome.SILENT and play.ending is Ending.FINISHED:
        return (
            "Máy phát báo đã xong nhưng đường tiếng không có âm thanh: kiểm tra thiết bị âm thanh."
        )
    if play.ending is Ending.FAILED:
        return "Máy phát gặp lỗi khi đang phát."
    return "Âm thanh đo được ngắn hơn yêu cầu."
