"""Enrolment over the wire: the appliance's signed question and people's routes, against a real server."""

import base64
import os
from collections.abc import Iterator

import httpx
import msgspec
import pytest

from contract.documents import Kind
from contract.enrolment import Standing, compare_code, fingerprint, qr_text
from contract.seal import SigningKey, device_id
from tests.central.calling import Caller
from tests.central.serving import Served, SignedBy
from tests.central.setting import HAMLET, PASSWORD

TABLE = (
    "id,title,area,zones\n"
    f"cho-ap-1,Cụm loa Chợ ấp 1,{HAMLET},san:17:Sân chợ\n"
    "dinh-ap-1,Cụm loa Đình ấp 1,dt/my-phong,duong:27\n"
    "nha-van-hoa,Nhà văn hóa,dt/tan-hoi,\n"
)


@pytest.fixture(scope="module")
def lan(served: Served) -> Iterator[httpx.Client]:
    """A person with every role, and three planned places."""
    with served.person() as client:
        answer = client.post("/sites/import", content=TABLE.encode())
        assert answer.json() == {"added": 3, "changed": 0, "unchanged": 0}, answer.text
        yield client


def test_the_whole_way_over_the_wire(served: Served, lan: httpx.Client) -> None:
    """A claim code, six digits, a signature made off the server: then the appliance fetches its paper with its key."""
    issued = lan.post("/sites/cho-ap-1/claim").json()
    caller = Caller(served)
    answer = caller.introduce(issued["code"])
    assert (answer.standing, answer.site) == (Standing.MATCHED, "cho-ap-1")
    shown = lan.get("/sites/cho-ap-1").json()
    digits = compare_code(caller.key.public, caller.nonce, answer.central_nonce)
    assert shown["enrolment"]["code"] == digits
    assert shown["enrolment"]["fingerprint"] == fingerprint(caller.key.public)
    assert shown["site"]["phase"] == "matched"
    prepared = lan.post("/sites/cho-ap-1/assignment/prepare", json={"code": digits}).json()
    sealed = served.authority.seal_bytes(Kind.ASSIGNMENT, base64.b64decode(prepared["payload"]))
    body = {"code": digits, "envelope": sealed.decode()}
    taken = lan.post("/sites/cho-ap-1/assignment", json=body)
    assert taken.status_code == 201, taken.text
    assert caller.ask().standing is Standing.ASSIGNED
    with served.appliance(caller.key) as appliance:
        assert appliance.get("/assignment").content == sealed


def test_replacing_over_the_wire(served: Served, lan: httpx.Client) -> None:
    """Retired by a signature, the old appliance's token is void, and the place takes the scanned new one."""
    old, new = Caller(served), Caller(served)
    for caller in (old, new):
        scan = lan.post("/sites/dinh-ap-1/scan", json={"machine": qr_text(caller.key.public)})
        assert scan.status_code == 200, scan.text
        answer = caller.introduce()
        digits = compare_code(caller.key.public, caller.nonce, answer.central_nonce)
        wanted = lan.post("/sites/dinh-ap-1/assignment/prepare", json={"code": digits}).json()
        sealed = served.authority.seal_bytes(Kind.ASSIGNMENT, base64.b64decode(wanted["payload"]))
        body = {"code": digits, "envelope": sealed.decode()}
        assert lan.post("/sites/dinh-ap-1/assignment", json=body).status_code == 201
        if caller is new:
            break
        device = device_id(caller.key.public)
        again = lan.post("/sites/dinh-ap-1/scan", json={"machine": qr_text(new.key.public)})
        assert (again.status_code, again.json()["error"]) == (409, "site-taken")
        with served.appliance(old.key) as appliance:
            paper = lan.post(f"/devices/{device}/retirement/prepare").json()
            end = served.authority.seal_bytes(Kind.ASSIGNMENT, base64.b64decode(paper["payload"]))
            assert lan.post(f"/devices/{device}/retirement", content=end).status_code == 200
            assert appliance.get("/assignment").status_code == 401
        with served.appliance(old.key) as appliance:
            assert appliance.get("/assignment").content == end
    assert old.ask().standing is Standing.REFUSED
    assert lan.get("/sites/dinh-ap-1").json()["site"]["device"] == device_id(new.key.public)


