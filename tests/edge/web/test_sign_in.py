"""Who may act: PIN, session, lock-out. Each refusal stands beside what is accepted."""

import asyncio

import msgspec
import pytest

from edge.core.events import AssignmentAccepted
from edge.web.session import Failures, lock_s
from tests.edge.web.shop import (
    BINH,
    LAN,
    MORNING,
    OTHER_PIN,
    PIN,
    Shop,
    assignment,
    new_pin,
)
from tests.edge.web.visitor import Visitor, another, story

WRONG = "000000"


def test_everybody_may_look_and_only_the_signed_in_may_act() -> None:
    """Without a PIN the page shows all and lets nobody act; with the right PIN the same press acts."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert "Hôm nay" in visitor.page
        assert 'action="/stop"' not in visitor.page
        refused = await visitor.post("/stop", span="15")
        assert refused.status_code == 401
        assert "Hãy đăng nhập lại" in refused.text
        assert shop.reactor.desk.local.hush is None
        assert (await visitor.sign_in()).status_code == 303
        assert 'action="/stop"' in visitor.page
        await visitor.act("/stop", span="15")
        assert shop.reactor.desk.local.hush is not None

    story(telling)


@pytest.mark.parametrize(
    ("name", "pin", "status"),
    [
        ("Nguyễn Thị Lan", PIN, 303),
        ("Trần Văn Bình", OTHER_PIN, 303),
        ("Nguyễn Thị Lan", OTHER_PIN, 401),
        ("Trần Văn Bình", PIN, 401),
        ("Lê Văn Lạ", PIN, 401),
        ("", PIN, 401),
    ],
)
def test_a_pin_belongs_to_its_person(name: str, pin: str, status: int) -> None:
    """Among several people the name must fit the PIN; an unknown name is a wrong PIN like any other."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.sign_in(pin, name=name)).status_code == status
        assert bool(visitor.session) == (status == 303)
        assert (f"Đang dùng: {name}" in visitor.page) == (status == 303)

    story(telling, Shop(staff=(LAN, BINH)))


def test_nobody_can_sign_in_where_nobody_has_a_pin() -> None:
    """An appliance without staff says so, offers no field, and takes no PIN."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.sign_in()).status_code == 401
        assert "Chưa ai được cấp mã PIN" in visitor.page
        assert 'id="pin"' not in visitor.page

    story(telling, Shop(staff=()))


def test_the_fifth_wrong_pin_locks_for_all_and_the_wait_doubles() -> None:
    """Five wrong PINs lock the right one out for 30 s, whoever tries; each further one doubles it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        for _ in range(5):
            assert (await visitor.sign_in(WRONG)).status_code == 401
        locked = await visitor.sign_in()
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "30")
        assert "Thử lại sau 30 s" in locked.text
        shop.pass_s(29.5)
        assert (await visitor.sign_in()).status_code == 429
        shop.pass_s(1)
        assert (await visitor.sign_in(WRONG)).status_code == 401
        shop.pass_s(59)
        assert (await visitor.sign_in()).status_code == 429
        shop.pass_s(1.5)
        assert (await visitor.sign_in()).status_code == 303

    story(telling)


def test_the_wait_grows_to_a_quarter_of_an_hour_and_no_further() -> None:
    """30 s, 1, 2, 4, 8 and then always 15 minutes."""
    waits = [lock_s(n) for n in (0, 4, 5, 6, 7, 8, 9, 10, 11, 10_000)]
    assert waits == [0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_a_right_pin_forgives() -> None:
    """Four wrong PINs, a right one, four wrong ones: no lock, because the right one cleared the count."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        for _round in range(2):
            for _guess in range(4):
                assert (await visitor.sign_in(WRONG)).status_code == 401
            assert (await visitor.sign_in()).status_code == 303

    story(telling)


def test_many_guesses_at_once_are_five_guesses() -> None:
    """Twenty PINs sent at the same instant: five are judged, the others find the door locked."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        answers = await asyncio.gather(
            *(visitor.post("/sign-in", pin=f"{n:06d}") for n in range(20))
        )
        assert sorted(a.status_code for a in answers) == [401] * 5 + [429] * 15

    story(telling)


@pytest.mark.parametrize(
    ("clock_s", "waited_s", "status"),
    [
        (0, 0, 429),  # restarted at once
        (-86_400, 0, 429),  # the clock lost a day: never longer than the wait itself …
        (-86_400, 31, 303),  # … and it ends
        (31, 0, 303),  # the wait was served while the power was off
    ],
)
def test_a_restart_does_not_unlock(clock_s: int, waited_s: int, status: int) -> None:
    """The lock-out survives pulling the plug, also when the clock is wrong afterwards."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        for _ in range(5):
            await visitor.sign_in(WRONG)
        shop.wall = MORNING
        shop.pass_s(clock_s)
        shop.mono_s = 1.0
        async with another(shop) as after:
            await after.sign_in(WRONG if waited_s else PIN)  # loads what was kept
            shop.pass_s(waited_s)
            assert (await after.sign_in()).status_code == status

    story(telling)


def test_a_guess_is_counted_before_it_is_judged() -> None:
    """What is kept names the failure already while the PIN is checked, so a pulled plug frees no guess."""
    said: list[Failures] = []

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in(WRONG)
        assert said == [Failures(1)]
        await visitor.sign_in()
        assert said == [Failures(1), Failures(2), Failures(0)]

    class Noting(Shop):
        def remember(self, kept: bytes) -> None:
            said.append(msgspec.json.decode(kept, type=Failures))

    story(telling, Noting())


@pytest.mark.parametrize(("kept", "status"), [(b"{}", 303), (b"\x00rubbish", 429)])
def test_a_damaged_lock_out_locks_once(kept: bytes, status: int) -> None:
    """A kept count that cannot be read costs one wait of 30 s; a readable one that is empty costs none."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        assert (await visitor.sign_in()).status_code == status
        shop.pass_s(31)
        assert (await visitor.sign_in()).status_code == 303

    story(telling, Shop(kept=kept))


