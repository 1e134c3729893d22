"""The hush of a warning from the page: held or confirmed, by whom, until when, and how it is taken back."""

import re

from contract.documents import Rank
from edge.core.events import Ticked
from edge.core.orders import Tell
from tests.edge.web.shop import Shop, warned
from tests.edge.web.visitor import Visitor, story


async def flooded(shop: Shop, visitor: Visitor) -> None:
    """Sign in while a flood warning is in force."""
    shop.to(5, 40)
    await shop.reactor.submit(Ticked())
    await shop.reactor.submit(warned(shop))
    await visitor.sign_in()


def test_a_held_hush_silences_the_warning_and_says_who_and_until_when() -> None:
    """The page and the province are told; releasing brings the warning back at once."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await flooded(shop, visitor)
        assert shop.view().rank >= Rank.EMERGENCY_COMMUNE
        assert (await visitor.post("/hush", sure="held")).status_code == 303
        assert shop.view().rank is Rank.OVERRIDE
        page = (await visitor.look("/")).text
        line = re.search(r"Nguyễn Thị Lan tắt tiếng tại đây đến ([^<]*), rồi tự phát lại", page)
        assert line is not None
        assert "55" in line[1]
        assert "Đã tắt tiếng cảnh báo tại đây đến" in page
        told = [r for o in shop.obeyed if isinstance(o, Tell) for r in o.refusals]
        assert [r.code for r in told] == ["warning-hushed"]
        assert 'id="hush-all"' not in page
        assert (await visitor.post("/release", what="air")).status_code == 303
        assert shop.view().rank >= Rank.EMERGENCY_COMMUNE
        assert 'id="hush-all"' in (await visitor.look("/")).text

    story(telling)


def test_without_scripts_a_hush_is_asked_once_more() -> None:
    """A press that was not held changes nothing and asks for a word; the word, in any capitals, does it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await flooded(shop, visitor)
        asked = await visitor.post("/hush")
        assert asked.status_code == 200
        assert "Gõ chữ IM" in asked.text
        assert (await visitor.post("/hush", sure="im lặng")).status_code == 200
        assert shop.view().rank >= Rank.EMERGENCY_COMMUNE
        assert (await visitor.post("/hush", sure="im")).status_code == 303
        assert shop.view().rank is Rank.OVERRIDE

    story(telling)


def test_with_no_warning_in_force_there_is_nothing_to_hush() -> None:
    """The note says so and the air is as it was."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        await visitor.post("/hush", sure="held")
        assert "Cảnh báo này không còn nữa" in (await visitor.look("/")).text
        assert shop.reactor.desk.local.hush is None

    story(telling)
