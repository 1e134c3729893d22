"""The worst night: a warning that comes at the wrong moment, told at a real appliance and heard at its sink.

While the programme and the assignment change, with a full card, in quiet hours, while another warning sounds, and to an
appliance that was off, while staff talk, and with a clock that nobody keeps. What happens is in docs/operations.md.
Told by `make drills`; the core's stories tell each of it in every run.
"""

import contextlib
import dataclasses
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time as clock
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import sync_playwright

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    QuietHours,
    Repeat,
    Status,
)
from provisioning.rehearsal import evidence
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import Appliance
from provisioning.rehearsal.sources import TUNE_HZ
from tests.chromium import launch
from tests.journeys.conftest import COMMUNE, House

pytestmark = [
    pytest.mark.drill,
    pytest.mark.timeout(240),
    pytest.mark.leaves_behind("the house and its recorders live for the whole file"),
]

SOON_S: Final = 1.5  # warm-up, and a machine that does other things besides
ONCE: Final = Repeat(quick_rounds=1, quick_gap_s=1, slow_gap_s=None)
UNCEASING: Final = Repeat(quick_rounds=100, quick_gap_s=1, slow_gap_s=30)
_counted: Final = iter(range(10_000))


def warning(**changes: Any) -> Announcement:  # noqa: ANN401  fields of a document
    """Return a flood warning for the commune that sounds once, changed as said."""
    sent = utc_now()
    text = "Nước lũ đang lên nhanh, bà con sơ tán."
    fields: dict[str, Any] = {
        "id": f"dt-pctt:1:{int(sent.timestamp()) * 1_000 + next(_counted)}",
        "message": MessageType.ALERT,
        "status": Status.ACTUAL,
        "sent": sent,
        "expires": sent + timedelta(hours=1),
        "areas": (COMMUNE,),
        "event": "Lũ",
        "repeat": ONCE,
        "infos": (AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text=text),),
    }
    return Announcement(**(fields | changes))


def announced(house: House, paper: Announcement) -> float:
    """Hand a warning in at central; return the instant before, on the monotonic clock."""
    begun_s = time.monotonic()
    house.province.office("truc").announce(paper, [house.province.keys.emergency[0]])
    return begun_s


def over(house: House, *papers: Announcement) -> None:
    """Cancel these warnings, and wait until it is silent."""
    of = tuple(paper.id for paper in papers)
    announced(house, warning(message=MessageType.CANCEL, references=of, infos=()))
    time.sleep(1.5)


def onset_s(house: House, appliance: Appliance, since_s: float) -> float:
    """Return after how many seconds the tone of a warning was first heard, infinite where it was not."""
    recording = house.heard(appliance)
    for step in range(800):
        at = since_s + step / 50
        if at > time.monotonic() - 0.2:
            break
        loud = recording.level_dbfs(at, at + 0.1) > evidence.SOUND_DBFS
        if loud and abs(recording.frequency_hz(at, at + 0.15) - 523) < 8:
            return step / 50
    return float("inf")


def started(appliance: Appliance, paper: Announcement) -> list[str]:
    """Return which steps of a warning were seen to start in the player, as `round/step`."""
    events = (e for _, e in evidence.turns(appliance.state) if e["event"] == "player-started")
    mark = f"alert/{paper.id}/"
    return [e["key"].removeprefix(mark) for e in events if e["key"].startswith(mark)]


@pytest.fixture(autouse=True)
def silent_before(house: House) -> Iterator[None]:
    """Let what the story before left on air come to its end."""
    time.sleep(1.0)
    yield
    assert house.here.child.pid is not None, house.here.child.last_words()


