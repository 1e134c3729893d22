"""The stream tap: gives what a station gives, and no address of another kind ever reaches the player."""

import base64
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from edge.adapters.engine_streams import MAX_LIST_BYTES, StreamTap
from tests.edge.adapters.radio import Radio, answer, moved
from tests.edge.adapters.rig import SoundFiles

RATE = 16_000
WAIT_S = 5.0
Tapped = Callable[[str], StreamTap]


@pytest.fixture
def radio(files: SoundFiles) -> Iterator[Radio]:
    with Radio(files.folder / "la.mp3", RATE) as station:
        yield station


@pytest.fixture
def tapped() -> Iterator[Tapped]:
    """Return a way to make a tap, which ends with the test and leaves no thread."""
    made: list[StreamTap] = []

    def make(url: str) -> StreamTap:
        made.append(StreamTap(url))
        return made[-1]

    yield make
    for tap in made:
        tap.end()
    for thread in threading.enumerate():
        if thread.name == "stream-tap":
            thread.join(WAIT_S)


def opened(address: str, **headers: str) -> http.client.HTTPResponse:
    """Ask as a player does and return the answer, its body not read yet."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=WAIT_S)
    line.request("GET", parts.path, headers=headers)
    return line.getresponse()


def got(address: str) -> tuple[int, bytes]:
    """Return status and body of an answer that ends."""
    with opened(address) as found:
        return found.status, found.read()


def told(address: str) -> str:
    """Return the station's address that stands in one of ours."""
    return base64.urlsafe_b64decode(urlsplit(address).path.split("/")[2]).decode()


SOUND = b"\xff\xfb" * 40_000
CHUNKS = b"".join(
    b"%x;x=y\r\n%b\r\n" % (len(SOUND[at : at + 9_000]), SOUND[at : at + 9_000])
    for at in range(0, len(SOUND), 9_000)
)


@pytest.mark.parametrize(
    "given",
    [
        answer(SOUND),
        b"ICY 200 OK\r\ncontent-type:audio/mpeg\r\nicy-name:x\r\n\r\n" + SOUND,
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked\r\n\r\n"
        + CHUNKS
        + b"0\r\n\r\n",
    ],
    ids=["as http", "as ICY", "in chunks"],
)
def test_sound_passes_as_it_comes(radio: Radio, tapped: Tapped, given: bytes) -> None:
    """Whichever way a station speaks, the player gets the same bytes and their kind."""
    radio.answers["/sound"] = given
    with opened(tapped(radio.at("/sound")).address) as found:
        assert (found.status, found.headers["content-type"]) == (200, "audio/mpeg")
        assert found.read() == SOUND


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/hostname",
        "stream:///etc/hostname",
        "pulse://mic",
        "ftp://127.0.0.1/x",
        "FILE:///etc/hostname",
        "http://[::1/",
        "",
    ],
)
def test_a_redirection_to_anything_but_http_is_refused(
    radio: Radio, tapped: Tapped, to: str
) -> None:
    """The player is never sent to a file, an input or another protocol: it hears that there is nothing."""
    radio.answers["/bad"] = moved(to)
    with opened(tapped(radio.at("/bad")).address) as found:
        assert found.status == 502
        assert "location" not in found.headers
        assert found.read() == b""


def test_a_redirection_to_http_leads_back_to_the_tap(radio: Radio, tapped: Tapped) -> None:
    """The twin: a good redirection is told as an address of our own, which gives the sound."""
    radio.answers["/moved"] = moved("sub/sound.aac?a=b")
    radio.answers["/sub/sound.aac?a=b"] = answer(SOUND)
    tap = tapped(radio.at("/moved"))
    with opened(tap.address) as found:
        assert found.status == 302
        to = found.headers["location"]
    assert urlsplit(to).netloc == urlsplit(tap.address).netloc
    assert to.endswith("/sound.aac")
    assert got(to) == (200, SOUND)


