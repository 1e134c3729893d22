"""The network page: from a phone at the foot of the pole, the appliance gets a network and its claim code.

Law of the room: before an assignment anybody of this network may type, as with a claim code; afterwards an installer
with a PIN. What is typed goes to whoever keeps the network, who judges it again; here it is judged so that the fault is
told at its field. Works without scripts; a password that was typed is never painted.
"""

import asyncio
import math
from typing import Final, Protocol

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from contract.enrolment import read_claim
from contract.errors import Misuse
from contract.requests import authority_of
from contract.site import Mobile, Wifi
from edge.core.arrival import Entries, NetworkState, Outcome
from edge.core.events import ClaimTyped
from edge.web import describe, forms, phrases
from edge.web.guard import INSTALL, Guard, see
from edge.web.routes import Room
from edge.web.words import Words

PART: Final = "network"
OURS: Final = "10.41.0."  # addresses of phones in our own network
STRONG_PCT, FAIR_PCT = 60, 35


class Network(Protocol):
    """Whoever keeps the machine's network, as far as the page needs him. Writing may raise `OSError`."""

    def state(self) -> NetworkState | None:
        """Return how it stands; None while nobody has told."""

    def type(self, entries: Entries) -> str:
        """Leave what was typed, and return the name by which its outcome is told."""

    def used(self) -> None:
        """Know that a phone in our own network looks at the page."""


def room(network: Network) -> Room:
    """Return the page as a room beside the others."""
    return Room(add=lambda app, guard: _Page(network, guard).add(app), part=PART)


class _Page:
    def __init__(self, network: Network, guard: Guard) -> None:
        self._network, self._guard, self._counter = network, guard, guard.counter
        self._typed = ""  # the name of what was typed last, until its outcome is told

    def add(self, app: FastAPI) -> None:
        html = describe.looking("text/html", 401, 403)
        for path, route, answers in (
            ("/network", self.look, html),
            ("/network/state", self.stamp, describe.looking("application/json", 401, 403)),
        ):
            app.add_api_route(
                path, route, methods=["GET"], response_model=None, response_class=Response,
                responses=answers,
            )  # fmt: skip
        app.add_api_route(
            "/network", self.type, methods=["POST"], response_model=None, response_class=Response,
            status_code=303, responses=describe.acting(401, 422, 429),
            openapi_extra=describe.form_of(forms.JoinNetwork),
        )  # fmt: skip

    async def look(self, request: Request) -> Response:
        """Show what is near, and what became of what was typed."""
        self._may(request)
        await self._note_use(request)
        return self._paint(request)

    async def stamp(self, request: Request) -> Response:
        """Tell a waiting page whether there is anything new to paint."""
        self._may(request)
        await self._note_use(request)
        return JSONResponse({"stamp": _stamp(self._network.state())})

    async def type(self, request: Request) -> Response:
        """Take what was typed, or say at which field it does not fit."""
        self._may(request)
        form = await self._guard.form(request, forms.JoinNetwork)
        words = self._guard.words(request)
        assigned = self._counter.view().assigned
        faults = _faults(form, assigned=assigned)
        if faults:
            return self._paint(request, status=422, form=form, faults=faults)
        claim = "" if assigned or not form.claim else _claim(form.claim)
        if claim:
            wait_s = await self._guard.claims.may(self._counter.now)
            if wait_s > 0:
                told = words("enrol.claim.locked", time=phrases.wait_words(wait_s, words))
                answer = self._paint(request, status=429, form=form, trouble=told)
                answer.headers["Retry-After"] = str(math.ceil(wait_s))
                return answer
        entries = _entries(form, claim, assigned=assigned)
        state = self._network.state()
        if state is not None and entries.central == state.central:  # prefilled, not typed
            entries = msgspec.structs.replace(entries, central="")
        try:
            self._typed = await asyncio.to_thread(self._network.type, entries)
        except OSError:
            told = words("network.unkept")
            return self._paint(request, status=503, form=form, trouble=told)
        if claim:
            await self._counter.submit(ClaimTyped(claim=claim))
        return see("/network")

    # --- within -------------------------------------------------------------------------------------

    def _may(self, request: Request) -> None:
        """Let in anybody before an assignment, an installer afterwards; a retired appliance has no network page."""
        view = self._counter.view()
        if view.retired:
            raise HTTPException(404)
        if view.assigned:
            self._guard.require(request, INSTALL)

    async def _note_use(self, request: Request) -> None:
        if request.client is not None and request.client.host.startswith(OURS):
            try:
                await asyncio.to_thread(self._network.used)
            except OSError:
                return  # the page is shown all the same; our network may go a little early

    def _paint(
        self,
        request: Request,
        *,
        status: int = 200,
        form: forms.JoinNetwork | None = None,
        faults: dict[str, str] | None = None,
        trouble: str = "",
    ) -> Response:
        words, state = self._guard.words(request), self._network.state()
        stand = state or NetworkState()
        waiting = bool(self._typed) and (stand.taken != self._typed or stand.outcome is None)
        told = {field: words(key) for field, key in (faults or {}).items()}
        shown = form or forms.JoinNetwork(central=stand.central)
        return self._guard.page(
            request,
            "network",
            status=status,
            to="/network",
            state=stand,
            known=state is not None,
            waiting=waiting,
            stamp=_stamp(state),
            outcome=None if waiting or form is not None else stand.outcome,
            joined=stand.outcome is Outcome.JOINED,
            spots=[(spot, _strength(spot.signal_pct, words)) for spot in stand.spots],
            form=shown,
            faults=told,
            trouble=trouble or (words("network.look-again") if told else ""),
        )


