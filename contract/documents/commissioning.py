"""The commissioning: what a person at the foot of the pole found, step by step, when an appliance was handed over.

Law of the room: values and the bounds inside one value. The appliance's own key seals it, and the installer's key
where there is one; nobody obeys it. Which steps there are and what they add up to is `contract.commissioning`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from contract.documents.values import (
    AreaPath,
    Counter,
    DeviceName,
    Instant,
    Slug,
    Title,
    Value,
)


class StepResult(StrEnum):
    """What became of one step: đạt, không đạt, bỏ qua."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepRecord(Value, frozen=True, kw_only=True):
    """One step as it was last done: which, what was found and measured, and whether a person judged it.

    `step` is `word` or `word/what`, as `tone/cho`. `why` is the fault, the reason for skipping, or what is to be
    known. Units are in the names of what was `measured`, such as `level-dbfs`. `tries` counts how often it was done.
    """

    step: Annotated[str, Meta(pattern=r"^[a-z]{2,20}(?:/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)?\Z")]
    title: Title
    result: StepResult
    at: Instant
    by_person: bool = False
    why: Annotated[str, Meta(max_length=300)] = ""
    measured: Annotated[Mapping[Slug, float], Meta(max_length=12)] = {}
    tries: Annotated[int, Meta(ge=1, le=1_000)] = 1


class Commissioning(Value, frozen=True, kw_only=True):
    """An appliance's handing over: where it stands by its assignment, who tried it from when to when, each step once.

    `by` is the person as typed, `pin` the name of the PIN that let them in.
    """

    device: DeviceName
    epoch: Counter
    name: Title
    area: AreaPath
    software: Title
    started: Instant
    ended: Instant
    by: Title
    pin: Title
    steps: Annotated[tuple[StepRecord, ...], Meta(min_length=1, max_length=64)]
    note: Annotated[str, Meta(max_length=500)] = ""
    latitude_deg: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[float, Meta(ge=-180, le=180)] | None = None

    def __post_init__(self) -> None:
        """Refuse a step told twice, and an end before the beginning."""
        if len({record.step for record in self.steps}) < len(self.steps):
            msg = "a step of the commissioning is told twice; tell each once, as it was last done"
            raise ValueError(msg)
        if self.ended < self.started:
            msg = "the commissioning ends before it began"
            raise ValueError(msg)
