"""The impostor: a server that has taken central's place and says what it likes.

Law of the room: it holds none of the keys, only what anybody on the line could have recorded, and may
send that to whoever connects. Everything it sends must be refused by the appliances.
"""

import json
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Self

HOLD_S: Final = 60.0


class Impostor:
    """A false central on `port`; every connected appliance is sent `envelopes`, a context manager."""

    def __init__(self, port: int, envelopes: Sequence[bytes]) -> None:
        """Bind the port that the real central has left."""
        self.served = 0
        self._over = threading.Event()
        impostor = self

        class Door(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                """Let every appliance in; take no report, so that nothing is lost."""
                self.rfile.read(int(self.headers.get("Content-Length", "0")))
                if self.path.endswith("/challenge"):
                    self._json(200, {"challenge": "A" * 43 + "="})
                elif self.path.endswith("/session"):
                    self._json(200, {"token": "let-me-in", "expires_in_s": 1800})
                else:
                    self._json(503, {"error": "later", "why": "not now"})

            def do_GET(self) -> None:
                """Send what was recorded down the stream; have no document otherwise."""
                if not self.path.endswith("/stream"):
                    self._json(404, {"error": "none", "why": "none"})
                    return
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for number, envelope in enumerate(envelopes, start=1):
                    event = b"id: %d\nevent: sealed\ndata: %s\n\n" % (number, envelope)
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
                self.wfile.flush()
                impostor.served += 1
                impostor._over.wait(HOLD_S)
                self.close_connection = True

            def _json(self, status: int, told: dict[str, object]) -> None:
                body = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Connection", "close")  # nobody stays on the line when it is over
                self.end_headers()
                self.wfile.write(body)
                self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Door)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="impostor", daemon=True
        )

    def __enter__(self) -> Self:
        """Begin to answer."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up on everybody and leave the port."""
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
