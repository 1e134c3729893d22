"""Which areas an alarm must name so that everybody in the chosen ones hears it.

Law of the room: an appliance believes its signed assignment. Until it is assigned anew after a merge it still stands
in the area that was closed, and sounds only what names that; so the closed one is named beside its successor.
"""

from collections.abc import Iterable

from sqlalchemy import select

from central.db.fleet import DeviceRow
from central.domain.people import Person, Right
from central.services.areas import at_or_below, with_predecessors
from central.services.unit import Unit
from contract.area import is_at_or_below
from contract.documents import Role


def areas_to_name(unit: Unit, areas: Iterable[str], *, who: Person) -> tuple[str, ...]:
    """Return `areas` and, after them, the closed ones that went into them and in which appliances still stand.

    Only those for which `who` may raise an alarm, and to which every key reaches that could sign without them: a longer
    list must not stop anybody from signing.
    """
    chosen = tuple(dict.fromkeys(areas))
    keys = (key for key in unit.house.keyring.current().keys if key.role is Role.EMERGENCY)
    scopes = {key.scope for key in keys if all(is_at_or_below(to, key.scope) for to in chosen)}
    old = dict.fromkeys(path for area in chosen for path in with_predecessors(unit, area))
    return chosen + tuple(
        path
        for path in old
        if not any(is_at_or_below(path, area) for area in chosen)
        and who.may(Right.ALARM, path)
        and all(is_at_or_below(path, scope) for scope in scopes)
        and _stands_there(unit, path)
    )


def _stands_there(unit: Unit, area: str) -> bool:
    there = at_or_below(DeviceRow.area, area) & DeviceRow.retired.is_(False)
    return unit.session.scalar(select(DeviceRow.id).where(there).limit(1)) is not None
