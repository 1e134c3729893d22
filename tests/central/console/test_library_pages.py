"""The pages of the library by real requests: what they show, take and refuse."""

import html
import json
import time
from pathlib import Path

import pytest

from central.domain.library import Sheet
from central.domain.people import PersonRole
from tests.central.console.visiting import HOST, Visit
from tests.central.library import entered, uploaded
from tests.central.setting import COMMUNE, OTHER, Province, make_slot, make_sound


@pytest.fixture
def lan(province: Province) -> Visit:
    """An editor of the commune."""
    return at(province, "lan", PersonRole.EDITOR)


def at(province: Province, name: str, *roles: PersonRole, area: str = COMMUNE) -> Visit:
    """Return somebody signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    assert visit.sign_in(name).status_code == 303
    return visit


def ask(
    visit: Visit,
    method: str,
    path: str,
    value: object = None,
    *,
    content: bytes | None = None,
    **headers: str,
) -> tuple[int, dict[str, object]]:
    """Send what a script of the page sends and return the status and the JSON."""
    sent = {
        "origin": f"http://{HOST}",
        "x-csrf-token": visit.csrf,
        "accept": "application/json",
        **{name.replace("_", "-"): text for name, text in headers.items()},
    }
    body = json.dumps(value).encode() if value is not None else content
    answer = visit.ask(method, f"/library{path}", content=body, headers=sent)
    found: dict[str, object] = answer.json()
    return answer.status_code, found


def finished(visit: Visit, job_id: object) -> dict[str, object]:
    """Return a job's line when its work has ended."""
    until = time.monotonic() + 30
    while True:
        _, line = ask(visit, "GET", f"/uploads/{job_id}")
        if not line["open"] or time.monotonic() > until:
            return line
        time.sleep(0.05)


def test_a_file_goes_up_and_is_told_of_in_words(lan: Visit, tone: Path) -> None:
    """Opened, sent in two stretches, worked at by itself; the line says what the checks found and leads to it."""
    data = tone.read_bytes()
    said = {"name": tone.name, "size_bytes": len(data), "area": COMMUNE}
    status, job = ask(lan, "POST", "/uploads", said)
    assert (status, job["phase"], job["offset"]) == (200, "receiving", 0)
    path = f"/uploads/{job['id']}"
    _, job = ask(lan, "PATCH", path, content=data[:4_000], upload_offset="0")
    assert job["offset"] == 4_000
    assert [line["id"] for line in lan.get("/library/uploads").json()] == [job["id"]]
    status, wrong = ask(lan, "PATCH", path, content=b"x", upload_offset="0")
    assert (status, wrong["error"]) == (409, "offset")
    ask(lan, "PATCH", path, content=data[4_000:], upload_offset="4000")
    line = finished(lan, job["id"])
    assert str(line["said"]).startswith("Tệp tốt, dài 0 phút 1 giây.")
    assert "Chỉ dài 1,0 giây" in str(line["said"])
    text = html.unescape(lan.get(str(line["href"]).removeprefix("/console")).text)
    assert "Chỉ dài 1,0 giây" in text
    assert lan.get("/library/uploads").json() == []


def test_a_bad_file_is_told_on_its_line(lan: Visit) -> None:
    """The reason stands where the progress stood."""
    data = "Biên bản".encode()
    said = {"name": "a.mp3", "size_bytes": len(data), "area": COMMUNE}
    _, job = ask(lan, "POST", "/uploads", said)
    ask(lan, "PATCH", f"/uploads/{job['id']}", content=data, upload_offset="0")
    line = finished(lan, job["id"])
    assert (line["phase"], "văn bản" in str(line["why"])) == ("failed", True)


def test_uploads_need_right_and_token_and_can_be_cancelled(province: Province, lan: Visit) -> None:
    """A viewer may not; neither may a page without the session's token; what was begun can be forgotten."""
    said = {"name": "a.mp3", "size_bytes": 10, "area": COMMUNE}
    assert ask(at(province, "xem", PersonRole.VIEWER), "POST", "/uploads", said)[0] == 403
    assert ask(at(province, "góp", PersonRole.CONTRIBUTOR), "POST", "/uploads", said)[0] == 200
    assert ask(lan, "POST", "/uploads", {**said, "x": 1})[0] == 422
    _, job = ask(lan, "POST", "/uploads", said)
    assert ask(lan, "DELETE", f"/uploads/{job['id']}")[1]["phase"] == "cancelled"
    lan.csrf = "0" * 64
    assert ask(lan, "POST", "/uploads", said)[0] == 403


