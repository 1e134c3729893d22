"""The operator's own voice on air: while he speaks where the link allows, else as soon as it is here whole.

Law of the room: pure. It is believed when it comes (the hand proved every piece); here is decided when it sounds. A
round waits for the operator only the first time, and then says the text; a voice that came too late for its round
sounds at once, once.
"""

from typing import Final

import msgspec
from msgspec import UNSET

from contract.documents import Announcement
from edge.core.desk import Alarm, Desk, OperatorVoice, noted
from edge.core.events import Ending, OperatorFell, OperatorSpoke, OperatorWhole, PlayerEnded
from edge.core.moment import Moment
from edge.core.orders import Ask, HearOperator
from edge.core.page import NoteKind
from edge.core.sound import FromOperator, Source

PATIENCE_S: Final = (
    10.0  # for who raised a warning and has not begun to speak when the tone is over
)
SUFFIX: Final = "/v"  # the operator's own play of a step: it takes the air from the text being read

replace = msgspec.structs.replace


def is_spoken(announcement: Announcement) -> bool:
    """Return whether an operator speaks this announcement himself."""
    return any(info.voice is not UNSET for info in announcement.infos)


def source_of(voice: OperatorVoice, announcement: str) -> Source | None:
    """Return the operator's voice as it can sound now, None while there is nothing of it."""
    if voice.whole_ms:
        return FromOperator(announcement=announcement)
    return FromOperator(announcement=announcement, live=True) if voice.live else None


def is_play_of(key: str, announcement: str) -> bool:
    """Return whether this key is that of the operator's own voice in an announcement."""
    return key.startswith(f"alert/{announcement}/") and key.endswith(SUFFIX)


def waits(alarm: Alarm, waited_s: float) -> bool:
    """Return whether a step that waited so long goes on waiting for its operator."""
    return alarm.round == 0 and waited_s < PATIENCE_S


def heard(desk: Desk, event: OperatorSpoke | OperatorFell | OperatorWhole, now: Moment) -> Desk:
    """Return the desk after word of an operator's voice; of an announcement that no longer stands nothing is kept."""
    name = event.announcement
    if not any(a.announcement.id == name and is_spoken(a.announcement) for a in desk.alarms):
        return desk
    before = voice_of(desk, name)
    match event:
        case OperatorSpoke():
            desk = _with(desk, name, replace(before, live=True))
            text = "Cán bộ đang nói trực tiếp trong cảnh báo."
            return noted(desk, now.wall, NoteKind.EMERGENCY, text)
        case OperatorFell(cut=cut):
            # what is on air still drains: it stays live until the player says that it ended
            playing = desk.rig.playing
            on_air = playing is not None and is_play_of(playing.key, name)
            after = replace(before, fell=True, live=before.live and on_air, heard=not cut)
            return _with(desk, name, after)
        case OperatorWhole(duration_ms=duration_ms, heard=told):
            after = replace(before, whole_ms=duration_ms, heard=before.heard or told)
            return said_at_once(_with(desk, name, after), now)


def judged(desk: Desk, source: Source | None, event: PlayerEnded) -> PlayerEnded:
    """Return how an operator's live voice ended: where it was told to its end, a closed line is no failure."""
    if not isinstance(source, FromOperator) or not source.live or event.ending is Ending.STOPPED:
        return event
    fell = voice_of(desk, source.announcement).fell
    return replace(event, ending=Ending.FINISHED, why="") if fell else event


def ended(desk: Desk, source: Source | None, event: PlayerEnded, now: Moment) -> Desk:
    """Return the desk after an operator's voice ended in the player: live no more, and heard where it was whole."""
    if not isinstance(source, FromOperator) or event.ending is not Ending.FINISHED:
        return desk
    before = voice_of(desk, source.announcement)
    after = replace(before, live=False, heard=before.heard or not source.live)
    return said_at_once(_with(desk, source.announcement, after), now)


def said_at_once(desk: Desk, now: Moment) -> Desk:
    """Return the desk where a whole voice that nobody heard begins a round now, if none is under way."""
    due = [a for a in desk.alarms if _lacks(desk, a, now)]
    if not due:
        return desk
    held = tuple(
        replace(a, due_mono_s=now.mono_s, step_since_mono_s=now.mono_s) if a in due else a
        for a in desk.alarms
    )
    return replace(desk, alarms=held)


def listen(desk: Desk) -> tuple[Desk, list[Ask]]:
    """Return the desk with the operators of all that stands listened for, and the order for it."""
    names = tuple(a.announcement.id for a in desk.alarms if is_spoken(a.announcement))
    if names == desk.rig.hearing:
        return desk, []
    known = {name: voice for name, voice in desk.rig.operators.items() if name in names}
    rig = replace(desk.rig, hearing=names, operators=known)
    return replace(desk, rig=rig), [HearOperator(announcements=names)]


def voice_of(desk: Desk, announcement: str) -> OperatorVoice:
    """Return how far the voice of this announcement's operator has come."""
    return desk.rig.operators.get(announcement, OperatorVoice())


def _lacks(desk: Desk, alarm: Alarm, now: Moment) -> bool:
    voice = voice_of(desk, alarm.announcement.id)
    between = alarm.round > 0 and alarm.step == 0
    waiting = alarm.due_mono_s is None or alarm.due_mono_s > now.mono_s
    return bool(voice.whole_ms) and not voice.heard and between and waiting


def _with(desk: Desk, name: str, voice: OperatorVoice) -> Desk:
    operators = {**desk.rig.operators, name: voice}
    return replace(desk, rig=replace(desk.rig, operators=operators))
