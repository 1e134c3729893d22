"""The deeds of releases: each takes its words, does one step, and says what is to be done next.

Law of the room: offline but for `publish` to an address; the time is given. Every answer ends with the next step.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from contract.release import Notes, ReleaseIndex
from provisioning.ceremony import Ceremony
from provisioning.ceremony_deeds import Ask, agreed, next_step
from provisioning.ceremony_given import private_at
from provisioning.ceremony_publish import check_address
from provisioning.ceremony_sign import sign
from provisioning.ceremony_tree import lines
from provisioning.ceremony_view import picture
from provisioning.passphrases import Passphrases
from provisioning.release.building import Pieces, Words, build
from provisioning.release.folder import Tell, check_whole, cost_of, index_of
from provisioning.release.handing import Publisher, to_central, to_stick
from provisioning.release.image_seal import sign_image, verify_image
from provisioning.release.signing import draft_release

MB = 1_000_000


def run(given: argparse.Namespace, now: datetime, ask: Ask = input) -> str:
    """Do one deed; return what to say. Raises `ValueError`, `ContractError` or `OSError` with a sentence."""
    passphrases = Passphrases.of(
        getattr(given, "passphrase_file", None), getattr(given, "passphrase_fd", None)
    )
    match given.deed:
        case "build":
            return _build(given, now)
        case "sign":
            return _sign(given, passphrases, now, ask)
        case "publish":
            return _publish(given, passphrases, now)
        case "sign-image":
            keys = [private_at(file, passphrases) for file in given.key]
            return sign_image(given.image, keys)
        case "verify-image":
            return verify_image(given.image, given.trust)
        case _:
            data, index = index_of(given.release)
            check_whole(given.release, index, progress())
            told = [*_described(index), *_cost(given.release, index, given.previous)]
            return "\n".join([*told, f"whole; {len(data)} bytes of index"])


def _build(given: argparse.Namespace, now: datetime) -> str:
    words = Words(
        version=given.version,
        notes=Notes(vi=given.notes_vi, en=given.notes_en),
        counter=given.counter,
        goes_back=given.goes_back,
    )
    pieces = Pieces(system=given.system, starters=given.starters)
    index = build(pieces, words, given.release, given.previous, now, progress())
    todo = f"next: tienglang-provision release sign CEREMONY {given.release} --key FILE"
    return "\n".join([*_described(index), *_cost(given.release, index, given.previous), todo])


def _sign(given: argparse.Namespace, passphrases: Passphrases, now: datetime, ask: Ask) -> str:
    ceremony = Ceremony(given.folder)
    ceremony.next_root  # noqa: B018  says what to do where there is no ceremony
    data, index = index_of(given.release)
    check_whole(given.release, index, progress())
    drafted = draft_release(ceremony, data, index, now)
    told = [f"release {index.version} (counter {index.counter}) is drafted"] if drafted else []
    if given.key and ceremony.missing():
        if not given.yes:
            shown = [*lines(picture(ceremony, now)), *_cost(given.release, index, given.previous)]
            print("\n".join(shown))
            agreed(ask)
        told += sign(ceremony, [private_at(file, passphrases) for file in given.key])
    else:
        told += _cost(given.release, index, given.previous)
    return next_step(ceremony, *told)


def _publish(given: argparse.Namespace, passphrases: Passphrases, now: datetime) -> str:
    ceremony = Ceremony(given.folder)
    ceremony.next_root  # noqa: B018  says what to do where there is no ceremony
    bundle = ceremony.bundle()
    if not given.to.startswith(("https://", "http://")):
        return to_stick(given.release, bundle, Path(given.to), progress())
    check_address(given.to)
    if given.user is None:
        msg = "say who you are at central: --user NAME"
        raise ValueError(msg)
    password = passphrases.opening(f"{given.user} at central").decode()
    to = Publisher(given.to, given.user, password, given.ca)
    return to_central(given.release, bundle, to, now, progress())


def _described(index: ReleaseIndex) -> Iterator[str]:
    starters = sum(one.bytes for one in index.starters)
    back = ", goes BACK to an older version" if index.goes_back else ""
    yield f"release {index.version}, counter {index.counter}{back}, made {index.made_at:%Y-%m-%d %H:%M} UTC"
    sizes = f"system {index.system.bytes / MB:.1f} MB, starters {starters / MB:.1f} MB"
    yield f"  {index.suite} {index.architecture}: {sizes}"


def _cost(release: Path, index: ReleaseIndex, before: Path | None) -> Iterator[str]:
    if before is None:
        return
    cost = cost_of(release, index, before)
    yield (
        f"  một thiết bị đang chạy bản trước phải tải (an appliance fetches): {cost.whole_bytes / MB:.2f} MB: chunks "
        f"{cost.chunks_bytes / MB:.2f}, list {cost.list_bytes / MB:.2f}, starters {cost.starters_bytes / MB:.2f}, "
        f"in {cost.requests} requests"
    )


def progress(mono: Callable[[], float] = time.monotonic) -> Tell:
    """Return what tells on one line how far a step is, at a terminal ten times a second at most."""
    last_s = -1.0

    def tell(what: str, done: int, whole: int) -> None:
        nonlocal last_s
        if not sys.stderr.isatty() or (done < whole and mono() - last_s < 0.1):
            return
        last_s = mono()
        end = "\n" if done >= whole else ""
        share = done * 100 // max(whole, 1)
        print(f"\r{what}: {share:3} %  {done / MB:.1f} MB", end=end, file=sys.stderr, flush=True)

    return tell
