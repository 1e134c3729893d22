"""Self-test: one low tone in each zone in turn, so that somebody at the foot of the pole can hear it.

Law of the room: pure. A tone claims the air like any decision of staff: quiet hours and emergencies are
above it, and a test that may not sound gives up its tones and says why. Once the tones are done, the silent
checks follow by the same look as a readiness.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from contract.documents import Check, Outcome, Play, Rank, Tone
from edge.core.air import Air, Claim, Refused
from edge.core.claims import is_done
from edge.core.desk import Desk, Test, noted
from edge.core.moment import Moment
from edge.core.page import NoteKind
from edge.core.sound import FromTone

TEST: Final = "test"  # what a self-test's look and its readiness are `of`
STEP_PATIENCE_S: Final = 12.0
TEST_VOLUME_PCT: Final = 20

replace = msgspec.structs.replace


def asked_test(desk: Desk, zones: tuple[str, ...], by: str, now: Moment) -> Desk:
    """Return the desk with a self-test begun, unless one runs; its tones are those of `zones`."""
    if desk.checks.test is not None and desk.checks.test.running:
        return desk
    here = tuple(z.name for z in desk.word.zones if z.name in zones)
    test = Test(at=now.wall, by=by, zones=here, step_since_mono_s=now.mono_s)
    desk = replace(desk, checks=replace(desk.checks, test=test, inspecting=None))
    return noted(desk, now.wall, NoteKind.STAFF, f"{by} chạy tự kiểm tra.")


def claims(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield the tone of the zone under test."""
    test = _in_tones(desk)
    if test is None:
        return
    key = tone_key(test)
    if is_done(desk, key):
        return
    zone = test.zones[test.step]
    yield Claim(
        rank=Rank.OVERRIDE,
        key=key,
        why=f"{test.by} đang thử vùng {title_of(desk, zone)}.",
        title=f"Thử vùng {title_of(desk, zone)}",
        source=FromTone(tone=Tone.CHECK),
        session=TEST,
        zones=frozenset({zone}),
        volume_pct=TEST_VOLUME_PCT,
        since=now.wall,
        until=now.wall + timedelta(seconds=STEP_PATIENCE_S),
        length_ms=1_000,
    )


def tone_key(test: Test) -> str:
    """Return the key of the tone now due."""
    return f"test/{test.at:%Y%m%dT%H%M%S}/{test.step}"


def title_of(desk: Desk, zone: str) -> str:
    """Return the title of a zone, its name when it is not one of ours."""
    return next((z.title for z in desk.word.zones if z.name == zone), zone)


def refused(desk: Desk, air: Air) -> Desk:
    """Return the desk with the self-test's tones given up where the policy refuses them now."""
    test = _in_tones(desk)
    if test is None:
        return desk
    no = next((r for r in air.refused if r.key == tone_key(test)), None)
    if no is None:
        return desk
    checks = (*test.checks, Check(name="tones", ok=False, why=no.why[:300]))
    test = replace(test, step=len(test.zones), checks=checks)
    return replace(desk, checks=replace(desk.checks, test=test))


def stepped(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the self-test one zone further, once this zone's tone has its record or its time is up."""
    test = _in_tones(desk)
    if test is None:
        return desk
    zone, key = test.zones[test.step], tone_key(test)
    play = next((p for p in desk.untold.plays if p.key == key), None)
    if play is None and now.mono_s - test.step_since_mono_s < STEP_PATIENCE_S:
        return desk
    check = tone_check(title_of(desk, zone), zone, play)
    test = replace(
        test, step=test.step + 1, step_since_mono_s=now.mono_s, checks=(*test.checks, check)
    )
    return replace(desk, checks=replace(desk.checks, test=test))


def wants_look(desk: Desk) -> bool:
    """Return whether a self-test has its tones behind it and waits for the silent checks."""
    test = desk.checks.test
    return test is not None and test.running and test.step >= len(test.zones)


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds the self-test goes on without an event."""
    test = desk.checks.test
    if test is None or not test.running:
        return []
    return [test.step_since_mono_s + STEP_PATIENCE_S - now.mono_s]


def _in_tones(desk: Desk) -> Test | None:
    """Return the self-test under way whose tones are not all done."""
    test = desk.checks.test
    return test if test is not None and test.running and test.step < len(test.zones) else None


def tone_check(title: str, zone: str, play: Play | None) -> Check:
    """Return what the record of a zone's tone says of it; None where it never sounded."""
    name = f"zone-{zone}"[:40].rstrip("-")
    if play is None:
        why = f"{title}: không phát được âm thử; thiết bị đang bận hoặc rơ-le không đóng."
    elif zone not in play.zones:
        why = f"{title}: rơ-le không đóng; kiểm tra dây và chân điều khiển."
    elif play.outcome is Outcome.SILENT:
        why = f"{title}: không có âm thanh ở đầu ra; kiểm tra thiết bị âm thanh."
    elif play.heard_pct is not None and play.heard_pct == 0:
        why = f"{title}: có tín hiệu nhưng micrô không nghe thấy loa; kiểm tra amply và dây loa."
    else:
        return Check(name=name, ok=True, why="")
    return Check(name=name, ok=False, why=why)
