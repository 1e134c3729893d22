"""What must lie on the shelf: what is missing, how soon it is needed, and what may not make room.

Law of the room: pure.
"""

from datetime import timedelta
from typing import Final

import msgspec

from contract import timeline
from contract.documents import Content, Sha256
from edge.core.desk import Desk
from edge.core.moment import Moment
from edge.core.orders import Ask, FetchContents, PinContents
from edge.core.sound import FromContent

PINNED: Final = timedelta(days=7)
URGENT: Final = timedelta(hours=12)

replace = msgspec.structs.replace


def missing(desk: Desk) -> tuple[Content, ...]:
    """Return the contents that are not here or not approved, those of emergencies first."""
    wanted: dict[Sha256, Content] = {}
    for alarm in desk.alarms:
        for info in alarm.announcement.infos:
            if info.content is not None and info.content.sha256 not in desk.shelf:
                wanted[info.content.sha256] = info.content
    for content in desk.word.programme.contents if desk.word.programme else ():
        if content.sha256 not in desk.shelf or content.sha256 not in desk.word.approvals:
            wanted.setdefault(content.sha256, content)
    return tuple(wanted.values())


def pressing(desk: Desk) -> frozenset[Sha256]:
    """Return the contents that emergencies in force name."""
    return frozenset(
        info.content.sha256
        for alarm in desk.alarms
        for info in alarm.announcement.infos
        if info.content is not None
    )


def needed_within(desk: Desk, now: Moment, span: timedelta) -> frozenset[Sha256]:
    """Return the contents that the programme may sound within `span` from now."""
    programme = desk.word.programme
    return timeline.needed(programme, now.wall, now.wall + span) if programme else frozenset()


def fetch(desk: Desk, now: Moment) -> tuple[Desk, list[Ask]]:
    """Return the desk with what is missing being fetched, and the order for it."""
    wanted = missing(desk)
    names = frozenset(c.sha256 for c in wanted)
    if names <= desk.rig.fetching:
        return desk, []
    rig = replace(desk.rig, fetching=desk.rig.fetching | names)
    order = FetchContents(
        contents=wanted,
        urgent=names & needed_within(desk, now, URGENT),
        pressing=names & pressing(desk),
    )
    return replace(desk, rig=rig), [order]


def pin(desk: Desk, now: Moment) -> tuple[Desk, list[Ask]]:
    """Return the desk with the contents pinned that may not make room, looked at anew when they may have changed."""
    programme = desk.word.programme
    held = "|".join(sorted(pressing(desk)))
    version = programme.version if programme else -1
    playing = desk.rig.playing.key if desk.rig.playing else ""
    mark = f"{version}|{now.wall:%Y%m%d%H}|{held}|{playing}"
    if mark == desk.pinned:
        return desk, []
    on_air = {p.source.sha256 for p in desk.open_plays if isinstance(p.source, FromContent)}
    contents = needed_within(desk, now, PINNED) | pressing(desk) | on_air
    return replace(desk, pinned=mark), [PinContents(contents=contents)]
