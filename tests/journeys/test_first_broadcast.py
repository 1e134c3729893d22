"""Whole-house stories: what a village hears is asserted from the recording of the sink, never from a log line."""

import time
from datetime import timedelta

import pytest
import requests

from contract import codec, seal
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Programme,
    Repeat,
    Status,
)
from contract.seal import SigningKey
from provisioning.rehearsal import evidence
from provisioning.rehearsal.eavesdrop import programme_of
from provisioning.rehearsal.impostor import Impostor
from provisioning.rehearsal.office import OfficeRefused, utc_now
from provisioning.rehearsal.sources import TUNE_HZ
from tests.journeys.conftest import COMMUNE, House

pytestmark = [
    pytest.mark.timeout(240),
    pytest.mark.leaves_behind("the house and its recorders live for the whole file"),
]
TUNE_S = 6.0


def wait_for(seconds: float) -> None:
    """Let real time pass: the loudspeaker cannot be steered."""
    time.sleep(max(0.0, seconds))


def mono_of(wall_s: float) -> float:
    """Return a wall second on the monotonic clock."""
    return wall_s - utc_now().timestamp() + time.monotonic()


def alert(seconds: int, message: MessageType = MessageType.ALERT, of: str = "") -> Announcement:
    """Return a flood warning for Mỹ Phong, or its cancel."""
    sent = utc_now()
    info = AnnouncementInfo(
        language="vi", headline="Cảnh báo lũ", text="Nước lũ đang lên nhanh, bà con sơ tán."
    )
    return Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp() * 1000) + seconds}",
        message=message,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=(COMMUNE,),
        references=(of,) if of else (),
        event="Lũ",
        repeat=Repeat(quick_rounds=3, quick_gap_s=60, slow_gap_s=120),
        infos=() if of else (info,),
    )


def test_a_planned_slot_sounds_on_the_second_and_only_where_it_was_planned(house: House) -> None:
    """The tune sounds at its instant, at its pitch, level and length in one commune; the other stays silent."""
    start = house.plan("dung-gio", COMMUNE, 9, 20)
    wait_for((start - utc_now()).total_seconds() + TUNE_S + 2.5)
    at = mono_of(start.timestamp())
    (segment,) = evidence.sounding(house.heard(house.here), at - 1, at + 9)
    assert segment.frequency_hz == pytest.approx(TUNE_HZ, abs=1.0)
    assert abs(segment.onset_mono_s - at) < 0.25
    assert segment.length_s == pytest.approx(TUNE_S, abs=0.4)
    assert -35 < segment.level_dbfs < -8
    assert house.heard(house.elsewhere).level_dbfs(at - 1, at + 9) < -80
    told = requests.get(f"{house.here.page}health", timeout=5).json()
    assert (told["central"], told["assigned"], told["faults"]) == (True, True, 0)
    before_s, after_s = evidence.on_around(
        evidence.relays(house.here.state), segment.onset_mono_s, segment.end_mono_s
    )
    assert before_s >= 0.5
    assert 0 < after_s < 3


def test_an_emergency_cuts_in_and_gives_way_when_cancelled(house: House) -> None:
    """Over a running slot: silence of the warm-up, then the tone; after the cancel the slot's tune comes back."""
    start = house.plan("bi-cat", COMMUNE, 8, 24, loop=True, zones=["cho"])
    wait_for((start - utc_now()).total_seconds() + 3)
    office, key = house.province.office("truc"), house.province.keys.emergency[0]
    warning = alert(0)
    sent = time.monotonic()
    office.announce(warning, [key])
    wait_for(3)  # in the middle of the words: the tone is over, the round is not
    first = evidence.sounding_now(house.heard(house.here), sent)[0]
    assert first.onset_mono_s - sent < 1.5
    assert abs(first.frequency_hz - TUNE_HZ) > 3, "the tone is not the tune"
    assert house.heard(house.elsewhere).level_dbfs(sent, time.monotonic()) < -80
    cancelled = time.monotonic()
    office.announce(alert(1, MessageType.CANCEL, warning.id), [key])
    wait_for(5)
    after = house.heard(house.here)
    assert after.level_dbfs(cancelled + 1.5, cancelled + 3.0) > -50
    assert after.frequency_hz(cancelled + 1.5, cancelled + 3.0) == pytest.approx(TUNE_HZ, abs=3)
    wait_for((start - utc_now()).total_seconds() + 26)


