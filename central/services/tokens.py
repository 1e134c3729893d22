"""Verbs of other systems' tokens: made and revoked by an area's administrators, admitted at every request.

Law of the room: the token itself is told once and kept as a keyed hash; whether it still holds, and how often it was
used this minute, is read from the table each time, so that every process refuses a revoked one at once.
"""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import or_, select

from central.db.interfaces import SystemTokenRow
from central.domain.errors import Conflict, Forbidden, NotFound, NotSignedIn, TooOften, Unacceptable
from central.domain.people import Person, Right
from central.domain.tokens import PREFIX, Machine, NewToken, Scope, TokenState, rights_at
from central.services.areas import area_named, at_or_below
from central.services.people import person_by_id
from central.services.unit import House, Unit

MOST_DAYS: Final = 730
MOST_PER_AREA: Final = 200
PER_MINUTE: Final = 300
WINDOW: Final = timedelta(minutes=1)


class TokenAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A token to be made: for whom, where, for what, for how many days, and requests a minute."""

    name: str
    area: str
    scopes: tuple[Scope, ...]
    days: int = 365
    per_minute: int = PER_MINUTE


def create_token(unit: Unit, asked: TokenAsked, *, who: Person, now: datetime) -> NewToken:
    """Make a token; raises `Forbidden` unless `who` administers the area, `Unacceptable` naming what to change."""
    area_named(unit, asked.area)
    who.require(Right.ADMINISTER, asked.area)
    name = asked.name.strip()
    if not 1 <= len(name) <= 100:
        raise Unacceptable("Tên hệ thống cần từ 1 đến 100 chữ.", "bad-name")
    if not asked.scopes:
        raise Unacceptable("Hãy chọn ít nhất một phạm vi cho mã truy cập.", "no-scope")
    if not 1 <= asked.days <= MOST_DAYS:
        raise Unacceptable(f"Thời hạn cần từ 1 đến {MOST_DAYS} ngày.", "bad-life")
    if not 1 <= asked.per_minute <= 6_000:
        raise Unacceptable("Số yêu cầu mỗi phút cần từ 1 đến 6000.", "bad-rate")
    held = select(SystemTokenRow.id).where(
        SystemTokenRow.area == asked.area,
        SystemTokenRow.revoked.is_(None),
        SystemTokenRow.expires > now,
    )
    if len(unit.session.scalars(held.limit(MOST_PER_AREA)).all()) == MOST_PER_AREA:
        msg = f"Địa bàn {asked.area} đã có {MOST_PER_AREA} mã: hãy thu hồi mã không dùng."
        raise Conflict(msg, "too-many-tokens")
    token = PREFIX + base64.urlsafe_b64encode(os.urandom(32)).decode().rstrip("=")
    row = SystemTokenRow(
        id=secrets.token_hex(8),
        token_hash=_hash(unit.house, token),
        name=name,
        area=asked.area,
        scopes=sorted(set(asked.scopes)),
        person_id=who.id,
        created=now,
        created_by=who.name,
        expires=now + timedelta(days=asked.days),
        per_minute=asked.per_minute,
        used=0,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        who,
        "create-token",
        f"{row.id} {name} {asked.area} {','.join(row.scopes)}",
        now=now,
        area=asked.area,
        subject=row.id,
    )
    return NewToken(secret=token, token=_state(row, now))


def revoke_token(unit: Unit, token_id: str, *, who: Person, now: datetime) -> TokenState:
    """End a token at once; one that is over stays so. Raises `NotFound`, `Forbidden`."""
    row = unit.session.get(SystemTokenRow, token_id)
    if row is None:
        raise NotFound("Không có mã truy cập này.", "no-token")
    who.require(Right.ADMINISTER, row.area)
    if row.revoked is None:
        row.revoked, row.revoked_by = now, who.name
        unit.note(
            who,
            "revoke-token",
            f"{row.id} {row.name} {row.area}",
            now=now,
            area=row.area,
            subject=row.id,
        )
    return _state(row, now)


def list_tokens(
    unit: Unit, areas: Sequence[str], *, now: datetime, before: str = "", limit: int = 50
) -> tuple[TokenState, ...]:
    """Return tokens of these areas and below, newest first; go on with `before` the id of the last one."""
    if not areas:
        return ()
    query = select(SystemTokenRow).where(
        or_(*(at_or_below(SystemTokenRow.area, area) for area in areas))
    )
    last = unit.session.get(SystemTokenRow, before) if before else None
    if last is not None:
        earlier = (SystemTokenRow.created == last.created) & (SystemTokenRow.id < last.id)
        query = query.where((SystemTokenRow.created < last.created) | earlier)
    query = query.order_by(SystemTokenRow.created.desc(), SystemTokenRow.id.desc())
    rows = unit.session.scalars(query.limit(min(max(limit, 1), 200)))
    return tuple(_state(row, now) for row in rows)


def is_system_token(token: str) -> bool:
    """Return whether a bearer token looks like another system's; a person's session never does."""
    return token.startswith(PREFIX)


def admit(house: House, token: str, *, room: str, writes: bool, now: datetime) -> Machine:
    """Return who asks by this token in this room, counting the request.

    Raises `NotSignedIn` for a token that does not hold, `Forbidden` where no scope of it leads, `TooOften`.
    """
    digest = _hash(house, token)
    with house.writing() as unit:
        query = select(SystemTokenRow).where(SystemTokenRow.token_hash == digest).with_for_update()
        row = unit.session.scalar(query)
        if row is None or row.revoked is not None or row.expires <= now:
            raise NotSignedIn("Mã truy cập không đúng, đã hết hạn hoặc đã thu hồi.", "bad-token")
        maker = person_by_id(unit, row.person_id)
        if maker is None:
            raise NotSignedIn("Người tạo mã truy cập này không còn tài khoản.", "bad-token")
        _count(row, now)
        who = Machine(
            id=maker.id,
            name=f"{row.name} ({maker.name})"[:200],
            grants=maker.grants,
            rights=rights_at(tuple(Scope(word) for word in row.scopes), room, writes=writes),
            within=row.area,
        )
    if not who.rights:  # only now: a request that leads nowhere is counted too
        raise Forbidden(f"Mã truy cập “{row.name}” không có phạm vi cho việc này.", "no-scope")
    return who


def _count(row: SystemTokenRow, now: datetime) -> None:
    """Count one request of this minute; raises `TooOften` when there were enough."""
    if row.window is None or not row.window <= now < row.window + WINDOW:
        row.window, row.used = now, 0
    if row.used >= row.per_minute:
        wait = max(1, int((row.window + WINDOW - now).total_seconds()) + 1)
        msg = f"Mã truy cập này đã hỏi {row.per_minute} lần trong một phút; hãy chờ {wait} giây."
        raise TooOften(msg, wait)
    row.used += 1
    row.last_used = now


def _state(row: SystemTokenRow, now: datetime) -> TokenState:
    return TokenState(
        id=row.id,
        name=row.name,
        area=row.area,
        scopes=tuple(Scope(word) for word in row.scopes),
        created=row.created,
        created_by=row.created_by,
        expires=row.expires,
        revoked=row.revoked,
        revoked_by=row.revoked_by,
        last_used=row.last_used,
        per_minute=row.per_minute,
        expired=row.expires <= now,
    )


def _hash(house: House, token: str) -> str:
    secret = house.settings.session_secret
    return hmac.new(secret, b"system-token\n" + token.encode(), hashlib.sha256).hexdigest()
