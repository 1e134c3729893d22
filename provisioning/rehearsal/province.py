"""A whole province on one machine: keys, papers, central and three appliances, each a program of its own.

Law of the room: everything is made as an installer and a security officer would make it, in one folder
that can be thrown away; every password and PIN is drawn anew. Only loopback is used.
"""

import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

import argon2
import msgspec

from contract.documents import (
    Assignment,
    DeviceId,
    Policy,
    PublicKey,
    QuietHours,
    Right,
    StaffPin,
    Zone,
)
from provisioning import trust
from provisioning.papers import check_assignment
from provisioning.rehearsal.ceremony import IMAGE, REPOSITORY, make_keys
from provisioning.rehearsal.children import Child
from provisioning.rehearsal.office import Office, utc_now

AREAS: Final = (
    ("dt", "Tỉnh Đồng Tháp"),
    ("dt/my-phong", "Phường Mỹ Phong"),
    ("dt/my-phong/kp-1", "Khu phố 1"),
    ("dt/my-phong/kp-2", "Khu phố 2"),
    ("dt/cao-lanh", "Phường Cao Lãnh"),
    ("dt/cao-lanh/kp-1", "Khu phố 1"),
)
ZONES: Final = (
    Zone(name="duong-chinh", title="Đường chính", relay_pin=17, warm_up_ms=500, tail_ms=500),
    Zone(name="cho", title="Khu chợ", relay_pin=27, warm_up_ms=500, tail_ms=500),
)
PEOPLE: Final = (
    ("quantri", "administrator", "dt"),
    ("congtac", "contributor", "dt"),
    ("bientap", "editor", "dt"),
    ("duyet", "approver", "dt"),
    ("truc", "emergency", "dt"),
)
WARM_UP_S: Final = 0.5

Flat = dict[str, str | int | float | list[str]]


@dataclass(frozen=True)
class Site:
    """Where one appliance of the rehearsal stands."""

    name: str
    title: str
    area: str
    sink: str
    quiet: tuple[QuietHours, ...] = ()


@dataclass
class Appliance:
    """One appliance of the rehearsal: its site, program and page, and the PINs of its two people.

    `pin` is that of the one with every right, `operator_pin` that of the one who may only play and control.
    """

    site: Site
    state: Path
    child: Child
    device: DeviceId
    public: PublicKey
    pin: str
    operator_pin: str
    page: str


