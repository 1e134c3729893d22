"""The inbox and the way of a notice as pages: asked, answered, refused with nothing lost, each only one's own."""

from datetime import timedelta
from pathlib import Path

import pytest

from central.console.notices import next_session
from central.domain.people import PersonRole
from central.services.inbox import list_inbox
from central.services.workflow import submit
from central.services.workflow_offer_rows import OfferView, list_offers
from central.services.workflow_offers import offer
from contract.documents import Level
from tests.central.console.visiting import Visit
from tests.central.noticing import Notices
from tests.central.setting import COMMUNE, OTHER, Province


@pytest.fixture
def notices(province: Province, tmp_path: Path) -> Notices:
    """People of a commune and of the province."""
    return Notices(province, tmp_path)


def visit(notices: Notices, name: str) -> Visit:
    """Return somebody signed in."""
    found = Visit(notices.province.house)
    assert found.sign_in(name).status_code == 303
    return found


def submitted(notices: Notices, title: str = "Lịch tiêm chủng") -> str:
    """Return a notice that the contributor submitted."""
    sha256 = notices.upload(notices.minh, title=title)
    with notices.province.house.writing() as unit:
        submit(unit, sha256, who=notices.minh, now=notices.now, words="phát trước 17 giờ")
    return sha256


def sent_down(notices: Notices, level: Level = Level.NORMAL) -> OfferView:
    """Return a notice of the province that waits for the commune to choose a time."""
    sha256 = notices.upload(notices.tinh, "dt", "Lịch lấy nước")
    notices.sign(sha256, "dt", who=notices.tinh)
    with notices.province.house.writing() as unit:
        (sent,) = offer(unit, sha256, [COMMUNE], who=notices.tinh, now=notices.now, level=level)
    return sent


def test_an_empty_inbox_says_so(notices: Notices) -> None:
    """Nothing to do is said in words, not by an empty page."""
    text = visit(notices, "lan").get("/inbox").text
    assert "Không còn việc nào chờ bạn" in text
    assert "Chưa có việc nào đã xong" in visit(notices, "lan").get("/inbox?show=done").text


def test_an_approver_finds_what_waits_and_gives_it_back(notices: Notices) -> None:
    """The entry names maker, words and state; the reason typed there reaches the maker's inbox."""
    sha256 = submitted(notices)
    tam = visit(notices, "tam")
    text = tam.get("/inbox").text
    for part in (
        "Chờ tôi duyệt",
        "Lịch tiêm chủng",
        "minh gửi duyệt",
        "phát trước 17 giờ",
        "chờ duyệt",
    ):
        assert part in text
    page = tam.get(f"/inbox/contents/{sha256}").text
    assert "Duyệt bằng khóa của tôi" in page
    done = tam.post(f"/inbox/contents/{sha256}/return", {"why": "sai ngày tiêm", "version": "1"})
    assert done.status_code == 303
    assert "Không còn việc nào chờ bạn" in tam.get("/inbox").text
    minh = visit(notices, "minh").get("/inbox").text
    assert "tam trả lại để sửa" in minh
    assert "sai ngày tiêm" in minh


def test_what_is_refused_comes_back_with_what_was_typed(notices: Notices) -> None:
    """Somebody was faster: the page says who, shows how it stands now, and keeps the words."""
    sha256 = submitted(notices)
    tam, minh = visit(notices, "tam"), visit(notices, "minh")
    tam.get(f"/inbox/contents/{sha256}")
    assert minh.post(f"/inbox/contents/{sha256}/withdraw", {"version": "1"}).status_code == 303
    late = tam.post(f"/inbox/contents/{sha256}/return", {"why": "sai ngày tiêm", "version": "1"})
    assert late.status_code == 409
    assert "minh vừa rút lại nội dung này lúc" in late.text
    said = tam.post(f"/inbox/contents/{sha256}/comments", {"text": " "})
    assert said.status_code == 422
    thin = minh.post(f"/inbox/contents/{sha256}/recall", {"why": "một lý do dài"})
    assert thin.status_code == 403
    again = minh.post(f"/inbox/contents/{sha256}/submit", {"words": "đã sửa ngày", "to": "lan"})
    assert again.status_code == 422
    assert "đã sửa ngày" in again.text


