"""The first program on the card and the drivers it needs, packed natively in half a second.

Law of the room: a driver comes with all that it needs, in the order in which it can be loaded.
"""

import gzip
import shutil
import subprocess
from pathlib import Path
from typing import Final

from images.tools import Failed, run, wipe

INIT: Final = Path(__file__).parent / "initramfs" / "init"


def kernel_of(root: Path) -> str:
    """Return the kernel's release in a system; raises `Failed` unless there is one."""
    releases = [folder.name for folder in (root / "usr/lib/modules").iterdir()]
    if len(releases) != 1:
        raise Failed(
            f"one kernel is wanted on the card, there are {len(releases)}: {' '.join(releases)}"
        )
    return releases[0]


def build(root: Path, modules: tuple[str, ...], work: Path, made: Path) -> None:
    """Write the compressed archive `made` with the drivers in `modules` from the system in `root`."""
    inside = wipe(work / "initramfs")
    for name in ("bin", "m", "proc", "sys", "dev"):
        (inside / name).mkdir()
    shutil.copy2(INIT, inside / "init")
    (inside / "init").chmod(0o755)
    shutil.copy2(root / "usr/bin/busybox", inside / "bin/busybox")
    folder = root / "usr/lib/modules" / kernel_of(root)
    wanted = in_order(modules, (folder / "modules.dep").read_text())
    for path in wanted:
        shutil.copy2(folder / path, inside / "m")
    (inside / "order").write_text("".join(f"{Path(path).name}\n" for path in wanted))
    names = sorted(str(path.relative_to(inside)) for path in inside.rglob("*"))
    # no build's own time: an unchanged first program has unchanged bytes, and no update fetches it again
    run("find", inside, "-exec", "touch", "-h", "--date=@0", "{}", "+")
    packed = subprocess.run(
        ["cpio", "--quiet", "--create", "--format=newc", "--reproducible", "--owner=+0:+0"],
        input="\n".join(names).encode(), cwd=inside, capture_output=True, check=False,
    )  # fmt: skip
    if packed.returncode != 0:
        raise Failed(f"cpio failed: {packed.stderr.decode()}")
    made.write_bytes(gzip.compress(packed.stdout, 9, mtime=0))


def in_order(names: tuple[str, ...], dependencies: str) -> list[str]:
    """Return the files of drivers and of all that they need, needed ones first; what is built in is left out."""
    needs = {}
    for line in dependencies.splitlines():
        path, _, others = line.partition(":")
        needs[path] = others.split()
    by_name = {Path(path).name.partition(".")[0].replace("-", "_"): path for path in needs}
    found: list[str] = []

    def add(path: str) -> None:
        for other in reversed(needs[path]):
            add(other)
        if path not in found:
            found.append(path)

    for name in names:
        if name in by_name:
            add(by_name[name])
    return found
