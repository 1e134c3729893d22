"""What the house does by itself, and how often.

Law of the room: a chore is a verb that is safe to call again, also after a kill half-way; it runs in a thread,
and one that fails is logged and comes again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final, NamedTuple

from central.services import (
    renew_programmes,
    resume_publications,
    sign_active_sets,
    sweep,
    tend_chain,
)
from central.services.alarms_count import settle
from central.services.alert_targets import deliver
from central.services.alerts import look
from central.services.bulk import send_bulk
from central.services.cap_inbox import tidy_cap
from central.services.cap_polling import poll_cap
from central.services.care_tending import tend_care
from central.services.drills_handing import hand_out
from central.services.drills_judging import tend_drills
from central.services.missed import look_through
from central.services.nonces import forget_nonces
from central.services.planning_history import sweep_edits
from central.services.presence import tend_webhooks
from central.services.tally_recount import verify_days
from central.services.transcode import sweep_library, tend_library
from central.services.transparency import enter_times
from central.services.unit import House
from central.services.webhook_sending import send_webhooks
from central.services.workflow_chores import tend_notices, tidy_notices


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
    sweep_edits(house, now=now)
    settle(house, now=now)
    tidy_cap(house, now=now)


def _tend_chain(house: House, now: datetime) -> None:
    tend_chain(house, now=now)


def _resume_publications(house: House, now: datetime) -> None:
    resume_publications(house, now=now)


def _forget_nonces(house: House, now: datetime) -> None:
    forget_nonces(house, now=now)


def _tend_library(house: House, now: datetime) -> None:
    tend_library(house, now=now)


def _sweep_library(house: House, now: datetime) -> None:
    sweep_library(house, now=now)


def _look(house: House, now: datetime) -> None:
    look(house, now=now)


def _deliver(house: House, now: datetime) -> None:
    deliver(house, now=now)


def _send_bulk(house: House, now: datetime) -> None:
    send_bulk(house, now=now)


def _tend_care(house: House, now: datetime) -> None:
    tend_care(house, now=now)


def _tend_notices(house: House, now: datetime) -> None:
    tend_notices(house, now=now)


def _tidy_notices(house: House, now: datetime) -> None:
    tidy_notices(house, now=now)


def _verify_tally(house: House, now: datetime) -> None:
    verify_days(house, now=now)


def _look_for_missed(house: House, now: datetime) -> None:
    look_through(house, now=now)


def _send_webhooks(house: House, now: datetime) -> None:
    send_webhooks(house, now, leave_urgent=True)


def _poll_cap(house: House, now: datetime) -> None:
    poll_cap(house, now)


def _hand_out_drills(house: House, now: datetime) -> None:
    hand_out(house, now=now)


def _tend_drills(house: House, now: datetime) -> None:
    tend_drills(house, now=now)


CHORES: Final = (
    Chore("active-sets", 60.0, _sign_active_sets),
    Chore("care-alerts", 60.0, _look),
    Chore("care-letters", 15.0, _deliver),
    Chore("care-bulk", 1.0, _send_bulk),
    Chore("care-tending", 3_600.0, _tend_care),
    Chore("drills", 5.0, _hand_out_drills),
    Chore("drills-tending", 300.0, _tend_drills),
    Chore("publications", 2.0, _resume_publications),
    Chore("clean", 3_600.0, _clean),
    Chore("notices", 60.0, _tend_notices),
    Chore("notices-tidy", 3_600.0, _tidy_notices),
    Chore("library", 3.0, _tend_library),
    Chore("library-sweep", 1_800.0, _sweep_library),
    Chore("chain", 3_600.0, _tend_chain),
    Chore("webhooks", 3.0, _send_webhooks),
    Chore("cap-sources", 5.0, _poll_cap),
    Chore("tally", 3_600.0, _verify_tally),
    Chore("missed-windows", 900.0, _look_for_missed),
    Chore("presence", 60.0, tend_webhooks),
    Chore("nonces", 600.0, _forget_nonces),
)
