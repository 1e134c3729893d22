"""`python -m images.proof`: the very card, started in two emulated machines, enrolled, heard and measured from outside.

Law of the room: central runs on this machine, the appliance in the guest; what sounded is read from the file into
which the guest's sound card plays, what the relays did from the pins' levels outside the guest. A finding is printed
with its figure; one that does not hold ends with 1.
"""

import argparse
import base64
import shutil
import sys
import tempfile
import time
import urllib.request
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np

from contract.documents import Kind
from contract.seal import seal
from images.machine import Board, Machine
from images.recipe import MIB, Recipe
from images.tools import Failed, run
from provisioning.rehearsal.office import Office, utc_now
from provisioning.rehearsal.province import Province, Site, free_ports
from provisioning.rehearsal.sound import Recording
from provisioning.rehearsal.sources import TUNE_HZ, tune
from provisioning.rehearsal.story import ZONE

HOST: Final = "10.0.2.2"  # this machine, as a guest of QEMU's own network sees it
PIN: Final = 17
AREA: Final = "dt/my-phong/kp-1"
BOOT_S: Final = 300.0
TUNE_S: Final = 6.0


@dataclass
class Findings:
    """What was found so far, printed as it comes."""

    broken: int = 0
    began: float = field(default_factory=time.monotonic)

    def tell(self, what: str, figure: str, *, holds: bool) -> None:
        """Print one finding."""
        self.broken += not holds
        sign = "✓" if holds else "✗"
        print(f"{time.monotonic() - self.began:6.1f} s  {sign} {what}: {figure}", flush=True)


@dataclass
class Guest:
    """An appliance in an emulated machine, and the province that it belongs to."""

    province: Province
    machine: Machine
    site: str
    device: str = ""

    def page(self, path: str) -> Any:  # noqa: ANN401  JSON as it comes
        """Return what the appliance's own page answers; raises `OSError` while there is none."""
        with urllib.request.urlopen(
            f"http://127.0.0.1:{self.machine.page_port}{path}", timeout=10
        ) as answer:
            return msgspec.json.decode(answer.read())

    def health(self) -> dict[str, Any]:
        """Return what it says of itself, nothing while its page does not answer."""
        try:
            return dict(self.page("/health"))
        except OSError:
            return {}


def until(what: str, holds: Callable[[], bool], limit_s: float, machine: Machine) -> float:
    """Return after how many seconds it held; raises `Failed`."""
    began = time.monotonic()
    while time.monotonic() - began < limit_s:
        if holds():
            return time.monotonic() - began
        if not machine.alive():
            raise Failed(f"the machine went off before {what}")
        time.sleep(0.5)
    end = machine.serial.read_text(errors="replace")[-2_000:]
    raise Failed(f"{what} did not come within {limit_s:.0f} s; the console ends with:\n{end}")


@contextmanager
def placed(image: Path, board: Board, folder: Path) -> Iterator[Guest]:
    """Give an appliance whose card was written from `image` for one place of a new province; nothing is started."""
    site = Site("the", "Cụm loa Khu phố 1", AREA, "unused")
    province = Province(folder / "province", (site,), {}, "", also_reached_as=(HOST,))
    province.make()
    province.start_central()
    try:
        office = province.office("quantri")
        office.call(
            "POST", "/sites", json={"id": "kp-1", "title": site.title, "area": AREA, "template": {}}
        )
        code = office.call("POST", "/sites/kp-1/claim")["code"]
        card = folder / "card.img"
        run("cp", "--sparse=always", image, card)
        size_mib = (
            1 << (Recipe().card_mib() - 1).bit_length()
        )  # an emulated card reader takes powers of two
        with card.open("r+b") as file:
            file.truncate(size_mib * MIB)
        text = f'central = "http://{HOST}:{province.central_port}"\nallow_plain_http = true\nclaim_code = "{code}"\n'
        (folder / "tienglang.toml").write_text(f"{text}[pins]\non_high = [{PIN}, 27]\n")
        shutil.copytree(province.baked, folder / "trust")
        at = f"{card}@@{Recipe().begin_mib * MIB}"
        run("mcopy", "-o", "-s", "-i", at, folder / "tienglang.toml", folder / "trust", "::/")
        (port,) = free_ports(1)
        sound = folder / "sound.wav" if board == "virt" else None
        machine = Machine(card, folder / "machine", board, port, sound)
        try:
            yield Guest(province, machine, "kp-1")
        finally:
            machine.cut()
    finally:
        province.stop()


