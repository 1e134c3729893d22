"""How notices and inbox entries are shown: tones, icons, where an entry leads, and when a commune might play.

Law of the room: reads only; words and colours, no judgement.
"""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Final

import msgspec

from central.console.looks import ZONE
from central.domain.people import Person
from central.domain.workflow import STATE_WORDS, NoticeState
from central.domain.workflow_inbox import ABOUT_WORDS, About, Ask, SubjectKind
from central.domain.workflow_track import Place
from central.services import Unit
from central.services.comments import people_to_mention
from central.services.console_views import area_names
from central.services.inbox import InboxEntry
from central.services.workflow_offer_rows import OfferView, offers_numbered
from central.services.workflow_track import Track, track
from central.services.workflow_views import NoticeView, states_of

TONES: Final = {
    NoticeState.DRAFT: ("off", "sign"),
    NoticeState.SUBMITTED: ("warn", "clock"),
    NoticeState.RETURNED: ("bad", "return"),
    NoticeState.APPROVED: ("ok", "ready"),
    NoticeState.RECALLED: ("bad", "cross"),
    NoticeState.LAPSED: ("bad", "clock"),
    NoticeState.SCHEDULED: ("ok", "calendar"),
    NoticeState.SENT: ("air", "send"),
    NoticeState.RECEIVED: ("air", "down"),
    NoticeState.ON_AIR: ("air", "air"),
    NoticeState.PLAYED: ("ok", "ready"),
    NoticeState.PARTLY: ("warn", "alert"),
    NoticeState.NOT_PLAYED: ("bad", "mute"),
}
PLACES: Final = {Place.DONE: "done", Place.NOW: "now", Place.BAD: "no", Place.AHEAD: "ahead"}
SESSIONS: Final = (time(5, 30), time(17, 0))
DRILLED: Final = frozenset({About.DRILL_LACKS.value, About.DRILL_LOST.value})
_MAIN: Final = {
    Ask.APPROVE: ("Nghe và duyệt", "play"),
    Ask.REVISE: ("Xem lý do và sửa", "return"),
    Ask.ANSWER: ("Đọc và trả lời", "talk"),
    Ask.KNOW: ("Xem", "next"),
    Ask.SCHEDULE: ("Xem bản tin", "play"),
}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An inbox entry as it is drawn: where it leads by which words, and what is known of its notice and offer."""

    entry: InboxEntry
    sentence: str
    href: str
    action: str
    icon: str
    place: str
    notice: NoticeView | None
    offer: OfferView | None


def way_context(unit: Unit, person: Person, sha256: str, *, now: datetime) -> dict[str, object]:
    """Return what `workflow_part.html` needs of one content for this person; raises `NotFound`."""
    way = track(unit, person, sha256, now=now)
    return {
        "way": way,
        "way_places": places_of(unit, way),
        "way_people": people_to_mention(unit, way.view.area),
        "tones": TONES,
        "state_words": STATE_WORDS,
        "way_marks": PLACES,
        "kept": {},
    }


def places_of(unit: Unit, way: Track) -> dict[str, str]:
    """Return the names of the areas that a track speaks of."""
    paths = {way.view.area, *(u.area for u in way.uses), *(o.area for o in way.offers)}
    listed = sorted(paths)
    return dict(zip(listed, area_names(unit, listed), strict=True))


def items_of(
    unit: Unit, entries: Iterable[InboxEntry], *, who: Person, now: datetime
) -> tuple[Item, ...]:
    """Return entries as they are drawn, with three questions for all of them."""
    listed = tuple(entries)
    notices = states_of(
        unit, [e.subject for e in listed if e.kind == SubjectKind.CONTENT.value], now=now
    )
    numbers = {n for n in map(_offer_number, listed) if n is not None}
    offers = offers_numbered(unit, numbers, who=who, now=now) if numbers else {}
    paths = sorted({e.area for e in listed if e.area})
    names = dict(zip(paths, area_names(unit, paths), strict=True))
    return tuple(_item(entry, notices, offers, names) for entry in listed)


def next_session(now: datetime) -> tuple[date, time]:
    """Return the day and time of the next usual session that can still be prepared: half an hour ahead or more."""
    local = now.astimezone(ZONE) + timedelta(minutes=30)
    for day in (local.date(), local.date() + timedelta(days=1)):
        for start in SESSIONS:
            if datetime.combine(day, start, ZONE) >= local:
                return day, start
    return local.date() + timedelta(days=1), SESSIONS[0]


def _item(
    entry: InboxEntry,
    notices: dict[str, NoticeView],
    offers: dict[int, OfferView],
    names: dict[str, str],
) -> Item:
    number = _offer_number(entry)
    action, icon = _MAIN[Ask(entry.ask)]
    return Item(
        entry=entry,
        sentence=ABOUT_WORDS[About(entry.about)],
        href=_href(entry),
        action=action,
        icon=icon,
        place=names.get(entry.area, entry.area),
        notice=notices.get(entry.subject),
        offer=None if number is None else offers.get(number),
    )


def _offer_number(entry: InboxEntry) -> int | None:
    number = entry.mark.removeprefix("offer-")
    return int(number) if entry.mark != number and number.isdecimal() else None


def _href(entry: InboxEntry) -> str:
    if entry.about in DRILLED:
        return f"/console/drills/{entry.subject}"
    if entry.about == About.NIGHTS_END.value:
        return "/console/drills"
    if entry.about == About.EXERCISE_DUE.value:
        return "/console/drills/new"
    part = "#talk" if entry.ask == Ask.ANSWER.value else ""
    match SubjectKind(entry.kind):
        case SubjectKind.CONTENT:
            return f"/console/inbox/contents/{entry.subject}{part}"
        case SubjectKind.SLOT:
            return f"/console/inbox/slots/{entry.subject}"
        case SubjectKind.ANNOUNCEMENT:
            return f"/console/inbox/announcements/{entry.subject}"
