"""The verbs of a notice's way: each deed once, told to whom it concerns, and what became of it found in the facts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event

from central.db.broadcast import SlotRow
from central.db.workflow import SlotContentRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.workflow import DeedKind, NoticeState
from central.domain.workflow_inbox import About, Ask, SubjectKind
from central.services import (
    delete_slot,
    prepare_approval,
    publish,
    slot_named,
    take_approval,
)
from central.services.comments import comment, list_comments
from central.services.inbox import InboxEntry, list_inbox, unread
from central.services.workflow import NoticeDone, reassign, send_back, submit, withdraw
from central.services.workflow_chores import tend_notices, tidy_notices
from central.services.workflow_links import mend_links
from central.services.workflow_recall import Recalled, recall
from central.services.workflow_track import history, track
from central.services.workflow_views import states_of
from contract.documents import Outcome, Sha256
from tests.central.noticing import Notices, Teller, four_eyed
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot


@pytest.fixture
def notices(province: Province, tmp_path: Path) -> Notices:
    """People of a commune and of the province."""
    return Notices(province, tmp_path)


def do_submit(notices: Notices, sha256: str, who: Person, **more: str) -> NoticeDone:
    """Submit in a transaction of its own."""
    with notices.province.house.writing() as unit:
        return submit(unit, sha256, who=who, now=notices.now, **more)  # type: ignore[arg-type]


def do_recall(notices: Notices, sha256: str, who: Person, *, from_drafts: bool = False) -> Recalled:
    """Recall in a transaction of its own."""
    with notices.province.house.writing() as unit:
        return recall(
            unit, sha256, "hoãn tiêm chủng", who=who, now=notices.now, from_drafts=from_drafts
        )


def inbox_of(notices: Notices, who: Person) -> tuple[InboxEntry, ...]:
    """Return what is open in somebody's inbox."""
    with notices.province.house.reading() as unit:
        return list_inbox(unit, who, now=notices.now).entries


def abouts(notices: Notices, who: Person) -> list[str]:
    """Return what is open in somebody's inbox, by what happened."""
    return [entry.about for entry in inbox_of(notices, who)]


def test_a_notice_goes_its_whole_way(notices: Notices) -> None:
    """Draft, submitted, approved, scheduled, sent, received n/m, on air, played short, not played: from facts alone."""
    province = notices.province
    units = [Teller(province), Teller(province, HAMLET)]
    sha256 = notices.upload(notices.minh)
    assert notices.view(sha256).word == "nháp"
    do_submit(notices, sha256, notices.minh)
    assert notices.view(sha256).word == "chờ duyệt"
    notices.sign(sha256, who=notices.tam)
    assert notices.view(sha256).word == "đã duyệt"
    notices.plan(sha256)
    assert notices.view(sha256).word == "đã lên lịch"
    notices.publish()
    assert notices.view(sha256).word == "đã gửi"
    units[0].fetch()
    found = notices.view(sha256)
    assert (found.word, found.targets) == ("đã nhận 1/2", 2)
    opens = found.next_at
    assert opens is not None
    units[1].fetch()
    province.clock.now = opens + timedelta(minutes=1)
    assert notices.view(sha256).word == "đang phát"
    units[0].tell(sha256, Outcome.SOUNDED)
    units[1].tell(sha256, Outcome.PARTLY)
    province.clock.pass_by(timedelta(hours=1))
    assert notices.view(sha256).word == "phát thiếu 1/2"
    province.clock.now = opens + timedelta(days=1, minutes=1)
    for unit in units:
        unit.tell(sha256, Outcome.SOUNDED)
    province.clock.pass_by(timedelta(hours=1))
    assert notices.view(sha256).word == "đã phát 2/2"
    province.clock.now = opens + timedelta(days=2, minutes=1)
    units[0].tell(sha256, Outcome.SILENT)
    province.clock.pass_by(timedelta(hours=1))
    assert notices.view(sha256).word == "không phát 0/2"


def test_what_nobody_submitted_may_be_approved_at_once(notices: Notices) -> None:
    """One tired person who edits and approves signs what they uploaded: the law asks for a leader's word, not two."""
    sha256 = notices.upload(notices.tinh, "dt")
    notices.sign(sha256, "dt", who=notices.tinh)
    found = notices.view(sha256)
    assert (found.state, found.version) == (NoticeState.APPROVED, 1)


