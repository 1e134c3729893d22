"""The stages of an appliance that is not at work: being enrolled, or retired.

Law of the room: pure; derived from the view alone. What central says is shown as its own words.
"""

from typing import Final, Literal

import msgspec

from contract.enrolment import Standing
from edge.core.page import PageView
from edge.web.words import Words

Stage = Literal[
    "asking", "away", "waiting", "claiming", "matched", "fetching", "untrusted", "refused",
    "assigned", "retired",
]  # fmt: skip
ICONS: Final[dict[Stage, str]] = {
    "asking": "clock",
    "away": "mute",
    "waiting": "clock",
    "claiming": "clock",
    "matched": "nav-check",
    "fetching": "clock",
    "untrusted": "emergency",
    "refused": "cut",
    "assigned": "good",
    "retired": "cut",
}


class Staged(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of a stage: headline, what to do, and what is announced to who cannot see it."""

    stage: Stage
    icon: str
    head: str
    do: str
    said: str


def stage_of(view: PageView) -> Stage:
    """Return how far this appliance is from work."""
    enrolment = view.enrolment
    if view.retired:
        return "retired"
    if view.assigned:
        return "assigned"
    match enrolment.standing:
        case Standing.ASSIGNED:
            return "untrusted" if enrolment.refused else "fetching"
        case Standing.MATCHED:
            return "matched"
        case Standing.REFUSED:
            return "refused"
        case Standing.WAITING:
            return "claiming" if enrolment.claim else "waiting"
        case Standing.COMMITTED:
            return "asking"
        case None:
            return "away" if enrolment.why else "asking"


def staged(view: PageView, words: Words) -> Staged:
    """Return the stage in words."""
    stage, enrolment = stage_of(view), view.enrolment
    head = words(f"stage.{stage}", claim=spelt(enrolment.claim))
    said = f"{head}: {enrolment.code}" if stage == "matched" else head
    return Staged(
        stage=stage,
        icon=ICONS[stage],
        head=head,
        do=words(f"stage.{stage}.do", code=words.code(enrolment.refused)),
        said=said,
    )


def is_at_work(view: PageView) -> bool:
    """Return whether the appliance has the page of one that is at work."""
    return view.assigned and not view.retired


def spelt(claim: str) -> str:
    """Return a claim code as it is printed."""
    return f"{claim[:5]}-{claim[5:]}" if claim else ""


def grouped(name: str) -> str:
    """Return a device id in groups of four, as people read it out."""
    return " ".join(name[at : at + 4] for at in range(0, len(name), 4))
