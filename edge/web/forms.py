"""The forms: what a posted form may hold, as frozen values.

Law of the room: each field has bounds and an unknown field is refused; the door has bounded the bytes. The
page's OpenAPI is made from these values, so it says exactly what is read.
"""

import unicodedata
from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta
from starlette.requests import Request

MOST_FIELDS: Final = 32
MOST_LETTERS: Final = 1_000
LISTS: Final = frozenset({"zone"})  # fields that may come more than once
SPEAKABLE: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z"

Token = Annotated[str, Meta(max_length=128)]
ZoneNames = Annotated[tuple[Annotated[str, Meta(max_length=40)], ...], Meta(max_length=8)]
Page = Literal["/", "/check", "/log", "/about", "/commission", "/network"]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parent of all forms: each carries the token that proves it is ours."""

    csrf: Token = ""


class SignIn(Form, frozen=True, kw_only=True):
    """A PIN, whose, and where to go then; `name` may be left out where only one person has a PIN."""

    pin: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(max_length=200)] = ""
    to: Page = "/"


class Speak(Form, frozen=True, kw_only=True):
    """The language to show the page in, and where to go then."""

    language: Literal["vi", "en"]
    to: Page = "/"


class Stop(Form, frozen=True, kw_only=True):
    """Silence everything below emergency for so many minutes, or to the end of the local day."""

    span: Literal["15", "30", "60", "day"]


class Release(Form, frozen=True, kw_only=True):
    """Take back a local decision: who has the air, or the volume."""

    what: Literal["air", "volume"] = "air"


class Volume(Form, frozen=True, kw_only=True):
    """The volume in percent, for an hour or to the end of the local day."""

    percent: Annotated[int, Meta(ge=0, le=100)]
    until: Literal["hour", "day"] = "day"


class PlayNow(Form, frozen=True, kw_only=True):
    """An approved item to put on air in the zones named, with a chime before it or without."""

    item: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
    zone: ZoneNames = ()
    chime: Literal["", "yes"] = ""


class Skip(Form, frozen=True, kw_only=True):
    """The play that was seen on air and is to be skipped."""

    key: Annotated[str, Meta(min_length=1, max_length=200)]


class Undo(Form, frozen=True, kw_only=True):
    """Take back the last local decision."""


class SayText(Form, frozen=True, kw_only=True):
    """A text to be read out: by which voice, how often, and where."""

    text: Annotated[str, Meta(max_length=MOST_LETTERS, pattern=SPEAKABLE)] = ""
    voice: Literal["", "north", "central", "south"] = ""
    rounds: Literal["1", "2", "3"] = "1"
    zone: ZoneNames = ()


class Warn(Form, frozen=True, kw_only=True):
    """A local emergency: what is said, where, for how many minutes; `sure` once it was held or confirmed."""

    headline: Annotated[str, Meta(max_length=120, pattern=SPEAKABLE)] = ""
    text: Annotated[str, Meta(max_length=MOST_LETTERS, pattern=SPEAKABLE)] = ""
    minutes: Literal["30", "60", "180", "720"] = "60"
    zone: ZoneNames = ()
    sure: Annotated[str, Meta(max_length=40)] = ""


class StandDown(Form, frozen=True, kw_only=True):
    """The local emergency to be taken back; `sure` once it was held or confirmed."""

    id: Annotated[str, Meta(min_length=1, max_length=200)]
    sure: Annotated[str, Meta(max_length=40)] = ""


class Hush(Form, frozen=True, kw_only=True):
    """Silence the warnings in force here for a quarter of an hour; `sure` once it was held or confirmed."""

    sure: Annotated[str, Meta(max_length=40)] = ""


class Claim(Form, frozen=True, kw_only=True):
    """A claim code as somebody typed or pasted it."""

    claim: Annotated[str, Meta(max_length=64, pattern=SPEAKABLE)] = ""


class Wipe(Form, frozen=True, kw_only=True):
    """All that this appliance remembers is to go: the PIN once more; `sure` once it was held or confirmed."""

    pin: Annotated[str, Meta(min_length=1, max_length=64)]
    sure: Annotated[str, Meta(max_length=40)] = ""


class JoinNetwork(Form, frozen=True, kw_only=True):
    """A way to the network, a claim code and the province's address, as typed; what is not of the way is not read.

    `spot` is a network of the list, empty for the one named in `name`.
    """

    way: Literal["wifi", "mobile", "cable"] = "wifi"
    spot: Annotated[str, Meta(max_length=100)] = ""
    name: Annotated[str, Meta(max_length=100)] = ""
    password: Annotated[str, Meta(max_length=100)] = ""
    apn: Annotated[str, Meta(max_length=100)] = ""
    user: Annotated[str, Meta(max_length=100)] = ""
    mobile_password: Annotated[str, Meta(max_length=100)] = ""
    pin: Annotated[str, Meta(max_length=20)] = ""
    claim: Annotated[str, Meta(max_length=40)] = ""
    central: Annotated[str, Meta(max_length=300)] = ""


class Ask(Form, frozen=True, kw_only=True):
    """Look whether all is well: silently, or with a low tone in each zone."""

    what: Literal["silent", "tones"] = "silent"


T = TypeVar("T", bound=Form)


class BadForm(ValueError):
    """The form cannot be read, or a field is out of bounds."""


async def read(request: Request, kind: type[T]) -> T:
    """Return the posted form as a `kind`, its texts composed (NFC); raise `BadForm` on anything else."""
    try:
        text = (await request.body()).decode("utf-8")
        fields = parse_qs(
            text,
            keep_blank_values=True,
            strict_parsing=bool(text),
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
        plain = {name: _one(name, values) for name, values in fields.items()}
        return msgspec.convert(plain, kind, strict=False)
    except ValueError as fault:  # of the codec, the parser, the bounds: each is a ValueError
        raise BadForm(str(fault)) from fault


def _one(name: str, values: list[str]) -> str | list[str]:
    values = [_composed(value) for value in values]
    if name in LISTS:
        return values
    if len(values) != 1:
        raise BadForm(f"the field {name!r} is given twice")
    return values[0]


def _composed(text: str) -> str:
    """Return `text` with composed letters and plain line ends: phones send either form of both."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
