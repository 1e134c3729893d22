"""From slots to sealed programmes: who gets what, when a version rises, what is refused."""

from datetime import date, time, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import func, select, update

from central.db.broadcast import OutboxRow, ProgrammeRow, PublicationRow, SlotRow
from central.db.fleet import DeviceRow
from central.domain.errors import Conflict, Forbidden, Unacceptable
from central.domain.library import Sheet
from central.domain.people import PersonRole
from central.domain.states import SlotPhase
from central.services import (
    change_slot,
    create_slot,
    delete_slot,
    device_named,
    list_slots,
    preview,
    publish,
    renew_programmes,
    resume_publications,
    slot_named,
    take_assignment,
)
from central.services.library import archive
from central.services.library_entering import TextAsked, write_text
from contract import codec, seal
from contract.documents import Kind, Once, Programme, Sha256
from contract.memory import TrustedNow, TrustState
from contract.seal import SigningKey
from contract.trust import admit
from tests.central.library import entered
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot


def told(province: Province, device: str) -> Programme:
    """Return what the appliance is told now."""
    with province.house.reading() as unit:
        row = unit.session.get_one(ProgrammeRow, device)
    document = codec.decode(Kind.PROGRAMME, seal.read_envelope(row.envelope).payload)
    assert isinstance(document, Programme)
    return document


def test_a_slot_reaches_every_appliance_at_or_below_its_area(
    province: Province, tone: Path
) -> None:
    """A province's slot and a commune's slot meet on the hamlet's appliance; the neighbour has one."""
    content = province.sound(tone)
    _, here = province.appliance("here", HAMLET)
    _, there = province.appliance("there", OTHER)
    province.slot(make_slot(content.sha256, "tinh", start=time(5, 30)), "dt")
    province.slot(make_slot(content.sha256, "xa"), COMMUNE)
    done = publish(province.house, "dt", who=None, now=province.now)
    assert (done.changed, done.unchanged, done.warnings) == (2, 0, ())
    assert [s.id for s in told(province, here).slots] == ["tinh", "xa"]
    assert [s.id for s in told(province, there).slots] == ["tinh"]


def test_an_appliance_obeys_what_was_published(province: Province, tone: Path) -> None:
    """The contract's truster admits assignment and programme with the keyring of the province."""
    key, device = province.appliance()
    province.slot(make_slot(province.sound(tone).sha256))
    publish(province.house, COMMUNE, who=None, now=province.now)
    now = TrustedNow(wall=province.now, clock="trusted", door="push")
    state = TrustState(
        keyring=province.authority.keyring,
        device=device,
        device_key=key.public,
        time_floor=province.now,
    )
    with province.house.reading() as unit:
        row = unit.session.get_one(ProgrammeRow, device)
        paper = device_row_assignment(province, device)
    state = admit(state, paper, now).state
    admitted = admit(state, row.envelope, now)
    assert isinstance(admitted.document, Programme)
    assert admitted.document.version == 1


def device_row_assignment(province: Province, device: str) -> bytes:
    """Return the sealed assignment that central keeps for the appliance."""
    with province.house.reading() as unit:
        return unit.session.get_one(DeviceRow, device).assignment


def test_only_changed_appliances_get_a_new_version(province: Province, tone: Path) -> None:
    """Publishing again changes nothing; a slot of one commune touches that commune alone."""
    content = province.sound(tone)
    _, here = province.appliance("here", HAMLET)
    _, there = province.appliance("there", OTHER)
    province.slot(make_slot(content.sha256), "dt")
    publish(province.house, "dt", who=None, now=province.now)
    again = publish(province.house, "dt", who=None, now=province.now)
    assert (again.changed, again.unchanged) == (0, 2)
    province.slot(make_slot(content.sha256, "rieng", start=time(7)), OTHER)
    more = publish(province.house, "dt", who=None, now=province.now)
    assert (more.changed, more.unchanged) == (1, 1)
    assert (told(province, here).version, told(province, there).version) == (1, 2)


def test_unapproved_content_is_never_compiled_in(province: Province, tone: Path) -> None:
    """What is not approved for the appliance's area is left out and named; with approval it goes."""
    content = province.sound(tone, approved_for=OTHER, title="Chưa duyệt")
    _, device = province.appliance()
    province.slot(make_slot(content.sha256))
    done = publish(province.house, COMMUNE, who=None, now=province.now)
    assert told(province, device).slots == ()
    assert ["Chưa duyệt" in w and "chưa được duyệt" in w for w in done.warnings] == [True]
    province.sound(tone, approved_for=COMMUNE)
    assert publish(province.house, COMMUNE, who=None, now=province.now).warnings == ()
    assert [s.id for s in told(province, device).slots] == ["sang"]


def test_a_slot_for_a_line_the_appliance_lacks_is_left_out(province: Province, tone: Path) -> None:
    """A zone that no amplifier line has is named, not sent."""
    _, device = province.appliance()
    slot = msgspec.structs.replace(make_slot(province.sound(tone).sha256), zones=("cho",))
    province.slot(slot)
    done = publish(province.house, COMMUNE, who=None, now=province.now)
    assert told(province, device).slots == ()
    assert ["vùng loa cho" in w for w in done.warnings] == [True]


