"""The page by the rules of WCAG 2.2 A and AA, by axe in the real browser; and how much a first look weighs."""

from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page

from contract.documents import Right, StaffPin
from edge.adapters.box import Box, BoxRefused
from edge.adapters.phone import PhoneLines
from edge.core.events import Ticked
from edge.web import commission, recording, talk
from tests.edge.web import scenes
from tests.edge.web.bench import begun
from tests.edge.web.browser import DESK, PHONE, chromium, page_of
from tests.edge.web.shop import CHIEF, Serving, Shop, serving
from tests.edge.web.test_recording import tune

EVERYTHING = StaffPin(name="Võ Thị Út", verifier=CHIEF.verifier, rights=tuple(Right))
AXE: Final = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
Scheme = Literal["light", "dark"]
State = Callable[[Page], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run one browser for the whole module."""
    with chromium(
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"
    ) as running:
        yield running


def shop(place: Path) -> Shop:
    """Return a shop with all rooms and one person who may do all."""
    box = Box(place / "box", quota_bytes=100_000_000, reserve_bytes=0)
    taking = box.begin()
    taking.write(tune(1.0))
    taking.done("Họp dân ấp 2")
    rooms = (
        recording.room(box, BoxRefused),
        talk.room(PhoneLines(place / "lines")),
        commission.room(begun().bench()),
    )
    return Shop(staff=(EVERYTHING,), rooms=rooms)


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Serving]:
    """Serve the bulletin of half past five, with a fault, a readiness and a self-test behind it."""
    with serving(shop(tmp_path)) as server:
        scenes.tested(server)
        yield server


@pytest.fixture
def flood(tmp_path: Path) -> Iterator[Serving]:
    """Serve a flood warning that took the air."""
    with serving(shop(tmp_path)) as server:
        scenes.emergency(server)
        yield server


def _open_all(page: Page) -> None:
    """Open every form of the page, the microphone too; forms that share a name open one after the other."""
    page.evaluate("for (const d of document.querySelectorAll('details')) d.removeAttribute('name')")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    page.click("#talk-mic")
    page.wait_for_selector("#talk-hold")


def _sure(page: Page) -> None:
    page.evaluate("document.querySelector('#warn-area').open = true")
    page.fill("#warn-headline", "Cháy")
    page.fill("#warn-text", "Có cháy ở chợ.")
    page.evaluate("document.getElementById('warn-form').submit()")
    page.wait_for_selector("#sure")


def _wrong_pin(page: Page) -> None:
    page.fill("#pin", "000000")
    page.keyboard.press("Enter")
    page.wait_for_selector("#trouble")


def _refused(page: Page) -> None:
    page.evaluate("document.querySelector('.action--play').open = true")
    for zone in page.locator(".action--play input[name=zone]").all():
        zone.uncheck()
    page.locator(".action--play .item").first.click()
    page.wait_for_selector(".note--refused")


SIGNED_OUT: Final[dict[str, tuple[str, State | None]]] = {
    "home": ("/", None),
    "wrong-pin": ("/", _wrong_pin),
    "check": ("/check", None),
    "log": ("/log", None),
    "about": ("/about", None),
    "error": ("/nowhere", None),
}
SIGNED_IN: Final[dict[str, tuple[str, State | None]]] = {
    "every-form": ("/?notice=mat-dien", _open_all),
    "refused": ("/", _refused),
    "sure": ("/", _sure),
    "check": ("/check", None),
    "log": ("/log", None),
    "record": ("/record", None),
    "recording": ("/record?ref=REF", None),
    "handing-over": ("/commission?step=tone/cho", None),
    "handing-over-place": ("/commission?step=place", None),
}
EMERGENCY: Final[dict[str, tuple[str, State | None]]] = {"home": ("/", None)}
WAYS: Final[dict[str, tuple[tuple[int, int], Scheme, str]]] = {
    "phone-vi-light": (PHONE, "light", "vi"),
    "desk-en-dark": (DESK, "dark", "en"),
}


def faults(page: Page) -> list[str]:
    """Return what axe finds on the page as it is now, one line each."""
    page.evaluate(AXE)
    found = page.evaluate("rules => axe.run(document, rules)", RULES)["violations"]
    return [
        f"{page.url}: {rule['id']} ({rule['impact']}): {node['html'][:160]} {node['any'][:1]}"
        for rule in found
        for node in rule["nodes"]
    ]


def seen(
    browser: Browser, server: Serving, way: str, states: dict[str, tuple[str, State | None]]
) -> list[str]:
    """Return what axe finds in all these states, looked at in this way, signed in where they need it."""
    size, scheme, language = WAYS[way]
    found: list[str] = []
    with page_of(browser, size, scheme) as page:
        cookie = {"name": "tienglang-language", "value": language, "url": server.address}
        page.context.add_cookies([cookie])  # type: ignore[list-item]
        page.goto(server.address)
        if states is not SIGNED_OUT:
            scenes.sign_in(page)
        for path, reach in states.values():
            page.goto(
                server.address + path.replace("REF", ref_of(page, server) if "REF" in path else "")
            )
            assert page.get_attribute("html", "lang") == language
            if reach is not None:
                reach(page)
            found += faults(page)
    return found


def ref_of(page: Page, server: Serving) -> str:
    """Return the name of the one recording."""
    page.goto(f"{server.address}/record")
    return str(page.get_attribute(".voice__list a", "href")).partition("ref=")[2]


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_for_who_only_looks(browser: Browser, morning: Serving, way: str) -> None:
    """No WCAG 2.2 A or AA violation on any page that needs no PIN, on phone and desk."""
    assert seen(browser, morning, way, SIGNED_OUT) == []


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_for_who_acts(browser: Browser, morning: Serving, way: str) -> None:
    """Nor behind the PIN: with every form open, after a refusal, before an emergency, at a recording."""
    assert seen(browser, morning, way, SIGNED_IN) == []


@pytest.mark.parametrize("way", WAYS)
def test_axe_finds_nothing_in_an_emergency(browser: Browser, flood: Serving, way: str) -> None:
    """Red on white and white on red are legible too."""
    assert seen(browser, flood, way, EMERGENCY) == []


def test_axe_would_find_something(browser: Browser, morning: Serving) -> None:
    """What is found above would be found: a button without a name and pale letters are named."""
    with page_of(browser) as page:
        page.goto(f"{morning.address}/about")
        page.evaluate(
            "document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button>');"
            "document.querySelector('h1').style.color = '#bbb'"
        )
        named = " ".join(faults(page))
        assert "button-name" in named
        assert "color-contrast" in named


@pytest.mark.parametrize("signed_in", [False, True])
def test_a_first_look_is_light_and_stays_in_the_house(
    browser: Browser, tmp_path: Path, signed_in: bool
) -> None:
    """At most 100 kB over the air and 12 requests, all to the appliance: a page for a village without internet."""
    with serving(shop(tmp_path)) as server, page_of(browser) as page:
        scenes.on_air(server)
        server.do(Ticked())
        if signed_in:
            page.goto(server.address)
            scenes.sign_in(page)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        asked: list[str] = []
        weights: list[int] = []
        page.on("request", lambda one: asked.append(one.url))
        session.on("Network.dataReceived", lambda said: weights.append(said["dataLength"]))
        page.goto(server.address)
        page.wait_for_function("() => document.readyState === 'complete'")
        page.wait_for_timeout(1_000)  # what scripts would still ask for
        assert [url for url in asked if not url.startswith(f"{server.address}/")] == []
        assert len(asked) <= 12, asked
        assert 10_000 < sum(weights) + 600 * len(asked) <= 100_000
