"""Verbs of the pages for everybody: which commune shows one, and what stands on it.

Law of the room: nothing of a person, an appliance or a place of work is shown, and nothing that is not published. A
page that nobody has turned on does not exist for those who ask.
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from central.db.broadcast import AnnouncementRow
from central.db.fleet import DeviceRow
from central.db.tally import PublicPageRow
from central.domain.areas import lineage
from central.domain.compiling import Place, compile_body
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.tally import ZONE, day_of
from central.services.active_sets import NEVER_SIGNED
from central.services.areas import area_named, at_or_below, list_areas
from central.services.console_views import document_of
from central.services.devices import assignment_of
from central.services.drills_views import nights_among
from central.services.expected import day_programme
from central.services.stock import stock_of
from central.services.unit import Unit
from contract import planner
from contract.area import is_at_or_below
from contract.documents import MessageType, Policy, Status

RECENT: Final = timedelta(days=30)
MOST_ALARMS: Final = 10
MOST_CONTACT: Final = 500


class PublicSetting(State, frozen=True, kw_only=True):
    """Whether an area shows a page to everybody, and how people reach whoever answers for the station."""

    area: str
    name: str
    shown: bool
    contact: str
    changed: datetime | None
    changed_by: str


class PublicWindow(State, frozen=True, kw_only=True):
    """One broadcast of the day."""

    title: str
    starts: datetime
    ends: datetime
    priority: bool


class PublicQuiet(State, frozen=True, kw_only=True):
    """Hours in which nothing below an emergency sounds."""

    start: time
    end: time


class PublicAlarm(State, frozen=True, kw_only=True):
    """An emergency that was announced here: what for, when, and whether it was an exercise.

    `text` is what the loudspeakers say while it stands; `cap` the same for machines.
    """

    headline: str
    text: str
    cap: str
    event: str
    sent: datetime
    ended: datetime | None
    exercise: bool


class PublicPage(State, frozen=True, kw_only=True):
    """What everybody may know of a commune's loudspeakers."""

    area: str
    name: str
    above: str
    day: date
    programme: tuple[PublicWindow, ...]
    quiet: tuple[PublicQuiet, ...]
    max_minutes_per_day: int
    max_minutes_per_session: int
    contact: str
    alarms: tuple[PublicAlarm, ...]


def set_public_page(
    unit: Unit, area: str, *, shown: bool, contact: str, who: Person, now: datetime
) -> PublicSetting:
    """Show or hide an area's page; `contact` says how people complain.

    Raises `Forbidden`, `NotFound`, `Unacceptable` for a page without a contact.
    """
    found = area_named(unit, area)
    who.require(Right.ADMINISTER, area)
    contact = "\n".join(" ".join(line.split()) for line in contact.strip().splitlines())
    if len(contact) > MOST_CONTACT:
        raise Unacceptable(
            f"Lời liên hệ dài quá {MOST_CONTACT} chữ. Hãy viết ngắn lại.", "bad-contact"
        )
    if shown and not contact:
        why = "Hãy ghi người dân phản ánh với ai, ở đâu hoặc số điện thoại nào, rồi mới hiện trang."
        raise Unacceptable(why, "no-contact")
    was = unit.session.get(PublicPageRow, area)
    before = {"shown": was.shown, "contact": was.contact} if was is not None else None
    values = {"shown": shown, "contact": contact, "changed": now, "changed_by": who.name}
    on_postgresql = unit.session.get_bind().dialect.name == "postgresql"
    insert = (postgresql.Insert if on_postgresql else sqlite.Insert)(PublicPageRow)
    upsert = insert.values(area=area, **values)
    unit.session.execute(upsert.on_conflict_do_update(index_elements=["area"], set_=values))
    unit.note(
        who,
        "set-public-page",
        f"{area} {'hiện' if shown else 'ẩn'}",
        now=now,
        area=area,
        before=before,
        after={"shown": shown, "contact": contact},
    )
    return PublicSetting(
        area=area, name=found.name, shown=shown, contact=contact, changed=now, changed_by=who.name
    )


