"""The appliance's own words at start: what is wrong, in which file, and what to do next."""

import socket
from pathlib import Path

import msgspec
import pytest

from contract import codec
from contract.testing import Authority
from edge.__main__ import main
from edge.appliance import AlreadyRunning, sole_owner
from edge.config import load
from edge.core.desk import Desk
from edge.front import own_hosts
from edge.journal import Journal, replay
from tests.edge.core.world import World, slot, started


def settings(folder: Path, **changes: object) -> Path:
    """Write settings for an appliance that could start, changed as said."""
    (folder / "keyring.json").write_bytes(codec.encode_keyring(Authority.make().keyring))
    values: dict[str, object] = {
        "central": "http://127.0.0.1:9",
        "keyring": str(folder / "keyring.json"),
        "listen_host": "127.0.0.1",
        "listen_port": 0,
        "pins": "mock",
        "neighbours": False,
    }
    file = folder / "edge.toml"
    lines = [f"{k} = {msgspec.json.encode(v).decode()}" for k, v in (values | changes).items()]
    file.write_text("\n".join(lines))
    return file


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"clok": "system"}, "unknown key 'clok'; did you mean 'clock'?"),
        ({"pins": "guess"}, "pins"),
        ({"central": "ftp://x"}, "central"),
        ({"listen_port": 70_000}, "listen_port"),
        ({"keyring": "/nowhere/keyring.json"}, "put the province's keyring there"),
    ],
)
def test_a_wrong_setting_refuses_to_start_and_says_which(
    changes: dict[str, object], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown key or a value out of range is named; nothing is started."""
    file = settings(tmp_path, **changes)
    assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    assert said in capsys.readouterr().err


def test_all_faults_of_a_settings_file_are_told_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two mistakes cost one visit, not two."""
    file = settings(tmp_path, clok="system", listen_port=70_000)
    assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    said = capsys.readouterr().err
    assert "clok" in said
    assert "listen_port" in said


def test_good_settings_are_read(tmp_path: Path) -> None:
    """The twin of the refusals: the same file without the fault is taken."""
    assert load(settings(tmp_path)).pins == "mock"


def test_a_damaged_keyring_refuses_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A keyring file with other bytes is named, with what to do."""
    file = settings(tmp_path)
    (tmp_path / "keyring.json").write_bytes(b'{"epoch": 1}')
    assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    assert "is no keyring" in capsys.readouterr().err


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """When another program holds the page's port the appliance says so and how to go on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        file = settings(tmp_path, listen_port=port)
        assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    assert f"127.0.0.1:{port}" in capsys.readouterr().err


def test_one_state_directory_has_one_owner(tmp_path: Path) -> None:
    """A second process on the same state is refused; after the first has gone it may start."""
    with (
        sole_owner(tmp_path),
        pytest.raises(AlreadyRunning, match="another tienglang-edge"),
        sole_owner(tmp_path),
    ):
        pass
    with sole_owner(tmp_path):
        pass


def test_the_page_answers_only_to_its_own_names() -> None:
    """Loopback, the host's name and named hosts are known; others are not."""
    hosts = own_hosts(("Loa-Ap-1.local",))
    assert {"localhost", "127.0.0.1", "loa-ap-1.local"} <= hosts
    assert "example.org" not in hosts


def test_identity_is_made_once_and_told_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same state tells the same id again."""
    assert main(["--state", str(tmp_path / "s"), "identity"]) == 0
    assert main(["--state", str(tmp_path / "s"), "identity"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert len(msgspec.json.decode(first)["device"]) == 16


def journalled(folder: Path) -> Path:
    """Return the journal of a short life."""
    world = World()
    journal = Journal(folder)
    before = world.desk
    world.watch = lambda w, d: journal.record(before_of(w), w.now, w.turns[-1][1], d)
    assert before == before_of(world)
    world.happen(started(slot()))
    world.run(25)
    journal.close()
    (file,) = folder.glob("*.jsonl")
    return file


def before_of(world: World) -> Desk:
    """Return the desk before the world's present turn."""
    return world.decisions[-2].desk if len(world.decisions) > 1 else Desk()


def test_a_journal_replays_and_a_changed_event_shows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An honest journal replays alike; one with a changed event is caught with its line; a torn end is no fault."""
    file = journalled(tmp_path)
    assert all(turn.same for turn in replay(file))
    assert main(["replay", str(file)]) == 0
    whole = file.read_bytes()
    file.write_bytes(whole[:-7])
    assert main(["replay", str(file)]) == 0
    file.write_bytes(whole.replace(b'"clock":"trusted"', b'"clock":"unknown"', 1))
    capsys.readouterr()
    assert main(["replay", str(file)]) == 1
    assert "decided differently" in capsys.readouterr().err
