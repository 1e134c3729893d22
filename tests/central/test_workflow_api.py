"""The way of a notice and the inbox over `/api/v1`, asked of a real server."""

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from contract.documents import Sha256
from tests.central.serving import Served
from tests.central.setting import COMMUNE, make_sound

pytestmark = pytest.mark.timeout(120)


def uploaded(lan: httpx.Client, folder: Path, pitch: int, area: str = "dt") -> str:
    """Return the hash of a new sound."""
    sound = make_sound(folder / f"tin-{pitch}.mp3", f"sine={pitch}:d=1")
    headers = {"content-type": "audio/mpeg", "x-file-name": quote(sound.name)}
    answer = lan.post(
        "/contents",
        params={"area": area, "title": "Lịch tiêm"},
        content=sound.read_bytes(),
        headers=headers,
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["sha256"])


def test_a_notice_goes_its_way_over_the_api(served: Served, tmp_path: Path) -> None:
    """Submit, return, submit, approve, send down, choose a time, take back: as on the pages, with versions."""
    with served.person() as lan:
        sha256 = uploaded(lan, tmp_path, 500)
        base = f"/contents/{sha256}/workflow"
        assert lan.get(base).json()["view"]["word"] == "nháp"
        sent = lan.post(f"{base}/submit", json={"words": "gấp"}).json()
        assert (sent["word"], sent["told"]) == ("chờ duyệt", 1)
        entry = lan.get("/inbox", params={"ask": "approve"}).json()["entries"][0]
        assert (entry["word"], entry["words"]) == ("lan gửi duyệt", "gấp")
        stale = lan.post(f"{base}/return", json={"why": "sai ngày tiêm", "version": 0})
        assert (stale.status_code, stale.json()["expected"]) == (409, sent["version"])
        back = lan.post(f"{base}/return", json={"why": "sai ngày tiêm", "version": sent["version"]})
        assert back.json()["word"] == "trả lại"
        lan.post(f"{base}/submit", json={"to": "lan"})
        assert lan.post(f"{base}/reassign", json={"to": "ai.do"}).status_code == 422
        assert lan.post(f"{base}/withdraw", json={}).json()["word"] == "nháp"
        paper = served.authority.approve(Sha256(sha256), "dt")
        assert lan.post("/approvals", content=paper).status_code == 201
        track = lan.get(base).json()
        assert track["view"]["word"] == "đã duyệt"
        assert track["steps"][2]["place"] == "now"
        assert {"deed": "approve", "word": "ký duyệt"}.items() <= track["history"][0].items()
        (offer,) = lan.post(f"/contents/{sha256}/offers", json={"areas": [COMMUNE]}).json()
        assert offer["word"] == "chờ xã chọn lịch"
        choice = {"on": "2020-01-01", "start": "05:30:00"}
        past = lan.post(f"/offers/{offer['id']}/accept", json={"choice": choice})
        assert (past.status_code, past.json()["error"]) == (422, "bad-time")
        no = lan.post(f"/offers/{offer['id']}/decline", json={"why": "không trồng lúa"})
        assert no.json()["word"] == "xã không nhận phát"
        assert lan.get("/offers", params={"state": "waiting"}).json() == []
        taken = lan.post(f"{base}/take-back", json={"why": "hoãn tiêm chủng"})
        assert taken.json()["appliances"] == 0
        assert lan.get(base).json()["view"]["word"] == "thu hồi"


def test_the_inbox_is_read_and_moved_over_the_api(served: Served, tmp_path: Path) -> None:
    """Counts, seen, later and done; what is malformed is refused by name, never by a fault."""
    with served.person() as lan:
        sha256 = uploaded(lan, tmp_path, 520)
        lan.post(f"/contents/{sha256}/workflow/submit", json={})
        before = lan.get("/inbox/counts").json()
        assert before["by_ask"]["approve"] >= 1
        number = lan.get("/inbox", params={"ask": "approve"}).json()["entries"][0]["id"]
        assert lan.post("/inbox/seen", json={"ids": [number]}).json() == {"moved": 1}
        naive = lan.post("/inbox/snooze", json={"ids": [number], "until": "2026-01-01T00:00:00"})
        assert naive.status_code == 422
        assert lan.post("/inbox/done", json={"ids": [number]}).json() == {"moved": 1}
        assert lan.get("/inbox", params={"show": "done"}).json()["entries"][0]["id"] == number
        after = lan.get("/inbox/counts").json()
        assert after["by_ask"]["approve"] == before["by_ask"]["approve"] - 1
        for path, body in (
            ("/inbox/done", {"ids": [2**63]}),
            ("/inbox/done", {"ids": []}),
            ("/inbox/seen", {"ids": ["1"]}),
            ("/inbox/seen", {"entries": [1]}),
        ):
            assert lan.post(path, json=body).status_code == 422, (path, body)
        assert lan.get("/inbox", params={"before": 2**70}).status_code == 422
        assert lan.get("/inbox", params={"show": "all"}).status_code == 422


def test_comments_over_the_api(served: Served, tmp_path: Path) -> None:
    """On a content; signs that cannot be read are left out, emptiness and unknown subjects are refused."""
    with served.person() as lan:
        sha256 = uploaded(lan, tmp_path, 540)
        path = f"/contents/{sha256}/comments"
        said = lan.post(path, json={"text": "Xem lại ngày\x00 nhé @khong.co"})
        assert said.status_code == 201
        assert said.json()["not_told"] == ["khong.co"]
        assert said.json()["comment"]["text"] == "Xem lại ngày nhé @khong.co"
        page = lan.get(path, params={"limit": 1}).json()
        assert ([c["who"] for c in page["comments"]], page["more"]) == (["lan"], False)
        assert lan.post(path, json={"text": "\x00 \n"}).status_code == 422
        assert lan.get("/slots/khong-co/comments").status_code == 404
        assert lan.get("/announcements/dt:1:1/comments").status_code == 404
        assert lan.get("/contents/xyz/comments").status_code == 422


def test_nothing_is_told_to_a_stranger(served: Served) -> None:
    """Each route asks for a session first."""
    with httpx.Client(base_url=f"{served.url}/api/v1", timeout=30, trust_env=False) as stranger:
        for path in ("/inbox", "/inbox/counts", "/offers", f"/contents/{'a' * 64}/workflow"):
            assert stranger.get(path).status_code == 401, path
        assert stranger.post("/inbox/done", json={"ids": [1]}).status_code == 401
