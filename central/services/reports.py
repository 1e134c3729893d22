"""The verb that takes what appliances tell, many at a time.

Law of the room: a report counts once. Seals are verified before it is our turn to write; then everything that
waits (`report_desk`) is written in one transaction and only then acknowledged: an acknowledged report survives a
power cut, and ten thousand appliances cost a few commits, not ten thousand.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, insert, select, update

from central.db.fleet import (
    DeviceRow,
    LocalWarningRow,
    ReadinessRow,
    ReceiptRow,
    RefusalRow,
    ReportRow,
)
from central.services import care, clones, plays
from central.services.cross_check import cross_check
from central.services.unit import House, Unit
from contract import trust
from contract.documents import LocalWarning, Readiness, Report
from contract.errors import RefusalCode, Refused

NEVER = "0" * 64
# built once, and done for a whole batch: one statement for each appliance costs more than all else
_OF_DEVICE = update(DeviceRow).where(DeviceRow.id == bindparam("device"))
_MOVE_ON = _OF_DEVICE.values(
    report_counter=bindparam("counter"),
    report_sha256=bindparam("sha256"),
    last_seen=bindparam("at"),
)
_KEEP_HEALTH = _OF_DEVICE.values(health=bindparam("health"), health_at=bindparam("at"))


class Acknowledged(msgspec.Struct, frozen=True):
    """The report with this counter is on disk here; the appliance may forget it."""

    counter: int


class Rejected(msgspec.Struct, frozen=True):
    """The report was not counted: an HTTP status, a code, a sentence, and the counter and hash that would fit.

    An appliance whose last reports went to somebody else, or to a central that was restored since, goes on from there.
    """

    status: int
    code: str
    why: str
    expected: int | None = None
    previous_sha256: str | None = None


Answer = Acknowledged | Rejected


class _Read(msgspec.Struct, frozen=True):
    """A report whose seal holds."""

    report: Report
    payload_sha256: str
    envelope: bytes


class _Head(msgspec.Struct):
    """The end of an appliance's chain of reports, moved along as a batch is taken."""

    counter: int
    sha256: str


def take_reports(
    house: House,
    reports: Sequence[tuple[str, bytes]],
    *,
    now: datetime,
    sessions: Collection[str] = (),
) -> list[Answer]:
    """Take sealed reports of (device, envelope) in order; answer each. Written together or not at all.

    `sessions` are the hashes of the tokens they came with: one that a newer has replaced hints at a copied key.
    """
    with house.reading() as unit:
        keys = _public_keys(unit, {device for device, _ in reports})
    read = [_verified(keys.get(device), envelope) for device, envelope in reports]
    with house.writing() as unit:
        heads = _heads(unit, {device for device, _ in reports})
        counted: list[_Read] = []
        answers: list[Answer] = []
        for found in read:
            answer = found if isinstance(found, Rejected) else _counted(unit, heads, counted, found)
            answers.append(answer)
        _write(unit, counted, heads, now)
        torn = {r[0] for r, a in zip(reports, answers, strict=True) if _diverges(a)}
        clones.note_signs(unit, torn, clones.REPORTS, now=now)
        if sessions:
            twice = clones.outlived(unit, sessions, now=now)
            clones.note_signs(unit, twice, clones.SESSIONS, now=now)
    return answers


def _verified(public_key: str | None, envelope: bytes) -> _Read | Rejected:
    if public_key is None:
        return Rejected(403, "unknown-device", "Cụm loa này không còn ở đây.")
    try:
        report, payload_sha256 = trust.verify_sealed_report(envelope, public_key)
    except Refused as refused:
        forged = refused.code in {RefusalCode.BAD_SIGNATURE, RefusalCode.WRONG_DEVICE}
        status = 403 if forged else 413 if refused.code is RefusalCode.TOO_LARGE else 422
        return Rejected(status, refused.code.value, refused.why)
    return _Read(report, payload_sha256, envelope)


def _counted(unit: Unit, heads: dict[str, _Head], counted: list[_Read], found: _Read) -> Answer:
    """Judge one report against the chain and, where it is the next, move the chain on."""
    report, head = found.report, heads[found.report.device]
    begins = head.sha256 == NEVER and report.previous_sha256 == NEVER and report.counter <= 1
    if begins or (report.counter == head.counter + 1 and report.previous_sha256 == head.sha256):
        head.counter, head.sha256 = report.counter, found.payload_sha256
        counted.append(found)
        return Acknowledged(report.counter)
    expected = head.counter + 1
    if report.counter == expected:
        why = "Báo cáo không nối tiếp báo cáo trước (previous_sha256 khác)."
        return Rejected(409, "broken-chain", why, expected, head.sha256)
    if report.counter > expected:
        return Rejected(409, "counter-gap", f"Thiếu báo cáo số {expected}.", expected, head.sha256)
    known = _known_sha256(unit, head, counted, report)
    if known == found.payload_sha256:
        return Acknowledged(report.counter)
    if known is None:
        why = f"Báo cáo số {report.counter} đã quá cũ."
        return Rejected(409, "old-counter", why, expected, head.sha256)
    why = f"Báo cáo số {report.counter} đã có với nội dung khác."
    return Rejected(409, "same-counter", why, expected, head.sha256)


