"""`tienglang-provision card write`: one image and one place's files on one card, verified.

Law of the room: the order of the steps and what is said; what can be refused is refused before anything is written.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from contract.errors import Refused as ContractRefused
from provisioning.card import boot_files
from provisioning.card.blocks import read_map
from provisioning.card.targets import Refused, target_of
from provisioning.card.writing import Progress, write_image
from provisioning.release.image_seal import SEAL, check_image


def add_card(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verbs of cards."""
    card = verbs.add_parser("card", help="write the image and a place's site file on a card")
    deeds = card.add_subparsers(dest="deed", required=True, metavar="DEED")
    write = deeds.add_parser("write", help="write a card, or a file, and read it back byte by byte")
    write.add_argument("target", type=Path, help="the card, such as /dev/sdb, or a file")
    write.add_argument(
        "--image",
        type=Path,
        required=True,
        help="tienglang.img or .img.xz, with its .bmap beside it",
    )
    write.add_argument("--site", type=Path, required=True, help="the place's tienglang.toml")
    write.add_argument(
        "--trust", type=Path, required=True, help="the folder with the province's root.json"
    )
    write.add_argument(
        "--ca", type=Path, help="the province's own TLS authority (ca.pem), where it has one"
    )


def run(given: argparse.Namespace) -> str:
    """Do it and return what to tell; raises `Refused`, `ValueError` or `OSError`."""
    text, site = boot_files.read_site_file(given.site)
    name = given.image.name.removesuffix(".xz")
    held = read_map(given.image.with_name(f"{name}.bmap"))
    mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    target = target_of(given.target, needed_bytes=held.image_bytes, mounts=mounts)
    if not (given.trust / "root.json").is_file():
        raise Refused(
            f"{given.trust} holds no root.json: name the folder that the ceremony made for images"
        )
    check_signed(given.image, given.trust)
    write_image(given.image, held, target, _told)
    with tempfile.TemporaryDirectory(prefix="tienglang-card-") as work:
        boot_files.put(target.path, text, site, given.trust, given.ca, Path(work))
    print(file=sys.stderr)
    where = (
        "take it out and put it into the appliance"
        if target.size_bytes is not None
        else "copy it to a card"
    )
    return f"{target.path}: image and site file are written and were read back alike; {where}"


def check_signed(image: Path, trust: Path) -> None:
    """Refuse an image whose signature fails; say so when there is none."""
    try:
        people = check_image(image, trust)
    except ContractRefused as refused:
        raise Refused(f"{refused.why}; nothing was written") from refused
    if people is None:
        told = (
            f"chú ý / note: {image.name} is signed by nobody ({SEAL} is not beside it): write it only when you know "
            "where it comes from"
        )
    else:
        told = f"{image.name}: signed by {', '.join(people)}"
    print(told, file=sys.stderr)


def _told(now: Progress) -> None:
    """Say on one line how far it is, how fast, and how long it still takes."""
    if not sys.stderr.isatty() and now.done_bytes < now.all_bytes:
        return
    speed = now.done_bytes / now.seconds if now.seconds > 0 else 0.0
    left_s = (now.all_bytes - now.done_bytes) / speed if speed else 0.0
    what = {"write": "ghi / writing", "verify": "đọc lại / verifying"}[now.doing]
    line = f"{what}: {now.done_bytes * 100 // now.all_bytes:3} %  {speed / 1e6:6.1f} MB/s  {left_s:4.0f} s"
    print(
        f"\r{line}",
        end="\n" if now.done_bytes >= now.all_bytes else "",
        file=sys.stderr,
        flush=True,
    )
