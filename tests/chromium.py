"""Debian's Chromium as the pages' tests run it: without a window, speaking to nobody but us.

Law: `chromium-headless-shell` where there is one, the whole browser otherwise: the same engine, but without the
browser's own windows, which cost twice as much as our pages.
"""

import shutil
from typing import Final

from playwright.sync_api import Browser, Playwright, expect

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS: Final = 20_000  # a page on a machine with other work; what never comes still fails
expect.set_options(timeout=PATIENCE_MS)


def launch(playwright: Playwright, *more: str) -> Browser:
    """Start the browser, with `more` flags."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *more])
