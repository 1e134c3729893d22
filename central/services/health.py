"""Whether this process can do its work, and what will soon stop it from doing so.

Law of the room: asks only what is quick. `ready` is false only for what makes every answer wrong (database, keys,
disk); what merely runs out one day is a warning, for a server that is taken away helps no appliance.
"""

import shutil
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from central.services.certificate import expires
from central.services.chain import chain_state
from central.services.unit import House

Tone = Literal["ok", "warn", "bad"]
LEAST_FREE_BYTES: Final = 200_000_000
SCARCE_BYTES: Final = 5_000_000_000
CHAIN_SOON: Final = timedelta(days=30)
ONLINE_SOON: Final = timedelta(hours=6)  # renewed daily by the house itself
CERTIFICATE_SOON: Final = timedelta(days=14)


class Checked(msgspec.Struct, frozen=True):
    """One thing looked at: its name, how it is, and what to do about it."""

    name: str
    tone: Tone
    why: str = ""


class Condition(msgspec.Struct, frozen=True):
    """Whether this process can serve, and all that was looked at."""

    ready: bool
    checks: tuple[Checked, ...]


def condition(house: House, *, now: datetime) -> Condition:
    """Return how this process is."""
    needed = (_database(house), _keys(house), _disk(house))
    running_out = (*_chain(house, now), *_certificate(house, now))
    return Condition(all(check.tone != "bad" for check in needed), (*needed, *running_out))


def endings(house: House) -> dict[str, datetime]:
    """Return until when what runs out holds: the links of the chain and our certificate, by name."""
    found: dict[str, datetime] = {}
    if house.has_keys:
        state = chain_state(house)
        found["root"] = state.root_expires
        found["targets"] = state.targets_expires
        found["keyring"] = state.keyring_expires
        found["snapshot"] = state.snapshot_expires
        found["timestamp"] = house.repository.served.timestamp_expires
    if house.settings.tls_cert_file is not None:
        found["certificate"] = expires(house.settings.tls_cert_file)
    return found


def _database(house: House) -> Checked:
    try:
        with house.reading() as unit:
            unit.session.execute(text("select 1"))
    except SQLAlchemyError as fault:
        return Checked("database", "bad", f"cannot be asked: {type(fault).__name__}")
    return Checked("database", "ok")


def _keys(house: House) -> Checked:
    try:
        house.keyring.current()
    except Exception as fault:  # noqa: BLE001  whatever is wrong with the file, it must be told
        return Checked("keys", "bad", f"the keyring cannot be read: {fault}")
    return Checked("keys", "ok")


def _disk(house: House) -> Checked:
    try:
        free = shutil.disk_usage(house.settings.data_dir).free
    except OSError as fault:
        return Checked("disk", "bad", f"the content library cannot be reached: {fault}")
    if free < LEAST_FREE_BYTES:
        return Checked("disk", "bad", f"{free // 1_000_000} MB left: make room now")
    if free < SCARCE_BYTES:
        return Checked("disk", "warn", f"{free // 1_000_000} MB left")
    return Checked("disk", "ok")


def _chain(house: House, now: datetime) -> list[Checked]:
    if not house.has_keys:
        return []
    found = []
    for name, ends in endings(house).items():
        if name == "certificate":
            continue
        soon = ONLINE_SOON if name in {"snapshot", "timestamp"} else CHAIN_SOON
        words = "hold a ceremony: appliances keep what they have and learn no new keys"
        found.append(_ending(f"chain-{name}", ends, soon, now, words))
    return found


def _certificate(house: House, now: datetime) -> list[Checked]:
    if house.settings.tls_cert_file is None:
        return []
    try:
        ends = expires(house.settings.tls_cert_file)
    except (OSError, ValueError) as fault:
        return [Checked("certificate", "bad", str(fault))]
    words = "renew it: a new file is taken up without a restart"
    return [_ending("certificate", ends, CERTIFICATE_SOON, now, words)]


def _ending(name: str, ends: datetime, soon: timedelta, now: datetime, words: str) -> Checked:
    if ends <= now:
        return Checked(name, "bad", f"ran out at {ends:%Y-%m-%d %H:%M} UTC; {words}")
    if ends - now <= soon:
        return Checked(name, "warn", f"runs out at {ends:%Y-%m-%d %H:%M} UTC; {words}")
    return Checked(name, "ok")
