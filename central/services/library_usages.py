"""Where content is used: slots as drafted or published, and playlists.

Law of the room: reads only, and tells only of areas that the asker may view.
"""

from sqlalchemy import or_, select

from central.db.broadcast import SlotRow
from central.db.library import PlaylistRow
from central.domain.library_states import UsageState
from central.domain.people import Person, Right
from central.domain.states import SlotPhase
from central.services.areas import at_or_below
from central.services.slots import slot_state
from central.services.unit import Unit

MOST_USAGES = 100


def usages_of(unit: Unit, sha256: str, *, who: Person | None) -> tuple[UsageState, ...]:
    """Return the slots and playlists that name a content, in areas that `who` may view, by area; at most 100."""
    slots = select(SlotRow).order_by(SlotRow.area, SlotRow.id)
    lists = select(PlaylistRow).where(PlaylistRow.archived.is_(None)).order_by(PlaylistRow.area)
    if who is not None:
        areas = who.areas(Right.VIEW)
        slots = slots.where(or_(False, *(at_or_below(SlotRow.area, area) for area in areas)))
        lists = lists.where(or_(False, *(at_or_below(PlaylistRow.area, area) for area in areas)))
    found: list[UsageState] = []
    name = sha256.encode()
    for slot_row in unit.session.scalars(slots):
        if name in (slot_row.draft or b"") or name in (slot_row.published or b""):
            slot = slot_state(slot_row)
            if slot.phase is not SlotPhase.DELETED:
                found.append(
                    UsageState(
                        kind="slot",
                        id=slot.slot.id,
                        title=slot.slot.title,
                        area=slot.area,
                        word=slot.word,
                    )
                )
    found += [
        UsageState(
            kind="playlist", id=row.id, title=row.title, area=row.area, word="danh sách phát"
        )
        for row in unit.session.scalars(lists)
        if sha256 in row.items
    ]
    return tuple(found[:MOST_USAGES])
