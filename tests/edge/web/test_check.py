"""The check page: rows that an installer reads from a ladder, each lamp with its shape and word."""

import re

import pytest

from contract.documents import Check, InputKind, Readiness, Vitals
from edge.core.events import HandFailed, Ticked
from edge.core.moment import Clock
from edge.core.orders import Inspect
from edge.core.page import InputView, ZoneView
from edge.core.page import TestView as SelfTest
from edge.web import checks, painter
from edge.web.checks import Lamp
from edge.web.words import LANGUAGES, Words
from tests.edge.web.shop import INSTALLER, MORNING, VIETNAM, Shop
from tests.edge.web.views import view
from tests.edge.web.visitor import Visitor, story

NOW = MORNING.astimezone(VIETNAM)
VI = Words("vi")
GOOD = Check(name="clock", ok=True)
BAD = Check(name="relays", ok=False, why="Rơ-le không theo lệnh: Chợ.")


def lamp_of(rows: tuple[checks.Row, ...], what: str) -> Lamp:
    """Return the lamp of the row about `what`."""
    return next(row.lamp for row in rows if row.what == VI(f"item.{what}"))


@pytest.mark.parametrize(
    ("what", "vitals", "lamp"),
    [
        ("temperature", Vitals(), Lamp.NONE),
        ("temperature", Vitals(temperature_c=55.0), Lamp.GOOD),
        ("temperature", Vitals(temperature_c=72.0), Lamp.MIND),
        ("temperature", Vitals(temperature_c=83.0), Lamp.BAD),
        ("voltage", Vitals(), Lamp.NONE),
        ("voltage", Vitals(under_voltage=False), Lamp.GOOD),
        ("voltage", Vitals(under_voltage=False, under_voltage_since_start=True), Lamp.MIND),
        ("voltage", Vitals(under_voltage=True), Lamp.BAD),
        ("card", Vitals(), Lamp.NONE),
        ("card", Vitals(file_system_errors=0), Lamp.GOOD),
        ("card", Vitals(card_worn_pct=85), Lamp.MIND),
        ("card", Vitals(card_worn_pct=100), Lamp.BAD),
        ("card", Vitals(card_worn_pct=3, file_system_errors=2), Lamp.BAD),
        ("memory", Vitals(), Lamp.NONE),
        ("memory", Vitals(memory_free_bytes=400_000_000), Lamp.GOOD),
        ("memory", Vitals(memory_free_bytes=9_000_000), Lamp.BAD),
        ("link", Vitals(), Lamp.NONE),
        ("link", Vitals(link="cellular"), Lamp.GOOD),
        ("link", Vitals(link="none"), Lamp.BAD),
        ("signal", Vitals(signal_pct=60), Lamp.GOOD),
        ("signal", Vitals(signal_pct=5), Lamp.MIND),
    ],
)
def test_each_gauge_has_its_lamp(what: str, vitals: Vitals, lamp: Lamp) -> None:
    """What is measured is good, to be minded, or bad; what has no gauge is none of these and says so."""
    assert lamp_of(checks.machine_of(view(vitals=vitals), VI), what) is lamp


@pytest.mark.parametrize(
    ("clock", "lamp"),
    [(Clock.TRUSTED, Lamp.GOOD), (Clock.FLOOR_ONLY, Lamp.MIND), (Clock.UNKNOWN, Lamp.BAD)],
)
def test_the_clock_is_told_in_words(clock: Clock, lamp: Lamp) -> None:
    """The row of the clock shows its time and how far it may be believed."""
    rows = checks.machine_of(view(clock=clock), VI)
    assert lamp_of(rows, "clock") is lamp
    assert VI(f"clock.{clock.value}") in rows[0].fact


