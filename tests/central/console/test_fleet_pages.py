"""The list, the map, orders to many, alerts, papers: by real requests."""

import html
import re
from datetime import timedelta

import pytest

from central.console.english import ENGLISH
from central.console.pages import care as care_page
from central.console.pages import fleet as fleet_page
from central.domain.alerting import SCHEMES
from central.domain.bulk import BULK_WORDS, SENDING_WORDS
from central.domain.care import LEVEL_WORDS, LINK_WORDS, RULES
from central.domain.care_sought import ORDER_WORDS, WARRANTY_WORDS
from central.domain.care_states import NOTE_KINDS
from central.domain.people import PersonRole
from central.services.alerts import list_alerts, look
from central.services.bulk import list_bulk, send_bulk
from central.services.care_papers import list_notes, list_parts, list_swaps
from tests.central.console.visiting import HOST, Visit
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_care import GEO, sick, tell
from tests.central.test_reports import Teller

ROOM = 10**10
PAGES = (
    "/",
    "/overview",
    "/fleet",
    "/fleet/map",
    "/fleet/points",
    "/fleet/export.csv",
    "/fleet/bulk",
    "/care/alerts",
    "/care/alerts?over=yes",
    "/care/rules",
    "/care/stock",
)


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    assert visit.sign_in(name).status_code == 303
    return visit


@pytest.fixture
def lan(province: Province) -> Visit:
    """The province's administrator."""
    return visitor(province, "lan", PersonRole.ADMINISTRATOR)


def dark(province: Province, **changes: object) -> Teller:
    """Return an appliance that has lost its mains."""
    teller = Teller(province)
    tell(teller, told=sick(province, mains=False, storage_free_bytes=ROOM, **changes))
    return teller


@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_in_an_empty_province_and_for_nobody_in_particular(
    province: Province, lan: Visit, path: str
) -> None:
    """Empty pages are designed; somebody without a role sees them too; a stranger is sent to the door."""
    assert lan.get(path).status_code == 200
    assert visitor(province, "moi").get(path).status_code == 200
    assert Visit(province.house).get(path).status_code == 303


def test_the_list_shows_filters_and_counts(province: Province, lan: Visit) -> None:
    """State in a word, the reason beside it, the count on each filter; a filter narrows the list."""
    dark(province)
    _, never = province.appliance("Cụm loa Đình", OTHER)
    text = html.unescape(lan.get("/fleet").text)
    assert "mất điện" in text
    assert "Cụm loa Đình" in text
    assert re.search(r"mất điện</span><span class=\"num\">1<", text)
    only = lan.get("/fleet?trouble=mains").text
    assert "Cụm loa Đình" not in html.unescape(only)
    assert "Cụm loa Đình" in html.unescape(lan.get("/fleet?q=dinh").text)
    assert never in lan.get("/fleet/export.csv?link=never").text
    assert lan.get("/fleet?link=bogus&cursor=&trouble=x").status_code == 200
    assert lan.get("/fleet?cursor=bogus").status_code == 422
    assert "Không có cụm loa nào khớp" in html.unescape(lan.get("/fleet?q=khong-co").text)


def test_the_list_pages_on(province: Province, lan: Visit) -> None:
    """Fifty to a page; the next page has the rest and a way back."""
    for number in range(53):
        province.appliance(f"Cụm {number:02}")
    first = lan.get("/fleet").text
    assert "Cụm 49" in first
    assert "Cụm 50" not in first
    found = re.search(r'rel="next" href="/console(/fleet[^"]+)"', first)
    assert found
    second = html.unescape(lan.get(html.unescape(found[1])).text)
    assert "Cụm 50" in second
    assert "Về đầu danh sách" in second
    assert 'rel="next"' not in second


def test_views_are_kept_from_the_page(province: Province, lan: Visit) -> None:
    """A name keeps the filter; it stands in the list for those it is shared with; its owner deletes it."""
    lan.get("/fleet")
    made = lan.post("/fleet/views", {"name": "Mất điện", "query": "trouble=mains", "share": "dt"})
    assert made.headers["location"] == "/console/fleet?trouble=mains&done=saved"
    xem = visitor(province, "xem", PersonRole.VIEWER, area=COMMUNE)
    text = html.unescape(xem.get("/fleet").text)
    assert "Mất điện" in text
    number = re.search(r"/fleet/views/(\d+)/drop", lan.get("/fleet").text)
    assert number
    assert xem.post(f"/fleet/views/{number[1]}/drop").status_code == 403
    assert lan.post(f"/fleet/views/{number[1]}/drop").status_code == 303
    assert "Mất điện" not in html.unescape(lan.get("/fleet").text).split("Lưu bộ lọc này")[0][-400:]


