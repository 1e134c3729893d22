"""Talking live from a phone: who may, what is heard, and that every talk ends. Refusals beside their twins."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import Right, StaffPin
from edge.adapters.phone import PhoneLines
from edge.core.events import (
    StaffHushed,
    StaffLeftLive,
    StaffWentLive,
    Ticked,
)
from edge.core.orders import StartPlay
from edge.core.sound import FromPhone
from edge.web import talk
from tests.edge.web.caller import FRAME, Phone, calling, ends, plays
from tests.edge.web.shop import BINH, LAN, OTHER_PIN, PIN, QUICK, Shop, new_pin, warned
from tests.edge.web.visitor import HOST, Visitor, another, story

WATCHER = StaffPin(name="Ai đó", verifier=QUICK.hash(PIN), rights=(Right.WARN,))
Calling = Callable[[Shop, Visitor, Phone], Awaitable[None]]


@pytest.fixture
def lines(tmp_path: Path) -> PhoneLines:
    """The phones' lines."""
    return PhoneLines(tmp_path / "lines")


def house(
    lines: PhoneLines, *staff: StaffPin, silent_s: float = 3.0, at: tuple[int, int] = (8, 0)
) -> Shop:
    """Return a shop at eight in the morning, whose page takes talks."""
    shop = Shop(staff=staff or (LAN,), rooms=(talk.room(lines, silent_s=silent_s),))
    shop.to(*at)
    return shop


def live(shop: Shop) -> str:
    """Return the name of the line that is live now, empty when nobody talks."""
    now = shop.reactor.desk.local.live
    return now.source.ref if now is not None and isinstance(now.source, FromPhone) else ""


def no_line(tmp_path: Path) -> bool:
    """Return whether no pipe is left."""
    return list((tmp_path / "lines").iterdir()) == []


async def until_quiet(shop: Shop) -> None:
    """Wait until nobody talks."""
    with shop.reactor.watched() as bell:
        while live(shop):
            bell.clear()
            async with asyncio.timeout(10):
                await bell.wait()


