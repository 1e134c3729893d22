"""What staff can do, seen in what the appliance then decides; each with its end and its way back."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from contract.documents import Command, Rank, Silence
from edge.core.air import Air
from edge.core.events import CommandAccepted, Ticked
from edge.core.orders import StartPlay
from tests.edge.web.shop import DEVICE, MORNING, Shop, sha, warned
from tests.edge.web.visitor import Visitor, story


def air(shop: Shop) -> Air:
    """Return who has the air."""
    assert shop.reactor.air is not None
    return shop.reactor.air


def at(hour: int, minute: int, telling: Callable[[Shop, Visitor], Awaitable[None]]) -> Shop:
    """Tell a story of a signed-in person at a time of day."""

    async def whole(shop: Shop, visitor: Visitor) -> None:
        shop.to(hour, minute)
        await shop.reactor.submit(Ticked())
        await visitor.sign_in()
        await telling(shop, visitor)

    return story(whole)


@pytest.mark.parametrize(
    ("span", "minutes", "said"),
    [
        ("15", 15, "Đã tắt tiếng đến 05:47."),
        ("30", 30, "Đã tắt tiếng đến 06:02."),
        ("60", 60, "Đã tắt tiếng đến 06:32."),
        ("day", 18 * 60 + 28, "Đã tắt tiếng đến 24:00."),
    ],
)
def test_stop_silences_until_its_end_and_the_programme_then_goes_on(
    span: str, minutes: int, said: str
) -> None:
    """Two taps silence what plays for the span chosen; at its end the programme has the air again."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        assert air(shop).claim.rank is Rank.NORMAL
        page = await visitor.act("/stop", span=span)
        assert said in page
        assert air(shop).claim.key == "hush"
        hush = shop.reactor.desk.local.hush
        assert hush is not None
        assert (hush.by, hush.until) == ("Nguyễn Thị Lan", shop.wall + timedelta(minutes=minutes))
        shop.pass_s(minutes * 60)
        await shop.reactor.submit(Ticked())
        assert air(shop).claim.key != "hush"

    at(5, 32, telling)


def test_stop_is_undone_by_one_tap() -> None:
    """The page offers the way back as long as the hush stands; the programme goes on at once."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/stop", span="60")
        assert 'form="release-air"' in page
        page = await visitor.act("/release", what="air")
        assert "Đã trả về lịch phát." in page
        assert air(shop).claim.rank is Rank.NORMAL
        assert 'form="release-air"' not in page

    at(5, 32, telling)


def test_a_note_is_said_once() -> None:
    """After a reload the note about what was done is gone, so it cannot be mistaken for news."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert "Đã tắt tiếng đến" in await visitor.act("/stop", span="15")
        await visitor.look()
        assert "Đã tắt tiếng đến" not in visitor.page

    at(5, 32, telling)


@pytest.mark.parametrize(
    ("until", "said", "lasts_s"),
    [("hour", "đến 09:00", 3600), ("day", "đến 24:00", 16 * 3600)],
)
def test_volume_lasts_an_hour_or_the_day_and_can_be_taken_back(
    until: str, said: str, lasts_s: int
) -> None:
    """The volume is set with an end; undo, or its end, brings the programme's own volume back."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        own_pct = shop.view().volume_pct
        page = await visitor.act("/volume", percent="40", until=until)
        assert f"Đã đặt âm lượng 40 % {said}." in page
        assert 'data-volume="40"' in page
        assert "Nguyễn Thị Lan đặt" in page
        assert shop.view().volume_pct == 40
        page = await visitor.act("/release", what="volume")
        assert "Âm lượng đã về mức của lịch phát." in page
        assert shop.view().volume_pct == own_pct
        await visitor.act("/volume", percent="40", until=until)
        shop.pass_s(lasts_s)
        await shop.reactor.submit(Ticked())
        assert shop.view().volume_pct == own_pct

    at(8, 0, telling)


@pytest.mark.parametrize(("hour", "reached"), [(6, 70), (8, 100)])
def test_volume_never_passes_the_rules_and_the_page_says_so(hour: int, reached: int) -> None:
    """From 05:00 to 07:00 the rules allow 70 %: 100 is cut and said so; later it is not."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/volume", percent="100")
        assert shop.view().volume_pct == reached
        assert ("quy định chỉ cho đến 70 %" in page) == (reached == 70)

    at(hour, 0, telling)


