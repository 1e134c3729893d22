"""The commissioning as it is made here: what is recorded so far, what the machine finds, and the paper at the end.

Law of the room: pure. A step can be done again, and its last result counts; one that only a person can judge never
passes on the machine's word, nor against it. Nothing is sealed while a step is undone.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from contract.commissioning import Step, Todo
from contract.documents import Assignment, Commissioning, DeviceName, StepRecord, StepResult, Title
from edge.core.desk import Value
from edge.core.findings import HOT_C
from edge.core.moment import Clock
from edge.core.page import PageView, TrialView

LEAST_FREE_BYTES: Final = 200_000_000
OFF_MOST_MS: Final = 2_000.0

replace = msgspec.structs.replace


class Reached(Value, frozen=True, kw_only=True):
    """What a question to central told: the round trip, and our clock less central's; `why` where nobody answered."""

    round_trip_ms: float | None = None
    offset_ms: float | None = None
    why: str = ""


class Finding(Value, frozen=True, kw_only=True):
    """What was found of a step."""

    result: StepResult
    why: str = ""
    measured: Mapping[str, float] = {}
    by_person: bool = False


class Draft(Value, frozen=True, kw_only=True):
    """A commissioning under way; `epoch` is that of the assignment it is about."""

    device: DeviceName
    epoch: int
    started: datetime
    by: Title
    pin: Title
    steps: tuple[StepRecord, ...] = ()
    note: str = ""
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    asked: Mapping[str, datetime] = {}  # when each step was last tried


def record_of(draft: Draft, step: str) -> StepRecord | None:
    """Return what is recorded of a step, None while it is undone."""
    return next((record for record in draft.steps if record.step == step), None)


def left_of(draft: Draft, todos: tuple[Todo, ...]) -> tuple[Todo, ...]:
    """Return the steps that are undone, in their order."""
    return tuple(todo for todo in todos if record_of(draft, todo.step) is None)


def recorded(draft: Draft, todo: Todo, found: Finding, at: datetime) -> Draft:
    """Return the draft with this finding as the step's last."""
    before = record_of(draft, todo.step)
    record = StepRecord(
        step=todo.step,
        title=todo.title,
        result=found.result,
        at=at,
        by_person=found.by_person,
        why=found.why[:300],
        measured=found.measured,
        tries=min(1_000, before.tries + 1 if before else 1),
    )
    others = tuple(one for one in draft.steps if one.step != todo.step)
    return replace(draft, steps=(*others, record))


def looked(todo: Todo, view: PageView, reached: Reached) -> Finding | None:
    """Return what the machine itself finds of a step, None where it is not the machine's to find."""
    match todo.kind:
        case Step.LINK:
            return _link(view, reached)
        case Step.CLOCK:
            return _clock(view, reached)
        case Step.POWER:
            return _power(view)
        case Step.DISK:
            return _disk(view)
        case _:
            return None


def answered(todo: Todo, trial: TrialView, answer: str) -> Finding:
    """Return what a trial and the person's answer to it add up to: `yes`, `no`, `soft` or `loud`.

    What the machine saw fail is not made good by a person's word; what it saw well, a person may still deny.
    """
    measured = _measured(
        ("level-dbfs", trial.level_dbfs),
        ("heard-pct", None if trial.heard_pct is None else float(trial.heard_pct)),
    )
    if not trial.ok:
        return Finding(
            result=StepResult.FAILED,
            why=trial.why,
            measured=measured,
            by_person=todo.kind is not Step.INPUT,
        )
    if todo.kind is Step.INPUT:
        return Finding(result=StepResult.PASSED)
    why = {
        "yes": "",
        "soft": "Người lắp đặt: nhỏ quá, không nghe rõ.",
        "loud": "Người lắp đặt: to quá.",
    }.get(answer, "Người lắp đặt không nghe, không thấy.")
    result = StepResult.PASSED if answer == "yes" else StepResult.FAILED
    return Finding(result=result, why=why, measured=measured, by_person=True)


