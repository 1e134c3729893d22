"""The verb that shows what stands behind one play: the sealed report that told it, and what else was told around it.

Law of the room: reads only. The appliance's own sentence is shown as it came; the seal is verified again when asked.
"""

from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.broadcast import ContentRow
from central.db.fleet import DeviceRow, PlayRow, ReadinessRow, RefusalRow, ReportRow
from central.domain.errors import NotFound
from central.domain.evaluation import PlayLine
from central.domain.people import Person, Right
from central.domain.states import RefusalState, State
from central.domain.tally import window_of
from central.services.areas import with_predecessors
from central.services.play_lines import play_lines
from central.services.unit import Unit
from contract import trust
from contract.area import is_at_or_below
from contract.documents import Check, Report
from contract.errors import Refused

_AROUND: Final = timedelta(minutes=45)
_CHECKS: Final = msgspec.json.Decoder(tuple[Check, ...])


class ReportEvidence(State, frozen=True, kw_only=True):
    """The report that told a play: its place in the appliance's chain, and whether its seal holds today.

    `holds` is None where the sealed bytes are no longer kept, or the appliance's key is gone.
    """

    counter: int
    payload_sha256: str
    previous_sha256: str
    issued: datetime | None
    taken: datetime
    holds: bool | None

    @property
    def word(self) -> str:
        """Return what became of the seal in words."""
        words = {True: "chữ ký của cụm loa đúng", False: "chữ ký KHÔNG đúng"}
        return words[self.holds] if self.holds is not None else "bản gốc không còn lưu"


class PlayEvidence(State, frozen=True, kw_only=True):
    """One play, the report that told it, what was found before it, and what was refused around it."""

    line: PlayLine
    window: str
    content_title: str
    in_library: bool
    report: ReportEvidence | None
    ready: bool | None
    unready: tuple[str, ...]
    refusals: tuple[RefusalState, ...]


def play_evidence(unit: Unit, number: int, *, who: Person | None) -> PlayEvidence:
    """Return one play by its number, and what stands behind it.

    Raises `NotFound`, also for a play that `who` may not see: its existence is nobody else's business.
    """
    row = unit.session.get(PlayRow, number)
    if row is None or not _may_see(unit, who, row.area):
        raise NotFound(f"Không có lượt phát số {number}.", "no-play")
    content = unit.session.get(ContentRow, row.source) if len(row.source) == 64 else None
    (line,) = play_lines(unit, [row])
    ready, unready = _readiness(unit, row)
    around = select(RefusalRow).where(
        RefusalRow.device == row.device,
        RefusalRow.at.between(row.started - _AROUND, row.started + _AROUND),
    )
    refusals = unit.session.scalars(around.order_by(RefusalRow.id.desc()).limit(20))
    return PlayEvidence(
        line=line,
        window=window_of(row.key),
        content_title="" if content is None else content.title,
        in_library=content is not None,
        report=_report(unit, row),
        ready=ready,
        unready=unready,
        refusals=tuple(
            RefusalState(device=r.device, at=r.at, what=r.what, code=r.code, why=r.why)
            for r in refusals
        ),
    )


def _may_see(unit: Unit, who: Person | None, area: str) -> bool:
    if who is None:
        return True
    return any(
        is_at_or_below(area, path)
        for root in who.areas(Right.VIEW)
        for path in with_predecessors(unit, root)
    )


def _readiness(unit: Unit, row: PlayRow) -> tuple[bool | None, tuple[str, ...]]:
    """Return what the appliance found before this window, None where it did not look, and what was amiss."""
    query = select(ReadinessRow).where(
        ReadinessRow.device == row.device,
        ReadinessRow.starts.between(row.started - _AROUND, row.started),
    )
    found = unit.session.scalar(query.order_by(ReadinessRow.id.desc()).limit(1))
    if found is None:
        return None, ()
    amiss = tuple(check.why for check in _CHECKS.decode(found.checks) if not check.ok)
    return found.ready, amiss


def _report(unit: Unit, row: PlayRow) -> ReportEvidence | None:
    if row.report is None:
        return None
    kept = unit.session.get(ReportRow, (row.device, row.report))
    if kept is None:
        return None
    device = unit.session.get(DeviceRow, row.device)
    told, holds = _verified(kept.envelope, device)
    return ReportEvidence(
        counter=kept.counter,
        payload_sha256=kept.payload_sha256,
        previous_sha256="" if told is None else told.previous_sha256,
        issued=None if told is None else told.issued,
        taken=kept.taken,
        holds=holds,
    )


def _verified(
    envelope: bytes | None, device: DeviceRow | None
) -> tuple[Report | None, bool | None]:
    if envelope is None or device is None:
        return None, None
    try:
        return trust.verify_report(envelope, device.public_key), True
    except Refused:
        return None, False
