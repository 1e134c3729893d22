"""The story: one evening of a province, told unattended and measured at every loudspeaker.

Law of the room: it works through central's interface and the appliances' sinks like people and microphones
would; each chapter returns findings, and a chapter that breaks is a finding too.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from contract import codec, seal
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Programme,
    QuietHours,
    Repeat,
    Status,
    Tone,
)
from contract.seal import SigningKey
from provisioning.rehearsal import evidence
from provisioning.rehearsal.eavesdrop import programme_of
from provisioning.rehearsal.evidence import Finding
from provisioning.rehearsal.impostor import Impostor
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import WARM_UP_S, Appliance, Province, Site
from provisioning.rehearsal.sound import Recorder, SoundServer
from provisioning.rehearsal.sources import TUNE_HZ

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST_IN_S: Final = 20.0
QUIET_AFTER_S: Final = 50.0
PROVINCE: Final = "dt"
COMMUNE: Final = "dt/my-phong"
ONSET_BOUND_MS: Final = 50.0
EMERGENCY_BOUND_S: Final = 0.5 + WARM_UP_S
MEMORY_BOUND_MB: Final = 120.0
START_BOUND_S: Final = 2.0


def sites(first: datetime) -> tuple[Site, ...]:
    """Return the three sites; the last has quiet hours that begin `QUIET_AFTER_S` after the first slot."""
    begin = (first + timedelta(seconds=QUIET_AFTER_S)).astimezone(ZONE)
    end = begin + timedelta(hours=2)
    quiet = (
        QuietHours(
            start=begin.time().replace(microsecond=0), end=end.time().replace(microsecond=0)
        ),
    )
    return (
        Site("loa-1", "Cụm loa khu phố 1 – Mỹ Phong", "dt/my-phong/kp-1", "loa1"),
        Site("loa-2", "Cụm loa khu phố 2 – Mỹ Phong", "dt/my-phong/kp-2", "loa2"),
        Site("loa-3", "Cụm loa khu phố 1 – Cao Lãnh", "dt/cao-lanh/kp-1", "loa3", quiet),
    )


@dataclass
class Story:
    """What the chapters share: the province, its recorders, the library and the findings so far."""

    province: Province
    recorders: dict[str, Recorder]
    say: Callable[[str], None]
    contents: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    first: datetime = field(default_factory=utc_now)
    old_programme: bytes = b""
    other_programme: bytes = b""
    alert: bytes = b""
    offset_s: float = field(default_factory=lambda: utc_now().timestamp() - time.monotonic())

    def mono(self, wall: datetime) -> float:
        """Return a wall instant on the monotonic clock."""
        return wall.timestamp() - self.offset_s

    def wait_until(self, wall: datetime) -> None:
        """Sleep until a wall instant."""
        time.sleep(max(0.0, (wall - utc_now()).total_seconds()))

    def find(self, what: str, held: bool, figures: str) -> None:  # noqa: FBT001  the finding itself
        """Keep one finding and say it."""
        self.findings.append(Finding(what, held, figures))
        self.say(f"{'✔' if held else '✘'} {what}: {figures}")

    def appliance(self, name: str) -> Appliance:
        """Return an appliance by its site's name."""
        return next(a for a in self.province.appliances if a.site.name == name)


def tell(story: Story, files: list[tuple[Path, str]]) -> list[Finding]:
    """Return the findings of the whole story."""
    for chapter in chapters(story, files):
        try:
            chapter()
        except Exception as fault:  # noqa: BLE001  a broken chapter is a finding, and the others are still told
            story.find(
                chapter.__name__, held=False, figures=f"{type(fault).__name__}: {fault}"[:300]
            )
    return story.findings


