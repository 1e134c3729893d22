"""Server-sent events, as far as the wire uses them: bytes in, events out.

Law of the room: no I/O. Lines end in LF, CR or CRLF however the bytes are cut; what is unfinished is
bounded, so that a sender who never ends a line cannot fill the memory.
"""

from typing import Final

import msgspec

MAX_EVENT_BYTES: Final = 512_000


class TooLong(Exception):
    """The stream sent a line or event beyond the bound: the sender is at fault; connect anew."""


class SseEvent(msgspec.Struct, frozen=True):
    """One event: its name ("message" when not given) and its data lines joined by a line feed."""

    name: str
    data: str


class SseParser:
    """Fed with bytes, gives events; remembers the last id and the wished delay of reconnection.

    `last_id` is what to send as Last-Event-ID; `retry_ms` is None until the sender said something.
    """

    def __init__(self, last_id: str = "", max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        """Begin a new stream; `last_id` is carried over from the one before."""
        self.last_id = last_id
        self.retry_ms: int | None = None
        self._max = max_event_bytes
        self._pending = bytearray()
        self._after_cr = False
        self._at_start = True
        self._name = ""
        self._data: list[str] = []
        self._size_bytes = 0
        self._id = last_id

    def feed(self, piece: bytes) -> tuple[SseEvent, ...]:
        """Return the events completed by `piece`, often none. Raises `TooLong`."""
        events = []
        self._pending += piece
        while (line := self._line()) is not None:
            event = self._take(line)
            if event is not None:
                events.append(event)
        if len(self._pending) + self._size_bytes > self._max:
            msg = f"the push stream sent an event of more than {self._max} bytes"
            raise TooLong(msg)
        return tuple(events)

    def _line(self) -> str | None:
        if self._after_cr and self._pending[:1] == b"\n":
            del self._pending[:1]
        if self._pending:
            self._after_cr = False
        ends = [at for at in (self._pending.find(b"\n"), self._pending.find(b"\r")) if at >= 0]
        if not ends:
            return None
        end = min(ends)
        line = self._pending[:end].decode("utf-8", "replace")
        self._after_cr = self._pending[end : end + 1] == b"\r"
        del self._pending[: end + 1]
        if self._at_start:
            self._at_start = False
            line = line.removeprefix("\ufeff")
        return line

    def _take(self, line: str) -> SseEvent | None:
        if not line:
            return self._dispatch()
        if line.startswith(":"):
            return None
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
            self._size_bytes += len(value) + 1
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdecimal() and len(value) < 10:
            self.retry_ms = int(value)
        return None

    def _dispatch(self) -> SseEvent | None:
        self.last_id = self._id
        name, data = self._name or "message", self._data
        self._name, self._data, self._size_bytes = "", [], 0
        return SseEvent(name, "\n".join(data)) if data else None
