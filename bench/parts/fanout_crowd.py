"""The crowd of listeners: the C client as a process, and what it measured."""

import array
import os
import shutil
import statistics
import subprocess
import tempfile
import threading
from pathlib import Path
from queue import Empty, SimpleQueue

PARTS = Path(__file__).resolve().parent
CONNECTED_WITHIN_S = 180.0
ALL_WITHIN_S = 60.0


def compiled(name: str, folder: Path, *libraries: str) -> Path:
    """Return the program made of one C file."""
    if shutil.which("cc") is None:
        raise SystemExit("there is no C compiler here: apt-get install gcc libc6-dev libssl-dev")
    made = folder / name
    source = PARTS / f"{name}.c"
    subprocess.run(["cc", "-O2", "-o", str(made), str(source), *libraries], check=True)
    return made


def spread(taken_ms: list[float]) -> dict[str, float]:
    """Return median, p99 and the slowest of one shot."""
    ordered = sorted(taken_ms)
    at = min(len(ordered) - 1, round(0.99 * (len(ordered) - 1)))
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p99_ms": round(ordered[at], 1),
        "slowest_ms": round(ordered[-1], 1),
    }


class Crowd:
    """Listeners in one process."""

    def __init__(
        self,
        program: Path,
        kind: str,
        count: int,
        port: int,
        tokens: Path | None,
        *,
        tls: bool = False,
        core: int | None = None,
    ) -> None:
        self.count = count
        words = [str(program), kind, str(count), str(port), "4", str(tokens or "-")]
        self._process = subprocess.Popen(
            [*words, "tls"] if tls else words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        if core is not None:
            os.sched_setaffinity(self._process.pid, {core})
        self._said: SimpleQueue[str] = SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        self.connected_ms = int(self._next("connected", CONNECTED_WITHIN_S)[1])

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(line.strip())

    def _next(self, word: str, within_s: float) -> list[str]:
        """Return the rest of the next answer with this word; what else was said is passed over."""
        while True:
            try:
                said = self._said.get(timeout=within_s).split()
            except Empty:
                raise TimeoutError(f"no {word} within {within_s:.0f} s") from None
            if said and said[0] == word:
                return said[1:]

    def _ask(self, words: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(words + "\n")
        self._process.stdin.flush()

    def arm(self, mark: bytes) -> None:
        """Look for these bytes from now on."""
        self._ask(f"arm {mark.decode('ascii')}")
        self._next("armed", 10)

    def kill_at(self, pid: int, heard: int) -> None:
        """End a process when so many have heard."""
        self._ask(f"kill {pid} {heard}")

    def drop(self) -> None:
        """Cut every connection at once."""
        self._ask("drop")
        self._next("dropped", 10)

    def state(self) -> tuple[int, int, int]:
        """Return how many stand, and how often one was refused and lost."""
        self._ask("state")
        up, refused, lost = self._next("state", 30)
        return int(up), int(refused), int(lost)

    def all_heard(self, within_s: float = ALL_WITHIN_S) -> bool:
        """Wait until everyone has heard; return whether they did."""
        try:
            self._next("all", within_s)
        except TimeoutError:
            return False
        return True

    def take(self) -> tuple[list[int], int]:
        """Return the instants of arrival in ns (0 for whom it missed), and how many heard it again."""
        with tempfile.NamedTemporaryFile() as file:
            self._ask(f"take {file.name}")
            _, repeats, _ = self._next("taken", 30)
            came = array.array("q", Path(file.name).read_bytes())
        return list(came), int(repeats)

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._thread.join(timeout=5)
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()
