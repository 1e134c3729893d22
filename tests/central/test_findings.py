"""What appliances tell of themselves: readiness and local warnings, kept once, read back, forgotten in time."""

from datetime import timedelta

import msgspec
import pytest

from central.domain.states import Step, WarningPhase
from central.services import (
    device_named,
    list_readiness,
    list_warnings,
    newest_readiness,
    not_ready,
    sweep,
)
from central.services.housekeeping import MOST_PER_DEVICE, READINESS_KEPT, WARNINGS_KEPT
from central.services.reports import Acknowledged
from contract import codec, seal
from contract.documents import (
    Check,
    Kind,
    LocalWarning,
    Readiness,
    Report,
    Sha256,
    Vitals,
)
from contract.seal import device_id
from tests.central.serving import Served
from tests.central.setting import COMMUNE, OTHER, Province, real_now
from tests.central.test_reports import Teller, make_health

NO_FILE = Check(name="contents", ok=False, why="Nội dung chưa có trên thẻ (1 mục)")
GOOD = Check(name="clock", ok=True)


@pytest.fixture
def teller(province: Province) -> Teller:
    """An appliance with something to tell."""
    return Teller(province)


def found(
    province: Province,
    *checks: Check,
    of: str = "slot/sang/20261123T060000Z/0",
    ahead_min: int = 30,
) -> Readiness:
    """Return what an appliance found now for something `ahead_min` minutes away."""
    starts = province.now + timedelta(minutes=ahead_min)
    return Readiness(at=province.now, of=of, title="Bản tin sáng", starts=starts, checks=checks)


def said(
    province: Province, number: int = 1, *, over: bool = False, by: str = "Chị Lan"
) -> LocalWarning:
    """Return what staff say at an appliance: a warning, or that it is over."""
    return LocalWarning(
        at=province.now,
        id=f"local-abc:0:{number}",
        by=by,
        headline="Vỡ bờ bao",
        text="Bà con ấp 1 lên nơi cao.",
        zones=("san",),
        over=over,
    )


# --- readiness -----------------------------------------------------------------------------------


def test_readiness_is_kept_once_and_read_back_whole(province: Province, teller: Teller) -> None:
    """Checks with their reasons are there after one report, and the same report again adds nothing."""
    sealed = teller.report(readiness=(found(province, GOOD, NO_FILE),))
    assert teller.tell(sealed, sealed) == [Acknowledged(1), Acknowledged(1)]
    assert teller.tell(sealed) == [Acknowledged(1)]
    with province.house.reading() as unit:
        (state,) = list_readiness(unit, device=teller.device)
    assert (state.ready, state.word, state.checks) == (False, "chưa sẵn sàng", (GOOD, NO_FILE))
    assert state.starts == province.now + timedelta(minutes=30)


def test_who_is_not_ready_is_named_until_the_slot_begins(
    province: Province, teller: Teller
) -> None:
    """The last finding counts: mended, or begun, nobody is named any more."""
    ready = Teller(province)
    ready.tell(ready.report(readiness=(found(province, GOOD),)))
    teller.tell(teller.report(readiness=(found(province, NO_FILE),)))
    with province.house.reading() as unit:
        assert set(not_ready(unit, now=province.now)) == {teller.device}
        assert not_ready(unit, now=province.now + timedelta(minutes=31)) == {}
    teller.tell(teller.report(readiness=(found(province, GOOD),)))
    with province.house.reading() as unit:
        assert not_ready(unit, now=province.now) == {}


def test_a_self_test_is_told_apart_from_a_slot(province: Province, teller: Teller) -> None:
    """A failed self-test makes no slot unready; each has its own newest finding."""
    test = found(province, NO_FILE, of="test", ahead_min=600)
    teller.tell(teller.report(readiness=(found(province, GOOD), test)))
    with province.house.reading() as unit:
        slot = newest_readiness(unit, teller.device, test=False)
        tested = newest_readiness(unit, teller.device, test=True)
        assert not_ready(unit, now=province.now) == {}
    assert slot is not None
    assert tested is not None
    assert (slot.ready, slot.is_test, tested.ready, tested.is_test) == (True, False, False, True)