def test_with_four_eyes_another_one_signs(notices: Notices) -> None:
    """Where the province asks for it nobody signs their own, neither prepared nor taken, and is not asked to."""
    four_eyed(notices.province)
    sha256 = notices.upload(notices.tinh, "dt")
    second = notices.province.person("hai", PersonRole.APPROVER)
    do_submit(notices, sha256, notices.tinh)
    assert abouts(notices, second) == [About.SUBMITTED]
    assert abouts(notices, notices.tinh) == []
    with (
        notices.province.house.reading() as unit,
        pytest.raises(Forbidden, match="người khác duyệt"),
    ):
        prepare_approval(unit, sha256, "dt", who=notices.tinh, now=notices.now)
    with pytest.raises(Forbidden):
        notices.sign(sha256, "dt", who=notices.tinh)
    notices.sign(sha256, "dt", who=second)
    assert notices.view(sha256).state is NoticeState.APPROVED


def test_submitting_asks_the_approvers_nearest(notices: Notices) -> None:
    """The commune's approver is asked, the province is not; where a commune has none, the province is."""
    sha256 = notices.upload(notices.minh)
    assert do_submit(notices, sha256, notices.minh, words="phát trước 17 giờ").told == 1
    (entry,) = inbox_of(notices, notices.tam)
    assert (entry.ask, entry.words) == (Ask.APPROVE, "phát trước 17 giờ")
    assert entry.word == "minh gửi duyệt"
    assert abouts(notices, notices.tinh) == []
    tan_hoi = notices.province.person("hoa", PersonRole.EDITOR, area=OTHER)
    other = notices.upload(tan_hoi, OTHER)
    do_submit(notices, other, tan_hoi)
    assert [entry.subject for entry in inbox_of(notices, notices.tinh)] == [other]


def test_the_reason_of_a_return_reaches_the_maker(notices: Notices) -> None:
    """Returned with words, the maker finds it and the approvers' entries close; submitting again closes the maker's."""
    sha256 = notices.upload(notices.minh)
    do_submit(notices, sha256, notices.minh)
    with notices.province.house.writing() as unit:
        send_back(unit, sha256, "sai ngày tiêm", who=notices.tam, now=notices.now)
    assert abouts(notices, notices.tam) == []
    (entry,) = inbox_of(notices, notices.minh)
    assert (entry.ask, entry.word, entry.words) == (
        Ask.REVISE,
        "tam trả lại để sửa",
        "sai ngày tiêm",
    )
    do_submit(notices, sha256, notices.minh)
    assert abouts(notices, notices.minh) == []
    assert abouts(notices, notices.tam) == [About.SUBMITTED]
    notices.sign(sha256, who=notices.tam)
    assert abouts(notices, notices.tam) == []
    assert abouts(notices, notices.minh) == [About.APPROVED]
    with notices.province.house.reading() as unit:
        deeds = [step.deed for step in history(unit, sha256)]
    assert deeds == [DeedKind.APPROVE, DeedKind.SUBMIT, DeedKind.RETURN, DeedKind.SUBMIT]


def test_a_submission_is_given_to_one_approver_and_to_another(notices: Notices) -> None:
    """Sent to one approver only that one is asked; handed on, the other is; to somebody without the right, nobody."""
    sha256 = notices.upload(notices.minh)
    with pytest.raises(Unacceptable, match="không phải người duyệt"):
        do_submit(notices, sha256, notices.minh, to="lan")
    do_submit(notices, sha256, notices.minh, to="tinh")
    assert (abouts(notices, notices.tam), abouts(notices, notices.tinh)) == ([], [About.SUBMITTED])
    with notices.province.house.writing() as unit:
        reassign(unit, sha256, "tam", who=notices.tinh, now=notices.now)
    assert (abouts(notices, notices.tam), abouts(notices, notices.tinh)) == ([About.ASSIGNED], [])
    assert notices.view(sha256).assigned_to == "tam"


def test_two_at_once_have_one_outcome_and_one_explanation(notices: Notices) -> None:
    """Whoever acts on what they saw before somebody else acted changes nothing, and is told who did what, when."""
    sha256 = notices.upload(notices.minh)
    seen = do_submit(notices, sha256, notices.minh).version
    with notices.province.house.writing() as unit:
        withdraw(unit, sha256, who=notices.minh, now=notices.now, version=seen)
    with (
        notices.province.house.writing() as unit,
        pytest.raises(Conflict, match="minh vừa rút lại nội dung này lúc") as clash,
    ):
        send_back(unit, sha256, "sai ngày tiêm", who=notices.tam, now=notices.now, version=seen)
    assert clash.value.expected == seen + 1
    assert notices.view(sha256).word == "nháp"


