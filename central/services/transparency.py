"""The log of everything signed: what is kept or sent gets its line in the same transaction, or is not kept at all.

Law of the room: lines are only ever added, one writer at a time, each bound to the one before. The keyring gets its own
line before anything is logged under it. The log begins with whatever papers central holds already, so that nothing
that appliances may still be served is missing from it. See docs/transparency.md.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import insert, select

from central.db.broadcast import ActiveSetRow, AnnouncementRow, ApprovalRow, ProgrammeRow
from central.db.fleet import DeviceRow
from central.db.ledger import LogBodyRow, LogRow
from central.services.unit import House, Unit
from central.signing import Sealed
from contract import codec, seal, signed_log
from contract.documents import Document, Kind
from contract.signed_log import BEGINNING, KEYRING, NOTHING_BEFORE, TIMES, About, Line

ASKED_AT_ONCE: Final = 500  # hashes in one question, well below any database's limit
_SEEDED_AT_ONCE: Final = 500


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """The newest line: whoever notes number and hash can tell later whether the log was changed before it."""

    number: int
    sha256: str
    at: datetime


class _Entry(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become a line; `body` is the part of a programme that others share."""

    kind: str
    about: About
    keyids: Sequence[str]
    payload_sha256: str
    envelope_sha256: str
    kept: bytes | None
    body: bytes | None = None


class _Signature(msgspec.Struct, frozen=True):
    keyid: str


_SIGNATURES: Final = msgspec.json.Decoder(tuple[_Signature, ...])


def enter(unit: Unit, document: Document, envelope: bytes, *, now: datetime) -> None:
    """Log one sealed document in this transaction; a programme goes by `enter_programmes`."""
    _append(unit, [_entry(document, envelope)], now)


def enter_programmes(
    unit: Unit, programmes: Iterable[tuple[str, int, Sealed]], *, now: datetime
) -> None:
    """Log sealed programmes of (device, version, sealed) in this transaction, many for the price of a few."""
    entries = [
        _programme(device, version, sealed.envelope, sealed.payload_sha256, sealed.etag)
        for device, version, sealed in programmes
    ]
    if entries:
        _append(unit, entries, now)


def enter_times(house: House, *, now: datetime) -> int:
    """Log the times told since the last call, as one line; return how many. What could not be written waits on."""
    told = house.told_times.take()
    if not told:
        return 0
    whole = signed_log.digest_of_many(told)
    entry = _Entry(
        kind=TIMES,
        about=About(str(len(told))),
        keyids=(),
        payload_sha256=whole,
        envelope_sha256=whole,
        kept=" ".join(told).encode("ascii"),
    )
    try:
        with house.writing() as unit:
            _append(unit, [entry], now)
    except BaseException:
        house.told_times.put_back(told)
        raise
    return len(told)


def head(unit: Unit) -> Head | None:
    """Return the newest line, None before the first."""
    newest = select(LogRow.number, LogRow.sha256, LogRow.at).order_by(LogRow.number.desc())
    found = unit.session.execute(newest.limit(1)).one_or_none()
    return None if found is None else Head(number=found[0], sha256=found[1], at=found[2])


def beginning(unit: Unit) -> datetime | None:
    """Return when the log began, None before its first line."""
    return unit.session.scalar(select(LogRow.at).where(LogRow.number == 1))


def logged(unit: Unit, payloads: Iterable[str]) -> set[tuple[str, str]]:
    """Return the (kind, payload hash) of those payloads that have a line."""
    wanted = sorted(set(payloads))
    found: set[tuple[str, str]] = set()
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[first : first + ASKED_AT_ONCE]
        query = select(LogRow.kind, LogRow.payload_sha256).where(LogRow.payload_sha256.in_(some))
        found |= {(kind, sha256) for kind, sha256 in unit.session.execute(query)}
    return found


def _append(unit: Unit, entries: Sequence[_Entry], now: datetime) -> None:
    """Add the lines; whoever else adds some waits until this transaction is over."""
    unit.take_turn()
    ring, ring_sha256 = unit.house.keyring.current(), seal.sha256(unit.house.keyring.data)
    newest = select(LogRow.number, LogRow.sha256).order_by(LogRow.number.desc()).limit(1)
    last, previous = unit.session.execute(newest).one_or_none() or (0, NOTHING_BEFORE)
    if last == 0:
        mine = {entry.envelope_sha256 for entry in entries}
        held = [entry for entry in _held(unit, now) if entry.envelope_sha256 not in mine]
        entries = [_begun(len(held)), _keyring(unit, ring_sha256), *held, *entries]
    elif _last_keyring(unit) != ring_sha256:
        entries = [_keyring(unit, ring_sha256), *entries]
    _keep_bodies(unit, [entry.body for entry in entries if entry.body is not None])
    rows = []
    for number, entry in enumerate(entries, last + 1):
        line = Line(
            number=number,
            at=now,
            kind=entry.kind,
            subject=entry.about.subject,
            device=entry.about.device,
            areas=entry.about.areas,
            epoch=ring.epoch,
            keyids=tuple(entry.keyids),
            payload_sha256=entry.payload_sha256,
            envelope_sha256=entry.envelope_sha256,
            previous=previous,
        )
        previous = signed_log.digest(signed_log.spelled(line))
        rows.append(
            {
                "number": number,
                "at": now,
                "kind": entry.kind,
                "subject": line.subject,
                "device": line.device,
                "areas": ",".join(line.areas),
                "epoch": line.epoch,
                "keyids": ",".join(line.keyids),
                "payload_sha256": line.payload_sha256,
                "envelope_sha256": line.envelope_sha256,
                "previous": line.previous,
                "sha256": previous,
                "body_sha256": None if entry.body is None else seal.sha256(entry.body),
                "kept": entry.kept,
            }
        )
    unit.session.connection().execute(insert(LogRow), rows)  # not the session's: rows are many


