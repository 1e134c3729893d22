"""A card with two slots as files, a signed release for it, and a disk on which the power can be cut anywhere."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from contract.documents import Sha256
from contract.release import Blob, Notes, ReleaseIndex, Starter, encode_release, write_chunks
from contract.testing import NOW
from contract.testing_chain import Repository
from edge.adapters.chain_store import ChainStore, Held
from edge.adapters.slot_boot import other
from edge.adapters.slot_disk import Disk
from edge.adapters.slot_status import BLOBS, CHUNKS, UPDATE, Slot, Status, Wish
from edge.adapters.slot_trial import SlotUnit
from edge.adapters.slot_writing import INDEX, LIST, Places
from edge.adapters.storage import Slots

SLOT_BYTES = 40_000
CONFIG = b"# the firmware's\narm_64bit=1\nkernel=vmlinuz\ninitramfs initrd followkernel\n# good\nos_prefix=a/\n"


def sha256(data: bytes) -> Sha256:
    """Return the hash as an index names it."""
    return Sha256(hashlib.sha256(data).hexdigest())


def pieces(*names: str) -> tuple[bytes, ...]:
    """Return chunks of unlike lengths, one for each name; the same name is the same chunk."""
    return tuple(
        (hashlib.sha256(name.encode()).digest() * 60)[: 900 + 97 * (len(name) + ord(name[0]) % 7)]
        for name in names
    )


@dataclass
class Made:
    """A release and its bytes."""

    index: ReleaseIndex
    chunks: tuple[bytes, ...]
    listed: bytes
    starters: dict[str, bytes]

    @property
    def system(self) -> bytes:
        """Return the whole system."""
        return b"".join(self.chunks)

    @property
    def data(self) -> bytes:
        """Return the index as it is signed."""
        return encode_release(self.index)


def release(counter: int, chunks: Sequence[bytes], version: str = "1.4.0", **more: Any) -> Made:  # noqa: ANN401  fields of the index
    """Return a release of these chunks; `more` replaces what its index says."""
    listed = write_chunks((hashlib.sha256(c).digest(), len(c)) for c in chunks)
    system = b"".join(chunks)
    starters = {
        "vmlinuz": b"kernel %d" % counter * 50,
        "initrd": b"first program %d" % counter,
        "cmdline.txt": b"console=tty1 rootwait panic=10 tl.slot=a\n",
    }
    fields: dict[str, Any] = {
        "counter": counter,
        "version": version,
        "made_at": NOW,
        "suite": "bookworm",
        "architecture": "arm64",
        "system": Blob(sha256=sha256(system), bytes=len(system)),
        "chunks": Blob(sha256=sha256(listed), bytes=len(listed)),
        "starters": tuple(
            Starter(name=n, sha256=sha256(d), bytes=len(d)) for n, d in starters.items()
        ),
        "slot_bytes_min": len(system),
        "notes": Notes(vi="Bản thử."),
    }
    return Made(ReleaseIndex(**(fields | more)), tuple(chunks), listed, starters)


@dataclass
class Card:
    """The card: slot a runs `first`, and what an appliance would have fetched can be laid beside it."""

    folder: Path
    repository: Repository
    first: Made
    running: Slot = "a"
    words: list[str] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> "Card":
        """Return a card whose slot a was written from release 1."""
        card = cls(
            folder,
            Repository.make(seed="slots", keyring=None),
            release(1, pieces("boot", "lib", "edge1", "fonts"), "1.3.0"),
        )
        for name in ("boot/a", "boot/trust", "state/update/chunks", "state/update/blobs"):
            (folder / name).mkdir(parents=True)
        for name in ("run", "kept", "state/ledger"):
            (folder / name).mkdir()
        (folder / "boot/config.txt").write_bytes(CONFIG)
        (folder / "boot/trust/root.json").write_bytes(card.repository.baked)
        (folder / "a").write_bytes(card.first.system.ljust(SLOT_BYTES, b"\0"))
        (folder / "b").write_bytes(b"\xff" * SLOT_BYTES)
        for name, data in {
            **card.first.starters,
            INDEX: card.first.data,
            LIST: card.first.listed,
        }.items():
            (folder / "boot/a" / name).write_bytes(data)
        return card

    @property
    def places(self) -> Places:
        """Return where things are."""
        at = self.folder
        return Places(
            boot=at / "boot",
            slots={"a": at / "a", "b": at / "b"},
            state=at / "state",
            kept=at / "kept",
            run=at / "run",
            root=at / "boot/trust/root.json",
            running=self.running,
        )

    def sign(self, made: Made, *, by: Any = None) -> None:  # noqa: ANN401  signing keys or none
        """Have the chain on disk name a release, as after a refresh."""
        self.repository.publish_release(made.index, by=by)
        self.hold(made.data)

    def hold(self, data: bytes) -> None:
        """Put the chain as it stands into the appliance's store, with these bytes as the release."""
        files = self.repository.files
        targets = files[f"metadata/{self.repository.targets_version}.targets.json"]
        roots = tuple(
            files[f"metadata/{n}.root.json"] for n in range(1, self.repository.root_version + 1)
        )
        store = ChainStore(Slots(self.folder / "state/ledger", "chain"))
        store.keep(
            Held(roots=roots, files={"targets.json": targets}, targets={"release.json": data})
        )

    def fetch(self, made: Made, *, but: Sequence[bytes] = ()) -> None:
        """Lay down what an appliance fetches: the list, the starters, and the chunks that slot a has not."""
        for data in (made.listed, *made.starters.values()):
            (self.folder / "state" / UPDATE / BLOBS / sha256(data)).write_bytes(data)
        for chunk in made.chunks:
            if chunk not in self.first.chunks and chunk not in but:
                (self.folder / "state" / UPDATE / CHUNKS / sha256(chunk)).write_bytes(chunk)

    def unit(self, disk: Disk | None = None) -> SlotUnit:
        """Return the unit as a start finds it."""
        return SlotUnit(self.places, disk)

    def wish(self, verb: Any, counter: int, disk: Disk | None = None) -> Status:  # noqa: ANN401  a verb
        """Have one wish granted."""
        return self.unit(disk).once(Wish(id="abc", verb=verb, counter=counter))

    def restart(self) -> str:
        """Restart as the firmware would: once by tryboot.txt where that was asked; return what was asked."""
        asked = self.folder / "run/restart"
        words = asked.read_text().strip() if asked.exists() else ""
        for file in (self.folder / "run").iterdir():
            file.unlink()
        name = "tryboot.txt" if words == "0 tryboot" else "config.txt"
        config = (self.folder / "boot" / name).read_bytes()
        self.running = "b" if b"os_prefix=b/" in config else "a"
        self.words = (self.folder / "boot" / self.running / "cmdline.txt").read_text().split()
        return words

    def system(self, slot: Slot, made: Made) -> bool:
        """Return whether a slot holds a release byte for byte."""
        return (self.folder / slot).read_bytes()[: len(made.system)] == made.system

    def untouchable(self) -> dict[str, bytes]:
        """Return all that no write may change: the running slot, its folder, and config.txt."""
        slot: Slot = self.running
        files = {
            f"boot/{slot}/{f.name}": f.read_bytes() for f in (self.folder / "boot" / slot).iterdir()
        }
        return files | {
            "config": (self.folder / "boot/config.txt").read_bytes(),
            "slot": (self.folder / slot).read_bytes(),
        }

    def other_slot(self) -> Slot:
        """Return the slot that does not run."""
        return other(self.running)


