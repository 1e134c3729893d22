"""Planned windows that nobody told of: found by the programme that was given, explained, taken back when told late."""

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import update

from central.db.fleet import DeviceRow
from central.domain.evaluation import Filter, MissedLine
from central.domain.periods import PeriodKind, period_of
from central.domain.tally import day_of, window_of
from central.services import publish, renew_programmes
from central.services.evaluation import evaluate
from central.services.missed import SETTLED, look_through
from central.services.missed_lists import page_of_missed
from central.services.play_lists import asked
from contract.documents import Outcome, Play, Rank, Sha256
from tests.central.setting import COMMUNE, Province, make_slot, make_sound
from tests.central.test_tally import Told

HOUR = timedelta(hours=1)


def planned(province: Province, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Return appliances that were told to sound at 5:00 in quiet hours, at 6:00 and 17:00, in one commune of two."""
    told = Told(province)
    sound = province.sound(make_sound(tmp_path_factory.mktemp("s") / "tin.mp3"))
    for name, start in (("yen", time(5, 0)), ("sang", time(6, 0)), ("chieu", time(17, 0))):
        province.slot(make_slot(sound.sha256, name, start=start, title=f"Bản tin {name}"))
    publish(province.house, "dt", who=None, now=province.now)
    to(province, time(5, 45))
    look_through(province.house, now=province.now)
    return told


def to(province: Province, wall: time) -> datetime:
    """Move the clock to the next time that a clock on the wall there shows this; return it."""
    minute = timedelta(minutes=1)
    province.clock.now = province.clock.now.replace(second=0, microsecond=0) + minute
    while (province.now + 7 * HOUR).time() != wall:
        province.clock.pass_by(minute)
    return province.now


def listed(province: Province) -> tuple[MissedLine, ...]:
    """Return the windows of today nobody told of."""
    period = period_of(PeriodKind.DAY, day_of(province.now))
    with province.house.reading() as unit:
        return page_of_missed(unit, asked(unit, None, "dt", period, Filter()))[0]


def a_play(window: str, started: datetime, part: int = 0) -> Play:
    """Return a play of a slot's window."""
    return Play(
        key=f"slot/{window}/{part}",
        source=Sha256("a" * 64),
        title="Bản tin",
        rank=Rank.NORMAL,
        zones=("duong",),
        started=started,
        asked_ms=1_000,
        sounded_ms=1_000,
        outcome=Outcome.SOUNDED,
    )


def test_windows_nobody_told_of_are_found_once(
    province: Province, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A window is looked at after it closed; what was told of is not on the list, nor what the policy refuses."""
    told = planned(province, tmp_path_factory)
    opens = to(province, time(6, 0))
    told.tell(told.devices[0], a_play(f"sang/{opens:%Y%m%dT%H%M%SZ}", opens))
    assert look_through(province.house, now=opens + SETTLED / 2) == 0
    province.clock.pass_by(SETTLED + timedelta(minutes=2))
    assert look_through(province.house, now=province.now) == 2
    assert look_through(province.house, now=province.now) == 0
    lines = listed(province)
    assert {line.device for line in lines} == set(told.devices[1:3])
    assert {line.title for line in lines} == {"Bản tin sang"}
    with province.house.reading() as unit:
        period = period_of(PeriodKind.DAY, day_of(province.now))
        found = evaluate(unit, COMMUNE, period, who=None, now=province.now)
    assert (found.totals.planned, found.totals.missed) == (3, 2)
    assert sum(share.plays for share in found.missing) == 2
    assert sum(row.totals.missed for row in found.heat) in {1, 2}


def test_a_late_report_takes_the_window_back(
    province: Province, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """What is told at last is off the list and out of the count; the plan stays."""
    told = planned(province, tmp_path_factory)
    opens = to(province, time(6, 0))
    province.clock.pass_by(HOUR)
    assert look_through(province.house, now=province.now) == 3
    told.tell(told.devices[1], a_play(f"sang/{opens:%Y%m%dT%H%M%SZ}", opens, 1))
    assert {line.device for line in listed(province)} == {told.devices[0], told.devices[2]}
    with province.house.reading() as unit:
        period = period_of(PeriodKind.MONTH, day_of(province.now))
        found = evaluate(unit, "dt", period, who=None, now=province.now)
    assert (found.totals.planned, found.totals.missed) == (6, 5)  # with yesterday evening's


def test_the_cause_is_what_can_be_told_from_here(
    province: Province, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Never connected, lost since before, programme not fetched, or connected and yet silent about it."""
    told = planned(province, tmp_path_factory)
    to(province, time(6, 0))
    province.clock.pass_by(HOUR)
    with province.house.writing() as unit:
        for device, seen, version in (
            (told.devices[1], province.now - 2 * HOUR, 9),
            (told.devices[2], province.now, 9),
        ):
            row = update(DeviceRow).where(DeviceRow.id == device)
            unit.session.execute(row.values(last_seen=seen, fetched_version=version))
    look_through(province.house, now=province.now)
    causes = {line.device: line.cause for line in listed(province)}
    assert causes == dict(zip(told.devices[:3], ("never", "lost", "untold"), strict=True))


def test_what_was_planned_when_the_window_opened_counts(
    province: Province, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A programme issued anew after the window opened changes nothing about what was planned before."""
    planned(province, tmp_path_factory)
    province.clock.pass_by(timedelta(days=8))
    to(province, time(6, 10))
    assert renew_programmes(province.house, now=province.now) > 0
    province.clock.pass_by(HOUR)
    look_through(province.house, now=province.now)
    assert len(listed(province)) == 3


def test_a_key_names_its_window() -> None:
    """Only what a slot asked for has a window."""
    assert window_of("slot/sang/20261122T230000Z/0") == "sang/20261122T230000Z"
    assert window_of("slot/sang/20261122T230000Z/live-1") == "sang/20261122T230000Z"
    for key in ("alert/x:1:2/3", "staff/1", "filler/a", "slot/sang", ""):
        assert window_of(key) == ""
