"""Verbs of the second factor: codes of a phone (TOTP, RFC 6238), and recovery codes.

Law of the room: the secret is not stored: it is derived from the house's own secret and a random salt, so a stolen
database opens nothing. A code counts once, also when two requests bring it at the same instant; wrong codes count
towards the same lock-out as wrong passwords. This is the door to pyotp.
"""

import base64
import hashlib
import hmac
import os
from datetime import datetime

import pyotp
from sqlalchemy import delete, func, insert, select, update

from central.db.people import PersonRow, PersonSessionRow, RecoveryCodeRow
from central.domain.errors import Conflict, NotFound, NotSignedIn
from central.domain.people import Person
from central.domain.people_states import FactorBegun, RecoveryCodes
from central.domain.states import Declined, SignedIn
from central.services.people import failed, let_in, locked_row, password_fault, token_hash
from central.services.unit import Unit

STEP_S = 30
DRIFT_STEPS = 1  # a phone's clock may be half a minute off
RECOVERY_CODES = 10
_ISSUER = "Tiếng Làng"
_WRONG_CODE = "Mã không đúng hoặc đã dùng rồi; hãy đợi mã mới trên điện thoại."


def give_code(
    unit: Unit, ticket: str, code: str, *, now: datetime, agent: str = "", address: str = ""
) -> SignedIn | Declined:
    """Return a session for a ticket and a code of the phone, or a recovery code, which is used up by it.

    Raises `NotSignedIn` when the ticket is unknown or over. A failure is counted in this unit, so let it commit.
    """
    session = unit.session.get(PersonSessionRow, token_hash(unit, ticket))
    if session is None or not session.waits or session.expires <= now:
        raise NotSignedIn("Quá lâu rồi: hãy nhập lại tên và mật khẩu.")
    row = locked_row(unit, session.person_id)
    if row.disabled or (row.locked_until is not None and row.locked_until > now):
        return Declined(why=_WRONG_CODE, locked=True)
    if not (_takes_code(unit, row, code, now) or _takes_recovery(unit, row, code, now)):
        return _wrong(unit, row, now)
    unit.session.delete(session)
    return let_in(unit, row, agent=agent, address=address, now=now)


def begin_factor(
    unit: Unit, password: str, *, who: Person, now: datetime
) -> FactorBegun | Declined:
    """Return a new secret for the phone, in force once `confirm_factor` has seen a code of it.

    Raises `Conflict` while one is in force: it is taken off first.
    """
    row = locked_row(unit, who.id)
    if row.factor_since is not None:
        raise Conflict("Xác thực hai lớp đang bật; hãy tắt trước khi đổi điện thoại.", "has-factor")
    fault = password_fault(unit, row, password, now)
    if fault is not None:
        return fault
    row.factor_salt, row.factor_step = os.urandom(32).hex(), 0
    return begun(unit, who) or Declined(why=_WRONG_CODE, locked=False)


def begun(unit: Unit, who: Person) -> FactorBegun | None:
    """Return the secret that waits for its first code, or None."""
    row = unit.session.get_one(PersonRow, who.id)
    if row.factor_salt is None or row.factor_since is not None:
        return None
    secret = _secret(unit, row)
    address = pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(
        name=row.name, issuer_name=_ISSUER
    )
    return FactorBegun(secret=secret, address=address)


def confirm_factor(
    unit: Unit, code: str, *, who: Person, now: datetime
) -> RecoveryCodes | Declined:
    """Put the new second factor in force and return the recovery codes; raises `NotFound` when none was begun."""
    row = locked_row(unit, who.id)
    if row.factor_salt is None or row.factor_since is not None:
        raise NotFound("Chưa có mã QR nào chờ xác nhận.", "no-factor")
    locked = row.locked_until is not None and row.locked_until > now
    if locked or not _takes_code(unit, row, code, now):
        return _wrong(unit, row, now)
    row.factor_since, row.failures = now, 0
    unit.note(who, "second-factor-on", row.name, now=now, area=row.area, subject=row.name)
    return _new_codes(unit, row)


