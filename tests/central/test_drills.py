"""Drills at central: nights signed ahead, handed out once, judged in the morning; exercises between quiet hours."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec
import pytest
from sqlalchemy import select

from central.db.broadcast import AnnouncementRow, OutboxRow
from central.db.drills import DrillRow
from central.db.fleet import DeviceRow, PlayRow, ReceiptRow, RefusalRow
from central.db.workflow import InboxRow
from central.domain.drill_lacks import Cause, Facts, Heard, lack_of
from central.domain.drills import (
    NIGHT_LIFE,
    DrillState,
    ExerciseDraft,
    night_of,
)
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.tally import ZONE
from central.domain.workflow_inbox import About
from central.services import announcement_named
from central.services.alarms import AlarmDraft, prepare_announcement
from central.services.cap_out import cap_feed
from central.services.console_views import standing_alarms
from central.services.drills import (
    Drill,
    leave_out,
    prepare_exercise,
    prepare_nights,
    take_drill,
)
from central.services.drills_exports import (
    MOST_ON_PAPER,
    export_drill,
    shortened,
    tables_of,
)
from central.services.drills_handing import hand_out
from central.services.drills_judging import tend_drills
from central.services.drills_views import DrillReport, calendar_of, list_drills, report_of
from central.services.metrics import Meters
from contract import codec, seal
from contract.codec import encode_keyring
from contract.documents import Announcement, Kind, Role, Status, Threshold, Tone
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province

TODAY = date(2026, 11, 22)
TOMORROW = TODAY + timedelta(days=1)
DRAFT = ExerciseDraft(
    areas=("dt",),
    day=TOMORROW,
    hour=time(9, 0),
    text="Giả định nước sông lên cao, bà con nghe và ở yên.",
)


@pytest.fixture
def officer(province: Province) -> Person:
    """Who may raise alarms in the whole province."""
    return province.person("Lan", PersonRole.EMERGENCY)


def key_of(province: Province) -> SigningKey:
    """Return the province's emergency key."""
    return province.authority.keys[Role.EMERGENCY]


def signed(
    province: Province,
    who: Person,
    *,
    count: int = 3,
    areas: Sequence[str] = ("dt",),
    first: date = TOMORROW,
    by: SigningKey | None = None,
) -> list[Drill]:
    """Have somebody sign nights ahead, in one sitting."""
    with province.house.reading() as unit:
        prepared = prepare_nights(unit, areas, first, count, who=who, now=province.now)
    return [take(province, one.payload, who, by) for one in prepared]


def take(province: Province, payload: bytes, who: Person, by: SigningKey | None = None) -> Drill:
    """Sign a payload and take it."""
    sealed = seal.seal(Kind.ANNOUNCEMENT, payload, [by or key_of(province)])
    with province.house.writing() as unit:
        return take_drill(unit, sealed, who=who, now=province.now)


def planned(province: Province, who: Person, **changes: object) -> Drill:
    """Have somebody plan and sign an exercise."""
    draft = msgspec.structs.replace(DRAFT, **changes)
    with province.house.reading() as unit:
        prepared = prepare_exercise(unit, draft, who=who, now=province.now)
    return take(province, prepared.payload, who)


def go_to(province: Province, instant: datetime) -> None:
    """Move the clock to an instant and have the house do what is due."""
    province.clock.pass_by(instant - province.now)
    hand_out(province.house, now=province.now)
    tend_drills(province.house, now=province.now)


def state_of(province: Province, drill: str) -> DrillRow:
    """Return a drill's row."""
    with province.house.reading() as unit:
        return unit.session.get_one(DrillRow, drill)


def tell(province: Province, device: str, drill: str, *states: str) -> None:
    """Have an appliance say how far a drill got on it."""
    with province.house.writing() as unit:
        for state in states:
            unit.session.add(
                ReceiptRow(
                    device=device,
                    at=province.now,
                    kind=Kind.ANNOUNCEMENT.value,
                    document=drill,
                    state=state,
                )
            )


def refuse(province: Province, device: str, what: str, code: str, why: str) -> None:
    """Have an appliance tell a reason."""
    with province.house.writing() as unit:
        unit.session.add(RefusalRow(device=device, at=province.now, what=what, code=code, why=why))


