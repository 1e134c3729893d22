"""Drills in a real browser: a month of nights signed in one sitting, an exercise planned, a morning read.

Pictures are saved where `CONSOLE_PICTURES` names a folder. Each width has a province of its own.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from central.db.drills import DrillLackRow, DrillRow
from central.domain.drills import MONTH_NIGHTS, DrillState, night_of
from central.domain.people import PersonRole
from central.domain.tally import ZONE
from central.services.drills import prepare_nights, take_drill
from contract.documents import Kind, Role
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.serving import Served
from tests.central.setting import HAMLET, OTHER, Province, real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
pytestmark = pytest.mark.timeout(180)


class Scene:
    """A served province with two nights behind it, one of which named three appliances."""

    def __init__(self, folder: Path) -> None:
        now = real_now()
        self.authority = Authority.make("dt", now=now)
        province = Province(folder / "site", self.authority)
        self.lan = province.person("lan.nguyen", *PersonRole)
        key = self.authority.add_key(Role.EMERGENCY, holder="Nguyễn Thị Lan")
        province.keep_keyring()
        self.key = folder / "lan.pem"
        self.key.write_bytes(key.to_pem(None))
        devices = [
            province.appliance(f"Cụm loa ấp {n}", HAMLET if n < 6 else OTHER)[1] for n in range(9)
        ]
        today = now.astimezone(ZONE).date()
        with province.house.writing() as unit:
            # as they were signed: the rows are then moved into the past, as if days had gone by
            for back, lacking in ((2, 0), (1, 3)):
                first = today + timedelta(days=1)
                (paper,) = prepare_nights(unit, ["dt"], first, 1, who=self.lan, now=now)
                sealed = self.authority.seal_bytes(Kind.ANNOUNCEMENT, paper.payload, Role.EMERGENCY)
                drill = take_drill(unit, sealed, who=self.lan, now=now)
                row = unit.session.get_one(DrillRow, drill.id)
                row.day = today - timedelta(days=back)
                row.sent = night_of(row.day)
                row.expires = row.sent + timedelta(hours=3)
                row.state, row.judged, row.handed = DrillState.DONE.value, now, row.sent
                row.headline = f"Kiểm tra: đêm {row.day:%d/%m/%Y}"
                row.appliances, row.well = 9, 9 - lacking
                reasons = (
                    ("offline", "Mất liên lạc từ 21:12 23/11/2026."),
                    ("amplifier", "Rơ-le không theo lệnh: Chợ."),
                    ("silent", "Lần phát gần nhất không ra tiếng. dây loa đứt"),
                )
                for (cause, why), device in zip(reasons[:lacking], devices, strict=False):
                    lack = DrillLackRow(
                        drill=row.id, device=device, name=f"Cụm loa {cause}", area=HAMLET, cause=cause, why=why
                    )  # fmt: skip
                    unit.session.add(lack)
                unit.session.flush()
                self.night = row.id
        province.house.close()
        self.served = Served(folder / "site" / "central.toml", self.authority)
        self.served.start()


@pytest.fixture(scope="module", params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desk's."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def scene(width: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A province of its own for each width."""
    scene = Scene(tmp_path_factory.mktemp(f"drills-{width}"))
    yield scene
    scene.served.stop()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium, ended before the server."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The province's officer, signed in with her key; whatever the browser complains of fails the test."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in()
        found.import_key(scene.key, "")
        yield found
        assert found.complaints == []


def looked_at(found: Desk, name: str, width: int) -> None:
    """Check the page by our own eyes' rules and by axe's, and save its picture where asked."""
    page = found.page
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(page) == [], name
    page.evaluate(AXE)
    result = page.evaluate("rules => axe.run(document, rules)", RULES)
    assert [
        f"{v['id']}: {n['html'][:160]}" for v in result["violations"] for n in v["nodes"]
    ] == [], name
    if PICTURES:
        found.shoot(Path(PICTURES) / f"{name}-{width}.png")


def test_a_month_of_nights_is_signed_by_one_press(lan: Desk, scene: Scene, width: int) -> None:
    """The first paper is shown in words, one yes signs them all, the calendar shows them signed; nothing is left."""
    page = lan.open("/drills?area=dt")
    expect(page.get_by_role("heading", name="Kiểm tra đêm: Tỉnh Đồng Tháp")).to_be_visible()
    looked_at(lan, "drills", width)
    page.get_by_role("button", name=f"Ký trước {MONTH_NIGHTS} đêm").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("KIỂM TRA")
    looked_at(lan, "drills-signing", width)
    dialog.get_by_role("button", name="Ký 3").click()
    expect(page.locator("td.air")).not_to_have_count(0)
    left = page.get_by_text("Ký trước 31 đêm")
    signed = page.locator("td.air").count()
    assert signed >= MONTH_NIGHTS - 1
    assert left.count() <= 1
    looked_at(lan, "drills-signed", width)


def test_the_morning_names_who_would_have_been_silent(lan: Desk, scene: Scene, width: int) -> None:
    """From the calendar to the night: how many, why, where, what to do, and the paper to hand on."""
    page = lan.open("/drills?area=dt")
    page.locator("td.bad a").click()
    expect(page.get_by_text("trong 9 cụm loa phát được")).to_be_visible()
    expect(page.get_by_text("Rơ-le không theo lệnh: Chợ.")).to_be_visible()
    expect(page.get_by_text("Đến kiểm tra tăng âm, rơ-le và dây tại cụm loa.")).to_be_visible()
    looked_at(lan, "drill", width)
    with page.expect_download() as found:
        page.get_by_role("link", name="Tải CSV").click()
    assert found.value.suggested_filename == "dien-tap.csv"


def test_an_exercise_is_planned_and_left_out(lan: Desk, scene: Scene, width: int) -> None:
    """The form says what the loudspeaker will say; signed it stands in the list, and may be left out until its hour."""
    page = lan.open("/drills/new")
    expect(page.locator("[data-said]")).to_contain_text("Diễn tập, diễn tập.")
    looked_at(lan, "drill-form", width)
    page.get_by_role("button", name="Ký và đặt lịch diễn tập").click()
    expect(page.get_by_text("Chưa chọn địa bàn nhận.")).to_be_visible()
    page.get_by_label("Xã Mỹ Phong").check()
    page.get_by_role("button", name="Ký và đặt lịch diễn tập").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("DIỄN TẬP")
    dialog.get_by_role("button", name="Ký diễn tập").click()
    expect(page.get_by_role("button", name="Bỏ lần này")).to_be_visible()
    looked_at(lan, "drill-planned", width)
    page.get_by_role("button", name="Bỏ lần này").click()
    expect(page.locator(".head .word")).to_have_text("đã bỏ")
    lan.open("/drills")
    expect(page.get_by_role("link", name="Diễn tập: cảnh báo")).to_be_visible()
