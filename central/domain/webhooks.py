"""What other systems are told of, and how a message to them is signed (Standard Webhooks).

Law of the room: pure. A message is JSON with its event, instant, area and data; the signature covers its id, the
second it was sent and the exact bytes.
"""

import base64
import hashlib
import hmac
import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.states import State

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  a form, no secret
MOST_TRIES: Final = 9
FIRST_WAIT: Final = timedelta(seconds=30)
LONGEST_WAIT: Final = timedelta(hours=6)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Event(StrEnum):
    """What can be told."""

    PUBLISHED = "programme.published"
    APPROVED = "content.approved"
    ANNOUNCED = "announcement.announced"
    CANCELLED = "announcement.cancelled"
    SHORT = "plays.short"
    LOST = "appliances.lost"
    BACK = "appliances.back"
    CAP = "cap.received"
    TEST = "test"


EVENT_WORDS: Final = {
    Event.PUBLISHED: "đã gửi lịch",
    Event.APPROVED: "nội dung được duyệt",
    Event.ANNOUNCED: "phát thông báo khẩn",
    Event.CANCELLED: "kết thúc thông báo khẩn",
    Event.SHORT: "phát thiếu hoặc không phát",
    Event.LOST: "cụm loa mất liên lạc",
    Event.BACK: "cụm loa có liên lạc lại",
    Event.CAP: "có tin cảnh báo từ nơi khác",
    Event.TEST: "thử",
}
CHOICES: Final = tuple(event for event in Event if event is not Event.TEST)


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent: `data` differs by event, `area` is where it happened."""

    type: Event
    timestamp: datetime
    area: str
    data: dict[str, object]


class DeliveryPhase(StrEnum):
    """How a message stands: to be sent (again), taken by the other side, or given up."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


class DeliveryState(State, frozen=True, kw_only=True):
    """One message to one address: how often it was tried, what the other side answered, when it is tried again."""

    id: int
    event: Event
    created: datetime
    phase: DeliveryPhase
    tries: int
    tried: datetime | None
    due: datetime | None
    status: int | None
    took_ms: int | None
    why: str
    body: str

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        words = {
            DeliveryPhase.WAITING: "chờ gửi" if self.tries == 0 else "sẽ gửi lại",
            DeliveryPhase.DONE: "đã nhận",
            DeliveryPhase.DEAD: "đã bỏ",
        }
        return words[self.phase]


class WebhookState(State, frozen=True, kw_only=True):
    """An address that is told of events in an area, and how the last days went."""

    id: str
    name: str
    area: str
    url: str
    events: tuple[Event, ...]
    enabled: bool
    created: datetime
    created_by: str
    waiting: int
    dead: int

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        if not self.enabled:
            return "đang tắt"
        return "có tin không gửi được" if self.dead else "đang bật"


class NewWebhook(State, frozen=True, kw_only=True):
    """An address with a new secret, shown this once: the other side checks signatures by it."""

    secret: str
    webhook: WebhookState


def secret_of(house_secret: bytes, webhook: str, generation: int) -> bytes:
    """Return the 32 bytes that messages to an address are signed with; derived, so kept nowhere."""
    named = f"webhook\n{webhook}\n{generation}".encode()
    return hmac.new(house_secret, named, hashlib.sha256).digest()


def spelled(secret: bytes) -> str:
    """Return a secret as libraries of Standard Webhooks take it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode()


def signature(secret: bytes, message_id: str, timestamp_s: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`."""
    signed = f"{message_id}.{timestamp_s}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()


def wait_after(tries: int) -> timedelta | None:
    """Return how long to wait after so many failures, None when it is given up: 30 s, 2 min, 8 min, … 6 h."""
    if tries >= MOST_TRIES:
        return None
    return min(FIRST_WAIT * int(4 ** (tries - 1)), LONGEST_WAIT)


def may_call(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether an address may be called: one of the open internet, or of a network the operator allows."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if inner is not None:
            return address.ipv4_mapped is not None and may_call(inner, allowed)
        if address in _NAT64:
            return may_call(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF), allowed)
    if any(address.version == network.version and address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def is_named(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether the operator's list itself names an address; there plain http is taken too."""
    return any(address.version == network.version and address in network for network in allowed)


_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
