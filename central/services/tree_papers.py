"""The papers of a changed tree: an appliance's assignment once more, for the area that its own was merged into.

Law of the room: nothing of the paper changes but the area and its number; who installs at both may sign it.
"""

from datetime import datetime

import msgspec

from central.domain.errors import Conflict, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import DeviceState, Prepared
from central.services.areas import area_row
from central.services.devices import assignment_of, device_row, take_assignment
from central.services.sealed import opened
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import Assignment, Kind


def prepare_move(
    unit: Unit, device: str, area: str = "", *, who: Person, now: datetime
) -> Prepared:
    """Return the assignment of an appliance for `area`, or for the successor of its closed area, to be signed.

    Raises `Unacceptable` when no area is told and none succeeds, `Conflict` for a retired appliance.
    """
    row = device_row(unit, device)
    who.require(Right.INSTALL, row.area)
    into = area or area_row(unit, row.area).successor or ""
    if not into:
        msg = "Địa bàn cũ chia thành nhiều phần: hãy chọn cụm loa này về phần nào."
        raise Unacceptable(msg, "no-area")
    who.require(Right.INSTALL, into)
    if area_row(unit, into).until is not None:
        raise Unacceptable(f"Địa bàn {into} đã đóng.", "area-closed")
    if row.retired:
        raise Conflict("Máy này đã được thu hồi.", "already-retired")
    before = assignment_of(row)
    paper = msgspec.structs.replace(
        before, area=into, epoch=row.epoch + 1, issued=now.replace(microsecond=0)
    )
    payload = codec.encode(paper)
    return Prepared(
        kind=Kind.ASSIGNMENT.value,
        id=device,
        payload=payload,
        payload_sha256=seal.sha256(payload),
    )


def move_appliance(
    unit: Unit, device: str, envelope: bytes, *, who: Person, now: datetime
) -> DeviceState:
    """Take the signed paper: the appliance stands at the new area and gets that area's programme.

    Raises `Unacceptable` when it says anything else than what was prepared.
    """
    row = device_row(unit, device)
    _, paper = opened(unit, Kind.ASSIGNMENT, envelope, Assignment, now=now)
    before = assignment_of(row)
    same = msgspec.structs.replace(
        paper, area=before.area, epoch=before.epoch, issued=before.issued
    )
    if same != before:
        msg = "Giấy vừa ký không phải giấy giao lại máy này; hãy tải lại trang."
        raise Unacceptable(msg, "other-paper")
    return take_assignment(unit, envelope, who=who, now=now, right=Right.INSTALL)
