"""The network page: who may use it, what it takes, and what it says when it did not work."""

import html
import re

import httpx
import pytest

from contract.site import Mobile, Wifi
from edge.core.arrival import Entries, Mode, NetworkState, Outcome
from edge.core.orders import AskEnrolment
from edge.web import network
from edge.web.words.network import NETWORK
from tests.edge.web.keeper import OPEN, OWN, FakeKeeper
from tests.edge.web.newcomer import Newcomer, retirement
from tests.edge.web.shop import INSTALLER, LAN, Shop
from tests.edge.web.visitor import HOST, Visitor, another, story

NAME, PASSWORD = "UBND xã Mỹ Phong", "mat-khau-dai"


def newcomer(keeper: FakeKeeper) -> Newcomer:
    """Return an unassigned appliance whose network `keeper` keeps."""
    return Newcomer(rooms=(network.room(keeper),))


async def look(visitor: Visitor) -> str:
    """Look at the network page; return it as read."""
    answer = await visitor.look("/network")
    assert answer.status_code == 200, answer.text
    visitor.page = html.unescape(answer.text)
    return visitor.page


async def send(visitor: Visitor, **fields: str) -> httpx.Response:
    """Look, send the form, and return the answer."""
    await look(visitor)
    answer = await visitor.post("/network", **fields)
    if answer.status_code != 303:
        visitor.page = html.unescape(answer.text)
    return answer


# --- what it takes --------------------------------------------------------------------------------


def test_a_chosen_network_and_a_claim_code_are_handed_on() -> None:
    """Lower case, blanks and look-alikes of the code are forgiven; the page says what comes before it is pressed."""
    keeper = FakeKeeper()

    async def telling(shop: Shop, visitor: Visitor) -> None:
        page = await look(visitor)
        assert "Máy tắt Wi-Fi TiengLang-4821 để thử mạng" in page
        assert 'value="https://loa.dongthap.gov.vn"' in page
        prefilled = (
            OPEN.central
        )  # what was not touched is not taken for typed: the card's may change
        fields = {"way": "wifi", "spot": NAME, "password": PASSWORD, "central": prefilled}
        answer = await send(visitor, claim="abc de-l2345", **fields)
        assert (answer.status_code, answer.headers["location"]) == (303, "/network")
        assert "Đang thử mạng…" in await look(visitor)
        claims = [o.claim for o in shop.obeyed if isinstance(o, AskEnrolment)]
        assert "ABCDE12345" in {*claims, shop.reactor.desk.enrolment.claim}

    story(telling, newcomer(keeper))
    assert keeper.typed == [
        Entries(wifi=Wifi(name=NAME, password=PASSWORD), claim_code="ABCDE12345")
    ]


