"""The voice of staff in a real browser, at a phone's width: a talk that arrives as sound, a recording that plays."""

import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from edge.adapters.box import Box, BoxRefused
from edge.adapters.phone import PhoneLines
from edge.core.events import Ending, PlayerEnded, Ticked
from edge.core.sound import FromPhone, FromRecording
from edge.web import recording, talk
from tests.edge.web.browser import chromium, page_of
from tests.edge.web.scenes import sign_in
from tests.edge.web.shop import Serving, Shop, serving, sounding
from tests.edge.web.test_recording import tune

MEDIA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
PATIENCE_S = 15.0
LEVEL = "document.getElementById('talk-level').value > 5"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser whose microphone beeps."""
    with chromium(*MEDIA) as running:
        yield running


@pytest.fixture
def lines(tmp_path: Path) -> PhoneLines:
    """The phones' lines."""
    return PhoneLines(tmp_path / "lines")


@pytest.fixture
def box(tmp_path: Path) -> Box:
    """The box."""
    return Box(tmp_path / "box", quota_bytes=100_000_000, reserve_bytes=0)


@pytest.fixture
def server(lines: PhoneLines, box: Box) -> Iterator[Serving]:
    """Serve a shop at eight in the morning, with its voices."""
    shop = Shop(rooms=(recording.room(box, BoxRefused), talk.room(lines)))
    shop.to(8, 0)
    with serving(shop) as running:
        running.do(Ticked())
        yield running


def wait(page: Page, until: Callable[[], bool], what: str) -> None:
    """Wait until this is so, letting the browser go on; fail as `what`."""
    end_s = time.monotonic() + PATIENCE_S
    while not until():
        assert time.monotonic() < end_s, what
        page.wait_for_timeout(50)


def source(server: Serving) -> FromPhone | None:
    """Return the phone that talks now."""
    live = server.shop.reactor.desk.local.live
    return live.source if live is not None and isinstance(live.source, FromPhone) else None


def wait_until_live(page: Page, server: Serving) -> str:
    """Return the name of the line that is live, waiting for it."""
    wait(page, lambda: source(server) is not None, "nobody talks")
    found = source(server)
    assert found is not None
    return found.ref


def wait_until_quiet(page: Page, server: Serving) -> None:
    """Wait until nobody talks."""
    wait(page, lambda: source(server) is None, "the talk did not end")


