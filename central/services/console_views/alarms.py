"""The emergency desk's views: what stands, how far it got, and payloads in several languages.

Law of the room: reads only; what is judged is judged by `central.domain` and `contract`.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlalchemy import or_, select

from central.db.broadcast import AnnouncementRow
from central.db.fleet import PlayRow, ReceiptRow, RefusalRow
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.states import (
    AnnouncementPhase,
    AnnouncementState,
    DeviceState,
    Prepared,
    State,
)
from central.services.alarms import (
    AlarmDraft,
    prepare_announcement,
    prepare_cancel,
    waiting_envelope,
)
from central.services.areas import list_areas
from central.services.console_views.tree import place_of
from central.services.devices import fleet
from central.services.unit import Unit
from contract import codec, keyring, seal
from contract.area import is_at_or_below
from contract.documents import (
    Announcement,
    AnnouncementInfo,
    Kind,
    MessageType,
    Rank,
    Role,
    Tone,
)
from contract.errors import Refused


class BoardLine(State, frozen=True, kw_only=True):
    """How far an announcement is on one appliance; `stage` is sent, verified, sounding, sounded or refused."""

    device: DeviceState
    place: str
    stage: str
    rounds: int
    last_round: datetime | None
    sounded_ms: int
    level_dbfs: float | None
    why: str


def standing_alarms(unit: Unit, who: Person, *, now: datetime) -> tuple[str, ...]:
    """Return the ids of the alarms in force or waiting for a signature that concern `who`, newest first."""
    rows = unit.session.scalars(
        select(AnnouncementRow)
        .where(AnnouncementRow.state != AnnouncementPhase.OVER.value, AnnouncementRow.expires > now)
        .where(AnnouncementRow.message != MessageType.CANCEL.value)
        .order_by(AnnouncementRow.taken.desc(), AnnouncementRow.id)
    )
    return tuple(row.id for row in rows if any(_touches(who, area) for area in row.areas))


def waiting_cancel(unit: Unit, announcement: str, *, now: datetime) -> str | None:
    """Return the id of a cancel of this announcement that waits for another signature, if there is one."""
    rows = unit.session.scalars(
        select(AnnouncementRow)
        .where(AnnouncementRow.state == AnnouncementPhase.WAITING.value)
        .where(AnnouncementRow.message == MessageType.CANCEL.value, AnnouncementRow.expires > now)
    )
    return next((r.id for r in rows if announcement in document_of(r.envelope).references), None)


def document_of(envelope: bytes) -> Announcement:
    """Return what a sealed announcement of ours says."""
    document = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(envelope).payload)
    if not isinstance(document, Announcement):
        msg = "the table of announcements holds something else"
        raise TypeError(msg)
    return document


def announcement_document(unit: Unit, announcement: str) -> Announcement:
    """Return what an announcement says, for the page; raises `NotFound`."""
    return document_of(waiting_envelope(unit, announcement))


def signatures_wanted(unit: Unit, areas: Iterable[str]) -> int:
    """Return how many people must sign an announcement to these areas."""
    return keyring.threshold(unit.house.keyring.current(), Role.EMERGENCY, areas)


def prepare_alarm(
    unit: Unit,
    draft: AlarmDraft,
    more: Sequence[AnnouncementInfo],
    *,
    who: Person,
    now: datetime,
) -> Prepared:
    """Return the payload of an alert in the draft's language and in `more` languages, for a person to sign."""
    prepared = prepare_announcement(unit, draft, who=who, now=now)
    return _with_infos(prepared, more)


def prepare_all_clear(
    unit: Unit, announcement: str, text: str, *, who: Person, now: datetime
) -> Prepared:
    """Return the payload that ends an announcement with the all-clear tone and `text`, for a person to sign."""
    prepared = prepare_cancel(unit, announcement, who=who, now=now)
    event = announcement_document(unit, announcement).event
    headline = f"Báo yên: {event}"[:200]
    info = AnnouncementInfo(language="vi", headline=headline, text=text, tone=Tone.ALL_CLEAR)
    return _with_infos(prepared, [info])


