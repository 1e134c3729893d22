"""The ear: what it hears, how fast, and that it always comes back."""

import itertools
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.documents import Kind
from edge.adapters.ear import Changed, Ear
from edge.adapters.sse import SseEvent, SseParser, TooLong
from edge.core.events import (
    AnnouncementAccepted,
    CentralLost,
    CentralReached,
    DocumentRefused,
    HandFailed,
    HandRecovered,
)
from tests.edge.adapters.fake_central import FakeCentral, answers
from tests.edge.adapters.link_rig import Rig, rig, until

FED = b": hi\n\nid: 7\nevent: sealed\ndata: {}\r\n\r\nretry: 2000\ndata: a\rdata: b\n\nevent: none\n\n"
HEARD = (SseEvent("sealed", "{}"), SseEvent("message", "a\nb"))


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody yet."""
    with FakeCentral({}) as fake:
        yield fake


@contextmanager
def listening(appliance: Rig, hints: list[Changed], read_s: float = 40.0) -> Iterator[Ear]:
    """Run an ear."""
    ear = Ear(
        appliance.link,
        appliance.gate,
        hints.append,
        appliance.events.append,
        read_s=read_s,
        wait_least_s=0.01,
        wait_most_s=0.1,
    )
    ear.start()
    try:
        yield ear
    finally:
        ear.stop()


@given(st.lists(st.integers(0, len(FED)), max_size=12))
def test_events_are_alike_however_cut(cuts: list[int]) -> None:
    """The parser gives the same events wherever the network cuts the bytes."""
    edges = [0, *sorted(cuts), len(FED)]
    parser = SseParser()
    heard = [e for a, b in itertools.pairwise(edges) for e in parser.feed(FED[a:b])]
    assert tuple(heard) == HEARD
    assert (parser.last_id, parser.retry_ms) == ("7", 2000)


def test_unfinished_event_is_not_heard() -> None:
    """What no blank line has ended is not an event, and its id does not count."""
    parser = SseParser("3")
    assert parser.feed(b"id: 4\ndata: x\n") == ()
    assert parser.last_id == "3"
    assert parser.feed(b"\n") == (SseEvent("message", "x"),)
    assert parser.last_id == "4"


@pytest.mark.parametrize("piece", [b"x" * 60, b"data: x\n" * 12], ids=["one line", "many lines"])
def test_endless_event_is_refused(piece: bytes) -> None:
    """A sender who never ends a line or an event cannot fill the memory."""
    parser = SseParser(max_event_bytes=100)
    with pytest.raises(TooLong):
        _ = [parser.feed(piece) for _ in range(20)]
    assert SseParser(max_event_bytes=100).feed(b"data: short\n\n") != ()


def test_announcement_is_heard_within_50_ms(central: FakeCentral, tmp_path: Path) -> None:
    """From push to admitted and on disk: under 50 ms on loopback, for each of ten."""
    with rig(tmp_path, central) as appliance, listening(appliance, []):
        appliance.assign()
        until(lambda: bool(appliance.of(CentralReached)))
        took_s: list[float] = []
        for _ in range(10):
            sealed = appliance.authority.announce()
            begun_s = time.monotonic()
            central.push(sealed)
            until(lambda: len(appliance.of(AnnouncementAccepted)) == len(took_s) + 1)
            took_s.append(time.monotonic() - begun_s)
        assert statistics.median(took_s) < 0.05


def test_hint_is_passed_on(central: FakeCentral, tmp_path: Path) -> None:
    """A hint reaches whoever asks for documents or for the keyring; an unknown event or kind is left out."""
    hints: list[Changed] = []
    with rig(tmp_path, central) as appliance, listening(appliance, hints):
        until(lambda: bool(appliance.of(CentralReached)))
        central._emit(b"event: other\ndata: 1")
        central.hint(Kind.PROGRAMME)
        central._emit(b'event: changed\ndata: {"kind":"weather"}')
        central._emit(b'event: changed\ndata: {"kind":5}')
        central.hint("keyring")
        until(lambda: hints == [Kind.PROGRAMME, "keyring"])


def test_forged_document_is_refused_and_the_next_heard(
    central: FakeCentral, tmp_path: Path
) -> None:
    """Rubbish on the stream is refused at the gate and does not stop the ear."""
    with rig(tmp_path, central) as appliance, listening(appliance, []):
        appliance.assign()
        until(lambda: bool(appliance.of(CentralReached)))
        central.push(b'{"payloadType":"rubbish"}')
        central.push(appliance.authority.announce())
        until(lambda: bool(appliance.of(AnnouncementAccepted)))
        assert len(appliance.of(DocumentRefused)) == 1


def test_ear_comes_back_and_misses_nothing(central: FakeCentral, tmp_path: Path) -> None:
    """After a restart of central the ear returns by itself with the last id, and gets what was said meanwhile."""
    with rig(tmp_path, central) as appliance, listening(appliance, []):
        appliance.assign()
        until(lambda: bool(appliance.of(CentralReached)))
        central.push(appliance.authority.announce())
        until(lambda: len(appliance.of(AnnouncementAccepted)) == 1)
        central.stop()
        until(lambda: bool(appliance.of(CentralLost)))
        central.push(appliance.authority.announce())
        central.start()
        until(lambda: len(appliance.of(AnnouncementAccepted)) == 2)
        assert central.stream_heads[-1]["Last-Event-ID"] == "1"
        until(lambda: len(appliance.of(CentralReached)) == 2)
        assert len(appliance.of(CentralLost)) == 1


def test_long_outage_is_told_once(central: FakeCentral, tmp_path: Path) -> None:
    """However often the ear tries in vain, one `CentralLost` says it."""
    central.faults["/stream"] = answers(503)
    with rig(tmp_path, central) as appliance, listening(appliance, []):
        until(lambda: central.asked("/stream") >= 4)
        assert len(appliance.of(CentralLost)) == 1
        central.faults.clear()
        until(lambda: bool(appliance.of(CentralReached)))


def test_a_busy_central_is_not_asked_before_it_says(central: FakeCentral, tmp_path: Path) -> None:
    """Sent away with Retry-After the ear waits that long, where it would have come back in hundredths of a second."""
    central.faults["/stream"] = answers(503, {"Retry-After": "1"})
    with rig(tmp_path, central) as appliance, listening(appliance, []):
        until(lambda: central.asked("/stream") == 1)
        central.faults.clear()
        time.sleep(0.5)
        assert central.asked("/stream") == 1
        until(lambda: bool(appliance.of(CentralReached)))


def test_a_fault_of_ours_is_told_and_heard_past(central: FakeCentral, tmp_path: Path) -> None:
    """Where our own code stumbles staff are told what and to whom to say it, and the ear hears on."""
    hints: list[Changed] = []

    def stumbles_once(changed: Changed) -> None:
        hints.append(changed)
        if len(hints) == 1:
            raise KeyError("thu")

    with rig(tmp_path, central) as appliance:
        ear = Ear(
            appliance.link,
            appliance.gate,
            stumbles_once,
            appliance.events.append,
            wait_least_s=0.01,
            wait_most_s=0.1,
        )
        ear.start()
        until(lambda: bool(appliance.of(CentralReached)))
        central.hint(Kind.PROGRAMME)
        until(lambda: bool(appliance.of(HandFailed)))
        [failed] = appliance.of(HandFailed)
        assert isinstance(failed, HandFailed)
        assert failed.why.startswith("kênh nhận lệnh gặp lỗi và tự nối lại: báo tỉnh")
        assert failed.why.endswith("(KeyError: 'thu')")
        until(lambda: len(appliance.of(CentralReached)) == 2)
        central.hint(Kind.ASSIGNMENT)
        until(lambda: hints[-1] is Kind.ASSIGNMENT)
        until(lambda: bool(appliance.of(HandRecovered)))
        ear.stop()


def test_dead_line_is_noticed(central: FakeCentral, tmp_path: Path) -> None:
    """A stream on which not even keep-alives come is given up and opened anew."""
    with rig(tmp_path, central) as appliance, listening(appliance, [], read_s=0.2):
        until(lambda: central.asked("/stream") >= 2)
        assert appliance.of(CentralLost)


def test_keep_alives_keep_it(central: FakeCentral, tmp_path: Path) -> None:
    """Comments alone keep the stream."""
    central.keep_alive_s = 0.05
    with rig(tmp_path, central) as appliance, listening(appliance, [], read_s=0.4):
        until(lambda: bool(appliance.of(CentralReached)))
        time.sleep(0.8)
        assert central.asked("/stream") == 1
        assert not appliance.of(CentralLost)


def test_stop_is_at_once(central: FakeCentral, tmp_path: Path) -> None:
    """A held stream ends at once when told, though nothing is being sent."""
    with rig(tmp_path, central) as appliance, listening(appliance, []) as ear:
        until(lambda: bool(appliance.of(CentralReached)))
        begun_s = time.monotonic()
        ear.stop()
        assert time.monotonic() - begun_s < 1
        assert not [t for t in threading.enumerate() if t.name == "ear"]
