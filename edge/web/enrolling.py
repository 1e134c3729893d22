"""Enrolling on the page: a claim code typed by whoever stands here, and wiping by whoever may.

Law of the room: before an assignment nobody has a PIN, so anybody of this network may look and type a claim
code, a few times; nothing else. Wiping needs session, right, the PIN once more, and a button held.
"""

import logging
import math
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException

from contract.enrolment import read_claim
from edge.core.events import ClaimTyped, StaffWiped
from edge.web import describe, forms, painter, phrases, saying, stages
from edge.web.guard import ANY, INSTALL, Guard, see
from edge.web.looking import Looking
from edge.web.session import Checked, Session

log = logging.getLogger(__name__)

WIPE_WORD: Final = "XÓA"


class Enrolling:
    """The routes of an appliance that nobody has assigned, or that is to be nobody's again."""

    def __init__(self, guard: Guard, looking: Looking) -> None:
        """Act behind `guard`; what cannot be done is shown by `looking`."""
        self._guard, self._looking = guard, looking
        self._counter = guard.counter

    def add(self, app: FastAPI) -> None:
        """Add the routes."""
        html = describe.looking("text/html", 401)
        app.add_api_route(
            "/wipe", self.look, methods=["GET"], response_model=None, response_class=Response,
            responses=html,
        )  # fmt: skip
        for path, route, kind, more in (
            ("/claim", self.claim, forms.Claim, (422, 429)),
            ("/wipe", self.wipe, forms.Wipe, (200, 401, 429)),
        ):
            app.add_api_route(
                path,
                route,
                methods=["POST"],
                response_model=None,
                response_class=Response,
                status_code=303,
                responses=describe.acting(*more),
                openapi_extra=describe.form_of(kind),
            )

    async def claim(self, request: Request) -> Response:
        """Take a typed claim code to central; what it says of it is shown on the page."""
        form = await self._guard.form(request, forms.Claim)
        words = self._guard.words(request)
        if self._counter.view().assigned:
            return see()  # it came by another way meanwhile; the page there says so
        try:
            claim = read_claim("".join(letter for letter in form.claim if letter.isalnum()))
        except ValueError:
            return self._again(request, 422, words("enrol.claim.wrong"), form.claim)
        wait_s = await self._guard.claims.may(self._counter.now)
        if wait_s > 0:
            trouble = words("enrol.claim.locked", time=phrases.wait_words(wait_s, words))
            answer = self._again(request, 429, trouble, form.claim)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        await self._counter.submit(ClaimTyped(claim=claim))
        return see()

    async def look(self, request: Request) -> Response:
        """Show what wiping does, to whoever may."""
        return self._ask(request, self._session(request))

    async def wipe(self, request: Request) -> Response:
        """Wipe once the PIN is right and the button was held, or the word typed; else ask again and say why."""
        session = self._session(request)
        form = await self._guard.form(request, forms.Wipe)
        words = self._guard.words(request)
        if not saying.is_sure(form.sure, WIPE_WORD):
            trouble = words("sure.wrong") if form.sure else words("wipe.let-go")
            return self._ask(request, session, status=200, trouble=trouble, word=WIPE_WORD)
        checked = await self._guard.pins.check(session.pin, form.pin, self._counter.now)
        if checked is Checked.LOCKED:
            wait_s = self._guard.pins.wait_s(self._counter.now())
            trouble = words("sign-in.locked", time=phrases.wait_words(wait_s, words))
            answer = self._ask(request, session, status=429, trouble=trouble)
            answer.headers["Retry-After"] = str(math.ceil(wait_s))
            return answer
        if checked is Checked.WRONG:
            return self._ask(request, session, status=401, trouble=words("sign-in.wrong"))
        log.warning("wiped from the page by=%s", session.pin.name)
        await self._counter.submit(StaffWiped(by=session.pin.name))
        return HTMLResponse(painter.wiped(words.language))

    # --- within ----------------------------------------------------------------------------------

    def _session(self, request: Request) -> Session:
        """Return the session of who may wipe: an installer, or any of the staff of a retired appliance."""
        view = self._counter.view()
        if not view.assigned:
            raise HTTPException(404)
        return self._guard.require(request, ANY if view.retired else INSTALL, retired_too=True)

    def _again(self, request: Request, status: int, trouble: str, typed: str) -> Response:
        return self._looking.whole(request, status=status, claim_trouble=trouble, typed=typed)

    def _ask(
        self,
        request: Request,
        session: Session,
        *,
        status: int = 200,
        trouble: str = "",
        word: str = "",
    ) -> Response:
        return self._guard.page(
            request,
            "wipe",
            status=status,
            trouble=trouble,
            word=word,
            the_word=WIPE_WORD,
            who=session.pin.name,
            code=stages.grouped(self._counter.view().device),
        )
