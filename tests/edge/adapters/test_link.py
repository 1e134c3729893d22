"""The link: the session, what central may answer, and what the link makes of misbehaviour."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.identity import Identity
from edge.adapters.link import Link, LinkBroken, LinkDenied, LinkDown, LinkError
from tests.edge.adapters.fake_central import FakeCentral, Fault, Handler, answers, stalls


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody yet."""
    with FakeCentral({}) as fake:
        yield fake


@pytest.fixture
def link(central: FakeCentral, tmp_path: Path) -> Iterator[Link]:
    """Return the link of an appliance that central knows."""
    identity = Identity.open(tmp_path)
    central.keys[identity.device] = identity.public
    made = Link(central.url, identity)
    yield made
    made.close()


def cut_short(handler: Handler) -> bool:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"x" * 40)
    handler.cut()
    return True


def test_document_arrives_with_its_etag(central: FakeCentral, link: Link) -> None:
    """A document comes whole with its strong ETag, and 304 when we hold it."""
    central.put("/programme", b"sealed")
    reply = link.get("/programme", max_bytes=100)
    assert (reply.status, reply.body) == (200, b"sealed")
    again = link.get("/programme", max_bytes=100, etag=reply.etag)
    assert (again.status, again.body) == (304, b"")


def test_no_document_is_an_answer(link: Link) -> None:
    """404 is an answer, not a fault."""
    assert link.get("/assignment", max_bytes=100).status == 404


def test_session_is_opened_once(central: FakeCentral, link: Link) -> None:
    """One signed challenge serves many requests."""
    for _ in range(5):
        link.get("/programme", max_bytes=100)
    assert central.asked("/session") == 1


def test_stale_token_is_renewed(central: FakeCentral, link: Link) -> None:
    """A token that central forgot is renewed without a word to the caller."""
    central.put("/programme", b"sealed")
    link.get("/programme", max_bytes=100)
    central.tokens.clear()
    assert link.get("/programme", max_bytes=100).body == b"sealed"
    assert central.asked("/session") == 2


def test_another_key_opens_no_session(central: FakeCentral, tmp_path: Path) -> None:
    """Central refuses a challenge signed by a key it does not know for this device."""
    right, wrong = Identity.open(tmp_path / "a"), Identity.open(tmp_path / "b")
    central.keys[right.device] = wrong.public
    link = Link(central.url, right)
    with pytest.raises(LinkDenied, match="bad-signature"):
        link.get("/programme", max_bytes=100)
    central.keys[right.device] = right.public
    assert link.get("/programme", max_bytes=100).status == 404
    link.close()


@pytest.mark.refusal_twin(8)
@pytest.mark.refusal(8)
@pytest.mark.parametrize("chunked", [False, True], ids=["with length", "chunked"])
def test_answer_over_its_cap_is_refused(
    central: FakeCentral,
    link: Link,
    chunked: bool,
) -> None:
    """An answer longer than the cap is given up while it streams; one of just the cap is taken."""

    def endless(handler: Handler) -> bool:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        try:
            while True:
                handler._chunk(b"x" * 65_536)
        except OSError:
            return True

    central.put("/programme", b"x" * 101)
    if chunked:
        central.faults["/programme"] = endless
    with pytest.raises(LinkBroken, match="longer than the 100"):
        link.get("/programme", max_bytes=100)
    central.faults.clear()
    assert len(link.get("/programme", max_bytes=101).body) == 101


def test_redirect_is_never_followed(central: FakeCentral, link: Link) -> None:
    """A redirect is a fault of central, and nothing is sent where it points."""
    central.faults["/programme"] = answers(302, {"Location": f"{central.url}/elsewhere"})
    with pytest.raises(LinkBroken, match="redirect"):
        link.get("/programme", max_bytes=100)
    assert not [path for _, path in central.requests if "elsewhere" in path]


@pytest.mark.refusal(36)
def test_compression_is_refused(central: FakeCentral, link: Link) -> None:
    """A compressed answer, which could unfold without end, is refused."""
    central.faults["/programme"] = answers(200, {"Content-Encoding": "gzip"}, b"\x1f\x8b")
    with pytest.raises(LinkBroken, match="compressed"):
        link.get("/programme", max_bytes=100)


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_server_in_trouble_is_down(central: FakeCentral, link: Link, status: int) -> None:
    """A server that cannot answer now is `LinkDown`, with the wait it asked for."""
    central.faults["/programme"] = answers(status, {"Retry-After": "7"})
    with pytest.raises(LinkDown) as caught:
        link.get("/programme", max_bytes=100)
    assert caught.value.retry_after_s == 7


