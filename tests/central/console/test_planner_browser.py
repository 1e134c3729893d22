"""The planner in a real browser: dragged, sized and drawn by mouse, moved by keys, undone, and told aloud."""

import os
from collections.abc import Iterator
from datetime import time, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from central.domain.people import PersonRole
from central.domain.planning import monday_of
from contract.documents import Weekdays
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.serving import Served
from tests.central.setting import COMMUNE, Province, make_slot, make_sound, real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")
WEEK = monday_of(real_now().date()) + timedelta(days=7)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province whose commune has a weekly slot of its own, and one it inherits."""
    folder = tmp_path_factory.mktemp("planner")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    province.person("lan.nguyen", *PersonRole)
    content = province.sound(make_sound(folder / "ban-tin.mp3", "sine=440:d=60"))
    province.slot(make_slot(content.sha256, "tinh", start=time(5, 30), title="Tin tỉnh"), "dt")
    mondays = Weekdays(days=frozenset({1}))
    province.slot(
        make_slot(content.sha256, "xa", start=time(9), title="Tin xã", recurrence=mondays)
    )
    province.appliance("Cụm loa Chợ")
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


def own(page: Page) -> Locator:
    """Return the commune's own frame."""
    return page.locator(".block.own:not(.skipped)").first


def drag(page: Page, block: Locator, x: float, y: float, *, from_bottom: bool = False) -> None:
    """Take a frame (by its lower edge where asked) and let it go so far away."""
    frame = block.locator("svg.frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    at_x = box["x"] + box["width"] / 2
    at_y = box["y"] + (box["height"] - 3 if from_bottom else box["height"] / 2)
    page.mouse.move(at_x, at_y)
    page.mouse.down()
    page.mouse.move(at_x + x / 2, at_y + y / 2)
    page.mouse.move(at_x + x, at_y + y, steps=4)
    page.mouse.up()


@pytest.mark.timeout(240)
def test_a_week_is_planned_by_mouse_and_by_keys(browser: Browser, scene: Served) -> None:
    """One date is dragged, the series sized, a slot drawn, a frame moved by keys; all is told, undone and asked."""
    with desk(browser, scene.url, 1440) as lan:
        lan.sign_in()
        page = lan.open(f"/programme?area={COMMUNE}&week={WEEK}")
        said, box = page.locator("[data-say]"), page.get_by_role("dialog")
        width = page.locator("svg[data-day]").first.bounding_box()
        assert width is not None
        drag(page, own(page), width["width"], 36)
        expect(box).to_contain_text("09:30–10:00")
        box.get_by_role("button", name="Chỉ ngày này").click()
        expect(said).to_contain_text("Đã dời “Tin xã”")
        tuesday = page.locator(f".block[data-day='{WEEK + timedelta(days=1)}'][data-once]")
        expect(tuesday).to_have_attribute("data-start", "570")
        expect(page.locator(".block.skipped")).to_have_count(1)
        page.keyboard.press("Control+z")
        expect(page.locator(".block.skipped")).to_have_count(0)
        expect(tuesday).to_have_count(0)
        drag(page, own(page), 0, 18, from_bottom=True)
        box.get_by_role("button", name="Cả chuỗi").click()
        expect(own(page)).to_have_attribute("data-length", "45")
        _by_keys(page, box)
        _drawn(page)
        assert lan.complaints == []


def _by_keys(page: Page, box: Locator) -> None:
    """Move, size, leave, save, skip, take back, look at what is inherited, and open the form, without a mouse."""
    said = page.locator("[data-say]")
    own(page).focus()
    page.keyboard.press("ArrowDown")
    expect(said).to_contain_text("09:05–09:50")
    page.keyboard.press("Shift+ArrowUp")
    expect(said).to_contain_text("09:05–09:45")
    page.keyboard.press("Escape")
    expect(said).to_contain_text("ở chỗ cũ")
    expect(own(page)).to_have_attribute("data-start", "540")
    own(page).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    box.get_by_role("button", name="Cả chuỗi").click()
    expect(own(page)).to_have_attribute("data-day", str(WEEK + timedelta(days=1)))
    own(page).focus()
    page.keyboard.press("Delete")
    expect(page.locator(".block.skipped")).to_have_count(1)
    page.locator(".block.skipped").click()
    box.get_by_role("button", name="Phát lại ngày này").click()
    expect(page.locator(".block.skipped")).to_have_count(0)
    page.locator(".block.from-above").first.click()
    expect(box).to_contain_text("chỉ xem")
    page.keyboard.press("Escape")
    own(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/programme/slots/xa")
    page.go_back()


def _drawn(page: Page) -> None:
    """Draw a slot on empty ground: the form opens for that day."""
    column = page.locator("svg[data-day]").nth(3)
    place = column.bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 40, place["y"] + 420)
    page.mouse.down()
    page.mouse.move(place["x"] + 40, place["y"] + 440)
    page.mouse.move(place["x"] + 40, place["y"] + 460, steps=3)
    page.mouse.up()
    page.wait_for_url("**/programme/slots/new**")
    expect(page.get_by_label("Ngày phát")).to_have_value(str(WEEK + timedelta(days=3)))


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_planner_is_fit_for_a_phone_and_a_desk(
    browser: Browser, scene: Served, width: int
) -> None:
    """Grid, tools and the page before publishing fit the screen, name their controls, and are dark enough to read."""
    with desk(browser, scene.url, width) as lan:
        lan.sign_in()
        for name, path in (
            ("planner", f"/programme?area={COMMUNE}&week={WEEK}"),
            ("publish-diff", f"/programme/publish?area={COMMUNE}"),
            ("templates", f"/week-plan/templates?area={COMMUNE}"),
            ("calendar", f"/week-plan/calendar?area={COMMUNE}"),
            ("day", f"/week-plan/day?area={COMMUNE}&day={WEEK}"),
            ("copy-week", f"/week-plan/copy?area={COMMUNE}&source={WEEK}"),
            ("publications", "/week-plan/publications"),
        ):
            page = lan.open(path)
            assert faults_of(page) == [], name
            _picture(lan, name, width)
        assert lan.complaints == []


def _picture(found: Desk, name: str, width: int) -> None:
    """Check that the page fits its screen, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")
