"""What the emergency desk knows before and after an announcement: whom it reaches, over what, and whom to call."""

from datetime import time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow, ReceiptRow
from central.db.people import AuditRow
from central.domain.alarms import AlarmDraft, clear_words
from central.domain.areas import Area
from central.domain.drawn import Corner, distance_m, is_inside
from central.domain.emergency import (
    MOST_AREAS,
    CallDraft,
    GroupDraft,
    PhoneDraft,
    blanks_in,
    check_filled,
    checked_phone,
)
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Grant, Person, PersonRole
from central.services import (
    announcement_named,
    import_areas,
    prepare_announcement,
    publish,
    take_announcement,
)
from central.services.alarms_ahead import Ahead, ahead
from central.services.alarms_calls import CallList, call_list, note_call
from central.services.alarms_drawn import Drawn, drawn
from central.services.area_groups import drop_group, list_groups, set_group
from central.services.care import fill_missing
from central.services.phones import drop_phone, list_phones, phones_of, set_phone
from contract import codec
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    Rank,
    Repeat,
    Role,
    Status,
    Threshold,
    Tone,
)
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot, make_sound

DRAFT = AlarmDraft(areas=(COMMUNE,), event="Lũ", headline="Cảnh báo lũ", text="Nước lên nhanh.")
SQUARE = tuple(
    Corner(latitude_deg=lat, longitude_deg=lon)
    for lat, lon in ((10.0, 106.0), (10.0, 106.2), (10.2, 106.2), (10.2, 106.0))
)


def officer(area: str = "dt", role: PersonRole = PersonRole.EMERGENCY) -> Person:
    """Return somebody who raises alarms at an area, or holds another role there."""
    return Person(id=7, name="hoa", grants=(Grant(role=role, area=area),))


def looked(province: Province, draft: AlarmDraft = DRAFT, who: Person | None = None) -> Ahead:
    """Return what a draft would do."""
    with province.house.reading() as unit:
        return ahead(unit, draft, who=who or officer(), now=province.now)


def seen_now(province: Province, *devices: str, on_air: int = 0) -> None:
    """Have appliances be heard of now, with something on air."""
    fill_missing(province.house)
    with province.house.writing() as unit:
        for device in devices:
            unit.session.get_one(DeviceRow, device).last_seen = province.now
            unit.session.get_one(DeviceHealthRow, device).on_air = on_air


def put(province: Province, device: str, latitude_deg: float, longitude_deg: float) -> None:
    """Give an appliance its coordinates."""
    fill_missing(province.house)
    with province.house.writing() as unit:
        row = unit.session.get_one(DeviceHealthRow, device)
        row.latitude_deg, row.longitude_deg = latitude_deg, longitude_deg


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["[tên hồ]", "{gio}", "…", "....", "___"])
def test_words_with_a_blank_are_not_signed(province: Province, blank: str) -> None:
    """What nobody filled in is named, in any language, before there is anything to sign."""
    for draft in (
        msgspec.structs.replace(DRAFT, text=f"Hồ {blank} đang xả lũ."),
        msgspec.structs.replace(DRAFT, headline=f"Lũ {blank}"),
        msgspec.structs.replace(
            DRAFT, more=(AnnouncementInfo(language="en", headline="Flood", text=f"At {blank}."),)
        ),
    ):
        with (
            province.house.reading() as unit,
            pytest.raises(Unacceptable, match="chỗ trống") as caught,
        ):
            prepare_announcement(unit, draft, who=officer(), now=province.now)
        assert blank in caught.value.why
    check_filled(["Nước lên 2,5 mét. Gọi 114, hay 0277.385.100.", "Đi ngay!"])


def test_each_blank_is_named_once() -> None:
    """Blanks come in the order of the words."""
    assert blanks_in("Hồ [tên hồ] xả lúc {gio}, hồ [tên hồ] …") == ("[tên hồ]", "{gio}", "…")


