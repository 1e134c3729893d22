"""Bytes to documents and back, strictly.

Law of the room: whatever a stranger may send is either exactly one document or `Refused` with a
sentence that names the place. Nothing is guessed, dropped or repaired. Size is judged before
parsing and depth before recursing. What we write is deterministic: equal documents give equal
bytes.
"""

import json
import math
import re
from datetime import UTC, datetime
from typing import Final, NoReturn, TypeVar

import msgspec

from contract.documents import (
    MAX_COUNTER,
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Bulletin,
    Command,
    Commissioning,
    Document,
    Keyring,
    Kind,
    Programme,
    Report,
    SignedTime,
)
from contract.errors import Misuse, RefusalCode, Refused

MAX_BYTES: Final[dict[Kind, int]] = {
    Kind.ASSIGNMENT: 64_000,
    Kind.PROGRAMME: 2_000_000,
    Kind.APPROVAL: 8_000,
    Kind.ANNOUNCEMENT: 64_000,
    Kind.ACTIVE_SET: 128_000,
    Kind.COMMAND: 8_000,
    Kind.TIME: 4_000,
    Kind.REPORT: 190_000,  # in its envelope (base64) it stays below the 256 kB of a report's request
    Kind.COMMISSIONING: 64_000,
}
MAX_KEYRING_BYTES: Final = 1_000_000
MAX_BULLETIN_BYTES: Final = 400_000
MAX_DEPTH: Final = 16

_T = TypeVar("_T", bound=msgspec.Struct)

_TYPES: Final[dict[Kind, type[Document]]] = {
    Kind.ASSIGNMENT: Assignment,
    Kind.PROGRAMME: Programme,
    Kind.APPROVAL: Approval,
    Kind.ANNOUNCEMENT: Announcement,
    Kind.ACTIVE_SET: ActiveSet,
    Kind.COMMAND: Command,
    Kind.TIME: SignedTime,
    Kind.REPORT: Report,
    Kind.COMMISSIONING: Commissioning,
}
_MAX_DIGITS: Final = 17  # no integer of ours has more; Python refuses to parse 5,000 digits at all
_MAX_FLOAT_CHARS: Final = 40
# A whole string literal (an unfinished one to its end, so that no position is scanned twice) or a bracket.
_STRINGS_AND_BRACKETS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def payload_type(kind: Kind) -> str:
    """Return the payload type that names `kind` on the wire."""
    return f"application/vnd.tienglang.{kind.value}.v1+json"


def encode(document: Document) -> bytes:
    """Return the payload bytes of a document: compact UTF-8 JSON, sets sorted, instants in UTC.

    Raises the very `Refused` that every reader would raise if the value breaks a bound, so that
    nothing is signed which no appliance would obey.
    """
    kind = kind_of(document)
    data = _write(document)
    decode(kind, data)
    return data


def decode(kind: Kind, payload: bytes) -> Document:
    """Return the document of `kind` that `payload` holds.

    Raises `Refused`: TOO_LARGE above `MAX_BYTES`, else MALFORMED; the sender's fault in both cases.
    """
    return _convert(strict_json(payload, MAX_BYTES[kind], MAX_DEPTH), _TYPES[kind])


def kind_of(document: Document) -> Kind:
    """Return the kind of a document; raises `Misuse` for anything else."""
    for kind, document_type in _TYPES.items():
        if isinstance(document, document_type):
            return kind
    msg = f"{type(document).__name__} is no document; see contract.documents.Document"
    raise Misuse(msg)


def encode_keyring(keyring: Keyring) -> bytes:
    """Return the bytes of a keyring; raises `Refused` as `decode_keyring` would."""
    data = _write(keyring)
    decode_keyring(data)
    return data


def decode_keyring(data: bytes) -> Keyring:
    """Return the keyring that `data` holds; raises `Refused` TOO_LARGE or MALFORMED.

    The keys themselves are judged by `contract.keyring.check`.
    """
    return _convert(strict_json(data, MAX_KEYRING_BYTES, MAX_DEPTH), Keyring)


def encode_bulletin(bulletin: Bulletin) -> bytes:
    """Return the bytes of a board's bulletin, a content named by their SHA-256; raises as `decode_bulletin`."""
    data = _write(bulletin)
    decode_bulletin(data)
    return data


