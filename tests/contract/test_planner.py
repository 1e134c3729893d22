from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.documents import (
    Daily,
    LateRule,
    Level,
    Policy,
    Programme,
    QuietHours,
    Slot,
    Weekdays,
)
from contract.planner import Planned, plan, warnings
from contract.timeline import stretch_at
from tests.contract import oracle
from tests.contract.drawn import Drawn, moments, programme, sha

MONDAY = date(2026, 11, 23)
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
SECOND = timedelta(seconds=1)
OPEN = Policy(quiet=())


def slot(name: str, start: str, window_s: int = 3_600, **changes: object) -> Slot:
    """Return a daily slot with one item, changed as told."""
    usual: dict[str, object] = {
        "id": name,
        "title": name.title(),
        "recurrence": Daily(),
        "start": time.fromisoformat(start),
        "window_s": window_s,
        "items": (sha(0),),
    }
    return Slot(**{**usual, **changes})  # type: ignore[arg-type]


def told(planned: tuple[Planned, ...]) -> list[str]:
    """Return a plan as lines of a day: from-to slot/item and what becomes of it."""
    lines: list[str] = []
    for p in planned:
        start, end = p.start.astimezone(ZONE), p.end.astimezone(ZONE)
        fate = p.verdict.code or (f"gives way to {p.displaced_by}" if p.displaced_by else "sounds")
        lines.append(f"{start:%H:%M:%S}-{end:%H:%M:%S} {p.slot.id}/{p.index} {fate}")
    return lines


# --- examples -------------------------------------------------------------------------------------


def test_a_plan_names_each_item_with_its_span() -> None:
    """Two items of a slot, one after the other."""
    own = programme((slot("sang", "05:30", items=(sha(0), sha(1))),), (120_000, 90_500))
    assert told(plan(own, Policy(), MONDAY)) == [
        "05:30:00-05:32:00 sang/0 sounds",
        "05:32:00-05:33:30 sang/1 sounds",
    ]


def test_a_priority_slot_cuts_in_and_the_other_joins_again() -> None:
    """The displaced stretch names who displaced it; afterwards the item is joined in progress."""
    notice = slot("bao", "05:40", 300, level=Level.PRIORITY, loop=True)
    own = programme((slot("sang", "05:30"), notice), (1_800_000,))
    assert told(plan(own, Policy(), MONDAY)) == [
        "05:30:00-05:40:00 sang/0 sounds",
        "05:40:00-05:45:00 bao/0 sounds",
        "05:40:00-05:45:00 sang/0 gives way to bao",
        "05:45:00-06:00:00 sang/0 sounds",
    ]


def test_an_item_that_skips_when_late_is_not_joined_again() -> None:
    """With the late rule "skip" the rest of a displaced item stays silent, for the same reason."""
    notice = slot("bao", "05:40", 300, level=Level.PRIORITY, loop=True)
    own = programme((slot("sang", "05:30", late=LateRule.SKIP), notice), (1_800_000,))
    assert told(plan(own, Policy(), MONDAY)) == [
        "05:30:00-05:40:00 sang/0 sounds",
        "05:40:00-05:45:00 bao/0 sounds",
        "05:40:00-06:00:00 sang/0 gives way to bao",
    ]


def test_an_item_that_skips_when_late_is_forgiven_a_few_seconds() -> None:
    """Four seconds late is not late; what then sounds is not called late at the next change either."""
    slots = (
        slot("nen", "05:29"),
        slot("sang", "05:30", 100, late=LateRule.SKIP),
        slot("bao", "05:30", 4, level=Level.PRIORITY),
    )
    assert told(plan(programme(slots, (120_000,)), OPEN, MONDAY)) == [
        "05:29:00-05:30:00 nen/0 sounds",
        "05:30:00-05:30:04 bao/0 sounds",
        "05:30:00-05:30:04 sang/0 gives way to bao",
        "05:30:00-05:30:04 nen/0 gives way to bao",
        "05:30:04-05:31:40 sang/0 sounds",
        "05:30:04-05:31:00 nen/0 gives way to sang",
    ]


def test_an_item_under_way_when_the_programme_begins_is_late() -> None:
    """A skipping item whose beginning no programme covered is left out by name; a joining one is not."""
    begin = datetime(2026, 11, 22, 22, 40, tzinfo=UTC)  # 05:40
    for late, fate in ((LateRule.SKIP, "late"), (LateRule.JOIN, "sounds")):
        own = programme(
            (slot("sang", "05:30", late=late),),
            (1_800_000,),
            valid=(begin, begin + timedelta(days=3)),
        )
        assert told(plan(own, Policy(), MONDAY)) == [f"05:40:00-06:00:00 sang/0 {fate}"]


