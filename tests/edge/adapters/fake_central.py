"""A small central that works: the wire of the appliances over real HTTP on loopback.

It verifies what central verifies (challenge, token, report seals and their counters), serves what a test
puts on it, and misbehaves on request: `faults` maps a path to a fault that holds until taken out.
`stop` cuts every connection, `start` returns on the same port with the same memory.
"""

import base64
import hashlib
import json
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal, Self

from contract.documents import DeviceId, Kind, PublicKey
from contract.errors import Refused
from contract.requests import Proven, Request, RequestRefused, authority_of, verify
from contract.seal import device_id, read_envelope, sha256
from contract.trust import verify_report

BASE: Final = "/device/v1"
POLL_S: Final = 0.02

Answer = tuple[int, dict[str, str], bytes]
Fault = Callable[["Handler"], bool]  # returns whether the request was dealt with


class FakeCentral:
    """Documents by path, content by hash, an outbox of events, and all reports ever taken."""

    def __init__(self, keys: dict[DeviceId, PublicKey]) -> None:
        """Know these appliances; `start` opens the door."""
        self.keys = keys
        self.papers: dict[str, bytes] = {}
        self.contents: dict[str, bytes] = {}
        self.outbox: list[bytes] = []
        self.on_connect: list[bytes] = []
        self.reports: list[bytes] = []
        self.logs: dict[int, bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.content_bytes_sent = 0
        self.ranges: list[tuple[str, str]] = []
        self.stream_heads: list[dict[str, str]] = []
        self.faults: dict[str, Fault] = {}
        self.after_storing: Callable[[], bool] = lambda: True
        self.enrols: Callable[[bytes], Answer] | None = None
        self.tells_time: Callable[[DeviceId, str], bytes] | None = None
        self.keep_alive_s = 15.0
        self.stumbled: list[str] = []
        self.port = 0
        self.tokens: dict[str, DeviceId] = {}
        self.challenges: set[str] = set()
        self.nonces: set[str] = set()
        self.changed = threading.Condition()
        self.stopping = threading.Event()
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Return where it is reached."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def authority(self) -> str:
        """Return the name that requests to it are signed for."""
        return authority_of(self.url)

    def start(self) -> Self:
        """Open the door, on the same port as before."""
        self.stopping.clear()
        self._server = Server(("127.0.0.1", self.port), Handler, self)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="fake"
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Cut all connections and close the door."""
        self.stopping.set()
        with self.changed:
            self.changed.notify_all()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.cut_all()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
        assert self.stumbled == []

    def push(self, sealed: bytes) -> None:
        """Send a sealed document to every stream."""
        self._emit(b"event: sealed\ndata: " + sealed)

    def hint(self, changed: Kind | Literal["keyring"]) -> None:
        """Send a hint that a document of this kind, or the keyring, changed."""
        self._emit(b'event: changed\ndata: {"kind":"%s"}' % changed.encode())

    def put(self, path: str, sealed: bytes) -> None:
        """Serve `sealed` at `path`."""
        self.papers[path] = sealed

    def put_content(self, data: bytes) -> str:
        """Serve `data` under its hash and return the hash."""
        name = hashlib.sha256(data).hexdigest()
        self.contents[name] = data
        return name

    def asked(self, path: str) -> int:
        """Return how often a path was asked for."""
        return sum(1 for _, p in self.requests if p == path)

    def counters(self) -> list[int]:
        """Return the counters of the reports taken, in order."""
        return [verify_report(r, self._key_of(r)).counter for r in self.reports]

    def take(self, path: str, device: DeviceId, body: bytes) -> Answer:
        """Take a report, or a log: for each counter one, which is known again by its bytes."""
        if path == "/reports":
            return self.take_report(device, body)
        counter = int(path.removeprefix("/logs/"))
        if self.logs.setdefault(counter, body) != body:
            return self.error(404, "not-asked", "nobody asked for these")
        return self.json(200, {"acknowledged": counter})

    def take_report(self, device: DeviceId, body: bytes) -> Answer:
        """Take a report as central must: in order, each once."""
        try:
            report = verify_report(body, self.keys[device])
        except Refused as refusal:
            return self.error(403, refusal.code.value, refusal.why)
        held = {verify_report(r, self._key_of(r)).counter: r for r in self.reports}
        last = read_envelope(self.reports[-1]).payload_sha256 if self.reports else "0" * 64
        fits = {"expected": max(held, default=0) + 1, "previous_sha256": last}
        if report.counter in held:
            if held[report.counter] == body:
                return self.json(200, {"acknowledged": report.counter})
            return self.json(409, {"error": "same-counter", "why": "", **fits})
        if report.counter != fits["expected"]:
            return self.json(409, {"error": "counter-gap", "why": "", **fits})
        if report.previous_sha256 != last:
            return self.json(409, {"error": "broken-chain", "why": "", **fits})
        self.reports.append(body)
        return self.json(200, {"acknowledged": report.counter})

    def _key_of(self, _: bytes) -> PublicKey:
        return next(iter(self.keys.values()))

    def _emit(self, event: bytes) -> None:
        with self.changed:
            number = len(self.outbox) + 1
            self.outbox.append(b"id: %d\n" % number + event + b"\n\n")
            self.changed.notify_all()

    @staticmethod
    def json(status: int, value: object) -> Answer:
        """Return a JSON answer."""
        return status, {"Content-Type": "application/json"}, json.dumps(value).encode()

    def error(self, status: int, code: str, why: str) -> Answer:
        """Return central's machine-readable error."""
        return self.json(status, {"error": code, "why": why})


class Server(ThreadingHTTPServer):
    """Threads per connection, all of which can be cut at once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(
        self, address: tuple[str, int], handler: type["Handler"], central: FakeCentral
    ) -> None:
        """Listen; `central` is the memory."""
        self.central = central
        self.open: set[socket.socket] = set()
        super().__init__(address, handler)

    def cut_all(self) -> None:
        """Cut every connection as a dying server does."""
        for sock in tuple(self.open):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of cut connections, which are the point; anything else is a fault of the fake."""
        if not isinstance(sys.exc_info()[1], OSError | ValueError):
            self.central.stumbled.append(repr(sys.exc_info()[1]))


class Handler(BaseHTTPRequestHandler):
    """One connection of one appliance."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    @property
    def central(self) -> FakeCentral:
        """Return the memory."""
        return self.server.central

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the parent's name
        """Stay silent."""

    def do_GET(self) -> None:
        self._handle(b"")

    def do_POST(self) -> None:
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _handle(self, body: bytes) -> None:
        path = self.path.removeprefix(BASE)
        if "Range" in self.headers:
            self.central.ranges.append((self.headers["Range"], self.headers.get("If-Range", "")))
        self.central.requests.append((self.command, path))
        fault = self.central.faults.get(path) or self.central.faults.get("*")
        if fault is not None and fault(self):
            return
        if path == "/challenge":
            asked = base64.b64encode(os.urandom(32)).decode()
            self.central.challenges.add(asked)
            self.answer(self.central.json(200, {"challenge": asked}))
        elif path == "/session":
            self.answer(self._session(body))
        elif path == "/enrolment" and self.central.enrols is not None:
            self.answer(self._enrolment(self.central.enrols, body))
        elif self.command == "POST" and self._proven(body) is None:
            self.answer(self.central.error(401, "bad-signature", "the request proves nothing"))
        elif (device := self._device()) is None:
            self.answer(self.central.error(401, "no-token", "open a session first"))
        elif path == "/reports" or path.startswith("/logs/"):
            taken = self.central.take(path, device, body)
            if self.central.after_storing():
                self.answer(taken)
            else:
                self.cut()
        elif path == "/time" and self.central.tells_time is not None:
            told = self.central.tells_time(device, json.loads(body)["nonce"])
            self.answer((200, {"Content-Type": "application/vnd.dsse+json"}, told))
        elif path == "/stream":
            self._stream()
        elif path.startswith("/content/"):
            self._content(path.removeprefix("/content/"))
        else:
            self._paper(self.central.papers.get(path))

    def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        status, headers, body = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Cut this connection."""
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _device(self) -> DeviceId | None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.central.tokens.get(token)

    def _enrolment(self, enrols: Callable[[bytes], Answer], body: bytes) -> Answer:
        """Answer who proves that the key in its question is its own; no token, no session."""
        public = json.loads(body)["device_key"]
        if (
            "Authorization" in self.headers
            or self._proven(body, {device_id(public): public}) is None
        ):
            return self.central.error(401, "bad-signature", "the request proves nothing")
        return enrols(body)

    def _proven(self, body: bytes, keys: dict[DeviceId, PublicKey] | None = None) -> Proven | None:
        """Return who signed this request, None where nobody did or its nonce was used before."""
        asked = Request(authority=self.central.authority, path=self.path, body=body)
        known = self.central.keys if keys is None else keys
        try:
            proven = verify(asked, self.headers.items(), known.get)
        except RequestRefused:
            return None
        fresh = proven.nonce not in self.central.nonces
        self.central.nonces.add(proven.nonce)
        return proven if fresh else None

    def _session(self, body: bytes) -> Answer:
        proven = self._proven(body)
        if proven is None or proven.nonce not in self.central.challenges:
            return self.central.error(
                403, "bad-signature", "the challenge was not signed by this key"
            )
        self.central.challenges.discard(proven.nonce)
        device = proven.keyid
        token = base64.urlsafe_b64encode(os.urandom(24)).decode()
        self.central.tokens[token] = device
        return self.central.json(200, {"token": token, "expires_in_s": 1_800})

    def _paper(self, sealed: bytes | None) -> None:
        if sealed is None:
            self.answer(self.central.error(404, "none", "nothing here"))
            return
        tag = f'"{sha256(sealed)}"'
        if self.headers.get("If-None-Match") == tag:
            self.send_response(304)
            self.send_header("ETag", tag)
            self.end_headers()
            return
        self.answer((200, {"Content-Type": "application/vnd.dsse+json", "ETag": tag}, sealed))

    def _content(self, name: str) -> None:
        data = self.central.contents.get(name)
        if data is None:
            self.answer(self.central.error(404, "none", "nothing here"))
            return
        headers, status, begin = {"ETag": f'"{name}"', "Content-Type": "audio/ogg"}, 200, 0
        found = re.fullmatch(r"bytes=([0-9]+)-", self.headers.get("Range", ""))
        if found is not None and self.headers.get("If-Range", f'"{name}"') == f'"{name}"':
            begin = int(found[1])
            if begin >= len(data):
                self.answer((416, {"Content-Range": f"bytes */{len(data)}"}, b""))
                return
            headers["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
            status = 206
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data) - begin))
        self.end_headers()
        for piece in self._pieces(data[begin:]):
            self.wfile.write(piece)
            self.central.content_bytes_sent += len(piece)

    def _pieces(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), 16_384):
            yield data[at : at + 16_384]

    def _stream(self) -> None:
        central = self.central
        central.stream_heads.append(dict(self.headers.items()))
        with central.changed:  # before the head goes out: what is pushed from then on is not missed
            at = int(self.headers.get("Last-Event-ID", len(central.outbox)))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._chunk(
            b"retry: 2000\n\n"
            + b"".join(b"event: sealed\ndata: %s\n\n" % s for s in central.on_connect)
        )
        while not central.stopping.is_set():
            with central.changed:
                if at >= len(central.outbox):
                    central.changed.wait(central.keep_alive_s)
                waiting, at = central.outbox[at:], len(central.outbox)
            if central.stopping.is_set():
                break
            self._chunk(b"".join(waiting) or b": keep-alive\n\n")

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")
        self.wfile.flush()


