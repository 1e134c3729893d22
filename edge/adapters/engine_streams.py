"""The stream tap: brings what a station gives to libVLC, which is given no address but this door on the loopback.

Law of the room: libVLC follows a redirection to any kind of place, files of this machine among them, and has
no option against it. So each address, the first one as those that a redirection or a playlist names, comes
back here, and what is not http or https is not fetched. Sound passes as it comes. (The pieces of a DASH
manifest libVLC fetches by itself; it follows none of them to a file: measured, 3.0.24.)
A tap lives as long as its play; its secret keeps other programs of this machine out.
"""

import base64
import contextlib
import os
import re
import socket
import threading
from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

from edge.adapters.live_sources import cannot_relay
from edge.adapters.station import GOOD, READ_S, REDIRECTIONS, Refused, ask, connect, read_head

MAX_LIST_BYTES: Final = 1_000_000
LIST_HEAD: Final = b"#EXTM3U"
LIST_ADDRESS: Final = re.compile(r'URI="([^"]*)"')
ENOUGH_BYTES: Final = len(BOM_UTF8) + len(LIST_HEAD)
SHAPE: Final[tuple[str, ...]] = (
    "content-type",
    "content-encoding",
    "content-range",
    "accept-ranges",
)
NAME: Final = re.compile(r"[^A-Za-z0-9._-]")
REASONS: Final = {200: "OK", 206: "Partial Content", 302: "Found", 502: "Bad Gateway"}


class StreamTap:
    """One station's way to libVLC: `address` is what libVLC is given."""

    def __init__(self, url: str) -> None:
        """Open the door; nothing is asked of the station yet. Raises `OSError`."""
        self._secret = os.urandom(16).hex()
        self._lock = threading.Lock()  # guards the two below
        self._lines: set[socket.socket] = set()
        self._ended = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.address = self._own(url)
        self._begin(self._accept)

    def end(self) -> None:
        """Close every line at once; from any thread, more than once."""
        with self._lock:
            self._ended = True
            lines = [self._door, *self._lines]
        for line in lines:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        self._door.close()

    def _begin(self, work: Callable[..., None], *args: object) -> None:
        threading.Thread(target=work, args=args, name="stream-tap", daemon=True).start()

    def _own(self, url: str) -> str:
        """Return our address for a station's; its end stays, by which libVLC tells formats."""
        name = NAME.sub("", urlsplit(url).path.rpartition("/")[2])[-40:]
        told = base64.urlsafe_b64encode(url.encode()).decode()
        port = self._door.getsockname()[1]
        return f"http://127.0.0.1:{port}/{self._secret}/{told}/{name}"

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = self._door.accept()
                self._begin(self._serve, line)

    @contextlib.contextmanager
    def _held(self, line: socket.socket) -> Iterator[socket.socket]:
        """Hold a line so that `end` closes it."""
        with line:
            with self._lock:
                if self._ended:
                    raise OSError("the play is over")
                self._lines.add(line)
            try:
                yield line
            finally:
                with self._lock:
                    self._lines.discard(line)

    # --- one request of libVLC -------------------------------------------------------------------

    def _serve(self, line: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), self._held(line):
            given = self._given(*self._asked(line))
            with contextlib.closing(given):
                try:
                    head = next(given)
                except (OSError, ValueError):
                    head = _head(502, {})
                line.sendall(head)
                for lump in given:
                    line.sendall(lump)

    def _asked(self, line: socket.socket) -> tuple[str, str]:
        """Return the station's address that libVLC asks for, and which part of it."""
        line.settimeout(READ_S)
        with line.makefile("rb") as reader:
            first, fields = read_head(reader)
        line.settimeout(None)  # libVLC reads at the pace of what sounds
        method, path, _ = first.split()
        _, secret, told, _ = path.split("/", 3)
        if method != "GET" or secret != self._secret:
            raise Refused(path)
        return base64.urlsafe_b64decode(told).decode(), fields.get("range", "")

    def _given(self, url: str, part: str) -> Generator[bytes, None, None]:
        """Give what libVLC gets for a station's address: a head, then the body; raises before the head only."""
        with self._held(connect(url)) as station, station.makefile("rb") as reader:
            answer = ask(station, reader, url, part)
            if answer.status in REDIRECTIONS:
                where = answer.fields.get("location", "")
                to = urljoin(url, where)
                if why := "no address" if not where else cannot_relay(to):
                    raise Refused(why)
                yield _head(302, {"location": self._own(to)})
                return
            if answer.status not in GOOD:
                raise Refused(str(answer.status))
            begin = b""
            while len(begin) < ENOUGH_BYTES and (more := next(answer.body, b"")):
                begin += more
            if begin.removeprefix(BOM_UTF8).startswith(LIST_HEAD):
                text = self._own_list(url, _whole(begin, answer.body))
                kind = answer.fields.get("content-type", "")
                yield _head(200, {"content-type": kind, "content-length": str(len(text))}) + text
                return
            passed = {name: answer.fields[name] for name in SHAPE if name in answer.fields}
            if "transfer-encoding" not in answer.fields and "content-length" in answer.fields:
                passed["content-length"] = answer.fields["content-length"]
            yield _head(answer.status, passed) + begin
            with contextlib.suppress(OSError, ValueError):  # the line broke: libVLC sees an end
                yield from answer.body

    def _own_list(self, url: str, text: bytes) -> bytes:
        """Return a playlist with every address in it turned into ours."""

        def own(address: str) -> str:
            return self._own(urljoin(url, address))

        lines = []
        for line in map(str.strip, text.decode("utf-8-sig", "replace").splitlines()):
            if line.startswith("#"):
                lines.append(LIST_ADDRESS.sub(lambda found: f'URI="{own(found[1])}"', line))
            else:
                lines.append(own(line) if line else "")
        return "\n".join([*lines, ""]).encode()


def _head(status: int, fields: dict[str, str]) -> bytes:
    told = [f"HTTP/1.1 {status} {REASONS[status]}", *(": ".join(one) for one in fields.items())]
    return "\r\n".join([*told, "Connection: close", "", ""]).encode("ascii", "replace")


def _whole(begin: bytes, body: Iterator[bytes]) -> bytes:
    whole = bytearray(begin)
    for lump in body:
        whole += lump
        if len(whole) > MAX_LIST_BYTES:
            raise Refused("an endless playlist")
    return bytes(whole)
