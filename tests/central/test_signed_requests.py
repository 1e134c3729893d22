"""What an appliance posts is signed by it: once, for this server, this door and these bytes."""

import base64
import os
import re
import socket
from collections.abc import Iterator, Mapping
from datetime import timedelta

import httpx
import msgspec
import pytest

from central.domain.errors import NotSignedIn
from central.services.nonces import NONCE_LIFE, Nonces
from central.services.signatures import Asked, Signatures
from contract import codec, seal
from contract.documents import Kind, PublicKey, Refusal, Report, Sha256
from contract.requests import Request, authority_of
from contract.seal import SigningKey, device_id
from contract.testing import device_key, report
from tests.central.serving import Served, SignedBy, open_session, proof
from tests.central.setting import HAMLET, Province, real_now

FIRST = Sha256("0" * 64)


def new_nonce() -> str:
    """Return 32 fresh bytes as an appliance sends them."""
    return base64.b64encode(os.urandom(32)).decode()


class Loa:
    """An appliance on the real wire that can also send what it should not."""

    def __init__(self, served: Served) -> None:
        self.key = served.assign(HAMLET)
        self.authority = authority_of(served.url)
        base = f"{served.url}/device/v1"
        self.client = httpx.Client(base_url=base, timeout=30, trust_env=False)
        self.token = open_session(self.client, self.key)

    def headers(self, door: str, body: bytes, **changes: str) -> dict[str, str]:
        """Return the proof of a post, of which parts may be other ones."""
        asked = Request(authority=self.authority, path=f"/device/v1{door}", body=body)
        return proof(self.key, msgspec.structs.replace(asked, **changes))

    def send(
        self, path: str, body: bytes, headers: Mapping[str, str], method: str = "POST"
    ) -> httpx.Response:
        """Send with the token and these headers."""
        held = {"authorization": f"Bearer {self.token}", **headers}
        return self.client.request(method, path, content=body, headers=held)

    def post(self, path: str, body: bytes) -> httpx.Response:
        """Send as an appliance does."""
        return self.send(path, body, self.headers(path, body))


@pytest.fixture
def loa(served: Served) -> Iterator[Loa]:
    """An appliance with a session."""
    made = Loa(served)
    yield made
    made.client.close()


def refused(answer: httpx.Response) -> str:
    """Return the code of a 401; the sentence is for people."""
    assert answer.status_code == 401, answer.text
    assert answer.json()["why"].endswith(".")
    return str(answer.json()["error"])


@pytest.mark.refusal(55, 60)
@pytest.mark.refusal_twin(55, 60)
def test_a_report_is_taken_once_under_one_signature(loa: Loa) -> None:
    """The same signed request again is refused; the same report signed anew is known, and counted once."""
    body = report(loa.key, 1, FIRST, real_now())
    headers = loa.headers("/reports", body)
    assert loa.send("/reports", body, headers).json() == {"acknowledged": 1}
    assert refused(loa.send("/reports", body, headers)) == "replayed"
    assert loa.post("/reports", body).json() == {"acknowledged": 1}


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
def test_a_question_for_the_time_is_answered_once(loa: Loa) -> None:
    """A question is answered once under one signature, and again when it is asked anew."""
    body = msgspec.json.encode({"nonce": new_nonce()})
    headers = loa.headers("/time", body)
    assert loa.send("/time", body, headers).status_code == 200
    assert refused(loa.send("/time", body, headers)) == "replayed"
    assert loa.post("/time", body).status_code == 200


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
def test_one_session_for_one_challenge(loa: Loa) -> None:
    """A recorded opening of a session opens no second one; a fresh challenge does."""
    asked = loa.client.post("/challenge", json={"device": device_id(loa.key.public)}).json()
    signed = SignedBy(loa.key, asked["challenge"])
    assert loa.client.post("/session", auth=signed).status_code == 200
    assert refused(loa.client.post("/session", auth=signed)) == "bad-challenge"
    assert open_session(loa.client, loa.key)


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
@pytest.mark.parametrize(
    "changes",
    [
        {"path": "/device/v1/time"},
        {"path": "/device/v1/reports/"},
        {"method": "PUT"},
        {"query": "a=1"},
        {"authority": "khac.tinh.vn"},
    ],
    ids=["path", "slash", "method", "query", "authority"],
)
def test_a_signature_for_another_door_is_refused(loa: Loa, changes: dict[str, str]) -> None:
    """What was signed for another path, method, query or server proves nothing here; signed for here it is taken."""
    body = report(loa.key, 1, FIRST, real_now())
    answer = loa.send("/reports", body, loa.headers("/reports", body, **changes))
    assert refused(answer) == "bad-signature"
    assert loa.post("/reports", body).json() == {"acknowledged": 1}