def test_edits_are_drafts_until_published(province: Province, tone: Path) -> None:
    """A draft, a change and a deletion each wait for the next publication, and say so."""
    content = province.sound(tone).sha256
    _, device = province.appliance()
    province.slot(make_slot(content))
    phases = [phase(province)]
    publish(province.house, COMMUNE, who=None, now=province.now)
    phases.append(phase(province))
    with province.house.writing() as unit:
        change_slot(unit, make_slot(content, start=time(6, 30)), who=None, now=province.now)
    phases.append(phase(province))
    assert told(province, device).slots[0].start == time(6)
    publish(province.house, COMMUNE, who=None, now=province.now)
    assert told(province, device).slots[0].start == time(6, 30)
    with province.house.writing() as unit:
        delete_slot(unit, "sang", who=None, now=province.now)
    phases.append(phase(province))
    publish(province.house, COMMUNE, who=None, now=province.now)
    assert told(province, device).slots == ()
    assert phases == [
        SlotPhase.DRAFT,
        SlotPhase.PUBLISHED,
        SlotPhase.CHANGED,
        SlotPhase.DELETED,
    ]
    with province.house.reading() as unit:
        assert list_slots(unit, HAMLET) == ()


def phase(province: Province) -> SlotPhase:
    """Return how the slot `sang` stands."""
    with province.house.reading() as unit:
        return slot_named(unit, "sang").phase


def test_a_new_appliance_gets_what_is_published_and_no_drafts(
    province: Province, tone: Path
) -> None:
    """An appliance assigned later has the area's programme at once, without what is still being edited."""
    content = province.sound(tone).sha256
    province.slot(make_slot(content))
    publish(province.house, COMMUNE, who=None, now=province.now)
    province.slot(make_slot(content, "nhap", start=time(17)))
    _, device = province.appliance()
    assert [s.id for s in told(province, device).slots] == ["sang"]


def test_an_appliance_that_moves_gets_the_programme_of_its_new_area(
    province: Province, tone: Path
) -> None:
    """A newer assignment changes area and epoch; an older one is a conflict, the same one is nothing."""
    content = province.sound(tone).sha256
    key, device = province.appliance("loa", HAMLET)
    province.slot(make_slot(content), COMMUNE)
    publish(province.house, "dt", who=None, now=province.now)
    old = province.authority.assign(key.public, HAMLET, epoch=1)
    newer = province.authority.assign(key.public, OTHER, epoch=5)
    with province.house.writing() as unit:
        assert take_assignment(unit, newer, who=None, now=province.now).area == OTHER
        take_assignment(unit, newer, who=None, now=province.now)
        with pytest.raises(Conflict, match="số lớn hơn"):
            take_assignment(unit, old, who=None, now=province.now)
    programme = told(province, device)
    assert (programme.assignment_epoch, programme.version, programme.slots) == (5, 2, ())


def test_an_assignment_to_an_unknown_area_is_refused(province: Province) -> None:
    """The area must exist; the sentence says what to do first."""
    paper = province.authority.assign(SigningKey.generate().public, "dt/khong-co")
    with (
        pytest.raises(Unacceptable, match="thêm địa bàn"),
        province.house.writing() as unit,
    ):
        take_assignment(unit, paper, who=None, now=province.now)


def test_ten_thousand_slots_are_refused_before_anything_is_written(
    province: Province, tone: Path
) -> None:
    """Too many slots for one appliance: one clear sentence, no version, no order left behind."""
    content = province.sound(tone).sha256
    _, device = province.appliance()
    body = msgspec.json.encode(make_slot(content))
    with province.house.writing() as unit:
        for n in range(10_000):
            draft = body.replace(b'"sang"', b'"s-%d"' % n)
            unit.session.add(
                SlotRow(id=f"s-{n}", area=HAMLET, draft=draft, changed=province.now, changed_by="x")
            )
    with pytest.raises(Unacceptable) as caught:
        publish(province.house, COMMUNE, who=None, now=province.now)
    assert "10000 khung giờ, quá mức 2000" in caught.value.why
    assert "Hãy gộp" in caught.value.why
    with province.house.reading() as unit:
        assert device_named(unit, device, now=province.now).version == 0
        assert unit.session.scalar(select(func.count()).select_from(PublicationRow)) == 0
        published = select(func.count()).where(SlotRow.published.is_not(None))
        assert unit.session.scalar(published) == 0


