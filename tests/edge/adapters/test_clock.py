"""The clock: who is believed about the time, for how long, and what no step can do."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.announcing import AHEAD
from contract.documents import SignedTime
from contract.testing import NOW, Authority
from contract.trust import TrustState
from edge.adapters import clock
from edge.adapters.clock import (
    ASK_AGAIN_S,
    ASK_EVERY_S,
    DISPUTE,
    TRUSTED_FOR_S,
    Belief,
    Bounds,
    Look,
    Source,
    WallClock,
    judge,
)
from edge.core.decide import decide
from edge.core.desk import Desk
from edge.core.events import ClockJudged, Started
from edge.core.moment import Clock
from tests.edge.adapters.link_rig import Rig, content_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FLOOR = NOW - timedelta(days=1)
BOUNDS = Bounds(FLOOR, NOW + timedelta(days=395))
S, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
YEARS = timedelta(days=3_650)
NONCE = base64.b64encode(bytes(32)).decode()


class Machine:
    """A machine whose three clocks are steered: time passes, the system clock steps, the kernel says yes or no."""

    def __init__(self, system: datetime, *, synchronised: bool = False) -> None:
        self.system = system
        self.mono_s = 7.0
        self.synchronised = synchronised
        self.state = TrustState.fresh(Authority.make(seed="clock").keyring, "A" * 42 + "M=", FLOOR)
        self.clock = WallClock(lambda: self.synchronised, lambda: self.system, lambda: self.mono_s)
        self.clock.look(self.state)

    def pass_by(self, span: timedelta, look_s: float = 10.0) -> None:
        """Let time pass, with a look each 10 s as the appliance does (or each `look_s`)."""
        left_s = span.total_seconds()
        while left_s > 0:
            step_s = min(left_s, look_s)
            self.system += timedelta(seconds=step_s)
            self.mono_s += step_s
            left_s -= step_s
            self.clock.look(self.state)

    def hear(self, now: datetime, way_s: float = 0.04) -> bool:
        """Have central answer a question that was sent `way_s` ago and signed half way."""
        signed = SignedTime(device=self.state.device, nonce=NONCE, now=now - way_s / 2 * S)
        return self.clock.answer(signed, self.mono_s - way_s, self.mono_s)

    def trust(self) -> Clock:
        """Return how far the time is believed."""
        return self.clock.state

    @property
    def seen(self) -> tuple[Clock, datetime]:
        """Return what the appliance believes."""
        return self.clock.state, self.clock.now()


def held(source: Source, wall: datetime, age_s: float = 0.0) -> Belief:
    """Return a belief that shows `wall` at 1,000 s and was last confirmed `age_s` before."""
    heard_s = 1_000.0 - age_s
    return Belief(source, wall - age_s * S, heard_s, heard_s, Clock.TRUSTED)


TABLE: list[tuple[str, Belief | None, datetime, bool, Source, datetime, Clock]] = [
    # what is believed, system clock, kept by the kernel -> source, wall, clock
    ("1970 at boot", None, EPOCH, False, Source.FLOOR, FLOOR, Clock.UNKNOWN),
    ("1970 at boot, 'kept'", None, EPOCH, True, Source.FLOOR, FLOOR, Clock.UNKNOWN),
    ("at the floor", None, FLOOR, False, Source.SYSTEM, FLOOR, Clock.FLOOR_ONLY),
    ("a little behind", None, FLOOR - AHEAD, True, Source.KERNEL, FLOOR - AHEAD, Clock.TRUSTED),
    ("behind", None, FLOOR - AHEAD - S, True, Source.FLOOR, FLOOR, Clock.UNKNOWN),
    ("at boot, kept", None, NOW, True, Source.KERNEL, NOW, Clock.TRUSTED),
    ("at boot, not kept", None, NOW, False, Source.SYSTEM, NOW, Clock.FLOOR_ONLY),
    ("ten years ahead at boot", None, NOW + YEARS, False, Source.FLOOR, FLOOR, Clock.UNKNOWN),
    (
        "ten years ahead, kept",
        None,
        NOW + YEARS,
        True,
        Source.KERNEL,
        NOW + YEARS,
        Clock.TRUSTED,
    ),
    (
        "set by hand after 1970",
        held(Source.FLOOR, FLOOR),
        NOW,
        False,
        Source.SYSTEM,
        NOW,
        Clock.FLOOR_ONLY,
    ),
    (
        "the floor goes on",
        held(Source.FLOOR, FLOOR, 60),
        EPOCH,
        False,
        Source.FLOOR,
        FLOOR,
        Clock.UNKNOWN,
    ),
    *(
        (f"{source}, a step of {step}", held(source, NOW), NOW + step, False, source, NOW, after)
        for source, after in (
            (Source.SYSTEM, Clock.FLOOR_ONLY),
            (Source.SIGNED, Clock.TRUSTED),
            (Source.KERNEL, Clock.TRUSTED),
        )
        for step in (HOUR, -HOUR, YEARS, -YEARS)
    ),
    *(
        (
            f"{source}, the kernel steps by {step}",
            held(source, NOW),
            NOW + step,
            True,
            Source.KERNEL,
            NOW + step,
            Clock.TRUSTED,
        )
        for source in (Source.FLOOR, Source.SYSTEM, Source.SIGNED, Source.KERNEL)
        for step in (HOUR, -HOUR)
    ),
    (
        "the kernel steps behind the floor",
        held(Source.SIGNED, NOW),
        NOW - YEARS,
        True,
        Source.SIGNED,
        NOW,
        Clock.TRUSTED,
    ),
    (
        "signed, nearly a day old",
        held(Source.SIGNED, NOW, TRUSTED_FOR_S - 1),
        EPOCH,
        False,
        Source.SIGNED,
        NOW,
        Clock.TRUSTED,
    ),
    (
        "signed, a day old",
        held(Source.SIGNED, NOW, TRUSTED_FOR_S),
        EPOCH,
        False,
        Source.SIGNED,
        NOW,
        Clock.FLOOR_ONLY,
    ),
    (
        "the kernel's word a day ago",
        held(Source.KERNEL, NOW, TRUSTED_FOR_S),
        NOW,
        False,
        Source.KERNEL,
        NOW,
        Clock.FLOOR_ONLY,
    ),
    (
        "signed, but the floor has passed it",
        held(Source.SIGNED, FLOOR - HOUR),
        NOW,
        False,
        Source.SYSTEM,
        NOW,
        Clock.FLOOR_ONLY,
    ),
    (
        "signed and system behind the floor",
        held(Source.SIGNED, FLOOR - HOUR),
        EPOCH,
        False,
        Source.FLOOR,
        FLOOR,
        Clock.UNKNOWN,
    ),
    (
        "signed, beyond the keyring's end",
        held(Source.SIGNED, NOW + YEARS),
        EPOCH,
        False,
        Source.SIGNED,
        NOW + YEARS,
        Clock.TRUSTED,
    ),
]


@pytest.mark.parametrize(
    ("before", "system", "kept", "source", "wall", "state"),
    [row[1:] for row in TABLE],
    ids=[row[0] for row in TABLE],
)
def test_a_look_is_judged_by_the_table(
    before: Belief | None,
    system: datetime,
    kept: bool,
    source: Source,
    wall: datetime,
    state: Clock,
) -> None:
    """Kernel, signed time, system clock and floor: who is believed, what the time is and how far it is trusted."""
    after = judge(before, Look(system, 1_000.0, kept), BOUNDS)
    assert (after.source, after.at(1_000.0), after.clock) == (source, wall, state)
    again = judge(after, Look(system, 1_000.0, kept), BOUNDS)
    assert again == after


@given(
    st.lists(
        st.tuples(
            st.sampled_from([HOUR, -HOUR, YEARS, -YEARS, 3 * S, NOW - EPOCH]), st.integers(0, 3_600)
        ),
        max_size=8,
    ),
    st.sampled_from(["kernel", "signed", "system"]),
)
@settings(max_examples=60, deadline=None)
def test_steps_of_an_unkept_clock_move_nothing(
    steps: list[tuple[timedelta, int]], word: str
) -> None:
    """However often and far the system clock steps, the time goes on from the last good word."""
    machine = Machine(NOW, synchronised=word == "kernel")
    if word == "signed":
        machine.system -= 3 * HOUR
        machine.hear(NOW)
    machine.synchronised = False
    trusted = Clock.FLOOR_ONLY if word == "system" else Clock.TRUSTED
    true = machine.clock.now()
    for step, then_s in steps:
        machine.system += min(step, datetime(9000, 1, 1, tzinfo=UTC) - machine.system)
        machine.system = max(machine.system, EPOCH)
        machine.pass_by(then_s * S, look_s=600)
        true += then_s * S
        assert abs(machine.clock.now() - true) < timedelta(milliseconds=1)
        assert machine.trust() is trusted


def test_1970_at_boot_is_mended_by_a_signed_time() -> None:
    """Unknown until central answers; then trusted and right to half the round trip, whatever the system shows."""
    machine = Machine(EPOCH)
    assert machine.seen == (Clock.UNKNOWN, FLOOR)
    assert machine.hear(NOW, way_s=0.3)
    state, wall = machine.seen
    assert state is Clock.TRUSTED
    assert abs(wall - NOW) <= timedelta(milliseconds=1)
    machine.pass_by(2 * HOUR, look_s=60)
    assert abs(machine.clock.now() - (NOW + 2 * HOUR)) <= timedelta(milliseconds=1)


def test_trust_in_a_signed_time_ends_after_a_day() -> None:
    """A day without a new answer leaves the time running but only floor-only; a new answer trusts it again."""
    machine = Machine(EPOCH)
    machine.hear(NOW)
    machine.pass_by(DAY - 60 * S, look_s=600)
    assert machine.trust() is Clock.TRUSTED
    machine.pass_by(2 * 60 * S)
    assert machine.trust() is Clock.FLOOR_ONLY
    assert abs(machine.clock.now() - (NOW + DAY + 60 * S)) <= timedelta(milliseconds=1)
    machine.hear(machine.clock.now())
    assert machine.trust() is Clock.TRUSTED


@pytest.mark.parametrize("way_s", [2.01, 60.0, -0.1])
def test_a_slow_answer_is_not_taken(way_s: float) -> None:
    """An answer uncertain by more than a second moves nothing; one of just a second does."""
    machine = Machine(EPOCH)
    assert not machine.hear(NOW, way_s=way_s)
    assert machine.seen == (Clock.UNKNOWN, FLOOR)
    assert machine.hear(NOW, way_s=2.0)
    assert machine.trust() is Clock.TRUSTED


def test_an_answer_corrects_only_what_it_can_know() -> None:
    """Within its own uncertainty an answer confirms; beyond it, it moves the time."""
    machine = Machine(EPOCH)
    machine.hear(NOW, way_s=0.02)
    machine.hear(NOW + 0.4 * S, way_s=1.0)
    assert abs(machine.clock.now() - NOW) < timedelta(milliseconds=1)
    machine.hear(NOW + 0.4 * S, way_s=0.02)
    assert abs(machine.clock.now() - (NOW + 0.4 * S)) < timedelta(milliseconds=20)


def test_kernel_and_central_that_contradict_each_other_are_both_in_doubt() -> None:
    """One lies, nobody knows which: nothing is scheduled, expiries are judged by the floor, until they agree."""
    machine = Machine(NOW, synchronised=True)
    assert machine.hear(NOW + DISPUTE - S)
    assert machine.seen == (Clock.TRUSTED, NOW)
    assert machine.hear(NOW + HOUR)
    assert machine.seen == (Clock.UNKNOWN, NOW)
    assert machine.clock.disputed >= HOUR - S
    machine.pass_by((ASK_AGAIN_S + 10) * S)
    assert machine.clock.may_ask(), "it is asked each minute, not each hour"
    machine.hear(machine.clock.now())
    assert machine.trust() is Clock.TRUSTED


def test_a_kernel_that_leaps_away_from_a_good_time_is_doubted_until_central_is_heard() -> None:
    """A time service that suddenly tells another day is not followed: central is asked at once and decides."""
    for says, trusted in ((DAY, Clock.TRUSTED), (timedelta(0), Clock.UNKNOWN)):
        machine = Machine(NOW, synchronised=True)
        machine.hear(NOW)
        machine.system += DAY
        machine.pass_by(10 * S)
        assert machine.trust() is Clock.UNKNOWN
        assert machine.clock.may_ask()
        machine.hear(NOW + says + 10 * S)
        assert machine.trust() is trusted


def test_a_leap_that_nobody_contradicts_is_followed_after_an_hour() -> None:
    """With central away somebody may have set the clock right; a small correction is followed at once."""
    machine = Machine(NOW, synchronised=True)
    machine.system += DISPUTE - S
    machine.pass_by(10 * S)
    assert machine.trust() is Clock.TRUSTED
    machine.system += DAY
    machine.pass_by(ASK_EVERY_S * S)
    assert machine.trust() is Clock.UNKNOWN
    machine.pass_by(20 * S)
    assert machine.trust() is Clock.TRUSTED


def test_the_kernels_word_stands_above_centrals() -> None:
    """While a time service keeps the clock an answer changes no time; once it no longer does, it counts."""
    machine = Machine(NOW, synchronised=True)
    assert machine.hear(NOW + HOUR)
    assert machine.clock.now() == NOW
    machine.hear(NOW)
    machine.synchronised = False
    machine.pass_by(10 * 60 * S)
    assert machine.seen == (Clock.TRUSTED, NOW + 10 * 60 * S)
    machine.hear(NOW + HOUR)
    assert machine.clock.source is Source.SIGNED
    assert abs(machine.clock.now() - (NOW + HOUR)) <= timedelta(milliseconds=1)


def test_the_question_is_asked_hourly_and_only_when_needed() -> None:
    """At once at boot, each minute until answered, then each hour, also while the kernel keeps the clock."""
    machine = Machine(EPOCH)
    assert machine.clock.may_ask()
    machine.pass_by((ASK_AGAIN_S - 10) * S)
    assert not machine.clock.may_ask()
    machine.pass_by(10 * S)
    assert machine.clock.may_ask()
    machine.hear(NOW)
    machine.pass_by((ASK_EVERY_S - 10) * S)
    assert not machine.clock.may_ask()
    machine.pass_by(10 * S)
    assert machine.clock.may_ask()
    machine.system, machine.synchronised = machine.clock.now(), True
    machine.hear(machine.clock.now())
    machine.pass_by((ASK_EVERY_S - 10) * S)
    assert not machine.clock.may_ask()
    machine.pass_by(10 * S)
    assert machine.clock.may_ask()


def test_a_higher_floor_unseats_a_clock_that_lags() -> None:
    """When documents prove that a later instant has passed, a lagging clock is unknown until it is told better."""
    machine = Machine(NOW)
    assert machine.trust() is Clock.FLOOR_ONLY
    machine.state = msgspec.structs.replace(machine.state, time_floor=NOW + HOUR)
    machine.pass_by(10 * S)
    assert machine.seen == (Clock.UNKNOWN, NOW + HOUR)
    machine.hear(NOW + HOUR + 10 * S)
    assert machine.trust() is Clock.TRUSTED


def test_a_change_is_counted_once() -> None:
    """What the loop must know of (another state, a step of the time) is counted; looks and time going by are not."""
    machine = Machine(NOW, synchronised=True)
    before = machine.clock.changes
    machine.pass_by(600 * S)
    assert machine.clock.changes == before
    machine.system += 10 * S
    machine.pass_by(20 * S)
    assert machine.clock.changes == before + 1
    machine.synchronised = False
    machine.pass_by((TRUSTED_FOR_S + 20) * S, look_s=600)
    assert machine.clock.changes == before + 2


def test_certificates_are_judged_by_a_good_clock_only() -> None:
    """A clock nobody vouches for, or a system clock known to be wrong, finds no certificate too old."""
    machine = Machine(NOW, synchronised=True)
    assert machine.clock.judges_certificates()
    assert not Machine(NOW).clock.judges_certificates()
    late = Machine(EPOCH)
    assert not late.clock.judges_certificates()
    late.hear(NOW)
    assert not late.clock.judges_certificates()
    late.system = NOW
    assert late.clock.judges_certificates()


def test_the_real_clock_runs() -> None:
    """On the kernel's own clocks two moments agree with each other and with the system's time."""
    real = WallClock(synchronised=lambda: True)
    assert real.state is Clock.UNKNOWN
    assert real.look(Machine(NOW).state) in set(Clock)
    before, after = real.moment(), real.moment()
    assert before.wall <= after.wall
    assert (after.wall - before.wall).total_seconds() == pytest.approx(
        after.mono_s - before.mono_s, abs=1e-5
    )
    assert isinstance(clock.kernel_is_synchronised(), bool)


def test_a_restart_in_1970_holds_the_schedule_and_says_why(tmp_path: Path) -> None:
    """After a power cut without a clock the programme is there but held, with the reason; a signed time frees it."""
    before = Rig(tmp_path, Authority.make())
    before.assign()
    content = content_of(b"tin", "0" * 64)
    before.gate.admit(before.programme(content), "poll")
    after = Rig(tmp_path, before.authority)
    machine = Machine(EPOCH)
    machine.state = after.gate.state
    assert machine.state.time_floor > EPOCH + YEARS
    machine.pass_by(S)
    assert machine.trust() is Clock.UNKNOWN
    after.wall, after.clock = machine.clock.now(), machine.clock.trusted_now().clock
    papers = after.gate.restore()
    assert papers.programme is not None
    started = Started(
        device=after.identity.device,
        software="1",
        clock=machine.clock.state,
        assignment=papers.assignment,
        programme=papers.programme,
    )
    held_back = decide(Desk(), started, machine.clock.moment())
    assert "Đồng hồ" in held_back.air.claim.why
    signed = after.gate.take_time(before.authority.time(after.identity.device, NONCE), NONCE)
    assert signed is not None
    assert machine.clock.answer(signed, machine.mono_s - 0.02, machine.mono_s)
    freed = decide(held_back.desk, ClockJudged(clock=machine.clock.state), machine.clock.moment())
    assert "Đồng hồ" not in freed.air.claim.why
    assert machine.clock.trusted_now().clock == "trusted"
