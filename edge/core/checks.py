"""Readiness and self-test: can this appliance sound what is to come, and if not, why not.

Law of the room: pure. Half an hour before each window, and whenever somebody asks, what the desk knows is
laid beside what the hands find without a sound. A self-test adds one low tone in each zone, which claims
the air like any decision of staff: quiet hours and emergencies are above it.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import msgspec

from contract import policy as law
from contract import timeline
from contract.documents import Check, InputKind, Outcome, Play, Rank, Readiness, Sha256, Tone
from contract.timeline import Cue
from edge.core.air import Air, Claim, Refused
from edge.core.claims import is_done, lack, unapproved
from edge.core.desk import Checks, Desk, Inspecting, Test, noted
from edge.core.events import Inspected
from edge.core.moment import Clock, Moment
from edge.core.orders import Ask, Inspect
from edge.core.page import NoteKind
from edge.core.scheduled import rank_of
from edge.core.sound import FromTone

BEFORE_S: Final = 1_800.0
ASKED_HORIZON_S: Final = 86_400.0
AGAIN_S: Final = 300.0  # what was not ready is looked after again, until it starts
ANSWERS: Final = 2  # the shelf's and the player's
PATIENCE_S: Final = 20.0
STEP_PATIENCE_S: Final = 12.0
TEST_VOLUME_PCT: Final = 20
LEAST_FREE_BYTES: Final = 50_000_000
HOT_C: Final = 80.0
MOST_CHECKED: Final = 12
TEST: Final = "test"

replace = msgspec.structs.replace


# --- readiness ------------------------------------------------------------------------------------


def look(desk: Desk, now: Moment) -> tuple[Desk, tuple[Ask, ...]]:
    """Return the desk with a look under way where one is due, and the order for it."""
    desk = _closed(desk, now)
    checks = desk.checks
    if checks.inspecting is not None:
        return desk, ()
    test = checks.test
    if test is not None and test.running and test.step >= len(test.zones):
        title = "Tự kiểm tra"
        return _inspect(desk, now, of=TEST, title=title, cues=_coming(desk, now, ASKED_HORIZON_S))
    if not checks.asked:
        return desk, ()
    desk = replace(desk, checks=replace(checks, asked=False))
    cues = _coming(desk, now, ASKED_HORIZON_S)
    of = f"slot/{cues[0].key}" if cues else "asked"
    title = cues[0].slot.title if cues else "Không có lịch trong 24 giờ tới"
    return _inspect(desk, now, of=of, title=title, cues=cues)


def due(desk: Desk, now: Moment) -> Desk:
    """Return the desk asking for a look when a window opens within half an hour and none was taken."""
    cues = _coming(desk, now, BEFORE_S)
    if not cues:
        return desk
    key = _window(cues[0])
    last = desk.checks.seen.get(key)
    readiness = desk.checks.readiness
    was_ready = readiness is not None and readiness.ready and last is not None
    if was_ready or (last is not None and now.mono_s - last < AGAIN_S):
        return desk
    return replace(desk, checks=replace(desk.checks, asked=True))


def _window(cue: Cue) -> str:
    return f"{cue.slot.id}/{cue.opens:%Y%m%dT%H%M}"


def _coming(desk: Desk, now: Moment, horizon_s: float) -> tuple[Cue, ...]:
    """Return the first item of the next window to open, and of those that open with it."""
    programme = desk.word.programme
    if programme is None:
        return ()
    at, end = now.wall, now.wall + timedelta(seconds=horizon_s)
    for _ in range(40):  # items of a running window come first; they are not what is asked
        cues = timeline.next_cue_after(programme, at, max(0.0, (end - at).total_seconds()))
        opening = tuple(c for c in cues if c.since == c.opens and c.opens > now.wall)
        if opening or not cues:
            return opening
        at = cues[0].since
    return ()


def _inspect(
    desk: Desk, now: Moment, *, of: str, title: str, cues: tuple[Cue, ...]
) -> tuple[Desk, tuple[Ask, ...]]:
    contents = dict.fromkeys(sha for cue in cues for sha in cue.slot.items)
    zones = {name for cue in cues for name in cue.slot.zones}
    here = frozenset(zone.name for zone in desk.word.zones)
    inspecting = Inspecting(
        of=of,
        title=title,
        starts=cues[0].since if cues else now.wall,
        since_mono_s=now.mono_s,
        zones=here & zones or here,
        contents=tuple(contents)[:MOST_CHECKED],
        checks=_own(desk, now, cues, tuple(contents)),
    )
    seen = dict(list(desk.checks.seen.items())[-32:])
    if cues:
        seen[_window(cues[0])] = now.mono_s
    checks = replace(desk.checks, inspecting=inspecting, seen=seen)
    on_shelf = tuple(s for s in inspecting.contents if s in desk.shelf)
    return replace(desk, checks=checks), (Inspect(of=of, contents=on_shelf),)


def answered(desk: Desk, event: Inspected) -> Desk:
    """Return the desk with a hand's findings."""
    inspecting = desk.checks.inspecting
    if inspecting is None or inspecting.of != event.of:
        return desk
    inspecting = replace(
        inspecting,
        answers=inspecting.answers + 1,
        checks=(*inspecting.checks, *event.checks)[:40],
    )
    return replace(desk, checks=replace(desk.checks, inspecting=inspecting))


