"""Installing in a real browser, on a phone and on a desk: scan, compare, sign in the browser, replace.

Pictures are saved where `CONSOLE_PICTURES` names a folder.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from central.services.commissionings import take_commissioning
from central.services.site_import import import_sites
from contract.documents import Role, StepResult
from contract.enrolment import Standing
from tests.central.calling import Caller
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.stage import PASSPHRASE, Stage
from tests.central.serving import Served
from tests.central.test_commissionings import report, sealed

PICTURES = os.environ.get("CONSOLE_PICTURES")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
CAMERA: Final = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
# Chromium on Linux has no BarcodeDetector: this one reads what the test holds before the camera.
READER: Final = """
window.held = [];
window.BarcodeDetector = class {
  static async getSupportedFormats() { return ["qr_code"]; }
  async detect(video) { return video.videoWidth ? window.held.map((rawValue) => ({ rawValue })) : []; }
};
"""
PLACES: Final = (
    "id,title,area,zones,latitude,longitude,max_minutes_per_day,like\n"
    "my-phong-cho,Cụm loa Chợ Mỹ Phong,dt/my-phong/kp-1,"
    "duong:17:Mặt đường|khu-dan-cu:27:Khu dân cư,10.36,106.36,90,\n"
    "my-phong-dinh,Cụm loa Đình Mỹ Phong,dt/my-phong/kp-2,,,,,my-phong-cho\n"
    "my-phong-ben-do,Cụm loa Bến đò,dt/my-phong/ap-my-thanh,,,,,my-phong-cho\n"
    "tan-hoi-cho,Cụm loa Chợ Tân Hội,dt/tan-hoi/ap-1,,,,,my-phong-cho\n"
    "tan-hoi-truong,Cụm loa Trường Tân Hội,dt/tan-hoi/ap-2,,,,,my-phong-cho\n"
)
pytestmark = pytest.mark.timeout(180)


class Scene:
    """A served province with planned places, and an installer whose key may assign."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder / "site")
        self.stage.fill_people()
        key = self.stage.person_key()
        self.stage.authority.add_key(Role.ASSIGN, holder="Nguyễn Thị Lan", key=key)
        self.stage.province.keep_keyring()
        with self.stage.province.house.writing() as unit:
            import_sites(unit, PLACES, who=None, now=self.stage.province.now)
        self.key = self.stage.key_file(folder / "lan.pem", passphrase=PASSPHRASE)
        self.served = Served(folder / "site" / "central.toml", self.stage.authority)
        self.served.start()

    def close(self) -> None:
        """Stop the server and close the files."""
        self.served.stop()
        self.stage.province.house.close()


