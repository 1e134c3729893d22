"""The filing: a sealed commissioning stays on disk and is told until central has it."""

from pathlib import Path

import msgspec
import pytest

from contract.seal import sha256
from edge.adapters.filing import AGAIN_S, Filing
from edge.adapters.ledger import Ledger
from edge.adapters.link_faults import LinkDenied, LinkDown, LinkError


class Wire:
    """A way to central that does what it is told."""

    def __init__(self) -> None:
        """Take everything."""
        self.fault: LinkError | None = None
        self.sent: list[bytes] = []
        self.lie = False

    def post(self, path: str, body: bytes) -> bytes:
        """Answer as central does."""
        assert path == "/commissioning"
        if self.fault is not None:
            raise self.fault
        self.sent.append(body)
        return msgspec.json.encode({"acknowledged": "0" * 64 if self.lie else sha256(body)})


class Clock:
    """A monotonic clock set by hand."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.s = 100.0

    def __call__(self) -> float:
        """Return the present second."""
        return self.s


@pytest.fixture
def wire() -> Wire:
    """Return a way to central."""
    return Wire()


@pytest.fixture
def clock() -> Clock:
    """Return a clock."""
    return Clock()


def test_it_is_sent_once(tmp_path: Path, wire: Wire, clock: Clock) -> None:
    """Acknowledged, it is not sent again, and it is still here."""
    filing = Filing(wire, Ledger(tmp_path), mono=clock)
    filing.keep(b"sealed")
    filing.tend()
    filing.tend()
    assert wire.sent == [b"sealed"]
    assert filing.kept is not None
    assert (filing.kept.envelope, filing.kept.sent) == (b"sealed", True)


def test_what_waits_outlives_a_restart(tmp_path: Path, wire: Wire, clock: Clock) -> None:
    """Sealed without a network, restarted, sent when central is back."""
    wire.fault = LinkDown("no way")
    before = Filing(wire, Ledger(tmp_path), mono=clock)
    before.keep(b"sealed")
    before.tend()
    wire.fault = None
    after = Filing(wire, Ledger(tmp_path), mono=clock)
    after.tend()
    assert wire.sent == [b"sealed"]


def test_a_dead_line_is_not_knocked_at_each_second(
    tmp_path: Path, wire: Wire, clock: Clock
) -> None:
    """Half a minute passes between two tries."""
    filing = Filing(wire, Ledger(tmp_path), mono=clock)
    wire.fault = LinkDown("no way")
    filing.keep(b"sealed")
    filing.tend()
    wire.fault = None
    filing.tend()
    assert wire.sent == []
    clock.s += AGAIN_S
    filing.tend()
    assert wire.sent == [b"sealed"]


def test_what_central_refuses_for_good_is_kept_and_not_sent_again(
    tmp_path: Path, wire: Wire, clock: Clock
) -> None:
    """An appliance that was moved keeps its report; the reason stands beside it."""
    filing = Filing(wire, Ledger(tmp_path), mono=clock)
    wire.fault = LinkDenied("POST /commissioning", 409)
    filing.keep(b"sealed")
    filing.tend()
    wire.fault = None
    clock.s += 10 * AGAIN_S
    filing.tend()
    assert wire.sent == []
    assert filing.kept is not None
    assert filing.kept.unwanted


def test_an_acknowledgement_of_something_else_is_none(
    tmp_path: Path, wire: Wire, clock: Clock
) -> None:
    """Central acknowledges other bytes: it is sent again."""
    filing = Filing(wire, Ledger(tmp_path), mono=clock)
    wire.lie = True
    filing.keep(b"sealed")
    filing.tend()
    assert filing.kept is not None
    assert not filing.kept.sent
    wire.lie = False
    clock.s += AGAIN_S
    filing.tend()
    assert filing.kept.sent
