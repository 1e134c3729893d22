"""Peers of an emergency's road that Debian has: Liquidsoap's queue that cuts in, and players started cold.

Law: the same sink, the same tone and the same recorder as ours; the time runs from before the word is given. None
of them verifies, remembers or repeats anything, and none is reached over a network: they are floors, not rivals.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from provisioning.rehearsal import evidence
from provisioning.rehearsal.sound import Recorder, Recording

PACKAGES: Final = {"liquidsoap": "liquidsoap", "mpv": "mpv", "ffplay": "ffmpeg"}
READY_S: Final = 30.0
HEARD_S: Final = 2.0


def fetch() -> None:
    """Install what is missing, by name, as root; what cannot be had is left out and said."""
    lacking = sorted({package for name, package in PACKAGES.items() if shutil.which(name) is None})
    if lacking and os.geteuid() == 0:
        quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking]
        subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)


def version(name: str) -> str:
    """Return the version that Debian gives a peer's package, empty where it is not here."""
    command = ["dpkg-query", "-W", "-f", "${Version}", PACKAGES[name]]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    return asked.stdout if shutil.which(name) else ""


def measure(
    recorder: Recorder, environment: Mapping[str, str], tone: Path, shots: int, folder: Path
) -> dict[str, list[float]]:
    """Return for each peer that is here the ms from the word to the first sample, shot by shot."""
    env = {**os.environ, **environment}
    quiet = {
        "stdin": subprocess.DEVNULL,
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
    }
    colds = {
        "mpv, started cold": [
            "mpv",
            "--no-config",
            "--no-video",
            "--really-quiet",
            "--ao=pulse",
            str(tone),
        ],
        "ffplay, started cold": ["ffplay", "-nodisp", "-autoexit", "-loglevel", "quiet", str(tone)],
    }
    found: dict[str, list[float]] = {}
    for name, command in colds.items():
        if shutil.which(command[0]) is None:
            continue

        def start(command: list[str] = command) -> None:
            player = subprocess.Popen(command, env={**env, "SDL_AUDIODRIVER": "pulse"}, **quiet)  # type: ignore[call-overload]  # its keywords are one dict
            time.sleep(HEARD_S)
            player.terminate()
            player.wait(10)

        found[name] = _shots(recorder, start, shots)
    if shutil.which("liquidsoap") is not None:
        with _liquidsoap(env, folder) as push:

            def word() -> None:
                push(f"warn.push {tone}")
                time.sleep(HEARD_S)

            found["Liquidsoap, a queue that cuts in"] = _shots(recorder, word, shots)
    return found


def lately(recorder: Recorder, since_mono_s: float) -> Recording:
    """Return what was heard since an instant, so that a long run costs no more at its end than at its beginning."""
    whole = recorder.so_far()
    first = max(0, round((since_mono_s - whole.zero_mono_s) * whole.rate_hz))
    zero_mono_s = whole.zero_mono_s + first / whole.rate_hz
    return Recording(whole.samples[first:], whole.rate_hz, zero_mono_s)


def _shots(recorder: Recorder, give: Callable[[], None], shots: int) -> list[float]:
    delays: list[float] = []
    for _ in range(shots):
        begin = time.monotonic()
        give()
        time.sleep(0.4)
        onsets = [s.onset_mono_s for s in evidence.sounding_now(lately(recorder, begin), begin)]
        delays.append((onsets[0] - begin) * 1000 if onsets else float("nan"))
        time.sleep(0.3)
    return delays


@contextlib.contextmanager
def _liquidsoap(env: Mapping[str, str], folder: Path) -> Iterator[Callable[[str], None]]:
    """Give the word to a running Liquidsoap whose queue takes the air from silence at once."""
    door = folder / "liquidsoap.sock"
    script = folder / "peer.liq"
    script.write_text(
        "set('init.allow_root', true)\n"
        "set('log.stdout', false)\nset('log.file', false)\n"
        f"set('server.socket', true)\nset('server.socket.path', '{door}')\n"
        "warn = request.queue(id='warn')\n"
        "output.pulseaudio(fallback(track_sensitive=false, [warn, blank()]))\n",
        encoding="utf-8",
    )
    log = (folder / "liquidsoap.log").open("wb")
    peer = subprocess.Popen(
        ["liquidsoap", str(script)], env=env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    try:
        limit_s = time.monotonic() + READY_S
        while not door.exists() and time.monotonic() < limit_s and peer.poll() is None:
            time.sleep(0.1)
        time.sleep(2.0)
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(str(door))
            yield lambda words: line.sendall(words.encode() + b"\n")
    finally:
        peer.terminate()
        peer.wait(10)
        log.close()
