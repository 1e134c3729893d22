"""The tally: plays counted by day and month for every area, in the transaction that writes them down.

Law of the room: what stands in the tally is what stands in the plays, always: both are written together, and whoever
recounts a day keeps the takers of reports out for that moment. Rows are added to in one order, so that two processes
never wait for each other crosswise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.functions import Function

from central.db.base import Base
from central.db.fleet import DeviceRow
from central.db.library import SheetRow
from central.db.tally import (
    TallyContentRow,
    TallyDayRow,
    TallyDeviceRow,
    TallyPlannedRow,
    TallyRow,
)
from central.domain.areas import lineage
from central.domain.tally import Counts, Span, month_of
from central.services.unit import Unit

TALLY_LOCK: Final = 7_310  # PostgreSQL: counting shares it, recounting has it alone
AT_ONCE: Final = 500  # rows in one statement, well below any database's limit of parameters
ASKED_AT_ONCE: Final = 500

Key = tuple[str | int | date, ...]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """One play (or many alike) as it is counted."""

    area: str
    day: date
    device: str
    source: str
    title: str
    field: int
    rank: int
    outcome: str
    reason: str
    counts: Counts


def share_turn(unit: Unit) -> None:
    """Have nobody recount while this transaction counts; several may count at once."""
    _lock(unit, func.pg_advisory_xact_lock_shared(TALLY_LOCK))


def take_turn(unit: Unit) -> None:
    """Have nobody else count until this transaction is over."""
    _lock(unit, func.pg_advisory_xact_lock(TALLY_LOCK))


def _lock(unit: Unit, call: Function[None]) -> None:
    if unit.session.get_bind().dialect.name == "postgresql":
        unit.session.connection().execute(select(call))


def places_of(unit: Unit, devices: Iterable[str]) -> dict[str, str]:
    """Return where these appliances stand."""
    found: dict[str, str] = {}
    for some in chunked(sorted(set(devices))):
        query = select(DeviceRow.id, DeviceRow.area).where(DeviceRow.id.in_(some))
        found.update(unit.session.execute(query).all())
    return found


def fields_of(unit: Unit, sources: Iterable[str]) -> dict[str, int]:
    """Return the fields of these contents, as far as somebody has filled in a sheet."""
    found: dict[str, int] = {}
    for some in chunked(sorted({source for source in sources if len(source) == 64})):
        query = select(SheetRow.sha256, SheetRow.field).where(SheetRow.sha256.in_(some))
        found.update(unit.session.execute(query).all())
    return found


def count(unit: Unit, plays: Sequence[Counted]) -> None:
    """Add these plays to the tally; counts below zero take away. Call `share_turn` first."""
    if not plays:
        return
    kinds: dict[Key, Counts] = {}
    contents: dict[Key, list[int]] = {}
    titles: dict[str, str] = {}
    devices: dict[Key, list[int]] = {}
    for play in plays:
        counts = play.counts
        whole = counts.plays if play.outcome == "sounded" else 0
        titles[play.source] = play.title
        for key in _spans(play.area, play.day):
            kind = (*key, play.field, play.rank, play.outcome, play.reason)
            kinds[kind] = kinds.get(kind, Counts()) + counts
            content = contents.setdefault((*key, play.source), [0, 0, 0, 0])
            _add(content, (counts.plays, whole, counts.asked_ms, counts.sounded_ms))
        for span, day in (("m", month_of(play.day)), ("y", date(play.day.year, 1, 1))):
            device = devices.setdefault((span, day, play.area, play.device), [0, 0, 0, 0])
            short = counts.plays - whole
            _add(device, (counts.plays, short, counts.asked_ms, counts.sounded_ms))
    add_kinds(unit, with_summaries(kinds))
    add_contents(unit, contents, titles)
    add_devices(unit, devices)
    note_days(unit, {play.day for play in plays})


def add_kinds(unit: Unit, rows: Mapping[Key, Counts]) -> None:
    """Add to the tally by (area, span, day, field, rank, outcome, reason)."""
    keys = ("area", "span", "day", "field", "rank", "outcome", "reason")
    sums = ("plays", "asked_ms", "sounded_ms", "listened_ms", "heard_ms")
    _upsert(unit, TallyRow, keys, sums, {k: msgspec.structs.astuple(c) for k, c in rows.items()})


def with_summaries(rows: Mapping[Key, Counts]) -> dict[Key, Counts]:
    """Return these rows of the tally, and with them those by outcome alone."""
    found = dict(rows)
    for (area, span, day, _, _, outcome, _), counts in rows.items():
        key = (area, str(span).upper(), day, 0, 0, outcome, "")
        found[key] = found.get(key, Counts()) + counts
    return found


def add_contents(unit: Unit, rows: Mapping[Key, Sequence[int]], titles: Mapping[str, str]) -> None:
    """Add plays, whole ones, asked and sounded ms by (area, span, day, source)."""
    keys = ("area", "span", "day", "source")
    sums = ("plays", "whole", "asked_ms", "sounded_ms")
    _upsert(unit, TallyContentRow, keys, sums, rows, titles=titles)


def add_devices(unit: Unit, rows: Mapping[Key, Sequence[int]]) -> None:
    """Add plays, short ones, asked and sounded ms by (span, day, area, device)."""
    sums = ("plays", "short", "asked_ms", "sounded_ms")
    _upsert(unit, TallyDeviceRow, ("span", "day", "area", "device"), sums, rows)


def count_planned(unit: Unit, windows: Mapping[tuple[str, date], tuple[int, int]]) -> None:
    """Add windows, and those of them nobody told of, to each area and day; below zero takes away."""
    added: dict[Key, list[int]] = {}
    for (area, day), (planned, missed) in windows.items():
        for key in _spans(area, day):
            _add(added.setdefault(key, [0, 0]), (planned, missed))
    _upsert(unit, TallyPlannedRow, ("area", "span", "day"), ("windows", "missed"), added)


def note_days(unit: Unit, days: Iterable[date]) -> None:
    """Remember that these days have something to be held against the plays."""
    rows = [{"day": day} for day in sorted(set(days))]
    insert = _insert_of(unit)(TallyDayRow).values(rows)
    unit.session.execute(insert.on_conflict_do_nothing(index_elements=["day"]))


def chunked(items: Sequence[str], size: int = ASKED_AT_ONCE) -> Iterator[Sequence[str]]:
    """Yield the items so many at a time."""
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _spans(area: str, day: date) -> Iterator[tuple[str, Span, date]]:
    month = month_of(day)
    for above in lineage(area):
        yield above, "d", day
        yield above, "m", month


def _add(to: list[int], what: tuple[int, ...]) -> None:
    for at, value in enumerate(what):
        to[at] += value


def _upsert(
    unit: Unit,
    table: type[Base],
    keys: tuple[str, ...],
    sums: tuple[str, ...],
    rows: Mapping[Key, Sequence[int]],
    *,
    titles: Mapping[str, str] | None = None,
) -> None:
    """Add to rows by their key, making those that are new; always in the order of the keys."""
    ordered = sorted(key for key, values in rows.items() if any(values))
    extra = ("title",) if titles is not None else ()
    width = len(keys) + len(sums) + len(extra)
    size = min(AT_ONCE, 30_000 // width)
    for first in range(0, len(ordered), size):
        values = []
        for key in ordered[first : first + size]:
            row = dict(zip(keys, key, strict=True)) | dict(zip(sums, rows[key], strict=True))
            if titles is not None:
                row["title"] = titles[str(key[-1])]
            values.append(row)
        insert = _insert_of(unit)(table).values(values)
        change: dict[str, object] = {
            name: _column(table, name) + getattr(insert.excluded, name) for name in sums
        }
        if titles is not None:
            change["title"] = insert.excluded.title
        upsert = insert.on_conflict_do_update(index_elements=list(keys), set_=change)
        unit.session.execute(upsert)


def _column(table: type[Base], name: str) -> InstrumentedAttribute[int]:
    column = getattr(table, name)
    if not isinstance(column, InstrumentedAttribute):
        msg = f"{table.__name__} has no column {name}"
        raise TypeError(msg)
    return column


def _insert_of(unit: Unit) -> "type[postgresql.Insert | sqlite.Insert]":
    """Return the insert that knows what to do about a row that is there already."""
    if unit.session.get_bind().dialect.name == "postgresql":
        return postgresql.Insert
    return sqlite.Insert
