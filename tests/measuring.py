"""Which stories measure what a busy machine disturbs; `tests/__main__.py` and `tests/conftest.py` go by it.

Law: names only: beginnings of paths below `tests/`, and that of a fixture.
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
    "central/test_fanout",
)
# Files of few stories and many seconds: begun early, so that nobody waits for one at the end.
LONG: Final = (
    "central/test_backup",
    "central/test_library_api",
    "central/test_openapi",
    "central/test_postgresql",
    "central/test_push",
    "central/test_restart",
    "edge/adapters/test_power_cut",
    "edge/test_enrolment",
    "rehearsal/",
    "test_faults",
)
# A story that is given this looks at a page while it is painted.
BROWSER: Final = "browser"
# What the report of a run says of every story that is told once more before it counts as broken.
MEASURES: Final = "measures"