def test_an_order_to_many_is_shown_before_it_is_given(province: Province, lan: Visit) -> None:
    """First the count, then the order; a count that changed is shown again; progress stands on its page."""
    one, two = dark(province), dark(province)
    lan.get("/fleet")
    asked = {"do": "volume", "value": "40", "all": "yes", "query": "trouble=mains"}
    review = html.unescape(lan.post("/fleet/bulk", asked).text)
    assert "Gửi lệnh tới 2 cụm loa?" in review
    dark(province)
    again = html.unescape(lan.post("/fleet/bulk", {**asked, "sure": "2"}).text)
    assert "Số cụm loa khớp bộ lọc vừa đổi" in again
    given = lan.post("/fleet/bulk", {**asked, "sure": "3", "per_s": "50"})
    assert given.status_code == 303
    path = given.headers["location"].removeprefix("/console")
    assert "chờ đến lượt 3" in html.unescape(lan.get(path).text)
    send_bulk(province.house, now=province.now)
    assert "đã gửi 3" in html.unescape(lan.get(f"{path}/state").text)
    assert lan.get(f"{path}?state=sent&after=0").status_code == 200
    assert "đặt âm lượng 40 %" in html.unescape(lan.get("/fleet/bulk").text)
    chosen: dict[str, str | list[str]] = {
        "do": "reload",
        "device": [one.device, two.device],
        "all": "",
        "sure": "2",
    }
    second = lan.post("/fleet/bulk", chosen).headers["location"].removeprefix("/console")
    assert lan.post(f"{second}/stop").status_code == 303
    assert "đã dừng" in html.unescape(lan.get(second).text).lower()


@pytest.mark.parametrize(
    "asked",
    [
        {"do": "erase", "all": "yes"},
        {"do": "volume", "value": "101", "all": "yes"},
        {"do": "reload", "all": ""},
        {"do": "reload", "all": "yes", "query": "q=khong-co"},
        {"do": "reload", "all": "yes", "sure": "1", "per_s": "9999"},
    ],
)
def test_an_order_that_cannot_be_is_refused(
    province: Province, lan: Visit, asked: dict[str, str | list[str]]
) -> None:
    """Unknown orders, numbers out of bounds, nobody chosen: a sentence, nothing sent."""
    dark(province)
    lan.get("/fleet")
    assert lan.post("/fleet/bulk", asked).status_code == 422
    with province.house.reading() as unit:
        assert list_bulk(unit, who=province.person("x", PersonRole.ADMINISTRATOR)) == ()


def test_a_viewer_is_offered_no_orders(province: Province) -> None:
    """No boxes to tick and no bar; a post all the same reaches nobody."""
    teller = dark(province)
    xem = visitor(province, "xem", PersonRole.VIEWER)
    text = xem.get("/fleet").text
    assert 'name="device"' not in text
    assert "Ra lệnh cho nhiều cụm loa" not in html.unescape(text)
    posted = xem.post("/fleet/bulk", {"do": "reload", "device": teller.device, "sure": "0"})
    assert "Gửi lệnh tới 0 cụm loa?" in html.unescape(posted.text)


def test_the_map_has_points_lines_and_an_outline(province: Province, lan: Visit) -> None:
    """Points come with their state, the outline that was uploaded is drawn, and it can be taken away."""
    dark(province)
    lan.get("/fleet/map")
    files = (
        b'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n'
        + lan.csrf.encode()
        + b'\r\n--x\r\nContent-Disposition: form-data; name="area"\r\n\r\ndt\r\n--x\r\n'
        + b'Content-Disposition: form-data; name="file"; filename="a.geojson"\r\n\r\n'
        + GEO
        + b"\r\n--x--\r\n"
    )
    headers = {"origin": f"http://{HOST}", "content-type": "multipart/form-data; boundary=x"}
    assert lan.ask("POST", "/fleet/outline", content=files, headers=headers).status_code == 303
    found = lan.get("/fleet/points").json()
    assert found["lines"] == [[[106.0, 10.0], [106.5, 10.5]]]
    assert lan.post("/fleet/outline", {"area": "dt", "do": "drop"}).status_code == 303
    assert lan.get("/fleet/points").json()["lines"] == []
    assert lan.post("/fleet/outline", {"area": "dt"}).status_code == 422
    bien = visitor(province, "bien", PersonRole.EDITOR)
    bien.get("/fleet/map")
    assert bien.post("/fleet/outline", {"area": "dt", "do": "drop"}).status_code == 403


