"""What is kept of an appliance for the list, the map, the rules and its history, at the moment a report is taken.

Law of the room: called in the transaction of the reports, before the appliance's own row moves on; a handful of
statements for a whole batch. What an appliance did not tell stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import insert, or_, select, update

from central.db.care import (
    BulkTargetRow,
    CareLeaseRow,
    DeviceAssetRow,
    DeviceDayRow,
    DeviceHealthRow,
)
from central.db.fleet import DeviceRow
from central.domain.bulk import LIFE, Sending
from central.domain.care import folded
from central.domain.care_history import (
    QUARTER_S,
    Bucket,
    added,
    connected,
    pack,
    place_of,
    unpack,
)
from central.domain.care_history import thinned as thinned_to
from central.domain.states import SELF_TEST
from central.services.sites import rows_changed
from central.services.unit import House, Unit
from contract import codec, seal
from contract.documents import Assignment, Health, Kind, Outcome, Play, Rank, Report
from contract.errors import Refused

FEW: Final = 500
IN_ORDER: Final = frozenset({"gave-way"})  # a slot that gave way to a higher one is no trouble
_HEALTH: Final = msgspec.json.Decoder(Health)
_Values = dict[str, Any]  # columns of one row


def keep(unit: Unit, reports: Sequence[Report], *, now: datetime) -> None:
    """Write down what these reports tell of how their appliances are; call it before `last_seen` moves on."""
    devices = sorted({report.device for report in reports})
    _rows_for(unit, devices)
    _keep_now(unit, reports, devices)
    _keep_history(unit, reports, devices, now)
    _keep_answers(unit, reports, now)


def enter_device(unit: Unit, row: DeviceRow, paper: Assignment) -> None:
    """Write down what the assignment says of an appliance: its name to be searched for, and where it stands."""
    held = unit.session.get(DeviceHealthRow, row.id)
    if held is None:
        held = DeviceHealthRow(device=row.id)
        unit.session.add(held)
    asset = unit.session.get(DeviceAssetRow, row.id)
    held.search = search_words(row.id, row.name, asset.serial if asset else "")
    held.latitude_deg, held.longitude_deg = paper.latitude_deg, paper.longitude_deg
    unit.session.flush()


def search_words(device: str, name: str, serial: str) -> str:
    """Return what a search looks through."""
    return folded(f"{name} {device} {serial}")[:600]


def fill_missing(house: House) -> int:
    """Write down what is known of appliances that came before these columns; return how many there were."""
    count = 0
    while True:
        with house.writing() as unit:
            query = select(DeviceRow).outerjoin(
                DeviceHealthRow, DeviceHealthRow.device == DeviceRow.id
            )
            rows = unit.session.scalars(
                query.where(DeviceHealthRow.device.is_(None)).order_by(DeviceRow.id).limit(FEW)
            ).all()
            for row in rows:
                paper = _paper_of(row)
                if paper is None:
                    _rows_for(unit, [row.id])
                else:
                    enter_device(unit, row, paper)
                if row.health is not None:
                    told = {"device": row.id, **_health_values(_HEALTH.decode(row.health))}
                    unit.session.execute(update(DeviceHealthRow), [told])
        count += len(rows)
        if len(rows) < FEW:
            return count


def _paper_of(row: DeviceRow) -> Assignment | None:
    """Return an appliance's assignment, None where its bytes cannot be read any more: one row must not stop all."""
    try:
        paper = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(row.assignment).payload)
    except Refused:
        return None
    return paper if isinstance(paper, Assignment) else None


def take_lease(unit: Unit, name: str, life: timedelta, *, now: datetime) -> bool:
    """Return whether this process may do a chore now: nobody else holds it, and nobody will for `life`."""
    if unit.session.get(CareLeaseRow, name) is None:
        unit.session.add(CareLeaseRow(name=name, until=now))
        unit.session.flush()
    taking = (
        update(CareLeaseRow)
        .where(CareLeaseRow.name == name, CareLeaseRow.until <= now)
        .values(until=now + life)
    )
    return rows_changed(unit, taking) == 1


