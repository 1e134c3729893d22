"""What staff decide here: play, speak, record, talk, hush, volume, skip; and taking it back.

Law of the room: pure. Each decision has an end, is said in the log, and can be taken back for a few
seconds. What staff may do is the page's question.
"""

from typing import Final, assert_never

import msgspec

from edge.core import progress
from edge.core.desk import Desk, Local, Undo, kept, noted, open_play
from edge.core.events import (
    Staff,
    StaffHushed,
    StaffLeftLive,
    StaffPlayed,
    StaffRecorded,
    StaffReleased,
    StaffSetVolume,
    StaffSkipped,
    StaffSpoke,
    StaffUndid,
    StaffWentLive,
)
from edge.core.moment import Moment
from edge.core.page import NoteKind
from edge.core.sound import FromContent, FromLineIn, FromPhone, FromRecording, FromVoice

UNDO_S: Final = 10.0

Decided = (
    StaffPlayed
    | StaffSpoke
    | StaffRecorded
    | StaffWentLive
    | StaffLeftLive
    | StaffHushed
    | StaffReleased
    | StaffSetVolume
    | StaffUndid
)

replace = msgspec.structs.replace


def decided(desk: Desk, event: Decided, now: Moment) -> Desk:
    """Return the desk after a decision of staff; the one before can be brought back for a few seconds."""
    before, text = desk.local, _sentence(desk, event, now)
    if isinstance(event, StaffUndid):
        return _undone(desk, event, now)
    local = _local_after(before, event, desk)
    undo = None
    if not isinstance(event, StaffWentLive | StaffLeftLive):
        undo = Undo(
            text=text,
            until_mono_s=now.mono_s + UNDO_S,
            override=before.override,
            hush=before.hush,
            volume=before.volume,
        )
    return noted(replace(desk, local=replace(local, undo=undo)), now.wall, NoteKind.STAFF, text)


def _local_after(local: Local, event: Decided, desk: Desk) -> Local:
    match event:
        case StaffPlayed(content=sha256, zones=zones, until=until, by=by):
            content = desk.word.content(sha256)
            title = content.title if content else "Nội dung tại chỗ"
            source = FromContent(sha256=sha256)
            override = Staff(
                by=by, until=until, source=source, title=title, zones=zones, chime=event.chime
            )
            return replace(local, override=override, hush=None)
        case StaffSpoke(ref=ref, text=text, zones=zones, until=until, by=by):
            override = Staff(
                by=by,
                until=until,
                source=FromVoice(ref=ref),
                title=text[:80],
                words=text,
                voice=event.voice,
                rounds=event.rounds,
                zones=zones,
                chime=True,
            )
            return replace(local, override=override, hush=None)
        case StaffRecorded(ref=ref, title=title, zones=zones, until=until, by=by):
            override = Staff(
                by=by,
                until=until,
                source=FromRecording(ref=ref),
                title=title,
                length_ms=event.length_ms,
                zones=zones,
                chime=True,
            )
            return replace(local, override=override, hush=None)
        case StaffWentLive(ref=ref, zones=zones, until=until, by=by):
            source_live = FromPhone(ref=ref) if ref else FromLineIn()
            title = "Nói trực tiếp"
            live = Staff(
                by=by, until=until, source=source_live, title=title, zones=zones, chime=True
            )
            return replace(local, live=live)
        case StaffLeftLive():
            return replace(local, live=None)
        case StaffHushed(until=until, by=by):
            return replace(local, hush=Staff(by=by, until=until), override=None, live=None)
        case StaffReleased():
            return replace(local, hush=None, override=None, live=None)
        case StaffSetVolume(volume_pct=volume_pct, until=until, by=by):
            return replace(local, volume=Staff(by=by, until=until, volume_pct=volume_pct))
        case StaffUndid():
            return local
        case _:
            assert_never(event)


def _undone(desk: Desk, event: StaffUndid, now: Moment) -> Desk:
    undo = desk.local.undo
    if undo is None or now.mono_s > undo.until_mono_s:
        return desk
    local = replace(
        desk.local, override=undo.override, hush=undo.hush, volume=undo.volume, undo=None
    )
    text = f"{event.by} hoàn tác: {undo.text}"
    return noted(replace(desk, local=local), now.wall, NoteKind.STAFF, text)


def _sentence(desk: Desk, event: Decided, now: Moment) -> str:
    match event:
        case StaffPlayed(content=sha256, by=by):
            content = desk.word.content(sha256)
            return f"{by} phát “{content.title if content else 'nội dung tại chỗ'}”."
        case StaffSpoke(text=text, by=by):
            return f"{by} đọc thông báo: “{text[:120]}”."
        case StaffRecorded(title=title, by=by):
            return f"{by} phát bản ghi âm “{title}”."
        case StaffWentLive(by=by):
            return f"{by} nói trực tiếp."
        case StaffLeftLive(by=by):
            return f"{by} kết thúc nói trực tiếp."
        case StaffHushed(by=by):
            return f"{by} tắt tiếng."
        case StaffReleased(by=by):
            return f"{by} trả thiết bị về lịch phát."
        case StaffSetVolume(until=until, by=by) if until <= now.wall:
            return f"{by} trả âm lượng về mức chung."
        case StaffSetVolume(volume_pct=volume_pct, by=by):
            return f"{by} đặt âm lượng {volume_pct} %."
        case StaffUndid(by=by):
            return f"{by} hoàn tác."
        case _:
            assert_never(event)


def skipped(desk: Desk, event: StaffSkipped, now: Moment) -> Desk:
    """Return the desk without the play that staff skip; what they did not see is not skipped."""
    playing = desk.rig.playing
    if playing is None or playing.key != event.key or event.key.startswith("alert/"):
        return desk
    windows, play = desk.progress, open_play(desk, event.key)
    if play is not None and play.cue is not None and play.cue.slot.live is None:
        windows = progress.skipped(windows, play.cue, now)
    plays = tuple(
        replace(p, why=f"{event.by} bỏ qua.") if p.key == event.key and not p.why else p
        for p in desk.open_plays
    )
    desk = replace(
        desk, progress=windows, open_plays=plays, ended_keys=kept(desk.ended_keys, event.key)
    )
    return noted(desk, now.wall, NoteKind.STAFF, f"{event.by} bỏ qua mục đang phát.")
