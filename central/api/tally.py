"""Plays and how areas were served, for other systems: the same questions as the console's pages.

Law of the room: parse, ask a verb, answer; a list is paged by the cursor that the answer before gave.
"""

from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Path, Query, Response
from starlette.responses import StreamingResponse

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.errors import Forbidden
from central.domain.evaluation import OUTCOME_WORDS, Evaluation, MissedLine, PlayLine, Totals
from central.domain.people import Person, Right
from central.domain.periods import PeriodKind
from central.domain.plays_asked import Question, read_question
from central.domain.states import State
from central.domain.tally import Priority, Reason
from central.services.evaluation import evaluate
from central.services.evaluation_exports import export_evaluation, export_plays
from central.services.missed_lists import page_of_missed
from central.services.play_evidence import PlayEvidence, play_evidence
from central.services.play_lists import (
    asked,
    page_of_plays,
    read_cursor,
    sums_of_plays,
)
from central.services.public_pages import PublicSetting, public_settings, set_public_page
from central.services.report_cells import CSV_TYPE, XLSX_TYPE
from central.services.wall import WallView, wall_view

TYPES: Final = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE, "pdf": "application/pdf"}
Text = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=2_000)]


def asked_parts(  # noqa: PLR0913  each is a part of the address
    *,
    area: Text = "",
    kind: Annotated[str, Query(description=" | ".join(PeriodKind))] = "",
    day: Annotated[str, Query(description="a day of the period, YYYY-MM-DD")] = "",
    first: Annotated[str, Query(description="instead of kind: the first day")] = "",
    last: Annotated[str, Query(description="the last day")] = "",
    field: Annotated[str, Query(description="LoaiLinhVuc 1 to 6, or 0 for not classified")] = "",
    priority: Annotated[str, Query(description=" | ".join(Priority))] = "",
    outcome: Annotated[str, Query(description=" | ".join(OUTCOME_WORDS))] = "",
    reason: Annotated[str, Query(description=" | ".join(Reason))] = "",
    device: Text = "",
    source: Text = "",
) -> dict[str, str]:
    """Return the parts of an address that ask about plays."""
    return {
        "area": area,
        "kind": kind,
        "day": day,
        "first": first,
        "last": last,
        "field": field,
        "priority": priority,
        "outcome": outcome,
        "reason": reason,
        "device": device,
        "source": source,
    }


Parts = Annotated[dict[str, str], Depends(asked_parts)]


class PlaysPage(State, frozen=True, kw_only=True):
    """Plays, newest first; `next` is the cursor of the next page, `sums` of the whole list, null where not counted."""

    plays: tuple[PlayLine, ...]
    sums: Totals | None
    next: str | None


class MissedPage(State, frozen=True, kw_only=True):
    """Planned windows nobody told of, newest first; `next` is the cursor of the next page."""

    windows: tuple[MissedLine, ...]
    next: str | None


class PublicAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether an area shows a page to everybody, and how people complain."""

    area: str
    shown: bool
    contact: str


def add_tally(router: APIRouter, desk: Desk) -> None:
    """Add plays by page, one play's evidence, evaluations, files, the wall, and the pages for everybody."""
    add_plays(router, desk)
    add_evaluations(router, desk)
    add_public(router, desk)


