"""The builder's tools, called as programs.

Law of the room: every call is a list, its failure names the tool, what it said last, and the package that brings it.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# the program, and Debian's package that brings it
NEEDED: Final = {
    "mmdebstrap": "mmdebstrap",
    "qemu-aarch64-static": "qemu-user-static",
    "mksquashfs": "squashfs-tools",
    "mkfs.vfat": "dosfstools",
    "mcopy": "mtools",
    "mke2fs": "e2fsprogs",
    "sfdisk": "fdisk",
    "cpio": "cpio",
    "xz": "xz-utils",
    "bmaptool": "bmap-tools",
    "qemu-system-aarch64": "qemu-system-arm",
    "fdtput": "device-tree-compiler",
    "update-binfmts": "binfmt-support",
    "depmod": "kmod",
}


class Failed(Exception):
    """A step could not be done; the message says what to do next."""


def missing() -> list[str]:
    """Return the packages that this machine lacks for building and emulating."""
    return sorted({package for tool, package in NEEDED.items() if shutil.which(tool) is None})


def run(*words: str | Path, epoch: int = 0, said: str | None = None) -> str:
    """Run a tool and return what it printed; raises `Failed` with the end of what it said.

    `epoch` is the time that everything made is given (SOURCE_DATE_EPOCH), `said` what it reads on standard input.
    """
    own = {**os.environ, "LC_ALL": "C.UTF-8"}
    if epoch:
        own["SOURCE_DATE_EPOCH"] = str(epoch)
    command = [str(word) for word in words]
    try:
        done = subprocess.run(
            command, input=said, capture_output=True, text=True, check=False, env=own
        )
    except FileNotFoundError as fault:
        package = NEEDED.get(command[0], command[0])
        raise Failed(f"{command[0]} is not here: apt-get install {package}") from fault
    if done.returncode != 0:
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failed(f"{command[0]} failed ({done.returncode}): {said}")
    return done.stdout


def wipe(folder: Path) -> Path:
    """Return `folder`, empty."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def put_into(image: Path, part: Path, at_bytes: int) -> None:
    """Write `part` into `image` at an offset; runs of zeros stay holes."""
    run(
        "dd",
        f"if={part}",
        f"of={image}",
        "bs=1M",
        f"seek={at_bytes >> 20}",
        "conv=notrunc,sparse",
        "status=none",
    )


def names_of(packages: Sequence[str]) -> str:
    """Return names as one argument."""
    return ",".join(packages)
