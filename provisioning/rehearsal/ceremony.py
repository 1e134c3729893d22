"""The rehearsal's ceremony: a small real one, of three people for the root, two of whom sign.

Law of the room: the same steps as `tienglang-provision trust`, without passphrases: the folder is thrown away.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contract.chain_people import OFFLINE, ONLINE
from contract.chain_rules import Bundle
from contract.documents import AreaPath, PublicKey, Role, RoleKey, Threshold
from contract.seal import SigningKey
from provisioning import trust
from provisioning.ceremony import Ceremony, write
from provisioning.ceremony_keys import Holder
from provisioning.ceremony_publish import to_folder
from provisioning.ceremony_ring import add_keys, remove_keys
from provisioning.ceremony_root import Change, change_root
from provisioning.ceremony_sign import sign

OFFICERS: Final = ("Cán bộ an toàn", "Chánh văn phòng", "Giám đốc sở")
REPOSITORY: Final = "repository"  # central's folder
IMAGE: Final = "image"  # what an appliance's image brings: the first root and nothing else


@dataclass
class Keys:
    """The keys of the rehearsal's people; the online ones lie in files for central alone."""

    assign: SigningKey
    approve: SigningKey
    emergency: tuple[SigningKey, SigningKey]


def make_keys(folder: Path, scope: AreaPath, now: datetime) -> Keys:
    """Make everybody's keys in `folder`, and hold the ceremony that names them; return people's."""
    people = {
        name: trust.make_key(folder / "people" / f"{name}.pem", None)
        for name in ("nhap-nhiem-vu", "duyet", "truc", "pho-truc")
    }
    online = {
        name: trust.make_key(folder / "online" / f"{name}.pem", None)
        for name in (*(role.value for role in trust.ONLINE_ROLES), *ONLINE)
    }
    entries = [
        trust.role_key(people["nhap-nhiem-vu"], "Tổ lắp đặt", Role.ASSIGN, scope, now),
        trust.role_key(people["duyet"], "Người duyệt", Role.APPROVE, scope, now),
        trust.role_key(people["truc"], "Trực khẩn cấp", Role.EMERGENCY, scope, now),
        trust.role_key(people["pho-truc"], "Phó trực khẩn cấp", Role.EMERGENCY, scope, now),
    ]
    entries += [
        trust.role_key(online[role.value], f"Máy chủ ({role.value})", role, scope, now)
        for role in trust.ONLINE_ROLES
    ]
    two = Threshold(role=Role.EMERGENCY, area=scope, count=2)
    _hold(folder, entries, two, {name: online[name].public for name in ONLINE}, now)
    return Keys(people["nhap-nhiem-vu"], people["duyet"], (people["truc"], people["pho-truc"]))


def _hold(
    folder: Path,
    entries: Sequence[RoleKey],
    rule: Threshold,
    online: Mapping[str, PublicKey],
    now: datetime,
) -> None:
    """Make the chain, signed by the first and the third; central gets it whole, the image its root alone."""
    keys = [trust.make_key(folder / "root" / f"{n + 1}.pem", None) for n in range(len(OFFICERS))]
    people = [
        Holder(name=name, public=key.public, signer=key)
        for name, key in zip(OFFICERS, keys, strict=True)
    ]
    ceremony = Ceremony(folder / "ceremony")
    both, two = dict.fromkeys(OFFLINE, people), dict.fromkeys(OFFLINE, 2)
    change_root(ceremony, Change(add=both, thresholds=two, online=online), now)
    add_keys(ceremony, entries, [rule], now)
    sign(ceremony, keys[:1])
    sign(ceremony, keys[2:])
    to_folder(ceremony.bundle(), folder / REPOSITORY, now)
    write(folder / IMAGE / "root.json", ceremony.bundle().roots[0])


def change_ring(
    folder: Path, now: datetime, *, enters: Sequence[RoleKey] = (), leaves: PublicKey | None = None
) -> Bundle:
    """Hold one more ceremony in `folder`: entries enter the keyring, or a key leaves it; return what is handed out."""
    ceremony = Ceremony(folder / "ceremony")
    if enters:
        add_keys(ceremony, enters, (), now)
    if leaves is not None:
        remove_keys(ceremony, lambda entry: entry.key == leaves, (), now)
    for number in (1, 3):
        key = (folder / "root" / f"{number}.pem").read_bytes()
        sign(ceremony, [SigningKey.from_pem(key, None)])
    return ceremony.bundle()
