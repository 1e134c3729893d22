"""What neighbours are served, to whom, how much of it at once; and that the page beside it stays as it was."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from contract.documents import Sha256
from contract.seal import sha256
from edge.web.sharing import TRANSFERS_MOST, WAITERS_OF_ONE, Sharing, beside

SOUND = os.urandom(300_000)
NAME = sha256(SOUND)
PAPER = b'{"payloadType":"application/vnd.tienglang.announcement.v1+json"}'
HERE = "http://192.168.1.20:8080"
INDEX = "/neighbour/v1/index"
CONTENT = f"/neighbour/v1/contents/{NAME}"


class Store:
    """A stock of one content and one paper, whose index a test changes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / NAME
        self.file.write_bytes(SOUND)
        self.etag = "e1"
        self.bells: list[Callable[[], None]] = []
        self.hashing = threading.Event()
        self.hashing.set()

    def index(self) -> tuple[str, bytes]:
        return self.etag, b'{"v":1}'

    def paper(self, name: Sha256) -> bytes | None:
        return PAPER if name == sha256(PAPER) else None

    def content(self, name: Sha256) -> Path | None:
        self.hashing.wait(10)
        return self.file if name == NAME else None

    def listen(self, bell: Callable[[], None]) -> None:
        self.bells.append(bell)

    def change(self, etag: str) -> None:
        """Have a new index, told by another thread."""
        self.etag = etag
        thread = threading.Thread(target=lambda: [bell() for bell in self.bells])
        thread.start()
        thread.join()


@asynccontextmanager
async def asking(
    sharing: Sharing, client: str = "192.168.1.30"
) -> AsyncIterator[httpx.AsyncClient]:
    """Hold a client at an address of the network, before the page and what is shared beside it."""
    app = beside(PlainTextResponse("trang"), sharing)
    transport = httpx.ASGITransport(app, client=(client, 40_000))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as asks:
        yield asks


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A stock on disk."""
    return Store(tmp_path)


@pytest.mark.parametrize(
    ("method", "headers", "client", "status"),
    [
        ("GET", {}, "192.168.1.30", 200),
        ("GET", {"Host": "10.0.0.7"}, "127.0.0.1", 200),
        ("GET", {"Host": "[fe80::1]:8080"}, "fe80::2%eth0", 200),
        ("GET", {}, "::ffff:192.168.1.30", 200),
        ("GET", {"Host": "evil.example"}, "192.168.1.30", 400),
        ("GET", {"Host": "loa.local:8080"}, "192.168.1.30", 400),
        ("GET", {"Host": ""}, "192.168.1.30", 400),
        ("GET", {"Origin": HERE}, "192.168.1.30", 403),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, "192.168.1.30", 403),
        ("GET", {"Sec-Fetch-Site": "none"}, "192.168.1.30", 200),
        ("GET", {}, "8.8.8.8", 403),
        ("GET", {}, "", 403),
        ("POST", {}, "192.168.1.30", 405),
        ("PUT", {}, "192.168.1.30", 405),
        ("DELETE", {}, "192.168.1.30", 405),
    ],
)
def test_only_programs_of_this_network_are_served(
    store: Store, method: str, headers: dict[str, str], client: str, status: int
) -> None:
    """By address, from this network, with GET and not from a web page: all else gets a refusal and no index."""

    async def telling() -> None:
        async with asking(Sharing(store), client) as asks:
            answer = await asks.request(method, INDEX, headers=headers)
            assert answer.status_code == status
            assert ('"v"' in answer.text) == (status == 200)

    asyncio.run(telling())


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        (CONTENT, 200, SOUND),
        (f"/neighbour/v1/papers/{sha256(PAPER)}", 200, PAPER),
        (f"/neighbour/v1/contents/{'0' * 64}", 404, None),
        (f"/neighbour/v1/papers/{NAME}", 404, None),
        (f"/neighbour/v1/contents/{NAME}/", 404, None),
        (f"/neighbour/v1/contents/{NAME.upper()}", 404, None),
        ("/neighbour/v1/contents/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, None),
        ("/neighbour/v1/", 404, None),
        ("/neighbour/v2/index", 200, b"trang"),
        ("/", 200, b"trang"),
    ],
    ids=(
        "content",
        "paper",
        "unknown-content",
        "content-as-paper",
        "slash-behind",
        "upper-case",
        "climbing",
        "nothing-named",
        "another-version",
        "page",
    ),
)
def test_only_what_is_named_by_its_hash_is_given(
    store: Store, path: str, status: int, body: bytes | None
) -> None:
    """Contents and papers by their exact hash, nothing by any other name; other paths are the page's."""

    async def telling() -> None:
        async with asking(Sharing(store)) as asks:
            answer = await asks.get(httpx.URL(HERE + path))
            assert answer.status_code == status
            assert body is None or answer.content == body

    asyncio.run(telling())


