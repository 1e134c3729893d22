"""The vitals: what is read from machines made of files, and from this one."""

import stat
import time
from pathlib import Path

import pytest

from contract.documents import Vitals
from edge.adapters.gauges import clock_error_ms
from edge.adapters.vitals import VitalsHand, ask_modem, measure, modem_signal_pct
from edge.core.events import VitalsMeasured
from tests.edge.adapters.rig import Heard

ROUTES = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
MODEM = b"""{"modem":{"3gpp":{"imei":"--"},"generic":{"signal-quality":{"recent":"yes","value":"67"}}}}"""
THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"

Tree = dict[str, str | bytes]


def route(interface: str, metric: int = 100) -> str:
    return f"{interface}\t00000000\t0101A8C0\t0003\t0\t0\t{metric}\t00000000\t0\t0\t0\n"


PI: Tree = {
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    THROTTLED: "0\n",
    "sys/block/mmcblk0/device/name": "SC32G\n",
    "sys/fs/ext4/mmcblk0p2/errors_count": "0\n",
    "proc/meminfo": "MemTotal:        3884304 kB\nMemFree: 1 kB\nMemAvailable:    3100000 kB\n",
    "proc/loadavg": "0.42 0.30 0.20 1/123 4567\n",
    "proc/net/route": ROUTES + route("eth0"),
    "sys/class/net/eth0/type": "1\n",
}
HOT_PI: Tree = PI | {
    "sys/class/thermal/thermal_zone0/temp": "86200\n",
    THROTTLED: "50005\n",
    "sys/fs/ext4/mmcblk0p2/errors_count": "7\n",
    "sys/fs/ext4/mmcblk0p3/errors_count": "2\n",
    "proc/net/route": ROUTES + route("wlan0", 600),
    "sys/class/net/wlan0/type": "1\n",
    "sys/class/net/wlan0/wireless/x": "",
    "proc/net/wireless": "Inter-| sta-|   Quality\n face | tus | link\n wlan0: 0000   35.  -75.  -256\n",
}
OLD_PI: Tree = {
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    "sys/class/hwmon/hwmon1/in0_lcrit_alarm": "1\n",
}
EMMC: Tree = {
    "sys/block/mmcblk1/device/life_time": "0x03 0x05\n",
    "sys/block/mmcblk1/device/pre_eol_info": "0x01\n",
}
SIM: Tree = {
    "proc/net/route": ROUTES + route("eth0", 800) + route("wwan0", 700),
    "sys/class/net/wwan0/type": "65534\n",
    "sys/class/net/eth0/type": "1\n",
}
PC: Tree = {
    "sys/class/thermal/thermal_zone0/temp": "27800\n",
    "sys/class/thermal/thermal_zone1/temp": "55000\n",
    "sys/fs/ext4/sda2/errors_count": "0\n",
    "proc/net/route": ROUTES,
    "proc/net/ipv6_route": f"{'0' * 32} 00 {'0' * 32} 00 {'f' * 32} 00000400 00000001 0 00000003 enp3s0\n",
    "sys/class/net/enp3s0/type": "1\n",
}


def planted(root: Path, tree: Tree) -> Path:
    """Put the files of a machine below `root`."""
    for name, content in tree.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def nothing() -> bytes:
    return b""


def of(root: Path, tree: Tree, modem: bytes = b"") -> Vitals:
    return measure(planted(root, tree), lambda: modem, lambda: 1.5)


def test_a_healthy_pi(tmp_path: Path) -> None:
    """A Raspberry Pi in good health, on a cable: all is read, and what its card does not tell is None."""
    assert of(tmp_path, PI, MODEM) == Vitals(
        temperature_c=48.312,
        under_voltage=False,
        under_voltage_since_start=False,
        throttled=False,
        card_worn_pct=None,
        file_system_errors=0,
        memory_free_bytes=3_100_000 * 1_024,
        load_1min=0.42,
        clock_error_ms=1.5,
        link="ethernet",
        signal_pct=None,
    )


def test_a_hot_pi_on_a_weak_supply(tmp_path: Path) -> None:
    """Throttled and under-voltage, now and since the start; errors of all file systems; half a Wi-Fi signal."""
    hot = of(tmp_path, HOT_PI)
    assert hot.temperature_c == 86.2
    assert (hot.under_voltage, hot.under_voltage_since_start, hot.throttled) == (True, True, True)
    assert hot.file_system_errors == 9
    assert (hot.link, hot.signal_pct) == ("wifi", 50)


def test_trouble_that_is_over_is_still_told(tmp_path: Path) -> None:
    """Under-voltage since the start, but not now, is told apart."""
    over = of(tmp_path, {THROTTLED: "0x50000"})
    assert (over.under_voltage, over.under_voltage_since_start, over.throttled) == (
        False,
        True,
        False,
    )


def test_the_voltage_sensor_stands_in(tmp_path: Path) -> None:
    """Where the firmware does not answer, its sensor tells the present, and the past is unknown."""
    old = of(tmp_path, OLD_PI)
    assert (old.under_voltage, old.under_voltage_since_start) == (True, None)
    assert of(tmp_path, {"sys/class/hwmon/hwmon1/in0_lcrit_alarm": "0"}).under_voltage is False