def public_settings(unit: Unit, *, who: Person) -> tuple[PublicSetting, ...]:
    """Return the communes (areas right below a root) that `who` administers, shown or not, by name."""
    rows = {row.area: row for row in unit.session.scalars(select(PublicPageRow))}
    mine = who.areas(Right.ADMINISTER)
    return tuple(
        PublicSetting(
            area=area.path,
            name=area.name,
            shown=area.path in rows and rows[area.path].shown,
            contact=rows[area.path].contact if area.path in rows else "",
            changed=rows[area.path].changed if area.path in rows else None,
            changed_by=rows[area.path].changed_by if area.path in rows else "",
        )
        for area in list_areas(unit, closed=False)
        if (area.depth == 1 or area.path in rows)
        and any(is_at_or_below(area.path, root) for root in mine)
    )


def public_page(unit: Unit, area: str, *, now: datetime) -> PublicPage:
    """Return what everybody may know of an area; raises `NotFound` where its page is not shown."""
    row = unit.session.get(PublicPageRow, area) if len(area) <= 200 else None
    if row is None or not row.shown:
        raise NotFound("Không có trang công khai cho địa bàn này.", "no-page")
    names = {a.path: a.name for a in list_areas(unit, lineage(area)[0]) if a.path in lineage(area)}
    policy = _policy(unit, area)
    day = day_of(now)
    above = ", ".join(names[path] for path in reversed(lineage(area)[:-1]) if path in names)
    return PublicPage(
        area=area,
        name=names.get(area, area),
        above=above,
        day=day,
        programme=_programme(unit, area, policy, day, now),
        quiet=tuple(PublicQuiet(start=q.start, end=q.end) for q in policy.quiet),
        max_minutes_per_day=policy.max_minutes_per_day,
        max_minutes_per_session=policy.max_minutes_per_session,
        contact=row.contact,
        alarms=_alarms(unit, area, now),
    )


def _policy(unit: Unit, area: str) -> Policy:
    """Return what holds for the area's appliances: that of the first, for they are given alike."""
    query = select(DeviceRow).where(at_or_below(DeviceRow.area, area), DeviceRow.retired.is_(False))
    row = unit.session.scalar(query.order_by(DeviceRow.area, DeviceRow.id).limit(1))
    return Policy() if row is None else assignment_of(row).policy


def _programme(
    unit: Unit, area: str, policy: Policy, day: date, now: datetime
) -> tuple[PublicWindow, ...]:
    areas = set(lineage(area))
    stock = stock_of(unit, now=now, areas=areas)
    zones = tuple({z for slots in stock.slots.values() for s in slots for z in s.zones})
    body = compile_body(stock, Place(area=area, time_zone=str(ZONE), zones=zones))
    programme = day_programme(body.slots, body.contents, str(ZONE), day)
    found: dict[str, list[planner.Planned]] = {}
    for piece in planner.plan(programme, policy, day):
        if piece.sounds:
            found.setdefault(piece.key.rpartition("/")[0], []).append(piece)
    windows = (
        PublicWindow(
            title=pieces[0].slot.title,
            starts=pieces[0].start,
            ends=max(piece.end for piece in pieces),
            priority=pieces[0].slot.level.value == "priority",
        )
        for pieces in found.values()
    )
    return tuple(sorted(windows, key=lambda window: (window.starts, window.title)))


def _alarms(unit: Unit, area: str, now: datetime) -> tuple[PublicAlarm, ...]:
    query = (
        select(AnnouncementRow)
        .where(AnnouncementRow.sent >= now - RECENT, AnnouncementRow.state != "waiting")
        .where(AnnouncementRow.why != NEVER_SIGNED)
        .where(AnnouncementRow.message != MessageType.CANCEL.value)
        .where(AnnouncementRow.status != Status.TEST.value)
        .order_by(AnnouncementRow.sent.desc())
        .limit(500)
    )
    rows = unit.session.scalars(query).all()
    nights = nights_among(unit, [row.id for row in rows])
    here = [
        row
        for row in rows
        if row.id not in nights
        and any(is_at_or_below(area, a) or is_at_or_below(a, area) for a in row.areas)
    ]
    return tuple(
        PublicAlarm(
            headline=row.headline,
            text=_text(row, now),
            cap=f"/cap/v1/{row.id}.xml",
            event=row.event,
            sent=row.sent,
            ended=row.ended or (row.expires if row.expires <= now else None),
            exercise=row.status.lower() != "actual",
        )
        for row in here[:MOST_ALARMS]
    )


def _text(row: AnnouncementRow, now: datetime) -> str:
    """Return what is said while an announcement stands, in its first language; nothing once it is over."""
    if row.ended is not None or row.expires <= now:
        return ""
    infos = document_of(row.envelope).infos
    return infos[0].text if infos else ""
