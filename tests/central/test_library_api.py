"""The library over `/api/v1`, asked of a real server that is also killed half-way."""

import hashlib
import signal
import time
from pathlib import Path

import httpx
import pytest

from contract.testing import Authority
from tests.central.library import checksum_of
from tests.central.serving import Served
from tests.central.setting import COMMUNE, make_sound, real_now, write_site

pytestmark = pytest.mark.timeout(180)
LONG_S = 400


def ended(lan: httpx.Client, job_id: str, within_s: float = 60) -> dict[str, object]:
    """Return a job when nothing of it is open any more."""
    until = time.monotonic() + within_s
    while True:
        job: dict[str, object] = lan.get(f"/uploads/{job_id}").json()
        if job["phase"] in {"done", "failed"} or time.monotonic() > until:
            return job
        time.sleep(0.1)


def opened(lan: httpx.Client, name: str, data: bytes, **more: object) -> dict[str, object]:
    """Open an upload."""
    said = {"name": name, "size_bytes": len(data), "area": COMMUNE, **more}
    answer = lan.post("/uploads", json=said)
    assert answer.status_code == 201, answer.text
    job: dict[str, object] = answer.json()
    return job


def test_an_upload_goes_from_open_to_content(served: Served, tone: Path) -> None:
    """POST, PATCH with offset and checksum, HEAD for the place, GET until it is done; then it is found and told."""
    data = tone.read_bytes()
    with served.person() as lan:
        job = opened(
            lan, "bản tin.mp3", data, sha256=hashlib.sha256(data).hexdigest(),
            sheet={"title": "Bản tin sáng", "field": 4, "tags": ["lũ"]},
        )  # fmt: skip
        path = f"/uploads/{job['id']}"
        first = lan.patch(
            path,
            content=data[:5_000],
            headers={"upload-offset": "0", "upload-checksum": checksum_of(data[:5_000])},
        )
        assert (first.status_code, first.headers["upload-offset"]) == (200, "5000")
        wrong = lan.patch(path, content=b"x", headers={"upload-offset": "7"})
        assert (wrong.status_code, wrong.json()["expected"]) == (409, 5_000)
        head = lan.head(path)
        assert (head.headers["upload-offset"], head.headers["upload-length"]) == (
            "5000",
            str(len(data)),
        )
        assert lan.patch(path, content=data[5_000:]).status_code == 422
        last = lan.patch(path, content=data[5_000:], headers={"upload-offset": "5000"})
        assert last.json()["offset_bytes"] == len(data)
        done = ended(lan, str(job["id"]))
        assert (done["phase"], done["word"]) == ("done", "xong")
        sheet = lan.get(f"/library/{done['result']}").json()
        assert (sheet["content"]["title"], sheet["field"]) == ("Bản tin sáng", 4)
        found = lan.get("/library", params={"q": "ban tin lu", "kind": "audio"}).json()
        assert [item["sha256"] for item in found["items"]] == [done["result"]]
        assert len(lan.get(f"/library/{done['result']}/peaks").json()["peaks"]) > 100
        assert lan.get(f"/library/{done['result']}/original").content == data
        assert lan.get("/contents").json()[0]["sha256"] == done["result"]


def test_sheets_shares_archive_and_playlists_over_the_api(served: Served) -> None:
    """Everything that the console does with content is there, refusals with their code and sentence."""
    with served.person() as lan:
        text = lan.post("/texts", json={"text": "Mời họp dân 😀", "area": COMMUNE}).json()
        sha256, path = text["content"]["sha256"], f"/library/{text['content']['sha256']}"
        said = {"sheet": {"title": "Giấy mời", "priority": "priority"}, "version": 1}
        assert lan.put(f"{path}/sheet", json=said).json()["version"] == 2
        again = lan.put(f"{path}/sheet", json=said)
        assert (again.status_code, again.json()["expected"]) == (409, 2)
        assert lan.put(f"{path}/sheet", json={"sheet": {"x": 1}, "version": 2}).status_code == 422
        assert lan.post(f"{path}/shares", json={"area": "dt/tan-hoi"}).json()["shares"]
        assert not lan.delete(f"{path}/shares", params={"area": "dt/tan-hoi"}).json()["shares"]
        assert lan.post(f"{path}/archive").json()["word"] == "lưu trữ"
        assert lan.delete(f"{path}/archive").json()["archived"] is None
        codes = lan.get("/library/codes").json()
        assert (codes["fields"]["1"], codes["priorities"]["urgent"]) == ("Thông tin chung", 1)
        made = lan.post("/playlists", json={"area": COMMUNE, "title": "Sáng", "items": [sha256]})
        assert made.status_code == 201
        where = lan.get(f"{path}/usages").json()
        assert [used["kind"] for used in where] == ["playlist"]
        assert lan.get("/playlists").json()["items"][0]["title"] == "Sáng"
        for wrong in ("/library/none", "/uploads/none", "/playlists/none", "/speech/previews/none"):
            assert lan.get(wrong).status_code == 404, wrong


