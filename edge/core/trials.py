"""Trials: one relay's click, one low tone, one notice at its loudness, one pressed input, for whoever hands over.

Law of the room: pure, one at a time. A click sounds nothing, keeps the zone's least times and is never begun when
a sound is near; a tone claims the air like any decision of staff. None is begun while a warning is in force or
anything sounds, and what comes meanwhile ends it. In quiet hours only a low tone may sound, when the installer says so.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, assert_never

import msgspec

from contract.documents import Outcome, Play, Rank, Tone
from edge.core import alarms, self_test
from edge.core.air import Air, Claim, Refused
from edge.core.claims import is_done, volume_of, zones_of
from edge.core.desk import Desk, Trial, noted
from edge.core.events import StaffTried, TrialKind
from edge.core.moment import Moment
from edge.core.page import NoteKind, TrialView
from edge.core.sound import FromTone

SESSION: Final = "trial"
ON_S: Final = 1.0  # a relay that clicks stays on for so long, or for its own least time
CLICK_PATIENCE_S: Final = 15.0
STUCK_S: Final = 3.0
TONE_PATIENCE_S: Final = 25.0  # the slowest amplifier warms for ten seconds
PRESS_PATIENCE_S: Final = 20.0
_PATIENCE_S: Final = {
    TrialKind.CLICK: CLICK_PATIENCE_S,
    TrialKind.TONE: TONE_PATIENCE_S,
    TrialKind.LOUD: TONE_PATIENCE_S,
    TrialKind.INPUT: PRESS_PATIENCE_S,
}
_LENGTH_MS: Final = {Tone.CHECK: 1_000, Tone.CHIME: 1_500}
_BUSY: Final = "Thiết bị đang phát tiếng: đợi phát xong rồi thử lại."

replace = msgspec.structs.replace


def asked(desk: Desk, event: StaffTried, now: Moment) -> Desk:
    """Return the desk with a trial begun, or refused in words; one that still runs goes on instead."""
    before = desk.checks.trial
    if before is not None and before.running:
        return desk
    trial = Trial(
        kind=event.kind,
        target=event.target,
        by=event.by,
        at=now.wall,
        awake=event.awake and event.kind is TrialKind.TONE,
        since_mono_s=now.mono_s,
        step_since_mono_s=now.mono_s,
        before=desk.rig.inputs.get(event.target),
    )
    why = _hindrance(desk, trial)
    if why:
        return _with(desk, _over(trial, why))
    desk = noted(desk, now.wall, NoteKind.STAFF, f"{event.by} {_deed(desk, trial)}.")
    return _with(desk, trial)


def claims(desk: Desk, now: Moment) -> Iterator[Claim | Refused]:
    """Yield the tone of the trial under way."""
    trial = _running(desk)
    if trial is None or trial.kind not in (TrialKind.TONE, TrialKind.LOUD):
        return
    key = key_of(trial)
    if is_done(desk, key):
        return
    low = trial.kind is TrialKind.TONE
    tone = Tone.CHECK if low else Tone.CHIME
    loud_pct = volume_of(desk, now, 100, Rank.NORMAL)
    yield Claim(
        rank=Rank.OVERRIDE,
        key=key,
        why=f"{trial.by} đang nghiệm thu.",
        title=_title(desk, trial)[:200],
        source=FromTone(tone=tone),
        session=SESSION,
        zones=frozenset({trial.target}) if trial.target else zones_of(desk, ()),
        volume_pct=min(loud_pct, self_test.TEST_VOLUME_PCT) if low else loud_pct,
        since=now.wall,
        until=now.wall + timedelta(seconds=TONE_PATIENCE_S),
        length_ms=_LENGTH_MS[tone],
    )


def clicking(desk: Desk) -> frozenset[str]:
    """Return the zone whose relay ought to be on for a click, where nothing sounds or is about to."""
    trial = _running(desk)
    if trial is None or trial.kind is not TrialKind.CLICK or trial.step != 1:
        return frozenset()
    return frozenset({trial.target})


def watches(desk: Desk, name: str) -> bool:
    """Return whether this input is being tried: its press then says nothing but that it is wired."""
    trial = _running(desk)
    return trial is not None and trial.kind is TrialKind.INPUT and trial.target == name


def refused(desk: Desk, air: Air) -> Desk:
    """Return the desk with a tone given up that the policy refuses now."""
    trial = _running(desk)
    if trial is None:
        return desk
    no = next((r for r in air.refused if r.key == key_of(trial)), None)
    return desk if no is None else _with(desk, _over(trial, no.why))


def stepped(desk: Desk, now: Moment) -> Desk:
    """Return the desk with the trial as far as what was observed brought it, or its time has run out."""
    trial = _running(desk)
    if trial is None:
        return desk
    after = _observed(desk, trial, now)
    if after.running and now.mono_s - after.since_mono_s >= _PATIENCE_S[after.kind]:
        after = _over(after, _late(desk, after))
    return desk if after is trial else _with(desk, after)


def waits_s(desk: Desk, now: Moment) -> list[float]:
    """Return in how many seconds a trial goes on without an event."""
    trial = _running(desk)
    if trial is None:
        return []
    waits = [trial.since_mono_s + _PATIENCE_S[trial.kind] - now.mono_s]
    if trial.kind is TrialKind.CLICK:
        waits += [
            trial.step_since_mono_s + STUCK_S - now.mono_s,
            desk.rig.warm_since.get(trial.target, -1e9) + ON_S - now.mono_s,
        ]
    return waits


def trial_view(desk: Desk, now: Moment) -> TrialView | None:
    """Return what the page shows of the trial under way, or of the last."""
    trial = desk.checks.trial
    if trial is None:
        return None
    left_s = trial.since_mono_s + _PATIENCE_S[trial.kind] - now.mono_s if trial.running else 0.0
    return TrialView(
        kind=trial.kind,
        target=trial.target,
        title=_title(desk, trial),
        at=trial.at,
        running=trial.running,
        ok=trial.ok,
        why=trial.why,
        level_dbfs=trial.level_dbfs,
        heard_pct=trial.heard_pct,
        left_s=max(0.0, left_s),
    )


def key_of(trial: Trial) -> str:
    """Return the key of the play that a trial asks for."""
    return f"trial/{trial.at:%Y%m%dT%H%M%S%f}/{trial.kind}"


def _running(desk: Desk) -> Trial | None:
    trial = desk.checks.trial
    return trial if trial is not None and trial.running else None


def _with(desk: Desk, trial: Trial) -> Desk:
    return replace(desk, checks=replace(desk.checks, trial=trial))


def _over(trial: Trial, why: str = "", *, ok: bool = False) -> Trial:
    return replace(trial, running=False, ok=ok, why=why[:300])


def _is_warned(desk: Desk) -> bool:
    return any(not alarms.is_exercise(alarm) for alarm in desk.alarms)


def _hindrance(desk: Desk, trial: Trial) -> str:
    """Return why this cannot be tried now, empty when it can."""
    zones = {zone.name for zone in desk.word.zones}
    wired = {i.name for i in desk.word.assignment.inputs} if desk.word.assignment else set[str]()
    if trial.target and trial.target not in (wired if trial.kind is TrialKind.INPUT else zones):
        return "Thiết bị không có vùng hoặc đầu vào này: tải lại trang."
    if _is_warned(desk):
        return "Đang có cảnh báo ở đây: không thử gì cho đến khi cảnh báo kết thúc."
    if trial.kind is TrialKind.INPUT:
        return ""
    if desk.rig.playing is not None or desk.local.live or desk.local.override:
        return _BUSY
    if desk.local.silenced and trial.kind is not TrialKind.CLICK:
        return "Tỉnh đã ngắt tiếng thiết bị này (cắt phát khẩn)."
    test = desk.checks.test
    if test is not None and test.running:
        return "Thiết bị đang tự kiểm tra: đợi xong rồi thử lại."
    return ""


def _observed(desk: Desk, trial: Trial, now: Moment) -> Trial:
    match trial.kind:
        case TrialKind.CLICK:
            return _clicked(desk, trial, now)
        case TrialKind.TONE | TrialKind.LOUD:
            play = next((p for p in desk.untold.plays if p.key == key_of(trial)), None)
            return trial if play is None else _sounded(desk, trial, play)
        case TrialKind.INPUT:
            active = desk.rig.inputs.get(trial.target)
            if active is None or active == trial.before:
                return trial
            if trial.before is None:
                return replace(trial, before=active)
            return _over(trial, ok=True)
        case _:
            assert_never(trial.kind)


def _clicked(desk: Desk, trial: Trial, now: Moment) -> Trial:
    rig, zone = desk.rig, trial.target
    if rig.playing is not None or _is_warned(desk):
        return _over(trial, _BUSY)
    here_s = now.mono_s - trial.step_since_mono_s
    if zone in rig.stuck and here_s >= STUCK_S:
        return _over(trial, "Rơ-le không theo lệnh: kiểm tra dây và chân điều khiển.")
    on = rig.zones_on is not None and zone in rig.zones_on
    if trial.step == 1:
        done = on and now.mono_s - rig.warm_since.get(zone, now.mono_s) >= ON_S - 1e-4
    else:
        done = rig.zones_on is not None and not on
    if not done:
        return trial
    if trial.step == 2:
        return _over(trial, ok=True)
    return replace(trial, step=trial.step + 1, step_since_mono_s=now.mono_s)


def _sounded(desk: Desk, trial: Trial, play: Play) -> Trial:
    trial = replace(trial, level_dbfs=play.level_dbfs, heard_pct=play.heard_pct)
    if trial.kind is TrialKind.LOUD:
        silent = play.outcome is Outcome.SILENT
        return _over(trial, play.why if silent else "", ok=not silent)
    found = self_test.tone_check(self_test.title_of(desk, trial.target), trial.target, play)
    return _over(trial, found.why, ok=found.ok)


def _late(desk: Desk, trial: Trial) -> str:
    match trial.kind:
        case TrialKind.CLICK:
            return "Rơ-le không đóng được lúc này: sắp đến giờ phát, hoặc thiết bị đang bận."
        case TrialKind.TONE | TrialKind.LOUD:
            title = self_test.title_of(desk, trial.target)
            return self_test.tone_check(title, trial.target, None).why
        case TrialKind.INPUT:
            return "Không thấy tín hiệu thay đổi trong 20 giây: kiểm tra dây, chân và nút."
        case _:
            assert_never(trial.kind)


def _title(desk: Desk, trial: Trial) -> str:
    if trial.kind is TrialKind.INPUT:
        wired = desk.word.assignment.inputs if desk.word.assignment else ()
        return next((i.title for i in wired if i.name == trial.target), trial.target)
    if trial.kind is TrialKind.LOUD:
        return "Chuông ở mức âm lượng chung"
    return self_test.title_of(desk, trial.target)


def _deed(desk: Desk, trial: Trial) -> str:
    words = {
        TrialKind.CLICK: "thử rơ-le",
        TrialKind.TONE: "thử âm thấp",
        TrialKind.LOUD: "thử độ to",
        TrialKind.INPUT: "thử đầu vào",
    }
    late = " trong giờ yên tĩnh" if trial.awake else ""
    return f"{words[trial.kind]}{late}: {_title(desk, trial)}"
