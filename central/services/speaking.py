"""Speaks text to sound: previews at once, long texts as jobs; espeak-ng, or Piper where a voice is configured.

Law of the room: text goes to an engine through its standard input and never through a shell; what is spoken is
what `contract.spoken` makes of it, as on the appliance. A preview is a short-lived file and never content.
"""

import contextlib
import importlib.util
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from central.db.library import JobRow
from central.domain.errors import CentralError, NotFound, Unacceptable
from central.domain.library import Made, Sheet, checked_sheet
from central.domain.library_speech import (
    ESPEAK_VOICES,
    PREVIEW_CHARS,
    WORDS_PER_MINUTE,
    Region,
    checked_speed,
    checked_text,
    estimated_ms,
    pieces,
    spoken,
)
from central.domain.library_states import JobPhase, JobState, SpeechPreview
from central.domain.people import Person
from central.services.areas import area_named
from central.services.contents import require_upload
from central.services.transcode_jobs import SPEECH, Wish, check_room, job_state
from central.services.unit import SYSTEM, House

PREVIEW_KEPT_S: Final = 3_600
PIPER_SLOWER: Final = 1.15
PIECE_PAUSE_S: Final = 0.35
TIMEOUT_S: Final = 120.0
_PREVIEW_NAME: Final = re.compile(r"[0-9a-f]{32}")


