"""The emergency desk in a real browser: from the sign-in page to a held stream, corrected, ended, telephoned about.

An action is what a person does in one go: signing in (name, password and the button), a press, a tick, a hold. The
second factor, where a person has one, is one action more than is counted here.
"""

import asyncio
import base64
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from central.db.care import DeviceHealthRow
from central.domain.emergency import blanks_in
from central.services.care import fill_missing
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.stage import PASSPHRASE, Stage, Told
from tests.central.serving import Served, open_session
from tests.central.streams import Listener, listen

PICTURES = os.environ.get("CONSOLE_PICTURES")
MOST_ACTIONS: Final = 6
MOST_SECONDS: Final = 30
MOST_TO_CANCEL: Final = 2
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = """async () => (await axe.run(document, {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
})).violations.map((v) => ({ id: v.id, nodes: v.nodes.map((n) => n.html.slice(0, 160)) }))"""
pytestmark = [pytest.mark.timeout(240)]


class Scene:
    """A served province whose appliances stand on the map and have told how they are."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder / "site", two_people=False)
        self.stage.fill_people()
        self.stage.fill_units()
        house = self.stage.province.house
        fill_missing(house)
        with house.writing() as unit:
            for place, told in enumerate(self.stage.units):
                row = unit.session.get_one(DeviceHealthRow, told.device)
                row.latitude_deg, row.longitude_deg = 10.2 + place * 0.03, 106.2 + place * 0.05
        self.key = self.stage.key_file(folder / "lan.pem", passphrase=PASSPHRASE)
        self.served = Served(folder / "site" / "central.toml", self.stage.authority)
        self.served.start()

    def close(self) -> None:
        """Stop the server and close the files."""
        self.served.stop()
        self.stage.province.house.close()


class Ear:
    """An appliance's held stream, in a thread of its own: every announcement that came, with the moment it did."""

    def __init__(self, scene: Scene, told: Told) -> None:
        self._scene, self._told = scene, told
        self._open = threading.Event()
        self._over = asyncio.Event()
        self._listener: Listener | None = None
        self._thread = threading.Thread(target=asyncio.run, args=(self._hold(),))
        self._thread.start()
        assert self._open.wait(20)

    async def _hold(self) -> None:
        self._loop = asyncio.get_running_loop()
        token = await asyncio.to_thread(self._session)
        self._listener = await listen(self._scene.served.url, token)
        self._open.set()
        await self._over.wait()
        await self._listener.close()

    def _session(self) -> str:
        with httpx.Client(
            base_url=f"{self._scene.served.url}/device/v1", trust_env=False, timeout=20
        ) as client:
            return open_session(client, self._told.key)

    def _heard(self, message: str) -> list[tuple[float, dict[str, Any]]]:
        assert self._listener is not None
        found = []
        for at, event in list(self._listener.events):
            if event.get("event") == "sealed":
                envelope = json.loads(event["data"])
                document = json.loads(base64.b64decode(envelope["payload"]))
                if document.get("message") == message:
                    found.append((at, document))
        return found

    def wait(self, message: str) -> tuple[float, dict[str, Any]]:
        """Return the announcement of a kind that came, once one did."""
        for _ in range(200):
            if found := self._heard(message):
                return found[-1]
            threading.Event().wait(0.1)
        pytest.fail(f"no {message} came over the stream within 20 s")

    def close(self) -> None:
        """Hang up."""
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextmanager
def listening(scene: Scene, told: Told) -> Iterator[Ear]:
    """Give an appliance that holds a stream."""
    ear = Ear(scene, told)
    try:
        yield ear
    finally:
        ear.close()


