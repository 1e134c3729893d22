"""A property counts only after a deliberate fault turned it red: here each fault is put in and must be caught.

The faults are applied to a copy of the sources; the named test must fail there. `tests/README.md` says in
words what each would mean for a village.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

HOUSE = Path(__file__).resolve().parent.parent
NEEDED = "pytest_timeout,xdist.plugin,_hypothesis_pytestplugin"  # the other libraries' plugins are seconds each
CORE = "tests/edge/core/test_properties.py"


class Fault(NamedTuple):
    """One deliberate fault: where, what is replaced by what, and the test that must turn red."""

    name: str
    file: str
    old: str
    new: str
    test: str


FAULTS = (
    Fault(
        "plays what is not on the shelf",
        "edge/core/claims.py",
        "if sha256 not in desk.shelf:",
        'if sha256 == "never":',
        f"{CORE}::test_nothing_sounds_that_is_not_here_and_approved",
    ),
    Fault(
        "does not wait for the amplifier",
        "edge/core/relays.py",
        "if able <= ready and not leaking:",
        "if able <= zones:",
        f"{CORE}::test_sound_waits_for_a_warm_amplifier",
    ),
    Fault(
        "lets sound leak into a zone that it is not for",
        "edge/core/relays.py",
        "if able <= ready and not leaking:",
        "if able <= ready:",
        f"{CORE}::test_sound_waits_for_a_warm_amplifier",
    ),
    Fault(
        "forgets that an order is in flight",
        "edge/core/relays.py",
        "if rig.switching == zones and waited_s < patience_s:",
        "if rig.switching == zones and waited_s >= patience_s:",
        f"{CORE}::test_no_order_is_twice_in_flight",
    ),
    Fault(
        "sleeps through the end of a staff decision",
        "edge/core/claims.py",
        "instants += [d.until for d in decisions if d is not None]",
        "instants += []",
        "tests/edge/core/test_stories.py::test_a_volume_that_staff_set_ends_on_its_second",
    ),
    Fault(
        "gives the air to the weakest",
        "edge/core/arbiter.py",
        "key=lambda claim: claim.rank",
        "key=lambda claim: -claim.rank",
        f"{CORE}::test_rank_alone_decides",
    ),
    Fault(
        "never stops what ought to be silent",
        "edge/core/reconcile.py",
        "(StopPlay(key=playing.key, fade_ms=fade_ms),)",
        "()",
        f"{CORE}::test_obeying_orders_comes_to_rest_at_what_ought_to_be",
    ),
    Fault(
        "believes a wall clock that was set back",
        "edge/core/alarms.py",
        "now.wall >= announcement.expires",
        "not announcement.sent <= now.wall < announcement.expires",
        f"{CORE}::test_a_stepping_wall_clock_delays_no_emergency",
    ),
    Fault(
        "naps through the start of a slot",
        "edge/core/reconcile.py",
        "default=30.0) + 0.0005",
        "default=30.0) + 9.0",
        f"{CORE}::test_the_loop_wakes_for_every_start",
    ),
    Fault(
        "sounds in quiet hours",
        "edge/core/claims.py",
        "if verdict.allowed:",
        "if verdict:",
        f"{CORE}::test_quiet_hours_are_silent_below_emergency",
    ),
    Fault(
        "takes up again what was over",
        "edge/core/progress.py",
        "reached_ms > play.length_ms - NEARLY_OVER_MS",
        "reached_ms > play.length_ms",
        "tests/edge/core/test_breaks.py"
        "::test_an_item_that_resumes_goes_on_at_its_place_and_the_rest_comes_later",
    ),
    Fault(
        "naps until the second of a slot and warms the amplifiers then",
        "edge/core/reconcile.py",
        "waits = [30.0, until_s, until_s - relays.HORIZON_S]",
        "waits = [30.0, until_s]",
        "tests/edge/core/test_stories.py"
        "::test_a_slot_far_ahead_sounds_on_its_second_with_nothing_happening_before",
    ),
    Fault(
        "lets a warning wait for a relay's rest",
        "edge/core/relays.py",
        "return zones if emergency else _rested(desk, zones, now)",
        "return _rested(desk, zones, now)",
        "tests/edge/core/test_wiring.py::test_an_emergency_waits_for_no_rest",
    ),
    Fault(
        "relays a stream that no approver signed",
        "edge/core/scheduled.py",
        "refused = unapproved(desk, live.approved_as, now)",
        "refused = None",
        "tests/edge/core/test_sources.py"
        "::test_a_stream_without_an_approval_does_not_sound_and_says_so",
    ),
    Fault(
        "opens a jammed microphone when the power comes back",
        "edge/core/inputs.py",
        "if event.active and before is False:",
        "if event.active and not before:",
        "tests/edge/core/test_sources.py::test_a_talk_button_that_was_held_at_the_start_does_nothing",
    ),
    Fault(
        "leaves a capital that would be read anew",
        "contract/spoken/words.py",
        "return lowered(token) if has_vowel(token) else name_of(token)",
        "return token if has_vowel(token) else name_of(token)",
        "tests/contract/test_spoken.py::test_any_text_is_read_once_and_for_all",
    ),
    Fault(
        "decides by something that no journal holds",
        "edge/core/errands.py",
        "Speak(ref=ref, language=info.language,",
        "Speak(ref=f'{ref}{id(desk)}', language=info.language,",
        f"{CORE}::test_a_replay_yields_the_same_desk",
    ),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_deliberate_fault_turns_its_property_red(fault: Fault, tmp_path: Path) -> None:
    """With the fault in the sources the property fails; the sources as they are pass in the same suite."""
    for room in ("contract", "edge", "tests"):
        ignore = shutil.ignore_patterns(
            ".hypothesis", "vectors"
        )  # what is compiled stays: same times
        shutil.copytree(HOUSE / room, tmp_path / room, ignore=ignore)
    shutil.copy(HOUSE / "pyproject.toml", tmp_path)
    target = tmp_path / fault.file
    source = target.read_text(encoding="utf-8")
    assert source.count(fault.old) == 1, "the fault no longer fits the source: write it anew"
    target.write_text(source.replace(fault.old, fault.new), encoding="utf-8")
    properties = tmp_path / CORE  # a fault need only be found, not made small
    found = properties.read_text(encoding="utf-8").replace(
        "PHASES = tuple(Phase)", "PHASES = (Phase.generate,)"
    )
    properties.write_text(found, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        fault.test,
        "-x",
        "-q",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
    ]
    bare = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": NEEDED}
    done = subprocess.run(
        command, cwd=tmp_path, env=bare, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 1, f"not caught:\n{done.stdout[-1500:]}{done.stderr[-500:]}"
