"""The planner: weeks with their warnings, gestures of the grid, templates, copies, calendars, publications and why.

Law of the room: what changes many slots is looked at first: a question without `take` answers what would change and its
fingerprint, with `take` and that fingerprint it is done, or refused when something changed in between.
"""

import threading
from collections.abc import Mapping
from datetime import date, time
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response
from msgspec import Meta

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.programmes import SlotTold, told_of
from central.api.schema import Sent, told
from central.domain.planning_diff import PublicationDiff, SlotChange
from central.domain.planning_moves import Where
from central.domain.planning_story import DayStory
from central.domain.planning_templates import Fill, Template
from central.domain.planning_warnings import Finding
from central.domain.states import State
from central.services import new_slot_id
from central.services import planning_calendar as calendars
from central.services import planning_edits as edits
from central.services import planning_templates as templates
from central.services import publishing_orders as orders
from central.services.planning_history import Edit
from central.services.planning_pending import pending_diff
from central.services.planning_views import PlannedWeek, day_story, planned_week
from central.services.publishing import start_publication
from contract.documents import Slot

CALENDAR = "text/calendar"
Limit = Annotated[int, Query(ge=1, le=200)]
Asked = msgspec.Struct
Word = Annotated[str, Meta(max_length=200)]


class TrialAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """A slot that nobody has saved, to be judged at an area in the week of a day."""

    area: str
    day: date
    slot: dict[str, object]


class MoveAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """Where the occurrence of `day` is to lie; the whole series goes with it unless `only_this_date`."""

    day: date
    to_day: date
    start: time
    window_s: Annotated[int, Meta(ge=1, le=86_400)]
    only_this_date: bool = False
    seen: str | None = None


class DateAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """One date of a slot."""

    day: date
    seen: str | None = None


class UndoAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """The area whose last edit of ours is to be undone; `batch` names the one that is meant."""

    area: str
    batch: str | None = None


class CopyAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """The week of `source` to be copied to that of `target`."""

    area: str
    source: date
    target: date
    take: bool = False
    seen: str | None = None


class TemplateAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """A name under which the area's recurring slots are kept."""

    area: str
    name: Word
    about: Annotated[str, Meta(max_length=500)] = ""


class ApplyAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """A template to be applied at an area; `fills` says by the part's number what it plays."""

    area: str
    fills: dict[str, Fill] = msgspec.field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    take: bool = False
    seen: str | None = None


class LinkAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """A calendar link for an area."""

    area: str
    name: Annotated[str, Meta(max_length=80)] = ""


class PublicationAsked(Asked, frozen=True, forbid_unknown_fields=True):
    """The area whose drafts are to be sent; `seen` is the fingerprint of the diff that was looked at."""

    area: str
    seen: str | None = None


class Proposal(State, frozen=True, kw_only=True):
    """Changes to be looked at, their fingerprint, and whether they were made."""

    changes: tuple[SlotChange, ...]
    seen: str
    taken: bool


class ImportProposal(State, frozen=True, kw_only=True):
    """What taking in a calendar does, event by event, its fingerprint, and whether it was done."""

    events: tuple[calendars.TakenEvent, ...]
    seen: str
    taken: bool


class PendingDiff(State, frozen=True, kw_only=True):
    """What publishing an area would change, and the fingerprint to publish exactly that."""

    diff: PublicationDiff
    fetch_bytes: int
    seen: str


def add_planning(router: APIRouter, desk: Desk) -> None:
    """Add the planner."""
    _add_week(router, desk)
    _add_gestures(router, desk)
    _add_templates(router, desk)
    _add_calendars(router, desk)
    _add_publications(router, desk)