@pytest.mark.parametrize(
    ("fields", "entries"),
    [
        (
            {"way": "wifi", "spot": "", "name": "Mạng ẩn", "password": PASSWORD},
            Entries(wifi=Wifi(name="Mạng ẩn", password=PASSWORD, hidden=True)),
        ),
        (
            {"way": "wifi", "spot": "Quán", "password": ""},
            Entries(wifi=Wifi(name="Quán")),
        ),
        (
            {"way": "mobile", "apn": " v-internet ", "pin": "1234", "password": "không đọc"},
            Entries(mobile=Mobile(apn="v-internet", pin="1234")),
        ),
        ({"way": "cable"}, Entries()),
        (
            {"way": "cable", "central": "loa.tinh.gov.vn/"},
            Entries(central="https://loa.tinh.gov.vn"),
        ),
    ],
)
def test_each_way_is_taken_and_what_is_not_of_it_left_out(
    fields: dict[str, str], entries: Entries
) -> None:
    """A hidden network, an open one, a SIM with a PIN, a cable alone, an address without its scheme."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await send(visitor, **fields)).status_code == 303

    story(telling, newcomer(keeper))
    assert keeper.typed == [entries]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"way": "wifi", "spot": "", "name": ""}, "network.wrong.name"),
        ({"way": "wifi", "name": "Mạng tên rất là dài có dấu"}, "network.wrong.name"),
        ({"way": "wifi", "spot": NAME, "password": "ngan"}, "network.wrong.password"),
        ({"way": "wifi", "spot": NAME, "password": "chữ-có-dấu-lạ"}, "network.wrong.password"),
        ({"way": "mobile", "apn": "v internet"}, "network.wrong.apn"),
        ({"way": "mobile", "apn": "v-internet", "pin": "12"}, "network.wrong.pin"),
        ({"way": "mobile", "apn": "v-internet", "user": "tên"}, "network.wrong.user"),
        ({"way": "cable", "central": "https://a@b/c"}, "network.wrong.central"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(fields: dict[str, str], word: str) -> None:
    """Nothing is handed on; what was typed stays, but for a password."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        answer = await send(visitor, **fields)
        assert answer.status_code == 422
        assert NETWORK[word][0] in visitor.page
        assert 'aria-invalid="true"' in visitor.page
        assert fields.get("password", "~~~") not in visitor.page

    story(telling, newcomer(keeper))
    assert keeper.typed == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_its_words(outcome: Outcome) -> None:
    """What happened and what to do next, in both languages, and then the form again with nothing of a password."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await send(visitor, way="wifi", spot=NAME, password=PASSWORD)
        keeper.answer(None, mode=Mode.TRYING)
        assert "Đang thử mạng…" in await look(visitor)
        keeper.answer(outcome, detail="(7) Secrets were required")
        page = await look(visitor)
        assert NETWORK[f"network.outcome.{outcome.value}"][0] in page
        assert NETWORK[f"network.outcome.{outcome.value}.do"][0] in page
        assert PASSWORD not in page
        assert ("Secrets were required" in page) == (outcome is not Outcome.JOINED)

    story(telling, newcomer(keeper))


def test_a_waiting_page_learns_that_there_is_an_answer() -> None:
    """The stamp changes with the outcome, and with nothing else."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await send(visitor, way="wifi", spot=NAME, password=PASSWORD)
        keeper.answer(None, mode=Mode.TRYING)
        first = re.search(r'data-stamp="([^"]*)"', await look(visitor))
        assert first is not None
        assert (await visitor.look("/network/state")).json() == {"stamp": first[1]}
        keeper.answer(Outcome.NO_ADDRESS)
        assert (await visitor.look("/network/state")).json() != {"stamp": first[1]}

    story(telling, newcomer(keeper))


def test_before_anybody_tells_the_page_says_so() -> None:
    """No state yet, no wireless card, nothing in the air: each is said, and the form is there."""
    keeper = FakeKeeper(told=None)

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert NETWORK["network.none"][0] in await look(visitor)
        keeper.told = NetworkState(has_wireless=False)
        page = await look(visitor)
        assert NETWORK["network.wireless.none"][0] in page
        assert NETWORK["network.spots.none"][0] in page

    story(telling, newcomer(keeper))


def test_what_cannot_be_stored_is_said() -> None:
    """A full memory loses nothing silently."""
    keeper = FakeKeeper(broken=True)

    async def telling(_: Shop, visitor: Visitor) -> None:
        answer = await send(visitor, way="cable")
        assert answer.status_code == 503
        assert NETWORK["network.unkept"][0] in visitor.page

    story(telling, newcomer(keeper))


# --- who may --------------------------------------------------------------------------------------