@pytest.fixture(scope="module", params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desk's."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def scene(width: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A province of its own for each width."""
    scene = Scene(tmp_path_factory.mktemp(f"install-{width}"))
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium with a camera that shows a test picture."""
    with sync_playwright() as playwright:
        chromium = launch(playwright, *CAMERA)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The installer, signed in, with a key in the browser."""
    with desk(browser, scene.served.url, width) as found:
        found.page.add_init_script(READER)
        found.sign_in()
        found.import_key(scene.key, PASSPHRASE)
        yield found


@pytest.fixture(autouse=True)
def quiet_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail where a page threw, or the content policy refused something of ours."""
    yield
    if "lan" in request.fixturenames:
        found: Desk = request.getfixturevalue("lan")
        complaints, found.complaints = found.complaints, []
        assert complaints == []


def looked_at(found: Desk, name: str, width: int) -> None:
    """Check the page by our own eyes' rules and by axe's, and save its picture where asked."""
    page = found.page
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(page) == [], name
    page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert [
        f"{v['id']}: {n['html'][:160]}" for v in result["violations"] for n in v["nodes"]
    ] == [], name
    if PICTURES:
        found.shoot(Path(PICTURES) / f"install-{name}-{width}.png")


def sign(page: Page, button: str, *words: str) -> None:
    """Read the paper in the dialog, then sign it."""
    box = page.get_by_role("dialog")
    for word in words:
        expect(box).to_contain_text(word)
    box.get_by_role("button", name=button, exact=True).click()


def test_the_camera_reads_the_key_and_the_browser_signs(
    lan: Desk, scene: Scene, width: int
) -> None:
    """Scan, see the appliance call, compare six digits, sign: it is ours, and the page showed every step by itself."""
    caller = Caller(scene.served)
    page = lan.open("/install")
    looked_at(lan, "list", width)
    page.get_by_role("link", name="Cụm loa Chợ Mỹ Phong").click()
    expect(page.get_by_text("Vị trí này chưa có máy")).to_be_visible()
    looked_at(lan, "empty", width)
    page.get_by_role("button", name="Quét mã QR").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.evaluate("held = ['https://vi-du.vn']")
    expect(page.get_by_text("không phải của thiết bị Tiếng Làng")).to_be_visible()
    page.evaluate("text => { held = [text] }", caller.qr)
    expect(page.get_by_text("Đang chờ máy gọi về")).to_be_visible()
    looked_at(lan, "awaiting", width)
    assert caller.introduce().standing is Standing.MATCHED
    expect(page.locator(".digits")).to_have_text(caller.shown())
    looked_at(lan, "compare", width)
    page.get_by_role("button", name="Khớp – ký và giao máy").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    if PICTURES:
        (Path(PICTURES) / f"install-sign-{width}.png").write_bytes(page.screenshot())
    sign(page, "Ký và giao máy", "Giao máy cho vị trí", caller.device, "Mặt đường (chân 17)")
    expect(page.get_by_text("Đã ký và giao máy")).to_be_visible()
    assert caller.ask().standing is Standing.ASSIGNED
    looked_at(lan, "standing", width)
    now = datetime.now(UTC).replace(microsecond=0)
    whole = report(caller.key, now)
    bad = msgspec.structs.replace(whole.steps[5], result=StepResult.FAILED, why="không nghe")
    failed = msgspec.structs.replace(
        whole, steps=(*whole.steps[:5], bad, *whole.steps[6:]), ended=now - timedelta(hours=1),
        started=now - timedelta(hours=2),
    )  # fmt: skip
    for paper in (failed, whole):
        with scene.stage.province.house.writing() as unit:
            envelope = sealed(paper, caller.key)
            take_commissioning(unit, envelope, device=caller.device, who=None, now=now)
    page.reload()
    expect(page.get_by_role("link", name="Tải phiếu PDF")).to_have_count(2)
    looked_at(lan, "handed-over", width)


def test_a_restart_of_the_appliance_changes_the_digits_on_the_page(lan: Desk, scene: Scene) -> None:
    """New nonces, new digits, shown within seconds; the typed id serves where no camera is."""
    caller = Caller(scene.served)
    page = lan.open("/install/sites/my-phong-dinh")
    page.get_by_label("Mã thiết bị, 16 ký tự").fill(caller.device)
    page.get_by_role("button", name="Nhận máy này").click()
    caller.introduce()
    expect(page.locator(".digits")).to_have_text(caller.shown())
    again = Caller(scene.served, caller.key)
    again.introduce()
    expect(page.locator(".digits")).to_have_text(again.shown(), timeout=8_000)
    page.get_by_role("button", name="Không khớp – gỡ máy này").click()
    expect(page.get_by_text("Đã gỡ ghép")).to_be_visible()


def test_a_claim_code_on_a_sheet(lan: Desk, scene: Scene, width: int) -> None:
    """The sheet shows code, QR code and five steps; typed at the appliance it leads to the same comparison."""
    page = lan.open("/install/sites/my-phong-ben-do")
    page.get_by_role("button", name="Cấp mã và in phiếu").click()
    code = page.locator("#claim-code").inner_text()
    looked_at(lan, "sheet", width)
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation")).to_be_hidden()
    expect(page.locator("#claim-code")).to_be_visible()
    page.emulate_media(media="screen")
    page.get_by_role("link", name="Về vị trí").click()
    expect(page.get_by_text("Đã cấp mã nhận máy")).to_be_visible()
    looked_at(lan, "claim", width)
    caller = Caller(scene.served)
    caller.introduce(code)
    expect(page.locator(".digits")).to_have_text(caller.shown())


def test_a_lying_server_gets_no_signature(lan: Desk, scene: Scene) -> None:
    """A paper for another machine than was scanned, or digits that its key does not give, are not signed."""
    caller, other = Caller(scene.served), Caller(scene.served)
    page = lan.open("/install/sites/tan-hoi-cho")
    page.get_by_label("Mã thiết bị, 16 ký tự").fill(caller.device)
    page.get_by_role("button", name="Nhận máy này").click()
    caller.introduce()
    button = page.get_by_role("button", name="Khớp – ký và giao máy")
    button.wait_for()
    remember = "text => sessionStorage.setItem('tienglang-scan:tan-hoi-cho', text)"
    page.evaluate(remember, other.qr)
    button.click()
    expect(page.get_by_text("khác với máy bạn đã quét, không ký")).to_be_visible()
    page.evaluate(remember, caller.qr)
    page.evaluate(
        "nonce => { document.querySelector('[data-sign]').dataset.nonce = nonce }", other.nonce
    )
    button.click()
    expect(page.get_by_text("không phải của máy ghi trong giấy giao, không ký")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert caller.ask().standing is Standing.MATCHED
    page.reload()
    button.click()
    sign(page, "Ký và giao máy", caller.device)
    expect(page.get_by_text("Đã ký và giao máy")).to_be_visible()


def test_replacing_by_two_signatures(lan: Desk, scene: Scene, width: int) -> None:
    """The old appliance is retired by a signature in the browser; then the place takes the new one."""
    page = lan.open("/install/sites/tan-hoi-cho")
    page.get_by_role("button", name="Thu hồi máy đang ở đây").click()
    sign(page, "Ký thu hồi", "Thu hồi máy: im lặng")
    expect(page.get_by_text("Đã ký thu hồi máy cũ")).to_be_visible()
    expect(page.get_by_role("button", name="Quét mã QR")).to_be_visible()
    assert page.url.endswith("/install/sites/tan-hoi-cho?done=retired")


def test_without_a_key_the_page_says_where_to_make_one(
    browser: Browser, scene: Scene, width: int
) -> None:
    """Who has no key in this browser is told so beside the button, and nothing is sent."""
    caller = Caller(scene.served)
    with desk(browser, scene.served.url, width) as guest:
        guest.sign_in()
        page = guest.open("/install/sites/tan-hoi-truong")
        expect(page.get_by_role("button", name="Quét mã QR")).to_be_hidden()
        page.get_by_label("Mã thiết bị, 16 ký tự").fill(caller.device)
        page.get_by_role("button", name="Nhận máy này").click()
        caller.introduce()
        page.get_by_role("button", name="Khớp – ký và giao máy").click()
        expect(page.get_by_role("alert")).to_contain_text("chưa có khóa của bạn")
        assert caller.ask().standing is Standing.MATCHED
        assert guest.complaints == []


def test_waiting_appliances_and_a_table(lan: Desk, scene: Scene, width: int) -> None:
    """The administrator's desk: strangers to be matched or refused, and a table with its faults, then its preview."""
    stranger = Caller(scene.served)
    stranger.introduce()
    page = lan.open("/install/waiting")
    expect(page.get_by_role("heading", name=stranger.device)).to_be_visible()
    looked_at(lan, "waiting", width)
    page = lan.open("/install/table")
    looked_at(lan, "table", width)
    bad = "id,title,area\nmoi,Vị trí mới,dt/tan-hoi\nSai Mã,,dt/khong-co\n"
    page.get_by_label("hoặc dán bảng vào đây").fill(bad)
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_role("alert")).to_contain_text("Dòng 3")
    looked_at(lan, "table-faults", width)
    page.get_by_label("hoặc dán bảng vào đây").fill("id,title,area\nmoi,Vị trí mới,dt/tan-hoi\n")
    page.get_by_role("button", name="Xem trước").click()
    expect(page.get_by_text("Bảng đúng: 1 vị trí mới")).to_be_visible()
    looked_at(lan, "table-preview", width)
    page.get_by_role("button", name="Lập 1 vị trí").click()
    expect(page.get_by_text("Đã lập các vị trí trong bảng.")).to_be_visible()


def test_in_english_and_in_the_dark(browser: Browser, scene: Scene, width: int) -> None:
    """The pages read the same in English and on a dark screen."""
    with desk(browser, scene.served.url, width, dark=True) as night:
        night.sign_in()
        night.open("/install")
        night.page.locator("details.me summary").click()
        night.page.get_by_role("button", name="English").click()
        night.open("/install")
        expect(night.page.get_by_role("heading", name="Install", exact=True)).to_be_visible()
        looked_at(night, "list-dark", width)
        night.open("/install/sites/my-phong-cho")
        looked_at(night, "standing-dark", width)
        assert night.complaints == []
