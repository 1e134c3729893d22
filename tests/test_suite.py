"""How the whole suite is run: what counts as broken, and what is told once more."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.__main__ import SOUND, Run, main, read
from tests.measuring import MEASURES

SAID = '<properties><property name="measures" value="yes"/></properties>'
REPORT = f"""<testsuites><testsuite>
<testcase file="tests/contract/test_seal.py" name="a"/>
<testcase file="tests/edge/core/test_fold.py" name="b"><failure message="1 != 2"/></testcase>
<testcase file="tests/journeys/test_alone.py" name="c">{SAID}<error message="no sound server"/></testcase>
<testcase file="tests/journeys/test_alone.py" name="d">{SAID}<skipped/></testcase>
<testcase file="tests/edge/web/test_voice.py" name="e">{SAID}<failure message="not painted"/></testcase>
<testcase file="tests/edge/web/test_voice.py" name="f"><failure message="1 != 2"/></testcase>
</testsuite></testsuites>"""


def told(side_by_side: Run, sound: Run, once_more: int) -> tuple[int, list[str]]:
    """Return what the suite ends with and what it ran after its two halves."""
    after: list[str] = []

    def run(name: str, words: tuple[str, ...]) -> Run:
        if name in {"side by side", "sound"}:
            return sound if words[: len(SOUND)] == SOUND else side_by_side
        after.append(name)
        return Run(once_more)

    return main([], run), after


def test_a_report_names_the_files_that_broke(tmp_path: Path) -> None:
    """Failures and errors are broken, what was left out is not; only what measures may be told again."""
    (tmp_path / "report.xml").write_text(REPORT)
    files = {"edge/core/test_fold.py", "journeys/test_alone.py", "edge/web/test_voice.py"}
    assert read(tmp_path / "report.xml", 1) == Run(
        1, 6, frozenset(files), frozenset({"journeys/test_alone.py"})
    )


@pytest.fixture
def browser() -> str:
    """Stand where the browsers of the pages' stories stand."""
    return "browser"


def test_who_looks_at_a_page_measures(request: pytest.FixtureRequest, browser: str) -> None:
    """A story that is given a browser is marked for the report."""
    assert (MEASURES, "yes") in request.node.user_properties


def test_who_computes_does_not_measure(request: pytest.FixtureRequest) -> None:
    """A story beside it in the same file is not."""
    assert request.node.user_properties == []


def test_all_held() -> None:
    """Two whole halves are a whole suite, and nothing is told again."""
    assert told(Run(0, 9), Run(0, 3), 1) == (0, [])


@pytest.mark.parametrize("once_more", [0, 1])
def test_what_measures_is_told_once_more(once_more: int) -> None:
    """A story of real time that broke is told once more, and that decides."""
    broken = frozenset({"journeys/test_alone.py", "edge/adapters/test_player.py"})
    again = [f"once more: {file}" for file in sorted(broken)]
    assert told(Run(1, 9, broken, broken), Run(0, 3), once_more) == (once_more, again)


def test_what_computes_is_broken_at_once() -> None:
    """A story that measures nothing gets no second chance."""
    disturbed = frozenset({"journeys/test_alone.py"})
    broken = disturbed | {"contract/test_seal.py"}
    assert told(Run(1, 9, broken, disturbed), Run(0, 3), 0) == (
        1,
        ["once more: journeys/test_alone.py"],
    )


@pytest.mark.parametrize("code", [2, 3, 4, -9])
def test_an_interrupted_half_is_no_success(code: int) -> None:
    """A half that was stopped, crashed or asked for wrongly fails the suite as it ended."""
    assert told(Run(code), Run(0, 3), 0) == (code, [])


def test_nothing_told_of_a_half_is_no_failure() -> None:
    """Where words leave nothing for one half to tell, the other decides."""
    assert told(Run(0, 9), Run(5), 1) == (0, [])


def test_a_failure_outside_any_story_is_no_success() -> None:
    """A half that ends badly and names no file, as a file that cannot be read does, fails the suite."""
    assert told(Run(1, 9), Run(0, 3), 0)[0] == 1
