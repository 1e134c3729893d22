"""Verbs of the rules of alerts: what counts as how grave, for a province, and where a commune says otherwise.

Law of the room: the nearest area that says something about a kind is heard; where nobody does, the usual rule stands.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select

from central.db.care import AlertRuleRow
from central.domain.areas import lineage
from central.domain.care import RULES, Level, Rule, Trouble
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.services.areas import area_named
from central.services.unit import Unit


class RuleDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody wants of a rule at an area."""

    area: str
    kind: Trouble
    level: Level
    threshold: float
    on: bool = True


def said_rules(unit: Unit) -> dict[Trouble, dict[str, Rule]]:
    """Return every rule that somebody changed, by kind and area."""
    found: dict[Trouble, dict[str, Rule]] = {}
    known = {kind.value for kind in Trouble}
    for row in unit.session.scalars(select(AlertRuleRow)):
        if row.kind in known:
            kind = Trouble(row.kind)
            found.setdefault(kind, {})[row.area] = msgspec.structs.replace(
                RULES[kind],
                level=Level(row.level),
                threshold=row.threshold,
                on=row.on,
                area=row.area,
            )
    return found


def rules_at(unit: Unit, area: str) -> tuple[Rule, ...]:
    """Return the rules that are heard at an area, gravest kinds first; `area` of each is where it was said."""
    said = said_rules(unit)
    return tuple(_heard(said.get(kind, {}), kind, area) for kind in Trouble)


def set_rule(unit: Unit, draft: RuleDraft, *, who: Person, now: datetime) -> Rule:
    """Say a rule for an area and below; raises `Unacceptable` for a threshold out of bounds."""
    area_named(unit, draft.area)
    who.require(Right.ADMINISTER, draft.area)
    usual = RULES[draft.kind]
    rule = msgspec.structs.replace(
        usual,
        level=draft.level,
        threshold=draft.threshold if usual.has_number else usual.threshold,
        on=draft.on,
        area=draft.area,
    )
    if not rule.fits:
        msg = f"“{usual.name}”: ngưỡng từ {usual.least:g} đến {usual.most:g}."
        raise Unacceptable(msg, "bad-threshold")
    row = unit.session.get(AlertRuleRow, (draft.area, draft.kind.value))
    before = None if row is None else _kept(row)
    if row is None:
        row = AlertRuleRow(area=draft.area, kind=draft.kind.value)
        unit.session.add(row)
    row.on, row.level, row.threshold = rule.on, int(rule.level), rule.threshold
    row.changed, row.changed_by = now, who.name
    unit.session.flush()
    unit.note(
        who,
        "alert-rule",
        f"{draft.kind.value} {draft.area}",
        now=now,
        area=draft.area,
        subject=draft.kind.value,
        before=before,
        after=_kept(row),
    )
    return rule


def drop_rule(unit: Unit, area: str, kind: Trouble, *, who: Person, now: datetime) -> None:
    """Have an area heed again what is said above it."""
    who.require(Right.ADMINISTER, area)
    row = unit.session.get(AlertRuleRow, (area, kind.value))
    if row is not None:
        before = _kept(row)
        unit.session.delete(row)
        unit.note(
            who,
            "alert-rule-end",
            f"{kind.value} {area}",
            now=now,
            area=area,
            subject=kind.value,
            before=before,
        )


def scopes_of(said: Mapping[str, Rule], kind: Trouble) -> Iterable[tuple[Rule, str, list[str]]]:
    """Return each rule of a kind with where it holds (empty: everywhere) and where below that another is heard."""
    places: dict[str, Rule] = {"": RULES[kind], **said}
    for area, rule in places.items():
        below = [other for other in said if other != area and (not area or area in lineage(other))]
        yield rule, area, below


def _heard(said: Mapping[str, Rule], kind: Trouble, area: str) -> Rule:
    above = reversed(lineage(area))
    return next((said[path] for path in above if path in said), RULES[kind])


def _kept(row: AlertRuleRow) -> dict[str, object]:
    return {"on": row.on, "level": row.level, "threshold": row.threshold}