def test_a_race_has_one_winner(notices: Notices) -> None:
    """Eight at once withdraw or return the same version: one deed is done, seven are told so, one line is written."""
    sha256 = notices.upload(notices.minh)
    seen = do_submit(notices, sha256, notices.minh).version

    def act(turn: int) -> str:
        with notices.province.house.writing() as unit:
            if turn % 2:
                withdraw(unit, sha256, who=notices.minh, now=notices.now, version=seen)
            else:
                why = "sai ngày tiêm"
                send_back(unit, sha256, why, who=notices.tam, now=notices.now, version=seen)
        return "done"

    with ThreadPoolExecutor(8) as lanes:
        futures = [lanes.submit(act, turn) for turn in range(8)]
        faults = [future.exception() for future in futures]
    assert faults.count(None) == 1
    assert all(isinstance(fault, Conflict) for fault in faults if fault is not None)
    with notices.province.house.reading() as unit:
        assert len(history(unit, sha256)) == 2


def test_a_commune_that_approves_for_itself_does_not_decide_for_the_province(
    notices: Notices,
) -> None:
    """The commune's approval counts there; the province's notice goes on waiting for its own approver."""
    sha256 = notices.upload(notices.tinh, "dt")
    do_submit(notices, sha256, notices.tinh)
    notices.sign(sha256, COMMUNE, who=notices.tam)
    assert notices.view(sha256).state is NoticeState.SUBMITTED
    notices.sign(sha256, "dt", who=notices.tinh)
    assert notices.view(sha256).state is NoticeState.APPROVED


def test_a_planned_notice_is_not_recalled_by_accident(notices: Notices) -> None:
    """It says where it is planned and changes nothing; told so, it leaves the drafts, and nothing is published."""
    province = notices.province
    Teller(province)
    sha256 = notices.upload(notices.minh)
    other = notices.upload(notices.lan)
    for one in (sha256, other):
        notices.sign(one, who=notices.tam)
    notices.plan(sha256)
    both = (Sha256(other), Sha256(sha256))
    province.slot(msgspec.structs.replace(make_slot(sha256, "chieu"), items=both))
    notices.publish()
    with pytest.raises(Conflict, match="đang nằm trong khung giờ") as clash:
        do_recall(notices, sha256, notices.lan)
    assert clash.value.code == "in-use"
    assert notices.view(sha256).state is NoticeState.SENT
    done = do_recall(notices, sha256, notices.lan, from_drafts=True)
    assert (done.drafts_changed, done.publish, done.appliances) == (2, (COMMUNE,), 1)
    assert "Hãy gửi lại lịch" in done.word
    assert notices.view(sha256).word == "thu hồi"
    with province.house.reading() as unit:
        assert slot_named(unit, "chieu").slot.items == (Sha256(other),)
        assert slot_named(unit, "sang").word == "đã xóa, chưa gửi"
    sent = publish(province.house, COMMUNE, who=None, now=province.now)
    assert sent.changed == 1


def test_what_was_recalled_cannot_sound_again_by_the_old_signature(notices: Notices) -> None:
    """The old approval counts no longer, handed in again or not; submitted and signed anew it does."""
    sha256 = notices.upload(notices.minh)
    paper = notices.sign(sha256, who=notices.tam)
    do_recall(notices, sha256, notices.tam)
    with notices.province.house.writing() as unit:
        take_approval(unit, paper, who=notices.tam, now=notices.now)
    assert notices.view(sha256).approved_until is None
    with pytest.raises(Conflict, match="gửi duyệt lại"):
        notices.sign(sha256, who=notices.tam)
    do_submit(notices, sha256, notices.minh)
    assert notices.view(sha256).approved_until is None
    notices.sign(sha256, who=notices.tam)
    assert notices.view(sha256).word == "đã duyệt"


