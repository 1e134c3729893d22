"""The program's log in memory, and its way to central when somebody asks."""

import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.parcel import PARCEL_BYTES, unpack
from edge.adapters.herald import Herald
from edge.adapters.logs import LINE_BYTES, RING_BYTES, LogSender, OneLine, Ring, listening
from edge.core.orders import SendLogs
from tests.edge.adapters.fake_central import FakeCentral, answers
from tests.edge.adapters.link_rig import Rig, rig
from tests.edge.adapters.test_herald import Steered, expected, tell, told

SECRET = "abcdefgh12345678"
log = logging.getLogger("tests.logs")


@pytest.fixture
def ring() -> Iterator[Ring]:
    """A ring that hears what this program says, at the level of an appliance."""
    everybody = logging.getLogger()
    level = everybody.level
    everybody.setLevel(logging.INFO)
    with listening(Ring()) as ring:
        yield ring
    everybody.setLevel(level)


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody yet."""
    with FakeCentral({}) as fake:
        yield fake


def sender_of(appliance: Rig, ring: Ring, mono: Steered) -> LogSender:
    """Return a sender as the hands make it."""
    device = appliance.identity.device
    return LogSender(appliance.link, ring, device, "0.1.0", appliance.wall_now, mono=mono)


# --- the ring -------------------------------------------------------------------------------------


def test_a_line_has_its_time_its_level_and_its_words(ring: Ring) -> None:
    """Time in UTC to the millisecond, then level, logger, message, each message on one line."""
    record = logging.makeLogRecord(
        {"name": "edge", "levelname": "INFO", "msg": "tên=%s", "args": ("a\nb",)}
    )
    record.created, record.msecs = 1_795_000_000.25, 250.0
    ring.handle(record)
    assert ring.said().lines[-1] == "2026-11-18T11:06:40.250Z INFO edge tên=a\\u000ab"


def test_the_ring_hears_only_while_it_listens() -> None:
    """What was said before and after is not in it."""
    log.warning("before")
    with listening(Ring()) as ring:
        log.warning("during")
    log.warning("after")
    assert [line.rpartition(" ")[2] for line in ring.said().lines] == ["during"]


def test_the_oldest_go_first_and_are_counted() -> None:
    """The text never takes more than its bound; the newest line is always there."""
    ring = Ring(1_000)
    ring.setFormatter(logging.Formatter("%(message)s"))
    for number in range(100):
        ring.handle(logging.makeLogRecord({"msg": f"{number:03} {'đ' * 20}"}))
    said = ring.said()
    size = sum(len(line.encode()) + 1 for line in said.lines)
    assert 1_000 - 46 < size <= 1_000
    assert (said.lines[-1][:3], said.dropped) == ("099", 100 - len(said.lines))


def test_one_line_is_cut() -> None:
    """Two thousand bytes of a line are kept, and no half of a letter."""
    ring = Ring()
    ring.setFormatter(logging.Formatter("%(message)s"))
    for length in (2 * LINE_BYTES, LINE_BYTES // 2):
        ring.handle(logging.makeLogRecord({"msg": "đ" * length}))
    long, fits = ring.said().lines
    assert LINE_BYTES - 2 <= len(long.encode()) <= LINE_BYTES
    assert set(long) == {"đ", "…"}
    assert fits == "đ" * (LINE_BYTES // 2)


def test_a_full_ring_fits_a_parcel_and_hides_nothing_new(tmp_path: Path) -> None:
    """The worst text that a ring can hold is sent within the bound, the newest of it whole."""
    ring, link = Ring(), Kept()
    ring.setFormatter(logging.Formatter("%(message)s"))
    for number in range(3 * RING_BYTES // 200):
        noise = "".join(chr(0x4E00 + (number * 7_919 + at * 104_729) % 20_000) for at in range(66))
        ring.handle(logging.makeLogRecord({"msg": noise}))
    with rig(tmp_path) as appliance:
        sender = LogSender(
            link, ring, appliance.identity.device, "0.1.0", appliance.wall_now, mono=Steered()
        )
        sender.obey(SendLogs(counter=1))
    (parcel,) = link.posted
    assert len(parcel) <= PARCEL_BYTES
    assert unpack(parcel)[-1] == ring.said().lines[-1]


class Kept:
    """A line to central that takes everything."""

    def __init__(self) -> None:
        self.posted: list[bytes] = []

    def post(self, path: str, body: bytes) -> bytes:
        """Keep what is posted."""
        self.posted.append(body)
        return b'{"acknowledged": %d}' % int(path.rpartition("/")[2])


class Broken:
    """Something that cannot be said."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_who_logs_never_fails(ring: Ring) -> None:
    """What cannot be written is counted as dropped; the next line is kept."""
    ring.handle(logging.makeLogRecord({"msg": "%s", "args": (Broken(),)}))
    ring.handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))
    log.info("and on")
    said = ring.said()
    assert said.dropped == 2
    assert said.lines[-1].endswith("and on")


def fail_with(words: str) -> None:
    """Fail with these very words."""
    raise ValueError(words)


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"token={SECRET}",
        f"password: {SECRET}",
        f"pin={SECRET}",
        f"http://u:{SECRET}@host/x",
    ],
)
def test_what_opens_a_door_is_not_kept(ring: Ring, text: str) -> None:
    """Neither in a message nor in a traceback, also when somebody else has written that down already."""
    try:
        fail_with(text)
    except ValueError:
        log.exception("failed with %s", text)
    said = "\n".join(ring.said().lines)
    assert SECRET not in said
    assert "***" in said
    assert "  | ValueError" in said
    assert SECRET not in OneLine().format(logging.makeLogRecord({"msg": text}))


