"""Planning: gestures, undo, copies, templates, who overwrites whom, publications that are seen and taken up again."""

from datetime import date, time, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select, update

from central.db.broadcast import ProgrammeRow, PublicationRow
from central.db.planning import PublicationProgressRow, SlotEditRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import PersonRole
from central.domain.planning import seen_of
from central.domain.planning_diff import ChangeKind
from central.domain.planning_moves import Where
from central.domain.planning_templates import Fill
from central.services import (
    change_slot,
    delete_slot,
    list_slots,
    publish,
    resume_publications,
    slot_named,
)
from central.services import planning_edits as edits
from central.services import planning_templates as templates
from central.services import publishing_orders as orders
from central.services.planning_history import last_edit, sweep_edits
from central.services.planning_pending import pending_diff
from central.services.planning_views import day_story, planned_week
from central.services.publishing import order_publication
from central.services.slots import SlotConflict
from central.signing import OnlineKeys
from contract import codec, seal
from contract.documents import Daily, Kind, Once, Programme, Sha256, Weekdays
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot

MONDAY = date(2026, 11, 23)
TUESDAY = MONDAY + timedelta(days=1)


@pytest.fixture
def sound(province: Province, tone: Path) -> str:
    """An approved content of one second."""
    return province.sound(tone).sha256


def slots(province: Province, area: str = COMMUNE) -> dict[str, object]:
    """Return the area's own slots by id."""
    with province.house.reading() as unit:
        return {s.slot.id: s.slot for s in list_slots(unit, area, inherited=False)}


def seen(province: Province, slot_id: str) -> str:
    """Return what names a slot as it stands."""
    with province.house.reading() as unit:
        return seen_of(slot_named(unit, slot_id))


def test_one_date_is_moved_and_the_series_stays(province: Province, sound: str) -> None:
    """Moving one date leaves it out of the series and adds a slot for that date alone; undo puts both back."""
    province.slot(make_slot(sound))
    before = slots(province)
    to = Where(day=TUESDAY, start=time(7, 5), window_s=1_200)
    with province.house.writing() as unit:
        edits.move_slot(unit, "sang", MONDAY, to, only_this_date=True, who=None, now=province.now)
    after = slots(province)
    series = after.pop("sang")
    (single,) = after.values()
    assert series.except_dates == {MONDAY}  # type: ignore[attr-defined]
    assert (single.recurrence, single.start) == (Once(on=TUESDAY), time(7, 5))  # type: ignore[attr-defined]
    with province.house.writing() as unit:
        assert edits.undo_last(unit, COMMUNE, who=None, now=province.now).what == "move"
    assert slots(province) == before


def test_a_series_moves_by_hours_and_weekdays_but_daily_not_by_days(
    province: Province, sound: str
) -> None:
    """Monday of a weekly series becomes Tuesday; a daily one only changes its hours."""
    province.slot(make_slot(sound, recurrence=Weekdays(days=frozenset({1, 3}))))
    province.slot(make_slot(sound, "ngay", start=time(17)))
    to = Where(day=TUESDAY, start=time(6, 5), window_s=1_800)
    with province.house.writing() as unit:
        (state,) = edits.move_slot(
            unit, "sang", MONDAY, to, only_this_date=False, who=None, now=province.now
        )
        assert state.slot.recurrence == Weekdays(days=frozenset({2, 3}))
        with pytest.raises(Unacceptable, match="chỉ ngày này"):
            edits.move_slot(
                unit, "ngay", MONDAY, to, only_this_date=False, who=None, now=province.now
            )
        same_day = Where(day=MONDAY, start=time(17, 30), window_s=600)
        (state,) = edits.move_slot(
            unit, "ngay", MONDAY, same_day, only_this_date=False, who=None, now=province.now
        )
        assert (state.slot.start, state.slot.recurrence) == (time(17, 30), Daily())


