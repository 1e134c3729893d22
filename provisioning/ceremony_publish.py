"""The signed chain goes out: into a folder (a stick, the server's own), or to central over its API.

Law of the room: what is handed out was judged as central and appliances will judge it. A folder is written in the
order in which every broken-off state is the old chain, or is finished by the same command. Only here is a network
used, and only to the address that was given.
"""

import base64
import contextlib
import ipaddress
from collections.abc import Callable, Container, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import requests

from contract.chain_files import copies_of, files_of, newest
from contract.chain_rules import Bundle, Chain, check_issue, check_renewal, judge
from contract.errors import Stale
from provisioning.ceremony import write

Writer = Callable[[Path, bytes], None]
WITHIN_S: Final = 60.0


def checked(bundle: Bundle, now: datetime) -> Chain:
    """Return the chain of the bundle, fit to be published; raises `Refused`."""
    chain = judge(bundle)
    check_issue(chain, now)
    return chain


def to_folder(bundle: Bundle, folder: Path, now: datetime, keep: Writer = write) -> str:
    """Write the chain, by `keep`, into a folder that central serves or is to serve; return what was done, in words.

    Raises `Refused` when the folder holds a newer chain, or another one.
    """
    chain = checked(bundle, now)
    names = [path.name for path in (folder / "metadata").glob("*.json")]
    held = newest(lambda name: _bytes_of(folder / name), names)
    try:
        if held is not None:
            check_renewal(held, chain)
    except Stale:
        done = f"{folder} holds this chain already: {said(chain)}"
    else:
        done = f"{folder} holds {said(chain)}"
    for name, data in (*files_of(chain, held), *copies_of(bundle)):
        if _bytes_of(folder / name) != data:
            keep(folder / name, data)
    return done


def to_central(
    bundle: Bundle, address: str, name: str, password: str, *, ca: Path | None, now: datetime
) -> str:
    """Hand the chain to a running central as one of its administrators; return what it answered, in a sentence.

    Raises `ValueError` with central's own sentence when it does not take it, `OSError` when it is not reached.
    """
    chain = checked(bundle, now)
    with signed_in(address, name, password, ca=ca) as (session, base):
        answer = asked(session, f"{base}/trust", as_json(bundle))
    news = "was published" if answer.get("changed") else "was published there before"
    return f"{said(chain)} {news}; appliances that are connected ask for it within seconds"


@contextlib.contextmanager
def signed_in(
    address: str, name: str, password: str, *, ca: Path | None
) -> Iterator[tuple[requests.Session, str]]:
    """Give a session of an administrator at central, and what its interface's addresses begin with."""
    check_address(address)
    base = f"{address.rstrip('/')}/api/v1"
    with requests.Session() as session:
        session.trust_env = False
        session.verify = True if ca is None else str(ca)
        token = asked(session, f"{base}/session", {"name": name, "password": password})["token"]
        session.headers["Authorization"] = f"Bearer {token}"
        yield session, base


def check_address(address: str) -> None:
    """Refuse (`ValueError`) an address at which a password would be told to everybody on the line."""
    parts = urlsplit(address)
    if parts.scheme != "https" and not _is_loopback(parts.hostname or ""):
        msg = f"{address}: the password would go over the line in the clear; use the https address"
        raise ValueError(msg)


def said(chain: Chain) -> str:
    """Return the chain's numbers."""
    release = "" if chain.release is None else f", release {chain.release.counter}"
    return f"root {chain.root.version}, targets {chain.targets.version}, keyring epoch {chain.keyring.epoch}{release}"


def _bytes_of(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def as_json(bundle: Bundle) -> dict[str, object]:
    """Return a ceremony's bundle as the body that central's interface takes."""
    release = (
        {} if bundle.release is None else {"release": base64.b64encode(bundle.release).decode()}
    )
    return {
        **release,
        "roots": [base64.b64encode(root).decode() for root in bundle.roots],
        "targets": base64.b64encode(bundle.targets).decode(),
        "keyring": base64.b64encode(bundle.keyring).decode(),
    }


def asked(session: requests.Session, url: str, body: dict[str, object]) -> dict[str, object]:
    """Return what central answers to a body; raises `ValueError` with its own sentence when it does not take it."""
    answer = session.post(url, json=body, timeout=WITHIN_S, allow_redirects=False)
    return told_by(answer, (200, 201))


def told_by(answer: requests.Response, well: Container[int]) -> dict[str, object]:
    """Return what an answer holds; raises `ValueError` with central's sentence unless its status is one of `well`."""
    try:
        told = answer.json()
    except ValueError:
        told = {}
    if answer.status_code not in well:
        why = " ".join(str(told[part]) for part in ("why", "reason") if part in told)
        msg = f"central did not take it (HTTP {answer.status_code}): {why or answer.text[:200]}"
        raise ValueError(msg)
    return dict(told)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