# --- local warnings ------------------------------------------------------------------------------


def test_a_local_warning_stands_from_the_moment_it_is_told(
    province: Province, teller: Teller
) -> None:
    """Who, what, where and since when are there at once; the same report again doubles nothing."""
    sealed = teller.report(warnings=(said(province),))
    teller.tell(sealed, sealed)
    with province.house.reading() as unit:
        (warning,) = list_warnings(unit, area=COMMUNE, now=province.now)
        assert list_warnings(unit, area=OTHER, now=province.now) == ()
    assert (warning.phase, warning.word) == (WarningPhase.STANDING, "đang cảnh báo")
    assert (warning.by, warning.headline, warning.zones) == ("Chị Lan", "Vỡ bờ bao", ("san",))
    assert (warning.since, warning.ended) == (province.now, None)


def test_a_warning_that_is_taken_back_is_over(province: Province, teller: Teller) -> None:
    """The end has its own person and time; another warning of that appliance still stands."""
    begun = province.now
    teller.tell(teller.report(warnings=(said(province, 1), said(province, 2))))
    province.clock.pass_by(timedelta(minutes=20))
    teller.tell(teller.report(warnings=(said(province, 1, over=True, by="Anh Minh"),)))
    with province.house.reading() as unit:
        stands, over = list_warnings(unit, device=teller.device, now=province.now)
    assert (stands.id[-1], stands.phase) == ("2", WarningPhase.STANDING)
    assert (over.phase, over.by, over.since) == (WarningPhase.ENDED, "Chị Lan", begun)
    assert (over.ended, over.ended_by) == (province.now, "Anh Minh")


def test_no_warning_outlives_a_day(province: Province, teller: Teller) -> None:
    """An appliance that was switched off before it told the end leaves no alarm standing for ever."""
    teller.tell(teller.report(warnings=(said(province),)))
    for hours, phase in ((23, WarningPhase.STANDING), (24, WarningPhase.EXPIRED)):
        with province.house.reading() as unit:
            later = province.now + timedelta(hours=hours)
            (warning,) = list_warnings(unit, device=teller.device, now=later)
        assert warning.phase is phase


@pytest.mark.parametrize(
    ("clock", "phase"), [("trusted", WarningPhase.EXPIRED), ("unknown", WarningPhase.STANDING)]
)
def test_an_appliance_that_does_not_know_the_time_is_believed_all_the_same(
    province: Province, teller: Teller, clock: str, phase: WarningPhase
) -> None:
    """A warning dated 1970 by a clock that knows nothing stands; by a trusted one it is old news."""
    health = msgspec.structs.replace(make_health(province), clock=clock)
    old = msgspec.structs.replace(said(province), at=province.now - timedelta(days=5_000))
    teller.tell(teller.report(warnings=(old,), told=health))
    with province.house.reading() as unit:
        (warning,) = list_warnings(unit, device=teller.device, now=province.now)
    assert warning.phase is phase


def test_an_end_without_a_beginning_is_over(province: Province, teller: Teller) -> None:
    """Where only the end was told, nobody is alarmed, and it says that its beginning is not known."""
    teller.tell(teller.report(warnings=(said(province, over=True),)))
    with province.house.reading() as unit:
        (warning,) = list_warnings(unit, device=teller.device, now=province.now)
    assert (warning.phase, warning.since) == (WarningPhase.ENDED, None)


# --- keeping -------------------------------------------------------------------------------------


def test_findings_are_forgotten_in_time(province: Province, teller: Teller) -> None:
    """Readiness goes after a month, warnings after more than a year; what is younger stays."""
    teller.tell(teller.report(readiness=(found(province, GOOD),), warnings=(said(province),)))
    counts = []
    for span in (READINESS_KEPT, timedelta(seconds=1), WARNINGS_KEPT):
        province.clock.pass_by(span)
        sweep(province.house, now=province.now)
        with province.house.reading() as unit:
            counts.append((len(list_readiness(unit)), len(list_warnings(unit, now=province.now))))
    assert counts == [(1, 1), (0, 1), (0, 0)]