def test_an_item_that_a_programme_let_in_a_few_seconds_late_sounds_to_its_end() -> None:
    """What was forgiven when the programme began is not called late when another item ends beside it."""
    begin = datetime(2026, 11, 22, 22, 30, 4, tzinfo=UTC)  # 05:30:04
    own = programme(
        (slot("sang", "05:30", late=LateRule.SKIP), slot("nen", "05:29", 90)),
        (120_000,),
        valid=(begin, begin + timedelta(days=3)),
    )
    assert told(plan(own, Policy(), MONDAY)) == [
        "05:30:04-05:32:00 sang/0 sounds",
        "05:30:04-05:30:30 nen/0 gives way to sang",
    ]


def test_quiet_hours_cut_a_plan_with_their_reason() -> None:
    """What lies in quiet hours is refused by name, what lies outside sounds."""
    own = programme((slot("dem", "20:45"),), (1_800_000,))
    planned = plan(own, Policy(), MONDAY)
    assert told(planned) == [
        "20:45:00-21:00:00 dem/0 sounds",
        "21:00:00-21:15:00 dem/0 quiet-hours",
    ]
    assert [p.sounds for p in planned] == [True, False]


def test_the_days_quota_is_spent_through_the_day() -> None:
    """Forty minutes in the morning leave twenty of sixty for the evening, and a new day has sixty."""
    own = programme((slot("sang", "06:00"), slot("toi", "17:00")), (2_400_000,))
    policy = Policy(max_minutes_per_day=60)
    expected = [
        "06:00:00-06:40:00 sang/0 sounds",
        "17:00:00-17:20:00 toi/0 sounds",
        "17:20:00-17:40:00 toi/0 day-quota",
    ]
    assert told(plan(own, policy, MONDAY)) == expected
    assert told(plan(own, policy, MONDAY + timedelta(days=1))) == expected


def test_a_used_up_session_lets_a_weaker_slot_sound() -> None:
    """When the winner's session is spent it is refused by name and the next in order sounds."""
    strong = slot("bao", "06:00", 1_800, level=Level.PRIORITY)
    own = programme((strong, slot("sang", "06:00", 1_800)), (1_500_000,))
    assert told(plan(own, Policy(max_minutes_per_session=15), MONDAY)) == [
        "06:00:00-06:15:00 bao/0 sounds",
        "06:00:00-06:15:00 sang/0 gives way to bao",
        "06:15:00-06:25:00 bao/0 session-quota",
        "06:15:00-06:25:00 sang/0 sounds",
    ]


def test_the_evening_before_sounds_past_midnight_with_its_session_counted() -> None:
    """A Sunday window of 23:30 goes on on Monday, with the minutes it used before midnight."""
    night = slot("dem", "23:30", recurrence=Weekdays(days=frozenset({7})))
    own = programme((night,), (3_600_000,))
    policy = Policy(quiet=(), max_minutes_per_session=40, max_minutes_per_day=45)
    assert told(plan(own, policy, MONDAY)) == [
        "00:00:00-00:10:00 dem/0 sounds",
        "00:10:00-00:30:00 dem/0 session-quota",
    ]


def test_a_day_of_twenty_three_hours_is_planned_to_its_end() -> None:
    """When clocks go forward the day still runs from midnight to midnight of the wall."""
    day = date(2026, 3, 29)
    begin = datetime(2026, 3, 20, tzinfo=UTC)
    own = programme(
        (slot("het", "00:00", 86_400, loop=True),),
        (3_600_000,),
        zone="Europe/Berlin",
        valid=(begin, begin + timedelta(days=20)),
    )
    planned = [p for p in plan(own, OPEN, day) if p.sounds]
    assert planned[0].start == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert planned[-1].end == datetime(2026, 3, 29, 22, tzinfo=UTC)


# --- warnings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("slots", "policy", "sentence"),
    [
        (
            (slot("sang", "05:30"), slot("bao", "05:40", 300, level=Level.PRIORITY)),
            Policy(),
            "“Sang” không phát 5 phút trong khoảng 05:40–05:45: trùng lịch phát, nhường “Bao”.",
        ),
        (
            (slot("dem", "20:45"),),
            Policy(),
            (
                "“Dem” không phát 15 phút trong khoảng 21:00–21:15: Giờ yên tĩnh 21:00–05:30: "
                "chỉ được phát khẩn cấp; được phát lại từ 05:30."
            ),
        ),
        (
            (slot("sang", "06:00"),),
            Policy(max_minutes_per_day=20),
            (
                "“Sang” không phát 10 phút trong khoảng 06:20–06:30: "
                "Đã phát đủ 20 phút của ngày; được phát lại từ 00:00."
            ),
        ),
        (
            (slot("sang", "06:00", 1_330),),
            Policy(max_minutes_per_session=20),
            (
                "“Sang” không phát 2 phút 10 giây trong khoảng 06:20–06:22: "
                "Đã phát đủ 20 phút của một buổi phát."
            ),
        ),
    ],
)
def test_a_planner_is_told_what_will_not_sound(
    slots: tuple[Slot, ...], policy: Policy, sentence: str
) -> None:
    """Overlap, quiet hours and both quotas are each told in one sentence."""
    assert warnings(programme(slots, (1_800_000,)), policy, MONDAY) == (sentence,)