def new_recovery_codes(
    unit: Unit, password: str, *, who: Person, now: datetime
) -> RecoveryCodes | Declined:
    """Return fresh recovery codes; the old ones open nothing any more."""
    row = locked_row(unit, who.id)
    if row.factor_since is None:
        raise NotFound("Chưa bật xác thực hai lớp.", "no-factor")
    fault = password_fault(unit, row, password, now)
    if fault is not None:
        return fault
    unit.note(who, "recovery-codes", row.name, now=now, area=row.area, subject=row.name)
    return _new_codes(unit, row)


def end_factor(unit: Unit, password: str, *, who: Person, now: datetime) -> Declined | None:
    """Take one's own second factor off, by password; None when it is done."""
    row = locked_row(unit, who.id)
    fault = password_fault(unit, row, password, now)
    if fault is not None:
        return fault
    take_off(unit, row)
    unit.note(who, "second-factor-off", row.name, now=now, area=row.area, subject=row.name)
    return None


def take_off(unit: Unit, row: PersonRow) -> None:
    """Forget a second factor and its recovery codes."""
    row.factor_salt, row.factor_since, row.factor_step = None, None, 0
    unit.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == row.id))


def codes_left(unit: Unit, person: int) -> int:
    """Return how many recovery codes still open."""
    unused = select(func.count()).select_from(RecoveryCodeRow)
    unused = unused.where(RecoveryCodeRow.person_id == person, RecoveryCodeRow.used.is_(None))
    return unit.session.scalar(unused) or 0


def _takes_code(unit: Unit, row: PersonRow, code: str, now: datetime) -> bool:
    """Return whether the code is one of this moment that was not used; it is used by this."""
    digits = "".join(code.split())
    if row.factor_salt is None or len(digits) != 6 or not digits.isdecimal():
        return False
    totp = pyotp.TOTP(_secret(unit, row), interval=STEP_S)
    step = int(now.timestamp()) // STEP_S
    for found in range(step - DRIFT_STEPS, step + DRIFT_STEPS + 1):
        if hmac.compare_digest(totp.at(found * STEP_S).encode(), digits.encode()):
            fresh = update(PersonRow).where(PersonRow.id == row.id, PersonRow.factor_step < found)
            taken = unit.session.execute(fresh.values(factor_step=found).returning(PersonRow.id))
            return taken.first() is not None
    return False


def _takes_recovery(unit: Unit, row: PersonRow, code: str, now: datetime) -> bool:
    bare = code.replace("-", "").replace(" ", "").lower()
    used = update(RecoveryCodeRow).where(
        RecoveryCodeRow.person_id == row.id,
        RecoveryCodeRow.code_hash == _code_hash(unit, row, bare),
        RecoveryCodeRow.used.is_(None),
    )
    taken = unit.session.execute(used.values(used=now).returning(RecoveryCodeRow.person_id))
    if taken.first() is None:
        return False
    left = {"recovery_codes": codes_left(unit, row.id)}
    unit.note(None, "recovery-code-used", row.name, now=now, area=row.area, after=left)
    return True


def _new_codes(unit: Unit, row: PersonRow) -> RecoveryCodes:
    unit.session.execute(delete(RecoveryCodeRow).where(RecoveryCodeRow.person_id == row.id))
    bare = [base64.b32encode(os.urandom(10)).decode().lower()[:12] for _ in range(RECOVERY_CODES)]
    rows = [{"person_id": row.id, "code_hash": _code_hash(unit, row, code)} for code in bare]
    unit.session.execute(insert(RecoveryCodeRow), rows)
    return RecoveryCodes(codes=tuple(f"{c[:4]}-{c[4:8]}-{c[8:]}" for c in bare))


def _wrong(unit: Unit, row: PersonRow, now: datetime) -> Declined:
    return Declined(why=_WRONG_CODE, locked=failed(unit, row, now).locked)


def _secret(unit: Unit, row: PersonRow) -> str:
    derived = _keyed(unit, b"second-factor", f"{row.id}:{row.factor_salt}")
    return base64.b32encode(derived[:20]).decode()


def _code_hash(unit: Unit, row: PersonRow, bare: str) -> str:
    return _keyed(unit, b"recovery-code", f"{row.id}:{bare}").hex()


def _keyed(unit: Unit, purpose: bytes, text: str) -> bytes:
    secret = unit.house.settings.session_secret
    return hmac.new(secret, purpose + b"\n" + text.encode(), hashlib.sha256).digest()
