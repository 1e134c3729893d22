"""The repository of the chain: taken, completed with the online half, kept alive, and never half."""

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata, Snapshot, Timestamp
from tuf.ngclient._internal.trusted_metadata_set import TrustedMetadataSet
from tuf.ngclient.config import EnvelopeType

from central.services import House, open_house
from central.services.repository import Repository
from central.signing import OnlineKeys
from contract.codec import decode_keyring, encode_keyring
from contract.documents import Role
from contract.errors import RefusalCode, Refused, Stale
from contract.seal import SigningKey
from contract.testing import Authority, device_key
from tests.central.setting import Province, bundle_of, repository_of, site_settings


@pytest.fixture
def house(province: Province) -> House:
    """The house of the province."""
    return province.house


def followed(province: Province) -> tuple[int, int, int]:
    """Return root, targets and epoch as an appliance with the first root finds them at the steered time.

    The library's own rules judge what `/tuf` serves; any flaw raises.
    """
    repository = province.house.repository
    trusted = TrustedMetadataSet(got(repository, "1.root.json"), EnvelopeType.METADATA)
    trusted.reference_time = province.now
    while (data := repository.metadata(f"{trusted.root.version + 1}.root.json")) is not None:
        trusted.update_root(data)
    timestamp = trusted.update_timestamp(got(repository, "timestamp.json"))
    number = timestamp.snapshot_meta.version
    snapshot = trusted.update_snapshot(got(repository, f"{number}.snapshot.json"))
    number = snapshot.meta["targets.json"].version
    targets = trusted.update_targets(got(repository, f"{number}.targets.json"))
    named = targets.targets["keyring.json"]
    data = repository.target(f"{named.hashes['sha256']}.keyring.json")
    assert data is not None
    named.verify_length_and_hashes(data)
    assert data == (province.house.settings.repository / "keyring.json").read_bytes()
    return trusted.root.version, targets.version, decode_keyring(data).epoch


def got(repository: Repository, name: str) -> bytes:
    """Return a file of metadata that must be there."""
    data = repository.metadata(name)
    assert data is not None, name
    return data


def timestamp_of(house: House) -> Timestamp:
    """Return the timestamp as it is served."""
    return Metadata[Timestamp].from_bytes(got(house.repository, "timestamp.json")).signed


def snapshot_of(house: House) -> Snapshot:
    """Return the snapshot that the timestamp names."""
    name = f"{timestamp_of(house).snapshot_meta.version}.snapshot.json"
    return Metadata[Snapshot].from_bytes(got(house.repository, name)).signed


def test_an_opened_house_serves_a_chain_that_an_appliance_follows(province: Province) -> None:
    """From the first root alone an appliance comes to the keyring; snapshot and timestamp were made at the start."""
    assert followed(province) == (1, 1, 1)
    assert timestamp_of(province.house).expires == province.now + timedelta(days=7)
    assert snapshot_of(province.house).expires == province.now + timedelta(days=30)


def test_a_newer_chain_is_taken_and_obeyed_by_central_itself(province: Province) -> None:
    """After a ceremony an appliance finds the new epoch, and central judges by it at once."""
    key = province.authority.add_key(Role.APPROVE)
    province.keep_keyring()
    assert followed(province) == (1, 2, 2)
    assert key.public in {k.key for k in province.house.keyring.current().keys}


def test_roots_people_and_targets_change_together(province: Province) -> None:
    """Two roots further, signed by other people, with other targets' people: all in one bundle."""
    made = repository_of(province.authority)
    made.rotate(root_keys=[*made.root_keys[1:], device_key("Mai")])
    made.rotate(target_keys=[device_key("a"), device_key("b")])
    province.authority.add_key(Role.APPROVE)
    made.publish(province.authority.keyring)
    province.house.repository.take(bundle_of(made), province.now)
    assert followed(province) == (3, 2, 2)


