"""The area tree: paths such as `dt/my-phong/ap-1`; depth is data.

Law of the room: pure; what "at or below" means is decided by `contract.area` alone. A path is for ever: an area that
was merged, moved or split is closed and names its successor, for appliances, plays and papers keep the old path.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from central.domain.errors import Unacceptable
from contract.area import is_at_or_below, parent

PATH = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?(?:/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)*")
MAX_PATH_CHARS = 200
MAX_CSV_ROWS = 20_000
MAX_SEGMENT_CHARS = 40
CODE = re.compile(r"[A-Za-z0-9.-]{0,20}")


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the tree: ASCII `path`, the `name` people read, the official `code`, and the days it is in force.

    `until` is the first day on which it is closed; a closed one names the `successor` that counts for it now.
    """

    path: str
    name: str
    code: str = ""
    since: date | None = None
    until: date | None = None
    successor: str | None = None

    @property
    def closed(self) -> bool:
        """Return whether it was merged, moved, split or closed."""
        return self.until is not None

    @property
    def depth(self) -> int:
        """Return 0 for a province, 1 for a commune, and so on."""
        return self.path.count("/")


def lineage(path: str) -> tuple[str, ...]:
    """Return the path and all its ancestors, root first: `a/b/c` gives `a`, `a/b`, `a/b/c`."""
    parts = path.split("/")
    return tuple("/".join(parts[: n + 1]) for n in range(len(parts)))


def commune_of(path: str) -> str:
    """Return the commune of an area, the step below the province; the root of itself."""
    return lineage(path)[:2][-1]


def lineage_through(path: str, successors: Mapping[str, str]) -> tuple[str, ...]:
    """Return whose slots reach an appliance at `path`: its own lineage, then that of what it was merged into.

    An appliance keeps its old path until its assignment is signed anew; until then it hears both.
    """
    found = dict.fromkeys(lineage(path))
    waiting = list(found)
    while waiting:
        successor = successors.get(waiting.pop())
        fresh = [p for p in lineage(successor) if p not in found] if successor is not None else []
        found.update(dict.fromkeys(fresh))
        waiting += fresh
    return tuple(found)


def relocated(below: Sequence[str], source: str, into: str, taken: set[str]) -> dict[str, str]:
    """Return where each path at or below `source` goes when `source` becomes `into`; parents stand before children.

    A segment that is `taken` already at the new place gets the source's own segment in front.
    """
    places = {source: into}
    taken = set(taken) | {into}
    for path in sorted(below, key=lambda p: (p.count("/"), p)):
        if path == source:
            continue
        above, leaf = places[parent(path) or source], path.rpartition("/")[2]
        wanted = [leaf, f"{source.rpartition('/')[2]}-{leaf}"[-MAX_SEGMENT_CHARS:].strip("-")]
        numbered = (f"{leaf[:36].strip('-')}-{n}" for n in range(2, 1_000))
        places[path] = next(
            place
            for place in (f"{above}/{segment}" for segment in (*wanted, *numbered))
            if place not in taken
        )
        taken.add(places[path])
    return places


def root_of(path: str) -> str:
    """Return the province's root of a path: its first segment."""
    return path.partition("/")[0]


def checked_path(path: str) -> str:
    """Return the path if it is well formed, else raise `Unacceptable` with what to change."""
    if len(path) > MAX_PATH_CHARS or not PATH.fullmatch(path):
        msg = (
            f"Mã địa bàn “{path[:60]}” không đúng: chỉ dùng chữ thường không dấu, số, gạch nối, "
            "các cấp cách nhau bằng dấu /, ví dụ dt/my-phong/ap-1."
        )
        raise Unacceptable(msg, "bad-area")
    return path


def checked_code(code: str) -> str:
    """Return an official code, or nothing; raises `Unacceptable` for what is none."""
    code = code.strip()
    if not CODE.fullmatch(code):
        msg = f"Mã đơn vị hành chính “{code[:30]}” không đúng: chỉ dùng chữ, số, tối đa 20 ký tự."
        raise Unacceptable(msg, "bad-code")
    return code


