"""What is carried to an appliance that no network reaches, for `tienglang-provision side-load`."""

import re
from typing import Final

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse

from central.api.answers import Token, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.errors import NotFound
from central.domain.sticks import StickSet
from central.services.contents import content_path
from central.services.sticks import stick_content, stick_set

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def add_sticks(router: APIRouter, desk: Desk) -> None:
    """Add an appliance's set, and the contents of it."""
    house = desk.house

    @router.get("/devices/{device}/set", tags=["devices"], **told(StickSet))
    def whole(device: str, token: Token) -> Response:
        """Give the sealed papers of one appliance and name the contents that they need."""
        with desk.reading(token) as (unit, who):
            return shown(stick_set(unit, device, who=who, now=house.clock()))

    @router.get(
        "/devices/{device}/set/{sha256}", tags=["devices"], **told(Sent("*/*"), also=(206,))
    )
    def content(device: str, sha256: str, token: Token) -> Response:
        """Give the bytes of one of its contents; ranges are supported."""
        if not _DIGEST.fullmatch(sha256):
            raise NotFound("Mã nội dung không đúng.", "none")
        with desk.reading(token) as (unit, who):
            mime = stick_content(unit, device, sha256, who=who, now=house.clock())
        return FileResponse(content_path(house, sha256), media_type=mime)
