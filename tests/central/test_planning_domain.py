"""Planning's pure half: warnings with their steps, edits of series, and iCalendar both ways."""

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from central.domain.compiling import Place, Stock
from central.domain.errors import Unacceptable
from central.domain.planning import hours_of, week_of
from central.domain.planning_ical import Event, Unsayable, recurrence_of
from central.domain.planning_moves import Where, date_skipped, series_moved
from central.domain.planning_warnings import Code, Delivery, Finding, Tone, outlook
from central.domain.states import ApprovalState
from central.services import planning_ical
from contract.documents import (
    Content,
    Daily,
    Lunar,
    Monthly,
    Once,
    Policy,
    Recurrence,
    Sha256,
    Slot,
    StreamRelay,
    Weekdays,
    Yearly,
)

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 22, 0, tzinfo=UTC)  # Monday, 05:00 in Đồng Tháp
WEEK = week_of(MONDAY)
ZONE = "Asia/Ho_Chi_Minh"
LONG, SHORT = Sha256("a" * 64), Sha256("b" * 64)
PLACE = Place(area="dt/xa", time_zone=ZONE, zones=("duong",))


def content(sha256: Sha256, minutes: float, title: str, size_bytes: int = 1_000_000) -> Content:
    """Return a content of so many minutes."""
    return Content(
        sha256=sha256,
        size_bytes=size_bytes,
        duration_ms=int(minutes * 60_000),
        mime="audio/mpeg",
        title=title,
    )


def slot(
    slot_id: str = "sang",
    at: time = time(6, 0),
    minutes: int = 30,
    *,
    items: tuple[Sha256, ...] = (LONG,),
    recurrence: Recurrence | None = None,
    **more: object,
) -> Slot:
    """Return a slot of half an hour whose content is as long."""
    made = Slot(
        id=slot_id,
        title=f"Khung {slot_id}",
        recurrence=recurrence or Daily(),
        start=at,
        window_s=minutes * 60,
        items=items,
        live=StreamRelay(url="https://phat.vi-du.vn/vov1") if not items else None,
    )
    return msgspec.structs.replace(made, **more)


def judged(
    *slots: Slot,
    approved: tuple[str, ...] = (LONG, SHORT),
    until: datetime = NOW + timedelta(days=60),
    policy: Policy | None = None,
    delivery: Delivery | None = None,
) -> tuple[Finding, ...]:
    """Return the warnings about a week of these slots."""
    stock = Stock(
        slots={"dt": (), "dt/xa": slots},
        contents={
            LONG: content(LONG, 30, "Bản tin dài", 6_000_000),
            SHORT: content(SHORT, 1, "Nhạc hiệu"),
        },
        approvals={
            name: (
                ApprovalState(
                    sha256=name, area="dt", title="", issued=NOW, not_after=until, taken_by="x"
                ),
            )
            for name in approved
        },
        today=MONDAY,
    )
    return outlook(stock, PLACE, policy or Policy(), WEEK, delivery or Delivery(), NOW).findings


def codes(found: tuple[Finding, ...]) -> dict[Code, Finding]:
    """Return the warnings by kind."""
    return {finding.code: finding for finding in found}


def test_a_sound_plan_has_no_warnings() -> None:
    """Two sessions that fit, are approved, far apart and outside quiet hours: nothing is said."""
    assert judged(slot(), slot("chieu", time(17, 0))) == ()


