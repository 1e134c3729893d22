"""The tally: whatever plays are told, grown, moved or recounted, list, evaluation and tally say the same numbers."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, update

from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.db.tally import TallyDayRow, TallyDeviceRow, TallyRow
from central.domain.errors import Forbidden, Unacceptable
from central.domain.evaluation import Filter, PlayLine
from central.domain.people import PersonRole
from central.domain.periods import Period, PeriodKind, period_of, read_period
from central.domain.tally import Priority, opening, priority_of, reason_of
from central.services import plays
from central.services.evaluation import evaluate
from central.services.play_lists import (
    Asked,
    asked,
    page_of_plays,
    read_cursor,
    sums_of_plays,
)
from central.services.tally_recount import rebuild, verify_days
from contract.documents import DeviceId, Outcome, Play, Rank, Report, Sha256
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province

WHYS = ("Mất điện lúc 05:48", "Nhường: Khẩn cấp: lũ", "Không đo được tiếng ở đầu ra", "")
SOURCES = (*(f"{n:064x}" for n in range(4)), "stream:https://vov.example/1")
FIRST, LAST = date(2026, 8, 20), date(2026, 11, 22)


class Told:
    """Appliances whose reports are written down without seals, as the taker of reports does after judging them."""

    def __init__(self, province: Province, seed: int = 1, last: date = LAST) -> None:
        self.province = province
        self.last = last
        self.random = random.Random(seed)
        self.devices = [
            province.appliance(f"Cụm {n}", area)[1]
            for n, area in enumerate((HAMLET, HAMLET, COMMUNE, OTHER))
        ]
        self.counter = 0

    def tell(self, device: DeviceId, *told: Play) -> None:
        """Write down what an appliance tells."""
        self.counter += 1
        report = Report(
            device=device,
            counter=self.counter,
            previous_sha256=Sha256("0" * 64),
            issued=self.province.now,
            plays=told,
        )
        with self.province.house.writing() as unit:
            plays.keep(unit, [report])

    def a_play(self, *, day: date | None = None) -> Play:
        """Return some play between the first and the last day."""
        dice = self.random
        asked_ms = dice.choice((1_000, 60_000, 900_000))
        sounded_ms = dice.choice((0, asked_ms // 2, asked_ms, asked_ms))
        share = {0: Outcome.SILENT, asked_ms: Outcome.SOUNDED}
        outcome = share.get(sounded_ms, Outcome.PARTLY)
        day = day or self.last - timedelta(days=dice.randrange((LAST - FIRST).days + 1))
        started = opening(day) + timedelta(seconds=dice.randrange(86_400))
        return Play(
            key=f"slot/s{dice.randrange(3)}/{started:%Y%m%dT%H%M%SZ}/{dice.randrange(9)}",
            source=dice.choice(SOURCES),
            title="Bản tin",
            rank=dice.choice((Rank.FILLER, Rank.NORMAL, Rank.PRIORITY, Rank.EMERGENCY_COMMUNE)),
            zones=("duong",),
            started=started,
            asked_ms=asked_ms,
            sounded_ms=sounded_ms,
            outcome=outcome,
            heard_pct=dice.choice((None, 0, 37, 100)),
            why="" if outcome is Outcome.SOUNDED else dice.choice(WHYS),
        )

    def many(self, count: int) -> None:
        """Tell so many plays, some of them again and longer."""
        for _ in range(count):
            device, play = self.random.choice(self.devices), self.a_play()
            self.tell(device, play)
            if self.random.random() < 0.2:
                longer = play.sounded_ms + self.random.choice((0, 500))
                fields = {name: getattr(play, name) for name in play.__struct_fields__}
                self.tell(device, Play(**{**fields, "sounded_ms": longer}))


@pytest.fixture
def told(province: Province) -> Told:
    """Four appliances: two in a hamlet, one at its commune, one in another commune."""
    return Told(province)


def whole(province: Province, what: Asked, *, limit: int = 30) -> list[PlayLine]:
    """Return every line of a list, page by page."""
    found: list[PlayLine] = []
    after = None
    while True:
        with province.house.reading() as unit:
            lines, after = page_of_plays(unit, what, after=after, limit=limit)
        found += lines
        if after is None:
            return found
        assert len(lines) == limit


PERIODS = (
    Period(kind=PeriodKind.RANGE, first=FIRST, last=LAST),
    Period(kind=PeriodKind.RANGE, first=date(2026, 8, 31), last=date(2026, 11, 1)),
    Period(kind=PeriodKind.RANGE, first=date(2024, 11, 15), last=date(2027, 2, 3)),
    period_of(PeriodKind.MONTH, date(2026, 9, 9)),
    period_of(PeriodKind.WEEK, date(2026, 9, 30)),
    period_of(PeriodKind.DAY, date(2026, 10, 10)),
    period_of(PeriodKind.QUARTER, date(2026, 10, 10)),
    period_of(PeriodKind.YEAR, date(2026, 10, 10)),
)
FILTERS = (
    Filter(),
    Filter(field=0),
    Filter(field=3),
    Filter(priority=Priority.EMERGENCY),
    Filter(outcome="short"),
    Filter(outcome="partly", priority=Priority.NORMAL),
    Filter(reason="power"),
)


@pytest.mark.parametrize("seed", range(2))
def test_list_sums_and_evaluation_agree(province: Province, seed: int) -> None:
    """For every area, period and filter the lines of the list add up to the sums beside it and to the evaluation."""
    told = Told(province, seed)
    told.many(90)
    for area in ("dt", COMMUNE, HAMLET, OTHER):
        for n, period in enumerate(PERIODS):
            for wanted in FILTERS if n < 2 else FILTERS[:1]:
                with province.house.reading() as unit:
                    what = asked(unit, None, area, period, wanted)
                    sums = sums_of_plays(unit, what)
                    found = evaluate(unit, area, period, wanted=wanted, who=None, now=province.now)
                lines = whole(province, what)
                assert sums is not None
                assert sums.plays == len(lines) == len({line.id for line in lines})
                assert sums.asked_ms == sum(line.play.asked_ms for line in lines)
                assert sums.sounded_ms == sum(line.play.sounded_ms for line in lines)
                assert sums.sounded == sum(line.play.outcome == "sounded" for line in lines)
                assert found.totals == sums
                assert sum(s.totals.plays for s in found.fields) == sums.plays
                assert sum(s.totals.plays for s in found.priorities) == sums.plays
                assert sum(r.plays for r in found.reasons) == sums.plays - sums.sounded
                assert sum(p.totals.plays for p in found.trend) == sums.plays
                if found.heat:
                    assert sum(row.totals.plays for row in found.heat) == sums.plays
                if wanted == Filter():
                    assert sum(c.plays for c in found.contents) == sums.plays
                    assert sum(d.short for d in found.devices) == sums.plays - sums.sounded


def test_a_list_is_in_order_and_whole(province: Province, told: Told) -> None:
    """Pages follow each other newest first, also where many plays start at one instant."""
    play = told.a_play(day=LAST)
    fields = {name: getattr(play, name) for name in play.__struct_fields__}
    same = [Play(**{**fields, "key": f"slot/x/{n}"}) for n in range(10)]
    for device in told.devices:
        told.tell(device, *same)
    with province.house.reading() as unit:
        what = asked(unit, None, None, PERIODS[0], Filter())
    lines = whole(province, what, limit=3)
    assert len(lines) == 40
    marks = [(line.play.started, line.id) for line in lines]
    assert marks == sorted(marks, reverse=True)


def test_an_appliance_and_a_content_have_their_lists(province: Province, told: Told) -> None:
    """A list of one appliance has sums of its own; one of a content has none but the right lines."""
    told.many(60)
    with province.house.reading() as unit:
        mine = asked(unit, None, "dt", PERIODS[0], Filter(device=told.devices[0]))
        sums = sums_of_plays(unit, mine)
        of_one = asked(unit, None, "dt", PERIODS[0], Filter(source=SOURCES[-1]))
        assert sums_of_plays(unit, of_one) is None
    lines = whole(province, mine)
    assert sums is not None
    assert sums.plays == len(lines) > 0
    assert {line.play.device for line in lines} == {told.devices[0]}
    assert {line.play.source for line in whole(province, of_one)} == {SOURCES[-1]}


def test_people_see_their_areas_only(province: Province, told: Told) -> None:
    """A commune's viewer lists and evaluates the commune and below; anywhere else is refused."""
    told.many(60)
    hoa = province.person("hoa", PersonRole.VIEWER, area=COMMUNE)
    with province.house.reading() as unit:
        what = asked(unit, hoa, None, PERIODS[0], Filter())
        evaluate(unit, HAMLET, PERIODS[0], who=hoa, now=province.now)
        for area in ("dt", OTHER):
            with pytest.raises(Forbidden):
                asked(unit, hoa, area, PERIODS[0], Filter())
            with pytest.raises(Forbidden):
                evaluate(unit, area, PERIODS[0], who=hoa, now=province.now)
    lines = whole(province, what)
    assert {line.area for line in lines} == {COMMUNE, HAMLET}