def enrol(guest: Guest, findings: Findings) -> None:
    """Follow the claim code to a signed assignment, comparing the digits on both screens; raises `Failed`."""
    office = guest.province.office("quantri")

    def waits() -> dict[str, Any]:
        told = office.call("GET", f"/sites/{guest.site}")["enrolment"]
        return dict(told or {})

    took = until("the digits to compare", lambda: bool(waits().get("code")), 120, guest.machine)
    digits = str(waits()["code"])
    with urllib.request.urlopen(
        f"http://127.0.0.1:{guest.machine.page_port}/", timeout=20
    ) as answer:
        same = digits in answer.read().decode()
    findings.tell(
        "claim code of the site file, digits alike on both screens", f"{took:.1f} s", holds=same
    )
    guest.device = str(waits()["device"])
    prepared = office.call("POST", f"/sites/{guest.site}/assignment/prepare", json={"code": digits})
    payload = base64.b64decode(prepared["payload"])
    sealed = seal(Kind.ASSIGNMENT, payload, [guest.province.keys.assign]).decode()
    signed = {"code": digits, "envelope": sealed}
    office.call("POST", f"/sites/{guest.site}/assignment", json=signed)
    took = until("the assignment", lambda: bool(guest.health().get("assigned")), 60, guest.machine)
    findings.tell("signed assignment taken", f"{took:.1f} s", holds=True)


def plan(guest: Guest, folder: Path, in_s: float) -> datetime:
    """Plan the tune in so many seconds, approve and publish; return its instant."""
    office, until_ = guest.province.office("bientap"), utc_now() + timedelta(days=1)
    record = office.upload(tune(folder), "Nhạc hiệu", "dt", "audio/wav")
    guest.province.office("duyet").approve(
        record["sha256"], "Nhạc hiệu", "dt", guest.province.keys.approve, until_
    )
    start = (utc_now() + timedelta(seconds=in_s)).replace(microsecond=0)
    local = start.astimezone(ZONE)
    slot = {
        "id": "thu", "title": "Phát thử", "start": local.time().isoformat(timespec="seconds"), "window_s": 10,
        "recurrence": {"kind": "once", "on": local.date().isoformat()}, "items": [record["sha256"]],
    }  # fmt: skip
    office.add_slot(AREA, slot)
    office.publish(AREA)
    return start


