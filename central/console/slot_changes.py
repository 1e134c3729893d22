"""A slot before and after, field by field in words: for publishing, for a conflict, for whatever is looked at first.

Law of the room: pure; only what differs is said.
"""

from collections.abc import Callable, Iterable, Mapping

import msgspec

from central.console.slot_writing import after_break_words, live_line, recurrence_words
from central.console.words import Words
from central.domain.planning import hours_of
from central.domain.planning_diff import ChangeKind, SlotChange
from contract.documents import LateRule, Level, Slot

Titles = Mapping[str, str]


class FieldLine(msgspec.Struct, frozen=True):
    """One field of a slot before and after, in words; one of them empty where the slot is added or removed."""

    name: str
    before: str
    after: str


class ChangeLine(msgspec.Struct, frozen=True, kw_only=True):
    """One change as it is shown."""

    kind: ChangeKind
    word: str
    title: str
    area: str
    summary: str
    fields: tuple[FieldLine, ...]


def change_lines(
    changes: Iterable[SlotChange], words: Words, titles: Titles | None = None
) -> tuple[ChangeLine, ...]:
    """Return changes in words; `titles` names contents by their hash."""
    return tuple(_line(change, words, titles or {}) for change in changes)


def _line(change: SlotChange, words: Words, titles: Titles) -> ChangeLine:
    one = change.after or change.before
    fields: tuple[FieldLine, ...] = ()
    if change.before is not None and change.after is not None:
        fields = differences(change.before, change.after, words, titles)
    summary = "" if one is None else f"{hours_of(one)}, {recurrence_words(one.recurrence, words)}"
    return ChangeLine(
        kind=change.kind,
        word=change.word,
        title=change.title,
        area=change.area,
        summary=summary,
        fields=fields,
    )


def differences(
    before: Slot, after: Slot, words: Words, titles: Titles | None = None
) -> tuple[FieldLine, ...]:
    """Return the fields in which two slots differ, in words."""
    found = []
    for name, say in _fields(words, titles or {}).items():
        was, now = say(before), say(after)
        if was != now:
            found.append(FieldLine(name, was, now))
    return tuple(found)


def all_fields(
    slot: Slot, words: Words, titles: Titles | None = None
) -> tuple[tuple[str, str], ...]:
    """Return every field of a slot in words."""
    return tuple((name, say(slot)) for name, say in _fields(words, titles or {}).items())


def _fields(words: Words, titles: Titles) -> dict[str, Callable[[Slot], str]]:
    nothing = words("không có")

    def contents(slot: Slot) -> str:
        named = [titles.get(item, f"{item[:8]}…") for item in slot.items]
        return ", ".join(named) or nothing

    def dates(slot: Slot) -> str:
        first = f"{slot.from_date:%d/%m/%Y}" if slot.from_date else "…"
        last = f"{slot.until_date:%d/%m/%Y}" if slot.until_date else "…"
        return f"{first} – {last}" if slot.from_date or slot.until_date else nothing

    def rounds(slot: Slot) -> str:
        if slot.loop:
            return words("Phát vòng đến hết khung giờ")
        return words("{n} lần, cách {s} giây", n=slot.repeat_count, s=slot.gap_s)

    late = {
        LateRule.SKIP: words("Bỏ qua"),
        LateRule.JOIN: words("Vào giữa chừng"),
        LateRule.WHOLE: words("Phát trọn từ đầu"),
    }
    return {
        words("Tiêu đề"): lambda slot: slot.title,
        words("Giờ phát"): hours_of,
        words("Kiểu lặp"): lambda slot: recurrence_words(slot.recurrence, words),
        words("Khoảng ngày"): dates,
        words("Trừ các ngày"): lambda slot: (
            ", ".join(f"{day:%d/%m/%Y}" for day in sorted(slot.except_dates)) or nothing
        ),
        words("Nguồn tiếng"): lambda slot: live_line(slot.live, words) if slot.live else nothing,
        words("Nội dung"): contents,
        words("Số lần phát"): rounds,
        words("Mức độ"): lambda slot: (
            words("ưu tiên") if slot.level is Level.PRIORITY else words("thường")
        ),
        words("Thứ tự ưu tiên"): lambda slot: str(slot.order),
        words("Âm lượng"): lambda slot: f"{slot.volume_pct} %",
        words("Vùng loa"): lambda slot: ", ".join(slot.zones) or words("mọi vùng loa"),
        words("Khi phát trễ"): lambda slot: late[slot.late],
        words("Khi bị cắt ngang"): lambda slot: after_break_words(slot.after_break, words),
    }
