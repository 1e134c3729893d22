"""The way of a notice, judged: who may do what in which state, what was planned against what was measured."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from central.domain.errors import CentralError, Conflict, Forbidden, Unacceptable
from central.domain.workflow import (
    DEED_WORDS,
    STATE_WORDS,
    Actor,
    Approve,
    Deed,
    DeedKind,
    NoticeState,
    Reassign,
    Recall,
    Return,
    Standing,
    Submit,
    Withdraw,
    kind_of,
    possible,
    step,
)
from central.domain.workflow_facts import (
    HOUSE_ZONE,
    Facts,
    Plays,
    Windows,
    counted,
    last_day_of,
    windows_of,
)
from central.domain.workflow_inbox import (
    ABOUT_WORDS,
    ASK_WORDS,
    OFFER_WORDS,
    About,
    Ask,
    OfferState,
    mentions_of,
)
from central.domain.workflow_track import Deeds, Place, Reached, steps_of
from contract.calendar import instant_of
from contract.documents import Daily, Once, Sha256, Slot

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # ten o'clock in the morning of a Sunday
EDITOR = Actor(name="lan", contributes=True, edits=True, approves=False)
MAKER = Actor(name="minh", contributes=True, edits=False, approves=False)
APPROVER = Actor(name="chu.tich", contributes=False, edits=False, approves=True)
VIEWER = Actor(name="xem", contributes=False, edits=False, approves=False)
DEEDS: tuple[Deed, ...] = (
    Submit(),
    Withdraw(),
    Return(why="sai ngày tiêm"),
    Approve(area="dt"),
    Recall(why="hoãn tiêm chủng"),
    Reassign(to="hai"),
)


def standing(state: NoticeState, maker: str = "minh") -> Standing:
    """Return a standing of a notice that its maker submitted."""
    return Standing(state=state, maker=maker, submitted_by=maker)


def fault(state: NoticeState, deed: Deed, actor: Actor) -> type[CentralError] | None:
    """Return what kind of error the deed meets, None when it is done."""
    try:
        step(standing(state), deed, actor)
    except CentralError as found:
        return type(found)
    return None


def test_the_way_goes_from_draft_to_approved_and_back() -> None:
    """Submit, return with a reason, submit again, approve, recall: each leads to its state and keeps the words."""
    way = standing(NoticeState.DRAFT)
    way = step(way, Submit(words="gấp"), MAKER)
    assert (way.state, way.submitted_by, way.words) == (NoticeState.SUBMITTED, "minh", "gấp")
    way = step(way, Return(why="  sai ngày tiêm "), APPROVER)
    assert (way.state, way.words) == (NoticeState.RETURNED, "sai ngày tiêm")
    way = step(way, Submit(to="chu.tich"), MAKER)
    assert way.assigned_to == "chu.tich"
    way = step(way, Approve(area="dt"), APPROVER)
    assert (way.state, way.assigned_to) == (NoticeState.APPROVED, "")
    way = step(way, Recall(why="hoãn tiêm chủng"), EDITOR)
    assert way.state is NoticeState.RECALLED
    assert step(way, Submit(), MAKER).state is NoticeState.SUBMITTED


@pytest.mark.parametrize(
    ("state", "allowed"),
    [
        (NoticeState.DRAFT, {DeedKind.SUBMIT, DeedKind.APPROVE}),
        (
            NoticeState.SUBMITTED,
            {DeedKind.WITHDRAW, DeedKind.RETURN, DeedKind.APPROVE, DeedKind.REASSIGN},
        ),
        (NoticeState.RETURNED, {DeedKind.SUBMIT, DeedKind.APPROVE}),
        (NoticeState.APPROVED, {DeedKind.APPROVE, DeedKind.RECALL}),
        (NoticeState.RECALLED, {DeedKind.SUBMIT}),
    ],
)
def test_each_state_takes_its_deeds_and_no_others(
    state: NoticeState, allowed: set[DeedKind]
) -> None:
    """Somebody with every right can do exactly these; the rest is refused as contradicting the state."""
    everyone = Actor(name="lan", contributes=True, edits=True, approves=True)
    for deed in DEEDS:
        wanted = None if kind_of(deed) in allowed else Conflict
        assert fault(state, deed, everyone) is wanted, (state, deed)
    assert set(possible(standing(state), everyone)) == allowed


def test_rights_decide_before_states() -> None:
    """A viewer does nothing; a contributor submits and withdraws only their own; only approvers approve and return."""
    for state in (NoticeState.DRAFT, NoticeState.SUBMITTED, NoticeState.APPROVED):
        assert possible(standing(state), VIEWER) == ()
    assert possible(standing(NoticeState.DRAFT), MAKER) == (DeedKind.SUBMIT,)
    stranger = Actor(name="khac", contributes=True, edits=False, approves=False)
    assert fault(NoticeState.DRAFT, Submit(), stranger) is Forbidden
    assert fault(NoticeState.SUBMITTED, Withdraw(), stranger) is Forbidden
    assert fault(NoticeState.SUBMITTED, Withdraw(), EDITOR) is None
    assert fault(NoticeState.SUBMITTED, Approve(area="dt"), EDITOR) is Forbidden
    assert fault(NoticeState.SUBMITTED, Return(why="sai ngày"), EDITOR) is Forbidden
    assert fault(NoticeState.APPROVED, Recall(why="sai ngày"), MAKER) is Forbidden


def test_a_return_and_a_recall_say_why() -> None:
    """Without a reason of five letters neither is done: whoever gets it back must know what to mend."""
    for deed in (Return(why=" sai "), Return(why="x" * 501)):
        assert fault(NoticeState.SUBMITTED, deed, APPROVER) is Unacceptable
    assert fault(NoticeState.APPROVED, Recall(why=""), EDITOR) is Unacceptable


def test_a_second_pair_of_eyes_where_the_province_asks_for_it() -> None:
    """With four eyes nobody approves what they uploaded or submitted; another approver does, and without it oneself."""
    own = Actor(name="minh", contributes=True, edits=True, approves=True, four_eyes=True)
    assert fault(NoticeState.SUBMITTED, Approve(area="dt"), own) is Forbidden
    other = Actor(name="hai", contributes=False, edits=False, approves=True, four_eyes=True)
    assert fault(NoticeState.SUBMITTED, Approve(area="dt"), other) is None
    alone = Actor(name="minh", contributes=True, edits=True, approves=True)
    assert fault(NoticeState.SUBMITTED, Approve(area="dt"), alone) is None


def test_every_word_of_the_vocabulary_is_said() -> None:
    """No state, deed, ask or event lacks its Vietnamese."""
    assert set(STATE_WORDS) == set(NoticeState)
    assert set(DEED_WORDS) == set(DeedKind)
    assert set(ASK_WORDS) == set(Ask)
    assert set(ABOUT_WORDS) == set(About)
    assert set(OFFER_WORDS) == set(OfferState)


HOUR = timedelta(hours=1)
PLANNED = NOW - 30 * HOUR
LAST = (NOW - 5 * HOUR, NOW - 4 * HOUR)
OPEN = (NOW - timedelta(minutes=5), NOW + timedelta(minutes=5))


def told(sounded: int, partly: int = 0, silent: int = 0, ago: timedelta = 5 * HOUR) -> Plays:
    """Return what appliances told of the newest window."""
    return Plays(newest=NOW - ago, sounded=sounded, partly=partly, silent=silent)


def facts(**known: object) -> Facts:
    """Return the facts of an approved notice in one published slot, sent to five appliances of which four have it."""
    usual: dict[str, object] = {
        "stored": NoticeState.APPROVED,
        "approved": True,
        "drafted": 1,
        "published": 1,
        "planned_at": PLANNED,
        "targets": 5,
        "received": 4,
    }
    return Facts(**{**usual, **known})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "state", "done"),
    [
        ({"stored": NoticeState.SUBMITTED}, NoticeState.SUBMITTED, None),
        ({"stored": NoticeState.RECALLED}, NoticeState.RECALLED, None),
        ({"approved": False}, NoticeState.LAPSED, None),
        ({"drafted": 0, "published": 0, "targets": 0}, NoticeState.APPROVED, None),
        ({"published": 0, "targets": 0}, NoticeState.SCHEDULED, None),
        ({"targets": 0, "received": 0}, NoticeState.SCHEDULED, None),
        ({"received": 0}, NoticeState.SENT, 0),
        ({}, NoticeState.RECEIVED, 4),
        ({"windows": Windows(open=OPEN)}, NoticeState.ON_AIR, 4),
        ({"windows": Windows(open=OPEN), "received": 0}, NoticeState.SENT, 0),
        ({"plays": told(5)}, NoticeState.PLAYED, 5),
        ({"plays": told(4)}, NoticeState.PARTLY, 4),
        ({"plays": told(3, 1, 1)}, NoticeState.PARTLY, 3),
        ({"plays": told(0, 0, 5)}, NoticeState.NOT_PLAYED, 0),
        ({"plays": told(6)}, NoticeState.PLAYED, 6),
        ({"plays": told(5, ago=40 * HOUR)}, NoticeState.RECEIVED, 4),
        ({"windows": Windows(last=LAST)}, NoticeState.NOT_PLAYED, 0),
        ({"windows": Windows(last=(NOW - HOUR, NOW - HOUR / 3))}, NoticeState.RECEIVED, 4),
        (
            {"windows": Windows(last=(PLANNED - 2 * HOUR, PLANNED - HOUR))},
            NoticeState.RECEIVED,
            4,
        ),
        ({"drafted": 0, "published": 0, "targets": 0, "plays": told(3)}, NoticeState.PLAYED, 3),
    ],
)
def test_what_was_measured_decides_after_approval(
    known: dict[str, object], state: NoticeState, done: int | None
) -> None:
    """Planned, sent, received n of m, on air, and then what appliances measured; a silent window is not played."""
    found = counted(facts(**known), NOW)
    assert (found.state, found.done) == (state, done)


def slot(start: time, *, on: date | None = None, window_s: int = 1_800) -> Slot:
    """Return a slot of every day, or of one."""
    return Slot(
        id="s",
        title="Bản tin",
        recurrence=Daily() if on is None else Once(on=on),
        start=start,
        window_s=window_s,
        items=(Sha256("a" * 64),),
    )


def test_windows_lie_around_now() -> None:
    """The last that closed, the one that is open and the next are found, also over midnight and for a single day."""
    today = NOW.astimezone(HOUSE_ZONE).date()
    found = windows_of((slot(time(5, 30)), slot(time(17))), NOW)
    half = timedelta(minutes=30)
    morning = instant_of(today, time(5, 30), HOUSE_ZONE)
    assert found.last == (morning, morning + half)
    assert found.open is None
    evening = instant_of(today, time(17), HOUSE_ZONE)
    assert found.next == (evening, evening + half)
    night = windows_of((slot(time(22), window_s=13 * 3_600),), NOW)
    assert night.open is not None
    assert night.last is not None
    assert night.last[1] <= NOW < night.open[1]
    assert windows_of((slot(time(5), on=date(2026, 1, 1)),), NOW) == Windows()
    assert last_day_of(slot(time(5), on=today)) == today
    assert last_day_of(slot(time(5))) is None


def test_mentions_are_names() -> None:
    """@lan.nguyen and @[tên có dấu cách] mention, once each; an address of mail does not."""
    text = "Nhờ @lan.nguyen. và @[Bà Hai] xem, @lan.nguyen nhé; thư: a@b.vn, @"
    assert mentions_of(text) == ("lan.nguyen", "Bà Hai")
    assert mentions_of("@Đào-Văn.Tám: được") == ("Đào-Văn.Tám",)


def reached(state: NoticeState) -> Reached:
    """Return a way that got as far as `state`."""
    return Reached(
        state=state,
        uploaded=PLANNED,
        maker="minh",
        planned_at=PLANNED,
        planned_by="lan",
        sent_at=PLANNED,
        sent_by="lan",
        targets=5,
        received=4,
        newest_play=NOW,
        sounded=3,
        of=5,
        next_at=NOW + HOUR,
    )


def test_the_track_shows_where_a_notice_is() -> None:
    """What is behind is done, what is ahead is to come, and a bad end stands in the place of the good one."""
    deeds = Deeds(last={DeedKind.RETURN: (NOW, "chu.tich", "sai ngày")})
    returned = steps_of(reached(NoticeState.RETURNED), deeds)
    assert [s.place for s in returned[:4]] == [Place.DONE, Place.DONE, Place.BAD, Place.AHEAD]
    assert (returned[2].word, returned[2].who) == ("trả lại", "chu.tich")
    received = steps_of(reached(NoticeState.RECEIVED), deeds)
    assert [s.place for s in received] == [Place.DONE] * 5 + [Place.NOW, Place.AHEAD]
    assert (received[5].done, received[5].of) == (4, 5)
    assert received[6].at == NOW + HOUR
    partly = steps_of(reached(NoticeState.PARTLY), deeds)[-1]
    assert (partly.place, partly.word, partly.done) == (Place.BAD, "phát thiếu", 3)
    assert steps_of(reached(NoticeState.PLAYED), deeds)[-1].place is Place.DONE
