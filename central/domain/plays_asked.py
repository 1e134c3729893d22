"""What is asked about plays, as addresses carry it: area, period and filter by their names.

Law of the room: pure. What is wrong is refused with a sentence, never guessed at; an empty part is one not given.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from central.domain.errors import Unacceptable
from central.domain.evaluation import OUTCOME_WORDS, Filter
from central.domain.library import FIELDS
from central.domain.periods import Period, PeriodKind, read_period
from central.domain.tally import Priority, Reason

PARTS: Final = (
    "area", "kind", "day", "first", "last", "field", "priority", "outcome", "reason", "device", "source",
)  # fmt: skip
MISSED: Final = "missed"
LONGEST: Final = 200
_FIELDS: Final = frozenset({"0", *map(str, FIELDS)})


class Question(msgspec.Struct, frozen=True):
    """One question; `given` are the parts it was read from."""

    area: str | None
    period: Period
    wanted: Filter
    given: Mapping[str, str]

    @property
    def missed(self) -> bool:
        """Return whether windows are asked for that nobody told of, instead of plays."""
        return self.given.get("outcome") == MISSED


def read_question(parts: Mapping[str, str], *, now: datetime, usual: PeriodKind) -> Question:
    """Return what these parts ask, `usual` the period where none is asked for; raises `Unacceptable`."""
    given = {name: parts.get(name, "").strip()[:LONGEST] for name in PARTS}
    given = {name: value for name, value in given.items() if value}
    days = (given.get(name, "") for name in ("kind", "day", "first", "last"))
    period = read_period(*days, now=now, usual=usual)
    return Question(given.get("area"), period, _filter(given), given)


def _filter(given: Mapping[str, str]) -> Filter:
    known: dict[str, frozenset[str]] = {
        "outcome": frozenset(OUTCOME_WORDS),
        "field": _FIELDS,
        "priority": frozenset(Priority),
        "reason": frozenset(Reason),
    }
    for name, values in known.items():
        if name in given and given[name] not in values:
            why = f"Bộ lọc “{given[name][:40]}” không có. Hãy chọn lại."
            raise Unacceptable(why, "bad-filter")
    outcome = given.get("outcome")
    return Filter(
        field=int(given["field"]) if "field" in given else None,
        priority=Priority(given["priority"]) if "priority" in given else None,
        outcome=None if outcome == MISSED else outcome,
        reason=given.get("reason"),
        device=given.get("device"),
        source=given.get("source"),
    )
