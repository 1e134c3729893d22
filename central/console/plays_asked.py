"""What a page about plays was asked, and addresses like its own.

Law of the room: reading is `domain.plays_asked`'s; here addresses are put together again, each part escaped.
"""

from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from central.domain.periods import Period, PeriodKind
from central.domain.plays_asked import LONGEST, Question, read_question
from central.services.report_tables import Paper

_MOST_RECIPIENTS: Final = 8


class PlaysAsked(Question, frozen=True):
    """A question that a page was asked."""

    def address(self, path: str, **changes: object) -> str:
        """Return the address of a page with the same question but for `changes`; an empty one takes a part away."""
        parts = {**self.given, **{name: str(value) for name, value in changes.items()}}
        kept = {name: value for name, value in parts.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    def around(self, path: str, period: Period, **changes: object) -> str:
        """Return the address of a page with the same question about another period."""
        if period.kind is PeriodKind.RANGE:
            days = {"kind": "range", "day": "", "first": period.first, "last": period.last}
        else:
            days = {"kind": period.kind.value, "day": period.first, "first": "", "last": ""}
        return self.address(path, **days, **changes)


def read_asked(query: QueryParams, *, now: datetime, usual: PeriodKind) -> PlaysAsked:
    """Return what an address asks; raises `Unacceptable` for what it cannot mean."""
    read = read_question(query, now=now, usual=usual)
    return PlaysAsked(read.area, read.period, read.wanted, read.given)


def read_paper(query: QueryParams) -> Paper:
    """Return what people want to see on the printed report; addressees are parted by semicolons."""
    recipients = (part.strip()[:120] for part in query.get("recipients", "").split(";"))
    return Paper(
        issuer=query.get("issuer", "")[:LONGEST],
        number=query.get("number", "")[:40],
        recipients=tuple(part for part in recipients if part)[:_MOST_RECIPIENTS],
        maker=query.get("maker", "")[:80],
        signer=query.get("signer", "")[:80],
        signer_title=query.get("signer_title", "")[:80],
    )
