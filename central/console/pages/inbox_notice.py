"""The way of one notice: where it is, what the person may do, where it is used, what was said about it.

Law of the room: each deed names the version that was looked at. What is refused comes back with what was typed: two
people at one notice lose nothing.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from central.console.notices import way_context
from central.console.render import Flash, page
from central.console.visitor import Guest, HouseHere, Posted, Visitor
from central.domain.errors import CentralError, Conflict, Forbidden, Unacceptable
from central.domain.people import Right
from central.domain.workflow_inbox import SubjectKind
from central.services import House, Unit, content_named
from central.services.comments import comment, list_comments, people_to_mention, subject_of
from central.services.console_views import area_tree
from central.services.workflow import reassign, send_back, submit, withdraw
from central.services.workflow_offers import offer, withdraw_offer
from central.services.workflow_recall import recall
from contract.area import parent
from contract.documents import Level

router = APIRouter()
Hash = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
_SAID: Final = {
    "submitted": "Đã gửi duyệt. Người duyệt thấy việc này trong danh sách của họ.",
    "withdrawn": "Đã rút lại, nội dung trở về nháp.",
    "returned": "Đã trả lại cho người gửi, kèm lý do.",
    "reassigned": "Đã chuyển cho người duyệt khác.",
    "offered": "Đã gửi xuống. Xã thấy việc này trong danh sách của họ.",
    "unoffered": "Đã rút lại bản tin gửi xuống.",
    "said": "Đã ghi góp ý.",
    "said-partly": "Đã ghi góp ý. Có tên được nhắc không tồn tại hoặc không xem được việc này nên không được báo.",
    "recalled": "Đã thu hồi. Việc còn phải làm ghi ở ngay dưới đây.",
}
_KEPT: Final = ("words", "why", "text", "to")


@router.get("/contents/{sha256}")
def notice(request: Request, house: HouseHere, visitor: Guest, sha256: Hash) -> Response:
    """Show the way of one content."""
    said = _SAID.get(request.query_params.get("did", ""))
    flash = None if said is None else Flash("ok", visitor.words(said))
    return _page(request, house, visitor, sha256, flash=flash)


@router.post("/contents/{sha256}/submit")
def submitted(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Ask for approval."""

    def do(unit: Unit) -> str:
        submit(
            unit,
            sha256,
            who=visitor.person,
            now=house.clock(),
            to=_text(posted, "to"),
            words=_text(posted, "words"),
            version=_version(posted),
        )
        return "submitted"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/withdraw")
