"""The appliance's settings: one TOML file, one frozen value.

Law of the room: everything that may differ between two appliances and is not signed. Who and where an
appliance is, its zones and its policy, are not settings: they come with the signed assignment.
"""

import ipaddress
import re
import ssl
import tomllib
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from contract.enrolment import read_claim
from contract.errors import Misuse
from contract.requests import authority_of
from contract.settings import BadSettings, read_settings

Seconds = Annotated[float, Meta(gt=0, le=86_400)]
SPAN: Final = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")
DAY_MIN: Final = 24 * 60


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the installer may set.

    `central` is the base address; `trust_dir` the folder of the province's `root.json`, from which
    all trust follows, with a repository of the chain beside it where the image brings one; `pins` names the GPIO driver
    (never guessed: `mock` switches nothing and says so on the page); `sink` the Pulse sink to sound through,
    the server's default when empty; `clock` whether the system's clock is believed as it is (`system`) or
    only while the kernel reports it synchronised (`kernel`).

    `line_in` and `microphone` name Pulse sources: what a live slot or the talk button relays, and what hears
    the loudspeaker for the proof. `piper_voice` is a Piper voice file (`.onnx`). Bought megabytes are spared by
    `download_hours` ("22:00-05:00") and `download_budget_bytes_per_day` (0: no limit). Sticks are looked for under
    `side_load_roots`. `beacon_interfaces` are the addresses to meet neighbours on, all but loopback when empty.
    `ca_file` (PEM) holds the province's own authority: with it no other is believed for `central`, without it the
    public ones are. `allow_plain_http` lets `central` be an http address beyond this machine: for a bench without TLS.
    `claim_code` is taken to central while nobody has assigned us, as if it were typed on the page.
    On a card with two slots `update_boot_dir` is where the firmware's files are and `update_run_dir` where the unit
    that writes slots answers; elsewhere there are no updates. A restart into a new release is made within
    `update_hours`, and the release is kept after `update_trial_min` minutes of readiness.
    With `tls_cert_file` and `tls_key_file` (PEM) the page speaks https, which a phone's microphone needs.
    `arrival_dir` is where whoever holds the machine's network tells how it stands, `wish_dir` where we tell what was
    typed on the page; both empty where nobody holds it for us. `faults_file` is what must be mended in the site file;
    `service_button` the GPIO number of a button that counts while nobody has assigned us.
    """

    central: Annotated[str, Meta(pattern=r"^https?://[^/\s]+$")]
    trust_dir: str
    listen_host: str = "0.0.0.0"  # noqa: S104  the local page is for the commune's network
    listen_port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    host_names: tuple[str, ...] = ()
    ca_file: str = ""
    allow_plain_http: bool = False
    claim_code: str = ""
    pins: Literal["lgpio", "mock", "none"] = "lgpio"
    sink: str = ""
    pulse_server: str = ""
    clock: Literal["system", "kernel"] = "kernel"
    language: Literal["vi", "en"] = "vi"
    scratch_dir: str = ""
    quota_bytes: Annotated[int, Meta(ge=1_000_000)] = 8_000_000_000
    health_s: Seconds = 60.0
    sync_s: Seconds = 60.0
    journal: bool = True
    line_in: str = ""
    microphone: str = ""
    piper_voice: str = ""
    recordings_bytes: Annotated[int, Meta(ge=1_000_000)] = 500_000_000
    download_hours: tuple[str, ...] = ()
    download_budget_bytes_per_day: Annotated[int, Meta(ge=0)] = 0
    side_load_roots: tuple[str, ...] = ("/media", "/run/media")
    neighbours: bool = True
    beacon_interfaces: tuple[str, ...] = ()
    tls_cert_file: str = ""
    tls_key_file: str = ""
    arrival_dir: str = ""
    wish_dir: str = ""
    faults_file: str = ""
    service_button: Annotated[int, Meta(ge=2, le=27)] | None = None
    update_boot_dir: str = "/boot/firmware"
    update_run_dir: str = "/run/tienglang-slot"
    update_hours: str = "01:00-04:00"
    update_trial_min: Annotated[float, Meta(gt=0, le=120)] = 15.0


class Span(msgspec.Struct, frozen=True):
    """Hours of each day by the local clock, the end exclusive; it may pass midnight."""

    from_min: int
    until_min: int

    def holds(self, minute: int) -> bool:
        """Return whether this minute of the day lies within."""
        if self.from_min < self.until_min:
            return self.from_min <= minute < self.until_min
        return minute >= self.from_min or minute < self.until_min

    def __str__(self) -> str:
        begin, end = divmod(self.from_min, 60), divmod(self.until_min, 60)
        return f"{begin[0]:02}:{begin[1]:02}–{end[0]:02}:{end[1]:02}"


def span(text: str) -> Span:
    """Return the hours written as `22:00-05:00`. Raises `ValueError` with a sentence for the installer."""
    found = SPAN.fullmatch(text)
    if found is not None:
        hours = int(found[1]), int(found[3])
        minutes = int(found[2]), int(found[4])
        begin, end = hours[0] * 60 + minutes[0], hours[1] * 60 + minutes[1]
        if max(minutes) < 60 and begin < DAY_MIN and 0 < end <= DAY_MIN and begin != end:
            return Span(begin, end)
        if max(minutes) < 60 and begin < DAY_MIN and end == 0 and begin != 0:
            return Span(begin, DAY_MIN)
    msg = f'{text!r} is no span of hours: write it as "22:00-05:00", or "00:00-24:00" for the whole day'
    raise ValueError(msg)


def load(file: Path) -> Settings:
    """Return the settings in `file`; raise `BadSettings` with every fault, fit to be shown to an installer."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings(str(file), [f"it cannot be read: {fault}"]) from fault
    try:
        settings = read_settings(text, Settings, str(file))
    except BadSettings as bad:
        raise BadSettings(str(file), [*bad.faults, *_misfits(text)]) from bad
    if faults := _misfits(text):
        raise BadSettings(str(file), faults)
    return settings


