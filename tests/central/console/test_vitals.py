"""How an appliance is, in words."""

import msgspec
import pytest

from central.console.english import ENGLISH
from central.console.pages.appliance import INPUT_KINDS, RIGHTS
from central.console.vitals import (
    ITEMS,
    complaints_of,
    facts_of,
    findings_of,
    item_words,
    unmeasured,
)
from central.console.words import Words
from central.domain.states import STEP_WORDS, WARNING_WORDS, Step, WarningPhase
from contract.documents import Check, Health, InputKind, Rank, Right, Vitals
from tests.central.setting import real_now

T = Words("vi")


def health(vitals: Vitals | None = None, **parts: object) -> Health:
    """Return how a healthy appliance is, with these gauges and parts."""
    plain = Health(
        at=real_now(),
        uptime_s=60,
        clock="trusted",
        on_air=Rank.SILENCE,
        why="",
        volume_pct=80,
        zones_on=(),
        programme_version=1,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=True,
        storage_free_bytes=10**9,
        software="1",
        vitals=vitals or Vitals(),
    )
    return msgspec.structs.replace(plain, **parts)


def marks(found: Health) -> dict[str, tuple[str, str]]:
    """Return tone and word of every gauge that is amiss."""
    return {f.name: (f.mark.tone, f.mark.text) for f in facts_of(found, T) if f.mark}


def test_a_gauge_that_is_not_there_is_neither_good_nor_bad() -> None:
    """An appliance without gauges shows none as good, and names all of them as not measured."""
    assert [f.name for f in facts_of(health(), T)] == ["Cụm loa cùng mạng", "Đã phát hôm nay"]
    assert len(unmeasured(health(), T)) == 7


def test_a_healthy_machine_has_no_marks() -> None:
    """Every gauge there and well: values, and nothing said against any."""
    whole = Vitals(
        temperature_c=48.3,
        under_voltage=False,
        under_voltage_since_start=False,
        throttled=False,
        card_worn_pct=12,
        file_system_errors=0,
        memory_free_bytes=310_000_000,
        load_1min=0.2,
        clock_error_ms=4.0,
        link="wifi",
        signal_pct=71,
    )
    found = health(whole, mains=True)
    assert marks(found) == {}
    assert unmeasured(found, T) == ()
    values = {f.name: f.value for f in facts_of(found, T)}
    assert values["Nhiệt độ"] == "48,3 °C"
    assert values["Đường mạng"] == "Wi-Fi, sóng 71 %"
    assert values["Sai giờ"] == "± 4 ms"


@pytest.mark.parametrize(
    ("vitals", "name", "tone"),
    [
        (Vitals(temperature_c=70.0), "Nhiệt độ", "warn"),
        (Vitals(temperature_c=60.0, throttled=True), "Nhiệt độ", "warn"),
        (Vitals(temperature_c=80.0), "Nhiệt độ", "bad"),
        (Vitals(under_voltage=True), "Điện áp", "bad"),
        (Vitals(under_voltage=False, under_voltage_since_start=True), "Điện áp", "warn"),
        (Vitals(card_worn_pct=80), "Thẻ nhớ", "warn"),
        (Vitals(card_worn_pct=100), "Thẻ nhớ", "bad"),
        (Vitals(file_system_errors=1), "Thẻ nhớ", "bad"),
        (Vitals(memory_free_bytes=49_000_000), "Bộ nhớ chạy", "warn"),
        (Vitals(clock_error_ms=1_500.0), "Sai giờ", "warn"),
        (Vitals(link="cellular", signal_pct=19), "Đường mạng", "warn"),
    ],
)
def test_each_gauge_that_is_amiss_is_marked_by_a_word(vitals: Vitals, name: str, tone: str) -> None:
    """Not only a colour: a word and a shape stand beside the value."""
    found = marks(health(vitals))
    assert set(found) == {name}
    assert found[name][0] == tone
    assert found[name][1]


def test_lost_mains_is_bad() -> None:
    """Running on backup is said as what it is."""
    assert marks(health(mains=False)) == {"Điện lưới": ("bad", "mất điện")}


def test_checks_are_said_as_people_call_them_the_bad_first() -> None:
    """Zones by their title, contents by the start of their name, what is to be minded between bad and good."""
    checks = (
        Check(name="clock", ok=True),
        Check(name="central", ok=True, why="Đang mất liên lạc với tỉnh."),
        Check(name="zone-san", ok=False, why="rơ-le không đóng"),
        Check(name="content-abcd1234", ok=True),
        Check(name="never-heard-of", ok=True),
    )
    found = [(f.tone, f.name) for f in findings_of(checks, {"san": "Sân"}, T)]
    assert found == [
        ("bad", "Vùng Sân"),
        ("warn", "Liên lạc với tỉnh"),
        ("ok", "Đồng hồ"),
        ("ok", "Tệp abcd1234…"),
        ("ok", "never heard of"),
    ]


def test_what_complains_is_told_by_input_and_part() -> None:
    """An input by its title; a fault under the name of the part, or whole where it names none."""
    found = complaints_of(health(alarms=("Cửa tủ",), faults=("player: không có loa", "lạ")), T)
    assert [(f.name, f.why) for f in found] == [
        ("Cửa tủ", ""),
        ("Máy phát tiếng", "không có loa"),
        ("Các bộ phận", "lạ"),
    ]


def test_every_word_from_a_table_has_english() -> None:
    """Words that pages look up by value rather than by name are in the catalogue too."""
    tables = (ITEMS, INPUT_KINDS, RIGHTS, WARNING_WORDS)
    lacking = {word for table in tables for word in table.values()} - ENGLISH.keys()
    assert lacking == set()
    assert set(INPUT_KINDS) == set(InputKind)
    assert set(RIGHTS) == set(Right)
    assert set(WARNING_WORDS) == set(WarningPhase)
    assert set(STEP_WORDS) == set(Step)
    assert item_words("clock", {}, Words("en")) == "Clock"
