"""The inbox of others' warnings (CAP 1.2): read, compared, used at the emergency desk or put aside with a reason.

Law of the room: nothing here sounds. What is used fills the desk's form, where a person reads it, changes it and signs.
"""

from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from central.console.alarm_filling import Filled, FilledWords
from central.console.cap_drawing import drawn
from central.console.pages.emergency_form import form_page
from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.cap import MOST_BYTES
from central.domain.cap_proposal import REMARK_WORDS
from central.domain.cap_states import ORIGIN_WORDS, CapOrigin, CapPhase, CapProposed
from central.domain.errors import CentralError, Unacceptable
from central.domain.people import Right
from central.services import House
from central.services.cap_files import keep_file
from central.services.cap_inbox import (
    CapOffer,
    cap_row,
    count_waiting,
    dismiss_cap,
    list_cap,
    take_cap,
    tie_cap,
)
from central.services.cap_proposals import proposal_of
from central.services.console_views import announcement_document, area_names, area_tree

router = APIRouter(prefix="/cap")
SHOWN: Final = 30
DONE: Final = {
    "taken": "Đã nhận tin vào hộp thư.",
    "known": "Tin này đã có trong hộp thư.",
    "dismissed": "Đã bỏ qua tin này.",
    "kept": "Đã lấy âm thanh vào kho, ở dạng nháp chờ duyệt.",
}


@router.get("")
def inbox(
    request: Request, house: HouseHere, visitor: Guest, phase: str = "waiting", before: str = ""
) -> Response:
    """Show what came: what waits, or everything."""
    return _inbox(
        request, house, visitor, phase=phase, before=before, flash=_flash(request, visitor)
    )


