"""Tables of the area tree, the people and what they did."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import AreaText, Base, Hex64, NameText, Serial, UtcInstant, When, WordText


class AreaRow(Base):
    """One node of the area tree."""

    __tablename__ = "areas"

    path: Mapped[AreaText] = mapped_column(primary_key=True)
    name: Mapped[NameText]
    created: Mapped[When]


class PersonRow(Base):
    """One person: the argon2id hash of the password, and the lock-out."""

    __tablename__ = "people"

    id: Mapped[Serial]
    name: Mapped[NameText] = mapped_column(unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    created: Mapped[When]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None] = mapped_column(UtcInstant)


class GrantRow(Base):
    """A role that a person holds for an area and below."""

    __tablename__ = "grants"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("people.id", ondelete="CASCADE"), primary_key=True
    )
    role: Mapped[WordText] = mapped_column(primary_key=True)
    area: Mapped[AreaText] = mapped_column(primary_key=True)


class PersonSessionRow(Base):
    """A person's session: only a keyed hash of the token is kept."""

    __tablename__ = "person_sessions"

    token_hash: Mapped[Hex64] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    created: Mapped[When]
    expires: Mapped[When]


class AuditRow(Base):
    """Who did what: written in the same transaction as the deed."""

    __tablename__ = "audit"

    id: Mapped[Serial]
    at: Mapped[When]
    who: Mapped[NameText]
    verb: Mapped[WordText]
    what: Mapped[str] = mapped_column(String(500))
