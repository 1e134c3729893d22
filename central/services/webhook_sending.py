"""Sends what waits for other systems: claims it by a lease, calls them, writes down what they answered.

Law of the room: the name is looked up once and the very address that was judged is called, so that a name which
changes its mind leads nowhere; no redirects, no proxies, little of the answer is read. One address at a time each, so
that a slow one holds up no other; a process that dies leaves its messages to the next, which may send one twice.
"""

import ipaddress
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
import urllib3
from sqlalchemy import Select, or_, select, update

from central.db.interfaces import DeliveryRow, WebhookRow
from central.domain.webhooks import (
    FIRST_WAIT,
    Address,
    DeliveryPhase,
    is_named,
    may_call,
    secret_of,
    signature,
    wait_after,
)
from central.services.unit import House

LEASE: Final = timedelta(minutes=15)  # longer than the slowest round
MOST_AT_ONCE: Final = 40
MOST_OF_ONE: Final = 10
LANES: Final = 4
CONNECT_S, READ_S = 5.0, 10.0
MOST_ANSWER_BYTES: Final = 2_000
Look = Callable[[str, int], Sequence[str]]


class Outcome(msgspec.Struct, frozen=True):
    """What came of one call: the HTTP status (None when none came), a sentence, and how long it took."""

    status: int | None
    why: str
    took_ms: int

    @property
    def done(self) -> bool:
        """Return whether the other side has it."""
        return self.status is not None and 200 <= self.status < 300


class _Claimed(msgspec.Struct, frozen=True):
    id: int
    webhook: str
    url: str
    generation: int
    body: bytes
    tries: int


