from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.documents import Policy, QuietHours, Rank, VolumeCap
from contract.policy import Verdict, next_change, verdict, volume_cap_pct
from tests.contract.drawn import US

ZONE = "Asia/Ho_Chi_Minh"
MINUTE = timedelta(minutes=1)
BELOW = (Rank.FILLER, Rank.NORMAL, Rank.PRIORITY, Rank.OVERRIDE, Rank.LIVE)
ALWAYS = (Rank.SILENCE, Rank.EMERGENCY_COMMUNE, Rank.EMERGENCY_PROVINCE)
MANY = settings(max_examples=300)


def local(wall: str, day: date = date(2026, 11, 23)) -> datetime:
    """Return the instant of a wall time in Đồng Tháp."""
    return datetime.combine(day, time.fromisoformat(wall), tzinfo=ZoneInfo(ZONE)).astimezone(UTC)


def hours(start: str, end: str) -> QuietHours:
    """Return quiet hours from start to end."""
    return QuietHours(start=time.fromisoformat(start), end=time.fromisoformat(end))


def ask(
    policy: Policy, wall: str, rank: Rank = Rank.NORMAL, session_s: float = 0, day_s: float = 0
) -> Verdict:
    """Return the verdict at a wall time."""
    return verdict(policy, ZONE, local(wall), rank, session_s, day_s)


# --- quiet hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", BELOW)
def test_quiet_hours_refuse_every_rank_below_emergency(rank: Rank) -> None:
    """At 04:59 filler, slots, staff override and staff live are refused alike; at 05:30 none is."""
    refused = ask(Policy(), "04:59", rank)
    assert (refused.allowed, refused.code, refused.until) == (False, "quiet-hours", local("05:30"))
    assert ask(Policy(), "05:30", rank).allowed


@pytest.mark.parametrize("rank", ALWAYS)
def test_no_rule_holds_back_an_emergency_or_silence(rank: Rank) -> None:
    """Emergencies sound in quiet hours and with every quota used up."""
    strict = Policy(max_minutes_per_session=1, max_minutes_per_day=1)
    assert ask(strict, "02:00", rank, 9_999, 9_999) == Verdict(allowed=True)


@pytest.mark.parametrize(
    ("wall", "allowed"),
    [
        ("20:59:59.999999", True),
        ("21:00", False),
        ("23:59:59", False),
        ("00:00", False),
        ("05:29:59.999999", False),
        ("05:30", True),
    ],
)
def test_quiet_hours_pass_midnight_and_exclude_their_end(wall: str, *, allowed: bool) -> None:
    """The default holds from 21:00 to before 05:30 on both sides of midnight."""
    assert ask(Policy(), wall).allowed is allowed


def test_the_refusal_names_rule_and_hours() -> None:
    """Staff read which hours are quiet and from when sound is allowed again."""
    why = ask(Policy(), "21:30").why
    assert why == "Giờ yên tĩnh 21:00–05:30: chỉ được phát khẩn cấp; được phát lại từ 05:30."


def test_quiet_hours_that_touch_end_together() -> None:
    """Two rules that meet at midnight promise no sound at midnight."""
    policy = Policy(quiet=(hours("21:00", "00:00"), hours("00:00", "05:30")))
    assert ask(policy, "22:00").until == local("05:30", date(2026, 11, 24))
    assert ask(policy, "05:30").until == local("21:00")


def test_hours_that_end_as_they_start_are_the_whole_day() -> None:
    """Quiet from 00:00 to 00:00 is always, so no instant is promised; no rule at all is never."""
    always = ask(Policy(quiet=(hours("00:00", "00:00"),)), "12:00")
    assert (always.allowed, always.until) == (False, None)
    assert ask(Policy(quiet=()), "02:00") == Verdict(allowed=True)


# --- quotas ---------------------------------------------------------------------------------------


def test_the_days_quota_ends_at_local_midnight() -> None:
    """After its minutes the day is over until 00:00 on the wall, not in UTC."""
    policy = Policy(max_minutes_per_day=60, quiet=())
    refused = ask(policy, "17:00", day_s=3_600)
    assert (refused.code, refused.until) == ("day-quota", local("00:00", date(2026, 11, 24)))
    assert refused.why == "Đã phát đủ 60 phút của ngày; được phát lại từ 00:00."
    assert ask(policy, "17:00", day_s=3_599.5).until == local("17:00:00.5")


def test_the_sessions_quota_is_its_own() -> None:
    """A session's minutes end that session; time alone does not give them back."""
    policy = Policy(max_minutes_per_session=30, max_minutes_per_day=60, quiet=())
    refused = ask(policy, "17:30", session_s=1_800, day_s=1_800)
    assert (refused.code, refused.until) == ("session-quota", None)
    assert refused.why == "Đã phát đủ 30 phút của một buổi phát."
    assert ask(policy, "17:30", session_s=0, day_s=1_800).allowed


