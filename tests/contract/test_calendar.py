from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from contract.calendar import (
    FIRST_LUNAR_DAY,
    LAST_LUNAR_DAY,
    LunarDay,
    day_exists,
    instant_of,
    local_day,
    lunar_of,
    midnight_after,
    occurs_on,
    slot_occurs_on,
)
from contract.documents import Daily, Lunar, Monthly, Once, Recurrence, Slot, Weekdays, Yearly
from tests.contract.drawn import sha

DAY = timedelta(days=1)

TET = """
1945-02-13 1954-02-03 1968-01-29 1975-02-11 1976-01-31 1985-01-21 2000-02-05 2001-01-24 2002-02-12
2003-02-01 2004-01-22 2005-02-09 2006-01-29 2007-02-17 2008-02-07 2009-01-26 2010-02-14 2011-02-03
2012-01-23 2013-02-10 2014-01-31 2015-02-19 2016-02-08 2017-01-28 2018-02-16 2019-02-05 2020-01-25
2021-02-12 2022-02-01 2023-01-22 2024-02-10 2025-01-29 2026-02-17 2027-02-06 2028-01-26 2029-02-13
2030-02-02
"""  # the first day of Vietnam's year; those of 1968, 1985, 2007 and 2030 are not China's

LEAP_MONTHS = {  # year: the month that comes twice; China repeats 10 in 1984, 6 in 1987
    1985: 2,
    1987: 7,
    2001: 4,
    2004: 2,
    2006: 7,
    2009: 5,
    2012: 4,
    2014: 9,
    2017: 6,
    2020: 4,
    2023: 2,
    2025: 6,
    2028: 5,
    2031: 3,
    2033: 11,
}

FEASTS = {  # what a commune broadcasts on
    "2024-08-18": LunarDay(15, 7, leap=False, year=2024),  # rằm tháng bảy
    "2025-09-06": LunarDay(15, 7, leap=False, year=2025),
    "2026-08-27": LunarDay(15, 7, leap=False, year=2026),
    "2024-09-17": LunarDay(15, 8, leap=False, year=2024),  # Trung thu
    "2025-10-06": LunarDay(15, 8, leap=False, year=2025),
    "2024-04-18": LunarDay(10, 3, leap=False, year=2024),  # giỗ Tổ Hùng Vương
    "2025-04-07": LunarDay(10, 3, leap=False, year=2025),
    "2026-04-26": LunarDay(10, 3, leap=False, year=2026),
    "2025-01-28": LunarDay(29, 12, leap=False, year=2024),  # giao thừa of a short month
    "2024-02-09": LunarDay(30, 12, leap=False, year=2023),
    "2025-07-25": LunarDay(1, 6, leap=True, year=2025),
    "2023-03-22": LunarDay(1, 2, leap=True, year=2023),
    "2033-12-22": LunarDay(1, 11, leap=True, year=2033),
}


@pytest.mark.parametrize("tet", TET.split())
def test_tet_falls_on_the_day_people_kept_it(tet: str) -> None:
    """Mùng 1 tháng Giêng of each year known is where Vietnam's calendar has it."""
    day = date.fromisoformat(tet)
    assert lunar_of(day) == LunarDay(1, 1, leap=False, year=day.year)
    assert lunar_of(day - DAY).month == 12


def test_tet_of_1985_is_a_month_before_china() -> None:
    """The solstice of 1984 fell on another day in Hà Nội than in Bắc Kinh, and so did Tết."""
    assert lunar_of(date(1985, 2, 20)) == LunarDay(1, 2, leap=False, year=1985)


@pytest.mark.parametrize("day", FEASTS)
def test_a_feast_falls_on_its_lunar_day(day: str) -> None:
    """Rằm, Trung thu, giỗ Tổ, giao thừa and first days of leap months agree with printed calendars."""
    assert lunar_of(date.fromisoformat(day)) == FEASTS[day]


def test_leap_months_are_the_known_ones() -> None:
    """In the years 1985 to 2033 that we know, exactly the known month comes twice."""
    for year, month in LEAP_MONTHS.items():
        days = [date(year, 1, 1) + DAY * n for n in range(420)]
        found = {m.month for m in map(lunar_of, days) if m.leap and m.year == year}
        assert found == {month}, year


def test_lunar_days_follow_each_other_through_three_centuries() -> None:
    """Each day is the next of its month or mùng 1 of the next month; months have 29 or 30 days."""
    before = lunar_of(FIRST_LUNAR_DAY)
    day = FIRST_LUNAR_DAY + DAY
    leaps: set[tuple[int, int]] = set()
    while day <= LAST_LUNAR_DAY:
        here = lunar_of(day)
        if here.day != 1:
            assert here == before._replace(day=before.day + 1), day
        else:
            assert before.day in {29, 30}, day
            if here.leap:
                assert (here.month, here.year) == (before.month, before.year), day
                assert all(year != here.year for year, _ in leaps), day
                leaps.add((here.year, here.month))
            else:
                assert here.month == before.month % 12 + 1, day
                assert here.year == before.year + (here.month == 1), day
        before, day = here, day + DAY
    assert len(leaps) == 111  # seven in nineteen years make 110.5


