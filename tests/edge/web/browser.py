"""A real browser over the local page: Debian's Chromium, as a phone or as a desk."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.chromium import PATIENCE_MS, launch

PHONE, DESK = (390, 844), (1440, 900)
TALL = (390, 1900)  # a phone whose whole page is on its screen


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Run the browser while the block lasts, with `more` flags."""
    with sync_playwright() as playwright:
        browser = launch(playwright, *more)
        try:
            yield browser
        finally:
            browser.close()


def _is_ours(said: ConsoleMessage) -> bool:
    """Return whether the console blames the page, and not an answer that a story provoked."""
    provoked = "Failed to load resource" in said.text or "net::ERR" in said.text
    return said.type == "error" and not provoked


@contextmanager
def page_of(
    browser: Browser,
    size: tuple[int, int] = PHONE,
    scheme: Literal["light", "dark"] = "light",
    *,
    scripts: bool = True,
) -> Iterator[Page]:
    """Open one page of a fresh browser profile; whatever the console complains of fails the block."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if size[0] == PHONE[0] else 1,
        color_scheme=scheme,
        has_touch=size == PHONE,
        java_script_enabled=scripts,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if _is_ours(said) else None)
    page.on("pageerror", lambda fault: complaints.append(str(fault)))
    try:
        yield page
        assert not complaints, complaints
    finally:
        context.close()
