"""This project's part of the system: the appliance and its libraries, for the Pi's processor.

Law of the room: no emulation and nothing compiled from source; a library without a wheel for the Pi stops the build.
"""

import shutil
import sys
from pathlib import Path
from typing import Final

from images.tools import Failed, run

TREE: Final = Path(__file__).parent.parent
HOME: Final = "opt/tienglang"
# The newest first: an older name alone would let pip take an old release of a library.
PLATFORMS: Final = tuple(
    f"manylinux{name}_aarch64" for name in ("_2_36", "_2_34", "_2_28", "_2_17", "2014")
)
PYTHON: Final = "3.11"
_PROGRAM: Final = f"""\
#!/usr/bin/python3 -sE
import sys

sys.path.insert(0, "/{HOME}/lib")
from edge.__main__ import main

sys.exit(main())
"""


def install(root: Path, work: Path, epoch: int) -> None:
    """Put the appliance under `root`/opt/tienglang; raises `Failed`."""
    lib = root / HOME / "lib"
    shutil.rmtree(root / HOME, ignore_errors=True)
    lib.mkdir(parents=True)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    wheels = work / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    run(
        *pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, TREE, epoch=epoch
    )
    run(
        *pip, "install", "--no-compile", "--only-binary=:all:", "--implementation", "cp", "--python-version", PYTHON,
        *(word for name in PLATFORMS for word in ("--platform", name)),
        "--require-hashes", "--no-deps", "--target", lib, "-r", TREE / "requirements" / "edge.txt",
    )  # fmt: skip
    (wheel,) = wheels.glob("tienglang-*.whl")
    run(*pip, "install", "--no-compile", "--no-deps", "--target", lib, wheel)
    for unused in ("central", "provisioning", "bin"):
        shutil.rmtree(lib / unused, ignore_errors=True)
    program = root / HOME / "bin" / "tienglang-edge"
    program.parent.mkdir()
    program.write_text(_PROGRAM)
    program.chmod(0o755)
    _compile(root)


def _compile(root: Path) -> None:
    """Compile all of Python on the card natively: a Pi would do it at every start, for its root is read-only."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version != PYTHON:
        raise Failed(
            f"the card has Python {PYTHON} and is compiled with the same: run this with it, not {version}"
        )
    for folder in (f"{HOME}/lib", f"usr/lib/python{PYTHON}", "usr/lib/python3/dist-packages"):
        if (root / folder).is_dir():
            run(
                sys.executable, "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash",
                "-s", root, "-p", "/", root / folder,
            )  # fmt: skip