def test_a_commune_takes_or_declines_what_was_sent_down(notices: Notices) -> None:
    """A day and a time are one form away; declining asks why; a priority notice has no such form."""
    sent = sent_down(notices)
    lan = visit(notices, "lan")
    text = lan.get("/inbox").text
    day, start = next_session(notices.now)
    assert f'value="{day.isoformat()}"' in text
    assert "Không nhận phát" in text
    path = f"/inbox/offers/{sent.id}"
    wrong = lan.post(f"{path}/accept", {"on": "2020-01-01", "start": "05:30", "repeat_count": "1"})
    assert wrong.status_code == 409
    assert "Giờ phát đã qua" in wrong.text
    assert 'value="2020-01-01"' in wrong.text
    form = {"on": day.isoformat(), "start": f"{start:%H:%M}", "repeat_count": "2"}
    assert lan.post(f"{path}/accept", form).status_code == 303
    assert "Hãy gửi lịch" in lan.get("/inbox?did=taken").text
    assert lan.post(f"{path}/decline", {"why": "xã không trồng lúa"}).status_code == 409
    must = sent_down(notices, Level.PRIORITY)
    text = lan.get("/inbox?ask=schedule").text
    assert "ưu tiên: phải phát" in text
    assert "Không nhận phát" not in text
    refused = lan.post(f"/inbox/offers/{must.id}/decline", {"why": "xã bận lắm"})
    assert "Bản tin ưu tiên phải phát" in refused.text


def test_the_province_sends_down_from_the_page(notices: Notices) -> None:
    """Ticked communes are asked; the page then shows what each decided, and what waits can be taken back."""
    sha256 = notices.upload(notices.tinh, "dt", "Lịch lấy nước")
    notices.sign(sha256, "dt", who=notices.tinh)
    tinh = visit(notices, "tinh")
    assert "Gửi xuống cho xã chọn lịch" in tinh.get(f"/inbox/contents/{sha256}").text
    base = f"/inbox/contents/{sha256}"
    form: dict[str, str | list[str]] = {"area": [COMMUNE, OTHER], "level": "priority"}
    assert tinh.post(f"{base}/offers", form).status_code == 303
    text = tinh.get(f"{base}?did=offered").text
    assert text.count("chờ xã chọn lịch") == 2
    with notices.province.house.reading() as unit:
        first = list_offers(unit, who=None, now=notices.now)[0]
    taken = tinh.post(f"{base}/offers/{first.id}/withdraw", {"version": str(first.version)})
    assert taken.status_code == 303
    assert "đã rút lại" in tinh.get(base).text


def test_entries_are_put_away_put_off_and_seen(notices: Notices) -> None:
    """Each has its button; what was put off waits under its own filter; others' entries cannot be moved."""
    submitted(notices, "Tin một")
    submitted(notices, "Tin hai")
    tam = visit(notices, "tam")
    tam.get("/inbox")
    with notices.province.house.reading() as unit:
        ids = [entry.id for entry in list_inbox(unit, notices.tam, now=notices.now).entries]
    headers = {"x-csrf-token": tam.csrf, "origin": "http://127.0.0.1:8000"}
    assert tam.ask("POST", f"/inbox/seen/{ids[0]}", headers=headers).status_code == 204
    assert "2 việc đang mở, 1 việc chưa xem" in tam.get("/inbox").text
    assert tam.post("/inbox/move", {"entry": str(ids[0]), "what": "tomorrow"}).status_code == 303
    assert tam.post("/inbox/move", {"entry": str(ids[1]), "what": "done"}).status_code == 303
    assert "Tin hai" in tam.get("/inbox?show=later").text
    assert "Tin một" in tam.get("/inbox?show=done").text
    assert visit(notices, "lan").post("/inbox/move", {"entry": str(ids[0])}).status_code == 404
    notices.province.clock.pass_by(timedelta(hours=21))
    assert "Tin hai" in visit(notices, "tam").get("/inbox").text


def test_slots_and_announcements_are_talked_about_on_their_own_page(notices: Notices) -> None:
    """Whoever may look writes there; somebody of another commune does not."""
    sha256 = notices.upload(notices.lan)
    notices.plan(sha256)
    lan = visit(notices, "lan")
    assert "Chưa có góp ý nào." in lan.get("/inbox/slots/sang").text
    said = lan.post("/inbox/slots/sang/comments", {"text": "Dời sang 6 giờ 30? @tam"})
    assert said.status_code == 303
    assert "đã báo cho tam" in lan.get("/inbox/slots/sang").text
    assert "/console/inbox/slots/sang" in visit(notices, "tam").get("/inbox").text
    notices.province.person("hoa", PersonRole.EDITOR, area=OTHER)
    hoa = visit(notices, "hoa")
    assert hoa.get("/inbox/slots/sang").status_code == 403
    assert hoa.get("/inbox/announcements/x").status_code == 404
    assert hoa.get(f"/inbox/contents/{sha256}").status_code == 404
    assert hoa.get("/inbox/contents/xyz").status_code == 422


def test_a_stranger_sees_nothing(notices: Notices) -> None:
    """Without signing in there is no inbox and no way."""
    sha256 = notices.upload(notices.lan)
    stranger = Visit(notices.province.house)
    for path in ("/inbox", f"/inbox/contents/{sha256}", "/inbox/slots/sang"):
        assert stranger.get(path).status_code == 303