def test_no_from_central_carries_its_words(central: FakeCentral, link: Link) -> None:
    """A refusal keeps status and answer for whoever can act on it."""
    central.faults["/reports"] = answers(409, {}, b'{"expected": 3}')
    with pytest.raises(LinkDenied) as caught:
        link.post("/reports", b"x")
    assert (caught.value.status, caught.value.answer) == (409, b'{"expected": 3}')


def test_cut_answer_is_down(central: FakeCentral, link: Link) -> None:
    """An answer cut short is never taken for the whole."""
    central.faults["/programme"] = cut_short
    with pytest.raises(LinkDown):
        link.get("/programme", max_bytes=1_000)


def test_nobody_there_is_down(central: FakeCentral, link: Link) -> None:
    """A central that is not there is `LinkDown`, and works again when it is back."""
    link.get("/programme", max_bytes=100)
    central.stop()
    with pytest.raises(LinkDown):
        link.get("/programme", max_bytes=100)
    central.start()
    assert link.get("/programme", max_bytes=100).status == 404


def test_surroundings_are_not_read(
    central: FakeCentral, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy named in the environment is not used."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert link.get("/programme", max_bytes=100).status == 404


REFUSAL = '{"error": "forbidden", "why": "Thiết bị đã thôi dùng."}'.encode()


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (answers(302, {"Location": "/"}), "tiền cước SIM hoặc trang đăng nhập Wi-Fi"),
        (answers(403, {}, REFUSAL), "hãy báo tỉnh (HTTP 403: Thiết bị đã thôi dùng.)"),
        (answers(400, {}, b"<html>"), "hãy báo tỉnh (HTTP 400)"),
        (answers(503), "đang bận hoặc bảo trì: máy tự thử lại; báo tỉnh nếu kéo dài (HTTP 503)"),
        (answers(200, {}, b"x" * 101), "không đúng quy cách: hãy báo tỉnh (central's answer is"),
        (cut_short, "kiểm tra cáp mạng và SIM"),
    ],
    ids=["portal", "denied", "denied without words", "busy", "too long", "cut"],
)
def test_staff_read_vietnamese_and_the_log_english(
    central: FakeCentral, link: Link, fault: Fault, sentence: str
) -> None:
    """Each fault has a sentence for staff with what to do and the machine's words last, and one for the log."""
    central.faults["/programme"] = fault
    with pytest.raises(LinkError) as caught:
        link.get("/programme", max_bytes=100)
    assert sentence in caught.value.why
    assert str(caught.value).startswith(("central", "the answer"))


def test_nobody_there_is_told_with_what_the_system_said(central: FakeCentral, link: Link) -> None:
    """Where central does not answer, staff are sent to cable and SIM, and the system's word stands behind."""
    central.stop()
    with pytest.raises(LinkDown) as caught:
        link.get("/programme", max_bytes=100)
    assert caught.value.why.startswith("mất liên lạc với máy chủ của tỉnh: kiểm tra cáp mạng")
    assert caught.value.why.endswith("(Connection refused)")
    central.start()
    assert link.get("/programme", max_bytes=100).status == 404


def test_silence_ends_by_the_read_timeout(central: FakeCentral, link: Link) -> None:
    """A central that takes the request and says nothing is given up."""
    link.get("/programme", max_bytes=100)
    told = threading.Event()
    central.faults["/stream"] = stalls(told)
    with pytest.raises(LinkDown), link.open("/stream", read_s=0.2):
        pass
    told.set()


@pytest.mark.parametrize("asked", ["", "AAAA", "A" * 42 + "B=", "A" * 44, "A" * 42 + "\\n="])
def test_a_challenge_that_cannot_be_signed_is_centrals_fault(
    central: FakeCentral, link: Link, asked: str
) -> None:
    """What is not 32 bytes in base64 is never signed; the link goes on when central asks properly."""
    body = f'{{"challenge": "{asked}"}}'.encode()
    central.faults["/challenge"] = answers(200, {}, body)
    with pytest.raises(LinkBroken):
        link.get("/programme", max_bytes=100)
    assert central.asked("/session") == 0
    central.faults.clear()
    assert link.get("/programme", max_bytes=100).status == 404


@pytest.mark.refusal_twin(55)
def test_everything_posted_is_signed_anew(central: FakeCentral, link: Link) -> None:
    """Each post carries a proof with a nonce of its own, also when the token is renewed on the way."""
    central.tells_time = lambda _device, nonce: nonce.encode()
    for _ in range(3):
        link.ask_time("A" * 43 + "=")
    central.tokens.clear()
    link.ask_time("A" * 43 + "=")
    assert central.asked("/time") == 5
    assert len(central.nonces) == 2 + 5
