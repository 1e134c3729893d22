"""The picture of the week."""

from datetime import UTC, date, datetime, time
from itertools import pairwise
from pathlib import Path

import pytest

from central.console.week import LEAST_PX, Block, Picture, picture
from central.services.console_views import week_view
from contract.documents import Lunar
from tests.central.setting import COMMUNE, Province, make_slot

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)  # Wednesday, 10:00 in Đồng Tháp


@pytest.fixture
def sound(province: Province, tone: Path) -> str:
    """An approved content of one second."""
    return province.sound(tone).sha256


def drawn(province: Province) -> Picture:
    """Return the picture of the commune's week."""
    with province.house.reading() as unit:
        return picture(week_view(unit, COMMUNE, MONDAY, now=province.now), NOW)


def blocks(province: Province) -> list[tuple[int, Block]]:
    """Return the blocks with their column."""
    return [(n, b) for n, c in enumerate(drawn(province).columns) for b in c.blocks]


def test_an_empty_week_is_said_to_be_empty(province: Province) -> None:
    """Seven columns from Monday, the present day marked with a line at the present time."""
    found = drawn(province)
    assert found.empty
    assert [c.day.weekday() for c in found.columns] == list(range(7))
    assert [c.today for c in found.columns] == [False, False, True, False, False, False, False]
    line = found.columns[2].now_px
    assert line is not None
    assert 0 < line < found.height_px


def test_a_daily_slot_stands_in_every_column(province: Province, sound: str) -> None:
    """What sounds each day is drawn each day at the same height, tall enough to read."""
    province.slot(make_slot(sound))
    found = blocks(province)
    assert [n for n, _ in found] == list(range(7))
    assert len({(b.top_px, b.height_px) for _, b in found}) == 1
    assert all(b.height_px >= LEAST_PX and b.tone == "usual" for _, b in found)


def test_later_is_lower(province: Province, sound: str) -> None:
    """Blocks of a day do not change places: an earlier one is higher up."""
    province.slot(make_slot(sound, "a", start=time(6, 0)))
    province.slot(make_slot(sound, "b", start=time(6, 30)))
    province.slot(make_slot(sound, "c", start=time(17, 0)))
    day = [b for n, b in blocks(province) if n == 0]
    assert [b.slot for b in sorted(day, key=lambda b: b.top_px)] == ["a", "b", "c"]


def test_what_is_refused_says_why(province: Province, sound: str) -> None:
    """A slot in the quiet hours is drawn as refused, with the reason on it."""
    province.slot(make_slot(sound, start=time(22, 0)))
    _, block = blocks(province)[0]
    assert block.tone == "no"
    assert block.short_why == "giờ yên tĩnh"
    assert "yên tĩnh" in block.why.lower()


def test_an_overlap_is_drawn_side_by_side(province: Province, sound: str) -> None:
    """Of two slots at one time one gives way; both are seen, beside each other, within the column."""
    province.slot(make_slot(sound, "a", title="Một"))
    province.slot(make_slot(sound, "b", title="Hai"))
    day = [b for n, b in blocks(province) if n == 0]
    assert sorted(b.tone for b in day) == ["no", "usual"]
    assert sorted((b.left_pct, b.width_pct) for b in day) == [(0, 50), (50, 50)]
    refused = next(b for b in day if b.tone == "no")
    winner = next(b for b in day if b.tone == "usual")
    assert winner.title in refused.why


def test_the_full_moon_is_found(province: Province, sound: str) -> None:
    """A slot of lunar day 15 stands on Monday 23 November 2026 only, which the column names as rằm."""
    province.slot(make_slot(sound, recurrence=Lunar(days=frozenset({15}))))
    assert [n for n, _ in blocks(province)] == [0]
    assert drawn(province).columns[0].lunar.day == 15


def test_idle_hours_are_short(province: Province, sound: str) -> None:
    """The scale gives room to the hours in use: a week with one session is not a screen of nothing."""
    assert drawn(province).height_px < 400
    province.slot(make_slot(sound))
    tops = [hour.top_px for hour in drawn(province).hours]
    heights = [b - a for a, b in pairwise(tops)]
    assert heights[6] > 4 * heights[5]


def test_a_trial_slot_is_seen_before_it_is_saved(province: Province, sound: str) -> None:
    """The form's slot is part of the picture though nobody has saved it, and leaves no trace."""
    trial = make_slot(sound, "thu", title="Thử")
    with province.house.reading() as unit:
        week = week_view(unit, COMMUNE, MONDAY, trial=trial, now=province.now)
    assert {p.slot.title for day in week.days for p in day} == {"Thử"}
    assert blocks(province) == []
