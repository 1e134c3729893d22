"""Verbs of the papers that begin and end an appliance's service: its assignment to a place, and its retirement.

Law of the room: central only writes down what is to be signed and judges what comes back; the key with the role
`assign` is the installer's own. The installer says which six digits stood on both screens; when they are not the
ones that belong to this key and these nonces any more, nothing is taken.
"""

from datetime import datetime
from typing import Final

import msgspec

from central.db.fleet import DeviceRow
from central.db.sites import EnrolmentRow, SiteRow
from central.domain.errors import Conflict, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import DeviceState, Prepared
from central.services.devices import assignment_of, device_row, take_assignment
from central.services.enrolment import enrolment_row, is_the_scanned
from central.services.sealed import opened
from central.services.sites import site_row, template_in
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import Assignment, DeviceId, Kind
from contract.documents import Right as LocalRight
from contract.enrolment import compare_code
from contract.errors import Refused

_CHANGED: Final = "Mã so khớp đã đổi (máy vừa khởi động lại hoặc vị trí vừa đổi). Hãy so lại mã trên hai màn hình."


def prepare_assignment(unit: Unit, site: str, code: str, *, who: Person, now: datetime) -> Prepared:
    """Return the assignment that gives the matched appliance its place, for the installer's key to sign.

    `code` are the six digits that the installer has compared. Raises `Conflict` when they are not the ones now.
    """
    row, asked = _compared(unit, site, code, who)
    held = unit.session.get(DeviceRow, asked.device)
    paper = template_in(row).paper(
        DeviceId(asked.device),
        asked.public_key,
        1 if held is None else held.epoch + 1,
        now.replace(microsecond=0),
        row.title,
        row.area,
    )
    return _prepared(paper)


def confirm(
    unit: Unit, site: str, code: str, envelope: bytes, *, who: Person, now: datetime
) -> DeviceState:
    """Take the signed assignment of the matched appliance: from here on it is ours and stands at this place.

    Raises `Refused` for a bad seal, `Conflict` for other digits, `Unacceptable` for a paper about anything else.
    """
    row, asked = _compared(unit, site, code, who)
    _, paper = opened(unit, Kind.ASSIGNMENT, envelope, Assignment, now=now)
    said = (paper.device, paper.device_key, paper.area, paper.name, paper.retired)
    if said != (asked.device, asked.public_key, row.area, row.title, False):
        msg = "Giấy vừa ký không phải giấy giao máy này cho vị trí này; hãy tải lại trang."
        raise Unacceptable(msg, "other-paper")
    asked.confirmed, asked.confirmed_by = now, who.name
    unit.note(
        who, "confirm-code", f"{site} {asked.device}", now=now, area=row.area, subject=asked.device
    )
    return take_assignment(unit, envelope, who=who, now=now, right=Right.INSTALL)


def prepare_retirement(unit: Unit, device: str, *, who: Person, now: datetime) -> Prepared:
    """Return the paper that silences an appliance for good, for a person with an `assign` key to sign.

    It is its assignment once more, retired, and of its staff only who installs: somebody at the pole must be able
    to sign in and wipe it. Who installs in its area may ask for it.
    """
    row = device_row(unit, device)
    who.require(Right.INSTALL, row.area)
    if row.retired:
        raise Conflict("Máy này đã được thu hồi rồi.", "already-retired")
    before = assignment_of(row)
    paper = msgspec.structs.replace(
        before,
        epoch=row.epoch + 1,
        issued=now.replace(microsecond=0),
        retired=True,
        staff=tuple(pin for pin in before.staff if LocalRight.INSTALL in pin.rights),
    )
    return _prepared(paper)


def retire(unit: Unit, device: str, envelope: bytes, *, who: Person, now: datetime) -> DeviceState:
    """Take the signed retirement: the appliance's sessions end, it has no programme any more, its place is vacant.

    It comes before its replacement: a place that has an appliance takes no other.
    """
    device_row(unit, device)
    _, paper = opened(unit, Kind.ASSIGNMENT, envelope, Assignment, now=now)
    if paper.device != device or not paper.retired:
        msg = "Giấy vừa ký không phải giấy thu hồi máy này; hãy tải lại trang."
        raise Unacceptable(msg, "other-paper")
    return take_assignment(unit, envelope, who=who, now=now, right=Right.INSTALL)


def _compared(unit: Unit, site: str, code: str, who: Person) -> tuple[SiteRow, EnrolmentRow]:
    """Return the place and its appliance, when these are the digits that both sides show now."""
    row = site_row(unit, site)
    who.require(Right.INSTALL, row.area)
    if row.matched is None:
        raise Conflict(f"Vị trí “{row.title}” chưa có máy nào được ghép.", "not-matched")
    asked = enrolment_row(unit, row.matched)
    if asked.refused is not None:
        raise Conflict("Máy này đã bị từ chối.", "device-refused")
    if not is_the_scanned(asked, row):
        raise Conflict("Khóa của máy không phải khóa đã quét cho vị trí này.", "wrong-key")
    if asked.nonce is None:
        raise Conflict("Máy chưa gọi về đủ hai bước; hãy đợi vài giây.", "not-called")
    wanted = compare_code(asked.public_key, asked.nonce, asked.central_nonce)
    if code.replace(" ", "") != wanted.replace(" ", ""):
        raise Conflict(_CHANGED, "other-code")
    return row, asked


def _prepared(paper: Assignment) -> Prepared:
    try:
        payload = codec.encode(paper)
    except Refused as refused:
        raise Unacceptable(f"Giấy giao chưa đúng: {refused.why}.", "bad-assignment") from refused
    return Prepared(
        kind=Kind.ASSIGNMENT.value,
        id=paper.device,
        payload=payload,
        payload_sha256=seal.sha256(payload),
    )
