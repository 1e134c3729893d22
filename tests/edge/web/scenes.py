"""The scenes that the pictures under docs/pictures show and the browser tests look at.

`python -m tests.edge.web.scenes docs/pictures` takes the pictures anew.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Page

from contract.documents import Check, Vitals
from contract.errors import RefusalCode
from edge.core.events import (
    CentralLost,
    ChoreDue,
    DocumentRefused,
    Ending,
    HandFailed,
    Inspected,
    NeighboursSeen,
    PlayerEnded,
    StaffAskedReadiness,
    StaffAskedTest,
    StaffHushedWarnings,
    StaffWarned,
    Ticked,
    VitalsMeasured,
)
from edge.core.orders import Inspect
from edge.web import notices
from tests.edge.web.browser import DESK, PHONE, TALL, chromium, page_of
from tests.edge.web.shop import (
    CHIEF,
    INSTALLER,
    PIN,
    Serving,
    Shop,
    heard,
    serving,
    sounding,
    warned,
)

Scene = Callable[[Serving], None]
VITALS: Final = Vitals(
    temperature_c=61.4,
    under_voltage=False,
    under_voltage_since_start=True,
    card_worn_pct=12,
    file_system_errors=0,
    memory_free_bytes=412_000_000,
    clock_error_ms=3.2,
    link="cellular",
    signal_pct=46,
)


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


def local_warning(server: Serving) -> None:
    """Show a local emergency that staff sounded, in its first round."""
    shop = server.shop
    shop.to(5, 40)
    server.do(Ticked())
    warned_here = notices.WARNINGS["sat-lo"]
    server.do(
        StaffWarned(
            headline=warned_here.headline,
            text=warned_here.text,
            zones=(),
            until=shop.wall + timedelta(hours=1),
            by=CHIEF.name,
        )
    )
    sounding(shop, server.do, -12.0)


def hushed(server: Serving) -> None:
    """Show a flood warning that staff silenced here for a quarter of an hour."""
    emergency(server)
    server.do(StaffHushedWarnings(by=CHIEF.name))


def tested(server: Serving) -> None:
    """Show the appliance after a self-test that found one thing wrong, with all gauges read."""
    on_air(server)
    server.do(VitalsMeasured(vitals=VITALS))
    server.do(NeighboursSeen(names=("Cụm loa ấp 2", "Cụm loa ấp 3")))
    server.do(ChoreDue(name="health", storage_free_bytes=21_400_000_000))
    server.do(HandFailed(hand="amplifier", why="GPIO 27: đã bật nhưng đọc lại vẫn tắt"))
    server.do(StaffAskedReadiness(by=INSTALLER.name))
    answer_inspections(server)
    server.do(StaffAskedTest(zones=(), by=INSTALLER.name))
    answer_inspections(server)


def answer_inspections(server: Serving) -> None:
    """Have both hands answer what they were last asked to look after, all well."""
    asked = [order for order in server.shop.obeyed if isinstance(order, Inspect)]
    for name in ("shelf", "player"):
        server.do(Inspected(of=asked[-1].of, checks=(Check(name=name, ok=True),)))


def sign_in(page: Page) -> None:
    """Type the PIN."""
    page.fill("#pin", PIN)
    page.keyboard.press("Enter")
    page.wait_for_selector(".may-operate, .may-warn, .may-install")


def unfold(summary: str) -> Callable[[Page], None]:
    """Return the act of signing in and opening one thing."""

    def doing(page: Page) -> None:
        sign_in(page)
        page.click(summary)

    return doing


def write(page: Page) -> None:
    """Sign in, open the typed notices, and take a template."""
    sign_in(page)
    page.click(".action--say summary")
    page.click("text=Mất điện")
    page.wait_for_selector("#preview p")


def alert(page: Page) -> None:
    """Sign in, open the local emergency and take a template."""
    sign_in(page)
    page.click(".action--warn summary")
    page.click(".action--warn >> text=Sạt lở")


def stop(page: Page) -> None:
    """Sign in and stop."""
    sign_in(page)
    page.click("#stop")
    page.wait_for_selector(".undo")


def visit(path: str) -> Callable[[Page], None]:
    """Return the act of signing in on the page at `path`, or of just going there."""

    def doing(page: Page) -> None:
        page.goto(page.url.rstrip("/") + path)
        if page.query_selector("#pin"):
            sign_in(page)

    return doing


Act = Callable[[Page], None]
PICTURES: Final[tuple[tuple[str, Scene, tuple[int, int], bool, Act | None], ...]] = (
    ("idle", idle, PHONE, False, None),
    ("on-air", on_air, PHONE, False, sign_in),
    ("stopped", on_air, PHONE, False, stop),
    ("emergency", emergency, PHONE, False, sign_in),
    ("hushed", hushed, PHONE, False, sign_in),
    ("volume", on_air, PHONE, False, unfold(".volume__more summary")),
    ("play", on_air, PHONE, False, unfold(".action--play summary")),
    ("say", on_air, TALL, False, write),
    ("warn", idle, PHONE, False, alert),
    ("warning", local_warning, PHONE, False, sign_in),
    ("fault", fault, PHONE, False, None),
    ("dark", on_air, PHONE, True, sign_in),
    ("check", tested, PHONE, False, visit("/check")),
    ("log", tested, PHONE, False, visit("/log")),
    ("about", idle, PHONE, False, visit("/about")),
    ("wide", on_air, DESK, False, write),
    ("wide-emergency", emergency, DESK, False, sign_in),
    ("wide-hushed", hushed, DESK, False, sign_in),
    ("wide-check", tested, DESK, False, visit("/check")),
)


def take(folder: Path) -> None:
    """Take every picture into `folder`."""
    with chromium() as browser:
        for name, scene, size, dark, act in PICTURES:
            staff = INSTALLER if "check" in name else CHIEF
            with (
                serving(Shop(staff=(staff,))) as server,
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
