"""The console in a real browser, on a phone and on a desk: from an upload to an all-clear.

Pictures are saved where `CONSOLE_PICTURES` names a folder.
"""

import hashlib
import os
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from contract.documents import Kind, LocalWarning, Rank, Receipt
from tests.central.console.browsing import WIDTHS, Desk, desk, launch, payload
from tests.central.console.looking import faults_of
from tests.central.console.stage import (
    FAILED,
    PASSPHRASE,
    STREAM,
    Stage,
    health,
    looked,
    make_speechlike,
    play,
    troubled,
)
from tests.central.serving import Served
from tests.central.setting import real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")
pytestmark = pytest.mark.timeout(180)


class Scene:
    """A served province with its stage, whose appliances may go on reporting."""

    def __init__(self, folder: Path, *, two_people: bool) -> None:
        self.folder = folder
        self.stage = Stage(folder / "site", two_people=two_people)
        self.stage.fill_people()
        self.stage.fill_units()
        self.contents = self.stage.fill_programme(folder)
        self.stage.fill_reports()
        self.notice = make_speechlike(folder / "thong-bao-cup-dien.mp3", 12, 640)
        self.key = self.stage.key_file(folder / "lan.pem", passphrase=PASSPHRASE)
        self.second_key = self.stage.key_file(folder / "chu-tich.pem", self.stage.second)
        self.served = Served(folder / "site" / "central.toml", self.stage.authority)
        self.served.start()

    @property
    def url(self) -> str:
        """Return the server's address."""
        return self.served.url

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
    scene = Scene(tmp_path_factory.mktemp(f"scene-{width}"), two_people=True)
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium for the scene: started after the server and ended before it, for its loop is this thread's."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The province's operator, signed in, with a key in the browser."""
    with desk(browser, scene.url, width) as found:
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


def picture(found: Desk, name: str, width: int) -> None:
    """Check that the page fits its screen, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")


def test_the_door(browser: Browser, scene: Scene, width: int) -> None:
    """A wrong password gets one sentence, the right one the overview; all of it by keyboard."""
    with desk(browser, scene.url, width) as guest:
        page = guest.open("/sign-in")
        picture(guest, "sign-in", width)
        page.keyboard.type("lan.nguyen")
        page.keyboard.press("Tab")
        page.keyboard.type("không phải mật khẩu")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_contain_text("tên hoặc mật khẩu không đúng")
        guest.sign_in()
        assert guest.complaints == []


def test_the_overview_lives(lan: Desk, scene: Scene, width: int) -> None:
    """Every appliance has its word and its reason, and a new report shows without a reload."""
    scene.stage.fresh()
    page = lan.open("/")
    for word in ("đang phát", "không ra tiếng", "sẵn sàng", "mất kết nối", "chưa từng kết nối"):
        expect(page.locator(".unit .word", has_text=word).first).to_be_visible()
    expect(page.get_by_text("Mất điện lúc 05:48")).to_be_visible()
    expect(page.get_by_text("1120 / 1800 giây")).to_be_visible()
    picture(lan, "overview", width)
    school = scene.stage.units[1]
    scene.stage.report(school, health=health(real_now(), Rank.NORMAL), at=real_now())
    row = page.locator(".unit", has_text=school.name)
    expect(row.locator(".word").first).to_have_text("đang phát", timeout=8_000)


def test_the_overview_says_when_it_is_blind(lan: Desk) -> None:
    """When the server cannot be reached the page says so, instead of showing old figures as new."""
    page = lan.open("/")
    expect(page.locator("[data-fresh-for=fleet]")).to_contain_text("Cập nhật lúc")
    page.context.set_offline(offline=True)
    expect(page.locator("[data-fresh-for=fleet]")).to_contain_text(
        "Mất liên lạc với máy chủ", timeout=10_000
    )
    page.context.set_offline(offline=False)
    expect(page.locator("[data-fresh-for=fleet]")).to_contain_text("Cập nhật lúc", timeout=10_000)


