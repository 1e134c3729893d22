"""The timekeeper: asks central what time it is, for an appliance that no time service reaches.

Law of the room: each question has 32 fresh random bytes, and only their own answer counts; the round trip
is measured on the monotonic clock. Of a few tries the quickest is taken, because half its way is the error.
"""

import base64
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import msgspec

from contract.documents import SignedTime
from edge.adapters.clock import WallClock
from edge.adapters.gate import Gate
from edge.adapters.link import Link, LinkError
from edge.core.commissioning import Reached

log = logging.getLogger(__name__)

QUESTIONS: Final = 3
GOOD_S: Final = 0.2  # a round trip that needs no second try


class _Answer(msgspec.Struct, frozen=True):
    signed: SignedTime
    sent_s: float
    received_s: float

    @property
    def took_s(self) -> float:
        return self.received_s - self.sent_s


def ask_time(
    link: Link, gate: Gate, clock: WallClock, mono: Callable[[], float] = time.monotonic
) -> bool:
    """Ask central for the time and have the clock take it; return whether it did.

    Blocks as long as the link does; meant for the courier's lane. `mono` is the clock's own. Nothing is
    raised: a link that is down is the courier's to tell, and a refused answer is posted by the gate.
    """
    best: _Answer | None = None
    try:
        for _ in range(QUESTIONS):
            answer = _ask(link, gate, mono)
            if answer is None:
                break
            if best is None or answer.took_s < best.took_s:
                best = answer
            if best.took_s <= GOOD_S:
                break
    except LinkError as error:
        log.info("time not told why=%s", error)
    if best is None:
        return False
    taken = clock.answer(best.signed, best.sent_s, best.received_s)
    if not taken:
        log.info("time not taken: the way took %.1f s", best.took_s)
    return taken


def reach(
    link: Link, gate: Gate, clock: WallClock, mono: Callable[[], float] = time.monotonic
) -> Reached:
    """Return the round trip of one question and how far our clock is from central's, less half the way.

    For whoever hands the appliance over; blocks as long as the link does and never raises.
    """
    try:
        answer = _ask(link, gate, mono)
    except LinkError as error:
        return Reached(why=f"Không gọi được máy tỉnh: {error}"[:300])
    if answer is None:
        return Reached(why="Máy tỉnh trả lời giờ sai chữ ký: kiểm tra vòng khóa của tỉnh.")
    took_s = answer.took_s
    central = answer.signed.now + timedelta(seconds=took_s / 2)
    passed_s = mono() - answer.received_s
    off = clock.now() - central - timedelta(seconds=passed_s)
    return Reached(
        round_trip_ms=round(took_s * 1000, 1), offset_ms=round(off.total_seconds() * 1000, 1)
    )


def _ask(link: Link, gate: Gate, mono: Callable[[], float]) -> _Answer | None:
    nonce = base64.b64encode(os.urandom(32)).decode("ascii")
    sent_s = mono()
    received = link.ask_time(nonce)
    received_s = mono()
    signed = gate.take_time(received, nonce)
    return None if signed is None else _Answer(signed, sent_s, received_s)
