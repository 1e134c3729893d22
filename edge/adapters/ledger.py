"""The ledger: the small facts and the received papers that must outlive a power cut.

Law of the room: facts are typed values under a name, in TinyDB on our own storage; papers are the
received bytes, never re-serialised, each in its own file. A write has returned only when it is on
disk. Damaged state is set aside and said so in `notes`; it never stops the boot. Several lanes write
here, so one lock guards it. Nothing here judges a paper: the gate does.
"""

import contextlib
import hashlib
import re
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from tinydb import Query, TinyDB
from tinydb.storages import Storage

from contract.errors import Misuse
from edge.adapters.storage import Slots, quarantine, write_atomically
from edge.core.orders import Remember

T = TypeVar("T")

PAPER_NAME: Final = re.compile(r"[a-z]{1,20}-[0-9a-f]{64}")
PAPER_HEADER: Final = re.compile(rb"tienglang-paper 1 ([0-9a-f]{64})\n")
PAPER_MAX_BYTES: Final = 4_000_000
REMEMBERED: Final = "remembered"


class TwoGenerations(Storage):
    """TinyDB's storage on `Slots`: JSON, read from memory, written to disk before `write` returns."""

    def __init__(self, directory: Path, name: str) -> None:
        """Open or begin the store `name` in `directory`."""
        self.slots = Slots(directory, name)
        self._reject_unreadable()

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Return all tables, decoded afresh so that a caller's failed change never lingers."""
        if self.slots.payload is None:
            return None
        return msgspec.json.decode(self.slots.payload, type=dict[str, dict[str, Any]])

    def write(self, data: Mapping[str, Mapping[str, Any]]) -> None:
        """Put all tables on disk. Raises `StorageFailed`; the tables are then as before."""
        self.slots.write(msgspec.json.encode(data))

    def _reject_unreadable(self) -> None:
        while self.slots.payload is not None:
            try:
                self.read()
            except (msgspec.MsgspecError, RecursionError):
                self.slots.reject("whole, but not a table of facts")
            else:
                return


class Ledger:
    """What the appliance remembers, in one directory of its own.

    `notes` are sentences about what was found damaged at start; empty when all was well.
    """

    def __init__(self, path: Path) -> None:
        """Open or begin the ledger in the directory `path`."""
        self.path = path
        self._papers = path / "papers"
        with contextlib.suppress(OSError):  # a read-only card is still read
            self._papers.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        storage = TwoGenerations(path, "facts")
        self._facts = TinyDB(storage=lambda: storage).table("facts")
        self.notes: tuple[str, ...] = tuple(storage.slots.notes)
        for leftover in self._papers.glob("*.tmp"):
            with contextlib.suppress(OSError):
                leftover.unlink()

    def save(self, name: str, value: object) -> None:
        """Keep `value` (anything msgspec encodes) under `name`; on disk on return. Raises `StorageFailed`."""
        plain = msgspec.to_builtins(value, str_keys=True)
        with self._lock:
            self._facts.upsert({"name": name, "value": plain}, Query().name == name)

    def load(self, name: str, kind: type[T]) -> T | None:
        """Return the value kept under `name`, or None when there is none or it is not a `kind` (noted)."""
        with self._lock:
            found = self._facts.search(Query().name == name)
        if not found:
            return None
        try:
            return msgspec.convert(found[0]["value"], kind, str_keys=True)
        except (msgspec.ValidationError, KeyError) as error:
            self.notes += (f"fact {name} is not understood and is left out: {error}",)
            return None

    def obey(self, order: Remember) -> None:
        """Keep the small facts of the core. Raises `StorageFailed`."""
        self.save(REMEMBERED, order)

    def remembered(self) -> Remember | None:
        """Return what the core last asked to remember."""
        return self.load(REMEMBERED, Remember)

    def keep_paper(self, name: str, received: bytes) -> None:
        """Keep received bytes under `<word>-<sha256>`; on disk on return. Raises `StorageFailed`."""
        path = self._paper_path(name)
        header = f"tienglang-paper 1 {hashlib.sha256(received).hexdigest()}\n".encode()
        with self._lock:
            write_atomically(path, (header, received))

    def paper(self, name: str) -> bytes | None:
        """Return the bytes kept under `name`, or None; a damaged file is set aside and noted."""
        path = self._paper_path(name)
        try:
            with path.open("rb") as file:
                raw = file.read(PAPER_MAX_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            self.notes += (f"paper {name} cannot be read: {error.strerror}",)
            return None
        header = PAPER_HEADER.match(raw[:100])
        if header is not None:
            received = raw[header.end() :]
            if hashlib.sha256(received).hexdigest().encode() == header[1]:
                return received
        with self._lock:
            self.notes += (f"paper {name}: damaged on disk; kept as {quarantine(path).name}",)
        return None

    def papers(self) -> frozenset[str]:
        """Return the names of all kept papers."""
        try:
            names = [entry.name for entry in self._papers.iterdir()]
        except OSError:
            return frozenset()
        return frozenset(name for name in names if PAPER_NAME.fullmatch(name))

    def drop_papers(self, names: frozenset[str]) -> None:
        """Forget papers; one that is gone already is no error."""
        for name in names:
            with contextlib.suppress(OSError):
                self._paper_path(name).unlink(missing_ok=True)

    def slots(self, name: str) -> Slots:
        """Return a separate two-generation value in the ledger's directory, for one lane alone."""
        slots = Slots(self.path, name)
        self.notes += tuple(slots.notes)
        return slots

    def _paper_path(self, name: str) -> Path:
        if not PAPER_NAME.fullmatch(name):
            msg = f"a paper is named <word>-<sha256>, not {name!r}"
            raise Misuse(msg)
        return self._papers / name
