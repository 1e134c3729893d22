"""Whom to telephone about an announcement: the communes where it did not sound everywhere, worst first.

Law of the room: a commune stands in the list because of what its appliances told or did not tell, and for no other
reason; one without any appliance is in it too, for nothing can sound there. A call that was made is added, never
changed, and who made it stands in the audit log.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from central.db.emergency import CallRow
from central.db.fleet import DeviceRow
from central.db.people import AreaRow
from central.domain.areas import commune_of
from central.domain.emergency import Call, CallDraft, Phone
from central.domain.errors import Conflict, Unacceptable
from central.domain.people import Person, Right, checked_words
from central.domain.states import AnnouncementPhase, AnnouncementState, State
from central.services.alarms_stages import STAGES, audience_of, staged
from central.services.area_groups import require_desk
from central.services.areas import communes_of
from central.services.phones import phones_of
from central.services.unit import Unit
from contract.area import is_at_or_below


class CallLine(State, frozen=True, kw_only=True):
    """One commune to telephone: how many of its appliances stand at which stage, whom to call, and who was called.

    `silent` are those that have not sounded; `told` says that somebody there was informed by telephone.
    """

    area: str
    name: str
    total: int
    silent: int
    of: dict[str, int]
    phones: tuple[Phone, ...]
    calls: tuple[Call, ...]
    told: bool


class CallList(State, frozen=True, kw_only=True):
    """The communes to telephone about an announcement; in `heard` communes it sounded on every appliance."""

    lines: tuple[CallLine, ...]
    heard: int


def call_list(unit: Unit, state: AnnouncementState, *, who: Person, now: datetime) -> CallList:
    """Return whom to telephone about an announcement, worst off first, those already told last."""
    if not any(_is_desk(who, area) for area in _seen(state, who)):
        who.require(Right.ALARM, state.areas[0])
    counted = _counted(unit, state, who, now)
    names = _communes(unit, state, who) | dict.fromkeys(counted, "")
    known = select(AreaRow.path, AreaRow.name).where(AreaRow.path.in_(names))
    names.update(dict(unit.session.execute(known).all()))
    calls = _calls(unit, state.id)
    wanted = {
        area: of
        for area in names
        if _silent(of := counted.get(area, _none())) or not sum(of.values())
    }
    phones = phones_of(unit, wanted, who=who)
    lines = [
        CallLine(
            area=area,
            name=names[area] or area,
            total=sum(of.values()),
            silent=_silent(of),
            of=of,
            phones=phones[area],
            calls=calls.get(area, ()),
            told=any(call.told for call in calls.get(area, ())),
        )
        for area, of in wanted.items()
    ]
    return CallList(lines=tuple(sorted(lines, key=_worst)), heard=len(names) - len(lines))


def note_call(
    unit: Unit, state: AnnouncementState, draft: CallDraft, *, who: Person, now: datetime
) -> Call:
    """Write down that an area was telephoned; raises `Forbidden`, `Conflict` before it is in force, `Unacceptable`."""
    require_desk(who, draft.area)
    if not any(_touch(draft.area, area) for area in state.areas):
        msg = f"Cảnh báo này không gửi tới địa bàn {draft.area[:60]}."
        raise Unacceptable(msg, "not-spoken-to")
    if state.phase is AnnouncementPhase.WAITING:
        raise Conflict("Cảnh báo chưa đủ chữ ký, chưa có gì để báo qua điện thoại.", "waiting")
    note = checked_words(draft.note, "Ghi chú", 300)
    row = CallRow(
        announcement=state.id, area=draft.area, at=now, by=who.name, told=draft.told, note=note
    )
    unit.session.add(row)
    word = "đã báo" if draft.told else "chưa gặp"
    unit.note(
        who,
        "alarm-call",
        f"{state.id} {draft.area} {word}",
        now=now,
        area=draft.area,
        subject=state.id,
    )
    unit.session.flush()
    return Call(at=now, by=who.name, told=draft.told, note=note)


def _worst(line: CallLine) -> tuple[bool, float, int, str]:
    """Return what to sort by: those nobody told yet, then the largest share that is silent, then the most."""
    share = line.silent / line.total if line.total else 1.0
    return line.told, -share, -line.silent, line.name


def _silent(of: Mapping[str, int]) -> int:
    return sum(count for stage, count in of.items() if stage not in {"sounding", "sounded"})


def _none() -> dict[str, int]:
    return dict.fromkeys(STAGES, 0)


def _counted(
    unit: Unit, state: AnnouncementState, who: Person, now: datetime
) -> dict[str, dict[str, int]]:
    stage, joined = staged(state, now)
    query = joined(DeviceRow.area, stage, func.count()).where(*audience_of(state.areas, who))
    found: dict[str, dict[str, int]] = {}
    for area, place, count in unit.session.execute(query.group_by(DeviceRow.area, stage)):
        of = found.setdefault(commune_of(area), _none())
        of[STAGES[place]] += count
    return found


def _communes(unit: Unit, state: AnnouncementState, who: Person) -> dict[str, str]:
    """Return the open communes spoken to that `who` may view, with or without appliances: path to name."""
    tops = who.areas(Right.VIEW)
    return {
        path: name
        for path, name in communes_of(unit, state.areas).items()
        if any(_touch(path, top) for top in tops)
    }


def _calls(unit: Unit, announcement: str) -> dict[str, tuple[Call, ...]]:
    rows = unit.session.scalars(
        select(CallRow).where(CallRow.announcement == announcement).order_by(CallRow.id.desc())
    )
    found: dict[str, tuple[Call, ...]] = {}
    for row in rows:
        call = Call(at=row.at, by=row.by, told=row.told, note=row.note)
        found[row.area] = (*found.get(row.area, ()), call)
    return found


def _seen(state: AnnouncementState, who: Person) -> Sequence[str]:
    """Return the areas spoken to, and within them those that are `who`'s."""
    tops = who.areas(Right.VIEW)
    return [
        *state.areas,
        *(top for top in tops if any(is_at_or_below(top, a) for a in state.areas)),
    ]


def _is_desk(who: Person, area: str) -> bool:
    return who.may(Right.ALARM, area) or who.may(Right.ADMINISTER, area)


def _touch(one: str, other: str) -> bool:
    return is_at_or_below(one, other) or is_at_or_below(other, one)
