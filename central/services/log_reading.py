"""Verbs that read the log: its head, its lines, and whole exports for somebody who audits elsewhere.

Law of the room: reads only. Lines hold no secrets, so everybody who is signed in may see them; an export holds the
papers themselves (and verifiers of PINs among them), so it is for administrators of the whole province. What is
exported is a stretch that ends at the head of the moment the export began.
"""

import re
import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import ColumnElement, or_, select

from central.db.broadcast import AnnouncementRow, ApprovalRow
from central.db.fleet import DeviceRow, ReportRow
from central.db.ledger import LogBodyRow, LogRow
from central.db.people import AreaRow
from central.domain.people import Person, Right
from central.domain.signed_log import LogHead, LogLineState
from central.services import transparency
from central.services.unit import House, Unit
from contract import signed_log
from contract.signed_log import Line

LINES_AT_ONCE: Final = 1_000
GZIP: Final = 31  # zlib's word for a gzip stream
_DEVICE: Final = re.compile(r"[a-z2-7]{16}")
_HASH: Final = re.compile(r"[0-9a-f]{8,64}")


def log_head(unit: Unit) -> LogHead | None:
    """Return the newest line's number and hash, None before the first."""
    found = transparency.head(unit)
    return None if found is None else LogHead(number=found.number, sha256=found.sha256, at=found.at)


def search_log(
    unit: Unit, *, text: str = "", kind: str = "", before: int | None = None, limit: int = 50
) -> tuple[LogLineState, ...]:
    """Return lines, newest first, below number `before`.

    `text` is a line's number, an appliance's id or part of its name, an announcement's id, or the hash of a content
    that was approved or (its start is enough) of a payload.
    """
    query = select(LogRow, DeviceRow.name).outerjoin(DeviceRow, DeviceRow.id == LogRow.device)
    if kind:
        query = query.where(LogRow.kind == kind)
    if text.strip():
        query = query.where(_matching(text.strip()))
    if before is not None:
        query = query.where(LogRow.number < before)
    query = query.order_by(LogRow.number.desc()).limit(min(max(limit, 1), 500))
    return tuple(_state(row, name or "") for row, name in unit.session.execute(query))


def check_may_export(unit: Unit, who: Person) -> None:
    """Raise `Forbidden` unless `who` administers every province here."""
    for root in unit.session.scalars(select(AreaRow.path).where(~AreaRow.path.contains("/"))):
        who.require(Right.ADMINISTER, root)


def export_log(house: House, *, now: datetime) -> Iterator[bytes]:
    """Yield the whole log as gzip of JSON lines, a piece at a time; docs/transparency.md tells what a line holds."""
    return _packed(_log_lines(house, now))


def export_reports(house: House, *, now: datetime) -> Iterator[bytes]:
    """Yield all reports that are kept, by appliance and counter, as gzip of JSON lines."""
    return _packed(_report_lines(house, now))


def _log_lines(house: House, now: datetime) -> Iterator[object]:
    with house.reading() as unit:
        head = log_head(unit)
    number = 0 if head is None else head.number
    sha256 = signed_log.NOTHING_BEFORE if head is None else head.sha256
    yield {"log": signed_log.FORM, "head": number, "sha256": sha256, "exported": now}
    told: set[str] = set()
    for first in range(1, number + 1, LINES_AT_ONCE):
        with house.reading() as unit:
            some = select(LogRow).where(LogRow.number >= first)
            some = some.where(LogRow.number < min(first + LINES_AT_ONCE, number + 1))
            rows = unit.session.scalars(some.order_by(LogRow.number)).all()
            wanted = {row.body_sha256 for row in rows if row.body_sha256} - told
            bodies = [
                {"body": name, "text": zlib.decompress(unit.session.get_one(LogBodyRow, name).body).decode()}
                for name in sorted(wanted)
            ]  # fmt: skip
        told |= wanted
        yield from bodies
        for row in rows:
            yield {
                "line": signed_log.spelled(_line(row)),
                "sha256": row.sha256,
                "kept": None if row.kept is None else row.kept.decode("utf-8"),
                "body": row.body_sha256,
            }


def _report_lines(house: House, now: datetime) -> Iterator[object]:
    yield {"reports": signed_log.FORM, "exported": now}
    with house.reading() as unit:
        devices = unit.session.scalars(select(DeviceRow.id).order_by(DeviceRow.id)).all()
    for device in devices:
        after = -1
        while True:
            with house.reading() as unit:
                query = select(ReportRow).where(
                    ReportRow.device == device, ReportRow.counter > after
                )
                rows = unit.session.scalars(
                    query.order_by(ReportRow.counter).limit(LINES_AT_ONCE)
                ).all()
            for row in rows:
                yield {
                    "device": row.device,
                    "counter": row.counter,
                    "payload_sha256": row.payload_sha256,
                    "envelope": None if row.envelope is None else row.envelope.decode("utf-8"),
                }
            if len(rows) < LINES_AT_ONCE:
                break
            after = rows[-1].counter


def _packed(lines: Iterable[object]) -> Iterator[bytes]:
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    for line in lines:
        piece = packer.compress(msgspec.json.encode(line) + b"\n")
        if piece:
            yield piece
    yield packer.flush()


def _matching(text: str) -> ColumnElement[bool]:
    """Return the condition under which a line is what somebody looks for; each has an index to go by."""
    if text.isdecimal() and len(text) < 16:
        return LogRow.number == int(text)
    if _DEVICE.fullmatch(text):
        return LogRow.device == text
    if _HASH.fullmatch(text):
        approvals = select(ApprovalRow.payload_sha256).where(ApprovalRow.sha256 == text)
        here = LogRow.payload_sha256.between(text, text + "g")
        return or_(here, LogRow.payload_sha256.in_(approvals))
    if ":" in text:
        announcements = select(AnnouncementRow.payload_sha256).where(AnnouncementRow.id == text)
        return LogRow.payload_sha256.in_(announcements)
    named = select(DeviceRow.id).where(DeviceRow.name.contains(text, autoescape=True))
    return LogRow.device.in_(named)


def _line(row: LogRow) -> Line:
    return Line(
        number=row.number,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        device=row.device,
        areas=tuple(row.areas.split(",")) if row.areas else (),
        epoch=row.epoch,
        keyids=tuple(row.keyids.split(",")) if row.keyids else (),
        payload_sha256=row.payload_sha256,
        envelope_sha256=row.envelope_sha256,
        previous=row.previous,
    )


def _state(row: LogRow, place: str) -> LogLineState:
    line = _line(row)
    return LogLineState(
        number=row.number,
        at=row.at,
        kind=row.kind,
        subject=row.subject,
        device=row.device,
        place=place,
        areas=line.areas,
        epoch=row.epoch,
        keyids=line.keyids,
        payload_sha256=row.payload_sha256,
        line=signed_log.spelled(line),
        sha256=row.sha256,
    )