def _rows_for(unit: Unit, devices: Sequence[str]) -> None:
    """Have a row for each of these appliances."""
    held = set(
        unit.session.scalars(
            select(DeviceHealthRow.device).where(DeviceHealthRow.device.in_(devices))
        )
    )
    lacking = [device for device in devices if device not in held]
    if not lacking:
        return
    names = select(DeviceRow.id, DeviceRow.name).where(DeviceRow.id.in_(lacking))
    fresh = [
        {
            "device": device,
            "search": search_words(device, name, ""),
            "software": "",
            "clock": "",
            "on_air": 0,
            "programme_version": 0,
            "contents_missing": 0,
            "complaints": 0,
            "complaint": "",
            "unready_why": "",
            "refused_why": "",
            "silent_what": "",
        }
        for device, name in unit.session.execute(names)
    ]
    unit.session.execute(insert(DeviceHealthRow), fresh)


def _keep_now(unit: Unit, reports: Sequence[Report], devices: Sequence[str]) -> None:
    told: dict[str, _Values] = {device: {} for device in devices}
    for report in reports:
        values = told[report.device]
        if report.health is not None:
            values.update(_health_values(report.health))
        values.update(_readiness_values(report))
        values.update(_refusal_values(report))
        values.update(_play_values(report.plays))
    alike: dict[tuple[str, ...], list[_Values]] = {}
    for device, values in told.items():
        if values:
            alike.setdefault(tuple(sorted(values)), []).append({"device": device, **values})
    for rows in alike.values():
        unit.session.execute(update(DeviceHealthRow), rows)


def _health_values(health: Health) -> _Values:
    vitals = health.vitals
    complaints = (*health.alarms, *health.faults)
    return {
        "at": health.at,
        "software": health.software,
        "clock": health.clock,
        "on_air": int(health.on_air),
        "volume_pct": health.volume_pct,
        "programme_version": health.programme_version,
        "contents_missing": health.contents_missing,
        "sound_path_ok": health.sound_path_ok,
        "storage_free_bytes": health.storage_free_bytes,
        "temperature_c": vitals.temperature_c,
        "mains": health.mains,
        "under_voltage": vitals.under_voltage,
        "card_worn_pct": vitals.card_worn_pct,
        "signal_pct": vitals.signal_pct,
        "complaints": len(complaints),
        "complaint": ", ".join(complaints)[:500],
    }


def _readiness_values(report: Report) -> _Values:
    of_slots = [found for found in report.readiness if found.of != SELF_TEST]
    if not of_slots:
        return {}
    newest = max(of_slots, key=lambda found: found.at)
    why = "; ".join(check.why or check.name for check in newest.checks if not check.ok)
    return {"ready": newest.ready, "ready_for": newest.starts, "unready_why": why[:500]}


def _refusal_values(report: Report) -> _Values:
    refusals = [no for no in report.refusals if no.code not in IN_ORDER]
    if not refusals:
        return {}
    newest = max(refusals, key=lambda no: no.at)
    return {"refused_at": newest.at, "refused_why": f"{newest.what}: {newest.why}"[:500]}


def _play_values(plays: Iterable[Play]) -> _Values:
    """Return whether the last thing that was to sound stayed silent; what sounded since says it is over."""
    asked = [play for play in plays if play.rank >= Rank.NORMAL and play.asked_ms > 0]
    if not asked:
        return {}
    newest = max(asked, key=lambda play: play.started)
    silent = newest.outcome is Outcome.SILENT
    return {
        "silent_at": newest.started if silent else None,
        "silent_what": f"{newest.title}: {newest.why}"[:200] if silent else "",
    }


def _keep_history(
    unit: Unit, reports: Sequence[Report], devices: Sequence[str], now: datetime
) -> None:
    seen = select(DeviceRow.id, DeviceRow.last_seen).where(DeviceRow.id.in_(devices))
    fresh: dict[tuple[str, date], list[Bucket]] = {}
    for device, last_seen in unit.session.execute(seen.order_by(DeviceRow.id)):
        for day, bucket in connected(last_seen, now):
            fresh.setdefault((device, day), []).append(bucket)
    for report in reports:
        day, index = place_of(now)
        fresh.setdefault((report.device, day), []).append(_bucket(report, index))
    _add_days(unit, fresh)