def test_a_province_wide_emergency_waits_for_the_second_person(house: House) -> None:
    """One signature for the whole province makes no sound; with the second person's it sounds in both communes."""
    office = house.province.office("truc")
    one, two = house.province.keys.emergency
    plain = alert(2)
    fields = {name: getattr(plain, name) for name in plain.__struct_fields__}
    paper = Announcement(**(fields | {"areas": ("dt",)}))
    begin = time.monotonic()
    office.announce(paper, [one])
    wait_for(3)
    both = (house.here, house.elsewhere)
    assert all(house.heard(a).level_dbfs(begin, time.monotonic()) < -80 for a in both)
    office.announce(paper, [one, two])
    wait_for(4)
    assert all(house.heard(a).level_dbfs(begin, time.monotonic()) > -50 for a in both)
    cancel = alert(3, MessageType.CANCEL, paper.id)
    fields = {name: getattr(cancel, name) for name in cancel.__struct_fields__}
    office.announce(Announcement(**(fields | {"areas": ("dt",)})), [one, two])
    wait_for(2)
    ended = time.monotonic()
    wait_for(1.5)
    assert all(house.heard(a).level_dbfs(ended, time.monotonic()) < -80 for a in both)


def test_an_impostor_in_central_s_place_starts_no_sound_and_loses_no_report(house: House) -> None:
    """Forged, old, foreign and replayed papers are refused with reasons; the programme goes on; reports arrive once."""
    province = house.province
    house.plan("noi-khac", "dt/cao-lanh", 900, 10)
    house.plan("truoc", COMMUNE, 900, 10)
    first = programme_of(province.base, house.here.state)
    start = house.plan("mat-may-chu", COMMUNE, 25, 20)
    wait_for(2)
    recorded = alert(4)
    office, key = province.office("truc"), province.keys.emergency[0]
    sealed = office.announce(recorded, [key])
    wait_for(1.5)
    office.announce(alert(5, MessageType.CANCEL, recorded.id), [key])
    wait_for(3)
    read = codec.decode(Kind.PROGRAMME, seal.read_envelope(first).payload)
    assert isinstance(read, Programme)
    fields = {name: getattr(read, name) for name in read.__struct_fields__}
    newer = Programme(**(fields | {"version": read.version + 40}))
    papers = [
        seal.seal(Kind.PROGRAMME, codec.encode(newer), [SigningKey.generate()]),
        first,
        programme_of(province.base, house.elsewhere.state),
        sealed,
    ]
    province.central.kill()
    begin = time.monotonic()
    with Impostor(province.central_port, papers) as false:
        while false.served < 2 and time.monotonic() - begin < 12:
            wait_for(0.2)
        wait_for(1.0)
        assert house.heard(house.here).level_dbfs(begin, time.monotonic()) < -80
    codes = set(evidence.refusal_codes(house.here.state))
    assert {"unknown-key", "old-version", "wrong-device"} <= codes
    assert codes & {"cancelled", "replayed"}
    wait_for((start - utc_now()).total_seconds() + TUNE_S + 2.5)
    at = mono_of(start.timestamp())
    (segment,) = evidence.sounding(house.heard(house.here), at - 1, at + 9)
    assert abs(segment.onset_mono_s - at) < 0.25
    province.start_central()
    keys: list[str] = []
    for _ in range(80):
        keys = [p["key"] for p in house.editor().plays(house.here.device)]
        if any("mat-may-chu" in k for k in keys):
            break
        wait_for(0.5)
    assert len([k for k in keys if "mat-may-chu" in k]) == 1
    told = {r["code"] for r in house.editor().refusals(house.here.device)}
    assert {"unknown-key", "old-version", "wrong-device"} <= told


def test_the_journal_replays_to_the_same_decisions(house: House) -> None:
    """Every turn that the appliance has lived so far is decided alike again."""
    from edge.journal import replay  # noqa: PLC0415

    for file in sorted((house.here.state / "journal").glob("*.jsonl")):
        turns = list(replay(file))
        assert turns
        assert all(turn.same for turn in turns)


def test_a_bad_upload_is_refused_in_words_and_the_house_goes_on(house: House) -> None:
    """Empty, text and random bytes named .mp3 each get a sentence; the next good file is taken."""
    office = house.editor()
    for name, data in (
        ("rong.mp3", b""),
        ("chu.mp3", b"xin chao\n" * 500),
        ("rac.mp3", bytes(range(256)) * 40),
    ):
        file = house.folder / name
        file.write_bytes(data)
        with pytest.raises(OfficeRefused) as refused:
            office.upload(file, name, "dt")
        assert name in refused.value.why
        assert refused.value.status in {415, 422}
    assert house.editor().devices()


def test_an_appliance_killed_in_mid_sound_comes_back_and_joins(house: House) -> None:
    """After a power cut during a slot the appliance starts, joins the slot in progress and loses no record."""
    start = house.plan("mat-dien", "dt/cao-lanh", 8, 18, loop=True)
    wait_for((start - utc_now()).total_seconds() + 4)
    house.elsewhere.child.kill()
    down = time.monotonic()
    wait_for(0.7)
    assert house.heard(house.elsewhere).level_dbfs(down + 0.4, time.monotonic()) < -80
    house.elsewhere.child.start()
    wait_for(5)
    assert house.heard(house.elsewhere).level_dbfs(time.monotonic() - 1.5, time.monotonic()) > -50
    wait_for((start - utc_now()).total_seconds() + 19)
