"""The sixty things that must be refused, and which tests show it.

Law of the room: a number is one attack. A test that shows its refusal carries `@pytest.mark.refusal(n, …)`; a test that
shows that the same thing without the flaw is taken carries `@pytest.mark.refusal_twin(n, …)`. One test may carry both.
`python -m tests.refusals` prints the table.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parent

# fmt: off
REFUSALS: Final[Mapping[int, str]] = {
    # the chain from the offline root
    1: "Metadata of the chain that too few of its keys signed is refused, for each of its roles.",
    2: "A new root that only the old keys, or only the new ones, have signed is refused.",
    3: "A root that leaves out a version is refused.",
    4: "Older metadata of the chain than was seen before is refused.",
    5: "A snapshot from which the targets have vanished is refused.",
    6: "Metadata of the chain that ran out is refused, for each of its roles.",
    7: "Metadata whose version or hash is not what the one above it says is refused.",
    8: "An answer that never ends, or that drips for ever, is given up at its cap and in time.",
    9: "A target exchanged for another of the same length is refused.",
    10: "One key's signature that stands twice counts once.",
    11: "Metadata of one role presented as another is refused.",
    12: "A delegation that leads in a circle, or a role kept under another delegator, gives no target.",
    13: "One key under two ids does not make two signatures.",
    14: "A version driven far ahead is refused, or overcome by a rotation of keys.",
    15: "A clock in 1970 or years ahead neither accepts what ran out nor locks the appliance out for good.",
    # the envelope
    16: "What was signed as one kind of document is not obeyed as another.",
    17: "A key id that lies, is missing or is unknown gives no signer.",
    18: "A signature over the bare payload does not count.",
    19: "A signature made with lengths counted in letters instead of bytes does not count.",
    20: "A key given twice in one JSON object is refused.",
    21: "What is not a plain integer within bounds is refused where an integer is due.",
    22: "JSON nested without end is refused before anything recurses.",
    23: "Half of a surrogate pair is refused.",
    24: "Base64 in a second spelling is refused, and the same payload in another envelope is no news.",
    25: "An envelope without a signature, or with thousands, is refused.",
    26: "Weak keys, malleable, short and long signatures are refused.",
    27: "What is larger than its kind may be is refused before it is parsed.",
    28: "A name that only looks like ours (composed otherwise, or of other alphabets' letters) is refused.",
    # assignment, programme, content
    29: "Another appliance's valid programme is refused.",
    30: "An older programme is refused after a restart, and a card set back in time is noticed by central.",
    31: "Other content under a version already held is refused.",
    32: "Content without a valid approval for its very hash and this area does not sound.",
    33: "A programme made for the appliance's former place is refused.",
    34: "An appliance's settings and card cannot claim another place.",
    35: "A document for any or every appliance (`*`) is refused.",
    36: "Content longer than declared, with a path for a name, compressed, or without sound is refused.",
    37: "The programme's key signs no emergency and no keyring.",
    # emergencies
    38: "An announcement heard once is not heard again: at once, after a restart, a kill or a power cut.",
    39: "An announcement that is over stays over when the clock is set back.",
    40: "An announcement from the future is refused.",
    41: "An announcement to a place whose name only begins alike, to nobody, or beyond its signer's area is refused.",
    42: "An announcement is not cancelled by those who could not have made it.",
    43: "An announcement that comes after its cancel is refused.",
    44: "A chain of updates does not fork, and an update revives nothing that was cancelled.",
    45: "A drill relabelled as real is refused, and so is an announcement without a status.",
    46: "Two keys of one person are one person.",
    47: "What a revoked key signed is refused, and an old keyring does not bring the key back.",
    48: "A withheld cancel is named by the active set and fetched; without it the announcement ends by its own end.",
    49: "Whoever holds every key of the server starts no new sound.",
    50: "A flood of valid drills neither sounds nor fills the appliance, and the real warning after it is obeyed.",
    51: "Delivered twice, by several doors and in any order, an announcement sounds once.",
    52: "What silences a programme (no clock, its end, a full card, a restart) does not silence an emergency.",
    # transport, enrolment, pages
    53: "A server with a valid certificate of another authority, or for another name, is not spoken to.",
    54: "A redirect is not followed.",
    55: "A signed request that was replayed, or whose body, method, path or query was changed, is refused.",
    56: "A claim code that is used, over, guessed too often, for another site or claimed twice at once is refused.",
    57: "A copied device key is noticed.",
    58: "Foreign pages, names, sockets, guesses and sessions move nothing on the local page.",
    59: "Alerts in XML bring in no entities, no documents and no addresses from outside.",
    60: "A report that is forged, replayed or too large is refused, and none writes lines into the log.",
}
# fmt: on

# What cannot be refused yet because the thing itself does not exist yet.
NOT_YET: Final[Mapping[int, str]] = {}


@dataclass
class Shown:
    """The tests that show one refusal, as `path::name`."""

    refusals: list[str] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)


def sources() -> Mapping[str, str]:
    """Return the text of every test file by its path."""
    root = TESTS.parent
    files = sorted(TESTS.rglob("test_*.py"))
    return {str(file.relative_to(root)): file.read_text(encoding="utf-8") for file in files}


def shown(files: Mapping[str, str]) -> dict[int, Shown]:
    """Return which tests show which number; raises `ValueError` for a mark that names none of the sixty."""
    found = {number: Shown() for number in REFUSALS}
    for path, text in files.items():
        for test in ast.walk(ast.parse(text)):
            if not isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for mark, arguments in _marks(test):
                if mark in {"refusal", "refusal_twin"}:
                    _enter(found, mark, f"{path}::{test.name}", arguments)
    return found


def missing(found: Mapping[int, Shown]) -> list[str]:
    """Return a line for each number that lacks its refusal or its twin, but for those that cannot be yet."""
    lines = []
    for number, tests in found.items():
        lacks = [w for w, t in (("refusal", tests.refusals), ("twin", tests.twins)) if not t]
        if lacks and number not in NOT_YET:
            lines.append(f"{number} lacks its {' and its '.join(lacks)}: {REFUSALS[number]}")
    return lines


def _enter(found: dict[int, Shown], mark: str, test: str, arguments: list[ast.expr]) -> None:
    name = test.rpartition("::")[2]
    numbers = [a.value for a in arguments if isinstance(a, ast.Constant)]
    if not name.startswith("test_") or len(numbers) < len(arguments) or not numbers:
        msg = f"{test}: a mark {mark} stands on a test and names its numbers"
        raise ValueError(msg)
    for number in numbers:
        if not isinstance(number, int) or number not in found:
            msg = f"{test}: there is no refusal {number!r}"
            raise ValueError(msg)
        lists = found[number]
        (lists.refusals if mark == "refusal" else lists.twins).append(test)


def _marks(test: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, list[ast.expr]]]:
    """Yield the marks of a test that always runs: on it, or on one of its parameter sets."""
    calls = [n for d in test.decorator_list for n in ast.walk(d) if isinstance(n, ast.Call)]
    marks = [(_mark_of(call.func), call.args) for call in calls]
    if not any(mark in {"skip", "skipif", "xfail"} for mark, _ in marks):
        yield from ((mark, arguments) for mark, arguments in marks if mark)


def _mark_of(called: ast.expr) -> str:
    dotted = ast.unparse(called)
    return dotted.removeprefix("pytest.mark.") if dotted.startswith("pytest.mark.") else ""


def table(found: Mapping[int, Shown]) -> str:
    """Return who shows what, as text for people."""
    lines: list[str] = []
    for number, tests in found.items():
        lines.append(f"{number:2} {REFUSALS[number]}")
        lines += [f"     refused {name}" for name in tests.refusals]
        lines += [f"     taken   {name}" for name in tests.twins]
    return "\n".join([*lines, *missing(found)]) + "\n"


if __name__ == "__main__":
    sys.stdout.write(table(shown(sources())))
