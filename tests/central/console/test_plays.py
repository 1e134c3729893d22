"""The pages about plays: evaluation, list, one play, files, the duty wall, and the pages for everybody."""

import asyncio
import csv
import io
import os
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from openpyxl import load_workbook

from central.console.public import public_routes
from central.domain.people import PersonRole
from central.services.evaluation import evaluate
from central.services.public_shelf import ASKS_PER_MINUTE
from central.services.report_cells import csv_of, harmless
from central.services.report_sheet import xlsx_of
from central.services.report_tables import tables_of
from tests.central.console.visiting import Visit
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_tally import FIRST, LAST, PERIODS, Told

PICTURES = os.environ.get("CONSOLE_PICTURES")
RANGE = f"first={FIRST}&last={LAST}"


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


@pytest.fixture
def told(province: Province) -> Told:
    """A province whose appliances told eighty plays."""
    told = Told(province)
    told.many(80)
    return told


def test_the_evaluation_shows_the_figures(province: Province, told: Told, lan: Visit) -> None:
    """Success, minutes, shortfalls and every table stand on the page, each area leads on to its own."""
    text = lan.get(f"/plays?{RANGE}").text
    with province.house.reading() as unit:
        found = evaluate(unit, "dt", PERIODS[0], who=None, now=province.now)
    share = found.totals.success_pct
    assert share is not None
    assert f"{share:.1f} %".replace(".", ",") in text
    for row in found.heat:
        assert row.name in text
    for reason in found.reasons:
        assert reason.word in text
    assert "area=dt%2Fmy-phong" in text
    assert "Xã Mỹ Phong" in lan.get(f"/plays?area={COMMUNE}&{RANGE}").text
    for kind in ("day", "week", "month", "quarter", "year"):
        assert lan.get(f"/plays?kind={kind}&day=2026-09-30").status_code == 200
    assert "Chưa có lượt phát nào" in lan.get("/plays?kind=day&day=2020-01-01").text


@pytest.mark.parametrize(
    "query",
    ["first=x", "kind=day&day=9", "field=7", "field=²", "priority=x", "outcome=x", "reason=x"],
)
def test_what_no_question_is_is_refused(lan: Visit, query: str) -> None:
    """An address that asks for what there is not gets a sentence, not a guess and not a fault."""
    for path in ("/plays", "/plays/list"):
        answer = lan.get(f"{path}?{query}")
        assert answer.status_code == 422
        assert "class=" in answer.text
    assert lan.get("/plays/list?after=x").status_code == 422


def test_the_list_is_paged_and_filtered(told: Told, lan: Visit) -> None:
    """Fifty plays a page, a link to older ones, sums beside, and each filter narrows both."""
    first = lan.get(f"/plays/list?{RANGE}").text
    assert first.count("/console/plays/line/") == 50
    further = re.search(r'href="([^"]+)" rel="next"', first)
    assert further is not None
    rest = lan.get(further[1].replace("&amp;", "&").removeprefix("/console")).text
    assert 0 < rest.count("/console/plays/line/") <= 50
    assert "Về đầu danh sách" in rest
    urgent = lan.get(f"/plays/list?{RANGE}&priority=emergency&outcome=short").text
    assert urgent.count("/console/plays/line/") < 50
    assert "Khung giờ nào cũng có báo cáo" in lan.get(f"/plays/list?{RANGE}&outcome=missed").text


def test_one_play_shows_what_stands_behind_it(told: Told, lan: Visit) -> None:
    """The appliance's own sentence, what was asked and measured, and its report; what is not there is said."""
    listed = lan.get(f"/plays/list?{RANGE}&outcome=short&reason=power").text
    number = re.findall(r"/console/plays/line/(\d+)", listed)[0]
    text = lan.get(f"/plays/line/{number}").text
    assert "Mất điện lúc 05:48" in text
    assert "Nguyên văn cụm loa báo." in text
    for wrong in ("0", "999999999", "x", "²", "9" * 30):
        assert lan.get(f"/plays/line/{wrong}").status_code == 404


def test_a_commune_sees_its_own_only(told: Told, lan: Visit, province: Province) -> None:
    """Another commune's evaluation, list, play and file are refused or not there."""
    hoa = visitor(province, "hoa", PersonRole.VIEWER, area=COMMUNE)
    elsewhere = lan.get(f"/plays/list?{RANGE}&area={OTHER}").text
    number = re.findall(r"/console/plays/line/(\d+)", elsewhere)[0]
    assert hoa.get(f"/plays/line/{number}").status_code == 404
    for path in ("/plays", "/plays/list", "/plays/report.csv", "/plays/list.csv"):
        assert hoa.get(f"{path}?area={OTHER}&{RANGE}").status_code == 403
        assert hoa.get(f"{path}?area=dt&{RANGE}").status_code == 403
        assert hoa.get(f"{path}?area={COMMUNE}&{RANGE}").status_code == 200
    assert "Xã Tân Hội" not in hoa.get(f"/plays/list?{RANGE}").text


