"""Verbs of the telephone book of areas: who is called when the loudspeakers there stay silent.

Law of the room: numbers are personal data; who raises alarms or administers at an area reads and changes those of the
area and below, nobody else sees them. A change names the number's owner in the audit log, never the number.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select

from central.db.emergency import PhoneRow
from central.domain.areas import lineage
from central.domain.emergency import Phone, PhoneDraft, checked_phone
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right, checked_words
from central.services.area_groups import require_desk
from central.services.areas import area_named, at_or_below
from central.services.unit import Unit


def list_phones(unit: Unit, *, who: Person, area: str | None = None) -> tuple[Phone, ...]:
    """Return the numbers that `who` may see, by area and place; with `area` those at or below it."""
    query = select(PhoneRow).where(_readable(who))
    if area is not None:
        require_desk(who, area)
        query = query.where(at_or_below(PhoneRow.area, area))
    ordered = query.order_by(PhoneRow.area, PhoneRow.place, PhoneRow.id)
    return tuple(_phone(row) for row in unit.session.scalars(ordered))


def phones_of(unit: Unit, areas: Iterable[str], *, who: Person) -> Mapping[str, tuple[Phone, ...]]:
    """Return for each area whom to call: its own people, else those of what lies right below it, else those above."""
    every = [_phone(row) for row in unit.session.scalars(
        select(PhoneRow).where(_readable(who)).order_by(PhoneRow.place, PhoneRow.id)
    )]  # fmt: skip
    by_area: dict[str, list[Phone]] = {}
    for phone in every:
        for above in lineage(phone.area):
            by_area.setdefault(above, []).append(phone)
    own: dict[str, list[Phone]] = {}
    for phone in every:
        own.setdefault(phone.area, []).append(phone)

    def nearest(area: str) -> tuple[Phone, ...]:
        if area in by_area:
            return tuple(own.get(area, ()) or by_area[area])
        return next((tuple(own[a]) for a in reversed(lineage(area)) if a in own), ())

    return {area: nearest(area) for area in areas}


def set_phone(
    unit: Unit, draft: PhoneDraft, *, number: int | None = None, who: Person, now: datetime
) -> Phone:
    """Write down a new number, or change one; raises `NotFound`, `Forbidden` or `Unacceptable`."""
    row = PhoneRow() if number is None else _row(unit, number, who)
    require_desk(who, draft.area)
    area_named(unit, draft.area)
    name = checked_words(draft.name, "Tên người trực", 120)
    if not name:
        raise Unacceptable("Hãy ghi tên người trực nghe máy.", "bad-name")
    row.area, row.name, row.place = draft.area, name, draft.place
    row.duty = checked_words(draft.duty, "Chức vụ", 120)
    row.number = checked_phone(draft.phone)
    row.changed, row.changed_by = now, who.name
    unit.session.add(row)
    unit.session.flush()
    unit.note(who, "phone", f"{row.area} {name}", now=now, area=row.area, subject=str(row.id))
    return _phone(row)


def drop_phone(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Forget a number."""
    row = _row(unit, number, who)
    unit.session.delete(row)
    unit.note(
        who, "phone-end", f"{row.area} {row.name}", now=now, area=row.area, subject=str(number)
    )


def _readable(who: Person) -> ColumnElement[bool]:
    areas = {*who.areas(Right.ALARM), *who.areas(Right.ADMINISTER)}
    return or_(false(), *(at_or_below(PhoneRow.area, area) for area in areas))


def _row(unit: Unit, number: int, who: Person) -> PhoneRow:
    row = unit.session.get(PhoneRow, number)
    if row is None or not (who.may(Right.ALARM, row.area) or who.may(Right.ADMINISTER, row.area)):
        raise NotFound(f"Không có số điện thoại số {number}.", "no-phone")
    return row


def _phone(row: PhoneRow) -> Phone:
    return Phone(
        number=row.id,
        area=row.area,
        name=row.name,
        duty=row.duty,
        phone=row.number,
        place=row.place,
    )
