"""A bench for the commissioning: a disk, a key and a central in memory, each of which can fail."""

from dataclasses import dataclass, field

import msgspec

from contract.commissioning import todo_of
from contract.documents import Kind, StepResult
from contract.seal import SigningKey, seal
from edge.core.commissioning import Draft, Finding, Reached, recorded
from edge.web.bench import Bench, Filed
from tests.edge.web.shop import DEVICE, MORNING, assignment


@dataclass
class Workbench:
    """What the commissioning needs of an appliance, in memory."""

    key: SigningKey = field(default_factory=lambda: SigningKey.from_seed(b"7" * 32))
    reached: Reached = field(default_factory=lambda: Reached(round_trip_ms=42.0, offset_ms=11.0))
    kept: bytes | None = None
    filed: Filed | None = None
    full: bool = False

    def bench(self) -> Bench:
        """Return it as the page sees it."""
        return Bench(
            reach=lambda: self.reached,
            load=lambda: self.kept,
            save=self._save,
            seal=lambda payload: seal(Kind.COMMISSIONING, payload, [self.key]),
            file=self._file,
            filed=lambda: self.filed,
        )

    def _save(self, data: bytes) -> None:
        if self.full:
            raise OSError("the card is full")
        self.kept = data

    def _file(self, envelope: bytes) -> None:
        self.filed = Filed(envelope=envelope, sent=False)


def begun(by: str = "Lê Minh Tuấn") -> Workbench:
    """Return a bench with a commissioning under way: some steps done well, one failed, one left out."""
    draft = Draft(device=DEVICE, epoch=1, started=MORNING, by=by, pin=by)
    found = {
        "pin": Finding(result=StepResult.PASSED, why=by),
        "link": Finding(result=StepResult.PASSED, measured={"round-trip-ms": 42.0}),
        "power": Finding(result=StepResult.PASSED, measured={"temperature-c": 51.0}),
        "relay/cho": Finding(
            result=StepResult.FAILED, why="Rơ-le không theo lệnh: kiểm tra dây.", by_person=True
        ),
        "place": Finding(result=StepResult.SKIPPED, why="Chụp sau", by_person=True),
    }
    for todo in todo_of(assignment()):
        if todo.step in found:
            draft = recorded(draft, todo, found[todo.step], MORNING)
    return Workbench(kept=msgspec.json.encode(draft))