@pytest.fixture(scope="module", params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width; a desk's too where asked."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def scene(width: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A province of its own for each width."""
    scene = Scene(tmp_path_factory.mktemp(f"desk-{width}"))
    yield scene
    scene.close()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium for the scene."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The province's officer, signed in, with a key in the browser."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in()
        found.import_key(scene.key, PASSPHRASE)
        yield found


def picture(found: Desk, name: str, width: int) -> None:
    """Check that the page fits its screen and that nothing is amiss for axe; save its picture where asked."""
    if PICTURES:
        found.shoot(Path(PICTURES) / f"desk-{name}-{width}.png")
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == [], name
    found.page.evaluate(AXE)
    assert found.page.evaluate(RULES) == [], name


def standing(page: Page) -> str:
    """Return the id of the warning whose board is open."""
    page.wait_for_url(re.compile(r"/emergency/[a-z0-9-]+:\d+:\d+$"))
    return page.url.rsplit("/", 1)[1]


def test_from_the_sign_in_page_to_a_held_stream(lan: Desk, scene: Scene, width: int) -> None:
    """With a template it takes at most six actions and thirty seconds; it is ended with two."""
    page, actions = lan.page, 0
    with listening(scene, scene.stage.units[0]) as ear:
        page.context.clear_cookies()
        lan.open("/sign-in")
        begun = time.monotonic()
        page.get_by_label("Tên đăng nhập").fill("lan.nguyen")
        page.get_by_label("Mật khẩu").fill("mật khẩu đủ dài")
        page.get_by_role("button", name="Đăng nhập").click()
        actions += 1
        page.get_by_role("link", name=re.compile("^Khẩn cấp")).click()
        actions += 1
        page.get_by_role("region", name="Phát THẬT").get_by_role(
            "link", name="Lũ", exact=True
        ).click()
        actions += 1
        page.get_by_role("checkbox", name=re.compile("^Phường Mỹ Phong")).check()
        actions += 1
        expect(page.locator("[data-said]")).to_contain_text("tại Phường Mỹ Phong")
        lan.hold(re.compile("PHÁT THẬT"))
        actions += 1
        came, document = ear.wait("Alert")
        assert actions <= MOST_ACTIONS
        assert came - begun <= MOST_SECONDS
        raised_s = came - begun
        assert document["status"] == "Actual"
        assert blanks_in(str(document["infos"][0]["text"])) == ()
        found = standing(page)
        lan.open("/")
        actions, begun = 0, time.monotonic()
        page.locator(f"a.alarm-strip[href$='{found}']").click()
        actions += 1
        lan.hold("Giữ 1,5 giây để ký lệnh hủy")
        actions += 1
        came, cancel = ear.wait("Cancel")
        assert actions <= MOST_TO_CANCEL
        assert str(cancel["expires"]) >= str(document["expires"])
        print(f"raised in {raised_s:.1f} s, cancelled in {came - begun:.1f} s")  # noqa: T201  the figure of this story


def test_a_blank_of_a_template_is_filled_in_first(lan: Desk) -> None:
    """The name of the reservoir is asked for, selected, and nothing is signed without it."""
    page = lan.open("/emergency/new?template=dam&status=Exercise")
    page.get_by_role("checkbox", name=re.compile("^Xã Tân Hội")).check()
    blanks = page.locator("[data-blanks]")
    expect(blanks).to_contain_text("[tên hồ]")
    lan.hold(re.compile("DIỄN TẬP"))
    expect(page.locator("[data-told]")).to_contain_text("Còn phải điền: [tên hồ]")
    words = page.locator("textarea[name=text_vi]")
    words.fill(words.input_value().replace("[tên hồ]", "Dầu Tiếng"))
    expect(blanks).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("^Xã Thới Sơn")).check()
    expect(words).to_have_value(re.compile("Dầu Tiếng"))  # what a person wrote stays


@pytest.mark.parametrize("lie", ["areas", "status", "words"])
def test_a_lying_server_gets_no_signature(lan: Desk, lie: str) -> None:
    """What the server prepares differs from the page in where, whether or what: it is not signed."""

    def bend(route: Route) -> None:
        answer = route.fetch()
        prepared = answer.json()
        document = json.loads(base64.b64decode(prepared["payload"]))
        match lie:
            case "areas":
                document["areas"].append("dt")
            case "status":
                document["status"] = "Actual"
            case _:
                document["infos"][0]["text"] += " Chạy ngay!"
        payload = base64.b64encode(json.dumps(document).encode()).decode()
        route.fulfill(response=answer, json={**prepared, "payload": payload})

    page = lan.open("/emergency/new?template=flood&status=Exercise")
    page.get_by_role("checkbox", name=re.compile("^Xã Tân Hội")).check()
    page.route("**/emergency/prepare", bend)
    try:
        lan.hold(re.compile("DIỄN TẬP"))
        expect(page.locator("[data-told]")).to_contain_text(
            "khác với nội dung trên trang, không ký"
        )
    finally:
        page.unroute("**/emergency/prepare")


