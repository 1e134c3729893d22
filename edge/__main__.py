"""`tienglang-edge`: run the appliance, show who it is, or replay its journal.

Law of the room: arguments, messages and exit codes. 0 done, 1 a fault to mend, 2 wrong words, 3 wiped: start it
again and it is another appliance.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from contract.settings import BadSettings
from edge.adapters.logs import OneLine

WIPED: Final = 3
PLACES: Final = (
    ("--boot", "/boot/firmware", "the card's first partition"),
    ("--run", "/run/tienglang-site", "where settings of this start are written"),
    ("--connections", "/run/NetworkManager/system-connections", "where NetworkManager looks"),
    ("--cards", "/proc/asound/cards", "the kernel's list of sound cards"),
)
WISHES: Final = "where the appliance leaves word"


def parser() -> argparse.ArgumentParser:
    """Return the words that `tienglang-edge` understands."""
    words = argparse.ArgumentParser(
        prog="tienglang-edge",
        description="Tiếng Làng's appliance: plays the signed programme, switches the amplifiers, proves what sounded.",
    )
    words.add_argument("--version", action="version", version=version("tienglang"))
    words.add_argument("--config", type=Path, help="settings of this appliance, a TOML file")
    words.add_argument("--state", type=Path, help="the directory of everything it must remember")
    verbs = words.add_subparsers(dest="verb", title="verbs", metavar="VERB")
    verbs.add_parser("run", help="run the appliance (what it does when no verb is given)")
    verbs.add_parser(
        "identity", help="print the device id and public key as JSON; made at the first call"
    )
    site = verbs.add_parser(
        "site",
        help="make of the card's site file what this machine needs, before the appliance starts",
    )
    for word, fallback, what in PLACES:
        site.add_argument(word, type=Path, default=Path(fallback), help=f"{what} ({fallback})")
    kept = verbs.add_parser(
        "network",
        help="keep the machine's network: our own wireless one while there is no other, and what is typed on the page",
    )
    for word, fallback, what in (
        *PLACES,
        ("--wishes", "/run/tienglang", WISHES),
        ("--states", "/run/tienglang-network", "where its state is written"),
    ):
        kept.add_argument(word, type=Path, default=Path(fallback), help=f"{what} ({fallback})")
    captive = verbs.add_parser(
        "captive", help="send whoever asks at the socket we were given to the page"
    )
    captive.add_argument("--port", type=int, default=8080, help="the page's port (8080)")
    screen = verbs.add_parser("screen", help="show on the console who this is and how to reach it")
    screen.add_argument("--wishes", type=Path, default=Path("/run/tienglang"), help=WISHES)
    screen.add_argument(
        "--faults",
        type=Path,
        default=Path("/run/tienglang-site/faults.json"),
        help="what must be mended in the site file",
    )
    slot = verbs.add_parser(
        "slot", help="the card's two root slots: what the unit with the right to write them does"
    )
    slot.add_argument("deed", choices=("obey", "write", "try", "commit", "back", "status"))
    slot.add_argument(
        "counter", type=int, nargs="?", help="which release, for all but obey and status"
    )
    for word, fallback, what in (
        ("--boot", "/boot/firmware", "the card's first partition"),
        ("--run", "/run/tienglang-slot", "where the answer is written"),
        ("--kept", "/data/slot", "what must outlive a power cut"),
        ("--disk", "/etc/tienglang-disk", "the file that names the card"),
        ("--running", "/etc/tienglang-slot", "the file that names the slot that runs"),
    ):
        slot.add_argument(word, type=Path, default=Path(fallback), help=f"{what} ({fallback})")
    slot.add_argument("--slot-a", type=Path, help="slot a (the card's second partition)")
    slot.add_argument("--slot-b", type=Path, help="slot b (the card's third partition)")
    replayed = verbs.add_parser("replay", help="decide every turn of a journal again and compare")
    replayed.add_argument("file", type=Path, help="a journal-….jsonl of the state directory")
    replayed.add_argument("--air", action="store_true", help="show each change of what was on air")
    return words


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the words say; return the exit code."""
    words = parser()
    given = words.parse_args(arguments)
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(OneLine("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[lines])
    if given.verb == "replay":
        return replay(given.file, show_air=given.air)
    if given.verb == "captive":
        return captive(given.port)
    if given.verb == "screen":
        return screen(given)
    if given.state is None:
        words.error("--state DIR is needed")
    if given.verb == "network":
        return network(given)
    if given.verb == "site":
        return site(given)
    if given.verb == "slot":
        if (given.counter is None) != (given.deed in {"obey", "status"}):
            words.error("a counter is needed for write, try, commit and back, and for nothing else")
        return slot(given)
    if given.verb == "identity":
        return identity(given.state.resolve())
    if given.config is None:
        words.error("--config FILE.toml is needed to run")
    return run(given.config, given.state.resolve())  # a library may change the working directory


def site(given: argparse.Namespace) -> int:
    """Apply the card's site file; 1 when there is none that could be used, now or earlier."""
    from edge.site.applying import Folders, apply

    folders = Folders(given.boot, given.state, given.run, given.connections)
    try:
        cards = given.cards.read_text() if given.cards.exists() else ""
        applied = apply(folders, cards)
    except OSError as fault:
        print(f"tienglang-edge: {fault}", file=sys.stderr)
        return 1
    for found in applied.faults:
        print(f"tienglang-edge: line {found.line}: {found.en}", file=sys.stderr)
    return 0 if applied.site is not None else 1


def network(given: argparse.Namespace) -> int:
    """Keep the machine's network until told to end."""
    from edge.arrival.keeper import Keeper
    from edge.arrival.nmcli import NetworkManager
    from edge.site.applying import Folders

    folders = Folders(given.boot, given.state, given.run, given.connections)
    cards = given.cards.read_text() if given.cards.exists() else ""
    Keeper(NetworkManager(), folders, given.wishes, given.states, cards_text=cards).run()
    return 0


def captive(port: int) -> int:
    """Answer at port 80 until nobody comes any more; the socket starts us again."""
    from edge.arrival.captive import handed_over, serve

    try:
        serve(handed_over(), port)
    except OSError as fault:
        print(f"tienglang-edge: {fault}", file=sys.stderr)
        return 1
    return 0


def screen(given: argparse.Namespace) -> int:
    """Show on the console until told to end."""
    from edge.arrival.screen import run as show

    show(given.wishes, given.faults, sys.stdout)
    return 0


def slot(given: argparse.Namespace) -> int:
    """Do one thing with the card's slots and print how they stand; 1 when it was refused, with the reason."""
    import msgspec

    from edge.adapters.slot_faults import SlotRefused
    from edge.adapters.slot_places import places_of
    from edge.adapters.slot_status import Wish
    from edge.adapters.slot_trial import SlotUnit

    try:
        unit = SlotUnit(places_of(given))
        match given.deed:
            case "obey":
                status = unit.obey()
            case "status":
                status = unit.status()
            case deed:
                status = unit.once(Wish(id="0", verb=deed, counter=given.counter))
    except SlotRefused as refused:
        print(f"tienglang-edge: {refused}", file=sys.stderr)
        return 1
    print(msgspec.json.encode(status).decode())
    return 1 if given.deed not in {"obey", "status"} and status.step == "refused" else 0


def identity(state: Path) -> int:
    """Print who this appliance is."""
    import msgspec

    from edge.adapters.identity import Identity

    own = Identity.open(state)
    print(msgspec.json.encode({"device": own.device, "public": own.public}).decode())
    return 0


def replay(file: Path, *, show_air: bool) -> int:
    """Decide every turn of a journal again; 1 when a decision differs from the recorded one."""
    from edge.journal import replay as turns_of

    turns, last_key = 0, ""
    try:
        for turn in turns_of(file):
            turns += 1
            air = turn.decision.air
            if show_air and air.claim.key != last_key:
                last_key = air.claim.key
                wall = turn.turn.at.wall.isoformat(timespec="milliseconds")
                print(f"{wall} {air.claim.rank.name.lower():18} {air.claim.key} {air.claim.why}")
            if not turn.same:
                name = type(turn.turn.event).__name__
                print(f"{file}:{turn.line}: {name} is decided differently now", file=sys.stderr)
                return 1
    except (OSError, ValueError) as fault:
        print(f"cannot replay {file}: {fault}", file=sys.stderr)
        return 1
    print(f"{turns} turns decided again, all alike")
    return 0


def run(config: Path, state: Path) -> int:
    """Run the appliance until it is told to end, or to forget everything (`WIPED`)."""
    from contract.errors import ContractError
    from edge.adapters.identity import IdentityLost
    from edge.appliance import AlreadyRunning, live, sole_owner
    from edge.config import load

    try:
        settings = load(config)
        with sole_owner(state):
            wiped = asyncio.run(live(settings, state))
    except (BadSettings, AlreadyRunning, IdentityLost, ContractError, OSError) as fault:
        print(f"tienglang-edge: {fault}", file=sys.stderr)
        return 1
    return WIPED if wiped else 0


if __name__ == "__main__":
    sys.exit(main())
