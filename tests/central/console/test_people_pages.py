"""The pages of people, the area tree and the audit log, as a commune's and a province's administrator use them."""

import re

import pytest

from central.domain.people import Grant, Person, PersonRole, Profile
from central.services import area_named, sign_in
from central.services.areas import with_predecessors
from central.services.people_accounts import invite as invite_verb
from central.services.people_reading import list_people
from tests.central.console.visiting import Visit
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    assert visit.sign_in(name).status_code == 303
    return visit


@pytest.fixture
def boss(province: Province) -> Visit:
    """The province's administrator."""
    return visitor(province, "boss", PersonRole.ADMINISTRATOR)


@pytest.fixture
def mayor(province: Province) -> Visit:
    """A commune's administrator."""
    return visitor(province, "mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)


def invite(visit: Visit, name: str, area: str = COMMUNE, *roles: str) -> tuple[int, str]:
    """Invite through the form; return the id and the one-time password."""
    visit.get("/people/new")
    form: dict[str, str | list[str]] = {
        "name": name,
        "full_name": "Trần Văn Mới",
        "department": "Trạm y tế",
        "email": "",
        "area": area,
        "role": list(roles),
    }
    answer = visit.post("/people/new", form)
    assert answer.status_code == 200, answer.text
    password = re.search(r'id="one-time">([^<]+)<', answer.text)
    person = re.search(r'href="/console/people/(\d+)"', answer.text)
    assert password is not None
    assert person is not None
    return int(person[1]), password[1]


def test_an_administrator_invites_and_sees_the_person(province: Province, mayor: Visit) -> None:
    """The password is shown once; the person stands in the list and on a page of their own with their roles."""
    person, password = invite(mayor, "tram.yte", COMMUNE, "contributor", "viewer")
    with province.house.writing() as unit:
        assert not hasattr(sign_in(unit, "tram.yte", password, now=province.now), "why")
    listed = mayor.get("/people").text
    assert "Trần Văn Mới" in listed
    assert "cộng tác viên" in listed
    assert password not in mayor.get(f"/people/{person}").text
    assert "Trần Văn Mới" in mayor.get("/people?q=tran van&role=contributor").text
    assert "Không có ai khớp" in mayor.get("/people?q=khong-co").text


def test_a_bad_invitation_keeps_what_was_typed(mayor: Visit) -> None:
    """A refused form says why and is not empty."""
    mayor.get("/people/new")
    form = {"name": "Tên Có Dấu", "full_name": "Trần Giữ Lại", "area": COMMUNE}
    answer = mayor.post("/people/new", form)
    assert answer.status_code == 422
    assert "Trần Giữ Lại" in answer.text
    assert "chữ thường không dấu" in answer.text
    foreign = mayor.post("/people/new", {"name": "la", "full_name": "Lạ", "area": OTHER})
    assert "không có quyền" in foreign.text


def test_every_deed_of_an_account(province: Province, boss: Visit, mayor: Visit) -> None:
    """Saving, granting, revoking, locking, opening and a new password each answer with what was done."""
    person, _ = invite(mayor, "moi", COMMUNE, "viewer")
    at = f"/people/{person}"
    mayor.get(at)
    deeds: list[tuple[dict[str, str], str]] = [
        ({"deed": "save", "full_name": "Lê Đổi Tên", "area": HAMLET}, "saved"),
        ({"deed": "grant", "role": "editor", "area": HAMLET}, "granted"),
        ({"deed": "revoke", "grant": f"editor {HAMLET}"}, "revoked"),
        ({"deed": "disable"}, "disabled"),
        ({"deed": "enable"}, "enabled"),
    ]
    for form, done in deeds:
        answer = mayor.post(at, form)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/console/people/{person}?done={done}",
        )
    assert "Chỉ hiện một lần" in mayor.post(at, {"deed": "password"}).text
    for form, status in (
        ({"deed": "factor"}, 422),
        ({"deed": "la"}, 422),
        ({"deed": "grant", "role": "la", "area": COMMUNE}, 422),
        ({"deed": "grant", "role": "viewer", "area": OTHER}, 422),
    ):
        assert mayor.post(at, form).status_code == status
    last = mayor.post(at, {"deed": "revoke", "grant": f"viewer {COMMUNE}"})
    assert last.status_code == 303
    log = boss.get("/audit?by=mayor").text
    for word in ("mời người dùng", "cấp quyền", "rút quyền", "khóa tài khoản", "đặt lại mật khẩu"):
        assert word in log
    assert "<del>Trần Văn Mới</del>" in log
    assert "<ins>Lê Đổi Tên</ins>" in log


