"""A real NetworkManager in a network of its own: a cable, and a machine at its other end that may give out addresses.

`python -m tests.edge.arrival.netns` is run in mount, network and process spaces of its own, prints JSON.
It needs root and the programs of `PROGRAMS`; a wireless card it has not.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from contract.site import Mobile, Network, Site
from edge.arrival.hand import NotJoined, Way
from edge.arrival.nmcli import NetworkManager
from edge.site.connections import connections_of, hotspot

PROGRAMS: Final = (
    "NetworkManager",
    "nmcli",
    "dnsmasq",
    "dbus-daemon",
    "ip",
    "unshare",
    "nsenter",
    "mount",
)
CONNECTIONS: Final = Path("/run/NetworkManager/system-connections")
BUS: Final = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=/run/dbus/system_bus_socket</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/><allow user="*"/>
</policy></busconfig>
"""
MANAGER: Final = f"""[main]
plugins=keyfile
dns=none
rc-manager=unmanaged
no-auto-default=*
[keyfile]
path={CONNECTIONS}
[connectivity]
enabled=false
"""


def missing() -> list[str]:
    """Return what this machine lacks for it."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    lacks = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    return lacks if os.geteuid() == 0 else ["root", *lacks]


def seen_inside() -> dict[str, object]:
    """Run this module in spaces of its own; return what it saw."""
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc",
         sys.executable, "-m", "tests.edge.arrival.netns"],
        capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise AssertionError(done.stderr[-2_000:])
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def _joined(hand: NetworkManager, way: Way) -> str:
    try:
        hand.join(way)
    except NotJoined as no:
        return no.outcome.value
    return "joined"


def main() -> None:
    """Set the machine up, look at it as the hand does, and print what was seen."""
    os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    _run("mount", "--make-rprivate", "/")
    _run("mount", "-t", "tmpfs", "none", "/run")
    _run("mount", "-t", "sysfs", "-o", "ro", "sysfs", "/sys")  # so it asks no udev for leave
    for folder in (Path("/run/dbus"), CONNECTIONS, Path("/run/state")):
        folder.mkdir(parents=True)
    CONNECTIONS.chmod(0o700)
    Path("/run/bus.conf").write_text(BUS)
    Path("/run/manager.conf").write_text(MANAGER)
    _run("dbus-daemon", "--config-file=/run/bus.conf", "--fork", "--nopidfile")
    router = subprocess.Popen(["unshare", "--net", "sleep", "600"])
    time.sleep(0.5)
    inside = ("nsenter", "-t", str(router.pid), "-n")
    _run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "far")
    _run("ip", "link", "set", "far", "netns", str(router.pid))
    subprocess.Popen(
        ["NetworkManager", "--config", "/run/manager.conf", "--config-dir", "/run/none",
         "--system-config-dir", "/run/none", "--intern-config", "/run/state/intern.conf",
         "--state-file", "/run/state/state", "--debug"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(2)
    libraries = (
        f"LD_LIBRARY_PATH={os.environ.get('LD_LIBRARY_PATH', '')}"  # where it was unpacked by hand
    )
    hand = NetworkManager(("env", libraries, shutil.which("nmcli") or "nmcli"))
    told = dict[str, object]()
    network = Network(mobile=Mobile(apn="v-internet"))
    site = Site(central="https://loa.example.vn", network=network)
    for each in (*connections_of(site), hotspot("TiengLang-4821", "123456789012")):
        (CONNECTIONS / each.name).write_text(
            each.text.replace("[ipv4]\n", "[ipv4]\ndhcp-timeout=6\n")
        )
        (CONNECTIONS / each.name).chmod(0o600)
    hand.reload()
    told["no-carrier"] = _joined(hand, "cable")
    _run(*inside, "ip", "addr", "add", "192.168.77.1/24", "dev", "far")
    _run(*inside, "ip", "link", "set", "far", "up")
    told["no-address"] = _joined(hand, "cable")
    told["without"] = hand.look()._asdict()
    subprocess.Popen(
        [*inside, "dnsmasq", "--no-daemon", "--user=root", "--port=0", "--interface=far", "--conf-file=/dev/null",
         "--dhcp-range=192.168.77.50,192.168.77.99", "--dhcp-leasefile=/run/leases"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(1)
    told["joined"] = _joined(hand, "cable")
    told["with"] = hand.look()._asdict()
    told["spots"] = list(hand.spots())
    told["no-modem"] = _joined(hand, "mobile")
    hand.close()  # what is not up is taken down without a word
    try:
        hand.open()
        told["own"] = "up"
    except NotJoined as no:
        told["own"] = no.outcome.value
    sys.stdout.write(f"{json.dumps(told)}\n")
    router.kill()


if __name__ == "__main__":
    main()
