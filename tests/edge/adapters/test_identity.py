"""The identity: made once, kept private, mended, never silently replaced."""

from pathlib import Path

import pytest

from contract.seal import device_id, verify_raw
from edge.adapters.identity import NAMES, Identity, IdentityLost


def test_key_is_made_once(tmp_path: Path) -> None:
    """The first start makes the key, every later one finds it."""
    first = Identity.open(tmp_path / "deep" / "er")
    again = Identity.open(tmp_path / "deep" / "er")
    assert first.public == again.public
    assert first.device == device_id(first.public)
    assert Identity.open(tmp_path / "other").public != first.public


def test_key_is_private(tmp_path: Path) -> None:
    """Only the owner can read the key files, even if somebody opened them up."""
    Identity.open(tmp_path)
    (tmp_path / NAMES[0]).chmod(0o644)
    Identity.open(tmp_path)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in NAMES] == [0o600, 0o600]


def test_signature_is_the_device_keys(tmp_path: Path) -> None:
    """What the identity signs verifies under its public key."""
    identity = Identity.open(tmp_path)
    assert verify_raw(identity.public, b"message", identity.sign(b"message"))
    assert not verify_raw(identity.public, b"another", identity.sign(b"message"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("damage", ["gone", "empty", "rubbish"])
def test_one_damaged_file_is_mended(tmp_path: Path, name: str, damage: str) -> None:
    """One damaged or lost key file is mended from the other; the appliance stays who it is."""
    first = Identity.open(tmp_path)
    if damage == "gone":
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(b"" if damage == "empty" else b"rubbish" * 50)
    assert Identity.open(tmp_path).public == first.public
    other = NAMES[1 - NAMES.index(name)]
    (tmp_path / other).unlink()
    assert Identity.open(tmp_path).public == first.public


def test_lost_key_is_not_replaced_in_silence(tmp_path: Path) -> None:
    """With both files damaged no new key is made: that is for the installer, twice over."""
    Identity.open(tmp_path)
    for name in NAMES:
        (tmp_path / name).write_bytes(b"rubbish")
    for _ in range(2):
        with pytest.raises(IdentityLost, match="enrol anew"):
            Identity.open(tmp_path)
