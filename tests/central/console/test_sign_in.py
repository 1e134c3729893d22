"""Signing in and out, and the language."""

from datetime import timedelta

import pytest

from central.domain.people import PersonRole
from tests.central.console.visiting import Visit
from tests.central.setting import Province


@pytest.fixture
def visit(province: Province) -> Visit:
    """Somebody at the door; `lan` has an account."""
    province.person("lan", PersonRole.VIEWER)
    return Visit(province.house)


def test_a_page_asks_who_you_are(visit: Visit) -> None:
    """Whoever is not signed in is sent to the form and afterwards to the page they wanted."""
    answer = visit.get("/contents")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/console/sign-in?next=/console/contents"
    visit.ask("GET", "/sign-in?next=/console/contents")
    form = {"name": "lan", "password": "mật khẩu đủ dài", "next": "/console/contents"}
    assert visit.post("/sign-in", form).headers["location"] == "/console/contents"
    assert visit.get("/contents").status_code == 200


def test_a_script_is_told_and_not_sent_away(visit: Visit) -> None:
    """A script whose session is over gets 401 and a sentence, not a page."""
    answer = visit.ask("GET", "/fleet", headers={"accept": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["error"] == "not-signed-in"


def test_nobody_learns_who_has_an_account(visit: Visit) -> None:
    """A wrong password, an unknown name and a locked account get one and the same answer."""
    answers = []
    for name in ["lan", "nobody", *["lan"] * 6]:
        visit.get("/sign-in")
        answer = visit.post("/sign-in", {"name": name, "password": "đoán bừa thôi"})
        answers.append((answer.status_code, answer.text.replace(f'value="{name}"', "")))
    assert {status for status, _ in answers} == {401}
    assert len({text for _, text in answers}) == 1
    assert "Nhập sai 5 lần thì khóa 15 phút" in answers[0][1]


def test_a_locked_account_opens_again(visit: Visit, province: Province) -> None:
    """After five wrong passwords the right one does not help either, until a quarter of an hour is over."""
    for _ in range(5):
        assert visit.sign_in("lan", "đoán bừa thôi").status_code == 401
    assert visit.sign_in("lan").status_code == 401
    province.clock.pass_by(timedelta(minutes=16))
    assert visit.sign_in("lan").status_code == 303


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/console/../evil",
        "/other",
        "/console/\r\nx: y",
        "",
    ],
)
def test_the_door_leads_only_into_the_house(visit: Visit, target: str) -> None:
    """After signing in nobody is sent to another site, whatever the address said."""
    visit.get("/sign-in")
    answer = visit.post("/sign-in", {"name": "lan", "password": "mật khẩu đủ dài", "next": target})
    assert answer.headers["location"].startswith("/console/")
    assert "evil" not in answer.headers["location"]


def test_a_form_from_elsewhere_signs_nobody_in(visit: Visit) -> None:
    """The form's own token belongs to this browser: without it even the right password is refused."""
    visit.get("/sign-in")
    visit.csrf = "0" * 64
    answer = visit.post("/sign-in", {"name": "lan", "password": "mật khẩu đủ dài"})
    assert answer.status_code == 403
    assert "tienglang" not in visit.cookies


def test_signing_out_ends_the_session(visit: Visit) -> None:
    """After signing out the old cookie is worth nothing."""
    visit.sign_in("lan")
    kept = dict(visit.cookies)
    assert visit.post("/sign-out").status_code == 303
    visit.cookies = kept
    assert visit.get("/key").status_code == 303


def test_the_language_is_remembered(visit: Visit) -> None:
    """Vietnamese comes first; one press and the pages speak English, also to scripts."""
    assert "Đăng nhập" in visit.get("/sign-in").text
    answer = visit.post("/language", {"language": "en", "back": "/console/sign-in"})
    assert answer.headers["location"] == "/console/sign-in"
    assert "Sign in" in visit.get("/sign-in").text
    visit.sign_in("lan")
    page = visit.get("/key").text
    assert '<html lang="en">' in page
    assert "My signing key" in page