def _stamp(state: NetworkState | None) -> str:
    """Return what changes when the page ought to be painted anew."""
    if state is None:
        return ""
    return f"{state.taken} {state.outcome or ''} {state.mode} {state.usable}"


def _strength(pct: int, words: Words) -> str:
    key = "strong" if pct >= STRONG_PCT else "fair" if pct >= FAIR_PCT else "weak"
    return words(f"network.signal.{key}")


def _claim(typed: str) -> str:
    return read_claim("".join(letter for letter in typed if letter.isalnum()))


def _wifi(form: forms.JoinNetwork) -> Wifi:
    chosen = form.spot or form.name
    return msgspec.convert(
        {"name": chosen, "password": form.password, "hidden": not form.spot}, Wifi
    )


def _mobile(form: forms.JoinNetwork) -> Mobile:
    return msgspec.convert(
        {
            "apn": form.apn.strip(),
            "user": form.user,
            "password": form.mobile_password,
            "pin": form.pin,
        },
        Mobile,
    )


def _faults(form: forms.JoinNetwork, *, assigned: bool) -> dict[str, str]:
    """Return the word of each field that does not fit."""
    found: dict[str, str] = {}
    if form.way == "wifi":
        name = form.spot or form.name
        if not name or len(name.encode()) > 32 or not name.isprintable():
            found["name"] = "network.wrong.name"
        else:
            try:
                _wifi(form)
            except msgspec.ValidationError:
                found["password"] = "network.wrong.password"  # noqa: S105  a word's key
    elif form.way == "mobile":
        try:
            _mobile(form)
        except msgspec.ValidationError as fault:
            field = next((f for f in ("pin", "apn") if f"$.{f}" in str(fault)), "user")
            found[field] = f"network.wrong.{field}"
    if assigned:
        return found
    if form.claim:
        try:
            _claim(form.claim)
        except ValueError:
            found["claim"] = "enrol.claim.wrong"
    if form.central.strip():
        try:
            msgspec.convert({"central": _central(form)}, Entries)
            authority_of(_central(form))
        except (msgspec.ValidationError, Misuse):
            found["central"] = "network.wrong.central"
    return found


def _central(form: forms.JoinNetwork) -> str:
    """Return the province's address as typed, forgiving a missing scheme and what a browser puts behind."""
    typed = form.central.strip().rstrip("/")
    return typed if not typed or "://" in typed else f"https://{typed}"


def _entries(form: forms.JoinNetwork, claim: str, *, assigned: bool) -> Entries:
    return Entries(
        wifi=_wifi(form) if form.way == "wifi" else None,
        mobile=_mobile(form) if form.way == "mobile" else None,
        central="" if assigned else _central(form),
        claim_code=claim,
    )
