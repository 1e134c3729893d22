"""The scenes that the pictures under docs/pictures show and the browser tests look at.

`python -m tests.edge.web.scenes docs/pictures` takes the pictures anew.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Page

from contract.errors import RefusalCode
from edge.core.events import (
    CentralLost,
    DocumentRefused,
    Ending,
    HandFailed,
    PlayerEnded,
    Ticked,
)
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.shop import PIN, Serving, Shop, heard, serving, sounding, warned

Scene = Callable[[Serving], None]


def idle(server: Serving) -> None:
    """Show ten past five: quiet, the programme ahead, one slot refused by quiet hours."""
    server.do(Ticked())


def on_air(server: Serving) -> None:
    """Show half past five: the morning bulletin sounds, after one attempt that fell short."""
    shop = server.shop
    shop.to(5, 31)
    server.do(Ticked())
    sounding(shop, server.do)
    for _ in range(20):
        heard(shop, server.do)
    playing = shop.reactor.desk.rig.playing
    assert playing is not None
    why = "Thiết bị âm thanh bị ngắt giữa chừng."
    server.do(PlayerEnded(key=playing.key, ending=Ending.FAILED, played_ms=21_000, why=why))
    refused = DocumentRefused(
        door="poll", kind=None, code=RefusalCode.BAD_SIGNATURE, why="Không có chữ ký nào hợp lệ."
    )
    server.do(refused)
    shop.pass_s(2)
    server.do(Ticked())
    sounding(shop, server.do)


def emergency(server: Serving) -> None:
    """Show a flood warning that took the air from the bulletin."""
    on_air(server)
    server.do(warned(server.shop))
    sounding(server.shop, server.do, -11.0)


def fault(server: Serving) -> None:
    """Show a broken relay and a lost link, in the minute the bulletin is due."""
    server.shop.to(5, 31)
    server.do(Ticked())
    server.do(HandFailed(hand="amplifier", why="GPIO 17: đã bật nhưng đọc lại vẫn tắt"))
    server.do(CentralLost(why="reset"))


def sign_in(page: Page) -> None:
    """Type the PIN."""
    page.fill("#pin", PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector("#controls")


def unfold(action: Literal["stop", "volume", "play"]) -> Callable[[Page], None]:
    """Return the act of signing in and opening one action."""

    def doing(page: Page) -> None:
        sign_in(page)
        page.click(f".action--{action} summary")

    return doing


PICTURES: Final[
    tuple[tuple[str, Scene, tuple[int, int], bool, Callable[[Page], None] | None], ...]
] = (
    ("idle", idle, PHONE, False, None),
    ("on-air", on_air, PHONE, False, None),
    ("emergency", emergency, PHONE, False, sign_in),
    ("controls", on_air, PHONE, False, unfold("stop")),
    ("volume", on_air, PHONE, False, unfold("volume")),
    ("play", on_air, PHONE, False, unfold("play")),
    ("fault", fault, PHONE, False, None),
    ("dark", on_air, PHONE, True, sign_in),
    ("wide", on_air, DESK, False, unfold("play")),
    ("wide-emergency", emergency, DESK, False, sign_in),
)


def take(folder: Path) -> None:
    """Take every picture into `folder`."""
    with chromium() as browser:
        for name, scene, size, dark, act in PICTURES:
            with (
                serving(Shop()) as server,
                page_of(browser, size, "dark" if dark else "light") as page,
            ):
                scene(server)
                page.goto(server.address)
                if act is not None:
                    act(page)
                page.wait_for_timeout(400)
                page.screenshot(path=folder / f"local-{name}.png", full_page=True)


if __name__ == "__main__":
    take(Path(sys.argv[1]))
