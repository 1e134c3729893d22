"""The screen: what the appliance says of itself, or what must be mended, in letters every console has."""

import io
from pathlib import Path

import msgspec

from edge.arrival.screen import painted, plain, run, seen
from edge.core.arrival import SHOWN, Fault, Shown


def test_vietnamese_is_shown_without_marks_and_nothing_is_obeyed() -> None:
    """The console's own font knows no marks; a name cannot clear the screen or ring its bell."""
    assert plain("Địa chỉ: http://10.41.0.1") == "Dia chi: http://10.41.0.1"
    assert plain("Mã \x1b[2J\x07“so sánh”") == "Ma  [2J  so sanh "


def test_lines_and_code_are_painted() -> None:
    """Every line is there, and the code as half blocks on a light ground."""
    text = painted(Shown(lines=("Wi-Fi: TiengLang-4821",), code="WIFI:T:WPA;S:a;P:12345678;;"))
    assert "Wi-Fi: TiengLang-4821" in text
    rows = [row for row in text.splitlines() if "█" in row]
    assert len(rows) > 10
    assert len({len(row) for row in rows}) == 1
    assert max(len(row) for row in rows) <= 80
    assert "█" not in painted(Shown(lines=("a",)))


def test_without_the_appliances_words_the_faults_are_shown(tmp_path: Path) -> None:
    """First it starts; a bad site file is told on its line; then the appliance's own words."""
    faults = tmp_path / "site" / "faults.json"
    faults.parent.mkdir()
    assert "khởi động" in seen(tmp_path / SHOWN, faults).lines[0]
    faults.write_bytes(msgspec.json.encode((Fault(line=12, vi="thiếu central", en="missing"),)))
    assert seen(tmp_path / SHOWN, faults).lines == (
        "Tệp cấu hình có lỗi ở dòng 12: thiếu central.",
    )
    (faults.parent / "edge.toml").write_text("")
    (tmp_path / SHOWN).write_bytes(msgspec.json.encode(Shown(lines=("Cụm loa ấp 1",))))
    console = io.StringIO()
    run(tmp_path, faults, console, rounds=1)
    assert "Cum loa ap 1" in console.getvalue()
