"""Real ears among the crowd: the appliance's own link, ear and gate, which count what they admit by its id."""

import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path

from bench.parts.fanout_house import Running, Village
from contract.trust import TrustedNow
from edge.adapters.ear import Ear
from edge.adapters.link import Link
from edge.core.events import AnnouncementAccepted
from tests.central.setting import real_now
from tests.edge.adapters.link_rig import Rig


class _Listening(Rig):
    """An appliance's half, judging by the machine's own clock."""

    def now(self) -> TrustedNow:
        """Return the time the gate judges by."""
        return TrustedNow(real_now() + timedelta(seconds=1), "trusted")


class Ears:
    """Some real appliances, assigned through the server's own door, that listen until closed."""

    def __init__(self, village: Village, server: Running, count: int) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="bench-ears-")
        self._rigs: list[_Listening] = []
        self._ears: list[Ear] = []
        for number in range(count):
            rig = _Listening(Path(self._folder.name, str(number)), village.authority)
            paper = rig.assign()
            answer = server.person().post("/assignments", content=paper)
            assert answer.status_code == 201, answer.text
            rig.link = Link(server.url, rig.identity)
            ear = Ear(rig.link, rig.gate, lambda _: None, rig.events.append)
            ear.start()
            self._rigs.append(rig)
            self._ears.append(ear)

    def __len__(self) -> int:
        return len(self._rigs)

    def heard(self, name: str) -> Counter[int]:
        """Return how many of them took an announcement how often."""
        return Counter(
            sum(
                isinstance(e, AnnouncementAccepted) and e.announcement.id == name
                for e in list(rig.events)
            )
            for rig in self._rigs
        )

    def close(self) -> None:
        """End them."""
        for ear in self._ears:
            ear.stop()
        for rig in self._rigs:
            rig.link.close()
        self._folder.cleanup()
