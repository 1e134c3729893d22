"""A whole day over the real interfaces: people plan and approve, an appliance fetches and tells."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from contract import codec, seal
from contract.documents import Command, Kind, Programme, Role, SetVolume, Sha256
from contract.seal import SigningKey, device_id
from contract.testing import report
from tests.central.serving import Served, SignedBy, open_session
from tests.central.setting import COMMUNE, HAMLET, OTHER, make_sound, real_now

SLOT = {"title": "Bản tin sáng", "recurrence": {"kind": "daily"}, "start": "06:00:00"}


def upload(lan: httpx.Client, path: Path, area: str = "dt") -> httpx.Response:
    """Upload a file as its raw body."""
    return lan.post(
        "/contents",
        params={"area": area, "title": "Bản tin"},
        content=path.read_bytes(),
        headers={"x-file-name": path.name, "content-type": "audio/mpeg"},
    )


def test_from_upload_to_the_appliance_and_back(served: Served, tone: Path) -> None:
    """Upload, approve, plan, preview, publish; the appliance fetches all of it and reports."""
    key = served.assign(HAMLET, "Cụm loa ấp 1")
    device = device_id(key.public)
    with served.person() as lan:
        content = upload(lan, tone).json()
        assert (content["word"], content["mime"]) == ("chờ duyệt", "audio/mpeg")
        prepared = lan.post(
            "/approvals/prepare", json={"sha256": content["sha256"], "area": "dt"}
        ).json()
        payload = base64.b64decode(prepared["payload"])
        sealed = seal.seal(Kind.APPROVAL, payload, [served.authority.keys[Role.APPROVE]])
        assert lan.post("/approvals", content=sealed).status_code == 201
        slot = {**SLOT, "title": "Bản tin xã", "window_s": 600, "items": [content["sha256"]]}
        made = lan.post("/slots", json={"area": COMMUNE, "slot": slot})
        assert (made.status_code, made.json()["word"]) == (201, "chưa gửi")
        seen = lan.get("/preview", params={"area": HAMLET, "day": "2030-01-02"}).json()
        assert "Bản tin xã" in {p["slot"]["title"] for p in seen["planned"]}
        assert lan.post("/publish", json={"area": COMMUNE}).json()["changed"] >= 1
    with served.appliance(key) as loa:
        fetched = loa.get("/programme")
        programme = codec.decode(Kind.PROGRAMME, seal.read_envelope(fetched.content).payload)
        assert isinstance(programme, Programme)
        assert "Bản tin xã" in {s.title for s in programme.slots}
        etag = fetched.headers["etag"]
        assert etag == f'"{hashlib.sha256(fetched.content).hexdigest()}"'
        assert loa.get("/programme", headers={"if-none-match": etag}).status_code == 304
        assert loa.get("/assignment").headers["content-type"] == "application/vnd.dsse+json"
        assert loa.get(f"/approvals/{content['sha256']}").content == sealed
        whole = loa.get(f"/content/{content['sha256']}")
        assert whole.content == tone.read_bytes()
        assert whole.headers["etag"] == f'"{content["sha256"]}"'
        told = report(key, 1, Sha256("0" * 64), real_now())
        assert loa.post("/reports", content=told).json() == {"acknowledged": 1}
        assert loa.post("/reports", content=told).json() == {"acknowledged": 1}
    with served.person() as lan:
        state = lan.get(f"/devices/{device}").json()["device"]
    assert (state["version"] >= 1, state["step"]) == (True, "received")


def test_content_comes_in_pieces_and_only_to_whom_it_concerns(
    served: Served, tone: Path, tmp_path: Path
) -> None:
    """Ranges are honoured, a wrong range refused, and content of no programme of one's own is not there."""
    key, stranger = served.assign(HAMLET), served.assign(OTHER)
    sound = make_sound(tmp_path / "khac.mp3", "sine=700:d=1")
    with served.person() as lan:
        sha256 = upload(lan, sound).json()["sha256"]
        lan.post("/approvals", content=served.authority.approve(Sha256(sha256), "dt"))
        slot = {**SLOT, "start": "07:00:00", "window_s": 600, "items": [sha256]}
        lan.post("/slots", json={"area": HAMLET, "slot": slot})
        lan.post("/publish", json={"area": HAMLET})
    data = sound.read_bytes()
    with served.appliance(key) as loa, served.appliance(stranger) as other:
        part = loa.get(f"/content/{sha256}", headers={"range": "bytes=100-"})
        assert (part.status_code, part.content) == (206, data[100:])
        held = {"range": "bytes=100-", "if-range": f'"{sha256}"'}
        assert loa.get(f"/content/{sha256}", headers=held).status_code == 206
        changed = {"range": "bytes=100-", "if-range": '"another"'}
        assert loa.get(f"/content/{sha256}", headers=changed).content == data
        past = {"range": f"bytes={len(data)}-"}
        assert loa.get(f"/content/{sha256}", headers=past).status_code == 416
        assert loa.get(f"/content/{'0' * 64}").status_code == 404
        assert loa.get("/content/..%2f..%2fcentral.db").status_code == 404
        for path in (f"/content/{sha256}", f"/approvals/{'0' * 64}", "/announcements/x"):
            assert other.get(path).status_code == 404


