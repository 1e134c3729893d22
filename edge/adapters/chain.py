"""The chain: from the offline root to keyring and release, by The Update Framework's own client over our own store.

Law of the room: the one door to the library's client, which verifies; we decide where bytes lie, what time it
is and what is asked. Nothing is fetched when nothing is asked: who may sign is answered from our store, with
no network at all. A refresh runs on a copy in a scratch directory, and what it verified is taken back in one
durable write, also after a refresh that failed half-way: a rotated root stays rotated. The library never syncs
a file and holds several; a power cut between two of them must not matter. A release that is not to be had, or
not believed, never holds a keyring back.
"""

import contextlib
import logging
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

import msgspec
from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.updater import Updater

from contract.chain import KEYRING_TARGET, METADATA_MAX_BYTES, RELEASE_TARGET, ROOT_MAX_BYTES
from contract.documents import Keyring
from contract.errors import RefusalCode, Refused
from contract.release import ReleaseIndex
from contract.trust import TrustedNow
from edge.adapters.chain_faults import ChainRefused
from edge.adapters.chain_fetch import Reads, Source
from edge.adapters.chain_screen import screen
from edge.adapters.chain_store import ChainStore, Held
from edge.adapters.chain_successors import check_release, check_successor, keyring_in, release_in
from edge.adapters.link_faults import LinkError
from edge.adapters.storage import Slots

log = logging.getLogger(__name__)

SCRATCH: Final = "chain-"
TIMESTAMP_MAX_BYTES: Final = 16_384
CODES: Final = (
    (exceptions.ExpiredMetadataError, RefusalCode.EXPIRED),
    (exceptions.UnsignedMetadataError, RefusalCode.THRESHOLD),
    (exceptions.BadVersionNumberError, RefusalCode.OLD_VERSION),
    (exceptions.LengthOrHashMismatchError, RefusalCode.SAME_VERSION),
    (exceptions.DownloadLengthMismatchError, RefusalCode.TOO_LARGE),
    (exceptions.RepositoryError, RefusalCode.MALFORMED),
    (exceptions.DownloadError, RefusalCode.MALFORMED),
)