def seen_now(province: Province, device: str) -> None:
    """Have an appliance be heard of now."""
    with province.house.writing() as unit:
        unit.session.get_one(DeviceRow, device).last_seen = province.now


def play(
    province: Province, device: str, drill: str, sounded_ms: int, level_dbfs: float, outcome: str
) -> None:
    """Have an appliance tell what it measured of an exercise."""
    with province.house.writing() as unit:
        unit.session.add(
            PlayRow(
                device=device, area=HAMLET, key=f"alert/{drill}/0/1", source="voice", title="Diễn tập", rank=2,
                zones=[], started=province.now, asked_ms=20_000, sounded_ms=sounded_ms, outcome=outcome,
                level_dbfs=level_dbfs, why="" if outcome == "sounded" else "dây loa đứt",
            )
        )  # fmt: skip


def report(province: Province, drill: str, who: Person) -> DrillReport:
    """Return the report as somebody reads it."""
    with province.house.reading() as unit:
        return report_of(unit, drill, who=who, now=province.now)


def notes(province: Province, about: About) -> list[str]:
    """Return what lies in inboxes about an event."""
    with province.house.reading() as unit:
        found = select(InboxRow).where(InboxRow.about == about.value, InboxRow.done.is_(None))
        return [row.words for row in unit.session.scalars(found)]


# --- signing ahead -------------------------------------------------------------------------------


def test_a_month_of_nights_is_signed_in_one_sitting(province: Province, officer: Person) -> None:
    """Each is a Test of its own, silent, valid for three hours of its night; signed again nothing is left to sign."""
    drills = signed(province, officer, count=31)
    assert len(drills) == 31
    assert {d.state for d in drills} == {DrillState.READY}
    assert len({d.id for d in drills}) == 31
    with province.house.reading() as unit:
        document = codec.decode(
            Kind.ANNOUNCEMENT, seal.read_envelope(state_of(province, drills[0].id).envelope).payload
        )
        again = prepare_nights(unit, ["dt"], TOMORROW, 31, who=officer, now=province.now)
    assert isinstance(document, Announcement)
    assert (document.status, document.sent) == (Status.TEST, night_of(TOMORROW))
    assert document.expires - document.sent == NIGHT_LIFE
    assert [info.tone for info in document.infos] == [Tone.NONE]
    assert again == ()


def test_a_night_that_has_begun_is_not_signed(province: Province, officer: Person) -> None:
    """At ten in the morning tonight's two o'clock is past: the first night is tomorrow's."""
    drills = signed(province, officer, first=TODAY, count=2)
    assert [d.day for d in drills] == [TOMORROW]


def test_only_who_may_raise_alarms_there_signs(province: Province, officer: Person) -> None:
    """The commune's officer signs for the commune and not for the province."""
    commune = province.person("Hoa", PersonRole.EMERGENCY, area=COMMUNE)
    with province.house.reading() as unit, pytest.raises(Forbidden):
        prepare_nights(unit, ["dt"], TOMORROW, 3, who=commune, now=province.now)
    with province.house.reading() as unit:
        (one,) = prepare_nights(unit, ["dt"], TOMORROW, 1, who=officer, now=province.now)
    with pytest.raises(Forbidden):
        take(province, one.payload, commune)
    assert len(signed(province, commune, areas=[COMMUNE])) == 3
    with province.house.reading() as unit, pytest.raises(NotFound):
        prepare_nights(unit, ["dt/khong-co"], TOMORROW, 3, who=officer, now=province.now)


