"""Which files measure what a busy machine disturbs; `tests/__main__.py` and `tests/conftest.py` go by it.

Law: names only, beginnings of paths below `tests/`.
"""

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
# A page that is looked at while it is painted.
PAINTED: Final = ("edge/web/test_", "central/console/test_")


def measures(file: str) -> bool:
    """Return whether a file's stories are told once more before they are called broken."""
    return file.startswith((*SOUND, *HOUSES, *PAINTED))
