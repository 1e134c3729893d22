"""What the page says about what was observed: the states of the air, reasons, faults, records, languages."""

import re

import msgspec
import pytest

from contract.documents import Outcome, Play, Rank, Refusal
from contract.errors import RefusalCode
from edge.core.events import (
    CentralLost,
    ClockJudged,
    ContentLost,
    DocumentRefused,
    HandFailed,
    HandRecovered,
    Happening,
    Ticked,
)
from edge.core.moment import Clock
from edge.core.view import AlarmView, PageView, Playable, ZoneView
from edge.web import faces, painter
from edge.web.words import LANGUAGES, WORDS, Language, Words
from tests.edge.web.shop import DEVICE, MORNING, Shop, sha
from tests.edge.web.visitor import Visitor, story


def view(**changes: object) -> PageView:
    """Return the view of a quiet, healthy appliance, changed as said."""
    quiet = PageView(
        name="Cụm loa ấp 1",
        area="dt/my-phong/ap-1",
        device=DEVICE,
        now=MORNING,
        rank=Rank.SILENCE,
        title="",
        why="Không có lịch phát vào lúc này.",
        sounding=False,
        level_dbfs=None,
        volume_pct=80,
        until=None,
        zones=(ZoneView("Chợ", on=False),),
        coming=(),
        alarms=(),
        playable=(Playable(sha(1), "Nhạc hiệu", 45),),
        waiting=(),
        staff="",
        clock=Clock.TRUSTED,
        central=True,
        silenced=False,
        assigned=True,
        programme_version=1,
        programme_stale=False,
        contents_missing=0,
        faults=(),
        plays=(),
        refusals=(),
    )
    return msgspec.structs.replace(quiet, **changes)


@pytest.mark.parametrize(
    ("changes", "face"),
    [
        ({}, "quiet"),
        ({"sounding": True, "level_dbfs": -20.0}, "stray"),
        ({"rank": Rank.NORMAL, "title": "Bản tin"}, "mute"),
        ({"rank": Rank.NORMAL, "title": "Bản tin", "sounding": True}, "on"),
        ({"rank": Rank.FILLER, "title": "Nhạc", "sounding": True}, "on"),
        ({"rank": Rank.OVERRIDE, "title": "Bản tin", "sounding": True}, "on"),
        ({"rank": Rank.OVERRIDE}, "hushed"),
        ({"rank": Rank.OVERRIDE, "sounding": True}, "hushing"),
        ({"rank": Rank.EMERGENCY_COMMUNE, "title": "Lũ"}, "emergency-mute"),
        ({"rank": Rank.EMERGENCY_PROVINCE, "title": "Lũ", "sounding": True}, "emergency"),
        ({"silenced": True}, "cut"),
        ({"silenced": True, "sounding": True}, "cut"),
    ],
)
def test_on_air_means_that_sound_was_measured(changes: dict[str, object], face: str) -> None:
    """Who has the air comes from the decision, but "on air" is only said of measured sound."""
    shown = view(**changes)
    assert faces.face_of(shown) == face
    html = painter.regions(shown, "vi")["air"]
    assert f"air--{face}" in html
    assert WORDS[f"air.{face}"][0] in html
    assert ("Không đo thấy tiếng" in html) == (shown.level_dbfs is None)


@pytest.mark.parametrize(
    ("level_dbfs", "lit"), [(-90.0, 1), (-60.0, 1), (-30.0, 12), (-18.0, 17), (0.0, 24), (3.0, 24)]
)
def test_the_meter_follows_the_measured_level(level_dbfs: float, lit: int) -> None:
    """Between −60 and 0 dBFS the bars grow; whatever sounds lights at least one, and silence lights none."""
    html = painter.regions(view(sounding=True, level_dbfs=level_dbfs), "vi")["air"]
    assert len(re.findall(r'class="lit', html)) == lit
    assert 'class="lit' not in painter.regions(view(), "vi")["air"]


