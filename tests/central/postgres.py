"""A PostgreSQL of the tests' own: made in a folder, on a socket in it, as a user without rights; ended by its pid."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from central.db.engine import open_engine
from central.db.migrate import migrate

SWITCH: Final = "TIENGLANG_TEST_DATABASE"
STARTS_WITHIN_S: Final = 60.0
_TEMPLATE: Final = "tienglang_template"
_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",  # the tests' own crashes are of our processes, never of this one
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


def binaries() -> Path | None:
    """Return the folder of the newest PostgreSQL's programs, None where there is none."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda folder: int(folder.parent.name), default=None)


def is_chosen() -> bool:
    """Return whether central's tests are to run on PostgreSQL."""
    return os.environ.get(SWITCH) == "postgresql"


class Postgres:
    """One server; each test's house gets a database of its own, copied from one that is already migrated."""

    def __init__(self) -> None:
        programs = binaries()
        assert programs is not None, "there is no PostgreSQL here: apt-get install postgresql"
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="tienglang-pg-"))
        self._user = _unprivileged()
        if self._user is not None:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make the cluster, start it, and migrate the template."""
        data = self.folder / "data"
        people = ("-U", "tests", "-A", "trust")
        self._run("initdb", "-D", str(data), *people, "-E", "UTF8", "--no-sync", "--locale=C")
        options = [f"-c{name}={value}" for name, value in _SETTINGS.items()]
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
        self._wait()
        self._admin(f"create database {_TEMPLATE}")
        engine = open_engine(self.url(_TEMPLATE))
        migrate(engine)
        engine.dispose()

    def url(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql+psycopg://tests@/{name}?host={self.folder}"

    def database(self, *, empty: bool = False) -> str:
        """Return the address of a new database: migrated, unless it is to be empty."""
        name = f"t{uuid.uuid4().hex}"
        with self._lock:  # a template can be copied by one at a time
            self._admin(f"create database {name}" + ("" if empty else f" template {_TEMPLATE}"))
        return self.url(name)

    def forget(self, url: str) -> None:
        """Drop a database whose house is closed."""
        name = make_url(url).database
        self._admin(f"drop database if exists {name} with (force)")

    def stop(self) -> None:
        """End the server, its own process alone, and forget its folder."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)  # fast: whoever is connected is sent away
            self._process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _admin(self, statement: str) -> None:
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()

    def _wait(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                self._admin("select 1")
            except OperationalError:
                assert self._process is not None
                log = (self.folder / "log").read_text("utf-8", "replace")
                assert self._process.poll() is None, log
                assert time.monotonic() < ends, log
                time.sleep(0.05)
            else:
                return

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            capture_output=True,
            text=True,
            timeout=STARTS_WITHIN_S,
            check=False,
            cwd=self.folder,
            **self._as_user(),
        )
        assert done.returncode == 0, done.stderr

    def _as_user(self) -> dict[str, Any]:
        """Return who runs it: the server refuses to be root."""
        if self._user is None:
            return {}
        return {"user": self._user.pw_uid, "group": self._user.pw_gid}


def _unprivileged() -> pwd.struct_passwd | None:
    """Return whom root becomes for the server; None for whoever is not root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    msg = "there is no user without rights to run PostgreSQL as"
    raise LookupError(msg)


_SERVERS: list[Postgres] = []


def server() -> Postgres:
    """Return this test process' server, started when it is first asked for."""
    if not _SERVERS:
        made = Postgres()
        _SERVERS.append(made)
        made.start()
    return _SERVERS[0]


def stop_server() -> None:
    """End the server where one was started."""
    while _SERVERS:
        _SERVERS.pop().stop()