@pytest.mark.parametrize(
    ("percent", "status"), [("0", 303), ("100", 303), ("101", 400), ("-1", 400)]
)
def test_volume_has_bounds(percent: str, status: int) -> None:
    """0 to 100 is a volume, anything else a mistake that changes nothing."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.post("/volume", percent=percent)).status_code == status

    shop = at(8, 0, telling)
    assert (shop.reactor.desk.local.volume is not None) == (status == 303)


def test_play_puts_an_approved_item_on_air_in_the_zones_chosen_and_ends_by_itself() -> None:
    """One tap plays the item in the ticked zones; a little after its length nobody has to end it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/play", item=sha(3), zone="dinh")
        assert "Sẽ phát “Thông báo cắt điện ngày 24/11”, tự dừng trước 08:02." in page
        assert air(shop).claim.zones == frozenset({"dinh"})
        override = shop.reactor.desk.local.override
        assert override is not None
        assert override.until == shop.wall + timedelta(seconds=95 + 20)
        shop.pass_s(116)
        await shop.reactor.submit(Ticked())
        assert air(shop).claim.rank is Rank.SILENCE

    at(8, 0, telling)


@pytest.mark.parametrize(
    ("zones", "meant"),
    [
        (["cho", "dinh"], ()),
        (["cho"], ("cho",)),
        (["dinh", "khong-co"], ("dinh",)),
        (["khong-co"], None),
        ([], None),
    ],
)
def test_play_goes_to_the_zones_named(zones: list[str], meant: tuple[str, ...] | None) -> None:
    """All zones, some, or, when none that exists is named, nothing at all and a word why."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/play", item=sha(1), zone=zones)
        override = shop.reactor.desk.local.override
        assert (override.zones if override else None) == meant
        assert ("Hãy chọn ít nhất một khu loa." in page) == (meant is None)

    at(8, 0, telling)


def test_only_what_lies_approved_on_the_appliance_can_be_played() -> None:
    """A content that is not listed as playable is refused with a word; its name alone opens nothing."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/play", item=sha(9), zone="dinh")
        assert "Bài này không còn trên thiết bị." in page
        assert (await visitor.post("/play", item="../etc/passwd")).status_code == 400
        assert shop.reactor.desk.local.override is None

    at(8, 0, telling)


def test_a_play_that_the_rules_refuse_is_taken_back_with_its_reason() -> None:
    """In quiet hours the play is refused, the reason shown, and it does not start when they end."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await visitor.act("/play", item=sha(1), zone="dinh")
        assert "Không phát được “Nhạc hiệu và lời chào buổi sáng”: Giờ yên tĩnh 21:00–05:30" in page
        assert shop.reactor.desk.local.override is None
        assert not any(isinstance(order, StartPlay) for order in shop.obeyed)

    at(5, 10, telling)


def test_a_refused_play_leaves_the_hush_as_it_was() -> None:
    """Somebody hushed the appliance; a play that the rules refuse must not wake it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.act("/stop", span="60")
        before = shop.reactor.desk.local.hush
        await visitor.act("/play", item=sha(1), zone="dinh")
        assert shop.reactor.desk.local.hush == before
        assert before is not None

    at(5, 10, telling)


def test_a_play_on_an_appliance_cut_off_is_refused() -> None:
    """Under the province's kill switch the page says why nothing can be played, and plays nothing."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        cut = Command(
            device=DEVICE,
            counter=1,
            issued=MORNING,
            expires=MORNING + timedelta(minutes=5),
            action=Silence(on=True),
        )
        await shop.reactor.submit(CommandAccepted(command=cut))
        page = await visitor.act("/play", item=sha(1), zone="dinh")
        assert "tỉnh đã ngắt tiếng thiết bị này." in page
        assert "Chỉ tỉnh mở lại được" in page
        assert shop.reactor.desk.local.override is None

    at(8, 0, telling)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/stop", {"span": "60"}),
        ("/volume", {"percent": "10"}),
        ("/play", {"item": sha(1), "zone": "dinh"}),
    ],
)
def test_nothing_that_staff_do_touches_an_emergency(path: str, fields: dict[str, str]) -> None:
    """With an emergency on air its claim stays as it was, volume included, and the page says so in red."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await shop.reactor.submit(warned(shop))
        before = air(shop).claim
        page = await visitor.act(path, **fields)
        after = air(shop).claim
        assert after.rank is Rank.EMERGENCY_COMMUNE
        assert (after.key, after.volume_pct) == (before.key, before.volume_pct)
        assert "Khẩn cấp vẫn phát; lệnh này áp dụng sau đó." in page
        assert 'class="air air--emergency-mute"' in page
        assert "nút dừng và âm lượng không tác động" in page

    at(8, 0, telling)
