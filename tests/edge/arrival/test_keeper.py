"""The keeper of the network over a working likeness of it: a first start at a pole, with a phone and no laptop."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest

from contract.site import Mobile, Wifi
from edge.arrival.fake import FakeNetwork
from edge.arrival.keeper import OWN, Keeper
from edge.arrival.rule import AGAIN_S, LACKING_S, TRY_S, WINDOW_S
from edge.core.arrival import (
    MOST_BYTES,
    STATE,
    WISH,
    Entries,
    Mode,
    NetworkState,
    Outcome,
    Wish,
)
from edge.site.applying import SITE, TYPED, Folders, apply

CARD = 'central = "https://loa.dongthap.gov.vn"\n'
WIFI = Wifi(name="UBND xã Mỹ Phong", password="mat-khau-dai")
AIR = {WIFI.name: WIFI.password, "Quán Cà Phê": ""}


@dataclass
class Pole:
    """A machine with an empty network and a card; time passes when told to."""

    place: Path
    card: str = CARD
    now_s: float = 1_000.0
    folders: Folders = field(init=False)
    network: FakeNetwork = field(init=False)
    keeper: Keeper = field(init=False)

    def __post_init__(self) -> None:
        """Begin as the site unit leaves it."""
        for name in ("boot", "state", "wishes", "states"):
            (self.place / name).mkdir()
        self.folders = Folders(
            self.place / "boot", self.place / "state", self.place / "run", self.place / "nm"
        )
        (self.folders.boot / SITE).write_text(self.card)
        self.network = FakeNetwork(self.folders.connections, AIR)
        self.start()

    def start(self) -> None:
        """Power on: the site file is applied, the keeper begins."""
        apply(self.folders, "")
        self.keeper = Keeper(
            self.network,
            self.folders,
            self.place / "wishes",
            self.place / "states",
            mono=lambda: self.now_s,
        )
        self.network.reload()

    def pass_s(self, seconds: float) -> NetworkState:
        """Let time pass, a turn each second; return what the appliance reads then."""
        for _ in range(round(seconds)):
            self.now_s += 1.0
            self.keeper.turn()
        return self.read()

    def read(self) -> NetworkState:
        """Return what the appliance reads."""
        return msgspec.json.decode((self.place / "states" / STATE).read_bytes(), type=NetworkState)

    def wish(self, wish: Wish) -> None:
        """Leave a wish as the appliance does."""
        (self.place / "wishes" / WISH).write_bytes(msgspec.json.encode(wish))

    def type(self, entries: Entries, *, number: str = "01", assigned: bool = False) -> NetworkState:
        """Type something on the page, from a phone in our own network."""
        self.wish(Wish(id=number, entries=entries, page_used_mono_s=self.now_s, assigned=assigned))
        return self.pass_s(1)


@pytest.fixture
def pole(tmp_path: Path) -> Pole:
    """A pole without any network it knows."""
    return Pole(tmp_path)


def test_a_phone_finds_the_appliance_and_gives_it_a_network(pole: Pole) -> None:
    """After a minute and a half ours is up and lists what is near; what is typed is joined, kept, and ours is gone."""
    state = pole.pass_s(LACKING_S + 10)
    assert (state.mode, pole.network.own_is_up) == (Mode.OPEN, True)
    assert state.own is not None
    assert state.own.name.startswith("TiengLang-")
    assert {spot.name for spot in state.spots} == set(AIR)
    state = pole.type(Entries(wifi=WIFI))
    assert (state.taken, state.outcome, state.usable) == ("01", Outcome.JOINED, True)
    assert (pole.network.own_is_up, pole.network.joined) == (False, {"wifi"})
    pole.pass_s(30)
    assert pole.read().mode is Mode.REAL


def test_what_was_typed_survives_a_power_cut(pole: Pole) -> None:
    """The next start joins by itself: the site unit reads it before anything else runs."""
    pole.pass_s(LACKING_S + 10)
    pole.type(Entries(wifi=WIFI, claim_code="ABCDE-12345"))
    pole.network.joined.clear()
    pole.start()
    assert pole.pass_s(6).usable
    assert 'claim_code = "ABCDE-12345"' in (pole.folders.run / "edge.toml").read_text()
    assert stat.S_IMODE((pole.folders.state / TYPED).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("air", "addresses", "outcome"),
    [
        ({WIFI.name: "mat-khau-khac"}, True, Outcome.WRONG_PASSWORD),
        ({}, True, Outcome.NOT_FOUND),
        (AIR, False, Outcome.NO_ADDRESS),
    ],
)
def test_what_did_not_work_is_said_and_our_network_is_back_at_once(
    pole: Pole, air: dict[str, str], addresses: bool, outcome: Outcome
) -> None:
    """Whoever waits on the ladder does not wait for the next round of the rule."""
    pole.pass_s(LACKING_S + 10)
    pole.network.air, pole.network.gives_addresses = dict(air), addresses
    state = pole.type(Entries(wifi=WIFI))
    assert (state.outcome, state.mode, pole.network.own_is_up) == (outcome, Mode.OPEN, True)


def test_a_wrong_password_takes_nothing_away_that_was_known(tmp_path: Path) -> None:
    """The card's own network is still what is tried, with the card's own password."""
    pole = Pole(
        tmp_path, CARD + f'[network.wifi]\nname = "{WIFI.name}"\npassword = "{WIFI.password}"\n'
    )
    pole.network.air = {}
    pole.pass_s(LACKING_S + 10)
    pole.network.air = dict(AIR)
    wrong = msgspec.structs.replace(WIFI, password="khong-dung-dau")
    assert pole.type(Entries(wifi=wrong)).outcome is Outcome.WRONG_PASSWORD
    pole.wish(Wish(id="01"))
    assert pole.pass_s(AGAIN_S + TRY_S + 200).usable


def test_mobile_is_tried_beside_our_network(pole: Pole) -> None:
    """The phone stays with us and reads the answer; without a modem it says that."""
    pole.pass_s(LACKING_S + 10)
    mobile = Entries(mobile=Mobile(apn="v-internet"))
    state = pole.type(mobile)
    assert (state.outcome, pole.network.own_is_up) == (Outcome.NO_MODEM, True)
    pole.network.modem = True
    state = pole.type(mobile, number="02")
    assert (state.outcome, pole.network.own_is_up) == (Outcome.JOINED, True)
    pole.pass_s(400)
    assert not pole.network.own_is_up


def test_cable_only_is_answered_too(pole: Pole) -> None:
    """A cable that is in, or not."""
    pole.pass_s(LACKING_S + 10)
    assert pole.type(Entries()).outcome is Outcome.NO_CARRIER
    pole.network.cable = True
    assert pole.type(Entries(), number="02").outcome is Outcome.JOINED


def test_another_address_of_the_province_makes_the_appliance_start_again(pole: Pole) -> None:
    """Its settings are read at its start; a network alone changes none of them."""
    pole.pass_s(LACKING_S + 10)
    assert not pole.type(Entries(wifi=WIFI)).restart
    state = pole.type(Entries(central="https://loa.tinh.example"), number="02")
    assert (state.restart, state.central) == (True, "https://loa.tinh.example")


@pytest.mark.parametrize(
    "entries",
    [
        Entries(central="http://loa.tinh.example"),
        Entries(central="https://a@b"),
        Entries(claim_code="ABC"),
    ],
)
def test_what_does_not_fit_is_not_stored(pole: Pole, entries: Entries) -> None:
    """Whoever keeps the network judges it once more: the page is not believed."""
    pole.pass_s(LACKING_S + 10)
    assert pole.type(entries).outcome is Outcome.NOT_STORED
    assert not (pole.folders.state / TYPED).exists()


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"id": "01", "entries": {"wifi": {"name": "a\\nb"}}}',
        b'{"id": "../../etc", "entries": {}}',
        b'{"id": "01", "what": 1}',
        b'{"id": "' + b"0" * MOST_BYTES + b'"}',
    ],
)
def test_a_wish_that_is_none_changes_nothing(pole: Pole, text: bytes) -> None:
    """A taken-over appliance may write what it likes there: what is not a wish, whole and small, is not read."""
    pole.pass_s(LACKING_S + 10)
    (pole.place / "wishes" / WISH).write_bytes(text)
    state = pole.pass_s(3)
    assert (state.taken, state.mode) == ("", Mode.OPEN)


def test_a_wish_is_no_link_and_no_pipe(pole: Pole, tmp_path: Path) -> None:
    """Who may write there may not have another's file read, nor have the keeper wait for ever."""
    pole.pass_s(LACKING_S + 10)
    other = tmp_path / "other.json"
    other.write_bytes(msgspec.json.encode(Wish(id="01", entries=Entries(wifi=WIFI))))
    (pole.place / "wishes" / WISH).symlink_to(other)
    assert pole.pass_s(3).taken == ""
    (pole.place / "wishes" / WISH).unlink()
    os.mkfifo(pole.place / "wishes" / WISH)
    held = os.open(pole.place / "wishes" / WISH, os.O_RDWR)
    try:
        assert pole.pass_s(3).taken == ""
    finally:
        os.close(held)


