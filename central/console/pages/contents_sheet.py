"""One content: seen and heard, its sheet, where it may be used and is used, archive.

Law of the room: what is wrong is said above the form and nothing typed is lost; bytes are given only to people who
may see the content.
"""

import contextlib
from datetime import date

import msgspec
from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import FileResponse, RedirectResponse, Response

from central.console import waveform
from central.console.notices import way_context
from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.console.words import Words
from central.domain.areas import Area
from central.domain.errors import CentralError, Conflict, Forbidden, NotFound, Unacceptable
from central.domain.library import FIELDS, PRIORITY_WORDS, TOPICS, ContentKind, Priority, Sheet
from central.domain.library_checks import SENTENCES
from central.domain.library_states import SheetState, UsageState
from central.domain.people import Right
from central.domain.states import ContentState
from central.services import House, content_path, list_areas
from central.services.console_views import AreaNode, area_tree
from central.services.library import (
    archive,
    change_sheet,
    rows_of,
    share,
    sheet_of,
    unarchive,
    unshare,
)
from central.services.library_entering import original_path
from central.services.library_usages import usages_of
from central.services.library_waves import peaks_of
from central.services.unit import Unit
from central.services.workflow_track import Track

router = APIRouter()


@router.get("/{sha256}")
def content(request: Request, house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Show one content: picture, sound, facts, sheet, where it is used, approvals."""
    done = _DONE.get(request.query_params.get("done", ""))
    flash = Flash("ok", visitor.words(done)) if done else None
    return _detail(request, house, visitor, sha256, flash=flash)


@router.post("/{sha256}/sheet")
def save_sheet(
    request: Request, house: HouseHere, visitor: Guest, posted: Posted, sha256: str
) -> Response:
    """Take the sheet as it was filled in; what is wrong is said above the form, and nothing typed is lost."""
    try:
        said, version = _sheet_of_form(posted, visitor.words)
        with house.writing() as unit:
            change_sheet(unit, sha256, said, version, who=visitor.person, now=house.clock())
    except (Unacceptable, Conflict) as fault:
        return _detail(
            request, house, visitor, sha256, flash=Flash("bad", fault.why), posted=posted
        )
    return _back(sha256, "sheet")


@router.post("/{sha256}/archive")
def put_away(house: HouseHere, visitor: Guest, posted: Posted, sha256: str) -> Response:
    """Archive a content, or bring it back."""
    away = posted.get("archived") == "yes"
    with house.writing() as unit:
        deed = archive if away else unarchive
        deed(unit, sha256, who=visitor.person, now=house.clock())
    return _back(sha256, "archived" if away else "unarchived")


@router.post("/{sha256}/shares")
def change_shares(
    request: Request, house: HouseHere, visitor: Guest, posted: Posted, sha256: str
) -> Response:
    """Let one more area use a content, or take a share back."""
    area = str(posted.get("area") or "")
    deed = unshare if posted.get("deed") == "take" else share
    try:
        with house.writing() as unit:
            deed(unit, sha256, area, who=visitor.person, now=house.clock())
    except CentralError as fault:
        return _detail(request, house, visitor, sha256, flash=Flash("bad", fault.why))
    return _back(sha256, "shared" if deed is share else "unshared")


@router.get("/{sha256}/sound")
def sound(house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Return the bytes, in ranges where asked."""
    with house.reading() as unit:
        found, _ = rows_of(unit, sha256, visitor.person)
    return FileResponse(content_path(house, found.sha256), media_type=found.mime)


@router.get("/{sha256}/original")
def original(house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Return the file as it was uploaded, to be saved."""
    with house.reading() as unit:
        found, said = rows_of(unit, sha256, visitor.person)
    kept = said.original_sha256
    path = content_path(house, sha256) if kept is None else original_path(house, kept)
    return FileResponse(path, media_type="application/octet-stream", filename=found.file_name)


@router.get("/{sha256}/waveform.svg")
def waveform_picture(house: HouseHere, visitor: Guest, sha256: str) -> Response:
    """Return the picture of the sound."""
    with house.reading() as unit:
        found, _ = rows_of(unit, sha256, visitor.person)
    drawn = waveform.picture(peaks_of(house, found.sha256, found.duration_ms))
    headers = {"cache-control": "private, max-age=86400, immutable"}
    return Response(drawn, media_type="image/svg+xml", headers=headers)


_DONE = {
    "sheet": "Đã lưu phiếu.",
    "archived": "Đã đưa vào lưu trữ. Lịch đã gửi vẫn phát; lịch mới không chọn được nữa.",
    "unarchived": "Đã đưa trở lại kho.",
    "shared": "Đã chia sẻ.",
    "unshared": "Đã thôi chia sẻ.",
    "text": "Đã lưu bản tin.",
}
_SHEET_TEXTS = ("title", "author", "department", "source", "summary")


def _detail(
    request: Request,
    house: House,
    visitor: Visitor,
    sha256: str,
    *,
    flash: Flash | None = None,
    posted: FormData | None = None,
) -> Response:
    now = house.clock()
    with house.reading() as unit:
        said = sheet_of(unit, sha256, who=visitor.person, now=now)
        names = {area.path: area.name for area in list_areas(unit)}
        way = _way(unit, visitor, sha256)
        usages = usages_of(unit, sha256, who=visitor.person)
        visible = visible_areas(unit, visitor)
    bad = flash is not None and flash.tone == "bad"
    context: dict[str, object] = {
        "sheet": said,
        "content": said.content,
        "verdict": _verdict(visitor.words, said),
        "findings": _findings(visitor.words, said),
        "usages": _not_told(usages, way),
        "area_names": names,
        "form": _values(said) if posted is None else _typed(posted),
        "form_open": posted is not None,
        "approve_areas": areas_with(house, visitor, Right.APPROVE),
        "share_areas": visible,
        "fields": FIELDS,
        "topics": TOPICS,
        "priorities": PRIORITY_WORDS,
        "now": now,
        "way": None,
        **way,
    }
    status = 422 if bad else 200
    return page(request, visitor, "content.html", context, flash=flash, status=status)


def _way(unit: Unit, visitor: Visitor, sha256: str) -> dict[str, object]:
    """Return what the part about the notice's way needs; nothing for content that only comes from above."""
    with contextlib.suppress(NotFound, Forbidden):
        return way_context(unit, visitor.person, sha256, now=unit.house.clock())
    return {}


def _not_told(usages: tuple[UsageState, ...], way: dict[str, object]) -> list[UsageState]:
    """Return the usages that the part about the way does not tell already."""
    track = way.get("way")
    told = {use.slot for use in track.uses} if isinstance(track, Track) else set()
    return [usage for usage in usages if usage.kind != "slot" or usage.id not in told]


def _back(sha256: str, done: str) -> Response:
    return RedirectResponse(f"/console/contents/{sha256}?done={done}", 303)


def _verdict(words: Words, said: SheetState) -> str:
    if said.kind is ContentKind.AUDIO:
        return verdict_of(words, said.content)
    if said.kind is ContentKind.VIDEO:
        minutes, seconds = divmod(round(said.content.duration_ms / 1000), 60)
        return words("Video tốt, dài {m} phút {s} giây.", m=minutes, s=seconds)
    if said.kind is ContentKind.IMAGE:
        return words("Hình tốt, {w} × {h} điểm.", w=said.width, h=said.height)
    return words("Văn bản {n} chữ.", n=len(said.text.split()))


def _findings(words: Words, said: SheetState) -> list[str]:
    return [words(SENTENCES[found.code], **found.parts) for found in said.checks]


def _values(said: SheetState) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(said, name) for name in _SHEET_TEXTS[1:]}
    for name in ("produced", "valid_from", "valid_until"):
        day: date | None = getattr(said, name)
        values[name] = day.isoformat() if day else ""
    return values | {
        "title": said.content.title,
        "field": str(said.field),
        "priority": said.priority.value,
        "topics": list(said.topics),
        "tags": ", ".join(said.tags),
        "version": said.version,
    }


def _typed(posted: FormData) -> dict[str, object]:
    names = (*_SHEET_TEXTS, "produced", "valid_from", "valid_until", "field", "priority", "tags")
    values: dict[str, object] = {name: str(posted.get(name) or "") for name in names}
    topics = [str(topic) for topic in posted.getlist("topics")]
    return values | {"topics": topics, "version": str(posted.get("version") or "")}


def _sheet_of_form(posted: FormData, words: Words) -> tuple[Sheet, int]:
    """Return the sheet as it was filled in, and the version that it replaces; raises `Unacceptable`."""
    typed = {name: str(posted.get(name) or "") for name in _SHEET_TEXTS}
    days = {
        name: str(posted.get(name) or "") or None
        for name in ("produced", "valid_from", "valid_until")
    }
    raw = {
        **typed,
        **days,
        "field": str(posted.get("field") or "1"),
        "priority": str(posted.get("priority") or Priority.NORMAL.value),
        "topics": [str(topic) for topic in posted.getlist("topics")],
        "tags": [tag for tag in str(posted.get("tags") or "").split(",") if tag.strip()],
    }
    try:
        version = int(str(posted.get("version") or ""))
        return msgspec.convert(raw, type=Sheet, strict=False), version
    except (msgspec.ValidationError, ValueError) as fault:
        raise Unacceptable(words("Thiếu hoặc sai dữ liệu trong yêu cầu."), "bad-request") from fault


def verdict_of(words: Words, state: ContentState) -> str:
    """Return what the checks found, in one sentence."""
    minutes, seconds = divmod(round(state.duration_ms / 1000), 60)
    parts = [words("Tệp tốt, dài {m} phút {s} giây.", m=minutes, s=seconds)]
    if state.gain_db >= 1:
        parts.append(words("Thu hơi nhỏ, loa sẽ phát to lên {n} dB.", n=round(state.gain_db)))
    elif state.gain_db <= -1:
        parts.append(words("Thu hơi to, loa sẽ phát nhỏ đi {n} dB.", n=round(-state.gain_db)))
    else:
        parts.append(words("Độ to vừa đúng mức."))
    return " ".join(parts)


def visible_areas(unit: Unit, visitor: Visitor) -> tuple[Area, ...]:
    """Return the areas that this visitor may view, parents before children."""
    return tuple(area for area in list_areas(unit) if visitor.person.may(Right.VIEW, area.path))


def areas_with(house: House, visitor: Visitor, right: Right) -> tuple[AreaNode, ...]:
    """Return the areas where this visitor holds a right, parents before children."""
    with house.reading() as unit:
        return tuple(node for node in area_tree(unit) if visitor.person.may(right, node.path))
