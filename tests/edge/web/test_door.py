"""What is refused before any route sees it; each refusal beside the same request with one thing mended."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from edge.web.door import FORM, Door, Wider
from tests.edge.web.visitor import HONEST, HOST, Visitor, story

STOP = {"span": "15"}


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("loa.local:8080", 200),
        ("LOA.local", 200),
        ("192.168.1.20:8080", 200),
        ("[fe80::1]:8080", 200),
        ("evil.example", 400),
        ("evil.example:8080", 400),
        ("loa.local.evil.example", 400),
        ("loa.local.", 400),
        ("192.168.1.21", 400),
        ("loa.local:8080@evil.example", 400),
        ("", 400),
    ],
)
def test_only_the_appliances_own_names_are_answered(host: str, status: int) -> None:
    """A Host that is not this appliance gets 400, which ends DNS rebinding; its own names get the page."""

    async def telling(_: object, visitor: Visitor) -> None:
        for path in ("/", "/health"):
            answer = await visitor.look(path, Host=host)
            assert answer.status_code == status
            assert ("Cụm loa" in answer.text) == (status == 200 and path == "/")

    story(telling)


def test_a_request_names_its_host_once() -> None:
    """Without a Host, or with two of them, nothing is answered; with one, all is."""

    async def telling(_: object, visitor: Visitor) -> None:
        request = visitor.client.build_request("GET", "/")
        assert (await visitor.client.send(request)).status_code == 200
        request.headers = type(request.headers)([("host", HOST), ("host", "evil.example")])
        assert (await visitor.client.send(request)).status_code == 400
        request.headers = type(request.headers)([])
        assert (await visitor.client.send(request)).status_code == 400

    story(telling)


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (HONEST, 303),
        ({"Origin": f"http://{HOST}"}, 303),  # plain HTTP: browsers send no Sec-Fetch-Site
        ({}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 403),
        ({**HONEST, "Origin": "null"}, 403),
        ({**HONEST, "Origin": "http://evil.example"}, 403),
        ({**HONEST, "Origin": "http://loa.local"}, 403),  # another port is another page
        ({**HONEST, "Origin": f"http://{HOST}.evil.example"}, 403),
        ({**HONEST, "Sec-Fetch-Site": "cross-site"}, 403),
        ({**HONEST, "Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_a_form_comes_from_our_own_page(headers: Mapping[str, str], status: int) -> None:
    """A POST without our Origin, or one that the browser calls foreign, changes nothing; ours does."""

    async def telling(_: object, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert (await visitor.post("/stop", headers, **STOP)).status_code == status

    shop = story(telling)
    assert (shop.reactor.desk.local.hush is not None) == (status == 303)


@pytest.mark.parametrize(
    ("origin", "status"), [(f"http://{HOST}", 200), ("http://evil.example", 403), ("null", 403)]
)
def test_another_page_may_not_read_ours(origin: str, status: int) -> None:
    """A script of a foreign page gets nothing, not even what all may see, and no CORS consent."""

    async def telling(_: object, visitor: Visitor) -> None:
        answer = await visitor.look("/health", Origin=origin)
        assert answer.status_code == status
        assert "access-control-allow-origin" not in answer.headers

    story(telling)


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"span=15&csrf=", "application/x-www-form-urlencoded", 303),
        (b"span=15&csrf=", "text/plain", 415),
        (b'{"span":"15"}', "application/json", 415),
        (b"--x--", "multipart/form-data; boundary=x", 415),
        (b"span=15&pad=" + b"x" * 17_000 + b"&csrf=", "application/x-www-form-urlencoded", 413),
        (b"span=15&span=60&csrf=", "application/x-www-form-urlencoded", 400),
        (b"span=600&csrf=", "application/x-www-form-urlencoded", 400),
        (b"span=15&who=x&csrf=", "application/x-www-form-urlencoded", 400),
        (b"span=%ff&csrf=", "application/x-www-form-urlencoded", 400),
        (b"span=15&csrf=%ff", "application/x-www-form-urlencoded", 400),
        (b"csrf=", "application/x-www-form-urlencoded", 400),
    ],
)
def test_only_small_plain_forms_are_read(body: bytes, kind: str, status: int) -> None:
    """Other media types, large bodies, doubled, unknown or foreign fields are refused by name."""

    async def telling(_: object, visitor: Visitor) -> None:
        await visitor.sign_in()
        headers = {**HONEST, "Content-Type": kind}
        content = body + visitor.proof.encode()
        answer = await visitor.client.post("/stop", content=content, headers=headers)
        assert answer.status_code == status

    shop = story(telling)
    assert (shop.reactor.desk.local.hush is not None) == (status == 303)


def test_a_body_of_unsaid_length_is_not_read() -> None:
    """A chunked body could be endless: it is refused before a byte of it is read."""
    read: list[bytes] = []

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(9):
            read.append(b"x")
            yield b"x"

    async def telling(_: object, visitor: Visitor) -> None:
        headers = {**HONEST, "Content-Type": "application/x-www-form-urlencoded"}
        answer = await visitor.client.post("/stop", content=endless(), headers=headers)
        assert answer.status_code == 411
        assert read == []

    story(telling)


@pytest.mark.parametrize(
    "path",
    [
        "/stop",
        "/release",
        "/volume",
        "/play",
        "/speak",
        "/warn",
        "/stand-down",
        "/hush",
        "/skip",
        "/undo",
        "/preview",
        "/sign-in",
        "/sign-out",
    ],
)
def test_no_get_changes_anything(path: str) -> None:
    """Every action answers 405 to a GET, signed in or not, and other methods are unknown."""

    async def telling(_: object, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert (await visitor.look(f"{path}?span=15&percent=10")).status_code == 405
        assert (await visitor.client.request("PUT", path, headers=HONEST)).status_code == 405

    shop = story(telling)
    local = shop.reactor.desk.local
    assert (local.hush, local.override, local.volume) == (None, None, None)


@pytest.mark.parametrize(
    "path", ["/", "/health", "/about", "/check", "/nowhere", "/static/page.css"]
)
def test_every_answer_carries_the_strict_headers(path: str) -> None:
    """No inline script or style may run, nobody may frame the page, and no address leaks to others."""

    async def telling(_: object, visitor: Visitor) -> None:
        headers = (await visitor.look(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        kept = "immutable" in headers["cache-control"]
        assert kept == path.startswith("/static")

    story(telling)


def test_the_page_holds_nothing_inline_and_nothing_foreign() -> None:
    """No inline script, handler or style and no address of another host stands in the page."""

    async def telling(_: object, visitor: Visitor) -> None:
        await visitor.sign_in()
        assert "<script type" in visitor.page
        for banned in ("<script>", " style=", " onclick=", "javascript:", "https://", "http://"):
            assert banned not in visitor.page

    story(telling)


# --- rooms that take more than a form ---------------------------------------------------------------

UPLOAD = Wider(path="/upload", media=("audio/*", FORM), max_bytes=50_000, socket=True)


def widened() -> Door:
    """Return a door before an application that says how much it was given, with one wider path."""

    async def taken(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def socket(connection: WebSocket) -> None:
        await connection.accept()
        await connection.close()

    paths = ("/upload", "/other")
    routes: list[BaseRoute] = [Route(path, taken, methods=["POST"]) for path in paths]
    routes += [WebSocketRoute(path, socket) for path in paths]
    return Door(Starlette(routes=routes), lambda: {"loa.local"}, (UPLOAD,))


@pytest.mark.parametrize(
    ("path", "kind", "size", "status"),
    [
        ("/upload", "audio/webm;codecs=opus", 40_000, 200),
        ("/upload", "audio/mp4", 40_000, 200),
        ("/upload", FORM, 40_000, 200),
        ("/upload", "audio/webm", 50_001, 413),
        ("/upload", "video/webm", 10, 415),
        ("/upload", "audio", 10, 415),
        ("/other", "audio/webm", 10, 415),
        ("/other", FORM, 40_000, 413),
        ("/other", FORM, 10, 200),
        ("/upload/", "audio/webm", 10, 415),
    ],
)
def test_a_room_may_take_more_on_its_own_paths_only(
    path: str, kind: str, size: int, status: int
) -> None:
    """A wider path takes its media up to its bound; every other path stays as narrow as before."""

    async def telling() -> None:
        transport = httpx.ASGITransport(app=widened())
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
            headers = {**HONEST, "Content-Type": kind}
            answer = await client.post(path, content=b"x" * size, headers=headers)
            assert answer.status_code == status
            assert (answer.text == str(size)) == (status == 200)
            headers["Origin"] = "http://evil.example"
            assert (await client.post(path, content=b"", headers=headers)).status_code == 403

    asyncio.run(telling())


@pytest.mark.refusal_twin(58)
@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    ("path", "headers", "opened"),
    [
        ("/upload", {"origin": f"http://{HOST}", "host": HOST}, True),
        ("/other", {"origin": f"http://{HOST}", "host": HOST}, False),
        ("/upload", {"host": HOST}, False),
        ("/upload", {"origin": "http://evil.example", "host": HOST}, False),
        ("/upload", {"origin": "http://evil.example", "host": "evil.example"}, False),
    ],
)
def test_a_socket_opens_only_where_a_room_wants_one_and_for_our_own_page(
    path: str, headers: Mapping[str, str], opened: bool
) -> None:
    """A WebSocket needs a room that wants it, our Host and our Origin; else it is closed unheard."""
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(str(message["type"]))

    scope = {
        "type": "websocket",
        "path": path,
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        "query_string": b"",
    }
    asyncio.run(widened()(scope, receive, send))
    assert sent[0] == ("websocket.accept" if opened else "websocket.close")
