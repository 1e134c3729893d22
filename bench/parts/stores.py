"""What is written while the power is cut, and how it is judged afterwards.

Law: a step has returned only when its store calls it done; `check` opens what is left as a new start would, and
must find all that was done. The appliance's own stores are one writer, because they share one card.
"""

import errno
import hashlib
import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol

from tinydb import Query, TinyDB

from contract.documents import Role
from contract.testing import NOW, Authority, device_key
from contract.testing_chain import Repository
from edge.adapters.chain import Chain
from edge.adapters.chain_fetch import FromFolder
from edge.adapters.identity import NAMES, Identity, IdentityLost
from edge.adapters.ledger import Ledger
from edge.adapters.segments import Worth
from edge.adapters.spool import Spool
from edge.adapters.storage import Slots, StorageFailed

KINDS: Final = 6  # fact, paper, record of the spool, progress, key, forgetting
BALLAST: Final = 60
PAPERS_KEPT: Final = 4
RECORDS_KEPT_STEPS: Final = 60
BEGUN_S: Final = 1_800_000_000


class Verdict(StrEnum):
    """What a new start finds."""

    WHOLE = "whole"
    UNREADABLE = "unreadable"
    LOST = "lost"


class Store(Protocol):
    """Something that is written step by step."""

    def __init__(self, home: Path) -> None: ...

    def step(self, number: int) -> None:
        """Do step `number`; on disk on return."""

    @staticmethod
    def check(home: Path, said: int) -> tuple[Verdict, str]:
        """Open what is left in `home`, where all steps up to `said` were held for done; the word says what hurts."""


def tail(number: int) -> str:
    """Return a text whose length goes up and down from step to step, as real facts do."""
    return "t" * (number * 2_741 % 7_000)


def paper(number: int) -> tuple[str, bytes]:
    """Return name and bytes of a step's paper."""
    received = (b"%d " % number) * (1 + number * 911 % 4_000)
    return f"programme-{hashlib.sha256(received).hexdigest()}", received


def last_of(kind: int, said: int) -> int | None:
    """Return the last step of this kind up to `said`, None before the first."""
    last = said - (said - kind) % KINDS
    return last if last > 0 else None


