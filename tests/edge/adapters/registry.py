"""Central's half of enrolment, as docs and contract have it, for an appliance's tests.

It binds itself to nothing before it has a commitment, judges the claim code, shows the compare code that a
person would see on the other screen, and knows the appliance only once it is assigned.
"""

import base64
import os
from typing import Final

import msgspec

from contract.documents import PublicKey, Slug
from contract.enrolment import (
    EnrolmentAnswered,
    EnrolmentAsked,
    Standing,
    commitment_to,
    compare_code,
)
from contract.seal import device_id
from tests.edge.adapters.fake_central import Answer, FakeCentral

SITE: Final[Slug] = "ap-1-my-phong"
TITLE: Final = "Cụm loa ấp 1, Mỹ Phong"
CLAIM: Final = "ABCDE12345"
WRONG_CLAIM: Final = "Mã này không có hoặc đã dùng rồi: xem lại phiếu."


class Registry:
    """One appliance's enrolment at central; a test sets what a person would do there."""

    def __init__(self, central: FakeCentral, *, again_s: float = 0.5) -> None:
        """Answer `POST /enrolment` of `central`."""
        self.central = central
        self.again_s = again_s
        self.asked: list[EnrolmentAsked] = []
        self.nonces: dict[str, str] = {}  # of central, by the appliance's commitment
        self.site: Slug | None = None
        self.title = TITLE
        self.assignment: bytes | None = None
        self.refusal = ""
        central.enrols = self.answer

    def answer(self, body: bytes) -> Answer:
        """Answer one question."""
        asked = msgspec.json.decode(body, type=EnrolmentAsked)
        self.asked.append(asked)
        told = self._judge(asked)
        return 200, {"Content-Type": "application/json"}, msgspec.json.encode(told)

    def assign(self, device_key: PublicKey, sealed: bytes) -> None:
        """Confirm: the sealed paper lies ready, and the appliance is known from now on."""
        self.assignment = sealed
        self.central.keys[device_id(device_key)] = device_key
        self.central.put("/assignment", sealed)

    def forget(self) -> None:
        """Lose all nonces, as a restart does."""
        self.nonces.clear()

    def code(self) -> str:
        """Return the digits on the screen at central."""
        last = self.asked[-1]
        assert last.nonce is not None
        return compare_code(last.device_key, last.nonce, self.nonces[last.commitment])

    def _judge(self, asked: EnrolmentAsked) -> EnrolmentAnswered:
        known = asked.commitment in self.nonces
        nonce = self.nonces.setdefault(
            asked.commitment, base64.b64encode(os.urandom(32)).decode("ascii")
        )
        error = ""
        if self.refusal:
            standing = Standing.REFUSED
        elif self.assignment is not None:
            standing = Standing.ASSIGNED
        elif not known or asked.nonce is None:
            standing = Standing.COMMITTED
        else:
            assert commitment_to(asked.nonce) == asked.commitment
            if asked.claim and self.site is None:
                self.site = SITE if asked.claim == CLAIM else None
                error = "" if self.site else WRONG_CLAIM
            standing = Standing.WAITING if self.site is None else Standing.MATCHED
        return EnrolmentAnswered(
            standing=standing,
            central_nonce=nonce,
            site=self.site,
            title=self.title if self.site else "",
            why=self.refusal,
            claim_error=error,
            again_s=self.again_s,
        )
