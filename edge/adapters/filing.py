"""The filing: the sealed commissioning of this appliance, kept on its disk and told to central until central has it.

Law of the room: what was sealed is on disk before anything is sent, and stays after. The herald's lane alone sends;
what central will never take is not sent again, but kept for the installer's laptop.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from contract.seal import sha256
from edge.adapters.ledger import Ledger
from edge.adapters.link_faults import LinkBroken, LinkDenied, LinkError

log = logging.getLogger(__name__)

FACT: Final = "commissioning-sealed"
AGAIN_S: Final = 30.0
FINAL: Final = frozenset({400, 409, 410, 413, 422})  # 404: a central that is older than we are
PATH: Final = "/commissioning"


class Line(Protocol):
    """The way to central, as far as the filing needs it."""

    def post(self, path: str, body: bytes) -> bytes:
        """Send `body` and return the answer. Raises `LinkError`."""


class Kept(msgspec.Struct, frozen=True):
    """A sealed commissioning, whether central has it, and why central does not want it, where it said so."""

    envelope: bytes
    sent: bool = False
    unwanted: str = ""


class _Acknowledged(msgspec.Struct, frozen=True):
    acknowledged: str


class Filing:
    """Keeps the last sealed commissioning; `keep` from any thread, `tend` on the herald's lane."""

    def __init__(
        self, link: Line, ledger: Ledger, *, mono: Callable[[], float] = time.monotonic
    ) -> None:
        """Know what was kept before the last restart."""
        self._link, self._ledger, self._mono = link, ledger, mono
        self._lock = threading.Lock()
        self.kept: Kept | None = ledger.load(FACT, Kept)
        self._not_before_s = 0.0

    def keep(self, envelope: bytes) -> None:
        """Keep an envelope in place of the one before; on disk on return. Raises `StorageFailed`."""
        kept = Kept(envelope)
        with self._lock:
            self._ledger.save(FACT, kept)
            self.kept, self._not_before_s = kept, 0.0

    def tend(self) -> None:
        """Send what waits when it may be tried (again); returns at once when nothing does. Never raises `LinkError`."""
        kept = self.kept
        if kept is None or kept.sent or kept.unwanted or self._mono() < self._not_before_s:
            return
        self._not_before_s = self._mono() + AGAIN_S
        try:
            self._send(kept)
        except LinkError as error:
            if isinstance(error, LinkDenied) and error.status in FINAL:
                log.warning("commissioning not wanted why=%s", error)
                self._now(kept, msgspec.structs.replace(kept, unwanted=str(error)[:300]))
            else:
                log.info("commissioning waits why=%s", error)
        else:
            log.info("commissioning sent bytes=%d", len(kept.envelope))
            self._now(kept, msgspec.structs.replace(kept, sent=True))

    def _send(self, kept: Kept) -> None:
        answer = self._link.post(PATH, kept.envelope)
        try:
            taken = msgspec.json.decode(answer, type=_Acknowledged).acknowledged
        except msgspec.MsgspecError as fault:
            msg = f"central's answer to the commissioning is not understood: {fault}"
            raise LinkBroken(msg) from fault
        if taken != sha256(kept.envelope):
            raise LinkBroken("central acknowledged another commissioning than was sent")

    def _now(self, before: Kept, after: Kept) -> None:
        with self._lock:
            if self.kept is before:  # a newer one was sealed meanwhile
                self._ledger.save(FACT, after)
                self.kept = after
