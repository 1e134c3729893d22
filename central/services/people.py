"""Verbs of people: who they are, what they hold, and how they come in.

Law of the room: passwords are kept as argon2id hashes, session tokens as keyed hashes; a wrong name costs
the same time as a wrong password; five failures lock for a quarter of an hour. Whoever must still change a password
or show a second factor has a session that opens nothing else (`settling`).
"""

import base64
import hashlib
import hmac
import os
from datetime import datetime, timedelta
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select

from central.db.people import GrantRow, PersonRow, PersonSessionRow
from central.domain.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unacceptable
from central.domain.people import (
    MAX_PASSWORD_CHARS,
    MIN_PASSWORD_CHARS,
    Grant,
    Person,
    PersonRole,
    Right,
    check_password,
    folded,
    topmost,
)
from central.domain.people_states import CodeAsked, Step
from central.domain.states import Declined, SignedIn
from central.services.areas import area_row, with_predecessors
from central.services.unit import Unit

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
TICKET_LIFE = timedelta(minutes=5)
UNSETTLED = "unsettled"
WRONG = "Tên hoặc mật khẩu không đúng, hoặc tài khoản đang tạm khóa; hãy thử lại sau 15 phút."
_OVER = "Phiên làm việc đã hết; hãy đăng nhập lại."
_STEPS = {
    Step.CODE: "Hãy nhập mã xác thực để vào tiếp.",
    Step.NEW_PASSWORD: "Hãy đổi mật khẩu được cấp trước khi làm việc.",
    Step.SECOND_FACTOR: "Vai trò của bạn cần xác thực hai lớp: hãy bật trước khi làm việc.",
}
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def add_person(unit: Unit, name: str, password: str, *, who: Person | None, now: datetime) -> int:
    """Add a person without any role and return the id: for the command line; pages use `people_accounts.invite`.

    Raises `Unacceptable` for a bad name or a short password, `Conflict` when the name is taken.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Unacceptable("Tên đăng nhập cần từ 1 đến 100 chữ.", "bad-name")
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        msg = f"Mật khẩu cần ít nhất {MIN_PASSWORD_CHARS} chữ."
        raise Unacceptable(msg, "bad-password")
    row = new_row(unit, name, password, now=now)
    unit.note(who, "add-person", name, now=now, subject=name)
    return row.id


def new_row(unit: Unit, name: str, password: str, *, now: datetime) -> PersonRow:
    """Return a new person's row; raises `Conflict` when the name is taken."""
    if unit.session.scalar(select(PersonRow).where(PersonRow.name == name)) is not None:
        raise Conflict(f"Đã có người tên {name}.", "person-exists")
    row = PersonRow(
        name=name,
        password_hash=hashed(password),
        created=now,
        password_set=now,
        search=folded(name),
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def search_words(row: PersonRow) -> str:
    """Return what a person is found by."""
    return folded(f"{row.name} {row.full_name} {row.department}")


def set_password(
    unit: Unit, name: str, password: str, *, who: Person | None, now: datetime
) -> None:
    """Set a new password, lift a lock-out and end the person's sessions."""
    row = row_named(unit, name)
    keep_password(unit, row, password, must_change=False, now=now)
    unit.note(who, "set-password", name, now=now, area=row.area, subject=row.name)


def keep_password(
    unit: Unit,
    row: PersonRow,
    password: str,
    *,
    must_change: bool,
    now: datetime,
    keep_session: str = "",
) -> None:
    """Write a new password and end all sessions but the one of the token hash `keep_session`.

    Raises `Unacceptable` for a password that is short or easy to guess.
    """
    check_password(password, row.name)
    row.password_hash, row.password_set, row.must_change = hashed(password), now, must_change
    row.failures, row.locked_until = 0, None
    unit.session.execute(
        delete(PersonSessionRow).where(
            PersonSessionRow.person_id == row.id, PersonSessionRow.token_hash != keep_session
        )
    )


def grant(
    unit: Unit, name: str, role: PersonRole, area: str, *, who: Person | None, now: datetime
) -> None:
    """Give a person a role for an area and below; giving it again changes nothing.

    Raises `Forbidden` outside what `who` administers, and for a role that somebody would give to themselves.
    """
    row = row_named(unit, name)
    if who is not None:
        who.require(Right.ADMINISTER, area)
        if not who.may_grant(role, area, row.id):
            msg = "Không ai tự cấp quyền cho mình; hãy nhờ một quản trị khác."
            raise Forbidden(msg, "own-grant")
    if area_row(unit, area).until is not None:
        raise Unacceptable(f"Địa bàn {area} đã đóng: hãy cấp quyền ở nơi kế tục.", "area-closed")
    if unit.session.get(GrantRow, (row.id, role.value, area)) is None:
        unit.session.add(GrantRow(person_id=row.id, role=role.value, area=area))
        unit.session.flush()
        given = {"role": role.value, "area": area}
        what = f"{row.name} {role.value} {area}"
        unit.note(who, "grant", what, now=now, area=area, subject=row.name, after=given)


def sign_in(
    unit: Unit, name: str, password: str, *, now: datetime, agent: str = "", address: str = ""
) -> SignedIn | CodeAsked | Declined:
    """Return a new session, a ticket where a code is wanted too (`people_factor.give_code`), or why not.

    The failure is counted in this unit, so let it commit: that is why `Declined` is a value.
    """
    query = select(PersonRow).where(PersonRow.name == name.strip())
    row = unit.session.scalar(query.with_for_update())
    fits = fits_hash(row.password_hash if row else _dummy_hash(), password)  # as long for all
    if row is not None and row.locked_until is not None and row.locked_until > now:
        return Declined(why=WRONG, locked=True)
    if row is None or not fits:
        return failed(unit, row, now)
    if row.disabled:
        return Declined(why=WRONG, locked=False)
    if _HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = hashed(password)
    if row.factor_since is not None:
        ticket = new_session(unit, row, waits=True, agent=agent, address=address, now=now)
        return CodeAsked(ticket=ticket, expires=now + TICKET_LIFE)
    return let_in(unit, row, agent=agent, address=address, now=now)


def let_in(unit: Unit, row: PersonRow, *, agent: str, address: str, now: datetime) -> SignedIn:
    """Return a new session of somebody who has shown all that was asked for."""
    row.failures, row.locked_until = 0, None
    token = new_session(unit, row, waits=False, agent=agent, address=address, now=now)
    who = Person(id=row.id, name=row.name, grants=())
    unit.note(who, "sign-in", address, now=now, area=row.area, subject=row.name)
    return SignedIn(token=token, person_id=row.id, name=row.name, expires=now + SESSION_LIFE)


def new_session(
    unit: Unit, row: PersonRow, *, waits: bool, agent: str, address: str, now: datetime
) -> str:
    """Return the token of a new session; one that `waits` is only a ticket for the code."""
    token = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    unit.session.add(
        PersonSessionRow(
            token_hash=token_hash(unit, token),
            person_id=row.id,
            created=now,
            expires=now + (TICKET_LIFE if waits else SESSION_LIFE),
            waits=waits,
            agent=agent[:200],
            address=address[:200],
            last_seen=now,
        )
    )
    return token


def person_of(unit: Unit, token: str, *, now: datetime, settling: bool = False) -> Person:
    """Return who holds this session, with what was merged into their areas.

    Raises `NotSignedIn` when it is unknown or over, and, with the code `UNSETTLED`, while something still stands
    before the work, unless `settling`: then all but the code may wait.
    """
    session = unit.session.get(PersonSessionRow, token_hash(unit, token))
    row = None if session is None else unit.session.get(PersonRow, session.person_id)
    if session is None or session.expires <= now or row is None or row.disabled:
        raise NotSignedIn(_OVER)
    held = grants_of(unit, row.id)
    step = step_of(unit, row, session, held)
    if step is Step.CODE or (step is not Step.IN and not settling):
        raise NotSignedIn(_STEPS[step], UNSETTLED)
    return Person(id=row.id, name=row.name, grants=_reaching(unit, held), full_name=row.full_name)


def person_by_id(unit: Unit, person: int) -> Person | None:
    """Return a person with what they may do now, without a session; None for one who is locked out or gone."""
    row = unit.session.get(PersonRow, person)
    if row is None or row.disabled:
        return None
    grants = _reaching(unit, grants_of(unit, row.id))
    return Person(id=row.id, name=row.name, grants=grants, full_name=row.full_name)


def standing_of(unit: Unit, token: str, *, now: datetime) -> Step:
    """Return what still stands between the holder of this token and the house."""
    session = unit.session.get(PersonSessionRow, token_hash(unit, token)) if token else None
    row = None if session is None else unit.session.get(PersonRow, session.person_id)
    if session is None or session.expires <= now or row is None or row.disabled:
        return Step.PASSWORD
    return step_of(unit, row, session, grants_of(unit, row.id))


def step_of(unit: Unit, row: PersonRow, session: PersonSessionRow, held: tuple[Grant, ...]) -> Step:
    """Return the next step of a session that has not run out."""
    if session.waits:
        return Step.CODE
    if row.must_change:
        return Step.NEW_PASSWORD
    wanted = unit.house.settings.second_factor_required
    if row.factor_since is None and any(grant.role in wanted for grant in held):
        return Step.SECOND_FACTOR
    return Step.IN


def grants_of(unit: Unit, person: int) -> tuple[Grant, ...]:
    """Return what a person was given, as it was given."""
    rows = unit.session.scalars(select(GrantRow).where(GrantRow.person_id == person))
    return tuple(Grant(role=PersonRole(g.role), area=g.area) for g in rows)


def _reaching(unit: Unit, held: tuple[Grant, ...]) -> tuple[Grant, ...]:
    """Return the grants with those at closed areas for which an area of theirs stands now."""
    areas = topmost(grant.area for grant in held)
    if all("/" not in area for area in areas):
        return held
    before = {g.area: with_predecessors(unit, g.area) for g in held}
    return tuple(Grant(role=g.role, area=area) for g in held for area in before[g.area])


def sign_out(unit: Unit, token: str) -> None:
    """End a session; an unknown one is already over."""
    unit.session.execute(
        delete(PersonSessionRow).where(PersonSessionRow.token_hash == token_hash(unit, token))
    )


def failed(unit: Unit, row: PersonRow | None, now: datetime) -> Declined:
    """Count a wrong password or code; the fifth locks the account for a while."""
    if row is None:
        return Declined(why=WRONG, locked=False)
    row.failures += 1
    locked = row.failures >= MAX_FAILURES
    if locked:
        row.failures, row.locked_until = 0, now + LOCKED_FOR
        unit.note(None, "lock-out", row.name, now=now, area=row.area, subject=row.name)
    return Declined(why=WRONG, locked=locked)


def password_fault(unit: Unit, row: PersonRow, password: str, now: datetime) -> Declined | None:
    """Return why somebody signed in has not shown their password once more, or None; a wrong one is counted."""
    if row.locked_until is not None and row.locked_until > now:
        return Declined(why="Tài khoản đang tạm khóa; hãy thử lại sau 15 phút.", locked=True)
    if fits_hash(row.password_hash, password):
        return None
    return Declined(why="Mật khẩu không đúng.", locked=failed(unit, row, now).locked)


def locked_row(unit: Unit, person: int) -> PersonRow:
    """Return a person's row, held against a second request of the same person."""
    query = select(PersonRow).where(PersonRow.id == person).with_for_update()
    return unit.session.scalars(query).one()


def row_named(unit: Unit, name: str) -> PersonRow:
    """Return a person's row; raises `NotFound`."""
    row = unit.session.scalar(select(PersonRow).where(PersonRow.name == name.strip()))
    if row is None:
        raise NotFound(f"Không có người tên {name[:60]}.", "no-person")
    return row


def hashed(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _HASHER.hash(password)


def fits_hash(password_hash: str, password: str) -> bool:
    """Return whether this is the password of that hash."""
    try:
        return _HASHER.verify(password_hash, password[:MAX_PASSWORD_CHARS])
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    """Return a hash nobody knows the password of, so that a wrong name takes as long as a wrong password."""
    return _HASHER.hash(os.urandom(16).hex())


def token_hash(unit: Unit, token: str) -> str:
    """Return what is kept of a token."""
    secret = unit.house.settings.session_secret
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
