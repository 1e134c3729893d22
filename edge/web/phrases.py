"""The phrases: instants, lengths and names as people say them.

Law of the room: pure; a phrase is made from the value alone.
"""

import re
from datetime import date, datetime, timedelta
from typing import Final

from contract.documents import Refusal
from edge.web.words import Words

HASH: Final = re.compile(r"[0-9a-f]{64}")
PAPER: Final = re.compile(r"([a-z]+) \(([a-z]+)\)")
SIZES: Final = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"))


def tongue(text: str) -> str:
    """Return the language of a sentence that came from elsewhere: what is written in ASCII is English."""
    return "en" if text.isascii() else "vi"


def what_of(refusal: Refusal, words: Words) -> str:
    """Return what was refused as people call it: a paper and its door, a hand, a file, or a title as it is."""
    what = refusal.what
    if words.has(f"hand.{what}"):
        return words(f"hand.{what}")
    if HASH.fullmatch(what):
        return words("paper.file", name=what[:8])
    paper = PAPER.fullmatch(what)
    if paper is None or not words.has(f"paper.{paper[1]}") or not words.has(f"door.{paper[2]}"):
        return what
    return f"{words(f'paper.{paper[1]}')} ({words(f'door.{paper[2]}')})"


def clock_words(at: datetime, now: datetime, words: Words, *, up: bool = False) -> str:
    """Return an instant as people say it today: the hour, with the day where it is another one.

    With `up` a begun minute counts as whole: what "ends at 05:36" must be over by then.
    """
    at = at.astimezone(now.tzinfo)
    if up and (at.second or at.microsecond):
        at += timedelta(minutes=1)
    time = f"{at:%H:%M}"
    if at.date() == now.date():
        return words("today", time=time)
    midnight = at.hour == 0 and at.minute == 0
    if midnight and at.date() == now.date() + timedelta(days=1):
        return words("today", time="24:00")
    if at.date() == now.date() + timedelta(days=1):
        return words("tomorrow", time=time)
    return words("other-day", time=time, day=f"{at:%d/%m}")


def day_words(day: date, today: date, words: Words) -> str:
    """Return a day as people say it: today, yesterday, or its date."""
    if day == today:
        return words("day.today")
    if day == today - timedelta(days=1):
        return words("day.yesterday")
    return words("day.other", day=f"{day:%d/%m/%Y}")


def length_words(seconds: float) -> str:
    """Return a length as minutes and seconds, such as 2:05."""
    minutes, rest = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{rest:02d}"


def wait_words(seconds: float, words: Words) -> str:
    """Return a wait in seconds up to a minute and a half, then in whole minutes, rounded up."""
    whole = max(1, -int(-seconds // 1))
    return f"{whole} s" if whole <= 90 else words("minutes", n=-(-whole // 60))


def plain_of(text: str, words: Words) -> str:
    """Return a line of the log with the hand that it begins with, if any, named as people call it."""
    hand, colon, rest = text.partition(": ")
    return f"{words(f'hand.{hand}')}: {rest}" if colon and words.has(f"hand.{hand}") else text


def size_words(size_bytes: int) -> str:
    """Return an amount of storage in the unit that suits it, such as 3.2 GB."""
    for unit, name in SIZES:
        if size_bytes >= unit:
            amount = size_bytes / unit
            return f"{amount:.0f} {name}" if amount >= 10 else f"{amount:.1f} {name}"
    return f"{size_bytes} B"


def level_words(level_dbfs: float) -> str:
    """Return a level with the minus sign that readers and screen readers know."""
    return f"{level_dbfs:.0f}".replace("-", "−")