def test_coming_items_are_listed_and_refused_ones_struck_with_the_reason() -> None:
    """The slot in quiet hours is struck through with its rule; the one after it is not."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        coming = visitor.page.partition('id="coming-title"')[2].partition("</section>")[0]
        assert '<s lang="vi">Thể dục sáng sớm</s>' in coming
        assert "Giờ yên tĩnh 21:00–05:30" in coming
        assert '<strong lang="vi">Bản tin buổi sáng</strong>' in coming
        assert coming.count("Bản tin trưa") == 1  # its two items are one line

    story(telling)


@pytest.mark.parametrize("fault", ["amplifier", "central", "clock", "content", "none"])
def test_each_fault_is_told_with_what_to_do(fault: str) -> None:
    """A fault shows in words with the next step; without faults there is no such list."""
    events: dict[str, tuple[Happening, str]] = {
        "amplifier": (HandFailed(hand="amplifier", why="GPIO 17"), "Kiểm tra điện của tăng âm"),
        "central": (CentralLost(why="reset"), "kiểm tra cáp mạng, SIM"),
        "clock": (ClockJudged(clock=Clock.UNKNOWN), "Nối mạng để lấy giờ"),
        "content": (ContentLost(sha256=sha(2), why="băm không khớp"), "Còn 1 bài chưa tải xong"),
        "none": (HandRecovered(hand="amplifier"), ""),
    }
    event, advice = events[fault]

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await shop.reactor.submit(event)
        await visitor.look()
        assert ("Cần để ý" in visitor.page) == (fault != "none")
        assert advice in visitor.page

    story(telling)


@pytest.mark.parametrize("hand", [key[5:] for key in WORDS if re.fullmatch(r"hand\.[a-z]+", key)])
def test_every_hand_has_a_name_and_advice(hand: str) -> None:
    """Whichever hand fails, the page names it and says what to do, in both languages."""
    for language in LANGUAGES:
        (heed,) = faces.heed_of(view(faults=(f"{hand}: GPIO 17",)), Words(language))
        assert (Words(language)("hand.other") in heed.what) == (hand == "other")
        assert heed.do
        assert heed.detail == "GPIO 17"


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
        why=why,
    )
    html = painter.regions(view(plays=(play,)), "vi")["plays"]
    assert "Bản tin &lt;b&gt;" in html
    assert f"chip--{outcome.value}" in html
    for part in (words, "có tiếng 1:01 / 2:05", "−20 dBFS", why):
        assert part in html


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
    html = painter.regions(view(refusals=(refusal,)), "vi")["refusals"]
    assert f"<strong>{said}</strong>" in html
    assert "chữ ký sai" in html
    assert '<p class="why" lang="en">no key fits</p>' in html


def test_what_comes_from_outside_is_text_and_never_markup() -> None:
    """A refused document whose reason holds markup is shown as letters."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        evil = "<script>alert(1)</script>"
        event = DocumentRefused(door="usb", kind=None, code=RefusalCode.MALFORMED, why=evil)
        await shop.reactor.submit(event)
        raw = (await visitor.look()).text
        assert evil not in raw
        assert "&lt;script&gt;" in raw

    story(telling)


def test_alarms_stay_in_red_between_their_rounds() -> None:
    """An announcement in force is shown while it is silent too, with its rounds and its end."""
    alarm = AlarmView("dt:1:1", "Lũ lên nhanh", 2, MORNING.replace(hour=23))
    html = painter.regions(view(alarms=(alarm,)), "vi")["heed"]
    for part in ("card alarms", "Lũ lên nhanh", "đã phát 2 lượt", "không tác động"):
        assert part in html
    assert "card alarms" not in painter.regions(view(), "vi")["heed"]


def test_without_a_trusted_clock_no_start_is_promised() -> None:
    """When schedules do not run, the page names no time until which it stays quiet, and says why."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert "đến 05:30" in visitor.page.partition("air-state")[2].partition("</section>")[0]
        await shop.reactor.submit(ClockJudged(clock=Clock.UNKNOWN))
        await visitor.look()
        assert "đến 05:30" not in visitor.page.partition("air-state")[2].partition("</section>")[0]
        assert "lịch dưới đây chưa chạy" in visitor.page

    story(telling)


def test_the_language_is_chosen_by_a_press_and_kept() -> None:
    """Vietnamese first; one press shows English, also after signing in, and one press goes back."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert '<html lang="vi">' in visitor.page
        page = await visitor.act("/language", language="en")
        assert '<html lang="en">' in page
        assert "Next six hours" in page
        assert 'lang="vi">Không có lịch phát' in page  # the appliance's own words are marked
        await visitor.sign_in()
        assert "Silent until 05:25." in await visitor.act("/stop", span="15")
        assert "Sáu giờ tới" in await visitor.act("/language", language="vi")
        assert (await visitor.post("/language", language="xx")).status_code == 400

    story(telling)


def test_every_word_is_said_in_both_languages_with_the_same_blanks() -> None:
    """Each key has two texts that ask for the same values; only the name of silence is empty."""
    for key, (vietnamese, english) in WORDS.items():
        blanks = [sorted(re.findall(r"{(\w+)}", text)) for text in (vietnamese, english)]
        assert blanks[0] == blanks[1], key
        assert (bool(vietnamese) and bool(english)) == (key != "rank.0"), key


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/", "/nowhere"])
def test_pages_are_whole_in_both_languages(path: str, language: Language) -> None:
    """No page has an unfilled blank or an unknown word, found or not."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        answer = await visitor.look(path)
        assert answer.status_code == (200 if path == "/" else 404)
        assert f'<html lang="{language}">' in answer.text
        assert "{" not in re.sub(r"<(script|style).*?</\1>", "", answer.text)

    story(telling, Shop(language=language))


def test_health_is_for_machines() -> None:
    """/health gives the counter's facts as JSON without a PIN."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        facts = (await visitor.look("/health")).json()
        assert (facts["device"], facts["ready"]) == (DEVICE, True)

    story(telling)


def test_static_files_are_served_by_name_only() -> None:
    """The page's files carry their type and a lasting address; no other path is read."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        named = re.findall(r'(?:href|src)="(/static/[^"#]+)', visitor.page)
        assert len(set(named)) == 3
        for path in named:
            assert (await visitor.look(path)).status_code == 200
        for path in ("/static/../routes.py", "/static/%2e%2e%2froutes.py", "/static/nope.css"):
            assert (await visitor.look(path)).status_code in {400, 404}

    story(telling)


def test_a_held_session_shows_the_controls_again_after_a_reload() -> None:
    """Reloading keeps the person signed in and shows what the appliance is doing at that moment."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        shop.to(5, 32)
        await shop.reactor.submit(Ticked())
        await visitor.sign_in()
        await visitor.look()
        assert "Đến giờ, chưa có tiếng" in visitor.page
        assert 'action="/play"' in visitor.page

    story(telling)
