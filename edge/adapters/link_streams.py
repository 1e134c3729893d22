"""Answers of central, taken piece by piece, and what the library calls a fault sorted by whose it is.

Law of the room: bytes come out as soon as they arrive, under a cap; every fault is one of the `LinkError`s.
With `link_transport` the one door to `requests`.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NoReturn

import requests
import urllib3

from edge.adapters.link_faults import (
    BUSY,
    LOST,
    NOT_PROVED,
    LinkBroken,
    LinkDenied,
    LinkDown,
    LinkError,
    root_of,
)

BLOCK_BYTES: Final = 65_536
DEADLINE_S: Final = 120.0
RETRY_AFTER_MAX_S: Final = 300.0


class Stream:
    """An answer taken piece by piece as it arrives; `shut` from another thread ends it at once."""

    def __init__(self, response: requests.Response) -> None:
        """Take over an answer whose head has arrived."""
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def close(self) -> None:
        """Give the connection back; harmless when the answer was read to its end."""
        self._response.close()

    def whole(
        self,
        max_bytes: int,
        mono: Callable[[], float] = time.monotonic,
        within_s: float = DEADLINE_S,
    ) -> bytes:
        """Return all of a short answer; a sender slower than `within_s` is given up. Raises `LinkError`."""
        give_up_s = mono() + within_s
        body = bytearray()
        for piece in self.pieces(max_bytes):
            body += piece
            if mono() > give_up_s:
                msg = f"central's answer was not whole after {within_s:.0f} s"
                raise LinkDown(msg)
        return bytes(body)

    def pieces(self, max_bytes: int | None) -> Iterator[bytes]:
        """Yield bytes as soon as they arrive, at most `max_bytes` (None: endless); raises `LinkError`."""
        seen_bytes = 0
        while True:
            try:
                piece = self._response.raw.read1(BLOCK_BYTES, decode_content=False)
            except Exception as error:  # noqa: BLE001  sorted by _translate
                translate(error)
            if not piece:
                self._refuse_short(seen_bytes)
                return
            seen_bytes += len(piece)
            if max_bytes is not None and seen_bytes > max_bytes:
                msg = f"central's answer is longer than the {max_bytes} bytes allowed"
                raise LinkBroken(msg)
            yield piece

    def refuse(self, path: str, body: bytes) -> NoReturn:
        """Turn an HTTP status that is no answer, with its body, into the error that says whose fault it is."""
        status = self.status
        if status >= 500 or status in {408, 429}:
            after = self.headers.get("Retry-After", "")
            wait_s = min(float(after), RETRY_AFTER_MAX_S) if after.isdecimal() else 0.0
            msg = f"central cannot answer {path} just now (HTTP {status})"
            raise LinkDown(msg, wait_s, why=f"{BUSY} (HTTP {status})")
        said = body[:200].decode("utf-8", "replace")
        msg = f"central said no to {path} (HTTP {status}): {said}"
        raise LinkDenied(msg, status, body)

    def shut(self) -> None:
        """End the stream now, from any thread: a reader waiting in it comes back."""
        try:
            self._response.raw.shutdown()
        except (OSError, ValueError, AttributeError, RuntimeError):
            self._response.close()

    def _refuse_short(self, seen_bytes: int) -> None:
        promised = self.headers.get("Content-Length", "")
        if promised.isdecimal() and seen_bytes < int(promised):
            msg = f"the answer was cut off after {seen_bytes} of {promised} bytes"
            raise LinkDown(msg)


def translate(error: Exception) -> NoReturn:
    """Turn whatever the library raised into a `LinkError`."""
    if isinstance(error, LinkError):
        raise error
    if isinstance(error, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        msg = f"central's TLS certificate is not accepted: {error}"
        raise LinkBroken(msg, why=f"{NOT_PROVED} ({root_of(error)})") from error
    faults = (
        requests.RequestException,
        urllib3.exceptions.HTTPError,
        OSError,
        ValueError,
        AttributeError,
    )
    if isinstance(error, faults):
        msg = f"central cannot be reached or was cut off: {type(error).__name__}: {error}"
        raise LinkDown(msg, why=f"{LOST} ({root_of(error)})") from error
    raise error
