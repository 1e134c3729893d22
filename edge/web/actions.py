"""The actions: what a signed-in person may do, as events, and what to say about it afterwards.

Law of the room: each decision has an end. What is said comes from the decision that the appliance took,
never from the wish: a play that policy refuses is taken back at once and the reason shown.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from contract.documents import Rank, Sha256
from edge.core.desk import Desk
from edge.core.events import StaffHushed, StaffPlayed, StaffReleased, StaffSetVolume, Ticked
from edge.core.view import PageView, Playable
from edge.web import forms
from edge.web.counter import Counter
from edge.web.faces import clock_words, is_emergency
from edge.web.session import Note
from edge.web.words import Words

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


async def stop(desire: Desire, form: forms.Stop) -> Note:
    """Silence everything below emergency for the span asked."""
    view, now = desire.counter.view(), desire.counter.now().wall
    until = end_of_day(view) if form.span == "day" else now + timedelta(minutes=int(form.span))
    await desire.counter.submit(StaffHushed(until=until, by=desire.by))
    text = desire.words("note.hushed", time=clock_words(until, view.now, desire.words, up=True))
    return Note("done", desire.said(text, desire.counter.view()), "air")


async def release(desire: Desire, form: forms.Release) -> Note:
    """Give the air, or the volume, back to the programme."""
    if form.what == "volume":
        now = desire.counter.now().wall
        # A decision that ends now is over in the same turn: the volume below it comes back.
        await desire.counter.submit(StaffSetVolume(volume_pct=0, until=now, by=desire.by))
        return Note("done", desire.words("note.volume-back"))
    await desire.counter.submit(StaffReleased(by=desire.by))
    return Note("done", desire.said(desire.words("note.released"), desire.counter.view()))


async def volume(desire: Desire, form: forms.Volume) -> Note:
    """Set the volume below emergency to the end of the day, or for an hour."""
    view, now = desire.counter.view(), desire.counter.now().wall
    until = now + timedelta(hours=1) if form.until == "hour" else end_of_day(view)
    event = StaffSetVolume(volume_pct=form.percent, until=until, by=desire.by)
    await desire.counter.submit(event)
    after = desire.counter.view()
    time_words = clock_words(until, view.now, desire.words, up=True)
    key = "note.volume" if after.volume_pct >= form.percent else "note.volume-capped"
    text = desire.words(key, n=form.percent, time=time_words, cap=after.volume_pct)
    return Note("done", desire.said(text, after), "volume")


async def play(desire: Desire, form: forms.PlayNow) -> Note:
    """Put an approved item on air; it ends by itself a little after its length."""
    view = desire.counter.view()
    item = next((p for p in view.playable if p.sha256 == form.item), None)
    if item is None:
        return Note("refused", desire.words("note.gone"))
    before = (await desire.counter.submit(Ticked())).desk
    zones = zones_named(before, form.zone)
    if zones is None:
        return Note("refused", desire.words("note.no-zone"))
    until = desire.counter.now().wall + timedelta(seconds=item.duration_s + PLAY_MARGIN_S)
    event = StaffPlayed(content=Sha256(item.sha256), zones=zones, until=until, by=desire.by)
    decision = await desire.counter.submit(event)
    why = next((no.why for no in decision.air.refused if no.rank is Rank.OVERRIDE), "")
    if decision.desk.local.silenced:
        why = desire.words("note.cut")
    if why:
        await _take_back(desire, before)
        return Note("refused", desire.words("note.not-played", title=item.title, why=why))
    return Note("done", _plays(desire, item, until, view), "air")


def _plays(desire: Desire, item: Playable, until: datetime, view: PageView) -> str:
    words = desire.words
    ends = clock_words(until, view.now, words, up=True)
    text = words("note.playing", title=item.title, time=ends)
    return desire.said(text, desire.counter.view())


async def _take_back(desire: Desire, before: Desk) -> None:
    """Have the local decision stand again that stood before a play that was refused."""
    hush, override = before.local.hush, before.local.override
    if hush is not None:
        await desire.counter.submit(StaffHushed(until=hush.until, by=hush.by))
    elif override is not None and override.content is not None:
        await desire.counter.submit(
            StaffPlayed(
                content=override.content,
                zones=override.zones,
                until=override.until,
                by=override.by,
            )
        )
    else:
        await desire.counter.submit(StaffReleased(by=desire.by))


def zones_named(desk: Desk, titles: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the names of the zones with these titles, () for all of them, None when none is meant."""
    here = desk.word.zones
    if len(here) <= 1:
        return ()
    named = tuple(zone.name for zone in here if zone.title in titles)
    if not named:
        return None
    return () if len(named) == len(here) else named


def end_of_day(view: PageView) -> datetime:
    """Return the next local midnight."""
    tomorrow = view.now.date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), tzinfo=view.now.tzinfo).astimezone(UTC)
