"""Port 80: whoever asks, by any name, is sent to the page; nothing that he sends is believed or waited for."""

import socket
import threading
from collections.abc import Iterator

import pytest

from edge.arrival.captive import answer_of, handed_over, serve

PROBES = (  # what phones and computers ask their makers, as their systems document it
    ("connectivitycheck.gstatic.com", "/generate_204"),
    ("captive.apple.com", "/hotspot-detect.html"),
    ("www.msftconnecttest.com", "/connecttest.txt"),
    ("detectportal.firefox.com", "/canonical.html"),
)


@pytest.fixture(scope="module")
def door() -> Iterator[tuple[str, int]]:
    """Serve on a loopback port until nobody comes for a second."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=serve, args=(listening, 8080), kwargs={"idle_s": 1.0})
        serving.start()
        yield listening.getsockname()
        serving.join(10)


def ask(door: tuple[str, int], asked: bytes) -> bytes:
    """Return the whole answer to what was sent."""
    with socket.create_connection(door, timeout=5) as asker:
        asker.sendall(asked)
        answer = b""
        while piece := asker.recv(4_096):
            answer += piece
    return answer


@pytest.mark.parametrize(("host", "path"), PROBES)
def test_a_phones_question_for_an_internet_leads_to_the_page(
    door: tuple[str, int], host: str, path: str
) -> None:
    """Android, Apple, Windows and Firefox get what is not their answer, so they open it as a page to sign in."""
    answer = ask(door, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 302 ")
    assert b"\r\nLocation: http://127.0.0.1:8080/\r\n" in answer
    assert host.encode() not in answer


def test_our_own_network_leads_to_the_network_page() -> None:
    """There it is what people came for; in the commune's network it is the first page."""
    assert b"Location: http://10.41.0.1:8080/network\r\n" in answer_of("10.41.0.1", 8080)
    assert b"Location: http://192.168.1.20:8080/\r\n" in answer_of("192.168.1.20", 8080)
    assert b"Location: http://[fd00::7]:8080/\r\n" in answer_of("fd00::7", 8080)


@pytest.mark.parametrize(
    "asked", [b"\x16\x03\x01" + b"\0" * 9_000, b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000]
)
def test_what_is_no_question_gets_the_same_answer_or_none(
    door: tuple[str, int], asked: bytes
) -> None:
    """Read no further than a question is long; the next one is answered."""
    try:
        answer = ask(door, asked)
    except ConnectionResetError:
        answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 302 ")
    assert ask(door, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 302 ")


def test_without_its_socket_it_says_which_unit_to_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Started by hand it opens no port by itself."""
    monkeypatch.delenv("LISTEN_FDS", raising=False)
    with pytest.raises(OSError, match=r"tienglang-captive\.socket"):
        handed_over()
