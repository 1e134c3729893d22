"""The programme's claims: its items, its live sources, and what sounds while those give nothing.

Law of the room: pure; when is the contract's (`timeline`, through `progress`), whether it may is `claims`'.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from contract import planner
from contract.documents import LateRule, Level, Live, Rank
from contract.timeline import Cue
from edge.core import lives, progress
from edge.core.air import Claim, Refused
from edge.core.claims import is_done, lack, unapproved, volume_of, zones_of
from edge.core.desk import Desk
from edge.core.moment import Clock, Moment
from edge.core.sound import FromContent, source_of

replace = msgspec.structs.replace

JOIN_AFTER_S: Final = 1.0  # later than this, an item is joined in progress rather than started


def scheduled(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield a claim for each slot whose item is meant to sound now, those that stand first first."""
    if desk.word.programme is None or desk.word.assignment is None or desk.clock is Clock.UNKNOWN:
        return
    for cue, place_ms in progress.cues_at(desk, now):
        if cue.slot.live is not None:
            yield from _relayed(desk, now, cue, cue.slot.live)
        else:
            yield _item(desk, now, cue, place_ms)


def rank_of(cue: Cue) -> Rank:
    """Return the rank of a slot's level."""
    return Rank.PRIORITY if cue.slot.level is Level.PRIORITY else Rank.NORMAL


def _item(desk: Desk, now: Moment, cue: Cue, place_ms: int) -> Claim | Refused:
    refused = lack(desk, cue.content, now)
    key = f"slot/{cue.key}"
    playing = desk.rig.playing is not None and desk.rig.playing.key == key
    from_ms = max(0, place_ms)
    if place_ms < 0 and not playing and not is_done(desk, key):
        late_s = (now.wall - cue.since) / timedelta(seconds=1)
        if cue.slot.late is LateRule.SKIP and now.wall - cue.since > planner.SKIP_AFTER:
            refused = refused or ("late", "Đã quá giờ bắt đầu và lịch yêu cầu bỏ qua khi trễ.")
        if cue.slot.late is LateRule.JOIN and late_s > JOIN_AFTER_S:
            from_ms = round(late_s * 1000)
    content = desk.word.content(cue.content)
    if refused is not None:
        title = content.title if content else cue.slot.title
        return _no(cue, key, title, refused)
    return replace(
        _claim(desk, now, cue),
        key=key,
        title=content.title if content else cue.slot.title,
        source=FromContent(sha256=cue.content, gain_db=content.gain_db if content else 0.0),
        from_ms=from_ms,
        length_ms=content.duration_ms if content else 0,
    )


def _relayed(desk: Desk, now: Moment, cue: Cue, live: Live) -> Iterator[Claim | Refused]:
    """Yield the claim of a live source; while it gives nothing, that of the slot's items in turn."""
    key = f"slot/{cue.key}"
    refused = unapproved(desk, live.approved_as, now)
    down = lives.is_down(desk, live, now)
    if refused is None and down is None:
        live_key = f"{key}/live-{lives.attempt_of(desk, live)}"
        yield replace(_claim(desk, now, cue), key=live_key, source=source_of(live))
        return
    yield _no(cue, key, cue.slot.title, refused or ("source-down", down.why if down else ""))
    for turn in range(len(cue.slot.items)):
        n = desk.fallback_round + turn
        sha256 = cue.slot.items[n % len(cue.slot.items)]
        content = desk.word.content(sha256)
        item_key = f"{key}/instead-{n}"
        if lack(desk, sha256, now) is None and content is not None and not is_done(desk, item_key):
            yield replace(
                _claim(desk, now, cue),
                key=item_key,
                why=f"Phát thay khi nguồn trực tiếp của “{cue.slot.title}” mất tín hiệu.",
                title=content.title,
                source=FromContent(sha256=sha256, gain_db=content.gain_db),
                since=now.wall,
                length_ms=content.duration_ms,
            )
            return


def _no(cue: Cue, key: str, title: str, reason: tuple[str, str]) -> Refused:
    return Refused(key=key, title=title, rank=rank_of(cue), code=reason[0], why=reason[1])


def _claim(desk: Desk, now: Moment, cue: Cue) -> Claim:
    """Return what every claim of a cue has in common."""
    rank = rank_of(cue)
    return Claim(
        rank=rank,
        key=f"slot/{cue.key}",
        why=f"Theo lịch “{cue.slot.title}”.",
        title=cue.slot.title,
        session=cue.session,
        zones=zones_of(desk, cue.slot.zones),
        volume_pct=volume_of(desk, now, cue.slot.volume_pct, rank),
        since=cue.since,
        until=cue.until,
        cue=cue,
    )
