"""Tables of operators' voices: how far each was believed, and its pieces as they were received."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from central.db.base import Base, Hex64, NameText, Raw, UtcInstant, When, Whole


class VoiceRow(Base):
    """The voice of one announcement's operator: the next number, the hash of its newest piece, when it was over."""

    __tablename__ = "voices"

    announcement: Mapped[str] = mapped_column(
        String(70), ForeignKey("announcements.id", ondelete="CASCADE"), primary_key=True
    )
    next_number: Mapped[Whole]
    newest: Mapped[Hex64]
    duration_ms: Mapped[Whole]
    size_bytes: Mapped[Whole]
    began: Mapped[When]
    began_by: Mapped[NameText]
    over: Mapped[datetime | None] = mapped_column(UtcInstant)


class VoicePieceRow(Base):
    """One signed piece of a voice, byte for byte."""

    __tablename__ = "voice_pieces"

    announcement: Mapped[str] = mapped_column(
        String(70), ForeignKey("voices.announcement", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[Whole] = mapped_column(primary_key=True)
    data: Mapped[Raw]
