"""The library in a real browser: a line that breaks, a recording, a bulletin that is spoken; phone and desk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect, sync_playwright

from central.domain.library import Priority, Sheet
from central.domain.people import PersonRole
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch, payload
from tests.central.console.looking import faults_of
from tests.central.library import entered
from tests.central.serving import Served
from tests.central.setting import COMMUNE, Province, make_sound, real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")
MICROPHONE = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two sounds of half a minute, made before there is a browser: its event loop would have to wait."""
    folder = tmp_path_factory.mktemp("files")
    return {
        "long": make_sound(folder / "bản tin dài.wav", "sine=440:d=30"),
        "half": make_sound(folder / "dở.wav", "sine=500:d=30"),
    }


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province with a sound, a picture and a text."""
    folder = tmp_path_factory.mktemp("library")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    province.person("lan.nguyen", *PersonRole)
    speech = make_sound(folder / "a.wav", "sine=440:d=6", "-af", "volume=-30dB,adelay=3000")
    sheet = Sheet(title="Phòng chống lũ", priority=Priority.URGENT, summary="Kê cao đồ đạc.")
    entered(province, speech, area=COMMUNE, sheet=sheet)
    entered(province, make_sound(folder / "p.jpg", "testsrc=d=1", "-frames:v", "1"))
    province.house.close()
    served = Served(folder / "site" / "central.toml", authority)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def browser(scene: Served, files: dict[str, Path]) -> Iterator[Browser]:
    """One Chromium with a microphone that beeps, ended before the server."""
    with sync_playwright() as playwright:
        chromium = launch(playwright, *MICROPHONE)
        yield chromium
        chromium.close()


def picture(found: Desk, name: str, width: int) -> None:
    """Check a page by eye's rules, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == []
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")


def test_a_broken_line_is_waited_out(
    browser: Browser, scene: Served, files: dict[str, Path]
) -> None:
    """The second stretch is cut off twice: the page says so, asks for the place and goes on by itself."""
    file = files["long"]
    breaks = 2

    def flaky(route: Route) -> None:
        nonlocal breaks
        if route.request.method == "PATCH" and route.request.headers["upload-offset"] != "0":
            breaks -= 1
            if breaks >= 0:
                route.abort("connectionreset")
                return
        route.continue_()

    with desk(browser, scene.url, 390) as lan:
        lan.sign_in()
        page = lan.open("/contents")
        page.route("**/library/uploads/*", flaky)
        page.get_by_label("Chọn tệp âm thanh", exact=True).set_input_files(payload(file))
        expect(page.get_by_text("Mất mạng. Sẽ tự gửi tiếp")).to_be_visible()
        expect(page.get_by_text("Tệp tốt, dài 0 phút 30 giây.")).to_be_visible()
        expect(page.locator("#contents")).to_contain_text("bản tin dài")
        page.unroute("**/library/uploads/*")
        assert lan.complaints == []


def test_what_was_left_half_way_is_found_again(
    browser: Browser, scene: Served, files: dict[str, Path]
) -> None:
    """The page is closed while a file goes up; choosing the same file again goes on where it was."""
    file = files["half"]
    sent: list[str] = []

    def first_only(route: Route) -> None:
        if route.request.method == "PATCH":
            sent.append(route.request.headers["upload-offset"])
            if len(sent) > 1:
                route.abort("connectionreset")
                return
        route.continue_()

    with desk(browser, scene.url, 1440) as lan:
        lan.sign_in()
        page = lan.open("/contents")
        page.route("**/library/uploads/*", first_only)
        page.get_by_label("Chọn tệp âm thanh", exact=True).set_input_files(payload(file))
        expect(page.get_by_text("Mất mạng. Sẽ tự gửi tiếp")).to_be_visible()
        page.unroute("**/library/uploads/*")
        page = lan.open("/contents")
        expect(page.get_by_text("Chọn lại đúng tệp này để tải tiếp")).to_be_visible()
        with page.expect_request(lambda asked: asked.method == "PATCH") as again:
            page.get_by_label("Chọn tệp âm thanh", exact=True).set_input_files(payload(file))
        assert again.value.headers["upload-offset"] == "1048576"
        expect(page.get_by_text("Tệp tốt, dài 0 phút 30 giây.").first).to_be_visible()


