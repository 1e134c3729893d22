"""The page's own OpenAPI turned against it, and a table of hostile requests: refused, and never an error of ours."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final, TypeAlias

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from contract.documents import Right, StaffPin
from edge.adapters.box import Box, BoxRefused
from edge.adapters.phone import PhoneLines
from edge.web import commission, recording, talk
from edge.web.door import HEADERS
from edge.web.routes import Room, create_app
from tests.edge.web.bench import begun
from tests.edge.web.shop import PIN, QUICK, Shop
from tests.edge.web.visitor import HONEST, HOST, Visitor, another, story

ENDLESS: Final = "/now"  # a stream that ends when the looker leaves; test_live looks at it
ALL = StaffPin(name="Mọi quyền", verifier=QUICK.hash(PIN), rights=tuple(Right))
Anything: TypeAlias = Case[Any]  # the library's own bound
BOUNDED = settings(
    max_examples=7,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def rooms(place: Path) -> tuple[Room, ...]:
    """Return the rooms that stand beside the page."""
    box = Box(place / "box", quota_bytes=50_000_000, reserve_bytes=0)
    return (
        recording.room(box, BoxRefused),
        talk.room(PhoneLines(place / "lines")),
        commission.room(begun().bench()),
    )


class House:
    """One shop in a loop of its own, with somebody who may do all and somebody who has no PIN."""

    def __init__(self, place: Path) -> None:
        """Build it; nothing is open yet."""
        self.shop = Shop(staff=(ALL,), rooms=rooms(place))
        self.shop.to(8, 0)
        self._runner = asyncio.Runner()
        self._runner.get_loop().set_default_executor(ThreadPoolExecutor(1))
        self._stack = AsyncExitStack()
        page = create_app(self.shop.counter(), self.shop.rooms)
        described = schemathesis.openapi.from_dict(page.openapi()).get_all_operations()
        self.operations = {one.ok().label: one.ok() for one in described if isinstance(one, Ok)}
        self.staff, self.stranger = self._runner.run(self._open())

    async def _open(self) -> tuple[Visitor, Visitor]:
        await asyncio.to_thread(lambda: None)  # its one thread is there before any test
        await self._stack.enter_async_context(self.shop.open())
        staff = await self._stack.enter_async_context(another(self.shop))
        stranger = await self._stack.enter_async_context(another(self.shop, beside=staff))
        return staff, stranger

    def close(self) -> None:
        """Close the shop."""
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def arrive(self) -> None:
        """Have both look at the page anew, a while later: no lock-out is left."""
        self.shop.pass_s(1_000)
        self._runner.run(self.staff.sign_in())
        self._runner.run(self.stranger.look())

    def answer(self, case: Anything, visitor: Visitor) -> httpx.Response:
        """Return the answer to a generated request that claims to come from our own page."""
        asked = requests.Request(**case.as_transport_kwargs(base_url=f"http://{HOST}")).prepare()
        body = asked.body.encode() if isinstance(asked.body, str) else asked.body or b""
        headers = {**asked.headers, **HONEST, "Content-Length": str(len(body))}
        return self._runner.run(self._answer(asked, body, headers, visitor))

    async def _answer(
        self,
        asked: requests.PreparedRequest,
        body: bytes,
        headers: dict[str, str],
        visitor: Visitor,
    ) -> httpx.Response:
        answer = await visitor.client.request(
            str(asked.method), str(asked.url), content=body, headers=headers
        )
        await asyncio.sleep(0)  # a body that was not read whole is closed by the loop
        return answer


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Give one house for the whole module."""
    built = House(tmp_path_factory.mktemp("page"))
    try:
        yield built
    finally:
        built.close()


PATHS: Final = [
    "GET /",
    "GET /check",
    "POST /check",
    "GET /log",
    "GET /about",
    "GET /health",
    "GET /static/{name}",
    "POST /sign-in",
    "POST /sign-out",
    "POST /language",
    "POST /preview",
    "POST /stop",
    "POST /hush",
    "POST /release",
    "POST /volume",
    "POST /skip",
    "POST /undo",
    "POST /play",
    "POST /speak",
    "POST /warn",
    "POST /stand-down",
    "GET /record",
    "POST /record",
    "GET /record/{ref}",
    "POST /record/play",
    "POST /claim",
    "GET /wipe",
    "POST /wipe",
    "GET /commission",
    "GET /commission/state",
    "GET /commission/paper",
    "POST /commission/begin",
    "POST /commission/try",
    "POST /commission/answer",
    "POST /commission/skip",
    "POST /commission/place",
    "POST /commission/seal",
    "POST /commission/drop",
]


