"""Findings: what the desk itself knows about sounding what is to come, before any hand is asked.

Law of the room: pure, and never a guess. Every finding is given, well or not, and always under the same
name; what is not well says why in words staff can act on. What nobody measured is not held against anybody.
"""

from collections.abc import Iterator
from typing import Final

from contract import policy as law
from contract.documents import Check, InputKind, Sha256
from contract.timeline import Cue
from edge.core.claims import lack, unapproved
from edge.core.desk import Desk
from edge.core.events import HandName
from edge.core.moment import Clock, Moment
from edge.core.scheduled import rank_of

LEAST_FREE_BYTES: Final = 50_000_000
HOT_C: Final = 80.0
HANDS: Final[tuple[tuple[HandName, str], ...]] = (
    ("player", "sound"),
    ("listener", "listener"),
    ("sensors", "inputs"),
)


def own(
    desk: Desk, now: Moment, cues: tuple[Cue, ...], contents: tuple[Sha256, ...]
) -> tuple[Check, ...]:
    """Return what the desk itself knows about sounding these cues, whose contents are `contents`."""
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
    checks += [_check(name, hand in failed, failed.get(hand, "")) for hand, name in HANDS]
    return tuple(checks)


def mains(desk: Desk) -> bool | None:
    """Return whether mains power is there, None where no input tells it."""
    inputs = desk.word.assignment.inputs if desk.word.assignment else ()
    told = [desk.rig.inputs.get(i.name) for i in inputs if i.kind is InputKind.MAINS]
    known = [active for active in told if active is not None]
    return all(known) if known else None


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