def _closed(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the look finished, once all have answered or have had their time."""
    inspecting = desk.checks.inspecting
    if inspecting is None:
        return desk
    late = now.mono_s - inspecting.since_mono_s >= PATIENCE_S
    if inspecting.answers < ANSWERS and not late:
        return desk
    found = inspecting.checks
    if inspecting.answers < ANSWERS:
        why = "Có bộ phận không trả lời khi được hỏi: khởi động lại thiết bị nếu lặp lại."
        found = (*found[:39], Check(name="hands", ok=False, why=why))
    test = desk.checks.test
    if inspecting.of == TEST and test is not None:
        found = (*test.checks, *found)[:40]
        test = replace(test, checks=found, running=False)
    readiness = Readiness(
        at=now.wall,
        of=inspecting.of,
        title=inspecting.title,
        starts=inspecting.starts,
        checks=found,
    )
    untold = replace(desk.untold, readiness=(*desk.untold.readiness, readiness))
    kept = desk.checks.readiness if inspecting.of == TEST else readiness
    checks = replace(desk.checks, inspecting=None, readiness=kept, test=test)
    desk = replace(desk, checks=checks, untold=untold)
    bad = next((c.why for c in found if not c.ok), "")
    word = "sẵn sàng" if not bad else f"chưa sẵn sàng: {bad}"
    return noted(desk, now.wall, NoteKind.MACHINE, f"{inspecting.title}: {word}")


def _own(
    desk: Desk, now: Moment, cues: tuple[Cue, ...], contents: tuple[Sha256, ...]
) -> tuple[Check, ...]:
    """Return what the desk itself knows about sounding these cues."""
    checks = [
        _check("assigned", desk.word.assignment is None, "Thiết bị chưa được giao nhiệm vụ."),
        _check(
            "clock",
            desk.clock is Clock.UNKNOWN,
            "Đồng hồ chưa tin cậy: kiểm tra mạng hoặc máy chủ giờ.",
        ),
        *_papers(desk, now, cues, contents),
        *_wiring(desk),
        *_machine(desk),
    ]
    failed = desk.rig.failed
    for hand, what in (("player", "sound"), ("listener", "listener"), ("sensors", "inputs")):
        checks.append(_check(what, hand in failed, failed.get(hand, "")))  # type: ignore[call-overload]
    return tuple(checks)


def _check(name: str, bad: bool, why: str) -> Check:  # noqa: FBT001  what is wrong reads well beside why
    return Check(name=name, ok=not bad, why=why[:300] if bad else "")


def _papers(
    desk: Desk, now: Moment, cues: tuple[Cue, ...], contents: tuple[Sha256, ...]
) -> Iterator[Check]:
    programme = desk.word.programme
    over = programme is None or (bool(cues) and cues[0].since >= programme.expires)
    yield _check("programme", over, "Không có lịch phát còn hiệu lực.")
    then = Moment(cues[0].since, now.mono_s) if cues else now
    reasons = [r for sha in contents if (r := lack(desk, sha, then))]
    for cue in cues:
        live = cue.slot.live
        if live is not None and (r := unapproved(desk, live.approved_as, then)):
            reasons.append(r)
    why = f"{reasons[0][1]} ({len(reasons)} mục)" if reasons else ""
    yield _check("contents", bool(reasons), why)
    for cue in cues[:1]:
        session_s = desk.accounts.sessions_s.get(cue.session, 0.0)
        zone, day_s = desk.word.time_zone, desk.accounts.day_sounded_s
        verdict = law.verdict(desk.word.policy, zone, cue.since, rank_of(cue), session_s, day_s)
        yield _check("policy", not verdict.allowed, verdict.why)


def _wiring(desk: Desk) -> Iterator[Check]:
    rig = desk.rig
    stuck = ", ".join(z.title for z in desk.word.zones if z.name in rig.stuck)
    yield _check("relays", bool(stuck), f"Rơ-le không theo lệnh: {stuck}.")
    failed = rig.failed.get("amplifier", "")
    yield _check("amplifier", bool(failed), failed)
    complaints = ", ".join(
        i.title
        for i in (desk.word.assignment.inputs if desk.word.assignment else ())
        if i.kind in (InputKind.AMPLIFIER_FAULT, InputKind.BATTERY_LOW) and rig.inputs.get(i.name)
    )
    yield _check("inputs-alarm", bool(complaints), f"Đang báo lỗi: {complaints}.")
    yield _check("mains", mains(desk) is False, "Mất điện lưới: đang chạy bằng nguồn dự phòng.")


def mains(desk: Desk) -> bool | None:
    """Return whether mains power is there, None where no input tells it."""
    inputs = desk.word.assignment.inputs if desk.word.assignment else ()
    told = [desk.rig.inputs.get(i.name) for i in inputs if i.kind is InputKind.MAINS]
    known = [active for active in told if active is not None]
    return all(known) if known else None


def _machine(desk: Desk) -> Iterator[Check]:
    machine = desk.machine
    vitals, free = machine.vitals, machine.storage_free_bytes
    low = 0 < free < LEAST_FREE_BYTES
    yield _check("storage", low, f"Thẻ nhớ chỉ còn trống {free // 1_000_000} MB.")
    why = "Điện áp cấp cho bo mạch thấp: kiểm tra bộ nguồn và dây."
    yield _check("power", vitals.under_voltage is True, why)
    hot = vitals.temperature_c is not None and vitals.temperature_c >= HOT_C
    yield _check("temperature", hot, f"Bo mạch nóng {vitals.temperature_c or 0:.0f} °C.")
    lost = bool(machine.central is False and machine.central_heard is not None)
    yield Check(name="central", ok=True, why="Đang mất liên lạc với tỉnh." if lost else "")


# --- self-test ------------------------------------------------------------------------------------


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
    test = desk.checks.test
    if test is None or not test.running or test.step >= len(test.zones):
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
    test = desk.checks.test
    if test is None or not test.running or test.step >= len(test.zones):
        return desk
    no = next((r for r in air.refused if r.key == tone_key(test)), None)
    if no is None:
        return desk
    checks = (*test.checks, Check(name="tones", ok=False, why=no.why[:300]))
    test = replace(test, step=len(test.zones), checks=checks)
    return replace(desk, checks=replace(desk.checks, test=test))


def stepped(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the self-test one zone further, once this zone's tone has its record or its time is up."""
    test = desk.checks.test
    if test is None or not test.running or test.step >= len(test.zones):
        return desk
    zone, key = test.zones[test.step], tone_key(test)
    play = next((p for p in desk.untold.plays if p.key == key), None)
    if play is None and now.mono_s - test.step_since_mono_s < STEP_PATIENCE_S:
        return desk
    check = _tone_check(title_of(desk, zone), zone, play)
    test = replace(
        test, step=test.step + 1, step_since_mono_s=now.mono_s, checks=(*test.checks, check)
    )
    return replace(desk, checks=replace(desk.checks, test=test))


def _tone_check(title: str, zone: str, play: Play | None) -> Check:
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


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds something here is due without an event."""
    waits: list[float] = []
    if desk.checks.inspecting is not None:
        waits.append(desk.checks.inspecting.since_mono_s + PATIENCE_S - now.mono_s)
    test = desk.checks.test
    if test is not None and test.running:
        waits.append(test.step_since_mono_s + STEP_PATIENCE_S - now.mono_s)
    return waits


def begun(desk: Desk) -> Checks:
    """Return the checks with a look asked for."""
    return replace(desk.checks, asked=True)