def test_a_session_needs_the_appliances_own_key_and_a_fresh_challenge(served: Served) -> None:
    """Strangers, wrong signatures and used challenges get 401 and learn nothing."""
    key, stranger = served.assign(HAMLET), SigningKey.generate()
    with httpx.Client(base_url=f"{served.url}/device/v1", trust_env=False) as client:

        def challenge(device: str) -> str:
            return str(client.post("/challenge", json={"device": device}).json()["challenge"])

        asked = challenge(device_id(key.public))
        good = client.post("/session", auth=SignedBy(key, asked))
        assert good.status_code == 200
        again = client.post("/session", auth=SignedBy(key, asked))
        assert (again.status_code, again.json()["error"]) == (401, "bad-challenge")
        made_up = client.post("/session", auth=SignedBy(key))
        assert (made_up.status_code, made_up.json()["error"]) == (401, "bad-challenge")
        for_another = client.post("/session", auth=SignedBy(key, challenge("a" * 16)))
        assert (for_another.status_code, for_another.json()["error"]) == (401, "bad-challenge")
        unknown = client.post(
            "/session", auth=SignedBy(stranger, challenge(device_id(stranger.public)))
        )
        assert (unknown.status_code, unknown.json()["error"]) == (401, "bad-signature")
        assert client.post("/session").json()["error"] == "not-signed"
        assert client.get("/programme").status_code == 401
        assert client.get("/programme", headers={"authorization": "Bearer x"}).status_code == 401
        token = open_session(client, key)
        ok = client.get("/assignment", headers={"authorization": f"Bearer {token}"})
        assert ok.status_code == 200


@pytest.mark.refusal_twin(60)
@pytest.mark.refusal(60)
def test_reports_are_judged_by_their_chain(served: Served) -> None:
    """A gap names what is missing, a stranger's seal is forbidden, too many bytes are not read."""
    key = served.assign(HAMLET)
    with served.appliance(key) as loa:
        gap = loa.post("/reports", content=report(key, 5, Sha256("1" * 64), real_now()))
        assert (gap.status_code, gap.json()["expected"]) == (409, 1)
        other = served.assign(HAMLET)
        forged = loa.post("/reports", content=report(other, 1, Sha256("0" * 64), real_now()))
        assert (forged.status_code, forged.json()["error"]) == (403, "bad-signature")
        assert loa.post("/reports", content=bytes(300_000)).status_code == 413
        assert loa.post("/reports", content=b"{}").status_code == 422


def test_two_gigabytes_are_refused_before_they_are_sent(served: Served) -> None:
    """The announced length is enough for a 413: hardly anything of the body is taken."""
    taken = 0

    def body() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(2_000):
            taken += 1_000_000
            yield bytes(1_000_000)

    with served.person() as lan:
        try:
            answer = lan.post(
                "/contents",
                params={"area": "dt"},
                content=body(),
                headers={"content-length": "2000000000", "x-file-name": "to.wav"},
            )
        except httpx.WriteError:  # the server has closed while we were still sending
            answer = None
    assert answer is None or answer.status_code == 413
    assert taken < 100_000_000


