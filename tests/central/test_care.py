"""The list of appliances, who needs somebody, history, papers: as reports make them, asked of real tables."""

import csv
import io
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, update

from central.db.care import DeviceDayRow, DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.care import Link, Trouble
from central.domain.care_history import DAY_S, HOUR_S
from central.domain.care_sought import Order, Sought, Warranty
from central.domain.care_states import FleetLine
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.services import publish
from central.services.care import fill_missing, take_lease
from central.services.care_attention import communes, needs
from central.services.care_history import history, orders_of, thin
from central.services.care_list import count_fleet, export_fleet, list_fleet, map_points
from central.services.care_map import drop_outline, outline_for, set_outline
from central.services.care_papers import (
    AssetDraft,
    PartDraft,
    SupplierDraft,
    SwapDraft,
    add_note,
    asset_of,
    delete_supplier,
    list_notes,
    list_parts,
    list_suppliers,
    list_swaps,
    set_asset,
    set_part,
    set_supplier,
    swap_part,
)
from central.services.care_views import delete_view, list_views, save_view
from central.services.commands import send_command
from contract import codec, seal
from contract.documents import Health, Kind, Outcome, Rank, Receipt, Refusal, Reload, Report, Vitals
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot, make_sound
from tests.central.test_findings import GOOD, NO_FILE, found
from tests.central.test_reports import Teller, make_health, make_play

GEO = b'{"type":"LineString","coordinates":[[106,10],[106.5,10.5]]}'


@pytest.fixture
def lan(province: Province) -> Person:
    """The province's administrator."""
    return province.person("lan", PersonRole.ADMINISTRATOR)


def tell(teller: Teller, **parts: object) -> None:
    """Have an appliance report these parts."""
    teller.tell(teller.report(**parts))  # type: ignore[arg-type]


def sick(province: Province, **changes: object) -> Health:
    """Return the health of an appliance that is well but for these changes."""
    vitals = changes.pop("vitals", None)
    health = msgspec.structs.replace(make_health(province), **changes)
    return health if vitals is None else msgspec.structs.replace(health, vitals=vitals)


def lines(province: Province, who: Person, sought: Sought | None = None) -> tuple[FleetLine, ...]:
    """Return the first page of the list."""
    with province.house.reading() as unit:
        return list_fleet(unit, sought or Sought(), who=who, now=province.now).lines


def of(province: Province, who: Person, device: str) -> FleetLine:
    """Return one appliance's line."""
    return next(line for line in lines(province, who) if line.id == device)


# --- what a report changes ------------------------------------------------------------------------


def test_a_new_appliance_stands_in_the_list_before_it_ever_spoke(
    province: Province, lan: Person
) -> None:
    """Its paper is enough: it was never connected, and nothing is held against it."""
    _, device = province.appliance("Cụm loa Chợ")
    line = of(province, lan, device)
    assert (line.link, line.kinds, line.tone) == (Link.NEVER, (), "off")
    assert line.place == "Ấp 1, Xã Mỹ Phong"


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"sound_path_ok": False}, Trouble.NO_SOUND),
        ({"mains": False}, Trouble.MAINS),
        ({"vitals": Vitals(temperature_c=81.0)}, Trouble.HOT),
        ({"clock": "unknown"}, Trouble.CLOCK),
        ({"alarms": ("Cửa tủ",)}, Trouble.COMPLAINT),
        ({"faults": ("player: hỏng",)}, Trouble.COMPLAINT),
        ({"vitals": Vitals(under_voltage=True)}, Trouble.VOLTAGE),
        ({"contents_missing": 2}, Trouble.CONTENTS),
        ({"storage_free_bytes": 100_000_000}, Trouble.STORAGE),
        ({"vitals": Vitals(card_worn_pct=80)}, Trouble.CARD),
    ],
)
def test_each_trouble_is_seen_and_goes_when_it_is_over(
    province: Province, lan: Person, changes: dict[str, object], kind: Trouble
) -> None:
    """The list says what a report says, and no longer once a later one says it is well."""
    teller = Teller(province)
    tell(teller, told=sick(province, **dict(changes)))
    assert of(province, lan, teller.device).kinds == (kind,)
    assert [line.id for line in lines(province, lan, Sought(trouble=kind))] == [teller.device]
    tell(teller, told=sick(province, storage_free_bytes=10**10))
    line = of(province, lan, teller.device)
    assert (line.kinds, line.tone) == ((), "ok")
    assert lines(province, lan, Sought(trouble=kind)) == ()


