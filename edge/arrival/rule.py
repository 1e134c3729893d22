"""When our own wireless network is up: one pure rule.

Law of the room: no clock, no radio; time in seconds since any one moment. The real network is always tried again,
but never under a phone that is using the page. An appliance at work shows no door without somebody at its foot:
only in the first quarter of an hour of a power-on, or while the service button asks for it.
"""

from dataclasses import dataclass, replace
from typing import Final

from edge.core.arrival import Mode

LACKING_S: Final = 90.0  # so long a network may take before we offer our own
AGAIN_S: Final = 300.0  # so often the real one is tried from our own
TRY_S: Final = 60.0  # so long it may take
IN_USE_S: Final = 120.0  # a page looked at this lately is being used
WINDOW_S: Final = 900.0  # of an assigned appliance, from power-on or from the button


@dataclass(frozen=True)
class Seen:
    """What is so now: `usable` is any network with an address that is not our own; `wifi_known` one to try."""

    usable: bool
    assigned: bool
    wifi_known: bool = True
    has_wireless: bool = True
    page_used_s: float | None = None
    held: int = 0


@dataclass(frozen=True)
class Standing:
    """How far we are; `asked_until_s` is how long the button's wish lasts."""

    began_s: float
    mode: Mode = Mode.REAL
    since_s: float = 0.0
    lacking_since_s: float | None = None
    asked_until_s: float = float("-inf")
    held: int = 0


def begin(now_s: float, held: int = 0) -> Standing:
    """Return the standing at power-on; the button was held `held` times before."""
    return Standing(began_s=now_s, since_s=now_s, lacking_since_s=now_s, held=held)


def step(before: Standing, seen: Seen, now_s: float) -> Standing:
    """Return the standing at `now_s`; a changed mode is to be obeyed: our network up in OPEN, down in the others."""
    standing = before
    asked = seen.held > standing.held
    if seen.held != standing.held:
        standing = replace(standing, held=seen.held)
    if asked:
        standing = replace(standing, asked_until_s=now_s + WINDOW_S)
    lacking = None if seen.usable else before.lacking_since_s
    if not seen.usable and lacking is None:
        lacking = now_s
    standing = replace(standing, lacking_since_s=lacking)
    if not seen.has_wireless:
        return _to(standing, Mode.REAL, now_s)
    if standing.mode is Mode.REAL:
        waited = lacking is not None and now_s - lacking >= LACKING_S
        opens = asked or (waited and _may(standing, seen, now_s))
        return _to(standing, Mode.OPEN, now_s) if opens else standing
    if standing.mode is Mode.TRYING:
        return _tried(standing, seen, now_s)
    return _open(standing, seen, now_s)


def wished(standing: Standing, now_s: float) -> Standing:
    """Return the standing after somebody typed another network: it is tried at once, the phone knows beforehand."""
    return _to(standing, Mode.TRYING, now_s)


def reopened(standing: Standing, now_s: float) -> Standing:
    """Return the standing after what was typed did not work: our network is back at once, somebody waits for it."""
    return _to(standing, Mode.OPEN, now_s)


def _tried(standing: Standing, seen: Seen, now_s: float) -> Standing:
    if seen.usable:
        return _to(standing, Mode.REAL, now_s)
    if now_s - standing.since_s < TRY_S:
        return standing
    return _to(standing, Mode.OPEN if _may(standing, seen, now_s) else Mode.REAL, now_s)


def _open(standing: Standing, seen: Seen, now_s: float) -> Standing:
    used_s = seen.page_used_s
    if used_s is not None and now_s - used_s < IN_USE_S:
        return standing
    if now_s < standing.asked_until_s:
        return standing
    if seen.usable or not _may(standing, seen, now_s):
        return _to(standing, Mode.REAL, now_s)
    if seen.wifi_known and now_s - standing.since_s >= AGAIN_S:
        return _to(standing, Mode.TRYING, now_s)
    return standing


def _may(standing: Standing, seen: Seen, now_s: float) -> bool:
    """Return whether this appliance may show a network of its own now."""
    first = now_s - standing.began_s < WINDOW_S
    return not seen.assigned or first or now_s < standing.asked_until_s


def _to(standing: Standing, mode: Mode, now_s: float) -> Standing:
    return standing if standing.mode is mode else replace(standing, mode=mode, since_s=now_s)
