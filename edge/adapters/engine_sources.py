"""How the engine opens each kind of source: addresses and options for libVLC, and the tap of a line.

Law of the room: no libVLC here. Files are read at the engine's own pace; a line or a phone gives the
pace itself, and libVLC follows it, so that two clocks that differ do not pile up delay.
"""

import contextlib
import os
import subprocess
from typing import Final, assert_never
from urllib.parse import quote

from edge.adapters.engine_parts import is_wav
from edge.adapters.engine_talk import Way
from edge.adapters.phone import RATE_HZ as PHONE_RATE_HZ

# Exact lengths, seeking and progress in MP3 and Opus, where VLC's own readers fail; but it takes some
# pure tones in WAV for something else. What it does not know, VLC's own may try.
AVFORMAT: Final = ":demux=avformat"
RELAY_CACHE_MS: Final = 1_200
LINE_CACHE_MS: Final = 120
PHONE_CACHE_MS: Final = 160  # a phone's radio delivers in lumps
LINE_RATE_HZ: Final = 48_000
LINE_LATENCY_MS: Final = 20
END_LIMIT_S: Final = 1.0
BEGIN_LIMIT_S: Final = 4.0  # a live source that has given no sound by then gives none
STALL_S: Final = 3.0
RELAY_STALL_S: Final = (
    2.2  # since the decoder got nothing: what lies in the cache still sounds for half of it
)


def is_live(way: Way) -> bool:
    """Return whether this kind of source has no end of its own."""
    return way is not Way.FILE


def stall_limit_s(way: Way) -> float:
    """Return after how long without progress a play of this kind has stalled."""
    return RELAY_STALL_S if way is Way.STREAM else STALL_S


def cache_s(way: Way) -> float:
    """Return how long a live source sounds on when it stops giving."""
    match way:
        case Way.FILE:
            return 0.0
        case Way.STREAM:
            return RELAY_CACHE_MS / 1000
        case Way.LINE_IN:
            return LINE_CACHE_MS / 1000
        case Way.PHONE:
            return PHONE_CACHE_MS / 1000
        case _:
            assert_never(way)


def wants_avformat(way: Way, place: str) -> bool:
    """Return whether the file is to be tried by libavformat first."""
    return way is Way.FILE and not is_wav(place)


def options(way: Way) -> tuple[str, ...]:
    """Return what to tell libVLC about a live source."""
    match way:
        case Way.FILE:
            return ()
        case Way.STREAM:
            return (f":network-caching={RELAY_CACHE_MS}",)
        case Way.LINE_IN:
            return _samples(LINE_RATE_HZ, LINE_CACHE_MS)
        case Way.PHONE:
            return _samples(PHONE_RATE_HZ, PHONE_CACHE_MS)
        case _:
            assert_never(way)


def _samples(rate_hz: int, cache_ms: int) -> tuple[str, ...]:
    return (
        ":demux=rawaud",
        ":rawaud-channels=1",
        f":rawaud-samplerate={rate_hz}",
        ":rawaud-fourcc=s16l",
        f":file-caching={cache_ms}",
        f":live-caching={cache_ms}",
        ":clock-jitter=0",
    )


def pipe_address(path: str) -> str:
    """Return the address of a pipe that gives the pace itself."""
    return f"stream://{quote(path)}"


class LineTap:
    """A program that reads one input of the sound server into a pipe of ours; it ends with its reader."""

    def __init__(self, source_name: str) -> None:
        """Start it; `OSError` where it is not installed."""
        self._process = subprocess.Popen(
            [
                *("parec", "--raw", "--format=s16le", "--channels=1", f"--rate={LINE_RATE_HZ}"),
                *(f"--latency-msec={LINE_LATENCY_MS}", "--process-time-msec=5", "-d", source_name),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
        )

    @property
    def address(self) -> str:
        """The address of the pipe, for this process only."""
        pipe = self._process.stdout
        return pipe_address(f"/proc/{os.getpid()}/fd/{pipe.fileno() if pipe else -1}")

    def end(self) -> None:
        """End the program; afterwards the pipe is gone."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_LIMIT_S)
        if self._process.stdout is not None:
            self._process.stdout.close()