# --- faults ----------------------------------------------------------------------------------------


def answers(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Fault:
    """Answer with a status, whatever is asked."""

    def fault(handler: Handler) -> bool:
        handler.answer((status, headers or {}, body))
        return True

    return fault


def cuts_after(limit_bytes: int, times: int = 1) -> Fault:
    """Cut the first `times` answers with content after so many bytes."""
    left = [times]

    def fault(handler: Handler) -> bool:
        if left[0] == 0:
            return False
        left[0] -= 1
        name = handler.path.rpartition("/")[2]
        data = handler.central.contents[name]
        found = re.fullmatch(r"bytes=([0-9]+)-", handler.headers.get("Range", ""))
        begin = int(found[1]) if found else 0
        handler.send_response(206 if found else 200)
        handler.send_header("ETag", f'"{name}"')
        handler.send_header("Content-Length", str(len(data) - begin))
        if found:
            handler.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        handler.end_headers()
        piece = data[begin : begin + limit_bytes]
        handler.wfile.write(piece)
        handler.central.content_bytes_sent += len(piece)
        handler.cut()
        return True

    return fault


def stalls(until: threading.Event) -> Fault:
    """Take the request and say nothing until told."""

    def fault(handler: Handler) -> bool:
        until.wait(10)
        handler.cut()
        return True

    return fault
