"""The sayings: typed text read out, a local emergency, and the questions to the appliance itself.

Law of the room: as that of the actions. An emergency needs a second deed beside the press: it was held, or
a word was typed.
"""

import hashlib
from datetime import timedelta
from typing import Final

from contract import policy
from contract.documents import Rank
from edge.core.alarms import HUSH
from edge.core.desk import Desk
from edge.core.events import (
    StaffAskedReadiness,
    StaffAskedTest,
    StaffHushedWarnings,
    StaffSpoke,
    StaffStoodDown,
    StaffWarned,
    Ticked,
)
from edge.web import forms, speech
from edge.web.actions import Desire, put_on_air, zones_named
from edge.web.session import Note

MAKE_S: Final = 45  # the voice is made, the amplifier warms up
SLOWER: Final = 1.5  # a voice may be slower than the estimate
GAP_S: Final = 5  # between two rounds
TITLE_LETTERS: Final = 60
HELD: Final = "held"
WARN_WORD: Final = "PHÁT"
END_WORD: Final = "HẾT"
HUSH_WORD: Final = "IM"
SURE_WORDS: Final = {"warn": WARN_WORD, "stand-down": END_WORD, "hush": HUSH_WORD}


async def speak(desire: Desire, form: forms.SayText) -> Note:
    """Have the typed text read out; it ends by itself after its rounds."""
    text, rounds = form.text.strip(), int(form.rounds)
    length_s = speech.read(text).length_s
    if length_s <= 0:
        return desire.refused("note.no-text")
    desk = (await desire.counter.submit(Ticked())).desk
    zones = zones_named(desk, form.zone)
    if zones is None:
        return desire.refused("note.no-zone")
    why = _forbidden(desk, desire)
    if why:
        return desire.refused("note.not-played", title=title_of(text), why=why)
    lasts_s = MAKE_S + rounds * (length_s * SLOWER + GAP_S)
    until = desire.counter.now().wall + timedelta(seconds=lasts_s)
    event = StaffSpoke(
        ref=ref_of(text, form.voice),
        text=text,
        voice=form.voice,
        rounds=rounds,
        zones=zones,
        until=until,
        by=desire.by,
    )
    refused = await put_on_air(desire, event, title_of(text))
    return refused or desire.done("note.spoken", n=rounds, time=desire.ends(until))


async def warn(desire: Desire, form: forms.Warn) -> Note:
    """Sound a local emergency, repeated until its end."""
    headline, text = " ".join(form.headline.split()), form.text.strip()
    if not headline or speech.read(text).length_s <= 0:
        return desire.refused("note.no-text")
    desk = (await desire.counter.submit(Ticked())).desk
    zones = zones_named(desk, form.zone)
    if zones is None:
        return desire.refused("note.no-zone")
    if desk.word.assignment is None:
        why = desire.words("note.unassigned")
        return desire.refused("note.not-played", title=headline, why=why)
    if desk.local.silenced:
        why = desire.words("note.cut")
        return desire.refused("note.not-played", title=headline, why=why)
    until = desire.counter.now().wall + timedelta(minutes=int(form.minutes))
    event = StaffWarned(headline=headline, text=text, zones=zones, until=until, by=desire.by)
    await desire.counter.submit(event)
    words = desire.words("note.warned", title=headline, time=desire.ends(until))
    return Note("done", words)


async def stand_down(desire: Desire, form: forms.StandDown) -> Note:
    """Take back a local emergency."""
    if not any(alarm.local and alarm.id == form.id for alarm in desire.counter.view().alarms):
        return desire.refused("note.no-warning")
    await desire.counter.submit(StaffStoodDown(id=form.id, by=desire.by))
    return Note("done", desire.words("note.stood-down"))


async def hush(desire: Desire) -> Note:
    """Silence the warnings in force here for `alarms.HUSH`; with none there is nothing to silence."""
    if not desire.counter.view().alarms:
        return desire.refused("note.no-warning")
    await desire.counter.submit(StaffHushedWarnings(by=desire.by))
    until = desire.counter.now().wall + HUSH
    return Note("done", desire.words("note.warnings-hushed", time=desire.ends(until)))


async def ask(desire: Desire, form: forms.Ask) -> Note:
    """Look whether the appliance is fit: for the next slot and by itself, silently or with a tone in each zone."""
    tones: tuple[str, ...] = ()
    if form.what == "tones":
        tones = tuple(zone.name for zone in desire.counter.view().zones)
    await desire.counter.submit(StaffAskedReadiness(by=desire.by))
    await desire.counter.submit(StaffAskedTest(zones=tones, by=desire.by))
    return Note("done", desire.words("note.testing"))


def _forbidden(desk: Desk, desire: Desire) -> str:
    """Return why the policy lets nothing be said now: the core's own claim only comes with the finished voice."""
    law = policy.verdict(
        desk.word.policy,
        desk.word.time_zone,
        desire.counter.now().wall,
        Rank.OVERRIDE,
        0.0,
        desk.accounts.day_sounded_s,
    )
    return law.why


def is_sure(typed: str, word: str) -> bool:
    """Return whether the press was held, or the word typed, in capitals or not."""
    return typed == HELD or typed.strip().casefold() == word.casefold()


def ref_of(text: str, voice: str) -> str:
    """Return the name of the spoken file: the same text in the same voice is made once."""
    return f"staff:{hashlib.sha256(f'{voice}|{text}'.encode()).hexdigest()[:32]}"


def title_of(text: str) -> str:
    """Return the beginning of a text, as a title."""
    line = " ".join(text.split())
    return line if len(line) <= TITLE_LETTERS else line[: TITLE_LETTERS - 1].rstrip() + "…"
