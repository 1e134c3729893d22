"""The page of the person's key: made or imported in the browser, shown to be enrolled, never sent.

Law of the room: the server only tells which public keys the keyring knows and for what.
"""

import json

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import page
from central.console.visitor import Guest, HouseHere
from contract.documents import Role

router = APIRouter()
_ROLE_WORDS = {
    Role.APPROVE: "duyệt nội dung",
    Role.EMERGENCY: "phát khẩn cấp",
    Role.ASSIGN: "gán cụm loa",
}


@router.get("/key")
def key(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the page; what the browser keeps is filled in by its script."""
    known: dict[str, list[str]] = {}
    for entry in house.keyring.current().keys:
        word = _ROLE_WORDS.get(entry.role)
        if word is not None:
            known.setdefault(entry.key, []).append(f"{visitor.words(word)} ({entry.scope})")
    context: dict[str, object] = {
        "known": json.dumps({public: ", ".join(roles) for public, roles in known.items()})
    }
    return page(request, visitor, "key.html", context)
