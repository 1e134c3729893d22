"""An image is signed by the people of the chain, and judged by who writes a card.

Law of the room: what is signed are checksums, in an envelope (DSSE) of its own payload type, so that no other paper can
be taken for it. As many people must sign as for a release, for whoever makes images makes all that runs. The block map
stands among the checksums, and names those of the image: it is read block by block anyway while a card is written.
"""

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from tuf.api.metadata import Metadata, Root

from contract import codec, seal
from contract.chain_people import ROOT, TARGETS, check_root, holder_of, keys_for, public_of
from contract.chain_rules import enough, read
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from provisioning.ceremony import write

SUMS: Final = "SHA256SUMS"
SEAL: Final = "SHA256SUMS.dsse.json"
PAYLOAD_TYPE: Final = "application/vnd.tienglang.image-sums.v1"
BILL: Final = "tienglang.spdx.json"
_MOST_BYTES: Final = 64_000


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keyid: str
    sig: str


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    payload_type: str = msgspec.field(name="payloadType")
    payload: str
    signatures: tuple[_Signed, ...]


def sign_image(image: Path, keys: Sequence[SigningKey]) -> str:
    """Write the checksums of an image and what lies beside it, and add these signatures; return what is next.

    Signatures of the same checksums are kept, those of others are dropped.
    """
    files = [file for file in _beside(image) if file.is_file()]
    if image not in files or map_of(image) not in files:
        msg = f"{image} and {map_of(image).name} must both be there: run make image first"
        raise ValueError(msg)
    sums = "".join(f"{_digest(file)}  {file.name}\n" for file in files).encode()
    held = _envelope(image) if (image.parent / SEAL).is_file() else None
    kept = () if held is None or base64.b64decode(held.payload) != sums else held.signatures
    message = seal.pae(PAYLOAD_TYPE, sums)
    ours = tuple(
        _Signed(keyid=key.keyid, sig=base64.b64encode(key.sign(message)).decode()) for key in keys
    )
    own = {one.keyid for one in ours}
    whole = _Envelope(
        payload_type=PAYLOAD_TYPE,
        payload=base64.b64encode(sums).decode(),
        signatures=(*(one for one in kept if one.keyid not in own), *ours),
    )
    write(image.parent / SUMS, sums)
    write(image.parent / SEAL, codec.write_json(whole))
    return (
        f"{SEAL} holds {len(whole.signatures)} signatures under {len(files)} files; see whether that is enough: "
        f"tienglang-provision release verify-image {image} --trust FOLDER"
    )


def verify_image(image: Path, trust: Path) -> str:
    """Say who signed an image, every byte of which is compared; raises `Refused` or `ValueError`."""
    people = check_image(image, trust)
    if people is None:
        msg = f"{image} is signed by nobody: there is no {SEAL} beside it"
        raise ValueError(msg)
    named = _sums(base64.b64decode(_envelope(image).payload))
    for file in _beside(image):
        if file.is_file() and file.name in named and _digest(file) != named[file.name]:
            why = f"{file.name} is not the one that was signed: fetch it again"
            raise Refused(RefusalCode.BAD_SIGNATURE, why)
    return f"{image.name} is the one that was signed by {', '.join(people)}"


def check_image(image: Path, trust: Path) -> tuple[str, ...] | None:
    """Return who signed an image and its block map, None when nobody did; raises `Refused` for a signature that fails.

    `trust` is the folder with the province's `root.json`. Bytes of the image itself are compared with the map later.
    """
    if not (image.parent / SEAL).is_file():
        return None
    held = _envelope(image)
    payload = seal.strict_base64(held.payload, "the checksums")
    root = _root(trust)
    signed = seal.pae(PAYLOAD_TYPE, payload)
    people = []
    for key in keys_for(root, TARGETS):
        public = public_of(key)
        signatures = [one.sig for one in held.signatures if one.keyid == seal.key_id(public)]
        for sig in signatures:
            if not seal.verify_raw(public, signed, seal.strict_base64(sig, "a signature")):
                why = f"the signature of {holder_of(key)} on {SEAL} does not fit: fetch the image again"
                raise Refused(RefusalCode.BAD_SIGNATURE, why)
        people += [holder_of(key)] if signatures else []
    needed = root.roles[TARGETS].threshold
    if len(people) < needed:
        who = ", ".join(people) or "nobody of this province"
        why = (
            f"{SEAL} is signed by {who}, and {needed} of this province's people must sign an image"
        )
        raise Refused(RefusalCode.THRESHOLD, why)
    named = _sums(payload)
    for file in (map_of(image),):
        if named.get(file.name) != _digest(file):
            why = f"{file.name} is not the one that was signed: fetch it and the image again"
            raise Refused(RefusalCode.BAD_SIGNATURE, why)
    return tuple(people)


def map_of(image: Path) -> Path:
    """Return where the block map of an image lies."""
    return image.with_name(f"{image.name.removesuffix('.xz')}.bmap")


def _beside(image: Path) -> list[Path]:
    plain = image.name.removesuffix(".xz")
    names = sorted({image.name, plain, f"{plain}.xz", f"{plain}.bmap", BILL})
    return [image.with_name(name) for name in names]


def _root(trust: Path) -> Root:
    held: Metadata[Root] = read((trust / "root.json").read_bytes(), Root)
    check_root(held.signed)
    enough(held.signed, ROOT, held)
    return held.signed


def _envelope(image: Path) -> _Envelope:
    found = codec.read_json((image.parent / SEAL).read_bytes(), _Envelope, _MOST_BYTES)
    if found.payload_type != PAYLOAD_TYPE:
        raise Refused(
            RefusalCode.WRONG_KIND, f"{SEAL} holds {found.payload_type[:60]}, not checksums"
        )
    return found


def _sums(payload: bytes) -> dict[str, str]:
    rows = (line.partition("  ") for line in payload.decode("utf-8").splitlines())
    return {name: digest for digest, _, name in rows}


def _digest(file: Path) -> str:
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
