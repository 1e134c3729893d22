"""A day at the station in real browsers: written, spoken, approved, planned, sent, heard twice, accounted for."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import Appliance
from provisioning.rehearsal.sound import Segment
from provisioning.rehearsal.story import ZONE
from tests.central.console.browsing import Desk, desk, launch
from tests.journeys.conftest import House

TITLE = "Cúp điện ngày mai"
WORDS = "Kính thưa bà con. Cúp điện từ 7h30 đến 11h ngày mai. Mong bà con thu xếp."
LEAD_S = 25  # from the last press to the slot's minute at least
VOICE_WITHIN_S = 0.5  # a voice begins softly
LONGEST_S = 30
TOLD_S = 40
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def browser(house: House) -> Iterator[Browser]:
    """One Chromium for all people of the day, ended before the house."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@contextmanager
def signed_in(browser: Browser, house: House, name: str) -> Iterator[Desk]:
    """Give somebody of the station a screen of their own."""
    with desk(browser, house.province.base, 1440) as found:
        page = found.open("/sign-in")
        page.get_by_label("Tên đăng nhập").fill(name)
        page.get_by_label("Mật khẩu").fill(house.province.passwords[name])
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/console/")
        yield found
        assert found.complaints == []


def plan(page: Page, start: datetime) -> None:
    """Fill the form of a slot that is open and save it."""
    end = start + timedelta(minutes=5)
    page.get_by_label("Tiêu đề").fill(TITLE)
    page.get_by_role("radio", name="Một lần").check()
    page.get_by_label("Ngày phát").fill(start.date().isoformat())
    page.get_by_role("textbox", name="Bắt đầu").fill(f"{start:%H:%M}")
    page.get_by_role("textbox", name="Kết thúc").fill(f"{end:%H:%M}")
    if end.date() != start.date():
        page.get_by_label("Qua nửa đêm").check()
    page.get_by_role("button", name="Lưu khung giờ").click()
    # Early in the morning a note that is folded away names the slot too: before 5:30 is unusual.
    expect(page.get_by_text(TITLE).filter(visible=True).first).to_be_visible()


def next_minute(lead_s: float) -> datetime:
    """Return the first full minute, as on the village's clock, that is so far away."""
    soonest = (utc_now() + timedelta(seconds=lead_s)).astimezone(ZONE)
    return (soonest + timedelta(minutes=1)).replace(second=0, microsecond=0)


def test_a_notice_goes_from_a_sentence_to_the_report(house: House, browser: Browser) -> None:
    """Four people do their parts; both appliances sound it on the second, and the report counts what sounded."""
    with signed_in(browser, house, "congtac") as one:
        page = one.open("/contents/compose")
        page.get_by_label("Tiêu đề").fill(TITLE)
        page.get_by_label("Văn bản").fill(WORDS)
        page.get_by_role("button", name="Đọc thành âm thanh").click()
        page.get_by_role("link", name="Xem và nghe").click()
        page.get_by_role("button", name="Gửi duyệt").click()
        expect(page.get_by_role("button", name="Rút lại để sửa")).to_be_visible()

    with signed_in(browser, house, "duyet") as one:
        key = house.province.root / "trust" / "people" / "duyet.pem"
        one.import_key(key, "")
        page = one.open("/inbox?ask=approve")
        page.get_by_role("link", name="Nghe và duyệt").first.click()
        expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
        page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
        page.get_by_role("dialog").get_by_role("button", name="Ký duyệt", exact=True).click()
        expect(page.locator("#way .row").first).to_contain_text("đã duyệt")
        sha256 = page.url.rpartition("/")[2].partition("?")[0]

    with signed_in(browser, house, "bientap") as one:
        page = one.open(f"/programme/slots/new?area=dt&content={sha256}")
        start = next_minute(LEAD_S)
        plan(page, start)
        one.open("/programme/publish?area=dt")
        page.get_by_role("button", name="Gửi lịch tới 2 cụm loa").click()
        expect(page.get_by_text("Đã gửi").first).to_be_visible()

        begins_s = time.monotonic() + (start - utc_now()).total_seconds()
        heard = [
            _heard(house, appliance, begins_s, page) for appliance in house.province.appliances
        ]
        assert all(0 <= segment.onset_mono_s - begins_s < VOICE_WITHIN_S for segment in heard)
        lines = _told(one)
        assert [line[11] for line in lines] == [
            pytest.approx(segment.length_s, abs=1) for segment in heard
        ]
        page = one.open("/plays?area=dt")
        with page.expect_download() as taken:
            page.get_by_role("link", name="Tải Excel").click()
        sums = _cells(taken.value.path().read_bytes())
    assert ("Lượt phát", 2) in {(row[0], row[1]) for row in sums if len(row) > 1}


def _heard(house: House, appliance: Appliance, begins_s: float, page: Page) -> Segment:
    """Return the stretch of sound that began when the slot did."""
    limit_s = begins_s + LONGEST_S
    while time.monotonic() < limit_s:
        found = [
            segment
            for segment in house.heard(appliance).segments(min_gap_s=1.5)
            if segment.onset_mono_s > begins_s - 5 and segment.end_mono_s < time.monotonic() - 2
        ]
        if found:
            return found[0]
        page.wait_for_timeout(500)  # the browser's loop is this thread's
    raise AssertionError(f"{appliance.site.title} sounded nothing")


def _told(one: Desk) -> list[tuple[object, ...]]:
    """Return the rows of the list of plays, as a spreadsheet has them, once both appliances have told theirs."""
    page = one.open("/plays/list?area=dt")
    limit_s = time.monotonic() + TOLD_S
    while page.get_by_text("2 lượt", exact=True).count() == 0 and time.monotonic() < limit_s:
        page.wait_for_timeout(500)
        page.reload()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Excel").click()
    return _cells(taken.value.path().read_bytes())[1:]


def _cells(book: bytes) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0]
    return list(sheet.values)
