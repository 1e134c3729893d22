"""Verbs of planned places: plan one, hand out a claim code, name the appliance, give it up again.

Law of the room: a place never makes an appliance ours; it only says which one may be given its paper there.
A claim code is shown once and kept as keyed hashes. Changes are the affair of people who hold the area.
"""

import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import Update, or_, select, update
from sqlalchemy.exc import IntegrityError

from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.db.sites import EnrolmentRow, SiteRow
from central.domain.errors import Conflict, NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.sites import (
    ClaimIssued,
    ClaimPhase,
    Match,
    SiteDraft,
    SitePhase,
    SiteState,
    Template,
)
from central.services.areas import at_or_below
from central.services.unit import SYSTEM, Unit
from contract import codec
from contract.documents import DeviceId
from contract.enrolment import CLAIM_BYTES, claim_code, fingerprint, read_claim, read_qr
from contract.errors import Refused

CLAIM_LIFE: Final = timedelta(hours=48)
SHORTEST_LIFE: Final = timedelta(hours=24)
LONGEST_LIFE: Final = timedelta(hours=72)
MOST_TRIES: Final = 5
_TEMPLATES = msgspec.json.Decoder(Template)
_NOBODY: Final = DeviceId("a" * 16)
_NO_KEY: Final = "A" * 43 + "="
_DEVICE_CHARS: Final = frozenset("abcdefghijklmnopqrstuvwxyz234567")


def plan_site(unit: Unit, draft: SiteDraft, *, who: Person | None, now: datetime) -> SiteState:
    """Plan a place, or change one that has no appliance yet.

    Raises `Unacceptable` for an unknown area and `Conflict` for a place that an appliance stands in.
    """
    if who is not None:
        who.require(Right.ADMINISTER, draft.area)
    if unit.session.get(AreaRow, draft.area) is None:
        raise Unacceptable(f"Chưa có địa bàn {draft.area}: hãy thêm địa bàn trước.", "no-area")
    _check_paper(draft, now)
    row = unit.session.get(SiteRow, draft.id)
    template = msgspec.json.encode(draft.template)
    if row is None:
        row = SiteRow(id=draft.id, planned=now, planned_by=who.name if who else SYSTEM)
        unit.session.add(row)
    elif (row.title, row.area, row.template) == (draft.title, draft.area, template):
        return site_state(unit, row, now=now)
    elif row.device is not None:
        msg = f"Vị trí {draft.id} đã có máy; đổi nó bằng giấy giao mới, không phải bằng bảng."
        raise Conflict(msg, "site-taken")
    elif who is not None:
        who.require(Right.ADMINISTER, row.area)
    row.title, row.area, row.template = draft.title, draft.area, template
    unit.session.flush()
    unit.note(
        who,
        "plan-site",
        f"{draft.id} {draft.area} {draft.title}",
        now=now,
        area=draft.area,
        subject=draft.id,
    )
    return site_state(unit, row, now=now)


def unplan(unit: Unit, site: str, *, who: Person | None, now: datetime) -> None:
    """Forget a place without an appliance; its claim code dies. Raises `Conflict` when one stands there."""
    row = site_row(unit, site)
    if who is not None:
        who.require(Right.ADMINISTER, row.area)
    if row.device is not None:
        msg = f"Vị trí “{row.title}” đang có máy; hãy thu hồi máy đó trước."
        raise Conflict(msg, "site-taken")
    unit.session.delete(row)
    unit.note(
        who, "unplan-site", f"{site} {row.area} {row.title}", now=now, area=row.area, subject=site
    )


