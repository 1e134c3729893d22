"""How the link reaches central: one connection pool a lane, TLS, no redirects, nothing from the surroundings.

Law of the room: the environment is not read, redirects are not followed, compression is not taken. With a `ca_file`
only that authority counts; without one the public authorities do. With `link_streams` the one door to `requests`.
"""

import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import requests
from requests.adapters import HTTPAdapter

from edge.adapters.link_faults import REDIRECTED, LinkBroken
from edge.adapters.link_streams import Stream, translate

CONNECT_S: Final = 10.0
NO_CHECK_TIME: Final = 0x200000  # X509_V_FLAG_NO_CHECK_TIME of OpenSSL, which `ssl` has no name for


class Timeless(HTTPAdapter):
    """TLS as ever, except that no certificate is too old or too young: for who does not know the time.

    Who could abuse it holds the private key of a certificate that ran out, and gains our token for a
    while; what we obey is sealed in any case.
    """

    def init_poolmanager(
        self,
        connections: int,
        maxsize: int,
        block: bool = False,  # noqa: FBT001, FBT002  the parent's own
        **more: object,
    ) -> None:
        """Make the pool with a context of our own; authority and host name are judged as ever."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        super().init_poolmanager(connections, maxsize, block, ssl_context=context, **more)


class Transport:
    """Sends requests to central at `base_url`, each lane over connections of its own.

    `ca_file` names the only authority trusted for TLS; None means the public ones. `judges_certificates`
    says whether the system clock is good enough to find one too old.
    """

    def __init__(
        self, base_url: str, ca_file: Path | None, judges_certificates: Callable[[], bool]
    ) -> None:
        """Nothing is sent yet."""
        self._base = base_url.rstrip("/")
        self._verify: str | bool = str(ca_file) if ca_file is not None else True
        self._judges_certificates = judges_certificates
        self._lanes = threading.local()
        self._sessions: list[requests.Session] = []

    def close(self) -> None:
        """Close all idle connections; the lanes should have stopped."""
        for session in self._sessions:
            session.close()

    def send(
        self, path: str, body: bytes | None, headers: Mapping[str, str], read_s: float
    ) -> Stream:
        """Return the answer, its head read, to a GET or, with a body, a POST. Raises `LinkError`."""
        try:
            response = self._session().request(
                "GET" if body is None else "POST",
                self._base + path,
                data=body,
                headers=dict(headers),
                timeout=(CONNECT_S, read_s),
                allow_redirects=False,
                stream=True,
            )
        except Exception as error:  # noqa: BLE001  sorted by translate
            translate(error)
        try:
            _refuse_surprises(response)
        except LinkBroken:
            response.close()
            raise
        return Stream(response)

    def _session(self) -> requests.Session:
        """Return this lane's session, or its other one while the clock cannot judge certificates."""
        timeless = not self._judges_certificates()
        name = "timeless" if timeless else "session"
        session: requests.Session | None = getattr(self._lanes, name, None)
        if session is None:
            session = _new_session(verify=self._verify)
            if timeless:
                session.mount("https://", Timeless())
            setattr(self._lanes, name, session)
            self._sessions.append(session)
        return session


def _new_session(*, verify: str | bool) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.verify = verify
    session.headers.update({"Accept-Encoding": "identity", "User-Agent": "tienglang-edge"})
    return session


def _refuse_surprises(response: requests.Response) -> None:
    """Refuse redirects and encodings: neither is part of the wire."""
    if 300 <= response.status_code < 400 and response.status_code != 304:
        msg = f"central answered with a redirect ({response.status_code}), which is never followed"
        raise LinkBroken(msg, why=f"{REDIRECTED} (HTTP {response.status_code})")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise LinkBroken("central compressed its answer though asked not to")