def test_a_silent_play_counts_until_something_sounds(province: Province, lan: Person) -> None:
    """Whoever was to sound and did not stands first; the next play that sounds takes it away."""
    teller = Teller(province)
    silent = msgspec.structs.replace(
        make_play(province, 1), sounded_ms=0, outcome=Outcome.SILENT, why="dây đứt"
    )
    tell(teller, played=(silent,), told=sick(province, storage_free_bytes=10**10))
    line = of(province, lan, teller.device)
    assert line.kinds == (Trouble.SILENT,)
    assert "dây đứt" in line.why
    province.clock.pass_by(timedelta(minutes=1))
    tell(teller, played=(make_play(province, 2),))
    assert of(province, lan, teller.device).kinds == ()


def test_who_is_lost_while_something_should_sound_stands_first(
    province: Province, lan: Person, tmp_path: Path
) -> None:
    """Offline in an open window is silence; offline outside of one is only offline."""
    content = province.sound(make_sound(tmp_path / "a.mp3"))
    here = (province.now + timedelta(hours=7, minutes=30)).time()
    province.slot(make_slot(content.sha256, start=here.replace(second=0, microsecond=0)), COMMUNE)
    publish(province.house, "dt", who=None, now=province.now)
    teller = Teller(province)
    tell(teller, told=sick(province, storage_free_bytes=10**10))
    province.clock.pass_by(timedelta(minutes=12))
    assert of(province, lan, teller.device).kinds == ()
    assert [x.id for x in lines(province, lan, Sought(away=True))] == [teller.device]
    province.clock.pass_by(timedelta(minutes=30))
    assert Trouble.SILENT in of(province, lan, teller.device).kinds
    province.clock.pass_by(timedelta(hours=2))
    assert of(province, lan, teller.device).kinds == (Trouble.OFFLINE,)


def test_not_ready_counts_until_the_slot_begins(province: Province, lan: Person) -> None:
    """The finding stands for what is to come; once it has begun, plays speak for themselves."""
    teller = Teller(province)
    tell(teller, readiness=(found(province, GOOD, NO_FILE, ahead_min=4),))
    line = of(province, lan, teller.device)
    assert line.kinds == (Trouble.NOT_READY,)
    assert "Nội dung chưa có trên thẻ" in line.why
    province.clock.pass_by(timedelta(minutes=5))
    assert of(province, lan, teller.device).kinds == ()


def test_a_refusal_is_remembered_for_a_day(province: Province, lan: Person) -> None:
    """What was refused is seen for 24 hours."""
    teller = Teller(province)
    tell(teller, more=True, told=sick(province, storage_free_bytes=10**10))
    assert of(province, lan, teller.device).kinds == (Trouble.REFUSED,)
    province.clock.pass_by(timedelta(hours=25))
    assert Trouble.REFUSED not in of(province, lan, teller.device).kinds


def test_what_came_before_the_columns_is_filled_in(province: Province, lan: Person) -> None:
    """Appliances of an older central have their line, and after the hourly chore their health in it."""
    teller = Teller(province)
    tell(teller, health=True)
    with province.house.writing() as unit:
        unit.session.execute(delete(DeviceHealthRow))
    assert of(province, lan, teller.device).temperature_c is None
    assert fill_missing(province.house) == 1
    assert of(province, lan, teller.device).temperature_c == 52.5
    assert fill_missing(province.house) == 0


