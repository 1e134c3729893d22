"""All files that a site makes of this machine, computed before any is written.

Law of the room: pure. Where a file goes is said by its kind, not by a path: the hand knows the machine's folders.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from contract.site import Site, SiteFault
from contract.site.boot_pins import boot_lines
from edge.site.cards import Card, meant
from edge.site.connections import connections_of

SINK, LINE_IN, MICROPHONE = "tienglang", "tienglang_line_in", "tienglang_microphone"
RATE_HZ: Final = 48_000
FAULTS_FILE: Final = "/run/tienglang-site/faults.json"
NETWORK_RUN, EDGE_RUN = "/run/tienglang-network", "/run/tienglang"  # of the two units, as they are


class Place(StrEnum):
    """Where a file belongs."""

    SETTINGS = "settings"  # our own folder of this start, gone with the power
    CONNECTION = "connection"  # where NetworkManager looks; readable by root alone
    BOOT = "boot"  # the card's first partition, which any computer can read


@dataclass(frozen=True)
class File:
    """One file to write."""

    place: Place
    name: str
    text: str


@dataclass(frozen=True)
class Plan:
    """What a site makes of this machine; with `faults` it still works, though not as its author meant."""

    files: tuple[File, ...]
    name: str
    faults: tuple[SiteFault, ...] = ()


def plan_of(
    site: Site, cards: Sequence[Card], *, has_authority: bool, trust_dir: str, ca_file: str
) -> Plan:
    """Return the plan for a site on a machine with these sound cards.

    `has_authority` says whether the province's own TLS authority lies on the card, at `ca_file`.
    """
    faults: list[SiteFault] = []
    chosen = {
        key: _chosen(key, name, cards, faults)
        for key, name in (
            ("card", site.sound.card),
            ("line_in", site.sound.line_in),
            ("microphone", site.sound.microphone),
        )
    }
    if not cards:
        vi, en = (
            "máy không có cạc âm thanh nào: loa sẽ không kêu",
            "this machine has no sound card: nothing will sound",
        )
        faults.append(SiteFault("sound.card", 0, vi, en))
    sound = chosen["card"] or (cards[0] if cards else None)
    line_in, microphone = chosen["line_in"], chosen["microphone"]
    settings: dict[str, object] = {
        "central": site.central,
        "trust_dir": trust_dir,
        "language": site.language,
        "claim_code": site.claim_code,
        "allow_plain_http": site.allow_plain_http,
        "sink": SINK,
        "line_in": LINE_IN if line_in else "",
        "microphone": MICROPHONE if microphone else "",
        "arrival_dir": NETWORK_RUN,
        "wish_dir": EDGE_RUN,
        "faults_file": FAULTS_FILE,
    }
    if site.pins.service_button is not None:
        settings["service_button"] = site.pins.service_button
    if has_authority and site.central.startswith("https:"):
        settings["ca_file"] = ca_file
    files = [
        File(Place.SETTINGS, "edge.toml", _toml(settings)),
        File(Place.SETTINGS, "pulse.pa", _pulse(sound, line_in, microphone)),
        File(
            Place.SETTINGS,
            "chrony.sources",
            "".join(f"server {host} iburst\n" for host in site.time_servers),
        ),
        File(Place.SETTINGS, "country", f"{site.country}\n"),
        File(Place.BOOT, "tienglang-pins.txt", boot_lines(site.pins)),
        *(File(Place.CONNECTION, each.name, each.text) for each in connections_of(site)),
    ]
    if site.ssh_key:
        files.append(File(Place.SETTINGS, "authorized_keys", f"{site.ssh_key.strip()}\n"))
    return Plan(tuple(files), site.name, tuple(faults))


def _chosen(key: str, name: str, cards: Sequence[Card], faults: list[SiteFault]) -> Card | None:
    if not name:
        return None
    card = meant(name, cards)
    if card is None and cards:
        there = "; ".join(f"{each.id} ({each.title})" for each in cards)
        vi = f"sound.{key}: không có cạc âm thanh “{name}”; đang có: {there}"
        en = f"sound.{key}: there is no sound card {name!r}; there are: {there}"
        faults.append(SiteFault(f"sound.{key}", 0, vi, en))
    return card


def _pulse(sound: Card | None, line_in: Card | None, microphone: Card | None) -> str:
    """Return the sound server's start: one sink that stays open, so that nothing pops, and what is captured.

    Without a card there is still a sink: the appliance runs, measures silence and reports it.
    """
    lines = [
        "load-module module-native-protocol-unix auth-anonymous=1 socket=/run/tienglang-sound/native"
    ]
    if sound is None:
        lines.append(f"load-module module-null-sink sink_name={SINK} rate={RATE_HZ}")
    else:
        # A buffer by interrupts, not by timers: cheap USB cards and emulated ones tell no exact position.
        lines.append(
            f"load-module module-alsa-sink device=plughw:CARD={sound.id} sink_name={SINK} rate={RATE_HZ} tsched=0"
        )
    for card, name in ((line_in, LINE_IN), (microphone, MICROPHONE)):
        if card is not None:
            lines.append(
                f"load-module module-alsa-source device=plughw:CARD={card.id} source_name={name} rate={RATE_HZ}"
            )
    lines.append(f"set-default-sink {SINK}")
    return "".join(f"{line}\n" for line in lines)


def _toml(values: dict[str, object]) -> str:
    """Return settings as TOML; for strings, numbers and truths its spelling is JSON's."""
    return "".join(
        f"{key} = {msgspec.json.encode(value).decode()}\n" for key, value in values.items()
    )
