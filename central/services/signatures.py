"""Signed requests at central's door: which appliance made a request, proven by its own key (docs/wire.md §7).

Law of the room: what a proxy in front of us says about the address counts for nothing; the names by which we are
reached stand in the settings. A nonce counts once. A stranger's key and a wrong signature get the same answer, so
that nobody learns here which appliances there are.
"""

import re
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from central.domain.errors import NotSignedIn
from central.services.doors import Visitor
from central.services.nonces import once
from central.services.unit import House
from contract.documents import DeviceId, PublicKey
from contract.requests import Proven, Request, RequestFault, RequestRefused, verify

HOST: Final = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_SENTENCES: Final = {
    RequestFault.MISSING: "Yêu cầu chưa được máy ký; hãy cập nhật phần mềm của máy.",
    RequestFault.MALFORMED: "Chữ ký của yêu cầu viết sai quy cách; hãy cập nhật phần mềm của máy.",
    RequestFault.WRONG_DIGEST: "Nội dung yêu cầu khác với nội dung đã ký: bị hỏng hoặc bị sửa trên đường.",
    RequestFault.WRONG_SIGNATURE: "Máy chưa được nhận ở đây, hoặc chữ ký của yêu cầu không đúng.",
    RequestFault.TOO_OLD: "Đồng hồ của máy chậm quá 5 phút; hãy chỉnh giờ của máy.",
    RequestFault.TOO_NEW: "Đồng hồ của máy nhanh quá 5 phút; hãy chỉnh giờ của máy.",
    RequestFault.REPLAYED: "Yêu cầu này đã nhận một lần rồi; hãy ký lại với số mới.",
}


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, nothing of it proven.

    `path` and `query` are as they were sent, `here` is the address of the socket it came to, `headers` every line.
    """

    method: str
    path: str
    query: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    here: str


class Signatures:
    """Proves signed requests; one for each group of routes, since the path is signed too."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._nonces = once(house)

    def prove(self, asked: Asked, key_of: Callable[[DeviceId], PublicKey | None]) -> Proven:
        """Return who made a request whose nonce the caller judges; raises `NotSignedIn`.

        `key_of` gives the key of an appliance: from the database, or from the body where it introduces itself.
        """
        names = self._house.settings.authorities or (asked.here,)
        refused = RequestRefused(RequestFault.WRONG_SIGNATURE, "no name of ours was tried")
        for name in names:
            try:
                return verify(_request(asked, name), asked.headers, key_of)
            except RequestRefused as found:
                refused = found
            if refused.code is not RequestFault.WRONG_SIGNATURE:
                break
        raise _answer(refused.code, _elsewhere(asked, names)) from refused

    def prove_once(self, asked: Asked, key_of: Callable[[DeviceId], PublicKey | None]) -> Proven:
        """Return who made a request with a nonce of its own, never seen here before; raises `NotSignedIn`."""
        proven = self.prove(asked, key_of)
        if not self._nonces.take(proven.nonce, self._house.clock()):
            raise _answer(RequestFault.REPLAYED)
        return proven

    def prove_visitors(self, asked: Sequence[tuple[Asked, Visitor]]) -> list[Visitor | NotSignedIn]:
        """Return of each request its visitor, whose key must have signed it, or why it was refused; in order.

        Their nonces are taken together.
        """
        judged: list[Proven | NotSignedIn] = []
        for request, visitor in asked:
            try:
                judged.append(self.prove(request, key_of(visitor)))
            except NotSignedIn as refused:
                judged.append(refused)
        nonces = [one.nonce for one in judged if isinstance(one, Proven)]
        fresh = iter(self._nonces.take_all(nonces, self._house.clock()))
        told: list[Visitor | NotSignedIn] = []
        for one, (_, visitor) in zip(judged, asked, strict=True):
            if not isinstance(one, Proven):
                told.append(one)
            elif next(fresh):
                told.append(visitor)
            else:
                told.append(_answer(RequestFault.REPLAYED))
        return told


def key_of(visitor: Visitor) -> Callable[[DeviceId], PublicKey | None]:
    """Return who knows the key of this appliance and of no other."""
    return lambda keyid: visitor.key if keyid == visitor.device else None


def _request(asked: Asked, authority: str) -> Request:
    return Request(
        method=asked.method,
        authority=authority,
        path=asked.path,
        query=asked.query,
        body=asked.body,
    )


def _answer(code: RequestFault, hint: str = "") -> NotSignedIn:
    """Return the answer to a fault; a key nobody knows is answered as a wrong signature is."""
    known = code is not RequestFault.UNKNOWN_KEY
    shown = code if known else RequestFault.WRONG_SIGNATURE
    more = hint if shown is RequestFault.WRONG_SIGNATURE else ""
    return NotSignedIn(_SENTENCES[shown] + more, shown.value)


def _elsewhere(asked: Asked, names: tuple[str, ...]) -> str:
    """Return what to mend when the appliance calls us by a name that is not ours; often it is only that."""
    host = next((value for name, value in asked.headers if name.lower() == "host"), "").lower()
    if host in names or HOST.fullmatch(host) is None:
        return ""
    ours = ", ".join(names)
    return (
        f" Yêu cầu gửi tới {host}, máy chủ này nhận tên {ours}:"
        " sửa central của máy, hoặc public_url hay also_reached_as của máy chủ."
    )
