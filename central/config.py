"""Central's settings: one TOML file, read once, refused as a whole when anything in it is wrong.

Law of the room: no environment look-ups and no defaults for secrets; every fault is told at once. Relative
paths are relative to the file's folder.
"""

import ipaddress
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from central.domain.people import PersonRole
from contract.errors import Misuse
from contract.requests import authority_of
from contract.settings import BadSettings, read_settings

MIN_SECRET_BYTES = 32
_SQLITE = "sqlite:///"
NO_TIME_KEY = (
    "appliances without a clock of their own ask for signed time. Make the key by `openssl genpkey -algorithm "
    "ed25519 -out keys/time.pem`, chmod 600, and have its public half entered into the keyring with the role time"
)
NO_CHAIN = (
    "central serves the chain of trust from a folder. On the ceremony's machine run `tienglang-provision trust publish "
    "CEREMONY --to FOLDER`, bring FOLDER here and name it by repository"
)
NO_CHAIN_KEY = (
    "central signs the chain's snapshot and timestamp itself. Its key was made by `tienglang-provision trust init "
    "--online KEYS`, or make another and name it to the root: `trust rotate --snapshot PUBLIC --timestamp PUBLIC`"
)
_HINTS = {
    "'time_key'": NO_TIME_KEY,
    "missing key 'repository'": NO_CHAIN,
    "unknown key 'keyring'": "it was replaced by repository, and can go",
    "'snapshot_key'": NO_CHAIN_KEY,
    "'timestamp_key'": NO_CHAIN_KEY,
}

