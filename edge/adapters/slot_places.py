"""Which partitions are the slots of this card, and which one runs.

Law of the room: the card's first program wrote both facts into memory at the start; nothing is guessed.
"""

from pathlib import Path
from typing import Protocol

from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_status import Slot
from edge.adapters.slot_writing import Places

PARTITIONS: dict[Slot, int] = {"a": 2, "b": 3}


class Given(Protocol):
    """The words of the command line, as far as they name places."""

    state: Path
    boot: Path
    run: Path
    kept: Path
    disk: Path
    running: Path
    slot_a: Path | None
    slot_b: Path | None


def places_of(given: Given) -> Places:
    """Return this machine's places; raises `SlotRefused` where it is no card of ours."""
    running = _fact(given.running)
    if running not in {"a", "b"}:
        raise SlotRefused("card-fault", f"{given.running} không cho biết đang chạy phân vùng nào")
    disk = "" if given.slot_a and given.slot_b else _fact(given.disk)
    slots: dict[Slot, Path] = {
        "a": given.slot_a or Path(f"{disk}{PARTITIONS['a']}"),
        "b": given.slot_b or Path(f"{disk}{PARTITIONS['b']}"),
    }
    return Places(
        boot=given.boot,
        slots=slots,
        state=given.state.resolve(),
        kept=given.kept,
        run=given.run,
        root=given.boot / "trust" / "root.json",
        running="a" if running == "a" else "b",
    )


def _fact(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise SlotRefused(
            "card-fault", f"không đọc được {file}: máy này không chạy từ thẻ Tiếng Làng"
        ) from fault
