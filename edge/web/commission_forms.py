"""The forms of the commissioning, and its state as machines read it.

Law of the room: each field has bounds. A step is named as in the record: `tone/cho`.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contract.commissioning import Todo
from contract.documents import StepRecord
from edge.core.page import TrialView
from edge.web import forms

StepName = Annotated[str, Meta(pattern=r"^[a-z]{2,20}(?:/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?\Z")]
Line = Annotated[str, Meta(max_length=200, pattern=forms.SPEAKABLE)]
Degrees = Annotated[
    str, Meta(max_length=20, pattern=r"^\s*(?:-?[0-9]{1,3}(?:[.,][0-9]{1,8})?)?\s*\Z")
]


class Begin(forms.Form, frozen=True, kw_only=True):
    """Who hands the appliance over."""

    by: Annotated[str, Meta(min_length=1, max_length=120, pattern=forms.SPEAKABLE)]


class Try(forms.Form, frozen=True, kw_only=True):
    """The step to be tried; with the PIN once more a low tone sounds in quiet hours too."""

    step: StepName
    pin: Annotated[str, Meta(max_length=64)] = ""


class Answer(forms.Form, frozen=True, kw_only=True):
    """What the person heard or saw of the step; `found` where the machine alone says it."""

    step: StepName
    answer: Literal["yes", "no", "soft", "loud", "found"]


class Skip(forms.Form, frozen=True, kw_only=True):
    """The step that is left out, and why."""

    step: StepName
    why: Annotated[str, Meta(min_length=1, max_length=200, pattern=forms.SPEAKABLE)]


class Place(forms.Form, frozen=True, kw_only=True):
    """Coordinates in degrees and what is to be known; each may be empty."""

    latitude: Degrees = ""
    longitude: Degrees = ""
    note: Annotated[str, Meta(max_length=500, pattern=forms.SPEAKABLE)] = ""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The commissioning as it stands; the parts below `people` are only for who has the right.

    `csrf` proves the next form; `filed` says that a sealed report lies here, `sent` that central has it.
    """

    device: str
    name: str
    csrf: str
    signed_in: str = ""
    people: tuple[str, ...] = ()
    by: str = ""
    todos: tuple[Todo, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    trial: TrialView | None = None
    quiet: bool = False
    filed: bool = False
    sent: bool = False