def test_alerts_are_taken_in_hand_on_their_page(province: Province, lan: Visit) -> None:
    """Ticked and taken; who and why stand beside it; the overview counts what nobody has."""
    teller = dark(province)
    look(province.house, now=province.now)
    text = html.unescape(lan.get("/care/alerts").text)
    assert "Mất điện" in text
    assert "1 cảnh báo chưa ai nhận" in html.unescape(lan.get("/").text)
    with province.house.reading() as unit:
        (alert,) = list_alerts(unit, who=province.person("x", PersonRole.ADMINISTRATOR))
    lan.get("/care/alerts")
    assert lan.post("/care/alerts", {"words": "x"}).status_code == 422
    taken = lan.post("/care/alerts", {"alert": [str(alert.id)], "words": "đang tới"})
    assert taken.status_code == 303
    text = html.unescape(lan.get("/care/alerts?level=2&area=dt&after=3-9").text)
    assert "“đang tới”" in text
    assert "đang xử lý" in html.unescape(lan.get(f"/appliances/{teller.device}").text)
    assert "chưa ai nhận" not in html.unescape(lan.get("/").text)


def test_rules_and_addresses_are_written_and_addresses_never_shown(
    province: Province, lan: Visit
) -> None:
    """A rule says its sentence with the new number; of an address only its kind is seen anywhere."""
    lan.get("/care/rules")
    rule = {"area": "dt", "kind": "hot", "on": "yes", "level": "3", "threshold": "72,5"}
    assert lan.post("/care/rules", rule).status_code == 303
    assert "bo mạch từ 72.5 °C" in html.unescape(lan.get("/care/rules").text)
    assert lan.post("/care/rules", {**rule, "threshold": "x"}).status_code == 422
    assert lan.post("/care/rules", {**rule, "kind": "x"}).status_code == 422
    assert lan.post("/care/rules", {**rule, "do": "drop"}).status_code == 303
    secret = "ntfy://kenh-bi-mat-cua-tinh"
    target = {
        "area": "dt",
        "name": "Trực",
        "url": secret,
        "quiet_from": "21:00",
        "quiet_to": "05:30",
    }
    bad = lan.post("/care/targets", {**target, "url": "file:///etc/passwd"})
    assert bad.status_code == 422
    xa = visitor(province, "xa", PersonRole.ADMINISTRATOR, area=COMMUNE)
    xa.get("/care/rules")
    assert xa.post("/care/targets", {**target, "area": COMMUNE}).status_code == 403


@pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")
def test_an_address_is_kept_changed_and_dropped(province: Province, lan: Visit) -> None:
    """Kept under its name, masked; changed without typing the secret again; dropped."""
    lan.get("/care/rules")
    secret = "jsons://may:matkhau123@hook.tinh.vn/bi-mat"
    target = {"area": "dt", "name": "Trực ban", "url": secret, "least_level": "3"}
    assert lan.post("/care/targets", target).status_code == 303
    page = html.unescape(lan.get("/care/rules").text)
    assert "Trực ban" in page
    assert "matkhau123" not in page
    assert "bi-mat" not in page
    number = re.search(r'name="number" value="(\d+)"', page)
    assert number
    changed = {**target, "number": number[1], "url": "", "name": "Trực đêm", "after_min": "15"}
    assert lan.post("/care/targets", changed).status_code == 303
    assert "sau 15 phút nếu chưa ai nhận" in html.unescape(lan.get("/care/rules").text)
    gone = {"number": number[1], "area": "dt", "do": "drop"}
    assert lan.post("/care/targets", gone).status_code == 303
    assert "Trực đêm" not in html.unescape(lan.get("/care/rules").text)


