"""The system: Debian's packages unpacked for the Pi's processor, without this project's part.

Law of the room: made once for each list of packages and kept; nothing of ours goes in here. The archive is the one
that this machine's own apt uses.
"""

from pathlib import Path
from typing import Final

from images.recipe import Recipe
from images.tools import Failed, names_of, run

# Under emulation these two take two thirds of the time, and neither is needed: the card has a first program of its
# own, and Python is compiled natively afterwards.
IDLE: Final = ("/usr/sbin/update-initramfs", "/usr/bin/py3compile")
_DIVERT: Final = (
    'for f in {}; do mkdir -p "$1/$(dirname $f)"; '
    'chroot "$1" dpkg-divert --quiet --local --rename --add --divert $f.real $f; ln -s /bin/true "$1$f"; done'
)  # fmt: skip
_KEYRING: Final = "/usr/share/keyrings/debian-archive-keyring.gpg"


def sources(recipe: Recipe) -> str:
    """Return the archive's addresses for the recipe's release, as this machine's apt has them; raises `Failed`."""
    listed = run(
        "apt-get",
        "indextargets",
        "--format",
        "$(ORIGIN) $(CODENAME) $(REPO_URI)",
        "Created-By: Packages",
    )
    found: dict[str, str] = {}
    for line in listed.splitlines():
        origin, codename, address = line.split(maxsplit=2)
        if (
            origin == "Debian"
            and codename.removesuffix("-security").removesuffix("-updates") == recipe.suite
        ):
            found[codename] = address
    if recipe.suite not in found:
        raise Failed(
            f"this machine's apt has no Debian {recipe.suite}: run apt-get update, or add it to /etc/apt/sources.list.d"
        )
    return "\n".join(
        f"Types: deb\nURIs: {address}\nSuites: {codename}\nComponents: main non-free-firmware\nSigned-By: {_KEYRING}\n"
        for codename, address in sorted(found.items())
    )


def build(recipe: Recipe, cache: Path, epoch: int) -> Path:
    """Return the archive of the system, made now unless it lies in `cache`; raises `Failed`."""
    made = cache / f"rootfs-{recipe.rootfs_key()}.tar"
    if made.exists():
        return made
    _emulate()
    cache.mkdir(parents=True, exist_ok=True)
    lists = cache / "debian.sources"
    lists.write_text(sources(recipe))
    part = made.with_suffix(".part.tar")
    part.unlink(missing_ok=True)
    run(
        "mmdebstrap",
        f"--architectures={recipe.architecture}",
        "--variant=minbase",
        "--aptopt=Apt::Install-Recommends false",
        "--aptopt=Acquire::Languages none",
        "--dpkgopt=force-unsafe-io",
        "--dpkgopt=path-exclude=/usr/share/doc/*",
        "--dpkgopt=path-include=/usr/share/doc/*/copyright",
        "--dpkgopt=path-exclude=/usr/share/man/*",
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        f"--include={names_of(recipe.packages)}",
        '--setup-hook=mkdir -p "$1/boot/firmware"',
        f"--essential-hook={_DIVERT.format(' '.join(IDLE))}",
        recipe.suite,
        part,
        lists,
        epoch=epoch,
    )
    part.replace(made)
    return made


def _emulate() -> None:
    """See that this machine runs the Pi's programs; raises `Failed`."""
    if Path("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists():
        return
    if not Path("/proc/sys/fs/binfmt_misc/register").exists():
        run("mount", "-t", "binfmt_misc", "binfmt_misc", "/proc/sys/fs/binfmt_misc")
    run("update-binfmts", "--enable", "qemu-aarch64")
