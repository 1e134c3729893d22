"""Handing over on the page: one step at a time, each repeatable, skippable with a reason, and kept over a cut.

Law of the room: session, the installer's right and proof come first. What is recorded is on disk before it is said.
What a step found comes from the appliance and the person, never from the wish; a report with a step undone is not
sealed. In quiet hours a tone needs the PIN once more.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final, TypeVar

import msgspec
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from contract import codec, commissioning, seal
from contract import policy as law
from contract.commissioning import Step, Todo, todo_of
from contract.documents import Commissioning, Kind, Rank, StepResult
from contract.errors import Refused
from edge.core import commissioning as making
from edge.core.commissioning import Draft, Finding, Reached
from edge.core.desk import Desk
from edge.core.events import StaffAskedReadiness, StaffTried, Ticked, TrialKind
from edge.core.page import PageView, TrialView
from edge.web import commission_forms as asked
from edge.web import describe, forms
from edge.web.bench import Bench, Filed
from edge.web.guard import INSTALL, VISIT, Guard, set_cookie
from edge.web.routes import Room
from edge.web.session import Checked, Note, Session
from edge.web.words import Words

HERE: Final = "/commission"
TRIALS: Final = {
    Step.RELAY: TrialKind.CLICK,
    Step.TONE: TrialKind.TONE,
    Step.LOUDNESS: TrialKind.LOUD,
    Step.INPUT: TrialKind.INPUT,
}
_DRAFTS: Final = msgspec.json.Decoder(Draft)
F = TypeVar("F", bound=forms.Form)


class NoStep(Exception):
    """The step is none of this appliance's, or nothing is under way."""


class Bout:
    """One request of the installer: who, and how the appliance and the draft stand."""

    def __init__(
        self, session: Session, words: Words, desk: Desk, view: PageView, draft: Draft | None
    ) -> None:
        """Hold what stands now; `step` becomes the one to be shown next."""
        self.session, self.words, self.desk, self.view, self.draft = (
            session,
            words,
            desk,
            view,
            draft,
        )
        assignment = desk.word.assignment
        self.todos = todo_of(assignment) if assignment else ()
        self.step = ""

    def todo(self, step: str) -> Todo:
        """Return the step of this name; raises `NoStep` for one that is not to be done here now."""
        found = next((todo for todo in self.todos if todo.step == step), None)
        if found is None or self.draft is None:
            raise NoStep
        return found

    def title(self, todo: Todo) -> str:
        """Return a step as people call it."""
        what = todo.title.partition(": ")[2]
        return self.words(f"commission.{todo.kind.value}", what=what)

    def done(self, key: str, **values: object) -> Note:
        """Return the note that something is done."""
        return Note("done", self.words(f"commission.note.{key}", **values))

    def no(self, key: str, **values: object) -> Note:
        """Return the note that nothing was done, and why."""
        return Note("refused", self.words(f"commission.note.{key}", **values))


def room(bench: Bench) -> Room:
    """Return the routes of the commissioning over this bench."""

    def add(app: FastAPI, guard: Guard) -> None:
        page = Commission(guard, bench)
        step = {"parameters": [{"in": "query", "name": "step", "schema": {"type": "string"}}]}
        for path, route, answers, extra in (
            (HERE, page.look, describe.looking("text/html", 401), step),
            (f"{HERE}/state", page.state, describe.looking("application/json"), {}),
            (f"{HERE}/paper", page.paper, describe.looking("*/*", 401, 404), {}),
        ):
            app.add_api_route(
                path, route, methods=["GET"], response_model=None, response_class=Response,
                responses=answers, openapi_extra=extra,
            )  # fmt: skip
        for name, kind, deed in (
            ("begin", asked.Begin, page.doing(asked.Begin, page.begin)),
            ("try", asked.Try, page.doing(asked.Try, page.attempt)),
            ("answer", asked.Answer, page.doing(asked.Answer, page.answer)),
            ("skip", asked.Skip, page.doing(asked.Skip, page.skip)),
            ("place", asked.Place, page.doing(asked.Place, page.place)),
            ("seal", forms.Form, page.doing(forms.Form, page.end)),
            ("drop", forms.Form, page.doing(forms.Form, page.drop)),
        ):
            app.add_api_route(
                f"{HERE}/{name}", deed, methods=["POST"], response_model=None,
                response_class=Response, status_code=303, responses=describe.acting(401, 404),
                openapi_extra=describe.form_of(kind),
            )  # fmt: skip

    return Room(add=add, part="commission")


