"""What staff say to the village: typed notices, local emergencies, and taking a decision back in time."""

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from contract.documents import Rank
from edge.core.events import Ticked, VoiceReady
from edge.core.orders import Speak
from edge.web import forms, notices, saying, speech
from tests.edge.web.shop import CHIEF, MORNING, VIETNAM, Shop, sha
from tests.edge.web.visitor import Visitor, story

TEXT = "Mời bà con họp lúc 19 giờ tại nhà văn hóa ấp 1."
WARNED: dict[str, str | list[str]] = {
    "headline": "Nguy cơ sạt lở",
    "text": "Rời khỏi bờ sông ngay.",
    "zone": ["cho", "dinh"],
}


def at(
    hour: int, minute: int, telling: Callable[[Shop, Visitor], Awaitable[None]], shop: Shop
) -> Shop:
    """Tell a story of a signed-in person at a time of day."""

    async def whole(shop: Shop, visitor: Visitor) -> None:
        shop.to(hour, minute)
        await shop.reactor.submit(Ticked())
        await visitor.sign_in()
        await telling(shop, visitor)

    return story(whole, shop)


def air_rank(shop: Shop) -> Rank:
    """Return the rank of who has the air."""
    assert shop.reactor.air is not None
    return shop.reactor.air.claim.rank


# --- typed notices --------------------------------------------------------------------------------


def test_a_typed_text_is_made_into_a_voice_and_sounds_in_its_zones() -> None:
    """The text goes to the voice as typed, and once spoken it has the air in the zones chosen."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/speak", text=TEXT, voice="south", rounds="2", zone="dinh")
        assert "Máy sẽ đọc ngay, 2 lượt, tự dừng trước 08:" in page
        (order,) = [o for o in shop.obeyed if isinstance(o, Speak)]
        assert (order.text, order.voice) == (TEXT, "south")
        await shop.reactor.submit(VoiceReady(ref=order.ref, duration_ms=6_000))
        assert shop.reactor.air is not None
        assert shop.reactor.air.claim.rank is Rank.OVERRIDE
        assert shop.reactor.air.claim.zones == frozenset({"dinh"})
        override = shop.reactor.desk.local.override
        assert override is not None
        assert override.rounds == 2
        assert override.until > shop.wall + timedelta(seconds=2 * 6)

    at(8, 0, telling, Shop())


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"text": TEXT}, 303, "Máy sẽ đọc ngay"),
        ({"text": " \n "}, 422, "Hãy gõ nội dung cần đọc."),
        ({"text": "… !!!"}, 422, "Hãy gõ nội dung cần đọc."),
        ({"text": "ạ" * forms.MOST_LETTERS}, 303, "Máy sẽ đọc ngay"),
        ({"text": "a\u0323" * forms.MOST_LETTERS}, 303, "Máy sẽ đọc ngay"),
        ({"text": "ạ" * (forms.MOST_LETTERS + 1)}, 400, ""),
        ({"text": "một\x1bhai"}, 400, ""),
        ({"text": TEXT, "voice": "moon"}, 400, ""),
        ({"text": TEXT, "rounds": "4"}, 400, ""),
        ({"text": TEXT, "zone": ["khong-co"]}, 422, "Hãy chọn ít nhất một khu loa."),
    ],
)
def test_what_is_typed_has_bounds(
    fields: dict[str, str | list[str]], status: int, said: str
) -> None:
    """Up to a thousand letters, composed or not, without control characters; else nothing is said."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        answer = await visitor.post("/speak", **{"zone": ["cho", "dinh"], **fields})
        assert answer.status_code == status
        page = answer.text if status == 422 else (await visitor.look()).text
        assert said in page
        assert (shop.reactor.desk.local.override is not None) == said.startswith("Máy")

    at(8, 0, telling, Shop())