def test_plays_stay_where_they_sounded_and_count_where_it_went(
    province: Province, told: Told
) -> None:
    """A merged commune's plays keep their place, and count for the commune that it went into, and once above."""
    told.many(60)
    period = PERIODS[0]
    with province.house.reading() as unit:
        was = {a: evaluate(unit, a, period, who=None, now=province.now) for a in ("dt", OTHER)}
        gone = evaluate(unit, COMMUNE, period, who=None, now=province.now).totals.plays
    with province.house.writing() as unit:
        for path, into in ((COMMUNE, OTHER), (HAMLET, OTHER)):
            merged = update(AreaRow).where(AreaRow.path == path)
            unit.session.execute(merged.values(until=LAST, successor=into))
        moved = update(DeviceRow).where(DeviceRow.area == HAMLET)
        unit.session.execute(moved.values(area=OTHER))
    tam = province.person("tam", PersonRole.VIEWER, area=OTHER)
    with province.house.reading() as unit:
        now = evaluate(unit, OTHER, period, who=tam, now=province.now)
        above = evaluate(unit, "dt", period, who=None, now=province.now)
        what = asked(unit, tam, None, period, Filter())
    assert now.totals.plays == was[OTHER].totals.plays + gone == len(whole(province, what))
    assert above.totals == was["dt"].totals
    assert [row.area for row in above.heat] == [OTHER]
    assert above.heat[0].totals.plays == above.totals.plays


