"""What belongs to one place, put on the written card's first partition: site file, trust, the province's authority.

Law of the room: the partition is found in the card's own table; mtools writes it, for nothing may be mounted.
"""

import shutil
import struct
import subprocess
from pathlib import Path
from typing import Final

from contract.site import BadSite, Site, read_site
from contract.site.boot_pins import boot_lines
from provisioning.card.targets import Refused

SITE, TRUST, AUTHORITY, PINS = "tienglang.toml", "trust", "ca.pem", "tienglang-pins.txt"
_TABLE: Final = 0x1BE
_SECTOR_BYTES: Final = 512


def read_site_file(file: Path) -> tuple[str, Site]:
    """Return a site file's text and what it says; raises `Refused` with every fault, each on a line of its own."""
    try:
        text = file.read_text(encoding="utf-8")
        return text, read_site(text)
    except BadSite as bad:
        faults = "\n".join(f"  line {f.line}: {f.en}\n  dòng {f.line}: {f.vi}" for f in bad.faults)
        raise Refused(f"{file} has to be mended; nothing was written:\n{faults}") from bad
    except (OSError, UnicodeDecodeError) as fault:
        raise Refused(
            f"{file} cannot be read ({fault}): name the site file of this place"
        ) from fault


def put(
    target: Path, site_text: str, site: Site, trust: Path, authority: Path | None, work: Path
) -> None:
    """Write the place's files on the card at `target` and read them back; raises `Refused`.

    `trust` is the folder that the ceremony gives to images, with `root.json` in it; `work` is an empty folder.
    """
    if not (trust / "root.json").is_file():
        raise Refused(
            f"{trust} holds no root.json: name the folder that the ceremony made for images"
        )
    files = {SITE: site_text.encode(), PINS: boot_lines(site.pins).encode()}
    if authority is not None:
        files[AUTHORITY] = authority.read_bytes()
    for name, data in files.items():
        (work / name).write_bytes(data)
    shutil.copytree(trust, work / TRUST)
    at = f"{target}@@{first_partition(target)}"
    _mtools("mcopy", "-o", "-s", "-i", at, *(str(work / name) for name in (*files, TRUST)), "::/")
    for file in sorted(path for path in work.rglob("*") if path.is_file()):
        name = file.relative_to(work).as_posix()
        if _mtools("mtype", "-i", at, f"::/{name}") != file.read_bytes():
            raise Refused(
                f"{name} came back from the card otherwise than it was written: the card is worn, take another"
            )


def first_partition(target: Path) -> int:
    """Return where the first partition begins, in bytes; raises `Refused` where there is none."""
    with target.open("rb") as card:
        sector = card.read(_SECTOR_BYTES)
    if len(sector) < _SECTOR_BYTES or sector[510:] != b"\x55\xaa":
        raise Refused(f"{target} has no partitions: write the image first")
    (begin,) = struct.unpack_from("<I", sector, _TABLE + 8)
    return int(begin) * _SECTOR_BYTES


def _mtools(*words: str) -> bytes:
    try:
        done = subprocess.run(words, capture_output=True, check=False)
    except FileNotFoundError as fault:
        raise Refused(f"{words[0]} is not here: apt-get install mtools") from fault
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()
        raise Refused(
            f"the card's first partition does not take the files ({said}): write the image anew"
        )
    return done.stdout
