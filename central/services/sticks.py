"""Verbs of sticks: everything sealed that one appliance would fetch itself, in one answer, and the way to a content.

Law of the room: only what the appliance's own doors would give it. The papers are sealed, so whoever carries them can
change nothing; who may install there may carry them.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime

from central.domain.errors import Conflict, NotFound
from central.domain.people import Person, Right
from central.domain.sticks import StickContent, StickPaper, StickSet
from central.services import doors
from central.services.devices import device_row
from central.services.doors import Visitor
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import ActiveSet, Announcement, Content, Kind, Programme


def stick_set(unit: Unit, device: str, *, who: Person, now: datetime) -> StickSet:
    """Return the papers of an appliance in the order in which it reads them, and the contents that they name.

    Raises `NotFound` for one that is not ours, `Conflict` for one that was retired.
    """
    visitor = _visitor(unit, device, who)
    row = device_row(unit, device)
    papers = [doors.assignment_paper(unit, visitor).envelope]
    contents: dict[str, Content] = {}
    lives: set[str] = set()
    for envelope in _found(unit, visitor):
        papers.append(envelope)
        read = seal.read_envelope(envelope)
        document = codec.decode(read.kind, read.payload)
        if isinstance(document, Programme):
            contents |= {one.sha256: one for one in document.contents}
            lives |= {slot.live.approved_as for slot in document.slots if slot.live is not None}
        elif isinstance(document, Announcement):
            said = (info.content for info in document.infos)
            contents |= {one.sha256: one for one in said if one is not None}
    for name in (*contents, *sorted(lives)):
        try:
            papers.append(doors.approval_paper(unit, visitor, name, now=now).envelope)
        except NotFound:
            continue  # it will be said by the appliance, as without a stick
    return StickSet(
        device=row.id,
        name=row.name,
        area=row.area,
        assignment=papers[0],
        papers=tuple(_paper(envelope) for envelope in dict.fromkeys(papers)),
        contents=tuple(
            StickContent(sha256=one.sha256, size_bytes=one.size_bytes, title=one.title)
            for one in contents.values()
        ),
    )


def stick_content(unit: Unit, device: str, sha256: str, *, who: Person, now: datetime) -> str:
    """Return the MIME type of a content that this appliance may have; raises `NotFound`."""
    return doors.fetchable_mime(unit, _visitor(unit, device, who), sha256, now=now)


def _visitor(unit: Unit, device: str, who: Person) -> Visitor:
    row = device_row(unit, device)
    who.require(Right.INSTALL, row.area)
    if row.retired:
        raise Conflict("Máy này đã được thu hồi: không có gì để mang đến nó.", "retired")
    return Visitor(row.id, row.area)


def _found(unit: Unit, visitor: Visitor) -> Iterator[bytes]:
    """Yield the programme, the active set and what it lists, as far as there is any."""
    with contextlib.suppress(NotFound):
        yield doors.programme_paper(unit, visitor).envelope
    try:
        envelope = doors.active_set_paper(unit, visitor).envelope
    except NotFound:
        return
    document = codec.decode(Kind.ACTIVE_SET, seal.read_envelope(envelope).payload)
    for entry in document.active if isinstance(document, ActiveSet) else ():
        try:
            yield doors.announcement_paper(unit, visitor, entry.payload_sha256).envelope
        except NotFound:
            continue  # it speaks to others
    yield envelope


def _paper(envelope: bytes) -> StickPaper:
    return StickPaper(kind=seal.read_envelope(envelope).kind.value, envelope=envelope)
