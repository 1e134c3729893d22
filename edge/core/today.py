"""Today: every item of the day, what became of it, and why.

Law of the room: pure; the plan says what was meant, the records say what was observed, and where there is
no record the page says so instead of guessing.
"""

from datetime import date, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from contract import planner
from contract.documents import Outcome, Play, Policy, Programme
from contract.planner import Planned
from contract.same import Same
from edge.core import scheduled
from edge.core.air import Air, Claim
from edge.core.claims import lack, unapproved
from edge.core.desk import Desk
from edge.core.moment import Moment
from edge.core.page import TodayState, TodayView

MOST: Final = 60
STATES: Final = {
    Outcome.SOUNDED: TodayState.SOUNDED,
    Outcome.PARTLY: TodayState.PARTLY,
    Outcome.SILENT: TodayState.SILENT,
}
WORDS: Final = {
    Outcome.SOUNDED: "Đã phát đủ.",
    Outcome.PARTLY: "Phát thiếu.",
    Outcome.SILENT: "Không có âm thanh.",
}


@lru_cache(maxsize=4)
def _plan(same: Same[Programme, Policy], ordinal: int) -> tuple[Planned, ...]:
    return planner.plan(*same.values, date.fromordinal(ordinal))


def today(desk: Desk, air: Air, now: Moment) -> tuple[TodayView, ...]:
    """Return the items of the local day in order, at most `MOST`, those around now when there are more."""
    programme = desk.word.programme
    if programme is None:
        return ()
    zone = ZoneInfo(desk.word.time_zone)
    day = now.wall.astimezone(zone).date()
    planned = _plan(Same(programme, desk.word.policy), day.toordinal())
    records = _records(desk)
    seen: set[str] = set()
    views: list[TodayView] = []
    for piece in planned:
        key = f"slot/{piece.key}"
        if key in seen:
            continue
        seen.add(key)
        state, why = _fate(desk, air, now, piece, records.get(key, ()))
        content = desk.word.content(piece.content)
        views.append(
            TodayView(
                start=piece.start.astimezone(zone),
                end=piece.end.astimezone(zone),
                title=content.title if content else piece.slot.title,
                state=state,
                why=why,
            )
        )
    if len(views) <= MOST:
        return tuple(views)
    recent = next((n for n, v in enumerate(views) if v.end > now.wall), len(views))
    first = max(0, min(recent - MOST // 3, len(views) - MOST))
    return tuple(views[first : first + MOST])


def _records(desk: Desk) -> dict[str, tuple[Play, ...]]:
    """Return today's records by the key of the item they belong to."""
    records: dict[str, tuple[Play, ...]] = {}
    for play in desk.day_plays:
        key = "/".join(play.key.split("/")[:4])
        records[key] = (*records.get(key, ()), play)
    return records


def _fate(
    desk: Desk, air: Air, now: Moment, piece: Planned, plays: tuple[Play, ...]
) -> tuple[TodayState, str]:
    key = f"slot/{piece.key}"
    playing = desk.rig.playing
    if playing is not None and playing.key.startswith(key):
        word = "Đang phát." if playing.seen else "Sắp có tiếng."
        return TodayState.ON_AIR, f"{word} {air.claim.why}"
    if plays:
        return _observed(plays)
    if piece.start <= now.wall < piece.end:
        return _waiting(desk, air, now, key, piece)
    if not piece.verdict.allowed:
        return TodayState.REFUSED, piece.verdict.why
    if piece.displaced_by is not None:
        return TodayState.DISPLACED, f"Nhường “{_title(desk, piece.displaced_by)}”."
    if piece.start > now.wall:
        return TodayState.COMING, _foreseen(desk, now, piece)
    return TodayState.UNKNOWN, "Không có bản ghi phát: thiết bị chưa chạy hoặc chưa có lịch lúc đó."


def _observed(plays: tuple[Play, ...]) -> tuple[TodayState, str]:
    """Return what the records of one item say together: pieces of an interrupted item add up."""
    asked_ms = max(p.asked_ms for p in plays)
    sounded_ms = sum(p.sounded_ms for p in plays)
    if any(p.outcome is Outcome.SOUNDED for p in plays) or (
        asked_ms and sounded_ms >= 0.9 * asked_ms
    ):
        return TodayState.SOUNDED, f"Đã phát đủ {round(sounded_ms / 1000)} giây."
    outcome = Outcome.PARTLY if sounded_ms else Outcome.SILENT
    why = next((p.why for p in plays if p.why), WORDS[outcome])
    if outcome is Outcome.PARTLY:
        why = f"Phát {round(sounded_ms / 1000)} trên {round(asked_ms / 1000)} giây. {why}"
    return STATES[outcome], why


def _waiting(desk: Desk, air: Air, now: Moment, key: str, piece: Planned) -> tuple[TodayState, str]:
    """Return why an item whose time is now does not sound."""
    for wanted in scheduled.scheduled(desk, now):
        if wanted.key.startswith(key) and not isinstance(wanted, Claim):
            return TodayState.REFUSED, wanted.why
    refused = next((r for r in air.refused if r.key.startswith(key)), None)
    if refused is not None:
        return TodayState.REFUSED, refused.why
    if air.claim.key.startswith(key):
        return TodayState.ON_AIR, "Sắp phát: đang bật amply." if not air.done else "Đã phát xong."
    if not piece.verdict.allowed:
        return TodayState.REFUSED, piece.verdict.why
    return TodayState.DISPLACED, f"Đang nhường: {air.claim.why}"


def _foreseen(desk: Desk, now: Moment, piece: Planned) -> str:
    """Return why a coming item would not sound as things stand; empty when it would."""
    live = piece.slot.live
    then = Moment(piece.start, now.mono_s + (piece.start - now.wall) / timedelta(seconds=1))
    reason = (
        unapproved(desk, live.approved_as, then)
        if live is not None
        else lack(desk, piece.content, then)
    )
    return f"Chưa phát được: {reason[1]}" if reason else ""


def _title(desk: Desk, slot: str) -> str:
    slots = desk.word.programme.slots if desk.word.programme else ()
    return next((s.title for s in slots if s.id == slot), slot)