def test_a_recall_stops_at_somebody_elses_slots(notices: Notices) -> None:
    """A province's notice that a commune planned is not taken out by who may not edit there; nothing is half done."""
    sha256 = notices.upload(notices.tinh, "dt")
    notices.sign(sha256, "dt", who=notices.tinh)
    notices.plan(sha256)
    boss = notices.province.person("boss", PersonRole.APPROVER)
    with pytest.raises(Forbidden, match="nơi bạn không sửa lịch được"):
        do_recall(notices, sha256, boss, from_drafts=True)
    assert notices.view(sha256).word == "đã lên lịch"
    do_recall(notices, sha256, notices.tinh, from_drafts=True)
    assert abouts(notices, notices.lan) == [About.RECALLED]


def test_the_track_shows_a_person_only_their_areas(notices: Notices) -> None:
    """Slots of other areas are counted, not shown; what one may not see at all is not there."""
    sha256 = notices.upload(notices.tinh, "dt")
    notices.sign(sha256, "dt", who=notices.tinh)
    notices.plan(sha256, "o-day")
    notices.plan(sha256, "o-kia", area=OTHER)
    with notices.province.house.reading() as unit:
        mine = track(unit, notices.lan, sha256, now=notices.now)
        whole = track(unit, notices.tinh, sha256, now=notices.now)
    assert ([use.slot for use in mine.uses], mine.elsewhere) == (["o-day"], 1)
    assert len(whole.uses) == 2
    assert mine.deeds == ()
    assert DeedKind.RECALL in whole.deeds
    hidden = notices.upload(None, OTHER)
    with notices.province.house.reading() as unit, pytest.raises(NotFound):
        track(unit, notices.lan, hidden, now=notices.now)


def test_links_follow_slots_however_they_change(notices: Notices) -> None:
    """Created, changed, published, deleted: the link says what is drafted and published; a lost one is mended."""
    sha256 = notices.upload(notices.lan)
    notices.sign(sha256, who=notices.tam)
    notices.plan(sha256)

    def links() -> list[tuple[bool, bool]]:
        with notices.province.house.reading() as unit:
            rows = unit.session.query(SlotContentRow).all()
            return [(row.drafted, row.published) for row in rows]

    assert links() == [(True, False)]
    notices.publish()
    assert links() == [(True, True)]
    with notices.province.house.writing() as unit:
        unit.session.query(SlotContentRow).delete()
    with notices.province.house.writing() as unit:
        assert mend_links(unit) == 1
    assert links() == [(True, True)]
    with notices.province.house.writing() as unit:
        delete_slot(unit, "sang", who=None, now=notices.now)
    assert links() == [(False, True)]
    notices.publish()
    assert links() == []
    with notices.province.house.reading() as unit:
        assert unit.session.get(SlotRow, "sang") is None


@pytest.fixture
def asked(province: Province) -> Iterator[list[str]]:
    """Every question put to the database."""
    found: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(province.house.engine, "before_cursor_execute", note)
    yield found
    event.remove(province.house.engine, "before_cursor_execute", note)


def test_a_page_of_notices_costs_as_many_questions_as_one(
    notices: Notices, asked: list[str]
) -> None:
    """Eight questions or fewer, for one content and for six."""
    many = [notices.upload(notices.lan, title=f"Tin {n}") for n in range(6)]
    for sha256 in many:
        notices.sign(sha256, who=notices.tam)
    for number, sha256 in enumerate(many[:3]):
        notices.plan(sha256, f"s-{number}")
    notices.publish()
    counts = []
    for wanted in (many[:1], many):
        asked.clear()
        with notices.province.house.reading() as unit:
            assert len(states_of(unit, wanted, now=notices.now)) == len(wanted)
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 8


def test_comments_tell_those_they_mention(notices: Notices) -> None:
    """@names who may look are told and asked to answer; others are named to the writer; answering puts it away."""
    sha256 = notices.upload(notices.minh)
    notices.province.person("hoa", PersonRole.EDITOR, area=OTHER)
    with notices.province.house.writing() as unit:
        said = comment(
            unit,
            SubjectKind.CONTENT,
            sha256,
            "@tam xem giúp ngày tiêm, @hoa và @ai.do",
            who=notices.lan,
            now=notices.now,
        )
    assert said.comment.mentions == ("tam",)
    assert said.not_told == ("hoa", "ai.do")
    assert abouts(notices, notices.tam) == [About.MENTIONED]
    assert abouts(notices, notices.minh) == [About.COMMENTED]
    assert abouts(notices, notices.lan) == []
    with notices.province.house.writing() as unit:
        comment(unit, SubjectKind.CONTENT, sha256, "Đúng rồi.", who=notices.tam, now=notices.now)
    assert abouts(notices, notices.tam) == []
    with notices.province.house.reading() as unit:
        page = list_comments(unit, SubjectKind.CONTENT, sha256, who=notices.minh, limit=1)
        rest = list_comments(
            unit, SubjectKind.CONTENT, sha256, who=notices.minh, before=page.comments[0].id
        )
    assert ([c.text for c in page.comments], page.more) == (["Đúng rồi."], True)
    assert [c.who for c in rest.comments] == ["lan"]


