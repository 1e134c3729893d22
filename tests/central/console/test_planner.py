"""The planner's pages: gestures, two at one slot, publishing with its diff, copies, templates, calendars, why."""

import html
from pathlib import Path

import pytest

from central.domain.people import PersonRole
from central.services import change_slot, list_slots, slot_named
from central.services.planning_edits import own_slots
from tests.central.console.visiting import Visit
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot

MONDAY = "2026-11-23"


@pytest.fixture
def sound(province: Province, tone: Path) -> str:
    """An approved content of one second."""
    return province.sound(tone, title="Bản tin").sha256


def visitor(province: Province, name: str, *roles: PersonRole, area: str = "dt") -> Visit:
    """Return somebody signed in with these roles."""
    province.person(name, *roles, area=area)
    visit = Visit(province.house)
    assert visit.sign_in(name).status_code == 303
    return visit


@pytest.fixture
def lan(province: Province) -> Visit:
    """An editor of the province."""
    return visitor(province, "lan", PersonRole.EDITOR)


def block(text: str, slot: str) -> dict[str, str]:
    """Return what the first frame of a slot carries."""
    tag = next(part for part in text.split("<a ") if f'data-slot="{slot}"' in part).split(">")[0]
    pairs = (part.split('="') for part in tag.split('" '))
    return {pair[0]: html.unescape(pair[1].strip('"')) for pair in pairs if len(pair) == 2}


def test_the_grid_tells_whose_a_slot_is(province: Province, lan: Visit, sound: str) -> None:
    """What is inherited looks and reads otherwise than the area's own, and only the own one can be edited here."""
    province.slot(make_slot(sound, "tinh", title="Tin tỉnh"), "dt")
    province.slot(make_slot(sound, "xa", title="Tin xã"), COMMUNE)
    text = lan.get(f"/programme?area={COMMUNE}&week={MONDAY}").text
    assert "from-above o0" in block(text, "tinh")["class"]
    assert " own o1" in block(text, "xa")["class"]
    assert "lịch của Tỉnh Đồng Tháp" in block(text, "tinh")["aria-label"]
    assert block(text, "xa")["href"] == "/console/programme/slots/xa"
    assert block(text, "tinh")["href"].startswith("/console/programme?area=dt")
    assert "rằm tháng 10 ÂL" in text
    viewer = visitor(province, "xem", PersonRole.VIEWER, area=COMMUNE)
    assert "data-edit" not in viewer.get(f"/programme?area={COMMUNE}").text


def test_a_gesture_moves_what_was_seen(province: Province, lan: Visit, sound: str) -> None:
    """A frame let go is posted with what was seen; a second person's late gesture is refused in words."""
    province.slot(make_slot(sound))
    seen = block(lan.get(f"/programme?area={COMMUNE}&week={MONDAY}").text, "sang")["data-seen"]
    gesture = {
        "slot": "sang",
        "seen": seen,
        "day": MONDAY,
        "to_day": MONDAY,
        "start_min": 375,
        "length_min": 25,
        "only": False,
    }
    told = lan.post_json("/week-plan/try", {**gesture, "start_min": 1_320}).json()["findings"]
    assert any("iờ yên tĩnh" in finding["why"] and finding["step"] for finding in told)
    assert lan.post_json("/week-plan/move", gesture).status_code == 200
    with province.house.reading() as unit:
        assert slot_named(unit, "sang").slot.window_s == 1_500
    late = lan.post_json("/week-plan/move", gesture)
    assert (late.status_code, "Chưa có gì bị ghi đè" in late.json()["why"]) == (409, True)
    text = lan.get(f"/week-plan/part?area={COMMUNE}&week={MONDAY}").text
    assert "06:15" in text
    one = {"slot": "sang", "seen": block(text, "sang")["data-seen"], "day": MONDAY}
    assert lan.post_json("/week-plan/skip", one).status_code == 200
    text = lan.get(f"/week-plan/part?area={COMMUNE}&week={MONDAY}").text
    assert "block skipped" in text
    one["seen"] = block(text, "sang")["data-seen"]
    assert lan.post_json("/week-plan/restore", one).status_code == 200
    undo = lan.post("/week-plan/undo", {"area": COMMUNE})
    assert "done=undone" in undo.headers["location"]
    assert lan.post_json("/week-plan/move", {"slot": "sang"}).status_code == 422
    assert lan.post_json("/week-plan/move", {**gesture, "start_min": "chiều"}).status_code == 422


