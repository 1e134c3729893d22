"""Small readings of the machine: one file or one program each, None where it does not say.

Law of the room: nothing here raises and nothing waits; garbage in a file is no reading. Paths are those of
Linux below `root`, so that a tree of files stands for any machine.
"""

import contextlib
import ctypes
import fcntl
import math
import os
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

READ_MOST_BYTES: Final = 16_384
SANE_MOST: Final = 1 << 53
HOT_MOST_C: Final = 200.0
UNDER_VOLTAGE_NOW, THROTTLED_NOW, UNDER_VOLTAGE_EVER = 1 << 0, 1 << 2, 1 << 16
GET_THROTTLED: Final = 0x0003_0046  # the property tag of the Raspberry Pi's firmware
MAIL_DONE: Final = 0x8000_0000
# JEDEC: tenths of its life used, 1 being the first and 11 more than all; spare blocks used.
LIFE_TIME_PCT: Final = {tenth: 10 * (tenth - 1) for tenth in range(1, 12)}
PRE_END_OF_LIFE_PCT: Final = {1: 0, 2: 80, 3: 90}
WIRELESS_BEST: Final = 70  # link quality of /proc/net/wireless, as almost every driver counts it
TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised
MAX_ERROR, ESTIMATED_ERROR = 2, 3  # places in struct timex after its modes, in microseconds


def text(path: Path) -> str | None:
    """Return what a file says, without surrounding blanks; None where it cannot be read."""
    with contextlib.suppress(OSError, ValueError), path.open("rb") as file:
        return file.read(READ_MOST_BYTES).decode("ascii", "replace").strip()
    return None


def number(path: Path, base: int = 10) -> int | None:
    """Return the first whole number of a file."""
    words = (text(path) or "").split()
    with contextlib.suppress(ValueError, IndexError):
        value = int(words[0], base)
        return value if abs(value) <= SANE_MOST else None
    return None


def found(root: Path, pattern: str) -> Iterator[Path]:
    """Yield the paths below `root` that match, in order."""
    with contextlib.suppress(OSError):
        yield from sorted(root.glob(pattern))


def temperature_c(root: Path) -> float | None:
    """Return the hottest of the machine's own thermometers."""
    read = (number(path) for path in found(root, "sys/class/thermal/thermal_zone*/temp"))
    sane = [milli / 1_000 for milli in read if milli and abs(milli) < HOT_MOST_C * 1_000]
    return max(sane, default=None)


def throttled_bits(root: Path) -> int | None:
    """Return what the Raspberry Pi's firmware says of power and heat, as `vcgencmd get_throttled` shows it."""
    said = number(root / "sys/devices/platform/soc/soc:firmware/get_throttled", 16)
    return said if said is not None else _mailed(root / "dev/vcio")


def _mailed(device: Path) -> int | None:
    """Ask the firmware through its mailbox device."""
    letter = bytearray(struct.pack("=7I", 28, 0, GET_THROTTLED, 4, 0, 0, 0))
    ask = 3 << 30 | struct.calcsize("P") << 16 | 100 << 8  # _IOWR(100, 0, char *)
    try:
        handle = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.ioctl(handle, ask, letter)
    except OSError:
        return None
    finally:
        os.close(handle)
    _, state, _, _, _, bits, _ = struct.unpack("=7I", letter)
    return int(bits) if state == MAIL_DONE else None


def under_voltage_alarm(root: Path) -> bool | None:
    """Return the alarm of the Raspberry Pi's voltage sensor, for kernels without the firmware's word."""
    for sensor in found(root, "sys/class/hwmon/hwmon*"):
        if text(sensor / "name") == "rpi_volt":
            alarm = number(sensor / "in0_lcrit_alarm")
            return None if alarm is None else alarm != 0
    return None


