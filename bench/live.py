"""The player alone: pre-emption, seams, live sources that stall or lag, an engine that dies, and 500 plays.

A real engine (libVLC) into a private PulseAudio whose sink is recorded at 48 kHz; a station and a phone of our
own. Prints the figures as JSON. Times in ms unless the name says otherwise; a seam's steepest step is given
as a multiple of the steepest step that either of the two sounds has by itself.
"""

import json
import math
import os
import platform
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import tempfile
import threading
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from edge.adapters.phone import RATE_HZ as PHONE_HZ
from edge.adapters.phone import PhoneLines
from edge.adapters.player import Player
from edge.core.events import HandRecovered, Happening, PlayerEnded, PlayerStarted
from edge.core.orders import StartPlay, StopPlay
from edge.core.sound import FromLineIn, FromPhone, FromStream, FromVoice, Source
from provisioning.rehearsal.sound import RATE_HZ, Recorder, Recording, SoundServer

SINK: Final = "loa"
LINE_SINK: Final = "day"
PREEMPTIONS: Final = 30
STALLS: Final = 5
DEATHS: Final = 5
PLAYS: Final = 500
PLAY_S: Final = 0.2
AMPLITUDE: Final = 0.5
OLD_HZ, NEW_HZ = 440.0, 880.0
STATION_BYTES_PER_S: Final = 16_000
STATION_AHEAD_S: Final = 1.0
PATIENCE_S: Final = 15.0
Kind = TypeVar("Kind", bound=Happening)


def quantiles(values: list[float]) -> dict[str, float]:
    """Return count, median, p99 and the worst."""
    ordered = sorted(values)
    if not ordered:
        return {"n": 0}
    at = min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))
    return {
        "n": len(ordered),
        "median": round(statistics.median(ordered), 1),
        "p99": round(ordered[at], 1),
        "worst": round(ordered[-1], 1),
    }


class Rig:
    """A player, what it says, and where its sources lie."""

    def __init__(self, folder: Path, sound: SoundServer) -> None:
        self.folder = folder
        self.sound = sound
        self.lines = PhoneLines(folder / "lines")
        self._news = threading.Condition()
        self._events: list[Happening] = []
        self.player = Player(self._post, self._locate, SINK, sound.server)

    def _post(self, event: Happening) -> None:
        with self._news:
            self._events.append(event)
            self._news.notify_all()

    def _locate(self, source: Source) -> Path | str:
        match source:
            case FromPhone(ref=ref):
                return self.lines.path(ref)
            case FromStream(url=url):
                return url
            case FromLineIn():
                return f"{LINE_SINK}.monitor"
            case FromVoice(ref=ref):
                return self.folder / ref
            case _:
                raise FileNotFoundError(source)

    def wait(self, kind: type[Kind], where: Callable[[Kind], bool] = lambda _: True) -> Kind:
        """Return the next event of this kind, and forget it."""
        limit_s = time.monotonic() + PATIENCE_S
        with self._news:
            while True:
                for event in self._events:
                    if isinstance(event, kind) and where(event):
                        self._events.remove(event)
                        return event
                left_s = limit_s - time.monotonic()
                assert left_s > 0, f"no {kind.__name__}: {self._events}"
                self._news.wait(left_s)

    def forget(self) -> None:
        """Forget what was said."""
        with self._news:
            self._events.clear()

    def play(self, source: Source, key: str) -> float:
        """Order a play at full scale; return the instant of the order."""
        now_s = time.monotonic()
        self.player.obey(StartPlay(key=key, source=source, from_ms=0, volume_pct=100))
        return now_s

    def stop(self, key: str) -> None:
        """Stop a play and wait for its end."""
        self.player.obey(StopPlay(key=key, fade_ms=0))
        self.wait(PlayerEnded, lambda event: event.key == key)


class Station:
    """Sends an endless MP3 until `stall`."""

    def __init__(self, sound: bytes) -> None:
        self._data = sound
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._stalled = threading.Event()
        self.last_s = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/live.mp3"

    def stall(self) -> None:
        """Send nothing more."""
        self._stalled.set()

    def _accept(self) -> None:
        while True:
            line, _ = self._socket.accept()
            threading.Thread(target=self._send, args=(line,), daemon=True).start()

    def _send(self, line: socket.socket) -> None:
        line.recv(4096)
        line.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n")
        began_s, sent = time.monotonic(), 0
        while not self._stalled.is_set():
            due = int((time.monotonic() - began_s + STATION_AHEAD_S) * STATION_BYTES_PER_S)
            at = sent % len(self._data)
            sent += line.send(self._data[at : at + due - sent])
            self.last_s = time.monotonic()
            time.sleep(0.05)
        time.sleep(60)


