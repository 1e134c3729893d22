"""People and what they may do where.

Law of the room: pure. A right is a role held for an area; it holds there and below. Being signed in gives
the right to *ask*; only a key that is not on the server can approve content or raise an alarm. Whoever administers
an area gives any role there and below, but none to themselves: a second administrator must agree to that.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

import msgspec

from central.domain.errors import Forbidden, Unacceptable
from contract.area import is_at_or_below


class PersonRole(StrEnum):
    """What a person is to an area; a person may hold several."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    EDITOR = "editor"
    APPROVER = "approver"
    EMERGENCY = "emergency"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


class Right(StrEnum):
    """What can be done; which role gives it stands in `GIVES`."""

    VIEW = "view"
    CONTRIBUTE = "contribute"
    EDIT = "edit"
    PUBLISH = "publish"
    APPROVE = "approve"
    ALARM = "alarm"
    COMMAND = "command"
    LOGS = "logs"
    SILENCE = "silence"
    INSTALL = "install"
    ADMINISTER = "administer"


ROLE_NAMES = {
    PersonRole.VIEWER: "người xem",
    PersonRole.CONTRIBUTOR: "cộng tác viên",
    PersonRole.EDITOR: "biên tập viên",
    PersonRole.APPROVER: "người duyệt",
    PersonRole.EMERGENCY: "người phát khẩn cấp",
    PersonRole.TECHNICIAN: "kỹ thuật viên lắp đặt",
    PersonRole.ADMINISTRATOR: "quản trị",
}

GIVES: dict[PersonRole, frozenset[Right]] = {
    PersonRole.VIEWER: frozenset({Right.VIEW}),
    PersonRole.CONTRIBUTOR: frozenset({Right.VIEW, Right.CONTRIBUTE}),
    PersonRole.EDITOR: frozenset(
        {Right.VIEW, Right.CONTRIBUTE, Right.EDIT, Right.PUBLISH, Right.COMMAND, Right.LOGS}
    ),
    PersonRole.APPROVER: frozenset({Right.VIEW, Right.APPROVE, Right.PUBLISH}),
    PersonRole.EMERGENCY: frozenset(
        {Right.VIEW, Right.ALARM, Right.COMMAND, Right.LOGS, Right.SILENCE}
    ),
    PersonRole.TECHNICIAN: frozenset({Right.VIEW, Right.INSTALL, Right.LOGS}),
    PersonRole.ADMINISTRATOR: frozenset(
        {
            Right.VIEW,
            Right.CONTRIBUTE,
            Right.EDIT,
            Right.PUBLISH,
            Right.COMMAND,
            Right.LOGS,
            Right.SILENCE,
            Right.INSTALL,
            Right.ADMINISTER,
        }
    ),
}

_REFUSALS: dict[Right, str] = {
    Right.VIEW: "xem",
    Right.CONTRIBUTE: "soạn tin và tải tệp lên",
    Right.EDIT: "sửa nội dung và lịch",
    Right.PUBLISH: "gửi lịch xuống cụm loa",
    Right.APPROVE: "duyệt nội dung",
    Right.ALARM: "phát khẩn cấp",
    Right.COMMAND: "điều khiển cụm loa",
    Right.LOGS: "lấy và đọc nhật ký của cụm loa",
    Right.SILENCE: "bật, tắt chế độ im lặng",
    Right.INSTALL: "lắp đặt thiết bị",
    Right.ADMINISTER: "quản trị",
}


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """A role held for an area and everything below it."""

    role: PersonRole
    area: str


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an administrator writes down of a person; `area` is where they belong."""

    full_name: str
    email: str = ""
    department: str = ""
    area: str


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A signed-in person and the grants that stood at sign-in check."""

    id: int
    name: str
    grants: tuple[Grant, ...]
    full_name: str = ""

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

    def is_concerned(self, areas: Iterable[str]) -> bool:
        """Return whether what is said to `areas` reaches where this person may see, or is said within it."""
        tops = self.areas(Right.VIEW)
        return any(
            is_at_or_below(top, area) or is_at_or_below(area, top) for area in areas for top in tops
        )

    def may_grant(self, role: PersonRole, area: str, to: int) -> bool:
        """Return whether this person may give or take `role` at `area` to or from the person `to`."""
        return to != self.id and self.may(Right.ADMINISTER, area)

    def manages(self, home: str, areas: Iterable[str]) -> bool:
        """Return whether an account of `home` that holds something at `areas` is this person's to manage.

        An account reaches as far as its grants: who could reset its password could act everywhere it may. One that
        belongs nowhere and holds nothing is managed by an administrator of a root.
        """
        reach = {home, *areas} - {""}
        if not reach:
            return any("/" not in area for area in self.areas(Right.ADMINISTER))
        return all(self.may(Right.ADMINISTER, area) for area in reach)