def test_only_who_holds_the_key_may_ask(served: Served) -> None:
    """Without a signature, or with another key's, nothing is entered; with its own it is."""
    caller = Caller(served)
    body = caller.body(shows=False)
    assert caller.post(body, None).status_code == 401
    assert caller.post(body, SignedBy(SigningKey.generate())).status_code == 401
    nonce = base64.b64encode(os.urandom(32)).decode()
    assert caller.post(body, SignedBy(caller.key, nonce)).status_code == 200
    replayed = caller.post(body, SignedBy(caller.key, nonce))
    assert (replayed.status_code, replayed.json()["error"]) == (401, "replayed")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20])
def test_a_weak_key_is_refused_in_words(served: Served, y: int) -> None:
    """A key of small order, whose signatures anybody can make, is refused before its signature is looked at."""
    caller = Caller(served)
    weak = base64.b64encode(y.to_bytes(32, "little")).decode()
    body = caller.body(shows=False).replace(caller.key.public.encode(), weak.encode())
    answer = caller.post(body, SignedBy(caller.key))
    assert (answer.status_code, answer.json()["error"]) == (422, "weak-key")
    assert "ai cũng ký thay được" in answer.json()["why"]


@pytest.mark.parametrize(
    "change", [{"commitment": "x"}, {"nonce": "AAAA"}, {"claim": "A" * 21}, {"more": 1}]
)
def test_what_is_no_question_is_refused(served: Served, change: dict[str, object]) -> None:
    """A field out of its bounds, or one that is not in the contract, is answered 422 and changes nothing."""
    caller = Caller(served)
    body = msgspec.json.encode(msgspec.json.decode(caller.body(shows=False)) | change)
    assert caller.post(body, SignedBy(caller.key)).status_code == 422
    assert caller.ask(shows=False).standing is Standing.COMMITTED


def test_people_without_the_right_are_refused(served: Served, lan: httpx.Client) -> None:
    """Nobody without a session, and no viewer, gets a code, sees who waits or has a paper prepared."""
    served.run("user", "add", "xem", "--role", "viewer", "--area", "dt", said=f"{PASSWORD}\n")
    base = f"{served.url}/api/v1"
    with httpx.Client(base_url=base, timeout=30, trust_env=False) as nobody:
        assert nobody.get("/sites").status_code == 401
        token = nobody.post("/session", json={"name": "xem", "password": PASSWORD}).json()["token"]
        nobody.headers["authorization"] = f"Bearer {token}"
        assert len(nobody.get("/sites").json()) == 3
        assert nobody.post("/sites/nha-van-hoa/claim").status_code == 403
        assert nobody.post("/sites/claims", json={"sites": ["nha-van-hoa"]}).status_code == 403
        assert nobody.get("/enrolments").json() == []
        assert nobody.post("/sites/import", content=TABLE.encode()).status_code == 422
    assert lan.post("/sites/claims", json={"sites": ["nha-van-hoa"]}).status_code == 201
    assert lan.post("/sites/nha-van-hoa/unmatch").json()["phase"] == "planned"


def test_planning_and_forgetting_one_place(lan: httpx.Client) -> None:
    """One place by JSON, with staff whose verifiers are told to nobody; forgotten it is gone."""
    staff = [{"name": "Trực đài", "verifier": "$argon2id$bi-mat"}]
    site = {"id": "tram-1", "title": "Trạm 1", "area": "dt", "template": {"staff": staff}}
    planned = lan.post("/sites", json=site)
    assert planned.status_code == 201, planned.text
    assert "bi-mat" not in planned.text + lan.get("/sites/tram-1").text + lan.get("/sites").text
    assert lan.post("/sites", json=site | {"area": "dt/khong-co"}).status_code == 422
    assert lan.delete("/sites/tram-1").status_code == 204
    assert lan.get("/sites/tram-1").status_code == 404
