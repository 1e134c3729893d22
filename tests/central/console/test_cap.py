"""The inbox of others' warnings at the console: read, used at the desk, put aside; looked at in a real browser."""

import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from sqlalchemy import update

from central.db.cap import CapSourceRow
from central.db.care import DeviceHealthRow
from central.domain.cap import CapStatus
from central.domain.cap_reading import read_cap
from central.domain.cap_states import CapOrigin, CapPhase
from central.domain.people import Person, PersonRole
from central.services import take_announcement
from central.services.cap_codes import CapCodeAsked, list_codes, set_code
from central.services.cap_inbox import CapOffer, cap_named, list_cap, take_cap, tie_cap
from central.services.cap_sources import CapSourceAsked, create_source, list_sources
from contract.documents import Role
from contract.testing import Authority
from tests.central.capping import AREA, REFERENCE, alert, info
from tests.central.console.browsing import WIDTHS, Desk, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.visiting import HOST, Visit
from tests.central.serving import Served
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province, real_now

T = TypeVar("T")
PICTURES = os.environ.get("TIENGLANG_PICTURES") or os.environ.get("CONSOLE_PICTURES")
SHAPE = (
    "<area><areaDesc>Ven sông Tiền</areaDesc><polygon>10.30,105.50 10.30,105.80 10.55,105.95 "
    "10.60,105.60 10.30,105.50</polygon><circle>10.45,105.95 8</circle>"
    "<geocode><valueName>SAME</valueName><value>006109</value></geocode></area>"
)


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody who is signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    visit.sign_in(name)
    return visit


def take(province: Province, data: bytes, who: Person | None = None) -> int:
    """Put a message into the province's inbox; return its number."""
    offer = CapOffer(area="dt", origin=CapOrigin.SOURCE, origin_name="Đài khí tượng")
    with province.house.writing() as unit:
        return take_cap(unit, data, offer, who=who, now=province.now).message.number


def send_file(visit: Visit, data: bytes) -> httpx.Response:
    """Choose a file in the inbox's form and send it."""
    edge = b"--ranh-gioi"
    parts = [
        edge + b'\r\ncontent-disposition: form-data; name="%s"%s\r\n\r\n%s\r\n' % part
        for part in (
            (b"csrf", b"", visit.csrf.encode()),
            (b"area", b"", b"dt"),
            (b"file", b'; filename="tin.xml"', data),
        )
    ]
    headers = {
        "origin": f"http://{HOST}",
        "content-type": "multipart/form-data; boundary=ranh-gioi",
    }
    body = b"".join(parts) + edge + b"--\r\n"
    return visit.ask("POST", "/cap", content=body, headers=headers)


@pytest.fixture
def truc(province: Province) -> Visit:
    """The person on duty at the page."""
    found = visitor(province, "truc", PersonRole.EMERGENCY)
    found.get("/cap")
    return found


def test_a_file_is_imported_and_shown(truc: Visit, province: Province) -> None:
    """It stands in the inbox with who sent it; the same again leads to the first; what is no CAP is told by element."""
    answer = send_file(truc, alert())
    assert answer.headers["location"] == "/console/cap/1?done=taken"
    assert "canhbao@kttv.example" in truc.get("/cap").text
    again = send_file(truc, alert())
    assert again.headers["location"] == "/console/cap/1?done=known"
    truc.get("/cap")
    bad = send_file(truc, alert(status="?"))
    assert bad.status_code == 422
    assert "alert/status" in bad.text
    truc.get("/cap")
    assert truc.post("/cap", {"area": "dt"}).status_code == 422
    page = truc.get("/cap/1").text
    assert "Lũ trên sông Tiền" in page
    assert "Xã Mỹ Phong" in page
    original = truc.get("/cap/1/original")
    assert original.content == alert()
    assert "attachment" in original.headers["content-disposition"]


