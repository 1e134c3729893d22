"""What is sent down: the commune decides the time of a normal notice, and only the time of a priority one."""

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.workflow_facts import HOUSE_ZONE
from central.domain.workflow_inbox import About, Ask, OfferState
from central.services import slot_named
from central.services.inbox import (
    count_inbox,
    list_inbox,
    mark_all_known,
    mark_done,
    mark_seen,
    snooze,
    unread,
)
from central.services.workflow_chores import tend_notices
from central.services.workflow_offer_rows import OfferView, list_offers, offers_of
from central.services.workflow_offers import (
    Choice,
    accept_offer,
    decline_offer,
    offer,
    withdraw_offer,
)
from contract.documents import Level, Once
from tests.central.noticing import Notices
from tests.central.setting import COMMUNE, OTHER, Province


@pytest.fixture
def notices(province: Province, tmp_path: Path) -> Notices:
    """People of a commune and of the province."""
    return Notices(province, tmp_path)


def sent_down(
    notices: Notices, *areas: str, level: Level = Level.NORMAL
) -> tuple[str, tuple[OfferView, ...]]:
    """Return an approved notice of the province and its offers to these areas."""
    sha256 = notices.upload(notices.tinh, "dt", "Lịch lấy nước")
    notices.sign(sha256, "dt", who=notices.tinh)
    with notices.province.house.writing() as unit:
        sent = offer(
            unit, sha256, areas or (COMMUNE,), who=notices.tinh, now=notices.now, level=level
        )
    return sha256, sent


def tomorrow(notices: Notices) -> date:
    """Return the day after the steered one."""
    return notices.now.astimezone(HOUSE_ZONE).date() + timedelta(days=1)


def open_of(notices: Notices, who: Person) -> list[tuple[str, str]]:
    """Return what is open in somebody's inbox: what is asked and what happened."""
    with notices.province.house.reading() as unit:
        entries = list_inbox(unit, who, now=notices.now).entries
    return [(entry.ask, entry.about) for entry in entries]


def test_the_commune_chooses_the_time(notices: Notices) -> None:
    """Its editors are asked; a day and a time make a slot's draft there, and the sender hears of it."""
    _, (sent,) = sent_down(notices)
    assert sent.word == "chờ xã chọn lịch"
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFERED)]
    day = tomorrow(notices)
    with notices.province.house.writing() as unit:
        taken = accept_offer(
            unit,
            sent.id,
            Choice(on=day, start=time(17, 0), repeat_count=3),
            who=notices.lan,
            now=notices.now,
            version=sent.version,
        )
    assert (taken.state, taken.decided_by) == (OfferState.TAKEN, "lan")
    with notices.province.house.reading() as unit:
        state = slot_named(unit, taken.slot)
    assert (state.area, state.slot.recurrence, state.slot.start) == (
        COMMUNE,
        Once(on=day),
        time(17),
    )
    assert (state.slot.level, state.slot.window_s, state.slot.repeat_count) == (
        Level.NORMAL,
        60,
        3,
    )
    assert open_of(notices, notices.lan) == []
    assert open_of(notices, notices.tinh) == [(Ask.KNOW, About.OFFER_TAKEN)]


def test_a_normal_notice_is_declined_with_a_reason(notices: Notices) -> None:
    """The reason reaches the sender; without one it is not declined; sent again it is asked again."""
    sha256, (sent,) = sent_down(notices)
    house = notices.province.house
    with house.writing() as unit, pytest.raises(Unacceptable):
        decline_offer(unit, sent.id, " ", who=notices.lan, now=notices.now)
    with house.writing() as unit:
        decline_offer(unit, sent.id, "xã không trồng lúa", who=notices.lan, now=notices.now)
    with house.reading() as unit:
        (entry,) = list_inbox(unit, notices.tinh, now=notices.now).entries
    assert (entry.word, entry.words) == ("lan không nhận phát", "xã không trồng lúa")
    with house.writing() as unit:
        (again,) = offer(unit, sha256, [COMMUNE], who=notices.tinh, now=notices.now)
    assert (again.id, again.state) == (sent.id, OfferState.WAITING)
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFERED)]