def test_real_and_drill_differ_at_first_sight(lan: Desk, width: int) -> None:
    """Word, shape, pattern and frame differ on the desk, the form and the page of a warning; not colour alone."""
    page = lan.open("/emergency")
    picture(lan, "desk", width)
    seen = {}
    for status, word in (("Actual", "THẬT"), ("Exercise", "DIỄN TẬP"), ("Test", "KIỂM TRA")):
        page = lan.open(f"/emergency/new?template=flood&status={status}")
        banner = page.locator(f".ribbon.{status.lower()}")
        expect(banner).to_be_visible()
        expect(banner.locator("strong")).to_have_text(word)
        expect(page.locator(".ribbon.mode:visible")).to_have_count(1)
        seen[status] = page.evaluate(
            "(c) => { const r = document.querySelector(`.ribbon.${c}`), m = document.querySelector('main');"
            " return [getComputedStyle(r).borderTopStyle, getComputedStyle(m).borderLeftStyle,"
            " r.querySelector('svg').innerHTML, getComputedStyle(r).backgroundImage] }",
            status.lower(),
        )
        picture(lan, f"form-{status.lower()}", width)
    for part in range(4):
        assert len({str(found[part]) for found in seen.values()}) == 3, part


def test_a_shape_on_the_map_becomes_areas(lan: Desk, width: int) -> None:
    """Drawn by touch or by keyboard alone, it ticks areas and says who else would sound."""
    page = lan.open("/emergency/new?status=Actual&template=flood")
    page.get_by_text("Vẽ vùng trên bản đồ").click()
    box = page.locator("#draw")
    expect(box.locator(".draw-point")).to_have_count(5)
    box.scroll_into_view_if_needed()
    edge = box.bounding_box()
    assert edge is not None
    take = page.get_by_role("button", name="Chọn vùng này")
    take.click()
    said = page.locator("[data-draw-said]")
    expect(said).to_have_text("Hãy đặt ít nhất ba góc.")
    right, down = edge["width"] - 4, edge["height"] - 4
    for x, y in ((4, 4), (right, 4), (right, down), (4, down)):
        box.click(position={"x": x, "y": y})
    picture(lan, "drawn", width)
    take.click()
    expect(said).to_contain_text("Trong vùng vẽ có 5 cụm loa, thuộc: Phường Mỹ Phong, Xã Tân Hội.")
    expect(page.get_by_role("checkbox", name=re.compile("^Phường Mỹ Phong"))).to_be_checked()
    expect(page.locator("[data-audience]")).to_contain_text("5 cụm loa")
    page.get_by_role("button", name="Vẽ lại").click()
    box.focus()
    for key in ("Enter", "ArrowRight", "Enter", "ArrowDown", "Enter", "Backspace"):
        page.keyboard.press(key)
    expect(box.locator(".draw-corner")).to_have_count(2)


def test_a_group_is_kept_and_chosen_at_one_press(lan: Desk, width: int) -> None:
    """What was ticked goes along to the page of groups; the group's button ticks it again, and looks ahead."""
    page = lan.open("/emergency/groups?areas=dt/tan-hoi,dt/thoi-son")
    page.get_by_label("Tên nhóm").fill("Các xã ven sông")
    picture(lan, "groups", width)
    page.get_by_role("button", name="Lưu nhóm").click()
    expect(page.get_by_role("status")).to_contain_text("Đã lưu nhóm")
    page = lan.open("/emergency/new?template=flood&status=Actual")
    page.get_by_label("Tìm địa bàn").fill("thoi son")
    expect(page.get_by_role("checkbox", name=re.compile("^Xã Tân Hội"))).to_be_hidden()
    expect(page.get_by_role("checkbox", name=re.compile("^Xã Thới Sơn"))).to_be_visible()
    page.get_by_label("Tìm địa bàn").fill("")
    page.get_by_role("button", name="Các xã ven sông").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Xã Thới Sơn"))).to_be_checked()
    part = page.locator("[data-ahead-part]")
    expect(part).to_contain_text("chưa từng kết nối")
    expect(part.locator("dd").nth(1)).to_have_text("2")
    picture(lan, "ahead", width)


