"""The network page in a real browser: from a phone at the pole, live, by thumb, without scripts, by WCAG."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.site import Wifi
from edge.core.arrival import Entries, Mode, Outcome
from edge.web import network
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.keeper import FakeKeeper
from tests.edge.web.newcomer import WAITING, Newcomer
from tests.edge.web.shop import Serving, serving
from tests.edge.web.test_axe import faults

NAME, PASSWORD = "Nhà văn hóa ấp 1", "mat-khau-dai"
PICTURES = os.environ.get("CONSOLE_PICTURES")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the whole module."""
    with chromium() as running:
        yield running


@pytest.fixture
def keeper() -> FakeKeeper:
    """Whoever keeps the network, in our own one."""
    return FakeKeeper()


@pytest.fixture
def fresh(keeper: FakeKeeper) -> Iterator[Serving]:
    """Serve an appliance that nobody has assigned."""
    with serving(Newcomer(rooms=(network.room(keeper),))) as server:
        server.do(WAITING)
        yield server


def picture(page: Page, name: str) -> None:
    """Keep a picture of the whole page where somebody wants to look at it."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        Path(PICTURES, f"network-{name}.png").write_bytes(page.screenshot(full_page=True))


def test_a_phone_chooses_types_and_reads_the_answer(
    browser: Browser, fresh: Serving, keeper: FakeKeeper
) -> None:
    """Two taps and a password; the page waits by itself, says what was wrong, and then that it works."""
    with page_of(browser) as page:
        page.goto(f"{fresh.address}/")
        page.click('a[href="/network"]')
        expect(page.locator("#name")).to_be_hidden()
        page.click(f"text={NAME}")
        page.fill("#password", PASSWORD)
        page.fill("#claim", "abcde 12345")
        assert faults(page) == []
        picture(page, "phone-form")
        for wide in page.locator(".choice, .join__go").all():
            box = wide.bounding_box()
            assert box is None or box["height"] >= 44
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        page.click(".join__go")
        page.wait_for_selector(".outcome--waiting")
        assert faults(page) == []
        picture(page, "phone-trying")
        assert keeper.typed == [
            Entries(wifi=Wifi(name=NAME, password=PASSWORD), claim_code="ABCDE12345")
        ]
        keeper.answer(None, mode=Mode.TRYING)
        keeper.answer(Outcome.WRONG_PASSWORD, detail="(7) Secrets were required, but not provided")
        page.wait_for_selector("text=Sai mật khẩu Wi-Fi")
        assert faults(page) == []
        picture(page, "phone-wrong")
        page.click(f"text={NAME}")
        page.fill("#password", PASSWORD)
        page.click(".join__go")
        keeper.answer(Outcome.JOINED)
        page.wait_for_selector("text=Đã vào mạng")
        picture(page, "phone-joined")


def test_every_way_without_scripts(browser: Browser, fresh: Serving, keeper: FakeKeeper) -> None:
    """A captive sheet often runs none: a hidden network, a SIM, and looking again by hand."""
    with page_of(browser, scripts=False) as page:
        page.goto(f"{fresh.address}/network")
        page.click("text=Mạng khác (mạng ẩn tên)")
        page.fill("#name", "Mạng ẩn")
        page.click(".join__go")
        expect(page.locator("text=Đang thử mạng…")).to_be_visible()
        keeper.answer(Outcome.NOT_FOUND)
        page.click("text=Xem lại")
        expect(page.locator("text=Không thấy mạng Wi-Fi này")).to_be_visible()
        page.click("text=SIM 4G")
        page.fill("#apn", "v internet")
        page.click(".join__go")
        expect(page.locator("#apn-fault")).to_be_visible()
        page.fill("#apn", "v-internet")
        page.click(".join__go")
        expect(page.locator("text=Đang thử mạng…")).to_be_visible()
    assert [entries.mobile is None for entries in keeper.typed] == [True, False]


def test_a_desk_in_english_and_dark_is_as_good(browser: Browser, fresh: Serving) -> None:
    """1440 px, the other language, the dark scheme, with faults shown."""
    with page_of(browser, DESK, "dark") as page:
        cookie = {"name": "tienglang-language", "value": "en", "url": fresh.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(f"{fresh.address}/network")
        page.click("text=UBND xã Mỹ Phong")
        page.fill("#password", "short")
        page.click(".join__go")
        page.wait_for_selector("#password-fault")
        assert faults(page) == []
        picture(page, "desk-fault")
        page.click("text=4G SIM")
        picture(page, "desk-mobile")
        assert faults(page) == []