def test_our_password_is_made_once_and_kept_from_others(pole: Pole) -> None:
    """Twelve digits for each appliance, the same at the next start; nobody else on the machine reads them."""
    first = pole.pass_s(LACKING_S + 10).own
    assert first is not None
    assert first.password.isdigit()
    assert len(first.password) == 12
    assert stat.S_IMODE((pole.folders.state / OWN).stat().st_mode) == 0o600
    assert stat.S_IMODE((pole.place / "states" / STATE).stat().st_mode) == 0o640
    pole.network.own_is_up = False
    pole.start()
    assert pole.pass_s(LACKING_S + 10).own == first


def test_the_claim_sheets_password_is_ours(tmp_path: Path) -> None:
    """What is printed on the sheet opens the network."""
    pole = Pole(tmp_path, CARD + 'setup_password = "hoa-sen-12"\n')
    own = pole.pass_s(LACKING_S + 10).own
    assert own is not None
    assert own.password == "hoa-sen-12"
    hotspot = (pole.folders.connections / "tienglang-hotspot.nmconnection").read_text()
    assert "psk=hoa-sen-12" in hotspot


def test_an_assigned_appliance_changes_its_network_and_nothing_else(pole: Pole) -> None:
    """By the button, from the page: whose it is stays as signed."""
    pole.network.cable = True
    pole.pass_s(WINDOW_S)
    pole.wish(Wish(assigned=True, held=1))
    assert pole.pass_s(1).mode is Mode.OPEN
    entries = Entries(wifi=WIFI, central="https://loa.tinh.example", claim_code="ABCDE-12345")
    state = pole.type(entries, assigned=True)
    assert (state.outcome, state.central, state.restart) == (
        Outcome.JOINED,
        "https://loa.dongthap.gov.vn",
        False,
    )


def test_a_start_after_a_kill_takes_our_network_down(pole: Pole) -> None:
    """What an earlier keeper left up is not left up when there is a network."""
    pole.network.own_is_up = pole.network.cable = True
    pole.pass_s(1)
    assert not pole.network.own_is_up