class TextSaid(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to be spoken: whose voice and how fast, in percent of the usual."""

    text: str
    region: Region = Region.SOUTH
    speed_pct: int = 100


class SpeechAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text to become content: spoken how, for which area, under what sheet."""

    text: str
    area: str
    region: Region = Region.SOUTH
    speed_pct: int = 100
    sheet: Sheet = msgspec.field(default_factory=Sheet)


def show_spoken(said: TextSaid) -> SpeechPreview:
    """Return the words as they will be spoken and about how long they last, without a sound."""
    plain = checked_text(said.text)
    words = spoken(plain.text)
    lasts = estimated_ms(words, checked_speed(said.speed_pct))
    return SpeechPreview(spoken=words, notices=plain.notices, estimated_ms=lasts)


def preview_speech(house: House, said: TextSaid, *, who: Person) -> SpeechPreview:
    """Speak the beginning of a text to a file that lives for an hour; takes about a second."""
    if not who.grants:
        raise Unacceptable("Tài khoản này chưa có quyền ở địa bàn nào.", "no-grants")
    plain = checked_text(said.text)
    words = spoken(plain.text)
    beginning = plain.text[:PREVIEW_CHARS]
    shown = SpeechPreview(
        spoken=words,
        notices=plain.notices,
        name=secrets.token_hex(16),
        estimated_ms=estimated_ms(words, checked_speed(said.speed_pct)),
        whole=len(plain.text) <= PREVIEW_CHARS,
    )
    folder = _previews(house)
    target = folder / f"{shown.name}.wav"
    lasts = speak(house, beginning, said.region, said.speed_pct, target, lambda _: None)
    return msgspec.structs.replace(shown, duration_ms=lasts)


def preview_path(house: House, name: str) -> Path:
    """Return the file of a preview; raises `NotFound` when it has had its hour."""
    path = _previews(house) / f"{name}.wav"
    if not _PREVIEW_NAME.fullmatch(name) or not path.is_file():
        raise NotFound("Bản nghe thử đã hết hạn. Hãy bấm nghe thử lần nữa.", "no-preview")
    return path


def ask_speech(house: House, asked: SpeechAsked, *, who: Person | None, now: datetime) -> JobState:
    """Have a text spoken into the library as a job; raises `Forbidden`, `NotFound` or `Unacceptable`."""
    require_upload(who, asked.area)
    plain = checked_text(asked.text)
    sheet = checked_sheet(asked.sheet)
    title = sheet.title or " ".join(plain.text.split())[:80]
    wish = Wish(
        made=Made.SPEECH,
        trim=True,
        sheet=sheet,
        text=plain.text,
        region=asked.region,
        speed_pct=checked_speed(asked.speed_pct),
    )
    row = JobRow(
        id=secrets.token_hex(16),
        kind=SPEECH,
        state=JobPhase.QUEUED.value,
        person_id=who.id if who else None,
        person=who.name if who else SYSTEM,
        area=asked.area,
        title=title,
        file_name="giọng đọc.wav",
        mime="audio/wav",
        size_bytes=len(plain.text.encode()),
        received_bytes=len(plain.text.encode()),
        sha256=None,
        wish=msgspec.json.encode(wish),
        created=now,
        changed=now,
    )
    with house.writing() as unit:
        area_named(unit, asked.area)
        check_room(unit, who)
        unit.session.add(row)
        unit.session.flush()
        return job_state(row)


def speak(
    house: House,
    text: str,
    region: Region,
    speed_pct: int,
    target: Path,
    progress: Callable[[float], None],
) -> int:
    """Write `text` as speech to the WAV file `target`, piece by piece, and return its length in ms.

    Raises `Unacceptable` when nothing of it can be said, `CentralError` when no engine can speak.
    """
    lines = [line for piece in pieces(text) if (line := spoken(piece))]
    if not lines:
        raise Unacceptable("Chưa có chữ nào để đọc. Hãy viết nội dung bản tin.", "no-text")
    part = target.with_suffix(".piece")
    try:
        with contextlib.closing(wave.open(str(target), "wb")) as whole:
            for done, line in enumerate(lines):
                _speak_line(house, line, region, speed_pct, part)
                _append(whole, part, first=done == 0)
                progress((done + 1) / len(lines))
    except (EOFError, wave.Error) as fault:
        raise CentralError("Máy đọc không ra tiếng. Hãy báo quản trị.", "no-voice") from fault
    finally:
        part.unlink(missing_ok=True)
    with contextlib.closing(wave.open(str(target), "rb")) as sound:
        return sound.getnframes() * 1_000 // sound.getframerate()


def sweep_previews(house: House) -> None:
    """Forget previews that have had their hour."""
    for path in _previews(house).iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > PREVIEW_KEPT_S:
                path.unlink()


def _previews(house: House) -> Path:
    folder = house.settings.data_dir / "previews"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _speak_line(house: House, line: str, region: Region, speed_pct: int, target: Path) -> None:
    voice = house.settings.piper_voice
    if voice is None:
        pace = str(WORDS_PER_MINUTE * speed_pct // 100)
        command = ["espeak-ng", "-v", ESPEAK_VOICES[region], "-b", "1", "-s", pace, "--stdin"]
        _run([*command, "-w", str(target)], line)
    else:
        pace = f"{PIPER_SLOWER * 100 / speed_pct:.3f}"
        command = [*_piper(), "-m", str(voice), "-f", str(target), "--length-scale", pace]
        _run([*command, "--sentence-silence", "0.3"], line)


def _append(whole: wave.Wave_write, part: Path, *, first: bool) -> None:
    with contextlib.closing(wave.open(str(part), "rb")) as sound:
        if first:
            whole.setparams(sound.getparams())
        else:
            pause = round(PIECE_PAUSE_S * sound.getframerate())
            whole.writeframes(bytes(pause * sound.getsampwidth() * sound.getnchannels()))
        whole.writeframes(sound.readframes(sound.getnframes()))


def _piper() -> tuple[str, ...]:
    if importlib.util.find_spec("piper") is not None:
        return (sys.executable, "-m", "piper")
    return (shutil.which("piper") or "piper",)


def _run(command: list[str], line: str) -> None:
    """Give a line to an engine and wait; one that takes too long is ended with all it started."""
    try:
        engine = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUTF8": "1"},
            start_new_session=True,
        )
    except FileNotFoundError:
        msg = f"Máy chủ chưa có chương trình đọc {command[0]}; hãy cài gói espeak-ng."
        raise CentralError(msg, "no-voice") from None
    with engine:
        try:
            _, said = engine.communicate(line.encode(), TIMEOUT_S)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(engine.pid, signal.SIGKILL)
            raise CentralError(
                "Máy đọc chạy quá lâu nên đã dừng. Hãy thử lại.", "no-voice"
            ) from None
    if engine.returncode != 0:
        last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
        raise CentralError(f"Máy đọc dừng với lỗi: {last}. Hãy báo quản trị.", "no-voice")
