"""An appliance without an assignment that asks a real server over the wire."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec

from contract.enrolment import (
    EnrolmentAnswered,
    EnrolmentAsked,
    Standing,
    commitment_to,
    compare_code,
    qr_text,
)
from contract.seal import SigningKey, device_id
from tests.central.serving import Served, SignedBy


class Caller:
    """An appliance that asks over the wire."""

    def __init__(self, served: Served, key: SigningKey | None = None) -> None:
        self.key = key or SigningKey.generate()
        self.nonce = base64.b64encode(os.urandom(32)).decode()
        self.url = f"{served.url}/device/v1"
        self.central_nonce = ""

    def body(self, claim: str = "", *, shows: bool = True) -> bytes:
        """Return what it asks."""
        asked = EnrolmentAsked(
            device_key=self.key.public,
            commitment=commitment_to(self.nonce),
            nonce=self.nonce if shows else None,
            claim=claim,
        )
        return msgspec.json.encode(asked)

    def post(self, body: bytes, auth: httpx.Auth | None) -> httpx.Response:
        """Ask with these bytes and this signature, in a thread: this one may drive a browser."""
        with ThreadPoolExecutor(1) as lane:
            return lane.submit(self._post, body, auth).result()

    def _post(self, body: bytes, auth: httpx.Auth | None) -> httpx.Response:
        with httpx.Client(base_url=self.url, timeout=30, trust_env=False, auth=auth) as client:
            return client.post("/enrolment", content=body)

    def ask(self, claim: str = "", *, shows: bool = True) -> EnrolmentAnswered:
        """Ask as it should be asked."""
        answer = self.post(self.body(claim, shows=shows), SignedBy(self.key))
        assert answer.status_code == 200, answer.text
        found = msgspec.json.decode(answer.content, type=EnrolmentAnswered)
        self.central_nonce = found.central_nonce
        return found

    def shown(self) -> str:
        """Return the six digits that its page shows."""
        return compare_code(self.key.public, self.nonce, self.central_nonce)

    @property
    def device(self) -> str:
        """Return its id."""
        return device_id(self.key.public)

    @property
    def qr(self) -> str:
        """Return what its QR code says."""
        return qr_text(self.key.public)

    def introduce(self, claim: str = "") -> EnrolmentAnswered:
        """Commit, then show the nonce."""
        assert self.ask(shows=False).standing is Standing.COMMITTED
        return self.ask(claim)
