"""The thrift: when and how much an appliance on a paid line may fetch."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.adapters.thrift import Limits, Need, Spent, Thrift, limits
from edge.config import Span, span

HOME = ZoneInfo("Asia/Ho_Chi_Minh")
MB = 1_000_000


def at(clock: str, day: int = 23) -> datetime:
    """Return an instant of November 2026 by the clock on the wall in Đồng Tháp, told in UTC."""
    hour, minute = clock.split(":")
    return datetime(2026, 11, day, int(hour), int(minute), tzinfo=HOME).astimezone(UTC)


class Memory:
    """What a restart finds."""

    def __init__(self) -> None:
        self.spent: Spent | None = None
        self.saves = 0

    def load(self) -> Spent | None:
        return self.spent

    def save(self, spent: Spent) -> None:
        self.spent = spent
        self.saves += 1


def thrift(hours: tuple[str, ...] = (), budget: int = 0, memory: Memory | None = None) -> Thrift:
    """Return a thrift in Đồng Tháp."""
    held = memory or Memory()
    return Thrift(limits(hours, budget), lambda: HOME, held.load, held.save)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("22:00-05:00", Span(1320, 300)),
        ("00:00-24:00", Span(0, 1440)),
        ("22:00-00:00", Span(1320, 1440)),
        ("09:30-09:31", Span(570, 571)),
    ],
)
def test_hours_as_an_installer_writes_them(text: str, expected: Span) -> None:
    """Hours are read to the minute; they may pass midnight or end at it."""
    assert span(text) == expected


@pytest.mark.parametrize(
    "text", ["", "22-5", "22:00", "24:00-05:00", "22:60-05:00", "05:00-05:00", "22:00–05:00", "x"]
)
def test_hours_that_are_none_are_named(text: str) -> None:
    """What cannot be hours is refused with an example of what can."""
    with pytest.raises(ValueError, match='write it as "22:00-05:00"'):
        span(text)
    with pytest.raises(ValueError, match="per day"):
        limits((), -1)


def test_without_limits_all_may_be_fetched() -> None:
    """No hours and no budget: any size at any time."""
    assert thrift().may_fetch(at("12:00"), 2_000 * MB).ok


@pytest.mark.parametrize(
    ("clock", "ok"), [("21:59", False), ("22:00", True), ("04:59", True), ("05:00", False)]
)
def test_hours_begin_and_end_to_the_minute(clock: str, ok: bool) -> None:
    """Within the hours content is fetched; their end is exclusive; outside the next opening is named."""
    verdict = thrift(("22:00-05:00",)).may_fetch(at(clock), MB)
    assert verdict.ok is ok
    if not ok:
        assert verdict.again_at == at("22:00")
        assert "22:00–05:00" in verdict.why


spans = st.builds(Span, st.integers(0, 1439), st.integers(1, 1440)).filter(
    lambda s: s.from_min != s.until_min
)


@given(st.lists(spans, min_size=1, max_size=3), st.integers(0, 1439))
def test_opening_agrees_with_going_minute_by_minute(allowed: list[Span], minute: int) -> None:
    """The instant named is the first minute at which the hours are open: nothing is ever forgotten."""
    judge = Thrift(Limits(tuple(allowed)), lambda: HOME, lambda: None, lambda _: None)
    now = at("00:00") + timedelta(minutes=minute)
    verdict = judge.may_fetch(now, MB)
    minutes = (now + timedelta(minutes=m) for m in range(1441))
    first = next((m for m in minutes if judge.may_fetch(m, MB).ok), None)
    assert first is not None
    assert (verdict.again_at or now) == first


def test_what_is_needed_soon_passes_the_hours_but_not_the_budget() -> None:
    """Needed within hours: fetched outside the hours, counted, and held back when the budget is gone."""
    judge = thrift(("22:00-05:00",), 10 * MB)
    noon = at("12:00")
    assert not judge.may_fetch(noon, MB).ok
    assert judge.may_fetch(noon, MB, Need.SOON).ok
    judge.spend(noon, 10 * MB)
    held = judge.may_fetch(noon, MB, Need.SOON)
    assert not held.ok
    assert held.again_at == at("00:00", 24)


def test_an_emergency_passes_hours_and_budget_and_is_counted() -> None:
    """For an emergency everything may be fetched; what it took is missing for the rest of the day."""
    judge = thrift(("22:00-05:00",), 10 * MB)
    noon = at("12:00")
    judge.spend(noon, 10 * MB)
    assert judge.may_fetch(noon, 50 * MB, Need.EMERGENCY).ok
    judge.spend(noon, 50 * MB)
    assert judge.spent_bytes(noon) == 60 * MB


def test_a_new_local_day_begins_at_zero() -> None:
    """The budget is renewed at midnight where the appliance stands, not at midnight in Greenwich."""
    judge = thrift((), 10 * MB)
    judge.spend(at("23:59"), 10 * MB)
    verdict = judge.may_fetch(at("23:59"), MB)
    assert verdict.again_at == at("00:00", 24)
    assert "00:00 ngày 24/11" in verdict.why
    assert judge.may_fetch(at("00:00", 24), 10 * MB).ok
    assert judge.spent_bytes(at("00:00", 24)) == 0


def test_after_the_budget_planned_content_waits_for_the_hours_too() -> None:
    """With hours in the afternoon, tomorrow's budget is of use at the opening, not at midnight."""
    judge = thrift(("13:00-15:00",), 10 * MB)
    judge.spend(at("13:30"), 10 * MB)
    assert judge.may_fetch(at("13:31"), MB).again_at == at("13:00", 24)


