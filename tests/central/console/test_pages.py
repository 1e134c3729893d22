"""The pages by real requests: what they show, what they take, what they refuse."""

import base64
import html
import json
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from central.domain.people import PersonRole
from central.services import announcement_named, list_slots, preview
from central.services.reports import Acknowledged
from contract import codec, seal
from contract.documents import (
    AfterBreak,
    Announcement,
    Approval,
    Check,
    Kind,
    MessageType,
    Role,
    Status,
    StreamRelay,
    Threshold,
    Tone,
    Vitals,
)
from contract.testing import Authority
from tests.central.console.visiting import HOST, Visit
from tests.central.setting import COMMUNE, HAMLET, Province, make_slot
from tests.central.test_findings import GOOD, NO_FILE, found, said
from tests.central.test_reports import Teller, make_health

ALARM: dict[str, str | list[str]] = {
    "status": "Actual",
    "template": "flood",
    "event": "Lũ",
    "headline_vi": "Cảnh báo lũ",
    "text_vi": "Nước lên nhanh.\r\nLên nơi cao.",
    "headline_en": "",
    "text_en": "",
    "areas": [COMMUNE],
    "quick_rounds": "3",
    "quick_gap_min": "5",
    "slow_gap_min": "25",
    "life_h": "6",
}


@pytest.fixture
def authority() -> Authority:
    """The province's authority: to the whole province two people must speak, to a commune one."""
    two = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    return Authority.make("dt", seed="console", thresholds=[two])


@pytest.fixture
def visit(province: Province) -> Visit:
    """Somebody with every role in the province, signed in."""
    province.person("lan", *PersonRole)
    visit = Visit(province.house)
    assert visit.sign_in("lan").status_code == 303
    return visit


def at_hamlet(province: Province, *roles: PersonRole) -> Visit:
    """Return somebody signed in with these roles in one hamlet."""
    province.person("binh", *roles, area=HAMLET)
    visit = Visit(province.house)
    visit.sign_in("binh")
    return visit


def upload(visit: Visit, file: Path, area: str = "dt") -> dict[str, str]:
    """Upload a file as the script does and return the answer."""
    headers = {
        "origin": f"http://{HOST}",
        "x-csrf-token": visit.csrf,
        "accept": "application/json",
        "content-type": "application/octet-stream",
    }
    path = f"/contents/upload?area={area}&name={file.name}"
    answer = visit.ask("POST", path, content=file.read_bytes(), headers=headers)
    found: dict[str, str] = answer.json()
    return {"status": str(answer.status_code), **found}


def prepared(answer_text: str, kind: Kind) -> bytes:
    """Return the payload of what was prepared for signing."""
    value = json.loads(answer_text)
    assert value["payloadType"] == codec.payload_type(kind)
    return base64.b64decode(value["payload"])


PATHS = ("/", "/contents", "/programme", "/emergency", "/emergency/new", "/key")


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_in_an_empty_province(visit: Visit, path: str) -> None:
    """A province without appliances, contents or alarms has designed pages, not errors."""
    answer = visit.get(path)
    assert answer.status_code == 200
    assert answer.text.count("<h1") == 1


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_for_somebody_without_roles(province: Province, path: str) -> None:
    """Whoever holds no role yet sees calm pages that say so."""
    province.person("moi")
    visit = Visit(province.house)
    visit.sign_in("moi")
    assert visit.get(path).status_code == 200


@pytest.mark.parametrize("path", ["/nothing", "/contents/" + "0" * 64, "/appliances/nobody"])
def test_what_is_not_here_is_said_in_words(visit: Visit, path: str) -> None:
    """A wrong address gets a page with a sentence and a way back."""
    answer = visit.get(path)
    assert answer.status_code == 404
    assert "Về trang Toàn cảnh" in answer.text


def test_the_overview_shows_each_appliance(province: Province, visit: Visit) -> None:
    """An appliance stands under its commune with its state in a word."""
    province.appliance("Cụm loa Chợ")
    text = visit.get("/").text
    assert "Xã Mỹ Phong" in text
    assert "Cụm loa Chợ" in text
    assert "chưa từng kết nối" in text


