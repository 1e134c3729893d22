"""Verbs of templates: list, keep an area's slots as one, look at what applying changes, apply, forget.

Law of the room: an area sees the templates of the areas above it and those that come with the system; it changes only
its own.
"""

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
from sqlalchemy import select

from central.db.planning import SlotTemplateRow
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.planning_diff import SlotChange
from central.domain.planning_templates import BUILT_IN, Fill, Part, Template, applied, parts_of
from central.services.areas import area_named, lineage_of
from central.services.planning_edits import apply_changes, own_slots
from central.services.slots import new_slot_id
from central.services.unit import SYSTEM, Unit

MAX_OF_AREA = 100
_PARTS = msgspec.json.Decoder(tuple[Part, ...])
_ENCODER = msgspec.json.Encoder(order="deterministic")


def list_templates(unit: Unit, area: str, *, who: Person | None) -> tuple[Template, ...]:
    """Return the templates that may be applied at `area`: its own, those above it, those of the system."""
    if who is not None:
        who.require(Right.VIEW, area)
    query = (
        select(SlotTemplateRow)
        .where(SlotTemplateRow.area.in_(lineage_of(unit, area)))
        .order_by(SlotTemplateRow.area.desc(), SlotTemplateRow.name)
    )
    return (*map(_template, unit.session.scalars(query)), *BUILT_IN)


def template_named(unit: Unit, template: str, area: str, *, who: Person | None) -> Template:
    """Return one template that may be applied at `area`; raises `NotFound`."""
    found = next((t for t in list_templates(unit, area, who=who) if t.id == template), None)
    if found is None:
        raise NotFound("Không có mẫu này trong phạm vi của địa bàn.", "no-template")
    return found


def keep_template(
    unit: Unit, area: str, name: str, about: str, *, who: Person | None, now: datetime
) -> Template:
    """Keep the area's own recurring slots as a template under a name; one of the same name is replaced."""
    _require(who, area)
    area_named(unit, area)
    name, about = name.strip(), about.strip()
    if not 1 <= len(name) <= 200 or len(about) > 500:
        raise Unacceptable("Hãy đặt tên mẫu từ 1 đến 200 chữ, mô tả dài nhất 500 chữ.", "bad-name")
    parts = parts_of(own_slots(unit, area))
    own = select(SlotTemplateRow).where(SlotTemplateRow.area == area)
    held = unit.session.scalars(own).all()
    row = next((found for found in held if found.name == name), None)
    if row is None and len(held) >= MAX_OF_AREA:
        msg = f"Địa bàn này đã có {MAX_OF_AREA} mẫu. Hãy xóa mẫu không dùng nữa."
        raise Unacceptable(msg, "too-many-templates")
    if row is None:
        row = SlotTemplateRow(id=f"m{new_slot_id()[1:]}", area=area, name=name)
        unit.session.add(row)
    row.about, row.parts = about, _ENCODER.encode(parts)
    row.made, row.made_by = now, who.name if who else SYSTEM
    unit.session.flush()
    unit.note(who, "keep-template", f"{area} {name}", now=now, area=area, subject=row.id)
    return _template(row)


def drop_template(unit: Unit, template: str, *, who: Person | None, now: datetime) -> None:
    """Forget a template of an area; slots made from it stay."""
    row = unit.session.get(SlotTemplateRow, template)
    if row is None:
        raise NotFound("Không có mẫu này, hoặc đây là mẫu có sẵn của hệ thống.", "no-template")
    _require(who, row.area)
    unit.session.delete(row)
    unit.note(
        who, "drop-template", f"{row.area} {row.name}", now=now, area=row.area, subject=row.id
    )


def template_changes(
    unit: Unit,
    template: str,
    area: str,
    fills: Mapping[int, Fill],
    *,
    first: date | None = None,
    last: date | None = None,
    who: Person | None,
) -> tuple[SlotChange, ...]:
    """Return what applying a template to the area would change."""
    _require(who, area)
    area_named(unit, area)
    found = template_named(unit, template, area, who=who)
    slots = own_slots(unit, area)
    return applied(found, area, slots, fills, new_slot_id, first=first, last=last)


def apply_template(  # noqa: PLR0913  the template, what fills it, and what was seen
    unit: Unit,
    template: str,
    area: str,
    fills: Mapping[int, Fill],
    *,
    first: date | None = None,
    last: date | None = None,
    seen: str | None = None,
    who: Person | None,
    now: datetime,
) -> int:
    """Apply a template as drafts; return how many slots changed. Raises `Conflict` when `seen` is old."""
    changes = template_changes(unit, template, area, fills, first=first, last=last, who=who)
    return apply_changes(unit, changes, what="template", who=who, now=now, seen=seen)


def _template(row: SlotTemplateRow) -> Template:
    return Template(
        id=row.id, name=row.name, about=row.about, area=row.area, parts=_PARTS.decode(row.parts)
    )


def _require(who: Person | None, area: str) -> None:
    if who is not None:
        who.require(Right.EDIT, area)
