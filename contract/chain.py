"""The chain of trust: where the repository of the offline root lies and what it holds.

Law of the room: names and bounds that central, the ceremony and the appliance share; the rules are The Update
Framework's own (specification 1.0), judged by its reference implementation.
"""

from typing import Final

METADATA: Final = "/tuf/metadata/"
TARGETS: Final = "/tuf/targets/"
KEYRING_TARGET: Final = "keyring.json"
RELEASE_TARGET: Final = "release.json"
KEYRING_HINT: Final = "keyring"  # the `kind` of the stream's hint that the chain has news
ROOT_MAX_BYTES: Final = 512_000
METADATA_MAX_BYTES: Final = 2_000_000
KEYRING_MAX_BYTES: Final = 1_000_000
