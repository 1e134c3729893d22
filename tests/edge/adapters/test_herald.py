"""The herald and its spool: nothing lost, nothing doubled, whatever dies in between."""

import resource
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import Health, Outcome, Play, Rank, Refusal, Report
from contract.seal import read_envelope
from contract.testing import NOW
from contract.trust import verify_report
from edge.adapters.herald import Herald
from edge.adapters.spool import LIFE_S, Spool
from edge.adapters.storage import StorageFailed
from edge.core.events import HandFailed, HandRecovered, ReportSent
from edge.core.orders import Tell
from tests.edge.adapters.fake_central import FakeCentral, answers
from tests.edge.adapters.link_rig import Rig, rig

ZEROS = "0" * 64


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody yet."""
    with FakeCentral({}) as fake:
        yield fake


class Steered:
    """A monotonic clock that a test moves on."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def herald_of(appliance: Rig, mono: Steered) -> Herald:
    """Return a herald on the appliance's ledger, as a start makes it."""
    return Herald(
        appliance.link,
        appliance.ledger,
        appliance.identity,
        appliance.events.append,
        appliance.wall_now,
        mono=mono,
    )


def play(number: int) -> Play:
    """Return the record of one play."""
    return Play(
        key=f"slot/{number}",
        source="content",
        title="Bản tin sáng",
        rank=Rank.NORMAL,
        zones=("san",),
        started=NOW,
        asked_ms=1_000,
        sounded_ms=990,
        outcome=Outcome.SOUNDED,
    )


def tell(number: int) -> Tell:
    """Return an order to tell one play."""
    return Tell(plays=(play(number),))


def health(uptime_s: int) -> Health:
    """Return how the appliance is."""
    return Health(
        at=NOW,
        uptime_s=uptime_s,
        clock="trusted",
        on_air=Rank.SILENCE,
        why="",
        volume_pct=80,
        zones_on=(),
        programme_version=1,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=True,
        storage_free_bytes=1,
        software="1",
    )


def reports(central: FakeCentral, appliance: Rig) -> list[Report]:
    """Return what central took, in order."""
    return [verify_report(r, appliance.identity.public) for r in central.reports]


def told(central: FakeCentral, appliance: Rig) -> list[str]:
    """Return the keys of all plays that central was told, in order."""
    return [p.key for r in reports(central, appliance) for p in r.plays]


def expected(*numbers: int) -> list[str]:
    """Return the keys of these plays."""
    return [f"slot/{n}" for n in numbers]


def test_reports_are_a_chain(central: FakeCentral, tmp_path: Path) -> None:
    """Each report is sealed by the device key, counts on from the last and names its hash."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        for number in range(3):
            herald.obey(tell(number))
        chain = reports(central, appliance)
        assert [r.counter for r in chain] == [1, 2, 3]
        payloads = [read_envelope(r).payload_sha256 for r in central.reports]
        assert [r.previous_sha256 for r in chain] == [ZEROS, *payloads[:-1]]
        assert [e.counter for e in appliance.events if isinstance(e, ReportSent)] == [1, 2, 3]


def test_what_waited_is_gathered(central: FakeCentral, tmp_path: Path) -> None:
    """After an outage all that waited goes in few reports, in order; of several healths the newest."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.stop()
        for number in range(30):
            herald.obey(tell(number))
            herald.obey(Tell(health=health(number)))
        central.start()
        mono.now_s += 1_000
        herald.flush()
        assert told(central, appliance) == expected(*range(30))
        assert len(central.reports) <= 2
        last = reports(central, appliance)[-1].health
        assert last is not None
        assert last.uptime_s == 29


def test_nothing_waits_longer_than_a_restart(central: FakeCentral, tmp_path: Path) -> None:
    """What was told while central was away survives a power cut and is sent by the next start."""
    with rig(tmp_path, central) as appliance:
        central.stop()
        herald = herald_of(appliance, Steered())
        for number in range(5):
            herald.obey(tell(number))
        central.start()
        again = Rig(tmp_path, appliance.authority, central)
        herald_of(again, Steered()).flush()
        again.link.close()
        assert told(central, appliance) == expected(*range(5))