def test_nobody_sees_beyond_their_area(province: Province) -> None:
    """An appliance of another commune is neither listed nor opened by its address."""
    _, inside = province.appliance("Cụm loa Trong", HAMLET)
    _, outside = province.appliance("Cụm loa Ngoài", "dt/tan-hoi")
    visit = at_hamlet(province, PersonRole.VIEWER)
    text = visit.get("/").text
    assert ("Cụm loa Trong" in text, "Cụm loa Ngoài" in text) == (True, False)
    assert visit.get(f"/appliances/{inside}").status_code == 200
    assert visit.get(f"/appliances/{outside}").status_code == 403


# --- contents ------------------------------------------------------------------------------------


def test_an_upload_is_checked_and_told_in_words(visit: Visit, tone: Path) -> None:
    """A good file is answered with what was found, and can be seen, heard and drawn."""
    answer = upload(visit, tone)
    assert answer["status"] == "200"
    assert answer["said"].startswith("Tệp tốt, dài 0 phút 1 giây.")
    path = answer["href"].removeprefix("/console")
    assert "chờ duyệt" in visit.get(path).text
    sound = visit.ask("GET", f"{path}/sound", headers={"range": "bytes=0-9"})
    assert (sound.status_code, len(sound.content)) == (206, 10)
    drawn = visit.get(f"{path}/waveform.svg")
    assert drawn.headers["content-type"].startswith("image/svg+xml")
    assert drawn.text.count("M") > 200


def test_what_is_no_sound_is_refused_in_words(visit: Visit, tmp_path: Path) -> None:
    """A text with a sound's name is refused with a sentence that names the file."""
    file = tmp_path / "bai-viet.mp3"
    file.write_text("Đây là một bài viết.", "utf-8")
    answer = upload(visit, file)
    assert answer["status"] == "422"
    assert "bai-viet.mp3" in answer["why"]


def test_an_upload_needs_the_right_and_the_token(
    province: Province, visit: Visit, tone: Path
) -> None:
    """A viewer may not upload, nor a page that lacks the session's token; nothing stays behind."""
    assert upload(at_hamlet(province, PersonRole.VIEWER), tone)["status"] == "403"
    visit.csrf = "0" * 64
    assert upload(visit, tone)["status"] == "403"
    assert list(province.house.incoming.iterdir()) == []


def test_an_approval_is_signed_elsewhere(province: Province, visit: Visit, tone: Path) -> None:
    """The server prepares the payload, the person's key signs it, and only then is the content approved."""
    path = upload(visit, tone)["href"].removeprefix("/console")
    answer = visit.post_json(f"{path}/approval/prepare", {"area": COMMUNE, "days": 30})
    payload = prepared(answer.text, Kind.APPROVAL)
    approval = codec.decode(Kind.APPROVAL, payload)
    assert isinstance(approval, Approval)
    assert (approval.area, approval.not_after - approval.issued) == (COMMUNE, timedelta(days=30))
    sealed = seal.seal(Kind.APPROVAL, payload, [province.authority.keys[Role.APPROVE]])
    assert visit.post_json(f"{path}/approval", {"envelope": sealed.decode()}).status_code == 200
    assert "đã duyệt" in visit.get(path).text


def test_a_key_of_nobody_approves_nothing(province: Province, visit: Visit, tone: Path) -> None:
    """A signature by a key that is not in the keyring is refused with a next step, and nothing is approved."""
    path = upload(visit, tone)["href"].removeprefix("/console")
    answer = visit.post_json(f"{path}/approval/prepare", {"area": "dt"})
    stranger = seal.SigningKey.generate()
    sealed = seal.seal(Kind.APPROVAL, prepared(answer.text, Kind.APPROVAL), [stranger])
    refused = visit.post_json(f"{path}/approval", {"envelope": sealed.decode()})
    assert refused.status_code == 422
    assert refused.json()["why"]
    assert "chờ duyệt" in visit.get(path).text


