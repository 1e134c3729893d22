"""The local page in a real browser: as a phone and as a desk, by touch, by keyboard, live and when lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.core.events import CentralLost
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.scenes import Scene, emergency, fault, idle, on_air, sign_in
from tests.edge.web.shop import PIN, Serving, Shop, heard, serving, warned

SCENES: tuple[Scene, ...] = (idle, on_air, emergency, fault)

# What a rule-checker would look at, measured on what the browser really drew.
TOO_SMALL = """() => [...document.querySelectorAll('button, summary, select, input:not([type=hidden])')]
  .filter(e => e.checkVisibility() && !e.matches('[type=radio], [type=checkbox]'))
  .filter(e => { const r = e.getBoundingClientRect(); return r.width < 44 || r.height < 44; })
  .map(e => e.outerHTML.slice(0, 90))"""
TOO_PALE = """() => {
  const probe = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = c => { probe.clearRect(0, 0, 1, 1); probe.fillStyle = c; probe.fillRect(0, 0, 1, 1);
    return [...probe.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = c.slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) {
    const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > 200) return c; }
    return [255, 255, 255]; };
  const found = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('.unseen, .skip, noscript')) continue;
    const [a, b] = [light(rgba(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(ratio.toFixed(2) + ' ' + e.outerHTML.slice(0, 90));
  }
  return found; }"""
UNNAMED = """() => [...document.querySelectorAll('button, select, input:not([type=hidden]), summary, a')]
  .filter(e => e.checkVisibility())
  .filter(e => !(e.getAttribute('aria-label') || e.textContent.trim() || e.labels?.length))
  .map(e => e.outerHTML.slice(0, 90))"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the stories of this file."""
    with chromium() as running:
        yield running


@pytest.fixture
def server() -> Iterator[Serving]:
    """Serve one appliance."""
    with serving(Shop()) as running:
        yield running


@pytest.mark.parametrize(
    ("size", "scheme"),
    [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), ((320, 640), "light")],
)
@pytest.mark.parametrize("scene", SCENES)
def test_nothing_is_cut_off_pale_small_or_nameless(
    browser: Browser, server: Serving, scene: Scene, size: tuple[int, int], scheme: str
) -> None:
    """In each state, size and scheme: no sideways scrolling, contrast 4.5, targets of 44 px, a name each."""
    scene(server)
    with page_of(browser, size, "dark" if scheme == "dark" else "light") as page:
        page.goto(server.address)
        for step in ("looking", "signed in"):
            if step == "signed in":
                sign_in(page)
                page.evaluate(
                    "document.querySelectorAll('details').forEach(d => {d.name=''; d.open=true})"
                )
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            for fault_of in (TOO_SMALL, TOO_PALE, UNNAMED, TWICE):
                assert page.evaluate(fault_of) == [], step


def test_two_taps_stop_the_sound_and_one_brings_it_back(browser: Browser, server: Serving) -> None:
    """On a phone: tap stop, tap a quarter of an hour, and it is silent; tap back, and it is not."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--stop summary")
        page.tap("text=15 phút")
        expect(page.locator(".note")).to_contain_text("Đã tắt tiếng đến")
        assert server.shop.reactor.air is not None
        assert server.shop.reactor.air.claim.key == "hush"
        page.tap("text=Trả về lịch phát")
        expect(page.locator(".note")).to_contain_text("Đã trả về lịch phát.")
        assert server.shop.reactor.air.claim.key != "hush"


def test_the_first_screen_of_a_phone_holds_what_is_on_air_and_every_control(
    browser: Browser, server: Serving
) -> None:
    """Without scrolling, a signed-in person sees the air and can reach stop, volume and play."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        for part in ("#air-state", ".action--stop", ".action--volume", ".action--play"):
            # asked in one breath: a repaint between finding and measuring would leave nothing to measure
            bottom = page.evaluate(
                "part => document.querySelector(part).getBoundingClientRect().bottom", part
            )
            assert 0 < bottom <= PHONE[1], part


def press(page: Page, key: str, until: str, most: int = 40) -> None:
    """Press a key until the focused element matches; it must always be visible and outlined."""
    for _ in range(most):
        page.keyboard.press(key)
        if page.evaluate("s => document.activeElement.matches(s)", until):
            outline = "getComputedStyle(document.activeElement).outlineStyle"
            assert page.evaluate(outline) == "solid"
            assert page.evaluate("document.activeElement.checkVisibility()")
            return
    raise AssertionError(f"{key} never reached {until}")