def test_during_an_update_of_programme_and_assignment_it_sounds_in_time(house: House) -> None:
    """Programmes and a newer assignment come in the same second: the tone comes as ever, and the whole round."""
    house.plan("doi-lich", COMMUNE, 900, 10)
    house.province.assign(house.here, utc_now(), epoch=2)
    paper = warning()
    begun_s = announced(house, paper)
    house.plan("doi-lich-nua", COMMUNE, 1_800, 10)
    time.sleep(7.0)
    assert onset_s(house, house.here, begun_s) < SOON_S + 1.0
    assert started(house.here, paper) == ["0/0", "0/1"]
    over(house, paper)


def test_in_quiet_hours_it_sounds_as_loud_as_at_noon(house: House) -> None:
    """Where it is quiet all day round by policy, a slot is refused and the warning is as loud as elsewhere."""
    everywhere = warning(areas=("dt/cao-lanh", COMMUNE))
    all_day = (
        QuietHours(start=clock(0, 0), end=clock(12, 0)),
        QuietHours(start=clock(12, 0), end=clock(0, 0)),
    )
    house.elsewhere.site = dataclasses.replace(house.elsewhere.site, quiet=all_day)
    house.province.assign(house.elsewhere, utc_now(), epoch=2)
    time.sleep(2.0)
    begun_s = announced(house, everywhere)
    time.sleep(6.0)
    levels = [
        house.heard(a).level_dbfs(begun_s + onset_s(house, a, begun_s), begun_s + 2.0)
        for a in (house.here, house.elsewhere)
    ]
    assert onset_s(house, house.elsewhere, begun_s) < SOON_S
    assert levels[1] == pytest.approx(levels[0], abs=2.0)
    over(house, everywhere)


def test_while_another_warning_sounds_a_new_one_cuts_in_and_then_they_take_turns(
    house: House,
) -> None:
    """The new one's tone comes at once over the old one's words; afterwards each is heard in its turn."""
    old, new = warning(repeat=UNCEASING), warning(repeat=UNCEASING)
    announced(house, old)
    time.sleep(2.5)
    begun_s = announced(house, new)
    time.sleep(26.0)
    assert onset_s(house, house.here, begun_s) < SOON_S
    order = [
        e["key"].split("/")[1]
        for _, e in evidence.turns(house.here.state)
        if e["event"] == "player-started"
        and e["key"].startswith("alert/")
        and e["key"].endswith("/1")
    ]
    rounds = [name for name in order if name in {old.id, new.id}]
    assert len(rounds) >= 4
    assert min(rounds.count(old.id), rounds.count(new.id)) >= 2
    over(house, old, new)


def test_what_it_interrupted_goes_on_after_it(house: House) -> None:
    """A slot's tune is cut, the round is heard, and the tune comes back by itself."""
    start = house.plan("bi-ngat", COMMUNE, 6, 40, loop=True)
    time.sleep(max(0.0, (start - utc_now()).total_seconds()) + 3.0)
    paper = warning()
    begun_s = announced(house, paper)
    time.sleep(10.0)
    assert onset_s(house, house.here, begun_s) < SOON_S
    at = time.monotonic() - 2.0
    assert house.heard(house.here).frequency_hz(at, at + 1.5) == pytest.approx(TUNE_HZ, abs=3)
    over(house, paper)
    time.sleep(max(0.0, (start - utc_now()).total_seconds() + 42))


def test_an_appliance_that_was_off_sounds_what_is_still_in_force_and_nothing_that_is_over(
    house: House,
) -> None:
    """Off for the sending: back within its life it sounds at once; of one that ran out meanwhile nothing is heard."""
    house.here.child.stop()
    brief = warning(expires=utc_now() + timedelta(seconds=8))
    lasting = warning(repeat=UNCEASING)
    announced(house, brief)
    announced(house, lasting)
    time.sleep(9.0)
    begun_s = time.monotonic()
    house.here.child.start()
    time.sleep(6.0)
    assert onset_s(house, house.here, begun_s) < 5.0
    assert started(house.here, brief) == []
    assert started(house.here, lasting)[:1] == ["0/0"]
    over(house, lasting)


