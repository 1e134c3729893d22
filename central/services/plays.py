"""What central keeps of plays: each once, however often an appliance tells of it.

Law of the room: an appliance, the play's key and its start name one play. After a restart an appliance tells its
last plays again, for it cannot know whether they were spooled before it died; of two records the longer stands,
for the shorter one was written down in mid play.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update

from central.db.fleet import PlayRow
from central.services.unit import Unit
from contract.documents import Play, Report

ASKED_AT_ONCE: Final = 500  # starts in one question, well below any database's limit

_Mark = tuple[str, str, datetime]


def keep(unit: Unit, reports: Sequence[Report]) -> None:
    """Write down what these reports tell of plays; what is known already only grows longer."""
    told: dict[_Mark, Play] = {}
    for report in reports:
        for play in report.plays:
            mark: _Mark = (report.device, play.key, play.started)
            if mark not in told or play.sounded_ms > told[mark].sounded_ms:
                told[mark] = play
    known = _known(unit, told)
    fresh = [_row(mark[0], play) for mark, play in told.items() if mark not in known]
    if fresh:
        unit.session.execute(insert(PlayRow), fresh)
    for mark, (number, sounded_ms) in known.items():
        if told[mark].sounded_ms > sounded_ms:
            longer = update(PlayRow).where(PlayRow.id == number)
            unit.session.execute(longer.values(_row(mark[0], told[mark])))


def _known(unit: Unit, marks: Iterable[_Mark]) -> dict[_Mark, tuple[int, int]]:
    """Return the row's number and sounded milliseconds of those marks that are written down."""
    wanted = set(marks)
    starts = sorted({started for _, _, started in wanted})
    devices = {device for device, _, _ in wanted}
    columns = (PlayRow.device, PlayRow.key, PlayRow.started, PlayRow.id, PlayRow.sounded_ms)
    found: dict[_Mark, tuple[int, int]] = {}
    for first in range(0, len(starts), ASKED_AT_ONCE):
        some = starts[first : first + ASKED_AT_ONCE]
        query = select(*columns).where(PlayRow.started.in_(some), PlayRow.device.in_(devices))
        for device, key, started, number, sounded_ms in unit.session.execute(query):
            if (device, key, started) in wanted:
                found[device, key, started] = (number, sounded_ms)
    return found


def _row(device: str, play: Play) -> dict[str, object]:
    return {
        "device": device,
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