def test_central_dies_before_it_acknowledges(central: FakeCentral, tmp_path: Path) -> None:
    """Central stored the report and died before saying so: it is sent again alike, and stands there once."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        deaths = [True, True]
        central.after_storing = lambda: not (deaths and deaths.pop())
        for number in range(4):
            herald.obey(tell(number))
            mono.now_s += 1_000
        herald.flush()
        assert told(central, appliance) == expected(*range(4))
        assert central.counters() == list(range(1, len(central.reports) + 1))


def test_power_fails_before_the_acknowledgement_is_kept(
    central: FakeCentral, tmp_path: Path
) -> None:
    """Central has the report, we lost power before hearing so: the next start sends the very same bytes."""
    with rig(tmp_path, central) as appliance:
        central.after_storing = lambda: False
        herald_of(appliance, Steered()).obey(tell(1))
        central.after_storing = lambda: True
        assert len(central.reports) == 1
        again = Rig(tmp_path, appliance.authority, central)
        after = herald_of(again, Steered())
        after.obey(tell(2))
        again.link.close()
        assert told(central, appliance) == expected(1, 2)
        assert central.counters() == [1, 2]


def test_backoff_spares_central(central: FakeCentral, tmp_path: Path) -> None:
    """While central is in trouble not every order asks it; afterwards everything goes."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.faults["/reports"] = answers(503)
        for number in range(20):
            herald.obey(tell(number))
        assert central.asked("/reports") == 1
        central.faults.clear()
        mono.now_s += 1_000
        herald.obey(tell(20))
        assert told(central, appliance) == expected(*range(21))


def test_retry_after_is_kept(central: FakeCentral, tmp_path: Path) -> None:
    """The wait that central asks for is kept."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.faults["/reports"] = answers(503, {"Retry-After": "250"})
        herald.obey(tell(1))
        mono.now_s += 249
        herald.obey(tell(2))
        assert central.asked("/reports") == 1
        mono.now_s += 2
        herald.obey(tell(3))
        assert central.asked("/reports") == 2


def test_restored_card_goes_on_where_central_is(central: FakeCentral, tmp_path: Path) -> None:
    """A card set back in time takes up the counter that central expects and begins a new chain."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        for number in range(3):
            herald.obey(tell(number))
        for path in (tmp_path / "ledger").glob("reports.*"):
            path.unlink()
        for path in (tmp_path / "ledger" / "spool").iterdir():
            path.unlink()
        again = Rig(tmp_path, appliance.authority, central)
        herald_of(again, Steered()).obey(tell(9))
        again.link.close()
        assert told(central, appliance) == expected(0, 1, 2, 9)
        assert central.counters() == [1, 2, 3, 4]
        assert reports(central, appliance)[-1].previous_sha256 == ZEROS


def test_central_set_back_is_told_on(central: FakeCentral, tmp_path: Path) -> None:
    """A central restored from an older copy gets what follows under the counter it expects."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        for number in range(3):
            herald.obey(tell(number))
        del central.reports[1:]
        herald.obey(tell(3))
        assert told(central, appliance) == expected(0, 3)
        assert central.counters() == [1, 2]


def test_report_that_central_cannot_read_is_set_aside(central: FakeCentral, tmp_path: Path) -> None:
    """One report that central calls malformed is kept aside and does not hold up the next; a second one waits."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.faults["/reports"] = answers(400)
        herald.obey(tell(1))
        herald.obey(tell(2))
        assert len(appliance.of(HandFailed)) >= 1
        assert [n[:8] for n in appliance.ledger.papers()] == ["refused-"]
        central.faults.clear()
        mono.now_s += 1_000
        herald.obey(tell(3))
        assert told(central, appliance) == expected(2, 3)
        assert central.counters() == [1, 2]
        assert appliance.of(HandRecovered)


def test_unknown_appliance_keeps_all(central: FakeCentral, tmp_path: Path) -> None:
    """Refused for its key (not enrolled yet), the appliance keeps everything until it is known."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.faults["/reports"] = answers(403)
        for number in range(3):
            herald.obey(tell(number))
            mono.now_s += 1_000
        central.faults.clear()
        herald.flush()
        assert told(central, appliance) == expected(0, 1, 2)


def test_large_telling_is_split(central: FakeCentral, tmp_path: Path) -> None:
    """Seven hundred plays with long words fit no one report: they go in several, in order."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        refusals = tuple(
            Refusal(at=NOW, what="ạ" * 200, code="old-version", why="ạ" * 500) for _ in range(300)
        )
        herald.obey(Tell(plays=tuple(play(n) for n in range(700)), refusals=refusals))
        assert told(central, appliance) == expected(*range(700))
        assert sum(len(r.refusals) for r in reports(central, appliance)) == 300
        assert max(len(r) for r in central.reports) <= 256_000


def test_record_that_cannot_be_told_is_left_out(central: FakeCentral, tmp_path: Path) -> None:
    """A record that breaks the contract is left out and said so; those around it are told."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.stop()
        herald.obey(tell(1))
        bad = Refusal(at=NOW, what="", code="NOT A SLUG", why="")
        herald.obey(Tell(refusals=(bad,)))
        herald.obey(tell(2))
        central.start()
        mono.now_s += 1_000
        herald.flush()
        assert told(central, appliance) == expected(1, 2)


def test_empty_order_only_sends_what_waits(central: FakeCentral, tmp_path: Path) -> None:
    """An order that tells nothing makes no report, but sends what waits once its time has come."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        herald.obey(Tell())
        assert central.requests == []
        central.faults["/reports"] = answers(503)
        herald.obey(tell(1))
        central.faults.clear()
        herald.obey(Tell())
        assert told(central, appliance) == []
        mono.now_s += 1_000
        herald.obey(Tell())
        herald.obey(Tell())
        assert told(central, appliance) == expected(1)
        assert central.counters() == [1]