@pytest.mark.parametrize("value", [{"area": 5}, [], {"days": 3}, {"area": "dt", "days": 9_999}])
def test_a_malformed_wish_is_refused(visit: Visit, tone: Path, value: object) -> None:
    """What is not the expected JSON is answered with 422 and a sentence, never with a fault."""
    path = upload(visit, tone)["href"].removeprefix("/console")
    answer = visit.post_json(f"{path}/approval/prepare", value)
    assert answer.status_code == 422
    assert answer.json()["why"]


def test_an_endless_wish_is_cut_off(visit: Visit) -> None:
    """A body far beyond any envelope is refused before it fills the memory."""
    answer = visit.post_json("/emergency/send", {"envelope": "x" * 300_000})
    assert answer.status_code == 413


def test_a_title_of_ones_own(visit: Visit, tone: Path) -> None:
    """Who uploads may give the title that people read and approvers sign."""
    headers = {
        "origin": f"http://{HOST}",
        "x-csrf-token": visit.csrf,
        "accept": "application/json",
    }
    path = "/contents/upload?area=dt&name=a.mp3&title=B%E1%BA%A3n%20tin"
    answer = visit.ask("POST", path, content=tone.read_bytes(), headers=headers)
    assert "<h1>Bản tin</h1>" in visit.get(answer.json()["href"].removeprefix("/console")).text


# --- programme -----------------------------------------------------------------------------------


def slot_form(content: str, **changes: str | list[str]) -> dict[str, str | list[str]]:
    """Return a filled-in slot form."""
    return {
        "title": "Bản tin sáng",
        "items": [content],
        "recurrence": "daily",
        "start": "06:00",
        "end": "06:30",
        "volume_pct": "70",
        **changes,
    }


def test_a_slot_is_saved_as_a_draft(province: Province, visit: Visit, tone: Path) -> None:
    """A saved slot is in the list and the picture, and no appliance knows of it."""
    content = province.sound(tone).sha256
    province.appliance()
    answer = visit.post(f"/programme/slots/new?area={COMMUNE}", slot_form(content))
    assert answer.status_code == 303
    text = visit.get(f"/programme?area={COMMUNE}").text
    assert "Bản tin sáng" in text
    assert "chưa gửi" in text
    with province.house.reading() as unit:
        (state,) = list_slots(unit, COMMUNE)
        assert state.slot.volume_pct == 70
    assert "Có thay đổi chưa gửi" in text


def test_a_faulty_form_comes_back_as_it_was(province: Province, visit: Visit, tone: Path) -> None:
    """The refused form keeps what was typed and marks the field."""
    content = province.sound(tone).sha256
    form = slot_form(content, start="22:00", end="01:00", title="Nhạc khuya")
    answer = visit.post(f"/programme/slots/new?area={COMMUNE}", form)
    assert answer.status_code == 422
    assert 'value="Nhạc khuya"' in answer.text
    assert 'aria-describedby="fault-end"' in answer.text
    assert (
        visit.post(f"/programme/slots/new?area={COMMUNE}", {**form, "overnight": "on"}).status_code
        == 303
    )


def test_the_picture_follows_the_form(province: Province, visit: Visit, tone: Path) -> None:
    """The preview draws what is being typed and warns of what will not sound, without keeping anything."""
    content = province.sound(tone).sha256
    form = slot_form(content, title="Đang thử", start="22:00", end="22:30")
    answer = visit.post(f"/programme/preview?area={COMMUNE}", form)
    assert answer.status_code == 200
    assert "Đang thử" in answer.text
    assert "giờ yên tĩnh" in answer.text.lower()
    with province.house.reading() as unit:
        assert list_slots(unit, COMMUNE) == ()


def test_publishing_first_shows_who_changes(province: Province, visit: Visit, tone: Path) -> None:
    """The confirmation names the appliances; after it they have the programme and nothing is pending."""
    _, device = province.appliance("Cụm loa Chợ")
    province.appliance("Cụm loa Xa", "dt/tan-hoi")
    province.slot(make_slot(province.sound(tone).sha256))
    shown = visit.get(f"/programme/publish?area={COMMUNE}").text
    assert ("Cụm loa Chợ" in shown, "Cụm loa Xa" in shown) == (True, False)
    answer = visit.post("/programme/publish", {"area": COMMUNE})
    assert answer.status_code == 303
    assert "n=1" in answer.headers["location"]
    after = visit.get(answer.headers["location"].removeprefix("/console")).text
    assert "Đã gửi lịch tới 1 cụm loa" in after
    assert "Có thay đổi chưa gửi" not in after
    with province.house.reading() as unit:
        assert preview(unit, province.now.date(), device=device, now=province.now).planned


