"""What the page says about what was observed: the states of the air, reasons, faults, records, languages."""

import re
from datetime import timedelta

import pytest

from contract.documents import Rank
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
from edge.core.page import AlarmView, NextView, TodayState, TodayView
from edge.web import faces, heeds, painter
from edge.web.words import LANGUAGES, WORDS, Language, Words
from tests.edge.web.shop import DEVICE, MORNING, Shop, sha
from tests.edge.web.views import view
from tests.edge.web.visitor import Visitor, story


@pytest.mark.parametrize(
    ("changes", "face"),
    [
        ({}, "quiet"),
        ({"sounding": True, "level_dbfs": -20.0}, "stray"),
        ({"rank": Rank.NORMAL, "title": "Bản tin"}, "mute"),
        ({"rank": Rank.NORMAL, "title": "Bản tin", "sounding": True}, "on"),
        ({"rank": Rank.FILLER, "title": "Nhạc", "sounding": True}, "on"),
        ({"rank": Rank.OVERRIDE, "title": "Bản tin", "sounding": True}, "on"),
        ({"rank": Rank.OVERRIDE, "hushed": True}, "hushed"),
        ({"rank": Rank.OVERRIDE, "hushed": True, "sounding": True}, "hushing"),
        ({"rank": Rank.LIVE, "title": "Nói", "talking": "Lan", "sounding": True}, "talk"),
        ({"rank": Rank.LIVE, "title": "Nói", "talking": "Lan"}, "mute"),
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
    painted = painter.regions(shown, "vi")
    assert f"air--{face}" in painted["air"]
    assert f"meter--{face}" in painted["meter"]
    assert WORDS[f"air.{face}"][0] in painted["air"]
    assert ("Không đo thấy tiếng" in painted["meter"]) == (shown.level_dbfs is None)


@pytest.mark.parametrize(
    ("level_dbfs", "lit"), [(-90.0, 1), (-60.0, 1), (-30.0, 12), (-18.0, 17), (0.0, 24), (3.0, 24)]
)
def test_the_meter_follows_the_measured_level(level_dbfs: float, lit: int) -> None:
    """Between −60 and 0 dBFS the bars grow; whatever sounds lights at least one, and silence lights none."""
    html = painter.regions(view(sounding=True, level_dbfs=level_dbfs), "vi")["meter"]
    drawn = "".join(re.findall(r'class="lit[^"]*" d="([^"]*)"', html))
    assert drawn.count("M") == lit
    assert f'data-bars="{lit}"' in html
    assert 'class="lit' not in painter.regions(view(), "vi")["meter"]


def test_every_item_of_today_tells_what_became_of_it_and_why() -> None:
    """What is to come stands first, then what is over, the newest first; each opens to its sentence."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        shop.to(6, 0)
        await shop.reactor.submit(Ticked())
        await visitor.look()
        today = visitor.page.partition('id="today-title"')[2].partition("</section>")[0]
        ahead, _, behind = today.partition("Đã qua")
        assert "Thông báo cắt điện ngày 24/11" in ahead
        assert "Sắp phát" in ahead
        assert "Không cho phát" in behind
        assert "Giờ yên tĩnh 21:00–05:30" in behind
        assert today.count("<details") == today.count('<p class="why"')

    story(telling)


@pytest.mark.parametrize("state", list(TodayState))
def test_each_state_of_an_item_has_a_word_a_shape_and_a_place(state: TodayState) -> None:
    """Its state is told by a word and a drawing, never by colour alone; a coming one says when it will sound."""
    now = view().now
    past = state not in {TodayState.COMING, TodayState.ON_AIR}
    start = now - timedelta(minutes=20 if past else 0)
    why = "" if state is TodayState.COMING else "Vì thế."
    item = TodayView(
        start=start, end=start + timedelta(minutes=5), title="Bản tin", state=state, why=why
    )
    for language in LANGUAGES:
        html = painter.regions(view(today=(item,), sounding=True), language)["today"]
        chip = html.partition(f"chip--{state.value}")[2].partition("</span>")[0]
        assert "<path" in chip
        assert Words(language)(f"state.{state.value}") in chip
        assert (Words(language)("today.before") in html) == past
        assert (why or Words(language)("today.coming")) in html


def test_an_item_on_air_that_is_not_heard_is_only_due() -> None:
    """The list never says "on air" of an item while no sound is measured."""
    now = view().now
    item = TodayView(
        start=now, end=now + timedelta(minutes=5), title="Tin", state=TodayState.ON_AIR, why="Vì."
    )
    for sounding in (True, False):
        html = painter.regions(view(today=(item,), sounding=sounding), "vi")["today"]
        assert ("Đến giờ, chưa có tiếng" in html) == (not sounding)
        assert ("Đang phát" in html) == sounding


def test_pieces_of_one_item_are_one_line() -> None:
    """Two pieces that follow each other under one title and fate are one line from start to end."""
    now = view().now
    pieces = tuple(
        TodayView(
            start=now + timedelta(minutes=n),
            end=now + timedelta(minutes=n + 1),
            title=title,
            state=TodayState.COMING,
        )
        for n, title in enumerate(("Tin", "Tin", "Nhạc"), start=1)
    )
    html = painter.regions(view(today=pieces), "vi")["today"]
    assert html.count("<details") == 2
    assert html.count("<strong") == 2


def test_what_comes_after_midnight_is_shown_with_its_refusal() -> None:
    """In the evening the page looks past midnight too, and strikes what the rules will refuse."""
    now = view().now.replace(hour=23)
    after = NextView(
        now + timedelta(hours=3), now + timedelta(hours=3.1), "Nhạc đêm", "Giờ yên tĩnh."
    )
    soon = NextView(now + timedelta(minutes=5), now + timedelta(minutes=9), "Tin", "")
    html = painter.regions(view(now=now, coming=(soon, after)), "vi")["today"]
    assert '<s lang="vi">Nhạc đêm</s>' in html
    assert "Sẽ không phát" in html
    assert ">Tin<" not in html


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
        (heed,) = heeds.heed_of(view(faults=(f"{hand}: GPIO 17",)), Words(language))
        assert (Words(language)("hand.other") in heed.what) == (hand == "other")
        assert heed.do
        assert heed.detail == "GPIO 17"


def test_what_comes_from_outside_is_text_and_never_markup() -> None:
    """A refused document whose reason holds markup is shown as letters."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        evil = "<script>alert(1)</script>"
        event = DocumentRefused(door="usb", kind=None, code=RefusalCode.MALFORMED, why=evil)
        await shop.reactor.submit(event)
        raw = (await visitor.look("/log")).text
        assert evil not in raw
        assert "&lt;script&gt;" in raw

    story(telling)


def test_alarms_stay_in_red_between_their_rounds() -> None:
    """An announcement in force is shown while it is silent too, with its rounds and its end."""
    alarm = AlarmView("dt:1:1", "Lũ lên nhanh", 2, MORNING.replace(hour=23))
    html = painter.regions(view(alarms=(alarm,)), "vi")["alarms"]
    for part in ("card alarms", "Lũ lên nhanh", "đã phát 2 lượt", "không tác động"):
        assert part in html
    assert "Kết thúc cảnh báo" not in html  # the province's are not staff's to end
    assert painter.regions(view(), "vi")["alarms"] == ""


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
        assert "Needs attention" not in page
        assert "Power cut" not in page
        assert 'lang="vi">Không có lịch phát' in page  # the appliance's own words are marked
        await visitor.sign_in()
        assert "Silent until 05:25." in await visitor.act("/stop", span="15")
        assert "Hôm nay" in await visitor.act("/language", language="vi")
        assert (await visitor.post("/language", language="xx")).status_code == 400

    story(telling)


def test_every_word_is_said_in_both_languages_with_the_same_blanks() -> None:
    """Each key has two texts that ask for the same values; only the name of silence is empty."""
    for key, (vietnamese, english) in WORDS.items():
        blanks = [sorted(re.findall(r"{(\w+)}", text)) for text in (vietnamese, english)]
        assert blanks[0] == blanks[1], key
        assert (bool(vietnamese) and bool(english)) == (key != "rank.0"), key


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("path", ["/", "/log", "/about", "/nowhere"])
def test_pages_are_whole_in_both_languages(path: str, language: Language) -> None:
    """No page has an unfilled blank or an unknown word, found or not."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        answer = await visitor.look(path)
        assert answer.status_code == (404 if path == "/nowhere" else 200)
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
        assert len(set(named)) == 4
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
