"""The tuner: says whether a stream gives sound, and in plain words why not."""

import socket
from collections.abc import Callable, Iterator

import pytest

from edge.adapters.fake import FakeTuner
from edge.adapters.tuner import Tuner
from edge.core.events import StreamProbed
from edge.core.orders import ProbeStream
from tests.edge.adapters.radio import Radio, answer, moved
from tests.edge.adapters.rig import Heard, SoundFiles

RATE = 16_000


@pytest.fixture
def radio(files: SoundFiles) -> Iterator[Radio]:
    with Radio(files.folder / "la.mp3", RATE) as station:
        yield station


def probe(url: str) -> StreamProbed:
    heard = Heard()
    tuner = Tuner(heard.post)
    tuner.obey(ProbeStream(url=url))
    tuner.close()
    return heard.wait(StreamProbed)


def test_a_station_that_sends_is_good(radio: Radio) -> None:
    """A stream that gives sound is found good, and nothing of it is sounded."""
    assert probe(radio.url) == StreamProbed(url=radio.url, ok=True)


def test_an_old_shoutcast_answer_is_understood(radio: Radio) -> None:
    """A station that greets with ICY instead of HTTP is a station."""
    radio.answers["/icy"] = b"ICY 200 OK\r\ncontent-type:audio/mpeg\r\n\r\n" + b"\xff\xfb" * 5_000
    assert probe(radio.at("/icy")).ok


def test_a_body_sent_in_chunks_is_understood(radio: Radio) -> None:
    """A station that sends in chunks is a station."""
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/aac\r\nTransfer-Encoding: chunked\r\n\r\n4e20\r\n"
    )
    radio.answers["/chunks"] = head + b"\xff\xf1" * 10_000
    assert probe(radio.at("/chunks")).ok


def test_a_playlist_of_segments_is_followed(radio: Radio) -> None:
    """A playlist is good when its last segment gives sound."""
    master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=64000\nsub/media.m3u8\n"
    media = b"#EXTM3U\n#EXTINF:4,\none.ts\n#EXTINF:4,\ntwo.ts\n"
    radio.answers["/radio.m3u8"] = answer(master, "application/vnd.apple.mpegurl")
    radio.answers["/sub/media.m3u8"] = answer(media, "application/vnd.apple.mpegurl")
    radio.answers["/sub/two.ts"] = answer(b"G@" + bytes(10_000), "video/mp2t")
    assert probe(radio.at("/radio.m3u8")).ok
    assert radio.asked == ["/radio.m3u8", "/sub/media.m3u8", "/sub/two.ts"]


def test_one_redirection_is_followed_and_no_second(radio: Radio) -> None:
    """One redirection to http is followed; a chain is not."""
    radio.answers["/once"] = moved(radio.url)
    radio.answers["/twice"] = moved(radio.at("/once"))
    assert probe(radio.at("/once")).ok
    assert "chuyển hướng quá một lần" in probe(radio.at("/twice")).why


BAD: list[tuple[str, bytes, str]] = [
    ("a web page", answer(b"<html>xin</html>" * 900, "text/html"), "không phải âm thanh"),
    ("a page said to be sound", answer(b"<html>xin</html>" * 900), "không phải âm thanh"),
    ("an empty body", answer(b""), "không phải âm thanh"),
    ("too little", answer(b"\xff\xfb" * 100), "chỉ cho 200 byte"),
    ("a fault", answer(b"", status="503 Busy"), "trả lời 503"),
    ("no http", b"SSH-2.0-x\r\n\r\n", "không trả lời như một đài phát"),
    ("no end of a head", b"HTTP/1.0 200 OK\r\n" + b"X: y\r\n" * 9_000, "không trả lời như"),
    ("a file", moved("file:///etc/hostname"), "chỉ tiếp sóng được địa chỉ http"),
    ("another protocol", moved("ftp://127.0.0.1/x"), "chỉ tiếp sóng được"),
    ("an empty list", answer(b"#EXTM3U\n", "audio/x-mpegurl"), "danh sách phát trống"),
    ("a list of files", answer(b"#EXTM3U\nfile:///etc/hostname\n"), "chỉ tiếp sóng được"),
    ("a list of itself", answer(b"#EXTM3U\nbad\n"), "vòng quanh"),
]


@pytest.mark.parametrize(("given", "words"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_gives_no_sound_is_said(radio: Radio, given: bytes, words: str) -> None:
    """Each kind of bad answer is named in a sentence, never raised."""
    radio.answers["/bad"] = given
    found = probe(radio.at("/bad"))
    assert not found.ok
    assert words in found.why


def test_a_station_that_never_answers_costs_seconds_only(radio: Radio) -> None:
    """A connection without an answer is given up."""
    assert "không trả lời trong 3 giây" in probe(radio.at("/never")).why


def test_a_station_that_is_off_is_said() -> None:
    """A refused connection is a sentence too."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "không nối được" in probe(f"http://127.0.0.1:{port}/").why


@pytest.mark.parametrize("make", [Tuner, FakeTuner])
@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("file:///etc/hostname", "chỉ tiếp sóng được"),
        ("pulse://mic", "chỉ tiếp sóng được"),
        ("http:///x", "thiếu tên máy"),
        ("http://a b/", "dấu cách"),
        ("http://[::1/", "viết sai"),
        ("http://x:99999/", "viết sai"),
    ],
)
def test_an_address_that_cannot_be_tried_is_refused(
    make: Callable[..., Tuner | FakeTuner], url: str, words: str
) -> None:
    """Only http and https with a host are tried at all; fake and real say the same."""
    heard = Heard()
    make(heard.post).obey(ProbeStream(url=url))
    found = heard.wait(StreamProbed)
    assert (found.url, found.ok) == (url, False)
    assert words in found.why


def test_nothing_is_said_after_closing(radio: Radio) -> None:
    """A tuner that was closed posts nothing."""
    heard = Heard()
    tuner = Tuner(heard.post)
    tuner.close()
    tuner.obey(ProbeStream(url=radio.url))
    assert heard.events == []
