"""The appliance's settings: one TOML file, one frozen value.

Law of the room: everything that may differ between two appliances and is not signed. Who and where an
appliance is, its zones and its policy, are not settings: they come with the signed assignment.
"""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from contract.settings import BadSettings, read_settings

Seconds = Annotated[float, Meta(gt=0, le=86_400)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the installer may set.

    `central` is the base address; `keyring` the path of the trusted keyring; `pins` names the GPIO driver
    (never guessed: `mock` switches nothing and says so on the page); `sink` the Pulse sink to sound through,
    the server's default when empty; `clock` whether the system's clock is believed as it is (`system`) or
    only while the kernel reports it synchronised (`kernel`).

    `line_in` and `microphone` name Pulse sources: what a live slot or the talk button relays, and what hears
    the loudspeaker for the proof. `piper_voice` is a Piper voice file (`.onnx`). Bought megabytes are spared by
    `download_hours` ("22:00-05:00") and `download_budget_bytes_per_day` (0: no limit). Sticks are looked for under
    `side_load_roots`. `beacon_interfaces` are the addresses to meet neighbours on, all but loopback when empty.
    With `tls_cert_file` and `tls_key_file` the page speaks https, which a phone's microphone needs.
    """

    central: Annotated[str, Meta(pattern=r"^https?://[^/\s]+$")]
    keyring: str
    listen_host: str = "0.0.0.0"  # noqa: S104  the local page is for the commune's network
    listen_port: Annotated[int, Meta(ge=0, le=65_535)] = 8080
    host_names: tuple[str, ...] = ()
    ca_file: str = ""
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


def load(file: Path) -> Settings:
    """Return the settings in `file`; raise `BadSettings` with every fault, fit to be shown to an installer."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSettings(str(file), [f"it cannot be read: {fault}"]) from fault
    return read_settings(text, Settings, str(file))
