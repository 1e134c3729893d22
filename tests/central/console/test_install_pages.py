"""The pages of installing by real requests: what they show, what they take, what they refuse."""

import re

import pytest

from central.domain.people import PersonRole
from central.services.clones import REPORTS, note_signs
from central.services.commissionings import take_commissioning
from central.services.site_import import import_sites
from central.services.sites import site_row
from contract.documents import Kind
from contract.enrolment import Standing
from tests.central.console.test_pages import prepared
from tests.central.console.visiting import Visit
from tests.central.enrolling import FOREIGN, SITE, Crew, Newcomer
from tests.central.setting import HAMLET, Province
from tests.central.test_commissionings import report, sealed

PATHS = ("/install", "/install/list", "/install/waiting", "/install/waiting/list", "/install/table")


@pytest.fixture
def crew(province: Province) -> Crew:
    """Planned places and who installs there."""
    return Crew(province)


@pytest.fixture
def visit(crew: Crew) -> Visit:
    """Somebody with every role in the province, signed in."""
    crew.province.person("lan", *PersonRole)
    visit = Visit(crew.province.house)
    assert visit.sign_in("lan").status_code == 303
    return visit


def at_hamlet(province: Province, *roles: PersonRole) -> Visit:
    """Return somebody signed in with these roles in one commune."""
    province.person("binh", *roles, area="dt/my-phong")
    visit = Visit(province.house)
    visit.sign_in("binh")
    return visit


@pytest.mark.parametrize("path", PATHS)
def test_every_page_opens_without_a_script(visit: Visit, path: str) -> None:
    """Each page of installing is whole as it comes from the server."""
    answer = visit.get(path)
    assert answer.status_code == 200
    assert "Traceback" not in answer.text


def test_pages_open_in_a_province_without_places(province: Province) -> None:
    """With nothing planned the list says so and what to do."""
    province.person("lan", *PersonRole)
    visit = Visit(province.house)
    visit.sign_in("lan")
    assert "Chưa có vị trí nào" in visit.get("/install").text
    assert "Không có máy nào chờ" in visit.get("/install/waiting").text


def test_who_does_not_install_sees_nothing_of_it(crew: Crew) -> None:
    """Without the right there is no link and no page; with it in one commune only that commune's places."""
    editor = at_hamlet(crew.province, PersonRole.EDITOR)
    assert "/console/install" not in editor.get("/key").text
    for path in PATHS:
        assert editor.get(path).status_code == 403
    crew.province.person("tho", PersonRole.TECHNICIAN, area="dt/my-phong")
    fitter = Visit(crew.province.house)
    fitter.sign_in("tho")
    listed = fitter.get("/install").text
    assert SITE in listed
    assert FOREIGN not in listed
    assert fitter.get(f"/install/sites/{FOREIGN}").status_code == 403
    assert fitter.post(f"/install/sites/{FOREIGN}/claim").status_code == 403
    assert fitter.get("/install/table").status_code == 403
    assert fitter.get(f"/install/sites/{SITE}").status_code == 200


def test_a_claim_code_is_shown_once_on_a_sheet(visit: Visit, crew: Crew) -> None:
    """Without a script: the button answers with the sheet (code, end, QR code, five steps); the code works."""
    visit.get(f"/install/sites/{SITE}")
    sheet = visit.post(f"/install/sites/{SITE}/claim", {"hours": "24"})
    assert sheet.status_code == 200
    found = re.search(r'id="claim-code">([0-9A-Z]{5}-[0-9A-Z]{5})<', sheet.text)
    assert found
    assert sheet.text.count("<svg") > 1
    assert f"/console/install/sites/{SITE}" in sheet.text
    assert sheet.text.count("<li>") >= 5
    assert found[1] not in visit.get(f"/install/sites/{SITE}").text
    assert "Đã cấp mã nhận máy" in visit.get(f"/install/sites/{SITE}").text
    newcomer = Newcomer(crew.province)
    assert newcomer.introduce(found[1]).standing is Standing.MATCHED


