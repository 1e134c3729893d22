"""The inbox and the way of a notice in a real browser, on a phone and on a desk: keys, rules, pictures.

Pictures are saved where `CONSOLE_PICTURES` names a folder.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from central.domain.people import PersonRole
from central.domain.workflow_inbox import SubjectKind
from central.services.comments import comment
from central.services.workflow import send_back, submit
from central.services.workflow_offers import offer
from contract.documents import Level, Outcome, Role
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.noticing import Notices, Teller
from tests.central.serving import Served
from tests.central.setting import COMMUNE, OTHER, Province, real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
pytestmark = pytest.mark.timeout(180)


class Scene:
    """A served province in which every kind of thing is asked of `lan.nguyen`, and one notice that fell short."""

    def __init__(self, folder: Path) -> None:
        now = real_now()
        self.authority = Authority.make("dt", now=now)
        province = Province(folder / "site", self.authority)
        notices = Notices(province, folder)
        self.lan = province.person("lan.nguyen", *PersonRole, area=COMMUNE)
        key = self.authority.add_key(Role.APPROVE, holder="Nguyễn Thị Lan", scope=COMMUNE)
        province.keep_keyring()
        self.key = folder / "lan.pem"
        self.key.write_bytes(key.to_pem(None))
        house = province.house
        water = notices.upload(notices.tinh, "dt", "Lịch lấy nước tưới vụ Đông Xuân")
        dog = notices.upload(notices.tinh, "dt", "Tiêm phòng bệnh dại cho chó, mèo")
        for sha256 in (water, dog):
            notices.sign(sha256, "dt", who=notices.tinh)
        self.short = notices.upload(self.lan, title="Bản tin sáng: giá lúa hôm nay")
        notices.sign(self.short, who=notices.tam)
        notices.plan(self.short)
        notices.publish()
        units = [Teller(province) for _ in range(3)]
        for teller, outcome in zip(units, (Outcome.SOUNDED, Outcome.PARTLY, None), strict=True):
            teller.fetch()
            if outcome is not None:
                teller.tell(self.short, outcome)
        self.waiting = notices.upload(notices.minh, title="Thông báo họp dân ấp Mỹ Thạnh")
        returned = notices.upload(self.lan, title="Lịch cúp điện tuần này")
        with house.writing() as unit:
            then = notices.now
            submit(
                unit, self.waiting, who=notices.minh, now=then, words="Phát trước 17 giờ hôm nay"
            )
            submit(unit, returned, who=self.lan, now=then)
            why = "Sai tên đường: Lê Lợi, không phải Lê Lai"
            send_back(unit, returned, why, who=notices.tam, now=then)
            offer(unit, water, [COMMUNE], who=notices.tinh, now=then, words="Xã có lúa thì phát")
            early = then - timedelta(hours=6)
            offer(unit, dog, [COMMUNE, OTHER], who=notices.tinh, now=early, level=Level.PRIORITY)
            content = SubjectKind.CONTENT
            comment(
                unit,
                content,
                water,
                "@lan.nguyen xã mình phát mấy giờ?",
                who=notices.tinh,
                now=then,
            )
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
    scene = Scene(tmp_path_factory.mktemp(f"inbox-{width}"))
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
    """The commune's officer, signed in; whatever the browser complains of fails the test."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in()
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


def test_a_day_at_the_inbox(lan: Desk, scene: Scene, width: int) -> None:
    """Everything asked lies under its heading; one form takes a notice; an approval is signed with one's own key."""
    page = lan.open("/inbox")
    for heading in (
        "Chờ xã chọn lịch",
        "Chờ tôi duyệt",
        "Trả lại cho tôi sửa",
        "Có người nhắc tôi",
    ):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
    looked_at(lan, "inbox", width)
    page.get_by_text("Việc khác").first.click()
    looked_at(lan, "inbox-open", width)
    card = page.locator("article", has_text="Lịch lấy nước tưới").first
    card.get_by_role("button", name="Nhận, đặt lịch").click()
    expect(page.get_by_text("Đã nhận và đặt lịch")).to_be_visible()
    lan.import_key(scene.key, "")
    lan.open("/inbox?ask=approve")
    page.get_by_role("link", name="Nghe và duyệt").first.click()
    expect(page.get_by_role("heading", name="Thông báo họp dân ấp Mỹ Thạnh")).to_be_visible()
    looked_at(lan, "notice", width)
    page.get_by_role("button", name="Duyệt bằng khóa của tôi").click()
    page.get_by_role("dialog").get_by_role("button", name="Ký duyệt", exact=True).click()
    expect(page.locator("#way .word").first).to_have_text("đã duyệt")
    lan.open("/inbox?ask=approve")
    expect(page.get_by_text("Không còn việc nào chờ bạn")).to_be_visible()
    looked_at(lan, "inbox-empty", width)


def test_the_way_of_what_fell_short(lan: Desk, scene: Scene, width: int) -> None:
    """The steps show how far it got and where it fell short; a comment is written and names are put in by a tap."""
    page = lan.open(f"/inbox/contents/{scene.short}")
    expect(page.locator("#way")).to_contain_text("phát thiếu 1/3")
    page.get_by_label("Góp ý").fill("Cụm ba chưa báo,")
    page.get_by_role("button", name="@tam").click()
    page.get_by_role("button", name="Gửi góp ý").click()
    expect(page.get_by_text("đã báo cho tam")).to_be_visible()
    page.get_by_text("Thu hồi").first.click()
    looked_at(lan, "notice-short", width)


def test_arrows_move_between_entries(lan: Desk, width: int) -> None:
    """With the focus in the list the arrows go from entry to entry; Enter opens it, and it counts as seen."""
    page = lan.open("/inbox")
    titles = page.locator("[data-entry] h3 a")
    titles.first.focus()
    page.keyboard.press("ArrowDown")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(titles.first).to_be_focused()
    fresh = page.locator("[data-entry].new").count()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/inbox/contents/*")
    page.wait_for_load_state("networkidle")
    lan.open("/inbox")
    expect(page.locator("[data-entry].new")).to_have_count(fresh - 1)
