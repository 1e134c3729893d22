"""Sends what waits for other systems: claims it by a lease, calls them, writes down what they answered.

Law of the room: whom it may call is `outward`'s to judge; no redirects, little of the answer is read. One address at a
time each, so that a slow one holds up no other; a process that dies leaves its messages to the next, which may send one
twice.
"""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final, assert_never

import msgspec
from sqlalchemy import Select, or_, select, update

from central.db.interfaces import DeliveryRow, WebhookRow
from central.domain.webhooks import (
    FIRST_WAIT,
    DeliveryPhase,
    Event,
    secret_of,
    signature,
    wait_after,
)
from central.services.outward import FAULTS, Look, NotCalled, addresses_of, opened, reason_of
from central.services.unit import House

LEASE: Final = timedelta(minutes=15)  # longer than the slowest round
MOST_AT_ONCE: Final = 40
MOST_OF_ONE: Final = 10
LANES: Final = 4
MOST_ANSWER_BYTES: Final = 2_000
URGENT: Final = (Event.ANNOUNCED, Event.CANCELLED)
URGENT_OWN: Final = timedelta(seconds=20)


class Outcome(msgspec.Struct, frozen=True):
    """What came of one call: the HTTP status (None when none came), a sentence, and how long it took."""

    status: int | None
    why: str
    took_ms: int

    @property
    def done(self) -> bool:
        """Return whether the other side has it."""
        return self.status is not None and 200 <= self.status < 300


class Share(Enum):
    """Which part of what is due: everything, first tries of news of emergencies, or all but those."""

    ALL = auto()
    URGENT = auto()
    NOT_URGENT = auto()


class Claimed(msgspec.Struct, frozen=True):
    """A message that this process has a lease on."""

    id: int
    webhook: str
    url: str
    generation: int
    body: bytes
    tries: int


def send_webhooks(
    house: House, now: datetime, *, look: Look = addresses_of, leave_urgent: bool = False
) -> int:
    """Send what is due, at most `MOST_AT_ONCE` messages; return how many were taken up.

    With `leave_urgent` news of emergencies is left to `webhook_urgent` for `URGENT_OWN`, then sent here after all.
    """
    claimed = claim(house, now, Share.NOT_URGENT if leave_urgent else Share.ALL)
    if not claimed:
        return 0
    with ThreadPoolExecutor(LANES, thread_name_prefix="webhooks") as lanes:
        list(lanes.map(lambda own: send_in_order(house, own, look), by_address(claimed)))
    return len(claimed)


def send_in_order(house: House, messages: Sequence[Claimed], look: Look) -> None:
    """Send the messages of one address one after another; when one fails the rest waits."""
    for at, message in enumerate(messages):
        outcome = _sent(house, message, look)
        _write(house, message, outcome)
        if not outcome.done:  # the others to this address would fare no better now
            _give_back(house, messages[at + 1 :])
            return


def by_address(claimed: Sequence[Claimed]) -> list[list[Claimed]]:
    """Return the messages of each address together, in their order."""
    found: dict[str, list[Claimed]] = {}
    for message in claimed:
        found.setdefault(message.webhook, []).append(message)
    return list(found.values())


def claim(
    house: House, now: datetime, share: Share, *, but_not: frozenset[str] = frozenset()
) -> list[Claimed]:
    """Take a lease on what is due, the oldest first, a few of each address; nothing of the addresses `but_not`."""
    wanted = _due(now, share).where(DeliveryRow.webhook.not_in(but_not))
    with house.reading() as unit:  # mostly nothing is due: then nobody's turn to write is taken
        if unit.session.execute(wanted.limit(1)).first() is None:
            return []
    with house.writing() as unit:
        due = wanted.order_by(DeliveryRow.due, DeliveryRow.id).limit(10 * MOST_AT_ONCE)
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
        return [Claimed(*row) for row in rows]


def _due(now: datetime, share: Share) -> Select[int, str]:
    due = (
        select(DeliveryRow.id, DeliveryRow.webhook)
        .join(WebhookRow, WebhookRow.id == DeliveryRow.webhook)
        .where(
            DeliveryRow.state == DeliveryPhase.WAITING.value,
            DeliveryRow.due <= now,
            or_(DeliveryRow.leased_until.is_(None), DeliveryRow.leased_until <= now),
            WebhookRow.enabled.is_(True),
        )
    )
    urgent = DeliveryRow.event.in_([event.value for event in URGENT]) & (DeliveryRow.tries == 0)
    match share:
        case Share.ALL:
            return due
        case Share.URGENT:
            return due.where(urgent)
        case Share.NOT_URGENT:
            return due.where(~urgent | (DeliveryRow.due <= now - URGENT_OWN))
        case _:
            assert_never(share)


def _give_back(house: House, messages: Sequence[Claimed]) -> None:
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


def _sent(house: House, message: Claimed, look: Look) -> Outcome:
    began = time.monotonic()
    try:
        status, why = _call(house, message, look)
    except NotCalled as refused:
        status, why = None, str(refused)
    except FAULTS as fault:
        status, why = None, f"Không gọi được: {reason_of(fault)}"
    return Outcome(status, why[:500], int((time.monotonic() - began) * 1_000))


def _call(house: House, message: Claimed, look: Look) -> tuple[int, str]:
    """Call the address; return the status and a sentence about it."""
    pool, parts, target = opened(message.url, house.settings.webhook_networks, look)
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


def _write(house: House, message: Claimed, outcome: Outcome) -> None:
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