def test_a_publication_that_was_cut_off_is_taken_up_again(province: Province, tone: Path) -> None:
    """An order without an end is finished at the next start, and its appliances are told to ask."""
    content = province.sound(tone).sha256
    devices = [province.appliance(f"loa {n}")[1] for n in range(3)]
    province.slot(make_slot(content))
    publish(province.house, COMMUNE, who=None, now=province.now)
    with province.house.writing() as unit:  # as if the power went after the order and one appliance
        change_slot(unit, make_slot(content, start=time(8)), who=None, now=province.now)
        row = unit.session.get_one(SlotRow, "sang")
        row.published = row.draft
        unit.session.execute(update(PublicationRow).values(done=None))
        before = unit.session.scalar(select(func.max(OutboxRow.id))) or 0
    province.reopen()
    assert resume_publications(province.house, now=province.now) == 1
    assert resume_publications(province.house, now=province.now) == 0
    assert {told(province, d).slots[0].start for d in devices} == {time(8)}
    with province.house.reading() as unit:
        posted = unit.session.scalars(select(OutboxRow).where(OutboxRow.id > before)).all()
    assert [(row.kind, row.areas) for row in posted] == [("programme", [COMMUNE])]


def test_programmes_are_renewed_long_before_they_run_out(province: Province, tone: Path) -> None:
    """A week-old programme is issued anew with the same words; a fresh one is left alone."""
    _, device = province.appliance()
    province.slot(make_slot(province.sound(tone).sha256))
    publish(province.house, COMMUNE, who=None, now=province.now)
    assert renew_programmes(province.house, now=province.clock.pass_by(timedelta(days=6))) == 0
    first = told(province, device)
    assert renew_programmes(province.house, now=province.clock.pass_by(timedelta(days=2))) == 1
    second = told(province, device)
    assert (second.version, second.slots) == (2, first.slots)
    assert second.expires > first.expires


def test_slots_that_are_over_are_left_out(province: Province, tone: Path) -> None:
    """A slot of a past date costs no appliance any bytes."""
    content = province.sound(tone).sha256
    _, device = province.appliance()
    province.slot(make_slot(content, "cu", recurrence=Once(on=date(2026, 1, 1))))
    province.slot(make_slot(content, "moi", recurrence=Once(on=date(2026, 12, 1))))
    publish(province.house, COMMUNE, who=None, now=province.now)
    assert [s.id for s in told(province, device).slots] == ["moi"]


def test_the_preview_is_what_the_appliance_will_do(province: Province, tone: Path) -> None:
    """Drafts are shown as they would sound; quiet hours are named as the reason for silence."""
    content = province.sound(tone).sha256
    province.slot(make_slot(content))
    province.slot(make_slot(content, "dem", start=time(22), title="Bản tin đêm"))
    with province.house.reading() as unit:
        seen = preview(unit, date(2026, 11, 23), area=HAMLET, now=province.now)
    assert {(p.slot.id, p.sounds) for p in seen.planned} == {("sang", True), ("dem", False)}
    assert any("Bản tin đêm" in w and "Giờ yên tĩnh" in w for w in seen.warnings)


def test_slots_need_rights_known_content_and_a_free_id(province: Province, tone: Path) -> None:
    """A neighbour's editor may not add here; unknown content and a used id are refused."""
    content = province.sound(tone).sha256
    editor = province.person("lan", PersonRole.EDITOR, area=OTHER)
    province.slot(make_slot(content))
    with province.house.writing() as unit:
        with pytest.raises(Forbidden):
            create_slot(unit, COMMUNE, make_slot(content, "x"), who=editor, now=province.now)
        with pytest.raises(Unacceptable, match="chưa có trong kho"):
            create_slot(unit, OTHER, make_slot(Sha256("0" * 64), "x"), who=editor, now=province.now)
        with pytest.raises(Conflict):
            create_slot(unit, OTHER, make_slot(content), who=editor, now=province.now)
        create_slot(unit, OTHER, make_slot(content, "duoc"), who=editor, now=province.now)


def test_a_slot_plays_only_what_may_sound_at_its_area(province: Province, tone: Path) -> None:
    """A text, a neighbour's sound and an archived one are refused with the reason; what is planned stays planned."""
    asked = TextAsked(text="Kính thưa bà con.", area=COMMUNE, sheet=Sheet(title="Lời"))
    words = write_text(province.house, asked, who=None, now=province.now).content.sha256
    with province.house.writing() as unit, pytest.raises(Unacceptable, match="loa không phát được"):
        create_slot(unit, COMMUNE, make_slot(words), who=None, now=province.now)
    sound = entered(province, tone, area=COMMUNE)
    with province.house.writing() as unit:
        with pytest.raises(Unacceptable, match="không dùng được ở địa bàn này"):
            create_slot(unit, OTHER, make_slot(sound), who=None, now=province.now)
        create_slot(unit, HAMLET, make_slot(sound), who=None, now=province.now)
        archive(unit, sound, who=None, now=province.now)
        with pytest.raises(Unacceptable, match="đã lưu trữ"):
            create_slot(unit, HAMLET, make_slot(sound, "moi"), who=None, now=province.now)
        renamed = make_slot(sound, title="Bản tin sớm")
        assert change_slot(unit, renamed, who=None, now=province.now).slot.title == "Bản tin sớm"
