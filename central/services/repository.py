"""The repository of the chain of trust on disk: taken from a ceremony, completed by the online half, served.

Law of the room: nothing is written that was not verified, and every file is durable before the next one is begun, in
the order of `contract.chain_files`: a broken-off state is the old chain, or is mended before anything is served.
"""

import re
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from central.services.durable import write_durably
from central.services.online_half import TIMESTAMP_LIFE, OnlineHalf
from central.signing import OnlineKeys
from contract.chain_files import copies_of, files_of, newest
from contract.chain_rules import Bundle, Chain, check_alive, check_issue, check_renewal, judge
from contract.errors import RefusalCode, Refused

_METADATA: Final = re.compile(r"(?:[1-9][0-9]{0,9}\.(?:root|targets|snapshot)|timestamp)\.json")
_TARGET: Final = re.compile(r"[0-9a-f]{64}\.(?:keyring|release)\.json")


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """What is served: the verified chain, and until when its online half lives."""

    chain: Chain
    snapshot_expires: datetime
    timestamp_expires: datetime

    @property
    def timestamp_signed(self) -> datetime:
        """Return when the timestamp was signed."""
        return self.timestamp_expires - TIMESTAMP_LIFE


class Repository:
    """The folder of one chain; one per process, for any thread."""

    def __init__(self, folder: Path, keys: OnlineKeys) -> None:
        self._folder = folder
        self._metadata = folder / "metadata"
        self._targets = folder / "targets"
        self._online = OnlineHalf(self._metadata, keys)
        self._lock = threading.Lock()
        self._served: Served | None = None

    @property
    def served(self) -> Served:
        """Return what is served; raises `RuntimeError` before the first `tend`."""
        if self._served is None:
            msg = "the repository was not opened: call tend first"
            raise RuntimeError(msg)
        return self._served

    def tend(self, now: datetime, *, even_expired: bool = True) -> bool:
        """Have the folder hold one whole chain with a living online half; return whether it has newer targets.

        Raises `Refused` when no whole chain lies there, and EXPIRED, unless `even_expired`, when it has run out.
        """
        with self._lock:
            chain = self._load()
            if not even_expired:
                check_alive(chain, now)
            return self._complete(chain, now)

    def take(self, bundle: Bundle, now: datetime) -> Served:
        """Publish a newer chain; raises `Refused` (nothing has changed), or `Stale` for the one that is served."""
        new = judge(bundle)
        check_issue(new, now)
        with self._lock:
            held = self._load()
            check_renewal(held, new)
            self._online.check_keys(new.root)
            self._write(files_of(new, held))
            self._complete(new, now)
        return self.served

    def metadata(self, name: str) -> bytes | None:
        """Return a metadata file by the name in its address, None when there is none."""
        return _bytes_of(self._metadata / name) if _METADATA.fullmatch(name) else None

    def target(self, name: str) -> bytes | None:
        """Return a target file by the name in its address, None when there is none."""
        return _bytes_of(self._targets / name) if _TARGET.fullmatch(name) else None

    def _write(self, files: Iterable[tuple[str, bytes]]) -> None:
        for name, data in files:
            if _bytes_of(self._folder / name) != data:
                write_durably(self._folder / name, data)

    def _complete(self, chain: Chain, now: datetime) -> bool:
        self._online.check_keys(chain.root)
        snapshot, timestamp = self._online.renew(chain, now)
        self._write(copies_of(chain.bundle))
        before = self._served
        self._served = Served(
            chain=chain,
            snapshot_expires=snapshot.expires,
            timestamp_expires=timestamp.expires,
        )
        return before is not None and before.chain.targets.version < chain.targets.version

    def _load(self) -> Chain:
        """Return the newest whole chain that lies on disk; raises `Refused`."""
        names = [path.name for path in self._metadata.glob("*.json")]
        command = f"tienglang-provision trust publish CEREMONY --to {self._folder}"
        try:
            found = newest(
                lambda name: _bytes_of(self._folder / name), names, self._online.promised()
            )
        except Refused as refused:
            why = f"{refused.why}; publish it again from the ceremony's folder: {command}"
            raise Refused(refused.code, why) from refused
        if found is None:
            why = f"there is no chain of trust in {self._folder}; publish the ceremony's: {command}"
            raise Refused(RefusalCode.MALFORMED, why)
        return found


def _bytes_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
