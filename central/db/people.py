"""Tables of the area tree, the people and what they did."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import (
    AreaText,
    Base,
    Hex64,
    Names,
    NameText,
    Serial,
    UtcInstant,
    When,
    Whole,
    WordText,
)

# By code point on PostgreSQL, so that an index serves "at or below this area" there as it does on SQLite.
_PLAIN_AREA = String(200).with_variant(String(200, collation="C"), "postgresql")


class AreaRow(Base):
    """One node of the area tree; a closed one keeps `successor`, where its appliances and plays are counted now."""

    __tablename__ = "areas"

    path: Mapped[AreaText] = mapped_column(primary_key=True)
    name: Mapped[NameText]
    created: Mapped[When]
    code: Mapped[str] = mapped_column(String(20), default="", server_default="", index=True)
    since: Mapped[date | None]
    until: Mapped[date | None]
    successor: Mapped[str | None] = mapped_column(_PLAIN_AREA, index=True)


class AreaChangeRow(Base):
    """One change of the tree: what became of `area`, and which areas stand in its place."""

    __tablename__ = "area_changes"

    id: Mapped[Serial]
    at: Mapped[When]
    who: Mapped[NameText]
    kind: Mapped[WordText]
    area: Mapped[str] = mapped_column(_PLAIN_AREA, index=True)
    successors: Mapped[Names]
    day: Mapped[date]
    why: Mapped[str] = mapped_column(String(500))


class PersonRow(Base):
    """One person: the argon2id hash of the password, the lock-out, the second factor, and who manages the account.

    `search` is what the person is found by, without marks. `area` is where the person belongs: whoever administers it
    manages the account; empty for one that the command line made. Of the second factor only a salt is kept: the
    secret is derived from it and the house's own secret.
    """

    __tablename__ = "people"

    id: Mapped[Serial]
    name: Mapped[NameText] = mapped_column(unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    created: Mapped[When]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcInstant)
    full_name: Mapped[NameText] = mapped_column(default="", server_default="")
    email: Mapped[NameText] = mapped_column(default="", server_default="")
    department: Mapped[NameText] = mapped_column(default="", server_default="")
    area: Mapped[str] = mapped_column(_PLAIN_AREA, default="", server_default="", index=True)
    search: Mapped[str] = mapped_column(String(650), default="", server_default="")
    disabled: Mapped[bool] = mapped_column(default=False, server_default=false())
    must_change: Mapped[bool] = mapped_column(default=False, server_default=false())
    password_set: Mapped[datetime | None] = mapped_column(UtcInstant)
    factor_salt: Mapped[str | None] = mapped_column(String(64))
    factor_since: Mapped[datetime | None] = mapped_column(UtcInstant)
    factor_step: Mapped[Whole] = mapped_column(default=0, server_default=text("0"))


class RecoveryCodeRow(Base):
    """A recovery code of a person's second factor, as a keyed hash; it opens once."""

    __tablename__ = "recovery_codes"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    code_hash: Mapped[Hex64] = mapped_column(primary_key=True)
    used: Mapped[datetime | None] = mapped_column(UtcInstant)


class GrantRow(Base):
    """A role that a person holds for an area and below."""

    __tablename__ = "grants"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[WordText] = mapped_column(primary_key=True)
    area: Mapped[AreaText] = mapped_column(primary_key=True, index=True)


class PersonSessionRow(Base):
    """A person's session: only a keyed hash of the token is kept. `waits`: the second factor is not given yet."""

    __tablename__ = "person_sessions"

    token_hash: Mapped[Hex64] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"), index=True)
    created: Mapped[When]
    expires: Mapped[When]
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    agent: Mapped[NameText] = mapped_column(default="", server_default="")
    address: Mapped[NameText] = mapped_column(default="", server_default="")
    last_seen: Mapped[datetime | None] = mapped_column(UtcInstant)


class AuditRow(Base):
    """Who did what, where, and what it was before and after: written in the same transaction as the deed.

    `before` and `after` are JSON objects, empty where nothing was told.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_area_id", "area", "id"),
        Index("ix_audit_who_id", "who", "id"),
        Index("ix_audit_verb_id", "verb", "id"),
    )

    id: Mapped[Serial]
    at: Mapped[When] = mapped_column(index=True)
    who: Mapped[NameText]
    verb: Mapped[WordText]
    what: Mapped[str] = mapped_column(String(500))
    area: Mapped[str] = mapped_column(_PLAIN_AREA, default="", server_default="")
    subject: Mapped[NameText] = mapped_column(default="", server_default="")
    before: Mapped[str] = mapped_column(Text, default="", server_default="")
    after: Mapped[str] = mapped_column(Text, default="", server_default="")
