"""What the form of an alarm holds when it opens: nothing, a template, or the announcement it corrects.

Law of the room: a proposal fills the form and nothing more; only a person who reads it and holds the button sends it.
Whoever has a proposal (a template, a correction, a warning of another system) hands it over as a `Filled`.
"""

from typing import Final

import msgspec

from central.domain.alarms import DRILL_OPENINGS
from contract.documents import Announcement, Repeat, Status

# languages that a warning may be said in: Vietnamese first; appliances read the first two aloud, the rest needs a
# recording to sound and is shown on boards
LANGUAGES: Final = (("vi", "Tiếng Việt"), ("en", "Tiếng Anh"))
OTHERS: Final = (
    ("km", "Tiếng Khmer"),
    ("cjm", "Tiếng Chăm"),
    ("zh", "Tiếng Hoa"),
    ("hmn", "Tiếng Mông"),
    ("tyz", "Tiếng Tày"),
    ("nut", "Tiếng Nùng"),
    ("blt", "Tiếng Thái"),
    ("mtq", "Tiếng Mường"),
    ("rad", "Tiếng Ê Đê"),
    ("jra", "Tiếng Gia Rai"),
    ("bdq", "Tiếng Ba Na"),
)
MOST_CHARS: Final = 200


class FilledWords(msgspec.Struct, frozen=True, kw_only=True):
    """Words in one language."""

    language: str
    headline: str
    text: str


class Filled(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the form when it opens; every part may be changed before it is signed.

    `status` is Actual, Exercise, Test or empty: then the person chooses. `update_of` is what it replaces, `note` says
    where the proposal comes from, `cap` is the number of another system's warning that it was made of.
    """

    status: str = ""
    template: str = ""
    event: str = ""
    severity: str = ""
    words: tuple[FilledWords, ...] = ()
    areas: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    repeat: Repeat = Repeat()
    life_h: int = 6
    update_of: str = ""
    note: str = ""
    cap: str = ""

    def said(self, language: str) -> FilledWords:
        """Return the words in a language, empty where there are none."""
        empty = FilledWords(language=language, headline="", text="")
        return next((found for found in self.words if found.language == language), empty)

    @property
    def other(self) -> FilledWords:
        """Return the words in the first language beyond Vietnamese and English."""
        known = {code for code, _ in LANGUAGES}
        empty = FilledWords(language=OTHERS[0][0], headline="", text="")
        return next((found for found in self.words if found.language not in known), empty)


def corrected(document: Announcement) -> Filled:
    """Return the form that corrects an announcement: the same in every part, its Vietnamese title marked as new."""
    return Filled(
        status=document.status.value,
        event=document.event,
        severity=document.severity,
        words=tuple(
            FilledWords(
                language=info.language,
                headline=_marked(info.headline, info.language, document.status),
                text=info.text,
            )
            for info in document.infos
        ),
        areas=document.areas,
        zones=document.zones,
        repeat=document.repeat,
        life_h=max(1, round((document.expires - document.sent).total_seconds() / 3_600)),
        update_of=document.id,
    )


def _marked(headline: str, language: str, status: Status) -> str:
    marks = {"vi": "Tin mới: ", "en": "Update: "}
    mark = marks.get(language, "")
    opening = opening_of(language, status)
    bare = headline.removeprefix(opening)
    return f"{opening}{mark}{bare.removeprefix(mark)}"[:MOST_CHARS]


def opening_of(language: str, status: Status) -> str:
    """Return how a title must begin: a drill says so in every language, in Vietnamese where we have no word for it."""
    return DRILL_OPENINGS.get(language, DRILL_OPENINGS["vi"])[status]