def test_a_date_is_skipped_and_taken_back(province: Province, sound: str) -> None:
    """A skipped date stays silent until it is restored; a slot of that date alone is deleted."""
    province.slot(make_slot(sound))
    province.slot(make_slot(sound, "le", recurrence=Once(on=MONDAY), start=time(9)))
    with province.house.writing() as unit:
        edits.skip_date(unit, "sang", MONDAY, who=None, now=province.now)
        with pytest.raises(Unacceptable, match="vốn không phát"):
            edits.skip_date(unit, "sang", MONDAY, who=None, now=province.now)
        assert edits.skip_date(unit, "le", MONDAY, who=None, now=province.now) is None
        state = edits.restore_date(unit, "sang", MONDAY, who=None, now=province.now)
    assert state.slot.except_dates == frozenset()
    assert list(slots(province)) == ["sang"]


def test_who_saw_an_older_slot_overwrites_nothing(province: Province, sound: str) -> None:
    """An edit that names what it saw is refused when somebody was faster; one that names nothing works as ever."""
    province.slot(make_slot(sound))
    old = seen(province, "sang")
    mine, theirs = make_slot(sound, title="Của tôi"), make_slot(sound, title="Của người khác")
    with province.house.writing() as unit:
        change_slot(unit, theirs, who=None, now=province.now, seen=old)
    with province.house.writing() as unit, pytest.raises(SlotConflict) as caught:
        change_slot(unit, mine, who=None, now=province.now, seen=old)
    assert caught.value.held is not None
    assert caught.value.held.slot.title == "Của người khác"
    with province.house.writing() as unit, pytest.raises(SlotConflict):
        delete_slot(unit, "sang", who=None, now=province.now, seen=old)
    with province.house.writing() as unit:
        change_slot(unit, mine, who=None, now=province.now)
        delete_slot(unit, "sang", who=None, now=province.now)
    with province.house.writing() as unit, pytest.raises(SlotConflict) as gone:
        change_slot(unit, mine, who=None, now=province.now, seen=old)
    assert gone.value.held is None


def test_undo_is_ones_own_and_not_over_somebody_else(province: Province, sound: str) -> None:
    """A person undoes their own last edit only, not after a day, and not when somebody changed the slot since."""
    lan = province.person("lan", PersonRole.EDITOR)
    binh = province.person("binh", PersonRole.EDITOR)
    province.slot(make_slot(sound))
    with province.house.writing() as unit:
        changed = make_slot(sound, title="Lan sửa")
        change_slot(unit, changed, who=lan, now=province.now)
    with province.house.writing() as unit, pytest.raises(NotFound):
        edits.undo_last(unit, COMMUNE, who=binh, now=province.now)
    with province.house.writing() as unit:
        change_slot(unit, make_slot(sound, title="Bình sửa"), who=binh, now=province.now)
    with province.house.writing() as unit, pytest.raises(Conflict, match="sửa tiếp"):
        edits.undo_last(unit, COMMUNE, who=lan, now=province.now)
    with province.house.writing() as unit:
        edits.undo_last(unit, COMMUNE, who=binh, now=province.now)
        edits.undo_last(unit, COMMUNE, who=lan, now=province.now)
        assert slot_named(unit, "sang").slot.title == "Bản tin sáng"
        change_slot(unit, changed, who=lan, now=province.now)
    later = province.now + timedelta(days=2)
    with province.house.reading() as unit:
        assert last_edit(unit, COMMUNE, who=lan, now=later) is None
    assert sweep_edits(province.house, now=province.now + timedelta(days=100)) > 0
    with province.house.reading() as unit:
        assert unit.session.scalar(select(func.count()).select_from(SlotEditRow)) == 0


