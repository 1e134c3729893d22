"""The appliance's own words at start: what is wrong, in which file, and what to do next."""

import asyncio
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from contract import codec
from contract.documents import Restart, Role
from contract.keyring import NOBODY
from contract.settings import BadSettings
from contract.testing import Authority
from contract.testing_chain import Repository
from edge.__main__ import main
from edge.appliance import AlreadyRunning, Appliance, sole_owner
from edge.config import load
from edge.core.desk import Desk
from edge.core.orders import Synchronise
from edge.journal import Journal, replay
from tests.edge.adapters.chain_rig import Shelves, lay_out
from tests.edge.adapters.link_rig import until
from tests.edge.core.world import World, slot, started


def settings(folder: Path, **changes: object) -> Path:
    """Write settings for an appliance that could start, changed as said."""
    lay_out(Repository.make(Authority.make().keyring).files, folder / "trust")
    values: dict[str, object] = {
        "central": "http://127.0.0.1:9",
        "trust_dir": str(folder / "trust"),
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
        (
            {"trust_dir": "/nowhere"},
            "/nowhere/root.json cannot be read (No such file or directory)",
        ),
        ({"keyring": "/nowhere/keyring.json"}, "unknown key 'keyring'"),
        (
            {"download_hours": ["22-5"]},
            "download_hours: '22-5' is no span of hours: write it as \"22:00-05:00\"",
        ),
        ({"download_hours": ["22:00-05:00", ""]}, "download_hours: '' is no span"),
        ({"tls_cert_file": "/nowhere/page.pem"}, "tls_cert_file is set without tls_key_file"),
        ({"tls_key_file": "/nowhere/page.key"}, "tls_key_file is set without tls_cert_file"),
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


def test_what_only_the_sense_shows_is_told_with_the_rest(tmp_path: Path) -> None:
    """Hours that are none and half a certificate are told in the same message as a mistyped key."""
    file = settings(tmp_path, clok="system", download_hours=["5-22", "x"], tls_cert_file="/x")
    with pytest.raises(BadSettings) as refused:
        load(file)
    assert len(refused.value.faults) == 4
    file.write_text("clock =")
    with pytest.raises(BadSettings, match="not TOML"):
        load(file)


def test_good_settings_are_read(tmp_path: Path) -> None:
    """The twin of the refusals: the same file without the fault is taken."""
    assert load(settings(tmp_path)).pins == "mock"
    hours = ("22:00-05:00", "12:00-13:00")
    assert load(settings(tmp_path, download_hours=list(hours))).download_hours == hours


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two certificates and their keys, plain and under a passphrase."""
    folder, now = tmp_path_factory.mktemp("certificates"), datetime.now(UTC)
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    plain, locked = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"x")
    for name in ("page", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = x509.CertificateBuilder().subject_name(who).issuer_name(who)
        made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
        made = made.not_valid_before(now).not_valid_after(now + timedelta(days=2))
        signed = made.sign(key, hashes.SHA256())
        (folder / f"{name}.pem").write_bytes(signed.public_bytes(pem))
        (folder / f"{name}.key").write_bytes(key.private_bytes(pem, pkcs8, plain))
        (folder / f"{name}-locked.key").write_bytes(key.private_bytes(pem, pkcs8, locked))
    (folder / "text.pem").write_text("xin chào")
    return folder


@pytest.mark.parametrize(
    ("cert", "key", "said"),
    [
        ("nowhere.pem", "page.key", "tls_cert_file: {cert} cannot be read (No such file"),
        ("page.pem", "nowhere.key", "tls_key_file: {key} cannot be read (No such file"),
        ("page.pem", "", "tls_key_file: {key} cannot be read (Is a directory"),
        ("text.pem", "page.key", "{cert} and {key} are no certificate and key"),
        ("page.pem", "text.pem", "{cert} and {key} are no certificate and key"),
        ("page.pem", "other.key", "{cert} and {key} are no certificate and key"),
        ("page.pem", "page-locked.key", "{cert} and {key} are no certificate and key"),
    ],
)
def test_a_certificate_that_is_none_refuses_to_start(
    cert: str,
    key: str,
    said: str,
    certificates: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Files that cannot be read, hold none, do not belong together or ask for a passphrase are named; no traceback."""
    names = {"cert": str(certificates / cert), "key": str(certificates / key)}
    file = settings(tmp_path, tls_cert_file=names["cert"], tls_key_file=names["key"])
    assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    told = capsys.readouterr().err
    assert said.format(**names) in told
    assert "Traceback" not in told
    assert not (tmp_path / "state").exists()


def test_a_certificate_with_its_key_is_taken(certificates: Path, tmp_path: Path) -> None:
    """The twin: a certificate and its own key in PEM are settings like any other."""
    cert, key = str(certificates / "page.pem"), str(certificates / "page.key")
    read = load(settings(tmp_path, tls_cert_file=cert, tls_key_file=key))
    assert (read.tls_cert_file, read.tls_key_file) == (cert, key)


def test_a_damaged_root_refuses_to_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A root with other bytes is named, with what to do."""
    file = settings(tmp_path)
    root = tmp_path / "trust" / "root.json"
    root.write_bytes(root.read_bytes().replace(b'"threshold":2', b'"threshold":1'))
    assert main(["--config", str(file), "--state", str(tmp_path / "state")]) == 1
    assert "root.json is no root: fetch the province's again" in capsys.readouterr().err


@pytest.mark.parametrize("brings", [True, False])
def test_what_the_image_brings_of_the_chain_is_in_force_from_the_start(
    brings: bool, tmp_path: Path
) -> None:
    """With a repository beside its root an appliance knows without any network who may sign; without one, nobody."""
    file = settings(tmp_path)
    keyring = tmp_path / "trust" / "targets" / "keyring.json"
    wanted = codec.decode_keyring(keyring.read_bytes())
    if not brings:
        shutil.rmtree(tmp_path / "trust" / "metadata")

    async def begun() -> Appliance:
        return Appliance(load(file), tmp_path / "state")

    for _ in range(2):  # and again after a restart
        appliance = asyncio.run(begun())
        assert appliance.gate.state.keyring == (wanted if brings else NOBODY)
        appliance.hands.stop()
        appliance.reactor.close()


def test_an_appliance_asks_the_chain_at_the_start_on_a_hint_and_for_a_paper(tmp_path: Path) -> None:
    """Wired as it lives: nobody's at first; then the keyring of central, the next on a hint, the next for a paper."""
    authority = Authority.make(now=datetime.now(UTC))
    repo = Repository.make(authority.keyring, now=authority.now)
    with Shelves(repo.files).open() as central:
        file = settings(tmp_path, central=central.url, clock="system")
        lay_out({"root.json": repo.baked}, tmp_path / "own")
        file.write_text(file.read_text().replace(f"{tmp_path}/trust", f"{tmp_path}/own"))

        async def begun() -> Appliance:
            return Appliance(load(file), tmp_path / "state")

        appliance = asyncio.run(begun())
        gate, hands = appliance.gate, appliance.hands
        assert gate.state.keyring == NOBODY
        hands.obey(Synchronise())
        until(lambda: gate.state.keyring.epoch == 1)
        gate.admit(authority.assign(appliance.identity.public), "poll")
        authority.add_key(Role.EMERGENCY)
        repo.publish(authority.keyring)
        hands._hinted("keyring")
        until(lambda: gate.state.keyring.epoch == 2)
        stranger = authority.add_key(Role.EMERGENCY)
        repo.publish(authority.keyring)
        gate.admit(authority.announce(by=[stranger]), "push")
        until(lambda: gate.state.keyring.epoch == 3 and bool(gate.restore().announcements))
        hands.stop()
        appliance.reactor.close()


def test_a_restart_ends_the_program_in_order(tmp_path: Path) -> None:
    """An appliance that the province has begin anew takes the order as its own and ends by itself."""
    authority = Authority.make(now=datetime.now(UTC))
    file, state = settings(tmp_path, clock="system"), tmp_path / "state"
    lay_out(Repository.make(authority.keyring, now=authority.now).files, tmp_path / "trust")

    async def lived() -> Appliance:
        appliance = Appliance(load(file), state)
        living = asyncio.create_task(appliance.run())
        await asyncio.sleep(0)
        device = appliance.identity.device
        appliance.gate.admit(authority.assign(appliance.identity.public), "poll")
        appliance.gate.admit(authority.command(device, Restart()), "push")
        await asyncio.wait_for(living, 30)
        return appliance

    appliance = asyncio.run(lived())
    assert appliance.gate.state.command_counter == 1


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
