"""The keeper: keeps the keyring fresh; asks the chain when it is time, and hands what it brought to the gate.

Law of the room: central is asked at the start, each day, when it hints, and when a paper comes that a newer
keyring may let in; the last at most once a minute, because any stranger can make such papers. What a source
offers and the chain refuses is told and changes nothing. While no keyring is held at all, that stands as a fault.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Final

from contract.errors import Refused
from contract.trust import TrustedNow
from edge.adapters.chain import Chain, reference_time
from edge.adapters.chain_faults import NO_KEYRING, ChainRefused
from edge.adapters.chain_fetch import FromFolder, Reads, Source
from edge.adapters.gate import Gate
from edge.adapters.link_faults import LinkError
from edge.adapters.restraint import Restraint
from edge.core.events import DocumentRefused, Door, HandFailed, HandRecovered, Happening

log = logging.getLogger(__name__)

DAY_S: Final = 86_400.0
AGAIN_S: Final = 120.0  # after a refresh that failed
WITHOUT_S: Final = 30.0  # the same while there is no keyring at all
STRANGERS_S: Final = 60.0
NO_ROOM: Final = "không có chỗ tạm để kiểm tra vòng khóa: thẻ nhớ đầy hoặc hỏng, báo thợ"


class Keeper:
    """Renews the gate's keyring from the chain; `tend` on the courier's lane, all else from any thread."""

    def __init__(
        self,
        chain: Chain,
        gate: Gate,
        central: Source,
        post: Callable[[Happening], None],
        now: Callable[[], TrustedNow],
        mono: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is asked yet; the first `tend` asks."""
        self._chain, self._gate, self._central = chain, gate, central
        self._post, self._now, self._mono = post, now, mono
        self._restraint = Restraint(mono)
        self._lock = threading.Lock()
        self._asked = self._done = (
            0  # how often it was wanted, and up to which of these it was done
        )
        self._strangers_s = self._due_s = -1e9
        self._fault = ""

    @property
    def wanted(self) -> bool:
        """Return whether central is to be asked now."""
        return self._asked > self._done or self._mono() >= self._due_s

    def hint(self) -> None:
        """Take note that central says the chain has news."""
        with self._lock:
            self._asked += 1

    def want(self) -> bool:
        """Take note that a paper may need a newer keyring; returns whether central will be asked for it."""
        with self._lock:
            if self._asked > self._done:
                return True
            if self._mono() - self._strangers_s < STRANGERS_S:
                return False
            self._strangers_s = self._mono()
            self._asked += 1
            return True

    def tend(self) -> bool:
        """Ask central if that is wanted; returns whether the keyring is another now. Never raises."""
        if not self.wanted:
            return False
        asked = self._asked
        self._due_s = self._mono() + (AGAIN_S if self._gate.state.keyring.keys else WITHOUT_S)
        try:
            renewed = self._refresh(self._central, "poll")
        except LinkError as error:
            log.info("chain not asked why=%s", error)
            self._say(self._fault, error.why)
            renewed = False
        except ChainRefused as refusal:
            self._say(refusal.told, refusal.told)
            renewed = False
        except OSError as error:
            log.exception("chain not refreshed")
            self._say(NO_ROOM, f"{NO_ROOM} ({error.strerror})")
            renewed = False
        else:
            # all hear of a new keyring in the same second: their next questions are not to come together too
            wait_s = DAY_S * (1 - random.random() / 8)  # noqa: S311
            self._due_s = self._mono() + (
                AGAIN_S if isinstance(self._chain.trouble, LinkError) else wait_s
            )
            self._say("", "")
        with self._lock:
            self._done = asked
        self._gate.try_again()
        return renewed

    def read(self, reads: Reads, door: Door) -> bool:
        """Take what a folder's repository brings, as from a stick; returns whether the keyring is another now."""
        try:
            renewed = self._refresh(FromFolder(reads), door)
        except ChainRefused:  # it is told; what ails a stick is no fault of ours
            return False
        except OSError:
            log.exception("chain not read door=%s", door)
            return False
        if renewed:
            self._say("" if self._fault.startswith(NO_KEYRING) else self._fault, "")
        return renewed

    def _refresh(self, source: Source, door: Door) -> bool:
        now = self._now()
        try:
            self._chain.refresh(source, reference_time(now, self._gate.state.time_floor))
            keyring = self._chain.keyring()
            renewed = keyring is not None and self._gate.renew_keyring(keyring)
        except Refused as refusal:
            self._tell(refusal, door)
            raise ChainRefused(refusal.code, refusal.why) from refusal
        if isinstance(self._chain.trouble, Refused):  # the keyring is well and in force
            self._tell(self._chain.trouble, door)
        return renewed

    def _tell(self, refusal: Refused, door: Door) -> None:
        log.warning("chain refused door=%s %s", door, refusal)
        if self._restraint.ask(refusal.code.value, refusal.why) is not None:
            self._post(DocumentRefused(door=door, kind=None, code=refusal.code, why=refusal.why))

    def _say(self, fault: str, detail: str) -> None:
        """Post the fault that stands now, once; without a keyring that is the fault, whatever else is."""
        if not self._gate.state.keyring.keys:
            fault = f"{NO_KEYRING} ({detail})" if detail else NO_KEYRING
        if fault and fault != self._fault:
            self._post(HandFailed(hand="chain", why=fault[:300]))
        elif self._fault and not fault:
            self._post(HandRecovered(hand="chain"))
        self._fault = fault