def test_the_list_is_searched_and_filtered(province: Province, lan: Visit, tone: Path) -> None:
    """Words without diacritics, filters in the address, a designed page when nothing fits."""
    entered(province, tone, sheet=Sheet(title="Lịch tiêm chủng", field=4))
    assert "Lịch tiêm chủng" in lan.get("/contents?q=tiem+chung&kind=audio&field=4").text
    assert "Lịch tiêm chủng" in lan.get("/contents?view=grid").text
    assert "Không có nội dung nào khớp" in lan.get("/contents?q=tiem&field=1").text
    assert lan.get("/contents?kind=x").status_code == 422
    assert lan.get("/contents?after=x").status_code == 422
    assert "Lịch tiêm chủng" in lan.get("/contents/list?q=lich").text


def test_a_sheet_is_edited_and_a_second_editor_warned(
    province: Province, lan: Visit, tone: Path
) -> None:
    """What was typed stays on the page when it is refused."""
    path = f"/contents/{entered(province, tone)}"
    form: dict[str, str | list[str]] = {
        "title": "Bản tin", "field": "4", "priority": "urgent", "topics": ["disaster"],
        "tags": "lũ, sơ tán", "summary": "Kê cao đồ.", "valid_until": "2026-12-01", "version": "1",
    }  # fmt: skip
    assert lan.post(f"{path}/sheet", form).headers["location"].endswith("?done=sheet")
    text = html.unescape(lan.get(f"{path}?done=sheet").text)
    for word in ("Đã lưu phiếu.", "Kê cao đồ.", "khẩn", "lũ, sơ tán", "01/12/2026"):
        assert word in text
    late = lan.post(f"{path}/sheet", {**form, "summary": "Bản của người thứ hai"})
    assert late.status_code == 422
    assert "vừa sửa phiếu này" in late.text
    assert "Bản của người thứ hai" in late.text
    for wrong in ({"field": "x"}, {"version": ""}, {"valid_until": "mai"}, {"priority": "x"}):
        assert lan.post(f"{path}/sheet", {**form, **wrong}).status_code == 422


def test_sharing_and_archiving_on_the_page(province: Province, tone: Path) -> None:
    """Shared, taken back, archived and brought back, each with a sentence of what it did."""
    all_of_it = at(province, "tỉnh", PersonRole.EDITOR, area="dt")
    path = f"/contents/{entered(province, tone)}"
    binh = at(province, "binh", PersonRole.EDITOR, area=OTHER)
    assert binh.get(path).status_code == 404
    assert binh.get(f"{path}/sound").status_code == 404
    assert all_of_it.post(f"{path}/shares", {"area": OTHER}).status_code == 303
    text = binh.get(path).text
    assert "Sửa phiếu" not in text
    assert binh.get(f"{path}/sound").status_code == 200
    assert binh.post(f"{path}/archive", {"archived": "yes"}).status_code == 403
    assert "không đổi" not in all_of_it.post(f"{path}/shares", {"area": COMMUNE}).text
    all_of_it.post(f"{path}/shares", {"area": OTHER, "deed": "take"})
    assert binh.get(path).status_code == 404
    all_of_it.post(f"{path}/archive", {"archived": "yes"})
    assert "lưu trữ" in all_of_it.get(path).text
    all_of_it.post(f"{path}/archive", {"archived": "no"})
    assert "chờ duyệt" in all_of_it.get(path).text