@pytest.mark.parametrize(
    ("lives", "spare", "worn_pct"),
    [
        ("0x01 0x01", "0x01", 0),
        ("0x03 0x05", "0x01", 40),
        ("0x0b 0x02", "0x01", 100),
        ("0x02 0x02", "0x02", 80),
        ("0x00 0x00", "0x03", 90),
        ("0x00 0x00", "0x00", None),
    ],
)
def test_a_card_that_tells_its_wear(
    tmp_path: Path, lives: str, spare: str, worn_pct: int | None
) -> None:
    """The worst of both life times and the spare blocks counts; 0 means that it does not tell."""
    device = "sys/block/mmcblk1/device"
    tree: Tree = {f"{device}/life_time": lives, f"{device}/pre_eol_info": spare}
    assert of(tmp_path, tree).card_worn_pct == worn_pct


def test_a_sim_is_cellular_with_its_signal(tmp_path: Path) -> None:
    """The route of the lowest metric is the link; ModemManager tells the signal, or nobody does."""
    with_modem = of(tmp_path, SIM, MODEM)
    assert (with_modem.link, with_modem.signal_pct) == ("cellular", 67)
    assert of(tmp_path, SIM).signal_pct is None


def test_a_usb_modem_that_looks_like_a_cable_tells_its_signal(tmp_path: Path) -> None:
    """An Ethernet interface on USB may be a modem's: ModemManager is asked."""
    (tmp_path / "sys/class/net/eth0").mkdir(parents=True)
    (tmp_path / "sys/class/net/eth0/device").symlink_to("../../../devices/usb1/1-1/1-1:1.0")
    assert of(tmp_path, PI, MODEM).signal_pct == 67


def test_a_pc(tmp_path: Path) -> None:
    """No firmware, no card; the hottest thermometer counts, and a default route of IPv6 alone is a route."""
    pc = of(tmp_path, PC)
    assert (pc.temperature_c, pc.under_voltage, pc.throttled) == (55.0, None, None)
    assert pc.link == "ethernet"


def test_no_route_is_no_link(tmp_path: Path) -> None:
    """With no default route the link is none; with no table to read it is unknown."""
    assert of(tmp_path, {"proc/net/route": ROUTES}).link == "none"
    assert of(tmp_path / "bare", {}).link is None


def test_a_bare_tree_tells_nothing(tmp_path: Path) -> None:
    """Where nothing can be read, everything is None."""
    assert measure(tmp_path / "nowhere", nothing, lambda: None) == Vitals()


@pytest.mark.parametrize(
    "rubbish", [b"", b"\xff\xfe\0", b"not a number", b"-", b"9" * 30_000, b"nan inf 0x"]
)
def test_rubbish_is_no_reading(tmp_path: Path, rubbish: bytes) -> None:
    """Files full of garbage raise nothing and are not taken for readings."""
    files = HOT_PI | OLD_PI | EMMC | SIM | PC
    read = measure(planted(tmp_path, dict.fromkeys(files, rubbish)), lambda: rubbish, lambda: None)
    read = Vitals() if read.link in {"none", None} else read
    assert read == Vitals()


def test_folders_in_place_of_files_are_no_reading(tmp_path: Path) -> None:
    """A directory where a file is expected raises nothing."""
    for name in HOT_PI | EMMC:
        (tmp_path / name).mkdir(parents=True)
    assert measure(tmp_path, nothing, lambda: None).temperature_c is None


def test_a_mailbox_that_is_no_device_is_no_reading(tmp_path: Path) -> None:
    """A file in place of the firmware's mailbox is asked in vain."""
    assert of(tmp_path, {"dev/vcio": "x"}).throttled is None


@pytest.mark.parametrize(
    ("answer", "signal_pct"),
    [
        (MODEM, 67),
        (MODEM.replace(b"67", b"170"), 100),
        (MODEM.replace(b"67", b"--"), None),
        (b"{}", None),
        (b"[]", None),
        (b"error: couldn't find modem", None),
    ],
)
def test_what_modemmanager_may_answer(answer: bytes, signal_pct: int | None) -> None:
    """Only a number is a signal, and it is a percentage."""
    assert modem_signal_pct(answer) == signal_pct


def test_a_modem_program_is_bounded(tmp_path: Path) -> None:
    """The program's answer is taken; one that hangs, fails or is not there gives nothing within 2 s or so."""
    program = tmp_path / "mmcli"
    for body, answer in ((f"echo '{MODEM.decode()}'", MODEM + b"\n"), ("exit 1", b"")):
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(stat.S_IRWXU)
        assert ask_modem((str(program),)) == answer
    assert ask_modem((str(tmp_path / "missing"),)) == b""
    begun_s = time.monotonic()
    assert ask_modem(("sleep", "60")) == b""
    assert time.monotonic() - begun_s < 10


def test_this_machine_is_measured() -> None:
    """On a real machine memory and load are read, and the clock's error is a number or unknown."""
    heard = Heard()
    VitalsHand(heard.post, modem=nothing).look()
    [measured] = heard.all(VitalsMeasured)
    assert measured.vitals.memory_free_bytes
    assert measured.vitals.load_1min is not None
    error_ms = clock_error_ms()
    assert error_ms is None or error_ms >= 0