def test_what_is_used_fills_the_desk_and_sounds_nowhere(truc: Visit, province: Province) -> None:
    """The form opens with words, status and areas; preparing ties it; only the signed one makes it used."""
    number = take(province, alert(status="Exercise"))
    page = truc.get(f"/cap/{number}/use").text
    assert "Diễn tập: Lũ trên sông Tiền" in page
    assert re.search(r'value="Exercise"[^>]*checked', page)
    assert re.search(r'value="dt/my-phong"[^>]*checked', page)
    assert f'name="cap" value="{number}"' in page
    assert "canhbao@kttv.example" in page
    form: dict[str, str | list[str]] = {
        "status": "Exercise",
        "event": "Lũ",
        "headline_vi": "Diễn tập: Lũ",
        "text_vi": "Nước lên.",
        "areas": [COMMUNE],
        "quick_rounds": "3",
        "quick_gap_min": "5",
        "slow_gap_min": "25",
        "life_h": "6",
        "cap": str(number),
    }
    assert truc.post("/emergency/prepare", form).status_code == 200
    with province.house.reading() as unit:
        who = province_person(truc, province)
        state = cap_named(unit, number, who=who)
    assert state.phase is CapPhase.WAITING
    assert state.announcement.startswith("dt")


def province_person(visit: Visit, province: Province) -> Person:
    """Return an administrator who sees everything."""
    return Person(id=99, name="xem", grants=province.person("xem99", *PersonRole).grants)


def test_it_is_put_aside_with_a_reason(truc: Visit, province: Province) -> None:
    """Without one the page says what is missing; afterwards it shows who and why, and offers nothing more."""
    number = take(province, alert())
    truc.get(f"/cap/{number}")
    assert truc.post(f"/cap/{number}/dismiss", {"why": ""}).status_code == 422
    truc.get(f"/cap/{number}")
    done = truc.post(f"/cap/{number}/dismiss", {"why": "Không thuộc tỉnh ta"})
    assert done.status_code == 303
    page = truc.get(f"/cap/{number}?done=dismissed").text
    assert "Không thuộc tỉnh ta" in page
    assert "Dùng để soạn" not in page
    assert f"/console/cap/{number}" in truc.get("/cap?phase=all").text
    assert f"/console/cap/{number}" not in truc.get("/cap").text


def test_a_cancel_leads_to_the_announcement_it_would_end(truc: Visit, province: Province) -> None:
    """It is not filled into the form; it opens our announcement, where ending it is signed."""
    first = take(province, alert())
    paper = province.authority.announce([COMMUNE], sent=province.now)
    who = province.person("hai", *PersonRole)
    with province.house.writing() as unit:
        ours = take_announcement(unit, paper, who=None, now=province.now).id
        tie_cap(unit, first, ours, who=who, now=province.now)
        unit.session.connection().exec_driver_sql(
            "update cap_messages set state = 'used' where id = 1"
        )
    number = take(province, alert(identifier="C", message="Cancel", references=[REFERENCE]))
    assert "Mở cảnh báo đó để hủy" in truc.get(f"/cap/{number}").text
    assert truc.get(f"/cap/{number}/use").status_code == 422
    truc.get(f"/cap/{number}")
    wrong = truc.post(f"/cap/{number}/cancel", {"announcement": "dt:1:999"})
    assert wrong.status_code == 422
    truc.get(f"/cap/{number}")
    done = truc.post(f"/cap/{number}/cancel", {"announcement": ours})
    assert done.headers["location"] == f"/console/emergency/{ours}"
    update_of = take(
        province,
        alert(info(headline="Lũ rút"), identifier="U", message="Update", references=[REFERENCE]),
    )
    page = truc.get(f"/cap/{update_of}").text
    assert "So với cảnh báo đang phát của ta" in page
    assert f'name="update_of" value="{ours}"' in truc.get(f"/cap/{update_of}/use").text


def test_sources_and_codes_are_kept_by_administrators(province: Province) -> None:
    """Added, turned off, removed; what is wrong is told and what was typed stays; others are turned away."""
    lan = visitor(province, "lan", PersonRole.ADMINISTRATOR)
    lan.get("/cap-sources")
    form: dict[str, str | list[str]] = {
        "name": "Đài",
        "area": "dt",
        "url": "https://kttv.example/feed",
        "every_s": "60",
    }
    assert lan.post("/cap-sources", form).headers["location"] == "/console/cap-sources?done=added"
    with province.house.reading() as unit:
        (one,) = list_sources(unit, ["dt"])
    lan.get("/cap-sources")
    bad = lan.post("/cap-sources", {**form, "url": "ftp://x"})
    assert bad.status_code == 422
    assert 'value="ftp://x"' in bad.text
    for deed, word in (("off", "đang tắt"), ("on", "chưa hỏi lần nào")):
        lan.get("/cap-sources")
        assert lan.post(f"/cap-sources/{one.id}/{deed}").status_code == 303
        assert word in lan.get("/cap-sources").text
    assert lan.post(f"/cap-sources/{one.id}/nonsense").status_code == 422
    lan.get("/cap-sources")
    code: dict[str, str | list[str]] = {"name": "SAME", "value": "006109", "area": COMMUNE}
    assert lan.post("/cap-sources/codes", code).status_code == 303
    assert "006109" in lan.get("/cap-sources?done=code").text
    assert lan.post("/cap-sources/codes", {**code, "value": ""}).status_code == 422
    with province.house.reading() as unit:
        (kept,) = list_codes(unit, who=province.person("xem", PersonRole.VIEWER))
    lan.get("/cap-sources")
    assert lan.post(f"/cap-sources/codes/{kept.number}/drop").status_code == 303
    lan.get("/cap-sources")
    assert lan.post(f"/cap-sources/{one.id}/delete").status_code == 303
    editor = visitor(province, "sua", PersonRole.EDITOR)
    assert editor.get("/cap-sources").status_code == 403