def test_a_week_is_copied_after_a_look(province: Province, sound: str) -> None:
    """Single dates come to the other week; what they overlap gives way; what was not seen is not done."""
    province.slot(make_slot(sound, "ngay", start=time(6)))
    province.slot(make_slot(sound, "le", recurrence=Once(on=MONDAY), start=time(6, 15), title="Lễ"))
    later = MONDAY + timedelta(days=7)
    with province.house.writing() as unit:
        changes = edits.week_copy(unit, COMMUNE, MONDAY, later, who=None, now=province.now)
        kinds = {(c.kind, c.title) for c in changes}
        assert kinds == {(ChangeKind.ADDED, "Lễ"), (ChangeKind.CHANGED, "Bản tin sáng")}
        name = edits.fingerprint(changes)
        again = edits.week_copy(unit, COMMUNE, MONDAY, later, who=None, now=province.now)
        assert edits.fingerprint(again) == name
        with pytest.raises(Conflict, match="xem trước"):
            edits.apply_changes(
                unit, changes, what="copy-week", who=None, now=province.now, seen="0" * 16
            )
        edits.apply_changes(unit, changes, what="copy-week", who=None, now=province.now, seen=name)
        assert edits.week_copy(unit, COMMUNE, MONDAY, later, who=None, now=province.now) == ()
        with pytest.raises(Unacceptable, match="hai tuần khác nhau"):
            edits.week_copy(unit, COMMUNE, MONDAY, TUESDAY, who=None, now=province.now)
        assert len(edits.own_slots(unit, COMMUNE)) == 3
        edits.undo_last(unit, COMMUNE, who=None, now=province.now)
        assert len(edits.own_slots(unit, COMMUNE)) == 2


def test_templates_are_filled_looked_at_and_applied_once(province: Province, sound: str) -> None:
    """A built-in session asks for its source and content; applied twice it changes nothing more."""
    fills = {
        0: Fill(url="https://phat.vi-du.vn/vov1"),
        1: Fill(items=(Sha256(sound),)),
    }
    with province.house.writing() as unit:
        with pytest.raises(Unacceptable, match="nguồn tiếp sóng"):
            templates.template_changes(unit, "buoi-sang", COMMUNE, {}, who=None)
        with pytest.raises(Unacceptable, match="chọn nội dung"):
            templates.template_changes(unit, "buoi-sang", COMMUNE, {0: fills[0]}, who=None)
        assert (
            templates.apply_template(unit, "buoi-sang", COMMUNE, fills, who=None, now=province.now)
            == 2
        )
        assert templates.template_changes(unit, "buoi-sang", COMMUNE, fills, who=None) == ()
        kept = templates.keep_template(
            unit, COMMUNE, "Buổi sáng của xã", "", who=None, now=province.now
        )
        assert [p.title for p in kept.parts] == [
            "Tiếp sóng VOV1 buổi sáng",
            "Bản tin xã buổi sáng",
        ]
        below = templates.list_templates(unit, HAMLET, who=None)
        beside = templates.list_templates(unit, OTHER, who=None)
        assert (kept.id in {t.id for t in below}, kept.id in {t.id for t in beside}) == (
            True,
            False,
        )
        with pytest.raises(NotFound):
            templates.template_named(unit, kept.id, OTHER, who=None)
        templates.drop_template(unit, kept.id, who=None, now=province.now)
        with pytest.raises(NotFound):
            templates.drop_template(unit, "buoi-sang", who=None, now=province.now)


def test_a_neighbour_sees_and_touches_nothing(province: Province, sound: str) -> None:
    """An editor of another commune is refused by every verb of planning, and finds none of its publications."""
    editor = province.person("lan", PersonRole.EDITOR, area=OTHER)
    province.slot(make_slot(sound))
    publish(province.house, COMMUNE, who=None, now=province.now)
    to = Where(day=MONDAY, start=time(9), window_s=600)
    now = province.now
    with province.house.writing() as unit:
        for ask in (
            lambda: edits.move_slot(
                unit, "sang", MONDAY, to, only_this_date=True, who=editor, now=now
            ),
            lambda: edits.skip_date(unit, "sang", MONDAY, who=editor, now=now),
            lambda: edits.restore_date(unit, "sang", MONDAY, who=editor, now=now),
            lambda: edits.undo_last(unit, COMMUNE, who=editor, now=now),
            lambda: edits.week_copy(unit, COMMUNE, MONDAY, MONDAY, who=editor, now=now),
            lambda: templates.keep_template(unit, COMMUNE, "x", "", who=editor, now=now),
            lambda: templates.list_templates(unit, COMMUNE, who=editor),
            lambda: planned_week(unit, COMMUNE, MONDAY, who=editor, now=now),
            lambda: day_story(unit, MONDAY, area=COMMUNE, who=editor, now=now),
            lambda: pending_diff(unit, COMMUNE, who=editor, now=now),
            lambda: orders.list_publications(unit, who=editor, area=COMMUNE, now=now),
        ):
            with pytest.raises(Forbidden):
                ask()
        with pytest.raises(NotFound):
            orders.publication_named(unit, 1, who=editor, now=now)
        assert orders.list_publications(unit, who=editor, now=now) == ()
        assert len(orders.list_publications(unit, who=None, now=now)) == 1


