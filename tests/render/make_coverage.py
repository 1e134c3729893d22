"""Makes render/assets/coverage.json: which characters each font knows; run it only when the fonts change.

python -m tests.render.make_coverage
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import manimgx_fonts
from fontTools.ttLib import TTFont

FONTS: Final = Path(manimgx_fonts.__file__).parent
TARGET: Final = Path(__file__).parents[2] / "render" / "assets" / "coverage.json"
NAMES: Final = ("NotoSans[wght].ttf", "NotoSansSymbols[wght].ttf", "NotoEmoji[wght].ttf")


def ranges(points: Iterable[int]) -> list[list[int]]:
    """Return code points as first and last of each run."""
    found: list[list[int]] = []
    for point in sorted(points):
        if found and found[-1][1] == point - 1:
            found[-1][1] = point
        else:
            found.append([point, point])
    return found


def coverage() -> list[dict[str, object]]:
    """Return name, SHA-256 and code points of each font, in the order in which they are asked."""
    return [
        {
            "file": name,
            "sha256": hashlib.sha256((FONTS / name).read_bytes()).hexdigest(),
            "known": ranges(TTFont(FONTS / name).getBestCmap()),
        }
        for name in NAMES
    ]


if __name__ == "__main__":
    TARGET.write_text(json.dumps(coverage(), separators=(",", ":")) + "\n", encoding="ascii")
