"""What appliances tell is held against the log: a paper or a play that nothing in it covers raises an alarm.

Law of the room: an alarm is about what appliances did, not about what they say they are; nothing here refuses a report.
What cannot be judged fairly is not judged: receipts that do not name their payload, and plays from before the log
began. Where a programme of the time is not in the log (an appliance may be away for 90 days), an approval is enough.
"""

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec
from sqlalchemy import func, select

from central.db.ledger import LogAlarmRow, LogBodyRow, LogRow
from central.domain.signed_log import LogAlarmKind
from central.services.transparency import ASKED_AT_ONCE, beginning, logged
from central.services.unit import Unit
from contract import coverage
from contract.coverage import Claim, Listed, Wanted
from contract.documents import Kind, Report

MOST_OPEN: Final = (
    100  # alarms of one appliance that nobody has looked at: a mad one must not fill the disk
)
MANY: Final = "many"
UNLOGGED: Final = (
    "Cụm loa đã nhận một giấy có chữ ký mà sổ ký không có: ai đó ký ngoài máy chủ này."
)
PAPERS: Final = {
    Kind.ASSIGNMENT: "giấy giao",
    Kind.PROGRAMME: "lịch phát",
    Kind.APPROVAL: "phê duyệt",
    Kind.ANNOUNCEMENT: "thông báo khẩn",
    Kind.ACTIVE_SET: "danh sách hiệu lực",
    Kind.COMMAND: "lệnh",
}
UNCOVERED: Final = {
    Claim.SLOT: "Phát theo một lịch không có trong sổ ký, nội dung cũng chưa ai duyệt.",
    Claim.FILLER: "Phát nhạc nền không có trong lịch nào của sổ ký, cũng chưa ai duyệt.",
    Claim.ANNOUNCEMENT: "Phát một thông báo khẩn không có trong sổ ký.",
    Claim.CONTENT: "Phát tại chỗ một nội dung chưa ai duyệt.",
    Claim.UNKNOWN: "Phát một thứ không rõ nguồn: không phải lịch, thông báo khẩn hay việc tại chỗ.",
}


