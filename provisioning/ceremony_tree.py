"""The picture of who may do what, for a terminal: Vietnamese first, and the words of the files beside it.

Law of the room: pure; lines out. A fingerprint is whole, because people compare it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from provisioning.ceremony_view import End, Mark, Office, Picture, ReleaseSeen, Tone, Voice

END_WORDS: Final = {"root": "Gốc", "targets": "Đích", "keyring": "Vòng khóa, đợt"}
_MARKS: Final[dict[Mark, str]] = {"": "", "new": "  + mới", "gone": "  - BỎ"}
_TONES: Final[dict[Tone, str]] = {"ok": "", "soon": "  ! sắp hết hạn", "over": "  !! ĐÃ HẾT HẠN"}


def lines(shown: Picture) -> Iterator[str]:
    """Yield the lines of the picture."""
    yield "CHUỖI TIN CẬY  (chain of trust)"
    for end in shown.ends:
        yield f"  {END_WORDS[end.name]} {end.number} ({end.name})".ljust(34) + _until(end, shown.at)
    yield from _offices(shown.chain, "")
    yield ""
    yield "AI ĐƯỢC LÀM GÌ  (who may do what)"
    if not shown.branches:
        yield "  chưa có khóa nào (no keys yet)"
    for number, branch in enumerate(shown.branches):
        last = number == len(shown.branches) - 1
        yield f"{'└─' if last else '├─'} {branch.area}"
        yield from _offices(branch.offices, "   " if last else "│  ")
    if shown.release is not None:
        yield ""
        yield "BẢN PHÁT HÀNH  (release)"
        yield from (f"  {line}" for line in release_lines(shown.release))
    if shown.missing:
        yield ""
        yield "CHƯA ĐỦ CHỮ KÝ  (still to be signed)"
        yield from (f"  {why}" for why in shown.missing)


def release_lines(release: ReleaseSeen) -> Iterator[str]:
    """Yield what stands about a release, in words."""
    back = "  ! QUAY LẠI bản cũ hơn (goes back)" if release.goes_back else ""
    yield f"{release.version}, số {release.counter}{back}{_MARKS[release.mark]}"
    yield f"dung lượng {release.size_bytes / 2**20:.0f} MiB, làm ngày {release.made_at:%Y-%m-%d}"
    if release.before:
        yield f"thay cho {release.before}"
    yield from (line for line in release.notes.splitlines() if line.strip())


def _offices(offices: Sequence[Office], head: str) -> Iterator[str]:
    for number, office in enumerate(offices):
        last = number == len(offices) - 1
        count = f": {office.count}" if office.count else ""
        yield f"{head}{'└─' if last else '├─'} {office.word} ({office.name}){count}"
        yield from _voices(office.voices, head + ("   " if last else "│  "))


def _voices(voices: Iterable[Voice], head: str) -> Iterator[str]:
    for voice in voices:
        ends = "" if voice.ends is None else f"  đến {voice.ends:%Y-%m-%d}"
        notes = _TONES[voice.tone] + _MARKS[voice.mark]
        yield f"{head}   {voice.name.ljust(26)} {voice.print_}{ends}{notes}"


def _until(end: End, at: datetime) -> str:
    days = (end.ends - at).days
    return f"đến {end.ends:%Y-%m-%d}, còn {max(days, 0)} ngày{_TONES[end.tone]}"
