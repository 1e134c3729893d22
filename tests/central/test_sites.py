"""Planned places: a whole table at once with every fault told, or one by one."""

import pytest

from central.domain.errors import Conflict, Unacceptable
from central.domain.people import PersonRole
from central.domain.site_csv import COLUMNS, read_table
from central.domain.sites import Planned, SiteDraft, Template
from central.services.site_import import import_sites, outline, table_text
from central.services.sites import list_sites, plan_site, site_named, site_row, template_in
from contract.documents import Input, InputKind, StaffPin, Zone
from tests.central.enrolling import SITE, Crew, somebody
from tests.central.setting import COMMUNE, HAMLET, Province

GOOD = (
    "id,title,area,zones,latitude,longitude,max_minutes_per_day,like\n"
    f'my-phong-cho,"Cụm loa Chợ, Mỹ Phong",{COMMUNE},san:17:Sân chợ|duong:27,10.36,106.36,90,\n'
    f"my-phong-dinh,Cụm loa Đình,{HAMLET},,,,,my-phong-cho\n"
)


def load(province: Province, text: str) -> Planned:
    """Import a table as the house itself."""
    with province.house.writing() as unit:
        return import_sites(unit, text, who=None, now=province.now)


def faults(province: Province, text: str) -> str:
    """Return what an administrator hears about a table that is refused as a whole."""
    who = somebody("quan.tri", PersonRole.ADMINISTRATOR, COMMUNE)
    with province.house.writing() as unit, pytest.raises(Unacceptable) as refused:
        import_sites(unit, text, who=who, now=province.now)
    with province.house.reading() as unit:
        assert list_sites(unit, ["dt"], now=province.now) == ()
    return refused.value.why


def test_a_table_plans_its_places(province: Province) -> None:
    """Zones, coordinates and quotas are read; `like` copies the rest, never the coordinates; again changes nothing."""
    assert load(province, GOOD) == Planned(added=2, changed=0, unchanged=0)
    with province.house.reading() as unit:
        market = site_named(unit, "my-phong-cho", now=province.now)
        temple = site_named(unit, "my-phong-dinh", now=province.now)
    assert market.title == "Cụm loa Chợ, Mỹ Phong"
    assert [(z.name, z.title, z.relay_pin) for z in market.template.zones] == [
        ("san", "Sân chợ", 17),
        ("duong", "duong", 27),
    ]
    assert (market.template.latitude_deg, market.template.longitude_deg) == (10.36, 106.36)
    assert temple.template.zones == market.template.zones
    assert temple.template.policy.max_minutes_per_day == 90
    assert temple.template.latitude_deg is None
    assert load(province, GOOD) == Planned(added=0, changed=0, unchanged=2)
    changed = load(province, GOOD.replace("Cụm loa Đình", "Cụm loa Đình làng"))
    assert changed == Planned(added=0, changed=1, unchanged=1)


def test_a_table_from_a_spreadsheet_with_semicolons_reads_the_same(province: Province) -> None:
    """The semicolons, the byte order mark and the Windows line ends of a spreadsheet are no fault."""
    text = f"\ufeffid;title;area\r\ncho;Cụm loa Chợ;{COMMUNE}\r\n\r\n"
    assert load(province, table_text(text.encode())) == Planned(added=1, changed=0, unchanged=0)


