"""The local page in a real browser: as a phone and as a desk, by touch, by keyboard, live and when lost."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from contract.documents import Right, StaffPin
from edge.core.events import CentralLost, HandFailed, Ticked
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.scenes import (
    Scene,
    emergency,
    fault,
    idle,
    local_warning,
    on_air,
    sign_in,
    tested,
)
from tests.edge.web.shop import CHIEF, INSTALLER, PIN, Serving, Shop, heard, serving, warned

EVERYTHING = StaffPin(name="Võ Thị Út", verifier=CHIEF.verifier, rights=tuple(Right))
SCENES: tuple[Scene, ...] = (idle, on_air, emergency, fault, local_warning)

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
WEIGHTS = """() => Object.fromEntries(
  [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .map(e => [e.name, e.decodedBodySize]))"""
TWICE = """() => { const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
  return ids.filter((id, at) => ids.indexOf(id) !== at); }"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the stories of this file."""
    with chromium() as running:
        yield running


def key_on_air(server: Serving) -> str:
    """Return the key of what has the air."""
    air = server.shop.reactor.air
    assert air is not None
    return air.claim.key


@pytest.fixture
def server() -> Iterator[Serving]:
    """Serve one appliance."""
    with serving(Shop()) as running:
        yield running


SMALL = (320, 640)
LOOKS: tuple[tuple[Scene, tuple[int, int], str], ...] = (
    *((scene, PHONE, "light") for scene in SCENES),
    (on_air, PHONE, "dark"),
    (emergency, PHONE, "dark"),
    (on_air, SMALL, "light"),
    (local_warning, SMALL, "dark"),
    (fault, DESK, "light"),
    (local_warning, DESK, "light"),
)


@pytest.mark.parametrize(("scene", "size", "scheme"), LOOKS)
def test_nothing_is_cut_off_pale_small_or_nameless(
    browser: Browser, scene: Scene, size: tuple[int, int], scheme: str
) -> None:
    """In each state, size and scheme: no sideways scrolling, contrast 4.5, targets of 44 px, a name each."""
    with (
        serving(Shop(staff=(EVERYTHING,))) as server,
        page_of(browser, size, "dark" if scheme == "dark" else "light") as page,
    ):
        scene(server)
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


@pytest.mark.parametrize(("size", "scheme"), [(SMALL, "light"), (PHONE, "dark"), (DESK, "light")])
def test_the_other_pages_keep_the_same_rules(
    browser: Browser, size: tuple[int, int], scheme: str
) -> None:
    """Check, log, appliance and the second question: nothing cut off, pale, small, nameless or double."""
    with (
        serving(Shop(staff=(EVERYTHING,))) as server,
        page_of(browser, size, "dark" if scheme == "dark" else "light") as page,
    ):
        tested(server)
        page.goto(f"{server.address}/check")
        sign_in(page)
        for path in ("/check", "/log", "/about"):
            page.goto(server.address + path)
            page.evaluate("document.querySelectorAll('details').forEach(d => {d.open = true})")
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
            for fault_of in (TOO_SMALL, TOO_PALE, UNNAMED, TWICE):
                assert page.evaluate(fault_of) == [], path


def taps(page: Page, *selectors: str) -> int:
    """Tap one thing after the other, as a thumb does; return how many taps that were."""
    for selector in selectors:
        page.wait_for_load_state("load")  # no thumb is quicker than the page
        page.tap(selector)
    return len(selectors)


def test_one_tap_stops_the_sound_and_one_undoes_it(browser: Browser, server: Serving) -> None:
    """On a phone: one tap and it is silent for a quarter of an hour; one more within ten seconds, and it is not."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        assert taps(page, "#stop") == 1
        expect(page.locator(".note")).to_contain_text("Đã tắt tiếng đến")
        assert key_on_air(server) == "hush"
        assert taps(page, "#undo-go") == 1
        expect(page.locator(".note")).to_contain_text("Đã hoàn tác")
        assert key_on_air(server) != "hush"


def test_one_tap_lowers_the_volume_and_a_second_lowers_it_further(
    browser: Browser, server: Serving
) -> None:
    """Each tap is ten percent; the page shows the new level and who set it until when."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        posted: list[str | None] = []
        page.on("request", lambda r: posted.append(r.post_data) if r.method == "POST" else None)
        assert taps(page, "#volume-down") == 1
        expect(page.locator(".note")).to_contain_text("Đã đặt âm lượng 60 %")
        expect(page.locator(".volume__now")).to_contain_text("60 %")
        taps(page, "#volume-down")
        expect(page.locator(".volume__now"), f"posted: {posted}").to_contain_text("50 %")
        expect(page.locator(".volume__now")).to_contain_text("đặt, đến 24:00")
        taps(page, "#volume-back")
        expect(page.locator(".volume__now")).to_contain_text("70 %")


def test_a_notice_is_on_air_within_three_taps(browser: Browser, server: Serving) -> None:
    """Signed in: open, choose; the appliance has it, and it ends by itself."""
    server.shop.to(8, 0)
    idle(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        assert taps(page, ".action--play summary", "text=Thông báo cắt điện ngày 24/11") <= 3
        expect(page.locator(".note")).to_contain_text("Sẽ phát “Thông báo cắt điện ngày 24/11”")
        assert key_on_air(server).startswith("staff/")


def test_a_typed_text_is_spoken_within_four_taps(browser: Browser, server: Serving) -> None:
    """Signed in: open, take a template, read it out; the preview shows the words beforehand."""
    server.shop.to(8, 0)
    idle(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        assert taps(page, ".action--say summary", ".action--say >> text=Mất điện") == 2
        expect(page.locator("#say-text")).to_have_value(re.compile("tạm ngừng cấp điện"))
        expect(page.locator("#preview")).to_contain_text("Từ tám giờ đến mười sáu giờ")
        expect(page.locator("#preview")).to_contain_text("mỗi lượt")
        expect(page.locator("#say-look")).to_be_hidden()
        assert taps(page, "#say-go") + 2 <= 4
        expect(page.locator(".note")).to_contain_text("Máy sẽ đọc ngay, 1 lượt")
        override = server.shop.reactor.desk.local.override
        assert override is not None
        assert "tạm ngừng cấp điện" in override.words


def test_what_was_typed_outlives_a_session(browser: Browser, server: Serving) -> None:
    """The session ends while somebody types; after signing in again the text is still there, once."""
    server.shop.to(8, 0)
    idle(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--say summary")
        page.fill("#say-text", "Mời bà con họp.")
        expect(page.locator("#preview")).to_contain_text("ký tự")
        server.shop.mono_s += 3_600
        page.tap("#say-go")
        expect(page.locator("#trouble")).to_contain_text("Phiên đã hết")
        sign_in(page)
        page.tap(".action--say summary")
        expect(page.locator("#say-text")).to_have_value("Mời bà con họp.")
        page.tap("#say-go")
        expect(page.locator(".note")).to_contain_text("Máy sẽ đọc ngay")
        expect(page.locator("#say-text")).to_have_value("")


def test_skip_is_one_tap_on_what_is_on_air(browser: Browser, server: Serving) -> None:
    """The item on air has its own button; an emergency has none."""
    on_air(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        assert taps(page, "#skip-item") == 1
        expect(page.locator(".note")).to_contain_text("Đã bỏ qua “Bản tin xã")
        server.do(warned(server.shop))
        expect(page.locator(".air")).to_have_class(re.compile("air--emergency"))
        expect(page.locator("#skip-item")).to_have_count(0)


def hold(page: Page, selector: str, how: str, seconds: float) -> None:
    """Hold a button with the pointer or with a key for so long."""
    if how == "pointer":
        page.hover(selector)
        page.mouse.down()
        page.wait_for_timeout(seconds * 1_000)
        page.mouse.up()
        return
    page.focus(selector)
    page.keyboard.down(how)
    page.wait_for_timeout(seconds * 1_000)
    page.keyboard.up(how)


def test_an_emergency_is_fired_and_ended_by_holding(browser: Browser) -> None:
    """Let go too soon and nothing happens; held for three seconds it sounds, and held again it is over."""
    with serving(Shop(staff=(CHIEF,))) as server, page_of(browser, DESK) as page:
        idle(server)
        page.goto(server.address)
        sign_in(page)
        page.click(".action--warn summary")
        page.click(".action--warn >> text=Sạt lở")
        expect(page.locator("#warn-headline")).to_have_value("Nguy cơ sạt lở")
        for how in ("pointer", "Space", "Enter"):
            hold(page, "#warn-go", how, 0.3)
            expect(page.locator("#warn-go")).to_contain_text("Chưa phát")
            expect(page.locator(".holding")).to_have_count(0)
        assert server.shop.view().alarms == ()
        hold(page, "#warn-go", "pointer", 3.3)
        expect(page.locator(".note")).to_contain_text("Đang phát cảnh báo “Nguy cơ sạt lở”")
        assert len(server.shop.view().alarms) == 1
        hold(page, "#end-1", "Enter", 3.3)
        expect(page.locator(".note")).to_contain_text("Đã kết thúc cảnh báo.")
        assert server.shop.view().alarms == ()


def test_an_emergency_without_scripts_is_asked_once_more(browser: Browser) -> None:
    """With scripts off the press leads to a page that asks for a word; the word sounds it."""
    with serving(Shop(staff=(CHIEF,))) as server, page_of(browser, scripts=False) as page:
        idle(server)
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--warn summary")
        page.tap(".action--warn >> text=Cháy")
        page.tap("#warn-go")
        expect(page.locator("h1")).to_have_text("Phát cảnh báo khẩn?")
        assert server.shop.view().alarms == ()
        page.fill("#sure", "phát")
        page.keyboard.press("Enter")
        expect(page.locator(".note")).to_contain_text("Đang phát cảnh báo “Có cháy”")
        assert len(server.shop.view().alarms) == 1


def test_a_tap_survives_a_repaint(browser: Browser, server: Serving) -> None:
    """What changes while a finger is down is drawn when it is up, so no tap falls between two paintings."""
    on_air(server)
    with page_of(browser, DESK) as page:
        page.goto(server.address)
        sign_in(page)
        page.hover("#skip-item")
        page.mouse.down()
        server.do(warned(server.shop))  # the button is about to vanish
        page.wait_for_timeout(900)
        expect(page.locator("#skip-item")).to_have_count(1)
        page.mouse.up()
        expect(page.locator(".note")).to_be_visible()


def test_why_is_one_tap_and_stays_open_when_the_list_is_drawn_again(
    browser: Browser, server: Serving
) -> None:
    """A tap on an item of today shows its sentence; a change elsewhere in the list does not close it."""
    idle(server)
    with page_of(browser) as page:
        page.goto(server.address)
        row = ".today li:has-text('Hướng dẫn phòng, chống sốt xuất huyết') >> nth=0"
        page.tap(f"{row} >> summary")
        expect(page.locator(row)).to_contain_text("Giờ yên tĩnh 21:00–05:30")
        server.shop.to(5, 31)
        server.do(Ticked())
        expect(page.locator(".today")).to_contain_text("Đến giờ, chưa có tiếng")
        expect(page.locator(".today details[open]")).to_have_count(1)


def test_the_check_page_follows_a_test_by_itself(browser: Browser) -> None:
    """The installer presses once; the page shows the test running and then its verdict without a reload."""
    with serving(Shop(staff=(INSTALLER,))) as server, page_of(browser) as page:
        idle(server)
        page.goto(f"{server.address}/check")
        sign_in(page)
        page.tap("button:has-text('Kiểm tra ngay')")
        expect(page.locator(".running")).to_have_text("Đang thử…")
        server.shop.pass_s(60)
        server.do(HandFailed(hand="player", why="Thiết bị âm thanh bị rút."))
        server.shop.pass_s(60)
        server.do(Ticked())
        expect(page.locator(".running")).to_have_count(0)
        expect(page.locator(".verdict")).to_contain_text("chỗ hỏng")


def test_the_first_load_is_light(browser: Browser, server: Serving) -> None:
    """Page, styles, scripts and drawings of a signed-in first load are together under 100 kB, from here alone."""
    emergency(server)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        page.wait_for_load_state("load")
        sizes: dict[str, int] = page.evaluate(WEIGHTS)
        kinds = {url.partition("?")[0].rpartition("/")[2].rpartition(".")[2] for url in sizes}
        assert {"css", "js", ""} <= kinds
        assert all(url.startswith(server.address) for url in sizes)
        assert 30_000 < sum(sizes.values()) < 100_000, sizes


def test_the_first_screen_of_a_phone_holds_what_is_on_air_and_every_control(
    browser: Browser,
) -> None:
    """Without scrolling, a signed-in person sees the air and can reach stop, volume, play, words and emergency."""
    with serving(Shop(staff=(CHIEF,))) as server, page_of(browser) as page:
        on_air(server)
        page.goto(server.address)
        sign_in(page)
        parts = ["#air-state", "#stop", "#volume-down", "#volume-up"]
        parts += [f".action--{name} summary" for name in ("play", "say", "warn")]
        for part in parts:
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
        press(page, "Tab", "#release")
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
        page.tap(".stop__longer summary")
        page.tap("text=1 giờ")
        page.focus("#undo-go")
        server.shop.pass_s(2)
        heard(server.shop, server.do, -33.0)
        expect(page.locator(".meter")).to_contain_text("−33 dBFS")
        expect(page.locator("#undo-go")).to_contain_text("7 giây")  # it was drawn again
        assert page.evaluate("document.activeElement.id") == "undo-go"


def test_a_page_that_lost_the_appliance_says_so(browser: Browser) -> None:
    """When the appliance no longer answers, the page admits that what it shows may be old."""
    with page_of(browser) as page:
        with serving(Shop()) as server:
            page.goto(server.address)
            expect(page.locator("#lost")).to_be_hidden()
        expect(page.locator("#lost")).to_contain_text("Mất liên lạc với thiết bị")


def test_the_page_works_without_scripts(browser: Browser, server: Serving) -> None:
    """With scripts off one can still look, sign in, stop, set the volume, play, preview and undo."""
    on_air(server)
    with page_of(browser, scripts=False) as page:
        page.goto(server.address)
        expect(page.locator("noscript a")).to_be_visible()
        sign_in(page)
        page.tap("#stop")
        expect(page.locator(".note")).to_contain_text("Đã tắt tiếng đến")
        page.tap("text=Trả về lịch phát")
        expect(page.locator(".note")).to_contain_text("Đã trả về lịch phát.")
        page.tap("#volume-down")
        expect(page.locator(".note")).to_contain_text("Đã đặt âm lượng 60 %")
        page.tap(".action--play summary")
        page.tap("text=Thông báo cắt điện ngày 24/11 >> nth=0")
        expect(page.locator(".note")).to_contain_text("Sẽ phát")
        page.tap(".action--say summary")
        page.tap("text=Họp dân")
        page.tap("#say-look")
        expect(page.locator("#preview")).to_contain_text("mười chín giờ")
        page.tap("#undo-go")
        expect(page.locator(".note")).to_contain_text("Đã hoàn tác")


def test_a_wrong_pin_is_said_at_the_field(browser: Browser, server: Serving) -> None:
    """The mistake is told in words beside the field, which has the focus and is empty again."""
    with page_of(browser, scripts=False) as page:
        page.goto(server.address)
        page.fill("#pin", "111111")
        page.keyboard.press("Enter")
        expect(page.locator("#trouble")).to_have_text("Mã PIN chưa đúng. Hãy thử lại.")
        assert page.locator("#pin").get_attribute("aria-invalid") == "true"
        assert page.input_value("#pin") == ""
