"""The house for journeys: a real central, real appliances, real libVLC into a real sound server, recorded."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from provisioning.rehearsal.office import Office, utc_now
from provisioning.rehearsal.province import Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, Recording, SoundServer
from provisioning.rehearsal.sources import tune
from provisioning.rehearsal.story import ZONE

COMMUNE = "dt/my-phong"
SITES = (
    Site("loa-1", "Cụm loa khu phố 1 – Mỹ Phong", "dt/my-phong/kp-1", "loa1"),
    Site("loa-2", "Cụm loa khu phố 1 – Cao Lãnh", "dt/cao-lanh/kp-1", "loa2"),
)


@dataclass
class House:
    """A running province of two communes with one appliance each, and a recorder on each sink."""

    province: Province
    recorders: dict[str, Recorder]
    tune: dict[str, Any]
    folder: Path

    @property
    def here(self) -> Appliance:
        """Return the appliance of Mỹ Phong."""
        return self.province.appliances[0]

    @property
    def elsewhere(self) -> Appliance:
        """Return the appliance of Cao Lãnh."""
        return self.province.appliances[1]

    def editor(self) -> Office:
        """Return the editor's office."""
        return self.province.office("bientap")

    def heard(self, appliance: Appliance) -> Recording:
        """Return what the appliance's sink has sounded so far."""
        return self.recorders[appliance.site.sink].so_far()

    def plan(self, name: str, area: str, in_s: float, window_s: int, **more: object) -> datetime:
        """Plan a slot of the tune in so many seconds, publish, and return its instant."""
        start = (utc_now() + timedelta(seconds=in_s)).replace(microsecond=0)
        local = start.astimezone(ZONE)
        slot = {
            "id": name,
            "title": f"Khung giờ {name}",
            "recurrence": {"kind": "once", "on": local.date().isoformat()},
            "start": local.time().isoformat(timespec="seconds"),
            "window_s": window_s,
            "items": [self.tune["sha256"]],
        }
        office = self.editor()
        office.add_slot(area, slot | more)
        office.publish(area)
        return start


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Start the whole house once for a file of journeys."""
    folder = tmp_path_factory.mktemp("province")
    with ExitStack() as stack:
        sound = stack.enter_context(SoundServer(tuple(s.sink for s in SITES)))
        recorders = {s.sink: stack.enter_context(sound.recorder(s.sink)) for s in SITES}
        province = Province(folder, SITES, dict(sound.environment), sound.server)
        stack.callback(province.stop)
        province.make()
        province.start_central()
        for appliance in province.appliances:
            province.assign(appliance, utc_now())
            appliance.child.start()
        record = province.office("bientap").upload(tune(folder), "Nhạc hiệu", "dt", "audio/wav")
        until = utc_now() + timedelta(days=1)
        province.office("duyet").approve(
            record["sha256"], "Nhạc hiệu", "dt", province.keys.approve, until
        )
        yield House(province, recorders, record, folder)
