"""The link: sessions with central, for the lanes that read, fetch and tell.

Law of the room: what is posted is signed with the device key (docs/wire.md §7), each time with a fresh nonce; what is
read is asked for by a token, got by signing central's challenge. The token is shared by the lanes, while each lane
has connections of its own. What comes through here is bytes: the seal is judged elsewhere.
"""

import base64
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

import msgspec

from contract.documents import DeviceId
from contract.errors import Refused
from contract.requests import Request, authority_of, sign
from contract.seal import strict_base64
from edge.adapters.link_faults import LinkBroken, LinkDenied, LinkDown, LinkError
from edge.adapters.link_streams import Stream
from edge.adapters.link_transport import Transport

__all__ = ["Link", "LinkBroken", "LinkDenied", "LinkDown", "LinkError", "Reply", "Signer", "Stream"]

T = TypeVar("T")

DOOR: Final = "/device/v1"
READ_S: Final = 30.0
ANSWER_MAX_BYTES: Final = 16_000
TOKEN_MARGIN_S: Final = 60.0
NONCE_BYTES: Final = 32
TOKEN: Final = re.compile(r"[\x21-\x7e]{1,2000}")


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


class Link:
    """Talks to central at `base_url` (scheme, host, port) as the device `identity`. For many lanes at once.

    `ca_file` and `judges_certificates` are those of `Transport`; `wall` (Unix seconds) is what requests are dated by.
    """

    def __init__(
        self,
        base_url: str,
        identity: Signer,
        *,
        ca_file: Path | None = None,
        judges_certificates: Callable[[], bool] = lambda: True,
        mono: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Nothing is sent yet. Raises `Misuse` for what is no address."""
        self._authority = authority_of(base_url)
        self._transport = Transport(base_url, ca_file, judges_certificates)
        self._identity = identity
        self._mono = mono
        self._wall = wall
        self._lock = threading.Lock()
        self._token = ""
        self._token_until_s = 0.0

    def close(self) -> None:
        """Close all idle connections; the lanes should have stopped."""
        self._transport.close()

    def get(self, path: str, *, max_bytes: int, etag: str | None = None) -> Reply:
        """Return the document at `path`, or a reply of 304 (we hold `etag`) or 404. Raises `LinkError`."""
        headers = {} if etag is None else {"If-None-Match": f'"{etag}"'}
        with self.open(path, headers=headers) as stream:
            if stream.status == 304:
                return Reply(304, etag, b"")
            body = stream.whole(max_bytes, self._mono)
            if stream.status == 404:
                return Reply(404, None, b"")
            if stream.status != 200:
                stream.refuse(path, body)
            return Reply(200, _etag(stream.headers), body)

    def post(self, path: str, body: bytes) -> bytes:
        """Return central's answer to a signed body, within a session. Raises `LinkError`."""
        with self.open(path, body=body) as stream:
            return self._taken(stream, path)

    def introduce(self, path: str, body: bytes) -> bytes:
        """Return central's answer to a signed body without a session: for who has no place yet. Raises `LinkError`."""
        return self._post_signed(path, body, _fresh_nonce())

    def ask_time(self, nonce: str) -> bytes:
        """Return the sealed time that central signs for `nonce`, 32 bytes in base64. Raises `LinkError`."""
        return self.post("/time", msgspec.json.encode({"nonce": nonce}))

    def take(self, path: str, *, max_bytes: int, within_s: float) -> bytes | None:
        """Return what lies open to everybody at `path` of central, outside the device API, or None for 404.

        No token is asked for and none is sent. Raises `LinkError`, also when it is not whole `within_s`.
        """
        stream = self._transport.send(path, None, {}, min(READ_S, within_s))
        try:
            body = stream.whole(max_bytes, self._mono, within_s)
            if stream.status == 404:
                return None
            if stream.status != 200:
                stream.refuse(path, body)
            return body
        finally:
            stream.close()

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
            held = {**(headers or {}), "Authorization": f"Bearer {token}"}
            proof = {} if body is None else self._proof(path, body, _fresh_nonce())
            stream = self._transport.send(DOOR + path, body, held | proof, read_s)
            try:
                if stream.status == 401 and attempt == 1:
                    self._forget_token(token)
                    continue
                yield stream
                return
            finally:
                stream.close()

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
        asked = self._challenge()
        answer = _read(self._post_signed("/session", b"", asked), _Token, "/session")
        if not TOKEN.fullmatch(answer.token) or not 1 <= answer.expires_in_s <= 86_400:
            raise LinkBroken("central's token cannot be used")
        return answer.token, answer.expires_in_s

    def _challenge(self) -> str:
        question = msgspec.json.encode({"device": self._identity.device})
        asked = _read(self._send("/challenge", question, {}), _Challenge, "/challenge").challenge
        try:
            raw = strict_base64(asked, "central's challenge")
        except Refused as refused:
            raise LinkBroken(refused.why) from refused
        if len(raw) != NONCE_BYTES:
            raise LinkBroken("central's challenge is not 32 bytes in base64")
        return asked

    def _post_signed(self, path: str, body: bytes, nonce: str) -> bytes:
        return self._send(path, body, self._proof(path, body, nonce))

    def _send(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        stream = self._transport.send(
            DOOR + path, body, {"Content-Type": "application/json", **headers}, READ_S
        )
        try:
            return self._taken(stream, path)
        finally:
            stream.close()

    def _taken(self, stream: Stream, path: str) -> bytes:
        answer = stream.whole(ANSWER_MAX_BYTES, self._mono)
        if stream.status != 200:
            stream.refuse(path, answer)
        return answer

    def _proof(self, path: str, body: bytes, nonce: str) -> dict[str, str]:
        """Return the headers that prove a POST to be ours."""
        asked = Request(authority=self._authority, path=DOOR + path, body=body)
        return sign(
            asked,
            keyid=self._identity.device,
            created=max(0, int(self._wall())),
            nonce=nonce,
            signature_of=self._identity.sign,
        )


def _fresh_nonce() -> str:
    return base64.b64encode(os.urandom(NONCE_BYTES)).decode("ascii")


def _read(answer: bytes, kind: type[T], path: str) -> T:
    try:
        return msgspec.json.decode(answer, type=kind)
    except msgspec.MsgspecError as error:
        msg = f"central's answer to {path} is not understood: {error}"
        raise LinkBroken(msg) from error


def _etag(headers: Mapping[str, str]) -> str | None:
    quoted = headers.get("ETag", "")
    return quoted[1:-1] if len(quoted) > 2 and quoted[0] == quoted[-1] == '"' else None