def test_the_diff_says_what_changes_where_and_is_kept(province: Province, sound: str) -> None:
    """Slots, appliances and contents to fetch are told before; afterwards history has the same, with who and when."""
    lan = province.person("lan", PersonRole.EDITOR)
    province.appliance("a", HAMLET)
    province.appliance("b", HAMLET)
    province.slot(make_slot(sound))
    with province.house.reading() as unit:
        diff, work = pending_diff(unit, COMMUNE, who=None, now=province.now)
    assert [c.kind for c in diff.slots] == [ChangeKind.ADDED]
    assert (diff.changed, diff.unchanged, len(work.tasks)) == (2, 0, 2)
    ((name, count),) = [(f.sha256, f.appliances) for f in diff.fetches]
    assert (name, count) == (sound, 2)
    assert [(t.area, t.appliances) for t in diff.touched] == [(HAMLET, 2)]
    publish(province.house, COMMUNE, who=lan, now=province.now)
    with province.house.reading() as unit:
        (state,) = orders.list_publications(unit, who=lan, now=province.now)
        assert (state.asked_by, state.written, state.total, state.word) == ("lan", 2, 2, "đã gửi")
        assert orders.diff_named(unit, state.id, who=lan) == diff
        again, _ = pending_diff(unit, COMMUNE, who=None, now=province.now)
    assert (again.slots, again.changed, again.fetches) == ((), 0, ())


def test_what_was_not_seen_is_not_sent(province: Province, sound: str) -> None:
    """A publication that names the diff it saw is refused when an edit came in between; nothing is written."""
    province.appliance()
    province.slot(make_slot(sound))
    with province.house.reading() as unit:
        diff, _ = pending_diff(unit, COMMUNE, who=None, now=province.now)
    province.slot(make_slot(sound, "moi", start=time(17)))
    with pytest.raises(Conflict, match="đã thay đổi"):
        order_publication(
            province.house, COMMUNE, who=None, now=province.now, seen=orders.fingerprint(diff)
        )
    with province.house.reading() as unit:
        assert unit.session.scalar(select(func.count()).select_from(PublicationRow)) == 0


def test_an_order_is_taken_over_when_its_lease_has_run_out(province: Province, sound: str) -> None:
    """While its carrier lives nobody else touches it; afterwards another process brings it to its end, once."""
    _, device = province.appliance()
    province.slot(make_slot(sound))
    ordered = order_publication(province.house, COMMUNE, who=None, now=province.now)
    assert resume_publications(province.house, now=province.now) == 0
    with province.house.reading() as unit:
        state = orders.publication_named(unit, ordered.id, who=None, now=province.now)
        assert state.phase is orders.PublicationPhase.RUNNING
    province.clock.pass_by(orders.LEASE)
    with province.house.reading() as unit:
        state = orders.publication_named(unit, ordered.id, who=None, now=province.now)
        assert state.phase is orders.PublicationPhase.WAITING
    assert resume_publications(province.house, now=province.now) == 1
    with province.house.reading() as unit:
        assert unit.session.get_one(ProgrammeRow, device).version == 1
        row = unit.session.get_one(PublicationProgressRow, ordered.id)
        assert row.holder != ordered.holder
    with province.house.writing() as unit, pytest.raises(orders.TakenOver):
        orders.proceed(unit, ordered.id, ordered.holder, 1, now=province.now)