def test_two_people_at_one_slot_see_both_and_choose(
    province: Province, lan: Visit, sound: str
) -> None:
    """The late form is not saved and not lost: both are shown, then one's own can be saved, or edited on."""
    province.slot(make_slot(sound))
    text = lan.get("/programme/slots/sang").text
    seen = text.split('name="seen" value="')[1].split('"')[0]
    with province.house.writing() as unit:
        other = make_slot(sound, title="Của Bình")
        change_slot(unit, other, who=None, now=province.now)
    form: dict[str, str | list[str]] = {
        "title": "Của Lan",
        "items": [sound],
        "recurrence": "daily",
        "start": "06:00",
        "end": "06:30",
        "area": COMMUNE,
        "seen": seen,
    }
    answer = lan.post("/programme/slots/sang", form)
    assert answer.status_code == 409
    shown = html.unescape(answer.text)
    assert ("Của Lan" in shown, "Của Bình" in shown, "Chưa lưu" in shown) == (True, True, True)
    with province.house.reading() as unit:
        assert slot_named(unit, "sang").slot.title == "Của Bình"
    fresh = answer.text.split('name="seen" value="')[1].split('"')[0]
    again = lan.post("/programme/slots/sang", {**form, "seen": fresh, "again": "yes"})
    assert (again.status_code, 'value="Của Lan"' in again.text) == (200, True)
    assert lan.post("/programme/slots/sang/delete", {"seen": seen}).status_code == 409
    assert lan.post("/programme/slots/sang", {**form, "seen": fresh}).status_code == 303
    with province.house.reading() as unit:
        assert slot_named(unit, "sang").slot.title == "Của Lan"


def test_publishing_shows_the_diff_and_keeps_it(province: Province, lan: Visit, sound: str) -> None:
    """Before the button stands what changes; an edit in between is refused; afterwards history tells it."""
    province.appliance("Cụm loa Chợ")
    province.slot(make_slot(sound))
    text = lan.get(f"/programme/publish?area={COMMUNE}").text
    assert "1 khung giờ sẽ đổi" in text
    assert "Nội dung phải tải" in text
    seen = text.split('name="seen" value="')[1].split('"')[0]
    province.slot(make_slot(sound, "moi"))
    refused = lan.post("/programme/publish", {"area": COMMUNE, "seen": seen})
    assert refused.status_code == 409
    text = lan.get(f"/programme/publish?area={COMMUNE}").text
    seen = text.split('name="seen" value="')[1].split('"')[0]
    done = lan.post("/programme/publish", {"area": COMMUNE, "seen": seen})
    assert "n=1" in done.headers["location"]
    listed = lan.get("/week-plan/publications").text
    assert "lan" in listed
    one = html.unescape(lan.get("/week-plan/publications/1").text)
    assert ("2 khung giờ đã đổi" in one, "Bản tin sáng" in one) == (True, True)
    assert "data-finished" in lan.get("/week-plan/publications/1/progress").text
    stranger = visitor(province, "xa", PersonRole.EDITOR, area=OTHER)
    for path in ("/week-plan/publications/1", f"/programme/publish?area={COMMUNE}"):
        assert stranger.get(path).status_code in {403, 404}, path
    assert "/console/week-plan/publications/1" not in stranger.get("/week-plan/publications").text


def test_a_template_is_filled_looked_at_and_applied(
    province: Province, lan: Visit, sound: str
) -> None:
    """Without its source the page says what is missing; with it the changes are shown, then made."""
    path = f"/week-plan/templates/buoi-sang?area={COMMUNE}"
    assert "Tiếp sóng VOV1 buổi sáng" in html.unescape(lan.get(path).text)
    form = {"area": COMMUNE, "item-1": sound}
    missing = lan.post("/week-plan/templates/buoi-sang", form)
    assert (missing.status_code, "địa chỉ nguồn tiếp sóng" in missing.text) == (422, True)
    form["url-0"] = "https://phat.vi-du.vn/vov1"
    look = lan.post("/week-plan/templates/buoi-sang", form)
    assert "Áp dụng sẽ đổi 2 khung giờ" in look.text
    seen = look.text.split('name="seen" value="')[1].split('"')[0]
    done = lan.post("/week-plan/templates/buoi-sang", {**form, "seen": seen, "take": "yes"})
    assert "done=applied" in done.headers["location"]
    kept = lan.post("/week-plan/templates", {"area": COMMUNE, "name": "Của xã"})
    assert kept.status_code == 303
    assert "Của xã" in lan.get(f"/week-plan/templates?area={HAMLET}").text
    assert "Của xã" not in lan.get(f"/week-plan/templates?area={OTHER}").text
    empty = lan.post("/week-plan/templates", {"area": OTHER, "name": "x"})
    assert (empty.status_code, "chưa có khung giờ lặp lại" in empty.text) == (422, True)