def test_whom_to_call_is_told_ticked_and_printed(lan: Desk, scene: Scene, width: int) -> None:
    """A commune's number stands in the list as a link; who called is kept; on paper only the list is left."""
    page = lan.open("/emergency/phones")
    for name, area in (("Chị Tư", "dt/tan-hoi"), ("Anh Ba", "dt/my-phong")):
        form = page.get_by_role("region", name="Thêm số trực")
        form.get_by_label("Địa bàn").select_option(area)
        form.get_by_label("Họ tên").fill(name)
        form.get_by_label("Chức vụ, nơi trực").fill("Trực ban UBND")
        form.get_by_label("Điện thoại").fill("0277 3851 000")
        form.get_by_role("button", name="Thêm").click()
        expect(page.get_by_role("status")).to_contain_text("Đã lưu số trực")
    picture(lan, "phones", width)
    page = lan.open("/emergency/new?template=flood&status=Actual")
    page.get_by_role("checkbox", name=re.compile("^Tỉnh Đồng Tháp")).check()
    lan.hold(re.compile("PHÁT THẬT"))
    found = standing(page)
    page.get_by_role("link", name="Danh sách cần gọi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danh sách cần gọi")
    expect(page.get_by_role("article")).to_have_count(3)
    bare = page.get_by_role("article", name=re.compile("Xã Thới Sơn"))
    expect(bare).to_contain_text("không có cụm loa")  # nothing can sound there
    hoi = page.get_by_role("article", name=re.compile("Xã Tân Hội"))
    expect(hoi.get_by_role("link", name="0277 3851 000")).to_have_attribute(
        "href", "tel:02773851000"
    )
    picture(lan, "calls", width)
    hoi.get_by_label("Ghi chú").fill("gặp chị Tư")
    hoi.get_by_role("button", name="Đã gọi, đã báo").click()
    last = page.get_by_role("article").last
    expect(last).to_contain_text("lan.nguyen gọi lúc")
    expect(last).to_contain_text("gặp chị Tư")
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Đã gọi, đã báo").first).to_be_hidden()
    expect(page.locator(".only-print").first).to_be_visible()
    expect(page.locator("header.side")).to_be_hidden()
    if PICTURES:
        lan.shoot(Path(PICTURES) / f"desk-calls-paper-{width}.png")
    page.emulate_media(media="screen")
    page = lan.open(f"/emergency/{found}")
    picture(lan, "warning", width)


def test_a_warning_is_corrected_with_its_words_ready(lan: Desk, scene: Scene, width: int) -> None:
    """The form holds all of the warning; the update reaches the stream and replaces it; so does the all-clear."""
    page = lan.open("/emergency/new?template=flood&status=Actual")
    page.get_by_role("checkbox", name=re.compile("^Phường Mỹ Phong")).check()
    with listening(scene, scene.stage.units[0]) as ear:
        lan.hold(re.compile("PHÁT THẬT"))
        found = standing(page)
        page.get_by_role("link", name="Đính chính, cập nhật lời").click()
        expect(page.get_by_label("Tiêu đề (Tiếng Việt)")).to_have_value("Tin mới: Cảnh báo lũ")
        expect(page.get_by_role("radio", name=re.compile("^DIỄN TẬP"))).to_be_disabled()
        expect(page.get_by_role("button", name=re.compile("PHÁT THẬT"))).to_be_visible()
        picture(lan, "correction", width)
        page.get_by_label("Lời đọc (Tiếng Việt)").fill("Nước đang rút. Bà con vẫn ở nơi cao.")
        lan.hold(re.compile("PHÁT THẬT"))
        _, update = ear.wait("Update")
        assert update["references"] == [found]
        expect(page.get_by_text("Nước đang rút.")).to_be_visible()
        newer = standing(page)
        assert newer != found
        page.get_by_label("Lời báo yên").fill("Tin cuối cùng. Nước đã rút hẳn.")
        lan.hold("Giữ 1,5 giây để ký lệnh hủy")
        _, cancel = ear.wait("Cancel")
        assert cancel["references"] == [newer]
        assert "Nước đã rút hẳn." in str(cancel["infos"])
