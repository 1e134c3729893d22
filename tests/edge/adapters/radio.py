"""A radio station on the loopback that does what stations do: sends, stalls, hangs up, redirects, lies."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

AHEAD_S = 1.0  # stations send a little more than is due
STEP_S = 0.05
HEAD = "HTTP/1.0 200 OK\r\nContent-Type: {kind}\r\n\r\n"


class Radio:
    """Serves endless sound at `/live.mp3` and each answer of `answers` at its path; a context manager."""

    def __init__(self, sound: Path, bytes_per_s: int) -> None:
        self._data = sound.read_bytes()
        self._bytes_per_s = bytes_per_s
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stalled = threading.Event()
        self._ended = threading.Event()
        self._lines: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self.answers: dict[str, bytes] = {}
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return self.at("/live.mp3")

    def at(self, path: str) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}{path}"

    def __enter__(self) -> Self:
        self._begin(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def stall(self) -> float:
        """Send nothing more, keep the line; return the instant."""
        self._stalled.set()
        return time.monotonic()

    def hang_up(self) -> None:
        """Cut every line and listen no more."""
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for line in self._lines:
            with contextlib.suppress(OSError):
                line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                line.shutdown(socket.SHUT_RDWR)

    def _begin(self, work: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            self._lines.append(line)
            self._begin(self._serve, line)

    def _serve(self, line: socket.socket) -> None:
        with line, contextlib.suppress(OSError, IndexError):
            path = line.recv(4096).split()[1].decode()
            self.asked.append(path)
            if path == "/never":
                self._ended.wait(60)
            elif path in self.answers:
                line.sendall(self.answers[path])
            elif path == "/live.mp3":
                line.sendall(HEAD.format(kind="audio/mpeg").encode())
                self._send_sound(line)
            else:
                line.sendall(b"HTTP/1.0 404 Not Found\r\n\r\n")

    def _send_sound(self, line: socket.socket) -> None:
        began_s, sent = time.monotonic(), 0
        while not self._ended.is_set():
            due = int((time.monotonic() - began_s + AHEAD_S) * self._bytes_per_s)
            if due > sent and not self._stalled.is_set():
                at = sent % len(self._data)
                sent += line.send(self._data[at : at + due - sent])
            self._ended.wait(STEP_S)


def answer(body: bytes, kind: str = "audio/mpeg", status: str = "200 OK") -> bytes:
    """Return a whole answer."""
    return f"HTTP/1.0 {status}\r\nContent-Type: {kind}\r\n\r\n".encode() + body


def moved(to: str) -> bytes:
    """Return a redirection."""
    return f"HTTP/1.0 302 Found\r\nLocation: {to}\r\n\r\n".encode()
