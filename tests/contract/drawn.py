"""Programmes and instants to try: short windows that collide, and instants drawn near their edges."""

from datetime import UTC, date, datetime, time, timedelta

from hypothesis import strategies as st

from contract.documents import (
    Content,
    Daily,
    DeviceId,
    LateRule,
    Level,
    Lunar,
    Monthly,
    Once,
    Programme,
    Recurrence,
    Sha256,
    Slot,
    Weekdays,
    Yearly,
)
from tests.contract import oracle

US = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
PLACES = (  # a zone and a day worth trying in it
    ("Asia/Ho_Chi_Minh", date(2026, 11, 23)),
    ("Europe/Berlin", date(2026, 3, 29)),  # 02:00 becomes 03:00
    ("Europe/Berlin", date(2026, 10, 25)),  # 03:00 becomes 02:00
    ("America/Nuuk", date(2026, 3, 28)),  # 23:00 becomes midnight
    ("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour back
    ("Pacific/Apia", date(2011, 12, 30)),  # never was
)
LENGTHS_MS = (1, 999, 1_000, 61_500, 600_000, 3_600_000)
STARTS = (time(0), time(0, 30), time(2, 30), time(5, 30), time(17, 15, 0, 500_000), time(23, 40))
WINDOWS_S = (1, 300, 3_600, 40_000, 86_399, 86_400)


def sha(number: int) -> Sha256:
    """Return the name of content `number`."""
    return Sha256(f"{number:064x}")


def contents(lengths_ms: tuple[int, ...]) -> tuple[Content, ...]:
    """Return contents of these lengths, named by their place."""
    return tuple(
        Content(
            sha256=sha(n),
            size_bytes=1,
            duration_ms=length,
            mime="audio/mpeg",
            title=f"Bài {n}",
        )
        for n, length in enumerate(lengths_ms)
    )


def programme(
    slots: tuple[Slot, ...],
    lengths_ms: tuple[int, ...] = (60_000,),
    *,
    zone: str = "Asia/Ho_Chi_Minh",
    valid: tuple[datetime, datetime] | None = None,
) -> Programme:
    """Return a programme of these slots; valid in November 2026 unless told otherwise."""
    begin, end = valid or (datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 12, 5, tzinfo=UTC))
    return Programme(
        device=DeviceId("a" * 16),
        assignment_epoch=1,
        version=1,
        issued=end - timedelta(days=30),
        not_before=begin,
        soft_expires=end,
        expires=end,
        time_zone=zone,
        slots=slots,
        contents=contents(lengths_ms),
    )


@st.composite
def slots(draw: st.DrawFn, number: int, day: date) -> Slot:
    """Draw a slot whose windows fall on or near `day`."""
    picks = st.integers(0, len(LENGTHS_MS) - 1)
    items = draw(st.lists(picks, min_size=1, max_size=4))
    loop = draw(st.booleans()) and sum(LENGTHS_MS[n] for n in items) >= 600_000
    near = [day + timedelta(days=n) for n in range(-2, 3)]
    one = draw(st.sampled_from(near))
    rules: tuple[Recurrence, ...] = (
        Daily(),
        Once(on=one),
        Weekdays(days=frozenset({one.isoweekday()})),
        Monthly(days=frozenset({one.day})),
        Yearly(month=one.month, day=one.day),
        Lunar(days=frozenset(range(1, 31, 2))),
    )
    return Slot(
        id=f"s{number}",
        title=f"Khung {number}",
        recurrence=draw(st.sampled_from(rules)),
        start=draw(st.sampled_from(STARTS)),
        window_s=draw(st.sampled_from(WINDOWS_S)),
        items=tuple(sha(n) for n in items),
        from_date=draw(st.sampled_from((None, *near[:2]))),
        until_date=draw(st.sampled_from((None, *near[3:]))),
        except_dates=frozenset(draw(st.lists(st.sampled_from(near), max_size=1))),
        repeat_count=draw(st.integers(1, 3)),
        gap_s=draw(st.sampled_from((0, 1, 90, 1_800))),
        loop=loop,
        level=draw(st.sampled_from(Level)),
        order=draw(st.sampled_from((0, 500, 1_000))),
        late=draw(st.sampled_from(LateRule)),
    )


class Around(list[oracle.Sounding]):
    """All that sounds near the drawn day; too long to print."""

    def __repr__(self) -> str:
        return f"<{len(self)} soundings>"


Drawn = tuple[Programme, Around, datetime]


@st.composite
def moments(draw: st.DrawFn) -> Drawn:
    """Draw a programme, all that sounds around its day, and an instant at or near one of its edges."""
    zone, day = draw(st.sampled_from(PLACES))
    own = tuple(draw(slots(n, day)) for n in range(draw(st.integers(1, 4))))
    noon = datetime.combine(day, time(12), tzinfo=UTC)
    begin = noon - draw(st.sampled_from((timedelta(days=2), timedelta(hours=11, seconds=5))))
    end = noon + draw(st.sampled_from((timedelta(days=2), timedelta(hours=9, milliseconds=7))))
    drawn = programme(own, LENGTHS_MS, zone=zone, valid=(begin, end))
    around = Around(oracle.soundings(drawn, day - timedelta(days=4), day + timedelta(days=4)))
    edges = sorted({begin, end, noon, *(s.since for s in around), *(s.until for s in around)})
    near = st.sampled_from((timedelta(0), -HOUR, -US, US, timedelta(seconds=1), timedelta(0)))
    special = draw(st.integers(0, 5))  # the programme's own first and last instant more often
    edge = (begin, end)[special] if special < 2 else draw(st.sampled_from(edges))
    return drawn, around, edge + draw(near)
