"""What a link of the chain of trust must be, before anybody publishes it: root, targets and the keyring they sign.

Law of the room: pure; bytes in, a verified chain out, or `Refused` with a sentence. Signatures are counted as The
Update Framework counts them, by key id; that key ids are people is the business of `contract.chain_people`.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta
from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp
from tuf.api.serialization import DeserializationError, SerializationError

from contract import codec, keyring
from contract.chain import KEYRING_TARGET, METADATA_MAX_BYTES, RELEASE_TARGET, ROOT_MAX_BYTES
from contract.chain_people import ROOT, TARGETS, check_reachable, check_root, holder_of, is_number
from contract.documents import Keyring
from contract.errors import RefusalCode, Refused, Stale
from contract.release import ReleaseIndex, check_release_renewal, decode_release

MAX_ROOTS: Final = 64
NAMED: Final = frozenset({KEYRING_TARGET, RELEASE_TARGET})
_CAPS: Final = {ROOT: ROOT_MAX_BYTES}
S = TypeVar("S", Root, Targets, Snapshot, Timestamp)


class Bundle(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a ceremony hands out: every root from the first, the targets, the keyring and the release, byte for byte.

    `release` is None where the targets name none.
    """

    roots: Annotated[tuple[bytes, ...], Meta(min_length=1, max_length=MAX_ROOTS)]
    targets: bytes
    keyring: bytes
    release: bytes | None = None


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle whose every signature was verified, and what its newest links say; not to be changed."""

    bundle: Bundle
    root: Root
    targets: Targets
    keyring: Keyring
    release: ReleaseIndex | None = None


def judge(bundle: Bundle) -> Chain:
    """Return the chain that the bundle holds; whether its time has run out is not judged here.

    Raises `Refused`: TOO_LARGE, MALFORMED, WRONG_KIND, BAD_SIGNATURE, THRESHOLD, OLD_VERSION or VERSION_JUMP.
    """
    held: Metadata[Root] | None = None
    for data in bundle.roots:
        held = follow(held, read(data, Root))
    if held is None:
        raise Refused(RefusalCode.MALFORMED, "the chain holds no root")
    targets = read(bundle.targets, Targets)
    enough(held.signed, TARGETS, targets)
    return Chain(
        bundle=bundle,
        root=held.signed,
        targets=targets.signed,
        keyring=keyring_of(targets.signed, bundle.keyring),
        release=release_of(targets.signed, bundle.release),
    )


def check_issue(chain: Chain, now: datetime) -> None:
    """Refuse what must not be handed out at `now`: what has run out, and a keyring whose rules nobody can meet."""
    check_alive(chain, now)
    check_reachable(chain.keyring, now)


def check_alive(chain: Chain, now: datetime) -> None:
    """Refuse (EXPIRED) a chain of which a link has run out at `now`."""
    for name, ends in (
        ("root", chain.root.expires),
        ("targets", chain.targets.expires),
        ("the keyring", chain.keyring.expires),
    ):
        if ends <= now:
            why = f"{name} ran out on {ends:%Y-%m-%d}; renew it: tienglang-provision trust rotate"
            raise Refused(RefusalCode.EXPIRED, why)


def check_renewal(held: Chain, new: Chain) -> None:
    """Refuse what must not replace `held`; raises `Stale` when it is the very same chain.

    `Refused`: SAME_VERSION where a link stands with the same number and other words, OLD_VERSION for an older one.
    """
    for number, (ours, theirs) in enumerate(zip(held.bundle.roots, new.bundle.roots, strict=False)):
        if read(ours, Root).signed_bytes != read(theirs, Root).signed_bytes:
            why = f"root {number + 1} is another one than the one held here: this is another province's chain"
            raise Refused(RefusalCode.SAME_VERSION, why)
    _newer("root", held.root.version, new.root.version)
    _newer("targets", held.targets.version, new.targets.version)
    _newer("the keyring's epoch", held.keyring.epoch, new.keyring.epoch)
    check_release_renewal(held.release, new.release)
    if new.keyring.epoch == held.keyring.epoch and new.bundle.keyring != held.bundle.keyring:
        why = f"keyring epoch {held.keyring.epoch} came with other content; issue it as the next epoch"
        raise Refused(RefusalCode.SAME_VERSION, why)
    if new.targets.version == held.targets.version:
        if new.bundle.targets != held.bundle.targets:
            why = f"targets {held.targets.version} came with other content; make a new version"
            raise Refused(RefusalCode.SAME_VERSION, why)
        if new.root.version == held.root.version:
            raise Stale("this chain is already published")


def read(data: bytes, wanted: type[S]) -> Metadata[S]:
    """Return metadata of one kind, strictly parsed and not yet verified; raises `Refused`."""
    codec.strict_json(data, _CAPS.get(wanted.type, METADATA_MAX_BYTES), codec.MAX_DEPTH)
    try:
        found: Metadata[S] = Metadata.from_bytes(data)
        _ = found.signed_bytes  # a number such as 0.5 has no form that could be signed
    except (DeserializationError, SerializationError) as fault:
        why = f"this is no metadata of the chain: {fault.__cause__ or fault}"
        raise Refused(RefusalCode.MALFORMED, why) from fault
    if found.signed.type != wanted.type:
        why = f"this is {found.signed.type}, not {wanted.type}"
        raise Refused(RefusalCode.WRONG_KIND, why)
    if not is_number(found.signed.version):
        raise Refused(RefusalCode.MALFORMED, "the version is no number")
    return found


def follow(held: Metadata[Root] | None, new: Metadata[Root]) -> Metadata[Root]:
    """Return `new` when it may follow `held` (None: the first root, which vouches for itself); raises `Refused`."""
    check_root(new.signed)
    wanted = 1 if held is None else held.signed.version + 1
    if new.signed.version != wanted:
        code = RefusalCode.OLD_VERSION if new.signed.version < wanted else RefusalCode.VERSION_JUMP
        raise Refused(code, f"root {wanted} was due, and this is root {new.signed.version}")
    if held is not None:
        enough(held.signed, ROOT, new)
    enough(new.signed, ROOT, new)
    return new


def enough(root: Root, role: str, signed: Metadata[S]) -> None:
    """Refuse (BAD_SIGNATURE, THRESHOLD) what too few of the people whom `root` names for `role` have signed."""
    result = root.get_verification_result(role, signed.signed_bytes, signed.signatures)
    for keyid, key in result.unsigned.items():
        if keyid in signed.signatures:
            why = (
                f"the signature of {holder_of(key)} on {_named(signed)} does not fit; sign it anew"
            )
            raise Refused(RefusalCode.BAD_SIGNATURE, why)
    if not result.verified:
        missing = ", ".join(sorted(holder_of(key) for key in result.unsigned.values()))
        why = (
            f"{_named(signed)} has {len(result.signed)} of {result.threshold} signatures that root {root.version} "
            f"asks for; {result.missing} of these must sign: {missing}"
        )
        raise Refused(RefusalCode.THRESHOLD, why)


def keyring_of(targets: Targets, data: bytes) -> Keyring:
    """Return the keyring in `data` if `targets` signs these very bytes, and nothing unknown; raises `Refused`."""
    named = set(targets.targets)
    if targets.delegations is not None or not {KEYRING_TARGET} <= named <= NAMED:
        why = f"targets must name {KEYRING_TARGET}, and beside it {RELEASE_TARGET} at most"
        raise Refused(RefusalCode.MALFORMED, why)
    _check_named("keyring", targets, KEYRING_TARGET, data)
    found = codec.decode_keyring(data)
    keyring.check(found)
    return found


def release_of(targets: Targets, data: bytes | None) -> ReleaseIndex | None:
    """Return the release in `data` if `targets` signs these very bytes; None where it names none. Raises `Refused`."""
    if RELEASE_TARGET not in targets.targets:
        if data is not None:
            why = (
                "there is a release that targets does not name; hand in both from the same ceremony"
            )
            raise Refused(RefusalCode.BAD_SIGNATURE, why)
        return None
    if data is None:
        why = f"targets names {RELEASE_TARGET} and it is not here; hand in both from the same ceremony"
        raise Refused(RefusalCode.MALFORMED, why)
    _check_named("release", targets, RELEASE_TARGET, data)
    return decode_release(data)


def _check_named(what: str, targets: Targets, name: str, data: bytes) -> None:
    signed = targets.targets[name]
    digest = hashlib.sha256(data).hexdigest()
    if signed.length != len(data) or signed.hashes.get("sha256") != digest:
        why = f"the {what} is not the one that targets names; hand in both from the same ceremony"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)


def _newer(what: str, held: int, new: int) -> None:
    if new < held:
        why = f"{what} {new} is older than {held}, which is published here: hand in the newest ceremony folder"
        raise Refused(RefusalCode.OLD_VERSION, why)


def _named(signed: Metadata[S]) -> str:
    return f"{signed.signed.type} {signed.signed.version}"
