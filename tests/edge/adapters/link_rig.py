"""An appliance's half of the link, put together for tests over real HTTP and a real disk."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from contract.documents import Content, Sha256
from contract.memory import TrustState
from contract.testing import Authority
from contract.trust import TrustedNow
from edge.adapters.gate import Gate
from edge.adapters.identity import Identity
from edge.adapters.ledger import Ledger
from edge.adapters.link import Link
from edge.adapters.shelf import Shelf
from edge.core.events import Happening
from tests.edge.adapters.fake_central import FakeCentral

AREA = "dt/my-phong/ap-1"


class Rig:
    """Identity, ledger, gate, shelf and link of one appliance in one directory; events are kept in order."""

    def __init__(
        self, root: Path, authority: Authority, central: FakeCentral | None = None
    ) -> None:
        """Open everything in `root`, as a start of the program does."""
        self.root = root
        self.authority = authority
        self.events: list[Happening] = []
        self.wall = authority.now
        self.clock: Literal["trusted", "floor-only", "unknown"] = "trusted"
        self.identity = Identity.open(root / "identity")
        self.ledger = Ledger(root / "ledger")
        fresh = TrustState.fresh(
            authority.keyring, self.identity.public, authority.now - timedelta(days=30)
        )
        self.gate = Gate(self.ledger, fresh, self.events.append, self.now)
        self.shelf = Shelf(root / "shelf", 50_000_000, self.events.append, reserve_bytes=0)
        if central is not None:
            central.keys[self.identity.device] = self.identity.public
        url = central.url if central is not None else "http://127.0.0.1:9"
        self.link = Link(url, self.identity)

    def now(self) -> TrustedNow:
        """Return the time the gate judges by."""
        return TrustedNow(self.wall, self.clock)

    def wall_now(self) -> datetime:
        """Return the steered wall clock."""
        return self.wall

    def of(self, kind: type[Happening]) -> list[Happening]:
        """Return the events of one kind, in order."""
        return [e for e in self.events if isinstance(e, kind)]

    def assign(self) -> bytes:
        """Admit an assignment and return its envelope."""
        sealed = self.authority.assign(self.identity.public, AREA)
        self.gate.admit(sealed, "poll")
        return sealed

    def programme(self, *contents: Content) -> bytes:
        """Return a sealed programme for this appliance."""
        return self.authority.programme(self.identity.device, contents=contents)


@contextmanager
def rig(root: Path, central: FakeCentral | None = None) -> Iterator[Rig]:
    """Hold a rig and close its connections after."""
    held = Rig(root, Authority.make(), central)
    try:
        yield held
    finally:
        held.link.close()


def content_of(data: bytes, sha256: str, title: str = "Bản tin sáng") -> Content:
    """Return what a programme says of these bytes."""
    return Content(
        sha256=Sha256(sha256),
        size_bytes=len(data),
        duration_ms=1_000,
        mime="audio/ogg",
        title=title,
    )


def until(true: Callable[[], bool], within_s: float = 5.0) -> float:
    """Wait until something is so and return how long it took; fails after `within_s`."""
    begun_s = time.monotonic()
    while not true():
        assert time.monotonic() - begun_s < within_s, "it did not happen in time"
        time.sleep(0.001)
    return time.monotonic() - begun_s
