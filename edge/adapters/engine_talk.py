"""What the player and its engine say to each other: JSON, one message a line, over two pipes.

Law of the room: frozen values without behaviour, so few that another engine could answer them too.
The player says commands on the engine's standard input, the engine says words on its standard output;
every command is answered by at least one word. Amplitude is linear: 1.0 is the file as it is.
"""

from enum import StrEnum

import msgspec


class Message(msgspec.Struct, frozen=True, tag_field="say", forbid_unknown_fields=True):
    """The parent of all messages; never said itself."""


class Way(StrEnum):
    """What the place of a play is: a file's path, an address, a source of the sound server, a pipe's path."""

    FILE = "file"
    STREAM = "stream"
    LINE_IN = "line-in"
    PHONE = "phone"


class Play(Message, frozen=True, tag="play"):
    """Sound what is at `place`, a file from `from_ms` on; what still sounds is faded out over `fade_ms` first."""

    key: str
    way: Way
    place: str
    from_ms: int
    amplitude: float
    fade_ms: int


class Stop(Message, frozen=True, tag="stop"):
    """Fade out over `fade_ms` and stop; nothing happens when nothing sounds."""

    fade_ms: int


class SetAmplitude(Message, frozen=True, tag="set-amplitude"):
    """Glide to this amplitude over `glide_ms`, unless the play is fading out already."""

    amplitude: float
    glide_ms: int


Command = Play | Stop | SetAmplitude


class Cause(StrEnum):
    """Why a play did not go as asked: the fact only, the sentence is the player's.

    `silent` is a live source that gave nothing in time, `ended` one that ended; that is never as asked.
    """

    NONE = ""
    NOTHING_PLAYED = "nothing-played"
    STALLED = "stalled"
    SHORT = "short"
    NO_OUTPUT = "no-output"
    SILENT = "silent"
    ENDED = "ended"


class Ready(Message, frozen=True, tag="ready"):
    """The engine has played silence into the sound server and waits for commands."""

    warm_up_ms: int


class Unfit(Message, frozen=True, tag="unfit"):
    """The engine cannot sound anything and ends now; `why` is a sentence."""

    why: str


class Alive(Message, frozen=True, tag="alive"):
    """A command was read, or a play goes on: said at once, and twice a second while playing.

    `key` is what sounds and `played_ms` how far it came; "" where nothing does.
    """

    key: str = ""
    played_ms: int = 0


class Began(Message, frozen=True, tag="began"):
    """Sound of this play has been handed to the sound server."""

    key: str


class Done(Message, frozen=True, tag="done"):
    """This play is over: `finished` by itself, `stopped` by command, or failed for `cause`.

    `played_ms` is media time from where it began, for a live source the time that it sounded;
    `length_ms` is the engine's opinion of the whole file, 0 where it has none.
    """

    key: str
    ending: str
    played_ms: int
    length_ms: int
    cause: Cause = Cause.NONE


Word = Ready | Unfit | Alive | Began | Done