def issue_claim(
    unit: Unit, site: str, *, who: Person, now: datetime, life: timedelta = CLAIM_LIFE
) -> ClaimIssued:
    """Return a new claim code for a vacant place, good once and for `life` (24 to 72 h); an earlier one dies."""
    row = _vacant(unit, site, who)
    if not SHORTEST_LIFE <= life <= LONGEST_LIFE:
        raise Unacceptable("Mã nhận máy có hạn từ 24 đến 72 giờ.", "bad-life")
    if row.matched is not None:
        raise _matched_already(row)
    printed = claim_code(os.urandom(CLAIM_BYTES))
    code = read_claim(printed)
    row.claim_hash, row.claim_head = claim_hashes(unit, code)
    row.claim_issued, row.claim_issued_by, row.claim_expires = now, who.name, now + life
    row.claim_tries, row.claim_used = 0, None
    unit.note(who, "issue-claim", f"{site} {row.area}", now=now, area=row.area, subject=site)
    return ClaimIssued(
        site=row.id, title=row.title, area=row.area, code=printed, expires=now + life
    )


def preauthorise(
    unit: Unit, site: str, machine: str, printed: str = "", *, who: Person, now: datetime
) -> SiteState:
    """Say which appliance shall stand here: a scanned QR text, or a typed device id with its `printed` fingerprint.

    The fingerprint may be left out: the id is the first 80 bits of the same hash. Raises `Unacceptable` for what
    names no appliance (or a key anybody could sign for), `Conflict` for one, or a place, that is taken.
    """
    row = _vacant(unit, site, who)
    device, key, digits = _machine(machine, printed)
    expect(unit, row, device, Match.SCAN, who=who, now=now)
    row.matched_key, row.matched_fingerprint = key, digits
    return site_state(unit, row, now=now)


def expect(
    unit: Unit, row: SiteRow, device: str, how: Match, *, who: Person, now: datetime
) -> None:
    """Have a vacant place wait for this appliance; raises `Conflict` when either is taken."""
    if row.matched not in {None, device}:
        raise _matched_already(row)
    ours = unit.session.get(DeviceRow, device)
    if ours is not None and not ours.retired:
        msg = f"Máy này đang là “{ours.name}” ở {ours.area}; hãy thu hồi nó ở đó trước."
        raise Conflict(msg, "device-taken")
    asked = unit.session.get(EnrolmentRow, device)
    if asked is not None and asked.refused is not None:
        if not who.may(Right.ADMINISTER, row.area):
            msg = f"{asked.refused_by} đã từ chối máy này: {asked.refused_why}. Hãy hỏi quản trị."
            raise Conflict(msg, "device-refused")
        asked.refused, asked.refused_by, asked.refused_why = None, "", ""
    free = or_(SiteRow.matched.is_(None), SiteRow.matched == device)
    taking = (
        update(SiteRow)
        .where(SiteRow.id == row.id, SiteRow.device.is_(None), free)
        .values(
            matched=device,
            matched_how=how.value,
            matched_by=who.name,
            matched_at=now,
            matched_key=None,
            matched_fingerprint=None,
        )
    )
    try:
        taken = rows_changed(unit, taking)
    except IntegrityError as fault:
        msg = "Máy này đã được ghép với một vị trí khác; hãy gỡ ở đó trước."
        raise Conflict(msg, "device-taken") from fault
    unit.session.refresh(row)
    if not taken:
        raise _matched_already(row)
    unit.note(
        who, f"match-{how.value}", f"{row.id} {device}", now=now, area=row.area, subject=device
    )


def unmatch(unit: Unit, site: str, *, who: Person, now: datetime) -> SiteState:
    """Stop waiting for the appliance that was matched, and for whoever holds the claim code."""
    row = site_row(unit, site)
    who.require(Right.INSTALL, row.area)
    unit.note(
        who,
        "unmatch",
        f"{site} {row.matched or ''}",
        now=now,
        area=row.area,
        subject=row.matched or "",
    )
    clear_match(row)
    return site_state(unit, row, now=now)


