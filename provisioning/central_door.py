"""Central as the installer's tools ask it: lists, sealed papers and long files, with the session of a person.

Law of the room: what `Office` says of passwords and redirects holds here too. An answer that is not wanted is an error
in central's own words.
"""

import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from provisioning.sheet_deeds import WITHIN_S, Office, why_of

T = TypeVar("T")
PIECE_BYTES: Final = 1 << 18
SEALED: Final = "application/vnd.dsse+json"


class NotThere(ValueError):
    """Central has no such thing."""


class CentralDoor(Office):
    """Central with a person signed in."""

    @classmethod
    def opened(
        cls, address: str, authority: Path | None, person: str, password: str
    ) -> "CentralDoor":
        """Return central with this person signed in; raises `ValueError` with central's own words."""
        door = cls(address, authority)
        door.sign_in(person, password)
        return door

    def told(self, path: str, wanted: type[T]) -> T:
        """Return what central tells at `path` of its API."""
        return _read(self.given(path), wanted)

    def given(self, path: str) -> bytes:
        """Return the bytes at `path`."""
        return b"".join(self.pieces(path))

    def pieces(self, path: str, begin: int = 0) -> Iterator[bytes]:
        """Yield the bytes at `path` from `begin` on, in pieces; without ranges it is read from the start."""
        headers = {"range": f"bytes={begin}-"} if begin else {}
        with self._asked("GET", path, None, headers) as answer:
            skip = begin if begin and answer.status != 206 else 0
            while piece := answer.read(PIECE_BYTES):
                if skip >= len(piece):
                    skip -= len(piece)
                    continue
                yield piece[skip:]
                skip = 0

    def sent(self, path: str, body: bytes, wanted: type[T], media: str = "application/json") -> T:
        """Send `body` to `path` and return the answer."""
        with self._asked("POST", path, body, {"content-type": media}) as answer:
            return _read(answer.read(), wanted)

    def open_file(self, path: str) -> bytes | None:
        """Return what lies open to everybody at `path`, None where there is nothing."""
        try:
            with self._asked("GET", path, None, {}) as answer:
                data: bytes = answer.read()
                return data
        except NotThere:
            return None

    def _asked(self, method: str, path: str, body: bytes | None, more: dict[str, str]):  # type: ignore[no-untyped-def]  # noqa: ANN202  the library's own answer, as a context
        headers = {"accept": "*/*", "authorization": f"Bearer {self._token}"} | more
        request = urllib.request.Request(self._base + path, body, headers, method=method)  # noqa: S310  the scheme was looked at
        try:
            return self._opener.open(request, timeout=WITHIN_S)
        except urllib.error.HTTPError as fault:
            with fault:
                msg = f"central answered {fault.code}: {why_of(fault.read())}"
            raise (NotThere if fault.code == 404 else ValueError)(msg) from fault


def _read(answer: bytes, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=wanted)
    except msgspec.DecodeError as fault:
        msg = f"central's answer cannot be read: {fault}; is the address right?"
        raise ValueError(msg) from fault
