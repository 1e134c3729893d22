"""A few thousand damaged cases for every reader that strangers reach; `make fuzz` runs a million and more."""

import random

import pytest

from contract.errors import Refused
from tests.contract.fuzz_targets import TARGETS
from tests.contract.fuzzing import Broken, Target, bent_bytes, bent_json, try_case

CASES = 1_500


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_damage_is_refused_in_the_documented_way(target: Target) -> None:
    """Whatever is drawn is refused as documented or is the genuine thing; both come up, so both were tried."""
    words = {try_case(target, f"test:{number}").word for number in range(CASES)}
    assert words == {"refused", "taken"}


@pytest.mark.parametrize("fault", [KeyError("x"), RecursionError(), Refused.__new__(Refused)])
def test_the_net_holds(fault: Exception) -> None:
    """A reader that raises anything else is told with its target and seed, which make the case again."""

    def stumble(draw: random.Random) -> str:
        if draw.random() < 0.5:
            raise fault
        return "refused"

    clumsy = Target("clumsy", 1, stumble)
    with pytest.raises(Broken, match=r"clumsy, seed '\d+': \w+"):
        _ = [try_case(clumsy, str(number)) for number in range(50)]


def test_a_seed_makes_a_case_again() -> None:
    """The same seed draws the same damage, another one other damage."""
    text = b'{"a":[1,2,{"b":"c"}],"d":"e"}'

    def drawn(seed: str) -> tuple[bytes, bytes]:
        return (
            bent_bytes(random.Random(seed), text * 3, [text]),
            bent_json(random.Random(seed), text),
        )

    assert drawn("1") == drawn("1")
    assert len({drawn(str(n)) for n in range(50)}) > 40
