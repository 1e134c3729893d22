"""Tokens of other systems: what they may do where.

Law of the room: pure. A token is never more than three things at once: the scope that admits the request, its own
area, and what the person who made it may do at that moment. No scope gives what needs a person: approving, raising an
alarm, people, keys, other tokens.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from central.domain.people import Person, Right, topmost
from central.domain.states import State
from contract.area import is_at_or_below

PREFIX: Final = "tlk_"
MOST_SCOPES: Final = 20


class Scope(StrEnum):
    """What a token was made for."""

    READ_AREAS = "read:areas"
    READ_CONTENTS = "read:contents"
    WRITE_CONTENTS = "write:contents"
    READ_PROGRAMMES = "read:programmes"
    WRITE_PROGRAMMES = "write:programmes"
    PUBLISH_PROGRAMMES = "publish:programmes"
    READ_DEVICES = "read:devices"
    COMMAND_DEVICES = "command:devices"
    READ_PLAYS = "read:plays"
    READ_ANNOUNCEMENTS = "read:announcements"
    WRITE_CAP = "write:cap"
    READ_LOG = "read:log"


SCOPE_WORDS: Final = {
    Scope.READ_AREAS: "xem cây địa bàn",
    Scope.READ_CONTENTS: "xem kho nội dung",
    Scope.WRITE_CONTENTS: "tải lên và sửa nội dung",
    Scope.READ_PROGRAMMES: "xem lịch phát",
    Scope.WRITE_PROGRAMMES: "sửa lịch phát (bản nháp)",
    Scope.PUBLISH_PROGRAMMES: "gửi lịch xuống cụm loa",
    Scope.READ_DEVICES: "xem cụm loa và tình trạng",
    Scope.COMMAND_DEVICES: "điều khiển cụm loa",
    Scope.READ_PLAYS: "xem lượt phát và thống kê",
    Scope.READ_ANNOUNCEMENTS: "xem thông báo khẩn",
    Scope.WRITE_CAP: "đưa tin CAP vào hộp thư (không phát)",
    Scope.READ_LOG: "xem sổ ký",
}


class Reach(msgspec.Struct, frozen=True):
    """What a scope opens: rooms (first tags of the API's routes), to write or only to read, and the rights there."""

    rooms: frozenset[str]
    writes: bool
    rights: frozenset[Right]


def _reads(*rooms: str) -> Reach:
    return Reach(frozenset(rooms), writes=False, rights=frozenset({Right.VIEW}))


def _writes(*rooms: str, rights: frozenset[Right]) -> Reach:
    return Reach(frozenset(rooms), writes=True, rights=rights | {Right.VIEW})


_PLANS: Final = ("slots", "programmes", "planning")
REACH: Final = {
    Scope.READ_AREAS: _reads("areas"),
    Scope.READ_CONTENTS: _reads("contents", "library", "approvals", "workflow"),
    Scope.WRITE_CONTENTS: _writes(
        "contents", "library", "workflow", rights=frozenset({Right.CONTRIBUTE, Right.EDIT})
    ),
    Scope.READ_PROGRAMMES: _reads(*_PLANS),
    Scope.WRITE_PROGRAMMES: _writes(*_PLANS, rights=frozenset({Right.EDIT})),
    Scope.PUBLISH_PROGRAMMES: _writes(*_PLANS, rights=frozenset({Right.PUBLISH})),
    Scope.READ_DEVICES: _reads("devices", "care", "sites"),
    Scope.COMMAND_DEVICES: _writes(
        "devices", "care", rights=frozenset({Right.COMMAND, Right.LOGS})
    ),
    Scope.READ_PLAYS: _reads("plays", "tally", "evaluation"),
    Scope.READ_ANNOUNCEMENTS: _reads("announcements", "cap"),
    Scope.WRITE_CAP: _writes("cap", rights=frozenset({Right.CONTRIBUTE})),
    Scope.READ_LOG: _reads("log"),
}


def rights_at(scopes: tuple[Scope, ...], room: str, *, writes: bool) -> frozenset[Right]:
    """Return the rights that scopes give for a request in a room; empty when none of them admits it."""
    admitted = [REACH[scope] for scope in scopes]
    return frozenset(
        right
        for reach in admitted
        if room in reach.rooms and (reach.writes or not writes)
        for right in reach.rights
    )


class Machine(Person, frozen=True, kw_only=True):
    """Another system: the person who made its token, held to `rights` and to the area `within`."""

    rights: frozenset[Right]
    within: str

    def may(self, right: Right, area: str) -> bool:
        """Return whether scope, area and person all allow it."""
        return (
            right in self.rights
            and is_at_or_below(area, self.within)
            and Person.may(self, right, area)
        )

    def areas(self, right: Right) -> tuple[str, ...]:
        """Return the topmost areas where `right` is held, sorted."""
        if right not in self.rights:
            return ()
        held = Person.areas(self, right)
        if any(is_at_or_below(self.within, area) for area in held):
            return (self.within,)
        return topmost(area for area in held if is_at_or_below(area, self.within))


class TokenState(State, frozen=True, kw_only=True):
    """A token as its area's administrators see it; the token itself is shown once, when it is made."""

    id: str
    name: str
    area: str
    scopes: tuple[Scope, ...]
    created: datetime
    created_by: str
    expires: datetime
    revoked: datetime | None
    revoked_by: str
    last_used: datetime | None
    per_minute: int
    expired: bool

    @property
    def word(self) -> str:
        """Return how it stands as people say it."""
        if self.revoked is not None:
            return "đã thu hồi"
        return "đã hết hạn" if self.expired else "đang dùng được"


class NewToken(State, frozen=True, kw_only=True):
    """A token that was just made: `secret` is shown this once."""

    secret: str
    token: TokenState
