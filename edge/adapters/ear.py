"""The ear: the push stream, held open day and night.

Law of the room: what is heard goes to the gate as it came; a hint only asks the courier to look. The
ear reads on a thread of its own. It never gives up: it connects anew after a random wait that grows, so
that ten thousand appliances do not return in one second when the power does.
"""

import base64
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final, Literal, Protocol

import msgspec

from contract.chain import KEYRING_HINT
from contract.documents import Kind
from edge.adapters.link import Link, LinkBroken, LinkDown, LinkError, Stream
from edge.adapters.sse import SseEvent, SseParser, TooLong
from edge.core.events import CentralLost, CentralReached, Door, HandFailed, HandRecovered, Happening

log = logging.getLogger(__name__)

READ_S: Final = 40.0  # more than two keep-alives of central
WAIT_LEAST_S: Final = 0.5
WAIT_MOST_S: Final = 30.0
STEADY_S: Final = 10.0  # a stream that stood so long was a good one
STOP_S: Final = 2.0
MAX_ID_CHARS: Final = 100
STUMBLED: Final = "kênh nhận lệnh gặp lỗi và tự nối lại: báo tỉnh nếu còn lặp lại"


class Admits(Protocol):
    """The gate, as far as the ear needs it."""

    def admit(self, received: bytes, door: Door) -> None:
        """Judge a sealed document."""
        ...


Changed = Kind | Literal["keyring"]


class _Hint(msgspec.Struct, frozen=True):
    kind: str


class Ear:
    """Listens to `/stream`; `on_hint` is told what changed at central: a kind of document, or the keyring.

    `on_voice` is given each piece of an operator's voice as it came.
    """

    def __init__(
        self,
        link: Link,
        gate: Admits,
        on_hint: Callable[[Changed], None],
        post: Callable[[Happening], None],
        *,
        read_s: float = READ_S,
        wait_least_s: float = WAIT_LEAST_S,
        wait_most_s: float = WAIT_MOST_S,
        on_voice: Callable[[bytes], None] = lambda _piece: None,
    ) -> None:
        """Nothing is opened until `start`."""
        self._link = link
        self._gate = gate
        self._on_hint = on_hint
        self._on_voice = on_voice
        self._post = post
        self._read_s = read_s
        self._wait_least_s = wait_least_s
        self._wait_most_s = wait_most_s
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._stream: Stream | None = None
        self._thread: threading.Thread | None = None
        self._last_id = ""
        self._reached: bool | None = None
        self._stumbled = False

    def start(self) -> None:
        """Begin to listen on a thread of its own."""
        self._thread = threading.Thread(target=self.listen, name="ear", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening at once; safe from any thread and more than once."""
        self._stopping.set()
        with self._lock:
            if self._stream is not None:
                self._stream.shut()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(STOP_S)

    def listen(self) -> None:
        """Listen until stopped; never raises."""
        failures = 0
        while not self._stopping.is_set():
            begun_s = time.monotonic()
            retry_after_s = 0.0
            try:
                self._hear()
                why = "central closed the push stream"
            except LinkDown as error:
                why, retry_after_s = str(error), error.retry_after_s
            except (LinkError, TooLong) as error:
                why = str(error)
            except (
                Exception
            ) as error:  # the one ear an appliance has must not die of a fault of ours
                log.exception("the ear stumbled")
                why = f"{type(error).__name__}: {error}"
                self._stumbled = True
                self._post(HandFailed(hand="ear", why=f"{STUMBLED} ({why})"[:300]))
            if self._stopping.is_set():
                return
            self._lost(why)
            failures = 1 if time.monotonic() - begun_s > STEADY_S else failures + 1
            self._stopping.wait(max(retry_after_s, self._wait_s(failures)))

    def _hear(self) -> None:
        """Hold one stream until it ends or fails."""
        headers = {"Accept": "text/event-stream", "Cache-Control": "no-store"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        with self._link.open("/stream", headers=headers, read_s=self._read_s) as stream:
            if stream.status >= 500:
                stream.refuse("/stream", b"")  # busy: not before it says
            if stream.status != 200 or "text/event-stream" not in stream.headers.get(
                "Content-Type", ""
            ):
                msg = f"central opened no push stream (HTTP {stream.status})"
                raise LinkBroken(msg)
            with self._lock:
                self._stream = stream
            try:
                if not self._stopping.is_set():
                    self._reached_now()
                    self._listen_to(stream)
            finally:
                with self._lock:
                    self._stream = None

    def _listen_to(self, stream: Stream) -> None:
        parser = SseParser(self._last_id)
        for piece in stream.pieces(None):
            for event in parser.feed(piece):
                self._take(event)
            if self._stumbled:
                self._stumbled = False
                self._post(HandRecovered(hand="ear"))
            if len(parser.last_id) <= MAX_ID_CHARS and parser.last_id.isprintable():
                self._last_id = parser.last_id
            if parser.retry_ms is not None:
                self._wait_least_s = min(max(parser.retry_ms / 1_000, 0.1), self._wait_most_s / 2)

    def _take(self, event: SseEvent) -> None:
        match event.name:
            case "sealed":
                self._gate.admit(event.data.encode(), "push")
            case "changed":
                try:
                    kind = msgspec.json.decode(event.data, type=_Hint).kind
                    changed: Changed = KEYRING_HINT if kind == KEYRING_HINT else Kind(kind)
                except (msgspec.MsgspecError, ValueError):
                    log.warning("hint not understood data=%r", event.data[:100])
                else:
                    self._on_hint(changed)
            case "voice":
                with contextlib.suppress(ValueError):
                    self._on_voice(base64.b64decode(event.data, validate=True))
            case _:
                log.debug("event of another kind left out name=%r", event.name[:40])

    def _reached_now(self) -> None:
        if self._reached is not True:
            self._reached = True
            self._post(CentralReached())

    def _lost(self, why: str) -> None:
        log.info("push stream lost why=%s", why)
        if self._reached is not False:
            self._reached = False
            self._post(CentralLost(why=why))

    def _wait_s(self, failures: int) -> float:
        """Return a wait drawn from the whole growing span (full jitter)."""
        span_s = min(self._wait_most_s, self._wait_least_s * 2.0 ** min(failures, 10))
        return self._wait_least_s + random.random() * max(0.0, span_s - self._wait_least_s)  # noqa: S311