def test_the_same_chain_again_is_stale_and_an_older_one_refused(province: Province) -> None:
    """Handing in twice harms nothing; a forgotten copy of the ceremony's folder takes nothing back."""
    old = bundle_of(repository_of(province.authority))
    with pytest.raises(Stale):
        province.house.repository.take(old, province.now)
    province.authority.add_key(Role.APPROVE)
    province.keep_keyring()
    with pytest.raises(Refused) as caught:
        province.house.repository.take(old, province.now)
    assert caught.value.code is RefusalCode.OLD_VERSION
    assert followed(province) == (1, 2, 2)


def test_what_has_run_out_is_not_taken(province: Province) -> None:
    """A bundle whose targets have run out meanwhile is refused; signed anew it is taken."""
    made = repository_of(province.authority)
    province.authority.add_key(Role.APPROVE)
    made.publish(province.authority.keyring)
    province.clock.pass_by(timedelta(days=366))
    with pytest.raises(Refused, match="ran out") as caught:
        province.house.repository.take(bundle_of(made), province.now)
    assert caught.value.code is RefusalCode.EXPIRED


def test_a_root_that_names_other_online_keys_is_refused_with_what_to_do(province: Province) -> None:
    """The server could not sign under it: the old chain stays, and the way is said. With its own keys it is taken."""
    made = repository_of(province.authority)
    made.rotate(timestamp_key=device_key("another server"))
    made.publish(province.authority.keyring)
    with pytest.raises(Refused, match="timestamp_key of this server is not the one"):
        province.house.repository.take(bundle_of(made), province.now)
    assert followed(province) == (1, 1, 1)


def test_a_rotated_online_key_signs_after_the_restart(province: Province) -> None:
    """Folder published by hand, key files exchanged, central started: the new keys sign, the old are worth nothing."""
    made = repository_of(province.authority)
    new = SigningKey.generate()
    before = timestamp_of(province.house).version
    made.rotate(snapshot_key=new, timestamp_key=new)
    settings = province.house.settings
    (settings.repository / "metadata" / "2.root.json").write_bytes(
        made.files["metadata/2.root.json"]
    )
    for file in (settings.snapshot_key, settings.timestamp_key):
        file.write_bytes(new.to_pem(None))
    province.reopen()
    assert followed(province) == (2, 1, 1)
    assert timestamp_of(province.house).version > before


def test_the_timestamp_is_signed_daily_and_the_snapshot_for_its_last_third(
    province: Province,
) -> None:
    """An hour later nothing is signed; a day later the timestamp; after twenty days the snapshot too."""
    house = province.house
    first, snapshot = timestamp_of(house), snapshot_of(house)
    province.clock.pass_by(timedelta(hours=1))
    house.repository.tend(province.now)
    assert timestamp_of(house) == first
    province.clock.pass_by(timedelta(hours=23))
    house.repository.tend(province.now)
    assert timestamp_of(house).expires == province.now + timedelta(days=7)
    assert snapshot_of(house) == snapshot
    province.clock.pass_by(timedelta(days=19))
    house.repository.tend(province.now)
    assert snapshot_of(house).expires == province.now + timedelta(days=30)
    assert followed(province) == (1, 1, 1)


def test_versions_rise_also_after_an_old_backup(province: Province) -> None:
    """A server set up from a backup of weeks ago is ahead of what appliances have seen, not behind it."""
    house = province.house
    folder = house.settings.repository
    backup = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    for _ in range(5):
        province.clock.pass_by(timedelta(days=5))
        house.repository.tend(province.now)
    newest = timestamp_of(house).version
    for file, data in backup.items():
        file.write_bytes(data)
    province.clock.pass_by(timedelta(days=1))
    province.reopen()
    assert timestamp_of(province.house).version > newest


def test_a_chain_published_into_the_folder_is_found_by_the_chore(province: Province) -> None:
    """What the officer brought on a stick is served and told of at the next look."""
    made = repository_of(province.authority)
    province.authority.add_key(Role.APPROVE)
    made.publish(province.authority.keyring)
    folder = province.house.settings.repository
    for name, data in made.files.items():
        if name.startswith("targets/") or name.endswith("2.targets.json"):
            (folder / name).write_bytes(data)
    assert province.house.repository.tend(province.now)
    assert followed(province) == (1, 2, 2)
    assert not province.house.repository.tend(province.now)