@pytest.mark.parametrize(
    ("wired", "lamp", "fact"),
    [
        (InputView("Cửa tủ", InputKind.DOOR, active=None, alarm=False), Lamp.NONE, "chưa đọc được"),
        (InputView("Cửa tủ", InputKind.DOOR, active=False, alarm=False), Lamp.GOOD, "bình thường"),
        (InputView("Cửa tủ", InputKind.DOOR, active=True, alarm=True), Lamp.BAD, "có báo"),
        (InputView("Điện", InputKind.MAINS, active=True, alarm=False), Lamp.GOOD, "có điện"),
        (InputView("Điện", InputKind.MAINS, active=False, alarm=True), Lamp.BAD, "mất điện"),
    ],
)
def test_each_input_is_told_in_words(wired: InputView, lamp: Lamp, fact: str) -> None:
    """An input at rest is good, one that complains is bad, and mains power reads the other way round."""
    row = checks.wiring_of(view(inputs=(wired,)), VI)[-1]
    assert row.lamp is lamp
    assert fact in row.fact


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({}, "Chưa kiểm tra"),
        ({"test": SelfTest(at=NOW, by="T", running=False, checks=(GOOD,))}, "Sẵn sàng"),
        ({"test": SelfTest(at=NOW, by="T", running=False, checks=(GOOD, BAD))}, "Có 1 chỗ hỏng"),
        ({"zones": (ZoneView("cho", "Chợ", on=True, stuck=True),)}, "Có 1 chỗ hỏng"),
        ({"vitals": Vitals(under_voltage=True, link="none")}, "Có 2 chỗ hỏng"),
    ],
)
def test_the_verdict_is_read_first(changes: dict[str, object], text: str) -> None:
    """One line says whether it is fit, counts each fault once, and claims nothing that was not looked at."""
    html = painter.regions(view(**changes), "vi", "check")["verdict"]
    assert f'<p class="verdict__text">{text}</p>' in html


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clock", "Đồng hồ"),
        ("zone-cho", "Khu loa Chợ"),
        ("cho", "Khu loa Chợ"),
        ("relay-cho", "Rơ-le: Chợ"),
        ("something-new", "something new"),
    ],
)
def test_what_was_looked_at_is_named_as_people_call_it(name: str, said: str) -> None:
    """Parts and zones get their words; a check that this page does not know keeps its own name."""
    assert checks.item_words(name, view(), VI) == said


def test_a_fault_stands_before_what_is_well_and_keeps_its_sentence() -> None:
    """Readiness shows what is wrong at once, and what is well under one line."""
    ready = Readiness(at=NOW, of="slot/x", title="Bản tin sáng", starts=NOW, checks=(GOOD, BAD))
    html = painter.regions(view(readiness=ready), "vi", "check")["readiness"]
    assert html.index("Rơ-le không theo lệnh") < html.index("1 mục tốt") < html.index("Đồng hồ")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_lamp_is_told_by_colour_alone(language: str) -> None:
    """Each row has a drawing and a word of its own, in either language."""
    words = Words("en" if language == "en" else "vi")
    shapes = set()
    for lamp in Lamp:
        row = checks.Row(lamp, "x")
        template = "{% from 'rows.html' import rows %}{{ rows(t, [row]) }}"
        html = painter._templates().from_string(template).render(t=words, row=row)
        assert words(f"check.{lamp.value}") in html
        shapes.add(re.sub(r"\s+", "", html.partition("<svg")[2].partition("</svg>")[0]))
    assert len(shapes) == len(Lamp)


def test_a_check_asked_for_is_run_and_its_findings_shown() -> None:
    """One press asks the hands, the page shows that it runs, then what they found, and who asked."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        await shop.reactor.submit(HandFailed(hand="player", why="Thiết bị âm thanh bị rút."))
        answer = await visitor.post("/check", what="silent")
        assert (answer.status_code, answer.headers["location"]) == (303, "/check")
        page = (await visitor.look("/check")).text
        assert "Đang thử…" in page
        assert [o for o in shop.obeyed if isinstance(o, Inspect)]
        shop.pass_s(60)
        await shop.reactor.submit(Ticked())
        shop.pass_s(60)
        await shop.reactor.submit(Ticked())
        page = (await visitor.look("/check")).text
        assert "Đang thử…" not in page
        assert "Thiết bị âm thanh bị rút." in page
        assert INSTALLER.name in page
        assert "chỗ hỏng" in page

    story(telling, Shop(staff=(INSTALLER,)))