def test_the_key_is_in_the_browser_and_cannot_be_taken_out(
    lan: Desk, scene: Scene, width: int
) -> None:
    """The page shows the public half and what it may sign; the private half is not extractable."""
    page = lan.open("/key")
    expect(page.locator("#public")).to_have_text(scene.stage.person_key().public)
    expect(page.locator("#keyid")).to_have_text(scene.stage.person_key().keyid)
    expect(page.get_by_text("đã được ghi nhận", exact=True)).to_be_visible()
    picture(lan, "key", width)
    exported = page.evaluate(
        """async () => {
          const { keyOf } = await import("/console/static/keys.js");
          const kept = await keyOf("lan.nguyen");
          return crypto.subtle.exportKey("pkcs8", kept.privateKey).then(() => "out", () => "kept");
        }"""
    )
    assert exported == "kept"


def test_a_wrong_passphrase_or_file_is_said(browser: Browser, scene: Scene, tmp_path: Path) -> None:
    """A key file that cannot be opened gets the reason; a key can be made instead."""
    with desk(browser, scene.url, 1440) as minh:
        minh.sign_in("minh.xem")
        page = minh.open("/key")
        page.get_by_label("Tệp khóa (.pem)").set_input_files(payload(scene.key))
        page.get_by_role("button", name="Nhập khóa").click()
        expect(page.get_by_role("alert")).to_contain_text("Tệp khóa có mật khẩu")
        page.get_by_label("Mật khẩu của tệp, nếu có").fill("sai rồi")
        page.get_by_role("button", name="Nhập khóa").click()
        expect(page.get_by_role("alert")).to_contain_text("Mật khẩu của tệp khóa không đúng")
        other = tmp_path / "ghi-chu.pem"
        other.write_text("đây là ghi chú", "utf-8")
        page.get_by_label("Tệp khóa (.pem)").set_input_files(payload(other))
        page.get_by_role("button", name="Nhập khóa").click()
        expect(page.get_by_role("alert")).to_contain_text("không phải tệp khóa")
        page.get_by_role("button", name="Tạo khóa").click()
        expect(page.get_by_text("chưa được ghi nhận", exact=True)).to_be_visible()
        page.reload()
        expect(page.locator("#public")).to_have_text(re.compile(r"^[A-Za-z0-9+/]{43}=$"))
        assert minh.complaints == []


def test_a_browser_that_cannot_sign_says_so(browser: Browser, scene: Scene) -> None:
    """Without Ed25519, or on an address that is not secure, the page says what to do."""
    with desk(browser, scene.url, 390) as old:
        old.page.add_init_script(
            "crypto.subtle.generateKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))"
        )
        old.sign_in()
        page = old.open("/key")
        expect(page.get_by_text("Trình duyệt chưa hỗ trợ")).to_be_visible()
        expect(page.get_by_text("Kết nối chưa an toàn")).to_be_hidden()
    with desk(browser, scene.url, 390) as plain:
        plain.page.add_init_script(
            "Object.defineProperty(window, 'isSecureContext', { value: false })"
        )
        plain.sign_in()
        page = plain.open("/key")
        expect(page.get_by_text("Kết nối chưa an toàn")).to_be_visible()


def test_a_sound_is_uploaded_heard_and_approved(lan: Desk, scene: Scene, width: int) -> None:
    """A real MP3 goes up, is checked in words, plays in the page, and the person's key approves its hash."""
    file = scene.notice
    page = lan.open("/contents")
    page.get_by_label("Tiêu đề").fill("Thông báo cúp điện ngày mai")
    page.get_by_label("Chọn tệp âm thanh", exact=True).set_input_files(payload(file))
    expect(page.get_by_text("Tệp tốt, dài 0 phút 12 giây.")).to_be_visible()
    picture(lan, "contents", width)
    page.get_by_role("link", name="Xem và nghe").click()
    expect(page.locator("audio")).to_be_visible()
    assert page.locator("audio").evaluate(
        "async (a) => { await a.play(); a.pause(); return a.duration; }"
    ) == pytest.approx(12, abs=0.3)
    page.get_by_label("Cho phát ở").select_option("dt")
    page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text(hashlib.sha256(file.read_bytes()).hexdigest())
    if PICTURES:
        (Path(PICTURES) / f"console-approve-{width}.png").write_bytes(page.screenshot())
    box.get_by_role("button", name="Ký duyệt").click()
    expect(page.locator(".head .word")).to_have_text("đã duyệt")
    expect(page.get_by_text("lan.nguyen ký lúc")).to_be_visible()
    picture(lan, "content", width)