EXAMPLE = """\
host = "127.0.0.1"
port = 8000                        # 0: any free port, printed when ready
database = "sqlite:///central.db"  # or postgresql+psycopg://...
data_dir = "data"                  # the content library
repository = "trust"               # the chain of trust: what `tienglang-provision trust publish` wrote
schedule_key = "keys/schedule.pem" # online keys: PEM, readable by the owner only
activeset_key = "keys/activeset.pem"
command_key = "keys/command.pem"
time_key = "keys/time.pem"         # tells appliances without a clock what time it is
snapshot_key = "keys/snapshot.pem" # online keys of the chain itself
timestamp_key = "keys/timestamp.pem"
session_secret_file = "session.secret" # at least 32 random bytes
public_url = "http://127.0.0.1:8000"   # by what name appliances and people reach us; needed behind a proxy
also_reached_as = []               # further names of us, while appliances move from an old one: "host:port"
tls_cert_file = ""                 # PEM, with the key of our own below: we speak https ourselves
tls_key_file = ""
upload_max_bytes = 1_000_000_000
log_form = "text"                  # or json: one object a line, for a collector of logs
metrics_token_file = ""            # who shows its content may read /metrics; without it this machine alone
webhook_networks = []              # inner networks that webhooks may call, for example "10.20.0.0/16"
audio_max_minutes = 240            # longer sounds are refused in words
piper_voice = ""                   # a Vietnamese voice (.onnx, its .onnx.json beside it): better speech than espeak-ng
second_factor_required = []        # roles that must use a code from a phone: "administrator", "approver", "emergency"
four_eyes = false                  # true: nobody approves what they uploaded or submitted themselves
priority_within_minutes = 240      # a priority notice that was sent down is to be in the plan by then
approval_within_minutes = 1_440    # after that a waiting approval is told to the areas above too
line_kbps = 512                    # what one appliance fetches with: warns when content cannot arrive in time
"""


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class _File(msgspec.Struct, frozen=True, kw_only=True):
    """The file as it is written, key by key."""

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8000
    database: str = "sqlite:///central.db"
    data_dir: str = "data"
    repository: str
    schedule_key: str
    activeset_key: str
    command_key: str
    time_key: str
    snapshot_key: str
    timestamp_key: str
    session_secret_file: str
    public_url: str = ""
    also_reached_as: tuple[str, ...] = ()
    tls_cert_file: str = ""
    tls_key_file: str = ""
    upload_max_bytes: Annotated[int, Meta(ge=1_000, le=2_000_000_000)] = 1_000_000_000
    log_form: Literal["text", "json"] = "text"
    metrics_token_file: str = ""
    webhook_networks: tuple[str, ...] = ()
    audio_max_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 240
    piper_voice: str = ""
    second_factor_required: tuple[PersonRole, ...] = ()
    four_eyes: bool = False
    priority_within_minutes: Annotated[int, Meta(ge=5, le=10_080)] = 240
    approval_within_minutes: Annotated[int, Meta(ge=5, le=43_200)] = 1_440
    line_kbps: Annotated[int, Meta(ge=8, le=10_000_000)] = 512


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What the file means; paths are absolute, sizes in bytes.

    `authorities` are the names that appliances may sign requests for; empty: the address of the socket itself.
    """

    host: str
    port: int
    public_url: str
    authorities: tuple[str, ...]
    tls_cert_file: Path | None
    tls_key_file: Path | None
    database: str
    data_dir: Path
    upload_max_bytes: int
    audio_max_minutes: int = 240
    piper_voice: Path | None = None
    repository: Path
    schedule_key: Path
    activeset_key: Path
    command_key: Path
    time_key: Path
    snapshot_key: Path
    timestamp_key: Path
    session_secret: bytes
    second_factor_required: tuple[PersonRole, ...] = ()
    four_eyes: bool = False
    priority_within_minutes: int = 240
    approval_within_minutes: int = 1_440
    line_kbps: int = 512
    log_form: Literal["text", "json"] = "text"
    metrics_token: bytes = b""
    webhook_networks: tuple[Network, ...] = ()

    def shown(self) -> str:
        """Return the settings for the log, one line, with secrets masked."""
        shown = {name: str(getattr(self, name)) for name in self.__struct_fields__}
        shown["session_secret"] = "***"  # noqa: S105  a mask is no password
        shown["metrics_token"] = "***" if self.metrics_token else ""
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
        raise BadSettings(str(path), [_hinted(fault) for fault in bad.faults]) from bad
    base = path.resolve().parent
    faults: list[str] = []
    cert, key = _certificate(raw, base, faults)
    own = f"{'http' if cert is None else 'https'}://{raw.host}:{raw.port}"
    settings = Settings(
        host=raw.host,
        port=raw.port,
        public_url=raw.public_url or own,
        authorities=_authorities(raw, faults),
        tls_cert_file=cert,
        tls_key_file=key,
        database=_anchored(raw.database, base),
        data_dir=(base / raw.data_dir).resolve(),
        upload_max_bytes=raw.upload_max_bytes,
        audio_max_minutes=raw.audio_max_minutes,
        piper_voice=_file("piper_voice", base / raw.piper_voice, faults)
        if raw.piper_voice
        else None,
        second_factor_required=raw.second_factor_required,
        repository=_repository(base / raw.repository, faults),
        schedule_key=_private("schedule_key", base / raw.schedule_key, faults),
        activeset_key=_private("activeset_key", base / raw.activeset_key, faults),
        command_key=_private("command_key", base / raw.command_key, faults),
        time_key=_private("time_key", base / raw.time_key, faults),
        snapshot_key=_private("snapshot_key", base / raw.snapshot_key, faults),
        timestamp_key=_private("timestamp_key", base / raw.timestamp_key, faults),
        session_secret=_secret("session_secret_file", base / raw.session_secret_file, faults),
        log_form=raw.log_form,
        metrics_token=(
            _secret("metrics_token_file", base / raw.metrics_token_file, faults).strip()
            if raw.metrics_token_file
            else b""
        ),
        webhook_networks=_networks(raw.webhook_networks, faults),
        four_eyes=raw.four_eyes,
        priority_within_minutes=raw.priority_within_minutes,
        approval_within_minutes=raw.approval_within_minutes,
        line_kbps=raw.line_kbps,
    )
    if faults:
        raise BadSettings(str(path), faults)
    return settings


def repository_of(path: Path) -> Path:
    """Return the folder of the chain that a settings file names, whatever else is wrong with it."""
    try:
        named = tomllib.loads(path.read_text("utf-8")).get("repository")
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise BadSettings(str(path), [f"cannot read it: {fault}"]) from fault
    if not isinstance(named, str):
        raise BadSettings(str(path), [f"missing key 'repository': {NO_CHAIN}"])
    return (path.resolve().parent / named).resolve()


def _networks(names: tuple[str, ...], faults: list[str]) -> tuple[Network, ...]:
    """Return the networks that webhooks may call beyond the open internet; a fault for what is none."""
    found: list[Network] = []
    for name in names:
        try:
            found.append(ipaddress.ip_network(name))
        except ValueError as fault:
            faults.append(f"webhook_networks: {fault}; write for example 10.20.0.0/16")
    return tuple(found)


def _hinted(fault: str) -> str:
    """Return the fault with what to do about it, where the mistake is one that an update causes."""
    hint = next((hint for words, hint in _HINTS.items() if words in fault), None)
    return fault if hint is None else f"{fault}: {hint}"


def _repository(folder: Path, faults: list[str]) -> Path:
    """Return the folder of the chain; a fault when no ceremony was published there."""
    if not (folder / "metadata" / "1.root.json").is_file():
        faults.append(f"repository: there is no chain of trust in {folder}: {NO_CHAIN}")
    return folder.resolve()


def _authorities(raw: _File, faults: list[str]) -> tuple[str, ...]:
    """Return by what names we are reached, the public one first; a fault for what is no address."""
    if not raw.public_url:
        if raw.also_reached_as:
            faults.append("also_reached_as: it needs public_url, the name of us that stays")
        return ()
    scheme = urlsplit(raw.public_url).scheme
    names: list[str] = []
    for setting, url in (
        ("public_url", raw.public_url),
        *(("also_reached_as", f"{scheme}://{name}") for name in raw.also_reached_as),
    ):
        try:
            names.append(authority_of(url))
        except Misuse as fault:
            faults.append(f"{setting}: {fault}")
    return tuple(names)


def _certificate(
    raw: _File, base: Path, faults: list[str]
) -> tuple[Path, Path] | tuple[None, None]:
    """Return the files of our own TLS, None for none; a fault when they do not serve together."""
    given = {"tls_cert_file": raw.tls_cert_file, "tls_key_file": raw.tls_key_file}
    absent = [name for name, value in given.items() if not value]
    if len(absent) == 2:
        return None, None
    if absent:
        faults.append(f"{absent[0]}: https needs certificate and key; set both or neither")
        return None, None
    before = len(faults)
    cert = _file("tls_cert_file", base / raw.tls_cert_file, faults)
    key = _private("tls_key_file", base / raw.tls_key_file, faults)
    if len(faults) == before:
        try:
            check_certificate(cert, key)
        except OSError as fault:
            why = getattr(fault, "reason", None) or fault
            faults.append(
                f"tls_cert_file, tls_key_file: {cert} and {key} do not belong together ({why});"
                " make them by `tienglang-provision tls server`"
            )
    return cert, key


def check_certificate(cert: Path, key: Path) -> None:
    """Raise `OSError` unless certificate and key can serve together; a key under a passphrase cannot."""
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")


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