@pytest.mark.parametrize(
    "fault", ["key", "other-key", "runs-out", "actual", "hour", "tone", "past"]
)
def test_what_is_no_drill_to_come_is_not_kept(
    province: Province, officer: Person, fault: str
) -> None:
    """A stranger's key, one that dies before its night, what is real, another hour, a tone: refused by name."""
    with province.house.reading() as unit:
        (one,) = prepare_nights(unit, ["dt"], TOMORROW, 1, who=officer, now=province.now)
        draft = AlarmDraft(areas=("dt",), event="Lũ", headline="Lũ", text="Nước lên nhanh.")
        real = prepare_announcement(unit, draft, who=officer, now=province.now)
    document = codec.decode(Kind.ANNOUNCEMENT, one.payload)
    assert isinstance(document, Announcement)
    change = msgspec.structs.replace
    loud = (change(document.infos[0], tone=Tone.ATTENTION),)
    hour = timedelta(hours=1)
    moved = change(document, sent=document.sent + hour, expires=document.expires + hour)
    past = change(document, sent=document.sent - 24 * hour, expires=document.expires - 24 * hour)
    short = province.authority.add_key(
        Role.EMERGENCY, "dt", not_after=province.now + timedelta(hours=5)
    )
    keep_keyring(province)
    payload = {
        "actual": real.payload,
        "hour": codec.encode(moved),
        "tone": codec.encode(change(document, infos=loud)),
        "past": codec.encode(past),
    }.get(fault, one.payload)
    by = {
        "key": SigningKey.generate(),
        "other-key": province.authority.keys[Role.SCHEDULE],
        "runs-out": short,
    }.get(fault)
    with pytest.raises((Refused, Unacceptable)):
        take(province, payload, officer, by)
    assert take(province, one.payload, officer).state is DrillState.READY


def keep_keyring(province: Province) -> None:
    """Write the authority's keyring where the house reads it."""
    path = province.house.settings.repository / "keyring.json"
    path.write_bytes(encode_keyring(province.authority.keyring))


def test_where_two_must_sign_a_night_waits_for_the_second(
    province: Province, officer: Person
) -> None:
    """The second person signs the very bytes of the first; without them the night is lost and told."""
    ring = province.authority.keyring
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    province.authority.keyring = msgspec.structs.replace(
        ring, epoch=ring.epoch + 1, thresholds=(rule,)
    )
    second = province.authority.add_key(Role.EMERGENCY, "dt", holder="Người thứ hai")
    keep_keyring(province)
    first = signed(province, officer, count=2)
    assert {d.state for d in first} == {DrillState.WAITING}
    done = signed(province, officer, count=1, by=second)
    assert [(d.id, d.state) for d in done] == [(first[0].id, DrillState.READY)]
    assert len(done[0].signed_by) == 2
    go_to(province, night_of(TOMORROW) + timedelta(minutes=1))
    assert state_of(province, first[0].id).state == "handed"
    go_to(province, night_of(first[1].day) + timedelta(minutes=1))
    assert state_of(province, first[1].id).state == "lost"
    assert notes(province, About.DRILL_LOST) == ["Đến giờ mà chưa đủ chữ ký."]


def test_a_night_that_now_needs_a_second_person_is_lost_and_waits_nowhere(
    province: Province, officer: Person
) -> None:
    """Where the keyring asks for more people than signed, nothing of it comes to the desk to be signed as a warning."""
    (one,) = signed(province, officer, count=1)
    ring = province.authority.keyring
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    province.authority.keyring = msgspec.structs.replace(
        ring, epoch=ring.epoch + 1, thresholds=(rule,)
    )
    keep_keyring(province)
    go_to(province, night_of(TOMORROW))
    assert state_of(province, one.id).state == "lost"
    with province.house.reading() as unit:
        assert unit.session.get(AnnouncementRow, one.id) is None


def test_the_same_night_is_held_once(province: Province, officer: Person) -> None:
    """The same paper again changes nothing; another paper for that night is refused, also under the id of the first."""
    with province.house.reading() as unit:
        (one,) = prepare_nights(unit, ["dt"], TOMORROW, 1, who=officer, now=province.now)
        two = one
        while two.id == one.id:  # ids are drawn
            (two,) = prepare_nights(unit, ["dt"], TOMORROW, 1, who=officer, now=province.now)
    kept = take(province, one.payload, officer)
    assert take(province, one.payload, officer) == kept
    with pytest.raises(Conflict, match="đã có bản ký"):
        take(province, two.payload, officer)
    document = codec.decode(Kind.ANNOUNCEMENT, one.payload)
    bent = codec.encode(msgspec.structs.replace(document, event="Khác"))
    with pytest.raises(Conflict, match="đã dùng"):
        take(province, bent, officer)