def test_one_damaged_row_does_not_stop_all(province: Province, lan: Person) -> None:
    """An appliance whose assignment can no longer be read has its line too, and is looked at once only."""
    _, device = province.appliance("Chợ", OTHER)
    with province.house.writing() as unit:
        unit.session.get_one(DeviceRow, device).assignment = b"no envelope"
        unit.session.execute(delete(DeviceHealthRow))
    assert fill_missing(province.house) >= 1
    assert of(province, lan, device).temperature_c is None
    assert fill_missing(province.house) == 0


# --- the list ------------------------------------------------------------------------------------


def test_every_order_pages_through_all_once(province: Province, lan: Person) -> None:
    """In pages of two each appliance comes once, in every order, with values and without."""
    tellers = [Teller(province) for _ in range(3)]
    for number, teller in enumerate(tellers):
        province.clock.pass_by(timedelta(minutes=1))
        vitals = Vitals(temperature_c=40.0 + number)
        tell(teller, told=sick(province, vitals=vitals, software=f"0.{number}"))
    for name in ("Chợ", "Bến", "An"):
        province.appliance(name, OTHER)
    everybody = {line.id for line in lines(province, lan)}
    assert len(everybody) == 6
    for order in Order:
        seen: list[str] = []
        cursor = ""
        for _ in range(4):
            with province.house.reading() as unit:
                page = list_fleet(
                    unit, Sought(order=order), who=lan, now=province.now, cursor=cursor, limit=2
                )
            seen += [line.id for line in page.lines]
            cursor = page.next
            if not cursor:
                break
        assert len(seen) == 6, order
        assert set(seen) == everybody, order
    hot = [line.temperature_c for line in lines(province, lan, Sought(order=Order.HOT))][:3]
    assert hot == [42.0, 41.0, 40.0]
    names = [line.name for line in lines(province, lan, Sought(order=Order.NAME))]
    assert all(a <= b for a, b in pairwise(names))


def test_a_cursor_of_another_order_is_refused(province: Province, lan: Person) -> None:
    """A page cannot be continued in another order than it was begun."""
    for _ in range(2):
        province.appliance("Chợ")
    with province.house.reading() as unit:
        page = list_fleet(unit, Sought(order=Order.NAME), who=lan, now=province.now, limit=1)
        for order in (Order.AREA, Order.SEEN, Order.WARRANTY):
            with pytest.raises(Unacceptable):
                list_fleet(unit, Sought(order=order), who=lan, now=province.now, cursor=page.next)


def test_text_area_link_and_software_narrow_the_list(province: Province, lan: Person) -> None:
    """Each filter alone and all together, the text without diacritics and in any order."""
    _, inside = province.appliance("Cụm loa Đình Mỹ Phong")
    province.appliance("Cụm loa Chợ", OTHER)
    assert [x.id for x in lines(province, lan, Sought(text="phong dinh"))] == [inside]
    assert [x.id for x in lines(province, lan, Sought(text=inside[:8]))] == [inside]
    assert [x.id for x in lines(province, lan, Sought(area=COMMUNE))] == [inside]
    assert lines(province, lan, Sought(area=COMMUNE, text="chợ")) == ()
    assert lines(province, lan, Sought(text="100%_")) == ()
    teller = Teller(province)
    tell(teller, told=sick(province, software="9.9"))
    assert [x.id for x in lines(province, lan, Sought(software="9.9"))] == [teller.device]
    assert [x.id for x in lines(province, lan, Sought(link=Link.ONLINE))] == [teller.device]
    assert len(lines(province, lan, Sought(link=Link.NEVER))) == 2


