"""`tienglang-central` in a process of its own, forked from one that has read the code already.

Law: what runs is the program's own `main` with its words, its surroundings and its three streams; only the reading
of the libraries, seconds of a core at each start, is done once. `test_cli.py` starts the program as its users do.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from multiprocessing.reduction import DupFd
from pathlib import Path
from subprocess import TimeoutExpired
from typing import IO, Any, Final

from central.__main__ import main

ROOT: Final = Path(__file__).resolve().parents[2]
_FORKS: Final = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["central.server", "central.app", "tests.central.warm"])


class Program:
    """One run of the program: what it writes, and how it ends."""

    def __init__(self, *words: str, said: str = "") -> None:
        """Begin it; `said`, at most what a pipe holds, waits on its standard input."""
        inputs, outputs, errors = os.pipe(), os.pipe(), os.pipe()
        os.write(inputs[1], said.encode())
        os.close(inputs[1])
        ends = (inputs[0], outputs[1], errors[1])
        self._process = _FORKS.Process(target=_run, args=(words, dict(os.environ), _Ends(ends)))
        self._process.start()
        for end in ends:
            os.close(end)
        self.stdout: IO[str] = os.fdopen(outputs[0], encoding="utf-8")
        self.stderr: IO[str] = os.fdopen(errors[0], encoding="utf-8")
        self.words = words

    @property
    def pid(self) -> int:
        """Return the number of its process."""
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, how: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self._process.is_alive():
            os.kill(self.pid, how)

    def wait(self, timeout: float) -> int:
        """Wait for its end and return its exit code, negative for a signal; raises `TimeoutExpired`."""
        self._process.join(timeout)
        code = self._process.exitcode
        if code is None:
            raise TimeoutExpired(self.words, timeout)
        return code


class _Ends:
    """Three ends of pipes that go along to another process."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = tuple(numbers)

    def __getstate__(self) -> dict[str, Any]:
        return {"sent": [DupFd(number) for number in self._numbers]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._numbers = tuple(sent.detach() for sent in state["sent"])

    def take(self) -> None:
        """Make them the standard streams of this process."""
        for stream, number in enumerate(self._numbers):
            os.dup2(number, stream)
            os.close(number)


def _run(words: Sequence[str], surroundings: dict[str, str], ends: _Ends) -> None:
    ends.take()
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  multiprocessing shut it
    os.environ.clear()
    os.environ.update(surroundings)
    os.chdir(ROOT)
    sys.argv = ["tienglang-central", *words]
    sys.exit(main(list(words)))
