"""Verbs of webhooks: addresses that are told what happens in an area, and what was sent to them.

Law of the room: `tell` writes a message into the transaction of what it tells, so that nothing is told that did not
happen and nothing that happened is forgotten; sending is `webhook_sending`'s. A secret is told once, when it is new.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import func, or_, select

from central.db.interfaces import DeliveryRow, WebhookRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.webhooks import (
    CHOICES,
    DeliveryPhase,
    DeliveryState,
    Event,
    Message,
    NewWebhook,
    WebhookState,
    secret_of,
    spelled,
)
from central.services.areas import area_named, at_or_below
from central.services.unit import Unit
from contract.area import is_at_or_below

MOST_PER_AREA: Final = 50
MOST_URL_CHARS: Final = 500
MOST_TOLD: Final = 500  # appliances or plays in one message


class WebhookAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An address to be told: its name, area, URL, and of which events."""

    name: str
    area: str
    url: str
    events: tuple[Event, ...]


def create_webhook(unit: Unit, asked: WebhookAsked, *, who: Person, now: datetime) -> NewWebhook:
    """Add an address; raises `Forbidden` unless `who` administers the area, `Unacceptable` naming what to change."""
    area_named(unit, asked.area)
    who.require(Right.ADMINISTER, asked.area)
    name, url = asked.name.strip(), checked_url(asked.url)
    if not 1 <= len(name) <= 100:
        raise Unacceptable("Tên hệ thống cần từ 1 đến 100 chữ.", "bad-name")
    events = tuple(event for event in CHOICES if event in asked.events)
    if not events:
        raise Unacceptable("Hãy chọn ít nhất một sự kiện.", "no-event")
    count = select(func.count()).select_from(WebhookRow).where(WebhookRow.area == asked.area)
    if (unit.session.scalar(count) or 0) >= MOST_PER_AREA:
        msg = f"Địa bàn {asked.area} đã có {MOST_PER_AREA} địa chỉ nhận: hãy bỏ bớt."
        raise Conflict(msg, "too-many-webhooks")
    row = WebhookRow(
        id=secrets.token_hex(8),
        name=name,
        area=asked.area,
        url=url,
        events=[event.value for event in events],
        generation=1,
        enabled=True,
        created=now,
        created_by=who.name,
    )
    unit.session.add(row)
    unit.session.flush()
    unit.note(
        who,
        "create-webhook",
        f"{row.id} {name} {asked.area} {_host(url)}",
        now=now,
        area=row.area,
        subject=row.id,
    )
    return NewWebhook(secret=_secret(unit, row), webhook=_state(row, {}))


def renew_secret(unit: Unit, webhook: str, *, who: Person, now: datetime) -> NewWebhook:
    """Give an address a new secret; what is sent from now on is signed with it alone."""
    row = _row(unit, webhook, who)
    row.generation += 1
    unit.note(
        who, "renew-webhook-secret", f"{row.id} {row.name}", now=now, area=row.area, subject=row.id
    )
    return NewWebhook(secret=_secret(unit, row), webhook=_state(row, _counts(unit, [row.id])))


def switch_webhook(
    unit: Unit, webhook: str, *, enabled: bool, who: Person, now: datetime
) -> WebhookState:
    """Turn an address on or off; what waits for one that is off waits on, and nothing new is written for it."""
    row = _row(unit, webhook, who)
    row.enabled = enabled
    unit.note(
        who,
        "switch-webhook",
        f"{row.id} {row.name} {'on' if enabled else 'off'}",
        now=now,
        area=row.area,
        subject=row.id,
    )
    return _state(row, _counts(unit, [row.id]))


def delete_webhook(unit: Unit, webhook: str, *, who: Person, now: datetime) -> None:
    """Forget an address and what was sent to it."""
    row = _row(unit, webhook, who)
    unit.note(
        who,
        "delete-webhook",
        f"{row.id} {row.name} {_host(row.url)}",
        now=now,
        area=row.area,
        subject=row.id,
    )
    unit.session.delete(row)
    unit.session.flush()


def try_webhook(unit: Unit, webhook: str, *, who: Person, now: datetime) -> int:
    """Have a test message sent to an address; return the number of its delivery."""
    row = _row(unit, webhook, who)
    unit.note(who, "test-webhook", f"{row.id} {row.name}", now=now, area=row.area, subject=row.id)
    message = Message(type=Event.TEST, timestamp=now, area=row.area, data={"by": who.name})
    return _add(unit, row.id, message, now).id


def list_webhooks(unit: Unit, areas: Sequence[str]) -> tuple[WebhookState, ...]:
    """Return the addresses of these areas and below, by area and name; at most 500."""
    if not areas:
        return ()
    query = select(WebhookRow).where(or_(*(at_or_below(WebhookRow.area, area) for area in areas)))
    rows = unit.session.scalars(query.order_by(WebhookRow.area, WebhookRow.name).limit(500)).all()
    counts = _counts(unit, [row.id for row in rows])
    return tuple(_state(row, counts) for row in rows)


