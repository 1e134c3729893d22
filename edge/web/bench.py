"""The bench as the commissioning sees it: where its papers lie, who seals them, and the question to central.

Law of the room: values and callables only. All of them block and are called from worker threads; what the disk does
not take raises `OSError`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from edge.core.commissioning import Reached


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """The last commissioning that was sealed here: its envelope, and whether central has it."""

    envelope: bytes
    sent: bool


@dataclass(frozen=True)
class Bench:
    """What stands between the commissioning and the appliance's disk, key and link.

    `seal` signs a payload with the appliance's own key; `file` keeps an envelope and has it sent.
    """

    reach: Callable[[], Reached]
    load: Callable[[], bytes | None]
    save: Callable[[bytes], None]
    seal: Callable[[bytes], bytes]
    file: Callable[[bytes], None]
    filed: Callable[[], Filed | None]
