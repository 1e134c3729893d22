"""The way to whoever keeps the network: what is read strictly, and what is left for whom."""

import stat
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from contract.site import Wifi
from edge.adapters.arrival import USED_EVERY_S, Arrival
from edge.core.arrival import (
    MOST_BYTES,
    SHOWN,
    STATE,
    WISH,
    Entries,
    Fault,
    NetworkState,
    OwnNetwork,
    Shown,
    Wish,
)
from edge.core.events import ArrivalSeen, Happening
from edge.core.orders import TellNetwork


@dataclass
class Machine:
    """Two folders, a file of faults, and what was posted."""

    place: Path
    now_s: float = 100.0
    posted: list[Happening] = field(default_factory=list)
    ended: int = 0

    def __post_init__(self) -> None:
        """Begin with empty folders."""
        for name in ("states", "wishes"):
            (self.place / name).mkdir()
        self.arrival = Arrival(
            self.place / "states",
            self.place / "wishes",
            self.place / "faults.json",
            self.posted.append,
            self.end,
            mono=lambda: self.now_s,
        )

    def end(self) -> None:
        """Count the ends of the process."""
        self.ended += 1

    def tell(self, state: NetworkState) -> None:
        """Write the state as the keeper does."""
        (self.place / "states" / STATE).write_bytes(msgspec.json.encode(state))

    def wish(self) -> Wish:
        """Return the wish as the keeper reads it."""
        return msgspec.json.decode((self.place / "wishes" / WISH).read_bytes(), type=Wish)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine on which nobody has told anything."""
    return Machine(tmp_path)


def test_our_own_network_and_a_fault_are_posted_once(machine: Machine) -> None:
    """Each change is one event; the fault is the sentence that the screen shows."""
    own = OwnNetwork(name="TiengLang-4821", password="123456789012")
    machine.arrival.look()
    machine.tell(NetworkState(own=own))
    fault = Fault(line=12, vi="thiếu central", en="central is missing")
    (machine.place / "faults.json").write_bytes(msgspec.json.encode((fault,)))
    machine.arrival.look()
    machine.arrival.look()
    told = ArrivalSeen(own=own, fault="Tệp cấu hình có lỗi ở dòng 12: thiếu central.")
    assert machine.posted == [ArrivalSeen(), told]


@pytest.mark.parametrize("text", [b"", b"{", b'{"mode":"flying"}', b" " * (MOST_BYTES + 1)])
def test_a_state_that_is_none_is_as_none(machine: Machine, text: bytes) -> None:
    """A keeper of another release, or half a file, breaks no page."""
    (machine.place / "states" / STATE).write_bytes(text)
    assert machine.arrival.state() is None
    machine.arrival.look()


def test_what_was_typed_is_left_for_the_keepers_group_alone(machine: Machine) -> None:
    """A password lies in memory, whole, readable by one group; the screen's file holds none and is for all."""
    wifi = Wifi(name="Ấp 1", password="mat-khau-dai")
    machine.arrival.obey(TellNetwork(assigned=False, held=2, shown=Shown(lines=("a",))))
    name = machine.arrival.type(Entries(wifi=wifi))
    assert machine.wish() == Wish(held=2, id=name, entries=Entries(wifi=wifi))
    modes = {
        file: stat.S_IMODE((machine.place / "wishes" / file).stat().st_mode)
        for file in (WISH, SHOWN)
    }
    assert modes == {WISH: 0o640, SHOWN: 0o644}
    assert machine.arrival.type(Entries()) != name


def test_a_page_being_used_is_told_at_most_every_ten_seconds(machine: Machine) -> None:
    """A waiting page asks every two."""
    machine.arrival.used()
    machine.now_s += USED_EVERY_S - 1
    machine.arrival.used()
    assert machine.wish().page_used_mono_s == 100.0
    machine.now_s += 1
    machine.arrival.used()
    assert machine.wish().page_used_mono_s == 100.0 + USED_EVERY_S


def test_other_settings_start_the_appliance_again_once(machine: Machine) -> None:
    """Only those that this process's page had typed: a state that lies there from before ends nobody."""
    machine.tell(NetworkState(taken="0123", restart=True))
    machine.arrival.look()
    assert machine.ended == 0
    name = machine.arrival.type(Entries(central="https://loa.tinh.gov.vn"))
    machine.tell(NetworkState(taken=name, restart=True))
    machine.arrival.look()
    machine.arrival.look()
    assert machine.ended == 1
