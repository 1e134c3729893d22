"""Speaking a warning in a real browser: live, recorded before, from a file; what reaches central is what was said."""

import base64
import json
import math
import os
import re
import sqlite3
import wave
from array import array
from collections.abc import Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from central.config import load_settings
from central.domain.people import PersonRole
from contract import voice
from contract.documents import Role
from contract.testing import Authority
from edge.adapters.opus import RATE_HZ, Decoder
from tests.central.console.browsing import WIDTHS, Desk, desk, launch, payload
from tests.central.console.looking import faults_of
from tests.central.serving import Served
from tests.central.setting import Province, make_sound, real_now

PICTURES: Final = os.environ.get("CONSOLE_PICTURES")
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
PITCH_HZ: Final = 660.0
PIECES: Final = re.compile(r"/emergency/voice/dt")
PASSPHRASE: Final = "mở khóa"
pytestmark = pytest.mark.timeout(240)


class Scene(NamedTuple):
    """A served province, its operator's key, and a sound to speak with."""

    served: Served
    key: Path
    sound: Path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A province with one person who may warn it."""
    folder = tmp_path_factory.mktemp("voice")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    province.person("lan.nguyen", *PersonRole)
    province.appliance()
    province.house.close()
    key = folder / "lan.pem"
    key.write_bytes(authority.keys[Role.EMERGENCY].to_pem(PASSPHRASE.encode()))
    sound = make_sound(folder / "giong.wav", f"sine={PITCH_HZ}:d=30:r=48000")
    served = Served(folder / "site" / "central.toml", authority)
    served.start()
    yield Scene(served, key, sound)
    served.stop()


@pytest.fixture(scope="module")
def browser(scene: Scene) -> Iterator[Browser]:
    """One Chromium whose microphone hears a steady note, ended before the server."""
    heard = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={scene.sound}",
    )
    with sync_playwright() as playwright:
        chromium = launch(playwright, *heard)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module", params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desk's where asked."""
    found: int = request.param
    return found


@pytest.fixture(scope="module")
def lan(browser: Browser, scene: Scene, width: int) -> Iterator[Desk]:
    """The operator, signed in, with the emergency key in the browser."""
    with desk(browser, scene.served.url, width) as found:
        found.sign_in()
        found.import_key(scene.key, PASSPHRASE)
        yield found
        assert found.complaints == []