def topmost(areas: Iterable[str]) -> tuple[str, ...]:
    """Return those areas that lie below no other of them, sorted, each once."""
    kept: list[str] = []
    for area in sorted(set(areas), key=lambda a: (a.count("/"), a)):
        if not any(is_at_or_below(area, above) for above in kept):
            kept.append(area)
    return tuple(sorted(kept))


MIN_PASSWORD_CHARS = 10
MAX_PASSWORD_CHARS = 200
_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,38}[a-z0-9])?")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,120}\.[^@\s]{2,24}")
_GUESSED_FIRST = (
    "1234567890",
    "0123456789",
    "0987654321",
    "1111111111",
    "abcdefghij",
    "qwertyuiop",
    "q1w2e3r4t5",
    "1q2w3e4r5t",
    "password",
    "matkhau",
    "tienglang",
    "truyenthanh",
    "administrator",
    "welcome",
    "iloveyou",
    "vietnam",
)
_TURNING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def checked_login(text: str) -> str:
    """Return a name to sign in with; raises `Unacceptable` for letters that look like others, spaces and signs."""
    name = text.strip().lower()
    if not _LOGIN.fullmatch(name):
        msg = (
            "Tên đăng nhập chỉ dùng chữ thường không dấu, số, dấu chấm, gạch nối, "
            "tối đa 40 ký tự, ví dụ lan.nguyen."
        )
        raise Unacceptable(msg, "bad-name")
    return name


def checked_email(text: str) -> str:
    """Return an address or nothing; raises `Unacceptable` for what cannot be one."""
    address = text.strip()
    if address and not _EMAIL.fullmatch(address):
        raise Unacceptable(
            "Địa chỉ thư điện tử không đúng, ví dụ lan@dongthap.gov.vn.", "bad-email"
        )
    return address


def checked_words(text: str, what: str, most: int = 200) -> str:
    """Return words in one spelling (NFC) and one line; raises `Unacceptable` when too long or not to be shown."""
    words = " ".join(unicodedata.normalize("NFC", text).split())
    if len(words) > most or any(
        c in _TURNING or unicodedata.category(c) in {"Cc", "Cs"} for c in words
    ):
        msg = f"{what} dài quá {most} chữ hoặc có ký tự không đọc được."
        raise Unacceptable(msg, "bad-words")
    return words


def folded(text: str) -> str:
    """Return words as they are looked for: small letters, without marks, `đ` as `d`."""
    bare = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return " ".join("".join(c for c in bare if not unicodedata.combining(c)).split())


def check_password(password: str, *names: str) -> None:
    """Raise `Unacceptable` for a password that is short, long, or among the first that somebody would guess."""
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        msg = f"Mật khẩu cần ít nhất {MIN_PASSWORD_CHARS} chữ."
        raise Unacceptable(msg, "bad-password")
    bare = password.casefold()
    easy = any(word in bare and len(bare) - len(word) < 5 for word in _GUESSED_FIRST)
    own = any(len(name) > 2 and name.casefold() in bare for name in names)
    if easy or own or len(set(bare)) < 4:
        msg = (
            "Mật khẩu này dễ đoán: đừng dùng tên mình, dãy phím hay một chữ lặp lại. "
            "Vài từ ghép lại là đủ dài và dễ nhớ."
        )
        raise Unacceptable(msg, "bad-password")