def clear_match(row: SiteRow) -> None:
    """Forget who was expected at a place, and a claim code that is still out; a used one stays known as used."""
    row.matched = row.matched_at = row.matched_key = row.matched_fingerprint = None
    row.matched_how = row.matched_by = ""
    if row.claim_used is None:
        row.claim_hash = row.claim_head = row.claim_issued = row.claim_expires = None
        row.claim_issued_by, row.claim_tries = "", 0


def settle(unit: Unit, device: str, area: str, *, retired: bool) -> None:
    """Have the places follow a signed assignment: the appliance takes the one that waits for it, or leaves its own."""
    waiting = unit.session.scalar(select(SiteRow).where(SiteRow.matched == device))
    standing = unit.session.scalar(select(SiteRow).where(SiteRow.device == device))
    if standing is not None and (retired or standing.area != area):
        standing.device = None
        unit.session.flush()
    if waiting is None or retired:
        return
    clear_match(waiting)
    if waiting.area == area:
        waiting.device = device
    unit.session.flush()


def list_sites(unit: Unit, areas: Iterable[str], *, now: datetime) -> tuple[SiteState, ...]:
    """Return the places at or below these areas, by area and title."""
    found: dict[str, SiteRow] = {}
    for area in areas:
        rows = unit.session.scalars(select(SiteRow).where(at_or_below(SiteRow.area, area)))
        found.update({row.id: row for row in rows})
    called = _called(unit)
    ordered = sorted(found.values(), key=lambda row: (row.area, row.title, row.id))
    return tuple(_state(row, row.matched in called, now) for row in ordered)


def site_named(unit: Unit, site: str, *, now: datetime) -> SiteState:
    """Return one place; raises `NotFound`."""
    return site_state(unit, site_row(unit, site), now=now)


def site_of(unit: Unit, device: str) -> SiteRow | None:
    """Return the place that waits for an appliance or where it stands, None when there is none."""
    query = select(SiteRow).where((SiteRow.matched == device) | (SiteRow.device == device))
    return unit.session.scalars(query.order_by(SiteRow.matched.is_(None))).first()


def site_row(unit: Unit, site: str) -> SiteRow:
    """Return the row of a place; raises `NotFound`."""
    row = unit.session.get(SiteRow, site)
    if row is None:
        raise NotFound(f"Không có vị trí {site[:40]}.", "no-site")
    return row


def site_state(unit: Unit, row: SiteRow, *, now: datetime) -> SiteState:
    """Return a row as a value."""
    return _state(row, row.matched is not None and row.matched in _called(unit, row.matched), now)


def template_in(row: SiteRow) -> Template:
    """Return what an appliance at this place is to be told."""
    return _TEMPLATES.decode(row.template)


def rows_changed(unit: Unit, statement: Update) -> int:
    """Return how many rows one conditional change really changed: the database decides who wins."""
    unit.session.flush()
    return unit.session.connection().execute(statement).rowcount


def claim_hashes(unit: Unit, code: str) -> tuple[str, str]:
    """Return the keyed hashes of a code in its one spelling: of the whole, and of its first half."""
    half = len(code) // 2
    return _keyed(unit, "claim", code), _keyed(unit, "claim-head", code[:half])


def claim_phase(row: SiteRow, now: datetime) -> ClaimPhase:
    """Return how the claim code of a place stands."""
    if row.claim_hash is None or row.claim_expires is None:
        return ClaimPhase.NONE
    if row.claim_used is not None:
        return ClaimPhase.USED
    if row.claim_tries >= MOST_TRIES:
        return ClaimPhase.DEAD
    return ClaimPhase.EXPIRED if row.claim_expires <= now else ClaimPhase.OPEN


def _check_paper(draft: SiteDraft, now: datetime) -> None:
    """Refuse early what could never be signed: no appliance would obey it."""
    paper = draft.template.paper(_NOBODY, _NO_KEY, 1, now, draft.title, draft.area)
    try:
        codec.encode(paper)
    except Refused as refused:
        raise Unacceptable(f"Vị trí chưa đúng: {refused.why}.", "bad-site") from refused


