"""Enrolment on the local page, as a real browser shows it: live, huge, by thumb, without scripts."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contract import enrolment
from contract.enrolment import Standing
from edge.core.events import EnrolmentSeen
from tests.edge.web import scenes
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.newcomer import (
    DEVICE,
    FITTER,
    KEY,
    MATCHED,
    WAITING,
    WHY_AWAY,
    Newcomer,
    retirement,
    return_to_work,
)
from tests.edge.web.shop import PIN, Serving, serving
from tests.edge.web.test_axe import WAYS, faults
from tests.edge.web.test_enrolment import SAID, wiped

CLAIM = "ABCDE12345"
WRONG = "000000"
GROUPS = " ".join(DEVICE[at : at + 4] for at in range(0, 16, 4))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the whole module."""
    with chromium() as running:
        yield running


@pytest.fixture
def fresh() -> Iterator[Serving]:
    """Serve an appliance that nobody has assigned."""
    with serving(Newcomer()) as server:
        server.do(WAITING)
        yield server


def test_the_stages_come_live_up_to_the_control_page(browser: Browser, fresh: Serving) -> None:
    """Nobody presses anything: the digits appear as central matches, and the control page once it is assigned."""
    with page_of(browser) as page:
        page.goto(fresh.address)
        expect(page.locator("text=chờ chọn nơi đặt")).to_be_visible()
        fresh.do(MATCHED)
        page.wait_for_selector(".stage__code >> text=482 913")
        assert page.text_content("#say") == "So với màn hình ở trung tâm: 482 913"
        fresh.do(return_to_work(1))
        page.wait_for_selector("#air-state")
        assert page.url == f"{fresh.address}/"


def test_the_digits_are_huge_and_all_fits_a_phone(browser: Browser, fresh: Serving) -> None:
    """At 390 and at 320 px nothing runs over; the digits are at least 3.5 rem and on one line, the QR code large."""
    fresh.do(MATCHED)
    for width in (PHONE[0], 320):
        with page_of(browser, (width, 844)) as page:
            page.goto(fresh.address)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
            box = page.locator(".stage__code strong").bounding_box()
            assert box is not None
            assert box["height"] >= 56
            assert 0.5 * width <= box["width"] <= width - 32
            code = page.locator(".qr__code svg").bounding_box()
            assert code is not None
            assert code["width"] >= 0.7 * width


def test_a_code_is_pasted_and_sent_with_a_thumb(browser: Browser, fresh: Serving) -> None:
    """Paste, press: the page tells what central makes of it; what is typed stays through a repaint."""
    with page_of(browser) as page:
        page.goto(fresh.address)
        page.fill("#claim", "abcde")
        fresh.do(EnrolmentSeen(standing=None, why=WHY_AWAY))
        page.wait_for_selector("text=Chưa gọi được về tỉnh")
        assert page.input_value("#claim") == "abcde"
        fresh.do(WAITING)
        page.fill("#claim", "abcde – 12345")
        button = page.locator(".claim .button").bounding_box()
        assert button is not None
        assert button["height"] >= 44
        page.click(".claim .button")
        page.wait_for_selector("text=Đang hỏi tỉnh về mã ABCDE-12345")
        told = EnrolmentSeen(standing=Standing.WAITING, claim=CLAIM, claim_error="Mã đã dùng rồi.")
        fresh.do(told)
        page.wait_for_selector("text=Mã đã dùng rồi.")


def test_it_works_without_scripts(browser: Browser, fresh: Serving) -> None:
    """A code is typed and sent, the stage is there after a press, and wiping asks for the word."""
    with page_of(browser, scripts=False) as page:
        page.goto(fresh.address)
        page.fill("#claim", CLAIM)
        page.click(".claim .button")
        expect(page.locator("text=Đang hỏi tỉnh về mã ABCDE-12345")).to_be_visible()
        fresh.do(
            EnrolmentSeen(
                standing=Standing.MATCHED, title="Ấp 1", site="a", code="111 222", claim=CLAIM
            )
        )
        page.click("noscript a")
        expect(page.locator("text=111 222")).to_be_visible()
        fresh.do(retirement(1, staff=(FITTER,)))
        page.goto(fresh.address)
        page.fill("#pin", PIN)
        page.click("text=Đăng nhập >> nth=-1")
        page.click(".ways .button--stop")
        page.fill("#pin", PIN)
        page.click("#wipe-go")
        page.fill("#pin", PIN)
        page.fill("#sure", "xóa")
        page.click(".sure .button--stop")
        expect(page.locator("text=Đang xóa và khởi động lại")).to_be_visible()
    assert wiped(fresh.shop) == 1


def test_wiping_is_held_for_three_seconds(browser: Browser, fresh: Serving) -> None:
    """Let go too early and nothing goes; held to the end, it does."""
    fresh.do(retirement(1, staff=(FITTER,)))
    with page_of(browser) as page:
        page.goto(fresh.address)
        scenes.sign_in(page)
        page.goto(f"{fresh.address}/wipe")
        page.fill("#pin", PIN)
        page.locator("#wipe-go").hover()
        page.mouse.down()
        page.wait_for_timeout(800)
        page.mouse.up()
        page.wait_for_selector("text=Chưa xóa: phải giữ đủ 3 giây.")
        assert wiped(fresh.shop) == 0
        page.mouse.down()
        page.wait_for_selector("text=Đang xóa và khởi động lại")
        page.mouse.up()
    assert wiped(fresh.shop) == 1


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing(browser: Browser, fresh: Serving, way: str) -> None:
    """No WCAG 2.2 A or AA violation at any stage, retired, or before the wipe, on phone and desk, light and dark."""
    size, scheme, language = WAYS[way]
    found: list[str] = []
    with page_of(browser, size, scheme) as page:
        cookie = {"name": "tienglang-language", "value": language, "url": fresh.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        for event, _ in SAID.values():
            if event is not None:
                fresh.do(event)
            page.goto(fresh.address)
            page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
            found += faults(page)
        page.fill("#claim", "???")
        page.click(".claim .button")
        page.wait_for_selector("#claim-trouble")
        found += faults(page)
        fresh.do(retirement(1, staff=(FITTER,)))
        page.goto(fresh.address)
        found += faults(page)
        scenes.sign_in(page)
        found += faults(page)
        found += _at_the_wipe(page, fresh)
    assert found == []


def _at_the_wipe(page: Page, server: Serving) -> list[str]:
    """Return what axe finds on the page before the wipe, asked once and asked again."""
    page.goto(f"{server.address}/wipe")
    found = faults(page)
    page.fill("#pin", PIN)
    page.evaluate("document.querySelector('.sure form').submit()")
    page.wait_for_selector("#sure")
    return found + faults(page)


def test_the_code_on_the_page_is_the_whole_key(browser: Browser, fresh: Serving) -> None:
    """What a camera reads from the page is this appliance's key and nothing else."""
    with page_of(browser, DESK) as page:
        page.goto(fresh.address)
        page.click("text=Không quét được")
        text = page.inner_text(".copy__text")
        assert enrolment.read_qr(text) == (DEVICE, KEY)
        paths = page.locator(".qr__code svg path").count()
        assert paths >= 1
        shown = page.inner_text(".who-we-are .big")
        assert re.sub(r"\s", "", shown) == DEVICE
