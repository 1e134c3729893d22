"""Where a live source is planned.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from central.domain.people import Person, Right
from central.domain.states import SlotPhase, SlotState
from central.services.areas import list_areas
from central.services.slots import list_slots
from central.services.unit import Unit


def slots_relaying(unit: Unit, sha256: str, who: Person) -> tuple[SlotState, ...]:
    """Return the slots that relay the source approved as `sha256`, in areas that `who` may view, by area."""
    return tuple(
        state
        for area in list_areas(unit)
        if who.may(Right.VIEW, area.path)
        for state in list_slots(unit, area.path, inherited=False)
        if state.slot.live is not None
        and state.slot.live.approved_as == sha256
        and state.phase is not SlotPhase.DELETED
    )
