"""What strangers write stays on its line in a log."""

import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from central.records import OneLine as CentralLine
from contract.one_line import indented, one_line
from edge.adapters.logs import OneLine as EdgeLine

FORGED = "x\n2026-11-23 05:00:00,000 INFO central all is well\r\x1b[2K\u2028\u202eafter"


@pytest.mark.refusal_twin(60)
@pytest.mark.parametrize("text", ["", "Bản tin sáng – Ấp 1", "a\\nb", "村"])
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Letters of any language pass unchanged."""
    assert one_line(text) == text


@pytest.mark.refusal(60)
def test_what_is_no_letter_becomes_its_number() -> None:
    """Line breaks, terminal codes and changes of direction are written out."""
    said = one_line(FORGED)
    assert said.startswith("x\\u000a2026-11-23")
    assert said.endswith("\\u000d\\u001b[2K\\u2028\\u202eafter")


@given(st.text())
def test_nothing_breaks_out_of_its_line(text: str) -> None:
    """Whatever was written, one line comes out; of a traceback none that begins as a line of ours."""
    assert len(one_line(text).splitlines()) <= 1
    assert not any(c in one_line(text) for c in "\x00\x1b\x7f\x85\u2028\u202e")
    assert all(line.startswith("  | ") for line in indented(text).splitlines())


def fail_with(words: str) -> None:
    """Fail with these very words."""
    raise ValueError(words)


@pytest.mark.refusal(60)
@pytest.mark.refusal_twin(60)
@pytest.mark.parametrize("formatter", [CentralLine, EdgeLine], ids=["central", "edge"])
def test_both_programs_write_so(formatter: type[CentralLine | EdgeLine]) -> None:
    """A name with line breaks in a message, or in the words of a fault, begins no line of the log."""
    lines = formatter("%(levelname)s %(message)s")
    try:
        fail_with(FORGED)
    except ValueError:
        record = logging.LogRecord(
            "x", logging.WARNING, "", 0, "file=%s", (FORGED,), sys.exc_info()
        )
    said = lines.format(record).splitlines()
    assert said[0].startswith("WARNING file=x\\u000a")
    assert len(said) > 2
    assert all(line.startswith("  | ") for line in said[1:])
    plain = logging.LogRecord("x", logging.INFO, "", 0, "tên=%s", ("Ấp 1",), None)
    assert lines.format(plain) == "INFO tên=Ấp 1"
