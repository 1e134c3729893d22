"""Papers made by hand: a person's key, a sealed document.

Law of the room: files in, files out; what is wrong is said with the file's name and nothing is half written.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from contract import codec, seal
from contract.documents import (
    Assignment,
    Input,
    InputKind,
    Kind,
    StaffPin,
    Switch,
)
from contract.errors import Refused
from provisioning import trust

MANY: Final = frozenset({InputKind.DOOR, InputKind.TALK, InputKind.HUSH, InputKind.ADDRESS})
"""Inputs of which a cabinet may have several: doors and buttons."""


def new_key(file: Path, passphrase: bytes) -> str:
    """Make a key under a passphrase; return its public half for the security officer, as JSON."""
    key = trust.make_key(file, passphrase)
    return json.dumps({"public": key.public, "keyid": key.keyid})


def seal_file(
    kind: str, document: Path, keys: Sequence[Path], phrases: Sequence[bytes | None], out: Path
) -> None:
    """Sign the JSON document with the keys and write the envelope; raises `ValueError` for one that makes no sense."""
    try:
        read = codec.decode(Kind(kind), document.read_bytes())
        if isinstance(read, Assignment):
            check_assignment(read)
    except (Refused, ValueError) as fault:
        msg = f"{document}: {fault}"
        raise ValueError(msg) from fault
    signers = [trust.open_key(file, phrase) for file, phrase in zip(keys, phrases, strict=True)]
    out.write_bytes(seal.seal(Kind(kind), codec.encode(read), signers))


def check_assignment(paper: Assignment) -> None:
    """Refuse what the contract lets pass and no installer means; raises `ValueError` with one sentence."""
    _check_staff(paper.staff)
    _check_inputs(paper.inputs)
    for switch in paper.switches:
        _check_hours(switch)
    if paper.inputs and not paper.zones:
        msg = "it names inputs but no zone: an appliance without a zone sounds nothing; name its zones first"
        raise ValueError(msg)


def _check_staff(staff: Sequence[StaffPin]) -> None:
    seen: set[str] = set()
    for person in staff:
        name = " ".join(person.name.split()).casefold()
        if name in seen:
            msg = f"two of the staff are called {person.name!r}; the log could not tell them apart"
            raise ValueError(msg)
        if len(set(person.rights)) < len(person.rights):
            msg = f"{person.name!r} is given the same right twice; name each right once"
            raise ValueError(msg)
        seen.add(name)


def _check_inputs(inputs: Sequence[Input]) -> None:
    seen: dict[tuple[InputKind, str | None], str] = {}
    for one in inputs:
        if one.kind in MANY:
            continue
        known = seen.setdefault((one.kind, one.zone), one.name)
        if known != one.name:
            where = f" of zone {one.zone}" if one.zone else ""
            msg = f"inputs {known} and {one.name} are both the {one.kind.value}{where}; keep one"
            raise ValueError(msg)


def _check_hours(switch: Switch) -> None:
    if len(switch.on) > 1 and any(span.start == span.end for span in switch.on):
        msg = f"switch {switch.name} is on the whole day and at other hours too; keep one of them"
        raise ValueError(msg)
    if len(set(switch.on)) < len(switch.on):
        msg = f"switch {switch.name} names the same hours twice; name them once"
        raise ValueError(msg)