def test_everything_can_be_done_by_keyboard(browser: Browser, server: Serving) -> None:
    """Tab, Enter and Space alone: skip link, sign in, open, choose zones, play, undo, sign out."""
    server.shop.to(8, 0)
    idle(server)
    with page_of(browser, DESK) as page:
        page.goto(server.address)
        press(page, "Tab", ".skip", 1)
        press(page, "Tab", "#pin")
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#controls")
        press(page, "Tab", ".action--play summary")
        page.keyboard.press("Enter")
        press(page, "Tab", "input[type=checkbox]")
        page.keyboard.press("Space")  # not at the market
        press(page, "Tab", ".item")
        page.keyboard.press("Enter")
        expect(page.locator(".note")).to_contain_text("Sẽ phát “Nhạc hiệu và lời chào buổi sáng”")
        override = server.shop.reactor.desk.local.override
        assert override is not None
        assert override.zones == ("dinh",)
        press(page, "Tab", "[form=release-air]")
        page.keyboard.press("Enter")
        expect(page.locator(".note")).to_contain_text("Đã trả về lịch phát.")
        press(page, "Tab", ".who button")
        page.keyboard.press("Enter")
        page.wait_for_selector("#pin")


def test_the_page_repaints_itself_and_says_so_once(browser: Browser, server: Serving) -> None:
    """An emergency turns the open page red without a reload, and a screen reader hears it once."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        expect(page.locator("#air-state")).to_have_text("Đang phát")
        server.shop.pass_s(3)  # what was measured of the bulletin is old by then
        server.do(warned(server.shop))
        expect(page.locator("#air-state")).to_have_text("Khẩn cấp: chưa đo thấy tiếng")
        heard(server.shop, server.do, -12.0)
        expect(page.locator("#air-state")).to_have_text("Đang phát khẩn cấp")
        expect(page.locator("#say")).to_contain_text("Đang phát khẩn cấp: Lũ lên nhanh")
        expect(page).to_have_title(
            "Đang phát khẩn cấp: Lũ lên nhanh trên kênh Nguyễn Văn Tiếp · Cụm loa ấp 1"
        )
        red = page.locator(".air").evaluate("e => getComputedStyle(e).backgroundColor")
        assert red == "rgb(168, 20, 15)"
        expect(page.locator(".air")).to_contain_text("nút dừng và âm lượng không tác động")


def test_a_repaint_takes_neither_the_focus_nor_what_was_typed(
    browser: Browser, server: Serving
) -> None:
    """Half a PIN stays while the page changes around it; a focused button in a repainted part stays focused."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        page.fill("#pin", "248")
        server.do(CentralLost(why="reset"))
        expect(page.locator(".heed")).to_contain_text("Mất kết nối với tỉnh")
        assert page.input_value("#pin") == "248"
        assert page.evaluate("document.activeElement.id") == "pin"
        sign_in(page)
        page.tap(".action--stop summary")
        page.tap("text=1 giờ")
        page.focus("#release")
        heard(server.shop, server.do, -33.0)
        expect(page.locator(".air__meter")).to_contain_text("−33 dBFS")
        assert page.evaluate("document.activeElement.id") == "release"


def test_a_page_that_lost_the_appliance_says_so(browser: Browser) -> None:
    """When the appliance no longer answers, the page admits that what it shows may be old."""
    with page_of(browser) as page:
        with serving(Shop()) as server:
            page.goto(server.address)
            expect(page.locator("#lost")).to_be_hidden()
        expect(page.locator("#lost")).to_contain_text("Mất liên lạc với thiết bị")


def test_the_page_works_without_scripts(browser: Browser, server: Serving) -> None:
    """With scripts off one can still look, sign in, stop and undo; the page says it must be refreshed."""
    on_air(server)
    with page_of(browser, scripts=False) as page:
        page.goto(server.address)
        expect(page.locator("noscript a")).to_be_visible()
        sign_in(page)
        page.tap(".action--stop summary")
        page.tap("text=30 phút")
        expect(page.locator(".note")).to_contain_text("Đã tắt tiếng đến")
        page.tap("text=Trả về lịch phát")
        expect(page.locator(".note")).to_contain_text("Đã trả về lịch phát.")


def test_a_wrong_pin_is_said_at_the_field(browser: Browser, server: Serving) -> None:
    """The mistake is told in words beside the field, which has the focus and is empty again."""
    with page_of(browser, scripts=False) as page:
        page.goto(server.address)
        page.fill("#pin", "111111")
        page.keyboard.press("Enter")
        expect(page.locator("#trouble")).to_have_text("Mã PIN chưa đúng. Hãy thử lại.")
        assert page.locator("#pin").get_attribute("aria-invalid") == "true"
        assert page.input_value("#pin") == ""