def test_every_path_is_attacked(house: House) -> None:
    """What the page's OpenAPI names is what is attacked below, but for the stream that never ends."""
    assert set(house.operations) == {*PATHS, f"GET {ENDLESS}"}


@pytest.mark.parametrize("mode", ["as-described", "otherwise"])
@pytest.mark.parametrize("label", PATHS)
def test_nothing_that_is_sent_makes_an_error_of_ours(house: House, label: str, mode: str) -> None:
    """Signed in or not, what is described and what is not: each answer is one that the description names."""
    operation = house.operations[label]
    if mode == "otherwise" and not (operation.body or operation.query):
        return  # there is nothing to be wrong with
    kind = GenerationMode.POSITIVE if mode == "as-described" else GenerationMode.NEGATIVE
    house.arrive()
    statuses: set[int] = set()

    @BOUNDED
    @given(case=operation.as_strategy(kind), signed_in=st.booleans(), proven=st.booleans())
    def attack(case: Anything, signed_in: bool, proven: bool) -> None:
        visitor = house.staff if signed_in else house.stranger
        if isinstance(case.body, dict) and (proven or mode == "as-described"):
            case.body["csrf"] = visitor.proof
        answer = house.answer(case, visitor)
        statuses.add(answer.status_code)
        assert answer.status_code < 500, answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        case.validate_response(answer, checks=[status_code_conformance, content_type_conformance])
        if label in {"POST /sign-in", "POST /sign-out"}:
            house.arrive()

    attack()
    if label.startswith("POST") and label != "POST /sign-in" and mode == "as-described":
        assert statuses & {200, 303, 422}, "the attack never came past the guard"


# --- by hand ------------------------------------------------------------------------------------

