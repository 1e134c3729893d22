"""The list, the map, orders and alerts in a real browser: a phone and a desk, by keyboard, nothing amiss for axe."""

import hashlib
import os
import random
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import update

from central.db.care import DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.people import PersonRole
from central.services.alerts import look
from central.services.care_map import set_outline
from central.services.care_papers import (
    AssetDraft,
    PartDraft,
    SupplierDraft,
    add_note,
    set_asset,
    set_part,
    set_supplier,
)
from contract.documents import Outcome, Rank, Vitals
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.serving import Served
from tests.central.setting import Province, real_now
from tests.central.test_care import sick, tell
from tests.central.test_reports import Teller, make_play

PICTURES = os.environ.get("CONSOLE_PICTURES")
KINDS = ("Chợ", "Đình", "Trường Tiểu học", "Bến đò", "Nhà văn hóa", "Ngã ba")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html.slice(0, 160)) }))"""
OUTLINE = (
    b'{"type":"Polygon","coordinates":[[[105.95,10.25],[106.1,10.42],[106.32,10.47],[106.55,10.4],'
    b"[106.72,10.33],[106.68,10.2],[106.4,10.22],[106.2,10.16],[105.95,10.25]]]}"
)
pytestmark = [pytest.mark.timeout(240)]


def fill(province: Province) -> Teller:
    """Fill a province with appliances in every mood; return the one with a long history."""
    chance = random.Random(7)
    room = 10**10
    moods: tuple[dict[str, object], ...] = (
        {},
        {"mains": False},
        {"on_air": Rank.NORMAL},
        {"vitals": Vitals(temperature_c=83.0)},
        {"sound_path_ok": False},
        {"alarms": ("Cửa tủ",)},
    )
    start = province.now
    told = Teller(province)
    province.clock.now = start - timedelta(hours=6)
    for minute in range(0, 355, 5):
        warm = 50 + 8 * chance.random()
        parts: dict[str, object] = {"told": sick(province, vitals=Vitals(temperature_c=warm))}
        if minute % 120 == 0:
            parts["played"] = (make_play(province, minute),)
        if minute == 300:
            silent = make_play(province, minute)
            parts["played"] = (
                msgspec.structs.replace(
                    silent, sounded_ms=0, outcome=Outcome.SILENT, why="Dây loa đứt."
                ),
            )
        tell(told, **parts)
        province.clock.pass_by(timedelta(minutes=5))
    province.clock.now = start
    for number in range(58):
        teller = Teller(province)
        if number % 11 == 5:
            continue
        mood = moods[number // 3 % 6] if number % 3 == 0 else {}
        if number % 13 == 7:
            province.clock.now = start - timedelta(hours=3)
        tell(teller, told=sick(province, storage_free_bytes=room, **dict(mood)))
        province.clock.now = start
    with province.house.writing() as unit:
        for row in unit.session.query(DeviceRow).order_by(DeviceRow.id):
            number = int(hashlib.sha256(row.id.encode()).hexdigest(), 16)
            row.name = f"Cụm loa {KINDS[number % 6]} {number % 90 + 1}"
            row.area = "dt/my-phong/ap-1" if number % 3 else "dt/tan-hoi"
            unit.session.execute(
                update(DeviceHealthRow)
                .where(DeviceHealthRow.device == row.id)
                .values(
                    search=row.name.lower(),
                    latitude_deg=10.22 + (number % 997) / 5_000,
                    longitude_deg=106.05 + (number % 1_009) / 1_700,
                )
            )
    return told


@pytest.fixture(scope="module")
def told() -> list[str]:
    """The id of the appliance with a history, once it is known."""
    return []


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, told: list[str]) -> Iterator[Served]:
    """A served province of sixty appliances with alerts, papers and an outline."""
    folder = tmp_path_factory.mktemp("fleet")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    province.clock.now += timedelta(minutes=3)  # so that nobody is late before the last test
    lan = province.person("lan.nguyen", *PersonRole)
    teller = fill(province)
    told.append(teller.device)
    now = province.now
    look(province.house, now=now)
    with province.house.writing() as unit:
        set_outline(unit, "dt", OUTLINE, who=lan, now=now)
        supplier = set_supplier(
            unit,
            SupplierDraft(area="dt", name="Công ty Loa Việt", phone="0273 3878"),
            who=lan,
            now=now,
        )
        set_part(
            unit, PartDraft(area="dt", name="Nguồn 5 V 3 A", stock=1, fewest=4), who=lan, now=now
        )
        set_part(
            unit, PartDraft(area="dt", name="Loa nén 30 W", stock=12, fewest=6), who=lan, now=now
        )
        until = now.date() + timedelta(days=20)
        asset = AssetDraft(serial="TL-0042", supplier=supplier.id, warranty_until=until)
        set_asset(unit, teller.device, asset, who=lan, now=now)
        add_note(unit, teller.device, "repair", "Thay dây loa, siết lại giá đỡ.", who=lan, now=now)
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


@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_pages_are_fit_to_use_on_a_phone_and_a_desk(
    browser: Browser, scene: Served, told: list[str], width: int
) -> None:
    """Every page fits its screen, names its controls, is dark enough to read and has nothing amiss for axe."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        for name, path in (
            ("overview", "/"),
            ("list", "/fleet"),
            ("map", "/fleet/map"),
            ("alerts", "/care/alerts"),
            ("rules", "/care/rules"),
            ("stock", "/care/stock"),
            ("appliance", f"/appliances/{told[0]}"),
        ):
            page = found.open(path)
            if name == "map":
                expect(page.locator("#map svg a").first).to_be_visible()
            _whole(found, name, width)
        assert found.complaints == []