def from_csv(text: str) -> tuple[Area, ...]:
    """Return the areas of a CSV with the columns `path` and `name`, parents before children.

    `code` (official) and `since` (a day as 2026-07-01) may stand beside them. Raises `Unacceptable` naming the line;
    nothing is half read.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not {"path", "name"} <= set(reader.fieldnames or ()):
        msg = "Tệp CSV cần dòng đầu có hai cột: path,name (có thể thêm code,since)."
        raise Unacceptable(msg, "bad-csv")
    return tuple(sorted(_rows(reader), key=lambda a: (a.depth, a.path)))


def to_csv(areas: Iterable[Area]) -> str:
    """Return areas as a table that `from_csv` reads again; a name that a spreadsheet would run is made harmless."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("path", "name", "code", "since", "until", "successor"))
    for area in areas:
        days = (area.since or "", area.until or "")
        writer.writerow((area.path, harmless(area.name), area.code, *days, area.successor or ""))
    return "\ufeff" + out.getvalue()


def harmless(text: str) -> str:
    """Return text that a spreadsheet shows instead of running it as a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def _rows(reader: Iterable[dict[str, str]]) -> Iterator[Area]:
    seen: set[str] = set()
    for line, row in enumerate(reader, start=2):
        if line > MAX_CSV_ROWS:
            msg = f"Tệp CSV quá {MAX_CSV_ROWS} dòng: hãy chia nhỏ."
            raise Unacceptable(msg, "bad-csv")
        path, name = (row.get("path") or "").strip(), " ".join((row.get("name") or "").split())
        name = name.removeprefix("'")
        if not name or len(name) > 200:
            msg = f"Dòng {line}: thiếu tên địa bàn hoặc tên dài quá 200 chữ."
            raise Unacceptable(msg, "bad-csv")
        if path in seen:
            msg = f"Dòng {line}: mã địa bàn {path} lặp lại."
            raise Unacceptable(msg, "bad-csv")
        if (row.get("until") or "").strip():
            continue  # closed areas are in the export for the record; they are not opened again by it
        seen.add(path)
        yield Area(
            path=checked_path(path),
            name=unicodedata.normalize("NFC", name),
            code=checked_code(row.get("code") or ""),
            since=_day(row.get("since") or "", line),
        )


def _day(text: str, line: int) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as fault:
        msg = f"Dòng {line}: ngày “{text[:20]}” không đúng, cần dạng 2026-07-01."
        raise Unacceptable(msg, "bad-csv") from fault


class ImportPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an import would do: `added` areas, `changed` as (before, after), and how many stay as they are.

    `absent` are in the tree but not in the table: an import takes nothing away.
    """

    added: tuple[Area, ...]
    changed: tuple[tuple[Area, Area], ...]
    unchanged: int
    absent: tuple[Area, ...]


def planned_import(held: Iterable[Area], wanted: Sequence[Area]) -> ImportPlan:
    """Return what the table would change; raises `Unacceptable` for a closed area or a missing parent."""
    known = {area.path: area for area in held}
    there = {path for path, area in known.items() if not area.closed}
    added: list[Area] = []
    changed: list[tuple[Area, Area]] = []
    for area in wanted:
        old = known.get(area.path)
        above = parent(area.path)
        if old is not None and old.closed:
            msg = f"Địa bàn {area.path} đã đóng; hãy bỏ dòng này, hoặc dùng mã khác."
            raise Unacceptable(msg, "area-closed")
        if old is None and above is not None and above not in there:
            msg = f"Chưa có địa bàn cấp trên {above} của {area.path}: hãy thêm nó trước."
            raise Unacceptable(msg, "no-parent")
        there.add(area.path)
        if old is None:
            added.append(area)
            continue
        after = Area(
            path=area.path,
            name=area.name,
            code=area.code or old.code,
            since=area.since or old.since,
        )
        if after != old:
            changed.append((old, after))
    tops = {area.path for area in wanted}
    listed = [a for path, a in known.items() if path not in tops and not a.closed]
    absent = tuple(a for a in listed if any(is_at_or_below(a.path, top) for top in tops))
    unchanged = len(wanted) - len(added) - len(changed)
    return ImportPlan(
        added=tuple(added), changed=tuple(changed), unchanged=unchanged, absent=absent
    )
