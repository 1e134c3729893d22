"""What appliances play at the rounds of an alarm, by their signed programmes: what each round would interrupt.

Law of the room: reads only. Of ten thousand programmes those alike in what may be open at the rounds are asked once:
which slots may be open is a question of the clock alone (Vietnam has one zone), what sounds is answered by the
appliance's own function.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from central.db.broadcast import ProgrammeRow, SlotRow
from central.domain.areas import lineage_through
from central.services.areas import successors_of
from central.services.unit import Unit
from contract import codec, seal
from contract.documents import DAY_S, Kind, Programme, Slot
from contract.timeline import stretch_at

SILENCE: Final = "đang im"
ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_SLOT: Final = msgspec.json.Decoder(Slot)


class Holder(NamedTuple):
    """An appliance that stands for all with one body of programme: where it stands, and its zones."""

    device: str
    area: str
    zones: str


class _Window(NamedTuple):
    """From which second of the day, for how long, and what tells the slot from others."""

    start_s: int
    window_s: int
    alike: bytes


def planned_at(
    unit: Unit, holders: Mapping[str, Holder], rounds: Sequence[datetime]
) -> dict[str, tuple[str, ...]]:
    """Return for each body of a programme the title of what it plays at every round."""
    silence = (SILENCE,) * len(rounds)
    due = _due(unit, rounds)
    successors = successors_of(unit)
    alike: dict[tuple[str, tuple[bytes, ...]], list[str]] = {}
    for body, holder in holders.items():
        above = lineage_through(holder.area, successors)
        slots = tuple(slot for area in above for slot in due.get(area, ()))
        if body and slots:
            alike.setdefault((holder.zones, slots), []).append(body)
    found = dict.fromkeys(holders, silence)
    wanted = {holders[bodies[0]].device: bodies for bodies in alike.values()}
    for device, envelope in _papers(unit, list(wanted)).items():
        programme = _programme(envelope)
        titles = tuple(_title(programme, at) for at in rounds)
        found.update(dict.fromkeys(wanted[device], titles))
    return found


def _due(unit: Unit, rounds: Sequence[datetime]) -> dict[str, tuple[bytes, ...]]:
    """Return the published slots of each area whose hours hold one of the rounds, whatever the day."""
    local = [at.astimezone(ZONE) for at in rounds]
    seconds = [at.hour * 3_600 + at.minute * 60 + at.second for at in local]
    published = select(SlotRow.area, SlotRow.published).where(SlotRow.published.is_not(None))
    found: dict[str, tuple[bytes, ...]] = {}
    for area, body in unit.session.execute(published.order_by(SlotRow.id)):
        window = _window(body)
        if any((at - window.start_s) % DAY_S < window.window_s for at in seconds):
            found[area] = (*found.get(area, ()), window.alike)
    return found


@lru_cache(maxsize=20_000)
def _window(body: bytes) -> _Window:
    slot = _SLOT.decode(body)
    start_s = slot.start.hour * 3_600 + slot.start.minute * 60 + slot.start.second
    alike = msgspec.json.encode(msgspec.structs.replace(slot, id="x"), order="deterministic")
    return _Window(start_s, slot.window_s, alike)


def _papers(unit: Unit, devices: Sequence[str]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for first in range(0, len(devices), 500):
        some = ProgrammeRow.device.in_(devices[first : first + 500])
        rows = unit.session.execute(select(ProgrammeRow.device, ProgrammeRow.envelope).where(some))
        found.update(dict(rows.all()))
    return found


@lru_cache(maxsize=512)
def _programme(envelope: bytes) -> Programme | None:
    document = codec.decode(Kind.PROGRAMME, seal.read_envelope(envelope).payload)
    return document if isinstance(document, Programme) else None


def _title(programme: Programme | None, at: datetime) -> str:
    cues = stretch_at(programme, at).cues if programme is not None else ()
    return f"“{cues[0].slot.title}”" if cues else SILENCE