@pytest.mark.parametrize(
    ("headers", "status", "first", "end"),
    [
        ({}, 200, 0, 300_000),
        ({"Range": "bytes=100000-"}, 206, 100_000, 300_000),
        ({"Range": "bytes=10-19"}, 206, 10, 20),
        ({"Range": "bytes=299999-999999"}, 206, 299_999, 300_000),
        ({"Range": "bytes=300000-"}, 416, 0, 0),
        ({"Range": "bytes=20-10"}, 416, 0, 0),
        ({"Range": "bytes=0-1,5-6"}, 200, 0, 300_000),
        ({"Range": "lines=1-2"}, 200, 0, 300_000),
        ({"Range": "bytes=10-19", "If-Range": f'"{NAME}"'}, 206, 10, 20),
        ({"Range": "bytes=10-19", "If-Range": '"other"'}, 200, 0, 300_000),
    ],
)
def test_a_part_of_a_content_may_be_asked_for(
    store: Store, headers: dict[str, str], status: int, first: int, end: int
) -> None:
    """One range is given exactly; a range past the end is refused; what is no single range gives the whole."""

    async def telling() -> None:
        async with asking(Sharing(store)) as asks:
            answer = await asks.get(CONTENT, headers=headers)
            assert answer.status_code == status
            assert answer.content == SOUND[first:end]
            if status == 206:
                assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/300000"

    asyncio.run(telling())


def test_a_question_is_held_until_the_index_changes(store: Store) -> None:
    """Who has the index already waits, hears of a change at once, and of none after the time asked for."""

    async def telling() -> None:
        async with asking(Sharing(store)) as asks:
            first = await asks.get(INDEX, params={"wait": "9"})
            assert (first.status_code, first.headers["etag"]) == (200, '"e1"')
            held = asyncio.create_task(asks.get(INDEX, params={"after": "e1", "wait": "20"}))
            await asyncio.sleep(0.2)
            assert not held.done()
            begun_s = asyncio.get_running_loop().time()
            await asyncio.to_thread(store.change, "e2")
            answer = await asyncio.wait_for(held, 10)
            assert asyncio.get_running_loop().time() - begun_s < 2
            assert (answer.status_code, answer.headers["etag"]) == (200, '"e2"')
            same = await asks.get(INDEX, params={"after": "e2", "wait": "1"})
            assert (same.status_code, same.content) == (304, b"")
            at_once = await asks.get(INDEX, headers={"If-None-Match": '"e2"'})
            assert at_once.status_code == 304

    asyncio.run(telling())


def test_a_bell_without_news_keeps_them_waiting(store: Store) -> None:
    """A change that leaves the index as it was wakes nobody, and closing lets all go."""

    async def telling() -> None:
        sharing = Sharing(store)
        async with asking(sharing) as asks:
            held = asyncio.create_task(asks.get(INDEX, params={"after": "e1", "wait": "20"}))
            await asyncio.sleep(0.1)
            await asyncio.to_thread(store.change, "e1")
            await asyncio.sleep(0.1)
            assert not held.done()
            sharing.close()
            assert (await asyncio.wait_for(held, 10)).status_code == 304

    asyncio.run(telling())