def test_a_text_is_shown_previewed_and_spoken(served: Served) -> None:
    """The words as spoken, a short-lived sound, and the job whose content has the text beside it."""
    text = {"text": "Cúp điện từ 7h30 😀.", "region": "north", "speed_pct": 120}
    with served.person() as lan:
        shown = lan.post("/speech/words", json=text).json()
        assert "bảy giờ ba mươi" in shown["spoken"]
        assert "biểu tượng" in shown["notices"][0]
        preview = lan.post("/speech/previews", json=text).json()
        sound = lan.get(f"/speech/previews/{preview['name']}")
        assert sound.content[:4] == b"RIFF"
        assert preview["duration_ms"] > 800
        job = lan.post("/speech", json={**text, "area": COMMUNE}).json()
        done = ended(lan, job["id"])
        assert done["phase"] == "done", done
        sheet = lan.get(f"/library/{done['result']}").json()
        assert (sheet["made"], sheet["text"]) == ("speech", "Cúp điện từ 7h30.")
        refused = lan.post("/speech", json={"text": "😀", "area": COMMUNE})
        assert (refused.status_code, refused.json()["error"]) == (422, "no-text")
        assert lan.post("/speech/words", json={**text, "speed_pct": 500}).status_code == 422


def test_a_killed_server_takes_the_transcode_up_again(tmp_path: Path) -> None:
    """Killed while it receives and killed while it works: the upload goes on, the work is done whole."""
    authority = Authority.make("dt", now=real_now())
    served = Served(write_site(tmp_path / "site", authority), authority)
    served.prepare()
    served.start()
    options = ("-ar", "48000", "-ac", "2", "-c:a", "flac")
    file = make_sound(tmp_path / "dài.flac", f"sine=440:d={LONG_S}", *options)
    data = file.read_bytes()
    half = len(data) // 2
    with served.person() as lan:
        job = opened(lan, "dài.flac", data)
        path = f"/uploads/{job['id']}"
        assert (
            lan.patch(path, content=data[:half], headers={"upload-offset": "0"}).status_code == 200
        )
    served.stop(signal.SIGKILL)
    served.start()
    with served.person() as lan:
        assert lan.head(path).headers["upload-offset"] == str(half)
        assert (
            lan.patch(path, content=data[half:], headers={"upload-offset": str(half)}).status_code
            == 200
        )
        until = time.monotonic() + 30
        while (phase := lan.get(path).json()["phase"]) == "queued" and time.monotonic() < until:
            time.sleep(0.02)
        assert phase == "working"
    served.stop(signal.SIGKILL)
    served.start()
    with served.person() as lan:
        assert lan.get("/library").json()["items"] == []
        done = ended(lan, str(job["id"]), within_s=110)
        assert done["phase"] == "done", done
        item = lan.get("/library").json()["items"][0]
        assert item["duration_ms"] == pytest.approx(LONG_S * 1_000, abs=100)
        incoming = tmp_path / "site" / "data" / "incoming"
        until = time.monotonic() + 10
        while list(incoming.glob("*.upload")) and time.monotonic() < until:
            time.sleep(0.05)
        assert list(incoming.glob("*.upload")) == []
    assert served.stop() == 0
