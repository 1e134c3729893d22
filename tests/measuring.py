"""Which files measure what a busy machine disturbs; `tests/__main__.py` and `tests/conftest.py` go by it.

Law: names are beginnings of paths below `tests/`.
"""

from pathlib import Path
from typing import Final

# Real sound to the hundredth of a second: run with nothing but its like.
SOUND: Final = (
    "edge/adapters/test_player",
    "edge/adapters/test_live",
    "edge/adapters/test_listener",
    "edge/adapters/test_microphone",
    "edge/adapters/test_box",
)
# Whole houses and the silence of a network, to the second: one after the other, whatever runs beside them.
HOUSES: Final = (
    "journeys/",
    "edge/adapters/test_neighbours",
    "edge/adapters/test_beacon",
)


def measures(file: str) -> bool:
    """Return whether a file's stories are told once more before they are called broken.

    Those of real time are, and those that look at a page in a browser while it is painted.
    """
    return file.startswith((*SOUND, *HOUSES)) or "playwright" in _text(file)


def _text(file: str) -> str:
    return (Path(__file__).parent / file).read_text("utf-8")
