"""The account page and the steps at the door: own password, second factor, sessions."""

import re

import msgspec
import pytest

from central.domain.people import PersonRole, Profile
from central.services import add_person, grant
from central.services.people_accounts import invite
from tests.central.console.visiting import Visit
from tests.central.setting import COMMUNE, PASSWORD, Province
from tests.central.test_people_factor import Phone

NEW = "bốn từ ghép lại dài"


@pytest.fixture
def lan(province: Province) -> Visit:
    """A commune's editor, signed in."""
    province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    visit = Visit(province.house)
    assert visit.sign_in("lan").status_code == 303
    return visit


def secret_of(text: str) -> str:
    """Return the secret that a page shows for typing in."""
    found = re.search(r'id="factor-secret">([A-Z2-7]+)<', text)
    assert found is not None
    return found[1]


def equip(province: Province, visit: Visit) -> tuple[Phone, list[str]]:
    """Set up a second factor on the account page."""
    visit.get("/account")
    begun = visit.post("/account/factor", {"password": PASSWORD, "deed": "begin"})
    assert begun.headers["location"] == "/console/account#factor"
    page = visit.get("/account").text
    assert "<svg" in page
    phone = Phone(secret_of(page))
    shown = visit.post("/account/factor", {"code": phone.code(province.now)})
    assert shown.status_code == 200
    codes = re.findall(r"\b[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}\b", shown.text)
    assert len(codes) == 10
    return phone, codes


def test_a_new_person_is_led_to_a_password_of_their_own(province: Province) -> None:
    """After the one-time password every page leads to choosing one; then the wanted page opens."""
    boss = province.person("boss", PersonRole.ADMINISTRATOR)
    profile = Profile(full_name="Lê Mới", area=COMMUNE)
    with province.house.writing() as unit:
        made = invite(
            unit, "moi", profile=profile, roles=(PersonRole.VIEWER,), who=boss, now=province.now
        )
    visit = Visit(province.house)
    visit.get("/sign-in")
    form = {"name": "moi", "password": made.password, "next": "/console/key"}
    assert visit.post("/sign-in", form).headers["location"] == "/console/key"
    assert "sign-in?next=/console/key" in visit.get("/key").headers["location"]
    led = visit.get("/sign-in?next=/console/key").headers["location"]
    assert led == "/console/sign-in/password?next=/console/key"
    page = visit.get("/sign-in/password?next=/console/key").text
    assert "Đặt mật khẩu của bạn" in page
    wrong = {"old": made.password, "new": NEW, "again": "khác", "next": "/console/key"}
    assert "không giống nhau" in visit.post("/sign-in/password", wrong).text
    short = {**wrong, "new": "ngắn", "again": "ngắn"}
    assert "ít nhất 10" in visit.post("/sign-in/password", short).text
    forged = visit.ask(
        "POST",
        "/sign-in/password",
        data={**wrong, "again": NEW, "csrf": "0" * 64},
        headers={"origin": "http://127.0.0.1:8000"},
    )
    assert forged.status_code == 403
    done = visit.post("/sign-in/password", {**wrong, "again": NEW})
    assert (done.status_code, done.headers["location"]) == (303, "/console/key")
    assert visit.get("/key").status_code == 200


def test_a_code_is_the_second_step(province: Province, lan: Visit) -> None:
    """With a second factor the door asks for the code; a wrong one is told, a right one opens."""
    phone, codes = equip(province, lan)
    other = Visit(province.house)
    other.get("/sign-in")
    asked = other.post("/sign-in", {"name": "lan", "password": PASSWORD})
    assert asked.headers["location"] == "/console/sign-in/code"
    assert other.get("/key").status_code == 303
    assert "Mã xác thực" in other.get("/sign-in/code").text
    assert "Mã không đúng" in other.post("/sign-in/code", {"code": "000000"}).text
    used = other.post("/sign-in/code", {"code": phone.code(province.now)})
    assert "Mã không đúng" in used.text
    assert other.post("/sign-in/code", {"code": codes[0]}).headers["location"] == "/console/"
    assert other.get("/account").status_code == 200
    assert "Còn 9 mã khôi phục" in other.get("/account").text


def test_a_sign_in_can_be_given_up(province: Province, lan: Visit) -> None:
    """Whoever is not the one with the phone starts over with another name."""
    equip(province, lan)
    other = Visit(province.house)
    other.get("/sign-in")
    other.post("/sign-in", {"name": "lan", "password": PASSWORD})
    other.get("/sign-in/code")
    assert other.post("/sign-in-again").headers["location"] == "/console/sign-in"
    assert other.get("/sign-in/code").headers["location"] == "/console/sign-in"
    assert other.get("/sign-in/la").headers["location"] == "/console/sign-in"
    assert other.post("/sign-in/code", {"code": "1"}).headers["location"] == "/console/sign-in"


