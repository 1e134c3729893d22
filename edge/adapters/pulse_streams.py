"""The sound server from outside: mutes streams where libVLC cannot, and looks whether a sink can be heard.

Law of the room: only streams of the process that is named are touched, and no sink.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from typing import Final

TIMEOUT_S: Final = 1.0
PERCENT: Final = re.compile(r"(\d+)%")
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


def sink_trouble(sink: str | None, environment: Mapping[str, str]) -> str:
    """Return why nothing would be heard of this sink, None meaning the default one; "" where all is well."""
    name = sink or "@DEFAULT_SINK@"
    try:
        muted = _pactl("get-sink-mute", name, environment=environment)
        volume = _pactl("get-sink-volume", name, environment=environment)
    except FileNotFoundError:
        return "không xem được ngõ ra âm thanh: cài gói pulseaudio-utils"
    except subprocess.TimeoutExpired:
        return "máy chủ âm thanh bị treo: khởi động lại thiết bị nếu lặp lại"
    except (OSError, subprocess.SubprocessError):
        return f"máy chủ âm thanh không có ngõ ra {sink or 'mặc định'}: kiểm tra dây và cấu hình"
    if "yes" in muted:
        return "ngõ ra âm thanh đang bị tắt tiếng: bật lại tiếng của ngõ ra"
    levels = [int(level) for level in PERCENT.findall(volume)]
    if levels and max(levels) == 0:
        return "âm lượng của ngõ ra đang là 0: tăng âm lượng của ngõ ra"
    return ""


def _pactl(*words: str, environment: Mapping[str, str] = os.environ) -> str:
    return subprocess.run(
        ["pactl", *words],
        env={**environment, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
        text=True,
        timeout=TIMEOUT_S,
    ).stdout
