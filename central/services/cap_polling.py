"""Asks the sources of others' warnings, and puts what is new into the inbox.

Law of the room: the next look is written down before the call, so that a process that dies asks again and two do not
ask at once; one source that does not answer holds up no other for longer than its own lane. What an entry is refused
for stands with the source; the other entries are taken.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import select

from central.db.cap import CapSourceRow
from central.domain.cap import MOST_BYTES
from central.domain.cap_feeds import FeedEntry, read_feed
from central.domain.cap_states import CapOrigin
from central.domain.errors import CentralError, Conflict
from central.services.cap_inbox import CapOffer, take_cap
from central.services.outward import Answer, Look, NotCalled, addresses_of, fetched
from central.services.unit import House

LANES: Final = 4
MOST_AT_ONCE: Final = 16
MOST_FETCHED: Final = 30  # entries of one feed in one look; the rest comes with the next
MOST_SEEN: Final = 1_000
_XML: Final = "application/cap+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.1"


class _Claimed(msgspec.Struct, frozen=True):
    id: str
    name: str
    area: str
    url: str
    etag: str
    modified: str
    seen: tuple[str, ...]


class _Looked(msgspec.Struct):
    """What one look at a source brought."""

    taken: int
    seen: list[str]
    faults: list[str]


def poll_cap(house: House, now: datetime, *, look: Look = addresses_of) -> int:
    """Ask every source that is due, at most `MOST_AT_ONCE`; return how many were asked."""
    claimed = _claim(house, now)
    if not claimed:
        return 0
    with ThreadPoolExecutor(LANES, thread_name_prefix="cap") as lanes:
        list(lanes.map(lambda source: _ask(house, source, look), claimed))
    return len(claimed)


def _claim(house: House, now: datetime) -> list[_Claimed]:
    due = (
        select(CapSourceRow)
        .where(CapSourceRow.enabled.is_(True), CapSourceRow.due <= now)
        .order_by(CapSourceRow.due)
        .limit(MOST_AT_ONCE)
    )
    with house.reading() as unit:  # mostly nothing is due: then nobody's turn to write is taken
        if unit.session.scalar(due.limit(1)) is None:
            return []
    with house.writing() as unit:
        rows = unit.session.scalars(due.with_for_update(skip_locked=True)).all()
        for row in rows:
            row.due, row.tried = now + timedelta(seconds=row.every_s), now
        return [
            _Claimed(r.id, r.name, r.area, r.url, r.etag, r.modified, tuple(r.seen)) for r in rows
        ]


def _ask(house: House, source: _Claimed, look: Look) -> None:
    """Ask one source; whatever goes wrong is written down with it."""
    headers = {"accept": _XML}
    if source.etag:
        headers["if-none-match"] = source.etag
    if source.modified:
        headers["if-modified-since"] = source.modified
    try:
        answer = _got(house, source.url, look, headers)
        found = _take(house, source, answer, look)
    except (NotCalled, CentralError) as fault:
        _write(house, source, None, _Looked(0, [*source.seen], [_why(fault)]))
        return
    _write(house, source, answer, found)


def _got(house: House, url: str, look: Look, headers: dict[str, str]) -> Answer:
    allowed = house.settings.webhook_networks
    answer = fetched(url, allowed, look, most_bytes=MOST_BYTES, headers=headers)
    if answer.status not in {200, 304}:
        raise NotCalled(f"Nơi đó trả lời {answer.status}.")
    return answer


def _take(house: House, source: _Claimed, answer: Answer, look: Look) -> _Looked:
    found = _Looked(0, [*source.seen], [])
    if answer.status == 304:
        return found
    entries = read_feed(answer.body)
    if entries is None:
        key = hashlib.sha256(answer.body).hexdigest()
        entries = (FeedEntry(key=key, body=answer.body),)
    fresh = [entry for entry in entries if entry.key not in set(source.seen)][:MOST_FETCHED]
    for entry in reversed(fresh):  # the oldest first, so that an update finds what it updates
        try:
            body = entry.body or _got(house, entry.href, look, {"accept": _XML}).body
        except NotCalled as fault:
            found.faults.append(f"{entry.href}: {_why(fault)}")  # it is asked for again
            continue
        try:
            found.taken += _into_inbox(house, source, body)
        except Conflict as fault:
            found.faults.append(_why(fault))  # the inbox is full: it comes again
            continue
        except CentralError as fault:
            if fault.code != "cap-not-for-people":  # a heartbeat is no fault
                found.faults.append(f"{entry.key[:80]}: {_why(fault)}")
        found.seen.append(entry.key)
    return found


def _into_inbox(house: House, source: _Claimed, body: bytes) -> int:
    offer = CapOffer(
        area=source.area, origin=CapOrigin.SOURCE, origin_name=source.name, source=source.id
    )
    with house.writing() as unit:
        return int(take_cap(unit, body, offer, who=None, now=house.clock()).new)


def _why(fault: Exception) -> str:
    return fault.why if isinstance(fault, CentralError) else str(fault)


def _write(house: House, source: _Claimed, answer: Answer | None, found: _Looked) -> None:
    """Write down how the look went; what made it new is kept only when every entry was dealt with."""
    now = house.clock()
    with house.writing() as unit:
        row = unit.session.get(CapSourceRow, source.id)
        if row is None:
            return
        row.taken += found.taken
        row.seen = _newest(found.seen)
        row.why = "; ".join(found.faults)[:500]
        if answer is not None:
            row.reached = now
            if answer.status == 200:
                whole = not found.faults
                row.etag, row.modified = (answer.etag, answer.modified) if whole else ("", "")


def _newest(keys: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(keys))[-MOST_SEEN:]
