"""Alerts: what stands, who has it in hand, the rules, and who is told.

Law of the room: alerts cover the areas that the person may see; addresses are written and never read back.
"""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from msgspec import Meta

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import told
from central.domain.care import Level, Rule, Trouble
from central.domain.care_states import AlertState, TargetShown
from central.domain.people import Right
from central.domain.states import State
from central.services.alert_rules import RuleDraft, drop_rule, rules_at, set_rule
from central.services.alert_targets import (
    TargetDraft,
    delete_target,
    list_targets,
    set_target,
    try_target,
)
from central.services.alerts import acknowledge_alerts, list_alerts


class Taken(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts somebody takes in hand."""

    alerts: Annotated[tuple[int, ...], Meta(min_length=1, max_length=500)]
    words: Annotated[str, Meta(max_length=500)] = ""


class TakenCount(State, frozen=True, kw_only=True):
    """How many alerts were taken in hand."""

    acknowledged: int


def add_alerts(router: APIRouter, desk: Desk) -> None:
    """Add alerts, their rules and who is told."""
    house = desk.house

    @router.get("/alerts", tags=["care"], **told(tuple[AlertState, ...]))
    def alerts(
        token: Token,
        area: Annotated[str, Query(max_length=200)] = "",
        standing: bool = True,  # noqa: FBT001, FBT002  a query parameter
        level: Level | None = None,
        after_level: Annotated[int | None, Query(ge=1, le=3)] = None,
        after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
    ) -> Response:
        """List alerts, gravest first, 200 at a time; go on with `after_level` and `after` of the last."""
        ends = None if after is None else (after_level or int(Level.SEVERE), after)
        with desk.reading(token) as (unit, who):
            found = list_alerts(
                unit, who=who, area=area, standing=standing, level=level, after=ends, limit=200
            )
        return shown(found)

    @router.post("/alerts/acknowledge", tags=["care"], **told(TakenCount, takes=Taken))
    def acknowledge(body: RawBody, token: Token) -> Response:
        """Take alerts in hand: nobody else is told of them any more."""
        asked = read_as(body, Taken)
        with desk.writing(token) as (unit, who):
            now = house.clock()
            count = acknowledge_alerts(unit, asked.alerts, asked.words, who=who, now=now)
        return shown(TakenCount(acknowledged=count))

    @router.get("/alert-rules", tags=["care"], **told(tuple[Rule, ...]))
    def rules(token: Token, area: Annotated[str, Query(max_length=200)]) -> Response:
        """List the rules that are heard at an area."""
        with desk.reading(token) as (unit, who):
            who.require(Right.VIEW, area)
            return shown(rules_at(unit, area))

    @router.put("/alert-rules", tags=["care"], **told(Rule, takes=RuleDraft))
    def rule(body: RawBody, token: Token) -> Response:
        """Say a rule for an area and below."""
        draft = read_as(body, RuleDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_rule(unit, draft, who=who, now=house.clock()))

    @router.delete("/alert-rules/{kind}", tags=["care"], **told(None))
    def unsay(kind: Trouble, token: Token, area: Annotated[str, Query(max_length=200)]) -> Response:
        """Have an area heed again what is said above it."""
        with desk.writing(token) as (unit, who):
            drop_rule(unit, area, kind, who=who, now=house.clock())
        return Response(status_code=204)

    @router.get("/alert-targets", tags=["care"], **told(tuple[TargetShown, ...]))
    def targets(token: Token) -> Response:
        """List who is told of alerts; addresses are masked."""
        with desk.reading(token) as (unit, who):
            return shown(list_targets(unit, who))

    @router.post(
        "/alert-targets", tags=["care"], **told(TargetShown, takes=TargetDraft, status=201)
    )
    def add(body: RawBody, token: Token) -> Response:
        """Write down somebody who is to be told; for administrators of the whole province."""
        draft = read_as(body, TargetDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_target(unit, draft, who=who, now=house.clock()), 201)

    @router.put("/alert-targets/{number}", tags=["care"], **told(TargetShown, takes=TargetDraft))
    def change(number: int, body: RawBody, token: Token) -> Response:
        """Change who is told; an empty `url` keeps the address."""
        draft = read_as(body, TargetDraft)
        with desk.writing(token) as (unit, who):
            return shown(set_target(unit, draft, number=number, who=who, now=house.clock()))

    @router.delete("/alert-targets/{number}", tags=["care"], **told(None))
    def drop(number: int, token: Token) -> Response:
        """Tell somebody no more."""
        with desk.writing(token) as (unit, who):
            delete_target(unit, number, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post("/alert-targets/{number}/try", tags=["care"], **told(TargetShown))
    def attempt(number: int, token: Token) -> Response:
        """Send one message that says it is a try."""
        who = desk.person(token)
        return shown(try_target(house, number, who=who, now=house.clock()))