def test_publishing_needs_the_right(province: Province, tone: Path) -> None:
    """A viewer can neither open the confirmation nor publish."""
    province.slot(make_slot(province.sound(tone).sha256), HAMLET)
    visit = at_hamlet(province, PersonRole.VIEWER)
    assert visit.get(f"/programme/publish?area={HAMLET}").status_code == 403
    assert visit.post("/programme/publish", {"area": HAMLET}).status_code == 403


def test_a_relay_is_planned_seen_and_signed_for(province: Province, visit: Visit) -> None:
    """The form takes an address and nothing standing by; its page shows it plainly, and a signature releases it."""
    url = "https://phat.vi-du.vn/vov1.mp3"
    form = slot_form("", source="stream", url=url, items=[], after_break="resume")
    assert visit.post(f"/programme/slots/new?area={COMMUNE}", form).status_code == 303
    with province.house.reading() as unit:
        (state,) = list_slots(unit, COMMUNE)
    live = state.slot.live
    assert live == StreamRelay(url=url)
    assert state.slot.after_break is AfterBreak.RESUME
    shown = html.unescape(visit.get(f"/programme?area={COMMUNE}").text)
    assert f"tiếp sóng {url}" in shown
    assert "chưa được duyệt" in shown
    assert url in visit.get("/contents").text
    path = f"/contents/live/{live.approved_as}"
    text = visit.get(path).text
    assert (url in text, "chờ duyệt" in text, "Bản tin sáng" in text) == (True, True, True)
    prepare = f"/contents/{live.approved_as}/approval"
    answer = visit.post_json(f"{prepare}/prepare", {"area": COMMUNE})
    payload = prepared(answer.text, Kind.APPROVAL)
    sealed = seal.seal(Kind.APPROVAL, payload, [province.authority.keys[Role.APPROVE]])
    assert visit.post_json(prepare, {"envelope": sealed.decode()}).status_code == 200
    assert "đã duyệt" in visit.get(path).text
    assert 'class="block usual live' in visit.get(f"/programme?area={COMMUNE}").text


def test_a_relay_without_an_address_comes_back(visit: Visit) -> None:
    """The form keeps what was typed and says what an address looks like; nothing is kept."""
    form = slot_form("", source="stream", url="https:///", items=[], title="Tiếp sóng")
    answer = visit.post(f"/programme/slots/new?area={COMMUNE}", form)
    assert answer.status_code == 422
    assert 'aria-describedby="fault-url"' in answer.text
    assert 'value="Tiếp sóng"' in answer.text
    assert visit.get("/contents/live/" + "0" * 64).status_code == 404


def test_a_deleted_slot_goes(province: Province, visit: Visit, tone: Path) -> None:
    """A slot that was never sent is gone at once; the page says that speakers changed nothing."""
    province.slot(make_slot(province.sound(tone).sha256))
    answer = visit.post("/programme/slots/sang/delete")
    assert answer.status_code == 303
    text = visit.get(answer.headers["location"].removeprefix("/console")).text
    assert "Bản tin sáng" not in text
    assert "Đã xóa khung giờ" in text


# --- emergency -----------------------------------------------------------------------------------


def raised(
    province: Province, visit: Visit, **changes: str | list[str]
) -> tuple[int, dict[str, str]]:
    """Prepare, sign with the authority's key and send an alarm; return status and answer."""
    answer = visit.post("/emergency/prepare", {**ALARM, **changes})
    assert answer.status_code == 200, answer.text
    payload = prepared(answer.text, Kind.ANNOUNCEMENT)
    sealed = seal.seal(Kind.ANNOUNCEMENT, payload, [province.authority.keys[Role.EMERGENCY]])
    sent = visit.post_json("/emergency/send", {"envelope": sealed.decode()})
    return sent.status_code, sent.json()


