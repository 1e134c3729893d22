"""The keys a ceremony is given: public halves made elsewhere, key files at hand, or keys to be made now.

Law of the room: everything is looked at before the first key is made, so that a mistake leaves nothing behind; a
private key file is never replaced.
"""

import base64
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec
from securesystemslib.signer import SSlibKey

from contract import seal
from contract.chain_people import HOLDER, folded
from contract.documents import PublicKey
from contract.errors import ContractError
from contract.seal import SigningKey
from provisioning import trust
from provisioning.passphrases import Passphrases

NEW: Final = "new:"
_RAW: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_PUBLIC_PEM: Final = re.compile(
    rb"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----"
)
_SPKI_HEAD: Final = bytes.fromhex("302a300506032b6570032100")  # an Ed25519 key in X.509's clothes


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """A person's public key, and the private half where its file is at hand."""

    name: str
    public: PublicKey
    signer: SigningKey | None = None


def holders(words: Sequence[str], passphrases: Passphrases) -> tuple[Holder, ...]:
    """Return the holders named by `NAME=WHERE`: `new:FILE`, a key file, a public key or a file of one.

    Raises `ValueError` or `ContractError` with a sentence; then no key was made.
    """
    named = [_split(word) for word in words]
    if len({folded(name) for name, _ in named}) < len(named):
        msg = (
            "one person is named twice: two keys of one person are one voice; name each person once"
        )
        raise ValueError(msg)
    fresh = [Path(where.removeprefix(NEW)) for _, where in named if where.startswith(NEW)]
    for file in fresh:
        if file.exists() or fresh.count(file) > 1:
            msg = f"{file} is there already and no key file is ever replaced; to use its key leave out {NEW!r}"
            raise ValueError(msg)
    given = {where: key_at(where, passphrases) for _, where in named if not where.startswith(NEW)}
    phrases = {file: passphrases.new(f"the new key {file}") for file in fresh}
    made = {f"{NEW}{file}": trust.make_key(file, phrases[file]) for file in fresh}
    return tuple(_holder(name, made.get(where) or given[where]) for name, where in named)


def key_at(where: str, passphrases: Passphrases) -> SigningKey | PublicKey:
    """Return the key named by its base64, or in a file: PKCS #8, a public PEM, or what the verb `key` printed."""
    if _RAW.fullmatch(where):
        return _checked(PublicKey(where), where)
    file = Path(where)
    if not file.is_file():
        msg = f"{where!r} is neither a public key (44 characters of base64) nor a file"
        raise ValueError(msg)
    data = file.read_bytes()
    if b"PRIVATE KEY-----" in data:
        phrase = passphrases.opening(where) if b"ENCRYPTED" in data else None
        return trust.open_key(file, phrase)
    pem = _PUBLIC_PEM.search(data)
    if pem is not None:
        raw = base64.b64decode(pem[1])
        if raw[: len(_SPKI_HEAD)] != _SPKI_HEAD:
            msg = f"{where} holds no Ed25519 key"
            raise ValueError(msg)
        return _checked(PublicKey(base64.b64encode(raw[len(_SPKI_HEAD) :]).decode()), where)
    found = re.search(rb'"public": ?"([A-Za-z0-9+/]{43}=)"', data) or re.fullmatch(
        rb"\s*([A-Za-z0-9+/]{43}=)\s*", data
    )
    if found is None:
        msg = f"{where} holds no key that is known here: PEM, or the line that `tienglang-provision key` prints"
        raise ValueError(msg)
    return _checked(PublicKey(found[1].decode()), where)


def public_at(where: str, passphrases: Passphrases) -> PublicKey:
    """Return the public half of the key at `where`."""
    key = key_at(where, passphrases)
    return key.public if isinstance(key, SigningKey) else key


def tuf_key(holder: str, public: PublicKey) -> SSlibKey:
    """Return a public key as the root names it, with its holder beside it; the id follows from the key alone."""
    raw = base64.b64decode(public).hex()
    named = {"keytype": "ed25519", "keyval": {"public": raw}, "scheme": "ed25519"}
    keyid = seal.sha256(msgspec.json.encode(named, order="sorted"))
    return SSlibKey(keyid, "ed25519", "ed25519", {"public": raw}, {HOLDER: holder})


def _split(word: str) -> tuple[str, str]:
    name, sign, where = word.partition("=")
    if not (name.strip() and sign and where):
        msg = f'{word!r} is not NAME=WHERE, such as "Nguyễn Lan=new:lan.pem" or "Nguyễn Lan=PUBLIC"'
        raise ValueError(msg)
    return " ".join(name.split()), where


def _holder(name: str, key: SigningKey | PublicKey) -> Holder:
    if isinstance(key, SigningKey):
        return Holder(name=name, public=key.public, signer=key)
    return Holder(name=name, public=key)


def _checked(public: PublicKey, where: str) -> PublicKey:
    try:
        seal.check_public_key(public)
    except ContractError as fault:
        msg = f"{where}: {fault}"
        raise ValueError(msg) from fault
    return public
