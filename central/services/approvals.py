"""Verbs of approval: content may sound only where an approver's own key has signed its hash.

A live source is approved alike, by the hash of its address. Of a recalled content the approvals are kept as signed, and
their rows say that they ended with the recall.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec
from sqlalchemy import select, update

from central.db.broadcast import ApprovalRow, ContentRow, LiveSourceRow
from central.domain.errors import NotFound, Unacceptable
from central.domain.lives import approval_title
from central.domain.people import Person, Right
from central.domain.states import ApprovalState, Prepared
from central.services import transparency, workflow
from central.services.areas import area_named
from central.services.sealed import opened
from central.services.telling import told_approved
from central.services.unit import SYSTEM, Unit
from contract import codec, seal
from contract.area import is_at_or_below
from contract.documents import Approval, Kind, Sha256

DEFAULT_LIFE = timedelta(days=365)


def prepare_approval(
    unit: Unit,
    sha256: str,
    area: str,
    *,
    who: Person,
    now: datetime,
    life: timedelta = DEFAULT_LIFE,
) -> Prepared:
    """Return the payload by which `who` approves this content or live source for `area`; it is signed elsewhere."""
    who.require(Right.APPROVE, area)
    area_named(unit, area)
    title = _title(unit, sha256)
    if title is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    workflow.check_may_approve(unit, sha256, area, who=who)
    now = now.replace(microsecond=0)
    payload = codec.encode(
        Approval(
            sha256=Sha256(sha256),
            title=title,
            area=area,
            issued=now,
            not_after=now + life,
        )
    )
    return Prepared(
        kind=Kind.APPROVAL.value, id=sha256, payload=payload, payload_sha256=seal.sha256(payload)
    )


def take_approval(
    unit: Unit, envelope: bytes, *, who: Person | None, now: datetime
) -> ApprovalState:
    """Keep a sealed approval; the same one again changes nothing.

    Raises `Refused` when no approver's key for that area signed it, `NotFound` when the library lacks the content
    and no slot names such a live source, `Conflict` when the content was recalled, `Forbidden` where another must sign.
    """
    sealed, document = opened(unit, Kind.APPROVAL, envelope, Approval, now=now)
    if who is not None:
        who.require(Right.APPROVE, document.area)
    if document.not_after <= now:
        raise Unacceptable("Giấy duyệt này đã hết hạn.", "expired")
    if _title(unit, document.sha256) is None:
        raise NotFound(
            "Kho chưa có nội dung mà giấy duyệt nói tới; hãy tải lên trước.", "no-content"
        )
    row = unit.session.get(ApprovalRow, sealed.payload_sha256)
    if row is None:
        workflow.approve(unit, document.sha256, document.area, who=who, now=now)
        row = ApprovalRow(
            payload_sha256=sealed.payload_sha256,
            sha256=document.sha256,
            area=document.area,
            title=document.title,
            issued=document.issued,
            not_after=document.not_after,
            envelope=envelope,
            taken=now,
            taken_by=who.name if who else SYSTEM,
        )
        unit.session.add(row)
        transparency.enter(unit, document, envelope, now=now)
        hint = msgspec.json.encode({"kind": Kind.APPROVAL.value})
        unit.post(Kind.APPROVAL.value, "changed", hint, now=now, areas=[document.area])
        unit.note(
            who,
            "approve",
            f"{document.sha256} {document.area}",
            now=now,
            area=document.area,
            subject=document.sha256,
        )
        told_approved(unit, document.sha256, document.title, document.area, now=now)
    return approval_state(row)


def _title(unit: Unit, sha256: str) -> str | None:
    """Return what an approval of this name is headed, None for what is neither content nor live source."""
    content = unit.session.get(ContentRow, sha256)
    if content is not None:
        return content.title
    live = unit.session.get(LiveSourceRow, sha256)
    return None if live is None else approval_title(live.url)


def approvals_of(
    unit: Unit, sha256s: Collection[str] | None = None, *, now: datetime
) -> dict[str, tuple[ApprovalState, ...]]:
    """Return the approvals that still hold, by content; of `sha256s` alone where given."""
    query = (
        select(ApprovalRow)
        .where(ApprovalRow.not_after > now)
        .order_by(ApprovalRow.not_after.desc())
    )
    if sha256s is not None:
        query = query.where(ApprovalRow.sha256.in_(sha256s))
    found: dict[str, list[ApprovalState]] = {}
    for row in unit.session.scalars(query):
        found.setdefault(row.sha256, []).append(approval_state(row))
    return {sha256: tuple(states) for sha256, states in found.items()}


def approval_for(unit: Unit, sha256: str, area: str, *, now: datetime) -> bytes | None:
    """Return the sealed approval of this content that covers `area` the longest, if there is one."""
    rows = unit.session.scalars(
        select(ApprovalRow)
        .where(ApprovalRow.sha256 == sha256, ApprovalRow.not_after > now)
        .order_by(ApprovalRow.not_after.desc())
    )
    return next((row.envelope for row in rows if is_at_or_below(area, row.area)), None)


def end_approvals(unit: Unit, sha256: str, *, now: datetime) -> datetime | None:
    """Have no approval so far count any more; return until when the last of them was signed, None where none held.

    What was signed stays signed: an appliance that has the paper believes it until then.
    """
    held = approvals_of(unit, {sha256}, now=now).get(sha256, ())
    standing = update(ApprovalRow).where(ApprovalRow.sha256 == sha256, ApprovalRow.not_after > now)
    unit.session.execute(standing.values(not_after=now))
    return max((approval.not_after for approval in held), default=None)


def approval_state(row: ApprovalRow) -> ApprovalState:
    """Return the row as a value."""
    return ApprovalState(
        sha256=row.sha256,
        area=row.area,
        title=row.title,
        issued=row.issued,
        not_after=row.not_after,
        taken_by=row.taken_by,
    )