# --- looked at ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A served province with messages of every kind, a source at fault, and appliances on the map."""
    folder = tmp_path_factory.mktemp("cap")
    authority = Authority.make("dt", now=real_now())
    province = Province(folder / "site", authority)
    who = province.person("lan.nguyen", *PersonRole)
    for n, (lat, lon) in enumerate(
        ((10.4, 105.6), (10.45, 105.7), (10.5, 105.85), (10.28, 105.6), (10.6, 105.9))
    ):
        _, device = province.appliance(f"Cụm {n}", HAMLET if n < 3 else OTHER)
        with province.house.writing() as unit:
            where = update(DeviceHealthRow).where(DeviceHealthRow.device == device)
            unit.session.execute(where.values(latitude_deg=lat, longitude_deg=lon))
    sent = province.now.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    far = "2099-01-01T00:00:00+07:00"
    sound = (
        "<resource><resourceDesc>Lời phát thanh viên</resourceDesc><mimeType>audio/mpeg</mimeType>"
        "<uri>https://kttv.example/am-thanh/tin-lu-song-tien-2026.mp3</uri></resource>"
    )
    first = take(province, alert(info(expires=far), sent=sent))
    paper = authority.announce([COMMUNE], sent=province.now)
    with province.house.writing() as unit:
        ours = take_announcement(unit, paper, who=None, now=province.now).id
        tie_cap(unit, first, ours, who=who, now=province.now)
        unit.session.connection().exec_driver_sql("update cap_messages set state = 'used'")
    english = info(language="en-US", event="Flood", headline="River flood", areas="", expires=far)
    shaped = info(
        areas=SHAPE,
        extra=sound,
        expires=far,
        headline="Lũ khẩn cấp trên sông Tiền, mực nước tại Tân Châu vượt báo động 3",
    )
    take(
        province,
        alert(
            shaped,
            english,
            identifier="KTTV-2026-0702",
            message="Update",
            sent=sent,
            references=[REFERENCE.rpartition(",")[0] + f",{sent}"],
        ),
    )
    take(
        province,
        alert(info(areas=AREA, expires=far), identifier="DT-1", status="Exercise", sent=sent),
    )
    asked = CapSourceAsked(
        name="Đài Khí tượng Thủy văn khu vực Nam Bộ",
        area="dt",
        url="https://kttv.example/canh-bao/tinh-dong-thap/danh-sach-tin-moi.atom",
    )
    with province.house.writing() as unit:
        made = create_source(unit, asked, who=who, now=province.now)
        row = unit.session.get_one(CapSourceRow, made.id)
        row.enabled, row.tried, row.why = True, province.now, "Nơi đó trả lời 503."
        row.due = real_now().replace(year=2099)
        code = CapCodeAsked(name="KTTV-VUNG", value="NB-03", area=COMMUNE)
        set_code(unit, code, who=who, now=province.now)
        assert len(list_cap(unit, who=who)) == 3
    key = authority.add_key(Role.EMERGENCY, holder="Nguyễn Thị Lan")
    (folder / "site" / "lan.pem").write_bytes(key.to_pem(None))
    province.keep_keyring()
    province.house.close()
    served = Served(folder / "site" / "central.toml", authority)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def browser(scene: Served) -> Iterator[Browser]:
    """One Chromium, ended before the server."""
    with sync_playwright() as playwright:
        chromium = launch(playwright)
        yield chromium
        chromium.close()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("width", sorted(WIDTHS))