@pytest.mark.refusal(55, 60)
@pytest.mark.refusal_twin(55, 60)
def test_a_query_that_was_added_is_noticed(loa: Loa) -> None:
    """The address is proven as it came, its query too, decoded or not."""
    body = report(loa.key, 1, FIRST, real_now())
    for path in ("/reports?a=1", "/reports?%61=1"):
        answer = loa.send(path, body, loa.headers("/reports", body))
        assert refused(answer) == "bad-signature"
    with_query = loa.headers("/reports", body, query="%61=1")
    assert loa.send("/reports?%61=1", body, with_query).json() == {"acknowledged": 1}


@pytest.mark.refusal(55, 60)
@pytest.mark.refusal_twin(55, 60)
def test_another_body_and_no_digest_are_refused(loa: Loa) -> None:
    """A body swapped under a signature, and a request without Content-Digest or without any proof, is refused."""
    body = report(loa.key, 1, FIRST, real_now())
    other = report(loa.key, 1, FIRST, real_now() + timedelta(seconds=1))
    headers = loa.headers("/reports", body)
    assert refused(loa.send("/reports", other, headers)) == "wrong-digest"
    del headers["Content-Digest"]
    assert refused(loa.send("/reports", body, headers)) == "not-signed"
    assert refused(loa.send("/reports", body, {})) == "not-signed"
    assert loa.post("/reports", body).json() == {"acknowledged": 1}


@pytest.mark.refusal(55, 57, 60)
@pytest.mark.refusal_twin(55, 57, 60)
def test_a_token_alone_posts_nothing(served: Served, loa: Loa) -> None:
    """Whoever has found a token, but not the key, can post nothing with it, also not under a key of their own."""
    body = report(loa.key, 1, FIRST, real_now())
    thief = Loa(served)
    thief.token = loa.token
    assert refused(thief.post("/reports", body)) == "bad-signature"
    thief.client.close()
    assert loa.post("/reports", body).json() == {"acknowledged": 1}


LINE = re.compile(r"[0-9]{4}(-[0-9]{2}){2} [0-9:,]{12} [A-Z]+ [a-z.]+ \S|  \| ")
FORGED = "mất điện\n2026-11-23 05:00:00,000 INFO central all is well"


@pytest.mark.refusal(60)
@pytest.mark.refusal_twin(60)
def test_nothing_that_is_sent_begins_a_line_of_the_log(served: Served, loa: Loa) -> None:
    """Line breaks in reports, paths and headers are kept as data, or refused, and never become a line of ours."""
    refusal = Refusal(at=real_now(), what=FORGED, code="malformed", why=FORGED)
    told = Report(
        device=device_id(loa.key.public),
        counter=1,
        previous_sha256=FIRST,
        issued=real_now(),
        refusals=(refusal,),
    )
    body = seal.seal(Kind.REPORT, codec.encode(told), [loa.key])
    assert loa.post("/reports", body).json() == {"acknowledged": 1}
    path = "/%0a2026-11-23%2005:00:00,000%20INFO%20central%20all%20is%20well"
    assert loa.send(path, b"", {}).status_code == 404
    assert loa.send("/reports", b"\n2026-11-23 05:00:00,000 INFO", {}).status_code == 401
    broken = b"POST /device/v1/reports HTTP/1.1\r\nhost: x\r\nx: a\n2026-11-23 05:00 INFO y\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(served.url.rpartition(":")[2]))) as line:
        line.sendall(broken)
        assert line.recv(100).startswith(b"HTTP/1.1 4")
    log = served.log().splitlines()
    assert log, "the server says at least its settings"
    assert [text for text in log if LINE.match(text) is None] == []
    assert not any("all is well" in text for text in log)


