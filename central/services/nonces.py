"""What may be used once: nonces of signed requests, and the challenges that sessions are opened with.

Law of the room: one process remembers by itself; where the database lets several serve, it remembers for all of them.
A challenge carries its own end and our mark, so that any process can judge one that another gave.
"""

import base64
import binascii
import hashlib
import hmac
import os
import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from central.db.interfaces import UsedNonceRow
from central.services.unit import House

NONCE_LIFE: Final = timedelta(minutes=30)  # at least as long as a session
CHALLENGE_LIFE: Final = timedelta(seconds=60)
MOST_NONCES: Final = 500_000
_RANDOM_BYTES, _END_BYTES, _MARK_BYTES = 12, 4, 16


class Once(Protocol):
    """Remembers what was used."""

    def take(self, nonce: str, now: datetime) -> bool:
        """Return whether this nonce was not taken before; it is taken from now on."""

    def take_all(self, nonces: Sequence[str], now: datetime) -> list[bool]:
        """Return the same for each of these, in order: of one that stands there twice the second was taken before."""


class Nonces:
    """The nonces of the last 30 to 60 minutes, at least the newest `most`, in this process only."""

    def __init__(self, most: int = MOST_NONCES) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._new: set[int] = set()
        self._old: set[int] = set()
        self._turned: datetime | None = None

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def take(self, nonce: str, now: datetime) -> bool:
        """Return whether this nonce was not taken before; it is taken from now on."""
        short = hash(nonce)  # 64 bits, by a secret of this process
        with self._lock:
            if self._turned is None or not self._turned <= now < self._turned + NONCE_LIFE:
                self._turn(now)
            if short in self._new or short in self._old:
                return False
            if len(self._new) >= self._most:
                self._turn(now)
            self._new.add(short)
            return True

    def take_all(self, nonces: Sequence[str], now: datetime) -> list[bool]:
        """Return the same for each of these, in order."""
        return [self.take(nonce, now) for nonce in nonces]

    def _turn(self, now: datetime) -> None:
        """Begin a new half hour; what is older than the one before is forgotten."""
        stale = self._turned is None or now >= self._turned + 2 * NONCE_LIFE
        self._old = set() if stale else self._new
        self._new, self._turned = set(), now


class SharedNonces:
    """The nonces that any process of this house has taken, in a table of PostgreSQL."""

    def __init__(self, house: House) -> None:
        self._house = house

    def take(self, nonce: str, now: datetime) -> bool:
        """Return whether no process took this nonce before; it is taken from now on."""
        return self.take_all([nonce], now)[0]

    def take_all(self, nonces: Sequence[str], now: datetime) -> list[bool]:
        """Return the same for each of these, in order."""
        if not nonces:
            return []
        digests = [hashlib.sha256(nonce.encode()).hexdigest() for nonce in nonces]
        ends = now + NONCE_LIFE
        rows = [{"sha256": digest, "expires": ends} for digest in sorted(set(digests))]
        asked = insert(UsedNonceRow).values(rows).on_conflict_do_nothing()
        with self._house.engine.begin() as connection:
            # what a power cut takes of the last moments could only be asked again within them
            connection.execute(text("set local synchronous_commit = off"))
            fresh = set(connection.execute(asked.returning(UsedNonceRow.sha256)).scalars())
        told = []
        for digest in digests:
            told.append(digest in fresh)
            fresh.discard(digest)
        return told


def forget_nonces(house: House, *, now: datetime) -> None:
    """Forget the nonces that are too old to be used again; for a chore."""
    with house.writing() as unit:
        unit.session.execute(delete(UsedNonceRow).where(UsedNonceRow.expires < now))


def once(house: House) -> Once:
    """Return what remembers for this house: for all its processes where there may be several."""
    return SharedNonces(house) if _is_shared(house) else Nonces()


class Challenges:
    """The challenges of sessions: 32 bytes that hold random, an end and our mark; one use each, for 60 s."""

    def __init__(self, house: House) -> None:
        # a process that remembers alone believes its own challenges only: a restart forgets which were used
        self._key = house.settings.session_secret if _is_shared(house) else os.urandom(32)
        self._used = once(house)

    def give(self, device: str, now: datetime) -> str:
        """Return a fresh challenge for an appliance, 32 bytes in base64."""
        ends_s = int((now + CHALLENGE_LIFE).timestamp())
        told = os.urandom(_RANDOM_BYTES) + ends_s.to_bytes(_END_BYTES, "big")
        return base64.b64encode(told + self._mark(device, told)).decode("ascii")

    def redeem(self, device: str, challenge: str, now: datetime) -> bool:
        """Return whether this challenge was given to this appliance and is fresh; it is used up either way."""
        try:
            held = base64.b64decode(challenge, validate=True)
        except (binascii.Error, ValueError):
            return False
        told, mark = held[:-_MARK_BYTES], held[-_MARK_BYTES:]
        if len(told) != _RANDOM_BYTES + _END_BYTES:
            return False
        if not hmac.compare_digest(mark, self._mark(device, told)):
            return False
        ends_s = int.from_bytes(told[_RANDOM_BYTES:], "big")
        return now.timestamp() < ends_s and self._used.take(f"{device} {challenge}", now)

    def _mark(self, device: str, told: bytes) -> bytes:
        marked = b"challenge\n" + device.encode() + b"\n" + told
        return hmac.new(self._key, marked, hashlib.sha256).digest()[:_MARK_BYTES]


def _is_shared(house: House) -> bool:
    return house.engine.dialect.name == "postgresql"