def sine(hz: float, seconds: float, rate_hz: int = RATE_HZ) -> bytes:
    """Return 16-bit samples of a sine."""
    steps = range(round(seconds * rate_hz))
    wave = (round(32_767 * AMPLITUDE * math.sin(2 * math.pi * hz * i / rate_hz)) for i in steps)
    return array("h", wave).tobytes()


def wav(path: Path, hz: float, seconds: float) -> None:
    """Write a WAV file of a sine."""
    data = sine(hz, seconds)
    fields = (b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, 1, RATE_HZ, RATE_HZ * 2, 2, 16)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", *fields, b"data", len(data))
    path.write_bytes(head + data)


def preemptions(rig: Rig, recorder: Recorder) -> dict[str, object]:
    """Return how long an order takes to be heard over a running play, and what the seam is like."""
    orders: list[float] = []
    for number in range(PREEMPTIONS):
        rig.play(FromVoice(ref="old.wav"), f"old {number}")
        rig.wait(PlayerStarted)
        time.sleep(0.2 + 0.0037 * number)
        orders.append(rig.play(FromVoice(ref="new.wav"), f"new {number}"))
        rig.wait(PlayerStarted)
        time.sleep(0.3)
        rig.stop(f"new {number}")
        time.sleep(0.1)
        rig.forget()
    recording = recorder.so_far()
    nominal = AMPLITUDE * 2 * math.pi * NEW_HZ / RATE_HZ
    seams = [samples_between(recording, at - 0.05, at + 0.3) for at in orders]
    delays = [first_of_new(seam) - 50 for seam in seams]
    return {
        "order_to_first_sample": quantiles(delays),
        "seam_steepest_x_nominal": quantiles([np.abs(np.diff(s)).max() / nominal for s in seams]),
        "seam_peak_x_content": round(max(np.abs(s).max() for s in seams) / AMPLITUDE, 3),
    }


def samples_between(recording: Recording, from_s: float, to_s: float) -> np.ndarray:
    """Return samples as parts of full scale."""
    first = round((from_s - recording.zero_mono_s) * RATE_HZ)
    last = round((to_s - recording.zero_mono_s) * RATE_HZ)
    return recording.samples[first:last].astype(float) / 32_768


