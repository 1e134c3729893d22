"""What the emergency desk knows besides announcements: groups of areas, telephone numbers, calls, blanks in words.

Law of the room: pure. A number is kept as people write it and dialled as digits; words with a blank in them are not
ready to be signed.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from central.domain.errors import Unacceptable
from central.domain.people import checked_words
from central.domain.states import State

MOST_AREAS: Final = 200  # as many as an announcement may name
SYLLABLES_PER_S: Final = 3.2  # of the appliance's voice at its usual speed
TONE_S: Final = 1.5
# a blank of a template: [tên hồ], {noi}, … or ___ ; none of them is anything to be read aloud
_BLANK: Final = re.compile(r"\[[^\]\n]*\]|\{[^}\n]*\}|…|\.{3,}|_{2,}")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 .()-]{1,18}[0-9]")


class AreaGroup(State, frozen=True, kw_only=True):
    """Areas that are often warned together, kept by the people of `area`."""

    number: int
    area: str
    name: str
    areas: tuple[str, ...]
    changed: datetime
    changed_by: str


class GroupDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A group as somebody writes it down; every one of `areas` lies at or below `area`."""

    area: str
    name: str
    areas: Annotated[tuple[str, ...], Meta(min_length=1, max_length=MOST_AREAS)]


class Phone(State, frozen=True, kw_only=True):
    """Somebody to telephone in an area; `place` 1 is called first."""

    number: int
    area: str
    name: str
    duty: str
    phone: str
    place: int

    @property
    def dial(self) -> str:
        """Return what a telephone dials."""
        return re.sub(r"[^0-9+]", "", self.phone)


class PhoneDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A telephone number as somebody writes it down."""

    area: str
    name: str
    phone: str
    duty: str = ""
    place: Annotated[int, Meta(ge=1, le=20)] = 1


class Call(State, frozen=True, kw_only=True):
    """A call that was made: who, when, and whether somebody there was told."""

    at: datetime
    by: str
    told: bool
    note: str


class CallDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A call as somebody notes it down; `told` says that somebody there was reached and informed."""

    area: str
    told: bool
    note: str = ""


def checked_phone(text: str) -> str:
    """Return a telephone number in one line; raises `Unacceptable` for what nobody could dial."""
    phone = " ".join(text.split())
    if not _NUMBER.fullmatch(phone):
        msg = "Số điện thoại chỉ gồm số, dấu cách, dấu chấm, gạch nối, ví dụ 0277 3851 000."
        raise Unacceptable(msg, "bad-phone")
    return phone


def checked_group_name(text: str) -> str:
    """Return the name of a group; raises `Unacceptable`."""
    name = checked_words(text, "Tên nhóm", 80)
    if not name:
        raise Unacceptable("Nhóm cần một cái tên, ví dụ: Các xã ven sông Tiền.", "bad-name")
    return name


def blanks_in(text: str) -> tuple[str, ...]:
    """Return the blanks that nobody filled in, each once, as they stand in the words."""
    return tuple(dict.fromkeys(_BLANK.findall(text)))


def check_filled(texts: Iterable[str]) -> None:
    """Raise `Unacceptable` naming what is still to be filled in before anybody may sign."""
    blanks = dict.fromkeys(blank for text in texts for blank in blanks_in(text))
    if blanks:
        named = ", ".join(f"“{blank[:60]}”" for blank in list(blanks)[:5])
        msg = f"Còn chỗ trống chưa điền: {named}. Hãy ghi rõ hoặc bỏ đi rồi mới ký."
        raise Unacceptable(msg, "unfilled")


def spoken_s(text: str) -> float:
    """Return how many seconds a text takes to be spoken, about: a syllable is a word."""
    return len(text.split()) / SYLLABLES_PER_S
