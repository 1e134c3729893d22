"""A station: one plain GET over http or https, for a stream that is to sound.

Law of the room: no proxy, no cookies, and no step further: where an answer leads is another's question. What a
station says is not trusted; every wait for it has an end. Raises `OSError` or `ValueError`.
"""

import base64
import functools
import socket
import ssl
from collections.abc import Iterator
from io import BufferedReader
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import msgspec

from edge.adapters.live_sources import cannot_relay

CONNECT_S: Final = 3.0
READ_S: Final = 10.0  # the engine gives a station up long before
MAX_LINE_BYTES: Final = 8_192
MAX_LINES: Final = 100
LUMP_BYTES: Final = 16_384
REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
GOOD: Final = frozenset({200, 206})
PLAIN: Final = "/:?=&%#[]@!$'()*+,;~|"  # of an address as stations write it


class Refused(ValueError):
    """This is not fetched, or not understood."""


class Answer(msgspec.Struct, frozen=True):
    """What a station answered: names of fields in lower case, the body as it comes, chunks put together."""

    status: int
    fields: dict[str, str]
    body: Iterator[bytes]


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def connect(url: str) -> socket.socket:
    """Return a line to the station at `url`, every wait on it bounded; its certificate is judged."""
    if why := cannot_relay(url):
        raise Refused(why)
    parts = urlsplit(url)
    safe = parts.scheme == "https"
    address = (parts.hostname or "", parts.port or (443 if safe else 80))
    line = socket.create_connection(address, CONNECT_S)
    line.settimeout(READ_S)
    if not safe:
        return line
    try:
        return _tls().wrap_socket(line, server_hostname=parts.hostname)
    except BaseException:
        line.close()
        raise


def ask(line: socket.socket, reader: BufferedReader, url: str, part: str = "") -> Answer:
    """Ask for `url`, or a `part` of it as a Range says it, and return the answer; `reader` reads from `line`."""
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    asked = f"GET {quote(target, PLAIN)} HTTP/1.0\r\nHost: {host}\r\n"
    asked += "User-Agent: TiengLang\r\nAccept: */*\r\n"
    if part:
        asked += f"Range: {part}\r\n"
    if user:
        asked += f"Authorization: Basic {base64.b64encode(unquote(user).encode()).decode()}\r\n"
    line.sendall(f"{asked}\r\n".encode("ascii"))
    first, fields = read_head(reader)
    words = first.split()
    if len(words) < 2 or not words[0].startswith(("HTTP/", "ICY")):
        raise Refused(first)
    chunked = fields.get("transfer-encoding", "").lower() == "chunked"
    return Answer(int(words[1]), fields, _chunks(reader) if chunked else _rest(reader))


def read_head(reader: BufferedReader) -> tuple[str, dict[str, str]]:
    """Return the first line and the fields of a request or an answer."""
    lines: list[str] = []
    while line := reader.readline(MAX_LINE_BYTES).decode(errors="replace").strip("\r\n"):
        lines.append(line)
        if len(lines) > MAX_LINES:
            raise Refused("too many fields")
    if not lines:
        raise Refused("no head")
    fields = (line.partition(":") for line in lines[1:])
    return lines[0], {name.strip().lower(): text.strip() for name, _, text in fields}


def _rest(reader: BufferedReader) -> Iterator[bytes]:
    while lump := reader.read1(LUMP_BYTES):
        yield lump


def _chunks(reader: BufferedReader) -> Iterator[bytes]:
    """Give what comes in chunks as one; a cut one ends it."""
    while (left := int(reader.readline(MAX_LINE_BYTES).partition(b";")[0], 16)) > 0:
        while left:
            lump = reader.read1(min(left, LUMP_BYTES))
            if not lump:
                return
            left -= len(lump)
            yield lump
        reader.readline(MAX_LINE_BYTES)
