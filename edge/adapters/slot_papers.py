"""Which release may be written: read from the signed chain on disk, and believed for its signatures alone.

Law of the room: the appliance's state is a stranger's here, for whoever takes the appliance over may write what he
likes there. All trust comes from the root that lies beside the firmware, which the appliance cannot write.
"""

from pathlib import Path
from typing import Final

from tuf.api.metadata import Metadata, Root, Targets

from contract.chain import RELEASE_TARGET, ROOT_MAX_BYTES
from contract.chain_people import ROOT, TARGETS, check_root
from contract.chain_rules import enough, follow, read
from contract.errors import Refused
from contract.release import ReleaseIndex, decode_release
from contract.seal import sha256
from edge.adapters.chain_store import ChainStore, Held
from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_status import read_plain
from edge.adapters.storage import Slots

LEDGER: Final = "ledger"


class Paper:
    """A release's index, and its bytes as they were signed."""

    def __init__(self, index: ReleaseIndex, data: bytes) -> None:
        """Keep both."""
        self.index, self.data = index, data


def signed_release(state: Path, root_file: Path) -> Paper:
    """Return the release that the chain in `state` names under the root in `root_file`; raises `SlotRefused`."""
    try:
        baked = read_plain(root_file, ROOT_MAX_BYTES)
    except OSError as fault:
        raise SlotRefused(
            "wrong-signature",
            f"không đọc được {root_file.name} trên phân vùng khởi động: chép lại thư mục trust của tỉnh",
        ) from fault
    held = ChainStore(Slots(state / LEDGER, "chain")).held
    if held is None:
        raise SlotRefused(
            "no-release", "thiết bị chưa có chuỗi tin cậy nào: kết nối với tỉnh trước"
        )
    try:
        return _verified(held, baked)
    except Refused as refused:
        raise SlotRefused(
            "wrong-signature", f"chữ ký của bản phát hành không đúng, không cài: {refused.why}"
        ) from refused


def _verified(held: Held, baked: bytes) -> Paper:
    """Walk from the baked root to the release; raises `Refused`, and `SlotRefused` where there is none."""
    if baked not in held.roots:
        raise SlotRefused(
            "wrong-signature",
            "chuỗi tin cậy không bắt đầu từ gốc của thẻ này: ghi lại thẻ của tỉnh",
        )
    root = _vouched(baked)
    for data in held.roots[held.roots.index(baked) + 1 :]:
        root = follow(root, read(data, Root))
    targets = read(held.files.get("targets.json", b""), Targets)
    enough(root.signed, TARGETS, targets)
    named = targets.signed.targets.get(RELEASE_TARGET)
    signed = held.targets.get(RELEASE_TARGET)
    if named is None or signed is None:
        raise SlotRefused("no-release", "tỉnh chưa ký bản phát hành nào")
    if named.length != len(signed) or named.hashes.get("sha256") != sha256(signed):
        raise SlotRefused(
            "wrong-signature", "bản phát hành không phải bản đã ký, không cài: chờ tải lại"
        )
    return Paper(decode_release(signed), signed)


def _vouched(baked: bytes) -> Metadata[Root]:
    """Return the card's root, which vouches for itself; raises `Refused`."""
    root = read(baked, Root)
    check_root(root.signed)
    enough(root.signed, ROOT, root)
    return root