def test_every_fault_is_told_at_once_and_nothing_is_half_imported(province: Province) -> None:
    """Each faulty line is named with what to change; the good lines of the same table are not taken."""
    told = faults(
        province,
        "id,title,area,zones,latitude,longitude,max_minutes_per_day,like\n"
        f"tot,Tốt,{COMMUNE},san:17,,,,\n"
        f"Chợ Lớn,Sai mã,{COMMUNE},,,,,\n"
        f"b,,{COMMUNE},,,,,\n"
        "c,Sai địa bàn,dt//x,,,,,\n"
        "d,Không có địa bàn,dt/my-phong/ap-9,,,,,\n"
        "e,Ngoài quyền,dt/tan-hoi,,,,,\n"
        f"f,Sai vùng,{COMMUNE},san:99,,,,\n"
        f"g,Trùng chân,{COMMUNE},san:17|duong:17,,,,\n"
        f"h,Nửa tọa độ,{COMMUNE},,10.3,,,\n"
        f"i,Sai tọa độ,{COMMUNE},,10.3,nan,,\n"
        f"j,Sai phút,{COMMUNE},,,,9999,\n"
        f"tot,Trùng mã,{COMMUNE},,,,,\n"
        f"k,Giống ai,{COMMUNE},,,,,khong-co\n"
        f"l,Vòng,{COMMUNE},,,,,m\n"
        f"m,Vòng,{COMMUNE},,,,,l\n"
        f"n,Thừa ô,{COMMUNE},,,,,,thừa\n",
    ).splitlines()
    lines = [fault.partition(":")[0] for fault in told]
    assert sorted(set(lines), key=lambda t: int(t[5:])) == [f"Dòng {n}" for n in range(3, 18)]
    assert any("đã có ở dòng 2" in fault for fault in told)
    assert any("vòng tròn" in fault for fault in told)
    assert any("không có quyền" in fault for fault in told)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "trống"),
        ("id,title\n", "Thiếu cột area"),
        ("id,title,area,vung\nx,y,dt,z\n", "Không có cột “vung”"),
        ("id,id,title,area\nx,x,y,dt\n", "lặp lại"),
        ("id,title,area\n", "chưa có vị trí"),
        ("id,title,area\n" + "x,y,dt\n" * 5_001, "chia nhỏ"),
        ("id,title,area\nx," + "y" * 140_000 + ",dt\n", "không đọc được"),
        ("id,title,area\nx,y\0y,dt\n", "tên vị trí"),
    ],
)
def test_a_table_without_sense_is_refused_whole(province: Province, text: str, word: str) -> None:
    """A head that is wrong, an empty or a huge table is one sentence."""
    assert word in faults(province, text)


def test_other_encodings_are_refused_with_the_way_out() -> None:
    """What is no UTF-8 is not guessed at."""
    with pytest.raises(Unacceptable, match="CSV UTF-8"):
        table_text("id,title,area\nx,Chợ,dt\n".encode("utf-16"))


def test_like_keeps_wiring_and_staff(province: Province) -> None:
    """A table gives no inputs and staff itself: it takes them from a place that was planned with them."""
    whole = Template(
        zones=(Zone(name="san", title="Sân", relay_pin=17),),
        inputs=(Input(name="cua", title="Cửa", kind=InputKind.DOOR, pin=6),),
        staff=(StaffPin(name="Trực đài", verifier="$argon2id$x"),),
    )
    with province.house.writing() as unit:
        draft = SiteDraft(id="mau", title="Mẫu", area=COMMUNE, template=whole)
        plan_site(unit, draft, who=None, now=province.now)
    load(province, f"id,title,area,like\nmoi,Mới,{HAMLET},mau\n")
    with province.house.reading() as unit:
        assert template_in(site_row(unit, "moi")) == whole
        shown = site_named(unit, "moi", now=province.now).template
    assert [(p.name, p.verifier) for p in shown.staff] == [("Trực đài", "")]


def test_what_does_not_fit_what_it_is_like_is_told(province: Province) -> None:
    """Zones on a pin that the copied wiring uses are a fault of that line."""
    whole = Template(inputs=(Input(name="cua", title="Cửa", kind=InputKind.DOOR, pin=6),))
    with province.house.writing() as unit:
        draft = SiteDraft(id="mau", title="Mẫu", area=COMMUNE, template=whole)
        plan_site(unit, draft, who=None, now=province.now)
    with province.house.reading() as unit:
        found = outline(unit, f"id,title,area,zones,like\nmoi,Mới,{HAMLET},a:6,mau\n", who=None)
    assert [fault.startswith("Dòng 2: các cột không hợp nhau") for fault in found.faults] == [True]


def test_a_table_does_not_change_a_place_with_an_appliance(province: Province) -> None:
    """Where an appliance stands only a new assignment changes anything; the unchanged line is no fault."""
    crew = Crew(province)
    crew.enrol()
    same = f"id,title,area,zones\n{SITE},Cụm loa {SITE},{HAMLET},san:17:Sân chợ\n"
    assert load(province, same).unchanged == 1
    with pytest.raises(Unacceptable, match="đã có máy"):
        load(province, same.replace(f"Cụm loa {SITE}", "Tên khác"))
    draft = SiteDraft(id=SITE, title="Tên khác", area=HAMLET)
    with province.house.writing() as unit, pytest.raises(Conflict):
        plan_site(unit, draft, who=None, now=province.now)


def test_the_columns_are_documented() -> None:
    """Each column stands in the module's own description."""
    import central.domain.site_csv as module  # noqa: PLC0415  only its words are wanted

    assert all(column in (module.__doc__ or "") for column in COLUMNS)
    assert read_table("id,title,area\nx,y,dt\n").faults == ()
