"""Pages to write a bulletin, to have it spoken, and to put content in order.

Law of the room: a text is shown as it will be spoken before anything is kept; two editors of one playlist are told
of each other.
"""

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.areas import Area
from central.domain.errors import Conflict, Unacceptable
from central.domain.library import FIELDS, MOST_TEXT_CHARS, PRIORITY_WORDS, ContentKind, Sheet
from central.domain.library_speech import MAX_SPEED_PCT, MIN_SPEED_PCT, REGION_WORDS
from central.domain.library_states import PlaylistState
from central.domain.people import Right
from central.services import House, list_areas
from central.services.library_entering import TextAsked, write_text
from central.services.library_playlists import (
    PlaylistSaid,
    archive_playlist,
    change_playlist,
    create_playlist,
    list_playlists,
    playlist_named,
)
from central.services.library_search import Wanted, search

router = APIRouter()
MOST_CHOICES = 100


@router.get("/compose")
def compose(request: Request, house: HouseHere, visitor: Guest) -> Response:
    """Show the form of a bulletin."""
    return _form(request, house, visitor, {"text": "", "title": ""})


@router.post("/compose")
def keep_text(request: Request, house: HouseHere, visitor: Guest, posted: Posted) -> Response:
    """Keep a bulletin as text, to be shown on boards or spoken later."""
    text, title, area = (str(posted.get(name) or "") for name in ("text", "title", "area"))
    asked = TextAsked(text=text, area=area, sheet=Sheet(title=title))
    try:
        kept = write_text(house, asked, who=visitor.person, now=house.clock())
    except Unacceptable as fault:
        flash = Flash("bad", fault.why)
        return _form(request, house, visitor, {"text": text, "title": title}, flash)
    return RedirectResponse(f"/console/contents/{kept.content.sha256}?done=text", 303)


def _form(
    request: Request,
    house: House,
    visitor: Visitor,
    values: dict[str, str],
    flash: Flash | None = None,
) -> Response:
    context: dict[str, object] = {
        "values": values,
        "upload_areas": _areas(house, visitor, Right.CONTRIBUTE),
        "regions": REGION_WORDS,
        "fields": FIELDS,
        "priorities": PRIORITY_WORDS,
        "slowest_pct": MIN_SPEED_PCT,
        "fastest_pct": MAX_SPEED_PCT,
        "most_chars": MOST_TEXT_CHARS,
        "piper": house.settings.piper_voice is not None,
    }
    status = 422 if flash is not None else 200
    return page(request, visitor, "contents_compose.html", context, flash=flash, status=status)


@router.get("/playlists")
def playlists(
    request: Request, house: HouseHere, visitor: Guest, after: str = "", archived: str = ""
) -> Response:
    """Show the playlists."""
    away = archived == "yes"
    with house.reading() as unit:
        found = list_playlists(unit, who=visitor.person, after=after, archived=away)
        names = {area.path: area.name for area in list_areas(unit)}
    context: dict[str, object] = {
        "found": found,
        "area_names": names,
        "archived": away,
        "may_add": bool(visitor.person.areas(Right.EDIT)),
    }
    return page(request, visitor, "contents_playlists.html", context)


@router.get("/playlists/new")
def new_playlist(request: Request, house: HouseHere, visitor: Guest, area: str = "") -> Response:
    """Show an empty playlist of an area: what may be put in depends on it."""
    return _playlist(request, house, visitor, None, area=area)


@router.post("/playlists/new")
def add_playlist(request: Request, house: HouseHere, visitor: Guest, posted: Posted) -> Response:
    """Keep a new playlist."""
    area, who = str(posted.get("area") or ""), visitor.person
    try:
        with house.writing() as unit:
            made = create_playlist(unit, area, _said(posted), who=who, now=house.clock())
    except Unacceptable as fault:
        flash = Flash("bad", fault.why)
        return _playlist(request, house, visitor, None, posted, flash, area=area)
    return RedirectResponse(f"/console/contents/playlists/{made.id}?done=saved", 303)


@router.get("/playlists/{playlist_id}")
def playlist(request: Request, house: HouseHere, visitor: Guest, playlist_id: str) -> Response:
    """Show one playlist."""
    with house.reading() as unit:
        found = playlist_named(unit, playlist_id, who=visitor.person)
    saved = request.query_params.get("done") == "saved"
    flash = Flash("ok", visitor.words("Đã lưu danh sách phát.")) if saved else None
    return _playlist(request, house, visitor, found, flash=flash)


@router.post("/playlists/{playlist_id}")
def save_playlist(
    request: Request, house: HouseHere, visitor: Guest, posted: Posted, playlist_id: str
) -> Response:
    """Replace a playlist, or put it away."""
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        found = playlist_named(unit, playlist_id, who=who)
    deed = str(posted.get("deed") or "")
    try:
        with house.writing() as unit:
            if deed in {"archive", "unarchive"}:
                away = deed == "archive"
                archive_playlist(unit, playlist_id, archived=away, who=who, now=now)
            else:
                version = str(posted.get("version") or "")
                number = int(version) if version.isdecimal() else 0
                change_playlist(unit, playlist_id, _said(posted), number, who=who, now=now)
    except (Unacceptable, Conflict) as fault:
        return _playlist(request, house, visitor, found, posted, Flash("bad", fault.why))
    return RedirectResponse(f"/console/contents/playlists/{playlist_id}?done=saved", 303)


def _said(posted: FormData) -> PlaylistSaid:
    return PlaylistSaid(
        title=str(posted.get("title") or ""),
        summary=str(posted.get("summary") or ""),
        items=tuple(str(item) for item in posted.getlist("items")),
    )


def _playlist(
    request: Request,
    house: House,
    visitor: Visitor,
    found: PlaylistState | None,
    posted: FormData | None = None,
    flash: Flash | None = None,
    *,
    area: str = "",
) -> Response:
    areas = _areas(house, visitor, Right.EDIT)
    chosen = area if area in {node.path for node in areas} else areas[0].path if areas else ""
    area = found.area if found is not None else chosen
    wanted = Wanted(
        kinds=(ContentKind.AUDIO, ContentKind.VIDEO), usable_at=area, limit=MOST_CHOICES
    )
    with house.reading() as unit:
        choices = search(unit, wanted, who=visitor.person, now=house.clock()).items
        names = {node.path: node.name for node in list_areas(unit)}
    titles = {item.sha256: (item.title, item.duration_ms) for item in choices}
    missing: dict[str, str] = {}
    if found is not None:
        titles |= {entry.sha256: (entry.title, entry.duration_ms) for entry in found.entries}
        missing = {entry.sha256: entry.missing for entry in found.entries if entry.missing}
    said = _said(posted) if posted is not None and posted.get("title") is not None else None
    items = list(said.items) if said else [e.sha256 for e in found.entries] if found else []
    context: dict[str, object] = {
        "playlist": found,
        "title": said.title if said else found.title if found else "",
        "summary": said.summary if said else found.summary if found else "",
        "items": items,
        "titles": titles,
        "missing": missing,
        "choices": choices,
        "areas": areas,
        "area": area,
        "area_names": names,
        "may_edit": found is None or found.may_edit,
    }
    status = 422 if flash is not None and flash.tone == "bad" else 200
    return page(request, visitor, "contents_playlist.html", context, flash=flash, status=status)


def _areas(house: House, visitor: Visitor, right: Right) -> tuple[Area, ...]:
    who = visitor.person
    with house.reading() as unit:
        return tuple(
            area
            for area in list_areas(unit)
            if who.may(right, area.path) or who.may(Right.EDIT, area.path)
        )
