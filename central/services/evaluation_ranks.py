"""Which contents sounded most, and which appliances fell short most often.

Law of the room: reads only. Appliances are counted by month and year; the days at the edges of a period are read from
the plays that fell short, for which there is an index of their own.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, case, func, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from central.db.fleet import DeviceRow, PlayRow
from central.db.tally import TallyContentRow, TallyDeviceRow
from central.domain.evaluation import Ranked
from central.domain.periods import Period, Stretch, long_stretches, stretches
from central.domain.tally import DAY, opening
from central.services.areas import at_or_below
from central.services.unit import Unit

MOST: Final = 20
_Device = tuple[str, str]  # appliance and the area where it stood


def contents(unit: Unit, areas: Sequence[str], period: Period) -> tuple[Ranked, ...]:
    """Return the contents that were played most."""
    plays = func.sum(TallyContentRow.plays)
    query = (
        select(
            TallyContentRow.source,
            func.max(TallyContentRow.title),
            plays,
            func.sum(TallyContentRow.whole),
            func.sum(TallyContentRow.asked_ms),
            func.sum(TallyContentRow.sounded_ms),
        )
        .where(_contents(areas, period))
        .group_by(TallyContentRow.source)
        .having(plays > 0)
        .order_by(plays.desc(), TallyContentRow.source)
        .limit(MOST)
    )
    return tuple(
        Ranked(
            key=source,
            name=title,
            plays=int(played),
            whole=int(whole),
            asked_ms=int(asked_ms),
            sounded_ms=int(sounded_ms),
        )
        for source, title, played, whole, asked_ms, sounded_ms in unit.session.execute(query)
    )


def bulletins(unit: Unit, areas: Sequence[str], period: Period) -> int:
    """Return how many different contents of the library were played; live sources are none."""
    query = select(func.count(func.distinct(TallyContentRow.source))).where(
        _contents(areas, period),
        TallyContentRow.plays > 0,
        func.length(TallyContentRow.source) == 64,
    )
    return unit.session.scalar(query) or 0


def _contents(areas: Sequence[str], period: Period) -> ColumnElement[bool]:
    parts = (
        (TallyContentRow.span == part.span) & TallyContentRow.day.between(part.first, part.last)
        for part in stretches(period.first, period.last)
    )
    return TallyContentRow.area.in_(areas) & or_(*parts)


def devices(unit: Unit, areas: Sequence[str], period: Period) -> tuple[Ranked, ...]:
    """Return the appliances that fell short most often; an appliance that moved has a line for each place."""
    parts = long_stretches(period.first, period.last)
    each = union_all(*(_short(areas, part) for part in parts)).subquery()
    count = func.sum(each.c.short)
    query = select(each.c.device, each.c.area).group_by(each.c.device, each.c.area)
    worst_first = query.order_by(count.desc(), each.c.device, each.c.area).limit(MOST)
    worst: list[_Device] = [(d, a) for d, a in unit.session.execute(worst_first)]
    sums = {device: [0, 0, 0, 0] for device in worst}
    for part in parts:
        for device, area, *found in unit.session.execute(_sums([d for d, _ in worst], part)):
            if (device, area) in sums:
                sums[device, area] = [
                    a + int(b) for a, b in zip(sums[device, area], found, strict=True)
                ]
    named = select(DeviceRow.id, DeviceRow.name).where(DeviceRow.id.in_([d for d, _ in worst]))
    names: dict[str, str] = dict(unit.session.execute(named).all())
    return tuple(
        Ranked(
            key=device,
            name=names.get(device, device),
            area=area,
            plays=plays,
            whole=plays - missing,
            asked_ms=asked_ms,
            sounded_ms=sounded_ms,
        )
        for (device, area), (plays, missing, asked_ms, sounded_ms) in sums.items()
    )


def _short(areas: Sequence[str], part: Stretch) -> "Select[str, str, int]":
    """Return the question how many plays of each appliance fell short."""
    if part.span != "d":
        query = select(
            TallyDeviceRow.device,
            TallyDeviceRow.area,
            func.sum(TallyDeviceRow.short).label("short"),
        )
        inside = or_(*(at_or_below(TallyDeviceRow.area, area) for area in areas))
        return (
            query.where(*_of(part), inside)
            .where(TallyDeviceRow.short > 0)
            .group_by(TallyDeviceRow.device, TallyDeviceRow.area)
        )
    return (
        select(PlayRow.device, PlayRow.area, func.count().label("short"))
        .where(_range(part), or_(*(at_or_below(PlayRow.area, area) for area in areas)))
        .where(PlayRow.outcome != "sounded")
        .group_by(PlayRow.device, PlayRow.area)
    )


def _sums(devices: Sequence[str], part: Stretch) -> "Select[str, str, int, int, int, int]":
    """Return the question for plays, short ones, asked and sounded ms of these appliances."""
    if part.span != "d":
        sums = (
            func.sum(TallyDeviceRow.plays),
            func.sum(TallyDeviceRow.short),
            func.sum(TallyDeviceRow.asked_ms),
            func.sum(TallyDeviceRow.sounded_ms),
        )
        return (
            select(TallyDeviceRow.device, TallyDeviceRow.area, *sums)
            .where(*_of(part))
            .where(TallyDeviceRow.device.in_(devices))
            .group_by(TallyDeviceRow.device, TallyDeviceRow.area)
        )
    short = func.sum(case((PlayRow.outcome == "sounded", 0), else_=1))
    plays = (func.count(), short, func.sum(PlayRow.asked_ms), func.sum(PlayRow.sounded_ms))
    return (
        select(PlayRow.device, PlayRow.area, *plays)
        .where(_range(part), PlayRow.device.in_(devices))
        .group_by(PlayRow.device, PlayRow.area)
    )


def _of(part: Stretch) -> tuple[ColumnElement[bool], ...]:
    days = TallyDeviceRow.day.between(part.first, part.last)
    return TallyDeviceRow.span == part.span, days


def _range(part: Stretch) -> ColumnElement[bool]:
    since, until = opening(part.first), opening(part.last + DAY)
    return (PlayRow.started >= since) & (PlayRow.started < until)
