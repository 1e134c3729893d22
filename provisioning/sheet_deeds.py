"""The deed of the verb `sheets`: central is asked for claim codes as a person would ask, then the PDF is written.

Law of the room: codes are asked for only when everything else is sure to succeed, for central shows each once. A
password travels over TLS or on this machine alone; redirects are not followed.
"""

import argparse
import getpass
import json
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from email.message import Message
from pathlib import Path
from typing import IO, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from provisioning import sheets
from provisioning.sheets import Issued

T = TypeVar("T")
AT_ONCE: Final = 200
WITHIN_S: Final = 60
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


class _Claim(msgspec.Struct, frozen=True):
    """What central answers for one place; more is left alone."""

    site: str
    code: str
    expires: datetime


class _Session(msgspec.Struct, frozen=True):
    token: str


def run(given: argparse.Namespace) -> str:
    """Write the sheets and return what to tell; raises `ValueError` or `OSError` in words."""
    places = sheets.read_places(given.table.read_text("utf-8-sig"))
    if given.out.exists():
        msg = f"{given.out} is there already; sheets are never written over"
        raise FileExistsError(msg)
    if not given.out.absolute().parent.is_dir():
        msg = f"there is no folder {given.out.absolute().parent}"
        raise FileNotFoundError(msg)
    sheets.check_font()
    bare = [place.site for place in places if place.code is None]
    issued: Mapping[str, Issued] = {}
    if bare and given.central and not given.person:
        msg = "name --person: central issues codes to a person who may install there"
        raise ValueError(msg)
    if bare and given.central:
        office = Office(given.central, given.ca)
        office.sign_in(given.person, _password(given.person))
        issued = office.claims(bare, given.hours)
    made = sheets.sheets_of(places, issued)
    sheets.write_sheets(made, given.central, given.out)
    return f"{given.out}: {len(made)} sheets"


class Office:
    """Central as a person reaches it."""

    def __init__(self, address: str, authority: Path | None) -> None:
        """Speak to `address`; `authority` is a PEM file of the only TLS authority believed."""
        parts = urlsplit(address)
        if parts.scheme != "https" and (parts.scheme != "http" or parts.hostname not in _LOOPBACK):
            msg = f"{address!r} must be https://…: a password goes there"
            raise ValueError(msg)
        trust = ssl.create_default_context(cafile=None if authority is None else str(authority))
        self._base = address.rstrip("/")
        self._token = ""
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPSHandler(context=trust),
            _NoRedirect(),
        )

    def sign_in(self, name: str, password: str) -> None:
        """Sign in; raises `ValueError` with central's own words."""
        answer = self._post("/api/v1/session", {"name": name, "password": password})
        self._token = _read(answer, _Session).token

    def claims(self, sites: Sequence[str], hours: int) -> dict[str, Issued]:
        """Return a new code for each place; raises `ValueError` with central's own words."""
        found: dict[str, Issued] = {}
        for part in _parts(sites):
            answer = self._post("/api/v1/sites/claims", {"sites": part, "hours": hours})
            for claim in _read(answer, list[_Claim]):
                found[claim.site] = Issued(claim.code, claim.expires)
        return found

    def _post(self, path: str, body: object) -> bytes:
        headers = {"content-type": "application/json", "accept": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310  the scheme was looked at above
            self._base + path, json.dumps(body).encode(), headers, method="POST"
        )
        try:
            with self._opener.open(request, timeout=WITHIN_S) as answer:
                data: bytes = answer.read()
        except urllib.error.HTTPError as fault:
            with fault:
                msg = f"central answered {fault.code}: {why_of(fault.read())}"
            raise ValueError(msg) from fault
        return data


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: central answers where it was asked."""

    def redirect_request(  # the library's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Return nothing, so that the redirect is an error."""


def _read(answer: bytes, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(answer, type=wanted)
    except msgspec.DecodeError as fault:
        msg = f"central's answer cannot be read: {fault}; is the address right?"
        raise ValueError(msg) from fault


def why_of(body: bytes) -> str:
    """Return the reason in central's own words."""
    try:
        return str(json.loads(body)["why"])
    except (ValueError, KeyError, TypeError):
        return "no reason given"


def _parts(sites: Sequence[str]) -> Iterator[list[str]]:
    for at in range(0, len(sites), AT_ONCE):
        yield list(sites[at : at + AT_ONCE])


def _password(person: str) -> str:
    if sys.stdin.isatty():
        return getpass.getpass(f"password of {person}: ")
    return sys.stdin.readline().rstrip("\n")
