"""The card's site file applied on a machine: good, bad, missing, and after a good one went bad."""

import os
import stat
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.site.applying import ERRORS, GOOD, SITE, Applied, Folders, apply

GOOD_SITE = 'central = "https://loa.dongthap.gov.vn"\n[network.wifi]\nname = "Xã"\npassword = "mat-khau-dai"\n'
CARDS = " 0 [Device         ]: USB-Audio - USB Audio Device\n"


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A machine with an empty card."""
    for name in ("boot", "state"):
        (tmp_path / name).mkdir()
    return Folders(tmp_path / "boot", tmp_path / "state", tmp_path / "run", tmp_path / "nm")


def put(folders: Folders, text: str) -> Applied:
    (folders.boot / SITE).write_text(text)
    return apply(folders, CARDS)


def test_a_good_file_is_written_where_the_machine_looks(folders: Folders) -> None:
    """Settings, connections and pins are there; connections are for root alone; nothing is said to be mended."""
    applied = put(folders, GOOD_SITE)
    assert applied.faults == ()
    assert (folders.run / "edge.toml").is_file()
    wifi = folders.connections / "tienglang-wifi.nmconnection"
    assert stat.S_IMODE(wifi.stat().st_mode) == 0o600
    assert (folders.boot / "tienglang-pins.txt").is_file()
    assert not (folders.boot / ERRORS).exists()


def test_a_bad_file_is_told_on_the_card_and_the_last_good_one_stays(folders: Folders) -> None:
    """A typing mistake on the card mutes no pole: the network of the last good file is still there."""
    put(folders, GOOD_SITE)
    applied = put(folders, 'central = "https://loa.dongthap.gov.vn"\nkind = "loa"\n')
    assert applied.site is not None
    assert applied.site.network.wifi is not None
    told = (folders.boot / ERRORS).read_text()
    assert "Dòng 2: kind không đúng" in told
    assert "Line 2: kind does not fit" in told
    assert put(folders, GOOD_SITE).faults == ()
    assert not (folders.boot / ERRORS).exists()


def test_a_new_card_with_a_bad_file_gets_nothing(folders: Folders) -> None:
    """Without any good file there are no settings, and the faults are on the card."""
    applied = put(folders, "central = 1\n")
    assert applied.site is None
    assert not (folders.run / "edge.toml").exists()
    assert (folders.boot / ERRORS).exists()


@pytest.mark.parametrize("data", [None, b"\xff\xfe central"])
def test_a_missing_file_and_one_in_another_encoding_are_told(
    folders: Folders, data: bytes | None
) -> None:
    """No file, or one saved as UTF-16, is answered with the next step."""
    if data is not None:
        (folders.boot / SITE).write_bytes(data)
    assert apply(folders, CARDS).site is None
    assert SITE in (folders.boot / ERRORS).read_text()


def test_a_network_that_left_the_file_is_left(folders: Folders) -> None:
    """What is no longer in the file is no longer tried; other people's connections are not touched."""
    put(folders, GOOD_SITE)
    (folders.connections / "khac.nmconnection").write_text("")
    put(folders, 'central = "https://loa.dongthap.gov.vn"\n')
    names = {file.name for file in folders.connections.iterdir()}
    assert names == {"tienglang-cable.nmconnection", "khac.nmconnection"}


def test_an_unchanged_card_is_not_written(folders: Folders) -> None:
    """FAT wears: a start that changes nothing writes nothing on the card."""
    put(folders, GOOD_SITE)
    pins = folders.boot / "tienglang-pins.txt"
    os.utime(pins, (1, 1))
    apply(folders, CARDS)
    assert pins.stat().st_mtime == 1


def test_a_locked_card_keeps_no_pole_from_its_network(folders: Folders) -> None:
    """What cannot be written on the card is left; connections and settings are there all the same."""
    (folders.boot / "tienglang-pins.txt").mkdir()
    assert put(folders, GOOD_SITE).site is not None
    assert (folders.connections / "tienglang-wifi.nmconnection").is_file()


def test_the_good_file_is_kept_for_the_owner_alone(folders: Folders) -> None:
    """It holds the wireless password."""
    put(folders, GOOD_SITE)
    assert stat.S_IMODE((folders.state / GOOD).stat().st_mode) == 0o600


def test_the_verb_says_what_is_wrong_and_fails_without_any_good_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`tienglang-edge site` ends with 1 and the faults on standard error; with a good file with 0."""
    (tmp_path / "boot").mkdir()
    words = ["--state", str(tmp_path / "state"), "site", "--boot", str(tmp_path / "boot")]
    words += [
        "--run",
        str(tmp_path / "run"),
        "--connections",
        str(tmp_path / "nm"),
        "--cards",
        str(tmp_path / "no"),
    ]
    assert main(words) == 1
    assert "tienglang.toml" in capsys.readouterr().err
    (tmp_path / "boot" / SITE).write_text(GOOD_SITE)
    assert main(words) == 0
