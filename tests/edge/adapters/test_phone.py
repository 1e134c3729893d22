"""The phones' lines: what is spoken comes out in order, fresh, and nobody ever waits."""

import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.adapters.phone import BURST_BYTES, LINE_BYTES, NoSuchLine, PhoneLines

CHUNK = 640  # 20 ms
CHUNK_S = 0.02


class Time:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def lines(tmp_path: Path, time: Time) -> Iterator[PhoneLines]:
    made = PhoneLines(tmp_path / "lines", time)
    yield made
    made.close_all()


def read(handle: int) -> bytes:
    """Return what lies in a pipe now."""
    try:
        return os.read(handle, 1 << 20)
    except BlockingIOError:
        return b""


@pytest.fixture
def ear(lines: PhoneLines) -> Iterator[int]:
    """The reading end of the line `a`, which is open."""
    lines.open("a")
    handle = os.open(lines.path("a"), os.O_RDONLY | os.O_NONBLOCK)
    yield handle
    os.close(handle)


def test_what_is_fed_is_read_in_order(lines: PhoneLines, ear: int, time: Time) -> None:
    """Sound comes out as it went in, whatever the lumps, half samples too."""
    spoken = bytes(i % 251 for i in range(CHUNK * 10))
    heard = b""
    for at in range(0, len(spoken), 333):
        lines.feed("a", spoken[at : at + 333])
        time.now_s += CHUNK_S
        heard += read(ear)
        assert len(heard) % 2 == 0
    assert heard == spoken


def test_what_nobody_reads_is_dropped_the_oldest_first(
    lines: PhoneLines, ear: int, time: Time
) -> None:
    """While nobody reads, hours may be fed: only the newest is kept, and the call never waits."""
    for number in range(10_000):
        time.now_s += CHUNK_S
        lines.feed("a", bytes([number % 250]) * CHUNK)
    assert read(ear) == bytes([9_999 % 250]) * CHUNK


def test_a_slow_reader_stays_near_to_the_mouth(lines: PhoneLines, ear: int, time: Time) -> None:
    """A reader at half the pace loses what is old: never more than a sixth of a second waits for it."""
    for number in range(500):
        time.now_s += CHUNK_S
        lines.feed("a", bytes([number % 250]) * CHUNK)
        os.read(ear, CHUNK // 2)
    waiting = read(ear)
    assert 0 < len(waiting) <= LINE_BYTES
    assert waiting[-1] == 499 % 250


def test_a_backlog_is_not_worth_sounding(lines: PhoneLines, ear: int, time: Time) -> None:
    """What comes all at once after a pause of the radio is cut to a quarter of a second, the newest of it."""
    lines.feed("a", bytes(CHUNK))
    read(ear)
    time.now_s += 5.0
    lines.feed("a", b"\x01\x00" * 40_000 + b"\x02\x00")
    backlog = read(ear)
    assert len(backlog) <= BURST_BYTES
    assert backlog.endswith(b"\x01\x00\x02\x00")
    lines.feed("a", b"\x03\x00" * 320)
    assert read(ear) == b""
    time.now_s += 1.0
    lines.feed("a", b"\x04\x00" * 320)
    assert read(ear) == b"\x04\x00" * 320


def test_a_closed_line_ends_for_its_reader(lines: PhoneLines, ear: int) -> None:
    """Closing is the end of the pipe; what is fed afterwards goes nowhere and harms nobody."""
    lines.feed("a", bytes(CHUNK))
    lines.close("a")
    lines.close("a")
    lines.feed("a", bytes(CHUNK))
    assert os.read(ear, 1 << 20) == bytes(CHUNK)
    assert os.read(ear, 1 << 20) == b""
    with pytest.raises(NoSuchLine, match="điện thoại đã ngừng nói"):
        lines.path("a")


def test_a_line_opened_again_is_a_new_one(lines: PhoneLines, ear: int) -> None:
    """The same name opened again ends the old reader and begins empty."""
    lines.feed("a", bytes(CHUNK))
    lines.open("a")
    os.read(ear, 1 << 20)
    assert os.read(ear, 1 << 20) == b""
    assert stat.S_ISFIFO(lines.path("a").stat().st_mode)


@pytest.mark.parametrize("ref", ["", "../a", "a/b", "a.b", "á", "a" * 65])
def test_a_name_that_is_no_name_is_refused(lines: PhoneLines, ref: str) -> None:
    """No name can leave the directory."""
    with pytest.raises(ValueError, match="a session's name"):
        lines.open(ref)


def test_pipes_of_an_earlier_life_are_swept(tmp_path: Path) -> None:
    """A crash leaves pipes behind; the next start removes them and nothing else."""
    os.mkfifo(tmp_path / "old.pcm")
    (tmp_path / "note.txt").write_text("x")
    PhoneLines(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["note.txt"]


def test_many_threads_may_feed_and_close(lines: PhoneLines) -> None:
    """Feeding, opening and closing from many threads at once breaks nothing."""
    faults: list[BaseException] = []

    def work(ref: str) -> None:
        try:
            for number in range(200):
                if number % 50 == 0:
                    lines.open(ref)
                lines.feed(ref, bytes(CHUNK))
                if number % 70 == 69:
                    lines.close(ref)
        except BaseException as fault:  # noqa: BLE001  whatever it is, the test shall say it
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(ref,)) for ref in ("a", "b", "a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not faults
