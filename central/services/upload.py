"""Verbs of uploads that survive a lost line and a killed server.

Law of the room: a row and a part file. A byte counts only when it is on disk (fsync) and the row says so; what
lies beyond in the file after a kill is cut off. One sender at a time holds the part file. The whole is hashed
before anything is made of it.
"""

import base64
import binascii
import contextlib
import fcntl
import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from sqlalchemy import delete, select, update

from central.db.library import JobRow
from central.domain.errors import Conflict, TooLarge, Unacceptable
from central.domain.library import Made, Sheet, checked_sheet
from central.domain.library_states import OPEN_PHASES, JobPhase, JobState
from central.domain.library_text import one_line
from central.domain.people import Person
from central.services.areas import area_named
from central.services.contents import require_upload, too_large
from central.services.transcode_jobs import (
    UPLOAD,
    Wish,
    check_room,
    job_state,
    part_path,
    row_named,
)
from central.services.unit import SYSTEM, House, Unit

STALE: Final = timedelta(hours=24)
JOBS_KEPT: Final = timedelta(days=30)
DISK_SPARED_BYTES: Final = 500_000_000


class Announced(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a sender says of a file before its first byte; `sha256` of the whole is checked when given."""

    name: str
    size_bytes: int
    area: str
    mime: str = ""
    sha256: str | None = None
    made: Made = Made.UPLOAD
    trim: bool | None = None
    sheet: Sheet = msgspec.field(default_factory=Sheet)


def announce(house: House, said: Announced, *, who: Person | None, now: datetime) -> JobState:
    """Open an upload; raises `Forbidden`, `NotFound`, `TooLarge`, `Unacceptable` or `Conflict` before any byte."""
    require_upload(who, said.area)
    if said.made not in {Made.UPLOAD, Made.RECORDING}:
        raise Unacceptable("Tệp tải lên là bản thu hoặc tệp có sẵn.", "bad-made")
    if said.size_bytes > house.settings.upload_max_bytes:
        raise too_large(house.settings.upload_max_bytes)
    name = one_line(Path(said.name).name)[:200] or "không tên"
    if said.size_bytes <= 0:
        raise Unacceptable(f"Tệp “{name}” rỗng, không có byte nào. Hãy chọn tệp khác.", "empty")
    if shutil.disk_usage(house.incoming).free < said.size_bytes + DISK_SPARED_BYTES:
        raise TooLarge("Ổ đĩa của máy chủ sắp đầy. Hãy báo quản trị rồi tải lại sau.", "disk-full")
    sheet = checked_sheet(said.sheet)
    recorded = said.made is Made.RECORDING
    wish = Wish(made=said.made, trim=recorded if said.trim is None else said.trim, sheet=sheet)
    row = JobRow(
        id=secrets.token_hex(16),
        kind=UPLOAD,
        state=JobPhase.RECEIVING.value,
        person_id=who.id if who else None,
        person=who.name if who else SYSTEM,
        area=said.area,
        title=(sheet.title or Path(name).stem)[:200],
        file_name=name,
        mime=one_line(said.mime)[:80],
        size_bytes=said.size_bytes,
        sha256=_digest(said.sha256),
        wish=msgspec.json.encode(wish),
        created=now,
        changed=now,
    )
    with house.writing() as unit:
        area_named(unit, said.area)
        check_room(unit, who)
        part_path(house, row.id).touch(exist_ok=False)
        unit.session.add(row)
        unit.session.flush()
        return job_state(row)


class Sending:
    """One stretch of bytes on its way in; made by `sending`, for one thread at a time."""

    def __init__(self, file: BinaryIO, job: JobState, checksum: str | None) -> None:
        self._file = file
        self._left = job.size_bytes - job.offset_bytes
        self._checksum = checksum
        self._hash = hashlib.sha256()
        self.taken_bytes = 0

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; raises `TooLarge` beyond the announced size."""
        if self.taken_bytes + len(chunk) > self._left:
            raise TooLarge("Gửi nhiều byte hơn đã báo. Hãy tải lại tệp từ đầu.", "beyond-size")
        self._file.write(chunk)
        if self._checksum is not None:
            self._hash.update(chunk)
        self.taken_bytes += len(chunk)

    def settle(self, *, whole: bool) -> int:
        """Bring the bytes to disk and return how many count: of a broken or spoiled checked stretch none do.

        Raises `Unacceptable` when the whole stretch came and its checksum is another.
        """
        if self._checksum is not None:
            if not whole:
                return 0
            if self._hash.hexdigest() != self._checksum:
                raise Unacceptable(
                    "Dữ liệu bị hỏng trên đường truyền. Máy sẽ gửi lại đoạn này.", "checksum"
                )
        self._file.flush()
        os.fsync(self._file.fileno())
        return self.taken_bytes


class Door:
    """The part file held open for one sender."""

    def __init__(self, house: House, job: JobState, who: Person | None, sending: Sending) -> None:
        self._house = house
        self._who = who
        self.job = job
        self.sending = sending

    def settle(self, *, whole: bool, now: datetime) -> JobState:
        """Count what came; the last byte queues the job."""
        taken = self.sending.settle(whole=whole)
        with self._house.writing() as unit:
            row = row_named(unit, self.job.id, who=self._who)
            if row.state != JobPhase.RECEIVING.value or row.received_bytes != self.job.offset_bytes:
                raise _elsewhere(row.received_bytes)
            row.received_bytes += taken
            row.changed = now
            if row.received_bytes == row.size_bytes:
                row.state = JobPhase.QUEUED.value
            return job_state(row)


@contextlib.contextmanager
def sending(
    house: House, job_id: str, offset_bytes: int, checksum: str | None, *, who: Person | None
) -> Iterator[Door]:
    """Open the way for the bytes from `offset_bytes` on; `checksum` is `sha256 <base64>` of what will be sent.

    Raises `Conflict` with the offset that fits, or when somebody else is sending; `NotFound` for an unknown upload.
    """
    digest = _checksum(checksum)
    with house.reading() as unit:
        job = job_state(row_named(unit, job_id, who=who))
    if job.phase is not JobPhase.RECEIVING or job.offset_bytes != offset_bytes:
        raise _elsewhere(job.offset_bytes)
    try:
        file = part_path(house, job_id).open("r+b")
    except FileNotFoundError:
        raise _gone() from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict("Tệp này đang được gửi từ nơi khác.", "busy") from None
        if os.fstat(file.fileno()).st_size < offset_bytes:
            raise _gone()
        file.truncate(offset_bytes)  # what a killed server wrote and never counted
        file.seek(offset_bytes)
        yield Door(house, job, who, Sending(file, job, digest))


def cancel(unit: Unit, job_id: str, *, who: Person | None, now: datetime) -> JobState:
    """Forget an upload or a job that is not done; one that is done stays as it is."""
    row = row_named(unit, job_id, who=who)
    if JobPhase(row.state) in OPEN_PHASES:
        row.state, row.lease, row.leased_until = JobPhase.CANCELLED.value, None, None
        row.changed = now
        part_path(unit.house, job_id).unlink(missing_ok=True)
    return job_state(row)


def sweep_uploads(house: House, *, now: datetime) -> int:
    """Forget uploads left for a day, old jobs, and files that no row knows; return how many files."""
    receiving = JobPhase.RECEIVING.value
    with house.writing() as unit:
        unit.session.execute(
            update(JobRow)
            .where(JobRow.state == receiving, JobRow.changed < now - STALE)
            .values(
                state=JobPhase.FAILED.value,
                code="stale",
                why="Đã quá một ngày mà tệp chưa tải xong. Hãy tải lại.",
                changed=now,
            )
        )
        unit.session.execute(delete(JobRow).where(JobRow.changed < now - JOBS_KEPT))
        open_states = [phase.value for phase in OPEN_PHASES]
        known = set(unit.session.scalars(select(JobRow.id).where(JobRow.state.in_(open_states))))
    gone = 0
    for path in house.incoming.glob("*.upload*"):
        if path.name.partition(".")[0] not in known and _old(path):
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _old(path: Path) -> bool:
    """Return whether nobody wrote to a file for an hour: one that was just begun has no row yet."""
    with contextlib.suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > 3_600
    return False


def _digest(given: str | None) -> str | None:
    if given is None:
        return None
    found = given.strip().lower()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise Unacceptable("Mã băm SHA-256 gồm 64 chữ số 0–9, a–f.", "bad-hash")
    return found


def _checksum(given: str | None) -> str | None:
    """Return the hex digest of `sha256 <base64>`; raises `Unacceptable`."""
    if not given:
        return None
    algorithm, _, text = given.strip().partition(" ")
    with contextlib.suppress(binascii.Error, ValueError):
        digest = base64.b64decode(text, validate=True)
        if algorithm == "sha256" and len(digest) == 32:
            return digest.hex()
    raise Unacceptable("Mã kiểm đoạn phải là “sha256 <base64>”.", "bad-checksum")


def _elsewhere(offset_bytes: int) -> Conflict:
    return Conflict(
        "Máy chủ đã nhận đến chỗ khác. Hãy hỏi lại vị trí rồi gửi tiếp.",
        "offset",
        expected=offset_bytes,
    )


def _gone() -> Conflict:
    return Conflict("Phần đã tải không còn trên máy chủ. Hãy tải lại từ đầu.", "part-gone")
