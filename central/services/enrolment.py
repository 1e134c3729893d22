"""Verbs of enrolment: what an appliance asks and is answered, who waits, and what people say to it.

Law of the room: an appliance's word proves nothing but its key (the route has verified the signature). Central's
nonce is drawn after the appliance has committed itself to its own, and drawn anew when it commits itself again;
so nobody in between can try nonces until two codes agree. Nothing here makes an appliance ours: that does only a
sealed assignment (`services.enrolment_papers`, `services.devices`).
"""

import base64
import os
from datetime import datetime, timedelta
from typing import Final, assert_never

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from central.db.fleet import DeviceRow
from central.db.sites import EnrolmentRow, SiteRow
from central.domain.areas import root_of
from central.domain.errors import Forbidden, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.sites import EnrolmentState, Match, SiteState
from central.services.claims import try_claim
from central.services.sites import clear_match, expect, site_of, site_row, site_state
from central.services.unit import House, Unit
from contract.enrolment import (
    NONCE_BYTES,
    EnrolmentAnswered,
    EnrolmentAsked,
    Standing,
    commitment_to,
    compare_code,
    fingerprint,
)
from contract.seal import device_id

MOST_WAITING: Final = 2_000  # of those without a place; who has not asked for longest makes room
MOST_SHOWN: Final = 500
TOUCHED_EVERY: Final = timedelta(seconds=10)
_EAGER_FOR: Final = timedelta(minutes=15)
_EAGER_S, _PATIENT_S = 2.0, 15.0
_FORGOTTEN: Final = timedelta(days=30)
_RETIRED = "Máy này đã được thu hồi. Muốn dùng lại, hãy quét mã máy ở vị trí mới."


def ask(house: House, asked: EnrolmentAsked, *, source: str, now: datetime) -> EnrolmentAnswered:
    """Answer an appliance whose signature was verified; `source` is the address it asked from.

    Raises `Refused` (MALFORMED) for a key that anybody could sign for, `Unacceptable` for a nonce that is not
    the one it committed itself to.
    """
    device = device_id(asked.device_key)
    with house.reading() as unit:
        row = unit.session.get(EnrolmentRow, device)
        if row is not None and _nothing_new(row, asked, now):
            return _answer(unit, row, "", now)
    try:
        with house.writing() as unit:
            return _asked(unit, device, asked, source[:200], now)
    except IntegrityError:  # another process entered this appliance at the same moment
        with house.writing() as unit:
            return _asked(unit, device, asked, source[:200], now)


def pending(unit: Unit, who: Person) -> tuple[EnrolmentState, ...]:
    """Return the appliances that wait: first those matched where `who` installs, then, for an administrator, strangers.

    Strangers are those that nobody has placed, were refused or are retired; who asked last comes first.
    """
    ours = dict(unit.session.execute(select(DeviceRow.id, DeviceRow.retired)).all())
    matched = select(SiteRow).where(SiteRow.matched.is_not(None))
    sites = {row.matched: row for row in unit.session.scalars(matched)}
    rows = unit.session.scalars(select(EnrolmentRow).order_by(EnrolmentRow.last_seen.desc()))
    placed, strangers = [], []
    for row in rows:
        site = sites.get(row.device)
        if ours.get(row.device) is False:
            continue
        state = _state(row, site, was_retired=row.device in ours)
        if site is not None and who.may(Right.INSTALL, site.area):
            placed.append(state)
        elif site is None and who.areas(Right.ADMINISTER):
            strangers.append(state)
    return (*placed, *strangers[:MOST_SHOWN])


def enrolment_named(unit: Unit, device: str) -> EnrolmentState:
    """Return one appliance that asked; raises `NotFound`."""
    return enrolment_state(unit, enrolment_row(unit, device))


def enrolment_at(unit: Unit, site: SiteState) -> EnrolmentState | None:
    """Return the appliance that is expected or stands at a place, as it asked; None when it has not called yet."""
    wanted = site.matched or site.device
    row = None if wanted is None else unit.session.get(EnrolmentRow, wanted)
    return None if row is None else enrolment_state(unit, row)