class Ear(threading.Thread):
    """Reads a phone's line as the engine does, and keeps what it hears."""

    def __init__(self, path: Path) -> None:
        """Begin to listen."""
        super().__init__(name="ear")
        self._path = path
        self._enough = threading.Event()
        self.samples: list[int] = []
        self.start()

    def run(self) -> None:
        """Read for as long as it is wanted."""
        pipe = os.open(self._path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            while not self._enough.wait(0.01):
                try:
                    heard = os.read(pipe, 4_096)
                except BlockingIOError:
                    continue
                self.samples += (value for (value,) in struct.iter_unpack("<h", heard))
        finally:
            os.close(pipe)

    def loud(self) -> bool:
        """Return whether a second of sound came, with something to hear in it."""
        return len(self.samples) >= 16_000 and max(map(abs, self.samples)) > 300

    def stop(self) -> None:
        """Listen no more."""
        self._enough.set()
        self.join(PATIENCE_S)


def to_microphone(page: Page, server: Serving) -> None:
    """Go to the page, sign in and switch the microphone on."""
    page.goto(server.address)
    sign_in(page)
    page.tap(".action--talk summary")
    page.tap("#talk-mic")
    expect(page.locator("#talk-hold")).to_be_visible()


def hold(page: Page) -> None:
    """Press the talk button and keep it down."""
    page.locator("#talk-hold").scroll_into_view_if_needed()
    page.hover("#talk-hold")
    page.mouse.down()


def chime_ends(server: Serving) -> None:
    """Have the amplifier and the chime sound, and the phone's turn come."""
    sounding(server.shop, server.do)
    playing = server.shop.reactor.desk.rig.playing
    assert playing is not None
    server.do(PlayerEnded(key=playing.key, ending=Ending.FINISHED, played_ms=1_200))


def test_a_held_button_carries_the_voice_and_ends_with_it(
    browser: Browser, server: Serving, lines: PhoneLines
) -> None:
    """Press, wait for the chime, speak: the sound arrives whole and audible; letting go gives the air back."""
    with page_of(browser) as page:
        to_microphone(page, server)
        wait(page, lambda: bool(page.evaluate(LEVEL)), "the microphone hears nothing")
        hold(page)
        ear = Ear(lines.path(wait_until_live(page, server)))
        try:
            expect(page.locator("#talk-say")).to_have_text("Đang bật amply…")
            chime_ends(server)
            sounding(server.shop, server.do)
            expect(page.locator("#talk-say")).to_have_text("Đang ra loa")
            expect(page.locator("#air-state")).to_have_text("Đang nói trực tiếp")
            wait(page, ear.loud, "no sound came from the phone")
        finally:
            ear.stop()
        expect(page.locator("#talk-left")).to_contain_text("còn 14:")
        page.mouse.up()
        expect(page.locator("#talk-say")).to_have_text("Đã ngừng nói, loa trở về lịch phát.")
        wait_until_quiet(page, server)


def test_the_space_key_talks_and_the_lock_needs_no_holding(
    browser: Browser, server: Serving
) -> None:
    """Without a pointer: the space key held talks; the lock starts with one press and ends with another."""
    with page_of(browser) as page:
        to_microphone(page, server)
        page.focus("#talk-hold")
        page.keyboard.down(" ")
        wait_until_live(page, server)
        page.keyboard.up(" ")
        wait_until_quiet(page, server)
        expect(page.locator("#talk-say")).to_have_text("Đã ngừng nói, loa trở về lịch phát.")
        page.focus("#talk-lock")
        page.keyboard.press("Enter")
        wait_until_live(page, server)
        expect(page.locator("#talk-lock")).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#talk-lock")).to_have_text("Ngừng nói")
        page.wait_for_timeout(600)  # nothing is held, and the talk goes on
        wait_until_live(page, server)
        page.keyboard.press("Enter")
        wait_until_quiet(page, server)
        expect(page.locator("#talk-lock")).to_have_attribute("aria-pressed", "false")


def test_of_two_tabs_one_talks(browser: Browser, server: Serving) -> None:
    """Whoever presses second reads who talks, and may talk once the first has let go."""
    with page_of(browser) as one, page_of(browser) as two:
        to_microphone(one, server)
        to_microphone(two, server)
        one.tap("#talk-lock")
        two.tap("#talk-lock")
        expect(two.locator("#talk-say")).to_have_text(
            "Nguyễn Thị Lan đang nói. Chờ xong rồi thử lại."
        )
        expect(two.locator("#talk-lock")).to_have_attribute("aria-pressed", "false")
        wait_until_live(one, server)
        one.tap("#talk-lock")
        wait_until_quiet(one, server)
        two.tap("#talk-lock")
        wait_until_live(one, server)
        two.tap("#talk-lock")
        wait_until_quiet(one, server)


def test_quiet_hours_and_a_closed_page_end_the_talk(browser: Browser, server: Serving) -> None:
    """The refusal is read where one presses; a page that is left takes its talk with it."""
    with page_of(browser) as page:
        to_microphone(page, server)
        page.tap("#talk-lock")
        wait_until_live(page, server)
        page.goto(f"{server.address}/about")
        wait_until_quiet(page, server)
    server.shop.to(21, 5)
    with page_of(browser) as page:
        to_microphone(page, server)
        page.tap("#talk-lock")
        expect(page.locator("#talk-say")).to_contain_text("Giờ yên tĩnh 21:00")
        assert server.shop.reactor.desk.local.live is None


def test_a_page_without_a_secure_context_offers_recording(
    browser: Browser, server: Serving
) -> None:
    """Where the browser gives no microphone the page says so in a sentence, and recording is beside it."""
    with page_of(browser) as page:
        page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--talk summary")
        expect(page.locator("#talk-no")).to_be_visible()
        expect(page.locator("#talk-box")).to_be_hidden()
        page.tap(".action--record summary")
        expect(page.locator("#record-sound")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_a_recording_is_sent_heard_and_played(
    browser: Browser, server: Serving, tmp_path: Path, scripts: bool
) -> None:
    """From the recorder to the loudspeaker with scripts and without; with them its length is measured."""
    file = tmp_path / "ghi-am.wav"
    file.write_bytes(tune(2.0))
    with page_of(browser, scripts=scripts) as page:
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--record summary")
        assert page.get_attribute("#record-sound", "capture") is not None
        page.set_input_files("#record-sound", file)
        page.fill("#record-name", "Họp dân ấp 2")
        page.tap("#record-send")
        expect(page.locator("#chosen-title")).to_have_text("Họp dân ấp 2")
        if scripts:
            expect(page.locator("#record-length")).to_have_value("2000")
        page.tap("#record-go")
        expect(page.locator(".note")).to_contain_text("Sẽ phát “Họp dân ấp 2”")
        override = server.shop.reactor.desk.local.override
        assert override is not None
        assert isinstance(override.source, FromRecording)
        assert override.length_ms == (2_000 if scripts else 0)
        page.goto(f"{server.address}/record")
        page.tap(".voice__list a")
        expect(page.locator("#record-go")).to_be_visible()


def test_what_cannot_be_sent_is_said_at_the_field(
    browser: Browser, server: Serving, tmp_path: Path
) -> None:
    """A file that is no sound, and one that is too large, are refused in words on the same page."""
    text, large = tmp_path / "thu.wav", tmp_path / "dai.wav"
    text.write_bytes("không phải âm thanh".encode())
    with large.open("wb") as file:
        file.truncate(25_000_001)
    with page_of(browser) as page:
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--record summary")
        page.set_input_files("#record-sound", text)
        page.tap("#record-send")
        expect(page.locator("#record-say")).to_contain_text("không phải âm thanh")
        page.set_input_files("#record-sound", large)
        page.tap("#record-send")
        expect(page.locator("#record-say")).to_contain_text("lớn hơn 25 MB")
    with page_of(browser, scripts=False) as page:
        page.goto(server.address)
        sign_in(page)
        page.tap(".action--record summary")
        with large.open("r+b") as file:
            file.truncate(30_000_000)
        page.set_input_files("#record-sound", large)
        page.tap("#record-send")
        expect(page.locator("body")).to_contain_text("413")
