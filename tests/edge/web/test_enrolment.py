"""The page of an appliance that nobody has assigned, or that was retired: who may do what, and what it says."""

import pytest

from contract import enrolment
from contract.documents import Kind
from contract.enrolment import Standing
from contract.errors import RefusalCode
from edge.core.events import AssignmentAccepted, DocumentRefused, EnrolmentSeen, Ticked
from edge.core.orders import AskEnrolment, Wipe
from edge.web.enrolling import WIPE_WORD
from tests.edge.web.newcomer import (
    DEVICE,
    KEY,
    MATCHED,
    WAITING,
    WHY_AWAY,
    Newcomer,
    retirement,
    return_to_work,
)
from tests.edge.web.shop import INSTALLER, LAN, PIN, Shop, assignment
from tests.edge.web.visitor import HONEST, Visitor, another, story

CLAIM = "ABCDE12345"
WRONG = "000000"
GROUPS = " ".join(DEVICE[at : at + 4] for at in range(0, 16, 4))


def asked(shop: Shop) -> list[str]:
    """Return the claim codes that went out to central, in order."""
    return [order.claim for order in shop.obeyed if isinstance(order, AskEnrolment) and order.claim]


async def type_claim(shop: Shop, visitor: Visitor, claim: str) -> int:
    """Type a claim code, let central judge it as unknown, and return the page's answer."""
    await visitor.look()
    answer = await visitor.post("/claim", claim=claim)
    shop.pass_s(1)
    code = shop.reactor.desk.enrolment.claim
    if code:
        await shop.reactor.submit(Ticked())
        told = EnrolmentSeen(standing=Standing.WAITING, claim=code, claim_error="Mã không có.")
        await shop.reactor.submit(told)
    visitor.page = answer.text
    return answer.status_code


# --- who may do what before an assignment ---------------------------------------------------------


def test_anybody_may_look_and_type_a_code_and_nothing_else() -> None:
    """Without a PIN anywhere: the page shows who it is and takes a code; no other deed is taken from anybody."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        assert (await visitor.look()).status_code == 200
        assert GROUPS in visitor.page
        assert enrolment.fingerprint(KEY) in visitor.page
        assert enrolment.qr_text(KEY) in visitor.page
        assert 'action="/claim"' in visitor.page
        for path in ("/stop", "/volume", "/play", "/speak", "/warn", "/check", "/wipe", "/sign-in"):
            fields = {"/stop": {"span": "15"}, "/sign-in": {"pin": PIN}}.get(path, {})
            assert (await visitor.post(path, **fields)).status_code in {401, 404}, path
        assert (await visitor.look("/check")).status_code == 401
        assert (await visitor.look("/wipe")).status_code == 404
        assert shop.reactor.desk.local.hush is None
        assert (await visitor.post("/claim", claim=CLAIM)).status_code == 303
        await shop.reactor.submit(WAITING)
        assert asked(shop) == [CLAIM] or shop.reactor.desk.enrolment.claim == CLAIM

    story(telling, Newcomer())


def test_at_work_the_page_is_as_ever() -> None:
    """The twin: with an assignment there is the control page, and a code that comes too late changes nothing."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert 'action="/claim"' not in visitor.page
        assert "Hôm nay" in visitor.page
        assert (await visitor.post("/claim", claim=CLAIM)).status_code == 303
        assert asked(shop) == []

    story(telling)


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("ABCDE-12345", CLAIM),
        ("abcde12345", CLAIM),
        (" abcde 12345 ", CLAIM),
        ("ABCDE–12345", CLAIM),
        ("abcde\u00a012345\n", CLAIM),
        ("OIL00-11111", "0110011111"),
        ("ABCDE-1234", ""),
        ("ABCDE-123456", ""),
        ("ABCDE-1234U", ""),
        ("Đây là mã", ""),
        ("", ""),
        ("-----", ""),
    ],
)
def test_a_code_is_read_as_people_type_it(typed: str, taken: str) -> None:
    """Case, dashes, blanks and look-alikes are mended; what is no code is said so and kept in its field."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        answer = await visitor.post("/claim", claim=typed)
        assert answer.status_code == (303 if taken else 422)
        assert shop.reactor.desk.enrolment.claim == taken
        if not taken:
            assert "10 ký tự" in answer.text
            assert 'aria-invalid="true"' in answer.text
            assert typed.strip() in answer.text

    story(telling, Newcomer())


def test_a_code_needs_our_own_form() -> None:
    """Another page of the network cannot type a code for the visitor; our own form can."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        for headers, fields in (
            ({**HONEST, "Origin": "http://evil.example"}, {"claim": CLAIM}),
            ({**HONEST, "Sec-Fetch-Site": "cross-site"}, {"claim": CLAIM}),
            (HONEST, {"claim": CLAIM, "csrf": "0" * 64}),
        ):
            assert (await visitor.post("/claim", headers, **fields)).status_code == 403
        assert shop.reactor.desk.enrolment.claim == ""
        assert (await visitor.post("/claim", claim=CLAIM)).status_code == 303

    story(telling, Newcomer())


