"""Changing the area tree: rename, merge, move, split, close; import and export; its history.

Law of the room: parse, ask a verb, answer. Everything that closes an area can be asked as a dry run first.
"""

from datetime import date
from typing import Annotated

import msgspec
from fastapi import APIRouter, Query, Response

from central.api.answers import RawBody, Token, read_as, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.areas import Area, from_csv, to_csv
from central.domain.errors import Unacceptable
from central.domain.states import Prepared, State
from central.domain.tree_states import AreaChangeState, AreaState, ToReassign, TreeOutcome
from central.services.areas import area_named, import_areas, plan_import
from central.services.tree_changes import (
    Part,
    Target,
    close_area,
    merge_areas,
    rename_area,
    split_area,
)
from central.services.tree_papers import prepare_move
from central.services.tree_reading import (
    area_history,
    find_areas,
    seen_areas,
    to_reassign,
    tree_at,
)

AreaPath = Annotated[str, Query(min_length=1, max_length=200)]
TABLE = Sent("text/csv", text=True)


class RenameAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new name, code and first day for an area; the path stays."""

    path: str
    name: str
    code: str = ""
    since: date | None = None


class MergeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Areas that go into another; one source and a new target is a move."""

    sources: tuple[str, ...]
    into: Target
    day: date
    why: str = ""
    dry_run: bool = True


class SplitAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An area that becomes several."""

    source: str
    parts: tuple[Part, ...]
    day: date
    why: str = ""
    dry_run: bool = True


class CloseAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An empty area to close."""

    path: str
    why: str = ""


class MoveAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an appliance goes; empty for the successor of its closed area."""

    area: str = ""


class Renamed(State, frozen=True, kw_only=True):
    """One area that an import changes."""

    before: Area
    after: Area


class Imported(State, frozen=True, kw_only=True):
    """What an import does, or would do; `absent` are in the tree but not in the table, and stay."""

    added: tuple[Area, ...]
    changed: tuple[Renamed, ...]
    unchanged: int
    absent: tuple[Area, ...]
    done: bool


def add_tree(router: APIRouter, desk: Desk) -> None:
    """Add what changes and shows the area tree."""
    house = desk.house

    @router.get("/areas/tree", tags=["areas"], **told(AreaState))
    def tree(
        token: Token,
        at: AreaPath,
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 200,
        closed: bool = False,  # noqa: FBT001, FBT002  a query parameter
    ) -> Response:
        """Show an area with its children and theirs, with counts; go on with `after` the last child."""
        with desk.reading(token) as (unit, who):
            return shown(tree_at(unit, at, who=who, closed=closed, after=after, limit=limit))

    @router.get("/areas/search", tags=["areas"], **told(tuple[Area, ...]))
    def search(
        token: Token,
        q: Annotated[str, Query(min_length=1, max_length=100)],
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Find areas by name, code or path, with marks or without."""
        with desk.reading(token) as (unit, who):
            return shown(find_areas(unit, q, who=who, limit=limit))

    @router.get("/areas/history", tags=["areas"], **told(tuple[AreaChangeState, ...]))
    def history(
        token: Token,
        area: AreaPath,
        before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Tell what happened to an area and what it took over, newest first."""
        with desk.reading(token) as (unit, who):
            return shown(area_history(unit, area, who=who, before=before, limit=limit))

    @router.get("/areas/reassign", tags=["areas"], **told(tuple[ToReassign, ...]))
    def reassign(
        token: Token,
        area: Annotated[str | None, Query(max_length=200)] = None,
        after: Annotated[str, Query(max_length=40)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """List the appliances under closed areas, that need a new assignment; go on with `after` the last device."""
        with desk.reading(token) as (unit, who):
            return shown(to_reassign(unit, who=who, under=area, after=after, limit=limit))

    @router.post("/areas/reassign/{device}", tags=["areas"], **told(Prepared, takes=MoveAsked))
    def prepare(device: str, body: RawBody, token: Token) -> Response:
        """Give an appliance's paper for its new area, to be sealed and handed in at `/assignments`."""
        asked = read_as(body, MoveAsked)
        with desk.reading(token) as (unit, who):
            return shown(prepare_move(unit, device, asked.area, who=who, now=house.clock()))

    @router.get("/areas.csv", tags=["areas"], **told(TABLE))
    def export(
        token: Token, under: Annotated[str | None, Query(max_length=200)] = None
    ) -> Response:
        """Take your part of the tree away as a table that can be imported again."""
        with desk.reading(token) as (unit, who):
            text = to_csv(seen_areas(unit, who, under))
        return Response(text, media_type="text/csv; charset=utf-8")

    @router.post("/areas/import", tags=["areas"], **told(Imported, takes=TABLE))
    def take(
        body: RawBody,
        token: Token,
        dry_run: bool = True,  # noqa: FBT001, FBT002  a query parameter
    ) -> Response:
        """Import a table with the columns path, name, code, since; a dry run unless told otherwise."""
        areas = from_csv(_text(body))
        with desk.writing(token) as (unit, who):
            plan = plan_import(unit, areas, who=who)
            if not dry_run:
                import_areas(unit, areas, who=who, now=house.clock())
        changed = tuple(Renamed(before=before, after=after) for before, after in plan.changed)
        return shown(
            Imported(
                added=plan.added,
                changed=changed,
                unchanged=plan.unchanged,
                absent=plan.absent,
                done=not dry_run,
            )
        )

    @router.post("/areas/rename", tags=["areas"], **told(Area, takes=RenameAsked))
    def rename(body: RawBody, token: Token) -> Response:
        """Change what an area is called."""
        asked = read_as(body, RenameAsked)
        with desk.writing(token) as (unit, who):
            return shown(
                rename_area(
                    unit,
                    asked.path,
                    name=asked.name,
                    code=asked.code,
                    since=asked.since,
                    who=who,
                    now=house.clock(),
                )
            )

    @router.post("/areas/merge", tags=["areas"], **told(TreeOutcome, takes=MergeAsked))
    def merge(body: RawBody, token: Token) -> Response:
        """Merge areas into one, or move one; a dry run unless told otherwise."""
        asked = read_as(body, MergeAsked)
        with desk.writing(token) as (unit, who):
            return shown(
                merge_areas(
                    unit,
                    asked.sources,
                    asked.into,
                    day=asked.day,
                    why=asked.why,
                    who=who,
                    now=house.clock(),
                    dry_run=asked.dry_run,
                )
            )

    @router.post("/areas/split", tags=["areas"], **told(TreeOutcome, takes=SplitAsked))
    def split(body: RawBody, token: Token) -> Response:
        """Split an area into several; a dry run unless told otherwise."""
        asked = read_as(body, SplitAsked)
        with desk.writing(token) as (unit, who):
            return shown(
                split_area(
                    unit,
                    asked.source,
                    asked.parts,
                    day=asked.day,
                    why=asked.why,
                    who=who,
                    now=house.clock(),
                    dry_run=asked.dry_run,
                )
            )

    @router.post("/areas/close", tags=["areas"], **told(Area, takes=CloseAsked))
    def close(body: RawBody, token: Token) -> Response:
        """Close an area in which nothing stands."""
        asked = read_as(body, CloseAsked)
        with desk.writing(token) as (unit, who):
            close_area(unit, asked.path, why=asked.why, who=who, now=house.clock())
            return shown(area_named(unit, asked.path))


def _text(body: bytes) -> str:
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unacceptable("Tệp phải là CSV mã UTF-8.", "bad-csv") from fault
