"""What staff put on air: their claims, and the plays a decision is made of.

Law of the room: pure; what was decided is `decisions`'. Whether it may sound now is still the policy's word.
"""

from collections.abc import Iterator

import msgspec

from contract.documents import Rank, Tone
from edge.core.air import Claim, Refused
from edge.core.claims import is_done, lack, volume_of, zones_of
from edge.core.desk import Desk
from edge.core.events import Staff
from edge.core.moment import Moment
from edge.core.sound import (
    FromContent,
    FromLineIn,
    FromPhone,
    FromRecording,
    FromTone,
    FromVoice,
    Source,
)

replace = msgspec.structs.replace


def claims(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield what staff decided here: somebody talking, a hush, or what they put on air."""
    local = desk.local
    if local.live is not None and now.wall < local.live.until:
        yield from _steps_of(desk, now, local.live, Rank.LIVE)
    if local.hush is not None and now.wall < local.hush.until:
        why = f"{local.hush.by} đã tắt tiếng tạm thời."
        rank = Rank.OVERRIDE
        yield Claim(rank=rank, key="hush", why=why, since=now.wall, until=local.hush.until)
    elif local.override is not None and now.wall < local.override.until:
        yield from _steps_of(desk, now, local.override, Rank.OVERRIDE)


def steps(staff: Staff) -> tuple[tuple[str, Source], ...]:
    """Return the plays of a decision in order, each with its key: chime, the thing itself, end tone."""
    if staff.source is None:
        return ()
    sources: list[Source] = [staff.source] * staff.rounds
    if staff.chime:
        sources.insert(0, FromTone(tone=Tone.CHIME))
        if not isinstance(staff.source, FromPhone | FromLineIn):
            sources.append(FromTone(tone=Tone.END))
    base = f"staff/{_short(staff.source)}/{staff.until:%Y%m%dT%H%M%S}"
    return tuple((f"{base}/{n}", source) for n, source in enumerate(sources))


def _short(source: Source) -> str:
    match source:
        case FromContent(sha256=sha256):
            return sha256[:12]
        case FromVoice(ref=ref) | FromRecording(ref=ref) | FromPhone(ref=ref):
            return ref[:24]
        case _:
            return "line-in"


def is_over(desk: Desk, staff: Staff, now: Moment) -> bool:
    """Return whether a decision has ended: by its own end, or because all of it has sounded."""
    plays = steps(staff)
    return now.wall >= staff.until or (bool(plays) and all(is_done(desk, key) for key, _ in plays))


def _steps_of(desk: Desk, now: Moment, staff: Staff, rank: Rank) -> Iterator[Claim | Refused]:
    step = next(((k, s) for k, s in steps(staff) if not is_done(desk, k)), None)
    if step is None:
        return
    key, source = step
    refused = _cannot(desk, now, staff)
    if refused is not None:
        yield Refused(key=key, title=staff.title, rank=rank, code=refused[0], why=refused[1])
        return
    if isinstance(source, FromVoice) and source.ref not in desk.rig.voices_ms:
        return  # the words are being spoken to a file, while the chime sounds
    talk = rank is Rank.LIVE
    content = desk.word.content(source.sha256) if isinstance(source, FromContent) else None
    gain_db = content.gain_db if content else 0.0
    yield Claim(
        rank=rank,
        key=key,
        why=f"{staff.by} đang nói trực tiếp." if talk else f"{staff.by} phát tại chỗ.",
        title=staff.title,
        source=replace(source, gain_db=gain_db) if isinstance(source, FromContent) else source,
        session=key.rpartition("/")[0],
        zones=zones_of(desk, staff.zones),
        volume_pct=volume_of(desk, now, 100, rank),
        since=now.wall,
        until=staff.until,
        length_ms=_length_ms(desk, staff, source),
    )


def _cannot(desk: Desk, now: Moment, staff: Staff) -> tuple[str, str] | None:
    if isinstance(staff.source, FromContent):
        return lack(desk, staff.source.sha256, now)
    silent = isinstance(staff.source, FromVoice) and staff.source.ref not in desk.rig.voices_ms
    if silent and "voice" in desk.rig.failed:
        return "voice-failed", f"Không đọc được lời: {desk.rig.failed['voice']}"
    return None


def _length_ms(desk: Desk, staff: Staff, source: Source) -> int:
    match source:
        case FromContent(sha256=sha256):
            content = desk.word.content(sha256)
            return content.duration_ms if content else 0
        case FromVoice(ref=ref):
            return desk.rig.voices_ms.get(ref, 0)
        case FromRecording():
            return staff.length_ms
        case _:
            return 0
