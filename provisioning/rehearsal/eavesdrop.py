"""Eavesdropping: what somebody with an appliance's own key could record from central.

Law of the room: only for rehearsals; it opens the state directory of an appliance on this machine.
"""

from pathlib import Path

import requests

from contract import seal
from contract.requests import Request, authority_of, sign
from contract.seal import SigningKey
from provisioning.rehearsal.office import utc_now

TIMEOUT_S = (5.0, 20.0)


def programme_of(base: str, state: Path) -> bytes:
    """Return the sealed programme that central would now give this appliance."""
    key = SigningKey.from_pem((state / "device-key.pem").read_bytes(), None)
    device, door = seal.device_id(key.public), f"{base}/device/v1"
    with requests.Session() as line:
        line.trust_env = False
        asked = line.post(f"{door}/challenge", json={"device": device}, timeout=TIMEOUT_S)
        proof = sign(
            Request(authority=authority_of(base), path="/device/v1/session"),
            keyid=device,
            created=int(utc_now().timestamp()),
            nonce=asked.json()["challenge"],
            signature_of=key.sign,
        )
        opened = line.post(f"{door}/session", headers=proof, timeout=TIMEOUT_S)
        token = opened.json()["token"]
        answer = line.get(
            f"{door}/programme", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
        return answer.content
