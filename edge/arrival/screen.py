"""The screen: who we are, how to reach us and what must be mended, as text and a QR code on the first console.

Law of the room: what the appliance says is shown in its own words; while it says nothing, the site file's faults are.
The console's font has no Vietnamese letters with marks, so they are left out; nothing here reads a key.
"""

import logging
import subprocess
import tempfile
import time
import unicodedata
from pathlib import Path
from typing import Final, TextIO, TypeVar

import msgspec
import segno

from contract.site import sentence
from edge.adapters.voice import CannotSpeak, run_espeak
from edge.core.arrival import MOST_BYTES, SHOWN, Fault, Shown

log = logging.getLogger(__name__)

CLEAR: Final = "\x1b[2J\x1b[3J\x1b[H"
LOOK_S: Final = 2.0
SPOKEN_FAULTS: Final = 3


def plain(text: str) -> str:
    """Return a text without marks and without anything that a console would obey."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    kept = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return "".join(letter if " " <= letter <= "~" else " " for letter in kept)


def painted(shown: Shown) -> str:
    """Return what is written on the console: lines, then the code in half blocks, which every console has."""
    lines = ["", "  TIENG LANG", ""]
    lines += [f"  {plain(line)}" for line in shown.lines]
    text = "\n".join([*lines, ""])
    return f"{CLEAR}{text}\n{_code(shown.code)}"


def _code(text: str) -> str:
    """Return a QR code, dark on light, two rows in a line."""
    if not text:
        return ""
    rows = [list(row) for row in segno.make(text, error="l", micro=False).matrix_iter(border=2)]
    rows += [[0] * len(rows[0])] * (len(rows) % 2)
    signs = {
        (1, 1): " ",
        (1, 0): "▄",
        (0, 1): "▀",
        (0, 0): "█",
    }  # light is what the console lights up
    pairs = zip(rows[::2], rows[1::2], strict=True)
    return "".join(
        "  " + "".join(signs[bool(up), bool(down)] for up, down in zip(*pair, strict=True)) + "\n"
        for pair in pairs
    )


def seen(shown_file: Path, faults_file: Path) -> Shown:
    """Return what there is to show: the appliance's own words, else the site file's faults."""
    shown = _read(shown_file, Shown)
    if shown is not None:
        return shown
    faults = _read(faults_file, tuple[Fault, ...]) or ()
    lines = tuple(sentence(each.line, each.vi)[:300] for each in faults)
    return Shown(lines=lines or ("Đang khởi động…",))


def run(wishes: Path, faults_file: Path, console: TextIO, *, rounds: int | None = None) -> None:
    """Show for ever, or so many rounds; speak the faults once where there is no site file to run on at all."""
    last, spoken, round_ = "", False, 0
    while rounds is None or round_ < rounds:
        round_ += 1
        text = painted(seen(wishes / SHOWN, faults_file))
        if text != last:
            last = text
            console.write(text)
            console.flush()
        if not spoken:
            spoken = _speak_once(faults_file)
        if rounds is None or round_ < rounds:
            time.sleep(LOOK_S)


def _speak_once(faults_file: Path) -> bool:
    """Say the faults where no appliance runs that could: without any good file there are no settings beside them."""
    if not faults_file.exists():
        return False
    if faults_file.with_name("edge.toml").exists():
        return True  # the appliance says it itself, and knows the hour
    faults = _read(faults_file, tuple[Fault, ...]) or ()
    text = " ".join(sentence(each.line, each.vi) for each in faults[:SPOKEN_FAULTS])
    if text:
        _speak(text)
    return True


def _speak(text: str) -> None:
    """Speak through the first sound card, at a quarter; without one it is only shown."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fault.wav"
        try:
            run_espeak("vi", text, file, amplitude=25)
            subprocess.run(["/usr/bin/aplay", "-q", str(file)], check=False, timeout=60)
        except (CannotSpeak, OSError, subprocess.TimeoutExpired) as fault:
            log.warning("the faults are not spoken: %s", fault)


T = TypeVar("T")


def _read(file: Path, kind: type[T]) -> T | None:
    try:
        text = file.read_bytes()
        return msgspec.json.decode(text, type=kind) if len(text) <= MOST_BYTES else None
    except (OSError, msgspec.MsgspecError, ValueError):
        return None