def test_further_languages_are_part_of_what_is_signed(province: Province) -> None:
    """The payload says all of them, the draft's own first."""
    khmer = AnnouncementInfo(language="km", headline="ទឹកជំនន់", text="ទឹកឡើងលឿន។", tone=Tone.NONE)
    draft = msgspec.structs.replace(DRAFT, more=(khmer,))
    with province.house.reading() as unit:
        prepared = prepare_announcement(unit, draft, who=officer(), now=province.now)
    document = codec.decode(Kind.ANNOUNCEMENT, prepared.payload)
    assert isinstance(document, Announcement)
    assert [info.language for info in document.infos] == ["vi", "km"]
    assert [said.aloud for said in looked(province, draft).said] == [True, False]


def test_the_all_clear_of_a_drill_says_that_it_was_one(province: Province) -> None:
    """So nobody believes that a real warning was over; English is there where the warning had it."""
    document = codec.decode(Kind.ANNOUNCEMENT, province_payload(province, Status.EXERCISE))
    assert isinstance(document, Announcement)
    vi, en = clear_words(document)
    assert (vi.headline, en.headline) == ("Diễn tập: Báo yên: Lũ", "Exercise: All clear")
    assert (vi.tone, en.tone) == (Tone.ALL_CLEAR, Tone.NONE)


def province_payload(province: Province, status: Status) -> bytes:
    """Return what would be signed of a warning in two languages."""
    more = (AnnouncementInfo(language="en", headline="Exercise: Flood", text="Water."),)
    draft = msgspec.structs.replace(DRAFT, headline="Diễn tập: Lũ", status=status, more=more)
    with province.house.reading() as unit:
        return prepare_announcement(unit, draft, who=officer(), now=province.now).payload


# --- looking ahead -------------------------------------------------------------------------------


def test_the_reach_is_counted_before_anybody_signs(province: Province) -> None:
    """Communes, appliances, those that have been silent for more than five minutes, and how many must sign."""
    _, heard = province.appliance("Chợ")
    _, lost = province.appliance("Đình")
    province.appliance("Bến", OTHER)
    seen_now(province, heard, lost)
    province.clock.pass_by(timedelta(minutes=4))
    seen_now(province, heard)
    province.clock.pass_by(timedelta(minutes=4))
    reach = looked(province, msgspec.structs.replace(DRAFT, areas=("dt",))).reach
    assert (reach.communes, reach.appliances, reach.silent, reach.boards) == (2, 3, 2, 0)
    assert (reach.signatures, reach.bare) == (1, 0)
    province.authority.add_key(Role.EMERGENCY, holder="Chủ tịch")
    ring = province.authority.keyring
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    province.authority.keyring = msgspec.structs.replace(
        ring, epoch=ring.epoch + 1, thresholds=(rule,)
    )
    province.keep_keyring()
    assert looked(province, msgspec.structs.replace(DRAFT, areas=("dt",))).reach.signatures == 2
    assert looked(province).reach.signatures == 1


def test_a_commune_without_any_appliance_is_counted(province: Province) -> None:
    """Nothing can sound there: whoever warns it learns beforehand that it must be telephoned."""
    province.appliance()
    both = msgspec.structs.replace(DRAFT, areas=(COMMUNE, OTHER))
    assert (looked(province, both).reach.communes, looked(province, both).reach.bare) == (1, 1)


def test_rounds_follow_the_legal_pattern(province: Province) -> None:
    """At once, twice more at 5-minute gaps, then every 25 minutes until it expires, counted from end to start."""
    province.appliance()
    found = looked(province)
    gaps = [
        (two - one).total_seconds() - found.round_s
        for one, two in zip(found.rounds, found.rounds[1:], strict=False)
    ]
    assert gaps[:3] == [300, 300, 1_500]
    assert found.rounds[0] == province.now
    once = msgspec.structs.replace(DRAFT, repeat=Repeat(quick_rounds=1, slow_gap_s=None))
    assert looked(province, once).rounds_in_all == 1


