"""The drill of drills: a real appliance takes a Test without a sound and an Exercise as a notice, and says so."""

import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    Repeat,
    Status,
    Tone,
)
from provisioning.rehearsal.office import utc_now
from tests.journeys.conftest import COMMUNE, House

pytestmark = [
    pytest.mark.drill,
    pytest.mark.timeout(240),
    pytest.mark.leaves_behind("the house and its recorders live for the whole file"),
]
SILENT_DBFS = -80.0
WAIT_S = 40.0
ONCE = Repeat(quick_rounds=1, slow_gap_s=None)


def announced(house: House, status: Status, tone: Tone = Tone.ATTENTION) -> str:
    """Have a person sign an announcement of this status and hand it in; return its id."""
    sent = utc_now()
    words = "Nước sông giả định lên nhanh, bà con nghe và ở yên."
    paper = Announcement(
        id=f"dt-pctt:1:{time.time_ns() // 1_000_000}",
        message=MessageType.ALERT,
        status=status,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=(COMMUNE,),
        event="Lũ",
        repeat=ONCE,
        infos=(AnnouncementInfo(language="vi", headline="Diễn tập: lũ", text=words, tone=tone),),
    )
    house.province.office("truc").announce(paper, [house.province.keys.emergency[0]])
    return paper.id


def receipts(house: House, announcement: str) -> set[str]:
    """Return what the appliance has told central of an announcement."""
    path = house.province.central_config.parent / "central.db"
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        asked = "select state from receipts where document = ? and device = ?"
        rows = database.execute(asked, (announcement, house.here.device)).fetchall()
    finally:
        database.close()
    return {state for (state,) in rows}


def until(true: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline_s = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < deadline_s, what
        time.sleep(0.2)


def on_line(house: House) -> None:
    """Wait until the appliance has its assignment and is heard of."""

    def seen() -> bool:
        devices = house.editor().devices()
        here = [d for d in devices if d["id"] == house.here.device]
        return bool(here and here[0]["last_seen"])

    until(seen, "the appliance never came")


def test_a_test_is_answered_and_never_heard(house: House) -> None:
    """Verified, looked at, told as ready: and from the commit to the answer the sink is silent."""
    on_line(house)
    begun = time.monotonic()
    night = announced(house, Status.TEST)
    until(lambda: receipts(house, night) >= {"verified", "ready"}, "no answer to the test")
    time.sleep(2.0)
    level = house.heard(house.here).level_dbfs(begun, time.monotonic() - 0.2)
    assert level < SILENT_DBFS, f"the test was heard at {level:.0f} dBFS"
    assert "sounding" not in receipts(house, night)


def test_an_exercise_sounds_once_as_a_notice(house: House) -> None:
    """Chime and words at the rank of a notice, measured and told; then silence."""
    on_line(house)
    begun = time.monotonic()
    drill = announced(house, Status.EXERCISE)

    def told() -> list[dict[str, object]]:
        plays = house.editor().plays(house.here.device)
        return [p for p in plays if f"/{drill}/" in f"/{p['key']}"]

    until(lambda: len(told()) == 2, "the exercise was not told as sounded")
    plays = told()
    assert {p["rank"] for p in plays} == {2}
    assert {p["outcome"] for p in plays} == {"sounded"}
    level = house.heard(house.here).level_dbfs(begun, time.monotonic() - 0.2)
    assert level > -50
    quiet_since = time.monotonic()
    time.sleep(4.0)
    after = house.heard(house.here).level_dbfs(quiet_since + 1, time.monotonic() - 0.2)
    assert after < SILENT_DBFS, "one round"
    assert "sounding" in receipts(house, drill)