def test_a_code_that_ended_is_told_on_the_page(visit: Visit, crew: Crew) -> None:
    """A dead and an expired code each have their own sentence, and the button for a new one."""
    code = crew.code().code
    for number in "0123456789":
        if number != code[-1]:
            Newcomer(crew.province).introduce(code[:-1] + number)
    assert "Mã nhận máy đã hỏng" in visit.get(f"/install/sites/{SITE}").text
    crew.code()
    with crew.province.house.writing() as unit:
        site_row(unit, SITE).claim_expires = crew.province.now
    shown = visit.get(f"/install/sites/{SITE}").text
    assert "đã hết hạn" in shown
    assert "Cấp mã mới" in shown


def test_the_typed_id_is_taken_and_a_wrong_one_told_beside_its_field(
    visit: Visit, crew: Crew
) -> None:
    """A mistyped id comes back with the reason and what was typed; the right one leads on."""
    newcomer = Newcomer(crew.province)
    visit.get(f"/install/sites/{SITE}")
    wrong = visit.post(f"/install/sites/{SITE}/scan", {"machine": newcomer.device[:-1] + "1"})
    assert wrong.status_code == 422
    assert "16 ký tự" in wrong.text
    assert newcomer.device[:-1] + "1" in wrong.text
    right = visit.post(f"/install/sites/{SITE}/scan", {"machine": newcomer.device})
    assert (right.status_code, right.headers["location"][-12:]) == (303, "done=scanned")
    assert "Đang chờ máy gọi về" in visit.get(f"/install/sites/{SITE}").text


def test_the_digits_are_shown_and_the_paper_prepared_for_them_alone(
    visit: Visit, crew: Crew
) -> None:
    """The page shows the six digits of the appliance; a paper is prepared and taken with these digits only."""
    newcomer = Newcomer(crew.province)
    crew.scan(newcomer)
    newcomer.introduce()
    shown = newcomer.shown()
    assert f">{shown}</p>" in visit.get(f"/install/sites/{SITE}/state").text
    url = f"/install/sites/{SITE}/assignment"
    other = "000 000" if shown != "000 000" else "000 001"
    assert visit.post_json(f"{url}/prepare", {"code": other}).status_code == 409
    payload = prepared(visit.post_json(f"{url}/prepare", {"code": shown}).text, Kind.ASSIGNMENT)
    sealed = crew.province.authority.seal_bytes(Kind.ASSIGNMENT, payload).decode()
    assert visit.post_json(url, {"code": other, "envelope": sealed}).status_code == 409
    taken = visit.post_json(url, {"code": shown, "envelope": sealed})
    assert taken.json() == {"href": f"/console/install/sites/{SITE}?done=assigned"}
    assert newcomer.ask().standing is Standing.ASSIGNED
    page = visit.get(f"/install/sites/{SITE}?done=assigned").text
    assert "Đã ký và giao máy" in page
    assert "lan, " in page


def test_retiring_by_the_page(visit: Visit, crew: Crew) -> None:
    """The retirement is prepared, signed elsewhere and taken; the place is vacant, the appliance's page says so."""
    old = crew.enrol()
    url = f"/install/appliances/{old.device}/retirement"
    payload = prepared(visit.post_json(f"{url}/prepare", {}).text, Kind.ASSIGNMENT)
    sealed = crew.province.authority.seal_bytes(Kind.ASSIGNMENT, payload).decode()
    assert visit.post_json(url, {"envelope": sealed}).status_code == 200
    assert "đã thu hồi" in visit.get(f"/appliances/{old.device}").text
    assert "Vị trí này chưa có máy" in visit.get(f"/install/sites/{SITE}").text
    assert old.device not in visit.get("/").text


def test_an_administrator_places_and_refuses_who_waits(visit: Visit, crew: Crew) -> None:
    """Strangers are listed with their fingerprint; one is matched by hand, another refused with a reason."""
    wanted, stranger = Newcomer(crew.province), Newcomer(crew.province)
    for newcomer in (wanted, stranger):
        newcomer.introduce()
    assert "2 máy đã gọi về" in visit.get("/install").text
    listed = visit.get("/install/waiting").text
    assert wanted.device in listed
    matched = visit.post(f"/install/waiting/{wanted.device}/match", {"site": SITE})
    assert matched.headers["location"] == f"/console/install/sites/{SITE}?done=placed"
    assert wanted.ask().standing is Standing.MATCHED
    assert visit.post(f"/install/waiting/{stranger.device}/refuse", {"why": ""}).status_code == 422
    visit.post(f"/install/waiting/{stranger.device}/refuse", {"why": "máy lạ"})
    assert "máy lạ" in stranger.ask().why
    assert "từ chối: máy lạ" in visit.get("/install/waiting").text


