"""The board of an announcement: who was reached, counted by the database, shown a page at a time."""

from datetime import timedelta

import pytest

from central.db.broadcast import AnnouncementRow
from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.domain.people import Grant, Person, PersonRole
from central.services import announcement_named, list_announcements, take_announcement
from central.services.alarms_board import PAGE, Board, BoardAsked, board
from central.services.alarms_count import SETTLED_AFTER, settle
from central.services.alarms_stages import HUSHED
from central.services.care import fill_missing
from contract.documents import Kind, Rank
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province

ALL = BoardAsked()


@pytest.fixture
def alarm(province: Province) -> str:
    """A warning for the whole province, in force."""
    paper = province.authority.announce(["dt"], sent=province.now)
    with province.house.writing() as unit:
        return take_announcement(unit, paper, who=None, now=province.now).id


def seen(province: Province, alarm: str, asked: BoardAsked = ALL, *, area: str = "dt") -> Board:
    """Return the board as somebody of an area sees it."""
    who = Person(id=1, name="lan", grants=(Grant(role=PersonRole.EDITOR, area=area),))
    with province.house.reading() as unit:
        state = announcement_named(unit, alarm, now=province.now)
        return board(unit, state, asked, who=who, now=province.now)


def tell(province: Province, device: str, alarm: str, *states: str) -> None:
    """Have an appliance say how far an announcement got on it."""
    with province.house.writing() as unit:
        for state in states:
            unit.session.add(
                ReceiptRow(
                    device=device,
                    at=province.now,
                    kind=Kind.ANNOUNCEMENT.value,
                    document=alarm,
                    state=state,
                )
            )


def sound(province: Province, device: str, alarm: str, round_: int, sounded_ms: int) -> None:
    """Have an appliance say that a round was on air."""
    with province.house.writing() as unit:
        unit.session.add(
            PlayRow(
                device=device, area=HAMLET, key=f"alert/{alarm}/{round_}/1", source="voice", title="Cảnh báo lũ",
                rank=Rank.EMERGENCY_COMMUNE, zones=[], started=province.now + timedelta(minutes=round_),
                asked_ms=30_000, sounded_ms=sounded_ms, outcome="sounded", level_dbfs=-12.0, why="không ra tiếng",
            )
        )  # fmt: skip


def refuse(province: Province, device: str, what: str, *, code: str = "expired") -> None:
    """Have an appliance say that it did not obey."""
    with province.house.writing() as unit:
        unit.session.add(
            RefusalRow(device=device, at=province.now, what=what, code=code, why="đã hết hạn")
        )


def heard_of(province: Province, device: str) -> None:
    """Have an appliance be heard of now."""
    with province.house.writing() as unit:
        unit.session.get_one(DeviceRow, device).last_seen = province.now


def on_air(province: Province, device: str) -> None:
    """Have an appliance say that an emergency is on air."""
    fill_missing(province.house)
    with province.house.writing() as unit:
        unit.session.get_one(DeviceHealthRow, device).on_air = Rank.EMERGENCY_COMMUNE


def test_each_appliance_stands_at_its_stage(province: Province, alarm: str) -> None:
    """Refused, unreachable, hushed, sent, verified, sounding, sounded: the ones with trouble first."""
    names = ("no", "away", "hush", "still", "got", "now", "done")
    no, _, hush, still, got, now, done = (province.appliance(name)[1] for name in names)
    heard_of(province, still)
    refuse(province, no, f"announcement {alarm}")
    refuse(province, hush, alarm, code=HUSHED)
    for device in (hush, got, now, done):
        tell(province, device, alarm, "verified")
    for device in (now, done):
        tell(province, device, alarm, "sounding")
        sound(province, device, alarm, 0, 29_000)
    on_air(province, now)
    found = seen(province, alarm)
    assert [(line.device.name, line.stage) for line in found.lines] == [
        ("no", "refused"), ("away", "unreachable"), ("hush", "hushed"), ("still", "sent"),
        ("got", "verified"), ("now", "sounding"), ("done", "sounded"),
    ]  # fmt: skip
    assert found.total == 7
    assert found.of == dict.fromkeys(found.of, 1)
    assert found.lines[0].why == "đã hết hạn"
    assert found.lines[1].why != ""


def test_rounds_are_counted_and_silence_is_no_sound(province: Province, alarm: str) -> None:
    """Two rounds that sounded and one that did not are two rounds, with the last one's reason beside them."""
    _, device = province.appliance()
    tell(province, device, alarm, "verified", "sounding")
    for round_, sounded_ms in ((0, 20_000), (1, 21_000), (2, 0)):
        sound(province, device, alarm, round_, sounded_ms)
    (line,) = seen(province, alarm).lines
    assert (line.stage, line.rounds, line.sounded_ms) == ("sounded", 2, 41_000)
    assert line.last_round == province.now + timedelta(minutes=1)
    assert line.why == "không ra tiếng"


