"""The logs that appliances sent when somebody asked; they are asked for by the command `logs`.

Law of the room: who may ask for a log may read it; what is read is text and stays text.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from central.api.answers import Token, shown
from central.api.desk import Desk
from central.api.schema import Sent, told
from central.domain.care_states import LogState
from central.services.device_logs import list_logs, log_name, read_log

TEXT_TYPE = "text/plain; charset=utf-8"


def add_device_logs(router: APIRouter, desk: Desk) -> None:
    """Add the list of an appliance's logs, and each as a file."""
    house = desk.house

    @router.get("/devices/{device}/logs", tags=["devices"], **told(tuple[LogState, ...]))
    def logs(
        device: str, token: Token, before: Annotated[int | None, Query(ge=0, le=2**53)] = None
    ) -> Response:
        """List when an appliance's log was asked for, newest first, 20 at a time; go on `before` the last counter."""
        with desk.reading(token) as (unit, who):
            return shown(list_logs(unit, device, who=who, now=house.clock(), before=before))

    @router.get(
        "/devices/{device}/logs/{counter}",
        tags=["devices"],
        **told(Sent("text/plain", text=True)),
    )
    def one(device: str, counter: int, token: Token) -> Response:
        """Give one log as a text file: what the program said, times in UTC, oldest first."""
        with desk.reading(token) as (unit, who):
            text = read_log(unit, device, counter, who=who)
        held = {"content-disposition": f'attachment; filename="{log_name(device, counter)}"'}
        return Response(text, media_type=TEXT_TYPE, headers=held)
