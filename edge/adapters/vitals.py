"""The vitals: what the machine says of itself, for the page and for central.

Law of the room: everything is optional and nothing raises; a reading that is not there is None, never a guess.
Asking takes no longer than the modem's two seconds, on a lane of its own.
"""

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from contract.documents import Vitals
from edge.adapters import gauges
from edge.core.events import Happening, VitalsMeasured

MODEM_LIMIT_S: Final = 2.0
MODEM_MOST_BYTES: Final = 100_000
LOCAL_MODEM: Final = ("mmcli", "-m", "any", "-J")

ModemSays = Callable[[], bytes]


class _Quality(msgspec.Struct):
    value: str = ""


class _Generic(msgspec.Struct):
    signal_quality: _Quality = msgspec.field(default_factory=_Quality, name="signal-quality")


class _Modem(msgspec.Struct):
    generic: _Generic = msgspec.field(default_factory=_Generic)


class _Answer(msgspec.Struct):
    modem: _Modem = msgspec.field(default_factory=_Modem)


def ask_modem(command: tuple[str, ...] = LOCAL_MODEM) -> bytes:
    """Return what ModemManager says of its modem; empty where there is no such program, no modem or no answer."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        told = subprocess.run(
            command,
            capture_output=True,
            check=True,
            timeout=MODEM_LIMIT_S,
            stdin=subprocess.DEVNULL,
        )
        return told.stdout[:MODEM_MOST_BYTES]
    return b""


def modem_signal_pct(answer: bytes) -> int | None:
    """Return the signal quality in ModemManager's answer."""
    with contextlib.suppress(msgspec.MsgspecError, ValueError):
        quality = msgspec.json.decode(answer, type=_Answer).modem.generic.signal_quality.value
        return max(0, min(100, int(quality)))
    return None


def measure(
    root: Path = Path("/"),
    modem: ModemSays = ask_modem,
    clock_error_ms: Callable[[], float | None] = gauges.clock_error_ms,
) -> Vitals:
    """Return what can be read below `root`; never raises."""
    bits = gauges.throttled_bits(root)
    interface = gauges.uplink(root)
    link = gauges.link_kind(root, interface)
    return Vitals(
        temperature_c=gauges.temperature_c(root),
        under_voltage=gauges.under_voltage_alarm(root)
        if bits is None
        else bool(bits & gauges.UNDER_VOLTAGE_NOW),
        under_voltage_since_start=None if bits is None else bool(bits & gauges.UNDER_VOLTAGE_EVER),
        throttled=None if bits is None else bool(bits & gauges.THROTTLED_NOW),
        card_worn_pct=gauges.card_worn_pct(root),
        file_system_errors=gauges.file_system_errors(root),
        memory_free_bytes=gauges.memory_free_bytes(root),
        load_1min=gauges.load_1min(root),
        clock_error_ms=clock_error_ms(),
        link=link,
        signal_pct=_signal_pct(root, interface, link, modem),
    )


def _signal_pct(
    root: Path, interface: str | None, link: str | None, modem: ModemSays
) -> int | None:
    if link == "wifi" and interface is not None:
        return gauges.wifi_signal_pct(root, interface)
    # A modem on USB may look like Ethernet: whoever is there is asked, but a cable has no signal to tell.
    return modem_signal_pct(modem()) if link != "ethernet" or _is_usb(root, interface) else None


def _is_usb(root: Path, interface: str | None) -> bool:
    with contextlib.suppress(OSError):
        return "usb" in str((root / "sys/class/net" / (interface or "?") / "device").readlink())
    return False


class VitalsHand:
    """The hand that looks at the machine; `look` is called on its own lane, each 30 s or so."""

    def __init__(
        self,
        post: Callable[[Happening], None],
        root: Path = Path("/"),
        modem: ModemSays = ask_modem,
    ) -> None:
        self._post = post
        self._root = root
        self._modem = modem

    def look(self) -> None:
        """Measure, and post what was read; at most about two seconds."""
        self._post(VitalsMeasured(vitals=measure(self._root, self._modem)))
