"""The hush of warnings: staff silence what is in force here for a quarter of an hour, and it comes back by itself.

Law of the room: pure. A hush covers the warnings that were in force when it was given, never a newer one or an
update; it is told to central in the same turn (ADR 0017). It lives as long as the hush of everything below,
at most `alarms.HUSH`, by the monotonic clock, so that no step of the wall clock prolongs it.
"""

from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from contract.documents import Refusal
from edge.core import alarms, decisions
from edge.core.desk import Alarm, Desk, noted
from edge.core.events import StaffHushed, StaffHushedWarnings
from edge.core.moment import Moment
from edge.core.page import NoteKind

CODE: Final = "warning-hushed"
TITLE_LETTERS: Final = 80

replace = msgspec.structs.replace


def hushed(desk: Desk, event: StaffHushedWarnings, now: Moment) -> Desk:
    """Return the desk with every warning in force, and all below them, silent for `alarms.HUSH`."""
    until = now.wall + alarms.HUSH
    desk = decisions.decided(desk, StaffHushed(until=until, by=event.by), now)
    covered = [a for a in desk.alarms if not alarms.is_exercise(a)]
    if not covered:
        return desk
    until_mono_s = now.mono_s + alarms.HUSH.total_seconds()
    at = until.astimezone(ZoneInfo(desk.word.time_zone))
    told = tuple(
        Refusal(
            at=now.wall,
            what=alarm.announcement.id,
            code=CODE,
            why=f"{event.by} tắt tiếng cảnh báo “{_headline(alarm)}” tại chỗ đến {at:%H:%M}; sau đó tự phát lại.",
        )
        for alarm in covered
    )
    silent = tuple(
        replace(a, hushed_until_mono_s=until_mono_s, hushed_by=event.by) if a in covered else a
        for a in desk.alarms
    )
    untold = replace(desk.untold, refusals=(*desk.untold.refusals, *told))
    desk = replace(desk, alarms=silent, untold=untold)
    for refusal in told:
        desk = noted(desk, now.wall, NoteKind.EMERGENCY, refusal.why)
    return desk


def rearmed(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the warnings free to sound again whose hush has ended, or was taken back."""
    lifted = desk.local.hush is None or now.wall >= desk.local.hush.until
    over = [a for a in desk.alarms if a.hushed_by and (lifted or not alarms.is_hushed(a, now))]
    if not over:
        return desk
    stand = tuple(
        replace(a, hushed_until_mono_s=None, hushed_by="") if a in over else a for a in desk.alarms
    )
    again = {f"sounding {a.announcement.id}" for a in over}  # central is told when it sounds again
    desk = replace(desk, alarms=stand, told_keys=tuple(k for k in desk.told_keys if k not in again))
    for alarm in over:
        text = f"Cảnh báo “{_headline(alarm)}” hết tắt tiếng, lại phát."
        desk = noted(desk, now.wall, NoteKind.EMERGENCY, text)
    return desk


def _headline(alarm: Alarm) -> str:
    announcement = alarm.announcement
    said = announcement.infos[0].headline if announcement.infos else announcement.event
    return said[:TITLE_LETTERS]