def test_a_body_without_a_length_is_counted_while_it_streams(served: Served) -> None:
    """Whoever announces nothing is stopped at the cap, and nothing of it stays on disk."""

    def body() -> Iterator[bytes]:
        for _ in range(80):
            yield bytes(1_000_000)

    with served.person() as lan:
        try:
            answer = lan.post("/contents", params={"area": "dt"}, content=body())
        except httpx.WriteError:
            answer = None
    assert answer is None or (answer.status_code, answer.json()["error"]) == (413, "too-large")
    assert list((served.config.parent / "data" / "incoming").iterdir()) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        ("POST", "/slots", b"{", 422, "bad-request"),
        ("POST", "/slots", b'{"area":"dt","slot":{"title":"x"}}', 422, "bad-request"),
        ("POST", "/publish", b'{"area":"dt/khong-co"}', 404, "no-area"),
        ("POST", "/announcements", b"{}", 422, "malformed"),
        ("POST", "/assignments", b"xx", 422, "malformed"),
        ("GET", "/devices/aaaaaaaaaaaaaaaa", b"", 404, "no-device"),
        ("GET", "/devices?area=kg", b"", 403, "forbidden"),
        ("GET", "/preview?day=hom-nay&area=dt", b"", 422, "bad-request"),
        ("GET", "/nowhere", b"", 404, "http"),
    ],
)
def test_every_error_is_a_code_and_a_sentence(
    served: Served, method: str, path: str, body: bytes, status: int, error: str
) -> None:
    """Programs count by `error`, people read `why`."""
    with served.person() as lan:
        answer = lan.request(method, path, content=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["why"]


def test_nobody_is_let_in_without_a_session(served: Served) -> None:
    """A wrong password gets a sentence; a missing or dead token 401; signing out ends it."""
    with httpx.Client(base_url=f"{served.url}/api/v1", trust_env=False) as client:
        wrong = client.post("/session", json={"name": "nobody", "password": "wrong wrong"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "declined")
        assert client.get("/devices").status_code == 401
        dead = {"authorization": "Bearer dead"}
        assert client.get("/devices", headers=dead).status_code == 401
    with served.person() as lan:
        assert lan.get("/me").json()["name"] == "lan"


def test_an_order_is_sealed_counted_and_pushed(served: Served) -> None:
    """Each order to an appliance has the next counter, and its payload is what was asked."""
    key = served.assign(HAMLET)
    device = device_id(key.public)
    with served.person() as lan:
        one = lan.post(f"/devices/{device}/commands", json={"do": "volume", "volume_pct": 40})
        two = lan.post(f"/devices/{device}/commands", json={"do": "silence", "on": True})
        bad = lan.post(f"/devices/{device}/commands", json={"do": "explode"})
    assert (one.json()["counter"], two.json()["counter"], bad.status_code) == (1, 2, 422)
    with (
        served.appliance(key) as loa,
        loa.stream("GET", "/stream", timeout=10) as answer,
    ):
        events = (line for line in answer.iter_lines() if line.startswith("data: "))
        sealed = [seal.read_envelope(next(events)[6:].encode()) for _ in range(3)]
    assert [s.kind for s in sealed] == [Kind.ACTIVE_SET, Kind.COMMAND, Kind.COMMAND]
    command = codec.decode(Kind.COMMAND, sealed[1].payload)
    assert isinstance(command, Command)
    assert command.action == SetVolume(volume_pct=40)


def test_the_interface_describes_itself(served: Served) -> None:
    """Other systems find every path in the OpenAPI document, and the health page answers."""
    with httpx.Client(base_url=served.url, trust_env=False) as client:
        paths = client.get("/api/v1/openapi.json").json()["paths"]
        assert {"/api/v1/publish", "/device/v1/reports"} <= set(paths)
        assert client.get("/health").json()["ok"] is True