def test_each_fault_has_its_sentence_and_its_step() -> None:
    """Every kind of warning is found where it is due, names the slot, and says what to do."""
    one = slot("le", time(6, 10), recurrence=Once(on=MONDAY))
    quota = Policy(max_minutes_per_session=20, max_minutes_per_day=45)
    unsent = Delivery(appliances=3, offline=1, unsent=frozenset({"sang", "xa"}), line_kbps=10)
    near = slot("gan", time(6, 33), 30)
    cases: dict[Code, tuple[Finding, ...]] = {
        Code.OVERLAP: judged(slot(), one),
        Code.QUIET_HOURS: judged(slot(at=time(22, 0))),
        Code.SESSION_QUOTA: judged(slot(), policy=quota),
        Code.DAY_QUOTA: judged(slot(), slot("b", time(9)), slot("c", time(11)), policy=quota),
        Code.NOT_APPROVED: judged(slot(items=(LONG, SHORT), minutes=31), approved=(LONG,)),
        Code.EMPTY: judged(slot(), approved=()),
        Code.EXPIRES: judged(slot(), until=NOW + timedelta(days=3)),
        Code.TOO_LONG: judged(slot(minutes=20)),
        Code.TOO_NEAR: judged(slot(), near),
        Code.NO_TIME: judged(slot(), delivery=unsent),
        Code.OFFLINE: judged(
            slot("xa", time(19, 0)),
            delivery=msgspec.structs.replace(unsent, line_kbps=10_000),
        ),
        Code.NO_FALLBACK: judged(slot(items=())),
        Code.NO_ZONE: judged(slot(zones=("cho",))),
    }
    for code, found in cases.items():
        told = codes(found)
        assert code in told, code
        assert told[code].title in told[code].why or "cụm loa" in told[code].why, code
        assert told[code].step.endswith("."), code
        assert told[code].days, code


def test_warnings_name_days_and_come_worst_first() -> None:
    """The same fault on all days is said once; what never sounds stands before what is merely odd."""
    found = judged(slot(at=time(22, 0)), slot("gan", time(6)), slot("xa", time(6, 33)))
    assert [f.tone for f in found] == [Tone.BAD, Tone.INFO]
    assert found[0].days == WEEK
    assert "mỗi ngày" in found[0].why


def test_an_approval_that_ends_in_time_is_no_warning_for_earlier_days() -> None:
    """Only the days after the end are named."""
    found = codes(judged(slot(), until=NOW + timedelta(days=3)))[Code.EXPIRES]
    assert found.days == WEEK[3:]


def test_what_appliances_have_already_needs_no_time() -> None:
    """Content that all list is not counted as to be fetched; what is sent is not judged."""
    tight = Delivery(appliances=3, unsent=frozenset({"sang"}), line_kbps=10)
    assert Code.NO_TIME in codes(judged(slot(), delivery=tight))
    held = msgspec.structs.replace(tight, held=frozenset({LONG}))
    assert Code.NO_TIME not in codes(judged(slot(), delivery=held))
    sent = msgspec.structs.replace(tight, unsent=frozenset())
    assert judged(slot(), delivery=sent) == ()


@pytest.mark.parametrize(
    ("recurrence", "day", "to", "wanted"),
    [
        (
            Monthly(days=frozenset({23, 1})),
            MONDAY,
            date(2026, 11, 24),
            Monthly(days=frozenset({24, 1})),
        ),
        (Yearly(month=11, day=23), MONDAY, date(2026, 12, 2), Yearly(month=12, day=2)),
        (Lunar(days=frozenset({15})), MONDAY, date(2026, 11, 24), Lunar(days=frozenset({16}))),
        (Once(on=MONDAY), MONDAY, date(2026, 11, 24), Once(on=date(2026, 11, 24))),
    ],
)
def test_a_series_moves_with_its_own_kind_of_days(
    recurrence: Recurrence, day: date, to: date, wanted: Recurrence
) -> None:
    """A day of the month, of the year and of the moon each becomes the new day of its kind."""
    moved = series_moved(
        slot(recurrence=recurrence), day, Where(day=to, start=time(7), window_s=1_800)
    )
    assert moved.recurrence == wanted
    assert hours_of(moved) == "07:00–07:30"


def test_a_series_is_not_moved_out_of_itself() -> None:
    """Beyond its last date, to another lunar month, or from a day it does not have: refused with what to do."""
    there = Where(day=date(2026, 11, 24), start=time(7), window_s=1_800)
    ended = slot(recurrence=Weekdays(days=frozenset({1})), until_date=MONDAY)
    tet = slot(recurrence=Lunar(days=frozenset({15}), months=frozenset({10})))
    with pytest.raises(Unacceptable, match="chỉ ngày này"):
        series_moved(ended, MONDAY, there)
    with pytest.raises(Unacceptable, match="sang tháng khác"):
        series_moved(tet, MONDAY, Where(day=date(2026, 12, 20), start=time(7), window_s=1_800))
    with pytest.raises(Unacceptable, match="tải lại"):
        series_moved(ended, date(2026, 11, 25), there)
    with pytest.raises(Unacceptable, match="5 phút"):
        series_moved(slot(), MONDAY, Where(day=MONDAY, start=time(7), window_s=60))


