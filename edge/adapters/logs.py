"""The program's own log: how a line is written, the last of them in memory, and sending them when central asks.

Law of the room: nobody fails because he was logged. What opens a door is masked before a line is kept. The ring is
memory and nothing else: it is gone with the program, also when that ends in order, because cards wear; what was said
before a restart stands in the machine's journal (`journalctl -u tienglang-edge`). The herald's lane alone sends.
"""

import contextlib
import copy
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Protocol

import msgspec

from contract.documents import DeviceId
from contract.masking import masked
from contract.one_line import indented, one_line
from contract.parcel import pack
from edge.adapters.link_faults import LinkBroken, LinkDenied, LinkDown, LinkError
from edge.core.orders import SendLogs

log = logging.getLogger(__name__)

RING_BYTES: Final = 512_000
LINE_BYTES: Final = 2_000
TRIED_FOR_S: Final = 3_600.0
WAIT_LEAST_S: Final = 2.0
WAIT_MOST_S: Final = 120.0
FINAL: Final = frozenset({400, 404, 409, 410, 413, 422})  # central will not want it later either
_CUT: Final = "…"
_FORM: Final = "%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s %(message)s"
_DATES: Final = "%Y-%m-%dT%H:%M:%S"

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class OneLine(logging.Formatter):
    """One line for each message, whatever strangers wrote into it, without secrets; a traceback stands behind bars."""

    converter = staticmethod(time.gmtime)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the parent's name
        """Return the line."""
        return one_line(masked(super().formatMessage(record)))

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802  the parent's name
        """Return the traceback."""
        return indented(masked(super().formatException(ei)))


class Said(msgspec.Struct, frozen=True):
    """What the ring holds, oldest first; how many lines it could not keep, and for how long it has listened."""

    lines: tuple[str, ...]
    dropped: int
    uptime_s: int


class Ring(logging.Handler):
    """The newest lines of the log, with their time in UTC, in at most `most_bytes` of text; for any thread.

    The oldest go first; one line is cut at 2 kB.
    """

    def __init__(
        self, most_bytes: int = RING_BYTES, *, mono: Callable[[], float] = time.monotonic
    ) -> None:
        """Listen from now on, once a logger knows it."""
        super().__init__()
        self.setFormatter(OneLine(_FORM, _DATES))
        self._most_bytes, self._mono, self._since_s = most_bytes, mono, mono()
        self._lines: deque[bytes] = deque()
        self._size_bytes = self._dropped = 0
        self._guard = threading.Lock()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record; one that cannot be written counts as dropped."""
        try:
            ours = copy.copy(record)
            ours.exc_text = None  # as another handler wrote it, the traceback has its secrets still
            lines = [_cut(line) for line in self.format(ours).split("\n")]
        except Exception:  # noqa: BLE001  whoever logs must not fail by being heard
            lines = []
        with self._guard:
            self._dropped += not lines
            for line in lines:
                self._lines.append(line)
                self._size_bytes += len(line) + 1
            while self._size_bytes > self._most_bytes:
                self._size_bytes -= len(self._lines.popleft()) + 1
                self._dropped += 1

    def said(self) -> Said:
        """Return what is kept now."""
        with self._guard:
            lines, dropped = tuple(self._lines), self._dropped
        return Said(
            tuple(line.decode() for line in lines), dropped, int(self._mono() - self._since_s)
        )


@contextlib.contextmanager
def listening(ring: Ring) -> Iterator[Ring]:
    """Have the ring hear all that this program says, until the end of the block."""
    logging.getLogger().addHandler(ring)
    try:
        yield ring
    finally:
        logging.getLogger().removeHandler(ring)


class Line(Protocol):
    """The way to central, as far as logs need it."""

    def post(self, path: str, body: bytes) -> bytes:
        """Send `body` and return the answer. Raises `LinkError`."""


class _Waiting(msgspec.Struct, frozen=True):
    """One parcel on its way: its bytes never change, so that central knows it again."""

    counter: int
    parcel: bytes
    until_s: float


class _Acknowledged(msgspec.Struct, frozen=True):
    acknowledged: int


class LogSender:
    """Packs the ring when central asks, and posts it until central has it or an hour is over; on the herald's lane."""

    def __init__(
        self,
        link: Line,
        ring: Ring,
        device: DeviceId,
        software: str,
        wall: Callable[[], datetime],
        *,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Wait for an order; nothing is sent yet."""
        self._link, self._ring, self._device, self._software = link, ring, device, software
        self._wall, self._mono = wall, mono
        self._waiting: _Waiting | None = None
        self._failures = 0
        self._not_before_s = 0.0

    def obey(self, order: SendLogs) -> None:
        """Pack what was said until now and send it; an older order that still waits is forgotten for this one."""
        said = self._ring.said()
        head = (
            f"device: {self._device}",
            f"software: {self._software}",
            f"taken: {self._wall().astimezone(UTC).isoformat(timespec='seconds')}",
            f"uptime_s: {said.uptime_s}",
            f"dropped: {said.dropped}",
        )
        until_s = self._mono() + TRIED_FOR_S
        self._waiting = _Waiting(order.counter, pack(head, said.lines), until_s)
        self._failures, self._not_before_s = 0, self._mono()
        self.tend()

    def tend(self) -> None:
        """Send what waits when it may be tried (again); returns at once when nothing does. Never raises `LinkError`."""
        waiting = self._waiting
        if waiting is None or self._mono() < self._not_before_s:
            return
        if self._mono() >= waiting.until_s:
            log.warning("logs given up counter=%d: central was not reached", waiting.counter)
            self._waiting = None
            return
        try:
            self._send(waiting)
        except LinkError as error:
            if isinstance(error, LinkDenied) and error.status in FINAL:
                log.warning("logs not wanted counter=%d why=%s", waiting.counter, error)
                self._waiting = None
            else:
                self._wait_longer(error)
        else:
            log.info("logs sent counter=%d bytes=%d", waiting.counter, len(waiting.parcel))
            self._waiting = None

    def _send(self, waiting: _Waiting) -> None:
        answer = self._link.post(f"/logs/{waiting.counter}", waiting.parcel)
        try:
            taken = msgspec.json.decode(answer, type=_Acknowledged).acknowledged
        except msgspec.MsgspecError as fault:
            raise LinkBroken(f"central's answer to logs is not understood: {fault}") from fault
        if taken != waiting.counter:
            raise LinkBroken("central acknowledged other logs than were sent")

    def _wait_longer(self, error: LinkError) -> None:
        self._failures += 1
        span_s = min(WAIT_MOST_S, WAIT_LEAST_S * 2.0 ** min(self._failures, 10))
        wait_s = WAIT_LEAST_S + random.random() * (span_s - WAIT_LEAST_S)  # noqa: S311
        if isinstance(error, LinkDown):
            wait_s = max(wait_s, error.retry_after_s)
        self._not_before_s = self._mono() + wait_s
        log.info("logs wait why=%s", error)


def _cut(line: str) -> bytes:
    raw = line.encode("utf-8", "replace")
    if len(raw) <= LINE_BYTES:
        return raw
    kept = raw[: LINE_BYTES - len(_CUT.encode())].decode("utf-8", "ignore")
    return (kept + _CUT).encode()