def _diverges(answer: Answer) -> bool:
    """Return whether a report, sealed by the right key, continues another chain than the one that is here."""
    return isinstance(answer, Rejected) and answer.code in {"same-counter", "broken-chain"}


def _known_sha256(unit: Unit, head: _Head, counted: Sequence[_Read], report: Report) -> str | None:
    if report.counter == head.counter:
        return head.sha256
    for earlier in counted:
        if (earlier.report.device, earlier.report.counter) == (report.device, report.counter):
            return earlier.payload_sha256
    return unit.session.scalar(
        select(ReportRow.payload_sha256).where(
            ReportRow.device == report.device, ReportRow.counter == report.counter
        )
    )


def _public_keys(unit: Unit, devices: set[str]) -> dict[str, str]:
    query = select(DeviceRow.id, DeviceRow.public_key).where(DeviceRow.id.in_(devices))
    return dict(unit.session.execute(query).all())


def _heads(unit: Unit, devices: set[str]) -> dict[str, _Head]:
    query = select(DeviceRow.id, DeviceRow.report_counter, DeviceRow.report_sha256)
    rows = unit.session.execute(query.where(DeviceRow.id.in_(devices)))
    return {device: _Head(counter, sha256) for device, counter, sha256 in rows}


def _write(unit: Unit, counted: Sequence[_Read], heads: dict[str, _Head], now: datetime) -> None:
    if not counted:
        return
    unit.session.execute(
        insert(ReportRow),
        [
            {
                "device": read.report.device,
                "counter": read.report.counter,
                "payload_sha256": read.payload_sha256,
                "taken": now,
                "envelope": read.envelope if _is_evidence(read.report) else None,
            }
            for read in counted
        ],
    )
    reports = [read.report for read in counted]
    plays.keep(unit, reports)
    _insert(
        unit,
        RefusalRow,
        [
            {"device": r.device, "at": x.at, "what": x.what, "code": x.code, "why": x.why}
            for r in reports
            for x in r.refusals
        ],
    )
    _insert(
        unit,
        ReceiptRow,
        [
            {
                "device": r.device,
                "at": x.at,
                "kind": x.kind.value,
                "document": x.id,
                "state": x.state,
                "sha256": x.sha256,
            }
            for r in reports
            for x in r.receipts
        ],
    )
    _insert(unit, ReadinessRow, [_readiness(r, x, now) for r in reports for x in r.readiness])
    _insert(unit, LocalWarningRow, [_warning(r, x, now) for r in reports for x in r.warnings])
    cross_check(unit, reports, now=now)
    care.keep(unit, reports, now=now)
    latest = {r.device: r.health for r in reports if r.health is not None}
    moved = [
        {
            "device": device,
            "counter": heads[device].counter,
            "sha256": heads[device].sha256,
            "at": now,
        }
        for device in sorted({r.device for r in reports})
    ]
    unit.session.connection().execute(_MOVE_ON, moved)
    if latest:
        told = [
            {"device": device, "health": msgspec.json.encode(health), "at": now}
            for device, health in sorted(latest.items())
        ]
        unit.session.connection().execute(_KEEP_HEALTH, told)


def _insert(
    unit: Unit,
    table: type[RefusalRow | ReceiptRow | ReadinessRow | LocalWarningRow],
    rows: Sequence[dict[str, object]],
) -> None:
    if rows:
        unit.session.execute(insert(table), rows)


def _is_evidence(report: Report) -> bool:
    return bool(report.plays or report.refusals or report.receipts or report.warnings)


def _readiness(report: Report, found: Readiness, now: datetime) -> dict[str, object]:
    return {
        "device": report.device,
        "at": found.at,
        "of": found.of,
        "title": found.title,
        "starts": found.starts,
        "ready": found.ready,
        "checks": msgspec.json.encode(found.checks),
        "taken": now,
    }


def _warning(report: Report, said: LocalWarning, now: datetime) -> dict[str, object]:
    return {
        "device": report.device,
        "warning": said.id,
        "at": said.at,
        "by": said.by,
        "headline": said.headline,
        "text": said.text,
        "zones": list(said.zones),
        "over": said.over,
        "taken": now,
    }
