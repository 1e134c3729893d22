"""Verbs that change the area tree: rename, merge, move, split, close.

Law of the room: nothing is lost. A closed area keeps its plays, its slots and its appliances, until each appliance is
assigned anew by a signed paper; planned sites go to the new path at once, for it is from them that the new papers are
made. Who administers all that is touched, and what lies above it, may do it; a plan is the same deed, not yet done.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import func, or_, select, update

from central.db.broadcast import SlotRow
from central.db.fleet import DeviceRow
from central.db.people import AreaChangeRow, AreaRow, GrantRow, PersonRow
from central.db.sites import SiteRow
from central.domain.areas import Area, checked_code, checked_path, relocated
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right, checked_words
from central.domain.tree_states import ChangeKind, Relocated, TreeOutcome
from central.services.areas import add_area, area_of, area_row, at_or_below, checked_name
from central.services.library_moves import succeed
from central.services.unit import SYSTEM, Unit
from contract.area import is_at_or_below, parent


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The area that others go into: one that is there (`name` may be empty then), or a new one."""

    path: str
    name: str = ""
    code: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a split: a new area, and which children of the old one go to it."""

    path: str
    name: str
    code: str = ""
    children: tuple[str, ...] = ()


def rename_area(
    unit: Unit,
    path: str,
    *,
    name: str,
    code: str,
    since: date | None,
    who: Person | None,
    now: datetime,
) -> Area:
    """Change what an area is called; its path stays, for signed papers carry it."""
    row = area_row(unit, path)
    if who is not None:
        who.require(Right.ADMINISTER, path)
    before = area_of(row)
    row.name, row.code, row.since = checked_name(name), checked_code(code), since
    after = area_of(row)
    if after == before:
        return after
    _history(unit, ChangeKind.RENAME, path, (), since or now.date(), before.name, who, now)
    what = f"{path} {row.name}"
    unit.note(
        who, "rename-area", what, now=now, area=path, subject=path, before=before, after=after
    )
    return after


def merge_areas(
    unit: Unit,
    sources: Sequence[str],
    into: Target,
    *,
    day: date,
    why: str,
    who: Person | None,
    now: datetime,
    dry_run: bool = False,
) -> TreeOutcome:
    """Close `sources`, with all below them, in favour of `into`; return what was done, or would be (`dry_run`).

    Raises `Unacceptable` for a root, for one that lies in another, or for a target below a source; `Conflict` for an
    area that is closed already; `NotFound` for one that is not there.
    """
    sources = tuple(dict.fromkeys(sources))
    if not sources:
        raise Unacceptable("Hãy chọn ít nhất một địa bàn để nhập.", "no-area")
    kind = ChangeKind.MERGE if _standing(unit, into.path) else ChangeKind.MOVE
    kind = ChangeKind.MERGE if len(sources) > 1 else kind
    _check(unit, sources, [into.path], who)
    places = _relocations(unit, dict.fromkeys(sources, into))
    outcome = _outcome(unit, kind, sources, places, (into.path,), day, done=not dry_run)
    if dry_run:
        return outcome
    if not _standing(unit, into.path):
        add_area(unit, into.path, into.name, who=who, now=now, code=into.code, since=day)
    _carry_out(unit, places, day, who, now)
    for source in sources:
        _close(unit, source, into.path, day, who, now)
        _history(unit, kind, source, (into.path,), day, why, who, now)
        _noted(unit, kind, source, outcome, who, now)
    return outcome


def split_area(
    unit: Unit,
    source: str,
    parts: Sequence[Part],
    *,
    day: date,
    why: str,
    who: Person | None,
    now: datetime,
    dry_run: bool = False,
) -> TreeOutcome:
    """Close `source` in favour of two or more new areas; every child in force must go to exactly one of them.

    Appliances right at `source` have no successor by themselves: whoever assigns them anew says which part.
    """
    if len(parts) < 2 or len({part.path for part in parts}) != len(parts):
        raise Unacceptable("Chia tách cần ít nhất hai địa bàn mới, mã khác nhau.", "bad-split")
    _check(unit, [source], [part.path for part in parts], who)
    for part in parts:
        if unit.session.get(AreaRow, part.path) is not None:
            raise Conflict(f"Địa bàn {part.path} đã có.", "area-exists")
        checked_name(part.name)
    given = [child for part in parts for child in part.children]
    wanted = [row.path for row in _in_force(unit, source) if parent(row.path) == source]
    if sorted(given) != sorted(wanted):
        off = sorted(set(wanted) ^ set(given)) or sorted(given)
        msg = f"Mỗi địa bàn con phải thuộc đúng một phần; hãy xem lại: {', '.join(off[:5])}."
        raise Unacceptable(msg, "bad-split")
    goals = {
        child: Target(path=f"{part.path}/{child.rpartition('/')[2]}")
        for part in parts
        for child in part.children
    }
    places = _relocations(unit, goals, own=True)
    paths = tuple(part.path for part in parts)
    outcome = _outcome(unit, ChangeKind.SPLIT, [source], places, paths, day, done=not dry_run)
    if dry_run:
        return outcome
    for part in parts:
        add_area(unit, part.path, part.name, who=who, now=now, code=part.code, since=day)
    _carry_out(unit, places, day, who, now)
    for child, goal in goals.items():
        _close(unit, child, goal.path, day, who, now)
    _close(unit, source, None, day, who, now)
    _history(unit, ChangeKind.SPLIT, source, paths, day, why, who, now)
    _noted(unit, ChangeKind.SPLIT, source, outcome, who, now)
    return outcome


def close_area(unit: Unit, path: str, *, why: str, who: Person | None, now: datetime) -> None:
    """Close an area in which nothing stands; raises `Conflict` while something does."""
    row = area_row(unit, path)
    above = parent(path)
    if above is None:
        raise Unacceptable("Không đóng được gốc của cây địa bàn.", "root")
    if who is not None:
        who.require(Right.ADMINISTER, above)
    if row.until is not None:
        raise Conflict(f"Địa bàn {path} đã đóng rồi.", "area-closed")
    counts = _counts(unit, [path])
    if len(_in_force(unit, path)) > 1 or any(counts.values()):
        msg = f"Địa bàn {path} còn địa bàn con, thiết bị, vị trí hoặc khung giờ: hãy sáp nhập thay vì đóng."
        raise Conflict(msg, "area-in-use")
    _close(unit, path, None, now.date(), who, now)
    _history(unit, ChangeKind.CLOSE, path, (), now.date(), why, who, now)
    unit.note(who, "close-area", f"{path} {row.name}", now=now, area=path, subject=path)


def _check(unit: Unit, sources: Sequence[str], targets: Iterable[str], who: Person | None) -> None:
    for path in sources:
        row = area_row(unit, path)
        if parent(path) is None:
            raise Unacceptable("Không nhập, không chia được gốc của cây địa bàn.", "root")
        if row.until is not None:
            raise Conflict(f"Địa bàn {path} đã đóng rồi.", "area-closed")
        if any(path != other and is_at_or_below(path, other) for other in sources):
            raise Unacceptable(f"{path} nằm trong một địa bàn khác đang chọn.", "nested")
    for target in targets:
        above = parent(checked_path(target))
        if above is None:
            raise Unacceptable("Địa bàn mới phải nằm dưới một địa bàn cấp trên.", "root")
        if any(is_at_or_below(target, path) for path in sources):
            raise Unacceptable(f"{target} nằm trong chính địa bàn sẽ đóng.", "nested")
        if any(is_at_or_below(path, target) for path in sources):
            raise Unacceptable(f"{target} đang bao trùm địa bàn sẽ đóng.", "nested")
        over = unit.session.get(AreaRow, above)
        if over is None or over.until is not None:
            raise NotFound(f"Không có địa bàn cấp trên {above} còn hiệu lực.", "no-parent")
        held = unit.session.get(AreaRow, target)
        if held is not None and held.until is not None:
            raise Conflict(f"Địa bàn {target} đã đóng: mã cũ không dùng lại.", "area-closed")
    if who is not None:
        for path in (*sources, *targets):
            who.require(Right.ADMINISTER, parent(path) or path)


def _relocations(unit: Unit, goals: Mapping[str, Target], *, own: bool = False) -> list[Relocated]:
    """Return what becomes of everything below the keys (and of the keys, when `own`), names made distinct."""
    found: list[Relocated] = []
    taken = {path for goal in goals.values() for path in _paths_below(unit, goal.path)}
    names = _names_at(unit, {goal.path for goal in goals.values()})
    for source, goal in goals.items():
        rows = {row.path: row for row in _in_force(unit, source)}
        places = relocated(tuple(rows), source, goal.path, taken)
        taken |= set(places.values())
        for old, new in places.items():
            if old == source and not own:
                continue
            row = rows[old]
            at = names.setdefault(parent(new) or "", set())
            name = row.name if row.name not in at else f"{row.name} ({rows[source].name})"
            at.add(name)
            found.append(Relocated(old=old, new=new, name=name[:200], code=row.code))
    return found


def _carry_out(
    unit: Unit, places: Sequence[Relocated], day: date, who: Person | None, now: datetime
) -> None:
    for place in places:
        fresh = AreaRow(
            path=place.new, name=place.name, created=now, code=checked_code(place.code), since=day
        )
        unit.session.add(fresh)
        _close(unit, place.old, place.new, day, who, now)
    unit.session.flush()


def _close(
    unit: Unit, path: str, successor: str | None, day: date, who: Person | None, now: datetime
) -> None:
    row = area_row(unit, path)
    row.until, row.successor = day, successor
    if successor is not None:
        for table in (SiteRow, PersonRow):
            there = update(table).where(table.area == path)
            unit.session.execute(there.values(area=successor))
        succeed(unit, path, successor, by=who.name if who else SYSTEM, now=now)


def _outcome(
    unit: Unit,
    kind: ChangeKind,
    sources: Sequence[str],
    places: Sequence[Relocated],
    into: tuple[str, ...],
    day: date,
    *,
    done: bool,
) -> TreeOutcome:
    closed = dict.fromkeys((*sources, *(place.old for place in places)))
    return TreeOutcome(
        kind=kind,
        closed=tuple(closed),
        moved=tuple(places),
        into=into,
        day=day,
        done=done,
        **_counts(unit, sources),
    )


def _counts(unit: Unit, sources: Sequence[str]) -> dict[str, int]:
    """Return how many appliances, sites, slots and people with roles there are at or below."""
    device = or_(*(at_or_below(DeviceRow.area, path) for path in sources))
    site = or_(*(at_or_below(SiteRow.area, path) for path in sources))
    slot = or_(*(at_or_below(SlotRow.area, path) for path in sources))
    held = or_(*(at_or_below(GrantRow.area, path) for path in sources))
    queries = {
        "appliances": select(func.count(DeviceRow.id)).where(device, DeviceRow.retired.is_(False)),
        "sites": select(func.count(SiteRow.id)).where(site),
        "slots": select(func.count(SlotRow.id)).where(slot),
        "people": select(func.count(GrantRow.person_id.distinct())).where(held),
    }
    return {name: unit.session.scalar(query) or 0 for name, query in queries.items()}


def _in_force(unit: Unit, path: str) -> Sequence[AreaRow]:
    query = select(AreaRow).where(at_or_below(AreaRow.path, path), AreaRow.until.is_(None))
    return unit.session.scalars(query.order_by(AreaRow.path)).all()


def _standing(unit: Unit, path: str) -> bool:
    return unit.session.get(AreaRow, path) is not None


def _paths_below(unit: Unit, path: str) -> set[str]:
    return set(unit.session.scalars(select(AreaRow.path).where(at_or_below(AreaRow.path, path))))


def _names_at(unit: Unit, parents: Iterable[str]) -> dict[str, set[str]]:
    """Return the names that children of these areas have already."""
    return {
        above: {row.name for row in _in_force(unit, above) if parent(row.path) == above}
        for above in parents
    }


def _history(
    unit: Unit,
    kind: ChangeKind,
    area: str,
    successors: tuple[str, ...],
    day: date,
    why: str,
    who: Person | None,
    now: datetime,
) -> None:
    unit.session.add(
        AreaChangeRow(
            at=now,
            who=who.name if who else SYSTEM,
            kind=kind.value,
            area=area,
            successors=list(successors),
            day=day,
            why=checked_words(why, "Lý do", 500),
        )
    )


def _noted(
    unit: Unit, kind: ChangeKind, area: str, outcome: TreeOutcome, who: Person | None, now: datetime
) -> None:
    verb = {"merge": "merge-areas", "move": "move-area", "split": "split-area"}[kind.value]
    what = f"{area} → {', '.join(outcome.into)}"
    after = {
        "into": outcome.into,
        "day": outcome.day,
        "closed": outcome.closed,
        "moved": {place.old: place.new for place in outcome.moved},
    }
    unit.note(who, verb, what, now=now, area=area, subject=area, after=after)