def test_a_drill_to_come_is_left_out_by_who_may(province: Province, officer: Person) -> None:
    """Left out it is not handed out; one that has begun is not left out."""
    one, two = signed(province, officer, count=2)
    viewer = province.person("Xem", PersonRole.VIEWER)
    with province.house.writing() as unit, pytest.raises(Forbidden):
        leave_out(unit, one.id, who=viewer, now=province.now)
    with province.house.writing() as unit:
        assert leave_out(unit, one.id, who=officer, now=province.now).state is DrillState.WITHDRAWN
    go_to(province, night_of(TOMORROW))
    assert state_of(province, one.id).state == "withdrawn"
    go_to(province, night_of(two.day))
    with province.house.writing() as unit, pytest.raises(Conflict):
        leave_out(unit, two.id, who=officer, now=province.now)


# --- its hour ------------------------------------------------------------------------------------


def test_a_night_is_handed_out_once_in_its_hour(province: Province, officer: Person) -> None:
    """Not before; then to its areas by the very way of a warning; never twice, also after a restart."""
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW) - timedelta(seconds=1))
    assert pushed(province) == 0
    go_to(province, night_of(TOMORROW))
    assert pushed(province) == 1
    province.reopen()
    go_to(province, night_of(TOMORROW) + timedelta(minutes=5))
    assert pushed(province) == 1
    with province.house.reading() as unit:
        state = announcement_named(unit, one.id, now=province.now)
    assert (state.status, state.areas) == ("Test", ("dt",))


def pushed(province: Province) -> int:
    """Return how many announcements were put out to be pushed."""
    with province.house.reading() as unit:
        found = select(OutboxRow).where(OutboxRow.kind == Kind.ANNOUNCEMENT.value)
        return len(unit.session.scalars(found).all())


def test_a_test_is_no_warning_on_any_page(province: Province, officer: Person) -> None:
    """It stands in no banner and is not counted as an announcement in force; what is real is."""
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    meters = Meters(province.house, lambda: 0)
    with province.house.reading() as unit:
        assert unit.session.get_one(AnnouncementRow, one.id).state == "active"
        assert standing_alarms(unit, officer, now=province.now) == ()
        assert one.id.encode() not in cap_feed(unit, area=None, now=province.now)
    assert b"tienglang_announcements_active 0.0" in meters.written()


def test_a_night_whose_key_was_revoked_is_lost_and_told(
    province: Province, officer: Person
) -> None:
    """What nobody trusts any more is not handed out; who may sign is told why."""
    (one,) = signed(province, officer, count=1)
    province.authority.revoke(key_of(province))
    keep_keyring(province)
    go_to(province, night_of(TOMORROW))
    row = state_of(province, one.id)
    assert (row.state, pushed(province)) == ("lost", 0)
    assert RefusalCode.UNKNOWN_KEY.value in row.why
    assert len(notes(province, About.DRILL_LOST)) == 1
    go_to(province, night_of(TOMORROW) + timedelta(hours=1))
    assert len(notes(province, About.DRILL_LOST)) == 1


def test_a_night_that_central_slept_through_is_lost(province: Province, officer: Person) -> None:
    """After its end it is not sent late: appliances would refuse it; the reason is told."""
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW) + NIGHT_LIFE)
    assert state_of(province, one.id).state == "lost"
    assert notes(province, About.DRILL_LOST) == ["Máy chủ không chạy trong giờ diễn tập."]


# --- what came of it -----------------------------------------------------------------------------