def list_deliveries(
    unit: Unit, webhook: str, *, who: Person, before: int | None = None, limit: int = 50
) -> tuple[DeliveryState, ...]:
    """Return what was and will be sent to an address, newest first; go on with `before` the last number."""
    row = _row(unit, webhook, who)
    query = select(DeliveryRow).where(DeliveryRow.webhook == row.id)
    if before is not None:
        query = query.where(DeliveryRow.id < before)
    found = unit.session.scalars(
        query.order_by(DeliveryRow.id.desc()).limit(min(max(limit, 1), 200))
    )
    return tuple(_delivery(one) for one in found)


def tell(
    unit: Unit, event: Event, areas: Sequence[str], data: Mapping[str, object], *, now: datetime
) -> None:
    """Have everybody told who asked for `event` in one of `areas`, above or below, in this transaction.

    `data` is JSON-able and small; it holds no secrets, for it leaves the house.
    """
    for row in _listeners(unit, event):
        touched = [area for area in areas if _touches(row.area, area)]
        if touched:
            message = Message(type=event, timestamp=now, area=touched[0], data=dict(data))
            _add(unit, row.id, message, now)


def tell_of_many(
    unit: Unit,
    event: Event,
    what: str,
    found: Sequence[tuple[str, dict[str, object]]],
    *,
    now: datetime,
) -> None:
    """Have everybody told of those of `found`, pairs of area and data, that lie in their area: one message each."""
    if not found:
        return
    for row in _listeners(unit, event):
        mine = [data for area, data in found if is_at_or_below(area, row.area)]
        for first in range(0, len(mine), MOST_TOLD):
            some: dict[str, object] = {what: mine[first : first + MOST_TOLD]}
            message = Message(type=event, timestamp=now, area=row.area, data=some)
            _add(unit, row.id, message, now)


def is_listened_to(unit: Unit, event: Event) -> bool:
    """Return whether anybody asked for an event: where nobody did, nothing needs to be gathered."""
    return bool(_listeners(unit, event))


def checked_url(url: str) -> str:
    """Return an address that can be called; raises `Unacceptable` with what to change."""
    url = url.strip()
    try:
        parts = urlsplit(url)
        fits = (
            len(url) <= MOST_URL_CHARS
            and url.isascii()
            and url.isprintable()
            and " " not in url
            and parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and parts.username is None
            and parts.password is None
            and not parts.fragment
            and parts.port != 0
        )
    except ValueError:
        fits = False
    if not fits:
        msg = "Địa chỉ nhận cần có dạng https://tên-máy/đường-dẫn, không kèm tên đăng nhập."
        raise Unacceptable(msg, "bad-url")
    return url


def _listeners(unit: Unit, event: Event) -> list[WebhookRow]:
    rows = unit.session.scalars(select(WebhookRow).where(WebhookRow.enabled.is_(True)))
    return [row for row in rows if event.value in row.events]


def _touches(listening: str, area: str) -> bool:
    return is_at_or_below(area, listening) or is_at_or_below(listening, area)


def _add(unit: Unit, webhook: str, message: Message, now: datetime) -> DeliveryRow:
    row = DeliveryRow(
        webhook=webhook,
        event=message.type.value,
        body=msgspec.json.encode(message),
        created=now,
        state=DeliveryPhase.WAITING.value,
        due=now,
        tries=0,
    )
    unit.session.add(row)
    unit.session.flush()
    return row


def _host(url: str) -> str:
    """Return what the audit log may hold of an address: what follows the host is often a secret."""
    return urlsplit(url).hostname or ""


def _row(unit: Unit, webhook: str, who: Person) -> WebhookRow:
    row = unit.session.get(WebhookRow, webhook)
    if row is None:
        raise NotFound("Không có địa chỉ nhận này.", "no-webhook")
    who.require(Right.ADMINISTER, row.area)
    return row


def _secret(unit: Unit, row: WebhookRow) -> str:
    return spelled(secret_of(unit.house.settings.session_secret, row.id, row.generation))


def _counts(unit: Unit, ids: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return how many messages wait or are dead, by address."""
    query = (
        select(DeliveryRow.webhook, DeliveryRow.state, func.count())
        .where(
            DeliveryRow.webhook.in_(ids),
            DeliveryRow.state.in_([DeliveryPhase.WAITING.value, DeliveryPhase.DEAD.value]),
        )
        .group_by(DeliveryRow.webhook, DeliveryRow.state)
    )
    return {(webhook, state): count for webhook, state, count in unit.session.execute(query)}


def _state(row: WebhookRow, counts: Mapping[tuple[str, str], int]) -> WebhookState:
    return WebhookState(
        id=row.id,
        name=row.name,
        area=row.area,
        url=row.url,
        events=tuple(Event(word) for word in row.events),
        enabled=row.enabled,
        created=row.created,
        created_by=row.created_by,
        waiting=counts.get((row.id, DeliveryPhase.WAITING.value), 0),
        dead=counts.get((row.id, DeliveryPhase.DEAD.value), 0),
    )


def _delivery(row: DeliveryRow) -> DeliveryState:
    phase = DeliveryPhase(row.state)
    return DeliveryState(
        id=row.id,
        event=Event(row.event),
        created=row.created,
        phase=phase,
        tries=row.tries,
        tried=row.tried,
        due=row.due if phase is DeliveryPhase.WAITING else None,
        status=row.status,
        took_ms=row.took_ms,
        why=row.why,
        body=row.body.decode("utf-8"),
    )
