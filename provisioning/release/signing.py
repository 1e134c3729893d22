"""A release in the ceremony: it becomes a target beside the keyring, and waits for the same people's signatures.

Law of the room: drafted in the same targets as whatever waits there already; a counter that is signed is never given
other bytes.
"""

from datetime import datetime

from contract.errors import Refused
from contract.release import ReleaseIndex, check_release_renewal
from provisioning.ceremony import Ceremony
from provisioning.ceremony_ring import next_targets


def draft_release(ceremony: Ceremony, data: bytes, index: ReleaseIndex, now: datetime) -> bool:
    """Draft the next targets with this release; return whether anything changed.

    Raises `Refused` for what may not follow the signed release, `ValueError` where there is no keyring yet.
    """
    if ceremony.next_release_bytes() == data:
        return False
    try:
        check_release_renewal(ceremony.release, index)
    except Refused as refused:
        why = f"{refused.why}; build it again: tienglang-provision release build"
        raise Refused(refused.code, why) from refused
    ring = ceremony.next_keyring_bytes()
    ceremony.keep_targets(next_targets(ceremony, ring, data, now), ring, data)
    return True