FORM: Final = "application/x-www-form-urlencoded"
HOSTILE: Final[dict[str, tuple[str, str, bytes, int]]] = {  # path, media type, body, answer
    "as-it-should-be": ("/stop", FORM, b"span=15&csrf=PROOF", 303),
    "nothing": ("/stop", FORM, b"", 400),
    "not-utf8": ("/stop", FORM, b"span=\xff\xfe&csrf=PROOF", 400),
    "half-a-letter": ("/speak", FORM, b"text=%e1%bb&csrf=PROOF", 400),
    "lone-surrogate": ("/speak", FORM, b"text=%ed%a0%80&csrf=PROOF", 400),
    "nul-in-a-text": ("/speak", FORM, b"text=a%00b&zone=cho&csrf=PROOF", 400),
    "nul-in-a-name": ("/stop", FORM, b"sp%00an=15&csrf=PROOF", 400),
    "nul-in-the-pin": ("/sign-in", FORM, b"pin=%00&csrf=PROOF", 401),
    "given-twice": ("/stop", FORM, b"span=15&span=60&csrf=PROOF", 400),
    "proof-twice": ("/stop", FORM, b"span=15&csrf=PROOF&csrf=PROOF", 400),
    "many-fields": ("/stop", FORM, b"&".join(b"f%d=1" % n for n in range(40)), 400),
    "many-zones": ("/speak", FORM, b"text=x&csrf=PROOF" + b"&zone=cho" * 20, 400),
    "deep-number": ("/volume", FORM, b"percent=1e999&csrf=PROOF", 400),
    "long-number": ("/volume", FORM, b"percent=" + b"9" * 5_000 + b"&csrf=PROOF", 400),
    "negative": ("/volume", FORM, b"percent=-1&csrf=PROOF", 400),
    "other-digits": ("/volume", FORM, "percent=٥٠&csrf=PROOF".encode(), 400),
    "two-megabytes": ("/stop", FORM, b"span=15&pad=" + b"x" * 2_000_000 + b"&csrf=PROOF", 413),
    "json": ("/stop", "application/json", b'{"span":"15","csrf":"PROOF"}', 415),
    "xml": ("/stop", "text/xml", b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', 415),
    "plain": ("/stop", "text/plain", b"span=15&csrf=PROOF", 415),
    "no-type": ("/stop", "", b"span=15&csrf=PROOF", 415),
    "upload-elsewhere": ("/stop", "multipart/form-data; boundary=x", b"--x--", 415),
    "endless-boundary": ("/record", f"multipart/form-data; boundary={'x' * 400}", b"--x--", 400),
    "form-as-upload": ("/record", FORM, b"csrf=PROOF", 415),
    "empty-upload": ("/record", "multipart/form-data; boundary=x", b"--x--\r\n", 303),
    "no-such-path": ("/nowhere", FORM, b"csrf=PROOF", 404),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_request_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """Each odd request gets the answer that fits it, nothing changes, and the page goes on answering."""
    path, media, body, status = HOSTILE[name]

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        headers = {**HONEST, **({"Content-Type": media} if media else {})}
        content = body.replace(b"PROOF", visitor.proof.encode())
        answer = await visitor.client.post(path, content=content, headers=headers)
        assert answer.status_code == status, answer.text
        assert all(answer.headers[header] == text for header, text in HEADERS.items())
        assert (await visitor.look()).status_code == 200

    shop = Shop(staff=(ALL,), rooms=rooms(tmp_path))
    shop.to(8, 0)
    story(telling, shop)
    local = shop.reactor.desk.local
    assert (local.hush is not None) == (name == "as-it-should-be")
    assert (local.override, local.volume) == (None, None)


@pytest.mark.parametrize(
    "cookie",
    [
        "tienglang-session=" + "x" * 60_000,
        "tienglang-session=%00; tienglang-visit=",
        "tienglang-visit=\xff\xfe\x80",
        "=; ;;; =x; tienglang-language=de; tienglang-language",
        "; ".join(f"c{n}=v" for n in range(2_000)),
        'tienglang-session="a\\"b"; tienglang-visit="',
    ],
)
def test_odd_cookies_are_nobodys(cookie: str) -> None:
    """A cookie that we never gave opens nothing and breaks nothing: the page is shown, and acts for nobody."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        raw = {"Cookie": cookie.encode("latin-1")}
        assert (await visitor.client.get("/", headers=raw)).status_code == 200  # type: ignore[arg-type]
        data = {"span": "15", "csrf": "0" * 64}
        odd = {**HONEST, **raw}
        answer = await visitor.client.post("/stop", data=data, headers=odd)  # type: ignore[arg-type]
        assert answer.status_code == 401

    shop = story(telling)
    assert shop.reactor.desk.local.hush is None


@pytest.mark.parametrize("path", ["/stop", "/sign-in", "/record"])
def test_a_body_without_an_end_is_not_read(path: str, tmp_path: Path) -> None:
    """A chunked body that never ends is refused before its first byte, whatever path it comes to."""
    read: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        while True:
            read.append(b"x" * 1_000)
            yield read[-1]

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        media = "multipart/form-data; boundary=x" if path == "/record" else FORM
        headers = {**HONEST, "Content-Type": media}
        async with asyncio.timeout(10):
            answer = await visitor.client.post(path, content=endless(), headers=headers)
        assert answer.status_code == 411
        assert read == []

    story(telling, Shop(rooms=rooms(tmp_path)))


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2froutes.py",
        "/static/%2e%2e%2froutes.py",
        "/static/page.css%00.js",
        "/static//page.css",
        "/record/..%2f..%2fstate",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/;/stop",
        "/\\evil.example",
        "//evil.example/",
        "/now/",
        "/openapi.json",
        "/docs",
    ],
)
def test_no_path_leads_out_of_the_page(path: str, tmp_path: Path) -> None:
    """Nothing but the page's own addresses answers: no file beside them, no other host, no description."""

    async def telling(_: Shop, visitor: Visitor) -> None:
        await visitor.sign_in()
        answer = await visitor.client.get(f"http://{HOST}{path}")
        assert answer.status_code in {400, 404}, answer.headers
        assert (await visitor.look("/static/page.css")).status_code == 200

    story(telling, Shop(rooms=rooms(tmp_path)))


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
def test_guesses_from_many_addresses_are_counted_together() -> None:
    """Five wrong PINs from five addresses lock the sixth out, with the right PIN too; after the wait it opens."""

    async def telling(shop: Shop, visitor: Visitor) -> None:
        async def guess(number: int, pin: str) -> int:
            address = (f"192.168.1.{number}", 40_000)
            transport = httpx.ASGITransport(app=visitor.app, client=address)
            async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
                return (await Visitor(client, visitor.app).sign_in(pin)).status_code

        assert [await guess(number, "000000") for number in range(1, 6)] == [401] * 5
        assert await guess(6, PIN) == 429
        shop.pass_s(31)
        assert await guess(6, PIN) == 303

    story(telling)