def match_by_hand(unit: Unit, device: str, site: str, *, who: Person, now: datetime) -> SiteState:
    """Say where an appliance that waits belongs; the codes must still be compared. Lifts a refusal."""
    row = site_row(unit, site)
    who.require(Right.ADMINISTER, row.area)
    enrolment_row(unit, device)
    expect(unit, row, device, Match.HAND, who=who, now=now)
    return site_state(unit, row, now=now)


def refuse(unit: Unit, device: str, why: str, *, who: Person, now: datetime) -> EnrolmentState:
    """Say no to an appliance, with the reason that its page will show; its place is free again.

    One without a place is the province's affair: `who` must administer a whole province.
    """
    row = enrolment_row(unit, device)
    site = site_of(unit, device)
    if site is not None:
        who.require(Right.ADMINISTER, site.area)
    elif not any(area == root_of(area) for area in who.areas(Right.ADMINISTER)):
        msg = "Máy chưa có vị trí: chỉ quản trị của tỉnh được từ chối."
        raise Forbidden(msg)
    if not 1 <= len(why.strip()) <= 200:
        raise Unacceptable("Hãy ghi lý do từ chối, từ 1 đến 200 chữ.", "bad-reason")
    if site is not None:
        clear_match(site)
    row.refused, row.refused_by, row.refused_why = now, who.name, why.strip()
    unit.note(
        who,
        "refuse-enrolment",
        f"{device} {row.refused_why}",
        now=now,
        area=site.area if site else "",
        subject=device,
    )
    return enrolment_state(unit, row)


def enrolment_row(unit: Unit, device: str) -> EnrolmentRow:
    """Return the row of an appliance that asked; raises `NotFound`."""
    row = unit.session.get(EnrolmentRow, device)
    if row is None:
        raise NotFound(f"Máy {device[:16]} chưa gọi về.", "no-enrolment")
    return row


def is_the_scanned(row: EnrolmentRow, site: SiteRow) -> bool:
    """Return whether the key that asks is the one that was scanned or read out for this place, where one was."""
    digits = fingerprint(row.public_key).replace(" ", "")
    return site.matched_key in {None, row.public_key} and site.matched_fingerprint in {None, digits}


def enrolment_state(unit: Unit, row: EnrolmentRow) -> EnrolmentState:
    """Return a row as a value, with the code that both sides show once it has a place and both nonces are out."""
    ours = unit.session.get(DeviceRow, row.device)
    retired = ours is not None and ours.retired
    return _state(row, _waiting_site(unit, row.device), was_retired=retired)


def _state(row: EnrolmentRow, site: SiteRow | None, *, was_retired: bool) -> EnrolmentState:
    code, foreign = None, site is not None and not is_the_scanned(row, site)
    if site is not None and row.nonce is not None and not foreign:
        code = compare_code(row.public_key, row.nonce, row.central_nonce)
    return EnrolmentState(
        device=row.device,
        device_key=row.public_key,
        fingerprint=fingerprint(row.public_key),
        site=None if site is None else site.id,
        code=code,
        device_nonce=row.nonce,
        central_nonce=row.central_nonce,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        software=row.software,
        model=row.model,
        source=row.source,
        refused=row.refused,
        refused_by=row.refused_by,
        refused_why=row.refused_why,
        was_retired=was_retired,
        foreign=foreign,
        confirmed=row.confirmed,
        confirmed_by=row.confirmed_by,
    )


def _asked(
    unit: Unit, device: str, asked: EnrolmentAsked, source: str, now: datetime
) -> EnrolmentAnswered:
    row = unit.session.get(EnrolmentRow, device)
    committed = row is not None and row.commitment == asked.commitment
    if row is None:
        _make_room(unit, now)
        row = EnrolmentRow(device=device, public_key=asked.device_key, first_seen=now)
        row.claim_tries = 0
        unit.session.add(row)
    if row.public_key != asked.device_key:
        raise Unacceptable("Mã thiết bị này thuộc về một khóa khác.", "wrong-key")
    if not committed:
        row.commitment, row.nonce = asked.commitment, None
        row.central_nonce, row.confirmed, row.confirmed_by = fresh_nonce(), None, ""
    elif asked.nonce is not None:
        if commitment_to(asked.nonce) != row.commitment:
            raise Unacceptable("Số ngẫu nhiên không khớp với cam kết đã gửi.", "wrong-nonce")
        row.nonce = asked.nonce
    row.last_seen, row.software, row.model, row.source = now, asked.software, asked.model, source
    error = ""
    ours = unit.session.get(DeviceRow, device)
    placeable = row.refused is None and (ours is None or ours.retired)
    if asked.claim and row.nonce is not None and placeable:
        error = try_claim(unit, row, asked.claim, now=now)
    return _answer(unit, row, error, now)