def test_a_recording_is_made_heard_and_kept(browser: Browser, scene: Served) -> None:
    """By keyboard alone: record, stop, listen, keep; the sound arrives in the library, trimmed."""
    with desk(browser, scene.url, 390) as lan:
        lan.sign_in()
        page = lan.open("/contents")
        page.get_by_label("Tiêu đề").fill("Nhắc họp tổ dân phố")
        page.get_by_role("button", name="Ghi âm tại chỗ").press("Enter")
        expect(page.get_by_role("button", name="Dừng")).to_be_focused()
        page.wait_for_timeout(4_000)
        picture(lan, "recording", 390)
        page.get_by_role("button", name="Dừng").press("Enter")
        expect(page.get_by_role("button", name="Đưa vào kho")).to_be_focused()
        page.get_by_role("button", name="Nghe lại").press("Enter")
        expect(page.get_by_text("Đang phát lại")).to_be_visible()
        page.get_by_role("button", name="Đưa vào kho").press("Enter")
        expect(page.locator("[data-uploads] .fault.ok")).to_be_visible()
        expect(page.locator("#contents")).to_contain_text("Nhắc họp tổ dân phố")
        assert lan.complaints == []


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_a_bulletin_is_written_heard_and_spoken(
    browser: Browser, scene: Served, width: int
) -> None:
    """While typing the words appear as they will be read; a preview plays; the job ends in the library."""
    with desk(browser, scene.url, width) as lan:
        lan.sign_in()
        page = lan.open("/contents/compose")
        page.get_by_label("Văn bản").fill("Cúp điện từ 7h30 đến 11h ngày 25/11 😀.")
        expect(page.get_by_text("bảy giờ ba mươi phút")).to_be_visible()
        expect(page.get_by_text("Đã bỏ 1 biểu tượng cảm xúc")).to_be_visible()
        page.get_by_role("radio", name="miền Bắc").check()
        page.get_by_role("button", name="Nghe thử").click()
        expect(page.locator("audio")).to_be_visible()
        picture(lan, "compose", width)
        page.get_by_role("button", name="Đọc thành âm thanh").click()
        page.get_by_role("link", name="Xem và nghe").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Cúp điện từ 7h30")
        picture(lan, "spoken", width)
        assert lan.complaints == []


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_library_is_fit_to_read(browser: Browser, scene: Served, width: int) -> None:
    """List, grid, nothing found, a sheet in full and a playlist: named, in bounds, dark enough to read."""
    with desk(browser, scene.url, width) as lan:
        lan.sign_in()
        page = lan.open("/contents?view=grid")
        picture(lan, "library-grid", width)
        lan.open("/contents?q=khong+co&kind=audio")
        picture(lan, "library-none", width)
        page = lan.open("/contents?q=phong+chong")
        page.get_by_role("link", name="Phòng chống lũ", exact=True).click()
        page.get_by_text("Sửa phiếu").click()
        picture(lan, "library-sheet", width)
        page = lan.open("/contents/playlists/new")
        page.get_by_label("Thuộc địa bàn").select_option(COMMUNE)
        page.wait_for_url("**/playlists/new?area=*")
        page.get_by_label("Tên danh sách").fill(f"Buổi sáng {width}")
        page.get_by_label("Thêm nội dung").select_option(label="Phòng chống lũ")
        page.get_by_role("button", name="Thêm", exact=True).click()
        page.get_by_role("button", name="Thêm", exact=True).click()
        page.get_by_role("button", name="Bỏ: Phòng chống lũ").last.click()
        expect(page.locator("[data-entries] li")).to_have_count(1)
        picture(lan, "playlist", width)
        page.get_by_role("button", name="Lưu danh sách").click()
        expect(page.get_by_text("Đã lưu danh sách phát.")).to_be_visible()
        assert lan.complaints == []