def test_the_morning_names_every_appliance_that_would_have_been_silent(
    province: Province, officer: Person
) -> None:
    """Each with its cause; counted by commune; told once to who may raise alarms; kept for later."""
    names = ("tốt", "tăng âm", "lạ khóa", "mất mạng", "im", "nhận rồi thôi")
    well, amp, key, gone, quiet, stuck = (
        province.appliance(name, OTHER if name == "im" else HAMLET)[1] for name in names
    )
    (one,) = signed(province, officer, count=1)
    seen_now(province, gone)
    go_to(province, night_of(TOMORROW))
    for device in (well, amp, key, quiet, stuck):
        seen_now(province, device)
    tell(province, well, one.id, "verified", "ready")
    tell(province, amp, one.id, "verified")
    refuse(province, amp, one.id, "drill-amplifier", "rơ-le hỏng")
    refuse(province, key, "announcement (push)", "unknown-key", "no key")
    tell(province, stuck, one.id, "verified")
    live = report(province, one.id, officer)
    assert (live.settled, live.well) == (False, 1)
    go_to(province, datetime.combine(TOMORROW, time(5, 59), ZONE))
    assert state_of(province, one.id).state == "handed"
    go_to(province, datetime.combine(TOMORROW, time(6, 0), ZONE))
    found = report(province, one.id, officer)
    assert (found.settled, found.appliances, found.well) == (True, 6, 1)
    causes = {line.name: line.cause for line in found.lacks}
    assert causes == {
        "tăng âm": Cause.AMPLIFIER,
        "lạ khóa": Cause.KEY_UNKNOWN,
        "mất mạng": Cause.OFFLINE,
        "im": Cause.NO_RECEIPT,
        "nhận rồi thôi": Cause.NO_ANSWER,
    }
    assert [(a.area, a.appliances, a.well) for a in found.areas] == [(OTHER, 1, 0), (COMMUNE, 5, 1)]
    assert notes(province, About.DRILL_LACKS) == ["5 trong 6 cụm loa"]
    go_to(province, datetime.combine(TOMORROW, time(7, 0), ZONE))
    assert notes(province, About.DRILL_LACKS) == ["5 trong 6 cụm loa"]
    tell(province, amp, one.id, "ready")
    assert report(province, one.id, officer).well == 1, "judged is judged"


def test_a_commune_is_told_of_its_own_clusters(province: Province, officer: Person) -> None:
    """Its people read how many of theirs would have been silent; a commune in which all is well is left in peace."""
    province.person("Hoa", PersonRole.EMERGENCY, area=COMMUNE)
    province.person("Tư", PersonRole.EMERGENCY, area=OTHER)
    province.appliance("im", HAMLET)
    well = province.appliance("tốt", OTHER)[1]
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    tell(province, well, one.id, "verified", "ready")
    go_to(province, datetime.combine(TOMORROW, time(6, 0), ZONE))
    told = sorted(notes(province, About.DRILL_LACKS))
    assert told == ["1 trong 1 cụm loa", "1 trong 2 cụm loa"]


def test_an_appliance_that_came_or_went_meanwhile_is_not_counted(
    province: Province, officer: Person
) -> None:
    """Who was assigned after the night was not asked."""
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    province.clock.pass_by(timedelta(minutes=1))
    province.appliance("mới")
    assert report(province, one.id, officer).appliances == 0


def test_a_commune_reads_its_own_part(province: Province, officer: Person) -> None:
    """The report of a province's night names to a commune its own appliances alone; to another province nothing."""
    province.appliance("của Mỹ Phong", HAMLET)
    province.appliance("của Tân Hội", OTHER)
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    commune = province.person("Hoa", PersonRole.VIEWER, area=COMMUNE)
    assert [x.name for x in report(province, one.id, commune).lacks] == ["của Mỹ Phong"]
    only_other = signed(province, officer, count=2, areas=[OTHER])
    with pytest.raises(NotFound):
        report(province, only_other[-1].id, commune)
    with province.house.reading() as unit:
        assert [d.id for d in list_drills(unit, who=commune)] == [one.id]


def test_nights_that_nobody_signed_are_told_seven_days_before(
    province: Province, officer: Person
) -> None:
    """Where nights are held their end is told in time, once, and the note closes when somebody signs."""
    go_to(province, province.now)
    assert notes(province, About.NIGHTS_END) == [], "nobody has begun here"
    signed(province, officer, count=10)
    go_to(province, night_of(TOMORROW) + timedelta(hours=6))
    assert notes(province, About.NIGHTS_END) == []
    go_to(province, night_of(TOMORROW) + timedelta(days=4, hours=6))
    (words,) = notes(province, About.NIGHTS_END)
    assert "03/12" in words
    go_to(province, province.now + timedelta(hours=1))
    assert len(notes(province, About.NIGHTS_END)) == 1
    signed(province, officer, first=date(2026, 12, 3), count=31)
    assert notes(province, About.NIGHTS_END) == []


