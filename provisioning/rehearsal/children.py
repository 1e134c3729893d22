"""Programs started as children: each with its own log, waited for by its word, ended by its own pid.

Law of the room: nothing here knows what the programs do.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final

START_LIMIT_S: Final = 30.0
END_LIMIT_S: Final = 15.0


class ChildFailed(Exception):
    """A program did not start or did not say that it is ready; the message ends with its last words."""


class Child:
    """One program of the rehearsal, started and stopped at will; its log is kept across starts."""

    def __init__(
        self, name: str, command: Sequence[str], log: Path, env: Mapping[str, str]
    ) -> None:
        """Hold what is needed to start `command`; nothing runs yet."""
        self.name, self._command, self._log = name, list(command), log
        self._env = {**os.environ, **env}
        self._process: subprocess.Popen[bytes] | None = None
        self.started_mono_s = 0.0
        self.ready_mono_s = 0.0
        self.ready_word = ""

    @property
    def pid(self) -> int | None:
        """Return the process id while it runs."""
        alive = self._process is not None and self._process.poll() is None
        return self._process.pid if alive and self._process is not None else None

    def start(self) -> str:
        """Start the program and return the rest of the line with which it says `ready`."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        begin = self._log.stat().st_size if self._log.exists() else 0
        with self._log.open("ab") as log:
            self.started_mono_s = time.monotonic()
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self._env
            )
        with self._log.open("rb") as log:
            log.seek(begin)
            self.ready_word = self._await_ready(log)
        self.ready_mono_s = time.monotonic()
        return self.ready_word

    def _await_ready(self, log: IO[bytes]) -> str:
        pending = b""
        while time.monotonic() - self.started_mono_s < START_LIMIT_S:
            pending += log.read()
            for line in pending.splitlines(keepends=True):
                if line.startswith(b"ready") and line.endswith(b"\n"):
                    return line.decode().removeprefix("ready").strip()
            if self._process is not None and self._process.poll() is not None:
                break
            time.sleep(0.01)
        self.stop()
        msg = f"{self.name} did not become ready; its log {self._log} ends:\n{self.last_words()}"
        raise ChildFailed(msg)

    def last_words(self, lines: int = 12) -> str:
        """Return the end of the program's log."""
        text = self._log.read_text(errors="replace") if self._log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> float:
        """Ask the program to end, insist after a while, and return how many seconds it took."""
        begun = time.monotonic()
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(END_LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return time.monotonic() - begun

    def kill(self) -> None:
        """End the program as a power cut would."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()

    def tree_pss_bytes(self) -> int:
        """Return the proportional memory of the program and all its children, in bytes."""
        return sum(_pss_bytes(pid) for pid in self._tree())

    def cpu_s(self) -> float:
        """Return the processor seconds used so far by the program and its living children."""
        ticks = os.sysconf("SC_CLK_TCK")
        total = 0
        for pid in self._tree():
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / ticks

    def _tree(self) -> list[int]:
        found = [self.pid] if self.pid is not None else []
        for pid in found:
            try:
                threads = list(Path(f"/proc/{pid}/task").iterdir())
            except OSError:
                continue
            for thread in threads:
                try:
                    found += [int(c) for c in (thread / "children").read_text().split()]
                except OSError:
                    continue
        return found


def _pss_bytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