class Commission:
    """The routes over one bench."""

    def __init__(self, guard: Guard, bench: Bench) -> None:
        """Serve behind `guard`; one request changes the draft at a time."""
        self._guard, self._counter, self._bench = guard, guard.counter, bench
        self._turn = asyncio.Lock()

    # --- looking ---------------------------------------------------------------------------------

    async def look(self, request: Request) -> Response:
        """Show the step asked for, else the first that is undone, else the end."""
        session = self._guard.require(request, INSTALL)
        note, session.note = session.note, None
        bout = await self._bout(request, session)
        filed = await asyncio.to_thread(self._bench.filed)
        name = request.query_params.get("step", "")
        left = making.left_of(bout.draft, bout.todos) if bout.draft else ()
        todo = next((one for one in bout.todos if one.step == name), left[0] if left else None)
        if bout.draft is None:
            todo = None
        record = making.record_of(bout.draft, todo.step) if bout.draft and todo else None
        trial = bout.view.trial
        return self._guard.page(
            request,
            "commission",
            note=note,
            to=HERE,
            draft=bout.draft,
            todo=todo,
            title=bout.title,
            number=bout.todos.index(todo) + 1 if todo else 0,
            todos=bout.todos,
            left=left,
            record=record,
            record_of=lambda one: making.record_of(bout.draft, one.step) if bout.draft else None,
            tried=todo is not None and trial is not None and _is_of(trial, todo, bout.draft),
            quiet=_is_quiet(bout.desk, self._counter.now().wall),
            last=_last(filed),
            sent=filed is not None and filed.sent,
            needed=todo is not None and todo.needed,
        )

    async def state(self, request: Request) -> Response:
        """Tell machines how it stands: who may sign in, and to the installer everything."""
        session = self._guard.session(request)
        view = self._counter.view()
        if session is None or not session.may(INSTALL):
            visit = request.cookies.get(VISIT, "") or secrets.token_hex(16)
            seed = session.token if session else visit
            told = asked.State(
                device=view.device,
                name=view.name,
                csrf=self._guard.sessions.proof(seed),
                people=tuple(pin.name for pin in self._counter.staff()),
            )
            answer = _json(told)
            if VISIT not in request.cookies:
                set_cookie(answer, request, VISIT, visit)
            return answer
        bout = await self._bout(request, session)
        filed = await asyncio.to_thread(self._bench.filed)
        return _json(
            asked.State(
                device=view.device,
                name=view.name,
                csrf=self._guard.sessions.proof(session.token),
                signed_in=session.pin.name,
                people=tuple(pin.name for pin in self._counter.staff()),
                by=bout.draft.by if bout.draft else "",
                todos=bout.todos,
                steps=bout.draft.steps if bout.draft else (),
                trial=bout.view.trial,
                quiet=_is_quiet(bout.desk, self._counter.now().wall),
                filed=filed is not None,
                sent=filed is not None and filed.sent,
            )
        )

    async def paper(self, request: Request) -> Response:
        """Give the last sealed report, for a laptop or a mail."""
        self._guard.require(request, INSTALL)
        filed = await asyncio.to_thread(self._bench.filed)
        if filed is None:
            raise HTTPException(404)
        name = f"nghiem-thu-{self._counter.view().device}.dsse.json"
        held = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(filed.envelope, media_type="application/vnd.dsse+json", headers=held)

    # --- doing -----------------------------------------------------------------------------------

    def doing(
        self, kind: type[F], act: Callable[[Bout, F], Awaitable[Note]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return the route of a deed: what it says is said once, and the step it names is shown again."""

        async def route(request: Request) -> Response:
            session = self._guard.require(request, INSTALL)
            form = await self._guard.form(request, kind)
            async with self._turn:
                bout = await self._bout(request, session)
                try:
                    session.note = await act(bout, form)
                except NoStep:
                    session.note = bout.no("gone")
                except OSError as fault:
                    session.note = bout.no("disk", why=fault)
            to = f"{HERE}?step={bout.step}" if bout.step else HERE
            return RedirectResponse(to, 303)

        return route

    async def begin(self, bout: Bout, form: asked.Begin) -> Note:
        """Begin anew where nothing is under way; that the PIN works is seen already."""
        if bout.draft is not None or bout.desk.word.assignment is None:
            return bout.done("begun")
        now = self._counter.now().wall
        draft = Draft(
            device=bout.desk.word.assignment.device,
            epoch=bout.desk.word.assignment.epoch,
            started=now,
            by=" ".join(form.by.split()),
            pin=bout.session.pin.name,
        )
        pin = next(todo for todo in bout.todos if todo.kind is Step.PIN)
        good = Finding(result=StepResult.PASSED, why=bout.session.pin.name)
        await self._keep(making.recorded(draft, pin, good, now))
        return bout.done("begun")

    async def attempt(self, bout: Bout, form: asked.Try) -> Note:
        """Try a step: the machine looks at once, or a trial begins that the person will answer."""
        todo = bout.todo(form.step)
        bout.step = todo.step
        now = self._counter.now().wall
        if todo.kind in (Step.LINK, Step.CLOCK, Step.POWER, Step.DISK):
            reached = Reached()
            if todo.kind in (Step.LINK, Step.CLOCK):
                reached = await asyncio.to_thread(self._bench.reach)
            found = making.looked(todo, self._counter.view(), reached)
            if found is not None:
                return await self._record(bout, todo, found)
        if todo.kind is Step.READY:
            await self._mark(bout, todo, now)
            await self._counter.submit(StaffAskedReadiness(by=bout.session.pin.name))
            return Note("done", bout.words("commission.running", what=bout.title(todo)))
        kind = TRIALS.get(todo.kind)
        if kind is None:
            raise NoStep
        awake = False
        if form.pin and kind is TrialKind.TONE:
            checked = await self._guard.pins.check(bout.session.pin, form.pin, self._counter.now)
            if checked is not Checked.RIGHT:
                return bout.no("wrong-pin")
            awake = True
        await self._mark(bout, todo, now)
        by = bout.session.pin.name
        tried = StaffTried(kind=kind, target=todo.target, by=by, awake=awake)
        await self._counter.submit(tried)
        trial = self._counter.view().trial
        if trial is not None and not trial.running and not trial.ok:
            return Note("refused", trial.why)
        return Note("done", bout.words("commission.running", what=bout.title(todo)))

    async def answer(self, bout: Bout, form: asked.Answer) -> Note:
        """Record what the person says of a trial that is over."""
        todo = bout.todo(form.step)
        bout.step = todo.step
        if todo.kind is Step.CAP:
            return await self._record(bout, todo, making.capped(bout.view, form.answer))
        if todo.kind is Step.READY:
            since = bout.draft.asked.get(todo.step) if bout.draft else None
            found = making.ready_of(bout.view, since) if since else None
            return bout.no("first") if found is None else await self._record(bout, todo, found)
        trial = bout.view.trial
        if trial is None or trial.running or not _is_of(trial, todo, bout.draft):
            return bout.no("first")
        return await self._record(bout, todo, making.answered(todo, trial, form.answer))

    async def skip(self, bout: Bout, form: asked.Skip) -> Note:
        """Leave a step out, with the reason."""
        todo = bout.todo(form.step)
        found = Finding(result=StepResult.SKIPPED, why=" ".join(form.why.split()), by_person=True)
        return await self._record(bout, todo, found)

    async def place(self, bout: Bout, form: asked.Place) -> Note:
        """Keep coordinates and what is to be known."""
        todo = bout.todo(Step.PLACE.value)
        if bout.draft is None:
            raise NoStep
        latitude, longitude = _degrees(form.latitude, 90), _degrees(form.longitude, 180)
        note = " ".join(form.note.split())
        if not note and (latitude is None or longitude is None):
            bout.step = todo.step
            return bout.no("empty")
        bout.draft = msgspec.structs.replace(
            bout.draft,
            note=note,
            latitude_deg=latitude if longitude is not None else None,
            longitude_deg=longitude if latitude is not None else None,
        )
        return await self._record(bout, todo, Finding(result=StepResult.PASSED, by_person=True))

    async def end(self, bout: Bout, _: forms.Form) -> Note:
        """Seal the report when no step is undone, keep it and have it sent."""
        draft, assignment = bout.draft, bout.desk.word.assignment
        if draft is None or assignment is None:
            raise NoStep
        left = making.left_of(draft, bout.todos)
        if left:
            return bout.no("left", n=len(left))
        records = [making.record_of(draft, todo.step) for todo in bout.todos]
        draft = msgspec.structs.replace(draft, steps=tuple(one for one in records if one))
        now = self._counter.now().wall
        paper = making.paper_of(draft, assignment, self._counter.software, now)
        envelope = await asyncio.to_thread(self._bench.seal, codec.encode(paper))
        await asyncio.to_thread(self._bench.file, envelope)
        await asyncio.to_thread(self._bench.save, b"")
        verdict = "passed" if commissioning.passed(paper) else "failed"
        return bout.done("sealed", verdict=bout.words(f"commission.{verdict}").lower())

    async def drop(self, bout: Bout, _: forms.Form) -> Note:
        """Forget what was recorded and not sealed."""
        await asyncio.to_thread(self._bench.save, b"")
        return bout.done("dropped")

    # --- within ----------------------------------------------------------------------------------

    async def _bout(self, request: Request, session: Session) -> Bout:
        decision = await self._counter.submit(Ticked())
        draft = await asyncio.to_thread(self._draft)
        assignment = decision.desk.word.assignment
        if draft is not None and (assignment is None or draft.device != assignment.device):
            draft = None
        words = self._guard.words(request)
        return Bout(session, words, decision.desk, self._counter.view(), draft)

    def _draft(self) -> Draft | None:
        kept = self._bench.load()
        if not kept:
            return None
        try:
            return _DRAFTS.decode(kept)
        except msgspec.MsgspecError:
            return None  # of another version: it is begun anew

    async def _keep(self, draft: Draft) -> None:
        await asyncio.to_thread(self._bench.save, msgspec.json.encode(draft))

    async def _mark(self, bout: Bout, todo: Todo, now: datetime) -> None:
        if bout.draft is not None:
            asked_at = {**bout.draft.asked, todo.step: now}
            bout.draft = msgspec.structs.replace(bout.draft, asked=asked_at)
            await self._keep(bout.draft)

    async def _record(self, bout: Bout, todo: Todo, found: Finding) -> Note:
        if bout.draft is None:
            raise NoStep
        await self._keep(making.recorded(bout.draft, todo, found, self._counter.now().wall))
        what = bout.title(todo)
        if found.result is StepResult.FAILED:
            bout.step = todo.step
            return bout.no("failed", what=what, why=found.why)
        bout.step = "" if found.result is StepResult.SKIPPED or found.by_person else todo.step
        return bout.done(found.result.value, what=what)


def _is_of(trial: TrialView, todo: Todo, draft: Draft | None) -> bool:
    """Return whether this trial is one of this step, asked for in this commissioning."""
    since = draft.asked.get(todo.step) if draft else None
    same = TRIALS.get(todo.kind) is trial.kind and trial.target == todo.target
    return same and since is not None and trial.at >= since


def _is_quiet(desk: Desk, wall: datetime) -> bool:
    verdict = law.verdict(desk.word.policy, desk.word.time_zone, wall, Rank.OVERRIDE, 0.0, 0.0)
    return verdict.code == "quiet-hours"


def _last(filed: Filed | None) -> tuple[Commissioning, bool] | None:
    """Return the last sealed report and whether it passed."""
    if filed is None:
        return None
    try:
        paper = codec.decode(Kind.COMMISSIONING, seal.read_envelope(filed.envelope).payload)
    except Refused:
        return None
    return (paper, commissioning.passed(paper)) if isinstance(paper, Commissioning) else None


def _degrees(typed: str, most: int) -> float | None:
    text = typed.strip().replace(",", ".")
    if not text or abs(float(text)) > most:
        return None
    return float(text)


def _json(told: asked.State) -> Response:
    return Response(msgspec.json.encode(told), media_type="application/json")