def addresses_of(host: str, port: int) -> list[str]:
    """Return the numbers that a name stands for now, asked of the machine's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def send_webhooks(house: House, now: datetime, *, look: Look = addresses_of) -> int:
    """Send what is due, at most `MOST_AT_ONCE` messages; return how many were taken up."""
    claimed = _claim(house, now)
    if not claimed:
        return 0
    by_address: dict[str, list[_Claimed]] = {}
    for message in claimed:
        by_address.setdefault(message.webhook, []).append(message)

    def lane(messages: Sequence[_Claimed]) -> None:
        for at, message in enumerate(messages):
            outcome = _sent(house, message, look)
            _write(house, message, outcome)
            if not outcome.done:  # the others to this address would fare no better now
                _give_back(house, messages[at + 1 :])
                return

    with ThreadPoolExecutor(LANES, thread_name_prefix="webhooks") as lanes:
        list(lanes.map(lane, by_address.values()))
    return len(claimed)


def _claim(house: House, now: datetime) -> list[_Claimed]:
    """Take a lease on what is due, the oldest first, a few of each address."""
    with house.reading() as unit:  # mostly nothing is due: then nobody's turn to write is taken
        if unit.session.execute(_due(now).limit(1)).first() is None:
            return []
    with house.writing() as unit:
        due = _due(now).order_by(DeliveryRow.due, DeliveryRow.id).limit(10 * MOST_AT_ONCE)
        ids: list[int] = []
        taken: Counter[str] = Counter()
        locked = due.with_for_update(of=DeliveryRow, skip_locked=True)
        for number, webhook in unit.session.execute(locked):
            if taken[webhook] < MOST_OF_ONE and len(ids) < MOST_AT_ONCE:
                taken[webhook] += 1
                ids.append(number)
        lease = update(DeliveryRow).where(DeliveryRow.id.in_(ids))
        unit.session.execute(lease.values(leased_until=now + LEASE, tries=DeliveryRow.tries + 1))
        rows = unit.session.execute(
            select(
                DeliveryRow.id,
                WebhookRow.id,
                WebhookRow.url,
                WebhookRow.generation,
                DeliveryRow.body,
                DeliveryRow.tries,
            )
            .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook)
            .where(DeliveryRow.id.in_(ids))
            .order_by(DeliveryRow.id)
        )
        return [_Claimed(*row) for row in rows]


def _due(now: datetime) -> Select[int, str]:
    return (
        select(DeliveryRow.id, DeliveryRow.webhook)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook)
        .where(
            DeliveryRow.state == DeliveryPhase.WAITING.value,
            DeliveryRow.due <= now,
            or_(DeliveryRow.leased_until.is_(None), DeliveryRow.leased_until <= now),
            WebhookRow.enabled.is_(True),
        )
    )


def _give_back(house: House, messages: Sequence[_Claimed]) -> None:
    """Have messages wait again that were claimed and not tried."""
    if not messages:
        return
    now = house.clock()
    with house.writing() as unit:
        unit.session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.id.in_([message.id for message in messages]))
            .values(leased_until=None, tries=DeliveryRow.tries - 1, due=now + FIRST_WAIT)
        )


def _sent(house: House, message: _Claimed, look: Look) -> Outcome:
    began = time.monotonic()
    try:
        status, why = _call(house, message, look)
    except _NotCalled as refused:
        status, why = None, str(refused)
    except (OSError, urllib3.exceptions.HTTPError) as fault:
        status, why = None, f"Không gọi được: {_reason(fault)}"
    return Outcome(status, why[:500], int((time.monotonic() - began) * 1_000))


class _NotCalled(Exception):
    """The address was not called, and why."""


def _call(house: House, message: _Claimed, look: Look) -> tuple[int, str]:
    """Call the address; return the status and a sentence about it."""
    parts = urlsplit(message.url)
    host, https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    number = _judged(house, host, port, look, https=https)
    moment_s, name = int(house.clock().timestamp()), f"msg_{message.id}"
    secret = secret_of(house.settings.session_secret, message.webhook, message.generation)
    headers = {
        "host": parts.netloc,
        "content-type": "application/json",
        "user-agent": "TiengLang-Webhook/1",
        "accept-encoding": "identity",
        "webhook-id": name,
        "webhook-timestamp": str(moment_s),
        "webhook-signature": signature(secret, name, moment_s, message.body),
    }
    timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
    pool: urllib3.HTTPConnectionPool
    if https:
        pool = urllib3.HTTPSConnectionPool(
            number, port, timeout=timeout, retries=False, server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(number, port, timeout=timeout, retries=False)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.urlopen(
            "POST",
            target,
            body=message.body,
            headers=headers,
            redirect=False,
            preload_content=False,
        )
        try:
            said = answer.read(MOST_ANSWER_BYTES).decode("utf-8", "replace").strip()
        finally:
            answer.close()
    finally:
        pool.close()
    if 200 <= answer.status < 300:
        return answer.status, ""
    if 300 <= answer.status < 400:
        return answer.status, "Bên nhận chuyển hướng sang nơi khác; hãy ghi đúng địa chỉ cuối."
    return answer.status, f"Bên nhận trả lời {answer.status}: {' '.join(said.split())[:300]}"


def _judged(house: House, host: str, port: int, look: Look, *, https: bool) -> str:
    """Return the number to call; raises `_NotCalled` when any number of the name may not be called."""
    allowed = house.settings.webhook_networks
    try:
        numbers = [ipaddress.ip_address(found.partition("%")[0]) for found in look(host, port)]
    except (OSError, ValueError, UnicodeError) as fault:
        raise _NotCalled(f"Không tìm ra máy {host}: {fault}") from fault
    if not numbers:
        raise _NotCalled(f"Không tìm ra máy {host}.")
    forbidden = [number for number in numbers if not may_call(number, allowed)]
    if forbidden:
        raise _NotCalled(
            f"{host} nằm trong mạng nội bộ ({forbidden[0]}); người vận hành phải cho phép bằng webhook_networks."
        )
    if not https and not all(is_named(number, allowed) for number in numbers):
        raise _NotCalled("Địa chỉ trên Internet phải dùng https://.")
    return _spelled(numbers[0])


def _spelled(number: Address) -> str:
    return f"[{number}]" if number.version == 6 else str(number)


def _reason(fault: Exception) -> str:
    inner = getattr(fault, "reason", None) or fault.__cause__ or fault
    return f"{type(fault).__name__}: {inner}"


def _write(house: House, message: _Claimed, outcome: Outcome) -> None:
    """Write down what came of a call, and when it is tried again."""
    now = house.clock()
    wait = wait_after(message.tries)
    failed = DeliveryPhase.DEAD if wait is None else DeliveryPhase.WAITING
    state = DeliveryPhase.DONE if outcome.done else failed
    values: dict[str, object] = {
        "state": state.value,
        "due": now if wait is None else now + wait,
        "leased_until": None,
        "tried": now,
        "status": outcome.status,
        "took_ms": outcome.took_ms,
        "why": outcome.why,
    }
    with house.writing() as unit:
        unit.session.execute(
            update(DeliveryRow).where(DeliveryRow.id == message.id).values(**values)
        )
