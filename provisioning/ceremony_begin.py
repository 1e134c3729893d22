"""How a ceremony begins: the people of the first root, and the keys of the server.

Law of the room: what can be refused is refused before the first key is made. Whose private key is made here signs
here; the others sign on their own machines.
"""

import argparse
from datetime import datetime
from typing import Final

from contract.chain_people import OFFLINE, ONLINE
from provisioning.ceremony import Ceremony
from provisioning.ceremony_given import by_role, online_keys, server_keys, write_keys
from provisioning.ceremony_keys import holders
from provisioning.ceremony_ring import add_keys, role_key, usual_end
from provisioning.ceremony_root import SERVER, Change, change_root, planned_root
from provisioning.ceremony_sign import sign
from provisioning.passphrases import Passphrases

PEOPLE: Final = 2  # who must sign, unless told: one is a single point of failure


def begin(
    ceremony: Ceremony, given: argparse.Namespace, passphrases: Passphrases, now: datetime
) -> tuple[str, ...]:
    """Draft the first root, and a keyring with the server's keys where they are made here; return what was done."""
    if ceremony.begun:
        msg = f"a ceremony lies in {given.folder} already; look at it by trust inspect, or go on with trust rotate"
        raise ValueError(msg)
    counts = {role: getattr(given, f"{role}_threshold") or PEOPLE for role in OFFLINE}
    for role, count in counts.items():
        named = len(getattr(given, role) or given.root)
        if named < count:
            msg = (
                f"{role} asks for {count} signatures and names {named} people: nobody could ever meet it; name more, "
                'each by --root "Nguyễn Lan=new:lan.pem", or fewer must sign: --root-threshold 1'
            )
            raise ValueError(msg)
    server = server_keys(given.online)
    daily, chain = by_role(server)
    online = {**chain, **online_keys(given, passphrases)}
    if set(online) != set(ONLINE):
        msg = "give the server's keys: --snapshot WHERE and --timestamp WHERE, or --online FOLDER to make all six"
        raise ValueError(msg)
    people = {"root": holders(given.root, passphrases)}
    people["targets"] = holders(given.targets, passphrases) if given.targets else people["root"]
    first = Change(add=people, thresholds=counts, online=online, expires=given.expires)
    planned_root(ceremony, first, now)  # what is wrong is said before the server's keys are written
    write_keys(server)
    change_root(ceremony, first, now)
    entries = [
        role_key(public, f"{SERVER} ({role.value})", role, given.area, usual_end(now))
        for role, public in daily.items()
    ]
    add_keys(ceremony, sorted(entries, key=lambda entry: entry.role.value), (), now)
    signers = {h.public: h.signer for some in people.values() for h in some if h.signer is not None}
    told = sign(ceremony, list(signers.values())) if signers else ()
    return ("the ceremony has begun", *told)