def _with_infos(prepared: Prepared, more: Sequence[AnnouncementInfo]) -> Prepared:
    document = codec.decode(Kind.ANNOUNCEMENT, prepared.payload)
    if not isinstance(document, Announcement):
        msg = "an announcement was to be prepared"
        raise TypeError(msg)
    try:
        whole = msgspec.structs.replace(document, infos=(*document.infos, *more))
        payload = codec.encode(whole)
    except (ValueError, Refused) as fault:
        raise Unacceptable(f"Thông báo chưa đúng: {fault}.", "bad-announcement") from fault
    digest = seal.sha256(payload)
    return Prepared(kind=prepared.kind, id=prepared.id, payload=payload, payload_sha256=digest)


_STAGES: Final = ("refused", "sent", "verified", "sounding", "sounded")


def board(unit: Unit, state: AnnouncementState, *, now: datetime) -> tuple[BoardLine, ...]:
    """Return every appliance that an announcement is for, the ones with trouble first."""
    names = {area.path: area.name for area in list_areas(unit)}
    devices = {d.id: d for area in state.areas for d in fleet(unit, area=area, now=now)}
    receipts: dict[str, set[str]] = {}
    told = select(ReceiptRow.device, ReceiptRow.state).where(
        ReceiptRow.kind == Kind.ANNOUNCEMENT.value, ReceiptRow.document == state.id
    )
    for device, reached in unit.session.execute(told):
        receipts.setdefault(device, set()).add(reached)
    plays: dict[str, list[PlayRow]] = {}
    for play in unit.session.scalars(
        select(PlayRow)
        .where(PlayRow.started >= state.sent - timedelta(minutes=1), PlayRow.rank >= 6)
        .order_by(PlayRow.started)
    ):
        if play.key.startswith(f"alert/{state.id}/"):  # alert/<id>/<round>/<step>
            plays.setdefault(play.device, []).append(play)
    said_no = (
        select(RefusalRow.device, RefusalRow.why)
        .where(RefusalRow.at >= state.sent - timedelta(minutes=1))
        .where(
            or_(
                RefusalRow.what.contains(state.id, autoescape=True),
                RefusalRow.what.startswith(f"{Kind.ANNOUNCEMENT.value} (", autoescape=True),
            )
        )
        .order_by(RefusalRow.id)
    )
    refused: dict[str, str] = dict(unit.session.execute(said_no).all())
    over = state.phase is AnnouncementPhase.OVER
    lines = [
        _board_line(
            d, names, receipts.get(i, set()), plays.get(i, []), refused.get(i, ""), over=over
        )
        for i, d in devices.items()
    ]
    return tuple(sorted(lines, key=lambda line: (_STAGES.index(line.stage), line.device.name)))


def _board_line(
    device: DeviceState,
    names: Mapping[str, str],
    receipts: set[str],
    plays: Sequence[PlayRow],
    refused: str,
    *,
    over: bool,
) -> BoardLine:
    sounded = [p for p in plays if p.sounded_ms > 0]
    silent = next((p.why for p in reversed(plays) if p.sounded_ms == 0), "")
    on_air = device.health is not None and device.health.on_air >= Rank.EMERGENCY_COMMUNE
    if refused and not receipts:
        stage = "refused"
    elif "sounding" in receipts and not over and (on_air or not sounded):
        stage = "sounding"
    elif sounded:
        stage = "sounded"
    elif receipts:
        stage = "verified"
    else:
        stage = "sent"
    why = refused if stage == "refused" else silent
    if stage == "sent":
        why = device.why
    return BoardLine(
        device=device,
        place=place_of(device.area, names),
        stage=stage,
        rounds=len({p.key.rsplit("/", 1)[0] for p in sounded}),
        last_round=sounded[-1].started if sounded else None,
        sounded_ms=sum(p.sounded_ms for p in sounded),
        level_dbfs=sounded[-1].level_dbfs if sounded else None,
        why=why,
    )


def _touches(who: Person, area: str) -> bool:
    held = who.areas(Right.VIEW)
    return any(is_at_or_below(area, h) or is_at_or_below(h, area) for h in held)
