"""Verbs of saved groups of areas: what is often warned together is chosen at one press.

Law of the room: a group belongs to an area and names only what lies at or below it; who may raise alarms or
administers there changes it, who views there sees it. Choosing a group gives no right that the chooser lacks.
"""

from datetime import datetime

from sqlalchemy import false, or_, select

from central.db.emergency import AreaGroupRow
from central.db.people import AreaRow
from central.domain.emergency import AreaGroup, GroupDraft, checked_group_name
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right, topmost
from central.services.areas import area_named, at_or_below
from central.services.unit import Unit
from contract.area import is_at_or_below


def list_groups(unit: Unit, *, who: Person) -> tuple[AreaGroup, ...]:
    """Return the groups of the areas that `who` may view, by name."""
    seen = (at_or_below(AreaGroupRow.area, area) for area in who.areas(Right.VIEW))
    query = select(AreaGroupRow).where(or_(false(), *seen))
    return tuple(_group(row) for row in unit.session.scalars(query.order_by(AreaGroupRow.name)))


def set_group(
    unit: Unit, draft: GroupDraft, *, number: int | None = None, who: Person, now: datetime
) -> AreaGroup:
    """Keep a new group, or change one by its number; raises `NotFound`, `Forbidden` or `Unacceptable`."""
    row = AreaGroupRow() if number is None else _row(unit, number, who)
    require_desk(who, draft.area)
    area_named(unit, draft.area)
    areas = topmost(draft.areas)
    known = set(unit.session.scalars(select(AreaRow.path).where(AreaRow.path.in_(areas))))
    for area in areas:
        if area not in known:
            raise NotFound(f"Không có địa bàn {area[:60]}.", "no-area")
        if not is_at_or_below(area, draft.area):
            msg = f"Địa bàn {area[:60]} không thuộc {draft.area[:60]}: nhóm chỉ gồm địa bàn bên trong."
            raise Unacceptable(msg, "out-of-group")
    before = None if number is None else _group(row)
    row.area, row.name, row.areas = draft.area, checked_group_name(draft.name), list(areas)
    row.changed, row.changed_by = now, who.name
    unit.session.add(row)
    unit.session.flush()
    after = _group(row)
    unit.note(
        who,
        "area-group",
        f"{row.name} {len(areas)}",
        now=now,
        area=row.area,
        subject=str(row.id),
        before=before,
        after=after,
    )
    return after


def drop_group(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Forget a group; what was announced to it stands."""
    row = _row(unit, number, who)
    before = _group(row)
    unit.session.delete(row)
    unit.note(
        who,
        "area-group-end",
        before.name,
        now=now,
        area=before.area,
        subject=str(number),
        before=before,
    )


def require_desk(who: Person, area: str) -> None:
    """Raise `Forbidden` unless `who` may raise alarms or administers at `area`."""
    if not who.may(Right.ADMINISTER, area):
        who.require(Right.ALARM, area)


def _row(unit: Unit, number: int, who: Person) -> AreaGroupRow:
    row = unit.session.get(AreaGroupRow, number)
    if row is None or not who.may(Right.VIEW, row.area):
        raise NotFound(f"Không có nhóm địa bàn số {number}.", "no-group")
    require_desk(who, row.area)
    return row


def _group(row: AreaGroupRow) -> AreaGroup:
    return AreaGroup(
        number=row.id,
        area=row.area,
        name=row.name,
        areas=tuple(row.areas),
        changed=row.changed,
        changed_by=row.changed_by,
    )