def test_a_calendar_is_tried_before_it_is_taken_in(
    province: Province, lan: Visit, sound: str
) -> None:
    """The dry run matches titles, says what is refused, keeps the file, and takes in what was seen."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x"]
    for n, (title, rule) in enumerate(
        (("Bản tin", "FREQ=DAILY"), ("Lạ", "FREQ=DAILY"), ("Bản tin", "FREQ=WEEKLY;INTERVAL=2"))
    ):
        lines += ["BEGIN:VEVENT", f"UID:{n}", f"SUMMARY:{title}", "DTSTART:20261123T060000"]
        lines += ["DURATION:PT30M", f"RRULE:{rule}", "END:VEVENT"]
    data = "\r\n".join([*lines, "END:VCALENDAR", ""])
    import base64  # noqa: PLC0415

    held = base64.b64encode(data.encode()).decode()
    lan.get(f"/week-plan/calendar?area={COMMUNE}")
    look = lan.post("/week-plan/import", {"area": COMMUNE, "held": held})
    shown = html.unescape(look.text)
    assert "1 sẵn sàng, 1 cần chọn nội dung, 1 không nhập" in shown
    assert "INTERVAL=2" in shown
    filled = {"area": COMMUNE, "held": held, "content-1": sound}
    look = lan.post("/week-plan/import", filled)
    seen = look.text.split('name="seen" value="')[1].split('"')[0]
    done = lan.post("/week-plan/import", {**filled, "seen": seen, "take": "yes"})
    assert "n=2" in done.headers["location"]
    with province.house.reading() as unit:
        assert sorted(s.title for s in own_slots(unit, COMMUNE)) == ["Bản tin", "Lạ"]
    bad = lan.post("/week-plan/import", {"area": COMMUNE, "held": "AAAA"})
    assert (bad.status_code, "iCalendar" in bad.text) == (422, True)
    made = lan.post("/week-plan/links", {"area": COMMUNE, "name": "Điện thoại"})
    assert "/api/v1/calendars/" in made.text
    assert "/api/v1/calendars/" not in lan.get(f"/week-plan/calendar?area={COMMUNE}").text
    assert lan.get(f"/week-plan/calendar.ics?area={COMMUNE}").status_code == 200


def test_a_week_is_copied_and_a_day_is_told(province: Province, lan: Visit, sound: str) -> None:
    """The copy page shows what changes first; the day page says what plays, what does not and why."""
    from contract.documents import Once  # noqa: PLC0415

    province.slot(make_slot(sound, "le", recurrence=Once(on=province.now.date()), title="Lễ"))
    page = lan.get(f"/week-plan/copy?area={COMMUNE}&source={province.now.date()}").text
    assert "Chép sẽ đổi 1 khung giờ" in page
    fields = {
        name: page.split(f'name="{name}" value="')[-1].split('"')[0]
        for name in ("source", "target", "seen")
    }
    assert lan.post("/week-plan/copy", {"area": COMMUNE, **fields}).status_code == 303
    with province.house.reading() as unit:
        assert len(list_slots(unit, COMMUNE)) == 2
    province.slot(make_slot(sound, "dem", title="Đêm"), HAMLET)
    day = lan.get(f"/week-plan/day?area={HAMLET}&day={MONDAY}").text
    assert "Đêm" in day
    assert "lịch của Ấp 1" in day
    assert lan.get(f"/week-plan/day?area={HAMLET}&day=1900-01-01").status_code == 200
    assert lan.get(f"/week-plan/day?area={HAMLET}&day=9999-99-99").status_code == 200


def test_another_commune_is_closed(province: Province, sound: str) -> None:
    """Every page and gesture of the planner is refused for an area that is not one's own."""
    province.slot(make_slot(sound))
    stranger = visitor(province, "xa", PersonRole.EDITOR, area=OTHER)
    for path in (
        f"/programme?area={COMMUNE}",
        f"/week-plan/part?area={COMMUNE}",
        f"/week-plan/copy?area={COMMUNE}",
        f"/week-plan/templates?area={COMMUNE}",
        f"/week-plan/templates/buoi-sang?area={COMMUNE}",
        f"/week-plan/calendar?area={COMMUNE}",
        f"/week-plan/calendar.ics?area={COMMUNE}",
        f"/week-plan/day?area={COMMUNE}",
        "/programme/slots/sang",
        f"/programme/slots/new?area={COMMUNE}",
        f"/programme/slots/new?area={OTHER}&like=sang",
    ):
        assert stranger.get(path).status_code in {403, 404}, path
    gesture = {"slot": "sang", "seen": "", "day": MONDAY}
    move = {**gesture, "to_day": MONDAY, "start_min": 420, "length_min": 30}
    for path, body in (
        ("/week-plan/move", move),
        ("/week-plan/try", move),
        ("/week-plan/skip", gesture),
        ("/week-plan/restore", gesture),
    ):
        assert stranger.post_json(path, body).status_code == 403, path
    for path in ("/week-plan/undo", "/week-plan/links", "/week-plan/templates"):
        assert stranger.post(path, {"area": COMMUNE, "name": "x"}).status_code == 403, path