def add_plays(router: APIRouter, desk: Desk) -> None:
    """Add the lists of plays."""
    house = desk.house

    @router.get("/plays/pages", tags=["plays"], **told(PlaysPage))
    def plays(parts: Parts, token: Token, after: Text = "", limit: Limit = 100) -> Response:
        """List plays, newest first; the period is this week where none is given."""
        what = _question(parts, desk, PeriodKind.WEEK)
        with desk.reading(token) as (unit, who):
            question = asked(unit, who, what.area, what.period, what.wanted)
            lines, further = page_of_plays(unit, question, after=read_cursor(after), limit=limit)
            sums = sums_of_plays(unit, question)
        following = None if further is None else further.text
        return shown(PlaysPage(plays=lines, sums=sums, next=following))

    @router.get("/plays/missed", tags=["plays"], **told(MissedPage))
    def missed(parts: Parts, token: Token, after: Text = "", limit: Limit = 100) -> Response:
        """List planned windows that nobody told of, by area, period, appliance; whether they sounded is not known."""
        what = _question(parts, desk, PeriodKind.WEEK)
        with desk.reading(token) as (unit, who):
            question = asked(unit, who, what.area, what.period, what.wanted)
            lines, further = page_of_missed(unit, question, after=read_cursor(after), limit=limit)
        following = None if further is None else further.text
        return shown(MissedPage(windows=lines, next=following))

    @router.get(
        "/plays/file/{form}", tags=["plays"], **told(Sent((CSV_TYPE, XLSX_TYPE), text=True))
    )
    def file(
        parts: Parts,
        token: Token,
        form: Annotated[str, Path(pattern="^(csv|xlsx)$")],
    ) -> Response:
        """Hand out every play of a list, asked for as `/plays/pages`, as `csv` or `xlsx`."""
        what = _question(parts, desk, PeriodKind.WEEK)
        stream = export_plays(
            house,
            what.area,
            what.period,
            form=form,
            wanted=what.wanted,
            who=desk.person(token),
            now=house.clock(),
        )
        return StreamingResponse(stream, media_type=TYPES[form], headers=_named(form))

    @router.get("/plays/one/{number}", tags=["plays"], **told(PlayEvidence))
    def one(token: Token, number: Annotated[int, Path(ge=0, le=2**62)]) -> Response:
        """Tell one play and what stands behind it: the sealed report, readiness and refusals around it."""
        with desk.reading(token) as (unit, who):
            return shown(play_evidence(unit, number, who=who))


def add_evaluations(router: APIRouter, desk: Desk) -> None:
    """Add evaluations, as values and as files, and the wall."""
    house = desk.house

    @router.get("/evaluation", tags=["evaluation"], **told(Evaluation))
    def evaluation(parts: Parts, token: Token) -> Response:
        """Evaluate an area in a period (this month where none is given), beside the period before."""
        what = _question(parts, desk, PeriodKind.MONTH)
        with desk.reading(token) as (unit, who):
            area = _area(what, who)
            found = evaluate(
                unit, area, what.period, wanted=what.wanted, who=who, now=house.clock()
            )
        return shown(found)

    @router.get(
        "/evaluation/file/{form}",
        tags=["evaluation"],
        **told(Sent((CSV_TYPE, XLSX_TYPE, TYPES["pdf"]))),
    )
    def file(
        parts: Parts,
        token: Token,
        form: Annotated[str, Path(pattern="^(csv|xlsx|pdf)$")],
    ) -> Response:
        """Hand out an evaluation, asked for as `/evaluation`, as `csv`, `xlsx` or `pdf`."""
        what = _question(parts, desk, PeriodKind.MONTH)
        who = desk.person(token)
        stream = export_evaluation(
            house,
            _area(what, who),
            what.period,
            form=form,
            wanted=what.wanted,
            who=who,
            now=house.clock(),
        )
        return StreamingResponse(stream, media_type=TYPES[form], headers=_named(form))

    @router.get("/wall", tags=["evaluation"], **told(WallView))
    def wall(token: Token) -> Response:
        """Tell what a duty officer's wall shows: on air, lost, emergencies, today's sums, slots now and next."""
        with desk.reading(token) as (unit, who):
            return shown(wall_view(unit, who=who, now=house.clock()))


def add_public(router: APIRouter, desk: Desk) -> None:
    """Add which areas show a page to everybody."""
    house = desk.house

    @router.get("/public-pages", tags=["areas"], **told(tuple[PublicSetting, ...]))
    def settings(token: Token) -> Response:
        """List the communes that the person administers and whether they show a page to everybody."""
        with desk.reading(token) as (unit, who):
            return shown(public_settings(unit, who=who))

    @router.put("/public-pages", tags=["areas"], **told(PublicSetting, takes=PublicAsked))
    def put(body: RawBody, token: Token) -> Response:
        """Show or hide an area's page."""
        wish = read_as(body, PublicAsked)
        with desk.writing(token) as (unit, who):
            state = set_public_page(
                unit,
                wish.area,
                shown=wish.shown,
                contact=wish.contact,
                who=who,
                now=house.clock(),
            )
        return shown(state)


def _question(parts: dict[str, str], desk: Desk, usual: PeriodKind) -> Question:
    return read_question(parts, now=desk.house.clock(), usual=usual)


def _area(what: Question, who: Person) -> str:
    areas = who.areas(Right.VIEW)
    if what.area is None and not areas:
        raise Forbidden("Bạn chưa được giao địa bàn nào để xem.", "no-area")
    return what.area or areas[0]


def _named(form: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="phat-song.{form}"'}
