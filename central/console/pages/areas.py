"""The area tree: looking, naming, merging, moving, splitting, importing; and which appliances to assign anew.

Law of the room: whatever closes an area is shown whole before it is done, by the same verb; it is done only for what
was shown.
"""

from collections import defaultdict
from datetime import date, datetime
from typing import Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.responses import JSONResponse, RedirectResponse, Response

from central.console.looks import ZONE
from central.console.pages.contents import Handed, read_json, small_body, to_sign
from central.console.render import Flash, page
from central.console.visitor import Checked, Guest, HouseHere, Posted, Visitor
from central.domain.areas import Area, ImportPlan, from_csv, to_csv
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import Person, Right
from central.domain.tree_states import TreeOutcome
from central.services import House, Unit, add_area, import_areas, list_areas
from central.services.areas import plan_import
from central.services.tree_changes import (
    Part,
    Target,
    close_area,
    merge_areas,
    rename_area,
    split_area,
)
from central.services.tree_papers import move_appliance, prepare_move
from central.services.tree_reading import (
    area_history,
    find_areas,
    seen_areas,
    to_reassign,
    tree_at,
)
from contract.area import parent
from contract.documents import Kind

router = APIRouter(prefix="/areas")
CHILDREN: Final = 100
LEFT: Final = 50
MAX_TABLE_CHARS: Final = 900_000
DONE: Final = {
    "added": "Đã thêm địa bàn.",
    "renamed": "Đã lưu tên và mã.",
    "merged": "Đã sáp nhập. Cụm loa giữ lịch cũ cho tới khi được giao lại.",
    "split": "Đã chia tách. Cụm loa giữ lịch cũ cho tới khi được giao lại.",
    "closed": "Đã đóng địa bàn.",
    "imported": "Đã nhập bảng.",
}


@router.get("")
def areas(
    request: Request,
    house: HouseHere,
    visitor: Guest,
    at: str = "",
    q: str = "",
    after: str = "",
    closed: str = "",
) -> Response:
    """Show a part of the tree with counts, or what a search found."""
    tops = visitor.person.areas(Right.VIEW)
    at = at or next(iter(tops), "")
    visitor.person.require(Right.VIEW, at or "–")
    with house.reading() as unit:
        seen = {area.path: area for area in seen_areas(unit, visitor.person)}
        tree = tree_at(
            unit,
            at,
            who=visitor.person,
            closed=closed == "yes",
            after=after[:200],
            limit=CHILDREN + 1,
        )
        found = find_areas(unit, q[:100], who=visitor.person) if q.strip() else None
        left = to_reassign(unit, who=visitor.person, under=at, limit=1)
        history = area_history(unit, at, who=visitor.person, limit=20)
    may = visitor.person.may
    above = parent(at)
    context: dict[str, object] = {
        "tree": tree,
        "children": tree.children[:CHILDREN],
        "more": len(tree.children) > CHILDREN,
        "paged": bool(after),
        "trail": _trail(at, seen, tops),
        "tops": tops,
        "seen": seen,
        "found": found,
        "q": q[:100],
        "closed": closed == "yes",
        "left": bool(left),
        "history": history,
        "may_edit": may(Right.ADMINISTER, at) and tree.until is None,
        "may_merge": above is not None and may(Right.ADMINISTER, above) and tree.until is None,
        "administers": bool(visitor.person.areas(Right.ADMINISTER)),
    }
    done = DONE.get(request.query_params.get("done", ""))
    flash = Flash("ok", visitor.words(done)) if done else None
    return page(request, visitor, "areas.html", context, flash=flash)


