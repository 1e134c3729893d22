"""The card's recipe, and what an emulated firmware reads from it; building and starting it is `make image`'s."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from contract.site import BadSite, read_site
from images.initramfs import in_order
from images.machine import _settings
from images.recipe import Recipe
from images.slot import COMMAND_LINE, OVERLAY, UNITS

IMAGES = Path(__file__).resolve().parents[2] / "images"


def test_the_partitions_follow_each_other_and_two_slots_are_alike() -> None:
    """Boot, slot a, slot b and data touch and do not overlap; an update that fits into one slot fits into the other."""
    parts = Recipe().partitions()
    assert [name for name, _, _ in parts] == ["boot", "a", "b", "data"]
    for (_, begin, size), (_, following, _) in itertools.pairwise(parts):
        assert begin + size == following
    assert parts[1][2] == parts[2][2]
    assert Recipe().card_mib() < 3_500  # a card of 4 GB, counted in thousands


def test_a_system_is_made_again_only_when_its_packages_change() -> None:
    """Sizes do not name another system; a package more does."""
    one = Recipe()
    assert replace(one, slot_mib=512).rootfs_key() == one.rootfs_key()
    assert replace(one, packages=(*one.packages, "sox")).rootfs_key() != one.rootfs_key()


def test_a_driver_comes_after_all_that_it_needs() -> None:
    """The order is one in which each can be loaded; what is built into the kernel is not looked for."""
    dependencies = "k/usb-storage.ko: k/scsi_mod.ko k/usbcore.ko k/usb-common.ko\nk/scsi_mod.ko: k/scsi_common.ko\n"
    dependencies += "k/scsi_common.ko:\nk/usbcore.ko: k/usb-common.ko\nk/usb-common.ko:\n"
    found = in_order(("usb_storage", "ext4"), dependencies)
    assert found[-1] == "k/usb-storage.ko"
    assert found.index("k/scsi_common.ko") < found.index("k/scsi_mod.ko")
    assert found.index("k/usb-common.ko") < found.index("k/usbcore.ko")
    assert len(found) == len(set(found)) == 5


def test_the_firmware_finds_a_slot_a_kernel_and_a_first_program() -> None:
    """The configuration on the card names slot a, and includes the file that holds the relays off."""
    text = (IMAGES / "boot/config.txt").read_text()
    settings = _settings(text)
    assert settings["os_prefix"] == "a/"
    assert settings["kernel"] == "vmlinuz"
    assert settings["initramfs"].split()[0] == "initrd"
    assert "include tienglang-pins.txt" in text
    assert "tl.slot=a" in COMMAND_LINE.format(slot="a")


def test_the_sample_of_the_site_file_is_one_that_is_read() -> None:
    """As it lies on the card it is good, and with every comment mark taken away it still is TOML with known keys."""
    text = (IMAGES / "boot/tienglang.toml").read_text()
    assert read_site(text).kind == "cluster"
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in text.splitlines()
    ]
    with pytest.raises(BadSite) as bad:
        read_site("\n".join(lines))
    assert {fault.key for fault in bad.value.faults} == {
        "network.wifi.name"
    }  # left for the installer to fill in


def test_nobody_can_log_in_unless_the_site_file_says_so() -> None:
    """No password is taken, and without a key of the site file the server does not even start."""
    server = (OVERLAY / "etc/ssh/sshd_config.d/tienglang.conf").read_text()
    unit = (OVERLAY / "etc/systemd/system/ssh.service.d/tienglang.conf").read_text()
    assert "PasswordAuthentication no" in server
    assert "ConditionPathExists=/run/tienglang-site/authorized_keys" in unit


def test_every_unit_of_the_card_is_in_the_house() -> None:
    """What is switched on is what lies in systemd/."""
    assert all((IMAGES.parent / "systemd" / unit).is_file() for unit in UNITS)
