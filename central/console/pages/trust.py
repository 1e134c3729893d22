"""The page of who may do what: roles, areas, people and their keys, and until when the chain of trust lives.

Law of the room: read-only. Nothing of it can be changed here: that takes people and a ceremony, offline.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import page
from central.console.visitor import Guest, HouseHere
from central.services.console_views import trust_view
from contract.documents import Role

router = APIRouter()
ROLE_WORDS: Final = {
    "root": "ký gốc",
    "targets": "ký vòng khóa",
    "snapshot": "chụp danh mục",
    "timestamp": "đóng dấu mỗi ngày",
    Role.APPROVE.value: "duyệt nội dung",
    Role.EMERGENCY.value: "phát khẩn cấp",
    Role.ASSIGN.value: "gán cụm loa",
    Role.SCHEDULE.value: "ký lịch phát",
    Role.ACTIVE_SET.value: "ký danh sách hiệu lực",
    Role.COMMAND.value: "ra lệnh",
    Role.TIME.value: "báo giờ",
}
LINK_WORDS: Final = {"root": "Gốc", "targets": "Danh mục khóa", "keyring": "Vòng khóa, đợt"}


@router.get("/trust")
def trust(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the page."""
    now = house.clock()
    with house.reading() as unit:
        view = trust_view(unit, now=now)
    context: dict[str, object] = {
        "view": view,
        "now": now,
        "role_words": ROLE_WORDS,
        "link_words": LINK_WORDS,
    }
    return page(request, visitor, "trust.html", context)