def test_alike_appliances_are_one_line_and_what_they_interrupt_is_said(province: Province) -> None:
    """What is on air now is what the appliance told; a later round's is what its signed programme says."""
    sound = province.sound(make_sound(province.folder / "a.wav", "sine=440:d=2"))
    local = province.now + timedelta(hours=7)
    soon = (local + timedelta(minutes=4)).time().replace(second=0)
    slot = make_slot(sound.sha256, start=time(soon.hour, soon.minute))
    province.slot(msgspec.structs.replace(slot, loop=True))
    names = [f"Cụm {n}" for n in range(4)]
    devices = [province.appliance(name)[1] for name in names]
    publish(province.house, COMMUNE, who=None, now=province.now)
    seen_now(province, *devices[:2])
    seen_now(province, devices[2], on_air=Rank.LIVE)
    groups = looked(province).groups
    assert sum(group.count for group in groups) == 4
    now = {group.over[0]: (group.count, group.link) for group in groups}
    assert now["cán bộ tại chỗ đang nói trực tiếp"] == (1, "online")
    assert {group.link: group.count for group in groups if group.link == "never"} == {"never": 1}
    assert (2, "online") in {(group.count, group.link) for group in groups}
    assert all("“Bản tin sáng”" in group.over[1] for group in groups if len(group.over) > 1)
    test = looked(province, msgspec.structs.replace(DRAFT, status=Status.TEST))
    assert {group.over for group in test.groups} == {()}


def test_only_who_may_warn_looks_ahead(province: Province) -> None:
    """An editor, and an officer of the next commune, are refused; so is an area that is not there."""
    for who in (officer(role=PersonRole.EDITOR), officer(OTHER)):
        with pytest.raises(Forbidden):
            looked(province, who=who)
    with pytest.raises(NotFound):
        looked(province, msgspec.structs.replace(DRAFT, areas=("dt/khong-co",)))
    assert looked(province, who=officer(COMMUNE)).reach.areas == 1


# --- drawn ---------------------------------------------------------------------------------------


@given(
    st.floats(-1, 1), st.floats(-1, 1), st.integers(3, 30), st.floats(0.1, 0.5), st.integers(0, 29)
)
def test_a_round_shape_holds_what_is_near_its_middle(
    x: float, y: float, corners: int, radius: float, turn: int
) -> None:
    """A regular shape holds its inner circle and nothing beyond its corners, wherever its first corner stands."""
    from math import cos, pi, sin  # noqa: PLC0415  used by this property alone

    ring = [
        Corner(latitude_deg=10 + radius * cos(2 * pi * n / corners),
               longitude_deg=106 + radius * sin(2 * pi * n / corners))
        for n in range(corners)
    ]  # fmt: skip
    ring = ring[turn % corners :] + ring[: turn % corners]
    away = (x * x + y * y) ** 0.5
    place = Corner(latitude_deg=10 + x * radius, longitude_deg=106 + y * radius)
    if away < cos(pi / corners) - 1e-9:
        assert is_inside(place, ring)
        assert is_inside(place, ring[::-1])
    if away > 1 + 1e-9:
        assert not is_inside(place, ring)


def test_metres_between_places() -> None:
    """A degree of latitude is some 111 km; Mỹ Tho and Cao Lãnh lie about 79 km apart."""
    my_tho = Corner(latitude_deg=10.36, longitude_deg=106.36)
    cao_lanh = Corner(latitude_deg=10.46, longitude_deg=105.64)
    assert distance_m(my_tho, cao_lanh) == pytest.approx(79_500, rel=0.01)


def shape(province: Province, who: Person | None = None) -> Drawn:
    """Return what the square holds."""
    with province.house.reading() as unit:
        return drawn(unit, SQUARE, who=who or officer())


