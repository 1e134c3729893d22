"""A Linux kernel with simulated pins, from Debian's own packages, unpacked and built inside one folder.

Debian's kernels come without gpio-sim; its source package has it. Nothing is installed on this machine.
"""

import gzip
import io
import re
import shutil
import stat
import subprocess
import sys
import tarfile
from pathlib import Path

# Modules that the guest loads, in this order; one that the kernel has built in is skipped.
MODULES = (
    *("virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci"),
    *("configfs", "netfs", "fscache", "9pnet", "9pnet_virtio", "9p"),
)
MAKEFILE = "obj-m := gpio-sim.o\ngpio-sim-y := gpio-sim-main.o irq_sim.o\n"


def run(*command: str, folder: Path | None = None, within_s: float = 600.0) -> str:
    """Run a command and return what it printed; ends with its words when it fails."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=within_s, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command[:4])} failed:\n{(done.stdout + done.stderr)[-2_000:]}")
    return done.stdout


def newest_release() -> str:
    """Return the release of the kernel that Debian's linux-image-amd64 stands for, as 6.1.0-56-amd64."""
    depends = run("apt-cache", "depends", "linux-image-amd64")
    found = re.search(r"Depends: linux-image-(\d\S*)", depends)
    if found is None:
        sys.exit("apt knows no linux-image-amd64: run 'apt-get update' first, on Debian for amd64")
    return found.group(1)


def fetch(folder: Path, release: str) -> None:
    """Download the packages of this kernel and unpack all but the source, which is large."""
    series = ".".join(release.split(".")[:2])
    common = release.rpartition("-")[0] + "-common"
    debs = folder / "debs"
    debs.mkdir()
    names = [f"linux-image-{release}", f"linux-headers-{release}", f"linux-headers-{common}"]
    names += [f"linux-kbuild-{series}", f"linux-source-{series}", "busybox-static"]
    run("apt-get", "download", "-q", *names, folder=debs)
    for deb in debs.glob("*.deb"):
        if not deb.name.startswith("linux-source"):
            run("dpkg", "-x", str(deb), str(folder / "root"))


def unpack_source(folder: Path) -> None:
    """Unpack the drivers of pins and interrupts out of the kernel's source package."""
    (deb,) = (folder / "debs").glob("linux-source-*.deb")
    unpacker = subprocess.Popen(("dpkg", "--fsys-tarfile", str(deb)), stdout=subprocess.PIPE)
    with unpacker as package, tarfile.open(fileobj=package.stdout, mode="r|") as outer:
        for member in outer:
            inner = outer.extractfile(member) if member.name.endswith(".tar.xz") else None
            if inner is not None:
                (folder / "source.tar.xz").write_bytes(inner.read())
    source = folder / "source"
    source.mkdir()
    wanted = ("--wildcards", "*/drivers/gpio/gpio*.[ch]", "*/kernel/irq/irq_sim.c")
    command = ("tar", "-xJf", str(folder / "source.tar.xz"), "-C", str(source))
    run(*command, "--strip-components=1", *wanted)


def build(folder: Path, release: str) -> Path:
    """Build gpio-sim for this kernel and return the module."""
    headers = folder / "root/usr/src" / f"linux-headers-{release}"
    makefile = headers / "Makefile"
    makefile.write_text(makefile.read_text().replace(" /usr/src/", f" {folder}/root/usr/src/"))
    module = folder / "module"
    shutil.copytree(folder / "source/drivers/gpio", module)
    (module / "gpio-sim.c").rename(module / "gpio-sim-main.c")
    irq = (folder / "source/kernel/irq/irq_sim.c").read_text()
    # The kernel exports no irq_to_desc to modules; this call does the same.
    irq = irq.replace("handle_simple_irq(irq_to_desc(irqnum))", "generic_handle_irq(irqnum)")
    (module / "irq_sim.c").write_text(irq)
    (module / "Makefile").write_text(MAKEFILE)
    run("make", "-C", str(headers), f"M={module}", "CC=gcc", "modules")
    run("strip", "-g", str(module / "gpio-sim.ko"))
    return module / "gpio-sim.ko"


def initrd(folder: Path, release: str, init: str) -> Path:
    """Write the guest's first file system: busybox, the modules, and `init`."""
    kernel = folder / "root/lib/modules" / release / "kernel"
    folders = ("bin", "m", "proc", "sys", "dev", "h")
    files = dict.fromkeys(folders, (stat.S_IFDIR | 0o755, b""))
    files["bin/busybox"] = (stat.S_IFREG | 0o755, (folder / "root/bin/busybox").read_bytes())
    files["init"] = (stat.S_IFREG | 0o755, init.encode())
    for name in MODULES:
        for found in kernel.rglob(f"{name}.ko"):
            files[f"m/{name}.ko"] = (stat.S_IFREG | 0o644, found.read_bytes())
    module = (folder / "module/gpio-sim.ko").read_bytes()
    files["m/gpio-sim.ko"] = (stat.S_IFREG | 0o644, module)
    path = folder / "initrd.gz"
    path.write_bytes(gzip.compress(archive(files), compresslevel=1))
    return path


def archive(files: dict[str, tuple[int, bytes]]) -> bytes:
    """Return these files (mode and bytes by name) as the kind of cpio archive that the kernel unpacks."""
    out = io.BytesIO()
    entries = [(name, *entry) for name, entry in files.items()]
    for number, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], start=1):
        # number, mode, owner, group, links, time, size, four device numbers, length of name, checksum
        fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        out.write(b"070701" + b"".join(b"%08X" % field for field in fields))
        out.write(name.encode() + b"\0")
        out.write(b"\0" * (-out.tell() % 4))
        out.write(data)
        out.write(b"\0" * (-out.tell() % 4))
    return out.getvalue()
