"""The chain over HTTP: public to read, an administrator's to hand in; a revocation reaches everybody in seconds."""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Callable

import httpx
import pytest

from central.domain.errors import Forbidden
from central.domain.people import PersonRole
from central.services import chain_state, take_chain
from contract.chain_rules import Bundle
from contract.codec import decode_keyring
from contract.documents import Role
from tests.central.serving import Served, open_session
from tests.central.setting import HAMLET, OTHER, Province, bundle_of, repository_of
from tests.central.streams import listen


def as_json(bundle: Bundle) -> dict[str, object]:
    """Return a bundle as it travels."""
    return {
        "roots": [base64.b64encode(root).decode() for root in bundle.roots],
        "targets": base64.b64encode(bundle.targets).decode(),
        "keyring": base64.b64encode(bundle.keyring).decode(),
    }


def hand_in(served: Served) -> httpx.Response:
    """Hand the authority's present chain in as the administrator."""
    with served.person() as lan:
        return lan.post("/trust", json=as_json(bundle_of(repository_of(served.authority))))


def is_hint(event: dict[str, str]) -> bool:
    """Return whether an event says that the chain has news."""
    return event.get("event") == "changed" and json.loads(event["data"]) == {"kind": "keyring"}


def test_a_lost_key_is_revoked_and_every_appliance_is_told_within_seconds(served: Served) -> None:
    """Appliances of different communes get the hint and find the key gone, and central takes nothing it signs."""
    lost = served.authority.add_key(Role.EMERGENCY)
    assert hand_in(served).status_code == 201
    keys = [served.assign(area) for area in (HAMLET, OTHER)]

    with httpx.Client(base_url=f"{served.url}/device/v1", timeout=30, trust_env=False) as http:
        tokens = [open_session(http, key) for key in keys]

    async def story() -> list[float]:
        listeners = await asyncio.gather(*(listen(served.url, token) for token in tokens))
        served.authority.revoke(lost)
        begun = time.monotonic()
        answer = await asyncio.to_thread(hand_in, served)
        assert answer.json()["changed"], answer.text
        came = [await one.until(is_hint) - begun for one in listeners]
        await asyncio.gather(*(one.close() for one in listeners))
        return came

    assert max(asyncio.run(story())) < 5.0
    with httpx.Client(base_url=served.url, timeout=30, trust_env=False) as http:
        timestamp = http.get("/tuf/metadata/timestamp.json").json()["signed"]
        number = timestamp["meta"]["snapshot.json"]["version"]
        snapshot = http.get(f"/tuf/metadata/{number}.snapshot.json").json()["signed"]
        number = snapshot["meta"]["targets.json"]["version"]
        targets = http.get(f"/tuf/metadata/{number}.targets.json").json()["signed"]
        digest = targets["targets"]["keyring.json"]["hashes"]["sha256"]
        ring = decode_keyring(http.get(f"/tuf/targets/{digest}.keyring.json").content)
    assert ring == served.authority.keyring
    assert lost.public not in {key.key for key in ring.keys}
    with served.person() as lan:
        signed = served.authority.announce([HAMLET], by=[lost])
        assert lan.post("/announcements", content=signed).json()["error"] == "unknown-key"


def test_the_same_chain_again_is_answered_calmly(served: Served) -> None:
    """A repeated publication is 200 and tells that nothing changed; the state can be asked for."""
    hand_in(served)
    answer = hand_in(served)
    assert (answer.status_code, answer.json()["changed"]) == (200, False)
    with served.person() as lan:
        state = lan.get("/trust").json()
    assert state["keyring_epoch"] == served.authority.keyring.epoch


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: {**b, "keyring": base64.b64encode(b"{}").decode()}, "bad-signature"),
        (lambda b: {**b, "roots": []}, "bad-request"),
        (lambda b: {**b, "roots": ["!"]}, "bad-request"),
        (lambda b: {**b, "king": 1}, "bad-request"),
        (lambda b: {**b, "targets": base64.b64encode(b"{}").decode()}, "malformed"),
    ],
)
def test_a_chain_that_does_not_hold_is_refused_in_words(
    served: Served, change: Callable[[dict[str, object]], dict[str, object]], code: str
) -> None:
    """Its fault is named and what is served stays; the same without the fault is taken."""
    whole = as_json(bundle_of(repository_of(served.authority)))
    with served.person() as lan:
        before = lan.get("/trust").json()
        answer = lan.post("/trust", json=change(whole))
        assert (answer.status_code, answer.json()["error"]) == (422, code), answer.text
        assert answer.json()["why"]
        assert {**lan.get("/trust").json(), "changed": False} == before
        assert lan.post("/trust", json=whole).status_code in {200, 201}


def test_nobody_hands_in_a_chain_without_a_session(served: Served) -> None:
    """Without a token it is 401, and a body beyond the cap is not even read."""
    whole = as_json(bundle_of(repository_of(served.authority)))
    with httpx.Client(base_url=f"{served.url}/api/v1", timeout=30, trust_env=False) as http:
        assert http.post("/trust", json=whole).status_code == 401
        assert http.get("/trust").status_code == 401
    with served.person() as lan:
        assert lan.post("/trust", content=b"x" * 4_000_001).status_code == 413


def test_only_an_administrator_of_the_whole_province_hands_in(province: Province) -> None:
    """An editor of everything and an administrator of one commune are refused; the province's is not."""
    province.authority.add_key(Role.APPROVE)
    bundle = bundle_of(repository_of(province.authority))
    editor = province.person("lan", PersonRole.EDITOR)
    mayor = province.person("minh", PersonRole.ADMINISTRATOR, area="dt/my-phong")
    for who in (editor, mayor):
        with pytest.raises(Forbidden):
            take_chain(province.house, bundle, who=who, now=province.now)
    assert chain_state(province.house).keyring_epoch == 1
    boss = province.person("hoa", PersonRole.ADMINISTRATOR)
    assert take_chain(province.house, bundle, who=boss, now=province.now).keyring_epoch == 2


def test_what_never_changes_may_be_kept_and_the_rest_is_asked_anew(served: Served) -> None:
    """Numbered files are immutable, the timestamp is revalidated by its ETag, an absent root is not remembered."""
    with httpx.Client(base_url=f"{served.url}/tuf", timeout=30, trust_env=False) as http:
        root = http.get("/metadata/1.root.json")
        assert root.headers["cache-control"] == "public, max-age=31536000, immutable"
        stamp = http.get("/metadata/timestamp.json")
        assert stamp.headers["cache-control"] == "no-cache"
        assert stamp.headers["etag"] == f'"{hashlib.sha256(stamp.content).hexdigest()}"'
        again = http.get(
            "/metadata/timestamp.json", headers={"if-none-match": stamp.headers["etag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
        none = http.get("/metadata/9.root.json")
        assert (none.status_code, none.headers["cache-control"]) == (404, "no-store")


@pytest.mark.parametrize(
    "path",
    ["/tuf/metadata/..%2f..%2fcentral.toml", "/tuf/targets/%2e%2e%2fkeyring.json", "/tuf/metadata/root.json",
     "/tuf/targets/keyring.json", "/tuf/metadata/.timestamp.json.part", "/tuf/../central.toml"],
)  # fmt: skip
def test_no_other_file_is_given_out(served: Served, path: str) -> None:
    """However a path is written, what is not a file of the chain is not there."""
    with httpx.Client(base_url=served.url, timeout=30, trust_env=False) as http:
        assert http.get(path).status_code == 404