class Chain:
    """The set that is trusted, and the refresh that renews it; from any thread, one refresh at a time.

    `notes` are sentences about what was found amiss in the store, `trouble` is why the last refresh, which was well,
    could not take the release that it names.
    """

    def __init__(
        self,
        slots: Slots,
        baked: bytes,
        scratch: Path,
        *,
        delegations_most: int = 0,
        only_ed25519: bool = True,
    ) -> None:
        """Go on with what is stored under the root that the image brings, else begin with that root alone.

        A newer root of the image replaces the stored one; an older one that is not of the stored chain begins
        the chain anew. Raises `ChainRefused` when `baked` is no root that its own keys signed. The keyring stands
        in the top-level targets: delegations are not followed, unless a test of the library's rules asks.
        """
        self._lock = threading.Lock()
        self._scratch = scratch
        self._delegations_most = delegations_most
        version = _root_version(baked, only_ed25519=only_ed25519)
        self._store = ChainStore(slots)
        self.notes = self._store.notes
        held = self._store.held
        if held is None:
            held = Held(roots=(baked,))
        elif baked not in held.roots:
            newer = version > _root_version(held.roots[-1], only_ed25519=False)
            if not newer:
                self.notes += ("the root of the image is of another chain; what was held is left",)
            carried = msgspec.structs.replace(held, roots=(*held.roots, baked))
            held = carried if newer else Held(roots=(baked,))
        self._held = held
        self.trouble: Refused | LinkError | None = None
        for leftover in scratch.glob(f"{SCRATCH}*"):
            shutil.rmtree(leftover, ignore_errors=True)

    @property
    def on_disk(self) -> bool:
        """Return whether what is held would be found by a start after a power cut."""
        return self._store.on_disk

    @property
    def held(self) -> Held:
        """Return the exact bytes that are trusted now."""
        return self._held

    def keyring(self) -> Keyring | None:
        """Return the keyring that is held, None before the chain has brought one. Nothing is fetched."""
        data = self._held.targets.get(KEYRING_TARGET)
        try:
            return None if data is None else keyring_in(data)
        except (
            Refused
        ) as refusal:  # a newer programme may read more strictly than the one that kept it
            log.warning("the keyring that is held is not understood: %s", refusal)
            return None

    def release(self) -> ReleaseIndex | None:
        """Return the release that is held, None without one. Nothing is fetched."""
        return release_in(
            self._held.files.get("targets.json"), self._held.targets.get(RELEASE_TARGET)
        )

    def refresh(
        self, source: Source, at: datetime, wanted: tuple[str, ...] = (KEYRING_TARGET,)
    ) -> None:
        """Ask `source` for what is newer, judging every expiry at the instant `at`.

        Raises `ChainRefused` (what it offers is not believed; what is held stays in force), `LinkError` of the
        link, `OSError` when the scratch directory cannot be used.
        """
        with self._lock, self._laid_out() as folder:
            source.begin()
            self.trouble = None
            targets = dict(self._held.targets)
            try:
                self._update(folder, source, at, wanted, targets)
            finally:
                self._take_back(folder, targets)

    def _update(
        self,
        folder: Path,
        source: Source,
        at: datetime,
        wanted: tuple[str, ...],
        targets: dict[str, bytes],
    ) -> None:
        """Run the library over `folder` and put what it verified into `targets`."""
        try:
            updater = self._updater(folder, source, at)
            updater.refresh()
            for name in wanted:
                found = updater.get_targetinfo(name)
                if found is None:
                    raise ChainRefused(RefusalCode.MALFORMED, f"the targets name no {name}")
                path = updater.find_cached_target(found) or updater.download_target(found)
                data = Path(path).read_bytes()
                if name == KEYRING_TARGET:
                    check_successor(data, targets.get(name))
                targets[name] = data
            if KEYRING_TARGET in wanted:
                self._take_release(updater, targets)
        except Refused:
            raise
        except (exceptions.RepositoryError, exceptions.DownloadError) as error:
            raise ChainRefused(_code_of(error), str(error)[:300]) from error
        except (ValueError, KeyError, TypeError, RuntimeError) as error:
            why = f"the metadata is not understood: {type(error).__name__}: {error}"[:300]
            raise ChainRefused(RefusalCode.MALFORMED, why) from error

    def _take_release(self, updater: Updater, targets: dict[str, bytes]) -> None:
        """Put the release into `targets`, or say in `trouble` why not: what was held stays while it is still named."""
        try:
            found = updater.get_targetinfo(RELEASE_TARGET)
            if found is None:
                targets.pop(RELEASE_TARGET, None)
                return
            path = updater.find_cached_target(found) or updater.download_target(found)
            data = Path(path).read_bytes()
            check_release(data, targets.get(RELEASE_TARGET))
            targets[RELEASE_TARGET] = data
        except (Refused, LinkError) as fault:
            self.trouble = fault
        except (exceptions.RepositoryError, exceptions.DownloadError) as error:
            self.trouble = ChainRefused(_code_of(error), f"the release: {error}"[:300])

    def _updater(self, folder: Path, source: Source, at: datetime) -> Updater:
        updater = Updater(
            str(folder / "metadata"),
            source.metadata_url,
            str(folder / "targets"),
            source.targets_url,
            source,
            UpdaterConfig(
                max_delegations=self._delegations_most,
                root_max_length=ROOT_MAX_BYTES,
                timestamp_max_length=TIMESTAMP_MAX_BYTES,
                snapshot_max_length=METADATA_MAX_BYTES,
                targets_max_length=METADATA_MAX_BYTES,
            ),
            bootstrap=self._held.roots[-1],
        )
        # The library takes the system's clock when it is made, and 7.0.1 offers no way to give it another one.
        # Expiry is first judged after this, so setting the one attribute that all judging reads is enough; a
        # test fails when a newer library reads another. Steering the whole process's clock would be worse.
        updater._trusted_set.reference_time = at  # noqa: SLF001  see above
        return updater

    @contextlib.contextmanager
    def _laid_out(self) -> Iterator[Path]:
        """Give a scratch directory with a copy of what is held, as the library keeps it."""
        with tempfile.TemporaryDirectory(prefix=SCRATCH, dir=self._scratch) as name:
            folder = Path(name)
            laid: tuple[tuple[str, Mapping[str, bytes]], ...] = (
                ("metadata", self._held.files),
                ("targets", {quote(n, ""): b for n, b in self._held.targets.items()}),
            )
            for part, files in laid:
                (folder / part).mkdir()
                for file, data in files.items():
                    (folder / part / file).write_bytes(data)
            yield folder

    def _take_back(self, folder: Path, targets: Mapping[str, bytes]) -> None:
        """Hold what the library verified and wrote, in one durable write; nothing new is not written again."""
        metadata = folder / "metadata"
        roots = list(self._held.roots)
        version = _version(roots[-1])
        while (path := metadata / "root_history" / f"{version + 1}.root.json").is_file():
            roots.append(path.read_bytes())
            version += 1
        files = {
            path.name: path.read_bytes()
            for path in sorted(metadata.glob("*.json"))
            if path.name != "root.json"
        }
        self._held = self._store.keep(Held(roots=tuple(roots), files=files, targets=dict(targets)))


def reference_time(now: TrustedNow, floor: datetime) -> datetime:
    """Return the instant at which the chain is judged: never below the floor, and by a trusted clock only above it.

    So a clock in 1970 accepts nothing that the floor knows to be over, and one that is years ahead refuses
    only as long as it is wrong: nothing of it is remembered.
    """
    return max(floor, now.wall) if now.clock == "trusted" else floor


def folder_reader(folder: Path) -> Reads:
    """Return a reader of the files below a folder that the installer filled."""

    def read(part: str, name: str, most_bytes: int) -> bytes | None:
        try:
            with (folder / part / name).open("rb") as file:
                return file.read(most_bytes + 1)
        except OSError:
            return None

    return read


def _root_version(data: bytes, *, only_ed25519: bool) -> int:
    """Return the version of a root that enough of its own keys signed; raises `ChainRefused`."""
    screen("root.json", data, only_ed25519=only_ed25519)
    try:
        root = Metadata[Root].from_bytes(data)
        root.signed.verify_delegate(Root.type, root.signed_bytes, root.signatures)
    except (exceptions.RepositoryError, ValueError, AttributeError) as error:
        why = f"this is no root that its own keys signed: {error}"[:300]
        raise ChainRefused(RefusalCode.MALFORMED, why) from error
    return root.signed.version


def _version(root: bytes) -> int:
    return Metadata[Root].from_bytes(root).signed.version


def _code_of(error: Exception) -> RefusalCode:
    return next(code for kind, code in CODES if isinstance(error, kind))
