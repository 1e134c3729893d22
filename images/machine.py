"""An emulated machine that starts the very card: as a Raspberry Pi 3 B, or as a bare board with a sound card.

Law of the room: what the firmware would do is read from the card's own files (config.txt or tryboot.txt, os_prefix,
kernel, first program, words); nothing of it is known here otherwise. The machine listens on loopback alone.
"""

import contextlib
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from images.recipe import MIB, Recipe
from images.tools import Failed, run

Board = Literal["raspi3b", "virt"]
# what happens inside is told on the console, and an emulated processor has no noise of its own
LOGS: Final = "random.trust_cpu=on systemd.journald.forward_to_console=1"
GPIO_LEVELS: Final = (
    0x3F200034  # GPLEV0 of the BCM2837: the level of each pin, as a meter on the header sees it
)


@dataclass(frozen=True)
class Start:
    """What the firmware starts: files taken from the card, and the kernel's words."""

    kernel: Path
    initrd: Path
    words: str
    board: Path | None


def firmware(card: Path, work: Path, *, tryboot: bool = False, board: str = "") -> Start:
    """Return what the firmware would start from this card; raises `Failed` where it would show a rainbow."""
    at = f"{card}@@{Recipe().begin_mib * MIB}"
    work.mkdir(parents=True, exist_ok=True)

    def take(name: str) -> Path:
        to = work / name.replace("/", "-")
        to.unlink(missing_ok=True)
        run("mcopy", "-n", "-i", at, f"::/{name}", to)
        return to

    settings = _settings(take("tryboot.txt" if tryboot else "config.txt").read_text())
    prefix = settings.get("os_prefix", "")
    initrd = settings.get("initramfs", "").split()
    if not initrd:
        raise Failed("the firmware's configuration names no first program (initramfs)")
    return Start(
        kernel=take(prefix + settings.get("kernel", "kernel8.img")),
        initrd=take(prefix + initrd[0]),
        words=take(prefix + settings.get("cmdline", "cmdline.txt")).read_text().strip(),
        board=take(f"{prefix}{board}.dtb") if board else None,
    )


def _settings(text: str) -> dict[str, str]:
    """Return the firmware's settings; `initramfs` is the one without an equals sign."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        plain = line.partition("#")[0].strip()
        if plain.startswith("initramfs "):
            found["initramfs"] = plain.removeprefix("initramfs ").strip()
        elif "=" in plain:
            key, _, value = plain.partition("=")
            found[key.strip()] = value.strip()
    return found


@dataclass
class Machine:
    """A machine with a card in it; `start` and `cut` are its switch."""

    card: Path
    work: Path
    board: Board
    page_port: int
    sound: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self, *, tryboot: bool = False) -> None:
        """Switch it on; raises `Failed`."""
        self.work.mkdir(parents=True, exist_ok=True)
        self.serial.unlink(missing_ok=True)
        self._monitor.unlink(missing_ok=True)
        words = (
            self._pi(tryboot=tryboot) if self.board == "raspi3b" else self._virt(tryboot=tryboot)
        )
        self._process = subprocess.Popen(
            [
                "qemu-system-aarch64", *words, "-no-reboot", "-display", "none",
                "-serial", f"file:{self.serial}", "-monitor", f"unix:{self._monitor},server,nowait",
            ],
            stdout=subprocess.DEVNULL, stderr=(self.work / "qemu.log").open("wb"), stdin=subprocess.DEVNULL,
        )  # fmt: skip

    @property
    def serial(self) -> Path:
        """Return where the machine's console is written."""
        return self.work / "serial.log"

    @property
    def _monitor(self) -> Path:
        return self.work / "monitor"

    def _virt(self, *, tryboot: bool) -> list[str]:
        start = firmware(self.card, self.work / "start", tryboot=tryboot)
        words = [
            "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024", "-kernel", str(start.kernel),
            "-initrd", str(start.initrd), "-append", f"{start.words} console=ttyAMA0 {LOGS}",
            "-drive", f"file={self.card},format=raw,if=virtio,cache=writeback", *self._net("virtio-net-pci,romfile="),
        ]  # fmt: skip
        if self.sound is not None:
            words += [
                "-audiodev", f"wav,id=a,path={self.sound},out.frequency=48000",
                "-device", "ich9-intel-hda", "-device", "hda-output,audiodev=a",
            ]  # fmt: skip
        return words

    def _pi(self, *, tryboot: bool) -> list[str]:
        start = firmware(self.card, self.work / "start", tryboot=tryboot, board="bcm2837-rpi-3-b")
        if start.board is None:
            raise Failed("the card has no description of a Raspberry Pi 3 B")
        # what the firmware writes into the board's description: which revision this is
        run("fdtput", "-p", "-t", "x", start.board, "/system", "linux,revision", "a02082")
        return [
            "-M", "raspi3b", "-kernel", str(start.kernel), "-dtb", str(start.board), "-initrd", str(start.initrd),
            "-append", f"{start.words} console=ttyAMA0,115200 {LOGS} modprobe.blacklist=cdc_subset,hci_uart,vc4",
            "-drive", f"file={self.card},format=raw,if=sd", *self._net("usb-net"),
        ]  # fmt: skip

    def _net(self, device: str) -> list[str]:
        return [
            "-netdev", f"user,id=n,hostfwd=tcp:127.0.0.1:{self.page_port}-:8080",
            "-device", f"{device},netdev=n",
        ]  # fmt: skip

    def alive(self) -> bool:
        """Return whether it runs; a restart of the guest ends it, as `-no-reboot` says."""
        return self._process is not None and self._process.poll() is None

    def wait_off(self, limit_s: float) -> bool:
        """Return whether it went off by itself within the limit."""
        if self._process is None:
            return True
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(limit_s)
            return True
        return False

    def cut(self) -> None:
        """Pull the plug."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def ask(self, words: str) -> str:
        """Return the monitor's answer."""
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self._monitor))
            _until_prompt(line)
            line.sendall(f"{words}\n".encode())
            return _until_prompt(line)

    def levels(self) -> int:
        """Return the level of pins 0 to 31 as one number, read from outside the guest."""
        said = self.ask(f"xp /1wx {GPIO_LEVELS:#x}")
        return int(said.split(": 0x")[1].split()[0], 16)

    def wait_for(self, words: str, limit_s: float) -> float:
        """Return after how many seconds the console said `words`; raises `Failed`."""
        began = time.monotonic()
        while time.monotonic() - began < limit_s:
            if self.serial.exists() and words in self.serial.read_text(errors="replace"):
                return time.monotonic() - began
            if not self.alive():
                break
            time.sleep(0.2)
        end = self.serial.read_text(errors="replace")[-1_500:] if self.serial.exists() else ""
        raise Failed(
            f"the console did not say {words!r} within {limit_s:.0f} s; it ends with:\n{end}"
        )


def _until_prompt(line: socket.socket) -> str:
    said = b""
    while not said.endswith(b"(qemu) "):
        part = line.recv(4096)
        if not part:
            break
        said += part
    return said.decode(errors="replace")
