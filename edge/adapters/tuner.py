"""The tuner: tries whether a live stream gives sound, without sounding it.

Law of the room: one plain GET over http or https, no proxy, at most one redirection and, for a playlist of
segments, one step to each next address; every read is counted and every wait has an end. What an address
answers is never trusted, and nothing that goes wrong is raised: the answer is `StreamProbed`.
"""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

import msgspec

from edge.adapters.live_sources import cannot_relay
from edge.core.events import Happening, StreamProbed
from edge.core.orders import ProbeStream

CONNECT_S: Final = 3.0
READ_S: Final = 3.0
BODY_S: Final = 4.0
ENOUGH_BYTES: Final = 8_192
MAX_HEAD_BYTES: Final = 16_384
MAX_LIST_BYTES: Final = 65_536
READ_BYTES: Final = 4_096
MAX_STEPS: Final = 4
REDIRECTIONS: Final = frozenset({301, 302, 303, 307, 308})
LIST_HEAD: Final = b"#EXTM3U"
SOUND_TYPES: Final = ("audio/", "video/", "application/ogg", "application/octet-stream")
SOUND_HEADS: Final = (b"ID3", b"OggS", b"fLaC", b"RIFF", b"\x1aE\xdf\xa3", b"G@")


class NoSound(Exception):
    """This address gives nothing to sound; the sentence says why."""


class _Answer(msgspec.Struct, frozen=True):
    """The head of an answer, names of fields in lower case, and what of the body came with it."""

    status: int
    fields: dict[str, str]
    body: bytes


