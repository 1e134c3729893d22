"""Verbs of people: who they are, what they hold, and their sessions.

Law of the room: passwords are kept as argon2id hashes, session tokens as keyed hashes; a wrong name costs
the same time as a wrong password; five failures lock for a quarter of an hour.
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

from central.db.people import AreaRow, GrantRow, PersonRow, PersonSessionRow
from central.domain.errors import Conflict, NotFound, NotSignedIn, Unacceptable
from central.domain.people import Grant, Person, PersonRole, Right
from central.domain.states import Declined, SignedIn
from central.services.unit import Unit

MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
SESSION_LIFE = timedelta(hours=12)
MIN_PASSWORD_CHARS = 10
_WRONG = "Tên hoặc mật khẩu không đúng, hoặc tài khoản đang tạm khóa; hãy thử lại sau 15 phút."
_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def add_person(unit: Unit, name: str, password: str, *, who: Person | None, now: datetime) -> int:
    """Add a person without any role and return the id.

    Raises `Unacceptable` for a bad name or a short password, `Conflict` when the name is taken.
    """
    name = name.strip()
    if not 1 <= len(name) <= 100:
        raise Unacceptable("Tên đăng nhập cần từ 1 đến 100 chữ.", "bad-name")
    if unit.session.scalar(select(PersonRow).where(PersonRow.name == name)) is not None:
        raise Conflict(f"Đã có người tên {name}.", "person-exists")
    row = PersonRow(name=name, password_hash=_hashed(password), created=now)
    unit.session.add(row)
    unit.session.flush()
    unit.note(who, "add-person", name, now=now)
    return row.id


def set_password(
    unit: Unit, name: str, password: str, *, who: Person | None, now: datetime
) -> None:
    """Set a new password, lift a lock-out and end the person's sessions."""
    row = _row_named(unit, name)
    row.password_hash = _hashed(password)
    row.failures, row.locked_until = 0, None
    unit.session.execute(delete(PersonSessionRow).where(PersonSessionRow.person_id == row.id))
    unit.note(who, "set-password", name, now=now)


def grant(
    unit: Unit, name: str, role: PersonRole, area: str, *, who: Person | None, now: datetime
) -> None:
    """Give a person a role for an area and below; giving it again changes nothing."""
    if who is not None:
        who.require(Right.ADMINISTER, area)
    row = _row_named(unit, name)
    if unit.session.get(AreaRow, area) is None:
        raise NotFound(f"Không có địa bàn {area}.", "no-area")
    if unit.session.get(GrantRow, (row.id, role.value, area)) is None:
        unit.session.add(GrantRow(person_id=row.id, role=role.value, area=area))
        unit.note(who, "grant", f"{name} {role.value} {area}", now=now)


def sign_in(unit: Unit, name: str, password: str, *, now: datetime) -> SignedIn | Declined:
    """Return a new session, or why not.

    The failure is counted in this unit, so let it commit: that is why `Declined` is a value.
    """
    row = unit.session.scalar(select(PersonRow).where(PersonRow.name == name.strip()))
    fits = _fits(row.password_hash if row else _dummy_hash(), password)  # as long for every name
    if row is not None and row.locked_until is not None and row.locked_until > now:
        return Declined(why=_WRONG, locked=True)
    if row is None or not fits:
        return _failed(unit, row, now)
    row.failures, row.locked_until = 0, None
    if _HASHER.check_needs_rehash(row.password_hash):
        row.password_hash = _HASHER.hash(password)
    token = base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    expires = now + SESSION_LIFE
    unit.session.add(
        PersonSessionRow(
            token_hash=_token_hash(unit, token), person_id=row.id, created=now, expires=expires
        )
    )
    unit.note(None, "sign-in", row.name, now=now)
    return SignedIn(token=token, person_id=row.id, name=row.name, expires=expires)


def person_of(unit: Unit, token: str, *, now: datetime) -> Person:
    """Return who holds this session; raises `NotSignedIn` when it is unknown or over."""
    session = unit.session.get(PersonSessionRow, _token_hash(unit, token))
    if session is None or session.expires <= now:
        raise NotSignedIn("Phiên làm việc đã hết; hãy đăng nhập lại.")
    row = unit.session.get_one(PersonRow, session.person_id)
    grants = unit.session.scalars(select(GrantRow).where(GrantRow.person_id == row.id))
    return Person(
        id=row.id,
        name=row.name,
        grants=tuple(Grant(role=PersonRole(g.role), area=g.area) for g in grants),
    )


def sign_out(unit: Unit, token: str) -> None:
    """End a session; an unknown one is already over."""
    unit.session.execute(
        delete(PersonSessionRow).where(PersonSessionRow.token_hash == _token_hash(unit, token))
    )


def _failed(unit: Unit, row: PersonRow | None, now: datetime) -> Declined:
    if row is None:
        return Declined(why=_WRONG, locked=False)
    row.failures += 1
    locked = row.failures >= MAX_FAILURES
    if locked:
        row.failures, row.locked_until = 0, now + LOCKED_FOR
        unit.note(None, "lock-out", row.name, now=now)
    return Declined(why=_WRONG, locked=locked)


def _row_named(unit: Unit, name: str) -> PersonRow:
    row = unit.session.scalar(select(PersonRow).where(PersonRow.name == name.strip()))
    if row is None:
        raise NotFound(f"Không có người tên {name[:60]}.", "no-person")
    return row


def _hashed(password: str) -> str:
    if not MIN_PASSWORD_CHARS <= len(password) <= 200:
        msg = f"Mật khẩu cần ít nhất {MIN_PASSWORD_CHARS} chữ."
        raise Unacceptable(msg, "bad-password")
    return _HASHER.hash(password)


def _fits(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password[:200])
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=1)
def _dummy_hash() -> str:
    """Return a hash nobody knows the password of, so that a wrong name takes as long as a wrong password."""
    return _HASHER.hash(os.urandom(16).hex())


def _token_hash(unit: Unit, token: str) -> str:
    secret = unit.house.settings.session_secret
    return hmac.new(secret, token.encode(), hashlib.sha256).hexdigest()
