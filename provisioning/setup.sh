#!/bin/sh
# Make this machine able to run one of the two commands: `setup.sh demo` or `setup.sh test`.
# Law: ask before doing. dpkg is asked first and apt runs only for what is missing; nothing outside
# apt's packages and the folder .venv is changed; every refusal says what to do next.
set -eu

say() { printf 'setup: %s\n' "$*"; }
stop() {
    printf 'setup: cannot go on: %s\n' "$*" >&2
    exit 1
}

cd "$(dirname "$0")/.."
purpose=${1:-}
case $purpose in
demo | test) ;;
*) stop "say what for: 'setup.sh demo' or 'setup.sh test'." ;;
esac

# --- what the system must bring -----------------------------------------------------------------

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
offered() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [^(]'; }

# as_root COMMAND...: run it as root, asking for a password only where somebody can type one.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif ! command -v sudo >/dev/null 2>&1; then
        stop "these packages are missing and this user may not install them:$missing.
       Ask an administrator to run: apt-get install$missing"
    elif [ -t 0 ]; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@" ||
            stop "sudo wants a password and nobody is at the keyboard.
       Run once by hand: sudo apt-get install$missing"
    fi
}

packages="ca-certificates python3 python3-venv libvlc5 vlc-plugin-base libvlc-bin
    pulseaudio pulseaudio-utils ffmpeg espeak-ng libfribidi0"
if installed pipewire-alsa && ! installed pulseaudio; then
    stop "this desktop has pipewire-alsa, which Debian does not let stand beside pulseaudio, and
       rehearsals bring up a sound server of their own. Either use a machine without a desktop, or
       let apt take pipewire-alsa away (the desktop keeps its sound): apt-get install pulseaudio"
fi
if [ "$purpose" = test ]; then
    # libatomic1: the node inside playwright needs it, and nothing else brings it.
    # fonts-dejavu-core: claim sheets are printed with it; poppler-utils reads them back.
    # postgresql: some of central runs on it too; a server of its own is started in a folder and ended again.
    # mount brings losetup: a small disk that fills up, and a card that is written, are real ones.
    packages="$packages mount fonts-noto-core fonts-dejavu-core poppler-utils libatomic1 iproute2 e2fsprogs postgresql"
    # Without a window it costs a third. Any Chromium will do: Ubuntu's apt has none, there it is a snap.
    if ! command -v chromium >/dev/null 2>&1 || offered chromium-headless-shell; then
        packages="$packages chromium-headless-shell"
    fi
fi

missing=""
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        installed "$package" || missing="$missing $package"
    done
else
    say "this is no Debian-like system; see by hand that these are there: $packages"
fi

if [ -n "$missing" ]; then
    say "installing with apt:$missing"
    as_root apt-get update -qq ||
        stop "apt cannot reach its package lists; look at the network and /etc/apt, then try again."
    for package in $missing; do
        offered "$package" ||
            stop "apt here has no package '$package'. Install it another way
       (for Chromium on Ubuntu: snap install chromium), so that its command is on the PATH."
    done
    # shellcheck disable=SC2086  # a list of names, split on purpose
    as_root apt-get install -y -qq --no-install-recommends --no-remove $missing >/dev/null ||
        stop "apt did not install:$missing. Its reason stands above;
       nothing of yours was removed. Try by hand: apt-get install$missing"
fi

# --- what Python must bring ---------------------------------------------------------------------

python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "Python 3.11 or newer is needed, this is $(python3 --version)."

# A folder copied from elsewhere, or left by an older Python, cannot run: make it again.
if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "making .venv"
    rm -rf .venv
    python3 -m venv .venv
fi

lock=requirements/$purpose.txt
if [ "$purpose" = test ]; then lock=requirements/dev.txt; fi
say "installing the pinned libraries of $lock"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" ||
    stop "pip could not install $lock; look at the network, then try again."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
    --no-build-isolation --editable . ||
    stop "pip could not install this project itself; its reason stands above."
say "ready for make $purpose"
