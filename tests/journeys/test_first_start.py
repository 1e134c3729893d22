"""A first start at a pole: a real appliance and the keeper of its network, its words recorded at the real sound server.

The radio is a likeness: this machine has none. Everything else is what the card runs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from contract import policy
from contract.documents import Policy, Rank
from contract.testing import Authority
from contract.testing_chain import Repository
from edge.arrival.fake import FakeNetwork
from edge.arrival.keeper import Keeper
from edge.arrival.rule import LACKING_S
from edge.core.arrival import SHOWN, STATE, Fault, Mode, NetworkState, Outcome, Shown
from edge.site.applying import SITE, Folders, apply
from provisioning.rehearsal.sound import SoundServer
from tests.edge.box import Box

NAME, PASSWORD = "UBND xã Mỹ Phong", "mat-khau-dai"
ELSEWHERE = "https://loa.tinh.example"
WORDS_S = 8.0  # what is said takes longer


@dataclass
class Pole:
    """The machine's folders, the keeper over a likeness of the air, and a clock that may be set ahead."""

    place: Path
    ahead_s: float = 0.0
    folders: Folders = field(init=False)

    def __post_init__(self) -> None:
        """Begin as the site unit leaves a card without a network, with a mistake in a newer site file."""
        for name in ("boot", "state", "wishes", "states"):
            (self.place / name).mkdir(parents=True)
        self.folders = Folders(
            self.place / "boot", self.place / "state", self.place / "run", self.place / "nm"
        )
        (self.folders.boot / SITE).write_text('central = "https://loa.dongthap.gov.vn"\n')
        apply(self.folders, "")
        self.keeper = Keeper(
            FakeNetwork(self.folders.connections, {NAME: PASSWORD}),
            self.folders,
            self.place / "wishes",
            self.place / "states",
            mono=lambda: time.monotonic() + self.ahead_s,
        )

    def state(self) -> NetworkState:
        """Return what the keeper tells."""
        return msgspec.json.decode((self.place / "states" / STATE).read_bytes(), type=NetworkState)

    def shown(self) -> str:
        """Return what the screen is told."""
        file = self.place / "wishes" / SHOWN
        return "\n".join(msgspec.json.decode(file.read_bytes(), type=Shown).lines)


def wait(so: Callable[[], bool], what: str, within_s: float = 20.0) -> None:
    """Wait until something is so."""
    limit_s = time.monotonic() + within_s
    while not so():
        assert time.monotonic() < limit_s, what
        time.sleep(0.1)


@pytest.mark.drill
@pytest.mark.timeout(180)
def test_from_no_network_to_the_provinces_address(tmp_path: Path) -> None:
    """It says its Wi-Fi aloud unless it is night, takes what is typed on the page, and starts again with it."""
    pole = Pole(tmp_path / "pole")
    chain = Repository.make(Authority.make(now=datetime.now(UTC)).keyring, now=datetime.now(UTC))
    fault = Fault(line=12, vi="thiếu central", en="central is missing")
    (pole.folders.run / "faults.json").write_bytes(msgspec.json.encode((fault,)))
    with SoundServer() as sound, sound.recorder() as recorder:
        box = Box(
            tmp_path,
            "http://127.0.0.1:9",
            chain.files,
            pulse_server=sound.server,
            sink="speakers",
            arrival_dir=str(pole.place / "states"),
            wish_dir=str(pole.place / "wishes"),
            faults_file=str(pole.folders.run / "faults.json"),
        )
        try:
            pole.keeper.turn()
            pole.ahead_s = LACKING_S
            box.start()
            pole.keeper.turn()
            own = pole.state().own
            assert own is not None
            wait(lambda: own.password in pole.shown(), "the screen tells our network")
            assert "Tệp cấu hình có lỗi ở dòng 12: thiếu central." in pole.shown()

            zone = ZoneInfo("Asia/Ho_Chi_Minh")
            now = datetime.now(UTC)
            awake = policy.verdict(Policy(), zone.key, now, Rank.NORMAL, 0.0, 0.0).allowed
            time.sleep(WORDS_S)
            heard = recorder.so_far().segments(threshold_dbfs=-60.0, min_gap_s=0.5)
            assert bool(heard) == awake
            if awake:
                assert sum(each.length_s for each in heard) > 2.0
                assert max(each.level_dbfs for each in heard) < -12.0  # low: nobody asked for it

            assert box.client.get("/network").status_code == 200
            typed = {"way": "wifi", "spot": NAME, "password": PASSWORD, "central": ELSEWHERE}
            assert box.post("/network", **typed).status_code == 303
            assert "Đang thử mạng…" in box.client.get("/network").text
            pole.keeper.turn()
            state = pole.state()
            assert (state.outcome, state.restart, state.mode) == (Outcome.JOINED, True, Mode.REAL)
            assert f'central = "{ELSEWHERE}"' in (pole.folders.run / "edge.toml").read_text()
            assert box.ended() == 0
            box.start()
            assert box.told("assigned") is False
        finally:
            box.stop()
