"""Drills: a Test is answered and never heard, an Exercise sounds like any notice of the commune and says what it is.

Law of the room: pure. What would have sounded is judged by what the hands find at that moment, in silence; it is told
as a receipt `ready`, or as refusals whose codes begin with `drill-` and whose reasons name what is wrong (ADR 0019).
"""

from typing import Final

import msgspec

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Check,
    Kind,
    MessageType,
    Outcome,
    Receipt,
    Refusal,
    Tone,
)
from edge.core.desk import Desk, noted
from edge.core.moment import Moment
from edge.core.page import NoteKind

OF: Final = "drill/"  # what the look for a Test is `of`, before the announcement's id
CODE: Final = "drill-"
TELLING: Final = frozenset(  # findings without which a warning would not be heard here
    {
        "assigned",
        "clock",
        "relays",
        "amplifier",
        "inputs-alarm",
        "sound",
        "listener",
        "sound-path",
        "hands",
        "zones",
        "silent-sink",
    }
)
_SAID: Final = {
    "vi": ("diễn tập", "Diễn tập. ", " Đây là diễn tập."),
    "en": ("exercise", "Exercise. ", " This is an exercise."),
}

replace = msgspec.structs.replace


def as_exercise(announcement: Announcement) -> Announcement:
    """Return what sounds of an exercise: its text between the words that say so, and never a warning's tone.

    A recording is left out, and so is an operator's own voice: nobody here can tell whether it says that it is a drill.
    """
    return replace(announcement, infos=tuple(_said(info) for info in announcement.infos))


def _said(info: AnnouncementInfo) -> AnnouncementInfo:
    word, first, last = _SAID.get(info.language, _SAID["vi"])
    text = info.text.strip()
    if not text.casefold().startswith(word):
        text = first + text
    if not text.casefold().rstrip(" .!").endswith(word):
        text += last
    tone = Tone.NONE if info.tone is Tone.NONE else Tone.CHIME
    return replace(info, text=text, tone=tone, content=None, voice=msgspec.UNSET)


def told(desk: Desk, announcement: Announcement, now: Moment) -> Desk:
    """Return the desk that looks, in silence, whether a warning would have sounded when this Test came."""
    if announcement.message is not MessageType.ALERT:
        return desk
    waiting = (*desk.checks.drills, announcement.id)
    desk = replace(desk, checks=replace(desk.checks, drills=waiting))
    text = "Nhận bản kiểm tra đường truyền cảnh báo: chỉ báo lại, không phát."
    return noted(desk, now.wall, NoteKind.LINK, text)


def own(desk: Desk) -> tuple[Check, ...]:
    """Return what only a drill asks of the desk: whether there is a zone, and whether the last play was heard."""
    zones, last = desk.word.zones, desk.recent_plays[-1:]
    silent = next((p.why for p in last if p.outcome is Outcome.SILENT), None)
    why = "" if zones else "Thiết bị chưa có vùng loa nào."
    checks = [Check(name="zones", ok=bool(zones), why=why)]
    if silent is not None:
        told_why = f"Lần phát gần nhất không ra tiếng. {silent}".strip()
        checks.append(Check(name="silent-sink", ok=False, why=told_why[:300]))
    return tuple(checks)


def judged(desk: Desk, of: str, checks: tuple[Check, ...], now: Moment) -> Desk:
    """Return the desk that tells whether a warning would have sounded, by these findings."""
    announcement = of.removeprefix(OF)
    waiting = tuple(one for one in desk.checks.drills if one != announcement)
    desk = replace(desk, checks=replace(desk.checks, drills=waiting))
    bad = [check for check in checks if not check.ok and check.name in TELLING]
    untold = desk.untold
    if not bad:
        receipt = Receipt(at=now.wall, kind=Kind.ANNOUNCEMENT, id=announcement, state="ready")
        return replace(desk, untold=replace(untold, receipts=(*untold.receipts, receipt)))
    found = tuple(
        Refusal(at=now.wall, what=announcement, code=f"{CODE}{check.name}", why=check.why)
        for check in bad
    )
    desk = replace(desk, untold=replace(untold, refusals=(*untold.refusals, *found)))
    text = f"Kiểm tra cảnh báo: nếu là thật thì không phát được. {bad[0].why}"
    return noted(desk, now.wall, NoteKind.MACHINE, text)
