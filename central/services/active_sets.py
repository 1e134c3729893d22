"""The signed list, per province, of every announcement now in force and of every cancel not yet run out.

Law of the room: it tells appliances what to fetch, so that a lost word is made good within a minute. What it
lacks ends nothing: only people's signatures end what people's signatures began (ADR 0015).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update

from central.db.broadcast import ActiveSetRow, AnnouncementRow
from central.db.people import AreaRow
from central.domain.areas import root_of
from central.domain.states import AnnouncementPhase
from central.services import transparency
from central.services.unit import Unit
from contract.documents import ActiveEntry, ActiveSet, Kind, MessageType, Sha256

LIFE = timedelta(minutes=10)
MAX_ACTIVE = 500
NEVER_SIGNED = (
    "hết hạn khi chưa đủ chữ ký"  # it was never in force, and nobody outside is told of it
)


def sign_active_sets(unit: Unit, *, now: datetime, roots: Iterable[str] | None = None) -> None:
    """End what has run out, and sign and push the active set of each root (all of them when None)."""
    unit.take_turn()
    for phase, why in (
        (AnnouncementPhase.ACTIVE, "hết hạn"),
        (AnnouncementPhase.WAITING, NEVER_SIGNED),
    ):
        unit.session.execute(
            update(AnnouncementRow)
            .where(AnnouncementRow.state == phase.value, AnnouncementRow.expires <= now)
            .values(state=AnnouncementPhase.OVER.value, ended=now, why=why)
        )
    if roots is None:
        roots = unit.session.scalars(select(AreaRow.path).where(~AreaRow.path.contains("/"))).all()
    sent_cancel = (AnnouncementRow.message == MessageType.CANCEL.value) & (
        (AnnouncementRow.state == AnnouncementPhase.OVER.value) & (AnnouncementRow.expires > now)
    )
    active = unit.session.scalars(
        select(AnnouncementRow)
        .where(or_(AnnouncementRow.state == AnnouncementPhase.ACTIVE.value, sent_cancel))
        .order_by(AnnouncementRow.state, AnnouncementRow.sent.desc(), AnnouncementRow.id)
    ).all()
    for root in sorted(set(roots)):
        spoken_to = [row for row in active if any(root_of(area) == root for area in row.areas)]
        _sign(unit, root, spoken_to[:MAX_ACTIVE], now)


def _sign(unit: Unit, root: str, active: list[AnnouncementRow], now: datetime) -> None:
    row = unit.session.get(ActiveSetRow, root)
    if row is None:
        row = ActiveSetRow(area=root, version=0)
        unit.session.add(row)
    issued = now.replace(microsecond=0)
    document = ActiveSet(
        area=root,
        version=row.version + 1,
        issued=issued,
        expires=issued + LIFE,
        min_keyring_epoch=unit.house.keyring.current().epoch,
        active=tuple(ActiveEntry(id=a.id, payload_sha256=Sha256(a.payload_sha256)) for a in active),
    )
    sealed = unit.house.keys.active_set(document)
    row.version, row.envelope, row.etag = document.version, sealed.envelope, sealed.etag
    row.issued, row.expires = document.issued, document.expires
    transparency.enter(unit, document, sealed.envelope, now=now)
    unit.post(Kind.ACTIVE_SET.value, "sealed", sealed.envelope, now=now, areas=[root], life=LIFE)