def told(lines: PhoneLines, telling: Calling, shop: Shop | None = None) -> Shop:
    """Tell a story of one signed-in person who calls with one phone."""
    shop = shop or house(lines)

    async def whole(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        async with calling(visitor) as phone:
            assert (await phone.hears())["type"] == "websocket.accept"
            await telling(shop, visitor, phone)

    return story(whole, shop)


async def speaks(phone: Phone, visitor: Visitor, *zones: str) -> None:
    """Greet and begin to speak."""
    phone.greets(visitor.proof, *(zones or ("cho", "dinh")))
    phone.speaks()


async def over(phone: Phone) -> str:
    """Return the last sentence of a talk that was refused, and see the socket closed."""
    last = await phone.hears()
    while last.get("state") != "over":
        last = await phone.hears()
    assert last["refused"] is True, last
    assert (await phone.hears())["type"] == "websocket.close"
    return str(last["text"])


# --- a talk, whole ------------------------------------------------------------------------------


def test_a_talk_goes_from_the_chime_to_the_loudspeaker_and_ends_on_release(
    lines: PhoneLines, tmp_path: Path
) -> None:
    """The phone is told what is observed: amplifier, chime, its turn, on air; its sound is in its line."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        assert (await phone.hears_state("opening"))["text"] == "Đang bật amply…"
        assert shop.reactor.desk.local.live is not None
        assert shop.reactor.desk.local.live.by == LAN.name
        assert shop.reactor.desk.local.live.until - shop.wall == timedelta(minutes=15)
        await plays(shop)
        assert "chuông" in str((await phone.hears_state("chime"))["text"]).lower()
        await ends(shop)
        started = [order for order in shop.obeyed if isinstance(order, StartPlay)][-1]
        assert started.source == FromPhone(ref=live(shop))
        shop.pass_s(5)  # what was measured of the chime is old
        await plays(shop, None)
        assert (await phone.hears_state("speak"))["text"] == "Mời nói"
        reader = os.open(lines.path(live(shop)), os.O_RDONLY | os.O_NONBLOCK)
        try:
            while True:
                phone.speaks()
                await asyncio.sleep(0.02)
                try:
                    assert FRAME.startswith(os.read(reader, 640)[:640])
                    break
                except BlockingIOError:
                    continue
        finally:
            os.close(reader)
        await plays(shop)
        assert (await phone.hears_state("live"))["text"] == "Đang ra loa"
        phone.says("bye")
        last = await phone.hears_state("over")
        assert (last["refused"], last["text"]) == (False, "Đã ngừng nói, loa trở về lịch phát.")
        assert (await phone.hears())["type"] == "websocket.close"
        assert not live(shop)

    told(lines, telling)
    assert no_line(tmp_path)


def test_only_the_zones_chosen_carry_the_talk(lines: PhoneLines) -> None:
    """One zone of two is one zone; all of them are all, written as none named."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor, "cho")
        await phone.hears_state("opening")
        assert shop.reactor.desk.local.live is not None
        assert shop.reactor.desk.local.live.zones == ("cho",)

    told(lines, telling)


def test_an_emergency_takes_the_air_and_the_talker_is_told(lines: PhoneLines) -> None:
    """Whoever talks while a warning sounds is told that nobody hears them, and has the air again after it."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        await shop.reactor.submit(warned(shop))
        assert "Cảnh báo khẩn" in str((await phone.hears_state("held"))["text"])
        phone.speaks()
        assert live(shop)

    told(lines, telling)


# --- every talk ends ----------------------------------------------------------------------------


def test_a_lost_phone_ends_the_talk(lines: PhoneLines, tmp_path: Path) -> None:
    """When the connection breaks the loudspeaker is given back at once, and the line is closed."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        phone.vanishes()
        await until_quiet(shop)

    told(lines, telling)
    assert no_line(tmp_path)


def test_a_silent_socket_ends_the_talk(lines: PhoneLines) -> None:
    """A phone that sends nothing for three seconds has gone (here: a third of one); one that sends goes on."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        for _ in range(8):
            await asyncio.sleep(0.1)
            phone.speaks()
        assert live(shop)
        assert "Không nhận được tiếng" in await over(phone)
        assert not live(shop)

    told(lines, telling, house(lines, silent_s=0.6))


def test_a_talk_has_a_longest_time(lines: PhoneLines) -> None:
    """A quarter of an hour ends it, however much the phone goes on sending."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        for _ in range(3):
            shop.pass_s(299)
            await shop.reactor.submit(Ticked())
            phone.speaks()
            await asyncio.sleep(0.25)
        assert live(shop)
        shop.pass_s(5)
        await shop.reactor.submit(Ticked())
        assert (await phone.hears_state("over"))["text"] == "Đã hết 15 phút cho một lượt nói."
        await until_quiet(shop)

    told(lines, telling)


@pytest.mark.parametrize("how", ["hush", "sign-out", "new-pin"])
def test_others_can_end_a_talk(lines: PhoneLines, how: str) -> None:
    """A stop pressed elsewhere, a sign-out and a PIN taken away each end the talk, with a sentence."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        if how == "hush":
            until = shop.wall + timedelta(minutes=15)
            await shop.reactor.submit(StaffHushed(until=until, by="Ai khác"))
        elif how == "sign-out":
            await visitor.post("/sign-out")
        else:
            await shop.reactor.submit(new_pin(shop, "864200"))
        said = {
            "hush": "Thiết bị đã ngừng",
            "sign-out": "đăng nhập lại",
            "new-pin": "đăng nhập lại",
        }
        assert said[how] in await over(phone)
        await until_quiet(shop)

    told(lines, telling)


def test_ending_a_talk_leaves_another_ones_alone(lines: PhoneLines) -> None:
    """A phone whose talk was ended and replaced at the push-to-talk button does not end that one too."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        await shop.reactor.submit(StaffLeftLive(by="Nút nói"))
        until = shop.wall + timedelta(minutes=5)
        await shop.reactor.submit(StaffWentLive(ref="", zones=(), until=until, by="Nút nói"))
        assert "Thiết bị đã ngừng" in await over(phone)
        assert shop.reactor.desk.local.live is not None
        assert shop.reactor.desk.local.live.by == "Nút nói"

    told(lines, telling)


# --- who may ------------------------------------------------------------------------------------


def test_one_talks_at_a_time(lines: PhoneLines) -> None:
    """Two tabs that begin in the same instant: one is heard, the other is told who talks, and may then."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in(PIN, name=LAN.name)
        async with another(shop, beside=visitor) as second:
            await second.sign_in(OTHER_PIN, name=BINH.name)
            async with calling(visitor) as one, calling(second) as two:
                await speaks(one, visitor)
                await speaks(two, second)
                await one.hears_state("opening")
                assert await over(two) == f"{LAN.name} đang nói. Chờ xong rồi thử lại."
                assert shop.reactor.desk.local.live is not None
                assert shop.reactor.desk.local.live.by == LAN.name
                one.says("bye")
                await one.hears_state("over")
            async with calling(second) as again:
                await speaks(again, second)
                await again.hears_state("opening")
                assert shop.reactor.desk.local.live.by == BINH.name

    story(telling, house(lines, LAN, BINH))


def test_whoever_talks_at_the_button_is_not_interrupted(lines: PhoneLines) -> None:
    """While the push-to-talk button is held, a phone is told so."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        until = shop.wall + timedelta(minutes=5)
        await shop.reactor.submit(StaffWentLive(ref="", zones=(), until=until, by="Nút nói"))
        await speaks(phone, visitor)
        assert "Nút nói đang nói" in await over(phone)

    told(lines, telling)


def test_quiet_hours_are_said_at_once(lines: PhoneLines) -> None:
    """What policy refuses does not begin: the reason is told and nothing of the talk is left."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        assert "giờ yên tĩnh" in (await over(phone)).lower()
        assert not live(shop)

    told(lines, telling, house(lines, at=(5, 12)))


def test_a_talk_ends_when_quiet_hours_begin(lines: PhoneLines) -> None:
    """Whoever still talks at nine in the evening is told why it ended."""

    async def telling(shop: Shop, visitor: Visitor, phone: Phone) -> None:
        await speaks(phone, visitor)
        await phone.hears_state("opening")
        shop.to(21, 0, 1)
        await shop.reactor.submit(Ticked())
        assert "giờ yên tĩnh" in (await over(phone)).lower()
        await until_quiet(shop)

    told(lines, telling, house(lines, at=(20, 59)))


@pytest.mark.parametrize(
    ("flaw", "sentence"),
    [
        ("no-session", "đăng nhập lại"),
        ("no-right", "không được dùng cho việc này"),
        ("no-proof", "Tải lại trang"),
        ("foreign-proof", "Tải lại trang"),
        ("no-greeting", "Tải lại trang"),
        ("long-greeting", "Tải lại trang"),
        ("unknown-field", "Tải lại trang"),
        ("no-zone", "ít nhất một khu loa"),
        ("huge-frame", "Tải lại trang"),
        ("none", ""),
    ],
)
def test_who_may_not_talk_is_told_why(lines: PhoneLines, flaw: str, sentence: str) -> None:
    """Without session, right, proof, zone or a proper first word nobody is heard; with all of them one is."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look() if flaw == "no-session" else await visitor.sign_in()
        async with calling(visitor) as phone:
            await phone.hears()
            match flaw:
                case "no-proof":
                    phone.greets("", "cho")
                case "foreign-proof":
                    phone.greets("0" * 64, "cho")
                case "no-greeting":
                    phone.speaks()
                case "long-greeting":
                    phone.says(" " * 3_000 + '{"csrf":"x"}')
                case "unknown-field":
                    phone.says(f'{{"csrf":"{visitor.proof}","by":"Ai"}}')
                case "no-zone":
                    phone.greets(visitor.proof)
                case _:
                    phone.greets(visitor.proof, "cho")
            phone.speaks()
            if flaw == "huge-frame":
                phone.speaks(b"\0" * 9_000)
            if flaw == "none":
                await phone.hears_state("opening")
                assert live(shop)
            else:
                assert sentence in await over(phone)
                await until_quiet(shop)

    story(telling, house(lines, WATCHER if flaw == "no-right" else LAN))


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    ("headers", "accepted"),
    [
        ({}, True),
        ({"host": "192.168.1.20:8080", "origin": "http://192.168.1.20:8080"}, True),
        ({"origin": ""}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://loa.local"}, False),
        ({"origin": f"http://{HOST}.evil.example"}, False),
        ({"host": "evil.example", "origin": "http://evil.example"}, False),
    ],
)
def test_the_socket_opens_for_our_own_page_only(
    lines: PhoneLines, headers: dict[str, str], accepted: bool
) -> None:
    """A foreign page, a foreign name or no origin is refused before any word; our own page is let in."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        async with calling(visitor, headers=headers) as phone:
            answer = (await phone.hears())["type"]
            assert answer == ("websocket.accept" if accepted else "websocket.close")
        for path in ("/", "/now", "/nowhere"):
            async with calling(visitor, path=path) as phone:
                assert (await phone.hears())["type"] == "websocket.close"

    story(telling, house(lines))


def test_many_sockets_are_not_held(lines: PhoneLines) -> None:
    """The ninth open socket is turned away at once; after one has left there is room again."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        async with calling(visitor), calling(visitor), calling(visitor), calling(visitor):
            async with calling(visitor), calling(visitor), calling(visitor), calling(visitor):
                await asyncio.sleep(0)
                async with calling(visitor) as phone:
                    assert (await phone.hears())["type"] == "websocket.close"
            async with calling(visitor) as phone:
                assert (await phone.hears())["type"] == "websocket.accept"

    story(telling, house(lines))


def test_the_page_offers_the_talk_to_who_may(lines: PhoneLines) -> None:
    """The part is on the page of whoever operates, with the reason why a microphone may be missing."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert 'id="talk-area"' not in visitor.page
        await visitor.sign_in()
        assert 'id="talk-area"' in visitor.page
        assert "chỉ cho dùng micro trên trang https" in visitor.page

    story(telling, house(lines))
    bare = Shop()
    assert 'id="talk-area"' not in told_page(bare)


def told_page(shop: Shop) -> str:
    """Return the page of this shop, signed in."""
    pages: list[str] = []

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        pages.append(visitor.page)

    story(telling, shop)
    return pages[0]