def withdrawn(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Take the asking back."""

    def do(unit: Unit) -> str:
        withdraw(unit, sha256, who=visitor.person, now=house.clock(), version=_version(posted))
        return "withdrawn"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/return")
def returned(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Give it back with a reason."""

    def do(unit: Unit) -> str:
        why, version = _text(posted, "why"), _version(posted)
        send_back(unit, sha256, why, who=visitor.person, now=house.clock(), version=version)
        return "returned"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/reassign")
def reassigned(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Have another approver look at it."""

    def do(unit: Unit) -> str:
        to, version = _text(posted, "to"), _version(posted)
        reassign(unit, sha256, to, who=visitor.person, now=house.clock(), version=version)
        return "reassigned"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/recall")
def recalled(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """End its use."""

    def do(unit: Unit) -> str:
        recall(
            unit,
            sha256,
            _text(posted, "why"),
            who=visitor.person,
            now=house.clock(),
            from_drafts=_text(posted, "from_drafts") == "yes",
            version=_version(posted),
        )
        return "recalled"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/offers")
def offered(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Send it down to areas."""

    def do(unit: Unit) -> str:
        areas = [str(value) for value in posted.getlist("area")]
        level = Level.PRIORITY if _text(posted, "level") == "priority" else Level.NORMAL
        words = _text(posted, "words")
        offer(unit, sha256, areas, who=visitor.person, now=house.clock(), level=level, words=words)
        return "offered"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/offers/{number}/withdraw")
def unoffered(
    request: Request,
    posted: Posted,
    house: HouseHere,
    visitor: Guest,
    sha256: Hash,
    number: int,
) -> Response:
    """Take back what was sent down."""

    def do(unit: Unit) -> str:
        withdraw_offer(
            unit, number, who=visitor.person, now=house.clock(), version=_version(posted)
        )
        return "unoffered"

    return _deed(request, house, visitor, sha256, posted, do)


@router.post("/contents/{sha256}/comments")
def said(
    request: Request, posted: Posted, house: HouseHere, visitor: Guest, sha256: Hash
) -> Response:
    """Say something about it."""

    def do(unit: Unit) -> str:
        text = _text(posted, "text")
        kept = comment(
            unit, SubjectKind.CONTENT, sha256, text, who=visitor.person, now=house.clock()
        )
        return "said-partly" if kept.not_told else "said"

    return _deed(request, house, visitor, sha256, posted, do)


@router.get("/{kind}s/{subject}")
def talk(
    request: Request, house: HouseHere, visitor: Guest, kind: SubjectKind, subject: str
) -> Response:
    """Show what was said about a slot or an announcement."""
    with house.reading() as unit:
        found = subject_of(unit, kind, subject[:70], who=visitor.person)
        talked = list_comments(unit, kind, subject[:70], who=visitor.person)
        people = people_to_mention(unit, found.areas[0])
    context: dict[str, object] = {
        "subject": found,
        "comments": talked,
        "people": people,
        "kept": {},
        "now": house.clock(),
    }
    return page(request, visitor, "inbox_talk.html", context)


@router.post("/{kind}s/{subject}/comments")
def say(
    posted: Posted, house: HouseHere, visitor: Guest, kind: SubjectKind, subject: str
) -> Response:
    """Say something about a slot or an announcement."""
    with house.writing() as unit:
        comment(
            unit, kind, subject[:70], _text(posted, "text"), who=visitor.person, now=house.clock()
        )
    return RedirectResponse(f"/console/inbox/{kind.value}s/{subject[:70]}#talk", 303)


def _page(
    request: Request,
    house: House,
    visitor: Visitor,
    sha256: str,
    *,
    flash: Flash | None = None,
    kept: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    now, who = house.clock(), visitor.person
    with house.reading() as unit:
        context = way_context(unit, who, sha256, now=now)
        state = content_named(unit, sha256, now=now)
        tree = area_tree(unit)
        talked = list_comments(unit, SubjectKind.CONTENT, sha256, who=who)
    context |= {
        "content": state,
        "area_names": {node.path: node.name for node in tree},
        "approve_areas": tuple(node for node in tree if who.may(Right.APPROVE, node.path)),
        "offer_areas": tuple(node for node in tree if parent(node.path) == state.area),
        "comments": talked,
        "kept": kept or {},
        "now": now,
    }
    return page(request, visitor, "inbox_notice.html", context, flash=flash, status=status)


def _deed(
    request: Request,
    house: House,
    visitor: Visitor,
    sha256: str,
    posted: FormData,
    do: Callable[[Unit], str],
) -> Response:
    """Do one deed in one transaction; refused, the page comes back as it now is, with what was typed."""
    try:
        with house.writing() as unit:
            did = do(unit)
    except (Conflict, Unacceptable, Forbidden) as fault:
        kept = {name: _text(posted, name) for name in _KEPT}
        flash = Flash("bad", fault.why)
        return _page(request, house, visitor, sha256, flash=flash, kept=kept, status=_status(fault))
    return RedirectResponse(f"/console/inbox/contents/{sha256}?did={did}", 303)


def _status(fault: CentralError) -> int:
    return {Conflict: 409, Forbidden: 403}.get(type(fault), 422)


def _text(posted: FormData, name: str) -> str:
    value = posted.get(name)
    return value if isinstance(value, str) else ""


def _version(posted: FormData) -> int | None:
    text = _text(posted, "version")
    return int(text) if text.isdecimal() and len(text) < 16 else None