class Tuner:
    """The hand that tries streams. `post` is thread safe; `obey` is called on a lane of its own."""

    def __init__(
        self, post: Callable[[Happening], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._post = post
        self._clock = clock
        self._closing = threading.Event()

    def obey(self, order: ProbeStream) -> None:
        """Try this address, which takes up to some 15 s, and post what came of it."""
        why = self.try_out(order.url)
        if not self._closing.is_set():
            self._post(StreamProbed(url=order.url, ok=not why, why=why))

    def close(self) -> None:
        """End what is being tried within a read's time; afterwards nothing is posted."""
        self._closing.set()

    def try_out(self, url: str) -> str:
        """Return why this address gives no sound, as a sentence; "" where it does."""
        try:
            self._follow(url)
        except NoSound as nothing:
            return str(nothing)
        except ssl.SSLError:
            return f"chứng thư của {_host(url)} không hợp lệ: kiểm tra địa chỉ và giờ của thiết bị"
        except TimeoutError:
            return f"{_host(url)} không trả lời trong {READ_S:.0f} giây: kiểm tra mạng và đài nguồn"
        except socket.gaierror:
            return f"không tìm thấy máy {_host(url)}: kiểm tra địa chỉ và mạng"
        except (OSError, ValueError) as fault:
            return f"không nối được tới {_host(url)} ({fault}): kiểm tra địa chỉ và mạng"
        return ""

    def _follow(self, url: str) -> None:
        redirected = False
        for _ in range(MAX_STEPS):
            if why := cannot_relay(url):
                raise NoSound(why)
            with _connect(url) as line:
                answer = self._ask(line, url)
                if answer.status not in REDIRECTIONS:
                    step = self._next_in_list(line, answer)
                    if not step:
                        return
                elif redirected:
                    raise NoSound("đài nguồn chuyển hướng quá một lần: dùng địa chỉ cuối cùng")
                else:
                    redirected, step = True, answer.fields.get("location", "")
            url = urljoin(url, step)
        raise NoSound("danh sách phát trỏ vòng quanh: dùng thẳng địa chỉ của luồng")

    def _next_in_list(self, line: socket.socket, answer: _Answer) -> str:
        """Return where a playlist points; "" where the body is sound. Raises `NoSound` for anything else."""
        if answer.status != 200:
            raise NoSound(f"đài nguồn trả lời {answer.status}: kiểm tra địa chỉ")
        body = self._read(line, _unwrapped(answer), ENOUGH_BYTES)
        if body.startswith(LIST_HEAD):
            body = self._read(line, body, MAX_LIST_BYTES)
            lines = [text.strip() for text in body.decode(errors="replace").splitlines()]
            entries = [text for text in lines if text and not text.startswith("#")]
            if not entries:
                raise NoSound("danh sách phát trống: đài nguồn đang không phát")
            return entries[-1]
        if not _like_sound(body, answer.fields.get("content-type", "")):
            raise NoSound("địa chỉ trả về trang web hoặc văn bản, không phải âm thanh")
        if len(body) < ENOUGH_BYTES:
            raise NoSound(
                f"đài nguồn chỉ cho {len(body)} byte trong {BODY_S:.0f} giây: chưa phát hoặc mạng yếu"
            )
        return ""

    def _ask(self, line: socket.socket, url: str) -> _Answer:
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        asked = f"GET {target} HTTP/1.0\r\nHost: {parts.netloc.rpartition('@')[2]}\r\n"
        asked += "User-Agent: TiengLang\r\nAccept: */*\r\n\r\n"
        line.sendall(asked.encode("ascii"))
        received = b""
        end_s = self._clock() + BODY_S
        while b"\r\n\r\n" not in received:
            more = self._more(line, end_s)
            if not more or len(received) > MAX_HEAD_BYTES:
                raise NoSound(f"{_host(url)} không trả lời như một đài phát: kiểm tra địa chỉ")
            received += more
        head, _, body = received.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        words = first.split()
        if len(words) < 2 or not words[0].startswith(("HTTP/", "ICY")) or not words[1].isdecimal():
            raise NoSound(f"{_host(url)} không trả lời như một đài phát: kiểm tra địa chỉ")
        fields = {name.lower(): text.strip() for name, _, text in (f.partition(":") for f in rest)}
        return _Answer(int(words[1]), fields, body)

    def _read(self, line: socket.socket, body: bytes, most_bytes: int) -> bytes:
        """Read on until there are so many bytes, an end, or the time is over."""
        end_s = self._clock() + BODY_S
        while len(body) < most_bytes:
            try:
                more = self._more(line, end_s)
            except TimeoutError:
                break
            if not more:
                break
            body += more
        return body

    def _more(self, line: socket.socket, end_s: float) -> bytes:
        left_s = min(READ_S, end_s - self._clock())
        if left_s <= 0 or self._closing.is_set():
            raise TimeoutError
        line.settimeout(left_s)
        return line.recv(READ_BYTES)


def _connect(url: str) -> socket.socket:
    parts = urlsplit(url)
    scheme: Literal["http", "https"] = "https" if parts.scheme == "https" else "http"
    port = parts.port or {"http": 80, "https": 443}[scheme]
    line = socket.create_connection((parts.hostname or "", port), CONNECT_S)
    if scheme == "http":
        return line
    try:
        return ssl.create_default_context().wrap_socket(line, server_hostname=parts.hostname)
    except BaseException:
        line.close()
        raise


def _unwrapped(answer: _Answer) -> bytes:
    """Return the body's beginning without the length of its first chunk, where it is sent in chunks."""
    if answer.fields.get("transfer-encoding", "").lower() != "chunked":
        return answer.body
    return answer.body.partition(b"\r\n")[2]


def _like_sound(body: bytes, kind: str) -> bool:
    if body.startswith(SOUND_HEADS) or body[4:8] in {b"ftyp", b"styp"}:
        return True
    if len(body) > 1 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0:
        return True
    # A radio station is entered in the middle of a frame: there the declared kind must do.
    control = sum(byte < 9 or 13 < byte < 32 or byte > 126 for byte in body[:512])
    return kind.lower().startswith(SOUND_TYPES) and control > len(body[:512]) // 10


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or url
    except ValueError:
        return url