def chapters(story: Story, files: list[tuple[Path, str]]) -> Iterator[Callable[[], None]]:
    """Yield the chapters in order."""
    later: dict[str, datetime] = {}

    def plan() -> None:
        _plan(story, files, later)

    yield plan
    for chapter in (first_broadcast, memory, emergency, quiet_hours):
        yield _named(chapter, story, later)
    yield _named(impostor, story, later)
    yield _named(offline, story, later)
    yield _named(return_of_central, story, later)


def _named(
    chapter: Callable[[Story, dict[str, datetime]], None], story: Story, later: dict[str, datetime]
) -> Callable[[], None]:
    def told() -> None:
        chapter(story, later)

    told.__name__ = chapter.__name__
    return told


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


def _plan(story: Story, files: list[tuple[Path, str]], later: dict[str, datetime]) -> None:
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


def emergency(story: Story, later: dict[str, datetime]) -> None:
    """An emergency for one commune cuts through there, is not heard elsewhere, and gives way when cancelled."""
    province, now = story.province, utc_now
    story.wait_until(later["second"] + timedelta(seconds=6))
    office = province.office("truc")
    sent = now()
    words = (
        "Nước lũ đang lên nhanh. Đề nghị bà con khẩn trương di chuyển lên nơi cao, mang theo giấy tờ, "
        "đèn pin và nước uống. Không đi qua cầu và đường đã ngập. Nghe theo hướng dẫn của lực lượng cứu hộ."
    )
    info = AnnouncementInfo(
        language="vi", headline="Cảnh báo lũ khẩn cấp", text=words, tone=Tone.ATTENTION
    )
    alert = Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp())}",
        message=MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=2),
        areas=(COMMUNE,),
        event="Lũ",
        repeat=Repeat(quick_rounds=3, quick_gap_s=30, slow_gap_s=60),
        infos=(info,),
    )
    committed = time.monotonic()
    story.alert = office.announce(alert, [province.keys.emergency[0]])
    time.sleep(9.0)  # the tone is over and the words are being said
    for appliance in province.appliances[:2]:
        heard = evidence.sounding_now(story.recorders[appliance.site.sink].so_far(), committed)
        delay_s = heard[0].onset_mono_s - committed if heard else float("inf")
        story.find(
            f"khẩn cấp cắt vào tại {appliance.site.title}",
            delay_s <= EMERGENCY_BOUND_S,
            f"{delay_s * 1000:.0f} ms từ lúc ký gửi đến mẫu âm đầu tiên (khởi động tăng âm 500 ms)",
        )
    silent = story.recorders["loa3"].so_far().level_dbfs(committed, time.monotonic())
    story.find("xã khác không nghe thấy", silent < -80, f"{silent:.0f} dBFS")
    cancel = Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp()) + 1}",
        message=MessageType.CANCEL,
        status=Status.ACTUAL,
        sent=now(),
        expires=now() + timedelta(hours=1),
        areas=(COMMUNE,),
        references=(alert.id,),
        event="Lũ",
    )
    cancelled = time.monotonic()
    office.announce(cancel, [province.keys.emergency[0]])
    time.sleep(4.0)
    for appliance in province.appliances[:2]:
        recording = story.recorders[appliance.site.sink].so_far()
        silent_s, back_s = evidence.change_over(recording, cancelled, (TUNE_HZ,))
        story.find(
            f"hủy: im lặng rồi phát tiếp tại {appliance.site.title}",
            silent_s <= 1.0 and back_s <= 1.5,
            f"im sau {silent_s * 1000:.0f} ms, phát tiếp sau {back_s * 1000:.0f} ms",
        )


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


def forged(story: Story) -> dict[str, bytes]:
    """Return what an impostor may send: a forgery, an old programme, another's, and a recorded alert."""
    old = seal.read_envelope(story.old_programme)
    programme = codec.decode(Kind.PROGRAMME, old.payload)
    if not isinstance(programme, Programme):
        msg = "the recorded programme is no programme"
        raise TypeError(msg)
    fields = {name: getattr(programme, name) for name in programme.__struct_fields__}
    newer = Programme(**(fields | {"version": programme.version + 50}))
    return {
        "bad-signature": seal.seal(Kind.PROGRAMME, codec.encode(newer), [SigningKey.generate()]),
        "old-version": story.old_programme,
        "wrong-device": programme_of(story.province.base, story.appliance("loa-3").state),
        "replayed": story.alert,
    }


