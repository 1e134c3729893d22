"""People and what they may do where.

Law of the room: pure. A right is a role held for an area; it holds there and below. Being signed in gives
the right to *ask*; only a key that is not on the server can approve content or raise an alarm.
"""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from central.domain.errors import Forbidden
from contract.area import is_at_or_below


class PersonRole(StrEnum):
    """What a person is to an area; a person may hold several."""

    VIEWER = "viewer"
    EDITOR = "editor"
    APPROVER = "approver"
    EMERGENCY = "emergency"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What can be done; which role gives it stands in `GIVES`."""

    VIEW = "view"
    EDIT = "edit"
    PUBLISH = "publish"
    APPROVE = "approve"
    ALARM = "alarm"
    COMMAND = "command"
    SILENCE = "silence"
    INSTALL = "install"
    ADMINISTER = "administer"


ROLE_NAMES = {
    PersonRole.VIEWER: "người xem",
    PersonRole.EDITOR: "biên tập viên",
    PersonRole.APPROVER: "người duyệt",
    PersonRole.EMERGENCY: "người phát khẩn cấp",
    PersonRole.TECHNICIAN: "kỹ thuật viên lắp đặt",
    PersonRole.ADMINISTRATOR: "quản trị",
}

GIVES: dict[PersonRole, frozenset[Right]] = {
    PersonRole.VIEWER: frozenset({Right.VIEW}),
    PersonRole.EDITOR: frozenset({Right.VIEW, Right.EDIT, Right.PUBLISH, Right.COMMAND}),
    PersonRole.APPROVER: frozenset({Right.VIEW, Right.APPROVE, Right.PUBLISH}),
    PersonRole.EMERGENCY: frozenset({Right.VIEW, Right.ALARM, Right.COMMAND, Right.SILENCE}),
    PersonRole.TECHNICIAN: frozenset({Right.VIEW, Right.INSTALL}),
    PersonRole.ADMINISTRATOR: frozenset(
        {
            Right.VIEW,
            Right.EDIT,
            Right.PUBLISH,
            Right.COMMAND,
            Right.SILENCE,
            Right.INSTALL,
            Right.ADMINISTER,
        }
    ),
}

_REFUSALS: dict[Right, str] = {
    Right.VIEW: "xem",
    Right.EDIT: "sửa nội dung và lịch",
    Right.PUBLISH: "gửi lịch xuống cụm loa",
    Right.APPROVE: "duyệt nội dung",
    Right.ALARM: "phát khẩn cấp",
    Right.COMMAND: "điều khiển cụm loa",
    Right.SILENCE: "bật, tắt chế độ im lặng",
    Right.INSTALL: "lắp đặt thiết bị",
    Right.ADMINISTER: "quản trị",
}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role held for an area and everything below it."""

    role: PersonRole
    area: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person and the grants that stood at sign-in check."""

    id: int
    name: str
    grants: tuple[Grant, ...]

    def may(self, right: Right, area: str) -> bool:
        """Return whether one of the grants gives `right` at `area`."""
        return any(right in GIVES[g.role] and is_at_or_below(area, g.area) for g in self.grants)

    def require(self, right: Right, area: str) -> None:
        """Raise `Forbidden`, naming the right and the area, unless `may(right, area)`."""
        if not self.may(right, area):
            msg = (
                f"{self.name} không có quyền {_REFUSALS[right]} tại địa bàn {area}. "
                "Hãy nhờ quản trị của tỉnh cấp quyền."
            )
            raise Forbidden(msg)

    def areas(self, right: Right) -> tuple[str, ...]:
        """Return the topmost areas where `right` is held, sorted."""
        return topmost(g.area for g in self.grants if right in GIVES[g.role])


def topmost(areas: Iterable[str]) -> tuple[str, ...]:
    """Return those areas that lie below no other of them, sorted, each once."""
    kept: list[str] = []
    for area in sorted(set(areas), key=lambda a: (a.count("/"), a)):
        if not any(is_at_or_below(area, above) for above in kept):
            kept.append(area)
    return tuple(sorted(kept))
