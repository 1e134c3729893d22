"""Two appliances of one network, each with a line of its own to central: one download, and a warning without a line.

The network is real: a namespace each for the two and one for central, joined by virtual cables. Central, the
appliances, libVLC and the sound server are those of every journey. Needs root and iproute2.
"""

import time
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from contract.documents import Announcement, AnnouncementInfo, MessageType, Repeat, Status
from provisioning.rehearsal import evidence
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, SoundServer
from provisioning.rehearsal.story import ZONE
from tests.journeys.network import BOUND_S, Network, eventually, place, why_not

COMMUNE: Final = "dt/my-phong"
SITES: Final = (
    Site("loa-1", "Cụm loa khu phố 1", "dt/my-phong/kp-1", "loa1"),
    Site("loa-2", "Cụm loa khu phố 2", "dt/my-phong/kp-2", "loa2"),
)
SECONDS: Final = 27  # of stereo at 48 kHz: 5.2 MB


pytestmark = [
    pytest.mark.timeout(180),
    pytest.mark.leaves_behind("the network and its recorders live for the whole file"),
]


@dataclass
class Village:
    """The running house and the network it stands in."""

    network: Network
    province: Province
    recorders: dict[str, Recorder]
    folder: Path

    def shelf_has(self, appliance: Appliance, sha256: str) -> bool:
        """Return whether a content lies whole on an appliance's card."""
        return (appliance.state / "shelf" / sha256).is_file()

    def events(self, appliance: Appliance, name: str) -> list[dict[str, Any]]:
        """Return the journalled events of one name."""
        return [event for _, event in evidence.turns(appliance.state) if event["event"] == name]


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    """Start the whole house in its network, once for this file."""
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("village")
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        sound = stack.enter_context(SoundServer(tuple(site.sink for site in SITES)))
        recorders = {s.sink: stack.enter_context(sound.recorder(s.sink)) for s in SITES}
        province = Province(folder, SITES, dict(sound.environment), sound.server, neighbours=True)
        stack.callback(province.stop)
        province.make()
        place(province, network)
        province.start_central()
        now = utc_now()
        for appliance in province.appliances:
            network.at_central(lambda a=appliance: province.assign(a, now))  # type: ignore[misc]
            appliance.child.start()
        yield Village(network, province, recorders, folder)


def long_notice(folder: Path) -> Path:
    """Return a notice of 5 MB: a low steady tone, which a listener would call boring."""
    file = folder / "thong-bao-dai.wav"
    second = b"".join(
        (8_000 if at % 240 < 120 else -8_000).to_bytes(2, "little", signed=True) * 2
        for at in range(48_000)
    )
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(2)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        for number in range(SECONDS):
            sound.writeframes(second[number * 4 :] + second[: number * 4])
    return file


def test_one_download_for_the_commune(village: Village) -> None:
    """Both appliances are given the same 5 MB at the same moment; central sends it down one line only."""
    network, province = village.network, village.province
    for appliance in province.appliances:
        eventually(lambda a=appliance: bool(village.events(a, "neighbours-seen")))  # type: ignore[misc]
    file = long_notice(village.folder)

    def plan() -> str:
        editor = province.office("bientap")
        record = editor.upload(file, "Thông báo dài", "dt", "audio/wav")
        until = utc_now() + timedelta(days=1)
        approver = province.office("duyet")
        approver.approve(record["sha256"], "Thông báo dài", "dt", province.keys.approve, until)
        start = (utc_now() + timedelta(hours=1)).astimezone(ZONE).replace(microsecond=0)
        slot = {
            "id": "thong-bao-dai",
            "title": "Thông báo dài",
            "recurrence": {"kind": "once", "on": start.date().isoformat()},
            "start": start.time().isoformat(timespec="seconds"),
            "window_s": 60,
            "items": [record["sha256"]],
        }
        editor.add_slot(COMMUNE, slot)
        before_bytes[:] = [network.received_bytes(n) for n in range(2)]
        editor.publish(COMMUNE)
        return str(record["sha256"])

    before_bytes: list[int] = []
    sha256 = network.at_central(plan)
    eventually(
        lambda: all(village.shelf_has(appliance, sha256) for appliance in province.appliances)
    )
    size_bytes = file.stat().st_size
    came = [network.received_bytes(n) - before_bytes[n] for n in range(2)]
    assert size_bytes > 5_000_000
    assert size_bytes <= sum(came) < 1.5 * size_bytes
    assert min(came) < 0.5 * size_bytes


def test_a_warning_reaches_the_appliance_whose_line_is_cut(village: Village) -> None:
    """With one line cut, an emergency comes to that appliance through its neighbour, and both sound it."""
    network, province = village.network, village.province
    near, cut_off = province.appliances
    network.cut(1)
    sent = utc_now()
    words = "Nước lũ đang lên nhanh, bà con sơ tán."
    warning = Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp())}",
        message=MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=(COMMUNE,),
        event="Lũ",
        repeat=Repeat(quick_rounds=3, quick_gap_s=60, slow_gap_s=120),
        infos=(AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text=words),),
    )
    office = network.at_central(lambda: province.office("truc"))
    before_bytes = network.received_bytes(1)
    begun_s = time.monotonic()
    network.at_central(lambda: office.announce(warning, [province.keys.emergency[0]]))

    def onset_s(appliance: Appliance) -> float:
        heard = evidence.sounding_now(village.recorders[appliance.site.sink].so_far(), begun_s)
        return heard[0].onset_mono_s - begun_s if heard else float("inf")

    eventually(lambda: max(onset_s(near), onset_s(cut_off)) < BOUND_S)
    after = {a.site.name: round(onset_s(a), 3) for a in province.appliances}
    assert [e["door"] for e in village.events(near, "announcement-accepted")] == ["push"]
    assert [e["door"] for e in village.events(cut_off, "announcement-accepted")] == ["neighbour"]
    assert max(after.values()) < 6.0
    assert network.received_bytes(1) == before_bytes, "the line was really cut"
