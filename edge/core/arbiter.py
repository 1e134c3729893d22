"""The arbiter: who has the air.

Law of the room: one pure, total function. The highest rank wins; ties go to the first by the rank's own
order (ưu tiên by the commune's order, otherwise the later start). Warnings take turns (`alarms.in_turn`),
and whoever talks live goes ahead of their repeats, never of one that nobody has heard yet.
"""

from contract.documents import Rank
from edge.core import claims, greeting, scheduled, self_test, staffing, trials
from edge.core.air import Air, Claim, Refused
from edge.core.desk import Desk
from edge.core.moment import Moment


def on_air(desk: Desk, now: Moment) -> Air:
    """Return who has the air at `now` and until when at least; silence always claims, so someone always has it.

    `until` is the first instant at which the answer may change with no further event.
    """
    until = claims.next_change(desk, now)
    if desk.word.retired:
        why = "Thiết bị này đã được thay thế hoặc tháo dỡ nên không phát gì."
        down = Claim(rank=Rank.SILENCE, key="retired", why=why, since=now.wall, until=until)
        return Air(claim=down, until=until)
    if desk.local.silenced:
        why = "Tỉnh đã ngắt tiếng thiết bị này (cắt phát khẩn)."
        cut = Claim(rank=Rank.SILENCE, key="silenced", why=why, since=now.wall, until=until)
        signed = next(claims.emergencies(desk, now, signed_only=True), cut)
        drilled = tuple(no for no in claims.exercises(desk, now) if isinstance(no, Refused))
        done = claims.is_done(desk, signed.key)
        return Air(claim=signed, until=until, done=done, refused=drilled)
    standing: list[Claim] = []
    refused: list[Refused] = []
    for wanted in (
        *claims.emergencies(desk, now),
        *staffing.claims(desk, now),
        *self_test.claims(desk, now),
        *trials.claims(desk, now),
        *scheduled.scheduled(desk, now),
        *claims.exercises(desk, now),
        *greeting.claims(desk, now),
        *claims.filler(desk, now),
        claims.silence(desk, now),
    ):
        no = None
        if isinstance(wanted, Refused):
            no = wanted
        elif not greeting.is_free(desk, wanted):
            no = claims.allowed(desk, now, wanted)
        if no is not None:
            refused.append(no)
        elif isinstance(wanted, Claim):
            standing.append(wanted)
    winner = _winner(standing)
    return Air(
        claim=winner,
        until=min(until, winner.until),  # an item that was held ends later than its plan says
        done=claims.is_done(desk, winner.key),
        refused=tuple(refused),
        waiting=tuple(c for c in standing if c is not winner and c.rank > Rank.FILLER),
    )


def _winner(standing: list[Claim]) -> Claim:
    """Return who has the air of those that may have it: warnings stand first, in their turn."""
    first = standing[0]
    warned = first.rank >= Rank.EMERGENCY_COMMUNE
    talk = any(claim.rank is Rank.LIVE for claim in standing)
    if warned and (first.fresh or not talk):
        return first
    below = [claim for claim in standing if claim.rank < Rank.EMERGENCY_COMMUNE]
    return max(below, key=lambda claim: claim.rank)  # max keeps the first among equals