def test_counts_agree_with_the_list(province: Province, lan: Person) -> None:
    """For every filter the count beside it is the length of the list behind it."""
    for changes in ({"mains": False}, {"sound_path_ok": False}, {}):
        tell(Teller(province), told=sick(province, **changes))
    province.appliance("Chợ", OTHER)
    with province.house.reading() as unit:
        counts = count_fleet(unit, Sought(), who=lan, now=province.now)
    assert counts.total == 4
    for link in Link:
        assert counts.of[f"link {link.value}"] == len(lines(province, lan, Sought(link=link)))
    for kind in Trouble:
        assert counts.of[f"trouble {kind.value}"] == len(lines(province, lan, Sought(trouble=kind)))
    assert counts.of["trouble any"] == len(lines(province, lan, Sought(any_trouble=True)))
    for how in Warranty:
        assert counts.of[f"warranty {how.value}"] == len(lines(province, lan, Sought(warranty=how)))
    assert counts.software == (("0.1.0", 3),)


def test_nobody_lists_beyond_their_area(province: Province) -> None:
    """List, counts, map, CSV and ranking hold only what lies at or below the person's areas."""
    own, other = Teller(province), Teller(province)
    _, far = province.appliance("Xa", OTHER)
    for teller in (own, other):
        tell(teller, told=sick(province, mains=False))
    binh = province.person("binh", PersonRole.VIEWER, area=OTHER)
    now = province.now
    assert [line.id for line in lines(province, binh)] == [far]
    with province.house.reading() as unit:
        assert count_fleet(unit, Sought(), who=binh, now=now).total == 1
        assert map_points(unit, Sought(), who=binh, now=now) == ()
        assert [line.path for line in communes(unit, binh, now=now)] == [OTHER]
        with pytest.raises(Forbidden):
            list_fleet(unit, Sought(area=COMMUNE), who=binh, now=now)
        assert len(list_fleet(unit, Sought(area="dt"), who=binh, now=now).lines) == 1
    text = b"".join(export_fleet(province.house, Sought(), who=binh, now=now)).decode()
    assert far in text
    assert own.device not in text


def test_the_csv_holds_every_line_and_no_formula(province: Province, lan: Person) -> None:
    """A spreadsheet opens it as text: a name that looks like a formula is quoted."""
    province.appliance("=HYPERLINK(1)")
    province.appliance("Chợ, “đình”")
    data = b"".join(export_fleet(province.house, Sought(), who=lan, now=province.now))
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert [row[1] for row in rows] == ["Tên", "'=HYPERLINK(1)", "Chợ, “đình”"]
    assert all(len(row) == len(rows[0]) for row in rows)


def test_the_map_and_the_list_agree(province: Province, lan: Person) -> None:
    """For every kind of state the point on the map has the tone of the line in the list."""
    room = 10**10
    told: tuple[dict[str, object], ...] = (
        {},
        {"mains": False},
        {"sound_path_ok": False},
        {"on_air": Rank.NORMAL},
    )
    for changes in told:
        tell(Teller(province), told=sick(province, storage_free_bytes=room, **changes))
    late = Teller(province)
    province.appliance("Chợ")
    for minutes in (0, 40):
        tell(late, told=sick(province, storage_free_bytes=room))
        with province.house.writing() as unit:
            unit.session.execute(
                update(DeviceHealthRow).values(latitude_deg=10.0, longitude_deg=106.0)
            )
        if minutes:
            province.clock.pass_by(timedelta(minutes=minutes))
        with province.house.reading() as unit:
            points = map_points(unit, Sought(), who=lan, now=province.now)
        assert {p.id: p.tone for p in points} == {x.id: x.tone for x in lines(province, lan)}
    assert {point.tone for point in points} == {"bad", "off"}


# --- attention and communes ----------------------------------------------------------------------


