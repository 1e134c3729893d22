"""What the verbs of people, sessions and the audit log answer.

Law of the room: pure values. A secret stands only in the answer that shows it once.
"""

from datetime import datetime
from enum import StrEnum

from central.domain.people import ROLE_NAMES, PersonRole
from central.domain.states import State


class GrantState(State, frozen=True, kw_only=True):
    """A role for an area, as it is shown."""

    role: PersonRole
    area: str
    area_name: str

    @property
    def word(self) -> str:
        """Return the role as people say it."""
        return ROLE_NAMES[self.role]


class AccountState(State, frozen=True, kw_only=True):
    """A person as an administrator sees them.

    `grants` are those at areas of whoever asks; `managed`: all of the account is theirs to change.
    """

    id: int
    name: str
    full_name: str
    email: str
    department: str
    area: str
    grants: tuple[GrantState, ...]
    disabled: bool
    locked: bool
    must_change_password: bool
    second_factor: bool
    created: datetime
    last_seen: datetime | None
    managed: bool

    @property
    def word(self) -> str:
        """Return how the account stands."""
        if self.disabled:
            return "đã khóa"
        if self.locked:
            return "tạm khóa 15 phút"
        return "chờ đổi mật khẩu" if self.must_change_password else "đang dùng"


class Invited(State, frozen=True, kw_only=True):
    """A new account or a reset one: the `password` is shown once and must be changed at the next sign-in."""

    id: int
    name: str
    password: str


class Step(StrEnum):
    """What stands between somebody at the door and the house."""

    PASSWORD = "password"  # noqa: S105  a step, no secret
    CODE = "code"
    NEW_PASSWORD = "new-password"  # noqa: S105  a step, no secret
    SECOND_FACTOR = "second-factor"
    IN = "in"


class CodeAsked(State, frozen=True, kw_only=True):
    """The password was right; the `ticket` is worth something only together with a code, and soon nothing."""

    ticket: str
    expires: datetime


class FactorBegun(State, frozen=True, kw_only=True):
    """A second factor that is not in force until a code of it is shown: the secret, and the address for a QR code."""

    secret: str
    address: str


class RecoveryCodes(State, frozen=True, kw_only=True):
    """Codes that open once each, shown once."""

    codes: tuple[str, ...]


class SessionState(State, frozen=True, kw_only=True):
    """One of a person's sessions; `device` is what the browser says it is."""

    id: str
    device: str
    address: str
    created: datetime
    last_seen: datetime
    expires: datetime
    own: bool


class ProfileState(State, frozen=True, kw_only=True):
    """Who is signed in, as they see themselves."""

    id: int
    name: str
    full_name: str
    email: str
    department: str
    area: str
    grants: tuple[GrantState, ...]
    second_factor: bool
    second_factor_since: datetime | None
    second_factor_required: bool
    recovery_codes_left: int
    password_set: datetime | None


class Change(State, frozen=True, kw_only=True):
    """One field of a deed, before and after; None where it was not there."""

    field: str
    before: str | None
    after: str | None


class AuditLine(State, frozen=True, kw_only=True):
    """One deed: who, what, where, and what changed."""

    id: int
    at: datetime
    who: str
    verb: str
    what: str
    area: str
    subject: str
    changes: tuple[Change, ...]
