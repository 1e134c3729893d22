"""The commissioning: which steps there are, what they add up to, and whose seal counts."""

from datetime import UTC, datetime

import msgspec
import pytest

from contract import codec, commissioning, seal
from contract.commissioning import Step, todo_of
from contract.documents import (
    Assignment,
    Commissioning,
    Input,
    InputKind,
    Kind,
    StepRecord,
    StepResult,
    Zone,
)
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey, device_id

KEY, OTHER = SigningKey.from_seed(b"1" * 32), SigningKey.from_seed(b"2" * 32)
NOON = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
PLACE = Assignment(
    device=device_id(KEY.public),
    device_key=KEY.public,
    epoch=3,
    issued=NOON,
    name="Cụm loa ấp 1",
    area="dt/my-phong/ap-1",
    zones=(
        Zone(name="cho", title="Chợ", relay_pin=17),
        Zone(name="dinh", title="Đình", relay_pin=27),
    ),
    inputs=(
        Input(name="noi", title="Nút nói", kind=InputKind.TALK, pin=5),
        Input(name="nghe", title="Tiếp điểm", kind=InputKind.READ_BACK, pin=6, zone="cho"),
    ),
)


def report(**changed: StepResult) -> Commissioning:
    """Return a report in which every step passed, but for those changed, named by their kind."""
    steps = tuple(
        StepRecord(
            step=todo.step,
            title=todo.title,
            result=changed.get(todo.kind.value, StepResult.PASSED),
            at=NOON,
            measured={"level-dbfs": -18.5} if todo.kind is Step.TONE else {},
        )
        for todo in todo_of(PLACE)
    )
    return Commissioning(
        device=PLACE.device,
        epoch=3,
        name=PLACE.name,
        area=PLACE.area,
        software="1.0",
        started=NOON,
        ended=NOON,
        by="Lê Minh Tuấn",
        pin="Tuấn",
        steps=steps,
    )


def sealed(paper: Commissioning, *keys: SigningKey) -> bytes:
    """Return the envelope of a report."""
    return seal.seal(Kind.COMMISSIONING, codec.encode(paper), keys)


def test_what_is_wired_says_which_steps_there_are() -> None:
    """A relay and a tone for each zone, a press for each input that a hand can move, and no read-back to be pressed."""
    names = [todo.step for todo in todo_of(PLACE)]
    assert names == [
        "link", "clock", "power", "disk", "relay/cho", "relay/dinh", "tone/cho", "tone/dinh",
        "loudness", "cap", "input/noi", "ready", "pin", "place",
    ]  # fmt: skip


def test_a_board_without_zones_has_nothing_to_sound() -> None:
    """A board that only shows passes without a tone."""
    board = msgspec.structs.replace(PLACE, zones=(), inputs=())
    kinds = {todo.kind for todo in todo_of(board)}
    assert kinds.isdisjoint({Step.RELAY, Step.TONE, Step.LOUDNESS, Step.CAP})


def test_all_well_is_passed() -> None:
    """Every step passed: đạt."""
    assert commissioning.passed(report())


@pytest.mark.parametrize("step", list(Step))
def test_any_failed_step_is_not_passed(step: Step) -> None:
    """One failed step, whichever: không đạt."""
    assert not commissioning.passed(report(**{step.value: StepResult.FAILED}))


@pytest.mark.parametrize("step", list(Step))
def test_only_what_hearing_hangs_on_may_not_be_skipped(step: Step) -> None:
    """A skipped tone is not passed; a skipped photo is."""
    passed = commissioning.passed(report(**{step.value: StepResult.SKIPPED}))
    assert passed is (step not in commissioning.NEEDED)


def test_a_report_without_its_first_steps_is_not_passed() -> None:
    """Leaving the link out of the report altogether passes nothing."""
    whole = report()
    cut = msgspec.structs.replace(whole, steps=whole.steps[1:])
    assert not commissioning.passed(cut)


def test_the_devices_seal_is_known_and_the_installers_stands_beside_it() -> None:
    """Sealed by the appliance, with or without a second signature, it reads as it was written."""
    assert commissioning.verify(sealed(report(), KEY), KEY.public) == report()
    assert commissioning.verify(sealed(report(), KEY, OTHER), KEY.public) == report()


def test_a_report_that_another_key_sealed_is_refused() -> None:
    """Neither a stranger's seal nor the installer's alone stands for the appliance."""
    with pytest.raises(Refused) as no:
        commissioning.verify(sealed(report(), OTHER), KEY.public)
    assert no.value.code is RefusalCode.BAD_SIGNATURE


def test_an_appliance_speaks_of_itself_alone() -> None:
    """A taken-over appliance cannot pass another one."""
    with pytest.raises(Refused) as no:
        commissioning.verify(sealed(report(), OTHER), OTHER.public)
    assert no.value.code is RefusalCode.WRONG_DEVICE


def test_another_paper_is_no_commissioning() -> None:
    """An assignment sealed with the same key is refused by its kind."""
    with pytest.raises(Refused) as no:
        commissioning.verify(seal.seal(Kind.ASSIGNMENT, codec.encode(PLACE), [KEY]), KEY.public)
    assert no.value.code is RefusalCode.WRONG_KIND


def test_a_step_told_twice_is_refused() -> None:
    """Two results for one step are no report."""
    whole = report()
    with pytest.raises(ValueError, match="told twice"):
        msgspec.structs.replace(whole, steps=(*whole.steps, whole.steps[0]))