def test_nothing_is_said_in_quiet_hours_and_the_reason_is() -> None:
    """A typed text that the rules forbid now is refused at once, before a voice is made of it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        answer = await visitor.post("/speak", text=TEXT, rounds="3", zone=["cho", "dinh"])
        assert answer.status_code == 422
        assert "Giờ yên tĩnh 21:00–05:30" in answer.text
        assert f">{TEXT}</textarea>" in answer.text  # nobody types it twice
        assert 'value="3" checked' in answer.text
        assert shop.reactor.desk.local.override is None
        assert not [o for o in shop.obeyed if isinstance(o, Speak)]

    at(5, 10, telling, Shop())


def test_a_preview_shows_how_it_is_read_and_changes_nothing() -> None:
    """Numbers and hours become words, the length is told, the text stays in the field, and nothing sounds."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        answer = await visitor.post("/preview", text=TEXT, voice="central", rounds="3")
        assert answer.status_code == 200
        shown = answer.text.partition('id="preview"')[2].partition("</div>")[0]
        assert "mười chín giờ" in shown
        assert f"{len(TEXT)}/1000 ký tự" in shown
        assert re.search(r"khoảng 0:\d\d mỗi lượt", shown)
        assert f">{TEXT}</textarea>" in answer.text
        assert 'value="central" checked' in answer.text
        assert 'value="3" checked' in answer.text
        assert shop.reactor.desk.local.override is None

    at(8, 0, telling, Shop())


def test_the_voice_last_chosen_is_kept_for_the_session() -> None:
    """Who chose the southern voice once finds it chosen the next time."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert 'value="" checked' in visitor.page
        page = await visitor.act("/speak", text=TEXT, voice="south", zone="cho")
        assert 'value="south" checked' in page

    at(8, 0, telling, Shop())


@pytest.mark.parametrize("hour", [0, 5, 9, 18, 23])
def test_every_template_is_filled_in_short_enough_and_can_be_read(hour: int) -> None:
    """At any hour each template has a day, no blank, and fits the field; it takes under a minute to read."""
    now = MORNING.astimezone(VIETNAM).replace(hour=hour)
    found = notices.notices(now)
    assert tuple(found) == notices.NAMES
    for text in (*found.values(), *(w.text for w in notices.WARNINGS.values())):
        assert len(text) <= forms.MOST_LETTERS
        assert not re.search(r"[{}\[\]_]|\.\.\.|…", text)
        assert 5 < speech.read(text).length_s < 60
    for text in found.values():
        assert re.search(r"ngày \d+ tháng \d+", text)


def test_a_template_without_scripts_is_a_page_with_its_text() -> None:
    """The link of a template opens the page with the text in the field; an unknown name opens nothing."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        page = (await visitor.look("/?notice=hop-dan")).text
        assert 'id="say-area" name="action" open' in page
        assert "Thông báo mời họp" in page.partition("<textarea")[2].partition("</textarea>")[0]
        page = (await visitor.look("/?notice=khong-co&warning=khong-co")).text
        assert 'name="action" open' not in page

    at(8, 0, telling, Shop(staff=(CHIEF,)))


# --- local emergencies ----------------------------------------------------------------------------


@pytest.mark.parametrize("sure", ["held", "PHÁT", "phát", " Phát "])
def test_a_local_emergency_sounds_once_it_was_held_or_confirmed(sure: str) -> None:
    """Held, or with the word typed, it takes the air at once, in quiet hours too, with its end and its author."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/warn", minutes="180", sure=sure, **WARNED)
        assert air_rank(shop) is Rank.EMERGENCY_COMMUNE
        assert "Đang phát cảnh báo “Nguy cơ sạt lở”, lặp lại đến 08:10." in page
        assert "Kết thúc cảnh báo" in page
        (alarm,) = shop.view().alarms
        assert alarm.local

    at(5, 10, telling, Shop(staff=(CHIEF,)))


@pytest.mark.parametrize(("sure", "trouble"), [("", False), ("phat", True), ("HẾT", True)])
def test_an_emergency_is_asked_twice(sure: str, trouble: bool) -> None:
    """A mere press, or another word, shows the whole warning again and asks for the word; nothing sounds."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        answer = await visitor.post("/warn", minutes="30", sure=sure, **WARNED)
        assert answer.status_code == 200
        assert "Phát cảnh báo khẩn?" in answer.text
        assert "Rời khỏi bờ sông ngay." in answer.text
        assert ('role="alert"' in answer.text) == trouble
        assert air_rank(shop) < Rank.EMERGENCY_COMMUNE
        fields = dict(
            re.findall(r'type="hidden" name="(headline|text|minutes)" value="([^"]*)"', answer.text)
        )
        zones = re.findall(r'type="hidden" name="zone" value="([^"]*)"', answer.text)
        assert zones == ["cho", "dinh"]
        await visitor.act("/warn", zone=zones, sure="PHÁT", **fields)
        assert air_rank(shop) is Rank.EMERGENCY_COMMUNE

    at(8, 0, telling, Shop(staff=(CHIEF,)))


