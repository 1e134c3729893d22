"""The herald and its spool: nothing lost, nothing doubled, whatever dies in between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import (
    Check,
    Health,
    LocalWarning,
    Outcome,
    Play,
    Rank,
    Readiness,
    Refusal,
    Report,
)
from contract.seal import read_envelope
from contract.testing import NOW
from contract.trust import verify_report
from edge.adapters.herald import Herald
from edge.adapters.link import LinkDown
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
    """A card set back in time takes up the counter that central expects, after the last report that is there."""
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
        before = read_envelope(central.reports[-2]).payload_sha256
        assert reports(central, appliance)[-1].previous_sha256 == before


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
        failed = appliance.of(HandFailed)[0]
        assert isinstance(failed, HandFailed)
        assert "đã cất riêng một báo cáo" in failed.why
        assert failed.why.endswith("hãy báo tỉnh (HTTP 400)")
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
            herald.flush()
        assert len(appliance.of(HandFailed)) == 1
        assert not appliance.of(HandRecovered), "words still wait in memory"
        spool.mkdir()
        herald.obey(tell(5))
        assert told(central, appliance) == expected(*range(6))
        assert len(appliance.of(HandRecovered)) == 1


def test_wall_clock_is_only_a_stamp(central: FakeCentral, tmp_path: Path) -> None:
    """A clock that steps back years stops no report."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        herald.obey(tell(1))
        appliance.wall -= timedelta(days=3_000)
        herald.obey(tell(2))
        assert told(central, appliance) == expected(1, 2)


# --- readiness, warnings, and a health now and then -------------------------------------------------


def warning(number: int) -> LocalWarning:
    """Return a local emergency with as long a text as there may be."""
    return LocalWarning(
        at=NOW,
        id=f"local/{number}",
        by="Hoa",
        headline="Nước lên nhanh",
        text="Bà con khẩn trương di dời. " * 70,
        zones=("san",),
    )


def readiness(number: int) -> Readiness:
    """Return a readiness with many long complaints."""
    checks = tuple(Check(name=f"kiem-{n}", ok=False, why="Thiếu tệp. " * 25) for n in range(40))
    return Readiness(at=NOW, of=f"slot/{number}", title="Bản tin", starts=NOW, checks=checks)


def test_readiness_and_warnings_are_told(central: FakeCentral, tmp_path: Path) -> None:
    """Readiness and local emergencies reach central as they were, in order, whatever their size and number."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        ready = tuple(readiness(n) for n in range(70))
        warned = tuple(warning(n) for n in range(70))
        herald.obey(Tell(readiness=ready, warnings=warned))
        chain = reports(central, appliance)
        assert tuple(one for r in chain for one in r.readiness) == ready
        assert tuple(one for r in chain for one in r.warnings) == warned
        assert max(len(r) for r in central.reports) <= 256_000


def test_a_warning_does_not_wait_for_the_next_try(central: FakeCentral, tmp_path: Path) -> None:
    """While reports wait after a failure a play waits with them; a local emergency asks central at once."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        central.faults["/reports"] = answers(503)
        herald.obey(tell(1))
        central.faults.clear()
        herald.obey(tell(2))
        assert told(central, appliance) == []
        herald.obey(Tell(warnings=(warning(1),)))
        assert told(central, appliance) == expected(1, 2)
        assert reports(central, appliance)[-1].warnings == (warning(1),)


def test_a_renumbered_report_keeps_all_it_told(central: FakeCentral, tmp_path: Path) -> None:
    """Sealed again under another counter, readiness and warnings are still in it."""
    with rig(tmp_path, central) as appliance:
        herald = herald_of(appliance, Steered())
        herald.obey(tell(0))
        del central.reports[:]
        herald.obey(Tell(warnings=(warning(1),), readiness=(readiness(1),)))
        [last] = reports(central, appliance)
        assert (last.counter, last.warnings, last.readiness) == (1, (warning(1),), (readiness(1),))


def test_health_is_kept_once_an_hour_while_central_is_away(
    central: FakeCentral, tmp_path: Path
) -> None:
    """In a day without central 24 healths go on disk, not 1,440; when it is back the newest is told."""
    with rig(tmp_path, central) as appliance:
        mono = Steered()
        herald = herald_of(appliance, mono)
        central.faults["/reports"] = answers(503)
        for minute in range(24 * 60):
            mono.now_s = 60.0 * minute
            herald.obey(Tell(health=health(minute)))
        spool = (tmp_path / "ledger" / "spool").glob("*.log")
        lines = b"".join(path.read_bytes() for path in spool).count(b"\n")
        assert 23 <= lines <= 25
        central.faults.clear()
        mono.now_s += 1_000
        herald.obey(Tell())
        last = reports(central, appliance)[-1].health
        assert last is not None
        assert last.uptime_s == 24 * 60 - 1
        mono.now_s += 60
        herald.obey(Tell(health=health(5_000)))
        newest = reports(central, appliance)[-1].health
        assert newest is not None
        assert newest.uptime_s == 5_000


class NoLine:
    """A line that is cut."""

    def __init__(self) -> None:
        self.tries = 0

    def post(self, path: str, body: bytes) -> bytes:
        self.tries += 1
        raise LinkDown("the line is cut")


def test_ninety_days_without_central(central: FakeCentral, memory_folder: Path) -> None:
    """After 90 days of 40 plays a day, every play is told once, in order, in one chain; meanwhile 5 MB are enough."""
    with rig(memory_folder, central) as appliance:
        mono, line = Steered(), NoLine()
        herald = Herald(
            line,
            appliance.ledger,
            appliance.identity,
            appliance.events.append,
            appliance.wall_now,
            mono=mono,
        )
        began, number = appliance.wall, 0
        for minute in range(
            0, 90 * 1_440, 4
        ):  # a health each 4 minutes is thinned like one a minute
            mono.now_s = 60.0 * minute
            appliance.wall = began + timedelta(minutes=minute)
            plays: tuple[Play, ...] = ()
            if minute % 36 == 0:
                plays, number = (play(number),), number + 1
            herald.obey(Tell(plays=plays, health=health(minute)))
        assert number == 90 * 40
        assert 0 < line.tries <= 90 * 1_440 / 2
        spool = memory_folder / "ledger" / "spool"
        assert sum(path.stat().st_size for path in spool.iterdir()) < 5_000_000
        herald_of(appliance, mono).flush()
        assert told(central, appliance) == expected(*range(number))
        assert central.counters() == list(range(1, len(central.reports) + 1))
        assert list(spool.iterdir()) == []
