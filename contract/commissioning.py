"""The steps of a commissioning: which there are for an appliance, in which order, and what they add up to.

Law of the room: pure. What is wired says which steps there are. The verdict is `đạt` only when every step that a
village's hearing hangs on was done and is well; skipping one of these with a reason is honest and is not passing.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import msgspec

from contract import codec, seal
from contract.documents import (
    Assignment,
    Commissioning,
    InputKind,
    Kind,
    PublicKey,
    StepRecord,
    StepResult,
)
from contract.errors import RefusalCode, Refused


class Step(StrEnum):
    """The kinds of steps, in the order in which they are done."""

    LINK = "link"
    CLOCK = "clock"
    POWER = "power"
    DISK = "disk"
    RELAY = "relay"
    TONE = "tone"
    LOUDNESS = "loudness"
    CAP = "cap"
    INPUT = "input"
    READY = "ready"
    PIN = "pin"
    PLACE = "place"


NEEDED: Final = frozenset(
    {Step.LINK, Step.CLOCK, Step.POWER, Step.DISK, Step.RELAY, Step.TONE, Step.LOUDNESS}
)
ALWAYS: Final = frozenset({Step.LINK, Step.CLOCK, Step.POWER, Step.DISK})  # a board has no sound
PRESSED: Final = frozenset(  # inputs that somebody at the pole can make change
    {
        InputKind.TALK,
        InputKind.HUSH,
        InputKind.ADDRESS,
        InputKind.DOOR,
        InputKind.MAINS,
        InputKind.BATTERY_LOW,
        InputKind.AMPLIFIER_FAULT,
    }
)
TITLES: Final[Mapping[Step, str]] = {
    Step.LINK: "Đường truyền, máy tỉnh",
    Step.CLOCK: "Đồng hồ",
    Step.POWER: "Nguồn điện, nhiệt độ",
    Step.DISK: "Thẻ nhớ",
    Step.RELAY: "Rơ-le",
    Step.TONE: "Âm thử",
    Step.LOUDNESS: "Độ to nghe tại chỗ",
    Step.CAP: "Mức trần âm lượng",
    Step.INPUT: "Đầu vào",
    Step.READY: "Buổi phát kế tiếp",
    Step.PIN: "Mã PIN tại chỗ",
    Step.PLACE: "Tọa độ, ảnh, ghi chú",
}


class Todo(msgspec.Struct, frozen=True, kw_only=True):
    """One step to be done: its name in the record, its kind, the zone or input it is about, and its title."""

    step: str
    kind: Step
    target: str = ""
    title: str

    @property
    def needed(self) -> bool:
        """Whether nothing passes without it."""
        return self.kind in NEEDED


def todo_of(assignment: Assignment) -> tuple[Todo, ...]:
    """Return the steps of an appliance with this assignment, in their order."""
    found: list[Todo] = []
    for kind in Step:
        match kind:
            case Step.LOUDNESS | Step.CAP if not assignment.zones:
                continue  # a board that only shows
            case Step.RELAY | Step.TONE:
                wired = [(z.name, z.title) for z in assignment.zones]
            case Step.INPUT:
                wired = [(i.name, i.title) for i in assignment.inputs if i.kind in PRESSED]
            case _:
                found.append(Todo(step=kind.value, kind=kind, title=TITLES[kind]))
                continue
        found += [
            Todo(
                step=f"{kind.value}/{name}",
                kind=kind,
                target=name,
                title=f"{TITLES[kind]}: {title}"[:200],
            )
            for name, title in wired
        ]
    return tuple(found)


def kind_of(record: StepRecord) -> Step | None:
    """Return the kind of a recorded step, None for one of a later version."""
    word = record.step.partition("/")[0]
    return Step(word) if word in set(Step) else None


def faults_of(report: Commissioning) -> tuple[StepRecord, ...]:
    """Return the steps that keep this commissioning from passing: failed ones, and needed ones that were skipped."""
    return tuple(
        record
        for record in report.steps
        if record.result is StepResult.FAILED
        or (record.result is StepResult.SKIPPED and kind_of(record) in NEEDED)
    )


def passed(report: Commissioning) -> bool:
    """Return whether the appliance is handed over as good: nothing failed, and nothing needed was left out.

    That all steps of the appliance are told is its own affair: it seals no commissioning with a step undone.
    """
    done = {kind_of(record) for record in report.steps}
    return not faults_of(report) and done >= ALWAYS


def verify(envelope: bytes, device_key: PublicKey) -> Commissioning:
    """Return the commissioning that this appliance's own key sealed, whoever signed beside it.

    Raises `Refused`: WRONG_KIND for another paper, BAD_SIGNATURE without this key's seal, WRONG_DEVICE for a paper
    about another appliance.
    """
    read = seal.read_envelope(envelope)
    if read.kind is not Kind.COMMISSIONING:
        raise Refused(RefusalCode.WRONG_KIND, f"this is a {read.kind.value}, no commissioning")
    if not seal.signers(read, [device_key]):
        raise Refused(
            RefusalCode.BAD_SIGNATURE, "the commissioning is not sealed by this appliance's key"
        )
    report = codec.decode(Kind.COMMISSIONING, read.payload)
    if not isinstance(report, Commissioning) or report.device != seal.device_id(device_key):
        raise Refused(RefusalCode.WRONG_DEVICE, "the commissioning tells of another appliance")
    return report
