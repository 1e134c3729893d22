"""The log read from an export: its chain, the seal of every line, and what it says may sound.

Law of the room: a line is held against the one before, against what it stands for, and against the keyring that was
in force; the keyring against the chain of trust. After a fault the reading goes on from what really stands there.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import msgspec

from contract import codec, coverage, keyring, seal, signed_log, trust
from contract.coverage import Listed
from contract.documents import Announcement, Approval, Assignment, Document, Keyring, Kind
from contract.errors import Misuse, RefusalCode, Refused
from contract.signed_log import BEGINNING, KEYRING, NOTHING_BEFORE, OF_DOCUMENTS, TIMES, Line
from provisioning.audit_export import rows
from provisioning.audit_words import Finding, Noted


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    """A value of the export: its head, a body that programmes share, or a line."""

    log: str | None = None
    head: int | None = None
    sha256: str = ""
    body: str | None = None
    text: str | None = None
    line: str | None = None
    kept: str | None = None


class Book(msgspec.Struct, kw_only=True):
    """What the log says, and how far it was read: filled line by line."""

    last: int = 0
    sha256: str = NOTHING_BEFORE
    begun: datetime | None = None
    found_before: int = 0
    ring: Keyring | None = None
    keyrings: int = 0
    held: int = 0
    waiting: int = 0
    old: int = 0
    times: int = 0
    payloads: set[tuple[str, str]] = msgspec.field(default_factory=set)
    announcements: set[str] = msgspec.field(default_factory=set)
    approved: set[str] = msgspec.field(default_factory=set)
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    areas: dict[str, str] = msgspec.field(default_factory=dict)
    bodies: dict[str, bytes] = msgspec.field(default_factory=dict)
    programmes: dict[str, set[str]] = msgspec.field(default_factory=dict)

    def programmes_of(self, device: str) -> Iterator[Listed]:
        """Yield what the logged programmes of an appliance let sound; raises `Refused` for a body that is none."""
        for name in sorted(self.programmes.get(device, ())):
            yield _listed(self.bodies[name])


@lru_cache(maxsize=1_024)
def _listed(body: bytes) -> Listed:
    return coverage.listed(body)


def read_log(
    path: Path, keyrings: frozenset[str], noted: Noted | None, findings: list[Finding]
) -> Book:
    """Return what the export at `path` says; what is wrong with it goes to `findings`.

    Raises `OSError` and `ValueError` for what is no export.
    """
    book, head = Book(), None
    for row in rows(path, _Row):
        if head is None:
            if row.log != signed_log.FORM or row.head is None:
                msg = f"{path} is no export of a log; take it from the console, page Sổ ký"
                raise ValueError(msg)
            head = row
        elif row.text is not None and row.body is not None:
            _body(book, row.body, row.text.encode("utf-8"), findings)
        elif row.line is not None:
            line = _bound(book, row.line, row.sha256, noted, findings)
            if line is not None:
                _held(book, line, row, keyrings, findings)
    if head is None:
        msg = f"{path} is empty"
        raise ValueError(msg)
    _end(book, head, noted, findings)
    return book


def _body(book: Book, name: str, body: bytes, findings: list[Finding]) -> None:
    if hashlib.sha256(body).hexdigest() != name:
        findings.append(Finding(f"body {name}", "it was changed: its hash does not fit"))
    book.bodies[name] = body


def _bound(
    book: Book, text: str, sha256: str, noted: Noted | None, findings: list[Finding]
) -> Line | None:
    """Return the line if it can be read, after holding it against the one before."""
    try:
        line = signed_log.read_line(text)
    except Refused as refused:
        findings.append(Finding(f"after line {book.last}", refused.why))
        return None
    where, due = f"line {line.number}", book.last + 1
    if line.number > due:
        gone = (
            f"line {due} is" if line.number == due + 1 else f"lines {due} to {line.number - 1} are"
        )
        findings.append(Finding(where, f"it follows line {book.last}: {gone} missing"))
    elif line.number < due:
        findings.append(
            Finding(where, f"it stands where line {due} is due: out of order, or twice")
        )
    own = signed_log.digest(text)
    if own != sha256:
        findings.append(
            Finding(where, "it was changed after it was written: its hash does not fit")
        )
    elif line.number == due and line.previous != book.sha256:
        what = f"it is not bound to line {book.last}: one of the two was changed"
        findings.append(Finding(where, what))
    if noted is not None and line.number == noted.number and own != noted.sha256:
        what = "it is not the line that was noted: the log was written anew at or before it"
        findings.append(Finding(where, what))
    if (line.kind == BEGINNING) != (line.number == 1):
        findings.append(Finding(where, "a log has one beginning, in its first line"))
    book.last, book.sha256 = line.number, sha256
    return line


def _end(book: Book, head: _Row, noted: Noted | None, findings: list[Finding]) -> None:
    if (book.last, book.sha256) != (head.head, head.sha256):
        what = f"the export promises line {head.head} as its last: the rest was cut off"
        findings.append(Finding(f"after line {book.last}", what))
    if noted is not None and book.last < noted.number:
        what = f"the log ends here, and line {noted.number} was noted: the rest was cut off"
        findings.append(Finding(f"after line {book.last}", what))


def _held(
    book: Book, line: Line, row: _Row, keyrings: frozenset[str], findings: list[Finding]
) -> None:
    """Hold a line against what it stands for."""
    try:
        if line.kind == BEGINNING:
            book.begun, book.found_before = line.at, _number(line.subject)
        elif line.kind == KEYRING:
            _keyring(book, line, row, keyrings)
        elif line.kind == TIMES:
            _times(book, line, row)
        else:
            _document(book, line, row)
    except (Refused, Misuse) as fault:
        why = fault.why if isinstance(fault, Refused) else str(fault)
        name = f"{line.kind} {line.subject}" + (f" of {line.device}" if line.device else "")
        findings.append(Finding(f"line {line.number}", f"{name}: {why}"))


def _keyring(book: Book, line: Line, row: _Row, keyrings: frozenset[str]) -> None:
    data = _kept(row).encode("utf-8")
    _same("bytes", line.payload_sha256, seal.sha256(data))
    if line.payload_sha256 not in keyrings:
        why = "this keyring was never signed by the chain: who signs under it has no right to"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)
    ring = codec.decode_keyring(data)
    keyring.check(ring)
    _same("epoch", (line.subject, line.epoch), (str(ring.epoch), ring.epoch))
    if book.ring is not None and ring.epoch <= book.ring.epoch:
        why = f"epoch {ring.epoch} came after epoch {book.ring.epoch}"
        raise Refused(RefusalCode.OLD_VERSION, why)
    book.ring, book.keyrings = ring, book.keyrings + 1


def _times(book: Book, line: Line, row: _Row) -> None:
    digests = _kept(row).split(" ")
    _same("hashes", line.payload_sha256, signed_log.digest_of_many(digests))
    _same("number", line.subject, str(len(digests)))
    book.times += len(digests)


def _document(book: Book, line: Line, row: _Row) -> None:
    envelope = _envelope(book, row)
    _same("envelope", line.envelope_sha256, seal.sha256(envelope))
    read = seal.read_envelope(envelope)
    _same("payload", line.payload_sha256, read.payload_sha256)
    _same("kind", OF_DOCUMENTS[line.kind], read.kind)
    _same("key ids", line.keyids, tuple(signature.keyid for signature in read.signatures))
    document = codec.decode(read.kind, read.payload)
    about = signed_log.about(document)
    said = (line.subject, line.device, line.areas)
    _same("words", said, (about.subject, about.device, about.areas))
    book.payloads.add((line.kind, line.payload_sha256))
    _remember(book, line, row, document)
    _sealed(book, line, envelope)


def _sealed(book: Book, line: Line, envelope: bytes) -> None:
    """Judge the seal by the keyring that was in force."""
    if book.ring is None:
        raise Refused(RefusalCode.UNKNOWN_KEY, "no keyring was in force")
    _same("epoch", line.epoch, book.ring.epoch)
    area = book.areas.get(line.device) if line.device else None
    if line.device and area is None:
        raise Refused(RefusalCode.UNASSIGNED, "nobody had assigned this appliance")
    try:
        trust.verify_for_central(book.ring, envelope, line.at, area=area)
    except Refused as refused:
        if line.number <= 2 + book.found_before:
            book.old += 1
        elif refused.code is RefusalCode.THRESHOLD and line.kind == Kind.ANNOUNCEMENT.value:
            book.waiting += 1
        else:
            raise
    else:
        book.held += 1


def _remember(book: Book, line: Line, row: _Row, document: Document) -> None:
    """Note what this paper lets sound, and whom it makes ours."""
    match document:
        case Assignment():
            if seal.device_id(document.device_key) != document.device:
                raise Refused(RefusalCode.WRONG_DEVICE, "the key is not that of the appliance")
            book.keys[document.device] = document.device_key
            book.areas[document.device] = document.area
        case Announcement():
            book.announcements.add(document.id)
        case Approval():
            book.approved.add(document.sha256)
        case _:
            if row.body is not None:
                book.programmes.setdefault(line.device, set()).add(row.body)


def _envelope(book: Book, row: _Row) -> bytes:
    kept = _kept(row).encode("utf-8")
    if row.body is None:
        return kept
    if row.body not in book.bodies:
        raise Refused(RefusalCode.MALFORMED, f"the body {row.body} is not in the export")
    opening, _, signatures = kept.partition(b"\n")
    parts = signed_log.Parts(opening, book.bodies[row.body], signatures)
    return signed_log.put_together(parts)


def _kept(row: _Row) -> str:
    if row.kept is None:
        raise Refused(RefusalCode.MALFORMED, "what it stands for is not in the export")
    return row.kept


def _same(what: str, line: object, found: object) -> None:
    if line != found:
        why = f"the line's {what} are not those of what it stands for: {line} and {found}"
        raise Refused(RefusalCode.MALFORMED, why)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0