def _whole(found: Desk, name: str, width: int) -> None:
    assert found.fits(), f"{name} is wider than {width} pixels"
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-fleet-{name}-{width}.png")
    assert faults_of(found.page) == [], name
    found.page.evaluate(AXE)
    broken: list[dict[str, object]] = found.page.evaluate(RULES)
    assert broken == [], name


def test_the_map_opens_a_cluster_and_its_list_follows(browser: Browser, scene: Served) -> None:
    """By keyboard: plus comes nearer, the list names what is in sight, and a link of it opens the appliance."""
    with desk(browser, scene.url, 1440) as found:
        found.sign_in()
        page = found.open("/fleet/map")
        expect(page.locator("#map svg a").first).to_be_visible()
        before = page.locator("#map svg a").count()
        expect(page.locator("#map-list li").first).to_be_visible()
        seen = page.locator("#map-list li").count()
        page.locator("#map").focus()
        for _ in range(6):
            page.keyboard.press("+")
        expect(page.locator("#map-count")).not_to_have_text(f"{seen} cụm")
        assert page.locator("#map-list li").count() < seen
        page.keyboard.press("0")
        expect(page.locator("#map-count")).to_have_text(f"{seen} cụm")
        assert page.locator("#map svg a").count() == before
        page.locator("#map svg a.many").first.click()
        expect(page.locator("#map-count")).not_to_have_text(f"{seen} cụm")
        page.locator("#map-list a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/console/appliances/**")
        assert found.complaints == []


def test_an_order_to_the_ticked_is_given_by_keyboard(browser: Browser, scene: Served) -> None:
    """Tick the page, review, send: the page of the order shows them going out without a reload."""
    with desk(browser, scene.url, 390) as found:
        found.sign_in()
        page = found.open("/fleet?trouble=mains")
        boxes = page.locator('input[name="device"]')
        count = boxes.count()
        for number in range(count):
            boxes.nth(number).focus()
            page.keyboard.press("Space")
        expect(page.locator("#ticked")).to_have_text(f"({count} cụm)")
        page.locator('select[name="do"]').select_option("self-test")
        page.get_by_role("button", name="Xem lại trước khi gửi").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Gửi lệnh tới {count} cụm loa?")
        _whole(found, "confirm", 390)
        page.get_by_role("button", name=f"Gửi tới {count} cụm loa").click()
        page.wait_for_url("**/console/fleet/bulk/*")
        expect(page.locator("#order")).to_contain_text(f"đã gửi {count}")
        _whole(found, "order", 390)
        assert found.complaints == []
