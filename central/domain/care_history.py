"""The history of an appliance, packed: buckets of a quarter, then of an hour, then of a day.

Law of the room: pure. A day is one value; buckets in which nothing happened are not kept. Thinning adds what can be
added and keeps the worst of what cannot: the hottest, the fewest free bytes; the loudest.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from central.domain.fleet import LOST_AFTER

DAY_S: Final = 86_400
QUARTER_S: Final = 900
HOUR_S: Final = 3_600
FINE_KEPT: Final = timedelta(days=30)
HOURS_KEPT: Final = timedelta(days=365)


class Bucket(msgspec.Struct, frozen=True, array_like=True):
    """What was told in one span of a day; `index` counts from midnight UTC.

    Seconds connected; reports; hottest in °C; loudest play in dBFS; reports without mains, with low voltage, with an
    untrusted clock; refusals; plays that stayed silent; findings that were not ready; fewest free megabytes.
    """

    index: int
    up_s: float = 0.0
    reports: int = 0
    hottest_c: float | None = None
    loudest_dbfs: float | None = None
    mains_out: int = 0
    low_voltage: int = 0
    clock_bad: int = 0
    refusals: int = 0
    silent: int = 0
    unready: int = 0
    free_mb: int | None = None


Buckets = tuple[Bucket, ...]
_ENCODER: Final = msgspec.msgpack.Encoder()
_DECODER: Final = msgspec.msgpack.Decoder(Buckets)


def pack(buckets: Iterable[Bucket]) -> bytes:
    """Return the buckets of a day as bytes, in order."""
    return _ENCODER.encode(sorted(buckets, key=lambda b: b.index))


def unpack(data: bytes) -> Buckets:
    """Return the buckets that `pack` packed."""
    return _DECODER.decode(data)


def merged(one: Bucket, other: Bucket, index: int) -> Bucket:
    """Return two buckets as one."""
    return Bucket(
        index=index,
        up_s=one.up_s + other.up_s,
        reports=one.reports + other.reports,
        hottest_c=_most(one.hottest_c, other.hottest_c),
        loudest_dbfs=_most(one.loudest_dbfs, other.loudest_dbfs),
        mains_out=one.mains_out + other.mains_out,
        low_voltage=one.low_voltage + other.low_voltage,
        clock_bad=one.clock_bad + other.clock_bad,
        refusals=one.refusals + other.refusals,
        silent=one.silent + other.silent,
        unready=one.unready + other.unready,
        free_mb=_fewest(one.free_mb, other.free_mb),
    )


def added(buckets: Buckets, more: Iterable[Bucket]) -> Buckets:
    """Return a day with what came since."""
    found = {bucket.index: bucket for bucket in buckets}
    for bucket in more:
        held = found.get(bucket.index)
        found[bucket.index] = bucket if held is None else merged(held, bucket, bucket.index)
    return tuple(sorted(found.values(), key=lambda b: b.index))


def thinned(buckets: Buckets, span_s: int, to_s: int) -> Buckets:
    """Return a day of spans of `span_s` seconds in the longer spans of `to_s`, which hold a whole number of them."""
    moved = (msgspec.structs.replace(b, index=b.index * span_s // to_s) for b in buckets)
    return added((), moved)


def span_for(day: date, today: date) -> int:
    """Return how finely a day is kept: quarters for 30 days, hours for a year, then as one."""
    if today - day > HOURS_KEPT:
        return DAY_S
    return HOUR_S if today - day > FINE_KEPT else QUARTER_S


def connected(
    last_seen: datetime | None, now: datetime, span_s: int = QUARTER_S
) -> Iterator[tuple[date, Bucket]]:
    """Yield the time between two words of an appliance where it counts as connected, by day and bucket.

    A silence longer than five minutes was a disconnection: nothing of it counts.
    """
    if last_seen is None or not timedelta(0) < now - last_seen <= LOST_AFTER:
        return
    at = last_seen
    while at < now:
        day, index = place_of(at, span_s)
        ends = _midnight(day) + timedelta(seconds=(index + 1) * span_s)
        until = min(ends, now)
        yield day, Bucket(index=index, up_s=(until - at).total_seconds())
        at = until


def place_of(at: datetime, span_s: int = QUARTER_S) -> tuple[date, int]:
    """Return the UTC day of an instant, and the number of its bucket in that day."""
    utc = at.astimezone(UTC)
    seconds = (utc - _midnight(utc.date())).total_seconds()
    return utc.date(), int(seconds // span_s)


class DayShown(msgspec.Struct, frozen=True):
    """One day of the strip: the share of it connected (None before the first word), and what went wrong."""

    day: date
    up: float | None
    silent: int
    refusals: int
    unready: int
    hottest_c: float | None


def strip(days: Sequence[tuple[date, Buckets]], now: datetime, count: int) -> tuple[DayShown, ...]:
    """Return the last `count` UTC days up to now, oldest first; a day nobody told of is not connected at all.

    Days before the first that is known are unknown, not disconnected.
    """
    known = dict(days)
    first = min(known, default=None)
    today = now.astimezone(UTC).date()
    found = []
    for back in range(count - 1, -1, -1):
        day = today - timedelta(days=back)
        whole = added((), (msgspec.structs.replace(b, index=0) for b in known.get(day, ())))
        told = whole[0] if whole else Bucket(index=0)
        elapsed = (now - _midnight(day)).total_seconds() if day == today else float(DAY_S)
        share = min(1.0, told.up_s / elapsed) if elapsed >= 1 else None
        unknown = first is None or day < first
        found.append(
            DayShown(
                day=day,
                up=None if unknown else share,
                silent=told.silent,
                refusals=told.refusals,
                unready=told.unready,
                hottest_c=told.hottest_c,
            )
        )
    return tuple(found)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), UTC)


def _most(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)


def _fewest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