# --- the verb, in this process ------------------------------------------------------------------


KEY = device_key("signed")


def asked_at(authority: str, *, here: str = "10.0.0.5:8000", host: str = "") -> Asked:
    """Return a request signed for one name of central, as it came to a socket."""
    signed = proof(KEY, Request(authority=authority, path="/device/v1/session"))
    headers = (*signed.items(), ("host", host or authority))
    return Asked(
        method="POST", path="/device/v1/session", query="", body=b"", headers=headers, here=here
    )


def signatures(province: Province, *authorities: str) -> Signatures:
    """Return a door that is reached by these names."""
    house = province.house
    house.settings = msgspec.structs.replace(house.settings, authorities=authorities)
    return Signatures(house)


def key_of(_: str) -> PublicKey:
    return KEY.public


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
def test_only_our_own_names_count(province: Province) -> None:
    """Behind a proxy the names in the settings count, whatever Host says; each of them is as good."""
    door = signatures(province, "loa.tinh.vn", "cu.tinh.vn:8443")
    for name in ("loa.tinh.vn", "cu.tinh.vn:8443"):
        for host in (name, "10.0.0.5:8000", "gi-do.vn"):
            assert door.prove(asked_at(name, host=host), key_of).key == KEY.public
    for name in ("10.0.0.5:8000", "gia.vn", "cu.tinh.vn"):
        with pytest.raises(NotSignedIn) as caught:
            door.prove(asked_at(name), key_of)
        assert caught.value.code == "bad-signature"


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
def test_without_names_the_sockets_own_address_counts(province: Province) -> None:
    """With no name in the settings a request counts where it was signed for the very socket it came to."""
    door = signatures(province)
    assert door.prove(asked_at("10.0.0.5:8000"), key_of).keyid == device_id(KEY.public)
    with pytest.raises(NotSignedIn):
        door.prove(asked_at("gia.vn"), key_of)


def test_a_wrong_name_says_what_to_mend(province: Province) -> None:
    """An appliance that calls us by a name we do not know is told both; what is no name is not repeated."""
    door = signatures(province, "loa.tinh.vn")
    with pytest.raises(NotSignedIn) as caught:
        door.prove(asked_at("cu.tinh.vn"), key_of)
    assert "Yêu cầu gửi tới cu.tinh.vn, máy chủ này nhận tên loa.tinh.vn" in caught.value.why
    with pytest.raises(NotSignedIn) as caught:
        door.prove(asked_at("cu.tinh.vn", host="<b>\n"), key_of)
    assert "<b>" not in caught.value.why


def test_a_stranger_and_a_wrong_signature_are_answered_alike(province: Province) -> None:
    """Nobody learns here which appliances there are."""
    door = signatures(province, "loa.tinh.vn")
    answers = []
    for key in (None, SigningKey.generate().public):
        with pytest.raises(NotSignedIn) as caught:
            door.prove(asked_at("loa.tinh.vn"), lambda _, key=key: key)  # type: ignore[misc]
        answers.append((caught.value.code, caught.value.why))
    assert answers[0] == answers[1]


@pytest.mark.refusal(55)
@pytest.mark.refusal_twin(55)
def test_a_nonce_counts_once_for_as_long_as_a_session(province: Province) -> None:
    """A nonce is refused again for at least half an hour; what is long over is forgotten."""
    nonces, nonce = Nonces(), new_nonce()
    start = province.now + NONCE_LIFE - timedelta(seconds=1)
    assert nonces.take(new_nonce(), province.now)
    assert nonces.take(nonce, start)
    for passed in (timedelta(), timedelta(seconds=2), NONCE_LIFE):
        assert not nonces.take(nonce, start + passed)
    assert nonces.take(new_nonce(), start)
    assert nonces.take(nonce, start + 3 * NONCE_LIFE)


def test_nonces_are_bounded(province: Province) -> None:
    """A flood forgets the oldest first and never grows without end; the newest are still known."""
    nonces = Nonces(most=100)
    for number in range(1_000):
        assert nonces.take(str(number), province.now)
        assert len(nonces) <= 200
    assert not any(nonces.take(str(number), province.now) for number in range(901, 1_000))
    assert nonces.take("1", province.now)
