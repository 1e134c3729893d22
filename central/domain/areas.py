"""The area tree: paths such as `dt/my-phong/ap-1`; depth is data.

Law of the room: pure; what "at or below" means is decided by `contract.area` alone.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

import msgspec

from central.domain.errors import Unacceptable

PATH = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?(?:/[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)*")
MAX_PATH_CHARS = 200
MAX_CSV_ROWS = 20_000


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """One node of the tree: ASCII `path` and the `name` people read."""

    path: str
    name: str

    @property
    def depth(self) -> int:
        """Return 0 for a province, 1 for a commune, and so on."""
        return self.path.count("/")


def lineage(path: str) -> tuple[str, ...]:
    """Return the path and all its ancestors, root first: `a/b/c` gives `a`, `a/b`, `a/b/c`."""
    parts = path.split("/")
    return tuple("/".join(parts[: n + 1]) for n in range(len(parts)))


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


def from_csv(text: str) -> tuple[Area, ...]:
    """Return the areas of a CSV with the columns `path` and `name`, parents before children.

    Raises `Unacceptable` naming the line; nothing is half read.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if not {"path", "name"} <= set(reader.fieldnames or ()):
        msg = "Tệp CSV cần dòng đầu có hai cột: path,name."
        raise Unacceptable(msg, "bad-csv")
    return tuple(sorted(_rows(reader), key=lambda a: (a.depth, a.path)))


def _rows(reader: Iterable[dict[str, str]]) -> Iterator[Area]:
    seen: set[str] = set()
    for line, row in enumerate(reader, start=2):
        if line > MAX_CSV_ROWS:
            msg = f"Tệp CSV quá {MAX_CSV_ROWS} dòng: hãy chia nhỏ."
            raise Unacceptable(msg, "bad-csv")
        path, name = (row.get("path") or "").strip(), (row.get("name") or "").strip()
        if not name or len(name) > 200:
            msg = f"Dòng {line}: thiếu tên địa bàn hoặc tên dài quá 200 chữ."
            raise Unacceptable(msg, "bad-csv")
        if path in seen:
            msg = f"Dòng {line}: mã địa bàn {path} lặp lại."
            raise Unacceptable(msg, "bad-csv")
        seen.add(path)
        yield Area(path=checked_path(path), name=name)
