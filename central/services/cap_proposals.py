"""Verbs of what a message would be: the proposal, the difference to what we announced, and its map.

Law of the room: reads only; every word of it is proposed to a person, who signs or does not.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.broadcast import AnnouncementRow
from central.db.cap import CapMessageRow
from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.areas import root_of
from central.domain.cap import CapAlert, CapArea, CapMessage, Point
from central.domain.cap_places import Placed, find_places, is_near, is_within
from central.domain.cap_proposal import Proposal, Remark, RemarkKind, propose
from central.domain.cap_reading import read_cap
from central.domain.cap_states import CapChange, CapDrawing, CapProposed
from central.domain.people import Person, Right
from central.domain.states import AnnouncementPhase
from central.domain.tally import ZONE
from central.services.areas import at_or_below, list_areas
from central.services.cap_codes import codes_of
from central.services.cap_inbox import cap_row, message_state, referred_to, twins
from central.services.console_views import announcement_document, document_of
from central.services.unit import Unit
from contract.documents import Announcement

MOST_DOTS: Final = 3_000
_TIME: Final = "%H:%M %d/%m/%Y"


def proposal_of(unit: Unit, number: int, *, who: Person, now: datetime) -> CapProposed:
    """Return what a message would be as an announcement of ours; raises `NotFound`."""
    row = cap_row(unit, number, who=who)
    alert = _local(read_cap(row.body))
    root = root_of(row.area)
    areas = list_areas(unit, root)
    appliances = _appliances(unit, root)
    blocks = tuple(dict.fromkeys(chain.from_iterable(info.areas for info in alert.infos)))
    found = find_places(blocks, areas, codes_of(unit, root), appliances)
    allowed = [path for path in found.areas if who.may(Right.ALARM, path)]
    proposal = propose(alert, found, allowed=allowed, now=now, zone_time=_TIME)
    concerns, lost = _concerned(unit, alert, row)
    remarks = [*proposal.remarks]
    if lost:
        remarks.append(Remark(RemarkKind.UNKNOWN_REFERENCE, ", ".join(lost)[:300], len(lost)))
    if twins(unit, row):
        remarks.insert(0, Remark(RemarkKind.TWIN))
    proposal = msgspec.structs.replace(proposal, remarks=tuple(remarks))
    changes: tuple[CapChange, ...] = ()
    if alert.message is CapMessage.UPDATE and concerns:
        changes = _changes(announcement_document(unit, concerns[0]), proposal)
    return CapProposed(
        message=message_state(row),
        proposal=proposal,
        concerns=concerns,
        changes=changes,
        drawing=_drawing(blocks, appliances),
    )


def _local(alert: CapAlert) -> CapAlert:
    """Return the message with its ends told in the zone of those who read it."""
    infos = tuple(
        msgspec.structs.replace(i, expires=i.expires.astimezone(ZONE) if i.expires else None)
        for i in alert.infos
    )
    return msgspec.structs.replace(alert, infos=infos)


def _appliances(unit: Unit, root: str) -> list[Placed]:
    """Return where the appliances of a province stand, by their assignments."""
    query = (
        select(DeviceRow.area, DeviceHealthRow.latitude_deg, DeviceHealthRow.longitude_deg)
        .outerjoin(DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id)
        .where(at_or_below(DeviceRow.area, root), DeviceRow.retired.is_(False))
    )
    return [
        Placed(area, None if lat is None or lon is None else (lat, lon))
        for area, lat, lon in unit.session.execute(query)
    ]


def _concerned(
    unit: Unit, alert: CapAlert, row: CapMessageRow
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return our announcements in force that a message refers to, and references that lead nowhere.

    A reference leads to ours by our own identifier, or by the message that ours was made from; what was updated since
    counts as its update.
    """
    known = referred_to(unit, alert, row.area)
    named = {(r.sender, r.identifier, r.sent): r for r in known}
    lost: list[str] = []
    ids: list[str] = [row.announcement] if row.announcement else []
    for reference in alert.references:
        earlier = named.get((reference.sender, reference.identifier, reference.sent))
        own = unit.session.get(AnnouncementRow, reference.identifier[:70])
        if earlier is not None and earlier.announcement:
            ids.append(earlier.announcement)
        elif own is not None and own.sent == reference.sent:
            ids.append(own.id)
        elif earlier is None:
            lost.append(reference.identifier[:80])
    return _in_force(unit, ids), tuple(lost)


def _in_force(unit: Unit, ids: Sequence[str]) -> tuple[str, ...]:
    active = unit.session.scalars(
        select(AnnouncementRow).where(AnnouncementRow.state == AnnouncementPhase.ACTIVE.value)
    ).all()
    standing = {row.id: document_of(row.envelope) for row in active}
    replaced = {ref: key for key, document in standing.items() for ref in document.references}
    found = (one if one in standing else replaced.get(one) for one in ids)
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _changes(ours: Announcement, proposal: Proposal) -> tuple[CapChange, ...]:
    """Return what an update would change of our announcement, field by field."""
    said = {info.language: info for info in ours.infos}
    pairs = [
        ("severity", "", ours.severity, proposal.severity),
        ("areas", "", ", ".join(ours.areas), ", ".join(proposal.areas)),
    ]
    for words in proposal.words:
        held = said.get(words.language)
        was = (held.headline, held.text) if held else ("", "")
        pairs += [
            ("headline", words.language, was[0], words.headline),
            ("text", words.language, was[1], words.text),
        ]
    return tuple(
        CapChange(field=field, language=language, before=before, after=after)
        for field, language, before, after in pairs
        if before != after
    )


def _drawing(blocks: Sequence[CapArea], appliances: Sequence[Placed]) -> CapDrawing:
    polygons = tuple(chain.from_iterable(block.polygons for block in blocks))
    circles = tuple(chain.from_iterable(block.circles for block in blocks))
    inside: list[Point] = []
    outside: list[Point] = []
    if polygons or circles:
        for one in appliances:
            if one.point is None:
                continue
            held = any(is_within(one.point, p) for p in polygons) or any(
                is_near(one.point, c) for c in circles
            )
            (inside if held else outside).append(one.point)
    return CapDrawing(
        polygons=polygons,
        circles=tuple((*c.centre, c.radius_km) for c in circles),
        inside=tuple(inside[:MOST_DOTS]),
        outside=tuple(outside[:MOST_DOTS]),
    )
