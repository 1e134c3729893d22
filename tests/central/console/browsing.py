"""Debian's Chromium over the console of a real server."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    FilePayload,
    Page,
    Playwright,
)

from tests import chromium
from tests.central.setting import PASSWORD
from tests.chromium import PATIENCE_MS

SCREENS = {390: 844, 1440: 900, 1920: 1080}
# Every story is told on a phone; on the other screens too by `make screens`.
WIDTHS = SCREENS if os.environ.get("TIENGLANG_SCREENS") == "all" else {390: SCREENS[390]}
HOLD_MS = 1_700


def payload(file: Path) -> FilePayload:
    """Return a file as Playwright takes it without a thread of its own, which would outlive the test."""
    return {
        "name": file.name,
        "mimeType": "application/octet-stream",
        "buffer": file.read_bytes(),
    }


def launch(playwright: Playwright, *more: str) -> Browser:
    """Return a browser of somebody here, with `more` flags."""
    return chromium.launch(playwright, "--lang=vi-VN", *more)


class Desk:
    """One person at one screen; whatever the browser complains of is kept in `complaints`."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.complaints: list[str] = []
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        refused = "Failed to load resource" in message.text  # a refusal that a test provoked
        if message.type == "error" and not refused:
            self.complaints.append(message.text)

    def open(self, path: str) -> Page:
        """Open a page of the console; what the story before set off may still be on its way and is let arrive."""
        try:
            self.page.goto(f"{self.url}/console{path}")
        except Error as fault:
            if "interrupted by another navigation" not in fault.message:
                raise
            self.page.wait_for_load_state()
            self.page.goto(f"{self.url}/console{path}")
        return self.page

    def sign_in(self, name: str = "lan.nguyen") -> None:
        """Sign in through the form."""
        page = self.open("/sign-in")
        page.get_by_label("Tên đăng nhập").fill(name)
        page.get_by_label("Mật khẩu").fill(PASSWORD)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/console/")

    def import_key(self, file: Path, passphrase: str) -> None:
        """Import a key file on the key page."""
        page = self.open("/key")
        page.get_by_label("Tệp khóa (.pem)").set_input_files(payload(file))
        page.get_by_label("Mật khẩu của tệp, nếu có").fill(passphrase)
        page.get_by_role("button", name="Nhập khóa").click()
        page.get_by_text("Trình duyệt này giữ khóa").wait_for()

    def hold(self, name: str | re.Pattern[str]) -> None:
        """Press a button and hold it as long as it asks."""
        button = self.page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        assert box is not None
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        self.page.mouse.down()
        self.page.wait_for_timeout(HOLD_MS)
        self.page.mouse.up()

    def fits(self) -> bool:
        """Return whether the page is no wider than the screen."""
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
        return wide

    def shoot(self, path: Path, *, tallest: int = 2_800) -> None:
        """Save a picture of the whole page, as on a screen that is as tall as the page."""
        size = self.page.viewport_size
        assert size is not None
        height: int = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size(
            {"width": size["width"], "height": min(max(height, size["height"]), tallest)}
        )
        self.page.evaluate("scrollTo(0, 0)")
        self.page.wait_for_timeout(250)
        path.write_bytes(self.page.screenshot())
        self.page.set_viewport_size(size)


@contextmanager
def desk(browser: Browser, url: str, width: int, *, dark: bool = False) -> Iterator[Desk]:
    """Give a desk with a screen of this width; a narrow one is a phone."""
    context = browser.new_context(
        viewport={"width": width, "height": SCREENS.get(width, 900)},
        locale="vi-VN",
        timezone_id="Asia/Ho_Chi_Minh",
        color_scheme="dark" if dark else "light",
        has_touch=width < 600,
        permissions=["clipboard-read", "clipboard-write"],
    )
    try:
        yield Desk(context, url)
    finally:
        context.close()
