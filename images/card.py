"""The card: partitions, the firmware's files, the first slot and an empty data partition, as one file.

Law of the room: no device is touched; offsets are counted from the recipe.
"""

import hashlib
import shutil
from pathlib import Path
from typing import Final

from images import slot as slots
from images.recipe import MIB, SECTOR_BYTES, Recipe
from images.tools import Failed, put_into, run, wipe

BOOT: Final = Path(__file__).parent / "boot"
FIRMWARE: Final = ("bootcode.bin", "start*.elf", "fixup*.dat")
DISK_ID: Final = "0x7461696c"
DATA_ID: Final = "3f0c1a7e-6a1d-4a0e-9d3b-1d6f0f6b7a10"
_TYPES: Final = {"boot": "c", "a": "83", "b": "83", "data": "83"}


def assemble(root: Path, recipe: Recipe, work: Path, made: Path, epoch: int) -> None:
    """Write the whole card as `made`; raises `Failed`."""
    boot = wipe(work / "boot")
    for pattern in FIRMWARE:
        for file in sorted((root / "usr/lib/raspi-firmware").glob(pattern)):
            shutil.copy2(file, boot)
    for file in BOOT.iterdir():
        shutil.copy2(file, boot)
    (boot / "tienglang-pins.txt").write_text("")
    shutil.copytree(slots.starters(root, recipe, "a", work), boot / "a")
    run("find", boot, "-exec", "touch", "-h", f"--date=@{epoch}", "{}", "+")
    system = work / "slot.squashfs"
    slots.pack(root, system, epoch)

    made.unlink(missing_ok=True)
    _hole(made, recipe.card_mib())
    run("sfdisk", "--quiet", made, said=_table(recipe))
    parts = {name: (begin, size) for name, begin, size in recipe.partitions()}
    if system.stat().st_size > parts["a"][1] * MIB:
        raise Failed(
            f"the system has {system.stat().st_size // MIB} MiB and a slot {parts['a'][1]}: leave packages out, "
            "or make the slots larger (cards already in the field keep their slots)"
        )
    put_into(made, _fat(boot, work, parts["boot"][1], epoch), parts["boot"][0] * MIB)
    put_into(made, system, parts["a"][0] * MIB)
    put_into(made, _data(work, parts["data"][1], epoch), parts["data"][0] * MIB)


def _table(recipe: Recipe) -> str:
    """Return the partition table as sfdisk reads it; the old kind, for a Pi 3 starts from no other."""
    lines = ["label: dos", f"label-id: {DISK_ID}", "unit: sectors"]
    for name, begin, size in recipe.partitions():
        start, length = begin * MIB // SECTOR_BYTES, size * MIB // SECTOR_BYTES
        bootable = ", bootable" if name == "boot" else ""
        lines.append(f"start={start}, size={length}, type={_TYPES[name]}{bootable}")
    return "\n".join(lines) + "\n"


def _fat(folder: Path, work: Path, size_mib: int, epoch: int) -> Path:
    """Return the boot partition with the files of `folder`."""
    made = work / "boot.vfat"
    _hole(made, size_mib)
    run("mkfs.vfat", "-F", "32", "-n", "TLBOOT", "-i", DISK_ID[2:], "--invariant", made)
    names = sorted(path for path in folder.iterdir())
    run("mcopy", "-s", "-m", "-i", made, *names, "::/", epoch=epoch)
    return made


def _data(work: Path, size_mib: int, epoch: int) -> Path:
    """Return the empty data partition."""
    made = work / "data.ext4"
    _hole(made, size_mib)
    run(
        "mke2fs", "-q", "-t", "ext4", "-L", "TLDATA", "-U", DATA_ID, "-E", f"hash_seed={DATA_ID},lazy_itable_init=0",
        "-m", "1", made, epoch=epoch,
    )  # fmt: skip
    return made


def _hole(file: Path, size_mib: int) -> None:
    file.unlink(missing_ok=True)
    with file.open("wb") as handle:
        handle.truncate(size_mib * MIB)


def sha256_of(file: Path) -> str:
    """Return a file's SHA-256."""
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