def _add_week(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/planning/week", tags=["planning"], **told(PlannedWeek))
    def week(token: Token, area: str, day: date, device: str | None = None) -> Response:
        """Show the week of a day as it would sound if the drafts were sent now, with every warning."""
        with desk.reading(token) as (unit, who):
            return shown(planned_week(unit, area, day, device=device, who=who, now=house.clock()))

    @router.post(
        "/planning/trial", tags=["planning"], **told(tuple[Finding, ...], takes=TrialAsked)
    )
    def trial(body: RawBody, token: Token) -> Response:
        """Judge a slot that is not saved: the warnings about it and about what it disturbs."""
        asked = read_as(body, TrialAsked)
        fields = {"id": new_slot_id(), **asked.slot}
        slot = read_as(msgspec.json.encode(fields), Slot)
        with desk.reading(token) as (unit, who):
            seen = planned_week(unit, asked.area, asked.day, trial=slot, who=who, now=house.clock())
        return shown([f for f in seen.findings if slot.id in {f.slot, f.other}])

    @router.get("/planning/day", tags=["planning"], **told(DayStory))
    def day_of(
        token: Token,
        day: date,
        area: str | None = None,
        device: str | None = None,
        *,
        sent: bool = False,
    ) -> Response:
        """Tell what plays at an area or appliance on a day and why; `sent` keeps to what has been sent."""
        with desk.reading(token) as (unit, who):
            return shown(
                day_story(
                    unit, day, area=area, device=device, sent=sent, who=who, now=house.clock()
                )
            )


def _add_gestures(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.post(
        "/slots/{slot_id}/move",
        tags=["planning"],
        **told(tuple[SlotTold, ...], takes=MoveAsked),
    )
    def move(slot_id: str, body: RawBody, token: Token) -> Response:
        """Move or resize one date of a slot, or all of it."""
        asked = read_as(body, MoveAsked)
        to = Where(day=asked.to_day, start=asked.start, window_s=asked.window_s)
        with desk.writing(token) as (unit, who):
            found = edits.move_slot(
                unit,
                slot_id,
                asked.day,
                to,
                only_this_date=asked.only_this_date,
                who=who,
                now=house.clock(),
                seen=asked.seen,
            )
        return shown([told_of(state) for state in found])

    @router.post(
        "/slots/{slot_id}/skip",
        tags=["planning"],
        **told(SlotTold | None, takes=DateAsked),
    )
    def skip(slot_id: str, body: RawBody, token: Token) -> Response:
        """Leave one date out; a slot of that date alone is deleted, and null is answered."""
        asked = read_as(body, DateAsked)
        with desk.writing(token) as (unit, who):
            state = edits.skip_date(
                unit, slot_id, asked.day, who=who, now=house.clock(), seen=asked.seen
            )
        return shown(None if state is None else told_of(state))

    @router.post(
        "/slots/{slot_id}/restore",
        tags=["planning"],
        **told(SlotTold, takes=DateAsked),
    )
    def restore(slot_id: str, body: RawBody, token: Token) -> Response:
        """Have a date that was left out sound again."""
        asked = read_as(body, DateAsked)
        with desk.writing(token) as (unit, who):
            state = edits.restore_date(
                unit, slot_id, asked.day, who=who, now=house.clock(), seen=asked.seen
            )
        return shown(told_of(state))

    @router.post("/planning/undo", tags=["planning"], **told(Edit, takes=UndoAsked))
    def undo(body: RawBody, token: Token) -> Response:
        """Undo our own last edit of an area's slots."""
        asked = read_as(body, UndoAsked)
        with desk.writing(token) as (unit, who):
            return shown(
                edits.undo_last(unit, asked.area, who=who, now=house.clock(), batch=asked.batch)
            )

    @router.post("/planning/copy-week", tags=["planning"], **told(Proposal, takes=CopyAsked))
    def copy_week(body: RawBody, token: Token) -> Response:
        """Show what copying a week would change; with `take`, do it."""
        asked, now = read_as(body, CopyAsked), house.clock()
        with desk.writing(token) as (unit, who):
            changes = edits.week_copy(
                unit, asked.area, asked.source, asked.target, who=who, now=now
            )
            if asked.take:
                edits.apply_changes(
                    unit, changes, what="copy-week", who=who, now=now, seen=asked.seen
                )
        return shown(_proposal(changes, taken=asked.take))


def _add_templates(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/templates", tags=["planning"], **told(tuple[Template, ...]))
    def listed(token: Token, area: str, limit: Limit = 200, after: str = "") -> Response:
        """List the templates that may be applied at an area; those that come `after` an id."""
        with desk.reading(token) as (unit, who):
            found = templates.list_templates(unit, area, who=who)
        first = next((n + 1 for n, t in enumerate(found) if after and t.id == after), 0)
        return shown(found[first : first + limit])

    @router.post("/templates", tags=["planning"], **told(Template, takes=TemplateAsked, status=201))
    def keep(body: RawBody, token: Token) -> Response:
        """Keep the area's recurring slots as a template."""
        asked = read_as(body, TemplateAsked)
        with desk.writing(token) as (unit, who):
            made = templates.keep_template(
                unit, asked.area, asked.name, asked.about, who=who, now=house.clock()
            )
        return shown(made, 201)

    @router.delete("/templates/{template}", tags=["planning"], **told(None))
    def drop(template: str, token: Token) -> Response:
        """Forget a template."""
        with desk.writing(token) as (unit, who):
            templates.drop_template(unit, template, who=who, now=house.clock())
        return Response(status_code=204)

    @router.post(
        "/templates/{template}/apply",
        tags=["planning"],
        **told(Proposal, takes=ApplyAsked),
    )
    def apply(template: str, body: RawBody, token: Token) -> Response:
        """Show what applying a template would change; with `take`, do it."""
        asked, now = read_as(body, ApplyAsked), house.clock()
        fills = _numbered(asked.fills)
        with desk.writing(token) as (unit, who):
            changes = templates.template_changes(
                unit,
                template,
                asked.area,
                fills,
                first=asked.first,
                last=asked.last,
                who=who,
            )
            if asked.take:
                edits.apply_changes(
                    unit, changes, what="template", who=who, now=now, seen=asked.seen
                )
        return shown(_proposal(changes, taken=asked.take))


def _add_calendars(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/planning/calendar.ics", tags=["planning"], **told(Sent(CALENDAR, text=True)))
    def whole(token: Token, area: str) -> Response:
        """Give the plan that was sent for an area as an iCalendar file."""
        with desk.reading(token) as (unit, who):
            data = calendars.calendar_file(unit, area, who=who, now=house.clock())
        return Response(data, media_type=CALENDAR)

    @router.post(
        "/planning/import",
        tags=["planning"],
        **told(ImportProposal, takes=Sent(CALENDAR, text=True)),
    )
    def take_in(
        body: RawBody, token: Token, area: str, *, take: bool = False, seen: str | None = None
    ) -> Response:
        """Show what taking in an iCalendar file would change; with `take`, do it."""
        with desk.writing(token) as (unit, who):
            events = calendars.read_calendar(unit, area, body, {}, who=who)
            changes = [event.change for event in events if event.change is not None]
            if take:
                edits.apply_changes(
                    unit, changes, what="import", who=who, now=house.clock(), seen=seen
                )
        return shown(ImportProposal(events=events, seen=edits.fingerprint(changes), taken=take))

    @router.get("/planning/links", tags=["planning"], **told(tuple[calendars.CalendarLink, ...]))
    def links(token: Token, area: str) -> Response:
        """List the calendar links of an area, twenty at most."""
        with desk.reading(token) as (unit, who):
            return shown(calendars.list_links(unit, area, who=who))

    @router.post(
        "/planning/links",
        tags=["planning"],
        **told(calendars.CalendarLink, takes=LinkAsked, status=201),
    )
    def make(body: RawBody, token: Token) -> Response:
        """Make a link; its token is told once."""
        asked = read_as(body, LinkAsked)
        with desk.writing(token) as (unit, who):
            link = calendars.make_link(unit, asked.area, asked.name, who=who, now=house.clock())
        return shown(link, 201)

    @router.delete("/planning/links/{link}", tags=["planning"], **told(None))
    def drop(link: int, token: Token) -> Response:
        """Make a link lead nowhere."""
        with desk.writing(token) as (unit, who):
            calendars.drop_link(unit, link, who=who, now=house.clock())
        return Response(status_code=204)

    @router.get("/calendars/{token}.ics", tags=["calendars"], **told(Sent(CALENDAR, text=True)))
    def subscribed(token: str) -> Response:
        """Give the plan behind a link's token: what a calendar program asks for, without signing in."""
        data = calendars.linked_file(house, token, now=house.clock())
        return Response(data, media_type=CALENDAR, headers={"cache-control": "private, no-store"})


def _add_publications(router: APIRouter, desk: Desk) -> None:
    house = desk.house

    @router.get("/planning/diff", tags=["planning"], **told(PendingDiff))
    def diff(token: Token, area: str) -> Response:
        """Tell what publishing an area would change: slots, appliances, contents to fetch."""
        with desk.reading(token) as (unit, who):
            found, _ = pending_diff(unit, area, who=who, now=house.clock())
        return shown(
            PendingDiff(diff=found, fetch_bytes=found.fetch_bytes, seen=orders.fingerprint(found))
        )

    @router.get("/publications", tags=["planning"], **told(tuple[orders.PublicationState, ...]))
    def listed(
        token: Token, area: str | None = None, limit: Limit = 50, before: int | None = None
    ) -> Response:
        """List publications, newest first; those before an id."""
        with desk.reading(token) as (unit, who):
            return shown(
                orders.list_publications(
                    unit, who=who, area=area, limit=limit, before=before, now=house.clock()
                )
            )

    @router.post(
        "/publications",
        tags=["planning"],
        **told(orders.PublicationState, takes=PublicationAsked, status=202),
    )
    def begin(body: RawBody, token: Token) -> Response:
        """Begin to send the drafts of an area; ask for the publication to see how far it is."""
        asked, who = read_as(body, PublicationAsked), desk.person(token)
        ordered, work = start_publication(
            house, asked.area, who=who, now=house.clock(), seen=asked.seen
        )
        threading.Thread(target=work, daemon=True, name=f"publication-{ordered.id}").start()
        with house.reading() as unit:
            return shown(
                orders.publication_named(unit, ordered.id, who=who, now=house.clock()), 202
            )

    @router.get("/publications/{number}", tags=["planning"], **told(orders.PublicationState))
    def one(number: int, token: Token) -> Response:
        """Tell how far a publication is."""
        with desk.reading(token) as (unit, who):
            return shown(orders.publication_named(unit, number, who=who, now=house.clock()))

    @router.get("/publications/{number}/diff", tags=["planning"], **told(PublicationDiff))
    def diff_of(number: int, token: Token) -> Response:
        """Tell what a publication changed."""
        with desk.reading(token) as (unit, who):
            return shown(orders.diff_named(unit, number, who=who))


def _proposal(changes: tuple[SlotChange, ...], *, taken: bool) -> Proposal:
    return Proposal(changes=changes, seen=edits.fingerprint(changes), taken=taken)


def _numbered(fills: Mapping[str, Fill]) -> dict[int, Fill]:
    return {int(number): fill for number, fill in fills.items() if number.isdecimal()}
