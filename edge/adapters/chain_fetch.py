"""Where a repository of the chain is read from: central over the link, or a folder of the image or of a stick.

Law of the room: what the library asks for is bytes of at most our own caps, counted while they come, within
one time for the whole refresh; and each metadata file passes the screen before the library sees it. Nothing
is trusted for where it came from.
"""

import contextlib
import io
import re
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO, Final, Protocol

from tuf.api.exceptions import DownloadHTTPError
from tuf.ngclient.fetcher import FetcherInterface

from contract.chain import KEYRING_MAX_BYTES, METADATA, METADATA_MAX_BYTES, ROOT_MAX_BYTES, TARGETS
from contract.errors import RefusalCode
from edge.adapters.chain_faults import ChainRefused
from edge.adapters.chain_screen import screen
from edge.adapters.link_faults import LinkDown

REFRESH_MOST_S: Final = 90.0
NOT_FOUND: Final = 404
PLAIN: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}")


Reads = Callable[[str, str, int], bytes | None]
"""Given a folder's name, a file's name and the most bytes wanted: its bytes, None where it is not."""


class Takes(Protocol):
    """The link, as far as the chain needs it."""

    def take(self, path: str, *, max_bytes: int, within_s: float) -> bytes | None:
        """Return what lies open to everybody at `path` of central, None where there is nothing."""
        ...


class Source(FetcherInterface):
    """One repository for one refresh: `metadata_url` and `targets_url` are what its names begin with."""

    metadata_url: str
    targets_url: str

    def __init__(self, *, only_ed25519: bool = True) -> None:
        """Let through only Ed25519 keys unless told otherwise."""
        self._only_ed25519 = only_ed25519

    @abstractmethod
    def read(self, url: str, most_bytes: int) -> bytes | None:
        """Return at most a little more than `most_bytes` from `url`, None where there is nothing there."""

    def begin(self) -> None:
        """Take note that a refresh begins."""

    def download_bytes(self, url: str, max_length: int) -> bytes:
        """Return the bytes at `url`; raises `ChainRefused`, `DownloadHTTPError` and what `read` raises."""
        name, of_targets = PurePosixPath(url).name, url.startswith(self.targets_url)
        cap = ROOT_MAX_BYTES if name.endswith("root.json") else METADATA_MAX_BYTES
        most_bytes = min(max_length, KEYRING_MAX_BYTES if of_targets else cap)
        data = self.read(url, most_bytes)
        if data is None:
            msg = f"there is no {name}"
            raise DownloadHTTPError(msg, NOT_FOUND)
        if len(data) > most_bytes:
            why = f"{name} is longer than the {most_bytes} bytes allowed"
            raise ChainRefused(RefusalCode.TOO_LARGE, why)
        if not of_targets:
            screen(name, data, only_ed25519=self._only_ed25519)
        return data

    @contextlib.contextmanager
    def download_file(self, url: str, max_length: int) -> Iterator[IO[bytes]]:
        """Give the bytes at `url` as a file in memory: they are few, and a card wears."""
        yield io.BytesIO(self.download_bytes(url, max_length))

    def _fetch(self, url: str) -> Iterator[bytes]:
        yield self.download_bytes(url, METADATA_MAX_BYTES)


class FromCentral(Source):
    """The repository that central serves, read without a token: it is open to everybody."""

    metadata_url, targets_url = METADATA, TARGETS

    def __init__(
        self,
        link: Takes,
        mono: Callable[[], float] = time.monotonic,
        within_s: float = REFRESH_MOST_S,
    ) -> None:
        """Nothing is asked yet."""
        super().__init__()
        self._link, self._mono, self._within_s = link, mono, within_s
        self._until_s = mono() + within_s

    def begin(self) -> None:
        """Give the refresh its time."""
        self._until_s = self._mono() + self._within_s

    def read(self, url: str, most_bytes: int) -> bytes | None:
        """Return what central answers; raises `LinkError`."""
        left_s = self._until_s - self._mono()
        if left_s <= 0:
            msg = f"the chain was not whole after {self._within_s:.0f} s"
            raise LinkDown(msg)
        return self._link.take(url, max_bytes=most_bytes, within_s=left_s)


class FromFolder(Source):
    """A repository in folders `metadata` and `targets`; `reads` gives a file of a folder, None where it is not.

    A target may lie under its plain name too, without its hash before it.
    """

    metadata_url, targets_url = "metadata/", "targets/"

    def __init__(self, reads: Reads) -> None:
        """Nothing is read yet."""
        super().__init__()
        self._reads = reads

    def read(self, url: str, most_bytes: int) -> bytes | None:
        """Return the file's bytes; raises what `reads` raises."""
        folder, _, name = url.partition("/")
        if not PLAIN.fullmatch(name):
            return None
        data = self._reads(folder, name, most_bytes)
        plain = name.partition(".")[2]
        if data is None and folder == "targets" and PLAIN.fullmatch(plain):
            data = self._reads(folder, plain, most_bytes)
        return data
