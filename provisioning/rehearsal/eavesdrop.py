"""Eavesdropping: what somebody with an appliance's own key could record from central.

Law of the room: only for rehearsals; it opens the state directory of an appliance on this machine.
"""

import base64
from pathlib import Path

import requests

from contract import seal
from contract.seal import SigningKey

TIMEOUT_S = (5.0, 20.0)


def programme_of(base: str, state: Path) -> bytes:
    """Return the sealed programme that central would now give this appliance."""
    key = SigningKey.from_pem((state / "device-key.pem").read_bytes(), None)
    device, door = seal.device_id(key.public), f"{base}/device/v1"
    with requests.Session() as line:
        line.trust_env = False
        asked = line.post(f"{door}/challenge", json={"device": device}, timeout=TIMEOUT_S)
        challenge = asked.json()["challenge"]
        said = f"tienglang-session-v1\n{device}\n{challenge}".encode()
        proof = {
            "device": device,
            "challenge": challenge,
            "signature": base64.b64encode(key.sign(said)).decode(),
        }
        token = line.post(f"{door}/session", json=proof, timeout=TIMEOUT_S).json()["token"]
        answer = line.get(
            f"{door}/programme", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S
        )
        answer.raise_for_status()
        return answer.content