def test_the_gravest_is_named_first_and_the_well_not_at_all(
    province: Province, lan: Person
) -> None:
    """Of three appliances the one that cannot sound stands before the one without mains; the third is not named."""
    mains, mute, well = Teller(province), Teller(province), Teller(province)
    room = 10**10
    tell(mains, told=sick(province, mains=False, storage_free_bytes=room))
    tell(mute, told=sick(province, sound_path_ok=False, mains=False, storage_free_bytes=room))
    tell(well, told=sick(province, storage_free_bytes=room))
    with province.house.reading() as unit:
        named = needs(unit, ["dt"], now=province.now)
        (commune,) = communes(unit, lan, now=province.now)
    assert [(need.device, need.worst) for need in named] == [
        (mute.device, Trouble.NO_SOUND),
        (mains.device, Trouble.MAINS),
    ]
    assert named[0].kinds == (Trouble.NO_SOUND, Trouble.MAINS)
    assert (commune.total, commune.attention, commune.well, commune.lost) == (3, 2, 1, 0)


# --- history -------------------------------------------------------------------------------------


def test_reports_become_a_history(province: Province) -> None:
    """A report a minute for an hour is an hour of connection; heat and level are there by the hour."""
    teller = Teller(province)
    for number in range(61):
        tell(teller, health=True, plays=1 if number == 30 else 0)
        province.clock.pass_by(timedelta(minutes=1))
    with province.house.reading() as unit:
        past = history(unit, teller.device, now=province.now)
    assert past.days[-1].up == pytest.approx(
        3_600 / (province.now.hour * 3_600 + province.now.minute * 60), rel=0.05
    )
    assert {value for _, value in past.heat} == {52.5}
    assert [value for _, value in past.levels] == [-18.0]


def test_old_days_are_thinned_and_nothing_of_them_is_lost(province: Province) -> None:
    """After a month by the hour, after a year as one; connected time stays the same, and twice is once."""
    teller = Teller(province)
    for _ in range(40):
        tell(teller, health=True)
        province.clock.pass_by(timedelta(minutes=2))
    house, now = province.house, province.now

    def row() -> DeviceDayRow:
        with house.reading() as unit:
            return unit.session.query(DeviceDayRow).one()

    def up() -> float:
        with house.reading() as unit:
            days = history(unit, teller.device, now=row_now, days=366).days
            return sum(day.up or 0 for day in days)

    row_now = now
    before = len(row().buckets)
    total = up()
    assert thin(house, now=now) == 0
    row_now = now + timedelta(days=40)
    assert thin(house, now=row_now) == 1
    assert row().span_s == HOUR_S
    assert len(row().buckets) < before
    assert thin(house, now=row_now) == 0
    assert thin(house, now=now + timedelta(days=400)) == 1
    assert row().span_s == DAY_S
    row_now = now
    assert up() == pytest.approx(total)


def test_an_order_shows_whether_it_was_obeyed(province: Province, lan: Person) -> None:
    """Sent at first; obeyed once the appliance says so; unanswered after five minutes of silence."""
    teller = Teller(province)
    with province.house.writing() as unit:
        counter = send_command(unit, teller.device, Reload(), who=lan, now=province.now)

    def state() -> str:
        with province.house.reading() as unit:
            return orders_of(unit, teller.device, now=province.now)[0].state

    assert state() == "sent"
    province.clock.pass_by(timedelta(minutes=6))
    assert state() == "unanswered"
    answer(teller, counter)
    assert state() == "obeyed"


def answer(teller: Teller, counter: int, *, refused: str = "") -> None:
    """Have an appliance say what it did with a command."""
    now = teller.province.now
    teller.counter += 1
    told = Receipt(at=now, kind=Kind.COMMAND, id=str(counter), state="verified")
    no = Refusal(at=now, what="command (push)", code="expired", why=refused)
    report = Report(
        device=teller.device,
        counter=teller.counter,
        previous_sha256=teller.previous,
        issued=now,
        receipts=() if refused else (told,),
        refusals=(no,) if refused else (),
    )
    envelope = seal.seal(Kind.REPORT, codec.encode(report), [teller.key])
    teller.previous = seal.read_envelope(envelope).payload_sha256
    teller.tell(envelope)


# --- papers --------------------------------------------------------------------------------------