def test_a_priority_notice_gets_its_time_and_has_a_deadline(notices: Notices) -> None:
    """It cannot be declined; overdue, the commune and the sender are told, and told again half a day later."""
    _, (sent,) = sent_down(notices, level=Level.PRIORITY)
    house = notices.province.house
    minutes = house.settings.priority_within_minutes
    assert sent.due == notices.now + timedelta(minutes=minutes)
    with house.writing() as unit, pytest.raises(Unacceptable, match="phải phát"):
        decline_offer(unit, sent.id, "xã bận lắm", who=notices.lan, now=notices.now)
    tend_notices(house, now=notices.now)
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFERED)]
    notices.province.clock.pass_by(timedelta(minutes=minutes + 1))
    for _ in range(2):
        tend_notices(house, now=notices.now)
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFER_OVERDUE)]
    assert open_of(notices, notices.tinh) == [(Ask.KNOW, About.OFFER_OVERDUE)]
    with house.writing() as unit:
        entries = list_inbox(unit, notices.lan, now=notices.now).entries
        assert entries[0].overdue
        mark_done(unit, notices.lan, [entries[0].id], now=notices.now)
    notices.province.clock.pass_by(timedelta(hours=13))
    tend_notices(house, now=notices.now)
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFER_OVERDUE)]
    with house.writing() as unit:
        choice = Choice(on=tomorrow(notices), start=time(5, 30))
        accept_offer(unit, sent.id, choice, who=notices.lan, now=notices.now)
    assert open_of(notices, notices.lan) == []
    notices.province.clock.pass_by(timedelta(days=1))
    tend_notices(house, now=notices.now)
    assert open_of(notices, notices.lan) == []


def test_planning_it_is_an_answer_too(notices: Notices) -> None:
    """Somebody who puts it into a slot of the commune has chosen: nobody is asked any longer."""
    sha256, _ = sent_down(notices, COMMUNE, OTHER)
    notices.plan(sha256)
    tend_notices(notices.province.house, now=notices.now)
    with notices.province.house.reading() as unit:
        found = {o.area: o.state for o in offers_of(unit, sha256, who=None, now=notices.now)}
    assert found == {COMMUNE: OfferState.TAKEN, OTHER: OfferState.WAITING}
    assert open_of(notices, notices.lan) == []


def test_the_second_to_decide_is_told_who_was_first(notices: Notices) -> None:
    """Two editors of a commune at once: one decision stands, the other is told which."""
    _, (sent,) = sent_down(notices)
    second = notices.province.person("hai", PersonRole.EDITOR, area=COMMUNE)
    house = notices.province.house
    with house.writing() as unit:
        decline_offer(unit, sent.id, "xã không trồng lúa", who=notices.lan, now=notices.now)
    choice = Choice(on=tomorrow(notices), start=time(5, 30))
    with (
        house.writing() as unit,
        pytest.raises(Conflict, match=r"không nhận phát \(lan, ") as clash,
    ):
        accept_offer(unit, sent.id, choice, who=second, now=notices.now, version=sent.version)
    assert clash.value.expected == sent.version + 1


def test_only_what_is_approved_goes_down_and_only_downwards(notices: Notices) -> None:
    """Unapproved, sideways, by who may not edit, to nowhere: refused; other communes see nothing of it."""
    house = notices.province.house
    plain = notices.upload(notices.tinh, "dt")
    with house.writing() as unit, pytest.raises(Unacceptable, match="chưa được duyệt"):
        offer(unit, plain, [COMMUNE], who=notices.tinh, now=notices.now)
    own = notices.upload(notices.lan)
    notices.sign(own, who=notices.tam)
    with house.writing() as unit, pytest.raises(Unacceptable, match="không thuộc địa bàn"):
        offer(unit, own, [OTHER], who=notices.lan, now=notices.now)
    sha256, (sent,) = sent_down(notices)
    for wrong in ((), ("dt/khong-co",)):
        with house.writing() as unit, pytest.raises((Unacceptable, NotFound)):
            offer(unit, sha256, wrong, who=notices.tinh, now=notices.now)
    with house.writing() as unit, pytest.raises(Forbidden):
        offer(unit, sha256, [COMMUNE], who=notices.lan, now=notices.now)
    stranger = notices.province.person("hoa", PersonRole.EDITOR, area=OTHER)
    with house.reading() as unit:
        assert list_offers(unit, who=stranger, now=notices.now) == ()
        assert len(list_offers(unit, who=notices.lan, now=notices.now)) == 1
    with house.writing() as unit, pytest.raises(Forbidden):
        decline_offer(unit, sent.id, "không phải của tôi", who=stranger, now=notices.now)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(),
        Choice(on=date(2020, 1, 1), start=time(5)),
        Choice(on=date(2040, 1, 1), start=time(5)),
        Choice(on=date(2026, 12, 1), start=time(5), repeat_count=0),
    ],
)
def test_a_time_that_cannot_be_is_refused(notices: Notices, choice: Choice) -> None:
    """No time, one that has passed, one too far off, no repeats: the offer goes on waiting."""
    _, (sent,) = sent_down(notices)
    with notices.province.house.writing() as unit, pytest.raises(Unacceptable):
        accept_offer(unit, sent.id, choice, who=notices.lan, now=notices.now)
    assert open_of(notices, notices.lan) == [(Ask.SCHEDULE, About.OFFERED)]


