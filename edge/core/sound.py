"""What can be played: a closed union of sources, and the key that names one play.

Law of the room: names only; where the bytes lie is the player's business.
"""

import msgspec

from contract.documents import Sha256, Tone


class FromContent(msgspec.Struct, frozen=True, tag_field="source", tag="content"):
    """Content on the shelf, by SHA-256, with its static gain."""

    sha256: Sha256
    gain_db: float = 0.0


class FromTone(msgspec.Struct, frozen=True, tag_field="source", tag="tone"):
    """A tone that every appliance keeps ready."""

    tone: Tone


class FromVoice(msgspec.Struct, frozen=True, tag_field="source", tag="voice"):
    """Text of an announcement, spoken on the appliance; `ref` names the spoken file."""

    ref: str


Source = FromContent | FromTone | FromVoice