def test_what_is_no_sound_is_refused_on_the_page(lan: Desk, tmp_path: Path) -> None:
    """A text file gets the reason beside its name and leaves nothing in the library."""
    file = tmp_path / "bien-ban.mp3"
    file.write_text("Biên bản họp ấp.", "utf-8")
    page = lan.open("/contents")
    page.get_by_label("Chọn tệp âm thanh", exact=True).set_input_files(payload(file))
    expect(page.locator("[data-uploads] .fault.bad")).to_contain_text("bien-ban.mp3")
    expect(page.locator("#contents")).not_to_contain_text("bien-ban")


def test_a_lying_server_gets_no_signature(lan: Desk) -> None:
    """If the bytes that are played are not those to be signed for, the browser refuses to sign."""
    page = lan.open("/contents")
    page.get_by_role("link", name=re.compile("^Nghe và duyệt")).first.click()
    page.wait_for_url("**/contents/*")
    page.route("**/sound", lambda route: route.fulfill(body=b"something else"))
    page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
    expect(page.get_by_text("không khớp mã băm, không ký")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.unroute("**/sound")


def test_a_slot_is_planned_and_published(lan: Desk, scene: Scene, width: int) -> None:
    """The form draws the week as it is filled in and refuses a wrong end; publishing names who changes."""
    page = lan.open("/programme?area=dt/my-phong")
    page.get_by_role("link", name="Thêm khung giờ").click()
    page.get_by_label("Tiêu đề").fill("Thông báo cúp điện")
    page.get_by_label("Nội dung trong kho").select_option(scene.contents[0].sha256)
    page.get_by_role("button", name="Thêm", exact=True).click()
    page.get_by_role("button", name="Thêm", exact=True).click()
    expect(page.locator("[data-order] li")).to_have_count(2)
    page.get_by_role("button", name=re.compile("^Bỏ")).last.click()
    page.get_by_role("radio", name="Theo thứ").check()
    page.get_by_role("checkbox", name="Thứ 6").check()
    page.get_by_role("textbox", name="Bắt đầu").fill("18:00")
    page.get_by_role("textbox", name="Kết thúc").fill("17:30")
    page.get_by_role("button", name="Lưu khung giờ").click()
    expect(page.get_by_role("alert")).to_contain_text("qua nửa đêm")
    page.get_by_role("textbox", name="Kết thúc").fill("18:20")
    page.get_by_label("Phát vòng đến hết khung giờ").check()
    expect(page.locator("#fault-end")).to_have_count(0)
    expect(page.locator("#week .block[aria-label*='Thông báo cúp điện']")).to_have_count(1)
    picture(lan, "slot", width)
    page.get_by_role("button", name="Lưu khung giờ").click()
    expect(page.get_by_text("Loa chưa đổi gì cho đến khi bạn gửi lịch")).to_be_visible()
    expect(page.locator(".block.no").first).to_be_visible()
    picture(lan, "programme", width)
    page.get_by_role("link", name="Xem và gửi lịch").click()
    expect(page.get_by_text("3 cụm loa sẽ đổi lịch")).to_be_visible()
    picture(lan, "publish", width)
    page.get_by_role("button", name="Gửi lịch tới 3 cụm loa").click()
    expect(page.get_by_text("Đã gửi lịch tới 3 cụm loa")).to_be_visible()


def fill_alarm(page: Page, kind: str, area: str) -> None:
    """Fill in the alarm form from the flood template."""
    page.get_by_role("button", name="Lũ", exact=True).click()
    page.get_by_role("radio", name=re.compile(f"^{kind}")).check()
    page.get_by_role("checkbox", name=re.compile(f"^{area}")).check()


def alarm_id(page: Page) -> str:
    """Return the id of the alarm whose board is open."""
    page.wait_for_url(re.compile(r"/emergency/[a-z0-9-]+:\d+:\d+$"))
    return page.url.rsplit("/", 1)[1]


def test_an_emergency_is_raised_followed_and_ended(lan: Desk, scene: Scene, width: int) -> None:
    """Held for 1.5 s, signed in the browser, followed on every appliance, and ended with the all-clear."""
    page = lan.open("/emergency/new")
    fill_alarm(page, "THẬT", "Phường Mỹ Phong")
    expect(page.locator("[data-audience]")).to_have_text("3 cụm loa trong 1 địa bàn")
    expect(page.locator("[data-said]")).to_contain_text("lũ đang lên nhanh tại Phường Mỹ Phong.")
    expect(page.get_by_role("checkbox", name=re.compile("Khu phố 1"))).to_be_disabled()
    picture(lan, "alarm-form", width)
    lan.hold(re.compile("PHÁT THẬT"))
    found = alarm_id(page)
    market, _, ferry, *_ = scene.stage.units
    now = real_now() + timedelta(seconds=1)
    told = [
        Receipt(at=now, kind=Kind.ANNOUNCEMENT, id=found, state=state)
        for state in ("verified", "sounding")
    ]
    played = play(
        "Cảnh báo lũ", now, 34, 34, -11.5, key=f"alert/{found}/0/1", rank=Rank.EMERGENCY_COMMUNE
    )
    on_air = health(now, Rank.EMERGENCY_COMMUNE, why="Khẩn cấp: Cảnh báo lũ")
    scene.stage.report(market, receipts=tuple(told), health=on_air, at=now)
    scene.stage.report(
        ferry, receipts=tuple(told), plays=(played,), health=health(now, Rank.SILENCE), at=now
    )
    board = page.locator("#board")
    expect(board).to_contain_text("đã phát 1 lần", timeout=8_000)
    expect(board.locator("li.now")).to_contain_text("đang phát")
    expect(board).to_contain_text("1 đã phát · 1 đang phát")
    picture(lan, "alarm", width)
    lan.open("/")
    expect(page.locator("a.alarm-strip:not(.local)")).to_contain_text("KHẨN CẤP: Cảnh báo lũ")
    picture(lan, "overview-alarm", width)
    page = lan.open(f"/emergency/{found}")
    lan.hold("Giữ 1,5 giây để ký lệnh hủy")
    expect(page.locator(".ribbon.shown")).to_contain_text("đã kết thúc")
    lan.open("/emergency")
    # a commune's own warning of another story may still stand beside it
    expect(page.locator("#standing-title")).to_be_visible()
    expect(page.locator("a.alarm-strip:not(.local)")).to_have_count(0)


def test_a_slip_of_the_thumb_raises_nothing(lan: Desk) -> None:
    """A short press does nothing; the keyboard asks once more and takes no for an answer."""
    page = lan.open("/emergency/new")
    fill_alarm(page, "THẬT", "Xã Tân Hội")
    button = page.get_by_role("button", name=re.compile("PHÁT THẬT"))
    button.click()
    page.wait_for_timeout(300)
    expect(page).to_have_url(re.compile("/emergency/new$"))
    button.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog")
    expect(box).to_contain_text("Phát cảnh báo THẬT tới 2 cụm loa?")
    page.keyboard.press("Enter")  # "Không" has the focus
    expect(box).to_have_count(0)
    expect(page).to_have_url(re.compile("/emergency/new$"))


def test_a_drill_never_looks_real(lan: Desk, width: int) -> None:
    """An exercise has its own ribbon and button, and can be sent by keyboard alone."""
    page = lan.open("/emergency/new")
    fill_alarm(page, "DIỄN TẬP", "Xã Tân Hội")
    expect(page.locator(".ribbon.exercise")).to_be_visible()
    expect(page.locator(".ribbon.actual")).to_be_hidden()
    expect(page.locator("[data-said]")).to_contain_text("Diễn tập: Cảnh báo lũ.")
    picture(lan, "alarm-form-drill", width)
    page.get_by_role("button", name=re.compile("gửi DIỄN TẬP")).focus()
    page.keyboard.press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Ký và gửi").click()
    found = alarm_id(page)
    expect(page.locator(".ribbon.shown.exercise")).to_contain_text("DIỄN TẬP")
    lan.open(f"/emergency/{found}")
    lan.hold("Giữ 1,5 giây để ký lệnh hủy")
    expect(page.locator(".ribbon.shown")).to_contain_text("đã kết thúc")


def late(route: Route) -> None:
    """Give a script a second late, as a slow line does; a press that came before it must count."""
    threading.Event().wait(1.0)
    route.continue_()


def test_the_whole_province_needs_two_people(
    lan: Desk, browser: Browser, scene: Scene, width: int
) -> None:
    """One signature waits; the same person cannot sign twice; the second signs on their own page."""
    page = lan.open("/emergency/new")
    fill_alarm(page, "THẬT", "Tỉnh Đồng Tháp")
    lan.hold(re.compile("PHÁT THẬT"))
    found = alarm_id(page)
    expect(page.get_by_role("heading", name="Chờ người ký thứ hai")).to_be_visible()
    expect(page.get_by_text("Đã ký 1/2: Nguyễn Thị Lan")).to_be_visible()
    picture(lan, "waiting", width)
    page.get_by_role("button", name="Tôi là người thứ hai, xem và ký").click()
    expect(page.get_by_role("alert").first).to_contain_text("Khóa này đã ký rồi")
    with desk(browser, scene.url, width) as chairman:
        chairman.sign_in("chu.tich")
        chairman.import_key(scene.second_key, "")
        other = chairman.open("/emergency")
        other.route("**/static/alarm_follow.js", late)
        other.locator(f"a.alarm-strip[href$='{found}']").click()
        other.get_by_role("button", name="Tôi là người thứ hai, xem và ký").click()
        expect(other.get_by_role("dialog")).to_contain_text("lũ đang lên nhanh tại Tỉnh Đồng Tháp.")
        if PICTURES:
            (Path(PICTURES) / f"console-cosign-{width}.png").write_bytes(other.screenshot())
        other.get_by_role("dialog").get_by_role("button", name="Ký và gửi").click()
        expect(other.locator(".ribbon.shown")).to_contain_text("đang có hiệu lực")
        assert chairman.complaints == []
        page = lan.open(f"/emergency/{found}")
        lan.hold("Giữ 1,5 giây để ký lệnh hủy")
        expect(page.get_by_text("Lệnh hủy chờ người ký thứ hai")).to_be_visible()
        other = chairman.open(f"/emergency/{found}")
        other.get_by_role("button", name="Xem và ký lệnh hủy").click()
        other.get_by_role("dialog").get_by_role("button", name="Ký và gửi").click()
        expect(other.locator(".ribbon.shown")).to_contain_text("đã kết thúc")


def test_the_page_of_one_appliance(lan: Desk, scene: Scene, width: int) -> None:
    """Health, plays with sounded seconds, refusals and zones; an order is sent and confirmed."""
    school = scene.stage.units[1]
    page = lan.open(f"/appliances/{school.device}")
    expect(page.get_by_text("Giờ yên tĩnh từ 21:00 đến 05:30.", exact=True)).to_be_visible()
    expect(page.locator("#zones-title ~ .lines")).to_contain_text("Mặt đường")
    expect(page.get_by_text("phát cảnh báo tại chỗ")).to_be_visible()
    picture(lan, "appliance", width)
    page.get_by_role("slider").fill("60")
    page.get_by_role("button", name="Đặt âm lượng").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi lệnh")


def test_a_relay_is_planned_and_signed_for_by_its_address(lan: Desk, width: int) -> None:
    """The form asks for an address, says that it waits, and the approver's key signs the hash of what is shown."""
    url = "https://phat-song.vi-du.vn/dong-thap/truc-tiep.mp3"
    page = lan.open("/programme/slots/new?area=dt/tan-hoi")
    page.get_by_label("Tiêu đề").fill("Tiếp sóng Đài tỉnh")
    page.get_by_role("radio", name="Tiếp sóng").check()
    page.get_by_label("Địa chỉ nguồn tiếp sóng").fill("https:///dai-tinh")
    page.get_by_role("textbox", name="Bắt đầu").fill("11:00")
    page.get_by_role("textbox", name="Kết thúc").fill("12:00")
    page.get_by_role("button", name="Lưu khung giờ").click()
    expect(page.get_by_role("alert")).to_contain_text("thiếu tên máy")
    page.get_by_label("Địa chỉ nguồn tiếp sóng").fill(url)
    page.get_by_text("Khi không phát đúng giờ được").click()
    page.get_by_role("radio", name="Phát tiếp chỗ dừng").check()
    expect(page.locator("#week")).to_contain_text("chưa được duyệt")
    expect(page.locator("#week")).to_contain_text(url)
    picture(lan, "slot-live", width)
    page.get_by_role("button", name="Lưu khung giờ").click()
    page.get_by_role("link", name=f"tiếp sóng {url}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nguồn trực tiếp")
    page.get_by_label("Cho phát ở").select_option("dt/tan-hoi")
    page.locator("[data-approve]").evaluate("(form) => { form.dataset.address += '?khac'; }")
    page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
    expect(page.get_by_text("không khớp mã băm, không ký")).to_be_visible()
    page.reload()
    page.get_by_label("Cho phát ở").select_option("dt/tan-hoi")
    page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
    box = page.get_by_role("dialog")
    expect(box).to_contain_text(url)
    expect(box).to_contain_text(hashlib.sha256(url.encode()).hexdigest())
    if PICTURES:
        (Path(PICTURES) / f"console-approve-live-{width}.png").write_bytes(page.screenshot())
    box.get_by_role("button", name="Ký duyệt").click()
    expect(page.locator(".head .word")).to_have_text("đã duyệt")
    picture(lan, "live", width)
    page = lan.open("/programme?area=dt/tan-hoi")
    expect(page.locator("a.block.live[aria-label*='trực tiếp: Tiếp sóng Đài tỉnh']")).to_have_count(
        7
    )
    picture(lan, "programme-live", width)


def test_what_is_not_ready_is_seen_and_tried(lan: Desk, scene: Scene, width: int) -> None:
    """The overview names it with the slot; its page has every row; a self-test's result comes without a reload."""
    ferry = scene.stage.units[2]
    now = real_now()
    amiss = looked(now, now + timedelta(minutes=25), *FAILED)
    scene.stage.report(ferry, readiness=(amiss,), health=troubled(now), at=now)
    page = lan.open("/")
    box = page.get_by_role("region", name=re.compile("1 cụm loa chưa sẵn sàng"))
    expect(box).to_contain_text("cắm lại dây")
    box.get_by_role("link", name=ferry.name).click()
    expect(page.locator("#ready-title")).to_be_visible()
    expect(page.get_by_text("thiếu điện áp", exact=True)).to_be_visible()
    picture(lan, "appliance-unready", width)
    page.get_by_role("button", name="Tự kiểm tra").click()
    expect(page.get_by_role("status").first).to_contain_text("Đã gửi lệnh")
    now = real_now()
    tried = looked(now, now, *FAILED[:1], of="test")
    scene.stage.report(ferry, readiness=(tried,), health=health(now, Rank.SILENCE), at=now)
    test = page.get_by_role("region", name="Lần tự kiểm tra gần nhất")
    expect(test.locator(".checks li")).to_have_count(1, timeout=15_000)


def test_a_local_warning_is_seen_at_once(lan: Desk, scene: Scene, width: int) -> None:
    """What staff of a commune sound stands on the open overview within seconds; so does its end."""
    hall = scene.stage.units[3]
    page = lan.open("/")
    now = real_now()
    warning = LocalWarning(
        at=now,
        id=f"local-{hall.device}:0:1",
        by="Anh Minh, Trưởng ấp 1",
        headline="Vỡ bờ bao kênh Ông Hai",
        text="Bà con hai bên kênh Ông Hai khẩn trương đưa người già và trẻ nhỏ lên nơi cao.",
        zones=("khu-dan-cu",),
    )
    on_air = health(now, Rank.EMERGENCY_COMMUNE, why="Cảnh báo tại chỗ")
    scene.stage.report(hall, warnings=(warning,), health=on_air, at=now)
    strip = page.locator("a.alarm-strip.local")
    expect(strip).to_contain_text("CẢNH BÁO TẠI CHỖ: Vỡ bờ bao kênh Ông Hai", timeout=15_000)
    expect(strip).to_contain_text("Anh Minh, Trưởng ấp 1 phát lúc")
    expect(strip).to_contain_text("Khu dân cư")
    picture(lan, "overview-warning", width)
    page = lan.open("/emergency")
    expect(page.locator("a.alarm-strip.local")).to_contain_text("đang cảnh báo")
    picture(lan, "emergency-warning", width)
    over = msgspec.structs.replace(warning, at=real_now(), by="Chị Hoa", over=True)
    quiet = health(real_now(), Rank.SILENCE)
    scene.stage.report(hall, warnings=(over,), health=quiet, at=real_now())
    expect(page.locator("a.alarm-strip.over")).to_contain_text("Chị Hoa kết thúc", timeout=15_000)


def test_the_pages_speak_english(browser: Browser, scene: Scene, width: int) -> None:
    """One press and every page, with its scripts, is in English."""
    with desk(browser, scene.url, width) as guest:
        guest.sign_in()
        guest.page.locator(".me summary").click()
        guest.page.get_by_role("button", name="English").click()
        for path, heading in (
            ("/", "Overview"),
            ("/contents", "Content library"),
            ("/programme", "Schedule"),
            ("/emergency/new", "Raise an emergency"),
            ("/key", "My signing key"),
        ):
            page = guest.open(path)
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
            assert guest.fits(), path
        page = guest.open("/")
        expect(page.locator("[data-fresh-for=fleet]")).to_contain_text("Updated at")
        assert guest.complaints == []


@pytest.mark.parametrize("dark", [False, True])
def test_everybody_can_use_it(browser: Browser, scene: Scene, width: int, *, dark: bool) -> None:
    """On every page, light and dark: names, headings, targets and contrast hold, and nothing scrolls sideways."""
    school = scene.stage.units[1].device
    with desk(browser, scene.url, width, dark=dark) as guest:
        guest.open("/sign-in")
        assert faults_of(guest.page) == []
        guest.sign_in()
        for path in (
            "/",
            "/contents",
            f"/contents/{scene.contents[2].sha256}",
            f"/contents/live/{STREAM.approved_as}",
            "/programme?area=dt",
            "/programme/slots/new?area=dt",
            "/programme/publish?area=dt",
            "/emergency",
            "/emergency/new",
            "/key",
            "/trust",
            f"/appliances/{school}",
            f"/appliances/{scene.stage.units[2].device}",
            "/no-such-page",
        ):
            page = guest.open(path)
            assert faults_of(page) == [], path
            assert guest.fits(), path


def test_the_keyboard_sees_where_it_is(browser: Browser, scene: Scene) -> None:
    """The first Tab offers to skip to the content; each focused control is outlined."""
    with desk(browser, scene.url, 1440) as guest:
        guest.sign_in()
        page = guest.page
        page.reload()
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "3px"


def test_it_is_legible_in_the_dark(browser: Browser, scene: Scene, width: int) -> None:
    """The dark scheme is our own, not the browser's guess."""
    with desk(browser, scene.url, width, dark=True) as night:
        night.sign_in()
        background = night.page.evaluate(
            "getComputedStyle(document.body.parentElement).backgroundColor"
        )
        assert background == "rgb(15, 21, 20)"
        picture(night, "overview-dark", width)
