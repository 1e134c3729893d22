"""`tienglang-provision side-load`: find the appliance, fill the stick, say what lies on it."""

import argparse
import re
import sys
from pathlib import Path
from typing import Final

import msgspec

from provisioning.asking import add_central, door_of
from provisioning.central_door import CentralDoor
from provisioning.side_load.filling import CannotFill, Progress, fill

_DEVICE: Final = re.compile(r"[a-z2-7]{16}")
_WORDS: Final = {
    "vi": (
        "{name}: {papers} giấy, {contents} tệp âm thanh ({mb:.1f} MB) ở {folder}, đã đọc lại đúng. "
        "Cắm USB vào máy, đợi 10 giây; trang của máy ghi “Thẻ USB: nhận …”."
    ),
    "en": (
        "{name}: {papers} papers, {contents} sound files ({mb:.1f} MB) in {folder}, read back alike. "
        "Put the stick into the appliance and wait 10 seconds; its page logs what it took."
    ),
}


class _State(msgspec.Struct, frozen=True):
    device: str | None


class _Site(msgspec.Struct, frozen=True):
    site: _State


def add_side_load(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb that fills a stick."""
    verb = verbs.add_parser(
        "side-load", help="fill a stick for an appliance that no network reaches, and read it back"
    )
    verb.add_argument("what", help="the place's id, or the appliance's 16-character id")
    verb.add_argument("--to", type=Path, required=True, help="the mounted stick, or a folder")
    add_central(verb)


def run(given: argparse.Namespace) -> str:
    """Do it and return what to tell; raises `ValueError` or `OSError` in words."""
    if not given.to.is_dir():
        msg = f"{given.to} is no folder: put the stick in, mount it, and name where it is"
        raise CannotFill(msg)
    door = door_of(given)
    filled = fill(door, device_of(door, given.what), given.to, told=_told)
    if given.json:
        return msgspec.json.encode(filled).decode()
    return _WORDS[given.language].format(
        name=filled.name,
        papers=filled.papers,
        contents=filled.contents,
        mb=filled.bytes / 1e6,
        folder=filled.folder,
    )


def device_of(door: CentralDoor, what: str) -> str:
    """Return the id of the appliance that stands at a place, or of the one named; raises `ValueError`."""
    if _DEVICE.fullmatch(what):
        return what
    device = door.told(f"/api/v1/sites/{what}", _Site).site.device
    if device is None:
        msg = f"no appliance stands at {what}: there is nothing to carry there yet"
        raise CannotFill(msg)
    return device


def _told(now: Progress) -> None:
    """Say on one line how far it is."""
    if not sys.stderr.isatty():
        return
    pct = now.done_bytes * 100 // max(1, now.all_bytes)
    end = "\n" if now.done_bytes >= now.all_bytes else ""
    print(f"\r{pct:3} %  {now.what[:60]:60}", end=end, file=sys.stderr, flush=True)
