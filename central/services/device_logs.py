"""Verbs of the logs that appliances send when somebody asks: take one, list them, read one.

Law of the room: nothing is taken that no command of the last two hours asked for, and for each command once. What
comes is a stranger's: unpacked within bounds, and kept harmless. Who may ask for a log may read it; reading is no deed.
"""

import gzip
import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, select, update

from central.db.care import BulkTargetRow
from central.db.fleet import CommandRow, DeviceLogRow, ReceiptRow
from central.domain.bulk import LOGS, Sending
from central.domain.care_states import LogState
from central.domain.errors import NotFound
from central.domain.people import Person, Right
from central.services.devices import device_row
from central.services.unit import House, Unit
from contract.documents import Kind
from contract.parcel import HEAD, unpack

WANTED: Final = timedelta(hours=2)  # an appliance tries for one
KEPT: Final = 5
_ASKED: Final = (
    select(
        CommandRow.counter,
        CommandRow.issued,
        CommandRow.expires,
        CommandRow.sent_by,
        DeviceLogRow.taken,
        DeviceLogRow.lines,
        DeviceLogRow.text_bytes,
        DeviceLogRow.parcel.is_(None).label("is_gone"),
    )
    .outerjoin(
        DeviceLogRow,
        and_(DeviceLogRow.device == CommandRow.device, DeviceLogRow.counter == CommandRow.counter),
    )
    .where(CommandRow.action == LOGS)
)


def take_log(house: House, device: str, counter: int, parcel: bytes, *, now: datetime) -> None:
    """Keep the log that the command of this counter asked for; the same bytes again change nothing.

    Raises `NotFound` for what nobody asked for, asked for too long ago, or has already; `Refused` for what is no
    parcel or too large a one. Of one appliance the newest five are kept.
    """
    digest = hashlib.sha256(parcel).hexdigest()
    with house.reading() as unit:
        if _is_known(unit, device, counter, digest, now):
            return
    lines = unpack(parcel)  # before it is our turn to write
    text = "".join(f"{line}\n" for line in lines).encode()
    packed = gzip.compress(text, mtime=0)
    with house.writing() as unit:
        unit.session.execute(
            _commands(device, counter).with_for_update()
        )  # who sends twice at once waits here
        if _is_known(unit, device, counter, digest, now):
            return
        unit.session.add(
            DeviceLogRow(
                device=device,
                counter=counter,
                taken=now,
                sha256=digest,
                lines=sum(not line.startswith(HEAD) for line in lines),
                text_bytes=len(text),
                parcel=packed,
            )
        )
        unit.session.flush()
        newest = (
            select(DeviceLogRow.counter)
            .where(DeviceLogRow.device == device)
            .order_by(DeviceLogRow.counter.desc())
            .limit(KEPT)
        )
        unit.session.execute(  # a log that came is an answer, whatever became of the receipt
            update(BulkTargetRow)
            .where(BulkTargetRow.device == device, BulkTargetRow.counter == counter)
            .where(BulkTargetRow.state.in_((Sending.SENT.value, Sending.UNANSWERED.value)))
            .values(state=Sending.OBEYED.value, answered=now, why="")
        )
        unit.session.execute(
            update(DeviceLogRow)
            .where(DeviceLogRow.device == device, DeviceLogRow.counter.not_in(newest))
            .values(parcel=None)
        )


def list_logs(
    unit: Unit,
    device: str,
    *,
    who: Person,
    now: datetime,
    before: int | None = None,
    limit: int = 20,
) -> tuple[LogState, ...]:
    """Return what was asked of an appliance's log, newest first: go on with `before` the last counter."""
    who.require(Right.LOGS, device_row(unit, device).area)
    query = _ASKED.where(CommandRow.device == device)
    if before is not None:
        query = query.where(CommandRow.counter < before)
    rows = unit.session.execute(
        query.order_by(CommandRow.counter.desc()).limit(min(max(limit, 1), 100))
    ).all()
    obeyed = set(
        unit.session.scalars(
            select(ReceiptRow.document).where(
                ReceiptRow.device == device,
                ReceiptRow.kind == Kind.COMMAND.value,
                ReceiptRow.document.in_([str(row.counter) for row in rows]),
            )
        )
    )
    # without a receipt a command was not heard while it lived, and will not be
    return tuple(
        LogState(
            counter=row.counter,
            asked=row.issued,
            asked_by=row.sent_by,
            state=_state(
                row.taken,
                row.is_gone,
                row.issued + WANTED if str(row.counter) in obeyed else row.expires,
                now,
            ),
            taken=row.taken,
            lines=row.lines or 0,
            text_bytes=row.text_bytes or 0,
        )
        for row in rows
    )


def read_log(unit: Unit, device: str, counter: int, *, who: Person) -> str:
    """Return the text of one log, its head first, a line each; raises `NotFound` where it has not come or is gone."""
    who.require(Right.LOGS, device_row(unit, device).area)
    query = select(DeviceLogRow.parcel)
    parcel = unit.session.scalar(
        query.where(DeviceLogRow.device == device, DeviceLogRow.counter == counter)
    )
    if parcel is None:
        raise NotFound("Chưa có nhật ký này, hoặc đã xóa.", "no-log")
    return gzip.decompress(parcel).decode()


def log_name(device: str, counter: int) -> str:
    """Return the name that a log has as a file."""
    return f"nhat-ky-{device}-{counter}.txt"


def _state(taken: datetime | None, is_gone: bool, until: datetime, now: datetime) -> str:  # noqa: FBT001  a column
    if taken is None:
        return "asked" if now <= until else "late"
    return "gone" if is_gone else "taken"


def _commands(device: str, counter: int) -> Select[int, datetime]:
    return select(CommandRow.id, CommandRow.issued).where(
        CommandRow.device == device, CommandRow.counter == counter, CommandRow.action == LOGS
    )


def _is_known(unit: Unit, device: str, counter: int, digest: str, now: datetime) -> bool:
    """Return whether these very bytes were taken; raises `NotFound` where nothing is (any more) to be taken."""
    held = select(DeviceLogRow.sha256)
    taken = unit.session.scalar(
        held.where(DeviceLogRow.device == device, DeviceLogRow.counter == counter)
    )
    if taken == digest:
        return True
    asked = unit.session.execute(_commands(device, counter)).first()
    if taken is not None or asked is None or asked.issued <= now - WANTED:
        raise NotFound("Không ai yêu cầu nhật ký này, đã quá hạn, hoặc đã nhận.", "not-asked")
    return False
