"""Verbs that plan a whole table of places at once, or none of it.

Law of the room: every fault is told at once, with its line; the same table again changes nothing.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import select

from central.db.people import AreaRow
from central.db.sites import SiteRow
from central.domain.errors import Unacceptable
from central.domain.people import Person, Right
from central.domain.site_csv import SiteLine, read_table, template_of
from central.domain.sites import Planned, SiteDraft, Template
from central.services.sites import plan_site, template_in
from central.services.unit import Unit


class Outline(msgspec.Struct, frozen=True):
    """What a table would do: the places as they would stand, which of them are new, and every fault."""

    drafts: tuple[SiteDraft, ...]
    fresh: frozenset[str]
    changed: frozenset[str]
    faults: tuple[str, ...]


def table_text(data: bytes) -> str:
    """Return the text of a file; raises `Unacceptable` when it is no UTF-8."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        msg = "Tệp không phải UTF-8. Trong Excel hãy chọn Lưu dưới dạng “CSV UTF-8”."
        raise Unacceptable(msg, "bad-csv") from fault


def outline(unit: Unit, text: str, *, who: Person | None) -> Outline:
    """Return what importing this table (`central.domain.site_csv`) would do, with every fault at once."""
    table = read_table(text)
    faults = list(table.faults)
    areas = set(unit.session.scalars(select(AreaRow.path)))
    held = {row.id: row for row in unit.session.scalars(select(SiteRow))}
    found: dict[str, SiteDraft] = {}
    for line in table.lines:
        draft = _drafted(line, {x.id: x for x in table.lines}, held, areas, who)
        if isinstance(draft, str):
            faults.append(f"Dòng {line.line}: {draft}")
        else:
            found[line.id] = draft
    drafts = tuple(found.values())
    return Outline(
        drafts=drafts,
        fresh=frozenset(d.id for d in drafts if d.id not in held),
        changed=frozenset(d.id for d in drafts if d.id in held and _differs(held[d.id], d)),
        faults=tuple(faults),
    )


def import_sites(unit: Unit, text: str, *, who: Person | None, now: datetime) -> Planned:
    """Plan every place of the table, or none: raises `Unacceptable` naming all faults."""
    found = outline(unit, text, who=who)
    if found.faults:
        raise Unacceptable("\n".join(found.faults), "bad-csv")
    for draft in found.drafts:
        plan_site(unit, draft, who=who, now=now)
    same = len(found.drafts) - len(found.fresh) - len(found.changed)
    return Planned(added=len(found.fresh), changed=len(found.changed), unchanged=same)


def _drafted(
    line: SiteLine,
    lines: Mapping[str, SiteLine],
    held: Mapping[str, SiteRow],
    areas: set[str],
    who: Person | None,
) -> SiteDraft | str:
    """Return the place of one line, or what is wrong with it."""
    known = held.get(line.id)
    if line.area not in areas:
        return f"chưa có địa bàn {line.area}; hãy thêm địa bàn trước."
    if who is not None:
        for area in (line.area, known.area if known else line.area):
            if not who.may(Right.ADMINISTER, area):
                return f"{who.name} không có quyền quản trị tại địa bàn {area}."
    template = _template(line, lines, held, (line.id,))
    if isinstance(template, str):
        return template
    draft = SiteDraft(id=line.id, title=line.title, area=line.area, template=template)
    if known is not None and known.device is not None and _differs(known, draft):
        return f"vị trí {line.id} đã có máy; đổi nó bằng giấy giao mới."
    return draft


def _template(
    line: SiteLine,
    lines: Mapping[str, SiteLine],
    held: Mapping[str, SiteRow],
    trail: tuple[str, ...],
) -> Template | str:
    like: Template | str = Template()
    if line.like in trail:
        return f"cột like đi vòng tròn: {' → '.join((*trail, line.like))}."
    if line.like in lines:
        like = _template(lines[line.like], lines, held, (*trail, line.like))
    elif line.like in held:
        like = template_in(held[line.like])
    elif line.like:
        return f"cột like: không có vị trí {line.like} trong bảng hay đã lập."
    if isinstance(like, str):
        return like
    try:
        return template_of(line, like)
    except ValueError as fault:
        return f"các cột không hợp nhau: {fault}."


def _differs(row: SiteRow, draft: SiteDraft) -> bool:
    held = (row.title, row.area, template_in(row))
    return held != (draft.title, draft.area, draft.template)