def test_a_card_that_cannot_be_written_does_not_keep_staff_out() -> None:
    """When the store fails, the right PIN still opens: somebody must be able to stop the sound."""

    class Broken(Shop):
        def remember(self, kept: bytes) -> None:
            raise OSError("read-only file system")

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.sign_in(WRONG)).status_code == 401
        assert (await visitor.sign_in()).status_code == 303

    story(telling, Broken())


@pytest.mark.refusal(58)
def test_sign_in_gives_a_new_token_and_takes_none() -> None:
    """A cookie planted before sign-in opens nothing and is replaced; so is the token of an older session."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        planted = "0" * 32
        visitor.client.cookies.set("tienglang-session", planted, domain="loa.local")
        await visitor.look()
        assert (await visitor.post("/stop", span="15")).status_code == 401
        visitor.client.cookies.delete("tienglang-session")
        await visitor.sign_in()
        first = visitor.session
        assert first != planted
        assert len(first) == 32
        await visitor.post("/sign-in", pin=PIN)
        assert visitor.session not in {first, planted}
        async with another(shop, visitor) as thief:
            thief.client.cookies.set("tienglang-session", first, domain="loa.local")
            await thief.look()
            assert "Đang dùng" not in thief.page

    story(telling)


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    """The session cookie is HttpOnly and SameSite=Strict and ends with the browser."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        cookie = (await visitor.sign_in()).headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Max-Age" not in cookie

    story(telling)


@pytest.mark.refusal(58)
def test_a_session_ends_when_signed_out_also_for_a_copied_cookie() -> None:
    """After sign-out the old cookie opens nothing, even when it is brought back."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        stolen = visitor.session
        await visitor.act("/stop", span="15")
        await visitor.act("/sign-out")
        assert not visitor.session
        visitor.client.cookies.set("tienglang-session", stolen, domain="loa.local")
        await visitor.look()
        assert "Đang dùng" not in visitor.page
        assert (await visitor.post("/release")).status_code == 401

    story(telling)


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
@pytest.mark.parametrize("change", ["other-pin", "nobody", "same"])
def test_a_session_ends_with_the_pin_that_opened_it(change: str) -> None:
    """A new assignment with another PIN, or without the person, ends the session; the same PIN does not."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        if change == "other-pin":
            await shop.reactor.submit(new_pin(shop, "111222"))
        else:
            staff = (LAN,) if change == "same" else ()
            await shop.reactor.submit(AssignmentAccepted(assignment=assignment(2, staff)))
        await visitor.look()
        assert ("Đang dùng" in visitor.page) == (change == "same")
        if change == "other-pin":
            assert (await visitor.sign_in(PIN)).status_code == 401
            assert (await visitor.sign_in("111222")).status_code == 303

    story(telling)


@pytest.mark.parametrize(
    ("steps_s", "still"),
    [
        ([14 * 60], True),
        ([14 * 60, 14 * 60], True),
        ([16 * 60], False),
        ([14 * 60] * 34, True),
        ([14 * 60] * 35, False),  # eight hours, however busy
    ],
)
def test_a_session_ends_after_a_quarter_of_an_hour_idle_or_eight_hours(
    steps_s: list[int], still: bool
) -> None:
    """Looking keeps a session for 15 minutes more, and never beyond eight hours."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        for step_s in steps_s:
            shop.mono_s += step_s
            await visitor.look()
        assert ("Đang dùng" in visitor.page) == still

    story(telling)


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
def test_a_form_needs_the_token_of_its_own_session() -> None:
    """Without the form token, or with another session's, nothing changes; with its own it does."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        anonymous = visitor.proof
        await visitor.sign_in()
        async with another(shop, visitor) as other:
            await other.sign_in()
            for token in ("", "0" * 64, anonymous, other.proof, "ế"):
                answer = await visitor.post("/stop", span="15", csrf=token)
                assert answer.status_code == 403
                assert "chưa có gì thay đổi" in answer.text
        assert shop.reactor.desk.local.hush is None
        await visitor.act("/stop", span="15")
        assert shop.reactor.desk.local.hush is not None

    story(telling)


@pytest.mark.parametrize("path", ["/sign-in", "/language"])
def test_a_form_before_sign_in_needs_its_token_too(path: str) -> None:
    """A foreign page cannot sign a browser in under somebody else's PIN, nor change its language."""
    fields = {"pin": PIN} if path == "/sign-in" else {"language": "en"}

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.post(path, **fields)).status_code == 403  # never looked: no cookie
        await visitor.look()
        assert (await visitor.post(path, csrf="0" * 64, **fields)).status_code == 403
        assert (await visitor.post(path, **fields)).status_code == 303

    story(telling)


def test_a_wrong_form_token_costs_no_guess() -> None:
    """Somebody else's page cannot lock staff out by forged sign-ins."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        for _ in range(9):
            await visitor.post("/sign-in", pin=WRONG, csrf="0" * 64)
        assert shop.kept is None
        assert (await visitor.sign_in()).status_code == 303

    story(telling)
