"""The page of the log: its head to be noted, its lines, exports, and the alarms that only words put aside."""

import gzip
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from central.domain.people import PersonRole
from central.services import publish
from central.services.log_alarms import list_log_alarms
from central.services.log_reading import log_head
from contract.documents import Kind
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.visiting import Visit
from tests.central.serving import Served
from tests.central.setting import Province, make_slot, make_sound, real_now
from tests.central.test_transparency_alarms import STRANGE, Told

PICTURES = os.environ.get("CONSOLE_PICTURES")


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    assert visit.sign_in(name).status_code == 303
    return visit


@pytest.fixture
def lan(province: Province) -> Visit:
    """The province's administrator."""
    return visitor(province, "lan", PersonRole.ADMINISTRATOR)


def alarmed(province: Province) -> Told:
    """Return an appliance that took a strange programme and played it."""
    told = Told(province)
    off = province.authority.programme(told.device, version=7)
    told.tell(
        receipts=[told.receipt(Kind.PROGRAMME, "7", off)],
        plays=[told.play("slot/la/20261122T230000Z/0", STRANGE)],
    )
    return told


def test_the_page_shows_the_head_and_the_lines(province: Province, lan: Visit) -> None:
    """Whoever is signed in can copy the head, read each line whole and look for one."""
    told = Told(province)
    text = lan.get("/log").text
    with province.house.reading() as unit:
        head = log_head(unit)
    assert head is not None
    assert f"{head.number}:{head.sha256}" in text
    assert "tienglang-log-v1 3 " in text
    assert "giấy giao" in text
    only = lan.get("/log?kind=keyring").text
    assert "tienglang-log-v1 2 " in only
    assert "tienglang-log-v1 3 " not in only
    assert "tienglang-log-v1 3 " in lan.get(f"/log?q={told.device}").text
    assert "Không có dòng nào khớp" in lan.get("/log?q=khong-co&kind=la&before=x").text
    older = lan.get("/log?before=2").text
    assert "tienglang-log-v1 1 " in older
    assert "Về dòng mới nhất" in older


def test_an_alarm_is_red_on_the_overview_and_on_its_appliance(
    province: Province, lan: Visit
) -> None:
    """A strip says which appliance did what, wherever somebody looks first, and nothing is said without cause."""
    assert "KHÔNG CÓ TRONG SỔ KÝ" not in lan.get("/").text
    told = alarmed(province)
    for path in ("/", "/fleet", f"/appliances/{told.device}", f"/appliances/{told.device}/state"):
        text = lan.get(path).text
        assert "KHÔNG CÓ TRONG SỔ KÝ" in text, path
        assert "Cụm loa chợ" in text, path
    _, other = province.appliance("khác")
    assert "KHÔNG CÓ TRONG SỔ KÝ" not in lan.get(f"/appliances/{other}").text


def test_an_alarm_is_put_aside_by_words_only(province: Province, lan: Visit) -> None:
    """Ticked alarms and a sentence take the strip away; the alarm stays on the page with the sentence."""
    alarmed(province)
    with province.house.reading() as unit:
        numbers = [str(alarm.id) for alarm in list_log_alarms(unit)]
    assert len(numbers) == 2
    lan.get("/log")
    assert lan.post("/log/alarms", {"alarm": numbers, "words": "ok"}).status_code == 422
    assert lan.post("/log/alarms", {"words": "đã thu hồi khóa"}).status_code == 422
    assert lan.post("/log/alarms", {"alarm": ["x"], "words": "đã thu hồi khóa"}).status_code == 422
    done = lan.post("/log/alarms", {"alarm": numbers, "words": "đã thu hồi khóa lịch"})
    assert done.status_code == 303
    text = lan.get("/log?done=acknowledged").text
    assert text.count("đã thu hồi khóa lịch") == 2
    assert "Đã ghi nhận. Cảnh báo vẫn còn trong danh sách." in text
    assert "KHÔNG CÓ TRONG SỔ KÝ" not in lan.get("/").text


def test_a_viewer_reads_but_neither_exports_nor_acknowledges(province: Province) -> None:
    """Lines are for everybody who is signed in; deeds are an administrator's."""
    alarmed(province)
    viewer = visitor(province, "binh", PersonRole.VIEWER)
    text = viewer.get("/log").text
    assert "tienglang-log-v1 1 " in text
    assert "Chỉ quản trị của tỉnh được tải." in text
    assert "Ghi nhận các cảnh báo đã chọn" not in text
    assert viewer.get("/log/log.jsonl.gz").status_code == 403
    assert viewer.get("/log/reports.jsonl.gz").status_code == 403
    with province.house.reading() as unit:
        number = list_log_alarms(unit)[0].id
    refused = viewer.post("/log/alarms", {"alarm": [str(number)], "words": "đã xem kỹ"})
    assert refused.status_code == 403


def test_a_stranger_sees_nothing(province: Province) -> None:
    """Without signing in there is no page and no export."""
    stranger = Visit(province.house)
    for path in ("/log", "/log/log.jsonl.gz", "/log/reports.jsonl.gz"):
        answer = stranger.get(path)
        assert answer.status_code == 303, path
        assert "/console/sign-in" in answer.headers["location"]


def test_the_administrator_downloads_log_and_reports(province: Province, lan: Visit) -> None:
    """Both exports come as gzip of JSON lines under names of their own."""
    alarmed(province)
    for path, mark in (("/log/log.jsonl.gz", "log"), ("/log/reports.jsonl.gz", "reports")):
        answer = lan.get(path)
        assert answer.headers["content-type"] == "application/gzip"
        first = json.loads(gzip.decompress(answer.content).splitlines()[0])
        assert first[mark] == "tienglang-log-v1"


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province with a broadcast, and an appliance that took what nobody logged."""
    folder = tmp_path_factory.mktemp("log")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    province.person("lan.nguyen", *PersonRole)
    content = province.sound(make_sound(folder / "ban-tin.mp3"))
    province.slot(make_slot(content.sha256))
    for name in ("Cụm loa Trường Tiểu học Mỹ Phong", "Cụm loa Bến đò"):
        province.appliance(name)
    publish(province.house, "dt", who=None, now=province.now)
    alarmed(province)
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
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_page_is_fit_to_read_on_a_phone_and_a_desk(
    browser: Browser, scene: Served, width: int
) -> None:
    """Page and strip fit the screen, name their controls and are dark enough to read; a line opens on demand."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        page = found.page
        expect(page.get_by_text("KHÔNG CÓ TRONG SỔ KÝ").first).to_be_visible()
        _picture(found, "log-overview", width)
        page.get_by_text("KHÔNG CÓ TRONG SỔ KÝ").first.click()
        page.wait_for_url("**/console/log#alarms")
        expect(page.get_by_role("heading", name="Sổ ký", exact=True)).to_be_visible()
        assert found.fits()
        assert faults_of(page) == []
        page.locator("table summary").first.click()
        expect(page.get_by_text("tienglang-log-v1").first).to_be_visible()
        assert faults_of(page) == []
        _picture(found, "log", width)
        assert found.complaints == []


def _picture(found: Desk, name: str, width: int) -> None:
    """Check that the page fits its screen, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")