def test_a_shape_names_areas_and_says_who_else_would_sound(province: Province) -> None:
    """Neighbours outside the shape and appliances without coordinates are counted, not passed over."""
    inside, beside, _, other = (
        province.appliance(name, area)[1]
        for name, area in (("a", HAMLET), ("b", HAMLET), ("c", HAMLET), ("d", OTHER))
    )
    put(province, inside, 10.1, 106.1)
    put(province, beside, 10.3, 106.1)
    put(province, other, 10.4, 106.4)
    found = shape(province)
    assert found.areas == (HAMLET,)
    assert (found.inside, found.beside, found.unplaced, found.unplaced_here) == (1, 2, 1, 1)


def test_a_shape_over_a_whole_commune_names_the_commune(province: Province) -> None:
    """Where everything of several areas lies inside, what holds them is named; never the whole province by that."""
    for area in (HAMLET, COMMUNE, OTHER):
        put(province, province.appliance(area, area)[1], 10.1, 106.1)
    assert shape(province).areas == (COMMUNE, OTHER)
    assert shape(province, officer(HAMLET)).areas == (HAMLET,)
    assert shape(province, officer(role=PersonRole.EDITOR)).areas == ()


def test_a_commune_that_lies_partly_inside_is_not_named_whole(province: Province) -> None:
    """Two hamlets inside and a third outside: the two are named, so that the third is left in peace."""
    far = f"{COMMUNE}/ap-9"
    with province.house.writing() as unit:
        areas = [Area(path=far, name="Ấp 9"), Area(path=f"{COMMUNE}/ap-8", name="Ấp 8")]
        import_areas(unit, areas, who=None, now=province.now)
    for area in (HAMLET, f"{COMMUNE}/ap-8"):
        put(province, province.appliance(area, area)[1], 10.1, 106.1)
    put(province, province.appliance("far", far)[1], 10.5, 106.1)
    found = shape(province)
    assert (found.areas, found.beside) == ((HAMLET, f"{COMMUNE}/ap-8"), 0)


def test_a_shape_over_very_many_hamlets_names_their_communes(province: Province) -> None:
    """An announcement names two hundred areas at most; beyond that whole communes are meant, and it is counted."""
    _, first = province.appliance()
    with province.house.writing() as unit:
        hamlets = [f"{COMMUNE}/ap-{n}" for n in range(2, 2 + MOST_AREAS)]
        areas = [Area(path=path, name=path) for path in hamlets]
        import_areas(unit, areas, who=None, now=province.now)
        copied = {column.name for column in DeviceRow.__table__.columns} - {"id", "area"}
        row = unit.session.get_one(DeviceRow, first)
        shared = {name: getattr(row, name) for name in copied}
        places = [*hamlets, HAMLET, HAMLET]
        unit.session.add_all(
            DeviceRow(id=f"{n:016x}", area=area, **shared) for n, area in enumerate(places)
        )
    fill_missing(province.house)
    with province.house.writing() as unit:
        inside = DeviceHealthRow.device != f"{MOST_AREAS:016x}"  # one stands outside
        unit.session.execute(
            update(DeviceHealthRow).where(inside).values(latitude_deg=10.1, longitude_deg=106.1)
        )
    found = shape(province)
    assert found.areas == (COMMUNE,)
    assert found.beside == 1


# --- groups --------------------------------------------------------------------------------------


def test_a_group_is_kept_changed_and_forgotten(province: Province) -> None:
    """Its areas are named once each; who views its area sees it; the audit log tells of each step."""
    who = officer()
    with province.house.writing() as unit:
        made = set_group(
            unit,
            GroupDraft(area="dt", name="Ven sông", areas=(COMMUNE, HAMLET, OTHER)),
            who=who,
            now=province.now,
        )
        assert made.areas == (COMMUNE, OTHER)
        changed = GroupDraft(area="dt", name="Ven sông Tiền", areas=(OTHER,))
        set_group(unit, changed, number=made.number, who=who, now=province.now)
        assert [g.name for g in list_groups(unit, who=who)] == ["Ven sông Tiền"]
        assert list_groups(unit, who=officer(COMMUNE)) == ()
        drop_group(unit, made.number, who=who, now=province.now)
        assert list_groups(unit, who=who) == ()
        verbs = unit.session.scalars(
            select(AuditRow.verb).where(AuditRow.subject == str(made.number))
        )
        assert {"area-group", "area-group-end"} <= set(verbs)


