"""How a message looks on the stream: server-sent events, encoded once for everybody.

Law of the room: pure. An event's `id` is the outbox id of what it carries; what merely restates the present
carries the id the client already has, so that a broken connection never skips what it has not seen.
"""

from collections.abc import Iterable
from datetime import datetime

from central.services.doors import Visitor
from central.services.stream import Message, Standing
from contract.area import is_at_or_below
from contract.documents import Kind

KEEP_ALIVE = b": keep-alive\n\n"
LAST_CHUNK = b"0\r\n\r\n"
RETRY = b"retry: 2000\n\n"
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def encoded(message: Message) -> bytes:
    """Return one outbox message as an event."""
    return event(message.id, message.event.encode("ascii"), message.data)


def chunk(data: bytes) -> bytes:
    """Return bytes as one chunk of a chunked answer (RFC 9112 §7.1), written once for everybody."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def sealed(number: int, envelope: bytes) -> bytes:
    """Return a sealed document as an event."""
    return event(number, b"sealed", envelope)


def event(number: int, name: bytes, data: bytes) -> bytes:
    """Return an event; `data` must be one line."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name, data)


def greeting(visitor: Visitor, standing: Standing, restated: int, now: datetime) -> bytes:
    """Return what a connecting appliance must know: the active set and the alarms for it, newest first."""
    parts = [RETRY]
    if standing.active_set is not None:
        parts.append(sealed(restated, standing.active_set))
    parts += [
        sealed(restated, alarm.envelope)
        for alarm in standing.alarms
        if alarm.expires > now and _concerns(visitor, alarm.areas)
    ]
    return b"".join(parts)


def catching_up(
    visitor: Visitor, standing: Standing, missed: Iterable[Message], now: datetime
) -> bytes:
    """Return the missed messages for an appliance, without what `standing` has told it already."""
    told = {Kind.ACTIVE_SET.value, Kind.ANNOUNCEMENT.value}
    return b"".join(
        encoded(message)
        for message in missed
        if message.expires > now
        and (message.device == visitor.device or _concerns(visitor, message.areas))
        and not (message.kind in told and message.id <= standing.as_of)
    )


def _concerns(visitor: Visitor, areas: Iterable[str]) -> bool:
    return any(is_at_or_below(visitor.area, area) for area in areas)