def heard(file: Path) -> Recording:
    """Return what the guest's sound card has played so far; its last sample is of this instant."""
    size, now = file.stat().st_size, time.monotonic()
    with file.open("rb") as handle:
        head = handle.read(44)
        data = handle.read(size - 44)
    with wave.open(str(file)) as told:
        rate, channels = told.getframerate(), told.getnchannels()
    if head[:4] != b"RIFF":
        raise Failed(f"{file} is no sound file")
    frames = np.frombuffer(data[: len(data) // (2 * channels) * 2 * channels], dtype="<i2")
    samples = frames.reshape(-1, channels)[:, 0]
    return Recording(samples, rate, now - len(samples) / rate)


def sounding(image: Path, folder: Path, findings: Findings) -> None:
    """The card in a machine with a sound card: from power-on to a programme that is heard on its second."""
    with placed(image, "virt", folder) as guest:
        guest.machine.start()
        took = until("the local page", lambda: bool(guest.health()), BOOT_S, guest.machine)
        findings.tell("from power-on to the local page (emulated)", f"{took:.0f} s", holds=True)
        enrol(guest, findings)
        took = until(
            "a trusted clock", lambda: guest.health().get("clock") == "trusted", 120, guest.machine
        )
        findings.tell("clock trusted", f"{took:.1f} s", holds=True)
        start = plan(guest, folder, 45)
        until(
            "the programme",
            lambda: bool(guest.health().get("programme_version")),
            40,
            guest.machine,
        )
        time.sleep(max(0.0, (start - utc_now()).total_seconds()) + TUNE_S + 6)
        at = time.monotonic() + (start - utc_now()).total_seconds()
        found = [
            s
            for s in heard(guest.machine.sound or Path()).segments(min_gap_s=0.5)
            if s.length_s > 1
        ]
        findings.tell(
            "the tune and nothing else is in the sound card's file",
            f"{len(found)} stretch",
            holds=len(found) == 1,
        )
        for one in found:
            off_s = one.onset_mono_s - at
            findings.tell("it began", f"{off_s:+.2f} s from its second", holds=abs(off_s) < 2.0)
            findings.tell(
                "it lasted",
                f"{one.length_s:.2f} s of {TUNE_S} s",
                holds=abs(one.length_s - TUNE_S) < 0.6,
            )
            findings.tell(
                "its pitch",
                f"{one.frequency_hz:.1f} Hz of {TUNE_HZ} Hz",
                holds=abs(one.frequency_hz - TUNE_HZ) < 2,
            )
        plays = _plays(guest.province.office("bientap"), guest.device)
        findings.tell("central has its report", f"{len(plays)} play", holds=len(plays) == 1)


def _plays(office: Office, device: str) -> list[dict[str, Any]]:
    for _ in range(60):
        if plays := office.plays(device):
            return plays
        time.sleep(1)
    return []


def switching(image: Path, folder: Path, findings: Findings) -> None:
    """The card in an emulated Raspberry Pi 3 B: the relay's pin, read at the header by whoever stands outside."""
    with placed(image, "raspi3b", folder) as guest:
        guest.machine.start()

        def on() -> bool:
            return bool(guest.machine.levels() >> PIN & 1)

        time.sleep(5)
        findings.tell("the relay's pin at power-on", "on" if on() else "off", holds=not on())
        took = until("the local page", lambda: bool(guest.health()), 2 * BOOT_S, guest.machine)
        findings.tell(
            "from power-on to the local page (emulated Pi 3 B)", f"{took:.0f} s", holds=True
        )
        enrol(guest, findings)
        findings.tell(
            "the relay's pin before anything is planned", "on" if on() else "off", holds=not on()
        )
        until(
            "a trusted clock", lambda: guest.health().get("clock") == "trusted", 120, guest.machine
        )
        start = plan(guest, folder, 60)
        waits = (start - utc_now()).total_seconds() - 2
        took = until("the relay", on, waits + 20, guest.machine)
        early_s = (start - utc_now()).total_seconds()
        findings.tell(
            "the relay switched on before the first sample",
            f"{early_s:+.1f} s before",
            holds=early_s > 0,
        )
        took = until("the relay's release", lambda: not on(), 40, guest.machine)
        findings.tell(
            "and off after the last",
            f"{-(start - utc_now()).total_seconds() - TUNE_S:.1f} s after",
            holds=True,
        )


def main() -> int:
    """Prove the card; return 1 when something did not hold."""
    words = argparse.ArgumentParser(
        prog="python -m images.proof", description="Start the card and measure it."
    )
    words.add_argument("--image", type=Path, default=Path("dist/tienglang.img"))
    words.add_argument("--only", choices=["sounding", "switching"], help="one of the two machines")
    given = words.parse_args()
    findings = Findings()
    for name, story in (("sounding", sounding), ("switching", switching)):
        if given.only in (None, name):
            with tempfile.TemporaryDirectory(prefix="tienglang-card-") as folder:
                try:
                    story(given.image.resolve(), Path(folder), findings)
                except Failed as fault:
                    findings.tell(name, str(fault), holds=False)
    return 1 if findings.broken else 0


if __name__ == "__main__":
    sys.exit(main())