def test_a_long_list_of_people_goes_on(province: Province, mayor: Visit) -> None:
    """After fifty names the page links to the next ones, and keeps the filter."""
    with province.house.writing() as unit:
        who = list_people(unit, who=_mayor(), now=province.now)[0]
        assert who.name == "mayor"
        for n in range(52):
            invite_verb(
                unit,
                f"n{n:02}",
                profile=Profile(full_name=f"Người {n}", area=COMMUNE),
                who=_mayor(),
                now=province.now,
            )
    first = mayor.get("/people?q=nguoi").text
    onward = re.search(r'href="(/console/people\?[^"]*after=n49)"', first)
    assert onward is not None
    second = mayor.get(onward[1].removeprefix("/console").replace("&amp;", "&")).text
    assert "Người 51" in second
    assert "Người 49<" not in second


def _mayor() -> Person:
    return Person(id=0, name="mayor", grants=(Grant(role=PersonRole.ADMINISTRATOR, area=COMMUNE),))


def test_pages_of_people_are_for_administrators(province: Province) -> None:
    """An editor has no page of people and none of the audit log; a stranger has nothing."""
    editor = visitor(province, "bien.tap", PersonRole.EDITOR, area=COMMUNE)
    stranger = Visit(province.house)
    for path in (
        "/people",
        "/people/new",
        "/people/1",
        "/audit",
        "/audit/audit.csv",
        "/areas/import",
    ):
        assert editor.get(path).status_code in {403, 404}, path
        assert stranger.get(path).status_code == 303, path
    assert editor.get("/areas").status_code == 200
    assert editor.get(f"/areas?at={OTHER}").status_code == 403


def test_the_tree_is_walked_named_and_added_to(province: Province, boss: Visit) -> None:
    """A page shows a part of the tree; names and codes change on it, and areas are added below."""
    page = boss.get("/areas?at=dt").text
    assert "Xã Mỹ Phong" in page
    assert "Ấp 1" in page
    form = {"deed": "rename", "at": COMMUNE, "name": "Phường Mỹ Phong", "code": "29869"}
    boss.post("/areas", {**form, "since": "2025-07-01"})
    boss.post("/areas", {"deed": "add", "at": COMMUNE, "segment": "ap-2", "name": "Ấp 2"})
    inner = boss.get(f"/areas?at={COMMUNE}&done=added").text
    for word in ("Phường Mỹ Phong", "29869", "từ 01/07/2025", "Ấp 2", "Đã thêm địa bàn", "đổi tên"):
        assert word in inner
    assert "Ấp 2" in boss.get("/areas?q=ap 2").text
    assert "Không có địa bàn nào khớp" in boss.get("/areas?q=zzz").text
    boss.post("/areas", {"deed": "close", "at": f"{COMMUNE}/ap-2"})
    assert "Ấp 2" not in boss.get(f"/areas?at={COMMUNE}").text
    assert "Ấp 2" in boss.get(f"/areas?at={COMMUNE}&closed=yes").text
    assert boss.post("/areas", {"deed": "la", "at": "dt"}).status_code == 422


