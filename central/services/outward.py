"""Calls out of the house: whom it may call at all, and how much of an answer it takes.

Law of the room: the name is looked up once and the very address that was judged is called, so that a name which
changes its mind leads nowhere; no redirects, no proxies; bytes and seconds are bounded.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

import msgspec
import urllib3

from central.domain.webhooks import Address, Network, is_named, may_call

CONNECT_S, READ_S = 5.0, 10.0
LONGEST_S: Final = 30.0  # for a whole answer, however slowly it drips
_CHUNK_BYTES: Final = 64_000
Look = Callable[[str, int], Sequence[str]]
FAULTS: Final = (OSError, urllib3.exceptions.HTTPError)


class NotCalled(Exception):
    """The address was not called, or its answer not taken, and why."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What came back: status, bytes, and what lets us ask next time only for what is new."""

    status: int
    body: bytes
    etag: str
    modified: str


def addresses_of(host: str, port: int) -> list[str]:
    """Return the numbers that a name stands for now, asked of the machine's own resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def opened(
    url: str, allowed: Sequence[Network], look: Look
) -> tuple[urllib3.HTTPConnectionPool, SplitResult, str]:
    """Return connections to the judged address of `url`, its parts, and the target to ask for; raises `NotCalled`."""
    parts = urlsplit(url)
    host, https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if https else 80)
    number = _judged(allowed, host, port, look, https=https)
    timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
    pool: urllib3.HTTPConnectionPool
    if https:
        pool = urllib3.HTTPSConnectionPool(
            number, port, timeout=timeout, retries=False, server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(number, port, timeout=timeout, retries=False)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return pool, parts, target


def fetched(
    url: str,
    allowed: Sequence[Network],
    look: Look,
    *,
    most_bytes: int,
    headers: Mapping[str, str],
) -> Answer:
    """Return what an address answers to a GET; raises `NotCalled` with a sentence, whatever went wrong."""
    try:
        return _fetched(url, allowed, look, most_bytes, headers)
    except FAULTS as fault:
        raise NotCalled(f"Không gọi được: {reason_of(fault)}"[:400]) from fault


def _fetched(
    url: str, allowed: Sequence[Network], look: Look, most_bytes: int, headers: Mapping[str, str]
) -> Answer:
    pool, parts, target = opened(url, allowed, look)
    ends = time.monotonic() + LONGEST_S
    said = {
        "host": parts.netloc,
        "user-agent": "TiengLang-CAP/1",
        "accept-encoding": "identity",
        **headers,
    }
    try:
        answer = pool.urlopen("GET", target, headers=said, redirect=False, preload_content=False)
        try:
            if 300 <= answer.status < 400 and answer.status != 304:
                raise NotCalled("Nơi đó chuyển hướng sang địa chỉ khác; hãy ghi đúng địa chỉ cuối.")
            body = bytearray()
            while chunk := answer.read(_CHUNK_BYTES, decode_content=False):
                body += chunk
                if len(body) > most_bytes:
                    raise NotCalled(f"Trả lời lớn hơn {most_bytes // 1_000_000} MB, không nhận.")
                if time.monotonic() > ends:
                    raise NotCalled(f"Trả lời quá chậm (hơn {LONGEST_S:.0f} giây), không nhận.")
            etag = answer.headers.get("etag", "")
            modified = answer.headers.get("last-modified", "")
        finally:
            answer.close()
    finally:
        pool.close()
    return Answer(status=answer.status, body=bytes(body), etag=etag[:200], modified=modified[:100])


def _judged(allowed: Sequence[Network], host: str, port: int, look: Look, *, https: bool) -> str:
    """Return the number to call; raises `NotCalled` when any number of the name may not be called."""
    try:
        numbers = [ipaddress.ip_address(found.partition("%")[0]) for found in look(host, port)]
    except (OSError, ValueError, UnicodeError) as fault:
        raise NotCalled(f"Không tìm ra máy {host}: {fault}") from fault
    if not numbers:
        raise NotCalled(f"Không tìm ra máy {host}.")
    forbidden = [number for number in numbers if not may_call(number, allowed)]
    if forbidden:
        raise NotCalled(
            f"{host} nằm trong mạng nội bộ ({forbidden[0]}); người vận hành phải cho phép bằng webhook_networks."
        )
    if not https and not all(is_named(number, allowed) for number in numbers):
        raise NotCalled("Địa chỉ trên Internet phải dùng https://.")
    return _spelled(numbers[0])


def _spelled(number: Address) -> str:
    return f"[{number}]" if number.version == 6 else str(number)


def reason_of(fault: Exception) -> str:
    """Return why a call did not come through, as the library says it."""
    inner = getattr(fault, "reason", None) or fault.__cause__ or fault
    return f"{type(fault).__name__}: {inner}"