def decode_bulletin(data: bytes) -> Bulletin:
    """Return the bulletin that `data` holds; raises `Refused` TOO_LARGE or MALFORMED, its author's fault."""
    return _convert(strict_json(data, MAX_BULLETIN_BYTES, MAX_DEPTH), Bulletin)


def read_json(data: bytes, wanted: type[_T], max_bytes: int) -> _T:
    """Return the value that `data` holds, as strictly as a document; raises `Refused` TOO_LARGE or MALFORMED."""
    return _convert(strict_json(data, max_bytes, MAX_DEPTH), wanted)


def write_json(value: msgspec.Struct) -> bytes:
    """Return compact UTF-8 JSON, sets sorted, instants in UTC; raises `Refused` for what has no such form."""
    return _write(value)


def strict_json(data: bytes, max_bytes: int, max_depth: int) -> object:
    """Return plain lists, dicts and scalars of one JSON text.

    Refuses, with the place: more than `max_bytes`, deeper than `max_depth`, invalid UTF-8, a key
    given twice, NaN and infinities, integers beyond 2^53, lone surrogates, control characters, and
    strings that end in a line break (a pattern's `$` would let it pass).
    """
    if len(data) > max_bytes:
        why = f"{len(data)} bytes are more than the {max_bytes} allowed; send less"
        raise Refused(RefusalCode.TOO_LARGE, why)
    _check_depth(data, max_depth)
    try:
        text = data.decode("utf-8")
        tree: object = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_float,
            parse_constant=_constant,
        )
    except UnicodeDecodeError as error:
        raise _malformed(f"not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise _malformed(f"not JSON at character {error.pos}: {error.msg}") from error
    # where nothing is escaped a string holds what the text holds: UTF-8 has no half characters, JSON no bare breaks
    if "\\" in text or _CONTROL.search(text):
        _check_strings(tree, "$")
    return tree


def _malformed(why: str) -> Refused:
    return Refused(RefusalCode.MALFORMED, why)


def _check_depth(data: bytes, max_depth: int) -> None:
    depth = 0
    for match in _STRINGS_AND_BRACKETS.finditer(data):
        first = data[match.start()]
        if first in b"[{":
            depth += 1
            if depth > max_depth:
                raise _malformed(f"nested deeper than {max_depth} at byte {match.start()}")
        elif first in b"]}":
            depth -= 1


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _malformed(f"the key {twice[:40]!a} stands twice in one object")
    return found


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS or abs(int(text)) > MAX_COUNTER:
        raise _malformed(f"the integer {text[:20]}… is beyond 2^53")
    return int(text)


def _float(text: str) -> float:
    if len(text) > _MAX_FLOAT_CHARS or not math.isfinite(float(text)):
        raise _malformed(f"the number {text[:20]}… is too long or too large")
    return float(text)


def _constant(text: str) -> NoReturn:
    raise _malformed(f"{text} is no number of JSON")


def _check_strings(tree: object, path: str) -> None:
    """Refuse strings that others would read differently; `tree` is at most `max_depth` deep."""
    if isinstance(tree, str):
        _check_string(tree, path)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            _check_string(name, f"{path} (a key)")
            _check_strings(value, f"{path}.{name[:40]}")
    elif isinstance(tree, list):
        for index, value in enumerate(tree):
            _check_strings(value, f"{path}[{index}]")


def _check_string(text: str, path: str) -> None:
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise _malformed(f"half a character (a lone surrogate) at {path!a}")
    if _CONTROL.search(text):
        raise _malformed(f"a control character at {path!a}")
    if text.endswith("\n"):
        raise _malformed(f"a line break at the end of {path!a}; strip it")


def _convert(tree: object, wanted: type[_T]) -> _T:
    try:
        return msgspec.convert(tree, wanted)
    except msgspec.ValidationError as error:
        raise _malformed(str(error)) from error


def _write(value: msgspec.Struct) -> bytes:
    try:
        plain = msgspec.to_builtins(value, builtin_types=(datetime,), order="deterministic")
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), default=_instant)
        return text.encode("utf-8")
    except (TypeError, ValueError, OverflowError) as error:
        raise _malformed(f"{type(value).__name__} cannot be written: {error}") from error


def _instant(value: datetime) -> str:
    if value.tzinfo is None:
        msg = f"{value} has no time zone"
        raise ValueError(msg)
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
