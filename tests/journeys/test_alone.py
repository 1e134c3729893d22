"""An appliance on its own, heard: sticks, streams that stall, an engine that dies, staff, self-test, warnings."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.documents import LateRule, Sha256, StreamRelay
from provisioning.rehearsal.evidence import sounding, sounding_now
from tests.journeys.alone import (
    Alone,
    Station,
    alone,
    listed,
    mono_of,
    once,
    post,
    soon,
    tone_wav,
)

pytestmark = pytest.mark.leaves_behind("the appliance lives for the whole file")

STEPS = tone_wav(*(300.0 + 60.0 * n for n in range(14)))  # its pitch tells how far it has come
INSTEAD = tone_wav(523.0, each_s=6.0)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Run one appliance for the stories of this file."""
    with alone(tmp_path_factory.mktemp("alone")) as running:
        for data in (STEPS, INSTEAD):
            running.contents[listed(data, "x").sha256] = data
        yield running


@pytest.fixture(autouse=True)
def quiet(house: Alone) -> None:
    """Begin each story with nothing planned and nothing sounding."""
    house.publish()
    house.wait(
        lambda: house.heard().level_dbfs(time.monotonic() - 1.2, time.monotonic() - 0.4) < -60,
        "it is quiet",
    )


def sha(data: bytes) -> Sha256:
    """Return the name of a content."""
    return listed(data, "x").sha256


def engine_of(house: Alone) -> int:
    """Return the process id of the appliance's engine."""
    assert house.child.pid is not None
    for task in Path(f"/proc/{house.child.pid}/task").iterdir():
        for pid in (task / "children").read_text().split():
            if b"edge.adapters.engine" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return int(pid)
    raise AssertionError("the appliance has no engine")


def test_a_programme_from_a_stick_sounds_on_its_second(house: Alone) -> None:
    """Without any network: papers and files on a stick, and the slot sounds at its instant, measured at the sink."""
    start = soon(9)
    house.publish(once("the-usb", start, 5, items=(sha(STEPS),)))
    at = mono_of(start)
    time.sleep(max(0.0, at + 6.5 - time.monotonic()))
    (segment,) = sounding(house.heard(), at - 2, at + 6)
    assert segment.onset_mono_s == pytest.approx(at, abs=0.25)
    assert segment.length_s == pytest.approx(5.0, abs=0.5)


def test_an_item_goes_on_at_its_place_when_its_engine_died(house: Alone) -> None:
    """The engine is killed in mid item: sound is back within 2 s, and the pitch says that nothing was left out."""
    start = soon(9)
    house.publish(once("may-phat", start, 40, items=(sha(STEPS),), late=LateRule.SKIP))
    at = mono_of(start)
    time.sleep(max(0.0, at + 4.0 - time.monotonic()))
    os.kill(engine_of(house), signal.SIGKILL)
    killed = time.monotonic()
    time.sleep(4.0)
    again = next(s for s in sounding_now(house.heard(), killed + 0.05) if s.length_s > 0.5)
    assert again.onset_mono_s - killed < 2.0
    pitch = house.heard().frequency_hz(again.onset_mono_s + 0.1, again.onset_mono_s + 0.4)
    place_s = (pitch - 300.0) / 60.0
    assert place_s == pytest.approx(killed - at, abs=1.3), (
        "where it was cut off, not where the clock is"
    )
    time.sleep(max(0.0, killed + 13 - time.monotonic()))