def _begun(found: int) -> _Entry:
    return _Entry(
        kind=BEGINNING,
        about=About(str(found)),
        keyids=(),
        payload_sha256=NOTHING_BEFORE,
        envelope_sha256=NOTHING_BEFORE,
        kept=None,
    )


def _held(unit: Unit, now: datetime) -> Iterable[_Entry]:
    """Return the papers that central holds from before the log and may still serve."""
    for envelope in unit.session.scalars(select(DeviceRow.assignment).order_by(DeviceRow.id)):
        yield _sealed_before(envelope)
    approvals = select(ApprovalRow.envelope).where(ApprovalRow.not_after > now)
    for envelope in unit.session.scalars(approvals.order_by(ApprovalRow.taken)):
        yield _sealed_before(envelope)
    announcements = select(AnnouncementRow.envelope).where(AnnouncementRow.expires > now)
    for envelope in unit.session.scalars(announcements.order_by(AnnouncementRow.taken)):
        yield _sealed_before(envelope)
    for envelope in unit.session.scalars(select(ActiveSetRow.envelope)):
        yield _sealed_before(envelope)
    held = select(
        ProgrammeRow.device, ProgrammeRow.version, ProgrammeRow.envelope, ProgrammeRow.etag
    )
    rows = unit.session.execute(held.order_by(ProgrammeRow.device))
    for device, version, envelope, etag in rows.yield_per(_SEEDED_AT_ONCE):
        parts = signed_log.take_apart(envelope)
        yield _programme(device, version, envelope, seal.sha256(parts.opening + parts.body), etag)


def _sealed_before(envelope: bytes) -> _Entry:
    read = seal.read_envelope(envelope)
    return _entry(codec.decode(read.kind, read.payload), envelope)


def _entry(document: Document, envelope: bytes) -> _Entry:
    read = seal.read_envelope(envelope)
    return _Entry(
        kind=read.kind.value,
        about=signed_log.about(document),
        keyids=[signature.keyid for signature in read.signatures],
        payload_sha256=read.payload_sha256,
        envelope_sha256=seal.sha256(envelope),
        kept=envelope,
    )


def _programme(
    device: str, version: int, envelope: bytes, payload_sha256: str, etag: str
) -> _Entry:
    parts = signed_log.take_apart(envelope)
    return _Entry(
        kind=Kind.PROGRAMME.value,
        about=About(str(version), device),
        keyids=[signature.keyid for signature in _SIGNATURES.decode(parts.signatures)],
        payload_sha256=payload_sha256,
        envelope_sha256=etag,
        kept=parts.opening + b"\n" + parts.signatures,
        body=parts.body,
    )


def _keyring(unit: Unit, ring_sha256: str) -> _Entry:
    return _Entry(
        kind=KEYRING,
        about=About(str(unit.house.keyring.current().epoch)),
        keyids=(),
        payload_sha256=ring_sha256,
        envelope_sha256=ring_sha256,
        kept=unit.house.keyring.data,
    )


def _last_keyring(unit: Unit) -> str | None:
    newest = select(LogRow.payload_sha256).where(LogRow.kind == KEYRING)
    return unit.session.scalar(newest.order_by(LogRow.number.desc()).limit(1))


def _keep_bodies(unit: Unit, bodies: Iterable[bytes]) -> None:
    """Keep those parts of programmes that are not kept yet."""
    by_hash = {hashlib.sha256(body).hexdigest(): body for body in set(bodies)}
    names = sorted(by_hash)
    for first in range(0, len(names), ASKED_AT_ONCE):
        some = names[first : first + ASKED_AT_ONCE]
        known = set(
            unit.session.scalars(select(LogBodyRow.sha256).where(LogBodyRow.sha256.in_(some)))
        )
        fresh = [
            {"sha256": name, "body": zlib.compress(by_hash[name], 6)}
            for name in some
            if name not in known
        ]
        if fresh:
            unit.session.execute(insert(LogBodyRow), fresh)