@pytest.mark.parametrize("sure", ["held", "HẾT", "hết"])
def test_a_local_emergency_is_ended_by_holding_or_by_a_word(sure: str) -> None:
    """A mere press asks once more; held or confirmed it is over, and what it displaced goes on."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.act("/warn", sure="held", **WARNED)
        (alarm,) = shop.view().alarms
        asked = await visitor.post("/stand-down", id=alarm.id)
        assert (asked.status_code, "Kết thúc cảnh báo?" in asked.text) == (200, True)
        assert air_rank(shop) is Rank.EMERGENCY_COMMUNE
        assert "Đã kết thúc cảnh báo." in await visitor.act("/stand-down", id=alarm.id, sure=sure)
        assert shop.view().alarms == ()
        assert "Cảnh báo này không còn nữa." in await visitor.act(
            "/stand-down", id=alarm.id, sure=sure
        )

    at(8, 0, telling, Shop(staff=(CHIEF,)))


@pytest.mark.parametrize("part", ["headline", "text"])
def test_an_empty_warning_warns_nobody(part: str) -> None:
    """Without a headline or without words nothing sounds, and the page says what is missing."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        answer = await visitor.post("/warn", sure="held", **{**WARNED, part: "  "})
        assert answer.status_code == 422
        assert "Hãy gõ nội dung cần đọc." in answer.text
        kept = "Nguy cơ sạt lở" if part == "text" else "Rời khỏi bờ sông ngay."
        assert kept in answer.text.partition('id="warn-form"')[2]
        assert shop.view().alarms == ()

    at(8, 0, telling, Shop(staff=(CHIEF,)))


# --- taking back ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "fields", "part"),
    [
        ("/stop", {"span": "60"}, "hush"),
        ("/volume", {"percent": "20"}, "volume"),
        ("/play", {"item": sha(3), "zone": "cho"}, "override"),
        ("/speak", {"text": TEXT, "zone": "cho"}, "override"),
    ],
)
def test_each_decision_can_be_taken_back_within_ten_seconds(
    path: str, fields: dict[str, str], part: str
) -> None:
    """After each action the page offers the way back; pressed in time, things are as before, and only once."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        before = getattr(shop.reactor.desk.local, part)
        page = await visitor.act(path, **fields)
        assert 'form="undo"' in page
        assert getattr(shop.reactor.desk.local, part) != before
        shop.pass_s(9)
        page = await visitor.act("/undo")
        assert "Đã hoàn tác: Nguyễn Thị Lan" in page
        assert getattr(shop.reactor.desk.local, part) == before
        assert "Đã quá 10 giây" in await visitor.act("/undo")

    at(8, 0, telling, Shop())


def test_after_ten_seconds_there_is_nothing_to_take_back() -> None:
    """The offer goes away by itself, and a late press changes nothing and says so."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.act("/stop", span="60")
        shop.pass_s(10.5)
        await visitor.look()
        assert 'form="undo"' not in visitor.page
        assert "Đã quá 10 giây" in await visitor.act("/undo")
        assert shop.reactor.desk.local.hush is not None

    at(8, 0, telling, Shop())


def test_a_new_decision_over_an_old_one_is_taken_back_to_the_old_one() -> None:
    """Undoing a play that woke a hushed appliance hushes it again until the hush's own end."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.act("/stop", span="60")
        hush = shop.reactor.desk.local.hush
        await visitor.act("/play", item=sha(3), zone="cho")
        assert shop.reactor.desk.local.hush is None
        await visitor.act("/undo")
        assert shop.reactor.desk.local.hush == hush
        assert shop.reactor.desk.local.override is None

    at(8, 0, telling, Shop())


def test_what_is_read_out_has_a_short_title_and_a_name_of_its_own() -> None:
    """The same text in the same voice is made once; another voice or text is another file."""
    assert saying.ref_of(TEXT, "north") == saying.ref_of(TEXT, "north")
    assert len({saying.ref_of(t, v) for t in ("a", "b") for v in ("north", "south")}) == 4
    assert saying.title_of("ngắn") == "ngắn"
    assert len(saying.title_of(TEXT * 9)) == saying.TITLE_LETTERS
