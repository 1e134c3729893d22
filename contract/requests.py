"""Signed requests: our one spelling of RFC 9421, so that a request proves which appliance made it.

Law of the room: pure. Ed25519 over method, authority, path, query and the SHA-256 of the body (RFC 9530), in this
order and no other, under the label `sig1`, with every parameter in one place. What is spelled in any other way is
refused, also where RFC 9421 would allow it: there is nothing to choose, so there is nothing to confuse.
Whether a nonce is fresh only the caller knows; `created` is the sender's clock and judged only on request.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

import msgspec

from contract.documents import DeviceId, PublicKey
from contract.errors import ContractError, Misuse, Refused
from contract.seal import device_id, strict_base64, verify_raw

COVERED: Final = ("@method", "@authority", "@path", "@query", "content-digest")
TAG: Final = "tienglang"
WINDOW_S: Final = 300
_LIST: Final = "(" + " ".join(f'"{name}"' for name in COVERED) + ")"
_NAMES: Final = ("content-digest", "signature-input", "signature")
_NONCE: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_INPUT: Final = re.compile(
    rf"sig1=(?P<params>{re.escape(_LIST)};created=(?P<created>0|[1-9][0-9]{{0,9}})"
    rf';nonce="(?P<nonce>{_NONCE.pattern})";keyid="(?P<keyid>[a-z2-7]{{16}})"'
    rf';alg="ed25519";tag="{TAG}")'
)
_SIGNATURE: Final = re.compile(r"sig1=:([A-Za-z0-9+/]{86}==):")
_DIGEST: Final = re.compile(r"sha-256=:[A-Za-z0-9+/]{43}=:")
_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?/?"
)
_USUAL_PORTS: Final = {"http": 80, "https": 443}
PORTS: Final = range(1, 65_536)
_METHOD: Final = re.compile(r"[A-Z]{1,20}")
_AUTHORITY: Final = re.compile(r"[\x21-\x40\x5b-\x7e]{1,300}")  # no capitals
_PATH: Final = re.compile(r"/[\x21-\x22\x24-\x3e\x40-\x7e]{0,2000}")  # no ?, no #
_QUERY: Final = re.compile(r"[\x21-\x22\x24-\x7e]{0,2000}")


class RequestFault(StrEnum):
    """Why a request proves nothing: a closed vocabulary, and the error code on the wire."""

    MISSING = "not-signed"
    MALFORMED = "signature-malformed"
    WRONG_DIGEST = "wrong-digest"
    WRONG_SIGNATURE = "bad-signature"
    UNKNOWN_KEY = "unknown-key"
    TOO_OLD = "too-old"
    TOO_NEW = "too-new"
    REPLAYED = "replayed"  # never found here: the caller keeps the nonces


class RequestRefused(ContractError):
    """The request proves nothing and nothing was done; `code` to count by, `why` for the log."""

    def __init__(self, code: RequestFault, why: str) -> None:
        """Keep the code and the sentence."""
        super().__init__(f"{code.value}: {why}")
        self.code = code
        self.why = why


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is signed of a request. `path` and `query` as they are sent, `query` without its question mark.

    `authority` is the host as the sender calls it, in lower case, with its port unless that is the scheme's usual one.
    """

    method: str = "POST"
    authority: str
    path: str
    query: str = ""
    body: bytes = b""


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a request (`keyid` is the device id of `key`), with which nonce, and when by its own clock (Unix, s)."""

    keyid: DeviceId
    key: PublicKey
    nonce: str
    created: int


def sign(
    request: Request,
    *,
    keyid: DeviceId,
    created: int,
    nonce: str,
    signature_of: Callable[[bytes], bytes],
) -> dict[str, str]:
    """Return the three headers that prove `request`; `signature_of` signs with the key of the device `keyid`.

    `nonce` is 32 bytes in base64, `created` Unix seconds from 0. Raises `Misuse` for what cannot be signed so.
    """
    digest = content_digest(request.body)
    params = f'{_LIST};created={created};nonce="{nonce}";keyid="{keyid}";alg="ed25519";tag="{TAG}"'
    if _read_input(f"sig1={params}") is None:
        msg = "created, nonce or keyid is not as docs/wire.md §7 has it"
        raise Misuse(msg)
    if (fault := _misfit(request)) is not None:
        raise Misuse(fault)
    signature = signature_of(signature_base(_lines(request, digest), params))
    return {
        "Content-Digest": digest,
        "Signature-Input": f"sig1={params}",
        "Signature": f"sig1=:{base64.b64encode(signature).decode('ascii')}:",
    }


def verify(
    request: Request,
    headers: Iterable[tuple[str, str]],
    key_of: Callable[[DeviceId], PublicKey | None],
    *,
    now_s: int | None = None,
) -> Proven:
    """Return what `request` with these `headers` (every line of them, names in any case) proves.

    `key_of` gives the key of a device, None when there is none. With `now_s` (Unix seconds) the sender's clock must
    agree within 300 s. Raises `RequestRefused`.
    """
    digest, signed_input, signed = _one_of_each(headers)
    found = _read_input(signed_input)
    given = _SIGNATURE.fullmatch(signed)
    if found is None or given is None or _DIGEST.fullmatch(digest) is None:
        why = "the signature is not spelled as docs/wire.md §7 has it"
        raise RequestRefused(RequestFault.MALFORMED, why)
    if (fault := _misfit(request)) is not None:
        raise RequestRefused(RequestFault.MALFORMED, fault)
    if digest != content_digest(request.body):
        why = "the body is not the one that Content-Digest names"
        raise RequestRefused(RequestFault.WRONG_DIGEST, why)
    _judge_time(found.created, now_s)
    keyid = found.keyid
    key = key_of(keyid)
    if key is None:
        raise RequestRefused(RequestFault.UNKNOWN_KEY, f"there is no appliance {keyid} here")
    try:
        own, signature = device_id(key), strict_base64(given[1], "the signature")
    except Refused as refused:
        raise RequestRefused(RequestFault.MALFORMED, refused.why) from refused
    base = signature_base(_lines(request, digest), found.params)
    if own != keyid or not verify_raw(key, base, signature):
        why = f"the signature is not by {keyid} over this method, authority, path, query and body"
        raise RequestRefused(RequestFault.WRONG_SIGNATURE, why)
    return Proven(keyid=keyid, key=key, nonce=found.nonce, created=found.created)


def content_digest(body: bytes) -> str:
    """Return the value of Content-Digest for a body (RFC 9530, sha-256 alone)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode('ascii')}:"