def test_the_sixth_code_waits_and_the_wait_doubles() -> None:
    """Five codes, whoever types them; then half a minute, then one, over a restart too. What is none does not count."""
    shop = Newcomer()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await shop.reactor.submit(WAITING)
        for number in range(5):
            assert await type_claim(shop, visitor, "nonsense") == 422
            assert await type_claim(shop, visitor, f"0000{number:06d}") == 303
        async with another(shop, beside=visitor) as neighbour:
            assert await type_claim(shop, neighbour, CLAIM) == 429
            assert "Thử lại sau" in neighbour.page
        async with another(shop) as later:  # the page of a program started anew
            shop.pass_s(10)
            await later.look()
            locked = await later.post("/claim", claim=CLAIM)
            assert locked.status_code == 429
            assert 0 < int(locked.headers["retry-after"]) <= 30
            shop.pass_s(30)
            assert await type_claim(shop, later, "0000000009") == 303
            shop.pass_s(55)
            assert await type_claim(shop, later, CLAIM) == 429
            shop.pass_s(6)
            assert await type_claim(shop, later, CLAIM) == 303
        assert len(asked(shop)) <= 7

    story(telling, shop)


# --- what it says ---------------------------------------------------------------------------------

SAID: dict[str, tuple[EnrolmentSeen | None, tuple[str, ...]]] = {
    "asking": (None, ("Đang gọi về tỉnh",)),
    "away": (
        EnrolmentSeen(standing=None, why=WHY_AWAY),
        ("Chưa gọi được về tỉnh", "Kiểm tra cáp mạng", "No route to host"),
    ),
    "waiting": (WAITING, ("chờ chọn nơi đặt", "Nhập mã nhận máy")),
    "matched": (
        MATCHED,
        ("So với màn hình ở trung tâm", "482 913", "Cụm loa ấp 1, Mỹ Phong", "ap-1-my-phong", "gọi tỉnh ngay"),
    ),
    "fetching": (EnrolmentSeen(standing=Standing.ASSIGNED), ("đang tải giấy",)),
    "refused": (
        EnrolmentSeen(standing=Standing.REFUSED, why="Máy này báo mất."),
        ("Tỉnh từ chối thiết bị này", "Máy này báo mất.", "Gọi tỉnh"),
    ),
    "wrong-code": (
        EnrolmentSeen(standing=Standing.WAITING, claim="x", claim_error="Mã đã dùng rồi."),
        ("Mã không được nhận", "Mã đã dùng rồi."),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID)
def test_each_stage_is_said_in_words(name: str) -> None:
    """Whoever looks reads how far it is and what to do; central's own sentences stand there as they came."""
    event, said = SAID[name]

    async def telling(shop: Shop, visitor: Visitor) -> None:
        if event is not None:
            await shop.reactor.submit(event)
        await visitor.look()
        assert [words for words in said if words not in visitor.page] == []
        assert ("482 913" in visitor.page) == (name == "matched")

    story(telling, Newcomer())


def test_a_paper_that_is_not_obeyed_is_said_with_its_reason() -> None:
    """A wrong central is named as such, never as "assigned"; after the province's own paper it is gone."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        refused = DocumentRefused(
            door="poll", kind=Kind.ASSIGNMENT, code=RefusalCode.UNKNOWN_KEY, why="no key"
        )
        await shop.reactor.submit(refused)
        await shop.reactor.submit(EnrolmentSeen(standing=Standing.ASSIGNED))
        await visitor.look()
        assert "Giấy giao nhiệm vụ không tin được" in visitor.page
        assert "(khóa lạ)" in visitor.page
        await shop.reactor.submit(return_to_work(1))
        await visitor.look()
        assert "Hôm nay" in visitor.page

    story(telling, Newcomer())


def test_what_central_says_is_text_and_never_markup() -> None:
    """A central that is none of ours writes no tag into the page."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        bad = '<script>alert("x")</script>'
        for event in (
            EnrolmentSeen(standing=Standing.REFUSED, why=bad),
            EnrolmentSeen(standing=Standing.MATCHED, title=bad, site="a", code="1", why=bad),
            EnrolmentSeen(standing=Standing.WAITING, claim="x", claim_error=bad),
        ):
            await shop.reactor.submit(event)
            answer = await visitor.look()
            assert "<script>alert" not in answer.text
            assert "&lt;script&gt;alert" in answer.text

    story(telling, Newcomer())


def test_english_is_there_for_who_wants_it() -> None:
    """The same page in English; what central says stays as it came and is marked as Vietnamese."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await shop.reactor.submit(MATCHED)
        visitor.client.cookies.set("tienglang-language", "en")
        await visitor.look()
        assert "Compare with the screen at the centre" in visitor.page
        assert '<dd lang="vi"><strong>Cụm loa ấp 1, Mỹ Phong' in visitor.page

    story(telling, Newcomer())


# --- retired --------------------------------------------------------------------------------------


def test_a_retired_appliance_says_so_and_is_controlled_by_nobody() -> None:
    """The page says that it was replaced or taken down and what to do; the deeds of yesterday are refused."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        await visitor.act("/stop", span="15")
        await visitor.act("/release", what="air")
        await shop.reactor.submit(retirement(staff=(LAN,)))
        await visitor.look()
        assert "Thiết bị này đã được thay thế hoặc tháo dỡ" in visitor.page
        assert "gọi tỉnh giao lại" in visitor.page
        assert 'action="/stop"' not in visitor.page
        for path, fields in (
            ("/stop", {"span": "15"}),
            ("/volume", {"percent": "5"}),
            ("/undo", {}),
        ):
            refused = await visitor.post(path, **fields)
            assert refused.status_code == 409
            assert "thay thế hoặc tháo dỡ" in refused.text
        assert shop.reactor.desk.local.hush is None
        assert (await visitor.look("/check")).status_code == 409
        await shop.reactor.submit(AssignmentAccepted(assignment=assignment(epoch=3)))
        await visitor.look()
        await visitor.act("/stop", span="15")

    story(telling)


def test_a_retired_appliance_without_staff_says_what_is_left() -> None:
    """Where the paper names nobody there is no field for a PIN, and the page says how it is used again."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await shop.reactor.submit(retirement(staff=()))
        await visitor.look()
        assert 'id="pin"' not in visitor.page
        assert "nhờ tỉnh giao lại, hoặc thay thẻ nhớ mới" in visitor.page
        assert (await visitor.post("/wipe", pin=PIN, sure="held")).status_code == 401
        await shop.reactor.submit(retirement(3, staff=(LAN,)))
        await visitor.look()
        assert 'id="pin"' in visitor.page

    story(telling)


# --- wiping ---------------------------------------------------------------------------------------


def wiped(shop: Shop) -> int:
    """Return how often wiping was ordered."""
    return sum(isinstance(order, Wipe) for order in shop.obeyed)


def test_wiping_needs_the_right_the_pin_and_the_hold() -> None:
    """An installer at work: without the hold, with a wrong PIN or without a session nothing goes; with all it does."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert (await visitor.post("/wipe", pin=PIN, sure="held")).status_code == 401
        await visitor.sign_in()
        assert (await visitor.look("/wipe")).status_code == 200
        asked_again = await visitor.post("/wipe", pin=PIN)
        assert asked_again.status_code == 200
        assert f"Gõ chữ {WIPE_WORD}" in asked_again.text
        assert (await visitor.post("/wipe", pin=PIN, sure="ừ")).status_code == 200
        assert (await visitor.post("/wipe", pin=WRONG, sure="held")).status_code == 401
        assert wiped(shop) == 0
        done = await visitor.post("/wipe", pin=PIN, sure="held")
        assert done.status_code == 200
        assert "Đang xóa và khởi động lại" in done.text
        assert wiped(shop) == 1

    story(telling, Shop(staff=(INSTALLER,)))


def test_the_typed_word_stands_for_the_hold() -> None:
    """Without scripts the word is typed instead, in capitals or not."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert (await visitor.post("/wipe", pin=PIN, sure="xóa")).status_code == 200
        assert wiped(shop) == 1

    story(telling, Shop(staff=(INSTALLER,)))


def test_who_is_no_installer_wipes_nothing_at_work() -> None:
    """An operator is refused as long as the appliance works; once it is retired he may."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert (await visitor.look("/wipe")).status_code == 403
        assert (await visitor.post("/wipe", pin=PIN, sure="held")).status_code == 403
        assert wiped(shop) == 0
        await shop.reactor.submit(retirement(staff=(LAN,)))
        await visitor.look()
        assert 'href="/wipe"' in visitor.page
        assert (await visitor.post("/wipe", pin=PIN, sure="held")).status_code == 200
        assert wiped(shop) == 1

    story(telling)


def test_guessing_the_pin_there_is_guessing_the_pin() -> None:
    """Five wrong PINs at the wipe lock it, with the right one too, and the sign-in with it."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        for _ in range(5):
            assert (await visitor.post("/wipe", pin=WRONG, sure="held")).status_code == 401
        locked = await visitor.post("/wipe", pin=PIN, sure="held")
        assert (locked.status_code, locked.headers["retry-after"]) == (429, "30")
        async with another(shop, beside=visitor) as other:
            assert (await other.sign_in()).status_code == 429
        assert wiped(shop) == 0
        shop.pass_s(31)
        assert (await visitor.post("/wipe", pin=PIN, sure="held")).status_code == 200

    story(telling, Shop(staff=(INSTALLER,)))
