"""The appliance as a laptop in its network reaches it: its own page, asked as a browser would.

Law of the room: what a person may do on the page is done here with the same PIN, proof and right, and nothing more.
Redirects are answers, not ways; another host is never asked.
"""

import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from email.message import Message
from typing import IO, Final
from urllib.parse import urlsplit

import msgspec

from contract.commissioning import Todo
from contract.documents import StepRecord

WITHIN_S: Final = 90  # a question to central over a slow SIM
DONE: Final = frozenset({200, 303})


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """What is tried now or was tried last."""

    kind: str
    target: str
    title: str
    running: bool
    ok: bool
    why: str = ""
    level_dbfs: float | None = None
    heard_pct: int | None = None
    left_s: float = 0.0


class State(msgspec.Struct, frozen=True, kw_only=True):
    """The commissioning as the appliance tells it; more is left alone."""

    device: str
    name: str
    csrf: str
    signed_in: str = ""
    people: tuple[str, ...] = ()
    by: str = ""
    todos: tuple[Todo, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    trial: Trial | None = None
    quiet: bool = False
    filed: bool = False
    sent: bool = False

    def record(self, step: str) -> StepRecord | None:
        """Return what is recorded of a step."""
        return next((one for one in self.steps if one.step == step), None)


class PoleFault(ValueError):
    """The appliance did not do what was asked; the text says why."""


class Pole:
    """One appliance's page."""

    def __init__(self, address: str) -> None:
        """Speak to `address`, such as `192.168.1.20:8080`; nothing is asked yet. Raises `PoleFault` for no address."""
        whole = address if "//" in address else f"http://{address}"
        parts = urlsplit(whole)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = f"{address!r} is no address of an appliance: give it as its page shows it, http://192.168.1.20:8080"
            raise PoleFault(msg)
        port = "" if parts.port is None else f":{parts.port}"
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self._base = f"{parts.scheme}://{host}{port}"
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
            _NoRedirect(),
        )
        self._csrf = ""

    def state(self) -> State:
        """Return how the commissioning stands; raises `PoleFault`."""
        answer = self._ask("GET", "/commission/state", None)
        try:
            told = msgspec.json.decode(answer, type=State)
        except msgspec.DecodeError as fault:
            msg = f"{self._base} is no appliance to be handed over ({fault}): is the address right?"
            raise PoleFault(msg) from fault
        self._csrf = told.csrf
        return told

    def sign_in(self, name: str, pin: str) -> None:
        """Sign in with a PIN; raises `PoleFault` where it is wrong, locked, or no installer's."""
        self.state()
        try:
            self._post("/sign-in", name=name, pin=pin, to="/commission")
        except PoleFault as fault:
            msg = f"the PIN of {name} was not taken ({fault})"
            raise PoleFault(msg) from fault
        if not self.state().signed_in:
            msg = f"{name} has no right to install here: the assignment gives it"
            raise PoleFault(msg)

    def do(self, deed: str, **fields: str) -> State:
        """Do one deed of the page and return how it stands then; raises `PoleFault`."""
        self.state()
        self._post(f"/commission/{deed}", **fields)
        return self.state()

    def paper(self) -> bytes:
        """Return the sealed report; raises `PoleFault`."""
        return self._ask("GET", "/commission/paper", None)

    def _post(self, path: str, **fields: str) -> None:
        self._ask("POST", path, urllib.parse.urlencode({"csrf": self._csrf, **fields}).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> bytes:
        headers = {"origin": self._base} if method == "POST" else {}
        request = urllib.request.Request(self._base + path, body, headers, method=method)  # noqa: S310  looked at above
        try:
            with self._opener.open(request, timeout=WITHIN_S) as answer:
                data: bytes = answer.read()
                return data
        except urllib.error.HTTPError as fault:
            with fault:
                if fault.code in DONE:
                    return b""
            raise PoleFault(_words(fault.code)) from fault
        except OSError as fault:
            why = getattr(fault, "reason", fault)
            msg = f"{self._base} cannot be reached ({why}): is this laptop in the appliance's network?"
            raise PoleFault(msg) from fault


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: an answer 303 says that it is done."""

    def redirect_request(  # the library's own signature
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,
        newurl: str,
    ) -> None:
        """Return nothing, so that the redirect is told as it came."""


def _words(code: int) -> str:
    return {
        400: "the page did not understand the request",
        401: "nobody is signed in, or the PIN is wrong",
        403: "this PIN has no right to install",
        404: "there is no such thing on this appliance: is its software older?",
        409: "this appliance was retired",
        429: "too many wrong PINs: wait as the page says",
    }.get(code, f"the page answered {code}")
