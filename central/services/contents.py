"""Verbs of the content library: bytes come in streamed, are checked and measured, and are named by their hash.

Law of the room: nothing is held whole in memory; a file is in the library only after its bytes are on disk
(fsync, rename, fsync of the folder) and its row is committed; the same bytes again are the same content, usable
from then on in both areas. Uploads that survive a broken line, and what is made of them: `upload`, `transcode`.
"""

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import msgspec
from sqlalchemy import delete, select

from central.db.broadcast import ApprovalRow, ContentRow
from central.db.library import ShareRow, SheetRow, WordRow
from central.domain.areas import lineage
from central.domain.content import check_name, check_probed, judge, refused
from central.domain.errors import NotFound, TooLarge
from central.domain.library import ContentKind, Made, Priority
from central.domain.library_text import words_of
from central.domain.people import Person, Right
from central.domain.states import ApprovalState, ContentState
from central.services import measure
from central.services.approvals import approval_state
from central.services.areas import area_named
from central.services.unit import SYSTEM, House, Unit
from contract.documents import Content, Sha256


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender says of a file: its name, MIME type, the title people will read, and whose it is."""

    name: str
    mime: str
    title: str
    area: str


class Intake:
    """A file on its way in: bytes go to disk as they come, hashed and counted; for one thread at a time."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.path = folder / f"{secrets.token_hex(16)}.part"
        self.size_bytes = 0
        self._max_bytes = max_bytes
        self._hash = hashlib.sha256()
        self._file: BinaryIO = self.path.open("xb")

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; raises `TooLarge` (and forgets the file) beyond the cap."""
        self.size_bytes += len(chunk)
        if self.size_bytes > self._max_bytes:
            self.discard()
            raise too_large(self._max_bytes)
        self._hash.update(chunk)
        self._file.write(chunk)

    def settle(self) -> str:
        """Bring the bytes to disk and return their SHA-256."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self._hash.hexdigest()

    def discard(self) -> None:
        """Forget the file; harmless when it is already gone."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()


def too_large(max_bytes: int) -> TooLarge:
    """Return the refusal of a file beyond the cap."""
    megabytes = max_bytes // 1_000_000
    return TooLarge(
        f"Tệp lớn hơn mức cho phép ({megabytes} MB). Hãy nén thành mp3 hoặc cắt nhỏ rồi tải lại.",
        "too-large",
    )


def begin_upload(house: House, declared_bytes: int | None) -> Intake:
    """Open an intake; raises `TooLarge` at once when the sender announces too much."""
    cap = house.settings.upload_max_bytes
    if declared_bytes is not None and declared_bytes > cap:
        raise too_large(cap)
    return Intake(house.incoming, cap)


def take_upload(
    house: House, chunks: Iterable[bytes], upload: Upload, *, who: Person | None, now: datetime
) -> ContentState:
    """Take a whole upload from an iterable of bytes: `begin_upload`, `write` each, `finish_upload`."""
    intake = begin_upload(house, None)
    try:
        for chunk in chunks:
            intake.write(chunk)
    except BaseException:
        intake.discard()
        raise
    return finish_upload(house, intake, upload, who=who, now=now)


def finish_upload(
    house: House, intake: Intake, upload: Upload, *, who: Person | None, now: datetime
) -> ContentState:
    """Check, measure and keep the file; takes about 1 s per 5 minutes of sound, so never in the event loop.

    Raises `Unacceptable` with one plain sentence for the sender, `Forbidden` or `NotFound` for the area. Bytes
    that the library has already are answered with what is known of them.
    """
    try:
        require_upload(who, upload.area)
        name = Path(upload.name).name.strip()[:200] or "không tên"
        if intake.size_bytes == 0:
            raise refused(name, "empty", "rỗng, không có byte nào")
        check_name(name, upload.mime)
        sha256 = intake.settle()
        with house.reading() as unit:
            area_named(unit, upload.area)
            known = unit.session.get(ContentRow, sha256) is not None
        row = None if known else _measured(intake, name, upload)
        if row is not None:
            row.sha256, row.uploaded, row.uploaded_by = sha256, now, who.name if who else SYSTEM
            shelve(intake.path, content_path(house, sha256))
        with house.writing() as unit:
            if row is None or unit.session.get(ContentRow, sha256) is not None:
                reach(unit, sha256, upload.area, who=who, now=now)
            else:
                enter(unit, row, who=who, now=now)
        with house.reading() as unit:
            return content_named(unit, sha256, now=now)
    finally:
        intake.discard()


def require_upload(who: Person | None, area: str) -> None:
    """Raise `Forbidden` unless `who` may put content into an area: editors, and contributors for drafts."""
    if who is not None and not who.may(Right.EDIT, area):
        who.require(Right.CONTRIBUTE, area)


def enter(unit: Unit, row: ContentRow, *, who: Person | None, now: datetime) -> SheetRow:
    """Enter a new content whose bytes are on the shelf, with an empty sheet."""
    kind = ContentKind(row.mime.partition("/")[0])
    unit.session.add(row)
    unit.session.flush()
    sheet = SheetRow(
        sha256=row.sha256,
        kind=kind.value,
        made=Made.UPLOAD.value,
        topics=[],
        tags=[],
        priority=Priority.NORMAL.value,
        checks=b"[]",
        changed=now,
        changed_by=row.uploaded_by,
    )
    for name in ("author", "department", "source", "summary", "text"):
        setattr(sheet, name, "")
    unit.session.add(sheet)
    index_words(unit, row, sheet)
    unit.note(
        who, "upload", f"{row.sha256} {row.file_name}", now=now, area=row.area, subject=row.sha256
    )
    return sheet


def reach(unit: Unit, sha256: str, area: str, *, who: Person | None, now: datetime) -> None:
    """Have known content usable in one more area: whoever brings the bytes may use them where they may upload."""
    row = unit.session.get_one(ContentRow, sha256)
    if row.area in lineage(area) or unit.session.get(ShareRow, (sha256, area)) is not None:
        return
    by = who.name if who else SYSTEM
    unit.session.add(ShareRow(sha256=sha256, area=area, shared=now, shared_by=by))
    unit.note(who, "share-content", f"{sha256} {area}", now=now, area=row.area, subject=sha256)


def index_words(unit: Unit, row: ContentRow, sheet: SheetRow) -> None:
    """Renew the folded words by which a content is found."""
    unit.session.flush()
    unit.session.execute(delete(WordRow).where(WordRow.sha256 == row.sha256))
    found = words_of(
        row.title,
        " ".join(sheet.tags),
        f"{sheet.author} {sheet.department} {sheet.source} {row.uploaded_by}",
        sheet.summary,
        row.file_name,
        sheet.text,
    )
    unit.session.add_all(WordRow(word=word, sha256=row.sha256) for word in found)


def content_named(unit: Unit, sha256: str, *, now: datetime) -> ContentState:
    """Return one content; raises `NotFound`."""
    row = unit.session.get(ContentRow, sha256)
    if row is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    return contents_named(unit, [sha256], now=now)[0]


def contents_named(
    unit: Unit, sha256s: Sequence[str], *, now: datetime
) -> tuple[ContentState, ...]:
    """Return some contents in the order asked for; what is unknown is left out."""
    rows = unit.session.scalars(select(ContentRow).where(ContentRow.sha256.in_(sha256s)))
    known = {row.sha256: row for row in rows}
    held: dict[str, list[ApprovalState]] = {}
    for row in unit.session.scalars(
        select(ApprovalRow)
        .where(ApprovalRow.sha256.in_(sha256s), ApprovalRow.not_after > now)
        .order_by(ApprovalRow.not_after.desc())
    ):
        held.setdefault(row.sha256, []).append(approval_state(row))
    return tuple(
        _state(known[sha256], tuple(held.get(sha256, ()))) for sha256 in sha256s if sha256 in known
    )


def content_path(house: House, sha256: str) -> Path:
    """Return where the bytes of a content lie; `sha256` must come from the table or be 64 hex digits."""
    return house.library / sha256[:2] / sha256


def as_listed(row: ContentRow | ContentState) -> Content:
    """Return the content as a programme or announcement lists it."""
    return Content(
        sha256=Sha256(row.sha256),
        size_bytes=row.size_bytes,
        duration_ms=row.duration_ms,
        mime=row.mime,
        title=row.title,
        gain_db=row.gain_db,
    )


def _measured(intake: Intake, name: str, upload: Upload) -> ContentRow:
    probed = measure.probe(intake.path, name)
    check_probed(name, probed)
    found = judge(name, probed, measure.decode(intake.path, name, probed.format))
    return ContentRow(
        title=(upload.title.strip() or Path(name).stem)[:200],
        file_name=name,
        area=upload.area,
        size_bytes=intake.size_bytes,
        duration_ms=found.duration_ms,
        mime=found.mime,
        codec=found.codec,
        loudness_lufs=found.loudness_lufs,
        peak_dbfs=found.peak_dbfs,
        gain_db=found.gain_db,
    )


def shelve(part: Path, final: Path) -> None:
    """Bring a file whose bytes are synced to its place, so that a power cut cannot take it back."""
    final.parent.mkdir(parents=True, exist_ok=True)
    part.replace(final)
    for folder in (final.parent, final.parent.parent):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _state(row: ContentRow, approvals: tuple[ApprovalState, ...]) -> ContentState:
    return ContentState(
        sha256=row.sha256,
        title=row.title,
        file_name=row.file_name,
        area=row.area,
        size_bytes=row.size_bytes,
        duration_ms=row.duration_ms,
        mime=row.mime,
        codec=row.codec,
        loudness_lufs=row.loudness_lufs,
        peak_dbfs=row.peak_dbfs,
        gain_db=row.gain_db,
        uploaded=row.uploaded,
        uploaded_by=row.uploaded_by,
        approvals=approvals,
    )