def test_a_table_is_previewed_before_it_is_taken(visit: Visit, crew: Crew) -> None:
    """First it is shown what would be planned; only the second button plans it, and a fault stops it there."""
    table = f"id,title,area\nmoi-1,Vị trí mới,{HAMLET}\n"
    visit.get("/install/table")
    shown = visit.post("/install/table", {"text": table})
    assert shown.status_code == 200
    assert "1 vị trí mới" in shown.text
    assert visit.get("/install/sites/moi-1").status_code == 404
    bad = visit.post("/install/table", {"text": table + "Sai,x,dt\n,,\n"})
    assert bad.status_code == 422
    assert "Dòng 3" in bad.text
    assert "còn" in bad.text
    again = visit.post("/install/table", {"text": table + "Sai,x,dt\n", "take": "yes"})
    assert again.status_code == 422
    assert visit.get("/install/sites/moi-1").status_code == 404
    taken = visit.post("/install/table", {"text": table, "take": "yes"})
    assert taken.headers["location"] == "/console/install?done=planned"
    assert visit.get("/install/sites/moi-1").status_code == 200
    with crew.province.house.writing() as unit:
        assert import_sites(unit, table, who=None, now=crew.province.now).unchanged == 1


def test_a_place_is_dropped_from_the_plan(visit: Visit) -> None:
    """An empty place is forgotten by an administrator."""
    visit.get(f"/install/sites/{FOREIGN}")
    dropped = visit.post(f"/install/sites/{FOREIGN}/unplan")
    assert dropped.headers["location"] == "/console/install?done=unplanned"
    assert visit.get(f"/install/sites/{FOREIGN}").status_code == 404


def test_the_camera_is_allowed_on_the_page_of_a_place_alone(visit: Visit) -> None:
    """Only where a code is scanned may a script ask for the camera."""
    place = visit.get(f"/install/sites/{SITE}").headers["permissions-policy"]
    assert "camera=(self)" in place
    assert "camera=()" in visit.get("/install").headers["permissions-policy"]


def test_a_copied_key_alarms_overview_and_appliance(visit: Visit, crew: Crew) -> None:
    """The suspicion stands in words on both pages until somebody has looked into it."""
    old = crew.enrol()
    assert "sao chép" not in visit.get("/").text
    with crew.province.house.writing() as unit:
        note_signs(unit, [old.device], REPORTS, now=crew.province.now)
    assert "nghi khóa thiết bị bị sao chép" in visit.get("/").text
    assert "ghi khóa thiết bị bị sao chép" in visit.get(f"/appliances/{old.device}").text
    visit.post(f"/appliances/{old.device}/copies")
    assert "sao chép" not in visit.get("/").text
    assert "bị sao chép" not in visit.get(f"/appliances/{old.device}").text


def test_a_place_shows_how_it_was_handed_over_and_gives_the_paper(visit: Visit, crew: Crew) -> None:
    """Date, person and verdict stand on the place's page, with the PDF behind a link; before, how it is done."""
    loa = crew.enrol()
    assert "Chưa nghiệm thu." in visit.get(f"/install/sites/{SITE}").text
    paper = report(loa.key, crew.province.now)
    with crew.province.house.writing() as unit:
        state = take_commissioning(
            unit, sealed(paper, loa.key), device=loa.device, who=None, now=crew.province.now
        )
    text = " ".join(visit.get(f"/install/sites/{SITE}").text.split())
    assert "đạt" in text
    assert "Nghiệm thu ngày" in text
    assert "người Lê Minh Tuấn" in text
    answer = visit.get(f"/install/commissionings/{state.id}")
    assert answer.content.startswith(b"%PDF")
    assert "attachment" in answer.headers["content-disposition"]
