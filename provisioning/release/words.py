"""The words of `tienglang-provision release`.

Law of the room: words only; what is done stands in `deeds`.
"""

import argparse
from pathlib import Path


def add_release(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the verb `release` with its deeds."""
    release = verbs.add_parser(
        "release", help="build, sign and hand out a system for appliances; sign a card's image"
    )
    deeds = release.add_subparsers(dest="deed", required=True, metavar="DEED")
    _add_build(deeds)
    _add_hands(deeds)
    _add_image(deeds)


def _add_build(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    build = deeds.add_parser("build", help="make a release's folder of what make image left")
    build.add_argument("release", type=Path, metavar="RELEASE", help="the new folder")
    build.add_argument("--version", required=True, help="numbers with dots, such as 1.4.0")
    build.add_argument(
        "--previous", type=Path, metavar="RELEASE", help="the release that it follows"
    )
    build.add_argument("--counter", type=int, help="1 for the first; else the previous one's and 1")
    build.add_argument("--notes-vi", required=True, help="what changes, in Vietnamese")
    build.add_argument("--notes-en", default="", help="the same in English")
    build.add_argument(
        "--goes-back", action="store_true", help="an older version is to run again, on purpose"
    )
    kept = Path("dist/kept")
    build.add_argument("--system", type=Path, default=kept / "slot.squashfs", help="(%(default)s)")
    build.add_argument("--starters", type=Path, default=kept / "boot-a", help="(%(default)s)")


def _add_hands(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sign = deeds.add_parser(
        "sign", help="enter a release into the ceremony, and put one's signature under it"
    )
    sign.add_argument("folder", type=Path, metavar="CEREMONY", help="the ceremony's folder")
    sign.add_argument("release", type=Path, metavar="RELEASE")
    sign.add_argument("--previous", type=Path, metavar="RELEASE", help="what runs today")
    sign.add_argument("--key", action="append", type=Path, default=[], help="one's key file")
    sign.add_argument("--yes", action="store_true", help="do not ask, for scripted ceremonies")
    _add_passphrases(sign)
    publish = deeds.add_parser("publish", help="hand out a signed release")
    publish.add_argument("folder", type=Path, metavar="CEREMONY", help="the ceremony's folder")
    publish.add_argument("release", type=Path, metavar="RELEASE")
    publish.add_argument(
        "--to", required=True, metavar="https://CENTRAL|STICK", help="a running central, or a stick"
    )
    publish.add_argument("--user", help="an administrator of central")
    publish.add_argument("--ca", type=Path, metavar="FILE", help="central's own TLS authority")
    _add_passphrases(publish)
    inspect = deeds.add_parser("inspect", help="verify a folder, and say what it would cost")
    inspect.add_argument("release", type=Path, metavar="RELEASE")
    inspect.add_argument("--previous", type=Path, metavar="RELEASE", help="what runs today")


def _add_image(deeds: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sign = deeds.add_parser(
        "sign-image", help="sign what make image left, for those who write cards"
    )
    sign.add_argument("image", type=Path, help="tienglang.img, or the .img.xz")
    sign.add_argument("--key", action="append", type=Path, required=True, help="one's key file")
    _add_passphrases(sign)
    verify = deeds.add_parser("verify-image", help="say whether an image is the province's")
    verify.add_argument("image", type=Path, help="tienglang.img, or the .img.xz")
    verify.add_argument(
        "--trust", type=Path, required=True, help="the folder with the province's root.json"
    )


def _add_passphrases(deed: argparse.ArgumentParser) -> None:
    deed.add_argument(
        "--passphrase-file", type=Path, metavar="FILE", help="mode 600: a line for all, or for each"
    )
    deed.add_argument("--passphrase-fd", type=int, metavar="N", help="the same from a descriptor")