def test_one_address_cannot_hold_all_questions(store: Store) -> None:
    """Beyond four held questions an address is answered at once; another address is still held."""

    async def telling() -> None:
        sharing = Sharing(store)
        async with asking(sharing) as asks, asking(sharing, "192.168.1.31") as others:
            wait = {"after": "e1", "wait": "20"}
            held = [
                asyncio.create_task(asks.get(INDEX, params=wait)) for _ in range(WAITERS_OF_ONE)
            ]
            await asyncio.sleep(0.2)
            assert (await asyncio.wait_for(asks.get(INDEX, params=wait), 5)).status_code == 304
            other = asyncio.create_task(others.get(INDEX, params=wait))
            await asyncio.sleep(0.2)
            assert not other.done()
            await asyncio.to_thread(store.change, "e2")
            answers = await asyncio.wait_for(asyncio.gather(other, *held), 10)
            assert {answer.status_code for answer in answers} == {200}

    asyncio.run(telling())


def test_transfers_are_few_at_a_time(store: Store) -> None:
    """One transfer an address and two in all; the next is told to ask again, and is served after."""

    async def telling() -> None:
        sharing = Sharing(store)
        store.hashing.clear()
        async with (
            asking(sharing) as one,
            asking(sharing, "192.168.1.31") as two,
            asking(sharing, "192.168.1.32") as three,
        ):
            first = asyncio.create_task(one.get(CONTENT))
            await asyncio.sleep(0.05)
            again = await one.get(CONTENT)
            assert (again.status_code, again.headers["retry-after"]) == (503, "1")
            second = asyncio.create_task(two.get(CONTENT))
            await asyncio.sleep(0.05)
            assert TRANSFERS_MOST == 2
            assert (await three.get(CONTENT)).status_code == 503
            store.hashing.set()
            for answer in await asyncio.gather(first, second):
                assert answer.content == SOUND
            assert (await three.get(CONTENT)).content == SOUND

    asyncio.run(telling())


def test_transfers_share_one_allowance_of_bytes(store: Store) -> None:
    """Two transfers together keep to the bytes per second that playback leaves them."""

    async def telling() -> float:
        sharing = Sharing(store, bytes_per_s=600_000)
        begun_s = asyncio.get_running_loop().time()
        async with asking(sharing) as one, asking(sharing, "192.168.1.31") as two:
            for answer in await asyncio.gather(one.get(CONTENT), two.get(CONTENT)):
                assert answer.content == SOUND
        return asyncio.get_running_loop().time() - begun_s

    assert 0.7 < asyncio.run(telling()) < 10


def test_who_takes_nothing_is_left(store: Store) -> None:
    """A reader that stops reading, or takes too little for too long, loses the transfer and frees its place."""

    async def reading(sharing: Sharing, take_s: float) -> int:
        """Read with so long a pause after each piece; return how many bytes came."""
        taken = 0

        async def send(message: dict[str, object]) -> None:
            nonlocal taken
            body = message.get("body", b"")
            taken += len(body) if isinstance(body, bytes) else 0
            await asyncio.sleep(take_s)

        async def receive() -> dict[str, object]:
            await asyncio.sleep(60)
            return {"type": "http.disconnect"}

        scope = {
            "type": "http",
            "method": "GET",
            "path": CONTENT,
            "query_string": b"",
            "headers": [(b"host", b"192.168.1.20")],
            "client": ("192.168.1.30", 1),
        }
        await asyncio.wait_for(sharing(scope, receive, send), 10)  # type: ignore[arg-type]
        return taken

    async def telling() -> None:
        sharing = Sharing(store, stuck_s=0.3, pace_bytes_per_s=1_000_000)
        assert await reading(sharing, 60) < 100_000, "stuck"
        assert await reading(sharing, 0.25) < len(SOUND), "too slow"
        assert await reading(sharing, 0.01) == len(SOUND)

    with suppress(asyncio.CancelledError):
        asyncio.run(telling())