def test_who_was_passed_by_looks_again(province: Province, sound: str) -> None:
    """An appliance that another process wrote meanwhile gets what is published now, not what was compiled before."""
    _, device = province.appliance()
    province.slot(make_slot(sound))
    publish(province.house, COMMUNE, who=None, now=province.now)
    with province.house.writing() as unit:
        change_slot(unit, make_slot(sound, start=time(8)), who=None, now=province.now)
    ordered = order_publication(province.house, COMMUNE, who=None, now=province.now)
    with province.house.writing() as unit:  # as if another process had just renewed it
        unit.session.execute(update(ProgrammeRow).values(version=7, body_sha256="0" * 64))
    from central.services.publishing import carry_out  # noqa: PLC0415

    done = carry_out(province.house, ordered, now=province.now)
    assert done.changed == 1
    with province.house.reading() as unit:
        row = unit.session.get_one(ProgrammeRow, device)
    document = codec.decode(Kind.PROGRAMME, seal.read_envelope(row.envelope).payload)
    assert isinstance(document, Programme)
    assert (document.version, document.slots[0].start) == (8, time(8))


def test_neighbours_are_sealed_byte_for_byte_as_one_by_one(province: Province, sound: str) -> None:
    """What appliances share is written once, and each paper is still exactly what sealing it alone gives."""
    for n in range(3):
        province.appliance(f"loa {n}")
    province.slot(make_slot(sound))
    publish(province.house, COMMUNE, who=None, now=province.now)
    keys: OnlineKeys = province.house.keys
    with province.house.reading() as unit:
        rows = unit.session.scalars(select(ProgrammeRow)).all()
    assert len(rows) == 3
    held: list[Programme] = []
    for row in rows:
        document = codec.decode(Kind.PROGRAMME, seal.read_envelope(row.envelope).payload)
        assert isinstance(document, Programme)
        assert keys.programme(document).envelope == row.envelope
        held.append(document)
    some = [held[0], msgspec.structs.replace(held[0], version=2), held[1], held[0]]
    sealed = [s.envelope for s in keys.programmes(some)]
    assert sealed == [keys.programme(document).envelope for document in some]


def test_a_day_is_told_with_its_rules(province: Province, tone: Path, sound: str) -> None:
    """What plays has its reason, what does not its rule; what was sent is told apart from drafts."""
    _, device = province.appliance()
    province.slot(make_slot(sound, "tinh", start=time(5, 30)), "dt")
    publish(province.house, "dt", who=None, now=province.now)
    unheard = province.sound(tone, approved_for=None, title="y").sha256
    assert unheard == sound
    province.slot(make_slot(sound, "dem", start=time(22), title="Đêm"))
    province.slot(make_slot(sound, "t3", recurrence=Weekdays(days=frozenset({2}))))
    with province.house.writing() as unit:
        edits.skip_date(unit, "dem", TUESDAY, who=None, now=province.now)
    with province.house.reading() as unit:
        drafts = day_story(unit, MONDAY, device=device, who=None, now=province.now)
        sent = day_story(unit, MONDAY, device=device, sent=True, who=None, now=province.now)
        skipped = day_story(unit, TUESDAY, device=device, who=None, now=province.now)
        with pytest.raises(Unacceptable):
            day_story(unit, MONDAY, who=None, now=province.now)
    told = {(p.planned.slot.id, p.sounds, p.area) for p in drafts.pieces}
    assert told == {("tinh", True, "dt"), ("dem", False, COMMUNE)}
    assert {left.slot.id: left.rule.value for left in drafts.left_out} == {"t3": "other-day"}
    assert {p.planned.slot.id for p in sent.pieces} == {"tinh"}
    assert {left.slot.id: left.rule.value for left in skipped.left_out} == {"dem": "skipped"}