@dataclass
class Province:
    """The rehearsal's province: made in `root`, started by `start`, ended by `stop`."""

    root: Path
    sites: tuple[Site, ...]
    sound_env: dict[str, str]
    pulse_server: str
    ports: tuple[int, ...] = ()
    health_s: float = 2.0
    # appliances of one machine help nobody by sharing, and would share with strangers
    neighbours: bool = False
    also_reached_as: tuple[
        str, ...
    ] = ()  # names of central beside loopback, as an emulated machine has one
    passwords: dict[str, str] = field(default_factory=dict)
    papers: dict[DeviceId, Assignment] = field(default_factory=dict)
    appliances: list[Appliance] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Name the parts; nothing is made yet."""
        self.repository = self.root / "trust" / REPOSITORY
        self.baked = self.root / "trust" / IMAGE
        self.central_config = self.root / "central" / "central.toml"
        central_port, *pages = self.ports or free_ports(len(self.sites) + 1)
        self.base = f"http://127.0.0.1:{central_port}"
        self._pages = pages
        self.central_port = central_port
        self.central = Child(
            "central",
            [sys.executable, "-m", "central", "serve", "--config", str(self.central_config)],
            self.root / "central" / "central.log",
            {},
        )

    def make(self) -> None:
        """Make keys, keyring, settings, people and appliances; start nothing."""
        scope = self.sites[0].area.split("/", maxsplit=1)[0]
        self.keys = make_keys(self.root / "trust", scope, utc_now())
        self._make_central()
        for site, port in zip(self.sites, self._pages, strict=True):
            self.appliances.append(self._make_appliance(site, port))

    def _make_central(self) -> None:
        folder, online = self.central_config.parent, self.root / "trust" / "online"
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "session.secret"
        trust.write_private(secret, secrets.token_bytes(48))
        settings: Flat = {
            "host": "127.0.0.1",
            "port": self.central_port,
            "database": f"sqlite:///{folder / 'central.db'}",
            "data_dir": str(folder / "data"),
            "repository": str(self.repository),
            "schedule_key": str(online / "schedule.pem"),
            "activeset_key": str(online / "activeset.pem"),
            "command_key": str(online / "command.pem"),
            "time_key": str(online / "time.pem"),
            "snapshot_key": str(online / "snapshot.pem"),
            "timestamp_key": str(online / "timestamp.pem"),
            "session_secret_file": str(secret),
        }
        if self.also_reached_as:
            names = [f"{name}:{self.central_port}" for name in self.also_reached_as]
            settings |= {"public_url": self.base, "also_reached_as": names}
        write_toml(self.central_config, settings)
        areas = folder / "areas.csv"
        areas.write_text("path,name\n" + "".join(f"{p},{n}\n" for p, n in AREAS), encoding="utf-8")
        self._central_command("migrate")
        self._central_command("area", "import", str(areas))
        for name, role, area in PEOPLE:
            self.passwords[name] = secrets.token_urlsafe(12)
            more = ("user", "add", name, "--role", role, "--area", area)
            self._central_command(*more, words=self.passwords[name])

    def _central_command(self, *words_of: str, words: str = "") -> None:
        command = [sys.executable, "-m", "central", *words_of, "--config", str(self.central_config)]
        run(command, words)

    def _make_appliance(self, site: Site, port: int) -> Appliance:
        folder = self.root / site.name
        folder.mkdir(parents=True, exist_ok=True)
        settings: Flat = {
            "central": self.base,
            "trust_dir": str(self.baked),
            "listen_host": "127.0.0.1",
            "listen_port": port,
            "pins": "mock",
            "sink": site.sink,
            "pulse_server": self.pulse_server,
            "clock": "system",
            "health_s": self.health_s,
            "sync_s": 20.0,
            "scratch_dir": str(self.root / "scratch" / site.name),
            "quota_bytes": 2_000_000_000,
            "neighbours": self.neighbours,
        }
        config = folder / "edge.toml"
        write_toml(config, {k: v for k, v in settings.items() if v != ""})
        state = folder / "state"
        command = [sys.executable, "-m", "edge", "--config", str(config), "--state", str(state)]
        first, second = new_pins()
        born = msgspec.json.decode(run([*command, "identity"], ""), type=dict[str, str])
        return Appliance(
            site=site,
            state=state,
            child=Child(site.name, command, folder / "edge.log", self.sound_env),
            device=DeviceId(born["device"]),
            public=PublicKey(born["public"]),
            pin=first,
            operator_pin=second,
            page=f"http://127.0.0.1:{port}/",
        )

    def start_central(self) -> None:
        """Start central and return when it is ready."""
        self.central.start()

    def office(self, person: str) -> Office:
        """Return the office of one of the rehearsal's people, signed in."""
        office = Office(self.base)
        office.sign_in(person, self.passwords[person])
        return office

    def assign(self, appliance: Appliance, now: datetime, epoch: int = 1) -> Assignment:
        """Sign and hand in the paper that tells an appliance who and where it is."""
        verifier = argon2.PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)
        paper = Assignment(
            device=appliance.device,
            device_key=appliance.public,
            epoch=epoch,
            issued=now,
            name=appliance.site.title,
            area=appliance.site.area,
            zones=ZONES,
            policy=Policy(quiet=appliance.site.quiet),
            staff=(
                StaffPin(
                    name="Cán bộ văn hóa",
                    verifier=verifier.hash(appliance.pin),
                    rights=tuple(Right),
                ),
                StaffPin(name="Trực đài", verifier=verifier.hash(appliance.operator_pin)),
            ),
        )
        check_assignment(paper)
        self.office("quantri").assign(paper, self.keys.assign)
        self.papers[appliance.device] = paper
        return paper

    def stop(self) -> None:
        """End every program, the appliances first."""
        for appliance in self.appliances:
            appliance.child.stop()
        self.central.stop()


def new_pins() -> tuple[str, str]:
    """Return two PINs of six digits that differ."""
    first, second = secrets.randbelow(10**6), secrets.randbelow(10**6 - 1)
    return f"{first:06}", f"{second + (second >= first):06}"


def run(command: list[str], words: str) -> bytes:
    """Return what a short-lived program printed; raise `RuntimeError` with its words when it fails."""
    done = subprocess.run(
        command, input=words.encode(), capture_output=True, check=False, timeout=120
    )
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        msg = f"{' '.join(command[1:5])} failed: {said[-800:]}"
        raise RuntimeError(msg)
    return done.stdout


def write_toml(path: Path, values: Flat) -> None:
    """Write flat settings as TOML: strings as JSON strings, which TOML reads alike."""
    lines = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def free_ports(count: int) -> tuple[int, ...]:
    """Return so many ports of loopback that are free now."""
    with _sockets(count) as bound:
        return tuple(s.getsockname()[1] for s in bound)


@contextmanager
def _sockets(count: int) -> Iterator[list[socket.socket]]:
    bound = [socket.socket() for _ in range(count)]
    try:
        for one in bound:
            one.bind(("127.0.0.1", 0))
        yield bound
    finally:
        for one in bound:
            one.close()
