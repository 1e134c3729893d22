"""Verbs of sessions: which browsers are signed in as me, and ending them.

Law of the room: a person sees and ends only their own; what is shown of a token is the head of its hash.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update

from central.db.people import PersonSessionRow
from central.domain.agents import device_words
from central.domain.errors import NotFound
from central.domain.people import Person
from central.domain.people_states import SessionState
from central.services.people import token_hash
from central.services.unit import House, Unit

SEEN_EVERY = timedelta(minutes=5)
ID_CHARS = 16
MOST = 100
_ENDED = "Phiên này đã kết thúc rồi."


def list_sessions(
    unit: Unit, token: str, *, who: Person, now: datetime
) -> tuple[SessionState, ...]:
    """Return the sessions of `who`, the one of `token` first, then the newest seen; at most a hundred."""
    own = token_hash(unit, token)
    rows = unit.session.scalars(
        select(PersonSessionRow)
        .where(
            PersonSessionRow.person_id == who.id,
            PersonSessionRow.expires > now,
            PersonSessionRow.waits.is_(False),
        )
        .order_by(PersonSessionRow.created.desc())
        .limit(MOST)
    )
    states = [_state(row, own) for row in rows]
    return tuple(sorted(states, key=lambda s: (not s.own, -s.last_seen.timestamp())))


def end_session(unit: Unit, session: str, *, who: Person, now: datetime) -> None:
    """End one session of `who` by its id; raises `NotFound`."""
    if len(session) != ID_CHARS:
        raise NotFound(_ENDED, "no-session")
    ended = unit.session.execute(
        delete(PersonSessionRow)
        .where(
            PersonSessionRow.person_id == who.id,
            PersonSessionRow.token_hash.startswith(session, autoescape=True),
        )
        .returning(PersonSessionRow.token_hash)
    ).first()
    if ended is None:
        raise NotFound(_ENDED, "no-session")
    unit.note(who, "end-session", who.name, now=now, subject=who.name)


def end_other_sessions(unit: Unit, token: str, *, who: Person, now: datetime) -> int:
    """End all sessions of `who` but the one of `token`; return how many there were."""
    ended = unit.session.execute(
        delete(PersonSessionRow)
        .where(
            PersonSessionRow.person_id == who.id,
            PersonSessionRow.token_hash != token_hash(unit, token),
        )
        .returning(PersonSessionRow.token_hash)
    ).all()
    count = {"sessions": len(ended)}
    unit.note(who, "end-sessions", who.name, now=now, subject=who.name, before=count)
    return len(ended)


def is_stale(unit: Unit, token: str, *, now: datetime) -> bool:
    """Return whether it is time to remember that the session is used: every five minutes."""
    row = unit.session.get(PersonSessionRow, token_hash(unit, token))
    return row is not None and (row.last_seen is None or now - row.last_seen >= SEEN_EVERY)


def touch_session(house: House, token: str, *, now: datetime) -> None:
    """Remember that the session is used; call it outside any unit, where `is_stale`."""
    with house.writing() as unit:
        seen = update(PersonSessionRow).where(
            PersonSessionRow.token_hash == token_hash(unit, token)
        )
        unit.session.execute(seen.values(last_seen=now))


def _state(row: PersonSessionRow, own: str) -> SessionState:
    return SessionState(
        id=row.token_hash[:ID_CHARS],
        device=device_words(row.agent),
        address=row.address,
        created=row.created,
        last_seen=row.last_seen or row.created,
        expires=row.expires,
        own=row.token_hash == own,
    )