def impostor(story: Story, later: dict[str, datetime]) -> None:
    """Central is killed and another takes its place: everything it sends is refused, and said why."""
    story.wait_until(later["second"] + timedelta(seconds=48))
    papers = forged(story)
    story.province.central.kill()
    begin = time.monotonic()
    with Impostor(story.province.central_port, list(papers.values())) as false:
        while false.served < len(story.province.appliances) and time.monotonic() - begin < 14:
            time.sleep(0.2)
        time.sleep(1.5)
    first = story.appliance("loa-1")
    codes = evidence.refusal_codes(first.state)
    for code, what in (
        ("bad-signature", "lịch ký bằng khóa lạ"),
        ("old-version", "lịch phiên bản cũ"),
        ("wrong-device", "lịch của thiết bị khác"),
        ("replayed", "tin khẩn cấp phát lại"),
    ):
        also = {"bad-signature": {"unknown-key"}, "replayed": {"cancelled"}}.get(code, set())
        held = bool({code, *also} & set(codes))
        story.find(
            f"từ chối: {what}", held, ", ".join(sorted(set(codes))) or "không thấy từ chối nào"
        )
    level = story.recorders["loa1"].so_far().level_dbfs(begin + 1, time.monotonic())
    story.say(f"trong lúc đó loa vẫn phát lịch của mình ({level:.0f} dBFS)")


def offline(story: Story, later: dict[str, datetime]) -> None:
    """With central gone the next slot still sounds on the second."""
    asked_s = sum(c["duration_ms"] for c in story.contents[:2]) / 1000
    story.wait_until(later["third"] + timedelta(seconds=min(25.0, asked_s) + 2.0))
    begin = story.mono(later["third"])
    for appliance in story.province.appliances[:2]:
        heard = evidence.sounding(
            story.recorders[appliance.site.sink].so_far(), begin - 1, begin + 26
        )
        onset_ms = (heard[0].onset_mono_s - begin) * 1000 if heard else float("inf")
        story.find(
            f"mất máy chủ vẫn phát tại {appliance.site.title}",
            abs(onset_ms) <= ONSET_BOUND_MS,
            f"sớm/muộn {onset_ms:+.1f} ms",
        )


def return_of_central(story: Story, _later: dict[str, datetime]) -> None:
    """Central comes back: the reports of what sounded meanwhile arrive, none lost and none twice."""
    story.province.start_central()
    office = story.province.office("bientap")
    for appliance in story.province.appliances[:2]:
        keys: list[str] = []
        for _ in range(80):
            keys = [p["key"] for p in office.plays(appliance.device)]
            if any("ban-tin-cuoi" in key for key in keys):
                break
            time.sleep(0.5)
        own = {
            event["key"]
            for _, event in evidence.turns(appliance.state)
            if event["event"] == "player-started"
        }
        missing = own - set(keys)
        doubled = len([k for k in set(keys) if keys.count(k) > _times(appliance, k)])
        story.find(
            f"báo cáo về đủ từ {appliance.site.title}",
            not missing and not doubled,
            f"{len(keys)} lượt phát, thiếu {len(missing)}, trùng {doubled}",
        )


def _times(appliance: Appliance, key: str) -> int:
    """Return how often the appliance began a play of this key (an interrupted item begins again)."""
    begun = [e for _, e in evidence.turns(appliance.state) if e["event"] == "player-started"]
    return max(1, len([e for e in begun if e["key"] == key]))


def sound_server(named: tuple[Site, ...]) -> SoundServer:
    """Return the private sound server with one silent sink a site."""
    return SoundServer(tuple(site.sink for site in named))
