"""A ceremony's folder: what is signed, and what still waits for signatures.

Law of the room: the signed half lies as it is published (`metadata`, `targets`), the drafts under `pending`. A draft
is written whole or not at all, and moves to the signed half by itself when enough people have signed it. Opening the
folder finishes what a broken-off step had begun, so every step may be repeated.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final, TypeVar

from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from contract.chain import KEYRING_TARGET, RELEASE_TARGET
from contract.chain_people import TARGETS
from contract.chain_rules import Bundle, enough, follow, keyring_of, read, release_of
from contract.documents import Keyring
from contract.errors import RefusalCode, Refused
from contract.release import ReleaseIndex

S = TypeVar("S", Root, Targets, Snapshot, Timestamp)
_NUMBERED: Final = re.compile(r"([1-9][0-9]{0,9})\.targets\.json")


class Ceremony:
    """The folder of a ceremony, opened: `root`, `targets` and `keyring` are signed, the others are drafts."""

    def __init__(self, folder: Path) -> None:
        """Read the folder and finish what was broken off; raises `ValueError` or `Refused` for a damaged one."""
        self.folder = folder
        self._metadata, self._targets = folder / "metadata", folder / "targets"
        self._pending = folder / "pending"
        self.reload()

    @property
    def begun(self) -> bool:
        """Return whether there is a root, signed or not."""
        return bool(self.roots) or self.root_draft is not None

    @property
    def root(self) -> Root | None:
        """Return the newest root that enough people have signed."""
        return self.roots[-1].signed if self.roots else None

    @property
    def next_root(self) -> Root:
        """Return the root under which new targets are signed: the draft where there is one."""
        newest = self.root if self.root_draft is None else self.root_draft.signed
        if newest is None:
            msg = (
                f"there is no ceremony in {self.folder}; begin one: tienglang-provision trust init"
            )
            raise ValueError(msg)
        return newest

    @property
    def next_keyring(self) -> Keyring | None:
        """Return the keyring that will be published next: the draft where there is one."""
        return self.keyring if self.keyring_draft is None else self.keyring_draft

    @property
    def next_release(self) -> ReleaseIndex | None:
        """Return the release that will be published next: the draft's where there is a draft."""
        return self.release if self.targets_draft is None else self.release_draft

    def bundle(self) -> Bundle:
        """Return what is to be published; raises `ValueError` while something waits for signatures."""
        waiting = [what for what, _ in self.missing()]
        if waiting:
            msg = f"{' '.join(waiting)}; sign first: tienglang-provision trust sign {self.folder} --key FILE"
            raise ValueError(msg)
        if self.root is None or self.targets is None:
            msg = "nothing is signed yet: begin with trust init, enter keys with trust add-key, then trust sign"
            raise ValueError(msg)
        number = self.targets.signed.version
        return Bundle(
            roots=tuple(
                (self._metadata / f"{n + 1}.root.json").read_bytes() for n in range(len(self.roots))
            ),
            targets=(self._metadata / f"{number}.targets.json").read_bytes(),
            keyring=self._named_keyring(self._targets, self.targets.signed),
            release=self._named_release(self._targets, self.targets.signed),
        )

    def missing(self) -> list[tuple[str, Refused]]:
        """Return what waits for signatures, in words, and why."""
        found: list[tuple[str, Refused]] = []
        if self.root_draft is not None:
            previous = self.roots[-1] if self.roots else None
            refused = _refused_root(previous, self.root_draft)
            found += [] if refused is None else [(refused.why, refused)]
        if self.targets_draft is not None:
            try:
                enough(self.next_root, TARGETS, self.targets_draft)
            except Refused as refused:
                found.append((refused.why, refused))
        return found

    def keep_root(self, draft: Metadata[Root]) -> None:
        """Write the draft of the next root, with the signatures it has."""
        write(self._pending / "root.json", draft.to_bytes())
        self.reload()

    def keep_targets(self, draft: Metadata[Targets], keyring: bytes, release: bytes | None) -> None:
        """Write the draft of the next targets, with the signatures it has, and the keyring and release it names."""
        write(self._pending / _named(keyring, KEYRING_TARGET), keyring)
        if release is not None:
            write(self._pending / _named(release, RELEASE_TARGET), release)
        write(self._pending / "targets.json", draft.to_bytes())
        self.reload()

    def draft_keyring_bytes(self) -> bytes:
        """Return the bytes of the keyring that the draft of the targets names."""
        if self.targets_draft is None:
            msg = "no keyring waits for signatures"
            raise ValueError(msg)
        return self._named_keyring(self._pending, self.targets_draft.signed)

    def next_release_bytes(self) -> bytes | None:
        """Return the bytes of the release that the next targets name, None where they name none."""
        if self.targets_draft is not None:
            return self._named_release(self._pending, self.targets_draft.signed)
        if self.targets is not None:
            return self._named_release(self._targets, self.targets.signed)
        return None

    def next_keyring_bytes(self) -> bytes:
        """Return the bytes of the keyring that will be published next; raises `ValueError` where there is none."""
        if self.targets_draft is not None:
            return self.draft_keyring_bytes()
        if self.targets is None:
            msg = "there is no keyring yet, and a release is signed beside one: trust add-key"
            raise ValueError(msg)
        return self._named_keyring(self._targets, self.targets.signed)

    def reload(self) -> None:
        """Read the folder again; move what is complete to the signed half."""
        self.roots: list[Metadata[Root]] = []
        while (path := self._metadata / f"{len(self.roots) + 1}.root.json").is_file():
            held = self.roots[-1] if self.roots else None
            self.roots.append(follow(held, read(path.read_bytes(), Root)))
        self.root_draft = self._settled_root()
        self.targets = self._signed_targets()
        self.keyring = self._keyring(self._targets, self.targets)
        self.release = self._release(self._targets, self.targets)
        self.targets_draft = self._settled_targets()
        self.keyring_draft = self._keyring(self._pending, self.targets_draft)
        self.release_draft = self._release(self._pending, self.targets_draft)
        self._tidy()

    def _settled_root(self) -> Metadata[Root] | None:
        draft = self._draft("root.json", Root)
        if draft is None or draft.signed.version <= len(self.roots):
            (self._pending / "root.json").unlink(missing_ok=True)
            return None
        if _refused_root(self.roots[-1] if self.roots else None, draft) is not None:
            return draft
        write(self._metadata / f"{draft.signed.version}.root.json", draft.to_bytes())
        write(self.folder / "root.json", draft.to_bytes())
        (self._pending / "root.json").unlink()
        self.roots.append(draft)
        return None

    def _settled_targets(self) -> Metadata[Targets] | None:
        draft = self._draft("targets.json", Targets)
        signed = 0 if self.targets is None else self.targets.signed.version
        if draft is None or draft.signed.version <= signed:
            (self._pending / "targets.json").unlink(missing_ok=True)
            return None
        if self.root is None or self.root_draft is not None:
            return draft  # its signatures are counted under the root that is still to come
        try:
            enough(self.root, TARGETS, draft)
        except Refused:
            return draft
        ring = self._named_keyring(self._pending, draft.signed)
        release = self._named_release(self._pending, draft.signed)
        if release is not None:
            write(self._targets / _named(release, RELEASE_TARGET), release)
        write(self._targets / _named(ring, KEYRING_TARGET), ring)
        write(self._metadata / f"{draft.signed.version}.targets.json", draft.to_bytes())
        write(self.folder / KEYRING_TARGET, ring)
        (self._pending / "targets.json").unlink()
        self.targets, self.keyring = draft, keyring_of(draft.signed, ring)
        self.release = release_of(draft.signed, release)
        return None

    def _signed_targets(self) -> Metadata[Targets] | None:
        names = [_NUMBERED.fullmatch(path.name) for path in self._metadata.glob("*.json")]
        numbers = sorted(int(name[1]) for name in names if name)
        if not numbers:
            return None
        found = read((self._metadata / f"{numbers[-1]}.targets.json").read_bytes(), Targets)
        self._check_signed(found)
        return found

    def _check_signed(self, found: Metadata[Targets]) -> None:
        """Refuse targets that no root of ours stands behind: the newest may have changed their people since."""
        for root in reversed(self.roots):
            try:
                enough(root.signed, TARGETS, found)
            except Refused:
                continue
            return
        why = f"targets {found.signed.version} in {self.folder} are not signed as any root here asks; take another copy"
        raise Refused(RefusalCode.BAD_SIGNATURE, why)

    def _keyring(self, folder: Path, found: Metadata[Targets] | None) -> Keyring | None:
        if found is None:
            return None
        return keyring_of(found.signed, self._named_keyring(folder, found.signed))

    def _named_keyring(self, folder: Path, targets: Targets) -> bytes:
        digest = targets.targets[KEYRING_TARGET].hashes["sha256"]
        return (folder / f"{digest}.{KEYRING_TARGET}").read_bytes()

    def _release(self, folder: Path, found: Metadata[Targets] | None) -> ReleaseIndex | None:
        if found is None:
            return None
        return release_of(found.signed, self._named_release(folder, found.signed))

    def _named_release(self, folder: Path, targets: Targets) -> bytes | None:
        named = targets.targets.get(RELEASE_TARGET)
        if named is None:
            return None
        return (folder / f"{named.hashes['sha256']}.{RELEASE_TARGET}").read_bytes()

    def _draft(self, name: str, wanted: type[S]) -> Metadata[S] | None:
        path = self._pending / name
        return read(path.read_bytes(), wanted) if path.is_file() else None

    def _tidy(self) -> None:
        """Throw away what no draft names."""
        drafted = {} if self.targets_draft is None else self.targets_draft.signed.targets
        named = {f"{target.hashes['sha256']}.{name}" for name, target in drafted.items()}
        for kind in (KEYRING_TARGET, RELEASE_TARGET):
            for path in self._pending.glob(f"*.{kind}"):
                if path.name not in named:
                    path.unlink()


def _named(data: bytes, target: str) -> str:
    return f"{hashlib.sha256(data).hexdigest()}.{target}"


def write(path: Path, data: bytes) -> None:
    """Have `path` hold `data`, on disk when this returns, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refused_root(held: Metadata[Root] | None, draft: Metadata[Root]) -> Refused | None:
    try:
        follow(held, draft)
    except Refused as refused:
        return refused
    return None
