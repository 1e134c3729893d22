"""Evidence: what the rehearsal found, measured at the sinks and read from the appliances' journals.

Law of the room: an assertion names its figure and its bound; nothing is rounded in its favour.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from provisioning.rehearsal.sound import Recording, Segment

SOUND_DBFS: Final = -55.0
SILENT_DBFS: Final = -70.0
PITCH_HZ: Final = 4.0
PAUSE_S: Final = 1.5  # a pause of speech up to this long is part of one sounding


@dataclass(frozen=True)
class Finding:
    """One line of the closing table: what was to hold, whether it held, and the figures."""

    what: str
    held: bool
    figures: str


def sounding(recording: Recording, since_mono_s: float, until_mono_s: float) -> list[Segment]:
    """Return what sounded between two instants, pauses of speech bridged."""
    found = recording.segments(SOUND_DBFS, PAUSE_S)
    return [s for s in found if s.end_mono_s > since_mono_s and s.onset_mono_s < until_mono_s]


def turns(state: Path) -> Iterator[tuple[float, dict[str, Any]]]:
    """Yield the monotonic second and the event of every journalled turn."""
    for file in sorted((state / "journal").glob("journal-*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines()[1:]:
            turn = json.loads(line)
            yield turn["at"]["mono_s"], turn["event"]


def relays(state: Path) -> list[tuple[float, frozenset[str]]]:
    """Return every read-back of the relays: the monotonic second and the zones that were on."""
    return [
        (mono_s, frozenset(event["on"]))
        for mono_s, event in turns(state)
        if event["event"] == "zones-switched"
    ]


def refusal_codes(state: Path) -> list[str]:
    """Return the codes of the documents that the appliance refused, in order."""
    return [event["code"] for _, event in turns(state) if event["event"] == "document-refused"]


def on_around(
    switches: list[tuple[float, frozenset[str]]], onset_mono_s: float, end_mono_s: float
) -> tuple[float, float]:
    """Return how long before the onset a relay was read as on, and how long after the end all were off, in s.

    Negative or infinite where the order was wrong.
    """
    on_at = [at for at, on in switches if on and at <= end_mono_s]
    first_on = min((at for at in on_at if at > onset_mono_s - 20), default=float("inf"))
    off_at = min((at for at, on in switches if not on and at > end_mono_s), default=float("inf"))
    return onset_mono_s - first_on, off_at - end_mono_s


def sounding_now(recording: Recording, since_mono_s: float) -> list[Segment]:
    """Return what began to sound after an instant, without bridging: a cut shows as a new onset."""
    found = recording.segments(SOUND_DBFS, 0.2)
    return [s for s in found if s.onset_mono_s >= since_mono_s]


def change_over(
    recording: Recording, since_mono_s: float, wanted_hz: tuple[float, ...]
) -> tuple[float, float]:
    """Return after how many seconds from an instant it was silent, and one of the wanted pitches sounded again.

    Infinite where it never did within 6 s.
    """
    silent_s = back_s = float("inf")
    for step in range(600):
        at = since_mono_s + step / 100
        if silent_s > step and recording.level_dbfs(at, at + 0.01) < SILENT_DBFS:
            silent_s = step / 100
        pitch = recording.frequency_hz(at, at + 0.2)
        steady = recording.level_dbfs(at, at + 0.02) > SOUND_DBFS
        if silent_s < step and steady and any(abs(pitch - hz) < PITCH_HZ for hz in wanted_hz):
            back_s = step / 100
            break
    return silent_s, back_s
