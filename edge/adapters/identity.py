"""The identity: the appliance's own key, made on the appliance and never leaving it.

Law of the room: the private key lies in two equal files that only the owner may read; a damaged one is
mended from the other. A new key is made only when neither file was ever there: a lost key is a matter
for the installer, because central knows the appliance by it.
"""

import contextlib
import logging
from pathlib import Path
from typing import Final

from contract.documents import DeviceId, PublicKey
from contract.errors import ContractError
from contract.seal import SigningKey, device_id
from edge.adapters.storage import quarantine, write_atomically

log = logging.getLogger(__name__)

NAMES: Final = ("device-key.pem", "device-key.spare.pem")
MAX_BYTES: Final = 10_000


class IdentityLost(Exception):
    """The key files are there and cannot be used: the installer must enrol this appliance anew."""


class Identity:
    """The device key and the id made from it."""

    def __init__(self, key: SigningKey) -> None:
        """Hold `key`; `Identity.open` is how one is got."""
        self.key = key
        self.public: PublicKey = key.public
        self.device: DeviceId = device_id(key.public)

    @classmethod
    def open(cls, directory: Path) -> "Identity":
        """Return the identity kept in `directory`, made there at the first start.

        Raises `IdentityLost` when key files are there but damaged, `StorageFailed` when a new key cannot be
        put on disk (a key that might vanish is not used).
        """
        paths = [directory / name for name in NAMES]
        keys = [_read(path) for path in paths]
        known = next((key for key in keys if key is not None), None)
        if known is None:
            if any(path.exists() for path in paths) or _lost_before(directory):
                msg = (
                    f"the device key in {directory} is damaged: move the files away and enrol anew"
                )
                raise IdentityLost(msg)
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            known = SigningKey.generate()
            log.info("device key made device=%s", device_id(known.public))
        for path, key in zip(paths, keys, strict=True):
            if key is None or key.public != known.public:
                if path.exists():
                    log.warning(
                        "device key mended path=%s aside=%s", path.name, quarantine(path).name
                    )
                write_atomically(path, (known.to_pem(None),), mode=0o600)
            else:
                with contextlib.suppress(OSError):
                    path.chmod(0o600)
        return cls(known)

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of exactly `message`."""
        return self.key.sign(message)


def _read(path: Path) -> SigningKey | None:
    try:
        with path.open("rb") as file:
            return SigningKey.from_pem(file.read(MAX_BYTES), None)
    except FileNotFoundError:
        return None
    except (OSError, ContractError):
        return None


def _lost_before(directory: Path) -> bool:
    return any(directory.glob("device-key*.corrupt-*"))