def test_exceptions_of_the_past_make_room() -> None:
    """At the most exceptions long past ones are forgotten; when none are past, the edit is refused."""
    past = frozenset(date(2024, 1, 1) + timedelta(days=n) for n in range(400))
    coming = frozenset(MONDAY + timedelta(days=n) for n in range(1, 401))
    left = date_skipped(slot(except_dates=past), MONDAY, MONDAY)
    assert left is not None
    assert left.except_dates == {MONDAY}
    with pytest.raises(Unacceptable, match="tối đa"):
        date_skipped(slot(except_dates=coming), MONDAY, MONDAY)


@pytest.mark.parametrize(
    "recurrence",
    [
        Once(on=MONDAY),
        Daily(),
        Weekdays(days=frozenset({1, 3, 7})),
        Monthly(days=frozenset({1, 15})),
        Yearly(month=9, day=2),
        Lunar(days=frozenset({1, 15})),
        Lunar(days=frozenset({1}), months=frozenset({1})),
    ],
)
def test_a_slot_comes_back_from_a_calendar_as_it_went(recurrence: Recurrence) -> None:
    """Out and in again, each kind of recurrence is the same, with its hours, last date and exceptions."""
    series = not isinstance(recurrence, Once | Lunar)
    made = slot(
        recurrence=recurrence,
        until_date=date(2028, 3, 1) if series else None,
        except_dates=frozenset({date(2026, 12, 2)}) if recurrence == Daily() else frozenset(),
    )
    data = planning_ical.written("Xã; Mỹ, Phong", [("lịch", made)], ZONE, NOW)
    (event,) = planning_ical.read(data, ZONE)
    found, _, last = recurrence_of(event)
    assert (found, last) == (recurrence, made.until_date)
    assert (event.start, event.window_s, event.title) == (made.start, made.window_s, made.title)
    assert event.except_dates == made.except_dates
    assert event.uid.startswith("sang@")


def event_of(rule: str, start: str = "DTSTART;TZID=Asia/Ho_Chi_Minh:20261123T053000") -> Event:
    """Return the event of a calendar with this rule."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "SUMMARY:Tin"]
    lines += [start, "DURATION:PT30M", *([rule] if rule else []), "END:VEVENT", "END:VCALENDAR", ""]
    (event,) = planning_ical.read("\r\n".join(lines).encode(), ZONE)
    return event


@pytest.mark.parametrize(
    "rule",
    [
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
        "RRULE:FREQ=MONTHLY;BYDAY=1MO",
        "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1",
        "RRULE:FREQ=DAILY;COUNT=10",
        "RRULE:FREQ=HOURLY",
        "RRULE:FREQ=YEARLY;BYMONTH=1,2",
        "RDATE:20261201T053000Z",
    ],
)
def test_what_we_have_no_kind_for_is_refused_in_words(rule: str) -> None:
    """A rule that cannot be said exactly is not bent into one that can."""
    event = event_of(rule)
    with pytest.raises(Unsayable):
        recurrence_of(event)


def test_times_of_another_zone_come_to_ours_or_are_refused() -> None:
    """An instant in UTC lies on our wall; a weekly rule whose day would shift is refused, as is a whole day."""
    utc = event_of("", "DTSTART:20261122T223000Z")
    assert (utc.day, utc.start) == (MONDAY, time(5, 30))
    assert "lệch ngày" in event_of("RRULE:FREQ=WEEKLY;BYDAY=SU", "DTSTART:20261122T223000Z").fault
    assert event_of("RRULE:FREQ=DAILY", "DTSTART:20261123T053000").fault == ""
    assert "cả ngày" in event_of("", "DTSTART;VALUE=DATE:20261123").fault


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", b"\xff\xfe\x00", b"{}" * 50]
)
def test_what_is_no_calendar_is_refused(data: bytes) -> None:
    """Any bytes give events or a sentence, never a fault of ours."""
    with pytest.raises(Unacceptable):
        planning_ical.read(data, ZONE)
