"""Where the files of the chain of trust lie in a folder, and in which order they are put there.

Law of the room: pure; a folder is asked by a function. Written in this order, each file durable before the next, every
broken-off state reads as the old chain: targets wait unseen until their root is there, and roots come last to first.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

from tuf.api.metadata import Targets

from contract.chain import KEYRING_TARGET, RELEASE_TARGET
from contract.chain_rules import MAX_ROOTS, Bundle, Chain, judge, read
from contract.errors import RefusalCode, Refused
from contract.seal import sha256

NEWEST_ROOT: Final = "root.json"  # to be baked into images
_TARGETS: Final = re.compile(r"([1-9][0-9]{0,9})\.targets\.json")
Reader = Callable[[str], bytes | None]


def files_of(new: Chain, held: Chain | None) -> tuple[tuple[str, bytes], ...]:
    """Return name and bytes of every file of the offline half that `held` has not got, in the order of writing.

    A root that was handed out stays as it is, also when another copy of it carries more signatures.
    """
    given = 0 if held is None else held.root.version
    roots = [(f"metadata/{n}.root.json", root) for n, root in enumerate(new.bundle.roots, 1)]
    return (
        *(
            (f"targets/{sha256(data)}.{RELEASE_TARGET}", data)
            for data in (new.bundle.release,)
            if data is not None
        ),
        (f"targets/{sha256(new.bundle.keyring)}.{KEYRING_TARGET}", new.bundle.keyring),
        (f"metadata/{new.targets.version}.targets.json", new.bundle.targets),
        *reversed(roots[given:]),
    )


def copies_of(bundle: Bundle) -> tuple[tuple[str, bytes], ...]:
    """Return the plain copies of what is newest, to be written last, the keyring at the very end."""
    release = () if bundle.release is None else ((f"targets/{RELEASE_TARGET}", bundle.release),)
    return (
        (NEWEST_ROOT, bundle.roots[-1]),
        *release,
        (f"targets/{KEYRING_TARGET}", bundle.keyring),
        (KEYRING_TARGET, bundle.keyring),
    )


def newest(read_file: Reader, names: Iterable[str], least: int = 0) -> Chain | None:
    """Return the newest whole chain of a folder, None where there is no root; `names` are those under `metadata`.

    Raises `Refused` when none is whole, or none whose targets are `least` at least: what was told of once must stay.
    """
    roots: list[bytes] = []
    while len(roots) < MAX_ROOTS and (data := read_file(f"metadata/{len(roots) + 1}.root.json")):
        roots.append(data)
    if not roots:
        return None
    why = "there are no targets"
    found = [_TARGETS.fullmatch(name) for name in names]
    for number in sorted((int(name[1]) for name in found if name), reverse=True):
        if number < least:
            break
        try:
            return _whole(read_file, tuple(roots), number)
        except Refused as refused:
            why = f"targets {number}: {refused.why}"
    raise Refused(RefusalCode.MALFORMED, f"the chain of trust is damaged ({why})")


def _whole(read_file: Reader, roots: tuple[bytes, ...], number: int) -> Chain:
    targets = read_file(f"metadata/{number}.targets.json") or b""
    signed = read(targets, Targets).signed
    ring = _target(read_file, signed, KEYRING_TARGET)
    if ring is None:
        raise Refused(RefusalCode.MALFORMED, "the keyring that it names is not there")
    release = _target(read_file, signed, RELEASE_TARGET)
    return judge(Bundle(roots=roots, targets=targets, keyring=ring, release=release))


def _target(read_file: Reader, targets: Targets, name: str) -> bytes | None:
    named = targets.targets.get(name)
    digest = "" if named is None else named.hashes.get("sha256", "")
    return read_file(f"targets/{digest}.{name}") if digest else None
