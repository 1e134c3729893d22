"""The deeds of the ceremony: each takes its words, does one step, and says what is to be done next.

Law of the room: offline but for `publish`; the time is given. A deed does all of its step or nothing, and may be
repeated. Every answer ends with the next step, because the next person is often another one.
"""

import argparse
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from contract.chain_people import OFFLINE, folded
from contract.documents import Role, RoleKey
from provisioning.ceremony import Ceremony
from provisioning.ceremony_begin import begin
from provisioning.ceremony_given import (
    by_role,
    online_keys,
    people,
    private_at,
    server_keys,
    thresholds,
    write_keys,
)
from provisioning.ceremony_keys import public_at
from provisioning.ceremony_publish import check_address, to_central, to_folder
from provisioning.ceremony_ring import add_keys, remove_keys, revoke, role_key, rotate, usual_end
from provisioning.ceremony_root import names_key
from provisioning.ceremony_sheet import sheet
from provisioning.ceremony_sign import gather, sign
from provisioning.ceremony_tree import lines
from provisioning.ceremony_view import picture
from provisioning.passphrases import Passphrases

Ask = Callable[[str], str]


def run(given: argparse.Namespace, now: datetime, ask: Ask = input) -> str:
    """Do one deed; return what to say. Raises `ValueError`, `ContractError` or `OSError` with a sentence."""
    passphrases = Passphrases.of(
        getattr(given, "passphrase_file", None), getattr(given, "passphrase_fd", None)
    )
    ceremony = Ceremony(given.folder)
    if given.deed == "init":
        return next_step(ceremony, *begin(ceremony, given, passphrases, now))
    ceremony.next_root  # noqa: B018  says what to do where there is no ceremony
    match given.deed:
        case "rotate":
            return _rotate(ceremony, given, passphrases, now)
        case "add-key":
            return _add_key(ceremony, given, passphrases, now)
        case "remove-key":
            return _remove_key(ceremony, given, now)
        case "revoke":
            return _revoke(ceremony, given, passphrases, now)
        case "sign":
            return _sign(ceremony, given, passphrases, now, ask)
        case "publish":
            return _publish(ceremony, given, passphrases, now)
        case _:
            return _inspect(ceremony, given.html, now)


def _rotate(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> str:
    change = people(given, passphrases)
    leaving = {role: getattr(given, f"remove_{role}") for role in OFFLINE}
    server = server_keys(given.online)
    daily, chain = by_role(server)
    online = {**chain, **online_keys(given, passphrases)}
    whole = msgspec.structs.replace(change, remove=leaving, online=online, expires=given.expires)
    changed = rotate(ceremony, whole, daily, now, lambda: write_keys(server))
    words = f"root {ceremony.next_root.version} is drafted"
    return next_step(ceremony, words if changed else f"{words} already")


def _add_key(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> str:
    public = public_at(given.key, passphrases)
    ends = given.not_after or usual_end(now)
    entries = [role_key(public, given.holder, Role(role), given.scope, ends) for role in given.role]
    checked = [msgspec.convert(msgspec.to_builtins(entry), RoleKey) for entry in entries]
    changed = add_keys(ceremony, checked, thresholds(given.threshold), now)
    return next_step(ceremony, _drafted(ceremony) if changed else "the keyring says so already")


def _remove_key(ceremony: Ceremony, given: argparse.Namespace, now: datetime) -> str:
    if given.holder is None and given.key is None:
        msg = "say whose: --holder NAME or --key KEY"
        raise ValueError(msg)

    def matches(entry: RoleKey) -> bool:
        return (
            (given.holder is None or folded(given.holder) == folded(entry.holder))
            and (given.key is None or names_key(given.key, entry.key))
            and given.role in {None, entry.role.value}
            and given.scope in {None, entry.scope}
        )

    gone = remove_keys(ceremony, matches, thresholds(given.threshold), now)
    taken = [f"taken out: {key.role.value} at {key.scope} ({key.holder})" for key in gone]
    return next_step(ceremony, *taken, _drafted(ceremony))


def _revoke(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> str:
    change = people(given, passphrases)
    lost = revoke(ceremony, given.who, thresholds(given.threshold), change, now)
    taken = [f"revoked: {what}" for what in lost] or ["revoked in the draft already"]
    return next_step(ceremony, *taken, _drafted(ceremony))


def _sign(
    ceremony: Ceremony,
    given: argparse.Namespace,
    passphrases: Passphrases,
    now: datetime,
    ask: Ask,
) -> str:
    if not given.key and not given.copies:
        msg = "give your key file: --key FILE, or a copy that others have signed: --from FOLDER"
        raise ValueError(msg)
    told: list[str] = []
    for copy in given.copies:
        told += gather(ceremony, copy)
    if given.key:
        if not given.yes:
            print("\n".join(lines(picture(ceremony, now))))
            agreed(ask)
        told += sign(ceremony, [private_at(file, passphrases) for file in given.key])
    return next_step(ceremony, *told)


def agreed(ask: Ask) -> None:
    """Go on when the person says so; raises `ValueError` otherwise."""
    try:
        answer = ask("Ký tất cả những điều trên? (sign all of this?) gõ KY: ")
    except EOFError:
        answer = ""
    if answer.strip().upper() != "KY":
        msg = "nothing was signed: the answer was not KY (--yes asks nothing)"
        raise ValueError(msg)


def _publish(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> str:
    bundle = ceremony.bundle()
    if not given.to.startswith(("https://", "http://")):
        return to_folder(bundle, Path(given.to), now)
    check_address(given.to)
    if given.user is None:
        msg = "say who you are at central: --user NAME"
        raise ValueError(msg)
    password = passphrases.opening(f"{given.user} at central").decode()
    return to_central(bundle, given.to, given.user, password, ca=given.ca, now=now)


def _inspect(ceremony: Ceremony, html: Path | None, now: datetime) -> str:
    shown = picture(ceremony, now)
    if html is not None:
        html.write_text(sheet(shown), encoding="utf-8")
    return "\n".join(lines(shown))


def _drafted(ceremony: Ceremony) -> str:
    ring = ceremony.next_keyring
    return "" if ring is None else f"keyring epoch {ring.epoch} is drafted"


def next_step(ceremony: Ceremony, *told: str) -> str:
    """Return what was done, what is missing, and what is to be done next."""
    missing = [why for why, _ in ceremony.missing()]
    if missing:
        todo = (
            f"next: tienglang-provision trust sign {ceremony.folder} --key FILE, then trust publish"
        )
    elif ceremony.targets is None:
        todo = f"next: tienglang-provision trust add-key {ceremony.folder} …"
    else:
        todo = f"signed; next: tienglang-provision trust publish {ceremony.folder} --to FOLDER|https://CENTRAL"
    return "\n".join([*filter(None, told), *missing, todo])
