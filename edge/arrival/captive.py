"""Port 80: whoever asks there, by whatever name, is sent to the page.

Law of the room: nothing that comes in is read for its meaning; the answer is made of our own address alone. A phone in
our network asks its maker's servers whether there is an internet; our DNS names us for all of them, and the answer
that is not theirs opens the page on the phone by itself. An https question is not answered: its name is not ours.
RFC 8910 would tell the phone an address of an API: https, with a certificate for a name, which a pole has not.
"""

import contextlib
import logging
import os
import selectors
import socket
import time
from typing import Final

from edge.core.arrival import ADDRESS

log = logging.getLogger(__name__)

FIRST_FD: Final = 3  # of systemd's socket activation
IDLE_S: Final = 120.0
PATIENCE_S: Final = 3.0
MOST_ASKED_BYTES: Final = 8_192
MOST_AT_ONCE: Final = 32


def answer_of(own: str, port: int) -> bytes:
    """Return the answer to whoever reached us at the address `own`: the page that lies on `port`."""
    host = f"[{own}]" if ":" in own else own
    path = "network" if own == ADDRESS else ""
    place = f"http://{host}:{port}/{path}"
    body = f'<!doctype html><title>Tiếng Làng</title><a href="{place}">{place}</a>\n'.encode()
    head = (
        "HTTP/1.1 302 Found",
        f"Location: {place}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def handed_over() -> socket.socket:
    """Return the socket that systemd opened for us; raises `OSError` where it did not."""
    if os.environ.get("LISTEN_FDS") != "1":
        msg = "port 80 is opened by tienglang-captive.socket: start that unit"
        raise OSError(msg)
    return socket.socket(fileno=FIRST_FD)


def serve(door: socket.socket, port: int, *, idle_s: float = IDLE_S) -> int:
    """Answer until nobody came for `idle_s` seconds; return how many were answered."""
    answered = 0
    with selectors.DefaultSelector() as waiting:
        waiting.register(door, selectors.EVENT_READ)
        while waiting.select(idle_s):
            with contextlib.suppress(OSError), door.accept()[0] as asker:
                if _answer(asker, port):
                    answered += 1
    return answered


def _answer(asker: socket.socket, port: int) -> bool:
    """Read a question to its end, not longer than it is worth, and answer."""
    until_s = time.monotonic() + PATIENCE_S
    asker.settimeout(PATIENCE_S)
    asked = b""
    while b"\r\n\r\n" not in asked and len(asked) < MOST_ASKED_BYTES:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            return False
        asker.settimeout(left_s)
        piece = asker.recv(2_048)
        if not piece:
            return False
        asked += piece
    own = str(asker.getsockname()[0]).removeprefix("::ffff:").partition("%")[0]
    asker.settimeout(PATIENCE_S)
    asker.sendall(answer_of(own, port))
    asker.shutdown(socket.SHUT_WR)
    return True