def test_papers_are_kept_searched_and_counted(province: Province, lan: Person) -> None:
    """Serial, supplier and warranty; the list finds the serial and what ends soon."""
    _, device = province.appliance("Chợ")
    now = province.now
    with province.house.writing() as unit:
        supplier = set_supplier(
            unit, SupplierDraft(area="dt", name="Công ty Loa Việt", code="LV"), who=lan, now=now
        )
        draft = AssetDraft(
            serial="TL-0042",
            supplier=supplier.id,
            bought=date(2025, 1, 2),
            warranty_until=now.date() + timedelta(days=30),
        )
        state = set_asset(unit, device, draft, who=lan, now=now)
    assert state.supplier_name == "Công ty Loa Việt"
    for sought in (
        Sought(text="tl-0042"),
        Sought(supplier=supplier.id),
        Sought(warranty=Warranty.SOON, order=Order.WARRANTY),
    ):
        assert [line.id for line in lines(province, lan, sought)] == [device]
    assert lines(province, lan, Sought(warranty=Warranty.OVER)) == ()
    with province.house.writing() as unit:
        delete_supplier(unit, supplier.id, who=lan, now=now)
        assert asset_of(unit, device).supplier is None


@pytest.mark.parametrize(
    "draft",
    [
        AssetDraft(serial="x" * 81),
        AssetDraft(bought=date(1900, 1, 1)),
        AssetDraft(supplier=999),
    ],
)
def test_papers_that_cannot_be_are_refused(
    province: Province, lan: Person, draft: AssetDraft
) -> None:
    """Too long, out of any range, or by a supplier nobody knows."""
    _, device = province.appliance("Chợ")
    with pytest.raises(Unacceptable), province.house.writing() as unit:
        set_asset(unit, device, draft, who=lan, now=province.now)


def test_a_part_leaves_the_store_as_it_enters_an_appliance(province: Province, lan: Person) -> None:
    """One less lies there, the swap names it; an empty store gives nothing; bought elsewhere needs a name."""
    _, device = province.appliance("Chợ")
    now = province.now
    with province.house.writing() as unit:
        part = set_part(
            unit, PartDraft(area="dt", name="Nguồn 5 V", stock=1, fewest=2), who=lan, now=now
        )
        swap_part(unit, device, SwapDraft(part=part.id, in_serial="N2"), who=lan, now=now)
    with province.house.reading() as unit:
        (left,) = list_parts(unit, ["dt/my-phong"])
        (swap,) = list_swaps(unit, device)
    assert (left.stock, left.short) == (0, True)
    assert (swap.name, swap.in_serial) == ("Nguồn 5 V", "N2")
    with pytest.raises(Conflict), province.house.writing() as unit:
        swap_part(unit, device, SwapDraft(part=part.id), who=lan, now=now)
    with pytest.raises(Unacceptable), province.house.writing() as unit:
        swap_part(unit, device, SwapDraft(), who=lan, now=now)
    with province.house.reading() as unit:
        assert len(list_swaps(unit, device)) == 1


def test_notes_are_written_by_who_looks_after_the_place(province: Province) -> None:
    """A technician of the commune writes, a viewer reads, a technician of another commune does neither."""
    _, device = province.appliance("Chợ")
    thu = province.person("thu", PersonRole.TECHNICIAN, area=COMMUNE)
    xem = province.person("xem", PersonRole.VIEWER, area=COMMUNE)
    xa = province.person("xa", PersonRole.TECHNICIAN, area=OTHER)
    now = province.now
    with province.house.writing() as unit:
        add_note(unit, device, "repair", "Thay dây loa.", who=thu, now=now)
    for who in (xem, xa):
        with pytest.raises(Forbidden), province.house.writing() as unit:
            add_note(unit, device, "repair", "Không được.", who=who, now=now)
    for kind, text in (("x", "Đủ dài"), ("look", "x"), ("look", "x" * 2_001)):
        with pytest.raises(Unacceptable), province.house.writing() as unit:
            add_note(unit, device, kind, text, who=thu, now=now)
    with province.house.reading() as unit:
        (note,) = list_notes(unit, device)
    assert (note.by, note.word, note.text) == ("thu", "sửa chữa", "Thay dây loa.")


