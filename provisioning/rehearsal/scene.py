"""The scene: what the chapters of the story share, its three sites and its bounds.

Law of the room: nothing is told here; a figure that was found is kept and said the moment it is known.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from contract.documents import QuietHours
from provisioning.rehearsal.evidence import Finding
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, SoundServer

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_IN_S: Final = 20.0
QUIET_AFTER_S: Final = 50.0
PROVINCE: Final = "dt"
COMMUNE: Final = "dt/my-phong"
ONSET_BOUND_MS: Final = 50.0


def sites(first: datetime) -> tuple[Site, ...]:
    """Return the three sites; the last has quiet hours that begin `QUIET_AFTER_S` after the first slot."""
    begin = (first + timedelta(seconds=QUIET_AFTER_S)).astimezone(ZONE)
    end = begin + timedelta(hours=2)
    quiet = (
        QuietHours(
            start=begin.time().replace(microsecond=0), end=end.time().replace(microsecond=0)
        ),
    )
    return (
        Site("loa-1", "Cụm loa khu phố 1 – Mỹ Phong", "dt/my-phong/kp-1", "loa1"),
        Site("loa-2", "Cụm loa khu phố 2 – Mỹ Phong", "dt/my-phong/kp-2", "loa2"),
        Site("loa-3", "Cụm loa khu phố 1 – Cao Lãnh", "dt/cao-lanh/kp-1", "loa3", quiet),
    )


def sound_server(named: tuple[Site, ...]) -> SoundServer:
    """Return the private sound server with one silent sink a site."""
    return SoundServer(tuple(site.sink for site in named))


@dataclass
class Story:
    """What the chapters share: the province, its recorders, the library and the findings so far."""

    province: Province
    recorders: dict[str, Recorder]
    say: Callable[[str], None]
    contents: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    first: datetime = field(default_factory=utc_now)
    old_programme: bytes = b""
    other_programme: bytes = b""
    alert: bytes = b""
    offset_s: float = field(default_factory=lambda: utc_now().timestamp() - time.monotonic())

    def mono(self, wall: datetime) -> float:
        """Return a wall instant on the monotonic clock."""
        return wall.timestamp() - self.offset_s

    def wait_until(self, wall: datetime) -> None:
        """Sleep until a wall instant."""
        time.sleep(max(0.0, (wall - utc_now()).total_seconds()))

    def find(self, what: str, held: bool, figures: str) -> None:  # noqa: FBT001  the finding itself
        """Keep one finding and say it."""
        self.findings.append(Finding(what, held, figures))
        self.say(f"{'✔' if held else '✘'} {what}: {figures}")

    def appliance(self, name: str) -> Appliance:
        """Return an appliance by its site's name."""
        return next(a for a in self.province.appliances if a.site.name == name)
