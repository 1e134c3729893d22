"""Enrolling: asks central, while nobody has assigned us, to be told where we belong.

Law of the room: one question at a time, on the courier's lane. We bind ourselves to a nonce before we learn
central's and show it only afterwards; should central's change under us, ours is thrown away, because whoever
may choose after he has seen chooses until two codes agree. Whatever central answers makes us nobody's: the
sealed assignment does, and the gate judges that one. The nonces live in memory and die with the process.
"""

import base64
import logging
import os
import platform
import random
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import msgspec

from contract.documents import PublicKey
from contract.enrolment import (
    NONCE_BYTES,
    EnrolmentAnswered,
    EnrolmentAsked,
    Standing,
    commitment_to,
    compare_code,
)
from contract.errors import ContractError
from edge.adapters.link import LinkBroken, LinkDenied, LinkDown, LinkError
from edge.core.events import EnrolmentSeen, Happening
from edge.core.orders import AskEnrolment

log = logging.getLogger(__name__)

PATH: Final = "/enrolment"
WAIT_LEAST_S: Final = 1.0
WAIT_MOST_S: Final = 15.0  # somebody may be standing on the ladder
NO_SUCH_DOOR: Final = frozenset({404, 405})
MODEL_FILE: Final = Path("/proc/device-tree/model")
NOT_UNDERSTOOD: Final = (
    "máy chủ trả lời không đúng quy cách khi nhận máy: kiểm tra địa chỉ máy chủ, rồi báo tỉnh"
)
NOT_CAME: Final = "chưa nhận được giấy giao nhiệm vụ hợp lệ từ máy chủ này; máy tự thử lại"


class Asks(Protocol):
    """The way to central, as far as enrolment needs it: no session, but signed by our key."""

    def introduce(self, path: str, body: bytes) -> bytes:
        """Send `body` and return the answer. Raises `LinkError`."""


class Enroller:
    """Asks `POST /enrolment`; `obey` is called on the courier's lane only, and never raises.

    `assigned` says whether the gate holds an assignment, `synchronise` has the courier fetch what lies at
    central; `nonce` gives 32 fresh random bytes.
    """

    def __init__(
        self,
        link: Asks,
        public: PublicKey,
        assigned: Callable[[], bool],
        synchronise: Callable[[], None],
        post: Callable[[Happening], None],
        *,
        software: str = "",
        model: str = "",
        nonce: Callable[[], bytes] = lambda: os.urandom(NONCE_BYTES),
    ) -> None:
        """Nothing is sent yet."""
        self._link = link
        self._public = public
        self._assigned = assigned
        self._synchronise = synchronise
        self._post = post
        self._software, self._model = software[:60], model[:120]
        self._fresh = nonce
        self._nonce = ""
        self._central_nonce = ""
        self._shown = False
        self._failures = 0
        self._said = ""

    def obey(self, order: AskEnrolment) -> None:
        """Ask once and post what came of it; an appliance that is assigned meanwhile asks nothing."""
        if self._assigned():
            return
        if not self._nonce:
            self._begin()
        claim = order.claim if self._central_nonce else ""  # first the nonces, then the place
        try:
            seen = self._heard(self._ask(claim), claim)
        except LinkDenied as error:
            if error.status in NO_SUCH_DOOR:  # an older central may know us from elsewhere
                self._synchronise()
            seen = self._away(error)
        except LinkError as error:
            seen = self._away(error)
        said = f"{seen.standing} {seen.why}"
        if said != self._said:
            self._said = said
            log.info("enrolment standing=%s site=%s why=%s", seen.standing, seen.site, seen.why)
        if not self._assigned():
            self._post(seen)

    def _begin(self) -> None:
        """Take a nonce that nobody has seen, and forget central's."""
        self._nonce = base64.b64encode(self._fresh()).decode("ascii")
        self._central_nonce, self._shown = "", False

    def _ask(self, claim: str) -> EnrolmentAnswered:
        """Return central's answer. Raises `LinkError`; one that is not understood is central's fault."""
        asked = EnrolmentAsked(
            device_key=self._public,
            commitment=commitment_to(self._nonce),
            nonce=self._nonce if self._central_nonce else None,
            claim=claim,
            software=self._software,
            model=self._model,
        )
        self._shown = self._shown or asked.nonce is not None  # it may arrive and the answer be lost
        answer = self._link.introduce(PATH, msgspec.json.encode(asked))
        try:
            return msgspec.json.decode(answer, type=EnrolmentAnswered)
        except msgspec.MsgspecError as error:
            msg = f"central's answer to {PATH} is not understood: {error}"
            raise LinkBroken(msg, why=NOT_UNDERSTOOD) from error

    def _heard(self, answer: EnrolmentAnswered, claim: str) -> EnrolmentSeen:
        """Return what an answer means, having fetched the assignment where it lies ready."""
        self._failures = 0
        standing, code = answer.standing, self._code(answer)
        why, again_s = answer.why, answer.again_s
        if standing is Standing.MATCHED and not code:
            standing = (
                Standing.COMMITTED
            )  # there is nothing to compare before both nonces are known
        judged = standing is not Standing.COMMITTED or bool(answer.claim_error)
        if standing is Standing.ASSIGNED:
            self._synchronise()
            if not self._assigned():
                why = why or NOT_CAME
                again_s = max(again_s, WAIT_MOST_S / 3)
        return EnrolmentSeen(
            standing=standing,
            site=answer.site or "",
            title=answer.title,
            code=code,
            why=why,
            claim=claim if judged else "",
            claim_error=answer.claim_error if claim else "",
            again_s=again_s,
        )

    def _code(self, answer: EnrolmentAnswered) -> str:
        """Return the digits to compare, empty where nothing is matched or the nonces are not both bound."""
        if self._shown and self._central_nonce != answer.central_nonce:
            log.warning("central has another nonce than before: ours is thrown away")
            self._begin()
            return ""
        self._central_nonce = answer.central_nonce
        if answer.standing is not Standing.MATCHED or not self._shown:
            return ""
        try:
            return compare_code(self._public, self._nonce, self._central_nonce)
        except ContractError as error:
            msg = f"central's nonce cannot be used: {error}"
            raise LinkBroken(msg, why=NOT_UNDERSTOOD) from error

    def _away(self, error: LinkError) -> EnrolmentSeen:
        """Return that central could not be asked, and a wait that grows with each failure in a row."""
        self._failures = min(self._failures + 1, 10)
        span_s = min(WAIT_MOST_S, WAIT_LEAST_S * 2.0**self._failures)
        wait_s = WAIT_LEAST_S + random.random() * (span_s - WAIT_LEAST_S)  # noqa: S311  no secret
        after_s = error.retry_after_s if isinstance(error, LinkDown) else 0.0
        return EnrolmentSeen(standing=None, why=error.why, again_s=max(wait_s, after_s))


def board_model(file: Path = MODEL_FILE) -> str:
    """Return what machine this is, as the installer would name it."""
    try:
        return file.read_text("utf-8", "replace").strip("\x00 \n")
    except OSError:
        return platform.machine()
