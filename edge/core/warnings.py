"""Local emergencies: what staff with that right sound here, and take back.

Law of the room: pure. A local emergency is an announcement of our own making and from then on an alarm like
any other, at the commune's rank; it is told to central at once, and no active set of central's ends it.
"""

from datetime import timedelta
from typing import Final

import msgspec

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    LocalWarning,
    MessageType,
    Rank,
    Repeat,
    Status,
)
from edge.core import alarms
from edge.core.desk import Alarm, Desk, noted
from edge.core.events import StaffStoodDown, StaffWarned
from edge.core.moment import Moment
from edge.core.page import NoteKind

BY_ITSELF: Final = "hết hạn"
LOCAL_REPEAT: Final = Repeat(quick_rounds=3, quick_gap_s=60, slow_gap_s=600)

replace = msgspec.structs.replace


def warned(desk: Desk, event: StaffWarned, now: Moment) -> Desk:
    """Return the desk with a local emergency in force; an appliance without an assignment has none."""
    assignment = desk.word.assignment
    if assignment is None:
        return desk
    # by the clock, so that an id is not used again after a card that took no writes lost the count
    number = max(desk.local.warnings + 1, int(now.wall.timestamp()))
    life = max(timedelta(minutes=1), min(event.until - now.wall, timedelta(hours=24)))
    announcement = Announcement(
        id=f"{alarms.LOCAL}{desk.device}:0:{number}",
        message=MessageType.ALERT,
        status=Status.ACTUAL,
        sent=now.wall,
        expires=now.wall + life,
        areas=(assignment.area,),
        event=event.headline,
        zones=event.zones,
        repeat=LOCAL_REPEAT,
        infos=(AnnouncementInfo(language="vi", headline=event.headline, text=event.text),),
    )
    desk = replace(desk, local=replace(desk.local, warnings=number, undo=None))
    desk = sounded_here(desk, announcement, now)
    said = _said(announcement, event.by, now, over=False)
    text = f"{event.by} phát cảnh báo tại chỗ: “{event.headline}”."
    return noted(_told(desk, said), now.wall, NoteKind.EMERGENCY, text)


def sounded_here(desk: Desk, announcement: Announcement, now: Moment) -> Desk:
    """Return the desk with a local emergency as an alarm, at the commune's rank wherever the appliance stands."""
    desk = alarms.accept(desk, announcement, now)
    own = tuple(
        replace(a, rank=Rank.EMERGENCY_COMMUNE) if alarms.is_local(a) else a for a in desk.alarms
    )
    return replace(desk, alarms=own)


def run_out(desk: Desk, before: tuple[Alarm, ...], now: Moment) -> Desk:
    """Return the desk telling that the local emergencies of `before` which are gone have run out by themselves."""
    return gone(desk, before, BY_ITSELF, now)


def gone(desk: Desk, before: tuple[Alarm, ...], by: str, now: Moment) -> Desk:
    """Return the desk telling which local emergencies of `before` are gone, and by what or whom."""
    for alarm in before:
        if alarms.is_local(alarm) and all(
            a.announcement.id != alarm.announcement.id for a in desk.alarms
        ):
            said = _said(alarm.announcement, by, now, over=True)
            text = f"Cảnh báo tại chỗ “{said.headline}” kết thúc: {by}."
            desk = noted(_told(desk, said), now.wall, NoteKind.EMERGENCY, text)
    return desk


def stood_down(desk: Desk, event: StaffStoodDown, now: Moment) -> Desk:
    """Return the desk without the local emergency of this id; the province's are not staff's to end."""
    alarm = next((a for a in desk.alarms if a.announcement.id == event.id), None)
    if alarm is None or not alarms.is_local(alarm):
        return desk
    desk = replace(desk, alarms=tuple(a for a in desk.alarms if a is not alarm))
    said = _said(alarm.announcement, event.by, now, over=True)
    text = f"{event.by} kết thúc cảnh báo tại chỗ: “{said.headline}”."
    return noted(_told(desk, said), now.wall, NoteKind.EMERGENCY, text)


def _said(announcement: Announcement, by: str, now: Moment, *, over: bool) -> LocalWarning:
    info = announcement.infos[0]
    return LocalWarning(
        at=now.wall,
        id=announcement.id,
        by=by,
        headline=info.headline,
        text=info.text[:2_000],
        zones=announcement.zones,
        over=over,
    )


def _told(desk: Desk, said: LocalWarning) -> Desk:
    return replace(desk, untold=replace(desk.untold, warnings=(*desk.untold.warnings, said)))