def test_what_does_not_fit_today_leaves_room_for_what_does() -> None:
    """A content that today's rest does not hold waits for tomorrow; a smaller one is still fetched."""
    judge = thrift((), 10 * MB)
    judge.spend(at("08:00"), 4 * MB)
    assert not judge.may_fetch(at("08:01"), 7 * MB).ok
    assert judge.may_fetch(at("08:01"), 6 * MB).ok


def test_what_is_larger_than_a_day_is_fetched_in_pieces() -> None:
    """A content larger than any day's budget begins while there is some left, and stops when there is none."""
    judge = thrift((), 10 * MB)
    assert judge.may_fetch(at("08:00"), 35 * MB).ok
    judge.spend(at("08:00"), 10 * MB)
    assert not judge.may_fetch(at("08:01"), 0).ok
    assert judge.may_fetch(at("00:00", 24), 25 * MB).ok


def test_the_count_survives_a_restart() -> None:
    """What was fetched today is still counted after a power cut; a restart is no new budget."""
    memory = Memory()
    before = thrift((), 10 * MB, memory)
    before.spend(at("08:00"), 9 * MB)
    before.settle()
    after = thrift((), 10 * MB, memory)
    assert after.spent_bytes(at("09:00")) == 9 * MB
    assert not after.may_fetch(at("09:00"), 2 * MB).ok


def test_the_card_is_not_worn_by_counting() -> None:
    """The count is saved every few megabytes and at the end, not with each piece."""
    memory = Memory()
    judge = thrift((), 100 * MB, memory)
    for _ in range(160):
        judge.spend(at("08:00"), 65_536)
    judge.settle()
    judge.settle()
    assert memory.spent == Spent("2026-11-23", 160 * 65_536)
    assert memory.saves == 3


def test_a_full_disk_stops_no_counting() -> None:
    """When the count cannot be saved, it goes on in memory."""

    def full(_: Spent) -> None:
        raise OSError(28, "No space left on device")

    judge = Thrift(limits((), 10 * MB), lambda: HOME, lambda: None, full)
    judge.spend(at("08:00"), 10 * MB)
    judge.settle()
    assert not judge.may_fetch(at("08:01"), MB).ok


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_steps_locks_nothing(years: int) -> None:
    """After a wrong year is put right the appliance fetches: another day is another budget."""
    judge = thrift((), 10 * MB)
    wrong = at("08:00").replace(year=2026 + years)
    judge.spend(wrong, 10 * MB)
    assert not judge.may_fetch(wrong, MB).ok
    assert judge.may_fetch(at("08:00"), MB).ok