def test_many_threads_may_speak_at_once() -> None:
    """No line is lost or torn, and whoever reads meanwhile sees whole lines."""
    ring = Ring(10_000_000)
    ring.setFormatter(logging.Formatter("%(message)s"))

    def speak(who: int) -> None:
        for number in range(500):
            ring.handle(logging.makeLogRecord({"msg": f"{who} {number}"}))

    threads = [threading.Thread(target=speak, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        assert all(line.count(" ") == 1 for line in ring.said().lines)
    for thread in threads:
        thread.join()
    wanted = {f"{who} {number}" for who in range(4) for number in range(500)}
    assert set(ring.said().lines) == wanted
    assert len(ring.said().lines) == len(wanted)


# --- the way to central ---------------------------------------------------------------------------


def test_logs_arrive_signed_with_their_head(
    central: FakeCentral, tmp_path: Path, ring: Ring
) -> None:
    """Who, which software, when, for how long it has run, how much is missing; then the lines as they were said."""
    with rig(tmp_path, central) as appliance:
        log.warning("the relay of the market does not follow")
        sender_of(appliance, ring, Steered()).obey(SendLogs(counter=5))
        assert list(central.logs) == [5]
        lines = unpack(central.logs[5])
        head = dict(line[2:].split(": ", 1) for line in lines if line.startswith("# "))
        assert head["device"] == appliance.identity.device
        assert head["software"] == "0.1.0"
        assert head["taken"] == appliance.wall.isoformat(timespec="seconds")
        assert (head["dropped"], head["left out"]) == ("0", "0")
        assert int(head["uptime_s"]) >= 0
        assert "WARNING tests.logs the relay of the market does not follow" in lines[-1]


def test_a_line_that_is_down_delays_and_changes_nothing(
    central: FakeCentral, tmp_path: Path, ring: Ring
) -> None:
    """Tried again by the rhythm of reports; what arrives is what was said when somebody asked."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        central.stop()
        log.warning("asked for")
        sender.obey(SendLogs(counter=5))
        log.warning("said later")
        central.start()
        sender.tend()
        assert central.logs == {}
        mono.now_s += 121
        sender.tend()
        said = "\n".join(unpack(central.logs[5]))
        assert "asked for" in said
        assert "said later" not in said
        mono.now_s += 1_000
        sender.tend()
        assert central.asked("/logs/5") == 1


def test_an_answer_that_is_lost_costs_nothing(
    central: FakeCentral, tmp_path: Path, ring: Ring
) -> None:
    """The same bytes are sent again, and central knows them."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        central.after_storing = lambda: False
        sender.obey(SendLogs(counter=5))
        kept = central.logs[5]
        central.after_storing = lambda: True
        mono.now_s += 121
        sender.tend()
        assert central.logs == {5: kept}
        assert "logs sent counter=5" in "\n".join(ring.said().lines)


def test_after_an_hour_nobody_waits_any_more(
    central: FakeCentral, tmp_path: Path, ring: Ring
) -> None:
    """The order is given up with a word, and a newer one begins its own hour."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        central.stop()
        sender.obey(SendLogs(counter=5))
        central.start()
        mono.now_s += 3_600
        sender.tend()
        assert "logs given up counter=5" in ring.said().lines[-1]
        mono.now_s += 10
        sender.tend()
        assert central.logs == {}
        sender.obey(SendLogs(counter=6))
        assert list(central.logs) == [6]


def test_the_newest_order_wins(central: FakeCentral, tmp_path: Path, ring: Ring) -> None:
    """What still waits for an older asking is not sent."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        central.stop()
        sender.obey(SendLogs(counter=5))
        sender.obey(SendLogs(counter=6))
        central.start()
        mono.now_s += 121
        sender.tend()
        assert list(central.logs) == [6]


@pytest.mark.parametrize("status", [404, 409, 410, 413, 422])
def test_logs_that_are_not_wanted_are_dropped_and_reports_go_on(
    central: FakeCentral, tmp_path: Path, ring: Ring, status: int
) -> None:
    """One sentence in the log; nothing is asked again, and no report is lost or late by it."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        herald = Herald(
            appliance.link,
            appliance.ledger,
            appliance.identity,
            appliance.events.append,
            appliance.wall_now,
            mono=mono,
        )
        central.faults["/logs/5"] = answers(status)
        herald.obey(tell(0))
        sender.obey(SendLogs(counter=5))
        herald.obey(tell(1))
        assert "logs not wanted counter=5" in "\n".join(ring.said().lines)
        mono.now_s += 1_000
        sender.tend()
        assert central.asked("/logs/5") == 1
        assert told(central, appliance) == expected(0, 1)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, b""),
        (429, b""),
        (403, b""),
        (302, b""),
        (200, b"<html>"),
        (200, b"{}"),
        (200, b'{"acknowledged": 4}'),
    ],
)
def test_an_answer_that_may_pass_is_waited_for(
    central: FakeCentral, tmp_path: Path, ring: Ring, status: int, body: bytes
) -> None:
    """A busy central, a portal in between or a missing right of the moment: tried again, then it arrives."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        sender = sender_of(appliance, ring, mono)
        central.faults["/logs/5"] = answers(status, {"Location": "http://x/"}, body)
        sender.obey(SendLogs(counter=5))
        central.faults.clear()
        mono.now_s += 121
        sender.tend()
        assert list(central.logs) == [5]