def test_a_month_without_an_exercise_is_told_once(province: Province, officer: Person) -> None:
    """Where nights have been held that long; planning one closes the note, and the next month asks anew."""
    signed(province, officer, count=31)
    month = night_of(TOMORROW) + timedelta(days=34, hours=6)
    go_to(province, month - timedelta(days=3))
    assert notes(province, About.EXERCISE_DUE) == []
    go_to(province, month + timedelta(days=1))
    go_to(province, month + timedelta(days=1, hours=1))
    assert len(notes(province, About.EXERCISE_DUE)) == 1
    planned(province, officer, day=(month + timedelta(days=3)).astimezone(ZONE).date())
    assert notes(province, About.EXERCISE_DUE) == []
    go_to(province, month + timedelta(days=1, hours=2))
    assert notes(province, About.EXERCISE_DUE) == []


def test_the_calendar_shows_each_day(province: Province, officer: Person) -> None:
    """Past nights with their result, coming ones signed or not, by their own areas."""
    signed(province, officer, count=2)
    with province.house.reading() as unit:
        nights = calendar_of(unit, ["dt"], now=province.now)
        commune = calendar_of(unit, [COMMUNE], now=province.now)
    assert len(nights) == 45
    held = [n.day for n in nights if n.drill is not None]
    assert held == [TOMORROW, TOMORROW + timedelta(days=1)]
    assert [n.day for n in commune if n.drill is not None] == held, (
        "the province's nights are the commune's"
    )
    assert [n.ahead for n in nights if n.day in (TODAY, TOMORROW)] == [False, True]


# --- exercises -----------------------------------------------------------------------------------


def test_an_exercise_is_signed_for_its_hour_and_says_what_it_is(
    province: Province, officer: Person
) -> None:
    """First and last word, the chime, one round, half an hour; handed out at its hour."""
    one = planned(province, officer)
    document = codec.decode(
        Kind.ANNOUNCEMENT, seal.read_envelope(state_of(province, one.id).envelope).payload
    )
    assert isinstance(document, Announcement)
    (info,) = document.infos
    assert info.text.startswith("Diễn tập, diễn tập.")
    assert info.text.endswith("Đây là diễn tập.")
    assert (info.tone, document.repeat.slow_gap_s) == (Tone.CHIME, None)
    go_to(province, datetime.combine(TOMORROW, time(8, 59), ZONE))
    assert pushed(province) == 0
    go_to(province, datetime.combine(TOMORROW, time(9, 0), ZONE))
    assert pushed(province) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"hour": time(21, 0)},
        {"hour": time(5, 15)},
        {"hour": time(20, 45)},
        {"day": TODAY},
        {"day": TODAY + timedelta(days=90)},
        {"text": "ngắn"},
        {"areas": ()},
    ],
)
def test_an_exercise_outside_its_bounds_is_refused(
    province: Province, officer: Person, changes: dict[str, object]
) -> None:
    """In quiet hours, reaching into them, in the past, too far off, without words or areas: refused by name."""
    with pytest.raises(Unacceptable):
        planned(
            province, officer, **({"hour": time(7, 0)} if changes.get("day") else {}), **changes
        )
    assert planned(province, officer).state is DrillState.READY


def test_an_exercise_is_judged_by_what_was_measured(province: Province, officer: Person) -> None:
    """Receipts prove nothing: seconds and level at the sink do; who stayed silent is named with the reason."""
    names = ("nghe rõ", "quá nhỏ", "đứt dây", "giờ yên tĩnh", "nhận không phát")
    clear, faint, cut, quiet, mute = (province.appliance(name)[1] for name in names)
    one = planned(province, officer)
    go_to(province, datetime.combine(TOMORROW, time(9, 0), ZONE))
    for device in (clear, faint, cut, quiet, mute):
        seen_now(province, device)
        tell(province, device, one.id, "verified")
    play(province, clear, one.id, 19_800, -14.0, "sounded")
    play(province, faint, one.id, 19_800, -61.0, "sounded")
    play(province, cut, one.id, 0, -90.0, "silent")
    refuse(province, quiet, f"alert/{one.id}/0/0", "quiet-hours", "Giờ yên tĩnh")
    tell(province, mute, one.id, "sounding")
    go_to(province, datetime.combine(TOMORROW, time(10, 0), ZONE))
    found = report(province, one.id, officer)
    assert (found.settled, found.appliances, found.well) == (True, 5, 1)
    assert {x.name: x.cause for x in found.lacks} == {
        "quá nhỏ": Cause.FAINT,
        "đứt dây": Cause.SILENT,
        "giờ yên tĩnh": Cause.POLICY,
        "nhận không phát": Cause.NO_ANSWER,
    }
    assert sum(count for _, count in found.causes) == 4


