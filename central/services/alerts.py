"""Verbs of alerts: one for each thing that is not well, as long as it is not, and who has it in hand.

Law of the room: an alert is never deleted by a person. What comes back within the hour is the same alert, counted
once more; nobody is told twice of one thing. One process at a time looks; a second look finds nothing new.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Select, func, insert, select, tuple_, update

from central.db.care import AlertLetterRow, AlertRow, AlertTargetRow, DeviceHealthRow
from central.db.fleet import DeviceRow
from central.domain.alerting import due_at
from central.domain.areas import lineage
from central.domain.care import RULES, Level, Trouble
from central.domain.care_states import AlertState
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.alert_rules import said_rules, scopes_of
from central.services.areas import at_or_below
from central.services.care import take_lease
from central.services.care_conditions import JOIN, any_of, look_now, troubled
from central.services.care_lines import visible_areas, why_of
from central.services.unit import House, Unit

SAME: Final = timedelta(hours=1)
LOOK_EVERY: Final = timedelta(seconds=50)
MOST_WORDS: Final = 500
_BATCH: Final = 500


class Looked(msgspec.Struct, frozen=True):
    """What one look did: alerts that began, came back, and ended."""

    begun: int
    again: int
    ended: int


class _Seen(msgspec.Struct, frozen=True):
    """One thing that is not well now."""

    device: str
    area: str
    kind: Trouble
    level: Level
    why: str

    @property
    def key(self) -> str:
        """Return what there is only one of."""
        return f"{self.device}:{self.kind.value}"


def look(house: House, *, now: datetime) -> Looked:
    """Hold all appliances against the rules; begin, bring back and end alerts, and write who is to be told."""
    with house.writing() as unit:
        if not take_lease(unit, "alerts", LOOK_EVERY, now=now):
            return Looked(0, 0, 0)
    with house.reading() as unit:
        seen = {found.key: found for found in _all_seen(unit, now)}
    with house.writing() as unit:
        return _write(unit, seen, now)


def list_alerts(
    unit: Unit,
    *,
    who: Person,
    area: str = "",
    standing: bool = True,
    level: Level | None = None,
    after: tuple[int, int] | None = None,
    limit: int = 50,
) -> tuple[AlertState, ...]:
    """Return alerts of the areas this person may view, gravest first, or those that are over, newest first.

    Go on with `after` the level and number of the last.
    """
    query = _alerts().where(any_of(visible_areas(who, area)))
    query = query.where(AlertRow.ended.is_(None) if standing else AlertRow.ended.is_not(None))
    if level is not None:
        query = query.where(AlertRow.level == int(level))
    if standing:
        if after is not None:
            query = query.where(tuple_(AlertRow.level, AlertRow.id) < tuple_(*after))
        query = query.order_by(AlertRow.level.desc(), AlertRow.id.desc())
    else:
        if after is not None:
            query = query.where(AlertRow.id < after[1])
        query = query.order_by(AlertRow.id.desc())
    rows = unit.session.execute(query.limit(min(max(limit, 1), 200)))
    return tuple(_state(row, name, where) for row, name, where in rows)


def count_alerts(unit: Unit, *, who: Person, area: str = "") -> dict[Level, int]:
    """Return how many alerts stand that nobody has in hand, by level."""
    query = (
        select(AlertRow.level, func.count())
        .join(DeviceRow, DeviceRow.id == AlertRow.device)
        .where(AlertRow.ended.is_(None), AlertRow.acknowledged.is_(None))
        .where(any_of(visible_areas(who, area)))
        .group_by(AlertRow.level)
    )
    counts = dict(unit.session.execute(query).all())
    return {level: counts.get(int(level), 0) for level in Level}


def alerts_of(unit: Unit, device: str, *, limit: int = 20) -> tuple[AlertState, ...]:
    """Return the alerts of one appliance, those that stand first."""
    query = _alerts().where(AlertRow.device == device)
    rows = unit.session.execute(
        query.order_by(AlertRow.ended.is_not(None), AlertRow.id.desc()).limit(limit)
    )
    return tuple(_state(row, name, where) for row, name, where in rows)


def may_handle(who: Person, area: str) -> bool:
    """Return whether this person may take alerts there in hand."""
    return who.may(Right.COMMAND, area) or who.may(Right.INSTALL, area)


def acknowledge_alerts(
    unit: Unit, numbers: Sequence[int], words: str = "", *, who: Person, now: datetime
) -> int:
    """Say that somebody has these alerts in hand: nobody else is told of them any more. Return how many.

    Raises `NotFound`, `Forbidden` where the person neither commands nor installs, `Conflict` for one that is taken.
    """
    words = " ".join(words.split())
    if len(words) > MOST_WORDS:
        raise Unacceptable(f"Ghi chú dài quá {MOST_WORDS} chữ cái.", "too-long")
    if not 1 <= len(numbers) <= 500:
        raise Unacceptable("Hãy chọn từ 1 đến 500 cảnh báo.", "no-alert")
    for number in sorted(set(numbers)):
        row = unit.session.get(AlertRow, number)
        if row is None:
            raise NotFound(f"Không có cảnh báo số {number}.", "no-alert")
        area = unit.session.get_one(DeviceRow, row.device).area
        if not may_handle(who, area):
            msg = f"{who.name} không có quyền xử lý cảnh báo tại địa bàn {area}."
            raise Forbidden(msg)
        if row.acknowledged is not None:
            raise Conflict(f"{row.acknowledged_by} đã nhận cảnh báo này.", "acknowledged")
        row.acknowledged, row.acknowledged_by, row.words = now, who.name, words
        what = f"{number} {row.device} {row.kind} {words}"
        unit.note(who, "alert-taken", what, now=now, area=area, subject=str(number))
    unit.session.flush()
    return len(set(numbers))


def _all_seen(unit: Unit, now: datetime) -> list[_Seen]:
    said, usual = said_rules(unit), look_now(unit, now)
    found: list[_Seen] = []
    for kind in Trouble:
        for rule, area, below in scopes_of(said.get(kind, {}), kind):
            if not rule.on:
                continue
            looked = usual
            if kind is Trouble.EMERGENCY:
                looked = look_now(unit, now, told_after_min=rule.threshold)
            query = (
                select(DeviceRow.id, DeviceRow.area, DeviceHealthRow)
                .outerjoin(DeviceHealthRow, JOIN)
                .where(DeviceRow.retired.is_(False), troubled(rule, looked))
            )
            if area:
                query = query.where(at_or_below(DeviceRow.area, area))
            for other in below:
                query = query.where(~at_or_below(DeviceRow.area, other))
            for device, where, health in unit.session.execute(query):
                why = why_of((kind,), None, health, now)  # no ages: the sentence stays as it is
                found.append(_Seen(device, where, kind, rule.level, why[:500]))
    return found


def _write(unit: Unit, seen: dict[str, _Seen], now: datetime) -> Looked:
    standing = {
        row.standing: row
        for row in unit.session.scalars(select(AlertRow).where(AlertRow.ended.is_(None)))
    }
    ended = [row for key, row in standing.items() if key not in seen]
    for row in ended:
        row.ended = row.last = now
        row.standing = None
    for key, row in standing.items():
        found = seen.get(key or "")
        if found is not None and (row.level != found.level or row.why != found.why):
            row.level, row.why, row.last = int(found.level), found.why, now
    fresh = [found for key, found in seen.items() if key not in standing]
    again = _come_back(unit, fresh, now)
    begun = [found for found in fresh if found.key not in again]
    unit.session.flush()
    _begin(unit, begun, now)
    return Looked(len(begun), len(again), len(ended))


def _come_back(unit: Unit, fresh: Sequence[_Seen], now: datetime) -> set[str]:
    """Bring back the alerts that ended within the hour; return their keys."""
    if not fresh:
        return set()
    recent: dict[str, AlertRow] = {}
    query = select(AlertRow).where(AlertRow.ended > now - SAME).order_by(AlertRow.id)
    for row in unit.session.scalars(query):
        recent[f"{row.device}:{row.kind}"] = row
    back: set[str] = set()
    for found in fresh:
        known = recent.get(found.key)
        if known is not None:
            known.ended, known.standing = None, found.key
            known.times, known.last = known.times + 1, now
            known.level, known.why = int(found.level), found.why
            back.add(found.key)
    return back


def _begin(unit: Unit, begun: Sequence[_Seen], now: datetime) -> None:
    """Write new alerts, and a letter to everybody who is to be told of each."""
    targets = unit.session.scalars(
        select(AlertTargetRow).where(AlertTargetRow.on.is_(True)).order_by(AlertTargetRow.id)
    ).all()
    for first in range(0, len(begun), _BATCH):
        some = begun[first : first + _BATCH]
        rows = [
            {
                "device": found.device,
                "kind": found.kind.value,
                "level": int(found.level),
                "standing": found.key,
                "why": found.why,
                "times": 1,
                "first": now,
                "last": now,
                "acknowledged_by": "",
                "words": "",
            }
            for found in some
        ]
        unit.session.execute(insert(AlertRow), rows)
        if not targets:
            continue
        keys = [found.key for found in some]
        ids: dict[str | None, int] = dict(
            unit.session.execute(
                select(AlertRow.standing, AlertRow.id).where(AlertRow.standing.in_(keys))
            ).all()
        )
        letters = [
            _letter(ids[found.key], target, found.level, now)
            for found in some
            for target in targets
            if target.area in lineage(found.area) and found.level >= target.least_level
        ]
        if letters:
            unit.session.execute(insert(AlertLetterRow), letters)


def _letter(alert: int, target: AlertTargetRow, level: Level, now: datetime) -> dict[str, Any]:
    wait = now + timedelta(minutes=target.after_min)
    return {
        "alert": alert,
        "target": target.id,
        "escalation": int(target.after_min > 0),
        "state": "waiting",
        "due": due_at(level, wait, target.quiet_from_min, target.quiet_to_min),
        "tries": 0,
        "why": "",
    }


def forget_old(unit: Unit, *, now: datetime, kept: timedelta = timedelta(days=400)) -> None:
    """Forget alerts that ended long ago, with their letters."""
    old = select(AlertRow.id).where(AlertRow.ended < now - kept)
    for number in unit.session.scalars(old.limit(5_000)):
        unit.session.execute(update(AlertRow).where(AlertRow.id == number).values(standing=None))
        unit.session.delete(unit.session.get_one(AlertRow, number))


def _alerts() -> Select[AlertRow, str, str]:
    return select(AlertRow, DeviceRow.name, DeviceRow.area).join(
        DeviceRow, DeviceRow.id == AlertRow.device
    )


def _state(row: AlertRow, name: str, area: str) -> AlertState:
    kind = Trouble(row.kind)
    return AlertState(
        id=row.id,
        device=row.device,
        device_name=name,
        area=area,
        kind=kind,
        level=Level(row.level),
        why=row.why or RULES[kind].name,
        times=row.times,
        first=row.first,
        last=row.last,
        ended=row.ended,
        acknowledged=row.acknowledged,
        acknowledged_by=row.acknowledged_by,
        words=row.words,
    )
