"""The spool: records in order, through tears, full disks, leaping clocks and ninety days."""

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edge.adapters.segments import Worth
from edge.adapters.spool import LIFE_S, SEGMENT_S, Spool
from edge.adapters.storage import StorageFailed

DAY_S = 86_400
PASSING, USEFUL, LASTING = Worth


def of(spool: Spool, worth: Worth) -> list[bytes]:
    """Return the records of this worth, in order."""
    return [e.record for e in spool.front(100_000, 10**9) if e.worth is worth]


@contextmanager
def files_end_at(limit_bytes: int) -> Iterator[None]:
    """Let no file of this process grow past a limit."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, before[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_spool_gives_back_in_order(tmp_path: Path) -> None:
    """Records come out in the order they went in, across segments, worths and starts, until taken."""
    spool = Spool(tmp_path, segment_bytes=500)
    for number in range(50):
        spool.append([b'{"n":%d}' % number], 1_000, tuple(Worth)[number % 3])
    again = Spool(tmp_path, segment_bytes=500)
    entries = again.front(1_000, 1_000_000)
    assert [e.record for e in entries] == [b'{"n":%d}' % n for n in range(50)]
    assert [e.number for e in entries] == list(range(1, 51))
    again.take_through(30)
    assert [e.number for e in again.front(5, 1_000_000)] == [31, 32, 33, 34, 35]
    assert [e.number for e in again.front(5, 1)] == [31]
    again.take_through(50)
    assert again.front(5, 100) == ()
    assert list(tmp_path.iterdir()) == []
    again.append([b"{}"], 1_000, LASTING)
    assert [e.number for e in Spool(tmp_path).front(5, 100)] == [51]


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_spool_leaves_out_what_is_torn(tmp_path: Path, damage: str) -> None:
    """Cut anywhere or with any byte changed, the spool gives the other records and takes new ones."""
    whole = tmp_path / "whole"
    spool = Spool(whole)
    for number in range(5):
        spool.append([b'{"n":%d}' % number], 1_000, LASTING)
    [file] = whole.iterdir()
    good = file.read_bytes()
    for at in range(0, len(good), 7):
        for other in whole.iterdir():
            other.unlink()
        hurt = good[:at] if damage == "cut" else good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        file.write_bytes(hurt)
        again = Spool(whole)
        again.append([b'{"n":9}'], 1_000, LASTING)
        records = [e.record for e in Spool(whole).front(100, 10_000)]
        assert records[-1] == b'{"n":9}'
        assert set(records) <= {b'{"n":%d}' % n for n in (0, 1, 2, 3, 4, 9)}
        if damage == "flip":
            assert len(records) >= 4


def test_a_spool_of_the_first_release_is_read(tmp_path: Path) -> None:
    """Records of all worths in one file, as they were once written, come out and are taken."""
    spool = Spool(tmp_path)
    for number in range(4):
        spool.append([b"%d" % number], 1_000, LASTING)
    [file] = tmp_path.iterdir()
    before = file.read_bytes()
    spool.take_through(4)
    file.write_bytes(before)
    again = Spool(tmp_path)
    assert of(again, LASTING) == [b"0", b"1", b"2", b"3"]
    again.append([b"health"], 1_000, PASSING)
    again.take_through(4)
    assert [e.record for e in again.front(10, 100)] == [b"health"]


def test_over_the_cap_the_least_worth_goes_first(tmp_path: Path) -> None:
    """Healths go before receipts, receipts before plays, the oldest first; and it is counted."""
    spool = Spool(tmp_path, cap_bytes=20_000, segment_bytes=700)
    for number in range(100):
        for worth in Worth:
            spool.append([b"%s %03d %s" % (worth.encode(), number, b"." * 80)], 1_000, worth)
    kept = {worth: len(of(spool, worth)) for worth in Worth}
    assert kept[LASTING] == 100
    assert kept[PASSING] < kept[USEFUL] < 100
    assert of(spool, USEFUL)[-1].startswith(b"u 099")
    assert of(spool, USEFUL)[0] > b"u 000"
    assert spool.given_up > 0
    assert spool.size_bytes() < 21_500


def test_plays_give_way_to_plays_only(tmp_path: Path) -> None:
    """Where lasting records alone exceed the cap, the oldest of them go, and the newest are always kept."""
    spool = Spool(tmp_path, cap_bytes=10_000, segment_bytes=1_000)
    for number in range(300):
        spool.append([b"l%03d%s" % (number, b"." * 96)], 1_000, LASTING)
    kept = of(spool, LASTING)
    assert kept == [b"l%03d%s" % (n, b"." * 96) for n in range(300 - len(kept), 300)]
    assert 50 < len(kept) < 120


def test_records_are_kept_for_ninety_days(tmp_path: Path) -> None:
    """A play of each day: those of the last 90 days are all there, those of the week before may be, older ones go."""
    spool = Spool(tmp_path)
    for hour in range(130 * 24):
        if hour % 24 == 12:
            spool.append([b"%d" % (hour // 24)], 10**9 + hour * 3_600, LASTING)
        elif hour % 2 == 0:
            spool.append([b"h"], 10**9 + hour * 3_600, PASSING)
    days = [int(record) for record in of(spool, LASTING)]
    assert days[-1] == 129
    assert 130 - (LIFE_S + SEGMENT_S) // DAY_S - 2 <= days[0] <= 130 - LIFE_S // DAY_S
    assert days == list(range(days[0], 130))


@pytest.mark.parametrize("leap_s", [3_600, 10 * 365 * DAY_S, -10 * 365 * DAY_S, 50 * 365 * DAY_S])
def test_a_leaping_clock_ages_nothing(tmp_path: Path, leap_s: int) -> None:
    """The wall clock steps by hours or decades, in running or over a restart: no record is given up for it."""
    spool = Spool(tmp_path)
    at_s = 20 * 365 * DAY_S
    spool.append([b"before"], at_s, LASTING)
    for restart in (False, True):
        spool = Spool(tmp_path) if restart else spool
        at_s += leap_s
        for hour in range(3):
            spool.append([b"after"], max(0, at_s) + hour * 3_600, LASTING)
    spool = Spool(tmp_path)
    spool.append([b"last"], 0, LASTING)
    assert of(spool, LASTING) == [b"before", *[b"after"] * 6, b"last"]
    assert spool.given_up == 0


def test_spool_says_when_the_disk_is_full(tmp_path: Path) -> None:
    """A record that the disk does not take raises; what was there stays, and the next is taken when it can."""
    spool = Spool(tmp_path)
    spool.append([b"a" * 3_000], 1, LASTING)
    with files_end_at(4_096):
        for _ in range(2):
            with pytest.raises(StorageFailed, match="cannot spool"):
                spool.append([b"b" * 9_000], 1, LASTING)
    spool.append([b"c" * 9_000], 1, LASTING)
    for opened in (spool, Spool(tmp_path)):
        assert [e.record[:1] for e in opened.front(10, 10**6)] == [b"a", b"c"]


def test_what_a_failed_append_left_behind_is_not_told(tmp_path: Path) -> None:
    """A record that reached the disk though its append failed is told once, when it is appended again."""
    twin, spool = Spool(tmp_path / "twin"), Spool(tmp_path / "spool")
    for record in (b"one", b"two", b"three"):
        twin.append([record], 1, LASTING)
    for record in (b"one", b"two"):
        spool.append([record], 1, LASTING)
    with files_end_at(0), pytest.raises(StorageFailed):
        spool.append([b"three"], 1, LASTING)
    [whole], [file] = (tmp_path / "twin").iterdir(), (tmp_path / "spool").iterdir()
    file.write_bytes(whole.read_bytes())
    spool.append([b"three"], 1, LASTING)
    for opened in (spool, Spool(tmp_path / "spool")):
        assert [e.record for e in opened.front(10, 10**6)] == [b"one", b"two", b"three"]
