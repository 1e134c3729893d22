"""From the plan to the loudspeaker: onset of slots, delay of emergencies, start, memory and idle CPU.

A real central and three real appliances (libVLC into a private PulseAudio, each sink recorded at 48 kHz). One
slot sounds a short tune round after round; each onset is compared with the instant that the timeline names.
Then emergencies are raised and cancelled; the delay runs from before the request is sent to the first sample.
Prints a table; with `--keep` writes it as JSON under bench/results.
"""

import argparse
import json
import platform
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from contract.documents import Announcement, AnnouncementInfo, MessageType, Repeat, Status
from provisioning.rehearsal import evidence, story
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import WARM_UP_S, Province, Site
from provisioning.rehearsal.sound import Recorder

ROUNDS: Final = 60
TUNE_S: Final = 1.5
GAP_S: Final = 1
SHOTS: Final = 15
STARTS: Final = 5


def quantiles(values: list[float]) -> dict[str, float]:
    """Return count, median, p99 and the worst of absolute values."""
    ordered = sorted(abs(v) for v in values)
    if not ordered:
        return {"n": 0}
    at = min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))
    return {
        "n": len(ordered),
        "median": round(statistics.median(values), 1),
        "p99": round(ordered[at], 1),
        "worst": round(ordered[-1], 1),
    }


def main() -> None:
    """Run the rig."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--keep", action="store_true", help="write bench/results/broadcast.json")
    keep = words.parse_args().keep
    sites = tuple(Site(s.name, s.title, s.area, s.sink) for s in story.sites(utc_now()))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, ExitStack() as stack:
        sound = stack.enter_context(story.sound_server(sites))
        recorders = {s.sink: stack.enter_context(sound.recorder(s.sink)) for s in sites}
        province = Province(
            Path(folder), sites, dict(sound.environment), sound.server, health_s=60.0
        )
        stack.callback(province.stop)
        province.make()
        province.start_central()
        for appliance in province.appliances:
            province.assign(appliance, utc_now())
            appliance.child.start()
        result = {
            "machine": f"{platform.machine()} {cpu()} x {len(cores())}, {platform.platform()}",
            "python": platform.python_version(),
            "onset_error_ms": onsets(province, recorders, Path(folder)),
            "emergency_ms_beyond_warm_up": emergencies(province, recorders),
            "idle_cpu_pct": idle_cpu(province, recorders),
            "tree_pss_mb": [round(a.child.tree_pss_bytes() / 1e6, 1) for a in province.appliances],
            "cold_start_s": cold_starts(province),
        }
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if keep:
        target = Path(__file__).parent / "results" / "broadcast.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def cpu() -> str:
    """Return the processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")), ""
    )


def cores() -> list[str]:
    """Return a line for each core."""
    return [
        line
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("processor")
    ]


def onsets(province: Province, recorders: dict[str, Recorder], folder: Path) -> dict[str, object]:
    """Return the onset errors of all rounds at all appliances, and how far two appliances are apart."""
    wav = folder / "round.wav"
    source = f"aevalsrc=0.4*sin(2*PI*440*t):d={TUNE_S}:s=48000"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", source, str(wav)], check=True
    )
    editor, approver = province.office("bientap"), province.office("duyet")
    record = editor.upload(wav, "Âm chuẩn", "dt", "audio/wav")
    until = utc_now() + timedelta(days=1)
    approver.approve(record["sha256"], "Âm chuẩn", "dt", province.keys.approve, until)
    start = (utc_now() + timedelta(seconds=10)).replace(microsecond=0)
    step_s = record["duration_ms"] / 1000 + GAP_S
    local = start.astimezone(story.ZONE)
    slot = {
        "id": "vong",
        "title": "Vòng lặp",
        "recurrence": {"kind": "once", "on": local.date().isoformat()},
        "start": local.time().isoformat(timespec="seconds"),
        "window_s": round(ROUNDS * step_s) + 1,
        "items": [record["sha256"]],
        "repeat_count": ROUNDS,
        "gap_s": GAP_S,
    }
    editor.add_slot("dt", slot)
    editor.publish("dt")
    time.sleep((start - utc_now()).total_seconds() + ROUNDS * step_s + 2)
    zero = start.timestamp() - utc_now().timestamp() + time.monotonic()
    by_site = {sink: _errors(recorder, zero, step_s) for sink, recorder in recorders.items()}
    pairs = [
        max(ms) - min(ms)
        for ms in zip(*by_site.values(), strict=True)
        if all(value == value for value in ms)  # noqa: PLR0124  NaN is a round that was not heard
    ]
    heard = [ms for errors in by_site.values() for ms in errors if ms == ms]  # noqa: PLR0124  the same
    return {
        "all": quantiles(heard),
        "unheard": sum(len(errors) for errors in by_site.values()) - len(heard),
        "apart": quantiles(pairs),
    }