def capped(view: PageView, answer: str) -> Finding:
    """Return the volume that a notice has now, as the person found it right or not."""
    right = answer == "yes"
    return Finding(
        result=StepResult.PASSED if right else StepResult.FAILED,
        why="" if right else "Người lắp đặt: mức trần không đúng với nơi này.",
        measured={"volume-pct": float(view.volume_pct)},
        by_person=True,
    )


def ready_of(view: PageView, since: datetime) -> Finding | None:
    """Return what the last look for the next slot found, None where none was taken `since`."""
    readiness = view.readiness
    if readiness is None or readiness.at < since:
        return None
    why = next((check.why for check in readiness.checks if not check.ok), "")
    result = StepResult.PASSED if readiness.ready else StepResult.FAILED
    return Finding(result=result, why=why or readiness.title)


def paper_of(draft: Draft, assignment: Assignment, software: str, now: datetime) -> Commissioning:
    """Return the paper to be sealed; all steps have been recorded, `todo_of` says which."""
    return Commissioning(
        device=draft.device,
        epoch=assignment.epoch,
        name=assignment.name,
        area=assignment.area,
        software=software or "0",
        started=draft.started,
        ended=max(now, draft.started),
        by=draft.by,
        pin=draft.pin,
        steps=draft.steps,
        note=draft.note,
        latitude_deg=draft.latitude_deg,
        longitude_deg=draft.longitude_deg,
    )


def _measured(*facts: tuple[str, float | None]) -> dict[str, float]:
    return {name: round(value, 3) for name, value in facts if value is not None}


def _finding(why: str, *facts: tuple[str, float | None]) -> Finding:
    result = StepResult.FAILED if why else StepResult.PASSED
    return Finding(result=result, why=why, measured=_measured(*facts))


def _link(view: PageView, reached: Reached) -> Finding:
    signal = view.vitals.signal_pct
    why = "" if reached.round_trip_ms is not None else reached.why or "Máy tỉnh không trả lời."
    return _finding(
        why,
        ("round-trip-ms", reached.round_trip_ms),
        ("signal-pct", None if signal is None else float(signal)),
    )


def _clock(view: PageView, reached: Reached) -> Finding:
    off_ms = reached.offset_ms
    why = ""
    if view.clock is not Clock.TRUSTED:
        why = "Đồng hồ chưa tin cậy: kiểm tra mạng hoặc máy chủ giờ, đợi một phút rồi thử lại."
    elif off_ms is not None and abs(off_ms) > OFF_MOST_MS:
        why = f"Đồng hồ lệch giờ tỉnh {off_ms / 1000:.1f} giây."
    return _finding(why, ("offset-ms", off_ms), ("error-ms", view.vitals.clock_error_ms))


def _power(view: PageView) -> Finding:
    vitals = view.vitals
    hot = vitals.temperature_c is not None and vitals.temperature_c >= HOT_C
    why = ""
    if vitals.under_voltage:
        why = "Điện áp cấp cho bo mạch thấp: kiểm tra bộ nguồn và dây."
    elif hot:
        why = f"Bo mạch nóng {vitals.temperature_c:.0f} °C: kiểm tra chỗ thoáng của tủ."
    elif view.mains is False:
        why = "Không có điện lưới: đang chạy bằng nguồn dự phòng."
    return _finding(why, ("temperature-c", vitals.temperature_c))


def _disk(view: PageView) -> Finding:
    vitals, free = view.vitals, view.storage_free_bytes
    why = ""
    if 0 < free < LEAST_FREE_BYTES:
        why = f"Thẻ nhớ chỉ còn trống {free // 1_000_000} MB."
    elif vitals.file_system_errors:
        why = f"Thẻ nhớ có {vitals.file_system_errors} lỗi: thay thẻ khác."
    elif vitals.card_worn_pct is not None and vitals.card_worn_pct >= 100:
        why = "Thẻ nhớ đã mòn hết tuổi thọ: thay thẻ khác."
    return _finding(
        why,
        ("free-mb", free / 1_000_000 if free else None),
        ("worn-pct", None if vitals.card_worn_pct is None else float(vitals.card_worn_pct)),
    )
