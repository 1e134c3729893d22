"""Verbs of who is told of alerts: addresses per area, a try, and the letters on their way.

Law of the room: an address can make this server call another machine, so only an administrator of a whole province
writes one; nobody, not even they, reads it back. A letter is a row with a lease: after a kill it is sent again,
rather twice than never. What is over, or in somebody's hand, is not told any more.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import or_, select, update

from central.db.care import AlertLetterRow, AlertRow, AlertTargetRow
from central.db.fleet import DeviceRow
from central.domain.alerting import DAY_MIN, masked, retry_in
from central.domain.areas import root_of
from central.domain.care import LEVEL_WORDS, Level
from central.domain.care_states import TargetShown
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right
from central.services.alert_post import carry, check_address
from central.services.areas import area_named, at_or_below
from central.services.sites import rows_changed
from central.services.unit import House, Unit

LEASE: Final = timedelta(minutes=2)
MOST_LETTERS: Final = 2_000
MOST_LINES: Final = 20
MOST_TARGETS_A_TURN: Final = 20
Carry = Callable[[str, str, str, Level], str]


class TargetDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told of alerts of an area: from which level, when not (minutes of the day), after how many minutes.

    `after_min` 0 tells at once; more tells only what nobody has taken in hand by then. An empty `url` keeps the old.
    """

    area: str
    name: str
    url: str = ""
    on: bool = True
    least_level: Level = Level.WARNING
    quiet_from_min: int = 0
    quiet_to_min: int = 0
    after_min: int = 0


def list_targets(unit: Unit, who: Person) -> tuple[TargetShown, ...]:
    """Return who is told, for the areas that this person administers; addresses are masked."""
    found = []
    for area in who.areas(Right.ADMINISTER):
        rows = unit.session.scalars(
            select(AlertTargetRow)
            .where(at_or_below(AlertTargetRow.area, area))
            .order_by(AlertTargetRow.area, AlertTargetRow.name, AlertTargetRow.id)
            .limit(500)
        )
        found += [_shown(row) for row in rows]
    return tuple(found)


def set_target(
    unit: Unit, draft: TargetDraft, *, number: int | None = None, who: Person, now: datetime
) -> TargetShown:
    """Write down somebody who is to be told, or change one by its number.

    Raises `Forbidden` unless the person administers the whole province, `Unacceptable` for an address that cannot be.
    """
    area_named(unit, draft.area)
    who.require(Right.ADMINISTER, root_of(draft.area))
    name = " ".join(draft.name.split())
    if not 1 <= len(name) <= 200:
        raise Unacceptable("Nơi nhận cần một tên.", "no-name")
    for minute in (draft.quiet_from_min, draft.quiet_to_min):
        if not 0 <= minute < DAY_MIN:
            raise Unacceptable("Giờ yên tĩnh từ 00:00 đến 23:59.", "bad-quiet")
    if not 0 <= draft.after_min <= DAY_MIN:
        raise Unacceptable("Báo tiếp sau 0 đến 1.440 phút.", "bad-after")
    before = None
    if number is None:
        row = AlertTargetRow(url=check_address(draft.url))
        unit.session.add(row)
    else:
        row = _row(unit, number)
        who.require(Right.ADMINISTER, root_of(row.area))
        before = _shown(row)
        if draft.url:
            row.url = check_address(draft.url)
    row.area, row.name, row.on = draft.area, name, draft.on
    row.least_level, row.after_min = int(draft.least_level), draft.after_min
    row.quiet_from_min, row.quiet_to_min = draft.quiet_from_min, draft.quiet_to_min
    row.changed, row.changed_by, row.fault = now, who.name, ""
    unit.session.flush()
    after = _shown(row)
    unit.note(
        who,
        "alert-target",
        f"{row.id} {row.area} {row.name} {after.address}",
        now=now,
        area=row.area,
        subject=str(row.id),
        before=before,
        after=after,
    )
    return after


def delete_target(unit: Unit, number: int, *, who: Person, now: datetime) -> None:
    """Tell somebody no more."""
    row = _row(unit, number)
    who.require(Right.ADMINISTER, root_of(row.area))
    before = _shown(row)
    unit.session.delete(row)
    unit.note(
        who,
        "alert-target-end",
        f"{number} {before.area} {before.name}",
        now=now,
        area=before.area,
        subject=str(number),
        before=before,
    )


def try_target(
    house: House, number: int, *, who: Person, now: datetime, post: Carry = carry
) -> TargetShown:
    """Send one message that says it is a try; `fault` of the answer says why it did not arrive."""
    with house.reading() as unit:
        row = _row(unit, number)
        who.require(Right.ADMINISTER, root_of(row.area))
        url, name = row.url, row.name
    title = "Tiếng Làng: thư thử"
    body = f"{who.name} thử nơi nhận cảnh báo “{name}”. Không cần làm gì."
    why = post(url, title, body, Level.INFO)
    with house.writing() as unit:
        row = _row(unit, number)
        row.fault = why
        row.told = row.told if why else now
        unit.note(who, "alert-target-try", f"{number} {why}", now=now, area=row.area)
        unit.session.flush()
        return _shown(row)


