"""What can be played: a closed union of sources, and the key that names one play.

Law of the room: names only; where the bytes lie is the player's business.
"""

from typing import assert_never

import msgspec

from contract.documents import LineIn, Live, Sha256, StreamRelay, Tone


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


class FromRecording(msgspec.Struct, frozen=True, tag_field="source", tag="recording"):
    """A recording that staff made and uploaded here, by its name in the box."""

    ref: str


class FromStream(msgspec.Struct, frozen=True, tag_field="source", tag="stream"):
    """A live stream, by its address."""

    url: str


class FromLineIn(msgspec.Struct, frozen=True, tag_field="source", tag="line-in"):
    """The line or microphone input of the appliance's sound server."""


class FromPhone(msgspec.Struct, frozen=True, tag_field="source", tag="phone"):
    """The microphone of a phone that talks through the local page; `ref` names its session."""

    ref: str


class FromOperator(msgspec.Struct, frozen=True, tag_field="source", tag="operator"):
    """The voice of the operator who raised an announcement: while he speaks (`live`), else as it was kept whole."""

    announcement: str
    live: bool = False


Source = (
    FromContent
    | FromTone
    | FromVoice
    | FromRecording
    | FromStream
    | FromLineIn
    | FromPhone
    | FromOperator
)


def is_live(source: Source) -> bool:
    """Return whether this source has no length and no beginning to go back to."""
    if isinstance(source, FromOperator):
        return source.live
    return isinstance(source, FromStream | FromLineIn | FromPhone)


def source_of(live: Live) -> Source:
    """Return what to play for a slot's live source."""
    match live:
        case StreamRelay(url=url):
            return FromStream(url=url)
        case LineIn():
            return FromLineIn()
        case _:
            assert_never(live)
