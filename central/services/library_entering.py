"""Enters what was made into the library: files to their place, then content, sheet and the job's end at once.

Law of the room: bytes are synced and renamed before the transaction; what a kill leaves behind is a file without
a row, which the same bytes take again. The original is kept beside, by its own hash.
"""

import hashlib
import os
import secrets
from datetime import datetime
from pathlib import Path

import msgspec
from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.library import SheetRow
from central.domain.library import Made, Sheet, checked_sheet
from central.domain.library_states import SheetState
from central.domain.people import Person
from central.services.areas import area_named
from central.services.contents import content_path, enter, reach, require_upload, shelve
from central.services.library import put_sheet, sheet_of
from central.services.transcode_jobs import SPEECH, Lease
from central.services.transcode_making import Kept, text_as_kept
from central.services.unit import SYSTEM, House, Unit


class TextAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A bulletin of text for an area."""

    text: str
    area: str
    sheet: Sheet = msgspec.field(default_factory=Sheet)


def original_path(house: House, sha256: str) -> Path:
    """Return where the file as it was uploaded lies."""
    return house.settings.data_dir / "originals" / sha256[:2] / sha256


def keep_known(lease: Lease, original: str) -> bool:
    """End the job at once when the library has this very file, and have it usable here too; return whether it had."""
    with lease.house.writing() as unit:
        known = unit.session.get(ContentRow, original)
        sheet = unit.session.scalar(
            select(SheetRow)
            .where(SheetRow.original_sha256 == original, SheetRow.made != Made.SOUND.value)
            .limit(1)
        )
        found = known.sha256 if known is not None else sheet.sha256 if sheet is not None else None
        if found is None:
            return False
        reach(unit, found, lease.job.area, who=lease.who, now=lease.house.clock())
        lease.finish(unit, found, known=True)
    return True


def keep_made(lease: Lease, kept: Kept, part: Path, original: str) -> str:
    """Bring the files to their place and enter them, with the end of the job; return the hash of what sounds."""
    house, now = lease.house, lease.house.clock()
    original_bytes = part.stat().st_size
    placed = _place(house, kept.path, part)
    sound = None if kept.sound is None else _place(house, kept.sound.path, part)
    beside = original != placed.sha256 and lease.job.kind != SPEECH
    if beside and not original_path(house, original).is_file():
        shelve(_linked(part), original_path(house, original))
    with house.writing() as unit:
        title = lease.job.title
        _enter(unit, lease, kept, placed, title, now=now)
        sheet = unit.session.get_one(SheetRow, placed.sha256)
        if beside and sheet.original_sha256 is None:
            sheet.original_sha256, sheet.original_bytes = original, original_bytes
        if kept.sound is not None and sound is not None:
            named = f"{title[:190]} (tiếng)"
            if _enter(unit, lease, kept.sound, sound, named, now=now):
                row = unit.session.get_one(SheetRow, sound.sha256)
                row.made, row.source_sha256 = Made.SOUND.value, placed.sha256
        lease.finish(unit, placed.sha256)
    return (sound or placed).sha256


def write_text(house: House, asked: TextAsked, *, who: Person | None, now: datetime) -> SheetState:
    """Keep a text as content, at once; the same text again is the same content."""
    require_upload(who, asked.area)
    sheet = checked_sheet(asked.sheet)
    part = house.incoming / f"{secrets.token_hex(16)}.upload-text"
    try:
        kept = text_as_kept(asked.text, part)
        placed = _place(house, part, None)
        with house.writing() as unit:
            area_named(unit, asked.area)
            if unit.session.get(ContentRow, placed.sha256) is not None:
                reach(unit, placed.sha256, asked.area, who=who, now=now)
            else:
                title = sheet.title or " ".join(kept.text.split())[:80]
                row = _row(kept, placed, title, "bản tin.txt", asked.area, now)
                row.uploaded_by = who.name if who else SYSTEM
                entered = enter(unit, row, who=who, now=now)
                entered.made, entered.text = Made.WRITTEN.value, kept.text
                put_sheet(unit, row, entered, sheet)
    finally:
        part.unlink(missing_ok=True)
    with house.reading() as unit:
        return sheet_of(unit, placed.sha256, who=who, now=now)


class _Placed(msgspec.Struct, frozen=True):
    """A file in the library: its hash and size."""

    sha256: str
    size_bytes: int


def _place(house: House, path: Path, part: Path | None) -> _Placed:
    """Bring a file to its place in the library; the part file stays where it is, for a kill may follow."""
    own = _linked(path) if path == part else path
    digest, size = hashlib.sha256(), 0
    with own.open("rb") as file:
        while chunk := file.read(1_000_000):
            digest.update(chunk)
            size += len(chunk)
        os.fsync(file.fileno())
    shelve(own, content_path(house, digest.hexdigest()))
    return _Placed(digest.hexdigest(), size)


def _linked(part: Path) -> Path:
    """Return a second name of the part file, to be moved away."""
    link = part.with_name(f"{part.stem}.upload-{secrets.token_hex(4)}")
    link.hardlink_to(part)
    return link


def _enter(
    unit: Unit, lease: Lease, kept: Kept, placed: _Placed, title: str, *, now: datetime
) -> bool:
    """Enter one content with its sheet; known bytes are only made usable. Return whether it is new."""
    job, wish = lease.job, lease.wish
    if unit.session.get(ContentRow, placed.sha256) is not None:
        reach(unit, placed.sha256, job.area, who=lease.who, now=now)
        return False
    row = _row(kept, placed, title, job.file_name, job.area, now)
    row.uploaded_by = lease.who.name
    sheet = enter(unit, row, who=lease.who, now=now)
    sheet.kind, sheet.made = kept.kind.value, wish.made.value
    sheet.checks = msgspec.json.encode(kept.checks)
    sheet.text = wish.text or kept.text
    sheet.width, sheet.height = kept.width, kept.height
    put_sheet(unit, row, sheet, wish.sheet)
    return True


def _row(
    kept: Kept, placed: _Placed, title: str, file_name: str, area: str, now: datetime
) -> ContentRow:
    return ContentRow(
        sha256=placed.sha256,
        title=title[:200],
        file_name=file_name,
        area=area,
        size_bytes=placed.size_bytes,
        duration_ms=kept.duration_ms,
        mime=kept.mime,
        codec=kept.codec,
        loudness_lufs=kept.loudness_lufs,
        peak_dbfs=kept.peak_dbfs,
        gain_db=kept.gain_db,
        uploaded=now,
    )