@router.post("")
def take(request: Request, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Take a file into the inbox of an area."""
    try:
        data, name = _file(posted, visitor)
        offer = CapOffer(area=_text(posted, "area"), origin=CapOrigin.FILE, origin_name=name)
        with house.writing() as unit:
            taken = take_cap(unit, data, offer, who=visitor.person, now=house.clock())
    except CentralError as fault:
        return _inbox(request, house, visitor, flash=Flash("bad", fault.why), status=422)
    done = "taken" if taken.new else "known"
    return RedirectResponse(f"/console/cap/{taken.message.number}?done={done}", 303)


@router.get("/{number}")
def message(request: Request, number: int, house: HouseHere, visitor: Guest) -> Response:
    """Show a message: what it would be, where, and what one should know."""
    return _message(request, house, visitor, number, flash=_flash(request, visitor))


@router.get("/{number}/original")
def original(number: int, house: HouseHere, visitor: Guest) -> Response:
    """Give a message byte for byte as it came."""
    with house.reading() as unit:
        body = cap_row(unit, number, who=visitor.person).body
    name = f'attachment; filename="cap-{number}.xml"'
    headers = {"content-disposition": name, "x-content-type-options": "nosniff"}
    return Response(body, media_type="application/cap+xml", headers=headers)


@router.get("/{number}/use")
def use(request: Request, number: int, house: HouseHere, visitor: Guest) -> Response:
    """Show the desk's form, filled with what a message proposes."""
    with house.reading() as unit:
        found = proposal_of(unit, number, who=visitor.person, now=house.clock())
        update_of = ""
        if found.message.message == "Update" and found.concerns:
            standing = announcement_document(unit, found.concerns[0])
            if standing.status is found.proposal.status:
                update_of = standing.id
    if found.message.message == "Cancel":
        raise Unacceptable(
            visitor.words("Tin này báo hủy: hãy mở cảnh báo của ta và hủy ở đó."), "cap-cancel"
        )
    return form_page(request, house, visitor, _filled(found, visitor, update_of))


@router.post("/{number}/cancel")
def end(number: int, posted: Posted, house: HouseHere, visitor: Guest) -> Response:
    """Go to the announcement of ours that a cancel would end; the message is done when that is ended."""
    announcement = _text(posted, "announcement")
    with house.writing() as unit:
        found = proposal_of(unit, number, who=visitor.person, now=house.clock())
        if announcement not in found.concerns:
            raise Unacceptable(visitor.words("Cảnh báo này không còn hiệu lực."), "cap-over")
        tie_cap(unit, number, announcement, who=visitor.person, now=house.clock())
    return RedirectResponse(f"/console/emergency/{announcement}", 303)


@router.post("/{number}/dismiss")
def dismiss(
    request: Request, number: int, posted: Posted, house: HouseHere, visitor: Guest
) -> Response:
    """Put a message aside, with the reason."""
    try:
        with house.writing() as unit:
            why = _text(posted, "why")
            dismiss_cap(unit, number, why, who=visitor.person, now=house.clock())
    except Unacceptable as fault:
        return _message(request, house, visitor, number, flash=Flash("bad", fault.why), status=422)
    return RedirectResponse(f"/console/cap/{number}?done=dismissed", 303)


@router.post("/{number}/files")
def keep(
    request: Request, number: int, posted: Posted, house: HouseHere, visitor: Guest
) -> Response:
    """Fetch a sound that came along into the library, as a draft."""
    try:
        keep_file(house, number, _text(posted, "at"), who=visitor.person, now=house.clock())
    except Unacceptable as fault:
        return _message(request, house, visitor, number, flash=Flash("bad", fault.why), status=422)
    return RedirectResponse(f"/console/cap/{number}?done=kept", 303)


def _filled(found: CapProposed, visitor: Visitor, update_of: str) -> Filled:
    proposal = found.proposal
    note = visitor.words(
        "Điền sẵn từ tin CAP {identifier} của {sender}. Đọc lại từng chữ trước khi ký.",
        identifier=found.message.identifier[:80],
        sender=found.message.sender[:80],
    )
    return Filled(
        status=proposal.status.value if proposal.status else "",
        event=proposal.event,
        severity=proposal.severity,
        words=tuple(
            FilledWords(language=said.language, headline=said.headline, text=said.text)
            for said in proposal.words
        ),
        areas=proposal.areas,
        life_h=proposal.life_h,
        update_of=update_of,
        note=note,
        cap=str(found.message.number),
    )


def _inbox(
    request: Request,
    house: House,
    visitor: Visitor,
    *,
    phase: str = "waiting",
    before: str = "",
    flash: Flash | None = None,
    status: int = 200,
) -> Response:
    wanted = next((p for p in CapPhase if p.value == phase), None)
    number = int(before) if before.isdecimal() and len(before) < 16 else None
    who = visitor.person
    with house.reading() as unit:
        found = list_cap(unit, who=who, phase=wanted, before=number, limit=SHOWN + 1)
        waiting = count_waiting(unit, who=who)
        nodes = area_tree(unit, who.areas(Right.ALARM) or who.areas(Right.CONTRIBUTE))
        named = tuple({message.area for message in found})
        names = dict(zip(named, area_names(unit, named), strict=True))
    context: dict[str, object] = {
        "messages": found[:SHOWN],
        "more": len(found) > SHOWN,
        "phase": wanted.value if wanted else "all",
        "paged": number is not None,
        "waiting": waiting,
        "nodes": nodes,
        "area_names": names,
        "origin_words": ORIGIN_WORDS,
        "may_administer": bool(who.areas(Right.ADMINISTER)),
        "now": house.clock(),
    }
    return page(request, visitor, "cap_inbox.html", context, flash=flash, status=status)


def _message(
    request: Request,
    house: House,
    visitor: Visitor,
    number: int,
    *,
    flash: Flash | None,
    status: int = 200,
) -> Response:
    now = house.clock()
    with house.reading() as unit:
        found = proposal_of(unit, number, who=visitor.person, now=now)
        areas = (found.message.area, *found.proposal.areas)
        names = dict(zip(areas, area_names(unit, areas), strict=True))
        concerned = {one: announcement_document(unit, one) for one in found.concerns}
    context: dict[str, object] = {
        "found": found,
        "message": found.message,
        "proposal": found.proposal,
        "drawing": drawn(found.drawing),
        "concerned": concerned,
        "area_names": names,
        "remark_words": REMARK_WORDS,
        "origin_words": ORIGIN_WORDS,
        "may_decide": visitor.person.may(Right.ALARM, found.message.area),
        "may_keep": visitor.person.may(Right.CONTRIBUTE, found.message.area),
        "now": now,
    }
    return page(request, visitor, "cap_message.html", context, flash=flash, status=status)


def _file(posted: FormData, visitor: Visitor) -> tuple[bytes, str]:
    """Return the bytes and the name of the file that was chosen; raises `Unacceptable` when there is none."""
    chosen = posted.get("file")
    if not isinstance(chosen, UploadFile):
        raise Unacceptable(visitor.words("Hãy chọn một tệp CAP (XML)."), "no-file")
    with chosen.file as file:
        data = file.read(MOST_BYTES + 1)
    if not chosen.filename:
        raise Unacceptable(visitor.words("Hãy chọn một tệp CAP (XML)."), "no-file")
    return data, chosen.filename[-200:]


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value.strip() if isinstance(value, str) else ""


def _flash(request: Request, visitor: Visitor) -> Flash | None:
    done = DONE.get(request.query_params.get("done", ""))
    return None if done is None else Flash("ok", visitor.words(done))
