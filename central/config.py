"""Central's settings: one TOML file, read once, refused as a whole when anything in it is wrong.

Law of the room: no environment look-ups and no defaults for secrets; every fault is told at once. Relative
paths are relative to the file's folder.
"""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from contract.settings import BadSettings, read_settings

MIN_SECRET_BYTES = 32
_SQLITE = "sqlite:///"
NO_TIME_KEY = (
    "appliances without a clock of their own ask for signed time. Make the key by `openssl genpkey -algorithm "
    "ed25519 -out keys/time.pem`, chmod 600, and have its public half entered into the keyring with the role time"
)

EXAMPLE = """\
host = "127.0.0.1"
port = 8000                        # 0: any free port, printed when ready
database = "sqlite:///central.db"  # or postgresql+psycopg://...
data_dir = "data"                  # the content library
keyring = "keyring.json"           # read again when it changes
schedule_key = "keys/schedule.pem" # online keys: PEM, readable by the owner only
activeset_key = "keys/activeset.pem"
command_key = "keys/command.pem"
time_key = "keys/time.pem"         # tells appliances without a clock what time it is
session_secret_file = "session.secret" # at least 32 random bytes
public_url = "http://127.0.0.1:8000"
upload_max_bytes = 1_000_000_000
"""


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it is written, key by key."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    database: str = "sqlite:///central.db"
    data_dir: str = "data"
    keyring: str
    schedule_key: str
    activeset_key: str
    command_key: str
    time_key: str
    session_secret_file: str
    public_url: str = ""
    upload_max_bytes: Annotated[int, Meta(ge=1_000, le=2_000_000_000)] = 1_000_000_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the file means; paths are absolute, sizes in bytes."""

    host: str
    port: int
    public_url: str
    database: str
    data_dir: Path
    upload_max_bytes: int
    keyring: Path
    schedule_key: Path
    activeset_key: Path
    command_key: Path
    time_key: Path
    session_secret: bytes

    def shown(self) -> str:
        """Return the settings for the log, one line, with secrets masked."""
        shown = {name: str(getattr(self, name)) for name in self.__struct_fields__}
        shown["session_secret"] = "***"  # noqa: S105  a mask is no password
        shown["database"] = _masked_url(self.database)
        return " ".join(f"{name}={value}" for name, value in shown.items())


def load_settings(path: Path) -> Settings:
    """Return the settings of the TOML file at `path`; raises `BadSettings` with every fault and what to do."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings(str(path), [f"cannot read it: {fault}"]) from fault
    try:
        raw = read_settings(text, _File, str(path))
    except BadSettings as bad:
        told = [
            f"{fault}: {NO_TIME_KEY}" if "'time_key'" in fault else fault for fault in bad.faults
        ]
        raise BadSettings(str(path), told) from bad
    base = path.resolve().parent
    faults: list[str] = []
    settings = Settings(
        host=raw.host,
        port=raw.port,
        public_url=raw.public_url or f"http://{raw.host}:{raw.port}",
        database=_anchored(raw.database, base),
        data_dir=(base / raw.data_dir).resolve(),
        upload_max_bytes=raw.upload_max_bytes,
        keyring=_file("keyring", base / raw.keyring, faults),
        schedule_key=_private("schedule_key", base / raw.schedule_key, faults),
        activeset_key=_private("activeset_key", base / raw.activeset_key, faults),
        command_key=_private("command_key", base / raw.command_key, faults),
        time_key=_private("time_key", base / raw.time_key, faults),
        session_secret=_secret("session_secret_file", base / raw.session_secret_file, faults),
    )
    if faults:
        raise BadSettings(str(path), faults)
    return settings


def _file(name: str, path: Path, faults: list[str]) -> Path:
    if not path.is_file():
        faults.append(f"{name}: there is no file {path}")
    return path.resolve()


def _private(name: str, path: Path, faults: list[str]) -> Path:
    """Return the path of a file that holds a secret; a fault when others can read it."""
    if path.is_file() and path.stat().st_mode & 0o077:
        faults.append(f"{name}: {path} can be read by others; run: chmod 600 {path}")
    return _file(name, path, faults)


def _secret(name: str, path: Path, faults: list[str]) -> bytes:
    data = _private(name, path, faults).read_bytes() if path.is_file() else b""
    if path.is_file() and len(data) < MIN_SECRET_BYTES:
        faults.append(f"{name}: {path} must hold at least {MIN_SECRET_BYTES} random bytes")
    elif not path.is_file():
        faults.append(f"{name}: there is no file {path}")
    return data


def _anchored(url: str, base: Path) -> str:
    """Return the database address with a relative SQLite file made absolute."""
    if url.startswith(_SQLITE) and not url.startswith(_SQLITE + "/"):
        return f"{_SQLITE}{(base / url.removeprefix(_SQLITE)).resolve()}"
    return url


def _masked_url(url: str) -> str:
    """Return the address without a password."""
    scheme, sep, rest = url.partition("://")
    credentials, at, host = rest.rpartition("@")
    user = credentials.partition(":")[0]
    return f"{scheme}{sep}{user}:***@{host}" if at else url