def _errors(recorder: Recorder, zero: float, step_s: float) -> list[float]:
    found = recorder.so_far().segments(evidence.SOUND_DBFS, 0.3)
    errors = []
    for number in range(ROUNDS):
        due = zero + number * step_s
        near = [(s.onset_mono_s - due) * 1000 for s in found if abs(s.onset_mono_s - due) < 0.5]
        errors.append(min(near, key=abs) if near else float("nan"))
    return errors


def emergencies(province: Province, recorders: dict[str, Recorder]) -> dict[str, float]:
    """Return the delays beyond the amplifiers' warm-up of so many warnings at two appliances."""
    office, key = province.office("truc"), province.keys.emergency[0]
    delays: list[float] = []
    for shot in range(SHOTS):
        sent = utc_now()
        warning = _warning(sent, shot, ())
        begin = time.monotonic()
        office.announce(warning, [key])
        time.sleep(1.6)
        for sink in ("loa1", "loa2"):
            found = [
                s
                for s in recorders[sink].so_far().segments(evidence.SOUND_DBFS, 0.3)
                if s.onset_mono_s > begin
            ]
            if found:
                delays.append((found[0].onset_mono_s - begin - WARM_UP_S) * 1000)
        office.announce(_warning(utc_now(), shot + 500, (warning.id,)), [key])
        time.sleep(2.5)
    return quantiles(delays)


def _warning(sent: datetime, number: int, of: tuple[str, ...]) -> Announcement:
    info = AnnouncementInfo(language="vi", headline="Thử cảnh báo", text="Đây là cảnh báo thử.")
    return Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp()) * 1000 + number}",
        message=MessageType.CANCEL if of else MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=("dt/my-phong",),
        references=of,
        event="Thử",
        repeat=Repeat(quick_rounds=1, quick_gap_s=60, slow_gap_s=None),
        infos=() if of else (info,),
    )


def idle_cpu(
    province: Province, recorders: dict[str, Recorder], seconds: float = 20.0
) -> list[float]:
    """Return the percentage of one core that each idle appliance takes, without the rig's own recorders.

    Three recorders at 48 kHz make the sound server wake everybody more often than any village would.
    """
    for recorder in recorders.values():
        recorder.stop()
    time.sleep(5.0)
    before = [a.child.cpu_s() for a in province.appliances]
    time.sleep(seconds)
    after = [a.child.cpu_s() for a in province.appliances]
    return [round((b - a) / seconds * 100, 2) for a, b in zip(before, after, strict=True)]


def cold_starts(province: Province) -> dict[str, float]:
    """Return how long one appliance takes from its start to ready, in seconds."""
    child = province.appliances[0].child
    times = []
    for _ in range(STARTS):
        child.stop()
        child.start()
        times.append(child.ready_mono_s - child.started_mono_s)
    return {
        "n": STARTS,
        "median": round(statistics.median(times), 2),
        "worst": round(max(times), 2),
    }


if __name__ == "__main__":
    main()