def deliver(house: House, *, now: datetime, post: Carry = carry) -> int:
    """Send the letters that are due, all of one target in one message; return how many letters got there."""
    sent = 0
    for _ in range(MOST_TARGETS_A_TURN):
        with house.reading() as unit:
            target = unit.session.scalar(
                select(AlertLetterRow.target)
                .where(*_due(now))
                .order_by(AlertLetterRow.due)
                .limit(1)
            )
        if target is None:
            break
        sent += _deliver_to(house, target, now, post)
    return sent


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(AlertLetterRow.leased_until.is_(None), AlertLetterRow.leased_until <= now)
    return AlertLetterRow.state == "waiting", AlertLetterRow.due <= now, free


def _deliver_to(house: House, target: int, now: datetime, post: Carry) -> int:
    with house.writing() as unit:
        ids = unit.session.scalars(
            select(AlertLetterRow.id)
            .where(AlertLetterRow.target == target, *_due(now))
            .order_by(AlertLetterRow.id)
            .limit(MOST_LETTERS)
        ).all()
        taking = update(AlertLetterRow).where(AlertLetterRow.id.in_(ids), *_due(now))
        if rows_changed(unit, taking.values(leased_until=now + LEASE)) < len(ids):
            return 0
        row = unit.session.get_one(AlertTargetRow, target)
        url = row.url
        told, over = _sorted_out(unit, ids)
        _settle(unit, over, state="dropped", why="đã hết hoặc đã có người nhận")
    if not told:
        return 0
    title, body, level = _message(told)
    why = post(url, title, body, level)
    with house.writing() as unit:
        row = unit.session.get_one(AlertTargetRow, target)
        row.fault = why
        letters = [letter for letter, *_ in told]
        if not why:
            row.told = now
            _settle(unit, letters, state="sent", why="")
            return len(letters)
        for letter in unit.session.scalars(
            select(AlertLetterRow).where(AlertLetterRow.id.in_(letters))
        ):
            letter.tries, letter.why, letter.leased_until = letter.tries + 1, why, None
            pause = retry_in(letter.tries)
            letter.state = "waiting" if pause is not None else "given-up"
            letter.due = now + (pause or timedelta(0))
    return 0


_Line = tuple[int, AlertRow, str, str]


def _sorted_out(unit: Unit, ids: Sequence[int]) -> tuple[list[_Line], list[int]]:
    """Return the letters that are still worth sending with their alerts, and the others."""
    rows = unit.session.execute(
        select(AlertLetterRow.id, AlertRow, DeviceRow.name, DeviceRow.area)
        .join(AlertRow, AlertRow.id == AlertLetterRow.alert)
        .join(DeviceRow, DeviceRow.id == AlertRow.device)
        .where(AlertLetterRow.id.in_(ids))
        .order_by(AlertRow.level.desc(), AlertRow.id)
    )
    told: list[_Line] = []
    over: list[int] = []
    for letter, alert, name, area in rows:
        if alert.ended is not None or alert.acknowledged is not None:
            over.append(letter)
        else:
            told.append((letter, alert, name, area))
    return told, over


def _settle(unit: Unit, letters: Sequence[int], *, state: str, why: str) -> None:
    if letters:
        unit.session.execute(
            update(AlertLetterRow)
            .where(AlertLetterRow.id.in_(letters))
            .values(state=state, why=why, leased_until=None)
        )


def _message(told: Sequence[_Line]) -> tuple[str, str, Level]:
    """Return title, text and level of one message about all of these, gravest first."""
    level = Level(told[0][1].level)
    word = LEVEL_WORDS[level]
    if len(told) == 1:
        _, alert, name, area = told[0]
        title = f"[{word}] {name}"
        return title, f"{name} ({area}): {alert.why}.", level
    lines = [
        f"[{LEVEL_WORDS[Level(alert.level)]}] {name} ({area}): {alert.why}."
        for _, alert, name, area in told[:MOST_LINES]
    ]
    if len(told) > MOST_LINES:
        lines.append(f"… và {len(told) - MOST_LINES} cảnh báo khác.")
    return f"[{word}] {len(told)} cảnh báo cụm loa", "\n".join(lines), level


def _row(unit: Unit, number: int) -> AlertTargetRow:
    row = unit.session.get(AlertTargetRow, number)
    if row is None:
        raise NotFound(f"Không có nơi nhận số {number}.", "no-target")
    return row


def _shown(row: AlertTargetRow) -> TargetShown:
    return TargetShown(
        id=row.id,
        area=row.area,
        name=row.name,
        address=masked(row.url),
        on=row.on,
        least_level=Level(row.least_level),
        quiet_from_min=row.quiet_from_min,
        quiet_to_min=row.quiet_to_min,
        after_min=row.after_min,
        told=row.told,
        fault=row.fault,
    )
