"""The audit log on screen: who did what where, before and after, looked for and taken away.

Law of the room: only for administrators, only of their areas; the page shows, it changes nothing.
"""

import contextlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from central.console.looks import ZONE
from central.console.render import page
from central.console.visitor import Guest, HouseHere
from central.domain.audit import VERBS
from central.domain.people import Right
from central.services.areas import list_areas
from central.services.audit import Asked, check_may_read, export_audit, search_audit
from central.services.console_views import area_tree

router = APIRouter(prefix="/audit")
LINES: Final = 50
FIELDS: Final = {
    "name": "tên",
    "code": "mã",
    "since": "hiệu lực từ",
    "until": "đóng từ",
    "successor": "nơi kế tục",
    "path": "mã đường dẫn",
    "full_name": "họ tên",
    "email": "thư điện tử",
    "department": "đơn vị",
    "area": "địa bàn",
    "role": "vai trò",
    "disabled": "đã khóa",
    "locked": "tạm khóa",
    "second_factor": "hai lớp",
    "into": "nhập vào",
    "moved": "chuyển chỗ",
    "closed": "đóng lại",
    "day": "ngày",
    "sessions": "số phiên",
    "recovery_codes": "mã khôi phục còn",
}


def _given(
    q: str = "", by: str = "", verb: str = "", area: str = "", day: str = ""
) -> dict[str, str]:
    """Return what the form says, no longer than it can be."""
    return {
        "q": q.strip()[:100],
        "by": by.strip()[:200],
        "verb": verb[:40],
        "area": area[:200],
        "day": day[:10],
    }


GivenHere = Annotated[dict[str, str], Depends(_given)]


@router.get("")
def audit(
    request: Request, house: HouseHere, visitor: Guest, given: GivenHere, before: str = ""
) -> Response:
    """Show the lines that fit, newest first."""
    check_may_read(visitor.person)
    number = int(before) if before.isdecimal() and 0 < len(before) < 16 else None
    asked = _asked(given)
    with house.reading() as unit:
        found = search_audit(unit, asked, who=visitor.person, before=number, limit=LINES)
        nodes = area_tree(unit, visitor.person.areas(Right.ADMINISTER))
        names = {
            a.path: a.name
            for top in visitor.person.areas(Right.ADMINISTER)
            for a in list_areas(unit, top)
        }
    context: dict[str, object] = {
        "lines": found.lines,
        "next_before": found.next_before,
        "paged": number is not None,
        "nodes": nodes,
        "names": names,
        "verbs": VERBS,
        "fields": FIELDS,
        "query": urlencode({key: value for key, value in given.items() if value}),
        **given,
    }
    return page(request, visitor, "audit.html", context)


@router.get("/audit.csv")
def table(house: HouseHere, visitor: Guest, given: GivenHere) -> Response:
    """Take the lines that fit away as a table."""
    asked = _asked(given)
    with house.reading() as unit:
        search_audit(unit, asked, who=visitor.person, limit=1)  # refuses before the first byte
    lines: Iterator[bytes] = export_audit(house, asked, who=visitor.person)
    named = {"content-disposition": 'attachment; filename="nhat-ky.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=named)


def _asked(given: dict[str, str]) -> Asked:
    """Return what is looked for; a day is the province's own, from midnight to midnight."""
    since: datetime | None = None
    with contextlib.suppress(ValueError):
        since = datetime.combine(datetime.fromisoformat(given["day"]).date(), time(), ZONE)
    return Asked(
        text=given["q"],
        person=given["by"],
        verb=given["verb"],
        area=given["area"] or None,
        since=since,
        until=since + timedelta(days=1) if since else None,
    )