class Cut(Exception):
    """The power is gone."""


class CuttingDisk(Disk):
    """The real disk, cut before its step `at`; with `loses` nothing that was not flushed is left, with `tears` half is.

    What is renamed or created and whose folder was not synced is lost alike.
    """

    def __init__(self, at: int, *, loses: bool = False, tears: bool = False) -> None:
        self.at, self.loses, self.tears, self.steps = at, loses, tears, 0
        self.named: list[str] = []
        self._undo: list[tuple[Path, Callable[[], None]]] = []

    def _step(self, name: str, half: Callable[[], None] = lambda: None) -> None:
        self.steps += 1
        self.named.append(name)
        if self.steps == self.at:
            if self.tears:
                half()
            if self.loses:
                self.lose()
            raise Cut(name)

    def lose(self) -> None:
        """Take back whatever was not flushed."""
        for _, undo in reversed(self._undo):
            undo()

    def write_at(self, file: Path, at_bytes: int, data: bytes) -> None:
        self._step(
            f"write {file.name}",
            lambda: Disk.write_at(self, file, at_bytes, data[: len(data) // 2]),
        )
        before = file.read_bytes()[at_bytes : at_bytes + len(data)]
        self._undo.append((file, lambda: Disk.write_at(self, file, at_bytes, before)))
        super().write_at(file, at_bytes, data)

    def flush(self, file: Path) -> None:
        self._step(f"flush {file.name}")
        super().flush(file)
        self._undo = [(of, undo) for of, undo in self._undo if of != file]

    def create(self, file: Path, data: bytes) -> None:
        self._step(f"create {file.name}", lambda: Disk.create(self, file, data[: len(data) // 2]))
        before = file.read_bytes() if file.exists() else None
        self._undo.append((file, lambda: _back(file, before)))
        super().create(file, data)

    def rename(self, old: Path, new: Path) -> None:
        self._step(f"rename {new.name}")
        before, moved = new.read_bytes() if new.exists() else None, old.read_bytes()

        def undo() -> None:
            _back(new, before)
            _back(old, moved)

        self._undo.append((new.parent, undo))
        super().rename(old, new)

    def remove(self, file: Path) -> None:
        self._step(f"remove {file.name}")
        before = file.read_bytes() if file.exists() else None
        self._undo.append((file.parent, lambda: _back(file, before)))
        super().remove(file)


def _back(file: Path, data: bytes | None) -> None:
    if data is None:
        file.unlink(missing_ok=True)
    else:
        file.write_bytes(data)


def as_plain(status: Status) -> dict[str, Any]:
    """Return a status as it stands in its file."""
    return dict(msgspec.to_builtins(status))