def signature_base(components: Sequence[tuple[str, str]], params: str) -> bytes:
    """Return what is signed (RFC 9421 §2.5): a line for each component, then the parameters as they are spelled."""
    lines = [*components, ("@signature-params", params)]
    return "\n".join(f'"{name}": {value}' for name, value in lines).encode("ascii")


def authority_of(base_url: str) -> str:
    """Return the authority of `http(s)://host[:port]` as it is signed; raises `Misuse` for any other address."""
    found = _URL.fullmatch(base_url)
    if found is None or int(found["port"] or 1) not in PORTS:
        msg = f"{base_url!r} is no address of the form https://host or https://host:port"
        raise Misuse(msg)
    return authority(found["scheme"], found["host"], int(found["port"] or 0) or None)


def authority(scheme: str, host: str, port: int | None) -> str:
    """Return how a host and port are signed; an IPv6 address is written in brackets."""
    name = f"[{host}]" if ":" in host and not host.startswith("[") else host
    usual = port is None or port == _USUAL_PORTS.get(scheme)
    return (name if usual else f"{name}:{port}").lower()


class _Input(msgspec.Struct, frozen=True):
    params: str
    created: int
    nonce: str
    keyid: DeviceId


def _read_input(text: str) -> _Input | None:
    """Return what a Signature-Input in our one spelling says, None for any other."""
    found = _INPUT.fullmatch(text)
    if found is None:
        return None
    try:
        strict_base64(found["nonce"], "a nonce")
    except Refused:
        return None
    return _Input(found["params"], int(found["created"]), found["nonce"], DeviceId(found["keyid"]))


def _one_of_each(headers: Iterable[tuple[str, str]]) -> tuple[str, str, str]:
    values: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in values:
            why = f"there are two {lower} headers; one request has one signature"
            raise RequestRefused(RequestFault.MALFORMED, why)
        if lower in _NAMES:
            values[lower] = value
    if missing := [name for name in _NAMES if name not in values]:
        raise RequestRefused(RequestFault.MISSING, f"the request has no {', '.join(missing)}")
    return values["content-digest"], values["signature-input"], values["signature"]


def _judge_time(created: int, now_s: int | None) -> None:
    if now_s is None:
        return
    if created < now_s - WINDOW_S:
        why = f"it was signed {now_s - created} s ago by the sender's clock"
        raise RequestRefused(RequestFault.TOO_OLD, why)
    if created > now_s + WINDOW_S:
        why = f"it was signed {created - now_s} s ahead of us by the sender's clock"
        raise RequestRefused(RequestFault.TOO_NEW, why)


def _misfit(request: Request) -> str | None:
    """Return what of a request cannot stand in one line of what is signed."""
    rules = (
        ("method", _METHOD, request.method),
        ("authority", _AUTHORITY, request.authority),
        ("path", _PATH, request.path),
        ("query", _QUERY, request.query),
    )
    for what, rule, value in rules:
        if rule.fullmatch(value) is None:
            return f"the {what} cannot be signed: {value[:80]!r}"
    return None


def _lines(request: Request, digest: str) -> list[tuple[str, str]]:
    return [
        ("@method", request.method),
        ("@authority", request.authority),
        ("@path", request.path),
        ("@query", f"?{request.query}"),
        ("content-digest", digest),
    ]
