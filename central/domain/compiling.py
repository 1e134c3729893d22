"""From the slots of an area tree to what one appliance is told: the body of its programme, and warnings.

Law of the room: pure. What is not approved for the appliance's area, content or live source, is never compiled in;
what is left out is named in a warning. Equal inputs give equal bodies: an unchanged appliance is not written to.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from central.domain.areas import lineage_through
from central.domain.errors import Unacceptable
from central.domain.lives import live_words, url_of
from central.domain.states import ApprovalState
from contract.area import is_at_or_below
from contract.documents import Content, Live, Once, Slot

MAX_SLOTS = 2_000  # as `contract.documents.Programme`
MAX_CONTENTS = 5_000
MAX_BODY_BYTES = 1_995_000  # what the codec lets a programme be, less its own first fields
_PAST = timedelta(days=2)  # a window may pass midnight, and zones differ
_ENCODER = msgspec.json.Encoder(order="deterministic")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What of an appliance decides what it is told: appliances of one place get equal bodies."""

    area: str
    time_zone: str
    zones: tuple[str, ...]


class Body(msgspec.Struct, frozen=True, kw_only=True):
    """What a programme says, without version and times; `sha256` names it."""

    slots: tuple[Slot, ...]
    contents: tuple[Content, ...]
    sha256: str
    warnings: tuple[str, ...]


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """All that bodies are compiled from: slots by area, content and approvals by hash, the day, and merged areas."""

    slots: Mapping[str, tuple[Slot, ...]]
    contents: Mapping[str, Content]
    approvals: Mapping[str, tuple[ApprovalState, ...]]
    today: date
    successors: Mapping[str, str] = {}


def inherited_from(area: str, successors: Mapping[str, str]) -> tuple[str, ...]:
    """Return the areas whose slots hold at `area`: the highest first, then those of what it was merged into.

    The one place where it is decided who inherits from whom: all planning asks here.
    """
    return lineage_through(area, successors)


def compile_body(stock: Stock, place: Place) -> Body:
    """Return what an appliance at `place` is told; raises `Unacceptable` when that is more than one can hold."""
    warnings: list[str] = []
    slots = tuple(
        kept
        for area in inherited_from(place.area, stock.successors)
        for slot in stock.slots.get(area, ())
        if not _over(slot, stock.today)
        for kept in _fitted(slot, stock, place, warnings)
    )
    wanted = sorted({sha256 for slot in slots for sha256 in slot.items})
    contents = tuple(stock.contents[sha256] for sha256 in wanted)
    _check_size(place.area, len(slots), len(contents))
    told = _ENCODER.encode((place.time_zone, slots, contents))
    _check_bytes(place.area, len(told))
    return Body(
        slots=slots,
        contents=contents,
        sha256=hashlib.sha256(told).hexdigest(),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def is_approved(approvals: Sequence[ApprovalState], area: str) -> bool:
    """Return whether one of the approvals covers the area."""
    return any(is_at_or_below(area, approval.area) for approval in approvals)


def _fitted(slot: Slot, stock: Stock, place: Place, warnings: list[str]) -> tuple[Slot, ...]:
    """Return the slot as this place may have it, or nothing; says what was left out."""
    if slot.live is not None and not _relays(slot, slot.live, stock, place, warnings):
        return ()
    items = tuple(s for s in slot.items if is_approved(stock.approvals.get(s, ()), place.area))
    for sha256 in dict.fromkeys(set(slot.items) - set(items)):
        title = stock.contents[sha256].title
        warnings.append(
            f"Khung giờ “{slot.title}”: nội dung “{title}” chưa được duyệt cho {place.area} "
            "nên không gửi xuống cụm loa."
        )
    zones = tuple(zone for zone in slot.zones if zone in place.zones)
    if slot.zones and len(zones) < len(slot.zones):
        lacking = ", ".join(sorted(set(slot.zones) - set(zones)))
        warnings.append(
            f"Khung giờ “{slot.title}”: có cụm loa tại {place.area} không có vùng loa {lacking}."
        )
    if (not items and slot.live is None) or (slot.zones and not zones):
        return ()
    if items == slot.items and zones == slot.zones:
        return (slot,)
    return (msgspec.structs.replace(slot, items=items, zones=zones),)


def _relays(slot: Slot, live: Live, stock: Stock, place: Place, warnings: list[str]) -> bool:
    """Return whether this place may relay the slot's live source; says so where not, and where nothing stands by."""
    url = url_of(live)
    if not is_approved(stock.approvals.get(live.approved_as, ()), place.area):
        warnings.append(
            f"Khung giờ “{slot.title}”: nguồn trực tiếp “{live_words(url)}” chưa được duyệt cho "
            f"{place.area} nên khung giờ này không gửi xuống cụm loa."
        )
        return False
    if not slot.items:
        warnings.append(
            f"Khung giờ “{slot.title}”: không có nội dung dự phòng, loa sẽ im lặng khi nguồn trực tiếp "
            "mất tín hiệu."
        )
    return True


def _over(slot: Slot, today: date) -> bool:
    """Return whether the slot can never sound again."""
    last = slot.until_date
    if isinstance(slot.recurrence, Once):
        last = slot.recurrence.on if last is None else min(last, slot.recurrence.on)
    return last is not None and last < today - _PAST


def _check_bytes(area: str, size_bytes: int) -> None:
    if size_bytes > MAX_BODY_BYTES:
        msg = (
            f"Lịch của {area} dài {size_bytes // 1000} kB, quá mức {MAX_BODY_BYTES // 1000} kB của một "
            "cụm loa. Hãy bớt khung giờ hoặc bớt nội dung trong mỗi khung."
        )
        raise Unacceptable(msg, "too-large")


def _check_size(area: str, slots: int, contents: int) -> None:
    if slots > MAX_SLOTS:
        msg = (
            f"Địa bàn {area} có {slots} khung giờ, quá mức {MAX_SLOTS} của một cụm loa. "
            "Hãy gộp các khung giờ giống nhau (kiểu lặp hằng ngày, hằng tuần) hoặc xóa bớt."
        )
        raise Unacceptable(msg, "too-many-slots")
    if contents > MAX_CONTENTS:
        msg = (
            f"Lịch của {area} dùng {contents} nội dung, quá mức {MAX_CONTENTS} của một cụm loa. "
            "Hãy bớt nội dung."
        )
        raise Unacceptable(msg, "too-many-contents")
