"""The pages about plays in a real browser: read on a phone, at a desk and across the room, by eye and by keyboard."""

import os
import re
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from central.domain.people import PersonRole
from central.domain.tally import day_of
from central.services import publish
from central.services.public_pages import set_public_page
from contract.testing import Authority
from tests.central.console.browsing import Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.serving import Served
from tests.central.setting import COMMUNE, Province, make_slot, make_sound, real_now
from tests.central.test_tally import Told

PICTURES = os.environ.get("CONSOLE_PICTURES")
PAGES = {
    "plays": "/plays?kind=quarter",
    "plays-month": "/plays",
    "plays-list": "/plays/list?kind=quarter",
    "plays-missed": "/plays/list?outcome=missed",
    "plays-public": "/plays/public",
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province with three months of plays, slots around now, and one public page."""
    folder = tmp_path_factory.mktemp("plays")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    lan = province.person("lan.nguyen", *PersonRole)
    told = Told(province, last=day_of(real_now()))
    told.many(300)
    sound = province.sound(make_sound(folder / "tin.mp3"), title="Bản tin sáng")
    for number, (start, title) in enumerate(
        (
            (time(5, 30), "Thời sự sáng"),
            (time(0, 0), "Tiếp sóng cả ngày"),
            (time(17, 0), "Bản tin chiều"),
        )
    ):
        slot = make_slot(sound.sha256, f"s{number}", start=start, title=title)
        province.slot(slot)
    publish(province.house, "dt", who=None, now=province.now)
    with province.house.writing() as unit:
        contact = "Ủy ban nhân dân xã Mỹ Phong, chị Lan\nĐiện thoại 0277 3 000 000"
        set_public_page(unit, COMMUNE, shown=True, contact=contact, who=lan, now=province.now)
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


@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", [390, 1440])
def test_pages_are_fit_to_read_on_a_phone_and_a_desk(
    browser: Browser, scene: Served, width: int
) -> None:
    """Every page fits its screen, names its controls and is dark enough to read; one play is a click away."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        for name, path in PAGES.items():
            page = found.open(path)
            _looked_at(found, name, width)
        found.open("/plays/list?kind=quarter&outcome=short")
        page.locator(".plays-lines th a").first.click()
        expect(page.get_by_role("heading", name="Bằng chứng")).to_be_visible()
        _looked_at(found, "play", width)
        assert found.complaints == []


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1440, 1920])
def test_the_wall_is_read_across_the_room(browser: Browser, scene: Served, width: int) -> None:
    """The wall fits one screen without scrolling, its clock goes, and it says when it last asked."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        page = found.open("/wall")
        page.set_viewport_size({"width": width, "height": width * 9 // 16})
        expect(page.locator("#wall-clock")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
        tall = page.evaluate("document.documentElement.scrollHeight - innerHeight")
        assert tall <= 16
        assert faults_of(page) == []
        if PICTURES:
            (Path(PICTURES) / f"console-wall-{width}.png").write_bytes(page.screenshot())
        assert found.complaints == []


def _looked_at(found: Desk, name: str, width: int) -> None:
    """Check that the page fits and is sound, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == [], name
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png", tallest=5_000)