def test_what_is_prepared_is_what_was_typed(visit: Visit) -> None:
    """The payload says the form's words in every language, its areas, its repeats and its kind."""
    form = {**ALARM, "status": "Exercise", "headline_vi": "Diễn tập: Cảnh báo lũ"}
    form |= {"headline_en": "Exercise: Flood", "text_en": "Go up."}
    answer = visit.post("/emergency/prepare", form)
    document = codec.decode(Kind.ANNOUNCEMENT, prepared(answer.text, Kind.ANNOUNCEMENT))
    assert isinstance(document, Announcement)
    assert document.status is Status.EXERCISE
    assert document.areas == (COMMUNE,)
    assert [(i.language, i.headline, i.text) for i in document.infos] == [
        ("vi", "Diễn tập: Cảnh báo lũ", "Nước lên nhanh.\nLên nơi cao."),
        ("en", "Exercise: Flood", "Go up."),
    ]
    assert (document.repeat.quick_gap_s, document.repeat.slow_gap_s) == (300, 1_500)


@pytest.mark.parametrize(
    "changes",
    [
        {"areas": []},
        {"areas": ["dt/nowhere"]},
        {"text_vi": ""},
        {"status": ""},
        {"quick_rounds": "0"},
        {"life_h": "25"},
        {"slow_gap_min": "x"},
        {"status": "Exercise"},
        {"status": "Test", "headline_vi": "Cảnh báo lũ, kiểm tra"},
    ],
)
def test_an_unfinished_alarm_is_not_prepared(
    visit: Visit, changes: dict[str, str | list[str]]
) -> None:
    """Without words, areas, kind or sensible times there is nothing to sign, and a sentence says so."""
    answer = visit.post(
        "/emergency/prepare", {**ALARM, **changes}, headers={"accept": "application/json"}
    )
    assert answer.status_code in {404, 422}
    assert answer.json()["why"]


def test_a_signed_alarm_is_in_force_and_followed(province: Province, visit: Visit) -> None:
    """Once signed and sent it stands on every page, with a board of its appliances."""
    province.appliance("Cụm loa Chợ")
    status, answer = raised(province, visit)
    assert (status, answer["phase"]) == (200, "active")
    page = visit.get(answer["href"].removeprefix("/console")).text
    assert "Cụm loa Chợ" in page
    assert "Nước lên nhanh." in page
    assert "KHẨN CẤP: Cảnh báo lũ" in visit.get("/").text
    assert 'class="count"' in visit.get("/contents").text


def test_an_alarm_is_ended_with_the_all_clear(province: Province, visit: Visit) -> None:
    """The cancel is prepared, signed by the person too, sounds the all-clear and ends the alarm."""
    _, answer = raised(province, visit)
    path = answer["href"].removeprefix("/console")
    payload = prepared(visit.post_json(f"{path}/cancel/prepare", {}).text, Kind.ANNOUNCEMENT)
    document = codec.decode(Kind.ANNOUNCEMENT, payload)
    assert isinstance(document, Announcement)
    assert document.message is MessageType.CANCEL
    assert document.infos[0].tone is Tone.ALL_CLEAR
    assert document.references == (path.rsplit("/", 1)[1],)
    sealed = seal.seal(Kind.ANNOUNCEMENT, payload, [province.authority.keys[Role.EMERGENCY]])
    sent = visit.post_json("/emergency/send", {"envelope": sealed.decode()})
    assert sent.json()["href"] == answer["href"]
    assert "đã kết thúc" in visit.get(path).text
    assert 'class="count"' not in visit.get("/contents").text


def test_nobody_alarms_beyond_their_area(province: Province) -> None:
    """The right ends at the area's border, already before anything is signed."""
    visit = at_hamlet(province, PersonRole.EMERGENCY)
    assert visit.post("/emergency/prepare", ALARM).status_code == 403
    assert visit.post("/emergency/prepare", {**ALARM, "areas": [HAMLET]}).status_code == 200


def test_an_envelope_that_nobody_signed_is_refused(visit: Visit) -> None:
    """Bytes that are no sealed announcement are refused with a sentence."""
    for envelope in ("", "{}", "null"):
        answer = visit.post_json("/emergency/send", {"envelope": envelope})
        assert answer.status_code == 422
        assert answer.json()["why"]