def card_worn_pct(root: Path) -> int | None:
    """Return how much of its life the most worn card has used up; eMMC says so, few SD cards do."""
    worn: list[int] = []
    for device in found(root, "sys/block/mmcblk*/device"):
        lives, spare = text(device / "life_time") or "", text(device / "pre_eol_info") or ""
        for table, words in ((LIFE_TIME_PCT, lives.split()), (PRE_END_OF_LIFE_PCT, spare.split())):
            for word in words:
                with contextlib.suppress(ValueError, KeyError):
                    worn.append(table[int(word, 16)])
    return max(worn, default=None)


def file_system_errors(root: Path) -> int | None:
    """Return how many errors the ext4 file systems found since they were made."""
    counts = [
        count
        for path in found(root, "sys/fs/ext4/*/errors_count")
        if not path.parent.name.startswith("loop") and (count := number(path)) is not None
    ]
    return sum(max(count, 0) for count in counts) if counts else None


def memory_free_bytes(root: Path) -> int | None:
    """Return the memory that programs could still have."""
    line = re.search(
        r"^MemAvailable:\s+(\d{1,12}) kB$", text(root / "proc/meminfo") or "", re.MULTILINE
    )
    return int(line[1]) * 1_024 if line else None


def load_1min(root: Path) -> float | None:
    """Return how many programs wanted the processor, over the last minute."""
    words = (text(root / "proc/loadavg") or "").split()
    with contextlib.suppress(ValueError, IndexError):
        load = float(words[0])
        return load if math.isfinite(load) and load >= 0 else None
    return None


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), read only; the tail is padding for every ABI."""

    _fields_ = (("modes", ctypes.c_uint), ("rest", ctypes.c_long * 64))


def clock_error_ms() -> float | None:
    """Return how far the kernel thinks the clock may be off; None where no time service keeps it."""
    timex = _Timex(modes=0)
    try:
        state = int(ctypes.CDLL(None).adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return None
    if not 0 <= state < TIME_ERROR:
        return None
    error_us = int(timex.rest[ESTIMATED_ERROR]) or int(timex.rest[MAX_ERROR])
    return max(0, error_us) / 1_000


def uplink(root: Path) -> str | None:
    """Return the interface that the default route leaves by, the cheapest first; None where there is none."""
    ways: list[tuple[int, str]] = []
    for line in (text(root / "proc/net/route") or "").splitlines()[1:]:
        words = line.split()
        with contextlib.suppress(ValueError, IndexError):
            if words[1] == words[7] == "0" * 8 and int(words[3], 16) & 1:
                ways.append((int(words[6]), words[0]))
    for line in (text(root / "proc/net/ipv6_route") or "").splitlines():
        words = line.split()
        with contextlib.suppress(ValueError, IndexError):
            if words[0] == "0" * 32 and words[1] == "00" and words[9] != "lo":
                ways.append((int(words[5], 16), words[9]))
    return min(ways)[1] if ways else None


def link_kind(root: Path, interface: str | None) -> str | None:
    """Return what kind of way the interface is; `none` without a way, None where the routes cannot be read."""
    if interface is None:
        return "none" if text(root / "proc/net/route") is not None else None
    about = root / "sys/class/net" / interface
    kind = text(about / "uevent") or ""
    if (about / "wireless").exists() or (about / "phy80211").exists() or "DEVTYPE=wlan" in kind:
        return "wifi"
    if interface.startswith(("wwan", "ppp", "rmnet")) or "DEVTYPE=wwan" in kind:
        return "cellular"
    return "ethernet" if number(about / "type") == 1 else "other"


def wifi_signal_pct(root: Path, interface: str) -> int | None:
    """Return the quality of the Wi-Fi link."""
    for line in (text(root / "proc/net/wireless") or "").splitlines():
        name, _, rest = line.partition(":")
        if name.strip() == interface:
            with contextlib.suppress(ValueError, IndexError):
                quality = float(rest.split()[1])
                return max(0, min(100, round(100 * quality / WIRELESS_BEST)))
    return None