def test_papers_parts_and_notes_are_written_on_the_pages(province: Province, lan: Visit) -> None:
    """Supplier and part in the store, papers, a swap and a note at the appliance: each stands on its page."""
    _, device = province.appliance("Chợ", HAMLET)
    lan.get("/care/stock")
    supplier = {"area": "dt", "name": "Công ty Loa", "phone": "0273"}
    assert lan.post("/care/suppliers", supplier).status_code == 303
    part = {"area": "dt", "name": "Nguồn 5 V", "stock": "2", "fewest": "3"}
    assert lan.post("/care/parts", part).status_code == 303
    assert lan.post("/care/parts", {**part, "stock": "x"}).status_code == 422
    page = html.unescape(lan.get("/care/stock").text)
    assert "Công ty Loa" in page
    assert "cần mua" in page
    asset = {"serial": "TL-1", "supplier": "1", "warranty_until": "2020-01-01", "bought": ""}
    base = f"/care/appliances/{device}"
    assert lan.post(f"{base}/asset", asset).status_code == 303
    assert lan.post(f"{base}/asset", {**asset, "bought": "x"}).status_code == 422
    assert lan.post(f"{base}/swaps", {"part": "1", "in_serial": "N-2"}).status_code == 303
    assert lan.post(f"{base}/notes", {"kind": "repair", "text": "Thay nguồn."}).status_code == 303
    page = html.unescape(lan.get(f"/appliances/{device}?done=papers").text)
    for words in ("TL-1", "Công ty Loa", "đã hết", "N-2", "Thay nguồn.", "Đã ghi vào hồ sơ."):
        assert words in page, words
    with province.house.reading() as unit:
        assert len(list_notes(unit, device)) == len(list_swaps(unit, device)) == 1
        assert list_parts(unit, ["dt"])[0].stock == 1
    assert lan.post("/care/suppliers", {"number": "1", "do": "drop"}).status_code == 303
    xem = visitor(province, "xem", PersonRole.VIEWER)
    assert "Ghi vào sổ" not in html.unescape(xem.get(f"/appliances/{device}").text)
    assert xem.post(f"{base}/notes", {"kind": "repair", "text": "x y"}).status_code == 403


def test_the_appliance_page_shows_its_history(province: Province, lan: Visit) -> None:
    """After an hour of reports there is a strip of days, a line of heat, and what was ordered."""
    teller = Teller(province)
    for _ in range(20):
        tell(teller, health=True, plays=1)
        province.clock.pass_by(timedelta(minutes=3))
    lan.sign_in("lan")
    lan.post(f"/appliances/{teller.device}/command", {"do": "reload"})
    page = html.unescape(lan.get(f"/appliances/{teller.device}").text)
    assert 'class="strip"' in page
    assert page.count('class="spark"') == 3
    assert "Nhiệt độ: thấp nhất 52" in page
    assert "reload" in page


def test_a_large_fleet_is_shown_by_commune(province: Province, lan: Visit) -> None:
    """Beyond forty appliances the overview has a line for each commune, leading to its list."""
    for number in range(41):
        province.appliance(f"Cụm {number:02}", HAMLET if number % 2 else OTHER)
    dark(province)
    text = html.unescape(lan.get("/").text)
    assert 'href="/console/fleet?area=dt/my-phong"' in text
    assert "Xã Tân Hội" in text
    assert 'class="unit ' not in text
    assert "Cần người xem trước" in text


def test_nobody_opens_what_is_elsewhere(province: Province) -> None:
    """A commune's editor is refused another commune's list, CSV, map and rules by address."""
    province.appliance("Ngoài", OTHER)
    bien = visitor(province, "bien", PersonRole.EDITOR, area=COMMUNE)
    for path in (
        "/fleet",
        "/fleet/map",
        "/fleet/points",
        "/fleet/export.csv",
        "/care/alerts",
        "/care/rules",
    ):
        assert bien.get(f"{path}?area={OTHER}").status_code == 403, path


def test_every_word_from_a_table_has_english() -> None:
    """Words that pages look up by value are in the catalogue too; names of services are names."""
    brands = {"Telegram", "Zulip", "Slack", "Microsoft Teams"}
    brands |= {
        name
        for name in SCHEMES.values()
        if name.split()[0].split("(")[0]
        in {"Rocket.Chat", "Mattermost", "Matrix", "ntfy", "Gotify"}
    }
    tables = (
        LINK_WORDS.values(),
        LEVEL_WORDS.values(),
        SENDING_WORDS.values(),
        BULK_WORDS.values(),
        ORDER_WORDS.values(),
        WARRANTY_WORDS.values(),
        NOTE_KINDS.values(),
        fleet_page.SAID.values(),
        care_page.SAID.values(),
        set(SCHEMES.values()) - brands,
        [rule.name for rule in RULES.values()],
        [rule.words for rule in RULES.values()],
        ["bình thường", "đang phát", "đã thu hồi", "chưa ai nhận", "đang xử lý", "đã hết"],
    )
    assert {word for table in tables for word in table} - ENGLISH.keys() == set()