def test_the_second_person_signs_on_their_own_page(province: Province, visit: Visit) -> None:
    """With one signature of two nothing is sent; the second person gets the same bytes, signs, and it is."""
    second = province.authority.add_key(Role.EMERGENCY, holder="Chủ tịch")
    ring = codec.encode_keyring(province.authority.keyring)
    (province.house.settings.repository / "keyring.json").write_bytes(ring)
    status, answer = raised(province, visit, areas=["dt"])
    assert (status, answer["phase"]) == (200, "waiting")
    path = answer["href"].removeprefix("/console")
    assert "Chờ người ký thứ hai" in visit.get(path).text
    province.person("chu.tich", PersonRole.EMERGENCY)
    other = Visit(province.house)
    other.sign_in("chu.tich")
    assert "KHẨN CẤP: Cảnh báo lũ" in other.get("/").text
    sealed = other.post_json(f"{path}/envelope", {}).json()["envelope"]
    both = seal.attach(sealed.encode(), second)
    done = other.post_json("/emergency/send", {"envelope": both.decode()})
    assert done.json()["phase"] == "active"
    with province.house.reading() as unit:
        state = announcement_named(unit, path.rsplit("/", 1)[1], now=province.now)
    assert len(state.signed_by) == 2


def test_the_second_signature_of_a_stranger_does_not_count(
    province: Province, visit: Visit
) -> None:
    """A second signature by a key outside the keyring leaves the alarm waiting, or is refused."""
    _, answer = raised(province, visit, areas=["dt"])
    path = answer["href"].removeprefix("/console")
    sealed = visit.post_json(f"{path}/envelope", {}).json()["envelope"]
    both = seal.attach(sealed.encode(), seal.SigningKey.generate())
    visit.post_json("/emergency/send", {"envelope": both.decode()})
    with province.house.reading() as unit:
        state = announcement_named(unit, path.rsplit("/", 1)[1], now=province.now)
    assert state.phase == "waiting"
    assert len(state.signed_by) == 1


# --- appliance -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "value"),
    [
        ("volume", "40"),
        ("stop", "15"),
        ("silence-on", ""),
        ("silence-off", ""),
        ("reload", ""),
        ("self-test", ""),
        ("restart", ""),
    ],
)
def test_an_order_is_sent(province: Province, visit: Visit, do: str, value: str) -> None:
    """Each order of the page is sealed for the appliance, and the page says so."""
    _, device = province.appliance()
    answer = visit.post(f"/appliances/{device}/command", {"do": do, "value": value})
    assert answer.status_code == 303
    shown = visit.get(answer.headers["location"].removeprefix("/console")).text
    assert "Đã gửi lệnh" in shown


@pytest.mark.parametrize(
    ("do", "value"), [("volume", "101"), ("volume", ""), ("stop", "0"), ("x", "")]
)
def test_an_order_that_makes_no_sense_is_refused(
    province: Province, visit: Visit, do: str, value: str
) -> None:
    """Out of bounds or unknown: nothing is sent."""
    _, device = province.appliance()
    answer = visit.post(f"/appliances/{device}/command", {"do": do, "value": value})
    assert answer.status_code == 422


def test_a_viewer_orders_nothing(province: Province) -> None:
    """Orders need their own right; the kill switch needs the emergency person's."""
    _, device = province.appliance()
    visit = at_hamlet(province, PersonRole.EDITOR)
    path = f"/appliances/{device}/command"
    assert visit.post(path, {"do": "reload"}).status_code == 303
    assert visit.post(path, {"do": "silence-on"}).status_code == 403


def told_by(province: Province, **parts: object) -> str:
    """Have a new appliance report these parts; return its id."""
    teller = Teller(province)
    (answer,) = teller.tell(teller.report(**parts))  # type: ignore[arg-type]
    assert isinstance(answer, Acknowledged)
    return teller.device


