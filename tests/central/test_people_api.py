"""People, accounts, the tree and the audit log over the API, as a program of one's own would use them."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import httpx
import msgspec
import pytest

from central.app import Central
from central.domain.people import PersonRole
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province
from tests.central.test_people_factor import Phone


class Api:
    """The whole application, asked in this process."""

    def __init__(self, province: Province) -> None:
        self.app = Central(province.house)

    def ask(
        self, method: str, path: str, token: str = "", body: object = None, **query: str
    ) -> httpx.Response:
        """Ask one question."""
        return asyncio.run(self._ask(method, path, token, body, query))

    async def _ask(
        self, method: str, path: str, token: str, body: object, query: dict[str, str]
    ) -> httpx.Response:
        sent = body if isinstance(body, bytes) else msgspec.json.encode(body) if body else b""
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            held = {"authorization": f"Bearer {token}"} if token else {}
            return await client.request(
                method, f"/api/v1{path}", headers=held, content=sent, params=query
            )

    def token(self, name: str, password: str = PASSWORD) -> str:
        """Sign in."""
        answer = self.ask("POST", "/session", body={"name": name, "password": password})
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["token"]
        return token


@pytest.fixture
def api(province: Province) -> Iterator[Api]:
    """The application over a province with a commune's and the province's administrator."""
    province.person("mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)
    province.person("boss", PersonRole.ADMINISTRATOR)
    built = Api(province)
    yield built
    built.app.close()


def test_an_account_from_invitation_to_lock(api: Api) -> None:
    """Invited, the person changes the password, works, is given a role, loses it, and is locked."""
    mayor = api.token("mayor")
    asked = {"name": "moi", "full_name": "Lê Mới", "area": COMMUNE, "roles": ["contributor"]}
    made = api.ask("POST", "/people", mayor, asked)
    assert made.status_code == 201
    person, password = made.json()["id"], made.json()["password"]
    own = api.token("moi", password)
    stopped = api.ask("GET", "/areas", own)
    assert (stopped.status_code, stopped.json()["error"]) == (401, "unsettled")
    new = {"old": password, "new": "bốn từ ghép lại dài"}
    assert api.ask("POST", "/me/password", own, {**new, "old": "sai"}).status_code == 403
    assert api.ask("POST", "/me/password", own, new).status_code == 204
    assert api.ask("GET", "/areas", own).status_code == 200
    one = api.ask("GET", f"/people/{person}", mayor).json()
    assert (one["word"], one["grants"][0]["word"]) == ("đang dùng", "cộng tác viên")
    role = {"role": "editor", "area": HAMLET}
    assert api.ask("POST", f"/people/{person}/grants", mayor, role).status_code == 200
    assert api.ask("POST", f"/people/{person}/grants/revoke", mayor, role).status_code == 204
    locked = api.ask("POST", f"/people/{person}/disable", mayor)
    assert locked.json()["word"] == "đã khóa"
    assert api.ask("GET", "/areas", own).status_code == 401
    log = api.ask("GET", "/audit", mayor, q="moi").json()
    assert {"invite", "grant", "revoke", "disable-person"} <= {x["verb"] for x in log["lines"]}
    assert "mời người dùng" in api.ask("GET", "/audit.csv", mayor).text
    assert api.ask("GET", "/audit.csv", mayor, area=OTHER).status_code == 403


def test_a_second_factor_over_the_api(province: Province, api: Api) -> None:
    """Begin, confirm, sign in with ticket and code, and take it off again."""
    mayor = api.token("mayor")
    begun = api.ask("POST", "/me/second-factor", mayor, {"password": PASSWORD})
    assert begun.status_code == 201
    phone = Phone(begun.json()["secret"])
    code = {"code": phone.code(province.now)}
    codes = api.ask("POST", "/me/second-factor/confirm", mayor, code).json()["codes"]
    door = api.ask("POST", "/session", body={"name": "mayor", "password": PASSWORD})
    assert (door.status_code, door.json()["error"]) == (401, "code-asked")
    ticket = door.json()["ticket"]
    wrong = api.ask("POST", "/session/code", body={"ticket": ticket, **code})
    assert wrong.json()["error"] == "declined"  # that code was used already
    shown = api.ask("POST", "/session/code", body={"ticket": ticket, "code": codes[0]})
    assert shown.status_code == 200
    token = shown.json()["token"]
    profile = api.ask("GET", "/me/profile", token).json()
    assert (profile["second_factor"], profile["recovery_codes_left"]) == (True, 9)
    sessions = api.ask("GET", "/me/sessions", token).json()
    assert sessions[0]["own"] is True
    assert api.ask("DELETE", "/me/sessions", token).status_code == 204
    assert api.ask("GET", "/me/profile", mayor).status_code == 401
    off = api.ask("POST", "/me/second-factor/off", token, {"password": PASSWORD})
    assert off.status_code == 204


def test_the_tree_over_the_api(province: Province, api: Api) -> None:
    """A dry run changes nothing; the deed does what it said; the export reads back."""
    boss, mayor = api.token("boss"), api.token("mayor")
    province.appliance("Cụm loa chợ", HAMLET)
    asked = {
        "sources": [COMMUNE, OTHER],
        "into": {"path": "dt/my-tan", "name": "Xã Mỹ Tân"},
        "day": "2026-12-01",
    }
    assert api.ask("POST", "/areas/merge", mayor, asked).status_code == 403
    dry = api.ask("POST", "/areas/merge", boss, asked).json()
    assert (dry["done"], dry["appliances"]) == (False, 1)
    done = api.ask("POST", "/areas/merge", boss, {**asked, "dry_run": False}).json()
    assert done["done"]
    left = api.ask("GET", "/areas/reassign", boss, area="dt/my-tan").json()
    assert left[0]["into"] == "dt/my-tan/ap-1"
    paper = api.ask("POST", f"/areas/reassign/{left[0]['device']}", boss, {"area": ""})
    assert paper.json()["kind"] == "assignment"
    tree = api.ask("GET", "/areas/tree", boss, at="dt").json()
    assert "dt/my-tan" in [child["path"] for child in tree["children"]]
    history = api.ask("GET", "/areas/history", boss, area="dt/my-tan").json()
    assert [line["word"] for line in history] == ["sáp nhập", "sáp nhập"]
    table = api.ask("GET", "/areas.csv", boss).content
    plan = api.ask("POST", "/areas/import", boss, table).json()
    assert (plan["added"], plan["changed"], plan["done"]) == ([], [], False)
    assert api.ask("GET", "/areas/search", boss, q="my tan").json()[0]["path"] == "dt/my-tan"
    paths = [area["path"] for area in api.ask("GET", "/areas", mayor).json()]
    assert OTHER not in paths


def test_a_session_says_when_it_was_used_last(province: Province, api: Api) -> None:
    """Programs that speak to the API keep their session in use as a browser does, told every five minutes."""
    token = api.token("mayor")
    for minutes, seen in ((4, 0), (2, 6)):
        province.clock.pass_by(timedelta(minutes=minutes))
        assert api.ask("GET", "/areas", token).status_code == 200
        (own,) = [one for one in api.ask("GET", "/me/sessions", token).json() if one["own"]]
        since = datetime.fromisoformat(own["last_seen"]) - datetime.fromisoformat(own["created"])
        assert since == timedelta(minutes=seen)
