"""The log, and the page about the appliance with its QR code."""

import re
from datetime import timedelta

import pytest

from contract.documents import Outcome, Play, Rank, Refusal
from edge.core.page import NoteKind, NoteView
from edge.web import qr
from tests.edge.web.shop import DEVICE, MORNING, VIETNAM, Shop, sha
from tests.edge.web.views import showing
from tests.edge.web.visitor import HOST, Visitor, story

NOW = MORNING.astimezone(VIETNAM)
LINES = tuple(
    NoteView(NOW - timedelta(hours=hours), kind, f"Việc {kind.value} <{hours}>")
    for kind, hours in zip(NoteKind, (0, 1, 8, 20, 30, 60), strict=True)
)


def test_the_log_is_grouped_by_day_the_newest_first() -> None:
    """Today, yesterday and older days each have their heading, and within a day the newest line is first."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look("/log")).text
        headings = re.findall(r"<h2>([^<]+)</h2>", page)
        assert (
            headings
            == ["Hôm nay", "Hôm qua", "Ngày 21/11/2026", "Ngày 20/11/2026"][: len(headings)]
        )
        assert [int(n) for n in re.findall(r"Việc [a-z]+ &lt;(\d+)&gt;", page)] == [
            0,
            1,
            8,
            20,
            30,
            60,
        ]

    story(telling, showing(log=LINES))


@pytest.mark.parametrize("kind", list(NoteKind))
def test_the_log_is_narrowed_by_a_link(kind: NoteKind) -> None:
    """Without scripts, one tap shows one kind; the chosen link says that it is chosen."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look(f"/log?kind={kind.value}")).text
        assert re.findall(r"Việc ([a-z]+) ", page) == [kind.value]
        assert f'href="/log?kind={kind.value}" aria-current="true"' in page

    story(telling, showing(log=LINES))


@pytest.mark.parametrize(
    "query", ["?kind=", "?kind=nothing", "?kind=%ff", "?x=1", "?kind=play&kind=x"]
)
def test_a_log_of_no_known_kind_shows_all(query: str) -> None:
    """A link that somebody mistyped still gives a log."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.look(f"/log{query}")).status_code == 200

    story(telling, showing(log=LINES))


def test_a_hand_in_the_log_is_named_as_people_call_it() -> None:
    """A line that begins with a part of the appliance says its name in words, not in the code's."""
    lines = tuple(NoteView(NOW, NoteKind.MACHINE, f"{who}: GPIO 17") for who in ("amplifier", "x"))

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look("/log")).text
        assert "Rơ-le, tăng âm: GPIO 17" in page
        assert ">x: GPIO 17" in page

    story(telling, showing(log=lines))


def test_an_empty_log_says_so() -> None:
    """A fresh appliance has an empty log and no empty frames."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look("/log?kind=staff")).text
        assert "Chưa có gì." in page
        assert "card log" not in page

    story(telling, showing())


@pytest.mark.parametrize(
    ("outcome", "words", "why"),
    [
        (Outcome.SOUNDED, "Đã phát", ""),
        (Outcome.PARTLY, "Phát thiếu", "Nhường: khẩn cấp."),
        (Outcome.SILENT, "Không phát", "Đường tiếng không có âm thanh."),
    ],
)
def test_each_play_is_shown_with_its_proof(outcome: Outcome, words: str, why: str) -> None:
    """A record shows seconds sounded of those asked, level, outcome in words, and why."""
    play = Play(
        key="slot/x",
        source=sha(1),
        title="Bản tin <b>",
        rank=Rank.NORMAL,
        zones=("cho",),
        started=MORNING,
        asked_ms=125_000,
        sounded_ms=61_000,
        outcome=outcome,
        level_dbfs=-20.4,
        heard_pct=97,
        why=why,
    )

    async def telling(_: Shop, visitor: Visitor) -> None:
        html = (await visitor.look("/log?kind=play")).text
        assert "Bản tin &lt;b&gt;" in html
        assert f"chip--{outcome.value}" in html
        for part in (words, "có tiếng 1:01 / 2:05", "−20 dBFS", "mi-crô nghe được 97 %", why):
            assert part in html

    story(telling, showing(plays=(play,)))


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("programme (push)", "Lịch phát (kênh tức thời)"),
        ("document (usb)", "Văn bản không rõ loại (USB)"),
        ("amplifier", "Rơ-le, tăng âm"),
        (sha(2), "Tệp 00000000…"),
        ("Bản tin buổi sáng", "Bản tin buổi sáng"),
        ("something (else)", "something (else)"),
    ],
)
def test_what_was_refused_is_named_as_people_call_it(what: str, said: str) -> None:
    """Papers, hands and files get words; a title stays as it is."""
    refusal = Refusal(at=MORNING, what=what, code="bad-signature", why="no key fits")

    async def telling(_: Shop, visitor: Visitor) -> None:
        html = (await visitor.look("/log?kind=refusal")).text
        assert f"<strong>{said}</strong>" in html
        assert "chữ ký sai" in html
        assert '<p class="why" lang="en">no key fits</p>' in html

    story(telling, showing(refusals=(refusal,)))


@pytest.mark.parametrize(
    ("host", "address"),
    [
        (HOST, f"http://{HOST}/"),  # proven: this very visitor came by it
        ("192.168.1.20", "http://192.168.1.20/"),
        ("127.0.0.1:8080", "http://192.168.1.20:8080/"),  # of no use to another phone
    ],
)
def test_the_page_shows_its_own_address_for_another_phone(host: str, address: str) -> None:
    """The QR code holds the address by which the page was reached, unless no other phone could use it."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look("/about", Host=host)).text
        assert f"Mã QR của {address}" in page
        assert qr.picture(address) in page
        for fact in (DEVICE, "K3V7 Q2MZ XA5T DRWY", "0.1.0", "http://loa.local:8080/"):
            assert fact in page

    story(telling)


def test_the_qr_code_is_a_drawing_of_its_own() -> None:
    """It is inline SVG without styles or scripts, and differs with its address."""
    one, other = qr.picture("http://loa.local:8080/"), qr.picture("http://192.168.1.20:8080/")
    assert one.startswith("<svg")
    assert one != other
    assert not re.search(r"style=|<script|href", one)
