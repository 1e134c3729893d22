"""What an appliance's program last said: the list on the appliance's page, one log to read, the same as a file.

Law of the room: text is shown as text, newest at the bottom; how grave a line is says its own word, colour only helps.
"""

import re
from collections.abc import Iterable
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from central.console.render import fragment, page
from central.console.visitor import Guest, HouseHere
from central.services import device_named
from central.services.device_logs import list_logs, log_name, read_log
from contract.parcel import HEAD

router = APIRouter(prefix="/appliances")
LOGS_SHOWN: Final = 8
LINES_SHOWN: Final = 3_000
_GRAVE: Final = re.compile(r"\S+ (WARNING|ERROR|CRITICAL) ")
_TONES: Final = {"WARNING": "warn", "ERROR": "bad", "CRITICAL": "bad"}
_BEHIND: Final = "  | "  # a traceback belongs to the line before it


@router.get("/{device}/logs")
def logs_part(house: HouseHere, visitor: Guest, device: str) -> Response:
    """Return the living list of an appliance's logs."""
    with house.reading() as unit:
        found = list_logs(unit, device, who=visitor.person, now=house.clock(), limit=LOGS_SHOWN)
    return fragment(visitor, "appliance_logs_part.html", {"logs": found, "device": device})


@router.get("/{device}/logs/{counter}")
def log(request: Request, house: HouseHere, visitor: Guest, device: str, counter: int) -> Response:
    """Show one log."""
    with house.reading() as unit:
        text = read_log(unit, device, counter, who=visitor.person)
        name = device_named(unit, device, now=house.clock()).name
    every = text.splitlines()
    head = [line for line in every if line.startswith(HEAD)]
    said = toned(line for line in every if not line.startswith(HEAD))
    graves = [found[1] for _, line in said if (found := _GRAVE.match(line))]
    context = {
        "device": device,
        "name": name,
        "counter": counter,
        "head": head,
        "lines": said[-LINES_SHOWN:],
        "older": max(0, len(said) - LINES_SHOWN),
        "warnings": graves.count("WARNING"),
        "faults": len(graves) - graves.count("WARNING"),
    }
    return page(request, visitor, "appliance_log.html", context)


@router.get("/{device}/logs/{counter}/file")
def log_file(house: HouseHere, visitor: Guest, device: str, counter: int) -> Response:
    """Give one log as a text file."""
    with house.reading() as unit:
        text = read_log(unit, device, counter, who=visitor.person)
    held = {"content-disposition": f'attachment; filename="{log_name(device, counter)}"'}
    return Response(text, media_type="text/plain; charset=utf-8", headers=held)


def toned(lines: Iterable[str]) -> list[tuple[str, str]]:
    """Return each line with its tone: warn or bad where it says so itself, or stands behind one that does."""
    found: list[tuple[str, str]] = []
    tone = ""
    for line in lines:
        if not line.startswith(_BEHIND):
            grave = _GRAVE.match(line)
            tone = _TONES[grave[1]] if grave else ""
        found.append((tone, line))
    return found
