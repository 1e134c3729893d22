"""Verbs of the work after an upload: what comes in becomes content, or a reason in words.

Law of the room: a job is done from its beginning by whoever holds its lease; files come to their place before the
one transaction that enters content, sheet and the job's end, so a kill at any point leaves nothing half done.
Work runs on a thread of its own that ends when nothing waits.
"""

import contextlib
import hashlib
import logging
import threading
import weakref
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from central.domain.content import refused
from central.domain.errors import CentralError
from central.domain.library_sniff import HEAD_BYTES, is_text, stranger
from central.services.library_entering import keep_known, keep_made
from central.services.library_waves import peaks_of
from central.services.speaking import speak, sweep_previews
from central.services.transcode_examine import examine
from central.services.transcode_jobs import SPEECH, Lease, Lost, any_waits, part_path, take_next
from central.services.transcode_making import (
    NOTHING_LUFS,
    Kept,
    make_picture,
    make_sound,
    make_text,
    make_video,
)
from central.services.unit import House
from central.services.upload import sweep_uploads

log = logging.getLogger(__name__)
READ_BYTES: Final = 1_000_000
_AT_WORK: "weakref.WeakSet[House]" = weakref.WeakSet()
_TURN: Final = threading.Lock()


def nudge(house: House) -> None:
    """Have the waiting jobs done soon, by a thread of this process; returns at once."""
    with _TURN:
        if house in _AT_WORK:
            return
        _AT_WORK.add(house)
    threading.Thread(target=_work_off, args=(house,), name="library-jobs", daemon=True).start()


def tend_library(house: House, *, now: datetime) -> None:
    """Take up what waits or was left by a killed process."""
    with house.reading() as unit:
        waits = any_waits(unit, now=now)
    if waits:
        nudge(house)


def sweep_library(house: House, *, now: datetime) -> None:
    """Forget broken-off uploads, old jobs and previews."""
    sweep_uploads(house, now=now)
    sweep_previews(house)


def work_once(house: House) -> bool:
    """Do the next job that waits, here and now; return whether there was one."""
    lease = take_next(house, now=house.clock())
    if lease is None:
        return False
    part = part_path(house, lease.job.id)
    made = part.with_suffix(".upload-made")
    try:
        _do(lease, part, made)
        part.unlink(missing_ok=True)
    except Lost:
        log.info("job lost to another worker or cancelled: %s", lease.job.id)
    except CentralError as fault:
        with contextlib.suppress(Lost):
            lease.fail(fault.code, fault.why)
            part.unlink(missing_ok=True)
    except Exception:
        log.exception("job failed: %s", lease.job.id)
        with contextlib.suppress(Lost):
            lease.give_back()
    finally:
        for path in part.parent.glob(f"{part.stem}.upload-*"):
            path.unlink(missing_ok=True)
    return True


def _work_off(house: House) -> None:
    try:
        while work_once(house):
            pass
    except Exception:
        log.exception("the worker of the library stopped")
    finally:
        with _TURN:
            _AT_WORK.discard(house)


def _do(lease: Lease, part: Path, made: Path) -> None:
    job = lease.job
    if job.kind == SPEECH:
        wish = lease.wish
        speak(lease.house, wish.text, wish.region, wish.speed_pct, part, lease.span(0.0, 0.5))
        original = _hash(part, lease.span(0.5, 0.52))
    else:
        original = _hash(part, lease.span(0.0, 0.05))
        _check_hash(lease, original)
        if keep_known(lease, original):
            return
    kept = _made(lease, part, made)
    sounds = keep_made(lease, kept, part, original)
    part.unlink(missing_ok=True)
    if kept.loudness_lufs > NOTHING_LUFS:
        with contextlib.suppress(OSError):
            peaks_of(lease.house, sounds, kept.duration_ms)  # so that no page has to wait for it


def _made(lease: Lease, part: Path, made: Path) -> Kept:
    name, job = lease.job.file_name, lease.job
    with part.open("rb") as file:
        head = file.read(HEAD_BYTES)
    strange = stranger(head, name)
    if strange is not None:
        raise refused(name, strange.code, strange.what, _instead(strange.code))
    if is_text(head):
        return make_text(name, part.read_bytes() if job.size_bytes <= READ_BYTES else b"", made)
    examined = examine(part, name)
    start = 0.52 if job.kind == SPEECH else 0.05
    if examined.is_picture:
        return make_picture(part, made, name, examined)
    if examined.video:
        return make_video(lease, part, made, examined)
    return make_sound(lease, part, made, examined, lease.span(start, 0.98))


def _instead(code: str) -> str:
    """Return what to do about a file that is none of ours."""
    if code == "text":
        return "Muốn loa đọc văn bản, hãy dùng “Soạn bản tin”."
    if code == "archive":
        return "Hãy giải nén rồi tải từng tệp mp3, wav, ảnh hoặc video."
    return "Hãy chọn tệp âm thanh (mp3, wav, m4a, ogg, flac), ảnh hoặc video."


def _hash(path: Path, progress: Callable[[float], None]) -> str:
    digest, done = hashlib.sha256(), 0
    size = max(1, path.stat().st_size)
    with path.open("rb") as file:
        while chunk := file.read(READ_BYTES):
            digest.update(chunk)
            done += len(chunk)
            progress(done / size)
    return digest.hexdigest()


def _check_hash(lease: Lease, found: str) -> None:
    if lease.announced_sha256 not in {None, found}:
        raise refused(
            lease.job.file_name,
            "hash",
            "đến nơi không giống tệp đã gửi (mã SHA-256 khác)",
            "Hãy tải lại tệp.",
        )