def test_the_calendar_ends_where_it_says() -> None:
    """The first and last day have an answer; a day beyond is refused by name."""
    assert lunar_of(FIRST_LUNAR_DAY) == LunarDay(1, 12, leap=False, year=1899)
    assert lunar_of(LAST_LUNAR_DAY).year == 2199
    for beyond in (FIRST_LUNAR_DAY - DAY, LAST_LUNAR_DAY + DAY):
        with pytest.raises(ValueError, match="1900 to 2199"):
            lunar_of(beyond)
        assert not occurs_on(Lunar(days=frozenset(range(1, 31))), beyond)


RULES: tuple[tuple[Recurrence, str, str], ...] = (  # rule, a day in it, a day out of it
    (Once(on=date(2026, 11, 23)), "2026-11-23", "2027-11-23"),
    (Weekdays(days=frozenset({1})), "2026-11-23", "2026-11-24"),
    (Weekdays(days=frozenset({7})), "2026-11-22", "2026-11-23"),
    (Monthly(days=frozenset({31})), "2026-10-31", "2026-11-30"),
    (Yearly(month=2, day=29), "2028-02-29", "2027-02-28"),
    (Yearly(month=9, day=2), "2026-09-02", "2026-02-09"),
    (Lunar(days=frozenset({1, 15})), "2024-08-18", "2024-08-17"),
    (Lunar(days=frozenset({1}), months=frozenset({1})), "2026-02-17", "2026-03-19"),
    (Lunar(days=frozenset({30})), "2024-02-09", "2025-01-28"),
    (Lunar(days=frozenset({1}), months=frozenset({6})), "2025-06-25", "2025-07-25"),
)


@pytest.mark.parametrize(("rule", "inside", "outside"), RULES)
def test_a_rule_holds_its_days_and_no_others(rule: Recurrence, inside: str, outside: str) -> None:
    """Each kind of recurrence occurs on a day of it and not on one beside it."""
    assert occurs_on(rule, date.fromisoformat(inside))
    assert not occurs_on(rule, date.fromisoformat(outside))


def test_a_leap_month_has_its_ram_but_no_second_tet() -> None:
    """A rule for every month holds in a leap month; one that names months does not."""
    leap_ram = date(2025, 8, 8)
    assert lunar_of(leap_ram) == LunarDay(15, 6, leap=True, year=2025)
    assert occurs_on(Lunar(days=frozenset({15})), leap_ram)
    assert not occurs_on(Lunar(days=frozenset({15}), months=frozenset({6})), leap_ram)


def test_a_slot_keeps_to_its_dates() -> None:
    """From and until are both included; exceptions are left out."""
    slot = Slot(
        id="s",
        title="Khung",
        recurrence=Daily(),
        start=time(5, 30),
        window_s=60,
        items=(sha(0),),
        from_date=date(2026, 11, 2),
        until_date=date(2026, 11, 5),
        except_dates=frozenset({date(2026, 11, 4)}),
    )
    held = [n for n in range(1, 8) if slot_occurs_on(slot, date(2026, 11, n))]
    assert held == [2, 3, 5]


WALLS = {  # zone, wall time: the instant in UTC
    ("Asia/Ho_Chi_Minh", "2026-11-23T05:30"): "2026-11-22T22:30",
    ("Europe/Berlin", "2026-03-29T02:30"): "2026-03-29T01:30",  # never was: 03:30 summer time
    ("Europe/Berlin", "2026-10-25T02:30"): "2026-10-25T00:30",  # twice: the first
    ("America/Nuuk", "2026-03-28T23:30"): "2026-03-29T01:30",  # never was: 00:30 next day
}


@pytest.mark.parametrize(("zone", "wall"), WALLS)
def test_a_wall_time_has_one_instant(zone: str, wall: str) -> None:
    """A gap moves a wall time forward by its length; of two equal wall times the first counts."""
    local = datetime.fromisoformat(wall)
    expected = datetime.fromisoformat(WALLS[zone, wall]).replace(tzinfo=UTC)
    for fold in (0, 1):
        wall_time = local.time().replace(fold=fold)
        assert instant_of(local.date(), wall_time, ZoneInfo(zone)) == expected


def test_a_zone_that_crossed_the_date_line_lost_a_day() -> None:
    """Samoa had no 30 December 2011, and had the days before and after."""
    samoa = ZoneInfo("Pacific/Apia")
    assert [day_exists(date(2011, 12, n), samoa) for n in (29, 30, 31)] == [True, False, True]


def test_a_local_day_ends_at_local_midnight() -> None:
    """The instant at which a day ends is already the next day on the wall."""
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    end = midnight_after(date(2026, 11, 23), zone)
    assert end == datetime(2026, 11, 23, 17, tzinfo=UTC)
    assert local_day(end, zone) == date(2026, 11, 24)
    assert local_day(end - timedelta(microseconds=1), zone) == date(2026, 11, 23)
