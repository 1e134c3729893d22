"""Why a file cannot be heard, in plain words for a staff page: what it is and what to do next.

Law of the room: looks at a file, never changes it, never plays it.
"""

from pathlib import Path
from typing import Final

HEADS: Final = (
    (b"RIFF", "a WAV file"),
    (b"ID3", "an MP3 file"),
    (b"OggS", "an Ogg file"),
    (b"fLaC", "a FLAC file"),
    (b"\x1aE\xdf\xa3", "a Matroska or WebM file"),
)
HEAD_BYTES: Final = 512
SEND_AGAIN: Final = "send it again as MP3, Opus or WAV"


def cannot_open(path: Path) -> str:
    """Return why this path cannot even be tried, or "" where it can."""
    if not path.exists():
        return f"{path.name} is not on this appliance: wait for its download or send it again"
    if path.is_dir():
        return f"{path.name} is a folder, not a sound file: remove it and {SEND_AGAIN}"
    try:
        with path.open("rb") as file:
            head = file.read(1)
    except OSError as error:
        return f"{path.name} cannot be read ({error.strerror}): check the card and send it again"
    return "" if head else f"{path.name} is empty (0 bytes): send it again"


def nothing_played(path: Path) -> str:
    """Return why no sound came of a file that could be opened, by a look at its first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return cannot_open(path)
    kind = next((name for magic, name in HEADS if head.startswith(magic)), "")
    if head[4:8] == b"ftyp":
        kind = "an MP4 file"
    elif len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        kind = "an MP3 file"
    if kind:
        return f"{path.name} begins like {kind} but holds no sound that can be played: "\
            f"it is damaged or cut off; {SEND_AGAIN}"
    if _is_text(head):
        return f"{path.name} is a text, not a sound file: {SEND_AGAIN}"
    return f"{path.name} is no sound file known here: {SEND_AGAIN}"


def _is_text(head: bytes) -> bool:
    # The head may end inside a letter of several bytes: forgive its last three.
    for end in range(len(head), max(len(head) - 4, 0), -1):
        try:
            text = head[:end].decode()
        except UnicodeDecodeError:
            continue
        return all(letter.isprintable() or letter in "\r\n\t" for letter in text)
    return False
