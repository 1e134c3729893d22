"""NetworkManager, by its own command line: the real hand.

Law of the room: the one door to `nmcli`. Words are passed as arguments, never through a shell; passwords stand in
connection files alone. What it answers is read by fields, and its reasons by number where it gives one.
"""

import re
import subprocess
from collections.abc import Sequence
from typing import Final

from edge.arrival.hand import HandBroken, Look, NotJoined, Way
from edge.core.arrival import Outcome, Spot

PREFIX: Final = "tienglang-"
OWN: Final = f"{PREFIX}hotspot"
KINDS: Final[dict[str, Way]] = {
    "ethernet": "cable",
    "veth": "cable",
    "wifi": "wifi",
    "gsm": "mobile",
}
ASK_S, JOIN_S, OPEN_S = 10, 45, 20
MOST_SPOTS: Final = 40
# NMDeviceStateReason of NetworkManager's interface, and the words that its command line says instead of a number.
REASONS: Final[dict[int, Outcome]] = {
    5: Outcome.NO_ADDRESS, 6: Outcome.NO_ADDRESS, 15: Outcome.NO_ADDRESS, 16: Outcome.NO_ADDRESS,
    17: Outcome.NO_ADDRESS, 7: Outcome.WRONG_PASSWORD, 8: Outcome.WRONG_PASSWORD, 9: Outcome.WRONG_PASSWORD,
    10: Outcome.WRONG_PASSWORD, 11: Outcome.WRONG_PASSWORD, 53: Outcome.NOT_FOUND, 40: Outcome.NO_CARRIER,
    34: Outcome.NO_SIM, 45: Outcome.NO_SIM, 46: Outcome.NO_SIM, 35: Outcome.NO_MODEM,
}  # fmt: skip
WORDS: Final[tuple[tuple[str, Outcome], ...]] = (
    ("secrets were required", Outcome.WRONG_PASSWORD),
    ("supplicant", Outcome.WRONG_PASSWORD),
    ("too long to authenticate", Outcome.WRONG_PASSWORD),
    ("network could not be found", Outcome.NOT_FOUND),
    ("no network with ssid", Outcome.NOT_FOUND),
    ("ip configuration", Outcome.NO_ADDRESS),
    ("dhcp", Outcome.NO_ADDRESS),
    ("carrier", Outcome.NO_CARRIER),
    ("sim", Outcome.NO_SIM),
)


class NetworkManager:
    """The hand over `nmcli`; `program` begins its command line."""

    def __init__(self, program: Sequence[str] = ("nmcli",)) -> None:
        """Ask nothing yet."""
        self._program = tuple(program)
        self._spots: tuple[Spot, ...] = ()

    def look(self) -> Look:
        """Return how the network stands."""
        ways: list[Way] = []
        own = wireless = modem = False
        for device, kind, state, connection in self._rows("DEVICE,TYPE,STATE,CONNECTION", "device"):
            wireless |= kind == "wifi" and state != "unmanaged"
            modem |= kind == "gsm"
            way = KINDS.get(kind)
            if not state.startswith("connected") or way is None:
                continue
            if connection == OWN:
                own = True
            elif way not in ways and self._has_address(device):
                ways.append(way)
        return Look(tuple(ways), wireless, modem, own)

    def spots(self) -> tuple[Spot, ...]:
        """Return the wireless networks in reach; many cards hear nobody while they are a network themselves."""
        try:
            rows = self._rows("SSID,SIGNAL,SECURITY", "device", "wifi", "list", "--rescan", "yes")
        except HandBroken:
            return self._spots
        best: dict[str, Spot] = {}
        for name, signal, security in rows:
            pct = min(100, int(signal)) if signal.isdigit() else 0
            if name and name.isprintable() and pct >= best.get(name, Spot(name="")).signal_pct:
                best[name] = Spot(name=name, signal_pct=pct, secured=security not in ("", "--"))
        found = sorted(best.values(), key=lambda spot: (-spot.signal_pct, spot.name))
        if found:
            self._spots = tuple(found[:MOST_SPOTS])
        return self._spots

    def reload(self) -> None:
        """Read the connections anew."""
        self._ask("connection", "reload")

    def open(self) -> None:
        """Raise our own wireless network."""
        self._up(OWN, OPEN_S)

    def close(self) -> None:
        """Take our own network down."""
        done = self._run(ASK_S, "connection", "down", "id", OWN)
        if done.returncode not in (0, 10):  # 10: it was not up
            raise HandBroken(_last(done.stderr))

    def join(self, way: Way) -> None:
        """Join by the connection of this way and wait."""
        self._up(f"{PREFIX}{way}", JOIN_S)

    def _up(self, name: str, wait_s: int) -> None:
        done = self._run(wait_s + 5, "--wait", str(wait_s), "connection", "up", "id", name)
        if done.returncode != 0:
            said = _last(done.stderr)
            raise NotJoined(outcome_of(done.returncode, said), said)

    def _has_address(self, device: str) -> bool:
        """Return whether a device has an address that somebody else gave it or a person set."""
        rows = self._rows("IP4.ADDRESS,IP6.ADDRESS", "device", "show", device, rows=False)
        found = [value for row in rows for value in row[1:] if value]
        return any(not value.startswith(("169.254.", "fe80:")) for value in found)

    def _rows(self, fields: str, *words: str, rows: bool = True) -> list[list[str]]:
        said = self._ask("--terse", "--escape", "yes", "--fields", fields, *words)
        width = fields.count(",") + 1
        split = [fields_of(line) for line in said.splitlines() if line]
        return [row for row in split if not rows or len(row) == width]

    def _ask(self, *words: str) -> str:
        done = self._run(ASK_S, *words)
        if done.returncode != 0:
            raise HandBroken(_last(done.stderr) or f"nmcli ended with {done.returncode}")
        return done.stdout

    def _run(self, wait_s: int, *words: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(
                [*self._program, *words],
                capture_output=True,
                timeout=wait_s + 5,
                check=False,
                encoding="utf-8",
                errors="replace",
                stdin=subprocess.DEVNULL,
                env={"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
        except FileNotFoundError as fault:
            msg = "there is no nmcli: install network-manager"
            raise HandBroken(msg) from fault
        except subprocess.TimeoutExpired as fault:
            msg = f"nmcli gave no answer in {fault.timeout:.0f} s"
            raise HandBroken(msg) from fault


def fields_of(line: str) -> list[str]:
    r"""Return the fields of a line of `nmcli --terse --escape yes`: parted by colons, `\:` and `\\` are letters."""
    fields = [""]
    letters = iter(line)
    for letter in letters:
        if letter == "\\":
            fields[-1] += next(letters, "")
        elif letter == ":":
            fields.append("")
        else:
            fields[-1] += letter
    return fields


def outcome_of(code: int, said: str) -> Outcome:
    """Return why a connection did not come up, by the reason's number where it stands there, else by its words."""
    found = re.search(r"\((\d+)\)|reason (\d+)", said)
    if found is not None:
        number = int(found[1] or found[2])
        if number in REASONS:
            return REASONS[number]
    low = said.lower()
    for words, outcome in WORDS:
        if words in low:
            return outcome
    if code == 10 or "no suitable device" in low or "no device" in low:
        return Outcome.NO_CARRIER
    return Outcome.FAILED


def _last(said: str) -> str:
    """Return the line that names the fault; hints where to look further are for somebody with a keyboard."""
    lines = [line for line in said.splitlines() if line and not line.startswith("Hint:")]
    return lines[-1][:300] if lines else ""