def _misfits(text: str) -> list[str]:
    """Return the faults that no type shows; what has the wrong type is told elsewhere and left out here."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return []
    faults: list[str] = []
    spans = raw.get("download_hours")
    for hours in spans if isinstance(spans, list) else ():
        try:
            span(str(hours))
        except ValueError as fault:
            faults.append(f"download_hours: {fault}")
    restarts = raw.get("update_hours")
    if isinstance(restarts, str):
        try:
            span(restarts)
        except ValueError as fault:
            faults.append(f"update_hours: {fault}")
    faults += _way_faults(raw)
    claim = raw.get("claim_code")
    if isinstance(claim, str) and claim:
        try:
            read_claim(claim)
        except ValueError:
            faults.append("claim_code: ten letters and digits of a claim sheet, as ABCDE-12345")
    cert, key = raw.get("tls_cert_file", ""), raw.get("tls_key_file", "")
    if isinstance(cert, str) and isinstance(key, str):
        faults += _certificate_faults(cert, key)
    return faults


def _way_faults(raw: dict[str, object]) -> list[str]:
    """Return what is wrong with the way to central: its address, its authority, or that all would see the token."""
    central, ca_file = raw.get("central"), raw.get("ca_file", "")
    if not isinstance(central, str) or not isinstance(ca_file, str):
        return []
    try:
        authority_of(central)
    except Misuse as fault:
        return [f"central: {fault}"]
    if central.startswith("https:"):
        return _authority_faults(ca_file)
    faults: list[str] = []
    if ca_file:
        faults.append(
            f"ca_file: {central} shows no certificate; write https://, or leave ca_file out"
        )
    if not _is_here(central) and raw.get("allow_plain_http") is not True:
        faults.append(
            f"central: over {central} everybody on the way reads the appliance's token and what it fetches: write "
            "https:// (with ca_file for the province's own authority), or allow_plain_http = true on a bench"
        )
    return faults


def _is_here(central: str) -> bool:
    """Return whether an address of central is this very machine."""
    host = urlsplit(central).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _authority_faults(ca_file: str) -> list[str]:
    try:
        if ca_file:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(ca_file)
    except OSError as fault:
        why = getattr(fault, "reason", None) or fault.strerror or fault
        return [
            f"ca_file: {ca_file} holds no certificate that can be read ({why}): put the province's ca.pem there"
        ]
    return []


def _certificate_faults(cert: str, key: str) -> list[str]:
    if not cert and not key:
        return []
    if not (cert and key):
        given, missing = ("cert", "key") if cert else ("key", "cert")
        return [
            f"tls_{given}_file is set without tls_{missing}_file: https needs both; set the other, or neither"
        ]
    faults: list[str] = []
    for name, file in (("tls_cert_file", cert), ("tls_key_file", key)):
        try:
            Path(file).read_bytes()
        except (OSError, ValueError) as fault:
            why = fault.strerror if isinstance(fault, OSError) else fault
            faults.append(
                f"{name}: {file} cannot be read ({why}): put the file there, readable for us"
            )
    if faults:
        return faults
    try:  # without an answer ready, a key under a passphrase would ask for it on the terminal and wait
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except OSError as fault:
        reason = getattr(fault, "reason", None) or fault
        why = f"no certificate and key that belong together ({reason})"
        mend = "make them anew in PEM form, the key without a passphrase"
        return [f"tls_cert_file, tls_key_file: {cert} and {key} are {why}: {mend}"]
    return []
