"""What an administrator reads of people: the list of their areas, and one person.

Law of the room: of a person only the grants at areas of whoever asks are shown; who holds nothing there is not there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from central.db.people import AreaRow, GrantRow, PersonRow, PersonSessionRow
from central.domain.errors import NotFound
from central.domain.people import Grant, Person, PersonRole, Right, folded
from central.domain.people_states import AccountState, GrantState
from central.services.areas import at_or_below, with_predecessors
from central.services.unit import Unit
from contract.area import is_at_or_below

MOST = 200


def list_people(
    unit: Unit,
    *,
    who: Person,
    now: datetime,
    text: str = "",
    area: str | None = None,
    role: PersonRole | None = None,
    after: str = "",
    limit: int = 50,
) -> tuple[AccountState, ...]:
    """Return people by name, those after the name `after`: at most `limit` (200) of those whom `who` administers.

    `area` narrows to who belongs to or holds something at or below it; raises `Forbidden` where `who` does not
    administer it.
    """
    places = who.areas(Right.ADMINISTER)
    if area is not None:
        who.require(Right.ADMINISTER, area)
        places = with_predecessors(unit, area)
    if not places:
        who.require(Right.ADMINISTER, area or "–")
    query = select(PersonRow).where(PersonRow.name > after, _within(places, homeless=area is None))
    for word in folded(text).split()[:6]:
        found = PersonRow.search.contains(word, autoescape=True)
        query = query.where(or_(found, PersonRow.name.contains(word, autoescape=True)))
    if role is not None:
        held = select(GrantRow.person_id).where(GrantRow.role == role.value)
        query = query.where(PersonRow.id.in_(held.where(_any(GrantRow.area, places))))
    rows = unit.session.scalars(query.order_by(PersonRow.name).limit(min(limit, MOST))).all()
    return _states(unit, rows, who, now)


def person_named(unit: Unit, person: int, *, who: Person, now: datetime) -> AccountState:
    """Return one person; `NotFound` for somebody who has nothing to do with the areas of `who`."""
    row = unit.session.get(PersonRow, person)
    found = _states(unit, [row], who, now) if row is not None else ()
    if row is None or not sees(who, row.area, found[0].grants):
        raise NotFound("Không có người này trong địa bàn của bạn.", "no-person")
    return found[0]


def sees(who: Person, home: str, grants: Iterable[Grant | GrantState]) -> bool:
    """Return whether `who` administers where a person belongs, or holds something; or all, from a root."""
    if any("/" not in area for area in who.areas(Right.ADMINISTER)) and not home:
        return True
    places = {home, *(g.area for g in grants)} - {""}
    return any(who.may(Right.ADMINISTER, place) for place in places)


def _within(places: Sequence[str], *, homeless: bool) -> ColumnElement[bool]:
    """Return the condition that somebody belongs to, or holds something at, one of the places."""
    held = select(GrantRow.person_id).where(_any(GrantRow.area, places))
    conditions = [_any(PersonRow.area, places), PersonRow.id.in_(held)]
    if homeless and any("/" not in place for place in places):
        conditions.append(PersonRow.area == "")
    return or_(*conditions)


def _any(column: object, places: Sequence[str]) -> ColumnElement[bool]:
    return or_(*(at_or_below(column, place) for place in places))  # type: ignore[arg-type]


def _states(
    unit: Unit, rows: Sequence[PersonRow], who: Person, now: datetime
) -> tuple[AccountState, ...]:
    ids = [row.id for row in rows]
    held: dict[int, list[GrantRow]] = {}
    for grant in unit.session.scalars(select(GrantRow).where(GrantRow.person_id.in_(ids))):
        held.setdefault(grant.person_id, []).append(grant)
    paths = {g.area for grants in held.values() for g in grants}
    named = select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(paths))
    names: dict[str, str] = dict(unit.session.execute(named).all())
    newest = select(PersonSessionRow.person_id, func.max(PersonSessionRow.last_seen)).where(
        PersonSessionRow.person_id.in_(ids)
    )
    seen = dict(unit.session.execute(newest.group_by(PersonSessionRow.person_id)).all())
    places = who.areas(Right.ADMINISTER)
    return tuple(
        _state(row, held.get(row.id, []), names, places, seen.get(row.id), who, now) for row in rows
    )


def _state(
    row: PersonRow,
    held: Sequence[GrantRow],
    names: dict[str, str],
    places: Sequence[str],
    seen: datetime | None,
    who: Person,
    now: datetime,
) -> AccountState:
    mine = [g for g in held if any(is_at_or_below(g.area, place) for place in places)]
    grants = [
        GrantState(role=PersonRole(g.role), area=g.area, area_name=names.get(g.area, g.area))
        for g in sorted(mine, key=lambda g: (g.area, g.role))
    ]
    return AccountState(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        email=row.email,
        department=row.department,
        area=row.area,
        grants=tuple(grants),
        disabled=row.disabled,
        locked=row.locked_until is not None and row.locked_until > now,
        must_change_password=row.must_change,
        second_factor=row.factor_since is not None,
        created=row.created,
        last_seen=seen,
        managed=row.id != who.id and who.manages(row.area, [g.area for g in held]),
    )