LIST = """#EXTM3U
#EXT-X-KEY:METHOD=AES-128,URI="key.bin",IV=0x1
  one.ts
#EXTINF:4,
http://other.example/two.ts

file:///etc/hostname
"""


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "with a byte order mark"])
def test_every_address_of_a_playlist_leads_back_to_the_tap(
    radio: Radio, tapped: Tapped, mark: str
) -> None:
    """Pieces, keys and lists are asked for through us; a file in the list gives nothing."""
    radio.answers["/sub/live.m3u8"] = answer((mark + LIST).encode(), "application/x-mpegurl")
    radio.answers["/sub/one.ts"] = answer(SOUND)
    tap = tapped(radio.at("/sub/live.m3u8"))
    status, body = got(tap.address)
    lines = body.decode().splitlines()
    named = [lines[1].split('"')[1], *(line for line in lines if line and line[0] != "#")]
    assert (status, lines[0], lines[3]) == (200, "#EXTM3U", "#EXTINF:4,")
    assert {urlsplit(address).netloc for address in named} == {urlsplit(tap.address).netloc}
    key, one, two, file = map(told, named)
    assert (key, one) == (radio.at("/sub/key.bin"), radio.at("/sub/one.ts"))
    assert (two, file) == ("http://other.example/two.ts", "file:///etc/hostname")
    assert got(named[1]) == (200, SOUND)
    assert got(named[3]) == (502, b"")


@pytest.mark.parametrize(
    "given",
    [
        answer(b"", status="404 Not Found"),
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.0 zweihundert\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 9_000,
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n",
        answer(b"#EXTM3U\n" + b"#" * MAX_LIST_BYTES),
        b"",
    ],
    ids=["a fault", "no http", "no number", "no end of a head", "no chunk", "endless list", "none"],
)
def test_what_cannot_be_understood_gives_nothing(
    radio: Radio, tapped: Tapped, given: bytes
) -> None:
    """Whatever a station answers instead of sound, the player hears that there is nothing, at once."""
    radio.answers["/bad"] = given
    assert got(tapped(radio.at("/bad")).address) == (502, b"")


def test_a_station_that_is_off_gives_nothing(tapped: Tapped) -> None:
    """A refused connection is told like any other nothing."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert got(tapped(f"http://127.0.0.1:{port}/").address) == (502, b"")


def test_only_who_knows_the_secret_is_served(radio: Radio, tapped: Tapped) -> None:
    """Another program of this machine, which finds the door and not the secret, gets no answer."""
    tap = tapped(radio.url)
    secret = urlsplit(tap.address).path.split("/")[1]
    with pytest.raises(http.client.RemoteDisconnected):
        opened(tap.address.replace(secret, "0" * 32))
    assert radio.asked == []
    with opened(tap.address) as found:
        assert found.read(100)


def test_a_part_is_asked_for_as_the_player_does(tapped: Tapped) -> None:
    """A range, and the name and password of an address, reach the station; the part comes back as a part."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as door:

        def serve() -> None:
            line, _ = door.accept()
            with line:
                heads.append(line.recv(4_096))
                line.sendall(
                    b"HTTP/1.1 206 Partial\r\nContent-Range: bytes 2-3/9\r\nContent-Length: 2\r\n\r\nab"
                )

        station = threading.Thread(target=serve)
        station.start()
        url = f"http://lan:m%C3%A2y@127.0.0.1:{door.getsockname()[1]}/đài phát".replace(" ", "%20")
        with opened(tapped(url).address, Range="bytes=2-3") as found:
            assert (found.status, found.headers["content-range"]) == (206, "bytes 2-3/9")
            assert found.read() == b"ab"
        station.join(WAIT_S)
    (head,) = heads
    assert head.startswith(b"GET /%C4%91%C3%A0i%20ph%C3%A1t HTTP/1.0\r\nHost: 127.0.0.1:")
    assert b"\r\nRange: bytes=2-3\r\n" in head
    assert b"\r\nAuthorization: Basic " + base64.b64encode("lan:mây".encode()) + b"\r\n" in head


def test_the_end_closes_every_line_at_once(radio: Radio, tapped: Tapped) -> None:
    """A player that waits for a station gone silent hears the end when the play ends, and nobody is served after."""
    tap = tapped(radio.url)
    with opened(tap.address) as found:
        assert found.read(100)
        radio.stall()
        ended_s = time.monotonic()
        tap.end()
        tap.end()
        found.read()
    assert time.monotonic() - ended_s < WAIT_S
    with pytest.raises(OSError, match="refused"):
        opened(tap.address)
