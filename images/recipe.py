"""What an image is made of, as values.

Law of the room: no step is done here. A change here is a change of the card.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final

MIB: Final = 1 << 20
SECTOR_BYTES: Final = 512

PACKAGES: Final = (
    # the system
    "systemd", "systemd-sysv", "udev", "dbus", "kmod", "tzdata", "ca-certificates", "e2fsprogs", "dosfstools",
    "fdisk", "linux-image-arm64", "raspi-firmware", "python3", "busybox-static", "iputils-ping",
    # the network: cable, wireless, mobile, our own access point, time
    "network-manager", "wpasupplicant", "modemmanager", "dnsmasq-base", "firmware-brcm80211", "wireless-regdb",
    "iproute2", "nftables", "chrony", "openssh-server",
    # what sounds
    "libvlc5", "vlc-plugin-base", "pulseaudio", "pulseaudio-utils", "alsa-utils", "espeak-ng",
    # what is read
    "fonts-dejavu-core",
)  # fmt: skip

# Drivers that no Raspberry Pi 3, 4 or Zero 2 W has the hardware for; left out, the card is a fifth smaller.
NO_DRIVERS: Final = (
    "drivers/infiniband", "drivers/scsi/[!s]*", "drivers/ata", "drivers/nvme/target", "drivers/net/ethernet/[!bmrsa]*",
    "drivers/gpu/drm/amd", "drivers/gpu/drm/radeon", "drivers/gpu/drm/nouveau", "drivers/gpu/drm/msm",
    "drivers/target", "drivers/edac", "drivers/fpga", "drivers/accel",
)  # fmt: skip

EARLY_MODULES: Final = (
    # what the very first program needs to find the root: emulated disks, the Pi's card readers, its file systems
    "virtio_pci", "virtio_mmio", "virtio_blk", "sdhci_iproc", "bcm2835", "mmc_block", "usb_storage", "xhci_pci",
    "squashfs", "overlay",
)  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """One kind of card: the release, the packages, and how large its parts are (MiB).

    Two slots hold a whole root each, so that an update is written beside the running one. The data partition is
    made this large and grown over the whole card at the first start.
    """

    suite: str = "bookworm"
    architecture: str = "arm64"
    packages: tuple[str, ...] = PACKAGES
    no_drivers: tuple[str, ...] = NO_DRIVERS
    early_modules: tuple[str, ...] = EARLY_MODULES
    begin_mib: int = 4
    boot_mib: int = 252
    slot_mib: int = 448
    data_mib: int = 64

    def rootfs_key(self) -> str:
        """Return what names the system part of this recipe: the same key is the same list of packages."""
        told = {name: value for name, value in asdict(self).items() if not name.endswith("_mib")}
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]

    def partitions(self) -> tuple[tuple[str, int, int], ...]:
        """Return the partitions' names, begins and sizes in MiB: boot, slot a, slot b, data."""
        begin, found = self.begin_mib, []
        for name, size in (
            ("boot", self.boot_mib),
            ("a", self.slot_mib),
            ("b", self.slot_mib),
            ("data", self.data_mib),
        ):
            found.append((name, begin, size))
            begin += size
        return tuple(found)

    def card_mib(self) -> int:
        """Return the size of the image."""
        _, begin, size = self.partitions()[-1]
        return begin + size
