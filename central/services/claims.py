"""The verb that takes a claim code typed at an appliance, or says in words why not.

Law of the room: a code is won by one conditional change in the database, so that of two who hold it exactly one
gets it, whichever process they speak to. A wrong guess is counted three times: for the appliance (five, then a
rest), for the code whose first half it has (five, then it is dead), and for everybody and each address together,
so that nobody can guess 50 bits; a first half that was not seen on paper is as hard to hit as 25 bits under that
limit, so nobody can burn codes of others. Why a guess is wrong is never told closer than "wrong".
"""

from datetime import datetime, timedelta
from typing import Final, assert_never

from sqlalchemy import delete, func, select, update

from central.db.sites import ClaimGuessRow, EnrolmentRow, SiteRow
from central.domain.sites import ClaimPhase, Match
from central.services.sites import (
    MOST_TRIES,
    claim_hashes,
    claim_phase,
    rows_changed,
    site_of,
)
from central.services.unit import Unit
from contract.enrolment import read_claim

REST: Final = timedelta(minutes=15)
MINUTE: Final = timedelta(minutes=1)
MOST_A_MINUTE: Final = 60
MOST_A_MINUTE_EACH: Final = 20
_KEPT: Final = timedelta(hours=1)
_WRONG = "Mã nhận máy không đúng. Hãy đọc lại từng ký tự trên phiếu."
_RESTING = (
    f"Máy này đã nhập sai {MOST_TRIES} lần. Hãy đợi {REST.seconds // 60} phút và xin mã mới, "
    "hoặc quét mã QR của máy."
)
_CROWDED = "Máy chủ đang nhận quá nhiều mã sai. Hãy đợi một phút, hoặc quét mã QR của máy."
_NEW = "Hãy xin mã mới trên trang Lắp đặt."


def try_claim(unit: Unit, asked: EnrolmentRow, typed: str, *, now: datetime) -> str:
    """Match the appliance to the place of this code; return why not in words, empty when it is matched there.

    The same wrong code once more (the appliance asks every few seconds) is told again and not counted again.
    """
    try:
        code = read_claim(typed)
    except ValueError as fault:
        return str(fault)
    whole, head = claim_hashes(unit, code)
    mine = site_of(unit, asked.device)
    if mine is not None and mine.claim_hash == whole:
        return ""
    if asked.claim_last == whole:
        return _RESTING if _rests(asked, now) else _WRONG
    if _crowded(unit, asked.source, now):
        return _CROWDED
    if not _take_a_try(unit, asked, now):
        return _RESTING
    found = unit.session.scalar(select(SiteRow).where(SiteRow.claim_hash == whole))
    if found is None:
        _count_wrong(unit, asked, whole, head, now)
        return _WRONG
    _give_the_try_back(unit, asked)
    if mine is not None:
        return f"Mã này là của vị trí khác; máy này đang được ghép với “{mine.title}”."
    if _won(unit, asked.device, found, whole, now):
        unit.note(
            None,
            "match-claim",
            f"{found.id} {asked.device}",
            now=now,
            area=found.area,
            subject=asked.device,
        )
        return ""
    return _why_not(found, now)


def _won(unit: Unit, device: str, found: SiteRow, whole: str, now: datetime) -> bool:
    """Take the code and its place in one conditional change: who comes second changes no row."""
    won = rows_changed(
        unit,
        update(SiteRow)
        .where(
            SiteRow.claim_hash == whole,
            SiteRow.claim_used.is_(None),
            SiteRow.claim_tries < MOST_TRIES,
            SiteRow.claim_expires > now,
            SiteRow.matched.is_(None),
            SiteRow.device.is_(None),
        )
        .values(
            claim_used=now,
            matched=device,
            matched_how=Match.CLAIM.value,
            matched_by=SiteRow.claim_issued_by,
            matched_at=now,
        ),
    )
    unit.session.refresh(found)
    return won == 1


def _why_not(found: SiteRow, now: datetime) -> str:
    match claim_phase(found, now):
        case ClaimPhase.USED:
            return f"Mã này đã được dùng cho một máy khác. {_NEW}"
        case ClaimPhase.DEAD:
            return f"Mã này đã bị nhập sai {MOST_TRIES} lần nên không dùng được nữa. {_NEW}"
        case ClaimPhase.EXPIRED:
            return f"Mã này đã hết hạn. {_NEW}"
        case ClaimPhase.OPEN:
            return f"Vị trí “{found.title}” của mã này đã có máy khác. Hãy hỏi người cấp mã."
        case ClaimPhase.NONE:
            return _WRONG
        case never:
            assert_never(never)


def _take_a_try(unit: Unit, asked: EnrolmentRow, now: datetime) -> bool:
    """Take one of the appliance's five tries, before anything is looked up; after a rest they are five again."""
    here = update(EnrolmentRow).where(EnrolmentRow.device == asked.device)
    rows_changed(unit, here.where(EnrolmentRow.claim_since < now - REST).values(claim_tries=0))
    one_more = here.where(EnrolmentRow.claim_tries < MOST_TRIES)
    taken = rows_changed(
        unit, one_more.values(claim_tries=EnrolmentRow.claim_tries + 1, claim_since=now)
    )
    unit.session.refresh(asked)
    return taken == 1


def _give_the_try_back(unit: Unit, asked: EnrolmentRow) -> None:
    here = update(EnrolmentRow).where(EnrolmentRow.device == asked.device)
    rows_changed(unit, here.values(claim_tries=EnrolmentRow.claim_tries - 1))
    unit.session.refresh(asked)


def _count_wrong(unit: Unit, asked: EnrolmentRow, whole: str, head: str, now: datetime) -> None:
    asked.claim_last = whole
    unit.session.add(ClaimGuessRow(at=now, source=asked.source))
    unit.session.execute(delete(ClaimGuessRow).where(ClaimGuessRow.at < now - _KEPT))
    rows_changed(
        unit,
        update(SiteRow)
        .where(SiteRow.claim_head == head, SiteRow.claim_used.is_(None))
        .where(SiteRow.claim_tries < MOST_TRIES)
        .values(claim_tries=SiteRow.claim_tries + 1),
    )
    if asked.claim_tries >= MOST_TRIES:
        unit.note(
            None, "wrong-claims", f"{asked.device} {asked.source}", now=now, subject=asked.device
        )


def _crowded(unit: Unit, source: str, now: datetime) -> bool:
    recent = select(func.count()).select_from(ClaimGuessRow).where(ClaimGuessRow.at > now - MINUTE)
    here = recent.where(ClaimGuessRow.source == source)
    return (unit.session.scalar(here) or 0) >= MOST_A_MINUTE_EACH or (
        unit.session.scalar(recent) or 0
    ) >= MOST_A_MINUTE


def _rests(asked: EnrolmentRow, now: datetime) -> bool:
    since = asked.claim_since
    return asked.claim_tries >= MOST_TRIES and since is not None and since >= now - REST