def test_the_page_of_each_kind_opens(province: Province, lan: Visit, tmp_path: Path) -> None:
    """Pictures are seen, videos play and lead to their sound, texts are read; the original can be saved."""
    picture = make_sound(tmp_path / "a.jpg", "testsrc=s=320x240:d=1", "-frames:v", "1")
    video = make_sound(
        tmp_path / "v.webm", "testsrc=s=160x120:d=1:r=5", "-f", "lavfi", "-i", "sine=d=1",
        "-c:v", "libvpx", "-c:a", "libvorbis",
    )  # fmt: skip
    text = tmp_path / "t.txt"
    text.write_text("Mời <b>họp</b>", "utf-8")
    shown = {}
    for file in (picture, video, text):
        sha256 = entered(province, file)
        shown[file.suffix] = lan.get(f"/contents/{sha256}").text
        assert lan.get(f"/contents/{sha256}/original").status_code == 200
        answer = lan.get(f"/contents/{sha256}/sound")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert not answer.headers["content-type"].startswith("text/html")
    assert '<img class="shown"' in shown[".jpg"]
    assert "<video" in shown[".webm"]
    assert "Tiếng của video này" in shown[".webm"]
    assert "Mời &lt;b&gt;họp&lt;/b&gt;" in shown[".txt"]


def test_usages_lead_to_the_slot(province: Province, lan: Visit, tone: Path) -> None:
    """The page of a content says in which slots it is."""
    sha256 = entered(province, tone)
    province.slot(make_slot(sha256))
    assert "Bản tin sáng" in lan.get(f"/contents/{sha256}").text


def test_a_bulletin_is_written_and_spoken(province: Province, lan: Visit) -> None:
    """Kept as text, shown as spoken, previewed, and spoken into the library."""
    lan.get("/contents/compose")
    form = {"text": "Cúp điện từ 7h30 😀", "title": "Cúp điện", "area": COMMUNE}
    kept = lan.post("/contents/compose", form)
    page = lan.get(kept.headers["location"].removeprefix("/console")).text
    assert "Cúp điện từ 7h30" in page
    refused = lan.post("/contents/compose", {**form, "text": "😀"})
    assert (refused.status_code, "Chưa có chữ nào" in refused.text) == (422, True)
    said = {"text": form["text"], "region": "south", "speed_pct": 90}
    assert "bảy giờ" in str(ask(lan, "POST", "/speech/words", said)[1]["spoken"])
    _, preview = ask(lan, "POST", "/speech/previews", said)
    sound = lan.get(str(preview["href"]).removeprefix("/console"))
    assert sound.content[:4] == b"RIFF"
    _, job = ask(lan, "POST", "/speech", {**said, "area": COMMUNE})
    assert finished(lan, job["id"])["phase"] == "done"


def test_a_playlist_is_made_and_changed(province: Province, lan: Visit, tone: Path) -> None:
    """Made, refused when empty, changed, put away; a viewer reads only."""
    sha256 = entered(province, tone)
    lan.get("/contents/playlists/new")
    form: dict[str, str | list[str]] = {"area": COMMUNE, "title": "Sáng", "items": [sha256, sha256]}
    assert lan.post("/contents/playlists/new", {**form, "items": []}).status_code == 422
    path = lan.post("/contents/playlists/new", form).headers["location"].removeprefix("/console")
    path = path.partition("?")[0]
    assert lan.post(path, {**form, "title": "Sáng sớm", "version": "1"}).status_code == 303
    assert lan.post(path, {**form, "title": "Khác", "version": "1"}).status_code == 422
    assert "Sáng sớm" in lan.get("/contents/playlists").text
    viewer = at(province, "xem", PersonRole.VIEWER)
    assert "Lưu danh sách" not in viewer.get(path).text
    assert viewer.post(path, {**form, "version": "2"}).status_code == 403
    assert lan.post(path, {"deed": "archive"}).status_code == 303
    assert "Sáng sớm" not in lan.get("/contents/playlists").text
    assert "Sáng sớm" in lan.get("/contents/playlists?archived=yes").text


def test_a_known_file_is_said_to_be_known(province: Province, lan: Visit, tone: Path) -> None:
    """Whoever uploads what the library has is led there."""
    uploaded(province, tone)
    data = tone.read_bytes()
    said = {"name": "khác.mp3", "size_bytes": len(data), "area": COMMUNE}
    _, job = ask(lan, "POST", "/uploads", said)
    ask(lan, "PATCH", f"/uploads/{job['id']}", content=data, upload_offset="0")
    assert "Kho đã có đúng tệp này" in str(finished(lan, job["id"])["said"])
