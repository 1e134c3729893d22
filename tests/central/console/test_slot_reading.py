"""The slot form: what is read, and what is said when it cannot be."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.console.slot_reading import read_slot
from central.console.slot_writing import recurrence_words, values_of
from central.console.words import Words
from contract.documents import (
    AfterBreak,
    Daily,
    LateRule,
    Level,
    LineIn,
    Lunar,
    Monthly,
    Once,
    Recurrence,
    Sha256,
    Slot,
    StreamRelay,
    Weekdays,
    Yearly,
)

SHA = "ab" * 32
T = Words("vi")
FORM = {
    "title": ["Bản tin sáng"],
    "items": [SHA],
    "recurrence": ["daily"],
    "start": ["05:30"],
    "end": ["06:00"],
    "volume_pct": ["80"],
    "level": ["normal"],
    "late": ["join"],
}


def read(**changes: list[str]) -> Slot:
    """Return the slot of a good form with these changes."""
    found = read_slot({**FORM, **changes}, "s-1", T)
    assert found.slot is not None, found.faults
    return found.slot


def faults(**changes: list[str]) -> set[str]:
    """Return the fields at fault in a form with these changes."""
    return set(read_slot({**FORM, **changes}, "s-1", T).faults)


def test_a_good_form_is_a_slot() -> None:
    """A filled-in form gives the slot it describes, whole."""
    assert read() == Slot(
        id="s-1",
        title="Bản tin sáng",
        recurrence=Daily(),
        start=time(5, 30),
        window_s=1_800,
        items=(Sha256(SHA),),
        volume_pct=80,
    )


def test_a_relay_needs_an_address_and_no_contents() -> None:
    """With a stream or the line input contents only stand by and there may be none; else there must be some."""
    url = "https://phat.vi-du.vn/vov1"
    assert read(source=["stream"], url=[url], items=[]).live == StreamRelay(url=url)
    assert read(source=["line-in"], items=[]).live == LineIn()
    assert read(source=["contents"], url=[url]).live is None
    assert faults(source=["contents"], items=[]) == {"items"}
    assert faults(source=["stream"]) == {"url"}


@pytest.mark.parametrize(
    "url", ["vov1", "rtsp://x/y", "https://", "https://đài.vn", "https://a b", "https://a:b@c/"]
)
def test_an_address_of_no_stream_is_asked_for_again(url: str) -> None:
    """The fault is said at the address and nothing else is blamed."""
    assert faults(source=["stream"], url=[url], items=[]) == {"url"}


@pytest.mark.parametrize("rule", AfterBreak)
def test_where_to_go_on_after_a_break_is_chosen(rule: AfterBreak) -> None:
    """Each of the three rules can be chosen; without a choice it goes on by the clock."""
    assert read(after_break=[rule.value]).after_break is rule
    assert read().after_break is AfterBreak.JOIN


def test_an_end_before_the_start_is_refused() -> None:
    """22:00 to 01:00 is a mistake unless somebody says that it passes midnight."""
    found = read_slot({**FORM, "start": ["22:00"], "end": ["01:00"]}, "s-1", T)
    assert found.slot is None
    assert "qua nửa đêm" in found.faults["end"]


def test_past_midnight_is_taken_when_said() -> None:
    """With “qua nửa đêm” the window runs into the next day."""
    slot = read(start=["22:00"], end=["01:00"], overnight=["on"])
    assert (slot.start, slot.window_s) == (time(22, 0), 3 * 3600)


def test_past_midnight_where_it_is_not_is_refused() -> None:
    """A tick that contradicts the hours is asked about, not guessed away."""
    assert faults(overnight=["on"]) == {"end"}


@pytest.mark.parametrize("overnight", [{}, {"overnight": ["on"]}])
def test_equal_hours_mean_a_whole_day_only_when_said(overnight: dict[str, list[str]]) -> None:
    """From 05:30 to 05:30 is nothing, or a whole day when it is said to pass midnight."""
    found = read_slot({**FORM, "end": ["05:30"], **overnight}, "s-1", T)
    assert (found.slot.window_s if found.slot else None) == (86_400 if overnight else None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ["  "]}, "title"),
        ({"title": ["x" * 201]}, "title"),
        ({"items": []}, "items"),
        ({"start": [""]}, "end"),
        ({"end": ["25:00"]}, "end"),
        ({"volume_pct": ["101"]}, "volume_pct"),
        ({"volume_pct": ["-1"]}, "volume_pct"),
        ({"volume_pct": ["8e1"]}, "volume_pct"),
        ({"repeat_count": ["0"]}, "repeat_count"),
        ({"gap_s": ["86401"]}, "gap_s"),
        ({"order": ["1001"]}, "order"),
        ({"recurrence": ["once"]}, "recurrence"),
        ({"recurrence": ["once"], "on": ["2026-02-30"]}, "recurrence"),
        ({"recurrence": ["weekdays"]}, "recurrence"),
        ({"recurrence": ["weekdays"], "weekdays": ["8"]}, "recurrence"),
        ({"recurrence": ["monthly"], "month_days": ["0, 5"]}, "recurrence"),
        ({"recurrence": ["yearly"], "year_day": ["31"], "year_month": ["4"]}, "recurrence"),
        ({"recurrence": ["lunar"], "lunar_days": ["31"]}, "recurrence"),
        ({"recurrence": ["lunar"], "lunar_days": ["1"], "lunar_months": ["13"]}, "recurrence"),
        ({"from_date": ["2026-12-02"], "until_date": ["2026-12-01"]}, "until_date"),
        ({"until_date": ["mai"]}, "until_date"),
        ({"except_dates": ["31/02/2027"]}, "except_dates"),
    ],
)
def test_each_fault_is_named_at_its_field(changes: dict[str, list[str]], field: str) -> None:
    """What cannot be read is said where it was written, and nothing else is blamed."""
    assert faults(**changes) == {field}


@pytest.mark.parametrize("text", ["05:30", "5:30", "5h30", "5H30", "05.30", "0530"])
def test_a_time_is_read_as_people_write_it(text: str) -> None:
    """Half past five may be written in every usual way, always on the 24-hour clock."""
    assert read(start=[text]).start == time(5, 30)


def test_a_full_hour_may_stand_alone() -> None:
    """17h is five in the afternoon."""
    assert read(start=["17h"], end=["18h"]).start == time(17, 0)


@pytest.mark.parametrize(
    "text", ["5", "530", "5:3", "5:60", "24:00", "5:30 PM", "05:30:00", "٠٥:٣٠", "-5:30"]
)
def test_a_time_that_could_mean_two_things_is_refused(text: str) -> None:
    """What is not plainly one time of day is asked for again."""
    assert faults(start=[text]) == {"end"}


def test_all_faults_are_told_at_once() -> None:
    """Nobody has to save five times to learn of five mistakes."""
    assert faults(title=[""], items=[], volume_pct=["a"], end=["05:00"]) == {
        "title",
        "items",
        "volume_pct",
        "end",
    }


RECURRENCES: st.SearchStrategy[Recurrence] = st.one_of(
    st.just(Daily()),
    st.builds(Once, on=st.dates(date(2026, 1, 1), date(2030, 1, 1))),
    st.builds(Weekdays, days=st.frozensets(st.integers(1, 7), min_size=1)),
    st.builds(Monthly, days=st.frozensets(st.integers(1, 31), min_size=1)),
    st.builds(Yearly, month=st.integers(1, 12), day=st.integers(1, 28)),
    st.builds(
        Lunar,
        days=st.frozensets(st.integers(1, 30), min_size=1),
        months=st.frozensets(st.integers(1, 12)),
    ),
)
SLOTS = st.builds(
    Slot,
    id=st.just("s-1"),
    title=st.text("abcđếnơư ", min_size=1, max_size=30).map(str.strip).filter(bool),
    recurrence=RECURRENCES,
    start=st.times().map(lambda at: at.replace(second=0, microsecond=0, fold=0)),
    window_s=st.integers(1, 1_440).map(lambda minutes: minutes * 60),
    items=st.lists(st.sampled_from([SHA, "cd" * 32]), min_size=1, max_size=4).map(
        lambda found: tuple(map(Sha256, found))
    ),
    repeat_count=st.integers(1, 1_000),
    gap_s=st.integers(0, 86_400),
    loop=st.booleans(),
    zones=st.sampled_from([(), ("san",), ("san", "cho")]),
    volume_pct=st.integers(0, 100),
    level=st.sampled_from(Level),
    order=st.integers(0, 1_000),
    late=st.sampled_from(LateRule),
    live=st.sampled_from([None, LineIn(), StreamRelay(url="https://phat.vi-du.vn/vov1")]),
    after_break=st.sampled_from(AfterBreak),
)


@given(SLOTS)
def test_a_slot_comes_back_from_its_own_form(slot: Slot) -> None:
    """Opening a slot and saving it untouched changes nothing."""
    assert read_slot(values_of(slot), "s-1", T).slot == slot


@pytest.mark.parametrize(
    ("recurrence", "said"),
    [
        (Daily(), "hằng ngày"),
        (Once(on=date(2026, 11, 23)), "ngày 23/11/2026"),
        (Weekdays(days=frozenset({7, 1})), "Thứ 2, Chủ nhật"),
        (Monthly(days=frozenset({15, 1})), "ngày 1, 15 hằng tháng"),
        (Yearly(month=9, day=2), "ngày 2/9 hằng năm"),
        (Lunar(days=frozenset({1, 15})), "ngày 1, 15 âm lịch hằng tháng"),
        (Lunar(days=frozenset({1}), months=frozenset({1})), "ngày 1 tháng 1 âm lịch"),
    ],
)
def test_days_are_said_as_people_say_them(recurrence: Recurrence, said: str) -> None:
    """Each kind of recurrence reads as a plain phrase."""
    assert recurrence_words(recurrence, T) == said
