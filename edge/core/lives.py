"""Live sources: a relayed stream or the line input, and what sounds while it gives nothing.

Law of the room: pure. That a source is down is learnt from a play that failed; that it is back, from the
tuner's trial (a stream) or from trying again (the line input, which cannot be tried in silence).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from contract.documents import LineIn, Live, StreamRelay
from edge.core.desk import Desk, Down
from edge.core.events import Ending, PlayerEnded, StreamProbed
from edge.core.moment import Moment
from edge.core.orders import ProbeStream
from edge.core.sound import FromLineIn, FromStream, Source, is_live

BACK_OFF_S: Final = (2.0, 4.0, 8.0, 15.0, 30.0)
STEADY_MS: Final = 30_000  # a source that sounded so long begins again with the shortest wait
PROBE_PATIENCE_S: Final = 20.0

replace = msgspec.structs.replace


def name_of(live: Live) -> str:
    """Return the name under which a live source is known to be down."""
    return live.url if isinstance(live, StreamRelay) else "line-in"


def is_down(desk: Desk, live: Live, now: Moment) -> Down | None:
    """Return what is wrong with a live source, or None when it may be played."""
    down = desk.down.get(name_of(live))
    if down is None or not down.why:
        return None
    if isinstance(live, LineIn) and now.mono_s >= down.probe_mono_s:
        return None
    return down


def attempt_of(desk: Desk, live: Live) -> int:
    """Return a number that differs for each attempt to play a live source: no play may share a key."""
    down = desk.down.get(name_of(live))
    return 0 if down is None else int(down.since_mono_s)


def ended(desk: Desk, source: Source | None, event: PlayerEnded, now: Moment) -> Desk:
    """Return the desk after a live play ended by itself: its source is down for a while."""
    if source is None or event.ending is Ending.STOPPED or not is_live(source):
        return desk
    match source:
        case FromStream(url=url):
            name = url
        case FromLineIn():
            name = "line-in"
        case _:
            return desk  # a phone that fell silent ends its talk
    before = desk.down.get(name)
    tries = 1 if before is None or event.played_ms >= STEADY_MS else before.tries + 1
    wait_s = BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1]
    down = Down(
        since_mono_s=now.mono_s,
        why=event.why or "Nguồn tiếp sóng không có tín hiệu.",
        tries=tries,
        probe_mono_s=now.mono_s + wait_s,
    )
    return replace(desk, down={**desk.down, name: down})


def probed(desk: Desk, event: StreamProbed, now: Moment) -> Desk:
    """Return the desk after the tuner tried a stream: it may be played again, or is tried later."""
    before = desk.down.get(event.url)
    if before is None:
        return desk
    if event.ok:
        back = replace(before, probing=False, probe_mono_s=now.mono_s, why="")
        return replace(desk, down={**desk.down, event.url: back})
    tries = before.tries + 1
    wait_s = BACK_OFF_S[min(tries, len(BACK_OFF_S)) - 1]
    later = replace(
        before,
        tries=tries,
        probing=False,
        probe_mono_s=now.mono_s + wait_s,
        why=event.why or before.why,
    )
    return replace(desk, down={**desk.down, event.url: later})


def wanted(desk: Desk, now: Moment) -> Iterator[str]:
    """Yield the streams that are down and due to be tried."""
    for name, down in desk.down.items():
        waited_s = now.mono_s - down.probe_mono_s
        under_way = down.probing and waited_s <= PROBE_PATIENCE_S
        if down.why and name != "line-in" and waited_s >= 0 and not under_way:
            yield name


def probe(desk: Desk, urls: tuple[str, ...], now: Moment) -> tuple[Desk, tuple[ProbeStream, ...]]:
    """Return the desk with these streams being tried, and the orders for it."""
    if not urls:
        return desk, ()
    under_way = {
        url: replace(desk.down[url], probing=True, probe_mono_s=now.mono_s) for url in urls
    }
    return replace(desk, down={**desk.down, **under_way}), tuple(ProbeStream(url=u) for u in urls)


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds something is due here."""
    return [d.probe_mono_s - now.mono_s for d in desk.down.values() if not d.probing]
