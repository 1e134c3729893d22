"""What the tests of the sounding hands share: a collector of events, sound files, one rig for fake and real."""

import math
import subprocess
import threading
import time
import wave
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from edge.core.events import Happening
from edge.core.orders import Inspect, SetPlayVolume, StartPlay, StopPlay
from edge.core.sound import FromStream, FromVoice, Source

RATE_HZ = 48_000
Kind = TypeVar("Kind")


class Heard:
    """Collects what a hand posts, from any thread."""

    def __init__(self) -> None:
        self.events: list[Happening] = []
        self._news = threading.Condition()

    def post(self, event: Happening) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def all(self, kind: type[Kind]) -> list[Kind]:
        with self._news:
            return [event for event in self.events if isinstance(event, kind)]

    def wait(
        self,
        kind: type[Kind],
        within_s: float = 8.0,
        where: Callable[[Kind], bool] = lambda _event: True,
    ) -> Kind:
        """Return the first event of this kind, come or to come; fails the test when none comes."""
        limit_s = time.monotonic() + within_s
        with self._news:
            while True:
                for event in self.events:
                    if isinstance(event, kind) and where(event):
                        return event
                left_s = limit_s - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(f"no {kind.__name__} within {within_s} s: {self.events}")
                self._news.wait(left_s)


class SoundFiles:
    """A folder of sound files made on the spot; a source's `ref` is the file's name.

    Live sources lie where `lives` says, streams at their own address.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lives: dict[Source, Path | str] = {}

    def locate(self, source: Source) -> Path | str:
        if source in self.lives:
            return self.lives[source]
        if isinstance(source, FromStream):
            return source.url
        if not isinstance(source, FromVoice):
            return self.folder / "khong-co.mp3"
        return self.folder / source.ref

    def wav(self, name: str, hz: float, seconds: float, amplitude: float = 0.5) -> str:
        samples = array("h")
        for i in range(round(seconds * RATE_HZ)):
            samples.append(round(32_767 * amplitude * math.sin(2 * math.pi * hz * i / RATE_HZ)))
        with wave.open(str(self.folder / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE_HZ)
            file.writeframes(samples.tobytes())
        return name

    def coded(self, name: str, hz: float, seconds: float) -> str:
        """Make a file in the format that its name ends with."""
        sine = f"sine=frequency={hz}:sample_rate={RATE_HZ}:duration={seconds}"
        command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", sine]
        command += ["-af", "volume=4", "-ac", "2", str(self.folder / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return name

    def cut(self, name: str, of: str, size_bytes: int) -> str:
        """Make a file of the first bytes of another."""
        (self.folder / name).write_bytes((self.folder / of).read_bytes()[:size_bytes])
        return name


class AnyPlayer(Protocol):
    """What fake and real player have in common."""

    def obey(self, order: StartPlay | StopPlay | SetPlayVolume | Inspect) -> None: ...


class Rig:
    """A player, what it said, and a way to let time pass."""

    def __init__(self, player: AnyPlayer, heard: Heard, let: Callable[[float], None]) -> None:
        self.player = player
        self.heard = heard
        self.let = let

    def play(self, name: str, key: str = "", *, from_ms: int = 0, volume_pct: int = 50) -> str:
        """Order a play and return its key."""
        key = key or name
        order = StartPlay(
            key=key, source=FromVoice(ref=name), from_ms=from_ms, volume_pct=volume_pct
        )
        self.player.obey(order)
        return key

    def play_source(self, source: Source, key: str = "live", volume_pct: int = 100) -> str:
        """Order a play of any source and return its key."""
        self.player.obey(StartPlay(key=key, source=source, from_ms=0, volume_pct=volume_pct))
        return key

    def stop(self, key: str, fade_ms: int = 0) -> None:
        self.player.obey(StopPlay(key=key, fade_ms=fade_ms))
