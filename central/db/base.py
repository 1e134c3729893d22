"""What all tables share: the base and the column kinds.

Law of the room: an instant goes in and comes out as aware UTC, whatever the database thinks of zones.
"""

from datetime import UTC, datetime
from typing import Annotated

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    String,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

from contract.errors import Misuse


class UtcInstant(TypeDecorator[datetime]):
    """An aware UTC `datetime`; a naive one is refused, for it could mean anything."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an instant into UTC on the way in; raises `Misuse` for a naive one."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "cannot store an instant without a zone; pass an aware datetime"
            raise Misuse(msg)
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give aware UTC back, also from SQLite, which keeps no zones."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The parent of all tables; names of constraints are fixed so that migrations can name them."""


Base.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite numbers rows by itself only for a plain INTEGER key
Serial = Annotated[
    int,
    mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),
]
When = Annotated[datetime, mapped_column(UtcInstant)]
Whole = Annotated[int, mapped_column(BigInteger)]
Hex64 = Annotated[str, mapped_column(String(64))]
AreaText = Annotated[str, mapped_column(String(200))]
# by code point on PostgreSQL too, so that an index serves "at or below this area" there
PlainAreaText = Annotated[
    str, mapped_column(String(200).with_variant(String(200, collation="C"), "postgresql"))
]
DeviceText = Annotated[str, mapped_column(String(16))]
NameText = Annotated[str, mapped_column(String(200))]
WordText = Annotated[str, mapped_column(String(40))]
WhyText = Annotated[str, mapped_column(String(500))]
Raw = Annotated[bytes, mapped_column(LargeBinary)]
Names = Annotated[list[str], mapped_column(JSON)]