def test_a_stalled_stream_is_replaced_within_five_seconds_and_comes_back(house: Alone) -> None:
    """A station sends nothing more and closes nothing: content sounds instead, until it sends again."""
    with Station(880.0).on_air() as station:
        live = StreamRelay(url=station.url)
        start = soon(9)
        slot = once("tiep-song", start, 120, items=(sha(INSTEAD),), live=live)
        house.publish(slot, also=(live.approved_as,))
        at = mono_of(start)
        time.sleep(max(0.0, at + 6 - time.monotonic()))
        now = time.monotonic()
        assert house.heard().frequency_hz(now - 1.5, now - 0.5) == pytest.approx(880, abs=15)
        station.silent.set()
        stalled = time.monotonic()

        def sounds(pitch_hz: float) -> bool:
            now = time.monotonic()
            recording = house.heard()
            loud = recording.level_dbfs(now - 0.8, now - 0.4) > -50
            return loud and abs(recording.frequency_hz(now - 0.8, now - 0.4) - pitch_hz) < 20

        house.wait(lambda: sounds(523.0), "the content instead sounds", 12)
        onset = [s for s in sounding_now(house.heard(), stalled) if s.onset_mono_s > stalled + 0.5]
        took_s = onset[0].onset_mono_s - stalled if onset else time.monotonic() - stalled
        assert took_s <= 5.0, "measured at the sink: from the last byte to the content instead"
        station.silent.clear()
        house.wait(lambda: sounds(880.0), "the station is relayed again", 25)
        with house.staff() as client:
            post(client, "/stop", span="15")
        time.sleep(1.0)
        with house.staff() as client:
            post(client, "/undo")


def test_typed_words_sound_and_stop_silences_at_once(house: Alone) -> None:
    """From the page: typed words sound after a chime; one press of stop and there is silence."""
    begun = time.monotonic()
    with house.staff() as client:
        answer = post(
            client,
            "/speak",
            text="Ngày mai cắt điện từ 7h30 đến 11h tại ấp 1, bà con chủ động dự trữ nước.",
            rounds="3",
            voice="south",
            zone=["cho", "dinh"],
        )
        assert answer.status_code == 303, answer.text
        house.wait(
            lambda: len(sounding_now(house.heard(), begun)) >= 2, "chime and words sound", 15
        )
        time.sleep(2.0)
        post(client, "/stop", span="15")
        stopped = time.monotonic()
        time.sleep(2.0)
        assert house.heard().level_dbfs(stopped + 0.8, stopped + 1.8) < -60
        post(client, "/release", what="air")


def test_the_self_test_sounds_each_zone_and_turns_the_rows_green(house: Alone) -> None:
    """Tones come out low, each with its own relay alone, and the page's rows are green."""
    begun = time.monotonic()
    with house.staff() as client:
        answer = post(client, "/check", what="tones")
        assert answer.status_code == 303, answer.text
        house.wait(
            lambda: [e for at, e in house.events("inspected") if at > begun and e["of"] == "test"],
            "the hands answered",
            40,
        )
        time.sleep(1.0)
        page = client.get("/check").text
    tones = [s for s in sounding_now(house.heard(), begun) if s.length_s > 0.5]
    assert len(tones) == 2
    assert all(s.level_dbfs < -15 for s in tones)
    relays = {frozenset(e["on"]) for at, e in house.events("zones-switched") if at > begun}  # type: ignore[call-overload]
    assert {frozenset({"cho"}), frozenset({"dinh"})} <= relays
    assert frozenset({"cho", "dinh"}) not in relays
    assert "Chợ" in page


def test_a_local_emergency_outlives_a_power_cut_and_ends_when_staff_end_it(house: Alone) -> None:
    """Sounded from the page, cut by a kill, sounding again after the restart; ended from the page it is silent."""
    with house.staff() as client:
        answer = post(
            client,
            "/warn",
            headline="Lũ lên nhanh",
            text="Nước sông lên nhanh, bà con ấp 1 lên cao ngay.",
            minutes="60",
            zone=["cho", "dinh"],
            sure="PHÁT",
        )
        assert answer.status_code == 303, answer.text
    warned = time.monotonic()
    house.wait(lambda: bool(sounding_now(house.heard(), warned)), "the warning sounds", 6)
    house.child.kill()
    house.child.start()
    restarted = time.monotonic()
    house.wait(lambda: bool(sounding_now(house.heard(), restarted)), "it sounds again", 8)
    with house.staff() as client:
        page = client.get("/").text
        ident = page.split('name="id" value="local-', 1)[1].split('"', 1)[0]
        post(client, "/stand-down", id=f"local-{ident}", sure="HẾT")
    ended = time.monotonic()
    time.sleep(2.5)
    assert house.heard().level_dbfs(ended + 1.5, ended + 2.3) < -60