def test_zero_minutes_mean_no_quota() -> None:
    """A policy without quotas lets a whole day sound."""
    assert ask(Policy(quiet=()), "12:00", session_s=86_400, day_s=86_400) == Verdict(allowed=True)


# --- volume ---------------------------------------------------------------------------------------


def test_the_strictest_volume_cap_of_the_hour_holds() -> None:
    """Of two caps the lower counts; outside both there is none; the end is exclusive."""
    policy = Policy(
        volume_caps=(
            VolumeCap(start=time(18), end=time(7), max_pct=60),
            VolumeCap(start=time(5), end=time(6), max_pct=40),
        )
    )
    asked = ("04:59", "05:00", "06:00", "07:00", "18:00")
    caps = [volume_cap_pct(policy, ZONE, local(wall), Rank.LIVE) for wall in asked]
    assert caps == [60, 40, 60, 100, 60]


@pytest.mark.parametrize("rank", ALWAYS[1:])
def test_an_emergency_obeys_its_own_cap_alone(rank: Rank) -> None:
    """The cap by the hour does not bind an emergency, its own cap does."""
    cap = VolumeCap(start=time(0), end=time(0), max_pct=10)
    policy = Policy(volume_caps=(cap,), emergency_cap_pct=90)
    assert volume_cap_pct(policy, ZONE, local("02:00"), rank) == 90
    assert volume_cap_pct(policy, ZONE, local("02:00"), Rank.LIVE) == 10


# --- properties -----------------------------------------------------------------------------------

walls = st.sampled_from([time(0), time(0, 1), time(5, 30), time(12), time(21), time(23, 59, 59)])
policies = st.builds(
    Policy,
    quiet=st.lists(st.builds(QuietHours, start=walls, end=walls), max_size=3).map(tuple),
    max_minutes_per_session=st.sampled_from([0, 1, 60]),
    max_minutes_per_day=st.sampled_from([0, 1, 90]),
    volume_caps=st.lists(
        st.builds(VolumeCap, start=walls, end=walls, max_pct=st.integers(0, 100)), max_size=3
    ).map(tuple),
)
instants = st.tuples(walls, st.sampled_from([-MINUTE, -US, timedelta(0), US, MINUTE])).map(
    lambda drawn: local(drawn[0].isoformat()) + drawn[1]
)
sounded = st.sampled_from([0.0, 59.999999, 60.0, 3_600.0, 86_400.0])


@MANY
@given(policies, instants, st.sampled_from(BELOW), sounded, sounded)
def test_quiet_is_what_the_wall_clock_says(
    policy: Policy, instant: datetime, rank: Rank, session_s: float, day_s: float
) -> None:
    """Refused for quiet exactly when the wall time lies in a rule's hours."""
    wall = instant.astimezone(ZoneInfo(ZONE)).time()
    inside = any(
        q.start <= wall < q.end if q.start < q.end else wall >= q.start or wall < q.end
        for q in policy.quiet
    )
    said = verdict(policy, ZONE, instant, rank, session_s, day_s)
    assert (said.code == "quiet-hours") is inside
    assert said.allowed is not bool(said.code)
    assert bool(said.why) is bool(said.code)


@MANY
@given(policies, instants, sounded, sounded, st.floats(0, 0.999))
def test_a_verdict_stands_until_its_until(
    policy: Policy, instant: datetime, session_s: float, day_s: float, part: float
) -> None:
    """Sounding on if allowed, silent if not, the answer holds before `until` and is another then.

    Only what is left of a day's quota at midnight is left unused: there `until` is too early, not late.
    """
    first = verdict(policy, ZONE, instant, Rank.NORMAL, session_s, day_s)
    end = first.until or instant + timedelta(hours=3)
    day_end = local("00:00", instant.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1))

    def later(at: datetime) -> Verdict:
        more_s = (at - instant).total_seconds() if first.allowed else 0.0
        today_s = day_s + more_s if at < day_end else 0.0
        return verdict(policy, ZONE, at, Rank.NORMAL, session_s + more_s, today_s)

    for inside in (min(instant + (end - instant) * part, end - US), end - US):
        assert later(inside).code == first.code
    if first.until is not None:
        assert first.until > instant
        if not first.allowed or first.until < day_end:
            assert later(first.until).code != first.code


@MANY
@given(policies, instants)
def test_nothing_changes_before_the_next_change(policy: Policy, instant: datetime) -> None:
    """Quiet and volume cap are alike up to `next_change`, which comes by midnight at the latest."""
    change = next_change(policy, ZONE, instant)
    midnight = local("00:00", instant.astimezone(ZoneInfo(ZONE)).date() + timedelta(days=1))
    assert instant < change <= midnight
    for at in (instant + (change - instant) / 2, change - US):
        before, after = (
            (
                verdict(policy, ZONE, moment, Rank.NORMAL, 0, 0).code,
                volume_cap_pct(policy, ZONE, moment, Rank.NORMAL),
            )
            for moment in (instant, at)
        )
        assert before == after