def test_a_group_reaches_no_further_than_its_area(province: Province) -> None:
    """An officer of a commune makes groups there, of what lies there, and touches nobody else's."""
    mine = officer(COMMUNE)
    with province.house.writing() as unit:
        for area, areas, error in (
            ("dt", (COMMUNE,), Forbidden),
            (COMMUNE, (OTHER,), Unacceptable),
            (COMMUNE, ("dt/my-phong/ap-99",), NotFound),
        ):
            with pytest.raises(error):
                set_group(
                    unit, GroupDraft(area=area, name="x", areas=areas), who=mine, now=province.now
                )
        theirs = set_group(
            unit, GroupDraft(area="dt", name="x", areas=(OTHER,)), who=officer(), now=province.now
        )
        with pytest.raises(NotFound):
            drop_group(unit, theirs.number, who=mine, now=province.now)
        with pytest.raises(Forbidden):
            drop_group(unit, theirs.number, who=officer(role=PersonRole.EDITOR), now=province.now)
        ours = GroupDraft(area=COMMUNE, name="x", areas=(HAMLET,))
        assert set_group(unit, ours, who=mine, now=province.now).changed_by == mine.name


# --- telephones ----------------------------------------------------------------------------------


def test_a_number_is_dialled_as_digits_and_seen_by_few(province: Province) -> None:
    """An editor and the next commune see none; the log names whose number it is and not the number."""
    who = officer()
    with province.house.writing() as unit:
        draft = PhoneDraft(area=COMMUNE, name="Anh Ba", duty="Trực UBND", phone="0277. 3851-000")
        made = set_phone(unit, draft, who=who, now=province.now)
        assert made.dial == "02773851000"
        assert [p.name for p in list_phones(unit, who=officer(COMMUNE))] == ["Anh Ba"]
        for other in (officer(OTHER), officer(role=PersonRole.EDITOR)):
            assert list_phones(unit, who=other) == ()
            with pytest.raises(NotFound):
                drop_phone(unit, made.number, who=other, now=province.now)
        told = unit.session.scalars(select(AuditRow.what).where(AuditRow.verb == "phone")).all()
        assert told == [f"{COMMUNE} Anh Ba"]
        drop_phone(unit, made.number, who=who, now=province.now)
        assert list_phones(unit, who=who) == ()
    for bad in ("", "gọi anh Ba", "0", "02773851000; rm"):
        with pytest.raises(Unacceptable):
            checked_phone(bad)


def test_whom_to_call_is_looked_for_at_the_area_then_below_then_above(province: Province) -> None:
    """A commune without a number of its own is called at its hamlets, else at the province."""
    who = officer()
    with province.house.writing() as unit:
        for area, name in (("dt", "Tỉnh"), (HAMLET, "Ấp 1")):
            set_phone(
                unit, PhoneDraft(area=area, name=name, phone="0277 1"), who=who, now=province.now
            )
        found = phones_of(unit, [COMMUNE, OTHER], who=who)
        assert [p.name for p in found[COMMUNE]] == ["Ấp 1"]
        assert [p.name for p in found[OTHER]] == ["Tỉnh"]
        set_phone(
            unit, PhoneDraft(area=COMMUNE, name="Xã", phone="0277 2"), who=who, now=province.now
        )
        assert [p.name for p in phones_of(unit, [COMMUNE], who=who)[COMMUNE]] == ["Xã"]


# --- calls ---------------------------------------------------------------------------------------


@pytest.fixture
def alarm(province: Province) -> str:
    """A warning for the whole province, in force."""
    paper = province.authority.announce(["dt"], sent=province.now)
    with province.house.writing() as unit:
        return take_announcement(unit, paper, who=None, now=province.now).id


