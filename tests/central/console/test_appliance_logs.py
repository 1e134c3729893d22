"""What an appliance said: asked for on its page or of many, listed there, read and kept as a file."""

import html
import re
from datetime import timedelta

import pytest

from central.console.pages.appliance_logs import LINES_SHOWN, toned
from central.domain.people import PersonRole
from central.services.bulk import send_bulk
from central.services.device_logs import take_log
from contract.parcel import pack
from tests.central.console.test_fleet_pages import visitor
from tests.central.console.visiting import Visit
from tests.central.setting import HAMLET, OTHER, Province

AT = "2026-11-23T05:00:00.000Z"
SAID = (
    f"{AT} INFO edge.reactor air=normal",
    f"{AT} WARNING edge.adapters.gate refused <script>alert(1)</script>",
    f"{AT} ERROR edge.reactor hand=player failed",
    "  | Traceback (most recent call last):",
    "  | OSError: no sound",
    f"{AT} INFO edge.reactor on it goes",
)


@pytest.fixture
def tho(province: Province) -> Visit:
    """A technician, who may give no other order."""
    return visitor(province, "tho", PersonRole.TECHNICIAN, area=HAMLET)


def sent(province: Province, device: str, counter: int, lines: tuple[str, ...] = SAID) -> None:
    """Have an appliance send these lines."""
    parcel = pack((f"device: {device}",), lines)
    take_log(province.house, device, counter, parcel, now=province.now)


def shown(visit: Visit, path: str) -> str:
    """Return a page as it reads."""
    answer = visit.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_a_log_is_asked_for_listed_and_read(province: Province, tho: Visit) -> None:
    """One button; then asked, received with its size, and a link to the lines, faults told apart by word and tone."""
    _, device = province.appliance("Cụm loa Chợ")
    page = f"/appliances/{device}"
    assert "Chưa ai lấy nhật ký của máy này." in shown(tho, page)
    asked = tho.post(f"{page}/command", {"do": "logs"})
    assert asked.headers["location"] == f"/console{page}?done=sent"
    assert "đã yêu cầu" in shown(tho, f"{page}/logs")
    assert f"{page}/logs/1" not in tho.get(f"{page}/logs").text
    sent(province, device, 1)
    listed = shown(tho, page)
    assert "đã nhận" in listed
    assert "6 dòng, 1 kB, nhận lúc" in listed
    assert f'href="/console{page}/logs/1"' in listed
    text = tho.get(f"{page}/logs/1").text
    assert "1 lỗi, 1 cảnh báo" in html.unescape(text)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert f'<span class="warn">{AT} WARNING ' in text
    assert '<span class="bad">  | OSError: no sound</span>' in text
    assert f"\n{AT} INFO edge.reactor on it goes\n" in text
    assert f'<span class="soft"># device: {device}</span>' in text


def test_the_same_as_a_file(province: Province, tho: Visit) -> None:
    """Plain text under a name that says whose it is, taken for nothing else."""
    _, device = province.appliance()
    tho.post(f"/appliances/{device}/command", {"do": "logs"})
    assert tho.get(f"/appliances/{device}/logs/1/file").status_code == 404
    sent(province, device, 1)
    answer = tho.get(f"/appliances/{device}/logs/1/file")
    assert answer.text.endswith("\n".join(SAID) + "\n")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert f'filename="nhat-ky-{device}-1.txt"' in answer.headers["content-disposition"]


def test_an_asking_without_an_answer_says_what_to_do(province: Province, tho: Visit) -> None:
    """Overdue, with a next step; and of the oldest that they are gone."""
    _, device = province.appliance()
    for counter in range(1, 7):
        tho.post(f"/appliances/{device}/command", {"do": "logs"})
        sent(province, device, counter)
    tho.post(f"/appliances/{device}/command", {"do": "logs"})
    province.clock.pass_by(timedelta(minutes=10))
    text = shown(tho, f"/appliances/{device}/logs")
    assert "quá hạn" in text
    assert "hãy lấy lại khi máy đang kết nối" in text
    assert "đã xóa" in text
    assert tho.get(f"/appliances/{device}/logs/1").status_code == 404


def test_a_long_log_shows_its_end(province: Province, tho: Visit) -> None:
    """The newest lines stand on the page, the file has them all."""
    _, device = province.appliance()
    tho.post(f"/appliances/{device}/command", {"do": "logs"})
    sent(province, device, 1, tuple(f"{AT} INFO edge line={n}" for n in range(LINES_SHOWN + 5)))
    text = shown(tho, f"/appliances/{device}/logs/1")
    assert "5 dòng cũ hơn có trong tệp tải về." in text
    assert "line=4\n" not in text
    assert "line=5\n" in text
    assert f"line={LINES_SHOWN + 4}\n" in text
    assert "line=0\n" in tho.get(f"/appliances/{device}/logs/1/file").text


def test_who_may_not_ask_is_offered_nothing(province: Province, tho: Visit) -> None:
    """A viewer sees no section and gets no log; a technician of the next commune is a stranger."""
    _, device = province.appliance()
    tho.post(f"/appliances/{device}/command", {"do": "logs"})
    sent(province, device, 1)
    assert 'id="logs"' in tho.get(f"/appliances/{device}").text
    xem = visitor(province, "xem", PersonRole.VIEWER)
    assert 'id="logs"' not in xem.get(f"/appliances/{device}").text
    la = visitor(province, "la", PersonRole.TECHNICIAN, area=OTHER)
    for visit in (xem, la):
        assert visit.post(f"/appliances/{device}/command", {"do": "logs"}).status_code == 403
        for path in ("logs", "logs/1", "logs/1/file"):
            assert visit.get(f"/appliances/{device}/{path}").status_code == 403


def test_many_are_asked_at_once(province: Province, tho: Visit) -> None:
    """The bar offers a technician this order alone; on the order's page each log that came is one step away."""
    devices = [str(province.appliance(f"Cụm {number}")[1]) for number in range(2)]
    page = tho.get("/fleet").text
    assert re.findall(
        r'<option value="([\w-]+)">', page.split('name="do"')[1].split("</select>")[0]
    ) == ["logs"]
    lan = visitor(province, "lan", PersonRole.ADMINISTRATOR)
    assert '<option value="restart">' in lan.get("/fleet").text
    chosen: dict[str, str | list[str]] = {"do": "logs", "device": devices, "all": "", "sure": "2"}
    given = tho.post("/fleet/bulk", chosen)
    assert given.status_code == 303
    path = given.headers["location"].removeprefix("/console")
    send_bulk(province.house, now=province.now)
    sent(province, devices[0], 1)
    text = shown(tho, path)
    assert "Lấy nhật ký máy" in text
    assert text.count("đã nhận nhật ký") == 1
    assert f'href="/console/appliances/{devices[0]}/logs/1"' in text
    assert f"/console/appliances/{devices[1]}/logs/" not in text
    xem = visitor(province, "xem", PersonRole.VIEWER)
    seen = shown(xem, path)
    assert "đã nhận nhật ký" in seen
    assert "/logs/" not in seen
    refused = tho.post("/fleet/bulk", {**chosen, "do": "reload", "sure": "0"})
    assert "Gửi lệnh tới 0 cụm loa?" in html.unescape(refused.text)


def test_a_line_is_as_grave_as_it_says() -> None:
    """By its own word; what stands behind a bar belongs to the line before it."""
    assert [tone for tone, _ in toned(SAID)] == ["", "warn", "bad", "bad", "bad", ""]
    assert toned(["no time ERROR at all", "  | behind it"]) == [
        ("", "no time ERROR at all"),
        ("", "  | behind it"),
    ]