@router.post("")
def change(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Add a child, rename, or close: `deed` says which."""
    deed, at = _text(posted, "deed"), _text(posted, "at")
    who, now = visitor.person, house.clock()
    with house.writing() as unit:
        if deed == "add":
            segment, name, code = (_text(posted, name) for name in ("segment", "name", "code"))
            add_area(unit, f"{at}/{segment}", name, who=who, now=now, code=code)
            done = "added"
        elif deed == "rename":
            rename_area(
                unit,
                at,
                name=_text(posted, "name"),
                code=_text(posted, "code"),
                since=_day(_text(posted, "since")),
                who=who,
                now=now,
            )
            done = "renamed"
        elif deed == "close":
            close_area(unit, at, why=_text(posted, "why"), who=who, now=now)
            at, done = parent(at) or at, "closed"
        else:
            raise Unacceptable("Yêu cầu không đúng.", "bad-request")
    return _to(at, done)


@router.get("/merge")
def merging(request: Request, house: HouseHere, visitor: Guest, at: str = "") -> Response:
    """Show the form of a merge of `at` with its neighbours, or of a move."""
    return _merge_page(request, house, visitor, at, {})


@router.post("/merge")
def merge(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show what a merge does, and do it when it was shown."""
    at = _text(posted, "at")
    given = {name: _text(posted, name) for name in ("into", "path", "name", "code", "day", "why")}
    sources = tuple(dict.fromkeys([at, *(str(s) for s in posted.getlist("source"))]))
    take = _text(posted, "take") == "yes"
    into = Target(path=given["into"] or given["path"], name=given["name"], code=given["code"])
    try:
        with house.writing() as unit:
            outcome = merge_areas(
                unit,
                sources,
                into,
                day=_day(given["day"]) or _today(house.clock()),
                why=given["why"],
                who=visitor.person,
                now=house.clock(),
                dry_run=not take,
            )
            if not take and not given["into"]:
                _check_new(unit, into)
    except CentralError as fault:
        return _merge_page(request, house, visitor, at, given, sources=sources, fault=fault.why)
    if take:
        return _to(into.path, "merged")
    return _merge_page(request, house, visitor, at, given, sources=sources, outcome=outcome)


@router.get("/split")
def splitting(request: Request, house: HouseHere, visitor: Guest, at: str = "") -> Response:
    """Show the form of a split in two."""
    return _split_page(request, house, visitor, at, {})


@router.post("/split")
def split(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show what a split does, and do it when it was shown."""
    at, take = _text(posted, "at"), _text(posted, "take") == "yes"
    given = {name: str(value) for name, value in posted.items()}
    above = parent(at) or at
    parts = [
        Part(
            path=f"{above}/{_text(posted, f'segment-{n}')}",
            name=_text(posted, f"name-{n}"),
            code=_text(posted, f"code-{n}"),
            children=tuple(
                key.removeprefix("child:")
                for key, value in given.items()
                if key.startswith("child:") and value == str(n)
            ),
        )
        for n in (1, 2)
    ]
    try:
        with house.writing() as unit:
            outcome = split_area(
                unit,
                at,
                parts,
                day=_day(given.get("day", "")) or _today(house.clock()),
                why=given.get("why", ""),
                who=visitor.person,
                now=house.clock(),
                dry_run=not take,
            )
    except CentralError as fault:
        return _split_page(request, house, visitor, at, given, fault=fault.why)
    if take:
        return _to(above, "split")
    return _split_page(request, house, visitor, at, given, outcome=outcome)


@router.get("/import")
def importing(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the form of an import."""
    _may_import(visitor.person)
    return _import_page(request, visitor, "", None)


@router.post("/import")
def take_table(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Show what a table would change, and change it when it was shown."""
    text = _table(posted)
    take = _text(posted, "take") == "yes"
    try:
        areas_wanted = from_csv(text)
        with house.writing() as unit:
            plan = plan_import(unit, areas_wanted, who=visitor.person)
            if take:
                import_areas(unit, areas_wanted, who=visitor.person, now=house.clock())
    except CentralError as fault:
        return _import_page(request, visitor, text, None, fault=fault.why)
    if take:
        return _to(areas_wanted[0].path, "imported") if areas_wanted else _to("", "imported")
    return _import_page(request, visitor, text, plan)


@router.get("/export.csv")
def export(house: HouseHere, visitor: Guest) -> Response:
    """Take one's part of the tree away as a table."""
    with house.reading() as unit:
        text = to_csv(seen_areas(unit, visitor.person))
    named = {"content-disposition": 'attachment; filename="dia-ban.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=named)


@router.get("/reassign")
def reassign(
    request: Request, house: HouseHere, visitor: Guest, at: str = "", after: str = ""
) -> Response:
    """List the appliances under closed areas, with the way to their new papers."""
    with house.reading() as unit:
        found = to_reassign(
            unit, who=visitor.person, under=at or None, after=after[:40], limit=LEFT + 1
        )
        names = {area.path: area.name for area in seen_areas(unit, visitor.person)}
        parts = _parts(unit, visitor.person) if any(not one.into for one in found) else []
    context: dict[str, object] = {
        "found": found[:LEFT],
        "more": len(found) > LEFT,
        "names": names,
        "at": at,
        "parts": parts,
        "may_install": bool(visitor.person.areas(Right.INSTALL)),
    }
    return page(request, visitor, "areas_reassign.html", context)


@router.post("/reassign/{device}/prepare")
def prepare(
    device: str,
    request: Request,
    checked: Checked,
    house: HouseHere,
    visitor: Guest,
    area: str = "",
) -> Response:
    """Return an appliance's paper for its new area, to be signed in the browser."""
    with house.reading() as unit:
        prepared = prepare_move(unit, device, area, who=visitor.person, now=house.clock())
    return to_sign(Kind.ASSIGNMENT, prepared)


@router.post("/reassign/{device}")
async def moved(
    device: str, request: Request, checked: Checked, house: HouseHere, visitor: Guest
) -> Response:
    """Take the sealed paper: the appliance stands at its new area."""
    handed = read_json(await small_body(request, visitor.words), Handed, visitor.words)
    await run_in_threadpool(_moved, house, visitor, device, handed)
    return JSONResponse({"device": device})


def _moved(house: House, visitor: Visitor, device: str, handed: Handed) -> None:
    with house.writing() as unit:
        sealed = handed.envelope.encode()
        move_appliance(unit, device, sealed, who=visitor.person, now=house.clock())


def _merge_page(
    request: Request,
    house: House,
    visitor: Visitor,
    at: str,
    given: dict[str, str],
    *,
    sources: tuple[str, ...] = (),
    outcome: TreeOutcome | None = None,
    fault: str = "",
) -> Response:
    above = parent(at) or at
    visitor.person.require(Right.ADMINISTER, above)
    with house.reading() as unit:
        near = _children(unit, above)
        everywhere = [
            area
            for top in visitor.person.areas(Right.ADMINISTER)
            for area in list_areas(unit, top, closed=False)
        ]
    context: dict[str, object] = {
        "at": at,
        "above": above,
        "one": next((area for area in near if area.path == at), None),
        "near": [area for area in near if area.path != at],
        "everywhere": everywhere,
        "names": {area.path: area.name for area in everywhere},
        "given": defaultdict(str, given),
        "sources": sources,
        "outcome": outcome,
        "fault": fault,
        "today": _today(house.clock()),
    }
    return page(request, visitor, "area_merge.html", context, status=422 if fault else 200)


def _split_page(
    request: Request,
    house: House,
    visitor: Visitor,
    at: str,
    given: dict[str, str],
    *,
    outcome: TreeOutcome | None = None,
    fault: str = "",
) -> Response:
    above = parent(at) or at
    visitor.person.require(Right.ADMINISTER, above)
    with house.reading() as unit:
        near = _children(unit, above)
        inner = _children(unit, at)
    context: dict[str, object] = {
        "at": at,
        "above": above,
        "one": next((area for area in near if area.path == at), None),
        "inner": inner,
        "names": {area.path: area.name for area in (*near, *inner)},
        "given": defaultdict(str, given),
        "outcome": outcome,
        "fault": fault,
        "today": _today(house.clock()),
    }
    return page(request, visitor, "area_split.html", context, status=422 if fault else 200)


def _import_page(
    request: Request, visitor: Visitor, text: str, plan: ImportPlan | None, *, fault: str = ""
) -> Response:
    context = {"text": text[:MAX_TABLE_CHARS], "plan": plan, "fault": fault}
    return page(request, visitor, "areas_import.html", context, status=422 if fault else 200)


def _table(posted: FormData) -> str:
    file = posted.get("file")
    if isinstance(file, UploadFile) and file.filename:
        data = file.file.read(MAX_TABLE_CHARS * 3)
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            raise Unacceptable("Tệp phải là CSV mã UTF-8.", "bad-csv") from fault
    return _text(posted, "text")


def _parts(unit: Unit, who: Person) -> list[Area]:
    """Return where an appliance may go whose own area has no single successor."""
    tops = who.areas(Right.INSTALL)
    return [area for top in tops for area in list_areas(unit, top, closed=False)]


def _may_import(who: Person) -> None:
    who.require(Right.ADMINISTER, next(iter(who.areas(Right.ADMINISTER)), "–"))


def _check_new(unit: Unit, into: Target) -> None:
    """Raise what a new target would raise, before the preview is shown."""
    if not into.name.strip() and not list_areas(unit, into.path):
        raise Unacceptable("Hãy ghi tên của địa bàn mới.", "bad-name")


def _children(unit: Unit, path: str) -> list[Area]:
    return [area for area in list_areas(unit, path, closed=False) if parent(area.path) == path]


def _trail(at: str, seen: dict[str, Area], tops: tuple[str, ...]) -> list[tuple[str, str, bool]]:
    """Return path, name and whether it may be opened, root first, without the place itself."""
    parts = at.split("/")
    paths = ["/".join(parts[: n + 1]) for n in range(len(parts) - 1)]
    named = [(path, seen[path].name if path in seen else path) for path in paths]
    return [
        (path, name, any(path == top or path.startswith(f"{top}/") for top in tops))
        for path, name in named
    ]


def _to(at: str, done: str) -> Response:
    return RedirectResponse(f"/console/areas?at={quote(at)}&done={done}", 303)


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip() if isinstance(value, str) else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise Unacceptable("Ngày không đúng.", "bad-day") from fault


def _today(now: datetime) -> date:
    return now.astimezone(ZONE).date()
