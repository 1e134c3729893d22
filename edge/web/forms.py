"""The forms: what a posted form may hold, as frozen values.

Law of the room: each field has bounds and an unknown field is refused; the door has bounded the bytes.
"""

from typing import Annotated, Final, Literal, TypeVar
from urllib.parse import parse_qs

import msgspec
from msgspec import Meta
from starlette.requests import Request

MOST_FIELDS: Final = 32

Token = Annotated[str, Meta(max_length=128)]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The parent of all forms: each carries the token that proves it is ours."""

    csrf: Token = ""


class SignIn(Form, frozen=True, kw_only=True):
    """A PIN, and whose; `name` may be left out where only one person has a PIN."""

    pin: Annotated[str, Meta(min_length=1, max_length=64)]
    name: Annotated[str, Meta(max_length=200)] = ""


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
    """An approved item to put on air in the zones of these titles."""

    item: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    zone: Annotated[tuple[Annotated[str, Meta(max_length=200)], ...], Meta(max_length=8)] = ()


class Speak(Form, frozen=True, kw_only=True):
    """The language to show the page in."""

    language: Literal["vi", "en"]


T = TypeVar("T", bound=Form)


class BadForm(ValueError):
    """The form cannot be read, or a field is out of bounds."""


async def read(request: Request, kind: type[T]) -> T:
    """Return the posted form as a `kind`; raise `BadForm` on anything else."""
    try:
        text = (await request.body()).decode("utf-8")
        fields = parse_qs(
            text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_FIELDS
        )
        plain = {name: _one(name, values) for name, values in fields.items()}
        return msgspec.convert(plain, kind, strict=False)
    except ValueError as fault:  # of the codec, the parser, the bounds: each is a ValueError
        raise BadForm(str(fault)) from fault


def _one(name: str, values: list[str]) -> str | list[str]:
    if name == "zone":
        return values
    if len(values) != 1:
        raise BadForm(f"the field {name!r} is given twice")
    return values[0]