def test_at_work_only_an_installer_may() -> None:
    """A PIN is asked for, staff without the right are refused, an installer changes the network alone."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        assert (await visitor.look("/network")).status_code == 401
        assert (await visitor.look("/network/state")).status_code == 401
        await visitor.look()
        assert (await visitor.post("/network", way="cable")).status_code == 401
        await visitor.sign_in(name=LAN.name)
        assert (await visitor.look("/network")).status_code == 403
        assert (await visitor.post("/network", way="cable")).status_code == 403
        await visitor.post("/sign-out")
        await visitor.sign_in(name=INSTALLER.name)
        page = await look(visitor)
        assert 'name="claim"' not in page
        assert 'name="central"' not in page
        answer = await send(
            visitor, way="cable", claim="ABCDE12345", central="https://ke-khac.example"
        )
        assert answer.status_code == 303

    story(telling, Shop(staff=(LAN, INSTALLER), rooms=(network.room(keeper),)))
    assert keeper.typed == [Entries()]


def test_a_retired_appliance_has_no_network_page() -> None:
    """It hears nobody and goes nowhere."""
    keeper = FakeKeeper()

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await look(visitor)
        await shop.reactor.submit(retirement(1))
        assert (await visitor.look("/network")).status_code == 404
        assert (await visitor.post("/network", way="cable")).status_code == 404

    story(telling, newcomer(keeper))
    assert keeper.typed == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://connectivitycheck.gstatic.com"},
        {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_pages_form_is_refused(headers: dict[str, str]) -> None:
    """Before an assignment too: a page opened on the same phone types nothing here."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await look(visitor)
        assert (await visitor.post("/network", headers, way="cable")).status_code == 403

    story(telling, newcomer(keeper))
    assert keeper.typed == []


def test_without_its_token_a_form_is_refused() -> None:
    """The twin of every story above: the token of this browser's own page."""
    keeper = FakeKeeper()

    async def telling(_: Shop, visitor: Visitor) -> None:
        await look(visitor)
        assert (await visitor.post("/network", csrf="0" * 64, way="cable")).status_code == 403

    story(telling, newcomer(keeper))
    assert keeper.typed == []


def test_a_page_asked_for_by_another_name_is_refused() -> None:
    """Our own DNS answers every name with us; the page itself is shown under its own address alone."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        answer = await visitor.look("/network", Host="connectivitycheck.gstatic.com")
        assert answer.status_code == 400

    story(telling, newcomer(FakeKeeper()))


def test_codes_are_not_guessed_here_either() -> None:
    """The claim codes typed here and on the first page count together."""
    keeper = FakeKeeper()

    async def telling(shop: Shop, visitor: Visitor) -> None:
        for number in range(4):
            await send(visitor, way="cable", claim=f"ABCDE1234{number}")
            keeper.answer(Outcome.JOINED)
        await visitor.look()
        assert (await visitor.post("/claim", claim="ABCDE12349")).status_code == 303
        answer = await send(visitor, way="cable", claim="ABCDE12348")
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        shop.pass_s(60)
        assert (await send(visitor, way="cable", claim="ABCDE12348")).status_code == 303

    story(telling, newcomer(keeper))
    assert len(keeper.typed) == 5


def test_the_first_page_leads_there_where_somebody_keeps_the_network() -> None:
    """And only there: a dead link on a pole is worse than none."""

    async def with_it(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert 'href="/network"' in visitor.page

    async def without(_: Shop, visitor: Visitor) -> None:
        await visitor.look()
        assert 'href="/network"' not in visitor.page
        assert (await visitor.look("/network")).status_code == 404

    story(with_it, newcomer(FakeKeeper()))
    story(without, Newcomer())


def test_a_look_from_our_own_network_keeps_it_up() -> None:
    """The rule asks when a phone in our network last looked; one in the commune's network does not count."""
    keeper = FakeKeeper(told=OPEN)

    async def telling(shop: Shop, visitor: Visitor) -> None:
        await look(visitor)
        assert keeper.uses == 0
        transport = httpx.ASGITransport(app=visitor.app, client=("10.41.0.57", 40_000))
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            assert (await client.get("/network")).status_code == 200
        assert keeper.uses == 1
        async with another(shop) as other:
            await look(other)
        assert keeper.uses == 1

    story(telling, newcomer(keeper))
    assert OWN.password not in str(keeper.typed)