def picture(found: Desk, name: str, width: int) -> None:
    """Check a page by eye's rules and by axe's, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == []
    found.page.evaluate(AXE)
    result = found.page.evaluate("rules => axe.run(document, rules)", RULES)
    assert [f"{v['id']}: {n['html'][:160]}" for v in result["violations"] for n in v["nodes"]] == []
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")


def ready(lan: Desk, way: str) -> Page:
    """Return the page with status, area and way chosen."""
    page = lan.open("/emergency/voice")
    page.get_by_role("radio", name=re.compile("^THẬT")).check()
    page.get_by_role("checkbox", name=re.compile("^Xã Mỹ Phong")).check()
    page.get_by_role("radio", name=re.compile(way)).check()
    return page


def said(scene: Scene, page: Page) -> tuple[float, float]:
    """Return how many seconds central has of the newest voice, and its pitch in Hz, each piece being proved."""
    href = page.get_by_role("link", name="Xem bảng theo dõi").get_attribute("href") or ""
    name = href.rsplit("/", 1)[1]
    path = load_settings(scene.served.config).database.removeprefix("sqlite:///")
    with sqlite3.connect(path) as table:
        query = "select data from voice_pieces where announcement = ? order by number"
        pieces = [row[0] for row in table.execute(query, (name,))]
        sealed = table.execute("select envelope from announcements where id = ?", (name,))
        key = re.search(r'"voice":"([^"]+)"', _payload(sealed.fetchone()[0]))
    assert key is not None
    heard, decoder, sound = voice.Heard(announcement=name, key=key[1]), Decoder(), b""
    for data in pieces:
        heard, piece = voice.follow(heard, data)
        sound += b"".join(map(decoder.decode, piece.packets))
    decoder.close()
    assert heard.over, "the last piece says that it is the last"
    samples = array("h", sound)[RATE_HZ // 2 : -RATE_HZ // 4]
    crossings = sum(a < 0 <= b for a, b in pairwise(samples))
    return len(sound) / 2 / RATE_HZ, crossings * RATE_HZ / len(samples)


def _payload(envelope: bytes) -> str:
    return base64.b64decode(json.loads(envelope)["payload"]).decode()


def test_the_operator_speaks_live(lan: Desk, scene: Scene, width: int) -> None:
    """Held, signed, counted down, spoken, ended: central has every second of it, though the line broke meanwhile."""
    page = ready(lan, "Nói trực tiếp")
    page.get_by_role("button", name="Thử micrô").click()
    expect(page.locator("[data-heard]")).to_have_text("Nghe rõ")
    picture(lan, "voice-form", width)
    lan.hold(re.compile("ký và NÓI"))
    expect(page.get_by_role("heading", name="NÓI ĐI")).to_be_visible()
    expect(page.locator("[data-air-heard]")).to_have_text("chưa cụm nào trong 1")
    picture(lan, "voice-on-air", width)
    broken = [3]

    def flaky(route: Route) -> None:
        if broken[0] > 0 and route.request.method == "POST":
            broken[0] -= 1
            route.abort()
        else:
            route.continue_()

    page.route(PIECES, flaky)
    expect(page.get_by_text("Mất kết nối với máy chủ")).to_be_visible()
    expect(page.locator("[data-air-time]")).to_have_text("0:03")
    page.get_by_role("button", name="Nói xong").click()
    expect(page.get_by_role("heading", name="Đã gửi hết")).to_be_visible()
    length_s, pitch_hz = said(scene, page)
    assert 1.5 < length_s < 12.0
    page.unroute(PIECES)
    assert math.isclose(pitch_hz, PITCH_HZ, rel_tol=0.03)
    picture(lan, "voice-said", width)
    page.get_by_role("link", name="Xem bảng theo dõi").click()
    expect(page.get_by_text("người trực tự nói")).to_be_visible()


def test_a_voice_is_recorded_heard_again_and_sent_by_keyboard(
    lan: Desk, scene: Scene, width: int
) -> None:
    """Nobody needs a mouse: record, stop, listen, send; nothing sounds before the last of these."""
    page = ready(lan, "Ghi âm trước")
    page.get_by_role("button", name="Bắt đầu ghi âm").press("Enter")
    expect(page.locator("[data-time]")).to_have_text("0:02")
    page.get_by_role("button", name="Dừng ghi").press("Enter")
    page.get_by_role("button", name="Nghe lại").press("Enter")
    picture(lan, "voice-recorded", width)
    page.get_by_role("button", name=re.compile("phát bản ghi")).press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Ký và gửi").press("Enter")
    expect(page.get_by_role("heading", name="Đã gửi hết")).to_be_visible()
    length_s, pitch_hz = said(scene, page)
    assert 1.8 < length_s < 6.0
    assert math.isclose(pitch_hz, PITCH_HZ, rel_tol=0.03)


def test_without_a_microphone_a_file_speaks(
    lan: Desk, scene: Scene, width: int, tmp_path: Path
) -> None:
    """No microphone is said in one sentence with the way out, and nothing was signed; a file goes the same way."""
    page = ready(lan, "Nói trực tiếp")
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('none')); }"
    )
    lan.hold(re.compile("ký và NÓI"))
    expect(page.get_by_role("alert").filter(has_text="Tệp có sẵn")).to_be_visible()
    page.get_by_role("radio", name=re.compile("Tệp có sẵn")).check()
    note = tmp_path / "bản tin.wav"
    with wave.open(str(note), "wb") as file:
        file.setparams((1, 2, 8_000, 0, "NONE", ""))
        tone = (round(9_000 * math.sin(2 * math.pi * 440 * i / 8_000)) for i in range(16_000))
        file.writeframes(array("h", tone).tobytes())
    page.get_by_label("Tệp âm thanh").set_input_files(payload(note))
    expect(page.get_by_text("Tệp dài 0:02")).to_be_visible()
    picture(lan, "voice-file", width)
    lan.hold(re.compile("phát tệp"))
    expect(page.get_by_role("heading", name="Đã gửi hết")).to_be_visible()
    length_s, pitch_hz = said(scene, page)
    assert length_s == pytest.approx(2.0, abs=0.1)
    assert math.isclose(pitch_hz, 440, rel_tol=0.03)


def test_a_server_that_names_another_voice_is_not_signed(lan: Desk) -> None:
    """What a taken-over server hands out for signing names its own key: the page refuses, and says so."""
    page = ready(lan, "Ghi âm trước")
    page.get_by_role("button", name="Bắt đầu ghi âm").press("Enter")
    expect(page.locator("[data-time]")).to_have_text("0:01")
    page.get_by_role("button", name="Dừng ghi").press("Enter")

    def own(route: Route) -> None:
        answer = route.fetch()
        prepared = answer.json()
        text = base64.b64decode(prepared["payload"]).decode()
        forged = re.sub(r'"voice":"[^"]+"', f'"voice":"{"B" * 42}E="', text)
        assert forged != text
        prepared["payload"] = base64.b64encode(forged.encode()).decode()
        route.fulfill(response=answer, json=prepared)

    page.route("**/emergency/voice/prepare", own)
    lan.hold(re.compile("phát bản ghi"))
    expect(
        page.get_by_role("alert").filter(has_text="khác với nội dung trên trang")
    ).to_be_visible()
    page.unroute("**/emergency/voice/prepare")
