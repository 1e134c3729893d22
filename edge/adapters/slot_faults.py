"""Why a release is not written, tried or kept, by name."""

from typing import Literal

Code = Literal[
    "no-release",
    "wrong-signature",
    "other-release",
    "other-machine",
    "old-release",
    "same-release",
    "too-large",
    "bad-list",
    "lacking",
    "wrong-starters",
    "no-room",
    "read-only",
    "card-fault",
    "not-written",
    "no-trial",
    "config-unclear",
]


class SlotRefused(Exception):
    """Nothing of the running system was touched; `code` to count by, `why` for staff, `lacking` what must come."""

    def __init__(self, code: Code, why: str, lacking: tuple[str, ...] = ()) -> None:
        """Keep them."""
        super().__init__(f"{code}: {why}")
        self.code: Code = code
        self.why = why
        self.lacking = lacking
