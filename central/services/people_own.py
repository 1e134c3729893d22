"""Verbs of one's own account: the profile and the password.

Law of the room: whoever changes a password shows the old one; a wrong one counts towards the lock-out. All sessions
but this one end with it.
"""

from datetime import datetime

from sqlalchemy import select

from central.db.people import AreaRow, PersonRow
from central.domain.people import Person, checked_email, checked_words
from central.domain.people_states import GrantState, ProfileState
from central.domain.states import Declined
from central.services.people import (
    grants_of,
    keep_password,
    locked_row,
    password_fault,
    search_words,
    token_hash,
)
from central.services.people_factor import codes_left
from central.services.unit import Unit


def profile_of(unit: Unit, *, who: Person) -> ProfileState:
    """Return who is signed in, as they see themselves."""
    row = unit.session.get_one(PersonRow, who.id)
    held = grants_of(unit, row.id)
    named = select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_([g.area for g in held]))
    names: dict[str, str] = dict(unit.session.execute(named).all())
    wanted = unit.house.settings.second_factor_required
    return ProfileState(
        id=row.id,
        name=row.name,
        full_name=row.full_name,
        email=row.email,
        department=row.department,
        area=row.area,
        grants=tuple(
            GrantState(role=g.role, area=g.area, area_name=names.get(g.area, g.area))
            for g in sorted(held, key=lambda g: (g.area, g.role))
        ),
        second_factor=row.factor_since is not None,
        second_factor_since=row.factor_since,
        second_factor_required=any(g.role in wanted for g in held),
        recovery_codes_left=codes_left(unit, row.id),
        password_set=row.password_set,
    )


def change_own_profile(
    unit: Unit, *, full_name: str, email: str, who: Person, now: datetime
) -> None:
    """Change one's own name and address; where one belongs is an administrator's to say."""
    row = unit.session.get_one(PersonRow, who.id)
    before = {"full_name": row.full_name, "email": row.email}
    row.full_name = checked_words(full_name, "Họ tên")
    row.email = checked_email(email)
    row.search = search_words(row)
    after = {"full_name": row.full_name, "email": row.email}
    unit.note(
        who,
        "change-own-profile",
        row.name,
        now=now,
        area=row.area,
        subject=row.name,
        before=before,
        after=after,
    )


def change_own_password(
    unit: Unit, token: str, old: str, new: str, *, who: Person, now: datetime
) -> Declined | None:
    """Set one's own password; None when it is done, and only the session of `token` goes on.

    Raises `Unacceptable` for a new one that is short or easy to guess. A wrong old one is counted in this unit.
    """
    row = locked_row(unit, who.id)
    fault = password_fault(unit, row, old, now)
    if fault is not None:
        return fault
    if old == new:
        return Declined(why="Mật khẩu mới phải khác mật khẩu cũ.", locked=False)
    keep_password(unit, row, new, must_change=False, now=now, keep_session=token_hash(unit, token))
    unit.note(who, "change-own-password", row.name, now=now, area=row.area, subject=row.name)
    return None
