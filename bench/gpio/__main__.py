"""The real relays and inputs on the kernel's own pins: gpio-sim in a small guest, gpiozero and lgpio as shipped.

Not part of `make test`: it downloads a kernel (230 MB) and takes a minute or two. Needs Debian for amd64 and
the packages qemu-system-x86, gcc, make, binutils and xz-utils. The guest sees this machine's
files read-only; everything else lives in a temporary folder.

    python bench/gpio [--keep FOLDER]
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import kernel

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("apt-get", "dpkg", "qemu-system-x86_64", "gcc", "make", "strip", "tar", "xz")
GUEST_S = 420.0  # then it is ended, and the rig fails
PASSED = "GUEST-EXIT=0"

# The revision makes the guest a Raspberry Pi 4 to gpiozero, which asks nothing else of the board.
INIT = """#!/bin/busybox sh
B=/bin/busybox
$B mount -t proc proc /proc; $B mount -t sysfs sys /sys; $B mount -t devtmpfs dev /dev
for m in {modules} gpio-sim; do [ ! -f /m/$m.ko ] || $B insmod /m/$m.ko || echo "no module $m"; done
$B mount -t configfs config /sys/kernel/config
$B mount -t 9p -o trans=virtio,version=9p2000.L,ro,cache=loose,msize=524288 host /h || $B poweroff -f
for d in proc sys dev; do $B mount -o bind /$d /h/$d; done
$B mount -o bind /sys/kernel/config /h/sys/kernel/config
$B mount -t tmpfs run /h/run
{{ $B cat /proc/cpuinfo; $B printf 'Revision\\t: c03115\\n'; }} >/h/run/cpuinfo
$B mount -o bind /h/run/cpuinfo /h/proc/cpuinfo
$B chroot /h /usr/bin/env -i HOME=/run TMPDIR=/run PATH=/usr/bin:/bin PYTHONPATH='{root}' \\
  PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 '{python}' '{guest}' {release}
echo "GUEST-EXIT=$?"
$B poweroff -f
"""


def boot(folder: Path, release: str) -> bool:
    """Boot the guest, show what it says, and return whether all its checks held."""
    init = INIT.format(
        modules=" ".join(kernel.MODULES),
        root=ROOT,
        python=sys.executable,
        guest=Path(__file__).with_name("guest.py"),
        release=release,
    )
    initrd = kernel.initrd(folder, release, init)
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", "512", "-smp", "1"]
    command += ["-display", "none", "-no-reboot", "-nodefaults", "-nic", "none", "-serial", "stdio"]
    command += ["-kernel", str(folder / "root/boot" / f"vmlinuz-{release}"), "-initrd", str(initrd)]
    command += ["-append", "console=ttyS0 quiet panic=-1 random.trust_cpu=on tsc=unstable"]
    share = "local,path=/,mount_tag=host,security_model=none,readonly=on,multidevs=remap"
    command += ["-virtfs", share]
    guest = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, errors="replace"
    )
    limit = threading.Timer(GUEST_S, guest.kill)
    limit.start()
    passed = False
    try:
        for line in guest.stdout or ():
            print("  " + line.rstrip(), flush=True)
            passed = passed or PASSED in line
    finally:
        limit.cancel()
        guest.kill()
        guest.wait()
    return passed


def main() -> None:
    """Fetch, build, boot, and end with 1 where a check did not hold."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--keep", type=Path, help="keep kernel and module here, and use them again")
    keep: Path | None = parser.parse_args().keep
    missing = [tool for tool in NEEDED if shutil.which(tool) is None]
    if missing:
        sys.exit(
            f"missing: {', '.join(missing)}. Run once: "
            "apt-get install qemu-system-x86 gcc make binutils xz-utils"
        )
    release = kernel.newest_release()
    with tempfile.TemporaryDirectory(prefix="tienglang-gpio-") as scratch:
        folder = (keep or Path(scratch)).resolve() / release
        began_s = time.monotonic()
        if not (folder / "module/gpio-sim.ko").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            kernel.fetch(folder, release)
            kernel.unpack_source(folder)
            kernel.build(folder, release)
        print(f"kernel {release} and its pins are ready: {time.monotonic() - began_s:.0f} s")
        began_s = time.monotonic()
        passed = boot(folder, release)
        print(f"guest: {time.monotonic() - began_s:.0f} s")
    sys.exit(0 if passed else "not all held: see above")


if __name__ == "__main__":
    main()