def _bucket(report: Report, index: int) -> Bucket:
    health = report.health
    vitals = health.vitals if health is not None else None
    levels = [play.level_dbfs for play in report.plays if play.level_dbfs is not None]
    return Bucket(
        index=index,
        reports=1,
        hottest_c=vitals.temperature_c if vitals is not None else None,
        loudest_dbfs=max(levels, default=None),
        mains_out=int(health is not None and health.mains is False),
        low_voltage=int(vitals is not None and vitals.under_voltage is True),
        clock_bad=int(health is not None and health.clock != "trusted"),
        refusals=sum(no.code not in IN_ORDER for no in report.refusals),
        silent=sum(
            play.outcome is Outcome.SILENT and play.rank >= Rank.NORMAL and play.asked_ms > 0
            for play in report.plays
        ),
        unready=sum(not found.ready for found in report.readiness if found.of != SELF_TEST),
        free_mb=health.storage_free_bytes // 1_000_000 if health is not None else None,
    )


def _add_days(unit: Unit, fresh: Mapping[tuple[str, date], Sequence[Bucket]]) -> None:
    """Add buckets of quarters to the days they belong to."""
    devices = {device for device, _ in fresh}
    days = {day for _, day in fresh}
    query = (
        select(DeviceDayRow.device, DeviceDayRow.day, DeviceDayRow.span_s, DeviceDayRow.buckets)
        .where(DeviceDayRow.device.in_(devices), DeviceDayRow.day.in_(days))
        .order_by(DeviceDayRow.device, DeviceDayRow.day)
        .with_for_update()
    )
    held = {(d, day): (span_s, data) for d, day, span_s, data in unit.session.execute(query)}
    new: list[_Values] = []
    changed: list[_Values] = []
    for (device, day), buckets in fresh.items():
        span_s, data = held.get((device, day), (QUARTER_S, None))
        more = buckets if span_s == QUARTER_S else thinned_to(tuple(buckets), QUARTER_S, span_s)
        whole = added(unpack(data) if data is not None else (), more)
        row = {"device": device, "day": day, "span_s": span_s, "buckets": pack(whole)}
        (new if data is None else changed).append(row)
    if new:
        unit.session.execute(insert(DeviceDayRow), new)
    if changed:
        unit.session.execute(update(DeviceDayRow), changed)


def _keep_answers(unit: Unit, reports: Sequence[Report], now: datetime) -> None:
    """Write down what came of orders in bulk, where these reports answer one."""
    for report in reports:
        for receipt in report.receipts:
            if receipt.kind is Kind.COMMAND and receipt.id.isdecimal() and len(receipt.id) < 18:
                unit.session.execute(
                    update(BulkTargetRow)
                    .where(
                        BulkTargetRow.device == report.device,
                        BulkTargetRow.counter == int(receipt.id),
                        BulkTargetRow.state.in_((Sending.SENT.value, Sending.UNANSWERED.value)),
                    )
                    .values(state=Sending.OBEYED.value, answered=now, why="")
                )
        said_no = [no for no in report.refusals if no.what.startswith(f"{Kind.COMMAND.value} (")]
        if said_no:
            _refused(unit, report.device, said_no[-1].why, now)


def _refused(unit: Unit, device: str, why: str, now: datetime) -> None:
    """Hold a refusal against the newest order that this appliance has not answered; a refusal names no counter."""
    open_since = or_(BulkTargetRow.sent.is_(None), BulkTargetRow.sent > now - 2 * LIFE)
    query = select(BulkTargetRow).where(
        BulkTargetRow.device == device, BulkTargetRow.state == Sending.SENT.value, open_since
    )
    row = unit.session.scalars(query.order_by(BulkTargetRow.counter.desc()).limit(1)).first()
    if row is not None:
        row.state, row.answered, row.why = Sending.REFUSED.value, now, why
