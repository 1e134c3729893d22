"""Sends news of emergencies to other systems at once, whatever else waits and whoever does not answer.

Law of the room: each address has a lane of its own while it is called, so that one that hangs delays nobody, the next
emergency included. A first try only: what fails waits its turn with all other messages (`webhook_sending`).
"""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Final

from central.services.outward import Look, addresses_of
from central.services.unit import House
from central.services.webhook_sending import Claimed, Share, by_address, claim, send_in_order

LANES: Final = 32


class UrgentPost:
    """The lanes of one process; `send` returns at once, and is called again after each posting and every second."""

    def __init__(self, house: House, *, look: Look = addresses_of) -> None:
        self._house = house
        self._look = look
        self._lanes = ThreadPoolExecutor(LANES, thread_name_prefix="urgent")
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def send(self, now: datetime) -> int:
        """Take up what is due to addresses that are not being called already; return how many messages."""
        with self._lock:
            claimed = claim(self._house, now, Share.URGENT, but_not=frozenset(self._busy))
            self._busy |= {message.webhook for message in claimed}
        for own in by_address(claimed):
            self._lanes.submit(self._send, own)
        return len(claimed)

    def close(self) -> None:
        """Let what is being sent come to its end."""
        self._lanes.shutdown(wait=True, cancel_futures=True)

    def _send(self, own: Sequence[Claimed]) -> None:
        try:
            send_in_order(self._house, own, self._look)
        finally:
            with self._lock:
                self._busy.discard(own[0].webhook)
