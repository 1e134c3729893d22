"""Short verbs for stories of the library: send a file as a phone does, and have it worked at."""

import base64
import hashlib
from pathlib import Path

from central.domain.library import Made, Sheet
from central.domain.library_states import JobPhase, JobState
from central.domain.people import Person
from central.services.transcode import work_once
from central.services.transcode_jobs import job_named
from central.services.upload import Announced, announce, sending
from tests.central.setting import COMMUNE, Province


def announced(
    province: Province,
    name: str,
    data: bytes,
    *,
    area: str = COMMUNE,
    who: Person | None = None,
    made: Made = Made.UPLOAD,
    trim: bool | None = None,
    sheet: Sheet | None = None,
    sha256: str | None = None,
) -> JobState:
    """Open an upload of these bytes."""
    said = Announced(
        name=name,
        size_bytes=len(data),
        area=area,
        made=made,
        trim=trim,
        sheet=sheet or Sheet(),
        sha256=sha256,
    )
    return announce(province.house, said, who=who, now=province.now)


def send(
    province: Province,
    job: JobState,
    data: bytes,
    *,
    who: Person | None = None,
    checksum: str | None = None,
    whole: bool = True,
) -> JobState:
    """Send a stretch of bytes from where the upload stands."""
    with sending(province.house, job.id, job.offset_bytes, checksum, who=who) as door:
        door.sending.write(data)
        return door.settle(whole=whole, now=province.now)


def checksum_of(data: bytes) -> str:
    """Return the checksum of a stretch as its header carries it."""
    return f"sha256 {base64.b64encode(hashlib.sha256(data).digest()).decode()}"


def worked(province: Province, job: JobState, who: Person | None = None) -> JobState:
    """Have everything that waits worked at, and return how the job ended."""
    while work_once(province.house):
        pass
    with province.house.reading() as unit:
        return job_named(unit, job.id, who=who)


def uploaded(
    province: Province,
    file: Path,
    *,
    name: str = "",
    area: str = COMMUNE,
    who: Person | None = None,
    made: Made = Made.UPLOAD,
    trim: bool | None = None,
    sheet: Sheet | None = None,
) -> JobState:
    """Send a file in one piece and return how its job ended."""
    data = file.read_bytes()
    job = announced(
        province, name or file.name, data, area=area, who=who, made=made, trim=trim, sheet=sheet
    )
    send(province, job, data, who=who)
    return worked(province, job, who)


def entered(province: Province, file: Path, **how: object) -> str:
    """Send a file and return the hash of what it became."""
    job = uploaded(province, file, **how)  # type: ignore[arg-type]  # the same as above
    assert job.phase is JobPhase.DONE, job.why
    assert job.result is not None
    return job.result