def test_comments_on_slots_stay_in_their_area(notices: Notices) -> None:
    """Who may look at the slot's area may talk about it; others may neither read nor write; emptiness is refused."""
    sha256 = notices.upload(notices.lan)
    notices.plan(sha256)
    stranger = notices.province.person("hoa", PersonRole.EDITOR, area=OTHER)
    house = notices.province.house
    with house.writing() as unit:
        comment(
            unit, SubjectKind.SLOT, "sang", "Dời sang 6 giờ 30?", who=notices.tam, now=notices.now
        )
    for who, wrong in ((stranger, Forbidden), (notices.lan, None)):
        with house.reading() as unit:
            if wrong is None:
                assert len(list_comments(unit, SubjectKind.SLOT, "sang", who=who).comments) == 1
            else:
                with pytest.raises(wrong):
                    list_comments(unit, SubjectKind.SLOT, "sang", who=who)
    with house.writing() as unit, pytest.raises(Unacceptable):
        comment(unit, SubjectKind.SLOT, "sang", "  \n ", who=notices.lan, now=notices.now)
    with house.writing() as unit, pytest.raises(NotFound):
        comment(unit, SubjectKind.ANNOUNCEMENT, "x", "?", who=notices.lan, now=notices.now)


def test_what_waits_too_long_goes_one_level_up(notices: Notices) -> None:
    """After a day the approvers above are told too, once; while it is young they are not."""
    sha256 = notices.upload(notices.minh)
    do_submit(notices, sha256, notices.minh)
    tend_notices(notices.province.house, now=notices.now)
    assert abouts(notices, notices.tinh) == []
    notices.province.clock.pass_by(timedelta(days=1, minutes=1))
    for _ in range(2):
        tend_notices(notices.province.house, now=notices.now)
    assert abouts(notices, notices.tinh) == [About.WAITS_LONG]
    notices.sign(sha256, who=notices.tam)
    assert abouts(notices, notices.tinh) == []


def test_a_play_that_fell_short_is_told_once_a_day(notices: Notices) -> None:
    """The maker hears of it when the window is over; whole plays tell nothing."""
    province = notices.province
    short, whole = notices.upload(notices.minh), notices.upload(notices.lan)
    unit = Teller(province)
    for sha256, outcome in ((short, Outcome.PARTLY), (whole, Outcome.SOUNDED)):
        notices.sign(sha256, who=None)
        unit.tell(sha256, outcome)
    tend_notices(province.house, now=notices.now)
    assert About.SHORT not in abouts(notices, notices.minh)
    province.clock.pass_by(timedelta(minutes=20))
    for _ in range(2):
        tend_notices(province.house, now=notices.now)
    assert abouts(notices, notices.minh).count(About.SHORT) == 1
    assert About.SHORT not in abouts(notices, notices.lan)
    tidy_notices(province.house, now=notices.now + timedelta(days=400))
    with province.house.reading() as reading:
        assert (
            unread(reading, notices.minh, now=notices.now) >= 1
        )  # what is open is never tidied away


@pytest.mark.parametrize("do", [submit, withdraw])
def test_a_stranger_learns_nothing_of_how_it_stands(
    notices: Notices, do: Callable[..., NoticeDone]
) -> None:
    """Whoever has no part in a notice is refused before anything is said about who did what."""
    stranger = notices.province.person("xa", PersonRole.EDITOR, area=OTHER)
    sha256 = notices.upload(notices.tinh, "dt", "Lịch lấy nước")
    do_submit(notices, sha256, notices.tinh)
    with notices.province.house.writing() as unit:
        with pytest.raises(Conflict):
            do(unit, sha256, who=notices.tinh, now=notices.now, version=9)
        with pytest.raises(Forbidden):
            do(unit, sha256, who=stranger, now=notices.now, version=9)
        with pytest.raises(Forbidden):
            reassign(unit, sha256, "nobody", who=stranger, now=notices.now)