def test_a_mad_appliance_does_not_fill_the_disk(province: Province, teller: Teller) -> None:
    """Of one appliance only the newest findings are kept; its neighbour's are not touched."""
    neighbour = Teller(province)
    neighbour.tell(neighbour.report(readiness=(found(province, GOOD),)))
    for _ in range(11):
        teller.tell(teller.report(readiness=(found(province, NO_FILE),) * 50))
    sweep(province.house, now=province.now)
    with province.house.reading() as unit:
        assert len(list_readiness(unit, device=teller.device, limit=2_000)) == MOST_PER_DEVICE
        assert len(list_readiness(unit, device=neighbour.device)) == 1


def test_a_warning_is_evidence_and_readiness_is_not(province: Province, teller: Teller) -> None:
    """The sealed report of a warning is kept for good, so it may come again after days."""
    bare, proof = (
        teller.report(readiness=(found(province, GOOD),)),
        teller.report(warnings=(said(province),)),
    )
    teller.tell(bare, proof, teller.report())
    province.clock.pass_by(timedelta(hours=2))
    sweep(province.house, now=province.now)
    assert [isinstance(a, Acknowledged) for a in teller.tell(proof, bare)] == [True, False]


# --- health --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said_of_it"),
    [
        ({"mains": False}, "mất điện lưới"),
        ({"alarms": ("Cửa tủ",)}, "Cửa tủ"),
        ({"faults": ("amplifier: không thấy chân 17",)}, "không thấy chân 17"),
        ({"vitals": Vitals(under_voltage=True)}, "điện áp"),
        ({"vitals": Vitals(temperature_c=84.0)}, "nóng 84 °C"),
        ({}, ""),
    ],
)
def test_what_complains_is_the_reason_that_is_shown(
    province: Province, teller: Teller, changes: dict[str, object], said_of_it: str
) -> None:
    """Mains, inputs, parts and gauges that are amiss are said in the appliance's own line."""
    health = msgspec.structs.replace(make_health(province), **changes)
    teller.tell(teller.report(told=health))
    with province.house.reading() as unit:
        state = device_named(unit, teller.device, now=province.now)
    assert state.step is Step.NO_PROGRAMME
    assert state.health == health
    assert said_of_it in state.why
    assert bool(said_of_it) or "chưa có lịch" in state.why


def test_systems_read_findings_and_warnings_and_ask_for_a_self_test(served: Served) -> None:
    """What an appliance reports over the wire is listed by the interface for people; a self-test is ordered there."""
    key = served.assign(OTHER)
    device, now = device_id(key.public), real_now()
    readiness = Readiness(
        at=now, of="test", title="Tự kiểm tra", starts=now, checks=(GOOD, NO_FILE)
    )
    warning = LocalWarning(
        at=now, id=f"local-{device}:0:1", by="Lan", headline="Cháy chợ", text="", zones=()
    )
    report = Report(
        device=device,
        counter=1,
        previous_sha256=Sha256("0" * 64),
        issued=now,
        readiness=(readiness,),
        warnings=(warning,),
    )
    sealed = seal.seal(Kind.REPORT, codec.encode(report), [key])
    with served.appliance(key) as loa:
        for _ in range(2):
            assert loa.post("/reports", content=sealed).json() == {"acknowledged": 1}
    with served.person() as lan:
        (found,) = lan.get("/readiness", params={"device": device}).json()
        assert (found["word"], found["checks"][1]["name"]) == ("chưa sẵn sàng", "contents")
        (told,) = lan.get("/warnings", params={"area": OTHER}).json()
        assert (told["word"], told["device"], told["by"]) == ("đang cảnh báo", device, "Lan")
        whole = lan.get(f"/devices/{device}").json()
        assert (len(whole["readiness"]), len(whole["warnings"])) == (1, 1)
        ordered = lan.post(f"/devices/{device}/commands", json={"do": "self-test"})
        assert ordered.status_code == 202