def test_files_say_what_the_page_says(told: Told, lan: Visit, province: Province) -> None:
    """CSV and spreadsheet hold exactly the evaluation's tables, and every line of the list."""
    with province.house.reading() as unit:
        found = evaluate(unit, "dt", PERIODS[0], who=None, now=province.now)
    raw = lan.get(f"/plays/report.csv?{RANGE}").content
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    for table in tables_of(found):
        assert list(table.head) in rows
        for row in table.rows:
            assert ["" if cell is None else str(cell) for cell in row] in rows
    book = load_workbook(io.BytesIO(lan.get(f"/plays/report.xlsx?{RANGE}").content))
    assert book["Tổng hợp"]["B4"].value == found.totals.plays
    listed = list(
        csv.reader(io.StringIO(lan.get(f"/plays/list.csv?{RANGE}").content.decode("utf-8-sig")))
    )
    assert len(listed) - 1 == found.totals.plays
    assert sum(float(row[11]) for row in listed[1:]) == found.totals.sounded_ms / 1000
    sheet = load_workbook(io.BytesIO(lan.get(f"/plays/list.xlsx?{RANGE}").content)).active
    assert sheet is not None
    assert sheet.max_row == len(listed)
    for wrong in ("/plays/report.exe", "/plays/list.pdf"):
        assert lan.get(wrong).status_code == 404


def test_the_paper_is_a_pdf_with_what_people_filled_in(told: Told, lan: Visit) -> None:
    """The report as an office hands it in is made for every period, also for one without plays."""
    for period in (RANGE, "kind=day&day=2020-01-01"):
        answer = lan.get(f"/plays/report.pdf?{period}&recipients=Sở VHTTDL;UBND tỉnh&maker=Lan")
        assert answer.content.startswith(b"%PDF-")
        assert answer.headers["content-type"] == "application/pdf"
        assert "attachment" in answer.headers["content-disposition"]
        if PICTURES:
            (Path(PICTURES) / f"report-{period[:4]}.pdf").write_bytes(answer.content)


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@a", "\t=1", "  =1", "＝1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    """What begins like a formula stays text in CSV and in a spreadsheet; numbers stay numbers."""
    (text,) = [b"".join(csv_of(["a"], [[cell, -1.5, None]])).decode("utf-8-sig")]
    assert (
        next(csv.reader([text.split("\n", 1)[1].strip("\n")]))[0].startswith("'") or cell == "\r=1"
    )
    assert harmless(cell) == f"'{cell}"
    assert harmless("Bản tin -1") == "Bản tin -1"
    book = load_workbook(io.BytesIO(b"".join(xlsx_of([("a", ["a"], [[cell, -1.5]])]))))
    sheet = book.active
    assert sheet is not None
    assert sheet["A2"].data_type == "s"
    assert sheet["B2"].value == -1.5


def test_the_wall_tells_what_is_wrong(told: Told, lan: Visit, province: Province) -> None:
    """Figures, slots and who is lost stand on the wall, and its part can be asked again by itself."""
    text = lan.get("/wall").text
    assert "data-every=" in text
    assert "Thành công hôm nay" in text
    assert "Trong 18 giờ tới không có khung giờ nào." in lan.get("/wall/part").text


class Street:
    """Somebody on the street, who is not signed in."""

    def __init__(self, province: Province) -> None:
        self._app = FastAPI()
        self._app.include_router(public_routes(province.house))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask for a page."""
        with ThreadPoolExecutor(1) as lane:
            return lane.submit(asyncio.run, self._ask(path, headers)).result()

    async def _ask(self, path: str, headers: Mapping[str, str]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get(path, headers=headers)


@pytest.fixture
def everybody(province: Province) -> Street:
    """Somebody on the street."""
    return Street(province)


def test_a_public_page_is_shown_only_when_turned_on(
    province: Province, lan: Visit, everybody: Street
) -> None:
    """Nothing is there until an administrator shows it with a contact; hidden again it is gone."""
    assert everybody.get(f"/public/{COMMUNE}").status_code == 404
    lan.get("/plays/public")
    form = {"area": COMMUNE, "shown": "yes", "contact": ""}
    assert lan.post("/plays/public", form).status_code == 422
    form["contact"] = "UBND xã Mỹ Phong\n0277 3 000 000"
    assert lan.post("/plays/public", form).status_code == 303
    answer = everybody.get(f"/public/{COMMUNE}")
    assert answer.status_code == 200
    for words in ("0277 3 000 000", "21:00–05:30", "Tỉnh Đồng Tháp"):
        assert words in answer.text
    assert "max-age" in answer.headers["cache-control"]
    again = everybody.get(f"/public/{COMMUNE}", **{"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304
    told = everybody.get(f"/public/{COMMUNE}.json").json()
    assert told["name"] == "Xã Mỹ Phong"
    assert set(told) == {
        "area", "name", "above", "day", "programme", "quiet", "max_minutes_per_day",
        "max_minutes_per_session", "contact", "alarms",
    }  # fmt: skip
    assert everybody.get(f"/public/{HAMLET}").status_code == 404
    hoa = visitor(province, "hoa", PersonRole.ADMINISTRATOR, area=OTHER)
    hoa.get("/plays/public")
    assert hoa.post("/plays/public", form).status_code == 403
    assert COMMUNE not in hoa.get("/plays/public").text


def test_whoever_asks_too_often_waits(everybody: Street) -> None:
    """A source has a minute's worth of questions; then it is told to wait."""
    answers = [everybody.get("/public/x") for _ in range(ASKS_PER_MINUTE + 5)]
    assert [answer.status_code for answer in answers[:ASKS_PER_MINUTE]] == [404] * ASKS_PER_MINUTE
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"]
