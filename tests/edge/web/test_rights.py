"""Who may do what: each right beside the same deed by somebody who has it."""

import re

import pytest

from contract.documents import Right, StaffPin
from edge.core.events import PlayerStarted, Ticked, ZonesSwitched
from edge.core.orders import StopPlay
from tests.edge.web.shop import CHIEF, INSTALLER, LAN, PIN, QUICK, Shop, sha
from tests.edge.web.visitor import Visitor, story

HELD = {"headline": "Cháy", "text": "Có cháy.", "zone": "cho", "sure": "held"}
DEEDS: dict[str, tuple[dict[str, str], frozenset[Right]]] = {
    "/stop": ({"span": "15"}, frozenset({Right.OPERATE})),
    "/release": ({"what": "air"}, frozenset({Right.OPERATE})),
    "/volume": ({"percent": "10"}, frozenset({Right.OPERATE})),
    "/play": ({"item": sha(1), "zone": "cho"}, frozenset({Right.OPERATE})),
    "/skip": ({"key": "x"}, frozenset({Right.OPERATE})),
    "/speak": ({"text": "Mời họp.", "zone": "cho"}, frozenset({Right.OPERATE})),
    "/undo": ({}, frozenset({Right.OPERATE, Right.WARN})),
    "/warn": (HELD, frozenset({Right.WARN})),
    "/stand-down": ({"id": "x", "sure": "held"}, frozenset({Right.WARN})),
    "/hush": ({"sure": "held"}, frozenset({Right.OPERATE})),
    "/check": ({"what": "silent"}, frozenset({Right.OPERATE, Right.INSTALL})),
}
WITH = {right: StaffPin(name="Ai đó", verifier=QUICK.hash(PIN), rights=(right,)) for right in Right}


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("path", DEEDS)
def test_each_deed_needs_its_right(path: str, right: Right) -> None:
    """With the right the deed is taken; without it the answer is 403 with a sentence and nothing changes."""
    fields, rights = DEEDS[path]

    async def telling(shop: Shop, visitor: Visitor) -> None:
        shop.to(8, 0)
        await shop.reactor.submit(Ticked())
        await visitor.sign_in()
        before = (shop.reactor.desk.local, shop.reactor.desk.alarms, shop.reactor.desk.checks)
        answer = await visitor.post(path, **fields)
        assert answer.status_code == (303 if right in rights else 403)
        if right not in rights:
            assert "không được dùng cho việc này" in answer.text
            after = (shop.reactor.desk.local, shop.reactor.desk.alarms, shop.reactor.desk.checks)
            assert before == after

    story(telling, Shop(staff=(WITH[right],)))


@pytest.mark.parametrize(
    ("person", "shown"),
    [
        (LAN, {"/stop", "/volume", "/play", "/speak"}),
        (CHIEF, {"/stop", "/volume", "/play", "/speak", "/warn"}),
        (WITH[Right.WARN], {"/warn"}),
        (INSTALLER, set()),
    ],
)
def test_each_person_sees_the_controls_of_their_rights(person: StaffPin, shown: set[str]) -> None:
    """What somebody may not do is not on the page, so that nobody at five in the morning presses it in vain."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        for path in ("/stop", "/volume", "/play", "/speak", "/warn"):
            forms = re.findall(rf'action="{path}"(?! hidden)[^>]*', visitor.page)
            assert bool([form for form in forms if " hidden" not in form]) == (path in shown), path

    story(telling, Shop(staff=(person,)))


@pytest.mark.parametrize(("person", "status"), [(LAN, 403), (INSTALLER, 303)])
def test_tones_in_the_zones_are_the_installers(person: StaffPin, status: int) -> None:
    """Staff may ask for a silent check; the audible one is only offered to, and taken from, an installer."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert ("Thử từng vùng" in (await visitor.look("/check")).text) == (status == 303)
        assert (await visitor.post("/check", what="tones")).status_code == status
        test = shop.reactor.desk.checks.test
        assert (test.zones if test else ()) == (("cho", "dinh") if status == 303 else ())

    story(telling, Shop(staff=(person,)))


@pytest.mark.parametrize("person", [LAN, CHIEF, INSTALLER, None])
def test_the_check_page_is_for_whoever_has_a_pin(person: StaffPin | None) -> None:
    """Any PIN opens it; without one there is a sign-in that leads there, and no live stream of it either."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.look("/now?page=check")).status_code == 401
        asked = await visitor.look("/check")
        assert asked.status_code == 401
        assert 'name="to" value="/check"' in asked.text or person is None
        assert "Điện áp" not in asked.text
        if person is not None:
            await visitor.look()
            answer = await visitor.post("/sign-in", pin=PIN, to="/check")
            assert (answer.status_code, answer.headers["location"]) == (303, "/check")
            assert "Điện áp" in (await visitor.look("/check")).text

    story(telling, Shop(staff=(person,) if person else ()))


def test_a_wrong_pin_on_the_check_page_stays_there() -> None:
    """The mistake is said on the page where it was made, and the way on is kept."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        answer = await visitor.post("/sign-in", pin="000000", to="/check")
        assert answer.status_code == 401
        assert "Mã PIN chưa đúng" in answer.text
        assert 'name="to" value="/check"' in answer.text
        assert (await visitor.post("/sign-in", pin=PIN, to="//evil.example")).status_code == 400

    story(telling)


async def loud(shop: Shop) -> None:
    """Have the relays read back as on, and the player started."""
    on = ZonesSwitched(on=frozenset({"cho", "dinh"}))
    await shop.reactor.submit(on)
    shop.pass_s(1.0)
    await shop.reactor.submit(on)
    playing = shop.reactor.desk.rig.playing
    assert playing is not None
    await shop.reactor.submit(PlayerStarted(key=playing.key))


def test_only_what_was_seen_on_air_is_skipped() -> None:
    """The item on the page is skipped and the next one comes; a press that came too late skips nothing."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        shop.to(5, 32)
        await shop.reactor.submit(Ticked())
        await visitor.sign_in()
        await loud(shop)
        await visitor.look()
        view = shop.view()
        assert f'name="key" value="{view.key}"' in visitor.page
        page = await visitor.act("/skip", key="slot/somewhere/else")
        assert "Bài đã đổi" in page
        assert shop.view().key == view.key
        assert f"Đã bỏ qua “{view.title}”." in await visitor.act("/skip", key=view.key)
        stopped = [o.key for o in shop.obeyed if isinstance(o, StopPlay)]
        assert stopped == [view.key]

    story(telling)


def test_the_test_event_names_who_asked() -> None:
    """The log of the appliance knows who had it tested."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        await visitor.post("/check", what="silent")
        assert shop.view().test is not None
        assert INSTALLER.name in (await visitor.look("/log?kind=staff")).text

    story(telling, Shop(staff=(INSTALLER,)))
