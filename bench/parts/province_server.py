"""A PostgreSQL for the bench alone: in a folder that is given, on a socket in it, as a user without rights."""

import os
import pwd
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "1GB",
    "effective_cache_size": "6GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "8GB",
    "synchronous_commit": "off",
    "fsync": "off",
    "random_page_cost": "1.1",
    "jit": "off",
}
PATIENCE_S = 120.0


class Server:
    """One server over the cluster in `folder`, made when there is none yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        programs = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
        if not programs:
            raise SystemExit("there is no PostgreSQL here: apt-get install postgresql")
        self._programs = max(programs, key=lambda found: int(found.parent.name))
        self._user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        folder.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    @property
    def url(self) -> str:
        """Return the address of the bench's database."""
        return f"postgresql+psycopg://bench@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._run(
                "initdb", "-D", str(data), "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C"
            )
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        with (self.folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    str(self._programs / "postgres"),
                    "-D",
                    str(data),
                    "-k",
                    str(self.folder),
                    *options,
                ],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=self.folder,
                **self._as_user(),
            )
        ends = time.monotonic() + PATIENCE_S
        ready = [str(self._programs / "pg_isready"), "-h", str(self.folder), "-q"]
        while subprocess.run(ready, check=False).returncode:
            if self._process.poll() is not None or time.monotonic() > ends:
                raise SystemExit((self.folder / "log").read_text("utf-8", "replace"))
            time.sleep(0.1)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it, by its own process alone; SIGQUIT is as a crash."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(timeout=PATIENCE_S)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
            **self._as_user(),
        )
        if done.returncode:
            raise SystemExit(done.stderr)

    def _as_user(self) -> dict[str, Any]:
        """Return who runs it: the server refuses to be root."""
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid}
