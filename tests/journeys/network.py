"""A real network for journeys: a namespace each for central and two appliances, joined by virtual cables.

Law of the room: needs root and iproute2; `why_not` says why it cannot be had. Nothing of the machine's own
network is touched, and all of it is gone at the end.
"""

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Final, Self, TypeVar

from provisioning.rehearsal.children import Child
from provisioning.rehearsal.province import Province

CENTRAL: Final = "10.77.9.1"
BOUND_S: Final = 60.0
T = TypeVar("T")


def why_not() -> str:
    """Return why namespaces cannot be used here, empty where they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2"
    name = f"tl-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, check=False)
    if tried.returncode:
        return f"this machine gives no network namespaces: {tried.stderr.decode()[:200]}"
    cable = ["ip", "-n", name, "link", "add", "tl-a", "type", "veth", "peer", "name", "tl-b"]
    tried = subprocess.run(cable, capture_output=True, check=False)
    subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
    if tried.returncode:
        return f"this machine gives no virtual cables: {tried.stderr.decode()[:200]}"
    return ""


def run(*words: str) -> str:
    """Return what a command printed; raise with its words where it fails."""
    done = subprocess.run(words, capture_output=True, check=False, text=True, timeout=20)
    assert done.returncode == 0, f"{' '.join(words)}: {done.stderr}"
    return done.stdout


class Network:
    """Three namespaces: central, and two appliances joined by one cable, each with a line to central.

    Also the test enters central's, so that it too speaks to loopback alone.
    """

    def __init__(self) -> None:
        mark = f"{os.getpid() % 100_000}"
        self.central = f"tlc-{mark}"
        self.appliances = (f"tla-{mark}", f"tlb-{mark}")

    def __enter__(self) -> Self:
        try:
            self._lay()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _lay(self) -> None:
        for name in (self.central, *self.appliances):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        one, two = self.appliances
        run(
            "ip",
            "-n",
            one,
            "link",
            "add",
            "lan",
            "type",
            "veth",
            "peer",
            "name",
            "lan",
            "netns",
            two,
        )
        run("ip", "-n", self.central, "addr", "add", f"{CENTRAL}/32", "dev", "lo")
        for number, name in enumerate(self.appliances, 1):
            far = ("peer", "name", f"line{number}", "netns", self.central)
            run("ip", "-n", name, "link", "add", "wan", "type", "veth", *far)
            run(
                "ip",
                "-n",
                self.central,
                "addr",
                "add",
                f"10.77.{number}.1/24",
                "dev",
                f"line{number}",
            )
            run("ip", "-n", self.central, "link", "set", f"line{number}", "up")
            run("ip", "-n", name, "addr", "add", f"10.77.{number}.2/24", "dev", "wan")
            run("ip", "-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", "lan")
            for device in ("wan", "lan"):
                run("ip", "-n", name, "link", "set", device, "up")
            run("ip", "-n", name, "route", "add", f"{CENTRAL}/32", "via", f"10.77.{number}.1")

    def __exit__(self, *_: object) -> None:
        for name in (*self.appliances, self.central):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def received_bytes(self, number: int) -> int:
        """Return how many bytes have come down an appliance's own line."""
        name = self.appliances[number]
        told = json.loads(run("ip", "-n", name, "-s", "-j", "link", "show", "dev", "wan"))
        return int(told[0]["stats64"]["rx"]["bytes"])

    def cut(self, number: int) -> None:
        """Cut an appliance's own line to central."""
        run("ip", "-n", self.appliances[number], "link", "set", "wan", "down")

    def at_central(self, work: Callable[[], T]) -> T:
        """Return what `work` returns when done at central, as a person at its desk would."""
        done: list[T] = []
        faults: list[BaseException] = []

        def go() -> None:
            try:
                enter(self.central)
                done.append(work())
            except BaseException as fault:  # noqa: BLE001  raised again by the caller
                faults.append(fault)

        thread = threading.Thread(target=go, name="at-central")
        thread.start()
        thread.join(120)
        if faults:
            raise faults[0]
        return done[0]


def enter(namespace: str) -> None:
    """Have this thread, and no other, live in a network namespace from now on."""
    import ctypes  # noqa: PLC0415  needed here alone

    with open(f"/run/netns/{namespace}", "rb") as file:  # noqa: PTH123  a handle is what is needed
        libc = ctypes.CDLL(None, use_errno=True)
        clone_newnet = 0x40000000
        if libc.setns(file.fileno(), clone_newnet):
            raise OSError(ctypes.get_errno(), "setns")


def within(namespace: str, child: Child) -> Child:
    """Return the same program, to be started in a namespace."""
    command = ["ip", "netns", "exec", namespace, *child._command]
    return Child(child.name, command, child._log, child._env)


def place(province: Province, network: Network) -> None:
    """Move central and the appliances into their namespaces: other addresses in their settings, no more."""
    config = province.central_config
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace('host = "127.0.0.1"', 'host = "0.0.0.0"'), encoding="utf-8")
    province.central = within(network.central, province.central)
    for number, appliance in enumerate(province.appliances, 1):
        config = province.root / appliance.site.name / "edge.toml"
        text = config.read_text(encoding="utf-8")
        text = text.replace(province.base, f"http://{CENTRAL}:{province.central_port}")
        text = text.replace('listen_host = "127.0.0.1"', 'listen_host = "0.0.0.0"')
        text += f'beacon_interfaces = ["10.77.0.{number}"]\nallow_plain_http = true\n'
        config.write_text(text, encoding="utf-8")
        appliance.child = within(network.appliances[number - 1], appliance.child)


def eventually(true: Callable[[], bool], within_s: float = BOUND_S) -> float:
    """Wait until something is so; return how long it took."""
    begun_s = time.monotonic()
    while not true():
        assert time.monotonic() - begun_s < within_s, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - begun_s
