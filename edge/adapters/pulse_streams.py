"""Mutes streams in the sound server from outside, for the one case in which libVLC cannot.

Law of the room: only streams of the process that is named are touched.
"""

import os
import re
import subprocess
from typing import Final

TIMEOUT_S: Final = 1.0
NUMBER: Final = re.compile(r"^Sink Input #(\d+)", re.MULTILINE)


def mute_streams(pid: int) -> None:
    """Mute each stream that this process has in the sound server now; failing that, leave them as they are."""
    try:
        listed = _pactl("list", "sink-inputs")
        for part in re.split(r"^(?=Sink Input #)", listed, flags=re.MULTILINE):
            number = NUMBER.match(part)
            if number and f'application.process.id = "{pid}"' in part:
                _pactl("set-sink-input-mute", number[1], "1")
    except (OSError, subprocess.SubprocessError):
        return  # it falls silent by itself within a second


def _pactl(*words: str) -> str:
    return subprocess.run(
        ["pactl", *words],
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
        timeout=TIMEOUT_S,
    ).stdout