@pytest.mark.parametrize("files", range(10))
def test_a_publication_killed_at_any_file_leaves_a_whole_chain(
    province: Province, files: int
) -> None:
    """A child process dies after so many files are durable: before and after the restart an appliance finds a chain."""
    made = repository_of(province.authority)
    made.rotate(target_keys=[device_key("a"), device_key("b")])
    made.rotate()
    province.authority.add_key(Role.APPROVE)
    made.publish(province.authority.keyring)
    repository = province.house.repository
    child = os.fork()
    if child == 0:
        _die_after(files)
        try:
            repository.take(bundle_of(made), province.now)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == (9 if files < 9 else 0)
    province.reopen()
    assert followed(province) in {(1, 1, 1), (3, 2, 2)}
    province.house.repository.tend(province.now)
    try:
        province.house.repository.take(bundle_of(made), province.now)
    except Stale:
        assert files >= 4
    assert followed(province) == (3, 2, 2)


def _die_after(files: int) -> None:
    """Have this process die by the kernel's hand at the rename that would put one more file in place."""
    left = files

    def audit(event: str, _: tuple[object, ...]) -> None:
        nonlocal left
        if event == "os.rename":
            left -= 1
            if left < 0:
                os._exit(9)

    sys.addaudithook(audit)


def test_a_damaged_folder_is_refused_at_the_start_with_the_command(province: Province) -> None:
    """Half a targets file, of which appliances know, stops the start with what to run; mended it opens."""
    file = province.house.settings.repository / "metadata" / "1.targets.json"
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    with pytest.raises(Refused, match="tienglang-provision trust publish CEREMONY --to"):
        province.reopen()
    file.write_bytes(whole)
    province.reopen()


def test_a_plain_copy_that_was_meddled_with_is_put_right(province: Province) -> None:
    """The keyring that central judges by is the one the chain signs, whatever lies in its place."""
    copy = province.house.settings.repository / "keyring.json"
    stranger = Authority.make("dt", seed="stranger")
    copy.write_bytes(encode_keyring(stranger.keyring))
    province.reopen()
    assert province.house.keyring.current() == province.authority.keyring


def test_an_expired_chain_stops_the_start_unless_told(tmp_path: Path, authority: Authority) -> None:
    """With a chain that has run out `serve` ends with what to run; told so it goes on, and appliances keep theirs."""
    settings = site_settings(tmp_path, authority)
    late = authority.now + timedelta(days=366)
    with pytest.raises(Refused, match="trust rotate") as caught:
        open_house(settings, clock=lambda: late)
    assert caught.value.code is RefusalCode.EXPIRED
    open_house(settings, clock=lambda: late, even_expired=True).close()


def test_the_wrong_online_key_stops_the_start(tmp_path: Path, authority: Authority) -> None:
    """Central says which setting holds a key that the root does not name, and how to name it."""
    settings = site_settings(tmp_path, authority)
    settings.snapshot_key.write_bytes(SigningKey.generate().to_pem(None))
    with pytest.raises(Refused, match="trust rotate --snapshot"):
        open_house(settings, clock=lambda: authority.now)


@pytest.mark.parametrize(
    "name",
    [
        "../keyring.json", "..%2fkeyring.json", "root.json", "0.root.json", "01.root.json", "1.root.json.part",
        "1.snapshot.json/", "timestamp.json\n", ".timestamp.json.part", "2.root.json", "",
    ],
)  # fmt: skip
def test_only_names_of_the_chain_are_served(house: House, name: str) -> None:
    """No other path is ever opened; the names of the chain are."""
    assert house.repository.metadata(name) is None
    assert house.repository.target(name) is None
    assert house.repository.metadata("1.root.json") is not None


def test_only_signing_holds_the_online_keys(province: Province) -> None:
    """The repository asks for signatures and never sees a key."""
    keys = OnlineKeys.load(province.house.settings)
    message = b"bytes of metadata"
    assert len(keys.snapshot.sign(message)) == 64
    assert not hasattr(keys.snapshot, "to_pem")
