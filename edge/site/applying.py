"""The site file read from the card, and its plan written where this machine looks.

Law of the room: what cannot be used changes nothing: the last good file, kept beside the appliance's state, stays in
force, and the faults are written on the card where any computer shows them.
"""

import contextlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, assert_never

import msgspec

from contract.site import BadSite, Site, SiteFault, read_site
from edge.core.arrival import FAULTS, Fault
from edge.site.cards import read_cards
from edge.site.plan import Place, Plan, plan_of
from edge.site.typed import Typed, merged

log = logging.getLogger(__name__)

SITE, ERRORS, TRUST, AUTHORITY = "tienglang.toml", "tienglang-errors.txt", "trust", "ca.pem"
GOOD: Final = "site-good.toml"
TYPED: Final = "typed.json"  # what somebody typed at the pole; the rule of precedence is in `typed`
MOST_FAULTS: Final = 20  # that are spoken and shown; the list on the card is whole
NOTHING: Final = SiteFault(
    "", 0,
    f"trên thẻ không có tệp {SITE}: chép tệp mẫu vào phân vùng đầu tiên của thẻ rồi điền",
    f"there is no {SITE} on the card: copy the sample to its first partition and fill it in",
)  # fmt: skip


@dataclass(frozen=True)
class Folders:
    """Where things are on this machine: the card's boot partition, what is kept, and what lives until power-off."""

    boot: Path
    state: Path
    run: Path
    connections: Path


@dataclass(frozen=True)
class Applied:
    """What came of it: the site in force (None when there never was a good one), and all that must be mended."""

    site: Site | None
    faults: tuple[SiteFault, ...]


def apply(folders: Folders, cards_text: str) -> Applied:
    """Read the site file, write what follows from it, and tell the faults on the card; raises `OSError`."""
    site, text, faults = read_card(folders)
    if site is not None:
        site = merged(site, read_typed(folders))
        plan = plan_of(
            site,
            read_cards(cards_text),
            has_authority=(folders.boot / AUTHORITY).is_file(),
            trust_dir=str(folders.boot / TRUST),
            ca_file=str(folders.boot / AUTHORITY),
        )
        _write_all(folders, plan)
        faults += plan.faults
        if text is not None:
            write(folders.state / GOOD, text, 0o600)
    _tell(folders.boot / ERRORS, faults)
    told = tuple(Fault(line=each.line, vi=each.vi, en=each.en) for each in faults[:MOST_FAULTS])
    write(folders.run / FAULTS, msgspec.json.encode(told).decode(), 0o644)
    return Applied(site, faults)


def read_typed(folders: Folders) -> Typed:
    """Return what was typed at the pole; what cannot be read counts as nothing, and is said in the log."""
    try:
        return msgspec.json.decode((folders.state / TYPED).read_bytes(), type=Typed)
    except FileNotFoundError:
        return Typed()
    except (OSError, msgspec.MsgspecError) as fault:
        log.warning("%s cannot be read (%s): what was typed at the pole is lost", TYPED, fault)
        return Typed()


def write_typed(folders: Folders, typed: Typed) -> None:
    """Keep what was typed at the pole, for root alone; raises `OSError`."""
    write(folders.state / TYPED, msgspec.json.encode(typed).decode(), 0o600)


def read_card(folders: Folders) -> tuple[Site | None, str | None, tuple[SiteFault, ...]]:
    """Return the site in force, its text where the card's own is good, and the faults of the card's."""
    try:
        text = (folders.boot / SITE).read_text(encoding="utf-8")
        return read_site(text), text, ()
    except FileNotFoundError:
        faults: tuple[SiteFault, ...] = (NOTHING,)
    except UnicodeDecodeError:
        vi, en = (
            f"{SITE} không phải UTF-8: lưu lại với bảng mã UTF-8",
            f"{SITE} is not UTF-8: save it as UTF-8",
        )
        faults = (SiteFault("", 0, vi, en),)
    except BadSite as bad:
        faults = bad.faults
    with contextlib.suppress(OSError, UnicodeDecodeError, BadSite):
        return read_site((folders.state / GOOD).read_text(encoding="utf-8")), None, faults
    return None, None, faults


def _write_all(folders: Folders, plan: Plan) -> None:
    for file in plan.files:
        match file.place:
            case Place.SETTINGS:
                write(folders.run / file.name, file.text, 0o644)
            case Place.CONNECTION:
                write(folders.connections / file.name, file.text, 0o600)
            case Place.BOOT:
                _write_if_possible(folders.boot / file.name, file.text)
            case _:
                assert_never(file.place)
    kept = {file.name for file in plan.files if file.place is Place.CONNECTION}
    for old in folders.connections.glob("tienglang-*.nmconnection"):
        if old.name not in kept:
            old.unlink()


def _tell(file: Path, faults: tuple[SiteFault, ...]) -> None:
    """Write the faults on the card, or take an old list away."""
    if not faults:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        return
    lines = ["Tệp tienglang.toml có chỗ phải sửa / What must be mended in tienglang.toml:", ""]
    for fault in faults:
        at_vi, at_en = (f"Dòng {fault.line}: ", f"Line {fault.line}: ") if fault.line else ("", "")
        lines += [f"- {at_vi}{fault.vi}", f"  {at_en}{fault.en}", ""]
    _write_if_possible(file, "\r\n".join(lines))


def _write_if_possible(file: Path, text: str) -> None:
    """Write on the card, or log that it cannot be: a locked card must not keep a pole from its network."""
    try:
        _write_changed(file, text)
    except OSError as fault:
        log.warning("cannot write %s (%s): the card is locked, full or worn", file.name, fault)


def _write_changed(file: Path, text: str) -> None:
    """Write a file of the card only when it would change: FAT wears, and a write may be cut."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if file.read_bytes() == text.encode():
            return
    write(file, text, 0o644)


def write(file: Path, text: str, mode: int) -> None:
    """Write a file whole: beside it first, synced, then renamed over it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as out:
        out.write(text.encode())
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
