"""What the house does by itself, and how often.

Law of the room: a chore is a verb that is safe to call again, also after a kill half-way; it runs in a thread,
and one that fails is logged and comes again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from central.services import renew_programmes, sign_active_sets, sweep, tend_chain
from central.services.transparency import enter_times
from central.services.unit import House


class Chore(NamedTuple):
    """One verb and the seconds between two calls."""

    name: str
    every_s: float
    do: Callable[[House, datetime], object]


def _sign_active_sets(house: House, now: datetime) -> None:
    with house.writing() as unit:
        sign_active_sets(unit, now=now)
    enter_times(house, now=now)


def _clean(house: House, now: datetime) -> None:
    sweep(house, now=now)
    renew_programmes(house, now=now)


def _tend_chain(house: House, now: datetime) -> None:
    tend_chain(house, now=now)


CHORES: Final = (
    Chore("active-sets", 60.0, _sign_active_sets),
    Chore("clean", 3_600.0, _clean),
    Chore("chain", 3_600.0, _tend_chain),
)
