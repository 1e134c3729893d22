"""Which requests of neighbours are answered at all, and which part of a content they ask for.

Law of the room: pure judgement of a request's head. What comes by a name instead of an address (DNS
rebinding), from a browser's page or from outside this network gets nothing.
"""

import ipaddress
import re
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

from contract.documents import Sha256

HOST: Final = re.compile(r"(\[[0-9a-f:.]+\]|[0-9.]+)(?::[0-9]{1,5})?")
RANGE: Final = re.compile(r"bytes=([0-9]{1,12})-([0-9]{1,12})?")
WAIT_MOST_S: Final = 30.0

Answer = tuple[int, dict[str, str], bytes]
PLAIN: Final = {"Content-Type": "text/plain; charset=utf-8"}


def judge(method: str, headers: Headers, client: str) -> Answer | None:
    """Return the answer that refuses a request of `client`, or None when it may be served."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0].lower()):
        return 400, PLAIN, b"400: ask by address\n"
    if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
        return 403, PLAIN, b"403: not for pages\n"
    if not _is_near(client):
        return 403, PLAIN, b"403: only for this network\n"
    if method != "GET":
        return 405, {"Allow": "GET", **PLAIN}, b"405: only GET\n"
    return None


def client_of(scope: Scope) -> str:
    """Return the address that a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_near(client: str) -> bool:
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return bool((mapped or address).is_private or (mapped or address).is_link_local)


def held_s(text: str) -> float:
    """Return for how long an answer may be held back; 0 for what is no number."""
    digits = text if text.isascii() and text.isdigit() and len(text) < 6 else "0"
    return min(float(digits), WAIT_MOST_S)


def span(headers: Headers, sha256: Sha256, size: int) -> tuple[int, int]:
    """Return first and end byte to give; the whole where no single range is asked, or of other bytes."""
    asked = RANGE.fullmatch(headers.get("range", ""))
    if asked is None or headers.get("if-range", f'"{sha256}"') != f'"{sha256}"':
        return 0, size
    last = int(asked[2]) if asked[2] else size - 1
    return int(asked[1]), min(last + 1, size)