def to_call(province: Province, alarm: str, who: Person | None = None) -> CallList:
    """Return whom to telephone."""
    with province.house.reading() as unit:
        state = announcement_named(unit, alarm, now=province.now)
        return call_list(unit, state, who=who or officer(), now=province.now)


def sounded(province: Province, device: str, alarm: str, *, state: str = "sounding") -> None:
    """Have an appliance say that a warning sounds on it, or how far it is."""
    with province.house.writing() as unit:
        unit.session.add(
            ReceiptRow(device=device, at=province.now, kind="announcement", document=alarm, state=state)
        )  # fmt: skip


def test_communes_where_it_is_silent_are_called_the_worst_first(
    province: Province, alarm: str
) -> None:
    """One without any appliance is in the list too; one where all of it sounds is not; who was told goes last."""
    _, one = province.appliance("a")
    _, two = province.appliance("b")
    sounded(province, one, alarm)
    sounded(province, two, alarm, state="verified")  # it has it, and is silent
    found = to_call(province, alarm)
    assert [(line.area, line.silent, line.total) for line in found.lines] == [
        (OTHER, 0, 0),
        (COMMUNE, 1, 2),
    ]
    with province.house.writing() as unit:
        state = announcement_named(unit, alarm, now=province.now)
        for told in (False, True):
            note_call(
                unit,
                state,
                CallDraft(area=OTHER, told=told, note="chị Tư"),
                who=officer(),
                now=province.now,
            )
    found = to_call(province, alarm)
    assert [(line.area, line.told) for line in found.lines] == [(COMMUNE, False), (OTHER, True)]
    assert [(call.told, call.by, call.note) for call in found.lines[1].calls] == [
        (True, "hoa", "chị Tư"),
        (False, "hoa", "chị Tư"),
    ]
    with province.house.reading() as unit:
        what = unit.session.scalars(
            select(AuditRow.what).where(AuditRow.verb == "alarm-call")
        ).all()
    assert what == [f"{alarm} {OTHER} chưa gặp", f"{alarm} {OTHER} đã báo"]


def test_a_commune_that_heard_it_everywhere_is_counted_not_listed(
    province: Province, alarm: str
) -> None:
    """The list is for those who did not hear."""
    for area in (HAMLET, OTHER):
        sounded(province, province.appliance(area, area)[1], alarm)
    found = to_call(province, alarm)
    assert (found.lines, found.heard) == ((), 2)


def test_calls_are_for_those_on_duty_and_for_what_the_warning_speaks_to(
    province: Province, alarm: str
) -> None:
    """An editor neither sees nor notes; a commune's officer sees their commune alone; nothing is noted beside it."""
    province.appliance("a")
    assert [line.area for line in to_call(province, alarm, officer(COMMUNE)).lines] == [COMMUNE]
    with pytest.raises(Forbidden):
        to_call(province, alarm, officer(role=PersonRole.EDITOR))
    with province.house.writing() as unit:
        state = announcement_named(unit, alarm, now=province.now)
        with pytest.raises(Forbidden):
            note_call(
                unit,
                state,
                CallDraft(area=OTHER, told=True),
                who=officer(COMMUNE),
                now=province.now,
            )
        narrow = msgspec.structs.replace(state, areas=(COMMUNE,))
        with pytest.raises(Unacceptable, match="không gửi tới"):
            note_call(
                unit, narrow, CallDraft(area=OTHER, told=True), who=officer(), now=province.now
            )


def test_nobody_is_told_of_what_waits_for_a_signature(province: Province, alarm: str) -> None:
    """Before it is in force there is nothing to tell by telephone."""
    with province.house.writing() as unit:
        state = announcement_named(unit, alarm, now=province.now)
        waiting = msgspec.structs.replace(state, phase=type(state.phase).WAITING)
        with pytest.raises(Conflict):
            note_call(
                unit, waiting, CallDraft(area=OTHER, told=True), who=officer(), now=province.now
            )
