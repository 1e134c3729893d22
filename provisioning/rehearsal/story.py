"""The story: one evening of a province, told unattended and measured at every loudspeaker.

Law of the room: it works through central's interface and the appliances' sinks like people and microphones
would; each chapter returns findings, and a chapter that breaks is a finding too.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from provisioning.rehearsal import alone, evening
from provisioning.rehearsal.emergency import emergency
from provisioning.rehearsal.evidence import Finding
from provisioning.rehearsal.scene import FIRST_IN_S, PROVINCE, ZONE, Story, sites, sound_server

__all__ = [
    "FIRST_IN_S",
    "PROVINCE",
    "ZONE",
    "Story",
    "chapters",
    "sites",
    "sound_server",
    "tell",
]


def tell(story: Story, files: list[tuple[Path, str]]) -> list[Finding]:
    """Return the findings of the whole story."""
    for chapter in chapters(story, files):
        try:
            chapter()
        except Exception as fault:  # noqa: BLE001  a broken chapter is a finding, and the others are still told
            story.find(
                chapter.__name__, held=False, figures=f"{type(fault).__name__}: {fault}"[:300]
            )
    return story.findings


def chapters(story: Story, files: list[tuple[Path, str]]) -> Iterator[Callable[[], None]]:
    """Yield the chapters in order."""
    later: dict[str, datetime] = {}

    def plan() -> None:
        evening.plan(story, files, later)

    yield plan
    for chapter in (
        evening.first_broadcast,
        evening.memory,
        emergency,
        evening.quiet_hours,
        alone.impostor,
        alone.offline,
        alone.return_of_central,
    ):
        yield _named(chapter, story, later)


def _named(
    chapter: Callable[[Story, dict[str, datetime]], None], story: Story, later: dict[str, datetime]
) -> Callable[[], None]:
    def told() -> None:
        chapter(story, later)

    told.__name__ = chapter.__name__
    return told