def test_the_pages_are_fit_to_read_on_a_phone_and_a_desk(
    browser: Browser, scene: Served, width: int
) -> None:
    """Inbox, message, desk and sources fit, name their controls and are dark enough; two presses use a message."""
    with desk(browser, scene.url, width) as found:
        found.sign_in()
        page = found.open("/emergency")
        page.get_by_role("link", name="Tin cảnh báo từ nơi khác", exact=True).click()
        expect(page.get_by_role("heading", name="Hộp thư")).to_be_visible()
        look(found, "cap-inbox", width)
        page.get_by_role("link", name="Lũ khẩn cấp trên sông Tiền").click()
        expect(page.get_by_role("heading", name="So với cảnh báo đang phát")).to_be_visible()
        look(found, "cap-message", width)
        page.get_by_role("link", name="Dùng để soạn cập nhật").click()
        title = page.get_by_label("Tiêu đề (Tiếng Việt)")
        expect(title).to_have_value(re.compile("Lũ khẩn cấp trên sông Tiền"))
        expect(page.get_by_text("Điền sẵn từ tin CAP")).to_be_visible()
        expect(page.locator("[data-send]")).to_contain_text(re.compile("THẬT"))
        look(found, "cap-used", width)
        found.open("/cap-sources")
        expect(page.get_by_text("Nơi đó trả lời 503.")).to_be_visible()
        look(found, "cap-sources", width)
        assert found.complaints == []


def in_a_lane(ask: Callable[[], T]) -> T:
    """Ask in a thread of its own: this one carries the browser's loop."""
    with ThreadPoolExecutor(1) as lane:
        return lane.submit(ask).result()


def handed_in(url: str, data: bytes) -> int:
    """Hand a message in as another system does, with a token made for that alone; return its number."""
    with httpx.Client(base_url=f"{url}/api/v1", trust_env=False) as program:
        who = {"name": "lan.nguyen", "password": PASSWORD}
        held = {"authorization": f"Bearer {program.post('/session', json=who).json()['token']}"}
        token = {"name": "Đài", "area": "dt", "scopes": ["write:cap"]}
        secret = program.post("/tokens", json=token, headers=held).json()["secret"]
        shown = {"authorization": f"Bearer {secret}"}
        taken = program.post("/cap?area=dt", content=data, headers=shown)
        assert taken.status_code == 201, taken.text
        number: int = taken.json()["message"]["number"]
        return number


@pytest.mark.timeout(180)
def test_a_warning_of_others_is_read_signed_and_public(browser: Browser, scene: Served) -> None:
    """A program hands it in; a person uses it and signs in the browser; it counts as used, and goes out as ours."""
    from_above = alert(
        info(headline="Bão gần bờ", event="Bão", expires="2099-01-01T00:00:00+07:00"),
        identifier="KTTV-BAO-7",
        sent=real_now().strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        status="Exercise",
    )
    with desk(browser, scene.url, 390) as found:
        found.sign_in()
        found.import_key(scene.config.parent / "lan.pem", "")
        number = in_a_lane(partial(handed_in, scene.url, from_above))
        page = found.open("/emergency")
        page.get_by_role("link", name=re.compile("chờ xem")).click()
        page.get_by_role("link", name="Bão gần bờ").click()
        page.get_by_role("link", name="Dùng để soạn cảnh báo").click()
        expect(page.locator("[data-send]")).to_contain_text("DIỄN TẬP")
        found.hold(re.compile("DIỄN TẬP"))
        page.wait_for_url(re.compile(r"/emergency/[a-z0-9-]+:\d+:\d+$"))
        ours = page.url.rsplit("/", 1)[1]
        page = found.open(f"/cap/{number}")
        expect(page.get_by_text("đã dùng").first).to_be_visible()
        expect(page.get_by_role("link", name="Mở cảnh báo của ta")).to_be_visible()
        assert found.complaints == []
    there = f"{scene.url}/cap/v1/{ours}.xml"
    public = read_cap(in_a_lane(partial(httpx.get, there, trust_env=False)).content)
    assert public.status is CapStatus.EXERCISE
    assert public.infos[0].headline == "Diễn tập: Bão gần bờ"


def look(found: Desk, name: str, width: int) -> None:
    """Check a page, and save its picture where asked."""
    assert found.fits(), f"{name} is wider than {width} pixels"
    assert faults_of(found.page) == [], name
    if PICTURES:
        found.shoot(Path(PICTURES) / f"console-{name}-{width}.png")
