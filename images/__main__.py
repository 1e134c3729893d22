"""`python -m images`: build the card's image.

Law of the room: words, progress and exit codes. 0 made, 1 a step failed.
"""

import argparse
import sys
import time
from pathlib import Path

from images import card, rootfs, slot
from images.recipe import MIB, Recipe
from images.tools import Failed, missing, run


def main() -> int:
    """Build what the words ask for."""
    words = argparse.ArgumentParser(
        prog="python -m images", description="Tiếng Làng's card for the Raspberry Pi."
    )
    words.add_argument(
        "--out", type=Path, default=Path("dist"), help="where the image is written (dist)"
    )
    words.add_argument(
        "--cache",
        type=Path,
        default=Path("dist/kept"),
        help="what is kept between builds (dist/kept)",
    )
    given = words.parse_args()
    began = time.monotonic()
    try:
        if lacking := missing():
            raise Failed(f"this machine lacks: apt-get install {' '.join(lacking)}")  # noqa: TRY301  told like the rest
        built = build(Recipe(), given.cache.resolve(), given.out.resolve())
    except Failed as fault:
        print(f"images: {fault}", file=sys.stderr)
        return 1
    print(f"{built} in {time.monotonic() - began:.0f} s")
    return 0


def build(recipe: Recipe, cache: Path, out: Path) -> Path:
    """Return the image, made in `out`; raises `Failed`."""
    epoch = int(run("git", "log", "-1", "--format=%ct").strip())
    began = time.monotonic()

    def step(what: str) -> None:
        print(f"{time.monotonic() - began:5.0f} s  {what}", flush=True)

    step("the system: Debian's packages (minutes when they are not kept yet)")
    system = rootfs.build(recipe, cache, epoch)
    step("the appliance and its libraries")
    root = slot.unpack(system, recipe, cache, epoch)
    step("the card")
    out.mkdir(parents=True, exist_ok=True)
    made = out / "tienglang.img"
    card.assemble(root, recipe, cache, made, epoch)
    step(
        f"slot {(cache / 'slot.squashfs').stat().st_size / MIB:.0f} MiB, card {recipe.card_mib()} MiB"
    )
    return made


if __name__ == "__main__":
    sys.exit(main())
