"""The guide: one step after the other at the foot of the pole, as the person on the ladder answers.

Law of the room: it asks, waits and tells; what a step found is the appliance's to say and to keep. It may end at any
point and go on later: what is done stays done.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from contract.commissioning import Step, Todo
from contract.commissioning_paper import measured_words
from contract.documents import StepRecord, StepResult
from provisioning.commission.pole import Pole, PoleFault, State
from provisioning.commission.words import Say

LOOKS: Final = frozenset({Step.LINK, Step.CLOCK, Step.POWER, Step.DISK})
TRIED: Final = frozenset({Step.RELAY, Step.TONE, Step.LOUDNESS, Step.INPUT})
POLL_S: Final = 0.5
PATIENCE_S: Final = 40.0


class Person(Protocol):
    """Whoever stands at the pole."""

    def choose(self, question: str, options: Sequence[tuple[str, str]]) -> str:
        """Return the key of one of the options (key and words)."""

    def write(self, question: str) -> str:
        """Return a line of text, perhaps empty."""

    def secret(self, question: str) -> str:
        """Return something that is not shown while it is typed."""


class Guide:
    """Leads one commissioning to its end."""

    def __init__(
        self,
        pole: Pole,
        person: Person,
        say: Say,
        told: Callable[[str], None],
        *,
        nap: Callable[[float], None] = time.sleep,
    ) -> None:
        """Ask `person` about the appliance at `pole` in the language of `say`; `told` takes each line."""
        self._pole, self._person, self._say, self._told, self._nap = pole, person, say, told, nap

    def lead(self, by: str) -> State:
        """Do every step that is undone and seal the report; return how it stands then. Raises `PoleFault`."""
        state = self._pole.state()
        if not state.by:
            state = self._pole.do("begin", by=by)
        else:
            self._told(self._say("goes-on", by=state.by, n=len(state.steps)))
        number = 0
        while (todo := _next(state)) is not None:
            number = state.todos.index(todo) + 1
            self._told(self._say("step", n=number, all=len(state.todos), what=self._title(todo)))
            state = self._step(todo, state)
        failed = [one for one in state.steps if one.result is StepResult.FAILED]
        for record in failed:
            todo = next(one for one in state.todos if one.step == record.step)
            question = self._say("failed-again", what=self._title(todo), why=record.why)
            if self._choice(question, "again", "leave") == "again":
                state = self._step(todo, state)
        return self._pole.do("seal")

    # --- one step ----------------------------------------------------------------------------------

    def _step(self, todo: Todo, state: State) -> State:
        while True:
            state = self._once(todo, state)
            record = state.record(todo.step)
            if record is None:
                continue
            self._told(self._found(record))
            if record.result is not StepResult.FAILED:
                return state
            answer = self._choice(self._say("failed-now"), "again", "skip", "leave")
            if answer == "skip":
                return self._skip(todo)
            if answer == "leave":
                return state

    def _once(self, todo: Todo, state: State) -> State:
        if todo.kind in LOOKS:
            return self._pole.do("try", step=todo.step)
        if todo.kind in TRIED:
            return self._tried(todo, state)
        if todo.kind is Step.READY:
            self._pole.do("try", step=todo.step)
            return self._ready(todo)
        if todo.kind is Step.CAP:
            answer = self._choice(self._say("ask-cap"), "yes", "no", "skip")
            if answer == "skip":
                return self._skip(todo)
            return self._pole.do("answer", step=todo.step, answer=answer)
        if todo.kind is Step.PLACE:
            return self._place(todo)
        return self._skip(todo)  # a step of a newer appliance, which this program does not know

    def _tried(self, todo: Todo, state: State) -> State:
        key = "press" if todo.kind is Step.INPUT else "go"
        question = self._say(f"ask-{todo.kind.value}", what=todo.title.partition(": ")[2])
        if self._choice(question, key, "skip") == "skip":
            return self._skip(todo)
        more = {}
        if todo.kind is Step.TONE and state.quiet:
            pin = self._person.secret(self._say("quiet"))
            more = {"pin": pin} if pin else {}
        state = self._settled(self._pole.do("try", step=todo.step, **more))
        trial = state.trial
        if trial is None:
            raise PoleFault(self._say("no-trial"))
        self._told(self._say("seen" if trial.ok else "unseen", why=trial.why))
        if trial.level_dbfs is not None:
            self._told(self._say("level", n=f"{trial.level_dbfs:.1f}"))
        if todo.kind is Step.INPUT or not trial.ok:
            answer = "found" if todo.kind is Step.INPUT else "no"
            return self._pole.do("answer", step=todo.step, answer=answer)
        options = ("yes", "soft", "loud") if todo.kind is Step.LOUDNESS else ("yes", "no")
        answer = self._choice(self._say(f"heard-{todo.kind.value}"), *options, "again", "skip")
        if answer == "again":
            return self._tried(todo, state)
        if answer == "skip":
            return self._skip(todo)
        return self._pole.do("answer", step=todo.step, answer=answer)

    def _settled(self, state: State) -> State:
        waited_s = 0.0
        while state.trial is not None and state.trial.running and waited_s < PATIENCE_S:
            self._nap(POLL_S)
            waited_s += POLL_S
            state = self._pole.state()
        return state

    def _ready(self, todo: Todo) -> State:
        waited_s = 0.0
        while True:
            state = self._pole.do("answer", step=todo.step, answer="found")
            if state.record(todo.step) is not None or waited_s >= PATIENCE_S:
                return state if state.record(todo.step) is not None else self._skip(todo)
            self._nap(POLL_S)
            waited_s += POLL_S

    def _place(self, todo: Todo) -> State:
        latitude = self._person.write(self._say("ask-latitude"))
        longitude = self._person.write(self._say("ask-longitude")) if latitude else ""
        note = self._person.write(self._say("ask-note"))
        if not (note or (latitude and longitude)):
            return self._pole.do("skip", step=todo.step, why=self._say("nothing"))
        return self._pole.do("place", latitude=latitude, longitude=longitude, note=note)

    def _skip(self, todo: Todo) -> State:
        if todo.needed:
            self._told(self._say("skip-needed"))
        why = ""
        while not why:
            why = self._person.write(self._say("why-skip")).strip()
        return self._pole.do("skip", step=todo.step, why=why)

    # --- words -------------------------------------------------------------------------------------

    def _choice(self, question: str, *keys: str) -> str:
        return self._person.choose(question, [(key, self._say(f"key-{key}")) for key in keys])

    def _title(self, todo: Todo) -> str:
        return self._say(f"title-{todo.kind.value}", what=todo.title.partition(": ")[2])

    def _found(self, record: StepRecord) -> str:
        parts = (self._say(record.result.value), measured_words(record), record.why)
        return "  " + " · ".join(part for part in parts if part)


def _next(state: State) -> Todo | None:
    return next((todo for todo in state.todos if state.record(todo.step) is None), None)
