"""What central keeps of plays: each once, however often an appliance tells of it.

Law of the room: an appliance, the play's key and its start name one play. After a restart an appliance tells its
last plays again, for it cannot know whether they were spooled before it died; of two records the longer stands,
for the shorter one was written down in mid play.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import msgspec
from sqlalchemy import insert, select, update

from central.db.fleet import PlayRow
from central.domain.tally import counts_of, day_of, reason_of, window_of
from central.services import missed, tally
from central.services.tally import Counted
from central.services.telling import told_short
from central.services.unit import Unit
from contract.documents import Play, Report

ASKED_AT_ONCE: Final = 500  # starts in one question, well below any database's limit

_Mark = tuple[str, str, datetime]


class _Known(msgspec.Struct, frozen=True):
    """What is written down of a play already."""

    id: int
    area: str
    field: int
    title: str
    source: str
    rank: int
    outcome: str
    reason: str
    asked_ms: int
    sounded_ms: int
    heard_pct: int | None


def keep(unit: Unit, reports: Sequence[Report]) -> None:
    """Write down what these reports tell of plays, and count it; what is known already only grows longer."""
    told: dict[_Mark, Play] = {}
    by: dict[_Mark, int] = {}
    for report in reports:
        for play in report.plays:
            mark: _Mark = (report.device, play.key, play.started)
            if mark not in told or play.sounded_ms > told[mark].sounded_ms:
                told[mark], by[mark] = play, report.counter
    if not told:
        return
    tally.share_turn(unit)
    known = _known(unit, told)
    areas = tally.places_of(unit, {device for device, _, _ in told})
    fields = tally.fields_of(unit, {play.source for play in told.values()})
    counted: list[Counted] = []
    fresh = []
    for mark, play in told.items():
        if mark not in known:
            area, field = areas.get(mark[0], ""), fields.get(play.source, 0)
            fresh.append(_row(mark[0], area, field, by[mark], play))
            counted.append(_counted(mark[0], area, field, play))
    if fresh:
        unit.session.execute(insert(PlayRow), fresh)
        told_short(unit, fresh, now=unit.house.clock())
    for mark, found in known.items():
        play = told[mark]
        if play.sounded_ms > found.sounded_ms:
            longer = update(PlayRow).where(PlayRow.id == found.id)
            row = _row(mark[0], found.area, found.field, by[mark], play)
            unit.session.execute(longer.values(row))
            counted.append(_uncounted(mark, found))
            counted.append(_counted(mark[0], found.area, found.field, play))
    tally.count(unit, counted)
    missed.told(unit, {(device, window_of(key)) for device, key, _ in told} - {("", "")})


def _known(unit: Unit, marks: Iterable[_Mark]) -> dict[_Mark, _Known]:
    """Return what is written down of those marks that are known."""
    wanted = set(marks)
    starts = sorted({started for _, _, started in wanted})
    devices = {device for device, _, _ in wanted}
    columns = (
        PlayRow.device,
        PlayRow.key,
        PlayRow.started,
        *(getattr(PlayRow, name) for name in _Known.__struct_fields__),
    )
    found: dict[_Mark, _Known] = {}
    for first in range(0, len(starts), ASKED_AT_ONCE):
        some = starts[first : first + ASKED_AT_ONCE]
        query = select(*columns).where(PlayRow.started.in_(some), PlayRow.device.in_(devices))
        for device, key, started, *rest in unit.session.execute(query):
            if (device, key, started) in wanted:
                found[device, key, started] = _Known(*rest)
    return found


def _counted(device: str, area: str, field: int, play: Play) -> Counted:
    return Counted(
        area=area,
        day=day_of(play.started),
        device=device,
        source=play.source,
        title=play.title,
        field=field,
        rank=int(play.rank),
        outcome=play.outcome.value,
        reason=reason_of(play.outcome.value, play.why),
        counts=counts_of(play.asked_ms, play.sounded_ms, play.heard_pct),
    )


def _uncounted(mark: _Mark, found: _Known) -> Counted:
    """Return what takes a play out of the tally again, as it was written down before."""
    return Counted(
        area=found.area,
        day=day_of(mark[2]),
        device=mark[0],
        source=found.source,
        title=found.title,
        field=found.field,
        rank=found.rank,
        outcome=found.outcome,
        reason=found.reason,
        counts=counts_of(found.asked_ms, found.sounded_ms, found.heard_pct).times(-1),
    )


def _row(device: str, area: str, field: int, report: int, play: Play) -> dict[str, object]:
    return {
        "device": device,
        "area": area,
        "field": field,
        "reason": reason_of(play.outcome.value, play.why),
        "report": report,
        "key": play.key,
        "source": play.source,
        "title": play.title,
        "rank": int(play.rank),
        "zones": list(play.zones),
        "started": play.started,
        "asked_ms": play.asked_ms,
        "sounded_ms": play.sounded_ms,
        "outcome": play.outcome.value,
        "onset_error_ms": play.onset_error_ms,
        "level_dbfs": play.level_dbfs,
        "heard_pct": play.heard_pct,
        "why": play.why,
    }