def _vacant(unit: Unit, site: str, who: Person) -> SiteRow:
    row = site_row(unit, site)
    who.require(Right.INSTALL, row.area)
    if row.device is not None:
        msg = f"Vị trí “{row.title}” đang có máy {row.device}; hãy thu hồi máy cũ trước khi thay."
        raise Conflict(msg, "site-taken")
    return row


def _matched_already(row: SiteRow) -> Conflict:
    msg = f"Vị trí “{row.title}” đang chờ máy {row.matched}; hãy gỡ ghép trước."
    return Conflict(msg, "site-matched")


def _machine(machine: str, printed: str) -> tuple[str, str | None, str | None]:
    """Return device id, key and fingerprint (32 hex digits) of what was scanned or typed."""
    if len(machine) > 200:
        raise Unacceptable("Mã QR này không phải của thiết bị Tiếng Làng.", "bad-machine")
    typed = machine.strip().lower().replace(" ", "").replace("-", "")
    digits = printed.lower().replace(" ", "").replace("-", "")
    if len(typed) == 16 and set(typed) <= _DEVICE_CHARS:
        if digits and not _agree(typed, digits):
            msg = "Mã thiết bị và dấu vân tay khóa không phải của cùng một máy; hãy đọc lại."
            raise Unacceptable(msg, "bad-fingerprint")
        return typed, None, digits or None
    try:
        device, key = read_qr(machine)
    except ValueError as fault:
        msg = f"{fault} Mã thiết bị gõ tay có 16 ký tự: chữ a–z và số 2–7."
        raise Unacceptable(msg, "bad-machine") from fault
    return device, key, fingerprint(key).replace(" ", "")


def _agree(device: str, digits: str) -> bool:
    """Return whether a device id (base32) and a fingerprint (hex) begin the same hash."""
    if len(digits) != 32 or not set(digits) <= frozenset("0123456789abcdef"):
        return False
    number = 0
    for letter in device:
        number = number << 5 | "abcdefghijklmnopqrstuvwxyz234567".index(letter)
    return f"{number:020x}" == digits[:20]


def _called(unit: Unit, device: str | None = None) -> set[str]:
    """Return the appliances that have shown their nonce (only this one, when given)."""
    query = select(EnrolmentRow.device).where(EnrolmentRow.nonce.is_not(None))
    if device is not None:
        query = query.where(EnrolmentRow.device == device)
    return set(unit.session.scalars(query))


def _state(row: SiteRow, called: bool, now: datetime) -> SiteState:  # noqa: FBT001  a column of a list
    claim = claim_phase(row, now)
    if row.device is not None:
        phase = SitePhase.STANDING
    elif row.matched is not None:
        phase = SitePhase.MATCHED if called else SitePhase.AWAITING
    else:
        phase = SitePhase.AWAITING if claim is ClaimPhase.OPEN else SitePhase.PLANNED
    return SiteState(
        id=row.id,
        title=row.title,
        area=row.area,
        template=_without_pins(template_in(row)),
        planned=row.planned,
        planned_by=row.planned_by,
        phase=phase,
        claim=claim,
        claim_expires=row.claim_expires,
        claim_issued_by=row.claim_issued_by,
        matched=row.matched,
        matched_how=Match(row.matched_how) if row.matched_how else None,
        matched_by=row.matched_by,
        matched_key=row.matched_key,
        device=row.device,
    )


def _without_pins(template: Template) -> Template:
    """Return a template fit for a page: six digits behind a verifier would not stay secret long."""
    staff = tuple(msgspec.structs.replace(person, verifier="") for person in template.staff)
    return msgspec.structs.replace(template, staff=staff)


def _keyed(unit: Unit, what: str, text: str) -> str:
    secret = unit.house.settings.session_secret
    return hmac.new(secret, f"{what}\n{text}".encode(), hashlib.sha256).hexdigest()