class Appliance:
    """The edge's own stores: ledger (facts and papers), slots, spool, identity key."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._ledger = Ledger(home / "ledger")
        self._progress = self._ledger.slots("reports")
        self._spool = Spool(home / "ledger" / "spool", segment_bytes=2_000)
        if self._ledger.load(f"b{BALLAST - 1}", str) is None:
            for number in range(BALLAST):
                self._ledger.save(f"b{number}", "v" * 200)

    def step(self, number: int) -> None:
        """Do step `number`; on disk on return. Raises `StorageFailed`."""
        match number % KINDS:
            case 0:
                self._ledger.save("fact", {"number": number, "tail": tail(number)})
            case 1:
                self._ledger.keep_paper(*paper(number))
                self._ledger.drop_papers(frozenset({paper(number - KINDS * PAPERS_KEPT)[0]}))
            case 2:
                self._spool.append([b'{"number":%d}' % number], BEGUN_S + number, Worth.LASTING)
            case 3:
                self._progress.write(b"%d %s" % (number, tail(number).encode()))
            case 4:
                Identity.open(self._home / f"key-{number}")
            case (
                _
            ):  # a full disk may give up what is worth less; only what lasts is asked for again
                less = tuple(Worth)[number // KINDS % 2]
                self._spool.append([b'{"number":%d}' % number], BEGUN_S + number, less)
                told = self._spool.front(10_000, 10**9)
                old = [e.number for e in told if record_of(e.record) < number - RECORDS_KEPT_STEPS]
                self._spool.take_through(max(old, default=0))

    @staticmethod
    def check(home: Path, said: int) -> tuple[Verdict, str]:
        """Return whether all stores open, and hold what was done."""
        ledger = Ledger(home / "ledger")
        slots = Slots(home / "ledger", "reports")
        if ledger.notes or slots.notes:
            return Verdict.UNREADABLE, "; ".join((*ledger.notes, *slots.notes))
        missing = [
            *_facts_missing(ledger, slots, said),
            *_papers_missing(ledger, said),
            *_records_missing(Spool(home / "ledger" / "spool"), said),
            *_keys_missing(home, said),
        ]
        return (Verdict.LOST, ", ".join(missing)) if missing else (Verdict.WHOLE, "")


def record_of(record: bytes) -> int:
    """Return the step that a spooled record tells of."""
    return int(json.loads(record)["number"])


def _facts_missing(ledger: Ledger, slots: Slots, said: int) -> list[str]:
    missing = []
    fact: dict[str, Any] = ledger.load("fact", dict[str, Any]) or {"number": 0, "tail": ""}
    if fact["number"] < (last_of(0, said) or 0) or fact["tail"] != tail(fact["number"]):
        missing.append(f"fact {fact['number']}")
    if said >= 0 and ledger.load(f"b{BALLAST - 1}", str) is None:
        missing.append("facts of before")
    number, _, rest = (slots.payload or b"0 ").partition(b" ")
    if int(number) < (last_of(3, said) or 0) or rest.decode() != tail(int(number)):
        missing.append(f"progress {int(number)}")
    return missing


def _papers_missing(ledger: Ledger, said: int) -> list[str]:
    missing = []
    last = last_of(1, said)
    for number in range(last or 0, 0, -KINDS):
        if number + KINDS * PAPERS_KEPT <= said + 1:
            break
        name, received = paper(number)
        if ledger.paper(name) != received:
            missing.append(f"paper {number}")
    return missing


def _records_missing(spool: Spool, said: int) -> list[str]:
    found = {record_of(e.record) for e in spool.front(10_000, 10**9)}
    needed = range(2, said + 1, KINDS)
    return [f"record {n}" for n in needed if n >= said + 1 - RECORDS_KEPT_STEPS and n not in found]


def _keys_missing(home: Path, said: int) -> list[str]:
    missing = []
    for number in range(4, said + 1, KINDS):
        folder = home / f"key-{number}"
        if not any((folder / name).exists() for name in NAMES):
            missing.append(f"key {number}")
            continue
        try:
            Identity.open(folder)
        except IdentityLost:
            missing.append(f"key {number} damaged")
    return missing


class JsonStorage:
    """TinyDB's own storage: facts only, written over in place."""

    def __init__(self, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self._database = TinyDB(home / "facts.json")
        if len(self._database) < BALLAST:
            ballast = ({"name": f"b{n}", "value": "v" * 200} for n in range(BALLAST))
            self._database.insert_multiple(ballast)

    def step(self, number: int) -> None:
        """Write the fact of step `number`."""
        fact = {"name": "fact", "value": number, "tail": tail(number)}
        self._database.upsert(fact, Query().name == "fact")

    @staticmethod
    def check(home: Path, said: int) -> tuple[Verdict, str]:
        """Return whether the file is read, whole, and not older than what was done."""
        try:
            with TinyDB(home / "facts.json") as database:
                found = database.search(Query().name == "fact")
                number = int(found[0]["value"]) if found else 0
                whole = len(database) >= BALLAST
        except (ValueError, OSError, LookupError, TypeError) as fault:
            return Verdict.UNREADABLE, f"{type(fault).__name__}: {fault}"[:100]
        if not whole or number < said:
            return Verdict.LOST, f"fact {number} of {said}"
        return Verdict.WHOLE, ""


class Renamed:
    """A control that must be caught: a new file renamed over the old one, never flushed."""

    def __init__(self, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self._file = home / "fact"

    def step(self, number: int) -> None:
        """Write the fact of step `number`, and hope."""
        beside = self._file.with_name("fact.new")
        beside.write_text(json.dumps({"value": number, "tail": tail(number)}))
        beside.replace(self._file)

    @staticmethod
    def check(home: Path, said: int) -> tuple[Verdict, str]:
        """Return whether the file is read and not older than what was done."""
        try:
            number = int(json.loads((home / "fact").read_text())["value"])
        except FileNotFoundError:
            number = 0
        except (ValueError, OSError, LookupError) as fault:
            return Verdict.UNREADABLE, f"{type(fault).__name__}: {fault}"[:100]
        return (Verdict.LOST, f"fact {number} of {said}") if number < said else (Verdict.WHOLE, "")


class ChainOfTrust:
    """The chain's store under real refreshes: each step a timestamp, now and then a keyring or a root besides."""

    def __init__(self, home: Path) -> None:
        home.mkdir(exist_ok=True)
        self._authority = Authority.make(seed="cut")
        self._repo = Repository.make(self._authority.keyring, seed="cut")
        self._signed = 0
        self._chain = _chain(home, self._repo.baked)

    def step(self, number: int) -> None:
        """Fetch what the repository has signed at this step; on disk on return. Raises `StorageFailed`."""
        while self._signed < number:
            self._signed += 1
            if self._signed % 7 == 0:
                self._repo.rotate()
            if self._signed % 5 == 0:
                self._authority.add_key(Role.APPROVE, key=device_key(f"cut{self._signed}"))
                self._repo.publish(self._authority.keyring)
            self._repo.sign_timestamp(version=1_000 + self._signed)
        self._chain.refresh(FromFolder(self._read), NOW)
        if not self._chain.on_disk:
            raise StorageFailed(errno.EIO, "the chain is held in memory only")

    def _read(self, part: str, name: str, most_bytes: int) -> bytes | None:
        return self._repo.files.get(f"{part}/{name}")

    @staticmethod
    def check(home: Path, said: int) -> tuple[Verdict, str]:
        """Return whether all parts are of one step, and not of an earlier one than was done."""
        baked = Repository.make(Authority.make(seed="cut").keyring, seed="cut").baked
        chain = _chain(home, baked)
        if chain.notes:
            return Verdict.UNREADABLE, "; ".join(chain.notes)
        held = chain.held
        signed = {name: json.loads(data)["signed"] for name, data in held.files.items()}
        step = signed["timestamp.json"]["version"] - 1_000 if signed else 0
        if step < said:
            return Verdict.LOST, f"step {step} of {said}"
        if not signed:
            return Verdict.WHOLE, ""
        keyring = chain.keyring()
        epochs = 1 + step // 5
        whole = (
            signed["timestamp.json"]["meta"]["snapshot.json"]["version"]
            == signed["snapshot.json"]["version"]
            == signed["targets.json"]["version"]
            == epochs
        )
        roots = json.loads(held.roots[-1])["signed"]["version"]
        if not whole or keyring is None or keyring.epoch != epochs or roots != 1 + step // 7:
            return Verdict.UNREADABLE, f"a set of several steps at {step}"
        return Verdict.WHOLE, ""


def _chain(home: Path, baked: bytes) -> Chain:
    (home / "scratch").mkdir(parents=True, exist_ok=True)
    return Chain(Slots(home / "ledger", "chain"), baked, home / "scratch")


STORES: Final[dict[str, type[Store]]] = {
    "ours": Appliance,
    "chain": ChainOfTrust,
    "JSONStorage": JsonStorage,
    "renamed": Renamed,
}


def write_on(store: str, home: Path, begin: int, say: int, patience: int) -> None:
    """Do step after step, saying each when it is done, until killed or the disk failed `patience` times."""
    writer = STORES[store](home)
    os.write(say, b"%d\n" % (begin - 1))
    number = begin
    while patience:
        try:
            writer.step(number)
        except OSError:
            patience -= 1
            continue
        os.write(say, b"%d\n" % number)
        number += 1