def test_a_role_that_needs_it_sets_up_a_second_factor_first(province: Province) -> None:
    """Where the settings ask for it, the door leads through scanning, a code and the recovery codes."""
    house = province.house
    house.settings = msgspec.structs.replace(
        house.settings, second_factor_required=(PersonRole.EDITOR,)
    )
    newcomer = Visit(house)
    with house.writing() as unit:
        add_person(unit, "bien.tap", PASSWORD, who=None, now=province.now)
        grant(unit, "bien.tap", PersonRole.EDITOR, COMMUNE, who=None, now=province.now)
    newcomer.get("/sign-in")
    newcomer.post("/sign-in", {"name": "bien.tap", "password": PASSWORD})
    assert newcomer.get("/key").status_code == 303
    page = newcomer.get("/sign-in/factor").text
    assert "Bật xác thực hai lớp" in page
    assert newcomer.post("/sign-in/factor", {"password": "sai"}).status_code == 422
    newcomer.post("/sign-in/factor", {"password": PASSWORD})
    phone = Phone(secret_of(newcomer.get("/sign-in/factor").text))
    assert newcomer.post("/sign-in/factor", {"code": "000000"}).status_code == 422
    shown = newcomer.post("/sign-in/factor", {"code": phone.code(province.now)})
    assert "Tôi đã cất các mã, vào trang" in shown.text
    assert newcomer.get("/key").status_code == 200


def test_the_account_page_changes_profile_and_password(province: Province, lan: Visit) -> None:
    """Each form answers with what it did, or with what is wrong beside it."""
    page = lan.get("/account").text
    assert "biên tập viên" in page
    assert "Xã Mỹ Phong" in page
    saved = lan.post("/account/profile", {"full_name": "Nguyễn Thị Lan", "email": ""})
    assert saved.headers["location"] == "/console/account?done=profile"
    assert "Đã lưu hồ sơ" in lan.get("/account?done=profile").text
    bad = lan.post("/account/profile", {"full_name": "Lan", "email": "lan"})
    assert (bad.status_code, 'id="fault-profile"' in bad.text) == (422, True)
    for form, why in (
        ({"old": "sai", "new": NEW, "again": NEW}, "Mật khẩu không đúng"),
        ({"old": PASSWORD, "new": NEW, "again": "khác"}, "không giống nhau"),
        ({"old": PASSWORD, "new": "lan-1234567", "again": "lan-1234567"}, "dễ đoán"),
        ({"old": PASSWORD, "new": PASSWORD, "again": PASSWORD}, "phải khác"),
    ):
        assert why in lan.post("/account/password", form).text
    good = {"old": PASSWORD, "new": NEW, "again": NEW}
    assert lan.post("/account/password", good).status_code == 303
    assert lan.get("/account").status_code == 200
    assert lan.sign_in("lan", NEW).status_code == 303


def test_the_second_factor_is_renewed_and_taken_off(province: Province, lan: Visit) -> None:
    """New recovery codes and turning it off ask for the password; a wrong one is told."""
    _, codes = equip(province, lan)
    lan.get("/account")
    wrong = lan.post("/account/factor", {"password": "sai", "deed": "codes"})
    assert "Mật khẩu không đúng" in wrong.text
    again = lan.post("/account/factor", {"password": PASSWORD, "deed": "begin"})
    assert "đang bật; hãy tắt" in again.text
    fresh = lan.post("/account/factor", {"password": PASSWORD, "deed": "codes"}).text
    assert codes[0] not in fresh
    off = lan.post("/account/factor", {"password": PASSWORD, "deed": "end"})
    assert off.headers["location"] == "/console/account?done=factor-off"
    assert lan.sign_in("lan").headers["location"] == "/console/"


def test_sessions_are_shown_and_ended(province: Province, lan: Visit) -> None:
    """Another browser is listed and is out once it is ended, one by one or all at once."""
    for deed in ("one", "all"):
        other = Visit(province.house)
        other.sign_in("lan")
        page = lan.get("/account").text
        ids = re.findall(r'name="session" value="([0-9a-f]{16})"', page)
        assert len(ids) >= 1
        if deed == "one":
            for session in ids:
                lan.post("/account/sessions", {"session": session})
        else:
            assert "mọi nơi khác" in page
            lan.post("/account/sessions")
        assert other.get("/account").status_code == 303
        assert lan.get("/account").status_code == 200