def _nothing_new(row: EnrolmentRow, asked: EnrolmentAsked, now: datetime) -> bool:
    """Return whether answering changes nothing, so that an appliance that waits costs no write."""
    return (
        row.public_key == asked.device_key
        and row.commitment == asked.commitment
        and asked.nonce in {None, row.nonce}
        and now - row.last_seen < TOUCHED_EVERY
        and (not asked.claim or row.nonce is None or row.refused is not None)
    )


def _answer(unit: Unit, row: EnrolmentRow, error: str, now: datetime) -> EnrolmentAnswered:
    site = site_of(unit, row.device)
    standing, why = _standing(unit, row, site)
    return EnrolmentAnswered(
        standing=standing,
        central_nonce=row.central_nonce,
        site=None if site is None or standing is Standing.REFUSED else site.id,
        title="" if site is None or standing is Standing.REFUSED else site.title,
        why=why,
        claim_error=error,
        again_s=_again_s(standing, now - row.first_seen),
    )


def _standing(unit: Unit, row: EnrolmentRow, site: SiteRow | None) -> tuple[Standing, str]:
    ours = unit.session.get(DeviceRow, row.device)
    if ours is not None and not ours.retired:
        return Standing.ASSIGNED, f"Máy đã được giao là “{ours.name}”."[:300]
    if row.refused is not None:
        return Standing.REFUSED, f"Quản trị đã từ chối máy này: {row.refused_why}"[:300]
    if site is not None and not is_the_scanned(row, site):
        return Standing.REFUSED, "Khóa của máy không phải khóa đã quét cho vị trí này."
    if row.nonce is None:
        return Standing.COMMITTED, ""
    if site is None and ours is not None:
        return Standing.REFUSED, _RETIRED
    if site is None:
        return Standing.WAITING, "Đang chờ người lắp đặt quét mã máy, hoặc nhập mã nhận máy."
    return Standing.MATCHED, "Hãy so mã trên hai màn hình, rồi ký giao máy trên trang Lắp đặt."


def _again_s(standing: Standing, asking_for: timedelta) -> float:
    match standing:
        case Standing.COMMITTED:
            return 0.5
        case Standing.MATCHED:
            return _EAGER_S
        case Standing.WAITING:
            return _EAGER_S if asking_for < _EAGER_FOR else _PATIENT_S
        case Standing.ASSIGNED | Standing.REFUSED:
            return _PATIENT_S
        case never:
            assert_never(never)


def _waiting_site(unit: Unit, device: str) -> SiteRow | None:
    return unit.session.scalar(select(SiteRow).where(SiteRow.matched == device))


def _make_room(unit: Unit, now: datetime) -> None:
    """Keep the number of strangers bounded: who has not asked for long is forgotten, who for longest goes."""
    placed = select(SiteRow.matched).where(SiteRow.matched.is_not(None))
    ours = select(DeviceRow.id)
    strangers = EnrolmentRow.device.not_in(placed) & EnrolmentRow.device.not_in(ours)
    unit.session.execute(
        delete(EnrolmentRow).where(strangers, EnrolmentRow.last_seen < now - _FORGOTTEN)
    )
    count = select(func.count()).select_from(EnrolmentRow).where(strangers)
    if unit.session.scalars(count).one() >= MOST_WAITING:
        oldest = select(EnrolmentRow.device).where(strangers)
        stalest = oldest.order_by(EnrolmentRow.last_seen, EnrolmentRow.device).limit(1)
        unit.session.execute(
            delete(EnrolmentRow).where(EnrolmentRow.device.in_(stalest.scalar_subquery()))
        )


def fresh_nonce() -> str:
    """Return central's own 32 random bytes, in base64."""
    return base64.b64encode(os.urandom(NONCE_BYTES)).decode("ascii")