def test_a_tally_that_went_wrong_is_corrected(province: Province, told: Told) -> None:
    """The chore finds a day that differs from its plays and puts day and month right; a right day it leaves."""
    told.many(80)
    with province.house.reading() as unit:
        right = evaluate(unit, "dt", PERIODS[-1], who=None, now=province.now)
        days = unit.session.query(TallyDayRow).count()
    province.clock.pass_by(timedelta(minutes=1))
    while days > 0:
        assert verify_days(province.house, now=province.clock.pass_by(timedelta(hours=1))) == ()
        days -= 40
    with province.house.writing() as unit:
        unit.session.execute(update(TallyRow).values(plays=TallyRow.plays + 1))
        unit.session.execute(delete(TallyDeviceRow))
    days = len(rebuilt_days(province))
    assert days > 0
    with province.house.reading() as unit:
        assert evaluate(unit, "dt", PERIODS[-1], who=None, now=province.now) == right


def rebuilt_days(province: Province) -> set[date]:
    """Run the chore until it has gone through all days; return those it corrected."""
    mended: set[date] = set()
    for _ in range(4):
        mended |= set(verify_days(province.house, now=province.clock.pass_by(timedelta(hours=1))))
    return mended


def test_takers_of_reports_count_side_by_side(province: Province, told: Told) -> None:
    """Four takers and a recount at once lose nothing, count nothing twice, and never wait for each other for ever."""
    work = [(told.random.choice(told.devices), told.a_play(day=LAST)) for _ in range(60)]

    def take(part: int) -> None:
        for device, play in work[part::4]:
            told.tell(device, play)

    with ThreadPoolExecutor(5) as lanes:
        counted = lanes.submit(rebuild, province.house, LAST, LAST, who=None, now=province.now)
        for taker in [lanes.submit(take, part) for part in range(4)]:
            taker.result(timeout=60)
        counted.result(timeout=60)
    with province.house.reading() as unit:
        found = evaluate(unit, "dt", PERIODS[0], who=None, now=province.now)
    assert found.totals.plays == 60
    assert verify_days(province.house, now=province.clock.pass_by(timedelta(hours=1))) == ()


