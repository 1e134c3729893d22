"""The usurper: a server in the hands of somebody who holds everything that lay on it.

Law of the room: it may do whatever HTTP allows, with all online keys, the whole database and the disk. What it
does not have are the keys that were never there: those of approvers, emergency operators, installers and the root.
It listens to what appliances tell it, so that a story can ask them what they obeyed and what not.
"""

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from contract import codec, seal
from contract.documents import Kind, Play, Receipt, Refusal, Report

Answer = tuple[int, str, bytes]
SEALED = "application/vnd.dsse+json"
HOLD_S = 120.0


@dataclass
class Usurper:
    """A false central on `port`, a context manager; change `papers` at any time, `push` to whoever listens."""

    port: int
    papers: dict[str, bytes] = field(
        default_factory=dict
    )  # path below /device/v1 or /tuf, to bytes
    tell_time: Callable[[str], bytes] | None = None  # nonce to a sealed time
    enrolment: Callable[[bytes], dict[str, object]] | None = None
    reports: list[Report] = field(default_factory=list)
    streams: int = 0
    asked: list[str] = field(default_factory=list)
    _listeners: list["queue.SimpleQueue[bytes | None]"] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """Bind the port that the real central has left."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), _door(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="usurper", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            for listener in self._listeners:
                listener.put(None)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    # --- what it says ---------------------------------------------------------------------------

    def push(self, *envelopes: bytes) -> None:
        """Send sealed bytes down every stream that is open."""
        with self._lock:
            for listener in self._listeners:
                for envelope in envelopes:
                    listener.put(b"event: sealed\ndata: " + envelope + b"\n\n")

    def hint(self, kind: str) -> None:
        """Say that something changed."""
        with self._lock:
            for listener in self._listeners:
                listener.put(b'event: changed\ndata: {"kind":"%s"}\n\n' % kind.encode())

    # --- what it hears --------------------------------------------------------------------------

    def refusals(self) -> Iterator[Refusal]:
        """Yield what appliances told it they would not do."""
        for report in tuple(self.reports):
            yield from report.refusals

    def receipts(self) -> Iterator[Receipt]:
        """Yield what appliances told it they have taken."""
        for report in tuple(self.reports):
            yield from report.receipts

    def plays(self) -> Iterator[Play]:
        """Yield what appliances told it they have sounded."""
        for report in tuple(self.reports):
            yield from report.plays

    # --- within ---------------------------------------------------------------------------------

    def listen(self) -> "queue.SimpleQueue[bytes | None]":
        """Return the queue of one more open stream."""
        listener: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        with self._lock:
            self._listeners.append(listener)
            self.streams += 1
        return listener

    def answer_post(self, path: str, body: bytes) -> Answer:
        """Return the answer to what an appliance sends."""
        if path.endswith("/challenge"):
            return _json({"challenge": "A" * 43 + "="})
        if path.endswith("/session"):
            return _json({"token": "let-me-in", "expires_in_s": 1800})
        if path.endswith("/time") and self.tell_time is not None:
            return 200, SEALED, self.tell_time(json.loads(body)["nonce"])
        if path.endswith("/enrolment") and self.enrolment is not None:
            return _json(self.enrolment(body))
        if path.endswith("/reports"):
            report = codec.decode(Kind.REPORT, seal.read_envelope(body).payload)
            assert isinstance(report, Report)
            self.reports.append(report)
            return _json({"acknowledged": report.counter})  # and told to nobody
        return 503, "application/json", b'{"error": "later", "why": "not now"}'

    def answer_get(self, path: str) -> Answer:
        """Return the answer to what an appliance asks for."""
        bare = re.sub(r"^/device/v1", "", path.partition("?")[0])
        found = self.papers.get(bare)
        if found is None:
            return 404, "application/json", b'{"error": "none", "why": "none"}'
        return 200, SEALED if found[:1] == b"{" else "application/octet-stream", found


def _json(told: dict[str, object]) -> Answer:
    return 200, "application/json", json.dumps(told).encode()


def _door(usurper: Usurper) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            self._give(usurper.answer_post(self.path, body))

        def do_GET(self) -> None:
            usurper.asked.append(self.path)
            if self.path.startswith("/device/v1/stream"):
                self._stream()
            else:
                self._give(usurper.answer_get(self.path))

        def _stream(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            listener = usurper.listen()
            self.close_connection = True
            while True:
                try:
                    event = listener.get(timeout=HOLD_S)
                    if event is None:
                        return
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                    self.wfile.flush()
                except (OSError, queue.Empty):
                    return

        def _give(self, answer: Answer) -> None:
            status, kind, body = answer
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("ETag", f'"{seal.sha256(body)}"')
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Door