class _Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing told that nothing covers."""

    device: str
    kind: LogAlarmKind
    what: str
    title: str
    why: str
    at: datetime


class _Played(msgspec.Struct, frozen=True):
    """A play that needs a paper."""

    device: str
    title: str
    at: datetime
    wanted: Wanted


def cross_check(unit: Unit, reports: Sequence[Report], *, now: datetime) -> None:
    """Raise or renew the alarms for what these reports tell, in the transaction that takes them."""
    found = [*_receipts(unit, reports), *_plays(unit, reports)]
    if found:
        _raise(unit, found, now)


def _receipts(unit: Unit, reports: Sequence[Report]) -> Iterable[_Found]:
    told = [(r.device, x, x.sha256) for r in reports for x in r.receipts if x.sha256 is not None]
    if not told:
        return
    known = logged(unit, [sha256 for _, _, sha256 in told])
    for device, receipt, sha256 in told:
        if (receipt.kind.value, sha256) not in known:
            yield _Found(
                device=device,
                kind=LogAlarmKind.RECEIPT,
                what=f"{receipt.kind.value} {sha256}",
                title=f"{PAPERS.get(receipt.kind, receipt.kind.value)} {receipt.id}"[:200],
                why=UNLOGGED,
                at=receipt.at,
            )


def _plays(unit: Unit, reports: Sequence[Report]) -> Iterable[_Found]:
    told = [
        _Played(r.device, play.title, play.started, coverage.wanted(play))
        for r in reports
        for play in r.plays
    ]
    told = [one for one in told if one.wanted.claim is not Claim.LOCAL]
    begun = beginning(unit) if told else None
    if begun is None:
        return
    told = [one for one in told if one.at >= begun]
    announced = _subjects(unit, Kind.ANNOUNCEMENT, _names(told, Claim.ANNOUNCEMENT))
    programmes = _programmes(
        unit, {p.device for p in told if p.wanted.claim in {Claim.SLOT, Claim.FILLER}}
    )
    open_still = [
        one
        for one in told
        if not (one.wanted.claim is Claim.ANNOUNCEMENT and one.wanted.name in announced)
        and not coverage.in_programme(one.wanted, programmes.get(one.device, ()))
    ]
    of_content = {Claim.SLOT, Claim.FILLER, Claim.CONTENT}
    approved = _subjects(
        unit,
        Kind.APPROVAL,
        {p.wanted.approved_as for p in open_still if p.wanted.claim in of_content} - {""},
    )
    for one in open_still:
        if one.wanted.claim in of_content and one.wanted.approved_as in approved:
            continue
        yield _Found(
            device=one.device,
            kind=LogAlarmKind.PLAY,
            what=f"{one.wanted.claim.value} {one.wanted.name} {one.wanted.source}"[:200],
            title=one.title,
            why=UNCOVERED[one.wanted.claim],
            at=one.at,
        )


def _names(told: Iterable[_Played], claim: Claim) -> set[str]:
    return {one.wanted.name for one in told if one.wanted.claim is claim}


def _subjects(unit: Unit, kind: Kind, names: Iterable[str]) -> set[str]:
    """Return which of these names have a line of this kind."""
    wanted = sorted(names)
    found: set[str] = set()
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[first : first + ASKED_AT_ONCE]
        query = select(LogRow.subject).where(LogRow.kind == kind.value, LogRow.subject.in_(some))
        found |= set(unit.session.scalars(query))
    return found


def _programmes(unit: Unit, devices: Iterable[str]) -> dict[str, list[Listed]]:
    """Return what the logged programmes of each appliance let sound."""
    wanted = sorted(devices)
    bodies: dict[str, Listed] = {}
    found: dict[str, list[Listed]] = {}
    for first in range(0, len(wanted), ASKED_AT_ONCE):
        some = wanted[first : first + ASKED_AT_ONCE]
        query = select(LogRow.device, LogRow.body_sha256).distinct()
        query = query.where(LogRow.device.in_(some))
        for device, sha256 in unit.session.execute(query):
            if sha256 is None:
                continue
            if sha256 not in bodies:
                packed = unit.session.get_one(LogBodyRow, sha256).body
                bodies[sha256] = _unpacked(packed)
            found.setdefault(device, []).append(bodies[sha256])
    return found


@lru_cache(maxsize=256)
def _unpacked(packed: bytes) -> Listed:
    return coverage.listed(zlib.decompress(packed))


def _raise(unit: Unit, found: Sequence[_Found], now: datetime) -> None:
    """Add to the alarms that stand, and open new ones; what was acknowledged is not opened by being told again."""
    devices = {one.device for one in found}
    rows = unit.session.scalars(
        select(LogAlarmRow).where(LogAlarmRow.device.in_(devices)).order_by(LogAlarmRow.id)
    )
    newest = {(row.device, row.what): row for row in rows}
    count = select(LogAlarmRow.device, func.count()).group_by(LogAlarmRow.device)
    count = count.where(LogAlarmRow.device.in_(devices), LogAlarmRow.acknowledged.is_(None))
    still_open = dict(unit.session.execute(count).all())
    for one in sorted(found, key=lambda f: f.at):
        what = one.what
        row = newest.get((one.device, what))
        if row is None and still_open.get(one.device, 0) >= MOST_OPEN:
            what = MANY
            row = newest.get((one.device, what))
        if row is not None and (row.acknowledged is None or one.at <= row.last_at):
            if one.at > row.last_at:
                row.times, row.last_at = row.times + 1, one.at
            row.last_seen = now
            continue
        row = LogAlarmRow(
            device=one.device,
            kind=one.kind.value,
            what=what,
            title=one.title,
            why=one.why,
            times=1,
            first_at=one.at,
            last_at=one.at,
            first_seen=now,
            last_seen=now,
        )
        unit.session.add(row)
        newest[one.device, what] = row
        still_open[one.device] = still_open.get(one.device, 0) + 1
    unit.session.flush()
