"""The demonstration: one command from nothing to a province that broadcasts.

Law of the room: what a visitor sees. It ends cleanly on Ctrl-C and leaves nothing running.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from provisioning.rehearsal import story as stories
from provisioning.rehearsal.evidence import Finding
from provisioning.rehearsal.office import OfficeRefused, utc_now
from provisioning.rehearsal.province import Province, Site
from provisioning.rehearsal.sources import spoken_notice, tune
from provisioning.rehearsal.story import Story

PORTS = (8000, 8081, 8082, 8083)


def demo(audio: Path | None, *, once: bool) -> int:
    """Run the demonstration; with `once` tell the story unattended. Return 0 when all held."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="tienglang-") as root:
        try:
            return _once(Path(root), audio) if once else _stay(Path(root), audio)
        except KeyboardInterrupt:
            print("\nĐã dừng.")
            return 130 if once else 0


def say(line: str) -> None:
    """Print one line of the story at once, with the time."""
    now = utc_now().astimezone(ZoneInfo("Asia/Ho_Chi_Minh"))
    print(f"{now:%H:%M:%S}  {line}", flush=True)


@contextmanager
def running(province: Province) -> Iterator[Province]:
    """Make the province, start its programs and assign its appliances; end them all afterwards."""
    say("tạo khóa, vòng khóa, máy chủ và ba cụm loa…")
    try:
        province.make()
        province.start_central()
        now = utc_now()
        for appliance in province.appliances:
            province.assign(appliance, now)
            appliance.child.start()
        yield province
    finally:
        province.stop()


def _once(root: Path, audio: Path | None) -> int:
    named = stories.sites(utc_now() + timedelta(seconds=stories.FIRST_IN_S + 8))
    with ExitStack() as stack:
        sound = stack.enter_context(stories.sound_server(named))
        recorders = {s.sink: stack.enter_context(sound.recorder(s.sink)) for s in named}
        begun = time.monotonic()
        province = Province(root, named, dict(sound.environment), sound.server)
        stack.enter_context(running(province))
        say(
            f"máy chủ {province.base} và {len(named)} cụm loa sẵn sàng sau {time.monotonic() - begun:.1f} s"
        )
        files = [(tune(root), "Nhạc hiệu"), (spoken_notice(root), "Thông báo tiêm chủng")]
        if audio is not None:
            files.append((audio, audio.stem))
        findings = stories.tell(Story(province, recorders, say), files)
        replay_findings = [replayed(a.state) for a in province.appliances]
    findings += replay_findings
    _keep_logs(root, findings)
    return table(findings)


def replayed(state: Path) -> Finding:
    """Return whether every journalled decision of an appliance is taken alike again."""
    import sys  # noqa: PLC0415  only here

    files = sorted((state / "journal").glob("journal-*.jsonl"))
    said: list[str] = []
    held = bool(files)
    for file in files:
        command = [sys.executable, "-m", "edge", "replay", str(file)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        held = held and done.returncode == 0
        said.append((done.stdout or done.stderr).strip())
    return Finding(f"nhật ký diễn lại giống hệt ({state.parent.name})", held, "; ".join(said)[:200])


def _keep_logs(root: Path, findings: list[Finding]) -> None:
    """When something did not hold, keep the logs where the visitor can read them."""
    if all(f.held for f in findings):
        return
    kept = Path(tempfile.gettempdir()) / f"tienglang-demo-{os.getpid()}"
    for log in root.glob("*/*.log"):
        kept.mkdir(exist_ok=True)
        shutil.copy(log, kept / log.name)
    for journal in root.glob("*/state/journal/*.jsonl"):
        shutil.copy(journal, kept / f"{journal.parents[2].name}-{journal.name}")
    print(f"nhật ký ở {kept}")


def table(findings: list[Finding]) -> int:
    """Print the closing table; return 0 when everything held."""
    print("\n┌─ Kết quả " + "─" * 70)
    for finding in findings:
        print(f"│ {'✔' if finding.held else '✘'}  {finding.what}\n│      {finding.figures}")
    bad = sum(not f.held for f in findings)
    print("└─ " + (f"{bad} điều không đạt" if bad else f"cả {len(findings)} điều đều đạt"))
    return 1 if bad else 0


def _stay(root: Path, audio: Path | None) -> int:
    named = tuple(Site(site.name, site.title, site.area, "") for site in stories.sites(utc_now()))
    with ExitStack() as stack:
        if _has_sound():
            say("dùng máy chủ âm thanh của máy này: bạn sẽ nghe thấy")
            env, server = dict[str, str](), ""
        else:
            own = stack.enter_context(
                stories.sound_server(tuple(s for s in stories.sites(utc_now())))
            )
            env, server = dict(own.environment), own.server
            named = stories.sites(utc_now())
            say("máy này không có máy chủ âm thanh: dùng riêng một máy chủ im lặng")
        named = tuple(Site(s.name, s.title, s.area, s.sink) for s in named)
        province = stack.enter_context(running(Province(root, named, env, server, ports=_ports())))
        _first_slot(province, root, audio)
        _show(province)
        while True:
            time.sleep(3600)


def _ports() -> tuple[int, ...]:
    """Return the usual ports when they are free, others when not."""
    import socket  # noqa: PLC0415  only here

    for port in PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return ()
    return PORTS


def _has_sound() -> bool:
    """Return whether a Pulse-protocol server of this machine answers."""
    try:
        return (
            subprocess.run(
                ["pactl", "info"], capture_output=True, check=False, timeout=5
            ).returncode
            == 0
        )
    except (OSError, subprocess.TimeoutExpired):
        return False


def _first_slot(province: Province, root: Path, audio: Path | None) -> None:
    """Upload, approve and plan the first broadcast in 20 s."""
    editor, approver = province.office("bientap"), province.office("duyet")
    file, title = (audio, audio.stem) if audio else (spoken_notice(root), "Thông báo tiêm chủng")
    try:
        record = editor.upload(file, title, stories.PROVINCE)
    except (OfficeRefused, OSError) as fault:
        say(f"không nhận tệp {file}: {fault}")
        return
    until = utc_now() + timedelta(days=30)
    approver.approve(record["sha256"], title, stories.PROVINCE, province.keys.approve, until)
    first = (utc_now() + timedelta(seconds=20)).replace(microsecond=0)
    window_s = min(86_400, record["duration_ms"] // 1000 + 5)
    local = first.astimezone(stories.ZONE)
    slot = {
        "id": "ban-tin-dau",
        "title": title,
        "recurrence": {"kind": "once", "on": local.date().isoformat()},
        "start": local.time().isoformat(timespec="seconds"),
        "window_s": window_s,
        "items": [record["sha256"]],
    }
    editor.add_slot(stories.PROVINCE, slot)
    editor.publish(stories.PROVINCE)
    say(f"“{title}” sẽ phát lúc {local:%H:%M:%S} tại cả ba cụm loa")


def _show(province: Province) -> None:
    """Print addresses, names, passwords, PINs and key files."""
    print(f"\n  Trang của tỉnh   {province.base}/console")
    for name, password in province.passwords.items():
        print(f"    {name:10} mật khẩu {password}")
    people = province.root / "trust" / "people"
    print(f"    khóa ký: {people}/duyet.pem (duyệt), {people}/truc.pem (khẩn cấp)")
    for appliance in province.appliances:
        print(
            f"  {appliance.site.title:34} {appliance.page}  mã PIN {appliance.pin} (trực đài: {appliance.operator_pin})"
        )
    print("\n  Ctrl-C để dừng.\n", flush=True)
