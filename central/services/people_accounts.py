"""Verbs of administering people: inviting, changing, grants, disabling, resetting.

Law of the room: an administrator sees who belongs to or holds something at their areas, gives and takes roles there,
and manages an account only when all of it lies there. Nobody locks themselves out, and a root keeps an administrator
who can sign in. A password that is handed out is shown once and must be changed.
"""

import secrets
from datetime import datetime

from sqlalchemy import delete, select

from central.db.people import GrantRow, PersonRow, PersonSessionRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import (
    Person,
    PersonRole,
    Profile,
    Right,
    checked_email,
    checked_login,
    checked_words,
)
from central.domain.people_states import Invited
from central.services.areas import area_row
from central.services.people import grant, grants_of, keep_password, new_row, search_words
from central.services.people_factor import take_off
from central.services.people_reading import sees
from central.services.unit import Unit

_SYLLABLES = tuple(first + last for first in "bcdghklmnprstvx" for last in "aeiou")


def invite(
    unit: Unit,
    name: str,
    *,
    profile: Profile,
    roles: tuple[PersonRole, ...] = (),
    who: Person,
    now: datetime,
) -> Invited:
    """Add a person with these roles where they belong (`profile.area`); the password is shown once.

    Raises `Forbidden` outside what `who` administers, `Unacceptable` for bad words, `Conflict` for a taken name.
    """
    area = _open_area(unit, profile.area, who)
    login = checked_login(name)
    password = one_time_password()
    row = new_row(unit, login, password, now=now)
    _write(row, profile)
    row.must_change = True
    unit.note(
        who,
        "invite",
        f"{login} {row.full_name}",
        now=now,
        area=area,
        subject=login,
        after=told(row),
    )
    for role in dict.fromkeys(roles):
        grant(unit, login, role, area, who=who, now=now)
    return Invited(id=row.id, name=login, password=password)


def change_person(unit: Unit, person: int, profile: Profile, *, who: Person, now: datetime) -> None:
    """Change what is known of a person, and where they belong."""
    row = managed_row(unit, person, who)
    before = told(row)
    if profile.area != row.area:
        _open_area(unit, profile.area, who)
    _write(row, profile)
    unit.note(
        who,
        "change-person",
        row.name,
        now=now,
        area=row.area,
        subject=row.name,
        before=before,
        after=told(row),
    )


def grant_to(
    unit: Unit, person: int, role: PersonRole, area: str, *, who: Person, now: datetime
) -> None:
    """Give a person whom `who` sees a role at an area; a person of elsewhere is given nothing by guessing."""
    row = seen_row(unit, person, who)
    grant(unit, row.name, role, area, who=who, now=now)


def revoke(
    unit: Unit, person: int, role: PersonRole, area: str, *, who: Person | None, now: datetime
) -> None:
    """Take a role from a person; taking what is not held is `NotFound`.

    Raises `Conflict` when a root would be left without an administrator.
    """
    row = _row(unit, person)
    if who is not None:
        who.require(Right.ADMINISTER, area)
        if not who.may_grant(role, area, row.id):
            raise Forbidden("Không ai tự rút quyền của mình.", "own-grant")
    held = unit.session.get(GrantRow, (row.id, role.value, area))
    if held is None:
        raise NotFound(f"{row.name} không giữ vai trò này tại {area}.", "no-grant")
    if role is PersonRole.ADMINISTRATOR and "/" not in area:
        _keep_an_administrator(unit, area, without=row.id)
    unit.session.delete(held)
    unit.session.flush()
    taken = {"role": role.value, "area": area}
    what = f"{row.name} {role.value} {area}"
    unit.note(who, "revoke", what, now=now, area=area, subject=row.name, before=taken)


def disable(unit: Unit, person: int, *, who: Person, now: datetime) -> None:
    """Lock an account for good and end its sessions; grants stay for the day it is opened again."""
    row = managed_row(unit, person, who)
    if row.disabled:
        return
    for held in grants_of(unit, row.id):
        if held.role is PersonRole.ADMINISTRATOR and "/" not in held.area:
            _keep_an_administrator(unit, held.area, without=row.id)
    row.disabled = True
    unit.session.execute(delete(PersonSessionRow).where(PersonSessionRow.person_id == row.id))
    unit.note(
        who,
        "disable-person",
        row.name,
        now=now,
        area=row.area,
        subject=row.name,
        before={"disabled": False},
        after={"disabled": True},
    )