def first_of_new(seam: np.ndarray) -> float:
    """Return when the last silence of a seam ends, in ms from its beginning."""
    loud = np.flatnonzero(np.abs(seam) > 0.001)
    gaps = np.flatnonzero(np.diff(loud) > RATE_HZ // 1000)
    return float(loud[gaps[-1] + 1]) / RATE_HZ * 1000 if gaps.size else float("nan")


def stalls(rig: Rig, recorder: Recorder, sound: bytes) -> dict[str, object]:
    """Return how long after the last byte, and after the last sound, a stalled stream has failed."""
    since_byte: list[float] = []
    since_sound: list[float] = []
    for number in range(STALLS):
        station = Station(sound)
        rig.play(FromStream(url=station.url), f"relay {number}")
        rig.wait(PlayerStarted)
        time.sleep(1.5 + 0.13 * number)
        station.stall()
        rig.wait(PlayerEnded)
        failed_s = time.monotonic()
        since_byte.append((failed_s - station.last_s) * 1000)
        heard = recorder.so_far().segments(min_gap_s=0.3)
        since_sound.append((failed_s - heard[-1].end_mono_s) * 1000)
    return {"since_last_byte": quantiles(since_byte), "since_last_sound": quantiles(since_sound)}


def phone(rig: Rig, recorder: Recorder, seconds: int = 15) -> dict[str, float]:
    """Return the time from mouth to sink, a beep each second in lumps of 20 ms."""
    lump = PHONE_HZ // 50
    beep = sine(1_000, 0.2, PHONE_HZ) + bytes(PHONE_HZ * 2 * 8 // 10)
    rig.lines.open("talk")
    rig.play(FromPhone(ref="talk"), "talk")
    spoken: list[float] = []
    due_s = time.monotonic()
    for number in range(seconds * 50):
        at = number % 50 * lump * 2
        if at == 0:
            spoken.append(due_s)  # the first sample of a lump is as old as the lump is long
        due_s += lump / PHONE_HZ
        time.sleep(max(0.0, due_s - time.monotonic()))
        rig.lines.feed("talk", beep[at : at + lump * 2])
    rig.stop("talk")
    rig.lines.close("talk")
    return quantiles(delays_of(spoken, recorder))


def line(rig: Rig, recorder: Recorder, seconds: int = 8) -> dict[str, float]:
    """Return the time from the line's sound server source to the sink."""
    beeps = (sine(1_000, 0.2) + bytes(RATE_HZ * 2 * 8 // 10)) * seconds
    with rig.sound.recorder(LINE_SINK) as before:
        rig.play(FromLineIn(), "line")
        rig.wait(PlayerStarted)
        subprocess.run(
            [
                "pacat",
                "--raw",
                "--format=s16le",
                "--channels=1",
                f"--rate={RATE_HZ}",
                "-d",
                LINE_SINK,
            ],
            input=beeps,
            env={**os.environ, **rig.sound.environment},
            check=True,
        )
        rig.stop("line")
        given = [segment.onset_mono_s for segment in before.stop().segments(min_gap_s=0.3)]
    return quantiles(delays_of(given, recorder))


def delays_of(given: list[float], recorder: Recorder) -> list[float]:
    """Return for each beep how much later it was heard."""
    heard = [segment.onset_mono_s for segment in recorder.so_far().segments(min_gap_s=0.3)]
    found = []
    for at in given:
        after = [onset for onset in heard if 0 <= onset - at < 0.9]
        if after:
            found.append((after[0] - at) * 1000)
    return found


def deaths(rig: Rig) -> dict[str, float]:
    """Return how long after a kill -9 a new engine is warm."""
    times: list[float] = []
    for number in range(DEATHS):
        rig.play(FromVoice(ref="old.wav"), f"victim {number}")
        rig.wait(PlayerStarted)
        time.sleep(0.3)
        pid = rig.player.engine_pid
        assert pid is not None
        killed_s = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        rig.wait(HandRecovered)
        times.append((time.monotonic() - killed_s) * 1000)
        rig.forget()
    return quantiles(times)


def many_plays(rig: Rig) -> dict[str, object]:
    """Return the engine's memory, threads and handles after the first ten and after all plays."""
    figures: dict[str, object] = {"plays": PLAYS}
    for number in range(1, PLAYS + 1):
        rig.play(FromVoice(ref="short.wav"), f"short {number}")
        rig.wait(PlayerEnded)
        if number in {10, PLAYS}:
            pid = rig.player.engine_pid
            assert pid is not None
            figures[f"after_{number}"] = {
                "pss_mb": memory_mb(pid, "Pss:"),
                "pss_own_mb": memory_mb(pid, "Pss_Anon:"),  # without what other processes share
                "threads": len(list(Path(f"/proc/{pid}/task").iterdir())),
                "handles": len(list(Path(f"/proc/{pid}/fd").iterdir())),
            }
    return figures


def memory_mb(pid: int, field: str) -> float:
    """Return a process's proportional share of memory, all of it or one kind."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    size_kb = next(int(text.split()[1]) for text in lines if text.startswith(field))
    return round(size_kb * 1024 / 1e6, 2)


def main() -> None:
    """Run the rig."""
    assert shutil.which("ffmpeg"), "apt-get install ffmpeg"
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        SoundServer((SINK, LINE_SINK)) as sound,
    ):
        folder = Path(name)
        for file, hz, seconds in (
            ("old.wav", OLD_HZ, 20.0),
            ("new.wav", NEW_HZ, 5.0),
            ("short.wav", NEW_HZ, PLAY_S),
        ):
            wav(folder / file, hz, seconds)
        radio = folder / "radio.mp3"
        tune = ["-f", "lavfi", "-i", "sine=frequency=660:sample_rate=48000:duration=60"]
        command = ["ffmpeg", "-v", "error", *tune, "-b:a", "128k", str(radio)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        rig = Rig(folder, sound)
        rig.player.start()
        try:
            with sound.recorder(SINK) as recorder:
                result: dict[str, object] = {
                    "machine": f"{platform.machine()} x {os.cpu_count()}, {platform.platform()}",
                    "load_before": [round(load, 1) for load in os.getloadavg()],
                    "preemption": preemptions(rig, recorder),
                    "stream_stall_to_failed": stalls(rig, recorder, radio.read_bytes()),
                    "phone_mouth_to_sink": phone(rig, recorder),
                    "line_source_to_sink": line(rig, recorder),
                    "engine_killed_to_recovered": deaths(rig),
                }
            rig.forget()
            result["many_plays"] = many_plays(rig)
        finally:
            rig.player.close()
            rig.lines.close_all()
        result["load_after"] = [round(load, 1) for load in os.getloadavg()]
    print(json.dumps(result, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