def test_a_day_without_trouble_warns_of_nothing() -> None:
    """Slots that follow each other inside the permitted hours give no sentence."""
    own = programme((slot("sang", "05:30", 1_800), slot("sau", "06:00")), (1_800_000,))
    assert warnings(own, Policy(max_minutes_per_day=60), MONDAY) == ()


# --- properties -----------------------------------------------------------------------------------

STARTS = ("05:29:55", "05:30", "05:31", "05:33:03", "20:59", "23:58", "00:00")


@st.composite
def days(draw: st.DrawFn) -> tuple[Programme, Policy]:
    """Draw colliding short slots of whole seconds around quiet hours and midnight, and a policy."""
    own = tuple(
        slot(
            f"s{number}",
            draw(st.sampled_from(STARTS)),
            draw(st.sampled_from((4, 60, 200, 400))),
            items=tuple(sha(n) for n in draw(st.lists(st.integers(0, 2), min_size=1, max_size=3))),
            repeat_count=draw(st.integers(1, 3)),
            gap_s=draw(st.sampled_from((0, 1, 30))),
            loop=draw(st.booleans()),
            level=draw(st.sampled_from(Level)),
            order=draw(st.sampled_from((1, 2))),
            late=draw(st.sampled_from(LateRule)),
        )
        for number in range(draw(st.integers(1, 4)))
    )
    hours = ((), (QuietHours(start=time(21), end=time(5, 30)),))
    policy = Policy(
        quiet=draw(st.sampled_from((*hours, (QuietHours(start=time(0, 0, 30), end=time(5, 32)),)))),
        max_minutes_per_session=draw(st.sampled_from((0, 1, 2))),
        max_minutes_per_day=draw(st.sampled_from((0, 3, 5))),
    )
    begin = datetime(2026, 11, 21, 22, 31, 10, tzinfo=UTC)
    drawn = programme(own, (3_000, 47_000, 120_000))
    if draw(st.booleans()):
        drawn = programme(
            own, (3_000, 47_000, 120_000), valid=(begin, begin + timedelta(days=2, seconds=50))
        )
    return drawn, policy


@settings(max_examples=120)
@given(days())
def test_the_plan_is_what_a_day_lived_second_by_second_hears(
    drawn: tuple[Programme, Policy],
) -> None:
    """Who sounds, who gives way to whom and what is refused agree with the oracle in each second."""
    own, policy = drawn
    for day in (MONDAY - timedelta(days=1), MONDAY, MONDAY + timedelta(days=1)):
        lived = {
            (s.at, s.slot, s.number, s.heard, s.code, s.displaced_by)
            for s in oracle.simulate(own, policy, day)
        }
        expected = {(at, name, n, heard) for at, name, n, heard, _, _ in lived}
        reasons = {
            (at, name, n, code, by) for at, name, n, _, code, by in lived if code != "missed"
        }
        missed = {(at, name, n) for at, name, n, _, code, _ in lived if code == "missed"}
        seconds: set[tuple[datetime, str, int, bool]] = set()
        said: set[tuple[datetime, str, int, str, str | None]] = set()
        for p in plan(own, policy, day):
            at = p.start
            while at < p.end:
                seconds.add((at, p.slot.id, p.index, p.sounds))
                if (at, p.slot.id, p.index) not in missed:
                    said.add((at, p.slot.id, p.index, p.verdict.code, p.displaced_by))
                at += SECOND
        assert seconds == expected
        assert said == reasons


@settings(max_examples=150)
@given(moments())
def test_a_plan_without_policy_is_the_timeline(drawn: Drawn) -> None:
    """With nothing forbidden and nothing skipped, each piece is a cue and the first cue sounds."""
    own, _, instant = drawn
    zone = ZoneInfo(own.time_zone)
    kept = [s for s in own.slots if s.late is not LateRule.SKIP]
    own = programme(
        tuple(kept),
        tuple(c.duration_ms for c in own.contents),
        zone=own.time_zone,
        valid=(own.not_before, own.expires),
    )
    day = instant.astimezone(zone).date()
    for p in plan(own, OPEN, day)[:60]:
        assert p.start < p.end
        for at in (p.start, p.end - timedelta(microseconds=1)):
            assert at.astimezone(zone).date() == day
            cues = stretch_at(own, at).cues
            assert any((c.slot, c.index, c.content) == (p.slot, p.index, p.content) for c in cues)
            winner = cues[0].slot.id
            assert p.displaced_by == (None if p.sounds else winner)
            assert p.sounds is ((cues[0].slot, cues[0].index) == (p.slot, p.index))