def test_a_hush_on_site_is_over_when_it_sounds_again_or_after_a_quarter_of_an_hour(
    province: Province, alarm: str
) -> None:
    """While it lasts the board says who silenced it; it is no refusal, and never stands longer than it can last."""
    _, device = province.appliance()
    heard_of(province, device)
    tell(province, device, alarm, "verified", "sounding")
    province.clock.pass_by(timedelta(minutes=1))
    refuse(province, device, alarm, code=HUSHED)
    (line,) = seen(province, alarm).lines
    assert (line.stage, line.why) == ("hushed", "đã hết hạn")
    province.clock.pass_by(timedelta(minutes=14, seconds=59))
    assert [line.stage for line in seen(province, alarm).lines] == ["hushed"]
    province.clock.pass_by(timedelta(seconds=1))
    assert [line.stage for line in seen(province, alarm).lines] == ["sounding"]
    refuse(province, device, alarm, code=HUSHED)
    province.clock.pass_by(timedelta(seconds=30))
    tell(province, device, alarm, "sounding")
    assert [line.stage for line in seen(province, alarm).lines] == ["sounding"]


def test_another_alarm_s_plays_count_for_nothing(province: Province, alarm: str) -> None:
    """What sounded for another announcement, or before this one was sent, is not its sound."""
    _, device = province.appliance()
    sound(province, device, "dt:1:9", 0, 30_000)
    refuse(province, device, "announcement dt:1:9")
    assert [line.stage for line in seen(province, alarm).lines] == ["unreachable"]
    heard_of(province, device)
    assert [line.stage for line in seen(province, alarm).lines] == ["sent"]
    province.clock.pass_by(timedelta(minutes=6))
    assert [line.stage for line in seen(province, alarm).lines] == ["unreachable"]


def test_areas_are_those_right_below_and_the_least_reached_come_first(
    province: Province, alarm: str
) -> None:
    """A province's alarm is counted by commune, a commune's by hamlet."""
    _, here = province.appliance("here", area=HAMLET)
    province.appliance("there", area=OTHER)
    tell(province, here, alarm, "verified")
    found = seen(province, alarm).areas
    assert [(area.path, area.total, area.of["unreachable"]) for area in found] == [
        (OTHER, 1, 1),
        (COMMUNE, 1, 0),
    ]


def test_a_commune_sees_its_own_appliances_only(province: Province, alarm: str) -> None:
    """Of a province's alarm each commune reads how far it got at home."""
    province.appliance("here", area=HAMLET)
    province.appliance("there", area=OTHER)
    assert [line.device.name for line in seen(province, alarm, area=COMMUNE).lines] == ["here"]
    assert seen(province, alarm, area=COMMUNE).total == 1
    assert seen(province, alarm).total == 2


def test_a_stage_and_an_area_can_be_asked_for(province: Province, alarm: str) -> None:
    """The sums stay those of all; only the lines are fewer."""
    _, here = province.appliance("here", area=HAMLET)
    province.appliance("there", area=OTHER)
    tell(province, here, alarm, "verified")
    for asked in (BoardAsked(stage="unreachable"), BoardAsked(area=OTHER)):
        found = seen(province, alarm, asked)
        assert [line.device.name for line in found.lines] == ["there"]
        assert found.total == 2


def test_more_than_a_page_is_read_page_by_page(province: Province, alarm: str) -> None:
    """Every appliance stands on one page."""
    for number in range(PAGE + 1):
        province.appliance(f"loa {number:02}")
    first, second = seen(province, alarm), seen(province, alarm, BoardAsked(skipped=PAGE))
    assert (len(first.lines), first.more, len(second.lines), second.more) == (PAGE, True, 1, False)
    names = [line.device.name for line in (*first.lines, *second.lines)]
    assert names == sorted(set(names))


def test_counts_are_kept_a_week_after_the_end(province: Province, alarm: str) -> None:
    """What was counted stays with the announcement, also when the receipts are gone; before that they are counted."""
    _, device = province.appliance()
    tell(province, device, alarm, "verified", "sounding")
    with province.house.reading() as unit:
        expires = unit.session.get_one(AnnouncementRow, alarm).expires
    settle(province.house, now=expires + SETTLED_AFTER)
    with province.house.reading() as unit:
        assert unit.session.get_one(AnnouncementRow, alarm).verified is None
    settle(province.house, now=expires + SETTLED_AFTER + timedelta(seconds=1))
    with province.house.writing() as unit:
        for receipt in unit.session.query(ReceiptRow):
            unit.session.delete(receipt)
    with province.house.reading() as unit:
        (state,) = list_announcements(unit, now=province.now)
    assert (state.appliances, state.verified, state.sounding) == (1, 1, 1)