def test_suppliers_and_stores_are_known_along_the_tree(province: Province, lan: Person) -> None:
    """A commune knows the province's and its own, not its neighbour's; only its administrators write them."""
    now = province.now
    with province.house.writing() as unit:
        for area in ("dt", COMMUNE, OTHER):
            set_supplier(unit, SupplierDraft(area=area, name=area), who=lan, now=now)
            set_part(unit, PartDraft(area=area, name=area, stock=1), who=lan, now=now)
    with province.house.reading() as unit:
        assert {s.area for s in list_suppliers(unit, [HAMLET])} == {"dt", COMMUNE}
        assert {p.area for p in list_parts(unit, [COMMUNE])} == {"dt", COMMUNE}
        assert {s.area for s in list_suppliers(unit, ["dt"])} == {"dt", COMMUNE, OTHER}
    bien = province.person("bien", PersonRole.EDITOR, area=COMMUNE)
    with pytest.raises(Forbidden), province.house.writing() as unit:
        set_supplier(unit, SupplierDraft(area=COMMUNE, name="x"), who=bien, now=now)


# --- views, outlines, leases ---------------------------------------------------------------------


def test_a_view_is_kept_for_oneself_or_shared(province: Province, lan: Person) -> None:
    """One's own is nobody else's; a shared one is seen below and above its area; its rights stay the reader's."""
    now = province.now
    bien = province.person("bien", PersonRole.EDITOR, area=COMMUNE)
    xa = province.person("xa", PersonRole.VIEWER, area=OTHER)
    with province.house.writing() as unit:
        own = save_view(unit, "Của tôi", "link=offline&bogus=1", who=bien, now=now)
        save_view(unit, "Chung", "trouble=hot", area=COMMUNE, who=bien, now=now)
        with pytest.raises(Forbidden):
            save_view(unit, "Tỉnh", "", area="dt", who=bien, now=now)
        with pytest.raises(Unacceptable):
            save_view(unit, "Lạ", "link=none", who=bien, now=now)
    assert own.query == "link=offline"
    with province.house.reading() as unit:
        assert [v.name for v in list_views(unit, bien)] == ["Chung", "Của tôi"]
        assert [v.name for v in list_views(unit, lan)] == ["Chung"]
        assert list_views(unit, xa) == ()
    with province.house.writing() as unit:
        again = save_view(unit, "Của tôi", "link=late", who=bien, now=now)
        assert (again.id, again.query) == (own.id, "link=late")
        for who, fault in ((lan, NotFound), (xa, NotFound)):
            with pytest.raises(fault):
                delete_view(unit, own.id, who=who, now=now)
        delete_view(unit, own.id, who=bien, now=now)
        assert [v.name for v in list_views(unit, bien)] == ["Chung"]


def test_an_outline_is_the_nearest_one_above(province: Province, lan: Person) -> None:
    """A commune without its own is drawn on the province's; only administrators of the area give one."""
    now = province.now
    with province.house.writing() as unit:
        set_outline(unit, "dt", GEO, who=lan, now=now)
        assert len(outline_for(unit, HAMLET)[0]) == 2
        drop_outline(unit, "dt", who=lan, now=now)
        assert outline_for(unit, HAMLET) == ()
    bien = province.person("bien", PersonRole.EDITOR)
    with pytest.raises(Forbidden), province.house.writing() as unit:
        set_outline(unit, "dt", GEO, who=bien, now=now)


def test_one_process_at_a_time_holds_a_lease(province: Province) -> None:
    """Whoever asks second is told no until the lease has run out."""
    now, life = province.now, timedelta(seconds=30)
    with province.house.writing() as unit:
        assert take_lease(unit, "x", life, now=now)
        assert not take_lease(unit, "x", life, now=now)
        assert take_lease(unit, "y", life, now=now)
        assert take_lease(unit, "x", life, now=now + life)
