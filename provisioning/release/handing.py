"""A release goes out: its blobs to central, in pieces that go on where they stopped; or all of it onto a stick.

Law of the room: blobs first, the signed chain next, the word that it is there last; so nobody is ever told of a release
that cannot be had. Each step may be repeated. A network is used only to the address that was given.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Final

import requests

from contract.chain import RELEASE_TARGET
from contract.chain_rules import Bundle
from contract.release import Blob, blobs_of, decode_release
from contract.seal import sha256
from provisioning.ceremony import write
from provisioning.ceremony_publish import (
    WITHIN_S,
    as_json,
    asked,
    checked,
    said,
    signed_in,
    told_by,
)
from provisioning.release.folder import BLOBS, Tell, blob_at

PIECE_BYTES: Final = 4 * 1024**2
STICK: Final = "tienglang"
_GAP: Final = 409


class Publisher:
    """An administrator at central: where it is, who, and by which TLS authority."""

    def __init__(self, address: str, name: str, password: str, ca: Path | None) -> None:
        self.address, self.name, self.password, self.ca = address, name, password, ca


def to_central(
    folder: Path,
    bundle: Bundle,
    to: Publisher,
    now: datetime,
    tell: Tell,
    piece_bytes: int = PIECE_BYTES,
) -> str:
    """Hand a release and its chain to central; return what was done, in words.

    Raises `ValueError` with central's own sentence, `OSError` when it is not reached: repeat it then, it goes on.
    """
    chain = checked(bundle, now)
    blobs = _blobs(folder, bundle)
    whole, done = sum(blob.bytes for blob in blobs), 0
    with signed_in(to.address, to.name, to.password, ca=to.ca) as (session, base):
        for blob in blobs:

            def told(sent: int, before: int = done) -> None:
                tell("gửi / sending", before + sent, whole)

            address = f"{base}/releases/blobs/{blob.sha256}"
            _send(session, address, blob_at(folder, blob), blob, told, piece_bytes)
            done += blob.bytes
        asked(session, f"{base}/trust", as_json(bundle))
        asked(session, f"{base}/releases", {"sha256": sha256(bundle.release or b"")})
    return f"{said(chain)} lie at central with all their files; now roll it out in the console"


def to_stick(folder: Path, bundle: Bundle, stick: Path, tell: Tell) -> str:
    """Copy a release's blobs onto a stick that has the chain's repository; return what was done, in words.

    Raises `ValueError` when the stick lacks central's repository with this very release in it.
    """
    blobs = _blobs(folder, bundle)
    release = bundle.release or b""
    named = stick / STICK / "tuf" / "targets" / f"{sha256(release)}.{RELEASE_TARGET}"
    if not named.is_file() or named.read_bytes() != release:
        msg = (
            f"{stick} does not hold the chain with this release: publish it to central first, then copy central's "
            f"folder of the chain to {stick / STICK / 'tuf'}"
        )
        raise ValueError(msg)
    place = stick / STICK / "release" / BLOBS
    place.mkdir(parents=True, exist_ok=True)
    whole, done = sum(blob.bytes for blob in blobs), 0
    for blob in blobs:
        if not _is_there(place / blob.sha256, blob):
            part = place / f".{blob.sha256}.part"
            shutil.copyfile(blob_at(folder, blob), part)
            part.replace(place / blob.sha256)
        done += blob.bytes
        tell("chép / copying", done, whole)
    write(stick / STICK / "release" / RELEASE_TARGET, release)
    return f"{stick} holds the release; put it into an appliance, it needs no turn from central"


def _blobs(folder: Path, bundle: Bundle) -> list[Blob]:
    """Return the blobs of the signed release, the small ones first; `ValueError` unless it lies in `folder`."""
    file = folder / RELEASE_TARGET
    if bundle.release is None:
        msg = "no release is signed here: tienglang-provision release sign CEREMONY RELEASE --key FILE"
        raise ValueError(msg)
    if not file.is_file() or file.read_bytes() != bundle.release:
        msg = f"{folder} is not the release that the ceremony signed: name that release's folder"
        raise ValueError(msg)
    return sorted(blobs_of(decode_release(bundle.release)), key=lambda blob: blob.bytes)


def _is_there(file: Path, blob: Blob) -> bool:
    return file.is_file() and file.stat().st_size == blob.bytes


def _send(
    session: requests.Session,
    address: str,
    file: Path,
    blob: Blob,
    told: Callable[[int], None],
    piece_bytes: int,
) -> None:
    """Have central hold a blob whole; what it has already is not sent again."""
    answer = session.get(address, timeout=WITHIN_S, allow_redirects=False)
    state = told_by(answer, (200,))
    with file.open("rb") as opened:
        for _ in range(2 * (blob.bytes // piece_bytes + 1)):
            have = state.get("bytes")
            if not isinstance(have, int) or not 0 <= have <= blob.bytes:
                msg = f"central says it has {have!r} of {blob.bytes} bytes, which makes no sense; is it this version?"
                raise ValueError(msg)
            told(have)
            if state.get("whole") is True:
                return
            opened.seek(have)
            data = opened.read(piece_bytes)
            answer = session.put(
                address,
                data=data,
                headers={
                    "Content-Type": "application/octet-stream",
                    "Content-Range": f"bytes {have}-{have + len(data) - 1}/{blob.bytes}",
                },
                timeout=WITHIN_S,
                allow_redirects=False,
            )
            state = told_by(answer, (200, _GAP))
    msg = f"central does not come to an end with {blob.sha256[:12]}…; try again"
    raise ValueError(msg)