def test_drills_before_make_a_trend(province: Province, officer: Person) -> None:
    """The last ones of the same kind and areas, oldest first."""
    device = province.appliance("cụm")[1]
    drills = signed(province, officer, count=3)
    for drill, well in zip(drills, (True, False, True), strict=True):
        go_to(province, night_of(drill.day))
        seen_now(province, device)
        if well:
            tell(province, device, drill.id, "verified", "ready")
        go_to(province, datetime.combine(drill.day, time(6, 0), ZONE))
    trend = report(province, drills[-1].id, officer).trend
    assert [(p.day, p.well) for p in trend] == [
        (d.day, w) for d, w in zip(drills, (1, 0, 1), strict=True)
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx", "pdf"])
def test_a_report_is_taken_as_a_file(province: Province, officer: Person, form: str) -> None:
    """CSV, spreadsheet and paper hold the rows of the page; who took them is in the log of deeds."""
    province.appliance("=cụm lạ")
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    go_to(province, datetime.combine(TOMORROW, time(6, 0), ZONE))
    made = b"".join(export_drill(province.house, one.id, form=form, who=officer, now=province.now))
    begins = {"csv": "\ufeff".encode(), "xlsx": b"PK", "pdf": b"%PDF"}[form]
    assert made.startswith(begins)
    if form == "csv":
        assert "'=cụm lạ" in made.decode()
        assert "mất liên lạc" in made.decode()


def test_a_paper_is_no_longer_than_somebody_reads(province: Province, officer: Person) -> None:
    """Past 300 lines the PDF says how many more stand in the spreadsheet."""
    for n in range(2):
        province.appliance(f"cụm {n}")
    (one,) = signed(province, officer, count=1)
    go_to(province, night_of(TOMORROW))
    found = report(province, one.id, officer)
    many = msgspec.structs.replace(found, lacks=found.lacks * 200)
    (table,) = [t for t in tables_of(many) if t.title == "Cụm loa không phát được"]
    short = shortened(table)
    assert len(short.rows) == MOST_ON_PAPER + 1
    assert "100 dòng nữa" in str(short.rows[-1][0])
    brief = msgspec.structs.replace(table, rows=table.rows[:3])
    assert shortened(brief) == brief


def test_the_first_reason_counts_and_silence_is_told_apart() -> None:
    """Of what an appliance told the judgement follows one order; who was never seen is offline."""
    sent = night_of(TOMORROW)
    before, after = sent - timedelta(hours=1), sent + timedelta(hours=1)
    told = Facts(last_seen=after, receipts=frozenset({"verified"}))
    cases = [
        (Facts(), Cause.OFFLINE),
        (Facts(last_seen=before), Cause.OFFLINE),
        (Facts(last_seen=after), Cause.NO_RECEIPT),
        (told, Cause.NO_ANSWER),
        (msgspec.structs.replace(told, refusals=(("drill-zones", ""),)), Cause.AMPLIFIER),
        (msgspec.structs.replace(told, refusals=(("drill-clock", ""),)), Cause.CLOCK),
        (msgspec.structs.replace(told, refusals=(("drill-sound-path", ""),)), Cause.SILENT),
        (msgspec.structs.replace(told, refusals=(("gave-way", ""),)), Cause.HUSHED),
        (msgspec.structs.replace(told, refusals=(("nobody-knows", ""),)), Cause.REFUSED),
        (msgspec.structs.replace(told, papers=(("expired", ""),)), Cause.NO_ANSWER),
        (Facts(last_seen=after, papers=(("expired", ""),)), Cause.REFUSED),
    ]
    for facts, cause in cases:
        lack = lack_of(facts, audible=False, sent=sent)
        assert lack is not None
        assert (lack.cause, bool(lack.word)) == (cause, True)
    ready = Facts(last_seen=after, receipts=frozenset({"verified", "ready"}))
    assert lack_of(ready, audible=False, sent=sent) is None
    partly = Facts(plays=(Heard(asked_ms=9_000, sounded_ms=4_000, whole=False, level_dbfs=-10),))
    lack = lack_of(partly, audible=True, sent=sent)
    assert lack is not None
    assert lack.cause is Cause.PARTLY
