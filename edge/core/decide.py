"""Decide: the whole appliance as one pure function.

Law of the room: `decide = fold ∘ on_air ∘ reconcile`; nothing else decides anything.
"""

from datetime import timedelta
from typing import Final

import msgspec

from edge.core.air import Air
from edge.core.arbiter import on_air
from edge.core.desk import Desk
from edge.core.errands import errands
from edge.core.events import AssignmentAccepted, ChoreDue, Happening
from edge.core.fold import fold
from edge.core.health import at_once, health
from edge.core.moment import Moment
from edge.core.orders import Ask
from edge.core.reconcile import reconcile
from edge.core.relays import HORIZON_S, Ahead

HOPS: Final = 4


class Decision(msgspec.Struct, frozen=True):
    """The desk after an event, who has the air, what to do, and in how many seconds to look again."""

    desk: Desk
    air: Air
    orders: tuple[Ask, ...]
    wake_in_s: float


def decide(desk: Desk, event: Happening, now: Moment) -> Decision:
    """Return the decision on `event` at `now`; total: every event at every desk has one."""
    desk = fold(desk, event, now)
    air = on_air(desk, now)
    desk, orders, wake_in_s = reconcile(desk, air, ahead_of(desk, air, now), now)
    desk = at_once(desk, air, now)
    if _asks_for_health(event):
        untold = msgspec.structs.replace(desk.untold, health=health(desk, air, now))
        desk = msgspec.structs.replace(desk, untold=untold)
    desk, given = errands(desk, air, now)
    return Decision(desk, air, (*orders, *given), wake_in_s)


def _asks_for_health(event: Happening) -> bool:
    """Return whether to tell how we are: each minute, and to whoever stands on the ladder and has just assigned us."""
    return isinstance(event, AssignmentAccepted) or (
        isinstance(event, ChoreDue) and event.name == "health"
    )


def ahead_of(desk: Desk, air: Air, now: Moment) -> Ahead | None:
    """Return the next air within the horizon that sounds something other than the present one."""
    until = air.until
    for _ in range(HOPS):
        in_s = (until - now.wall) / timedelta(seconds=1)
        if in_s > HORIZON_S:
            return None
        then = on_air(desk, Moment(until, now.mono_s + in_s + 0.001))
        if then.sounding and then.claim.key != air.claim.key:
            return Ahead(then, in_s)
        until = then.until
    return None
