"""The link: sessions with central, for the lanes that read, fetch and tell.

Law of the room: the one door to `requests`. The environment is not read, redirects are not followed,
every answer has a byte cap counted while it streams and a deadline, and every fault is one of the
`LinkError`s. A token is got by signing central's challenge with the device key; it is shared by the
lanes, while each lane has a session of its own. What comes through here is bytes: the seal is judged elsewhere.
"""

import base64
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn, Protocol, TypeVar

import msgspec
import requests
import urllib3
from requests.adapters import HTTPAdapter

from contract.documents import DeviceId
from edge.adapters.link_faults import (
    BUSY,
    LOST,
    NOT_PROVED,
    REDIRECTED,
    LinkBroken,
    LinkDenied,
    LinkDown,
    LinkError,
    root_of,
)

__all__ = ["Link", "LinkBroken", "LinkDenied", "LinkDown", "LinkError", "Reply", "Signer", "Stream"]

T = TypeVar("T")

CONNECT_S: Final = 10.0
READ_S: Final = 30.0
DEADLINE_S: Final = 120.0
ANSWER_MAX_BYTES: Final = 16_000
BLOCK_BYTES: Final = 65_536
TOKEN_MARGIN_S: Final = 60.0
RETRY_AFTER_MAX_S: Final = 300.0
CHALLENGE: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
TOKEN: Final = re.compile(r"[\x21-\x7e]{1,2000}")
NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl` has no name for


class Signer(Protocol):
    """Who we are: the device's id and its key."""

    @property
    def device(self) -> DeviceId:
        """The id that central knows us by."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature by the device key."""
        ...


class Reply(msgspec.Struct, frozen=True):
    """An answer taken whole: status 200, 304 or 404, its strong ETag without quotes, its bytes."""

    status: int
    etag: str | None
    body: bytes


class _Challenge(msgspec.Struct, frozen=True):
    challenge: str


class _Token(msgspec.Struct, frozen=True):
    token: str
    expires_in_s: float


class Stream:
    """An answer taken piece by piece as it arrives; `shut` from another thread ends it at once."""

    def __init__(self, response: requests.Response) -> None:
        """Take over an answer whose head has arrived."""
        self._response = response
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    def pieces(self, max_bytes: int | None) -> Iterator[bytes]:
        """Yield bytes as soon as they arrive, at most `max_bytes` (None: endless); raises `LinkError`."""
        seen_bytes = 0
        while True:
            try:
                piece = self._response.raw.read1(BLOCK_BYTES, decode_content=False)
            except Exception as error:  # noqa: BLE001  sorted by _translate
                _translate(error)
            if not piece:
                self._refuse_short(seen_bytes)
                return
            seen_bytes += len(piece)
            if max_bytes is not None and seen_bytes > max_bytes:
                msg = f"central's answer is longer than the {max_bytes} bytes allowed"
                raise LinkBroken(msg)
            yield piece

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


class Timeless(HTTPAdapter):
    """TLS as ever, except that no certificate is too old or too young: for who does not know the time.

    Who could abuse it holds the private key of a certificate that ran out, and gains our token for a
    while; what we obey is sealed in any case.
    """

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002  the parent's own
        **more: object,
    ) -> None:
        """Make the pool with a context of our own; authority and host name are judged as ever."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        super().init_poolmanager(connections, maxsize, block, ssl_context=context, **more)


class Link:
    """Talks to central at `base_url` (scheme, host, port) as the device `identity`.

    `ca_file` names the only authority trusted for TLS; None means the system's. `judges_certificates`
    says whether the system clock is good enough to find one too old. For many lanes at once.
    """

    def __init__(
        self,
        base_url: str,
        identity: Signer,
        *,
        ca_file: Path | None = None,
        judges_certificates: Callable[[], bool] = lambda: True,
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is sent yet."""
        self._judges_certificates = judges_certificates
        self._base = base_url.rstrip("/") + "/device/v1"
        self._identity = identity
        self._verify: str | bool = str(ca_file) if ca_file is not None else True
        self._mono = mono
        self._lanes = threading.local()
        self._lock = threading.Lock()
        self._sessions: list[requests.Session] = []
        self._token = ""
        self._token_until_s = 0.0

    def close(self) -> None:
        """Close all idle connections; the lanes should have stopped."""
        for session in self._sessions:
            session.close()

    def get(self, path: str, *, max_bytes: int, etag: str | None = None) -> Reply:
        """Return the document at `path`, or a reply of 304 (we hold `etag`) or 404. Raises `LinkError`."""
        headers = {} if etag is None else {"If-None-Match": f'"{etag}"'}
        with self.open(path, headers=headers) as stream:
            if stream.status == 304:
                return Reply(304, etag, b"")
            body = self._whole(stream, max_bytes)
            if stream.status == 404:
                return Reply(404, None, b"")
            if stream.status != 200:
                _refuse(stream, path, body)
            return Reply(200, _etag(stream.headers), body)

    def post(self, path: str, body: bytes) -> bytes:
        """Return central's answer to a posted body. Raises `LinkError`."""
        with self.open(path, body=body) as stream:
            answer = self._whole(stream, ANSWER_MAX_BYTES)
            if stream.status != 200:
                _refuse(stream, path, answer)
            return answer

    def ask_time(self, nonce: str) -> bytes:
        """Return the sealed time that central signs for `nonce`, 32 bytes in base64. Raises `LinkError`."""
        return self.post("/time", msgspec.json.encode({"nonce": nonce}))

    @contextmanager
    def open(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        read_s: float = READ_S,
    ) -> Iterator[Stream]:
        """Open an answer of whatever status to be read in pieces; a token gone stale is renewed once."""
        for attempt in (1, 2):
            token = self._current_token()
            response = self._send(
                path, body, {**(headers or {}), "Authorization": f"Bearer {token}"}, read_s
            )
            try:
                if response.status_code == 401 and attempt == 1:
                    self._forget_token(token)
                    continue
                _refuse_surprises(response)
                yield Stream(response)
                return
            finally:
                response.close()

    def _send(
        self, path: str, body: bytes | None, headers: Mapping[str, str], read_s: float
    ) -> requests.Response:
        try:
            return self._session().request(
                "GET" if body is None else "POST",
                self._base + path,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_S, read_s),
                allow_redirects=False,
                stream=True,
            )
        except Exception as error:  # noqa: BLE001  sorted by _translate
            _translate(error)

    def _session(self) -> requests.Session:
        """Return this lane's session, or its other one while the clock cannot judge certificates."""
        timeless = not self._judges_certificates()
        name = "timeless" if timeless else "session"
        session: requests.Session | None = getattr(self._lanes, name, None)
        if session is None:
            session = _new_session(verify=self._verify)
            if timeless:
                session.mount("https://", Timeless())
            setattr(self._lanes, name, session)
            self._sessions.append(session)
        return session

    def _current_token(self) -> str:
        with self._lock:
            if self._mono() >= self._token_until_s:
                self._token, life_s = self._new_token()
                self._token_until_s = self._mono() + max(life_s - TOKEN_MARGIN_S, life_s / 2)
            return self._token

    def _forget_token(self, token: str) -> None:
        with self._lock:
            if token == self._token:
                self._token_until_s = 0.0

    def _new_token(self) -> tuple[str, float]:
        device = self._identity.device
        asked = self._ask("/challenge", {"device": device}, _Challenge).challenge
        if not CHALLENGE.fullmatch(asked):
            raise LinkBroken("central's challenge is not 32 bytes in base64")
        message = b"tienglang-session-v1\n" + device.encode() + b"\n" + asked.encode()
        signature = base64.b64encode(self._identity.sign(message)).decode()
        proof = {"device": device, "challenge": asked, "signature": signature}
        answer = self._ask("/session", proof, _Token)
        if not TOKEN.fullmatch(answer.token) or not 1 <= answer.expires_in_s <= 86_400:
            raise LinkBroken("central's token cannot be used")
        return answer.token, answer.expires_in_s

    def _ask(self, path: str, question: Mapping[str, str], kind: type[T]) -> T:
        response = self._send(
            path, msgspec.json.encode(question), {"Content-Type": "application/json"}, READ_S
        )
        try:
            _refuse_surprises(response)
            stream = Stream(response)
            body = self._whole(stream, ANSWER_MAX_BYTES)
            if stream.status != 200:
                _refuse(stream, path, body)
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as error:
            msg = f"central's answer to {path} is not understood: {error}"
            raise LinkBroken(msg) from error
        finally:
            response.close()

    def _whole(self, stream: Stream, max_bytes: int) -> bytes:
        """Return all of a short answer; a sender slower than the deadline is given up."""
        give_up_s = self._mono() + DEADLINE_S
        body = bytearray()
        for piece in stream.pieces(max_bytes):
            body += piece
            if self._mono() > give_up_s:
                msg = f"central's answer was not whole after {DEADLINE_S:.0f} s"
                raise LinkDown(msg)
        return bytes(body)


def _new_session(*, verify: str | bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "tienglang-edge"})
    return session


def _etag(headers: Mapping[str, str]) -> str | None:
    quoted = headers.get("ETag", "")
    return quoted[1:-1] if len(quoted) > 2 and quoted[0] == quoted[-1] == '"' else None


def _refuse_surprises(response: requests.Response) -> None:
    """Refuse redirects and encodings: neither is part of the wire."""
    if 300 <= response.status_code < 400 and response.status_code != 304:
        msg = f"central answered with a redirect ({response.status_code}), which is never followed"
        raise LinkBroken(msg, why=f"{REDIRECTED} (HTTP {response.status_code})")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise LinkBroken("central compressed its answer though asked not to")


def _refuse(stream: Stream, path: str, body: bytes) -> NoReturn:
    """Turn an HTTP status that is no answer into the error that says whose fault it is."""
    status = stream.status
    if status >= 500 or status in {408, 429}:
        after = stream.headers.get("Retry-After", "")
        wait_s = min(float(after), RETRY_AFTER_MAX_S) if after.isdecimal() else 0.0
        msg = f"central cannot answer {path} just now (HTTP {status})"
        raise LinkDown(msg, wait_s, why=f"{BUSY} (HTTP {status})")
    said = body[:200].decode("utf-8", "replace")
    msg = f"central said no to {path} (HTTP {status}): {said}"
    raise LinkDenied(msg, status, body)


def _translate(error: Exception) -> NoReturn:
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
