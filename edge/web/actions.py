"""The actions: what a person may do with what sounds, as events, and what to say about it afterwards.

Law of the room: each decision has an end. What is said comes from the decision that the appliance took,
never from the wish: what policy refuses is taken back at once and the reason shown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from contract.documents import Sha256
from edge.core.desk import Desk
from edge.core.events import (
    StaffHushed,
    StaffPlayed,
    StaffRecorded,
    StaffReleased,
    StaffSetVolume,
    StaffSkipped,
    StaffSpoke,
    StaffUndid,
    Ticked,
)
from edge.core.page import PageView
from edge.web import forms
from edge.web.counter import Counter
from edge.web.faces import is_emergency
from edge.web.phrases import clock_words
from edge.web.session import Note
from edge.web.words import Words

OURS: Final = "staff/"  # how the core names the plays that staff decided
PLAY_MARGIN_S: Final = 20  # warm-up of the amplifier and the start of the player


@dataclass(frozen=True)
class Desire:
    """Who wants something, in which language the answer is read, and at which counter."""

    counter: Counter
    words: Words
    by: str

    def said(self, text: str, view: PageView) -> str:
        """Return `text`, with a word about an emergency that goes on."""
        return f"{text} {self.words('note.emergency')}" if is_emergency(view) else text

    def done(self, key: str, **values: object) -> Note:
        """Return the note that something is done."""
        return Note("done", self.said(self.words(key, **values), self.counter.view()))

    def refused(self, key: str, **values: object) -> Note:
        """Return the note that nothing was done, and why."""
        return Note("refused", self.words(key, **values))

    def ends(self, until: datetime) -> str:
        """Return until when, as people say it now."""
        return clock_words(until, self.counter.view().now, self.words, up=True)


async def stop(desire: Desire, form: forms.Stop) -> Note:
    """Silence everything below emergency for the span asked."""
    view, now = desire.counter.view(), desire.counter.now().wall
    until = end_of_day(view) if form.span == "day" else now + timedelta(minutes=int(form.span))
    await desire.counter.submit(StaffHushed(until=until, by=desire.by))
    return desire.done("note.hushed", time=desire.ends(until))


async def release(desire: Desire, form: forms.Release) -> Note:
    """Give the air, or the volume, back to the programme."""
    if form.what == "volume":
        now = desire.counter.now().wall
        # A decision that ends now is over in the same turn: the volume below it comes back.
        await desire.counter.submit(StaffSetVolume(volume_pct=0, until=now, by=desire.by))
        return Note("done", desire.words("note.volume-back"))
    await desire.counter.submit(StaffReleased(by=desire.by))
    return desire.done("note.released")


async def volume(desire: Desire, form: forms.Volume) -> Note:
    """Set the volume below emergency to the end of the day, or for an hour."""
    view, now = desire.counter.view(), desire.counter.now().wall
    until = now + timedelta(hours=1) if form.until == "hour" else end_of_day(view)
    event = StaffSetVolume(volume_pct=form.percent, until=until, by=desire.by)
    await desire.counter.submit(event)
    cap = desire.counter.view().volume_pct
    key = "note.volume" if cap >= form.percent else "note.volume-capped"
    return desire.done(key, n=form.percent, time=desire.ends(until), cap=cap)


async def skip(desire: Desire, form: forms.Skip) -> Note:
    """Skip what was seen on air, if it still is."""
    view = desire.counter.view()
    if view.key != form.key:
        return desire.refused("note.not-skipped")
    await desire.counter.submit(StaffSkipped(key=form.key, by=desire.by))
    return desire.done("note.skipped", title=view.title)


async def undo(desire: Desire, form: forms.Undo) -> Note:
    """Take back the last local decision while there is time."""
    await desire.counter.submit(Ticked())
    before = desire.counter.view().undo
    if before is None or before.left_s <= 0:
        return desire.refused("note.not-undone")
    await desire.counter.submit(StaffUndid(by=desire.by))
    return desire.done("note.undone", what=before.text)


async def play(desire: Desire, form: forms.PlayNow) -> Note:
    """Put an approved item on air; it ends by itself a little after its length."""
    item = next((p for p in desire.counter.view().playable if p.sha256 == form.item), None)
    if item is None:
        return desire.refused("note.gone")
    desk = (await desire.counter.submit(Ticked())).desk
    zones = zones_named(desk, form.zone)
    if zones is None:
        return desire.refused("note.no-zone")
    until = desire.counter.now().wall + timedelta(seconds=item.duration_s + PLAY_MARGIN_S)
    event = StaffPlayed(
        content=Sha256(item.sha256),
        zones=zones,
        until=until,
        by=desire.by,
        chime=form.chime == "yes",
    )
    refused = await put_on_air(desire, event, item.title)
    return refused or desire.done("note.playing", title=item.title, time=desire.ends(until))


async def put_on_air(
    desire: Desire, event: StaffPlayed | StaffSpoke | StaffRecorded, title: str
) -> Note | None:
    """Submit what staff want to sound; what is refused is taken back, and the note says why."""
    decision = await desire.counter.submit(event)
    why = next((no.why for no in decision.air.refused if no.key.startswith(OURS)), "")
    if decision.desk.local.silenced:
        why = desire.words("note.cut")
    elif decision.desk.word.assignment is None:
        why = desire.words("note.unassigned")
    if not why:
        return None
    await desire.counter.submit(StaffUndid(by=desire.by))
    return desire.refused("note.not-played", title=title, why=why)


def zones_named(desk: Desk, names: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the zones of these names, () for all of them, None when none is meant."""
    here = desk.word.zones
    if len(here) <= 1:
        return ()
    named = tuple(zone.name for zone in here if zone.name in names)
    if not named:
        return None
    return () if len(named) == len(here) else named


def end_of_day(view: PageView) -> datetime:
    """Return the next local midnight."""
    tomorrow = view.now.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=view.now.tzinfo).astimezone(UTC)
