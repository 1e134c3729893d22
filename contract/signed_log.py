"""The log of everything signed: one line for each sealed document, each line bound to the one before by its hash.

Law of the room: pure. A line is twelve words with single spaces between them, so that anybody can check the chain
with a text editor and `sha256sum`. What a line says of a document can be told from the document alone (`about`), so
that an auditor who holds both finds every line that lies. See docs/transparency.md.
"""

import base64
import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, assert_never

import msgspec

from contract import codec
from contract.documents import (
    MAX_COUNTER,
    ActiveSet,
    Announcement,
    Approval,
    Assignment,
    Command,
    Commissioning,
    Document,
    Kind,
    Programme,
    Report,
    Sha256,
    SignedTime,
)
from contract.errors import Misuse, RefusalCode, Refused

FORM: Final = "tienglang-log-v1"
NOTHING_BEFORE: Final = Sha256("0" * 64)
BEGINNING: Final = (
    "beginning"  # the first line; its subject counts the papers found when the log began
)
KEYRING: Final = (
    "keyring"  # plain bytes, signed as a target of the chain; holds for the lines after it
)
TIMES: Final = "times"  # signed times by the minute: each answers one question and makes no sound
_UNLOGGED: Final = frozenset({Kind.TIME, Kind.REPORT, Kind.COMMISSIONING})  # no paper of central's
OF_DOCUMENTS: Final = {kind.value: kind for kind in Kind if kind not in _UNLOGGED}
WORDS: Final = frozenset({BEGINNING, KEYRING, TIMES, *OF_DOCUMENTS})
_NONE: Final = "-"
_SLOTS: Final = b'"slots":'  # a programme's payload is cut before this word
_PARTS: Final = 12
_LINE: Final = re.compile(rf"[!-~]+(?: [!-~]+){{{_PARTS - 1}}}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the log; `number` counts from 1 without gaps.

    `subject` is the name by which a receipt speaks of the document. `device` or `areas` are spoken to. `epoch` is that
    of the keyring in force, `previous` the hash of the line before, 64 zeros for the first.
    """

    number: int
    at: datetime
    kind: str
    subject: str
    device: str
    areas: tuple[str, ...]
    epoch: int
    keyids: tuple[str, ...]
    payload_sha256: str
    envelope_sha256: str
    previous: str


class About(msgspec.Struct, frozen=True):
    """What a line says of a document, as the document itself has it."""

    subject: str
    device: str = ""
    areas: tuple[str, ...] = ()


class Parts(msgspec.Struct, frozen=True):
    """A sealed programme in three: what is its own, what it shares with its neighbours, and the signatures as JSON."""

    opening: bytes
    body: bytes
    signatures: bytes


def spelled(line: Line) -> str:
    """Return the one spelling of a line, ASCII without a line break.

    Raises `Misuse` for a word that is empty or holds a space.
    """
    words = (
        FORM,
        str(line.number),
        moment(line.at),
        line.kind,
        line.subject,
        line.device or _NONE,
        ",".join(line.areas) or _NONE,
        str(line.epoch),
        ",".join(line.keyids) or _NONE,
        line.payload_sha256,
        line.envelope_sha256,
        line.previous,
    )
    text = " ".join(words)
    if not _LINE.fullmatch(text):
        msg = f"no line of the log can say {text[:200]!a}: a word of it is empty or has a space"
        raise Misuse(msg)
    return text


def digest(text: str) -> Sha256:
    """Return the hash of a line as it is spelled; the next line begins from it."""
    return Sha256(hashlib.sha256(text.encode("ascii")).hexdigest())


def read_line(text: str) -> Line:
    """Return the line that `text` spells; raises `Refused` (MALFORMED) for any other spelling."""
    words = text.split(" ")
    line = _parsed(words) if _LINE.fullmatch(text) else None
    if line is None or spelled(line) != text:
        raise Refused(RefusalCode.MALFORMED, f"no line of the log: {text[:120]!a}")
    return line


def moment(at: datetime) -> str:
    """Return an instant as the log spells it: UTC, `Z`, a fraction only where there is one."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def about(document: Document) -> About:
    """Return what a line says of a document; raises `Misuse` for kinds that have no line of their own."""
    match document:
        case Assignment():
            return About(str(document.epoch), document.device, (document.area,))
        case Programme():
            return About(str(document.version), document.device)
        case Command():
            return About(str(document.counter), document.device)
        case Approval():
            return About(document.sha256, areas=(document.area,))
        case Announcement():
            return About(document.id, areas=tuple(document.areas))
        case ActiveSet():
            return About(str(document.version), areas=(document.area,))
        case SignedTime() | Report() | Commissioning():
            msg = f"a {codec.kind_of(document).value} has no line of its own in the log"
            raise Misuse(msg)
        case _:
            assert_never(document)


def digest_of_many(digests: Iterable[str]) -> Sha256:
    """Return the one hash that stands for many: of their hex digests with single spaces between them."""
    return Sha256(hashlib.sha256(" ".join(digests).encode("ascii")).hexdigest())


def take_apart(envelope: bytes) -> Parts:
    """Return a sealed programme in parts; ten thousand of one commune share the same `body`.

    Raises `Misuse` for an envelope that `contract.seal` did not spell.
    """
    head = _head(Kind.PROGRAMME)
    front, _, signatures = envelope.partition(b'","signatures":')
    if not front.startswith(head) or not signatures.endswith(b"}"):
        msg = "this is no sealed programme in its one spelling"
        raise Misuse(msg)
    payload = base64.b64decode(front[len(head) :])
    opening, _, _ = payload.partition(_SLOTS)
    return Parts(opening, payload[len(opening) :], signatures[:-1])


def put_together(parts: Parts) -> bytes:
    """Return the envelope that was taken apart, byte for byte."""
    payload = base64.b64encode(parts.opening + parts.body)
    return _head(Kind.PROGRAMME) + payload + b'","signatures":' + parts.signatures + b"}"


def _head(kind: Kind) -> bytes:
    return b'{"payloadType":"%s","payload":"' % codec.payload_type(kind).encode("ascii")


def _parsed(words: list[str]) -> Line | None:
    try:
        number, epoch, at = int(words[1]), int(words[7]), datetime.fromisoformat(words[2])
        told = moment(at) == words[2]  # an instant without a zone would have no Z
    except (ValueError, OverflowError):  # an instant near the calendar's ends has none in UTC
        return None
    fits = told and words[3] in WORDS and all(map(_DIGEST.fullmatch, words[9:]))
    if not fits or not 0 <= number <= MAX_COUNTER or not 0 <= epoch <= MAX_COUNTER:
        return None
    return Line(
        number=number,
        at=at,
        kind=words[3],
        subject=words[4],
        device="" if words[5] == _NONE else words[5],
        areas=_list(words[6]),
        epoch=epoch,
        keyids=_list(words[8]),
        payload_sha256=words[9],
        envelope_sha256=words[10],
        previous=words[11],
    )


def _list(text: str) -> tuple[str, ...]:
    return () if text == _NONE else tuple(text.split(","))
