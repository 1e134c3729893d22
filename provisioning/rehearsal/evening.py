"""The evening as it was planned: the plan, the first broadcast, what it costs, and the quiet hours.

Law of the room: the plan goes through central's interface as people's would, and what came of it is measured
at the loudspeakers and in what the appliance itself reports.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from provisioning.rehearsal import evidence
from provisioning.rehearsal.eavesdrop import programme_of
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import WARM_UP_S
from provisioning.rehearsal.scene import (
    COMMUNE,
    FIRST_IN_S,
    ONSET_BOUND_MS,
    PROVINCE,
    QUIET_AFTER_S,
    ZONE,
    Story,
)

MEMORY_BOUND_MB: Final = 120.0
START_BOUND_S: Final = 2.0


def plan(story: Story, files: list[tuple[Path, str]], later: dict[str, datetime]) -> None:
    """Upload, approve, plan and publish: first the slot in 20 s, then the rest of the evening."""
    province = story.province
    editor, approver = province.office("bientap"), province.office("duyet")
    for file, title in files:
        record = editor.upload(
            file, title, PROVINCE, "audio/wav" if file.suffix == ".wav" else "audio/mpeg"
        )
        approver.approve(
            record["sha256"], title, PROVINCE, province.keys.approve, utc_now() + timedelta(days=30)
        )
        story.contents.append(record)
    names = [c["sha256"] for c in story.contents]
    first = (utc_now() + timedelta(seconds=FIRST_IN_S)).replace(microsecond=0) + timedelta(
        seconds=1
    )
    story.first = later["first"] = first
    later["second"] = first + timedelta(seconds=30)
    later["quiet"] = first + timedelta(seconds=QUIET_AFTER_S + 5)
    later["third"] = first + timedelta(seconds=105)
    editor.add_slot(PROVINCE, _slot("ban-tin", "Bản tin đầu tiên", first, 25, names))
    editor.publish(PROVINCE)
    story.say(f"lịch đã gửi: bản tin đầu tiên lúc {first.astimezone(ZONE):%H:%M:%S}")
    deadline = time.monotonic() + FIRST_IN_S - 4
    ready: list[str] = []
    while time.monotonic() < deadline and len(ready) < len(province.appliances):
        ready = [d["name"] for d in editor.devices() if d["step"] == "ready"]
        time.sleep(0.3)
    story.find("đã nhận, đã kiểm chữ ký, sẵn sàng", len(ready) == 3, f"{len(ready)}/3 cụm loa")
    story.old_programme = programme_of(province.base, story.appliance("loa-1").state)
    loop = _slot(
        "ca-nhac", "Ca nhạc", later["second"], 60, names[:1], loop=True, zones=["duong-chinh"]
    )
    editor.add_slot(COMMUNE, loop)
    editor.add_slot(
        "dt/cao-lanh", _slot("gio-yen", "Tin lúc yên tĩnh", later["quiet"], 15, names[:1])
    )
    editor.add_slot(
        COMMUNE, _slot("ban-tin-cuoi", "Bản tin cuối ngày", later["third"], 25, names[:2])
    )
    editor.publish(PROVINCE)


def _slot(
    name: str, title: str, start: datetime, window_s: int, items: list[str], **more: object
) -> dict[str, Any]:
    local = start.astimezone(ZONE)
    return {
        "id": name,
        "title": title,
        "recurrence": {"kind": "once", "on": local.date().isoformat()},
        "start": local.time().isoformat(timespec="seconds"),
        "window_s": window_s,
        "items": items,
    } | more


def first_broadcast(story: Story, later: dict[str, datetime]) -> None:
    """The first slot sounds on all three, on the second, with relays on before and off after."""
    asked_s = sum(c["duration_ms"] for c in story.contents) / 1000
    asked_s = min(asked_s, 25.0)
    story.wait_until(later["first"] + timedelta(seconds=min(asked_s, 25.0) + 2.5))
    begin = story.mono(later["first"])
    onsets: list[float] = []
    for appliance in story.province.appliances:
        heard = evidence.sounding(
            story.recorders[appliance.site.sink].so_far(), begin - 2, begin + 28
        )
        if not heard:
            story.find(
                f"phát đúng giờ tại {appliance.site.title}", held=False, figures="không có âm thanh"
            )
            continue
        onset_ms = (heard[0].onset_mono_s - begin) * 1000
        onsets.append(onset_ms)
        sounded_s = sum(s.length_s for s in heard)
        story.find(
            f"phát đúng giờ tại {appliance.site.title}",
            abs(onset_ms) <= ONSET_BOUND_MS and sounded_s >= 0.9 * asked_s,
            f"sớm/muộn {onset_ms:+.1f} ms, {sounded_s:.1f}/{asked_s:.1f} s, {heard[0].level_dbfs:.1f} dBFS",
        )
        before_s, after_s = evidence.on_around(
            evidence.relays(appliance.state), heard[0].onset_mono_s, heard[-1].end_mono_s
        )
        story.find(
            f"rơ-le bật trước, tắt sau tại {appliance.site.title}",
            WARM_UP_S <= before_s < 3 and 0 < after_s < 3,
            f"bật trước {before_s * 1000:.0f} ms, tắt sau {after_s * 1000:.0f} ms",
        )
    apart = max(onsets) - min(onsets) if len(onsets) > 1 else float("inf")
    story.find("các cụm loa phát cùng lúc", apart <= 30, f"lệch nhau {apart:.1f} ms")


def memory(story: Story, _later: dict[str, datetime]) -> None:
    """The appliance's programs stay small and started fast."""
    for appliance in story.province.appliances[:1]:
        size_mb = appliance.child.tree_pss_bytes() / 1e6
        start_s = appliance.child.ready_mono_s - appliance.child.started_mono_s
        story.find("bộ nhớ cả cây tiến trình", size_mb <= MEMORY_BOUND_MB, f"{size_mb:.0f} MB PSS")
        story.find("khởi động nguội đến sẵn sàng", start_s <= START_BOUND_S, f"{start_s:.2f} s")


def quiet_hours(story: Story, later: dict[str, datetime]) -> None:
    """The slot inside quiet hours is refused by the appliance itself, with its reason."""
    story.wait_until(later["quiet"] + timedelta(seconds=8))
    begin = story.mono(later["quiet"])
    level = story.recorders["loa3"].so_far().level_dbfs(begin - 1, begin + 7)
    device = story.appliance("loa-3").device
    office, why = story.province.office("bientap"), ""
    for _ in range(20):
        refusals = office.refusals(device)
        why = next((r["why"] for r in refusals if r["code"] == "quiet-hours"), "")
        if why:
            break
        time.sleep(0.5)
    story.find(
        "giờ yên tĩnh: thiết bị tự từ chối", bool(why) and level < -80, f"{level:.0f} dBFS, “{why}”"
    )