def test_a_local_warning_is_on_every_page_and_then_over(province: Province, visit: Visit) -> None:
    """Who, what, where and since when stand on top of the overview and the desk; a badge on all pages; then its end."""
    teller = Teller(province)
    teller.tell(teller.report(warnings=(said(province),)))
    for path in ("/", "/emergency"):
        text = html.unescape(visit.get(path).text)
        assert "CẢNH BÁO TẠI CHỖ: Vỡ bờ bao" in text
        assert "Bà con ấp 1 lên nơi cao." in text
        assert "Ấp 1, Xã Mỹ Phong (Sân)" in text
        assert "Chị Lan phát lúc 10:00, 22/11/2026" in text
        assert "chưa báo lần phát nào" in text
    assert 'class="count"' in visit.get("/contents").text
    province.clock.pass_by(timedelta(minutes=5))
    teller.tell(teller.report(warnings=(said(province, over=True, by="Anh Minh"),)))
    text = html.unescape(visit.get("/").text)
    assert "CẢNH BÁO TẠI CHỖ" not in text
    assert "Anh Minh kết thúc lúc 10:05" in text
    assert 'class="count"' not in visit.get("/contents").text
    province.clock.pass_by(timedelta(hours=13))
    visit.sign_in("lan")
    assert "Vỡ bờ bao" not in visit.get("/").text


def test_a_local_warning_elsewhere_is_not_ours_to_see(province: Province) -> None:
    """Whoever looks after another commune is not shown it."""
    teller = Teller(province)
    teller.tell(teller.report(warnings=(said(province),)))
    province.person("xa.khac", PersonRole.VIEWER, area="dt/tan-hoi")
    other = Visit(province.house)
    other.sign_in("xa.khac")
    assert "Vỡ bờ bao" not in other.get("/").text


def test_who_is_not_ready_stands_on_the_overview(province: Province, visit: Visit) -> None:
    """The appliance, the slot and the reason are named, and the appliance counts as one to look after."""
    device = told_by(province, readiness=(found(province, GOOD, NO_FILE),), health=True)
    text = html.unescape(visit.get("/").text)
    assert "1 cụm loa chưa sẵn sàng cho buổi phát tới" in text
    assert "Nội dung chưa có trên thẻ (1 mục)" in text
    assert "Buổi 10:30 “Bản tin sáng”" in text
    page = html.unescape(visit.get(f"/appliances/{device}").text)
    assert "Buổi tới: Bản tin sáng, 10:30, 22/11/2026" in page
    assert "Nội dung của khung giờ" in page
    assert "Tốt: 1 mục" in page


def test_the_appliance_page_shows_gauges_wiring_and_the_last_self_test(
    province: Province, visit: Visit
) -> None:
    """Temperature, card, link, mains; complaining inputs and failed parts; what the self-test found in each zone."""
    tone = Check(name="zone-san", ok=False, why="Sân: rơ-le không đóng.")
    health = msgspec.structs.replace(
        make_health(province),
        alarms=("Cửa tủ",),
        faults=("amplifier: chân 17 không ghi được",),
        mains=False,
        vitals=Vitals(temperature_c=81.2, signal_pct=12, link="cellular", file_system_errors=3),
    )
    test = found(province, GOOD, tone, of="test", ahead_min=0)
    device = told_by(province, readiness=(test,), told=health, plays=1)
    page = html.unescape(visit.get(f"/appliances/{device}").text)
    for words in (
        "81,2 °C",
        "quá nóng",
        "SIM, sóng 12 %",
        "sóng yếu",
        "3 lỗi hệ tệp, thay thẻ",
        "mất điện",
        "Cửa tủ",
        "chân 17 không ghi được",
        "Vùng Sân",
        "rơ-le không đóng",
        "nghe được 96 %",
        "Không đo được ở máy này: Điện áp, Bộ nhớ chạy, Sai giờ.",
        "Tự kiểm tra",
    ):
        assert words in page, words


def test_the_key_page_knows_what_a_key_may_sign(province: Province, visit: Visit) -> None:
    """The page carries the keyring's public keys with their duties, and no private half of anything."""
    text = visit.get("/key").text
    assert province.authority.keys[Role.APPROVE].public in html.unescape(text)
    assert "PRIVATE" not in text
