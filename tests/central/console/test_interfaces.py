"""The page of other systems: tokens and addresses are made, shown once and ended; looked at in a real browser."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from central.domain.people import PersonRole
from central.domain.webhooks import CHOICES
from central.services.tokens import list_tokens
from central.services.webhook_sending import send_webhooks
from central.services.webhooks import WebhookAsked, create_webhook, list_webhooks, try_webhook
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.visiting import Visit
from tests.central.serving import Served
from tests.central.setting import COMMUNE, OTHER, Province, real_now

PICTURES = os.environ.get("TIENGLANG_PICTURES")
TOKEN: dict[str, str | list[str]] = {
    "name": "Cổng tỉnh",
    "area": COMMUNE,
    "days": "30",
    "scope": ["read:plays"],
}
HOOK: dict[str, str | list[str]] = {
    "name": "Trực ban",
    "area": "dt",
    "url": "https://example.org/hook",
    "event": ["plays.short", "appliances.lost"],
}


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody who is signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    visit.sign_in(name)
    return visit


@pytest.fixture
def lan(province: Province) -> Visit:
    """An administrator of the province at the page."""
    found = visitor(province, "lan", PersonRole.ADMINISTRATOR)
    found.get("/interfaces")
    return found


def test_a_token_is_shown_once_and_revoked(province: Province, lan: Visit) -> None:
    """The answer that makes it shows it, no later page does; revoked it stays in the list as such."""
    answer = lan.post("/interfaces/tokens", TOKEN)
    assert answer.status_code == 201
    assert answer.text.count("tlk_") >= 2
    again = lan.get("/interfaces").text
    assert 'id="token-secret"' not in again
    assert "Cổng tỉnh" in again
    with province.house.reading() as unit:
        (state,) = list_tokens(unit, ["dt"], now=province.now)
    assert state.expires == province.now + timedelta(days=30)
    done = lan.post(f"/interfaces/tokens/{state.id}/revoke")
    assert done.headers["location"] == "/console/interfaces?done=revoked"
    assert "đã thu hồi" in lan.get("/interfaces?done=revoked").text


def test_what_is_not_taken_is_still_there_to_mend(lan: Visit) -> None:
    """A token without scopes or an address that is none is refused in words, and what was typed stays."""
    answer = lan.post("/interfaces/tokens", {**TOKEN, "scope": []})
    assert answer.status_code == 422
    assert "ít nhất một phạm vi" in answer.text
    assert 'value="Cổng tỉnh"' in answer.text
    assert lan.post("/interfaces/tokens", {**TOKEN, "days": "x"}).status_code == 422
    answer = lan.post("/interfaces/webhooks", {**HOOK, "url": "ftp://x"})
    assert answer.status_code == 422
    assert 'value="ftp://x"' in answer.text


def test_an_address_is_made_tried_switched_and_removed(province: Province, lan: Visit) -> None:
    """Its secret is shown once; a test is written down; off and on again; then it is gone with its deliveries."""
    assert "whsec_" in lan.post("/interfaces/webhooks", HOOK).text
    assert "whsec_" not in lan.get("/interfaces").text
    with province.house.reading() as unit:
        (hook,) = list_webhooks(unit, ["dt"])
    path = f"/interfaces/webhooks/{hook.id}"
    assert "Chưa có tin nào" in lan.get(path).text
    assert lan.post(f"{path}/test").headers["location"] == f"/console{path}?done=tested"
    assert "chờ gửi" in lan.get(path).text
    assert "whsec_" in lan.post(f"{path}/secret").text
    lan.get("/interfaces")
    for deed, word in (("off", "đang tắt"), ("on", "đang bật")):
        assert lan.post(f"{path}/{deed}").status_code == 303
        assert word in lan.get("/interfaces").text
    assert lan.post(f"{path}/nonsense").status_code == 422
    lan.get("/interfaces")
    assert lan.post(f"{path}/delete").status_code == 303
    assert lan.get(path).status_code == 404


def test_a_communes_administrator_sees_its_own(province: Province, lan: Visit) -> None:
    """Another's tokens and addresses are neither shown nor touched; who administers nothing is turned away."""
    lan.post("/interfaces/tokens", {**TOKEN, "name": "Của xã khác", "area": OTHER})
    lan.get("/interfaces")
    lan.post("/interfaces/webhooks", {**HOOK, "name": "Của tỉnh"})
    with province.house.reading() as unit:
        (token,) = list_tokens(unit, ["dt"], now=province.now)
        (hook,) = list_webhooks(unit, ["dt"])
    binh = visitor(province, "binh", PersonRole.ADMINISTRATOR, area=COMMUNE)
    text = binh.get("/interfaces").text
    assert "Của xã khác" not in text
    assert "Của tỉnh" not in text
    assert binh.post(f"/interfaces/tokens/{token.id}/revoke").status_code == 403
    binh.get("/interfaces")
    assert binh.post("/interfaces/tokens", {**TOKEN, "area": OTHER}).status_code == 403
    for deed in ("test", "off", "delete", "secret"):
        binh.get("/interfaces")
        assert binh.post(f"/interfaces/webhooks/{hook.id}/{deed}").status_code == 403, deed
    assert binh.get(f"/interfaces/webhooks/{hook.id}").status_code == 403
    editor = visitor(province, "sua", PersonRole.EDITOR)
    assert editor.get("/interfaces").status_code == 403


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province with tokens, an address that cannot be reached, and what was sent to it."""
    folder = tmp_path_factory.mktemp("interfaces")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    who = province.person("lan.nguyen", *PersonRole)
    visit = Visit(province.house)
    visit.sign_in("lan.nguyen")
    visit.get("/interfaces")
    visit.post("/interfaces/tokens", {**TOKEN, "name": "Cổng thông tin điện tử của tỉnh"})
    asked = WebhookAsked(
        name="Trực ban phòng chống thiên tai",
        area="dt",
        url="https://10.0.0.8/tienglang/su-kien?nguon=he-thong-thong-tin-nguon&tinh=dong-thap",
        events=CHOICES,
    )
    with province.house.writing() as unit:
        made = create_webhook(unit, asked, who=who, now=province.now)
        try_webhook(unit, made.webhook.id, who=who, now=province.now)
    send_webhooks(province.house, province.now, look=lambda _host, _port: ["10.0.0.8"])
    province.house.close()
    served = Served(folder / "site" / "central.toml", authority)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def browser(scene: Served) -> Iterator[Browser]:
    """One Chromium, ended before the server."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_pages_are_fit_to_read_on_a_phone_and_a_desk(
    browser: Browser, scene: Served, width: int
) -> None:
    """Both pages fit, name their controls and are dark enough; a token is made by keyboard and shown to be copied."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        page = found.open("/interfaces")
        look(found, "interfaces", width)
        page.get_by_text("Tạo mã truy cập").click()
        page.get_by_label("Tên hệ thống").first.fill("Máy chủ giám sát")
        page.get_by_label("xem cụm loa và tình trạng").press("Space")
        page.get_by_label("xem lượt phát và thống kê").press("Space")
        look(found, "interfaces-form", width)
        page.get_by_role("button", name="Tạo mã", exact=True).press("Enter")
        expect(
            page.get_by_role("heading", name="Mã truy cập mới của Máy chủ giám sát")
        ).to_be_visible()
        look(found, "interfaces-new", width)
        page.get_by_role("link", name="Trực ban phòng chống thiên tai").click()
        expect(page.get_by_text("mạng nội bộ")).to_be_visible()
        look(found, "interfaces-deliveries", width)
        page.goto(f"{scene.url}/api/v1/reference")
        expect(page.get_by_role("heading", name="Tiếng Làng")).to_be_visible()
        look(found, "interfaces-reference", width)
        assert found.complaints == []


def look(found: Desk, name: str, width: int) -> None:
    """Check a page, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == [], name
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")