def test_full_disk_loses_no_word(central: FakeCentral, tmp_path: Path) -> None:
    """While nothing can be spooled one failure is posted, however much is told; with room all of it goes."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        spool = tmp_path / "ledger" / "spool"
        spool.rmdir()
        for number in range(5):
            herald.obey(tell(number))
        assert len(appliance.of(HandFailed)) == 1
        spool.mkdir()
        herald.obey(tell(5))
        assert told(central, appliance) == expected(*range(6))
        assert len(appliance.of(HandRecovered)) == 1


# --- spool -----------------------------------------------------------------------------------------


def test_spool_gives_back_in_order(tmp_path: Path) -> None:
    """Records come out in the order they went in, across segments and starts, until taken."""
    spool = Spool(tmp_path, segment_bytes=500)
    for number in range(50):
        spool.append([b'{"n":%d}' % number], 1_000, lasting=True)
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
    again.append([b"{}"], 1_000, lasting=True)
    assert [e.number for e in Spool(tmp_path).front(5, 100)] == [51]


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_spool_leaves_out_what_is_torn(tmp_path: Path, damage: str) -> None:
    """Cut anywhere or with any byte changed, the spool gives the other records and takes new ones."""
    whole = tmp_path / "whole"
    spool = Spool(whole)
    for number in range(5):
        spool.append([b'{"n":%d}' % number], 1_000, lasting=True)
    [file] = whole.iterdir()
    good = file.read_bytes()
    for at in range(0, len(good), 7):
        for other in whole.iterdir():
            other.unlink()
        hurt = good[:at] if damage == "cut" else good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        file.write_bytes(hurt)
        again = Spool(whole)
        again.append([b'{"n":9}'], 1_000, lasting=True)
        records = [e.record for e in Spool(whole).front(100, 10_000)]
        assert records[-1] == b'{"n":9}'
        assert set(records) <= {b'{"n":%d}' % n for n in (0, 1, 2, 3, 4, 9)}
        if damage == "flip":
            assert len(records) >= 4


def test_spool_drops_routine_first(tmp_path: Path) -> None:
    """Over its cap the spool drops the oldest routine records and keeps every lasting one."""
    spool = Spool(tmp_path, cap_bytes=20_000, segment_bytes=2_000)
    for number in range(300):
        spool.append([b"r" * 100], 1_000 + number, lasting=False)
        spool.append([b"l%03d" % number], 1_000 + number, lasting=True)
    entries = spool.front(10_000, 10**9)
    assert [e.record for e in entries if e.lasting] == [b"l%03d" % n for n in range(300)]
    routine = [e.number for e in entries if not e.lasting]
    assert 0 < len(routine) < 300
    assert max(routine) == 599
    assert sum(p.stat().st_size for p in tmp_path.iterdir()) < 26_000


def test_spool_keeps_plays_for_their_time(tmp_path: Path) -> None:
    """Lasting records outlive the cap until their time is over, and go then."""
    spool = Spool(tmp_path, cap_bytes=5_000, segment_bytes=1_000)
    for number in range(100):
        spool.append([b"l" * 100], number, lasting=True)
    assert len(spool.front(1_000, 10**9)) == 100
    for number in range(20):
        spool.append([b"l" * 100], LIFE_S + 50 + number, lasting=True)
    assert len(spool.front(1_000, 10**9)) < 80


def test_spool_says_when_the_disk_is_full(tmp_path: Path) -> None:
    """A record that the disk does not take raises; what was there stays, and the next is taken when it can."""
    spool = Spool(tmp_path)
    spool.append([b"a" * 3_000], 1, lasting=True)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, before[1]))
        for _ in range(2):
            with pytest.raises(StorageFailed, match="cannot spool"):
                spool.append([b"b" * 9_000], 1, lasting=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    spool.append([b"c" * 9_000], 1, lasting=True)
    for opened in (spool, Spool(tmp_path)):
        assert [e.record[:1] for e in opened.front(10, 10**6)] == [b"a", b"c"]


def test_wall_clock_is_only_a_stamp(central: FakeCentral, tmp_path: Path) -> None:
    """A clock that steps back years stops no report."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        herald.obey(tell(1))
        appliance.wall -= timedelta(days=3_000)
        herald.obey(tell(2))
        assert told(central, appliance) == expected(1, 2)
