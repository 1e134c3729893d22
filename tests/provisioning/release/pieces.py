"""Pieces of systems, for tests: files that look like what is compressed, and changes as updates make them."""

import random
from pathlib import Path

from provisioning.__main__ import parser
from provisioning.release.deeds import run
from tests.provisioning.table import Table

SYSTEM_BYTES = 600_000


def system(seed: int = 7, size: int = SYSTEM_BYTES) -> bytes:
    """Return bytes as chance makes them, the same for the same seed."""
    return random.Random(seed).randbytes(size)


def lay(folder: Path, data: bytes, kernel: bytes = b"a kernel") -> tuple[str, ...]:
    """Put a system and its starters where an image's build leaves them; return the words that name them."""
    boot = folder / "boot"
    boot.mkdir(parents=True, exist_ok=True)
    (folder / "slot.squashfs").write_bytes(data)
    (boot / "vmlinuz").write_bytes(kernel)
    (boot / "cmdline.txt").write_text("rootwait tl.slot=a\n")
    return ("--system", str(folder / "slot.squashfs"), "--starters", str(boot))


def do(table: Table, *words: str, answer: str = "KY") -> str:
    """Do a deed of releases at the table's time; return what it says."""
    given = parser().parse_args(["release", *words])
    return run(given, table.now, lambda _: answer)


def built(table: Table, name: str, version: str, data: bytes, *more: str) -> Path:
    """Return the folder of a release."""
    out = table.folder / name
    words = lay(table.folder / f"{name}-pieces", data)
    do(table, "build", str(out), "--version", version, "--notes-vi", "Sửa lỗi.", *words, *more)
    return out
