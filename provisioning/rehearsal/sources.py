"""What the rehearsal broadcasts: a spoken notice, a tune, and the visitor's own file.

Law of the room: real sound from real tools (espeak-ng, ffmpeg); a tool that is missing is named.
"""

import subprocess
from pathlib import Path
from typing import Final

NOTICE: Final = (
    "Thông báo của Ủy ban nhân dân phường Mỹ Phong. Ngày mai, từ bảy giờ sáng, trạm y tế tổ chức tiêm chủng "
    "cho trẻ em dưới năm tuổi. Đề nghị bà con đưa các cháu đến đúng giờ và mang theo sổ tiêm chủng."
)
TUNE_S: Final = 6
TUNE_HZ: Final = 392.0  # its strongest pitch; no tone of the appliance has it


class ToolMissing(Exception):
    """A program that makes the sound is not installed or failed; the message says what to do."""


def _run(command: list[str], words: str = "") -> None:
    try:
        done = subprocess.run(
            command, input=words.encode(), capture_output=True, check=False, timeout=120
        )
    except FileNotFoundError as fault:
        msg = f"{command[0]} is not installed: apt-get install {command[0]}"
        raise ToolMissing(msg) from fault
    if done.returncode:
        msg = f"{command[0]} failed: {done.stderr.decode(errors='replace')[-300:]}"
        raise ToolMissing(msg)


def spoken_notice(folder: Path) -> Path:
    """Return an MP3 of a commune's notice, spoken by espeak-ng."""
    wav, mp3 = folder / "thong-bao.wav", folder / "thong-bao.mp3"
    _run(["espeak-ng", "-v", "vi", "-s", "160", "--stdin", "-w", str(wav)], NOTICE)
    _run(["ffmpeg", "-v", "error", "-y", "-i", str(wav), "-b:a", "64k", str(mp3)])
    return mp3


def tune(folder: Path) -> Path:
    """Return a WAV of a steady chord without pauses, as a signature tune."""
    wav = folder / "nhac-hieu.wav"
    chord = "0.3*sin(2*PI*392*t)+0.2*sin(2*PI*493.88*t)+0.2*sin(2*PI*587.33*t)"
    _run(
        [
            "ffmpeg",
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            f"aevalsrc={chord}:d={TUNE_S}:s=48000",
            str(wav),
        ]
    )
    return wav