def test_with_a_full_card_it_sounds_and_is_said_to_be_unkept(house: House) -> None:
    """The card takes no more writes: tone and words come as ever, and the fault is told."""
    if shutil.which("mount") is None:
        pytest.skip("needs mount")
    near = house.here
    near.child.stop()
    kept = Path(f"{near.state}.kept")
    near.state.rename(kept)
    near.state.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(near.state)]
    if subprocess.run(small, check=False, capture_output=True).returncode:
        near.state.rmdir()
        kept.rename(near.state)
        near.child.start()
        pytest.skip("this machine lets nobody mount a small disk")
    try:
        shutil.copytree(kept, near.state, dirs_exist_ok=True)
        near.child.start()
        time.sleep(3.0)
        _fill(near.state)
        paper = warning()
        begun_s = announced(house, paper)
        time.sleep(7.0)
        heard_s = onset_s(house, near, begun_s)
        words = house.heard(near).level_dbfs(begun_s + 2.6, begun_s + 4.5)
        over(house, paper)
    finally:
        near.child.stop()
        subprocess.run(["umount", "-l", str(near.state)], check=False)
        near.state.rmdir()
        kept.rename(near.state)
        near.child.start()
    assert heard_s < SOON_S + 0.5
    assert words > evidence.SOUND_DBFS


def test_while_staff_talk_live_a_new_warning_cuts_in_and_they_talk_on_after_it(
    house: House,
) -> None:
    """A phone's live voice is on air: the tone comes as ever, the round is whole, and then the voice is heard again."""
    voice = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
    with sync_playwright() as playwright, contextlib.closing(launch(playwright, *voice)) as phone:
        page = phone.new_page(viewport={"width": 390, "height": 844})
        page.goto(house.here.page)
        page.locator("#pin").fill(house.here.pin)
        page.locator(".sign-in button").click()
        page.locator(".action--talk summary").click()
        page.locator("#talk-mic").click()
        page.locator("#talk-lock").click()
        page.wait_for_timeout(4_000)
        assert _sounds(house, 2.0), "the phone's voice is on air before"
        paper = warning()
        with ThreadPoolExecutor(1) as office:  # the browser's loop is this thread's
            begun_s = office.submit(announced, house, paper).result()
        page.wait_for_timeout(7_000)
        heard_s = onset_s(house, house.here, begun_s)
        page.wait_for_timeout(4_000)
        back = _sounds(house, 2.5)
        page.locator("#talk-lock").click()
        page.wait_for_timeout(1_000)
    assert heard_s < SOON_S
    assert started(house.here, paper) == ["0/0", "0/1"]
    assert back, "the phone's voice is on air again"
    over(house, paper)


def _sounds(house: House, last_s: float) -> bool:
    """Return whether anything sounded in the last seconds."""
    now_s = time.monotonic()
    return house.heard(house.here).level_dbfs(now_s - last_s, now_s - 0.2) > evidence.SOUND_DBFS


def test_at_a_start_with_a_clock_that_nobody_keeps_it_sounds(house: House) -> None:
    """Only a synchronised kernel would be believed: what stands in force sounds as soon as central is reached."""
    config = house.here.state.parent / "edge.toml"
    was = config.read_text(encoding="utf-8")
    house.here.child.stop()
    config.write_text(was.replace('clock = "system"', 'clock = "kernel"'), encoding="utf-8")
    paper = warning(repeat=UNCEASING)
    announced(house, paper)
    begun_s = time.monotonic()
    try:
        house.here.child.start()
        time.sleep(6.0)
        heard_s = onset_s(house, house.here, begun_s)
        over(house, paper)
    finally:
        house.here.child.stop()
        config.write_text(was, encoding="utf-8")
        house.here.child.start()
    assert heard_s < 5.0


def _fill(folder: Path) -> None:
    """Leave not a byte free on the disk of `folder`."""
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4_096))
