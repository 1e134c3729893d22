"""The script that deletes guards: it finds each of them, and sees whether a test misses it; `make mutants` runs it."""

from pathlib import Path
from typing import Final

from bench.mutants import HOUSE, ROOMS, Copy
from bench.parts.deletions import deletions

GUARDED: Final = '''"""A room."""

def check(number, people):
    if number > 3 and people:
        raise ValueError(number)
    if not people:
        return None
    _inspect(number)
    log.info("looked")
    try:
        return [int(p, strict=True) for p in people if p]
    except (KeyError, ValueError):
        return False
'''


def test_every_guard_is_found_once() -> None:
    """Raise, early return, unused check, each side of a condition, edge, filter, strictness and caught faults: all."""
    found = {(deletion.was, deletion.now) for deletion in deletions(GUARDED)}
    assert found == {
        ("raise ValueError(number)", "pass"),
        ("not people", "False"),
        ("_inspect(number)", "pass"),
        ("number > 3 and people", "(number > 3)"),
        ("number > 3 and people", "(people)"),
        ("number > 3", "number >= 3"),
        ("p", "True"),
        ("int(p, strict=True)", "int(p)"),
        ("(KeyError, ValueError)", "(KeyError,)"),
        ("(KeyError, ValueError)", "(ValueError,)"),
    }


def test_what_is_not_a_guard_stands() -> None:
    """Words to the log, plain assignments and how a value shows itself are no guards; nothing of them is touched."""
    plain = "def f(a):\n    b = a + 1\n    log.warning(b)\n    return b\n"
    shown = "class A:\n    def __repr__(self):\n        raise ValueError\n"
    assert deletions(plain) == []
    assert deletions(shown) == []


def test_a_guard_is_missed_by_its_test_or_survives(tmp_path: Path) -> None:
    """In a small house the guard with a test is missed by it, and the one without a test survives."""
    house = tmp_path / "house"
    (house / "contract").mkdir(parents=True)
    (house / "tests").mkdir()
    source = (
        "def check(n):\n    if n < 0:\n        raise ValueError('low')\n"
        "    if n > 9:\n        raise ValueError('high')\n"
    )
    (house / "contract" / "__init__.py").touch()
    (house / "contract" / "room.py").write_text(source, encoding="utf-8")
    test = (
        "import pytest\nfrom contract.room import check\n\ndef test_low():\n"
        "    with pytest.raises(ValueError):\n        check(-1)\n    check(0)\n"
    )
    (house / "tests" / "test_room.py").write_text(test, encoding="utf-8")
    copy = Copy(tmp_path / "copy", house)
    tests = ("tests/test_room.py", "tests/test_not_there.py")
    lost = [deletion for deletion in deletions(source) if deletion.now == "pass"]
    verdicts = {d.was: copy.judge("contract/room.py", d, tests).by for d in lost}
    red = "tests/test_room.py::test_low"
    assert verdicts == {"raise ValueError('low')": red, "raise ValueError('high')": ""}
    assert (copy.folder / "contract" / "room.py").read_text(encoding="utf-8") == source


def test_every_room_that_verifies_is_looked_at() -> None:
    """Each file of the list exists, or is a pattern that at least one file fits."""
    for pattern in ROOMS:
        assert list(HOUSE.glob(pattern)), pattern