def test_what_was_sent_down_is_taken_back(notices: Notices) -> None:
    """Before the commune decided the sender may take it back; the commune may not do that for the sender."""
    _, (sent,) = sent_down(notices)
    with notices.province.house.writing() as unit, pytest.raises(Forbidden):
        withdraw_offer(unit, sent.id, who=notices.lan, now=notices.now)
    with notices.province.house.writing() as unit:
        withdraw_offer(unit, sent.id, who=notices.tinh, now=notices.now)
    assert open_of(notices, notices.lan) == [(Ask.KNOW, About.OFFER_WITHDRAWN)]


def test_an_inbox_is_paged_counted_snoozed_and_put_away(notices: Notices) -> None:
    """Newest first by pages; seen, later and done move only one's own entries; what wakes is unread again."""
    house = notices.province.house
    for _ in range(3):
        sent_down(notices)
        notices.province.clock.pass_by(timedelta(minutes=1))
    with house.reading() as unit:
        first = list_inbox(unit, notices.lan, limit=2, now=notices.now)
        rest = list_inbox(unit, notices.lan, before=first.entries[-1].id, now=notices.now)
        assert unread(unit, notices.lan, now=notices.now) == 3
    assert (len(first.entries), first.more) == (2, True)
    assert (len(rest.entries), rest.more) == (1, False)
    a, b = (entry.id for entry in first.entries)
    until = notices.now + timedelta(hours=1)
    with house.writing() as unit:
        assert mark_seen(unit, notices.lan, [a, b], now=notices.now) == 2
        assert snooze(unit, notices.lan, [a], until, now=notices.now) == 1
        assert mark_done(unit, notices.lan, [b], now=notices.now) == 1
        with pytest.raises(NotFound, match="Không có việc này"):
            mark_done(unit, notices.tam, [a], now=notices.now)
        with pytest.raises(Unacceptable):
            snooze(unit, notices.lan, [a], notices.now + timedelta(days=90), now=notices.now)
    with house.reading() as unit:
        counts = count_inbox(unit, notices.lan, now=notices.now)
        assert (counts.open, counts.unread, counts.later) == (1, 1, 1)
        later = list_inbox(unit, notices.lan, show="later", now=notices.now).entries
        done = list_inbox(unit, notices.lan, show="done", now=notices.now).entries
        assert ([e.id for e in later], [e.id for e in done]) == ([a], [b])
        assert unread(unit, notices.lan, now=until) == 2
    with house.writing() as unit:
        assert mark_all_known(unit, notices.lan, now=notices.now) == 0


def test_a_stranger_learns_nothing_of_what_was_decided(notices: Notices) -> None:
    """Whoever has no part in it is refused before anything is said about who was first."""
    stranger = notices.province.person("xa", PersonRole.EDITOR, area=OTHER)
    _, (sent,) = sent_down(notices)
    with notices.province.house.writing() as unit:
        withdraw_offer(unit, sent.id, who=notices.tinh, now=notices.now)
        with pytest.raises(Conflict):
            withdraw_offer(unit, sent.id, who=notices.tinh, now=notices.now)
        with pytest.raises(Forbidden):
            withdraw_offer(unit, sent.id, who=stranger, now=notices.now)
