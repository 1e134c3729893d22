"""The counter: all that the local page needs of the appliance, as plain functions.

Law of the room: values and callables only; who answers them is the composition root's business.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from contract.documents import StaffPin
from edge.core.decide import Decision
from edge.core.events import Happening
from edge.core.moment import Moment
from edge.core.page import PageView
from edge.web.words import Language


@dataclass(frozen=True)
class Counter:
    """What stands between the local page and the appliance.

    `watched` gives an `asyncio.Event` that is set after every turn. `remember` and `recall` keep the
    lock-out over a restart; both are called from a worker thread, one at a time, and may raise `OSError`.
    `hosts`, asked at every request, gives the names and addresses that are this appliance's now, without port,
    in lower case. `addresses` gives the page's own addresses as people type them, the best first;
    `fingerprint` is that of the device key as an installer compares it, `qr` what the code says that he scans.
    `remember_claims` and `recall_claims` keep the lock-out of claim codes as the other two do that of PINs.
    """

    view: Callable[[], PageView]
    submit: Callable[[Happening], Awaitable[Decision]]
    watched: Callable[[], AbstractContextManager[asyncio.Event]]
    staff: Callable[[], tuple[StaffPin, ...]]
    now: Callable[[], Moment]
    remember: Callable[[bytes], None]
    recall: Callable[[], bytes | None]
    hosts: Callable[[], frozenset[str]]
    language: Language
    health: Callable[[], Mapping[str, str | int | bool]]
    addresses: Callable[[], tuple[str, ...]] = tuple
    software: str = ""
    fingerprint: str = ""
    qr: str = ""
    remember_claims: Callable[[bytes], None] = lambda _kept: None
    recall_claims: Callable[[], bytes | None] = lambda: None
