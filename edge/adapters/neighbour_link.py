"""The way to a neighbour: one GET to an address in this network, bounded in bytes and in time.

Law of the room: whoever answers is a stranger. Each read waits a few seconds at most, the whole answer has a
deadline however it trickles in, and every byte is counted, the head's too. No redirects, no environment.
"""

import contextlib
import http.client
import io
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

CONNECT_S: Final = 2.0
READ_S: Final = 5.0
BLOCK_BYTES: Final = 65_536
HEAD_BYTES: Final = 8_192
PACE_BYTES_PER_S: Final = 200_000  # slower than this a neighbour is no help
GRACE_S: Final = 10.0


class NeighbourFault(Exception):
    """A neighbour did not answer, or not as it should; the sentence says how. Another may still help."""


class NeighbourBusy(NeighbourFault):
    """A neighbour gives to others just now: ask again in a second."""


class Reply(msgspec.Struct, frozen=True):
    """An answer taken whole: its status, its strong ETag without quotes, its bytes."""

    status: int
    etag: str | None
    body: bytes


class NeighbourLink:
    """Asks neighbours by address; for many threads at once. `shut` ends all that is under way."""

    def __init__(
        self,
        *,
        connect_s: float = CONNECT_S,
        read_s: float = READ_S,
        grace_s: float = GRACE_S,
        pace_bytes_per_s: float = PACE_BYTES_PER_S,
    ) -> None:
        """Nothing is sent yet."""
        self._connect_s = connect_s
        self._read_s = read_s
        self._grace_s = grace_s
        self._pace_bytes_per_s = pace_bytes_per_s
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._shut = False

    def get(self, host: str, port: int, path: str, *, max_bytes: int, held_s: float = 0.0) -> Reply:
        """Return the answer to a GET; the neighbour may hold it back for `held_s`. Raises `NeighbourFault`."""
        until_s = time.monotonic() + held_s + self._read_s
        with self._asked(host, port, path, {}, held_s, until_s, max_bytes) as response:
            body = response.read(max_bytes + 1)
            if len(body) > max_bytes:
                msg = f"the answer is longer than the {max_bytes} bytes allowed"
                raise NeighbourFault(msg)
            promised = response.getheader("Content-Length", "")
            if promised.isdecimal() and len(body) < int(promised):
                raise NeighbourFault("the answer was cut off")
            return Reply(response.status, (response.getheader("ETag") or "").strip('"'), body)

    def pieces(
        self, host: str, port: int, path: str, size_bytes: int, from_byte: int = 0
    ) -> Iterator[bytes]:
        """Yield bytes `from_byte` to `size_bytes` of a content as they come. Raises `NeighbourFault`.

        A neighbour that gives less than a fifth of a megabyte in a second is left.
        """
        left = size_bytes - from_byte
        until_s = time.monotonic() + self._grace_s + left / self._pace_bytes_per_s
        headers = {"Range": f"bytes={from_byte}-"} if from_byte else {}
        with self._asked(host, port, path, headers, 0.0, until_s, left) as response:
            if response.status == 503:
                raise NeighbourBusy("the neighbour gives to others just now")
            if response.status != (206 if from_byte else 200):
                msg = f"the neighbour does not give this content (HTTP {response.status})"
                raise NeighbourFault(msg)
            if response.getheader("Content-Length") != str(left):
                raise NeighbourFault("the neighbour's content has another size than it should")
            while left:
                piece = response.read1(min(left, BLOCK_BYTES))
                if not piece:
                    raise NeighbourFault("the content was cut off")
                left -= len(piece)
                yield piece

    def shut(self) -> None:
        """End all that is under way and take nothing up any more; from any thread."""
        with self._lock:
            self._shut = True
            for sock in self._open:
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def _asked(
        self,
        host: str,
        port: int,
        path: str,
        headers: dict[str, str],
        held_s: float,
        until_s: float,
        max_bytes: int,
    ) -> Iterator[http.client.HTTPResponse]:
        """Hold the answer of one request, its head read; every fault leaves as `NeighbourFault`."""
        try:
            with self._connected(host, port) as sock:
                connection = http.client.HTTPConnection(host, port)
                bounded = _Bounded(sock, self._read_s + held_s, until_s, max_bytes + HEAD_BYTES)
                connection.sock = cast("Any", _Spoken(sock, bounded))
                connection.request("GET", path, headers={"Connection": "close", **headers})
                with contextlib.closing(connection.getresponse()) as response:
                    yield response
        except (OSError, http.client.HTTPException, ValueError) as error:
            msg = f"{host}:{port} does not answer as it should ({type(error).__name__}: {error})"
            raise NeighbourFault(msg[:300]) from error

    @contextlib.contextmanager
    def _connected(self, host: str, port: int) -> Iterator[socket.socket]:
        with socket.create_connection((host, port), self._connect_s) as sock:
            with self._lock:
                if self._shut:
                    raise NeighbourFault("the appliance is stopping")
                self._open.add(sock)
            try:
                sock.settimeout(self._read_s)
                yield sock
            finally:
                with self._lock:
                    self._open.discard(sock)


class _Spoken:
    """A socket as http.client uses one: it sends, and reads through the bounds; closing is ours."""

    def __init__(self, sock: socket.socket, bounded: "_Bounded") -> None:
        self._sock, self._bounded = sock, bounded

    def sendall(self, data: bytes) -> None:
        self._sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._bounded)

    def close(self) -> None:
        """Leave the socket open: the answer is still read from it."""


class _Bounded(io.RawIOBase):
    """What comes from a socket, up to a number of bytes and an instant; each read waits `read_s` at most."""

    def __init__(self, sock: socket.socket, read_s: float, until_s: float, max_bytes: int) -> None:
        super().__init__()
        self._sock = sock
        self._read_s = read_s
        self._until_s = until_s
        self._left_bytes = max_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  any writable buffer, as io has it
        left_s = self._until_s - time.monotonic()
        if left_s <= 0:
            raise TimeoutError("it trickles in too slowly")
        if self._left_bytes < 0:
            raise OSError("it sends more than it should")
        self._sock.settimeout(min(self._read_s, left_s))
        count = self._sock.recv_into(buffer)
        self._left_bytes -= count
        return count