def enable(unit: Unit, person: int, *, who: Person, now: datetime) -> None:
    """Open an account again, also one that wrong passwords locked for a while."""
    row = managed_row(unit, person, who)
    before = {"disabled": row.disabled, "locked": row.locked_until is not None}
    row.disabled, row.locked_until, row.failures = False, None, 0
    unit.note(
        who,
        "enable-person",
        row.name,
        now=now,
        area=row.area,
        subject=row.name,
        before=before,
        after={"disabled": False, "locked": False},
    )


def reset_password(unit: Unit, person: int, *, who: Person, now: datetime) -> Invited:
    """Give a one-time password, shown once, and end the person's sessions; a second factor stays."""
    row = managed_row(unit, person, who)
    password = one_time_password()
    keep_password(unit, row, password, must_change=True, now=now)
    unit.note(who, "reset-password", row.name, now=now, area=row.area, subject=row.name)
    return Invited(id=row.id, name=row.name, password=password)


def remove_factor(unit: Unit, person: int, *, who: Person, now: datetime) -> None:
    """Take a lost second factor off and end the sessions: the person signs in by password and sets up a new one."""
    row = managed_row(unit, person, who)
    if row.factor_since is None:
        raise NotFound(f"{row.name} chưa bật xác thực hai lớp.", "no-factor")
    take_off(unit, row)
    unit.session.execute(delete(PersonSessionRow).where(PersonSessionRow.person_id == row.id))
    unit.note(
        who,
        "remove-second-factor",
        row.name,
        now=now,
        area=row.area,
        subject=row.name,
        before={"second_factor": True},
        after={"second_factor": False},
    )


def managed_row(unit: Unit, person: int, who: Person) -> PersonRow:
    """Return the row of a person whose whole account is `who`'s to manage; their own is not, that is `/account`."""
    row = seen_row(unit, person, who)
    if row.id == who.id:
        raise Forbidden("Tài khoản của chính mình: hãy sửa ở trang Tài khoản.", "own-account")
    if not who.manages(row.area, [g.area for g in grants_of(unit, row.id)]):
        msg = (
            f"{row.name} còn giữ quyền ở địa bàn khác, nên quản trị cấp trên mới đổi được tài khoản "
            "này. Ở đây chỉ cấp và rút quyền trong địa bàn của mình."
        )
        raise Forbidden(msg, "wider-account")
    return row


def seen_row(unit: Unit, person: int, who: Person) -> PersonRow:
    """Return the row of a person whom `who` administers somewhere; others are not there for them (`NotFound`)."""
    row = unit.session.get(PersonRow, person)
    if row is None or not sees(who, row.area, grants_of(unit, row.id)):
        raise NotFound("Không có người này trong địa bàn của bạn.", "no-person")
    return row


def told(row: PersonRow) -> dict[str, object]:
    """Return what the audit log keeps of an account."""
    return {
        "full_name": row.full_name,
        "email": row.email,
        "department": row.department,
        "area": row.area,
    }


def one_time_password() -> str:
    """Return a password that can be read out on the telephone: eight syllables, 44 bits, and four digits."""
    words = ["".join(secrets.choice(_SYLLABLES) for _ in range(2)) for _ in range(4)]
    return "-".join([*words, f"{secrets.randbelow(10_000):04}"])


def _keep_an_administrator(unit: Unit, root: str, *, without: int) -> None:
    """Raise `Conflict` unless somebody else can still administer the root; the rows are held until the end."""
    others = (
        select(PersonRow.id, PersonRow.disabled)
        .join(GrantRow, GrantRow.person_id == PersonRow.id)
        .where(GrantRow.role == PersonRole.ADMINISTRATOR.value, GrantRow.area == root)
        .order_by(PersonRow.id)
        .with_for_update()
    )
    left = [row for row in unit.session.execute(others) if row[0] != without and not row[1]]
    if not left:
        msg = f"Đây là quản trị cuối cùng của {root}: hãy cấp quyền cho một người khác trước."
        raise Conflict(msg, "last-administrator")


def _open_area(unit: Unit, area: str, who: Person) -> str:
    who.require(Right.ADMINISTER, area)
    if area_row(unit, area).until is not None:
        raise Unacceptable(f"Địa bàn {area} đã đóng.", "area-closed")
    return area


def _write(row: PersonRow, profile: Profile) -> None:
    row.full_name = checked_words(profile.full_name, "Họ tên")
    if not row.full_name:
        raise Unacceptable("Hãy ghi họ tên.", "bad-name")
    row.email = checked_email(profile.email)
    row.department = checked_words(profile.department, "Đơn vị")
    row.area = profile.area
    row.search = search_words(row)


def _row(unit: Unit, person: int) -> PersonRow:
    row = unit.session.get(PersonRow, person)
    if row is None:
        raise NotFound("Không có người này.", "no-person")
    return row
