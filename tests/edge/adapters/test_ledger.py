"""The ledger: typed facts and received papers."""

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from contract.documents import Sha256
from contract.errors import Misuse
from edge.adapters.ledger import Ledger
from edge.adapters.storage import Slots
from edge.core.events import Staff
from edge.core.orders import Remember
from edge.core.sound import FromContent

NAME = f"programme-{'a' * 64}"
NOON = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
REMEMBER = Remember(
    override=Staff(
        by="Hoa", until=NOON, source=FromContent(sha256=Sha256("b" * 64)), zones=("san",)
    ),
    hush=None,
    volume=Staff(by="Hoa", until=NOON, volume_pct=40),
    base_volume_pct=70,
    silenced=True,
    day=date(2026, 11, 22),
    day_sounded_s=61.5,
)


def test_facts_come_back_as_they_were(tmp_path: Path) -> None:
    """What the core asked to remember is the same value after a restart."""
    Ledger(tmp_path).obey(REMEMBER)
    assert Ledger(tmp_path).remembered() == REMEMBER


def test_nothing_remembered_is_none(tmp_path: Path) -> None:
    """A first start remembers nothing and finds nothing amiss."""
    ledger = Ledger(tmp_path)
    assert ledger.remembered() is None
    assert ledger.notes == ()


def test_fact_of_another_shape_is_left_out(tmp_path: Path) -> None:
    """A fact that is not what is asked for is left out with a note; the others stand."""
    ledger = Ledger(tmp_path)
    ledger.save("number", "no number")
    ledger.save("other", 5)
    assert ledger.load("number", int) is None
    assert "number" in ledger.notes[0]
    assert ledger.load("other", int) == 5


def test_whole_but_senseless_table_gives_way_to_the_older(tmp_path: Path) -> None:
    """A table with a right checksum that is no table is set aside like a damaged one."""
    Ledger(tmp_path).save("number", 5)
    Slots(tmp_path, "facts").write(b"[1, 2]")
    ledger = Ledger(tmp_path)
    assert ledger.load("number", int) == 5
    assert "not a table" in ledger.notes[0]


def test_papers_are_the_received_bytes(tmp_path: Path) -> None:
    """A paper of 2 MB comes back byte for byte, and not through the facts."""
    ledger = Ledger(tmp_path)
    received = bytes(range(256)) * 8_000
    ledger.keep_paper(NAME, received)
    assert Ledger(tmp_path).paper(NAME) == received
    assert ledger.papers() == {NAME}
    assert not (tmp_path / "facts.a").exists()
    ledger.drop_papers(frozenset({NAME}))
    assert Ledger(tmp_path).paper(NAME) is None


def test_damaged_paper_is_set_aside(tmp_path: Path) -> None:
    """A paper with a flipped bit is not given out; it is set aside and noted."""
    ledger = Ledger(tmp_path)
    ledger.keep_paper(NAME, b"received")
    file = tmp_path / "papers" / NAME
    file.write_bytes(file.read_bytes().replace(b"received", b"receivfd"))
    assert ledger.paper(NAME) is None
    assert "damaged" in ledger.notes[0]
    assert ledger.papers() == frozenset()


@pytest.mark.parametrize("name", ["../facts.a", "programme-1", "x" * 90, f"Programme-{'a' * 64}"])
def test_no_name_leaves_the_directory(tmp_path: Path, name: str) -> None:
    """Only `<word>-<sha256>` names a paper."""
    with pytest.raises(Misuse):
        Ledger(tmp_path).keep_paper(name, b"x")


def test_lanes_may_write_at_once(tmp_path: Path) -> None:
    """Several lanes saving different facts lose none of them."""
    ledger = Ledger(tmp_path)

    def save(lane: int) -> None:
        for number in range(10):
            ledger.save(f"{lane}-{number}", number)

    lanes = [threading.Thread(target=save, args=(lane,)) for lane in range(4)]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    again = Ledger(tmp_path)
    assert all(again.load(f"{lane}-9", int) == 9 for lane in range(4))