def test_only_the_provinces_administrator_rebuilds(province: Province, told: Told) -> None:
    """Rebuilding is a root administrator's: fields are taken from the sheets as they are now."""
    told.many(10)
    lan = province.person("lan", PersonRole.ADMINISTRATOR)
    hoa = province.person("hoa", PersonRole.ADMINISTRATOR, area=COMMUNE)
    with pytest.raises(Forbidden):
        rebuild(province.house, FIRST, LAST, who=hoa, now=province.now)
    with province.house.writing() as unit:
        unit.session.execute(delete(TallyRow))
    assert rebuild(province.house, FIRST, LAST, who=lan, now=province.now) > 0
    assert rebuild(province.house, FIRST, LAST, who=lan, now=province.now) == 0


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        ("Nhường: Khẩn cấp: Lũ về", "emergency"),
        ("Nhường: Theo lịch “Bản tin”.", "gave-way"),
        ("lan bỏ qua.", "staff"),
        ("Tỉnh cắt phát khẩn.", "cut"),
        ("Mất điện lúc 05:48, có lại lúc 06:02", "power"),
        ("Nguồn tiếp sóng không có tín hiệu.", "source"),
        ("Máy phát gặp lỗi khi đang phát.", "player"),
        ("Âm thanh đo được ngắn hơn yêu cầu.", "cut-short"),
        ("Không đo được tiếng ở đầu ra", "sound-path"),
        ("gì đó", "other"),
        (" ", "unsaid"),
    ],
)
def test_reasons_are_sorted_by_what_the_appliance_said(why: str, reason: str) -> None:
    """The appliance's own sentence decides the kind of shortfall; what sounded whole has none."""
    assert reason_of("partly", why) == reason
    assert reason_of("sounded", why) == ""


def test_ranks_fall_into_the_three_levels_and_two_more() -> None:
    """Every rank has its level, one of tomorrow counts as normal."""
    assert [priority_of(int(rank)) for rank in Rank] == [
        Priority.FILLER,
        Priority.FILLER,
        Priority.NORMAL,
        Priority.PRIORITY,
        Priority.STAFF,
        Priority.STAFF,
        Priority.EMERGENCY,
        Priority.EMERGENCY,
    ]
    assert priority_of(99) is Priority.NORMAL


def test_periods_are_read_and_neighbours_meet() -> None:
    """Each kind of period is followed by the next without a gap; what is no period is refused with a sentence."""
    now = datetime.fromisoformat("2026-11-22T20:00:00+00:00")  # the 23rd in the province
    for kind in PeriodKind:
        period = read_period(kind, "", "", "", now=now, usual=PeriodKind.DAY)
        assert period.before.last + timedelta(days=1) == period.first
        assert period.last + timedelta(days=1) == period.after.first
        assert period.name
    today = read_period("", "", "", "", now=now, usual=PeriodKind.DAY)
    assert today.first == date(2026, 11, 23)
    quarter = read_period("quarter", "2026-02-03", "", "", now=now, usual=PeriodKind.DAY)
    assert (quarter.first, quarter.last) == (date(2026, 1, 1), date(2026, 3, 31))
    for first, last, day in (
        ("2026-02-02", "2026-01-01", ""),
        ("x", "", ""),
        ("", "", "1999-01-01"),
    ):
        with pytest.raises(Unacceptable):
            read_period("", day, first, last, now=now, usual=PeriodKind.DAY)
    for text in ("x", "1", "1-x", "9" * 60 + "-1", "9" * 30 + "-1"):
        with pytest.raises(Unacceptable):
            read_cursor(text)