def test_a_merge_is_seen_and_then_done(province: Province, boss: Visit) -> None:
    """The preview tells what closes and what stays; doing it does exactly that and lists what to reassign."""
    province.appliance("Cụm loa chợ", HAMLET)
    boss.get(f"/areas/merge?at={COMMUNE}")
    form: dict[str, str | list[str]] = {
        "at": COMMUNE,
        "source": [OTHER],
        "into": "",
        "path": "dt/my-tan",
        "name": "Xã Mỹ Tân",
        "code": "30001",
        "day": "2026-12-01",
        "why": "Nghị quyết 1",
    }
    seen = boss.post("/areas/merge", form).text
    assert "Sẽ xảy ra" in seen
    assert "dt/my-tan/ap-1" in seen
    with province.house.reading() as unit:
        assert not area_named(unit, COMMUNE).closed
    for bad in ({**form, "name": ""}, {**form, "path": "kg/x"}, {**form, "day": "hôm qua"}):
        assert boss.post("/areas/merge", bad).status_code == 422
    done = boss.post("/areas/merge", {**form, "take": "yes"})
    assert done.headers["location"] == "/console/areas?at=dt/my-tan&done=merged"
    page = boss.get("/areas?at=dt/my-tan").text
    assert "Còn cụm loa mang địa bàn cũ" in page
    assert "sáp nhập" in page
    left = boss.get("/areas/reassign?at=dt/my-tan").text
    assert "Cụm loa chợ" in left
    assert "dt/my-tan/ap-1" in left
    old = boss.get(f"/areas?at={COMMUNE}").text
    assert "Địa bàn này đã đóng từ 01/12/2026" in old
    assert "Nơi kế tục: Xã Mỹ Tân" in old
    with province.house.reading() as unit:
        assert with_predecessors(unit, "dt/my-tan") == ("dt/my-tan", COMMUNE, OTHER)


def test_a_split_is_seen_and_then_done(province: Province, boss: Visit) -> None:
    """Each area below is put into one part; the preview comes first."""
    boss.post("/areas", {"deed": "add", "at": COMMUNE, "segment": "ap-2", "name": "Ấp 2"})
    boss.get(f"/areas/split?at={COMMUNE}")
    form = {
        "at": COMMUNE,
        "name-1": "Xã Mỹ Bắc",
        "segment-1": "my-bac",
        "name-2": "Xã Mỹ Nam",
        "segment-2": "my-nam",
        f"child:{HAMLET}": "1",
        f"child:{COMMUNE}/ap-2": "2",
        "day": "2026-12-01",
    }
    seen = boss.post("/areas/split", form).text
    assert "Sẽ xảy ra" in seen
    assert boss.post("/areas/split", {**form, f"child:{HAMLET}": "3"}).status_code == 422
    done = boss.post("/areas/split", {**form, "take": "yes"})
    assert done.headers["location"] == "/console/areas?at=dt&done=split"
    with province.house.reading() as unit:
        assert area_named(unit, HAMLET).successor == "dt/my-bac/ap-1"


def test_a_table_is_seen_and_then_imported(province: Province, boss: Visit) -> None:
    """The difference stands on the page before anything changes; what was exported reads back."""
    table = boss.get("/areas/export.csv").text
    changed = table.replace("Xã Tân Hội", "Phường Tân Hội") + f"{OTHER}/ap-1,Ấp 1,,,,\n"
    boss.get("/areas/import")
    seen = boss.post("/areas/import", {"text": changed}).text
    assert "Bảng đúng: thêm 1, đổi 1, như cũ 3" in seen
    assert "<del>Xã Tân Hội</del>" in seen
    assert boss.post("/areas/import", {"text": "sai"}).status_code == 422
    assert boss.post("/areas/import", {"text": changed, "take": "yes"}).status_code == 303
    assert "không đổi gì" in boss.post("/areas/import", {"text": changed}).text


def test_the_audit_page_filters_and_exports(province: Province, boss: Visit, mayor: Visit) -> None:
    """Filters stay in the links; the export is what the filters show; a commune sees only its own."""
    for n in range(60):
        boss.post("/areas", {"deed": "add", "at": OTHER, "segment": f"ap-{n}", "name": f"Ấp {n}"})
    first = boss.get("/audit?verb=add-area").text
    onward = re.search(r'href="/console(/audit\?verb=add-area&amp;before=\d+)"', first)
    assert onward is not None
    assert "Ấp 0" in boss.get(onward[1].replace("&amp;", "&")).text
    table = boss.get(f"/audit/audit.csv?verb=add-area&area={OTHER}")
    assert table.text.count("\n") == 62
    day = province.now.date().isoformat()
    assert "thêm địa bàn" in boss.get(f"/audit?day={day}&verb=add-area").text
    assert "Không có dòng nào khớp" in boss.get("/audit?day=2001-01-01").text
    assert "tan-hoi" not in mayor.get("/audit").text
    assert mayor.get(f"/audit?area={OTHER}").status_code == 403
    assert mayor.get(f"/audit/audit.csv?area={OTHER}").status_code == 403
