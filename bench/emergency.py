"""From the signed warning to the loudspeaker: first sample of the tone, and first word.

A real central, a real appliance (libVLC in its child, a private PulseAudio, mock pins) on one host; each warning is
posted to central's API with its seal and goes its whole way: verified, written down, pushed by SSE, verified
again, written down again, amplifier warmed, tone, words spoken here. The sink is recorded at 48 kHz. The time runs from
before the request is sent, which is before the commit; the amplifier's warm-up (a setting) is taken off and said.
Each warning is cancelled after its first words. Beside it, in the same run and at the same sink, what Debian
has of players. Prints a table; with `--keep` writes it as JSON under bench/results.
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.parts import emergency_peers as peers
from contract.documents import Announcement, AnnouncementInfo, MessageType, Repeat, Status, Tone
from edge.adapters.tones import length_ms, place_tones
from provisioning.rehearsal import evidence
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import WARM_UP_S, Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, SoundServer

SHOTS: Final = 50
PEER_SHOTS: Final = 15
AREA: Final = "dt/my-phong"
SITE: Final = Site("loa-1", "Cụm loa khu phố 1", "dt/my-phong/kp-1", "loa1")
SPOKEN_S: Final = 3.2  # tone, warm-up and the first words
REST_S: Final = 1.3
ZONE: Final = "cho"  # one amplifier line: two would be switched one after the other
TONE_S: Final = length_ms(Tone.ATTENTION) / 1000


def main() -> None:
    """Run the rig."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--shots", type=int, default=SHOTS)
    words.add_argument("--keep", action="store_true", help="write bench/results/emergency.json")
    words.add_argument("--alone", action="store_true", help="without the peers")
    asked = words.parse_args()
    if not asked.alone:
        peers.fetch()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, ExitStack() as stack:
        folder = Path(name)
        sound = stack.enter_context(SoundServer((SITE.sink,)))
        recorder = stack.enter_context(sound.recorder(SITE.sink))
        province = Province(folder, (SITE,), dict(sound.environment), sound.server, health_s=60.0)
        stack.callback(province.stop)
        province.make()
        province.start_central()
        (appliance,) = province.appliances
        province.assign(appliance, utc_now())
        appliance.child.start()
        time.sleep(5.0)
        load = os.getloadavg()[0]
        ours = road(province, appliance, recorder, asked.shots)
        province.stop()
        beside: dict[str, object] = {}
        if not asked.alone:
            tone = place_tones(folder / "tones")[Tone.ATTENTION]
            env = dict(sound.environment)
            found = peers.measure(recorder, env, tone, PEER_SHOTS, folder)
            beside = {peer: quantiles(delays) for peer, delays in found.items()}
    result = {
        "machine": f"{platform.machine()} {cpu()} x {os.cpu_count()}, {platform.platform()}",
        "load_before_and_after": [round(load, 2), round(os.getloadavg()[0], 2)],
        "versions": versions(),
        "warm_up_ms": round(WARM_UP_S * 1000),
        **ours,
        "beside_ms": beside,
    }
    print(json.dumps(result, indent=2, ensure_ascii=False))
    if asked.keep:
        target = Path(__file__).parent / "results" / "emergency.json"
        text = json.dumps(result, indent=2, ensure_ascii=False)
        target.write_text(text + "\n", encoding="utf-8")


def road(
    province: Province, appliance: Appliance, recorder: Recorder, shots: int
) -> dict[str, object]:
    """Return the delays of so many warnings, from before the request until each station of the road, in ms."""
    office, key = province.office("truc"), province.keys.emergency[0]
    begun: dict[str, float] = {}
    answered: list[float] = []
    tones: list[float] = []
    firsts: list[float] = []
    for shot in range(shots):
        warning = _warning(utc_now(), shot, ())
        begin = time.monotonic()
        office.announce(warning, [key])
        answered.append((time.monotonic() - begin) * 1000)
        begun[warning.id] = begin
        time.sleep(SPOKEN_S)
        heard = peers.lately(recorder, begin).segments(evidence.SOUND_DBFS, 0.05)
        onsets = [s.onset_mono_s for s in heard if s.onset_mono_s > begin]
        tone = onsets[0] if onsets else math.nan
        spoken = [at for at in onsets if at > tone + TONE_S - 0.05]
        tones.append((tone - begin - WARM_UP_S) * 1000)
        firsts.append((spoken[0] - begin) * 1000 if spoken else math.nan)
        office.announce(_warning(utc_now(), shot + 5_000, (warning.id,)), [key])
        time.sleep(REST_S)
    taken = [
        (at - begun[event["announcement"]["id"]]) * 1000
        for at, event in evidence.turns(appliance.state)
        if event["event"] == "announcement-accepted" and event["announcement"]["id"] in begun
    ]
    return {
        "tone_ms_beyond_warm_up": quantiles(tones),
        "first_word_ms_with_warm_up": quantiles(firsts),
        "stations_ms": {
            "verified and written down at the appliance": quantiles(taken),
            "answered by central": quantiles(answered),
        },
    }


def quantiles(values: list[float]) -> dict[str, float]:
    """Return count, p50, p95, p99 and the worst; `unheard` counts those that never came."""
    heard = sorted(v for v in values if not math.isnan(v))
    if not heard:
        return {"n": 0, "unheard": len(values)}

    def at(share: float) -> float:
        return round(heard[min(len(heard) - 1, math.ceil(share * len(heard)) - 1)], 1)

    return {
        "n": len(heard),
        "unheard": len(values) - len(heard),
        "p50": round(statistics.median(heard), 1),
        "p95": at(0.95),
        "p99": at(0.99),
        "max": round(heard[-1], 1),
    }


def _warning(sent: datetime, number: int, of: tuple[str, ...]) -> Announcement:
    words = "Nước lũ đang lên nhanh, bà con khẩn trương sơ tán."
    info = AnnouncementInfo(language="vi", headline="Cảnh báo lũ", text=words)
    return Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp()) * 10_000 + number}",
        message=MessageType.CANCEL if of else MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=1),
        areas=(AREA,),
        references=of,
        event="Lũ",
        zones=(ZONE,),
        repeat=Repeat(quick_rounds=1, quick_gap_s=60, slow_gap_s=None),
        infos=() if of else (info,),
    )


def cpu() -> str:
    """Return the processor's name."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "")


def versions() -> dict[str, str]:
    """Return the versions of what sounded."""
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Version}", "libvlc5"],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = {"python": platform.python_version(), "tienglang": version("tienglang")}
    return (
        ours | {"libvlc": asked.stdout} | {p: v for p in peers.PACKAGES if (v := peers.version(p))}
    )


if __name__ == "__main__":
    main()
