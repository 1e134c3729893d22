"""How a release index is read and written, and which one may follow another.

Law of the room: pure; raises `Refused` with a sentence. The counter alone says what is newer; the version is a name for
people, and one that falls must be meant (`goes_back`).
"""

from typing import Final

from contract import codec
from contract.documents.release import Blob, ReleaseIndex, ReleaseVersion
from contract.errors import RefusalCode, Refused

MAX_INDEX_BYTES: Final = 64_000


def encode_release(index: ReleaseIndex) -> bytes:
    """Return the bytes of `release.json`; raises `Refused` as `decode_release` would."""
    data = codec.write_json(index)
    decode_release(data)
    return data


def decode_release(data: bytes) -> ReleaseIndex:
    """Return the index that `data` holds, which has one form only; raises `Refused` TOO_LARGE or MALFORMED."""
    found = codec.read_json(data, ReleaseIndex, MAX_INDEX_BYTES)
    if codec.write_json(found) != data:
        why = "this release says the same in another form than ours; let provisioning write it"
        raise Refused(RefusalCode.MALFORMED, why)
    return found


def check_release_renewal(held: ReleaseIndex | None, new: ReleaseIndex | None) -> None:
    """Refuse what must not come after `held`; the very same one may.

    `Refused`: OLD_VERSION for an older counter, none at all, or an older version that is not meant; SAME_VERSION for
    other words under the same counter; MALFORMED for a way back that leads nowhere back.
    """
    if held is None or new == held:
        return
    if new is None:
        why = f"release {held.counter} ({held.version}) is signed already and the new targets name none; carry it on"
        raise Refused(RefusalCode.OLD_VERSION, why)
    if new.counter < held.counter:
        why = f"release {new.counter} is older than {held.counter}, which is known here"
        raise Refused(RefusalCode.OLD_VERSION, why)
    if new.counter == held.counter:
        why = f"release {held.counter} came with other content; give it the next counter"
        raise Refused(RefusalCode.SAME_VERSION, why)
    falls = version_key(new.version) < version_key(held.version)
    if falls and not new.goes_back:
        why = (
            f"version {new.version} is older than {held.version}: to go back on purpose say so (goes_back); "
            "else give it a higher version"
        )
        raise Refused(RefusalCode.OLD_VERSION, why)
    if new.goes_back and not falls:
        why = (
            f"the release says that it goes back, and {new.version} is no older than {held.version}"
        )
        raise Refused(RefusalCode.MALFORMED, why)


def version_key(version: ReleaseVersion) -> tuple[int, ...]:
    """Return a version as versions are compared: 1.4 is 1.4.0.0 and below 1.10."""
    numbers = [int(part) for part in version.split(".")]
    return (*numbers, *([0] * (4 - len(numbers))))


def blobs_of(index: ReleaseIndex) -> tuple[Blob, ...]:
    """Return everything that the release names by hash, each once: system, chunk list, starters."""
    files = (Blob(sha256=one.sha256, bytes=one.bytes) for one in index.starters)
    return tuple(dict.fromkeys((index.system, index.chunks, *files)))
