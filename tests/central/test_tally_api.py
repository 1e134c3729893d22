"""Plays and evaluations over `/api/v1`: the same numbers as the pages, by page, filter, file and person."""

import asyncio
import csv
import io
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from fastapi import FastAPI

from central.api.answers import add_error_answers
from central.api.people import people_routes
from central.domain.people import PersonRole
from central.domain.states import SignedIn
from central.services import sign_in
from tests.central.setting import COMMUNE, OTHER, PASSWORD, Province
from tests.central.test_tally import FIRST, LAST, Told

RANGE = {"first": str(FIRST), "last": str(LAST)}


class System:
    """Another system that asks with a person's token."""

    def __init__(self, province: Province, name: str, role: PersonRole, area: str) -> None:
        province.person(name, role, area=area)
        with province.house.writing() as unit:
            answer = sign_in(unit, name, PASSWORD, now=province.now)
        assert isinstance(answer, SignedIn)
        self._headers = {"authorization": f"Bearer {answer.token}"}
        self._app = FastAPI()
        self._app.include_router(people_routes(province.house))
        add_error_answers(self._app)

    def get(self, path: str, **query: str) -> httpx.Response:
        """Ask for `path` below /api/v1."""
        return self._in_a_thread("GET", path, query, None)

    def put(self, path: str, value: object) -> httpx.Response:
        """Put JSON."""
        return self._in_a_thread("PUT", path, {}, value)

    def _in_a_thread(
        self, method: str, path: str, query: dict[str, str], value: object
    ) -> httpx.Response:
        with ThreadPoolExecutor(1) as lane:
            return lane.submit(asyncio.run, self._ask(method, path, query, value)).result()

    async def _ask(
        self, method: str, path: str, query: dict[str, str], value: object
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            address = f"/api/v1{path}"
            return await client.request(
                method, address, params=query, json=value, headers=self._headers
            )


@pytest.fixture
def told(province: Province) -> Told:
    """A province whose appliances told sixty plays."""
    told = Told(province)
    told.many(60)
    return told


def test_pages_sums_evaluation_and_file_agree(province: Province, told: Told) -> None:
    """Cursors lead through every play once; the sums are those of the evaluation and of the file's lines."""
    system = System(province, "he-thong", PersonRole.VIEWER, "dt")
    found: list[int] = []
    page = system.get("/plays/pages", limit="25", **RANGE).json()
    sums = page["sums"]
    while page["plays"]:
        found += [line["id"] for line in page["plays"]]
        if page["next"] is None:
            break
        page = system.get("/plays/pages", limit="25", after=page["next"], **RANGE).json()
    assert len(found) == len(set(found)) == sums["plays"]
    evaluation = system.get("/evaluation", **RANGE).json()
    assert {k: v for k, v in evaluation["totals"].items() if k in sums} == sums
    lines = system.get("/plays/file/csv", **RANGE).content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(lines)))) == 1 + sums["plays"]
    assert system.get("/evaluation/file/pdf", **RANGE).content.startswith(b"%PDF")
    one = system.get(f"/plays/one/{found[0]}").json()
    assert one["line"]["id"] == found[0]
    assert one["line"]["word"] in {"đã phát", "phát thiếu", "không phát"}
    assert system.get("/plays/missed", **RANGE).json() == {"windows": [], "next": None}
    assert system.get("/wall").json()["total"] == 4


def test_a_commune_is_told_of_itself_only(province: Province, told: Told) -> None:
    """What belongs to another commune is refused, or is not there."""
    system = System(province, "xa", PersonRole.VIEWER, COMMUNE)
    whole = System(province, "tinh", PersonRole.VIEWER, "dt")
    other = whole.get("/plays/pages", area=OTHER, **RANGE).json()["plays"][0]["id"]
    for path in ("/plays/pages", "/plays/missed", "/plays/file/csv", "/evaluation"):
        for area in (OTHER, "dt"):
            assert system.get(path, area=area, **RANGE).status_code == 403, path
        assert system.get(path, area=COMMUNE, **RANGE).status_code == 200, path
    assert system.get(f"/plays/one/{other}").status_code == 404
    assert system.get("/evaluation", **RANGE).json()["area"] == COMMUNE
    wish = {"area": COMMUNE, "shown": True, "contact": "UBND xã"}
    assert system.put("/public-pages", wish).status_code == 403
    assert system.get("/public-pages").json() == []


def test_public_pages_are_an_administrators(province: Province) -> None:
    """An administrator shows a page and reads it back; a body with anything else in it is refused."""
    system = System(province, "quan-tri", PersonRole.ADMINISTRATOR, COMMUNE)
    wish = {"area": COMMUNE, "shown": True, "contact": "UBND xã"}
    assert system.put("/public-pages", wish).json()["shown"] is True
    assert [s["contact"] for s in system.get("/public-pages").json()] == ["UBND xã"]
    assert system.put("/public-pages", {**wish, "x": 1}).status_code == 422


@pytest.mark.parametrize(
    "query",
    [
        {"after": "x"},
        {"limit": "0"},
        {"priority": "x"},
        {"first": "1"},
        {"kind": "day", "day": "x"},
    ],
)
def test_what_cannot_be_asked_is_refused(province: Province, query: dict[str, str]) -> None:
    """A part of the address that means nothing is named in a sentence."""
    system = System(province, "he-thong", PersonRole.VIEWER, "dt")
    answer = system.get("/plays/pages", **query)
    assert answer.status_code == 422
    assert answer.json()["why"]
