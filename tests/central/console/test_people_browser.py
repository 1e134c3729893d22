"""People, areas and the account in a real browser: a merge with its papers signed, a phone's second factor.

Pictures are saved where `CONSOLE_PICTURES` names a folder.
"""

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from central.domain.people import PersonRole
from central.services import device_named
from contract.documents import Role
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.stage import PASSPHRASE, Stage
from tests.central.serving import Served
from tests.central.setting import real_now
from tests.central.test_people_factor import Phone

PICTURES = os.environ.get("CONSOLE_PICTURES")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
pytestmark = pytest.mark.timeout(180)


class Scene:
    """A served province with five appliances, and an administrator whose key may assign."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder / "site")
        self.stage.fill_people()
        self.stage.fill_units()
        key = self.stage.person_key()
        self.stage.authority.add_key(Role.ASSIGN, holder="Nguyễn Thị Lan", key=key)
        province = self.stage.province
        province.keep_keyring()
        for number, role in enumerate(PersonRole):
            province.person(f"nguoi.{number}", role, area="dt/my-phong")
        province.house.close()
        self.key = self.stage.key_file(folder / "lan.pem", passphrase=PASSPHRASE)
        self.served = Served(folder / "site" / "central.toml", self.stage.authority)
        self.served.start()


@pytest.fixture(scope="module", params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desk's."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def scene(width: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A province of its own for each width."""
    scene = Scene(tmp_path_factory.mktemp(f"people-{width}"))
    yield scene
    scene.served.stop()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium, ended before the server."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The province's administrator, signed in, with a key in the browser."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in()
        found.import_key(scene.key, PASSPHRASE)
        yield found
        assert found.complaints == []


def look(found: Desk, name: str, width: int) -> None:
    """Check the page by our own eyes' rules and by axe's, and save its picture where asked."""
    page = found.page
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(page) == [], name
    assert axe_faults(page) == [], name


def axe_faults(page: Page) -> list[str]:
    """Return what axe finds."""
    page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, rules)", RULES)
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result["violations"]]


def test_an_administrator_invites_and_manages(lan: Desk, width: int) -> None:
    """List, form, one-time password and the person's page are fit to use on phone and desk."""
    page = lan.open("/people")
    expect(page.get_by_role("heading", name="Người dùng", exact=True)).to_be_visible()
    look(lan, "people", width)
    page.get_by_role("link", name="Mời người mới").click()
    page.get_by_label("Họ tên").fill("Trần Thị Y Tế")
    page.get_by_label("Tên đăng nhập").fill("tram.yte")
    page.get_by_role("textbox", name="Đơn vị").fill("Trạm y tế Mỹ Phong")
    page.get_by_label("Thuộc địa bàn").select_option("dt/my-phong")
    page.get_by_label("cộng tác viên").check()
    look(lan, "person-new", width)
    page.get_by_role("button", name="Tạo tài khoản").click()
    expect(page.get_by_role("heading", name="Mật khẩu dùng một lần")).to_be_visible()
    look(lan, "person-password", width)
    page.get_by_role("link", name="Tôi đã đưa").click()
    expect(page.get_by_role("heading", name="Trần Thị Y Tế")).to_be_visible()
    look(lan, "person", width)


def test_a_tree_is_rearranged_and_papers_are_signed(lan: Desk, scene: Scene, width: int) -> None:
    """From the tree to the preview, the merge, and the signed papers of the appliances, by one person."""
    page = lan.open("/areas?at=dt")
    expect(page.get_by_role("heading", name="Tỉnh Đồng Tháp")).to_be_visible()
    page.locator(".tree summary").first.press("Enter")
    expect(page.get_by_role("link", name="Khu phố 1")).to_be_visible()
    look(lan, "areas", width)
    page.get_by_role("link", name="Xã Tân Hội").click()
    page.get_by_role("link", name="Sáp nhập hoặc chuyển").click()
    page.get_by_role("checkbox", name="Xã Thới Sơn").check()
    page.get_by_label("Tên địa bàn mới").fill("Xã Tân Sơn")
    page.get_by_label("Mã đường dẫn mới").fill("dt/tan-son")
    look(lan, "area-merge", width)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("heading", name="Sẽ xảy ra")).to_be_visible()
    look(lan, "area-merge-seen", width)
    page.get_by_role("button", name="Làm đúng như trên").click()
    expect(page.get_by_text("Còn cụm loa mang địa bàn cũ.")).to_be_visible()
    look(lan, "area-merged", width)
    page.get_by_role("link", name="Xem danh sách").click()
    expect(page.get_by_text("Cụm loa Ngã ba Tân Hội").first).to_be_visible()
    look(lan, "areas-reassign", width)
    page.get_by_role("button", name="Ký giao lại cả 2 cụm").click()
    page.get_by_role("button", name="Ký tất cả").click()
    expect(page.get_by_text("đã giao lại")).to_have_count(2)
    lan.open("/areas/reassign")
    expect(page.get_by_text("Không còn cụm loa nào.")).to_be_visible()
    told = {
        device_named_at(scene, unit.device) for unit in scene.stage.units if "tan-hoi" in unit.area
    }
    assert told == {"dt/tan-son/ap-1", "dt/tan-son/ap-2"}
    lan.open("/areas/import")
    look(lan, "areas-import", width)
    lan.open("/areas/split?at=dt/my-phong")
    look(lan, "area-split", width)
    lan.open("/audit")
    expect(page.get_by_text("sáp nhập địa bàn").first).to_be_attached()
    look(lan, "audit", width)


def device_named_at(scene: Scene, device: str) -> str:
    """Return where an appliance stands now, by the same files the server has."""
    province = scene.stage.province
    province.reopen()
    with province.house.reading() as unit:
        found = device_named(unit, device, now=province.now)
    province.house.close()
    return found.area


def test_a_phone_becomes_the_second_step(browser: Browser, scene: Scene, width: int) -> None:
    """Scanning, confirming, keeping the codes, and signing in with a code, by keyboard alone where it matters."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in("nguoi.3")
        page = found.open("/account")
        page.get_by_label("Nhập lại mật khẩu để bắt đầu").fill("mật khẩu đủ dài")
        look(found, "account", width)
        page.get_by_role("button", name="Bật xác thực hai lớp").click()
        page.get_by_text("Không quét được?").click()
        phone = Phone(page.locator("#factor-secret").inner_text())
        look(found, "account-qr", width)
        page.get_by_label("Mã sáu số").fill(phone.code(real_now()))
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Mã khôi phục của bạn")).to_be_visible()
        look(found, "account-codes", width)
        code = page.locator("#recovery-codes").inner_text().split()[0]
        page.get_by_role("link", name="Tôi đã cất các mã").click()
        page.context.clear_cookies()
        page = found.open("/account")
        page.get_by_label("Tên đăng nhập").fill("nguoi.3")
        page.get_by_label("Mật khẩu").fill("mật khẩu đủ dài")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Mã xác thực")).to_be_visible()
        look(found, "sign-in-code", width)
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/account")
        expect(page.get_by_text("Còn 9 mã khôi phục")).to_be_visible()
        assert found.complaints == []
